"""Where things stand: nothing below the fold on a desk, network and controls together on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.explore.pages import NETWORK, descended, do, nothing_amiss, open_page, page_of, shown_as

import fastgd

PANELS = ["story", "drawing", "neuron", "grids", "descent"]
# of everything that can be pressed and is seen: name, left, top, width, height
TARGETS = """
return Array.from(document.querySelectorAll('button, input, select'))
  .filter(e => e.offsetParent !== null && e.type !== 'checkbox')
  .map(e => { const b = e.getBoundingClientRect();
    return [e.id || e.getAttribute('aria-label') || e.textContent, b.left, b.top, b.width, b.height]; })
"""
OUTSIDE = """
return Array.from(document.querySelectorAll('section.panel > *, #answer, #samples button'))
  .filter(e => e.offsetParent !== null && getComputedStyle(e).clipPath === 'none')
  .filter(e => { const b = e.getBoundingClientRect(), p = e.closest('section').getBoundingClientRect();
    return b.bottom > p.bottom + 1 || b.right > p.right + 1 || b.left < p.left - 1; })
  .map(e => e.id || e.parentElement.id)
"""
SCROLLS = "const e = document.documentElement; return [e.scrollWidth, e.scrollHeight]"


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (1440, 900), (1920, 1080)])
@pytest.mark.parametrize("step", range(10))
def test_nothing_is_below_the_fold(
    chromium: Any, page: str, tmp_path: Path, width: int, height: int, step: int
) -> None:
    with shown_as(chromium, width, height):
        open_page(chromium, tmp_path, page, f"#step={step + 1}")
        assert do(chromium, SCROLLS) == [width, height]
        assert do(chromium, OUTSIDE) == []


@pytest.mark.parametrize(("width", "height"), [(390, 844), (360, 640)])
@pytest.mark.parametrize("panel", PANELS)
def test_a_phone_has_network_and_controls_in_view(
    chromium: Any, page: str, tmp_path: Path, width: int, height: int, panel: str
) -> None:
    with shown_as(chromium, width, height, phone=True):
        open_page(chromium, tmp_path, page)
        tab = f"#tabs button[data-panel={panel}]"
        chromium.find_element("css selector", tab).click()
        assert do(chromium, SCROLLS) == [width, height]
        assert chromium.find_element("css selector", tab).get_attribute("aria-current") == "true"
        board = chromium.find_element("id", "stage").rect
        assert board["y"] >= 0
        assert board["y"] + board["height"] <= height - 150
        assert chromium.find_element("id", panel).rect["height"] >= 150
        for name, left, _, wide, high in do(chromium, TARGETS):
            assert high >= 44, name
            assert wide >= 43.9, name
            assert left >= -0.5, name
            assert left + wide <= width + 0.5, name


def test_a_phone_s_first_controls_need_no_scrolling(
    chromium: Any, page: str, tmp_path: Path
) -> None:
    wanted = {
        "story": ["back", "next"], "drawing": ["ink", "clear", "noise"],
        "neuron": ["neuron-before", "neuron-after"], "grids": ["grid"],
        "descent": ["start", "one", "seed", "surface"],
    }  # fmt: skip
    with shown_as(chromium, 360, 640, phone=True):
        open_page(chromium, tmp_path, page)
        for panel, names in wanted.items():
            chromium.find_element("css selector", f"#tabs button[data-panel={panel}]").click()
            bottom = chromium.find_element("id", "tabs").rect["y"]
            for name in names:
                box = chromium.find_element("id", name).rect
                assert box["y"] + box["height"] <= bottom + 1, name


@pytest.mark.parametrize("sizes", [(784, 10), (784, 100, 50, 10), (784, 200, 3)])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_other_networks_have_their_layout(
    chromium: Any, tmp_path: Path, sizes: tuple[int, ...], width: int, height: int
) -> None:
    network = fastgd.Network(sizes)
    theta = network.random_theta(rng=0)
    page = page_of(network, theta[None], images=None, labels=None, examples=None) if sizes[-1] == 3 \
        else page_of(network, descended(network, 3))  # fmt: skip
    with shown_as(chromium, width, height, phone=width < 500):
        open_page(chromium, tmp_path, page)
        assert do(chromium, SCROLLS) == [width, height]
        stage = chromium.find_element("id", "stage").rect
        boxes = do(chromium, """return Array.from(document.querySelectorAll('#neurons button'))
            .map(e => { const b = e.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; })""")
        assert len(boxes) == sum(min(n, 128) for n in sizes[1:])
        for x, y, w, h in boxes:
            assert stage["x"] - 1 <= x
            assert x + w <= stage["x"] + stage["width"] + 1
            assert stage["y"] - 1 <= y
            assert y + h <= stage["y"] + stage["height"] + 1
        # none lies on another
        for i, (x, y, w, h) in enumerate(boxes):
            for x2, y2, w2, h2 in boxes[i + 1:]:
                assert x + w <= x2 + 0.1 or x2 + w2 <= x + 0.1 or y + h <= y2 + 0.1 or y2 + h2 <= y + 0.1
        nothing_amiss(chromium)


def test_the_network_is_the_lesson_s() -> None:
    assert NETWORK.n_parameters == 13_002
