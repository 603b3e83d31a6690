"""The page learns: start, pause, one step, other starts, rates and batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.explore.pages import NETWORK, SAMPLE, do, open_page, shown_as, text, wait

import fastgd


@pytest.fixture
def ready(opened: Any) -> Iterator[Any]:
    """The trainer has begun."""
    wait(opened, "fastgd.state.machine && fastgd.state.surface")
    return opened


def theta_of(browser: Any) -> np.ndarray:
    return np.array(do(browser, "return Array.from(fastgd.state.theta)"), np.float32)


def test_it_is_webassembly_in_a_worker(ready: Any) -> None:
    machine = do(ready, "return fastgd.state.machine")
    assert machine == {"kind": "WebAssembly", "worker": True}


def test_it_learns_until_it_is_paused(ready: Any) -> None:
    start = ready.find_element("id", "start")
    assert start.text == "Start"
    start.click()
    wait(ready, "(fastgd.state.at.measured || {}).accuracy > 0.3")
    assert text(ready, "start") == "Pause"
    assert text(ready, "where").startswith("Step ")
    start.click()
    wait(ready, "!fastgd.state.running")
    steps = do(ready, "return fastgd.state.at.steps")
    theta = theta_of(ready)
    assert np.isfinite(theta).all()
    assert text(ready, "start") == "Start"
    do(ready, "return new Promise(r => setTimeout(r, 200))")
    assert do(ready, "return fastgd.state.at.steps") >= steps
    label = ready.find_element("id", "curve").get_attribute("aria-label")
    assert "live from" in label


def test_one_step_is_the_kernel_s(ready: Any, path: np.ndarray) -> None:
    """On all examples, so that their order does not matter."""
    do(ready, "const b = document.getElementById('batch'); b.value = '1000';"
              "b.dispatchEvent(new Event('change'))")  # fmt: skip
    ready.find_element("id", "one").click()
    wait(ready, "fastgd.state.at.steps === 1")
    cost = fastgd.Cost(NETWORK, SAMPLE.train_images[:1000], SAMPLE.train_labels[:1000])
    np.testing.assert_allclose(theta_of(ready), path[0] - 0.5 * cost.gradient(path[0]), atol=1e-4)


def test_the_ball_moves(ready: Any) -> None:
    label = "return document.getElementById('surface').getAttribute('aria-label')"
    before = do(ready, label)
    assert before.startswith("The cost on a plane, a map: from ")
    assert "The ball is at" in before
    do(ready, "fastgd.story(4)")
    wait(ready, "(fastgd.state.at.steps || 0) > 300")
    assert do(ready, label) != before
    ready.find_element("id", "start").click()


def test_the_ball_rolls_on_a_landscape(chromium: Any, page: str, tmp_path: Path) -> None:
    with shown_as(chromium, 1280, 900):
        open_page(chromium, tmp_path, page)
        wait(chromium, "fastgd.state.surface === 'landscape'")
        label = "return document.getElementById('surface').getAttribute('aria-label')"
        assert do(chromium, label).startswith(
            "The cost on a plane, a landscape that arrow keys turn"
        )
        before = chromium.find_element("id", "surface").screenshot_as_png
        do(chromium, "fastgd.goTo(10)")
        wait(chromium, "new Promise(r => setTimeout(() => r(true), 1500))")
        assert chromium.find_element("id", "surface").screenshot_as_png != before


def test_another_start_has_its_own_plane(ready: Any) -> None:
    ready.find_element("id", "seed").click()
    wait(ready, "fastgd.state.at.steps === 0")
    first = theta_of(ready)
    ready.find_element("id", "start").click()
    wait(ready, "document.getElementById('plane').textContent.includes('this start')")
    # By script: while it learns, what is said above the buttons moves them.
    do(ready, "if (fastgd.state.running) document.getElementById('start').click()")
    do(ready, "document.getElementById('seed').click()")
    wait(ready, "!fastgd.state.running && fastgd.state.at.steps === 0")
    assert not np.array_equal(first, theta_of(ready))
    do(ready, "fastgd.goTo(0)")
    assert "of the descent" in text(ready, "plane")


def test_the_controls_say_what_they_are(ready: Any) -> None:
    rate = ready.find_element("id", "rate")
    do(ready, "const r = document.getElementById('rate'); r.value = '0';"
              "r.dispatchEvent(new Event('input'))")  # fmt: skip
    assert rate.get_attribute("aria-valuetext") == "1"
    assert text(ready, "rate-value") == "1"
    options = ready.find_elements("css selector", "#batch option")
    assert [option.text for option in options] == ["1", "10", "100", "all 1,000"]


def test_a_descent_that_diverges_says_so(ready: Any) -> None:
    """A relu network would: here the trainer's word is given as it gives it."""
    do(ready, "fastgd.show({ at: { steps: 7, epoch: 0.1, measured: { trainCost: 1, accuracy: 0.1 },"
              " point: null, diverged: true }, running: false })")  # fmt: skip
    assert "no number any more. Lower the learning rate" in text(ready, "where")
