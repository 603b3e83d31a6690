"""The guided story and the link: each step sets the page up, and a link restores what it names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.explore.pages import NETWORK, SAMPLE, data_of, do, nothing_amiss, open_page, text

TITLES = [
    "The mess", "The cost of one example", "The average", "One weight and one bias", "Downhill",
    "13,002 directions", "What it learned", "What the weights look like", "Noise it is sure about",
    "Your turn",
]  # fmt: skip

# A 7, and a dot
STROKES = [[0, 100, 357, 102, 256, 511], [480, 0]]


def state(browser: Any, name: str) -> Any:
    return do(browser, "return fastgd.state[arguments[0]]", name)


def test_the_story_goes_forth_and_back(opened: Any) -> None:
    titles = [text(opened, "story-title")]
    while opened.find_element("id", "next").is_enabled():
        opened.find_element("id", "next").click()
        titles.append(text(opened, "story-title"))
        assert len(text(opened, "story-text")) > 100
    assert titles == TITLES
    assert text(opened, "story-count") == "10 of 10"
    opened.find_element("id", "back").click()
    assert text(opened, "story-title") == TITLES[-2]
    for _ in TITLES[2:]:
        opened.find_element("id", "back").click()
    assert text(opened, "story-title") == TITLES[0]
    assert not opened.find_element("id", "back").is_enabled()


def test_the_mess_is_the_untrained_network(opened: Any, path: np.ndarray) -> None:
    label = data_of(opened.page_source)["samples"][state(opened, "source")["index"]]["label"]
    assert label == 3
    theta = np.array(do(opened, "return Array.from(fastgd.state.theta)"), np.float32)
    np.testing.assert_array_equal(theta, path[0])


def test_the_cost_of_one_example_is_told(opened: Any, path: np.ndarray) -> None:
    do(opened, "fastgd.story(1)")
    image = SAMPLE.test_images[np.flatnonzero(SAMPLE.test_labels == 3)[0]]
    cost = ((NETWORK(path[0], image) - np.eye(10)[3]) ** 2).sum()
    assert f": {cost:.2f} for this image." in text(opened, "story-text")
    assert state(opened, "cost")
    do(opened, "fastgd.story(2)")
    shown = opened.find_elements("css selector", "#samples .cost")
    assert f"{cost:.2f}" in [element.text for element in shown if element.is_displayed()]


def test_one_weight_changes_the_cost(opened: Any) -> None:
    from selenium.webdriver import Keys

    do(opened, "fastgd.story(3)")
    assert opened.find_element("id", "nudge").is_displayed()
    says = text(opened, "nudge-says")
    before = do(opened, "return Array.from(fastgd.state.theta)")
    opened.find_element("id", "nudge-bias").send_keys(Keys.ARROW_LEFT * 3)
    assert text(opened, "nudge-says") != says
    after = do(opened, "return Array.from(fastgd.state.theta)")
    assert np.flatnonzero(np.array(before) != after).tolist() == [NETWORK.n_parameters - 7]
    do(opened, "fastgd.story(6)")
    assert not opened.find_element("id", "nudge").is_displayed()


def test_directions_show_movement(opened: Any) -> None:
    do(opened, "fastgd.story(5)")
    assert text(opened, "grids-title").startswith("How far the weights have moved")
    # A corner's pixel is 0 in every digit: its weights have no reason to move.
    pixel = do(
        opened,
        "const c = document.getElementById('grid');"
        "return Array.from(c.getContext('2d').getImageData(0, 0, 1, 1).data)",
    )
    assert pixel == [0, 0, 0, 255]


def test_noise_has_an_answer(opened: Any) -> None:
    do(opened, "fastgd.story(8)")
    assert state(opened, "source")["kind"] == "noise"
    output = do(opened, "return Array.from(fastgd.state.activations.at(-1))")
    best = int(np.argmax(output))
    assert f"it answers {best}, at {output[best]:.2f}." in text(opened, "story-text")
    assert output[best] > 0.5


@pytest.mark.parametrize("step", [0, 3, 4, 8])
def test_a_link_restores_drawing_step_and_neuron(
    browser: Any, page: str, tmp_path: Path, step: int
) -> None:
    open_page(browser, tmp_path, page)
    do(
        browser,
        "fastgd.story(arguments[0]); fastgd.draw(arguments[1])",
        step,
        STROKES,
    )
    do(browser, "fastgd.choose({ layer: 2, neuron: 7 })")
    link = do(browser, "return fastgd.link()")
    seen = do(browser, "return Array.from(fastgd.state.input)")
    open_page(browser, tmp_path, page, link)
    assert text(browser, "story-title") == TITLES[step]
    assert state(browser, "chosen") == {"layer": 2, "neuron": 7}
    restored = do(browser, "return Array.from(fastgd.state.input)")
    assert any(seen)
    assert restored == seen
    assert do(browser, "return fastgd.link()").split("&ink=")[1] == link.split("&ink=")[1]
    nothing_amiss(browser)


@pytest.mark.parametrize(
    ("link", "kind"),
    [
        ("#step=7&image=12&neuron=1.15", "sample"),
        ("#noise=7", "noise"),
        ("#blank=1&step=2", "blank"),
    ],
)
def test_links_restore_images_noise_and_blank(
    browser: Any, page: str, tmp_path: Path, link: str, kind: str
) -> None:
    open_page(browser, tmp_path, page, link)
    assert state(browser, "source")["kind"] == kind
    nothing_amiss(browser)


@pytest.mark.parametrize(
    "link",
    [
        "#",
        "#step=99&neuron=9.9&image=999",
        "#step=-1&kept=1e9",
        "#ink=%00&neuron=2",
        "#ink=abcd",
        "#x",
    ],
)
def test_a_broken_link_opens_the_page(browser: Any, page: str, tmp_path: Path, link: str) -> None:
    open_page(browser, tmp_path, page, link)
    assert text(browser, "story-title") == TITLES[0]
    assert state(browser, "chosen") == {"layer": 3, "neuron": 0}
    nothing_amiss(browser)


def test_the_address_follows(opened: Any) -> None:
    from tests.explore.pages import wait

    do(opened, "fastgd.story(7); fastgd.choose({ layer: 1, neuron: 4 })")
    wait(opened, "location.hash.startsWith('#step=8&neuron=1.4')")
    opened.execute_script("location.hash = '#step=9&noise=3'")
    wait(opened, "document.getElementById('story-title').textContent === 'Noise it is sure about'")
    assert state(opened, "source") == {"kind": "noise", "seed": 3}
