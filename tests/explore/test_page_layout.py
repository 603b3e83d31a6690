"""Where things stand: all in view on a desk, network and controls together on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.explore.pages import do, nothing_amiss, open_page, page_of, shown_as

import fastgd

PANELS = ["story", "drawing", "neuron", "grids", "descent"]
# of everything that can be pressed and is seen: name, left, top, width, height
TARGETS = """
return Array.from(document.querySelectorAll('button, input, select'))
  .filter(e => e.offsetParent !== null && e.type !== 'checkbox')
  .map(e => { const b = e.getBoundingClientRect();
    const name = e.id || e.getAttribute('aria-label') || e.textContent;
    return [name, b.left, b.top, b.width, b.height]; })
"""
OUTSIDE = """
return Array.from(document.querySelectorAll('section.panel > *, #answer, #samples button'))
  .filter(e => e.getClientRects().length && getComputedStyle(e).clipPath === 'none')
  .filter(e => { const b = e.getBoundingClientRect();
    const p = e.closest('section').getBoundingClientRect();
    return b.bottom > p.bottom + 1 || b.right > p.right + 1 || b.left < p.left - 1; })
  .map(e => e.id || e.parentElement.id)
"""
NEURONS = """
return Array.from(document.querySelectorAll('#neurons button'))
  .map(e => { const b = e.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; })
"""
SCROLLS = "const e = document.documentElement; return [e.scrollWidth, e.scrollHeight]"


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (1440, 900), (1920, 1080)])
def test_nothing_is_below_the_fold(
    plain: Any, page: str, tmp_path: Path, width: int, height: int
) -> None:
    with shown_as(plain, width, height):
        open_page(plain, tmp_path, page)
        for step in range(10):
            do(plain, "fastgd.story(arguments[0])", step)
            assert do(plain, SCROLLS) == [width, height], step
            assert do(plain, OUTSIDE) == [], step


@pytest.mark.parametrize(("width", "height"), [(390, 844), (360, 640)])
def test_a_phone_has_network_and_controls_in_view(
    plain: Any, page: str, tmp_path: Path, width: int, height: int
) -> None:
    with shown_as(plain, width, height, phone=True):
        open_page(plain, tmp_path, page)
        for panel in PANELS:
            tab = plain.find_element("css selector", f"#tabs button[data-panel={panel}]")
            tab.click()
            assert do(plain, SCROLLS) == [width, height]
            assert tab.get_attribute("aria-current") == "true"
            board = plain.find_element("id", "stage").rect
            assert board["y"] >= 0
            assert board["y"] + board["height"] <= height - 150
            assert plain.find_element("id", panel).rect["height"] >= 150
            for name, left, _, wide, high in do(plain, TARGETS):
                assert high >= 44, name
                assert wide >= 43.9, name
                assert left >= -0.5, name
                assert left + wide <= width + 0.5, name


def test_a_phone_s_first_controls_need_no_scrolling(plain: Any, page: str, tmp_path: Path) -> None:
    wanted = {
        "story": ["back", "next"], "drawing": ["ink", "clear", "noise"],
        "neuron": ["neuron-before", "neuron-after"], "grids": ["grid"],
        "descent": ["start", "one", "seed", "surface"],
    }  # fmt: skip
    with shown_as(plain, 360, 640, phone=True):
        open_page(plain, tmp_path, page)
        for panel, names in wanted.items():
            plain.find_element("css selector", f"#tabs button[data-panel={panel}]").click()
            bottom = plain.find_element("id", "tabs").rect["y"]
            for name in names:
                box = plain.find_element("id", name).rect
                assert box["y"] + box["height"] <= bottom + 1, name


def overlapping(boxes: list[list[float]]) -> bool:
    x, y, w, h = np.array(boxes).T[:, :, None]
    apart = (x + w <= x.T + 0.1) | (y + h <= y.T + 0.1)
    return not (apart | apart.T | np.eye(len(boxes), dtype=bool)).all()


@pytest.mark.parametrize("sizes", [(784, 10), (784, 100, 50, 10), (784, 200, 10)])
def test_other_networks_have_their_layout(
    plain: Any, tmp_path: Path, sizes: tuple[int, ...]
) -> None:
    network = fastgd.Network(sizes)
    page = page_of(network, network.random_theta(rng=0)[None])
    for width, height in [(1280, 900), (390, 844)]:
        with shown_as(plain, width, height, phone=width < 500):
            open_page(plain, tmp_path, page)
            assert do(plain, SCROLLS) == [width, height]
            stage = plain.find_element("id", "stage").rect
            boxes = do(plain, NEURONS)
            assert len(boxes) == sum(min(n, 128) for n in sizes[1:])
            x, y, w, h = np.array(boxes).T
            assert x.min() >= stage["x"] - 1
            assert y.min() >= stage["y"] - 1
            assert (x + w).max() <= stage["x"] + stage["width"] + 1
            assert (y + h).max() <= stage["y"] + stage["height"] + 1
            assert not overlapping(boxes)
            nothing_amiss(plain)
