"""`ground.js` and `relief.js` in a real browser: what is drawn where; the ball on its ground."""

from __future__ import annotations

import base64
import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.explore.stage import staged

SIDE = 41
A, B = np.meshgrid(np.linspace(-1, 1, SIDE), np.linspace(-1, 1, SIDE))
COSTS = np.exp(1.5 * (A - 0.5) ** 2 + (B + 0.2) ** 2)  # lowest at (0.5, -0.2)
PATH = {"a": [-0.8, -0.2, 0.5], "b": [0.7, 0.4, -0.2]}
BODY = '<canvas id="map"></canvas><canvas id="relief" tabindex="0"></canvas>'
SCRIPT = """
const at = (id) => document.getElementById(id);
const costs = new Float32Array(View.bytes(data.costs).buffer);
const surface = { side: data.side, costs, path: data.path, names: { a: "first", b: "second" } };
const map = Ground.create(at("map"), surface), relief = Relief.create(at("relief"), surface);
"""
FRAMES = """
const [name, frames, done] = arguments;
// WebGL's picture can be read in the frame that drew it alone: in others it is blank.
const last = () => { relief.turn(0, 0); requestAnimationFrame(read); };
const read = () => {
  const { width, height } = at(name), found = at(name).toDataURL();
  const blank = Object.assign(document.createElement("canvas"), { width, height }).toDataURL();
  if (found === blank) last(); else done(found);
};
const after = (n) => (n > 1 ? requestAnimationFrame(() => after(n - 1)) : last());
after(frames);
"""


ROLL = """
const queue = [], own = window.requestAnimationFrame;
window.clock ??= performance.now();
const step = (n) => {
  for (; n; n--) { clock += 100; queue.splice(0).forEach((act) => act(clock)); }
  return at("relief").toDataURL();
};
window.requestAnimationFrame = (act) => queue.push(act);
relief.ball(-0.8, 0);
step(100);
relief.clear();
relief.ball(0.8, 0);
const pictures = [step(1), step(100) && (relief.turn(0, 0), step(1))];
window.requestAnimationFrame = own;
return pictures;
"""


@pytest.fixture
def page(chromium: Any, tmp_path: Path) -> Iterator[Any]:
    file = tmp_path / "page.html"
    costs = base64.b64encode(COSTS.astype("<f4").tobytes()).decode()
    file.write_text(staged(BODY, SCRIPT, side=SIDE, costs=costs, path=PATH), encoding="utf-8")
    chromium.get_log("browser")
    still(chromium, True)
    chromium.get(file.as_uri())
    yield chromium
    still(chromium, False)
    # what a WebGL without a graphics card says of its own slowness apart
    assert [m for m in chromium.get_log("browser") if "GL Driver" not in m["message"]] == []


def still(browser: Any, reduced: bool) -> None:
    features = [{"name": "prefers-reduced-motion", "value": "reduce" if reduced else ""}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def picture(browser: Any, name: str, frames: int = 4) -> NDArray[np.int64]:
    """(height, width, 4) of what is drawn after some frames."""
    return decoded(browser.execute_async_script(FRAMES, name, frames))


def decoded(address: str) -> NDArray[np.int64]:
    png = base64.b64decode(address.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")).astype(np.int64)


def gold(pixels: NDArray[np.int64]) -> NDArray[Any]:
    """Rows and columns of what has the ball's colour on the map."""
    return np.argwhere(np.abs(pixels[..., :3] - (255, 213, 74)).max(axis=-1) < 4)


def changed(pixels: NDArray[np.int64], bare: NDArray[np.int64]) -> NDArray[Any]:
    """Rows and columns of what is not as without the ball."""
    return np.argwhere(np.abs(pixels - bare).max(axis=-1) > 40)


def on_map(pixels: NDArray[Any], a: float, b: float) -> tuple[int, int]:
    """Row and column of a point; the map leaves 22 pixels for what is at the axes."""
    size = pixels.shape[0] - 22
    return round((1 - b) / 2 * size), 22 + round((a + 1) / 2 * size)


def test_the_map_has_its_colours(page: Any) -> None:
    pixels = picture(page, "map")
    scale = page.execute_script(
        "return Array.from({ length: 101 }, (_, i) => View.viridis(i / 100))"
    )
    heights = np.log(COSTS / COSTS.min()) / np.log(COSTS.max() / COSTS.min())
    for i, j in ((2, 2), (20, 8), (33, 36), (6, 30), (38, 25)):
        row, column = on_map(pixels, A[i, j], B[i, j])
        near = np.median(pixels[row - 3 : row + 4, column - 3 : column + 4, :3], axis=(0, 1))
        assert np.abs(near - scale[round(100 * heights[i, j])]).max() < 25


def test_the_map_s_contours_are_level(page: Any) -> None:
    """Along the row through the lowest point they stand where the costs say."""
    page.execute_script("map.show({ ...surface, path: null })")
    pixels = picture(page, "map")
    row, _ = on_map(pixels, 0, -0.2)
    share = np.log(COSTS[16] / COSTS.min()) / np.log(COSTS.max() / COSTS.min())
    crossed = [
        np.interp(-level, -share[:31], A[0, :31]) for level in np.arange(1, 14) / 14
        if level < share[0]
    ]  # fmt: skip
    assert len(crossed) >= 7
    brightness = pixels[row, :, :3].sum(axis=1)
    for a in crossed:
        _, column = on_map(pixels, a, 0)
        around = brightness[column - 7 : column + 8]
        bump = np.abs(around - np.median(around))
        assert abs(int(bump.argmax()) - 7) <= 2
        assert bump.max() > 20


def test_the_ball_is_where_it_is_sent_on_the_map(page: Any) -> None:
    assert len(gold(picture(page, "map"))) == 0
    told = page.execute_script("return map.ball(0.25, 0.5)")
    assert told == pytest.approx(
        {"a": 0.25, "b": 0.5, "inside": True, "cost": float(COSTS[30, 25])}, rel=1e-5
    )
    pixels = picture(page, "map")
    assert np.abs(gold(pixels).mean(axis=0) - on_map(pixels, 0.25, 0.5)).max() < 2
    told = page.execute_script("return map.ball(3, -7)")
    assert (told["a"], told["b"], told["inside"]) == (1, -1, False)
    assert told["cost"] == pytest.approx(COSTS[0, -1], rel=1e-5)


def test_the_trail_is_cleared(page: Any) -> None:
    bare = picture(page, "map")
    page.execute_script("map.ball(-0.9, -0.9); map.ball(0.9, -0.9)")
    row, column = on_map(bare, 0, -0.9)
    assert (picture(page, "map")[row, column] != bare[row, column]).any()
    page.execute_script("map.clear()")
    assert (picture(page, "map")[row, column] == bare[row, column]).all()


def test_the_relief_stands_and_the_ball_on_it(page: Any) -> None:
    pixels = picture(page, "relief")
    drawn = pixels[..., 3] > 0
    assert 0.25 < drawn.mean() < 0.9
    assert not drawn[0].any()
    assert not drawn[-1].any()
    assert len({tuple(c) for c in pixels[drawn][::50, :3].tolist()}) > 200
    spots = []
    for a, b in ((-0.6, -0.8), (0.5, -0.2), (0.2, 0.6), (9, 9)):
        told = page.execute_script(f"return relief.ball({a}, {b})")
        assert told["cost"] == page.execute_script(f"return map.ball({a}, {b}).cost")
        picture(page, "relief")
        page.execute_script("relief.clear()")
        with_ball = changed(picture(page, "relief"), pixels)
        assert 0.001 < len(with_ball) / drawn.sum() < 0.02
        spots.append(with_ball.mean(axis=0))
    assert all(np.hypot(*(p - q)) > 30 for p, q in itertools.pairwise(spots))


def test_dragging_and_keys_turn_the_relief(page: Any) -> None:
    from selenium.webdriver import ActionChains, Keys

    canvas, first = page.find_element("id", "relief"), picture(page, "relief")
    ActionChains(page, duration=20).drag_and_drop_by_offset(canvas, 60, 20).perform()
    turned = picture(page, "relief")
    assert (turned != first).any(axis=-1).mean() > 0.2
    for key in (Keys.ARROW_LEFT, Keys.ARROW_RIGHT, Keys.ARROW_UP, Keys.ARROW_DOWN, "+", "-"):
        before = picture(page, "relief")
        canvas.send_keys(key)
        assert (picture(page, "relief") != before).any()
    canvas.send_keys(Keys.HOME)
    assert (picture(page, "relief") == first).all()
    canvas.send_keys(Keys.TAB)
    assert (picture(page, "relief") == first).all()


def test_the_ball_rolls_unless_motion_is_reduced(page: Any) -> None:
    """In frames of our own, 100 ms apart: in the first it is there, or on its way."""
    columns, bare = [], picture(page, "relief")
    for reduced in (True, False):
        still(page, reduced)
        rolled = [changed(decoded(png), bare) for png in page.execute_script(ROLL)]
        columns.append([found[:, 1].max() for found in rolled])
    (at_once, there), (soon, later) = columns
    assert at_once == there
    assert later == pytest.approx(there, abs=1)
    assert soon < later - 60


def test_without_webgl_the_relief_is_the_map(page: Any) -> None:
    told = page.execute_script("""
    const own = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...others) {
      return kind === "webgl2" ? null : own.call(this, kind, ...others);
    };
    const canvas = document.createElement("canvas"), old = at("relief");
    canvas.id = old.id;
    old.replaceWith(canvas);
    const flat = Relief.create(canvas, surface);
    flat.turn(1, 1);
    flat.reset();
    map.ball(0.25, 0.5);
    return [relief.flat, flat.flat, flat.ball(0.25, 0.5)];
    """)
    assert told[:2] == [False, True]
    assert told[2]["a"] == 0.25
    assert (picture(page, "relief") == picture(page, "map")).all()
