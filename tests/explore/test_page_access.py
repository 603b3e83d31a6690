"""The page for everyone: WCAG 2.2 AA by axe-core, keys, names, states, motion."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests.explore.pages import do, open_page, shown_as, text

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = [f"#tabs button[data-panel={name}]" for name in ("drawing", "neuron", "grids", "descent")]


def violations(browser: Any) -> list[str]:
    """What axe-core finds, each with the elements it is found on."""
    pytest.importorskip("selenium_axe_python")
    script = files("selenium_axe_python") / "axe-core" / "axe.min.js"
    browser.execute_script(script.read_text(encoding="utf-8"))
    found = browser.execute_async_script(
        "const done = arguments[1];"
        "axe.run(document, { runOnly: arguments[0] }).then(r => done(r.violations.map(v => [v.id,"
        " ...v.nodes.map(n => n.target.join(' ') + ': ' + n.failureSummary)])))",
        RULES,
    )
    return [" ".join(one) for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(plain: Any, page: str, tmp_path: Path, scheme: str) -> None:
    with shown_as(plain, 1280, 900, prefers_color_scheme=scheme):
        open_page(plain, tmp_path, page)
        for step in range(10):
            do(plain, "fastgd.story(arguments[0])", step)
            assert violations(plain) == [], step


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_phone(plain: Any, page: str, tmp_path: Path, scheme: str) -> None:
    with shown_as(plain, 390, 844, phone=True, prefers_color_scheme=scheme):
        open_page(plain, tmp_path, page)
        assert violations(plain) == []
        for tab in PHONE:
            plain.find_element("css selector", tab).click()
            do(plain, "")
            assert violations(plain) == [], tab


def test_the_neurons_are_one_tab_stop(opened: Any) -> None:
    from selenium.webdriver import Keys

    do(opened, "fastgd.story(7)")
    stops = opened.find_elements("css selector", "#neurons button[tabindex='0']")
    assert len(stops) == 1
    assert len(opened.find_elements("css selector", "#neurons button[tabindex='-1']")) == 41
    assert stops[0].get_attribute("aria-pressed") == "true"
    stops[0].send_keys(Keys.ARROW_DOWN)
    assert text(opened, "neuron-name") == "Layer 1, neuron 1"
    opened.switch_to.active_element.send_keys(Keys.END)
    assert text(opened, "neuron-name") == "Layer 1, neuron 15"
    opened.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert text(opened, "neuron-name") == "Layer 2, neuron 15"
    opened.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert text(opened, "neuron-name") == "Output 9"
    opened.switch_to.active_element.send_keys(Keys.ARROW_RIGHT, Keys.HOME, Keys.ARROW_UP)
    assert text(opened, "neuron-name") == "Output 0"
    active = opened.switch_to.active_element
    assert active.get_attribute("aria-label").startswith("Output 0, activation ")
    pressed = opened.find_elements("css selector", "#neurons button[aria-pressed='true']")
    assert pressed == [active]


def test_the_page_has_few_tab_stops(opened: Any) -> None:
    stops = """return Array.from(document.querySelectorAll('button, input, select, [tabindex]'))
        .filter(e => e.tabIndex >= 0 && !e.disabled && e.offsetParent !== null).length"""
    assert do(opened, stops) <= 20


def test_the_story_keeps_the_focus(opened: Any) -> None:
    from selenium.webdriver import Keys

    do(opened, "fastgd.story(8)")
    opened.find_element("id", "next").send_keys(Keys.ENTER)
    assert text(opened, "story-count") == "10 of 10"
    assert opened.switch_to.active_element.get_attribute("id") == "back"


def test_images_are_one_tab_stop(opened: Any) -> None:
    from selenium.webdriver import Keys

    stops = opened.find_elements("css selector", "#samples button[tabindex='0']")
    assert len(stops) == 1
    stops[0].send_keys(Keys.ARROW_RIGHT, Keys.ENTER)
    active = opened.switch_to.active_element
    assert active.get_attribute("aria-label") == "a 1"
    do(opened, "")
    assert active.get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_reduced_motion_starts_nothing(plain: Any, page: str, tmp_path: Path, motion: str) -> None:
    with shown_as(plain, 1280, 900, prefers_reduced_motion=motion):
        open_page(plain, tmp_path, page, "#step=5")
        assert do(plain, "return fastgd.state.running") == (motion == "no-preference")
        assert ("press Start" in text(plain, "story-text")) == (motion == "reduce")


@pytest.mark.parametrize(
    ("scheme", "ground"), [("light", "rgb(244, 243, 238)"), ("dark", "rgb(16, 17, 20)")]
)
def test_light_and_dark(plain: Any, page: str, tmp_path: Path, scheme: str, ground: str) -> None:
    with shown_as(plain, 1280, 900, prefers_color_scheme=scheme):
        open_page(plain, tmp_path, page)
        color = "return getComputedStyle(document.documentElement).backgroundColor"
        assert do(plain, color) == ground
