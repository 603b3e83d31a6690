"""The page's rule, in JavaScript, and ours, in Python: the same bytes for the same picture."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.common import PATIENCE
from tests.ink.pictures import on_page, shifted, written

import fastgd
from fastgd.ink import digit_inputs

NODE = shutil.which("node")
TWIN = Path(fastgd.__file__).parent / "explore" / "ink.js"
PROGRAM = """
const fs = require("node:fs");
const ink = new Function(fs.readFileSync(process.argv[1], "utf8") + "; return ink;")();
for (const line of fs.readFileSync(0, "utf8").split("\\n").filter(Boolean)) {
  const { pixels, shape, side } = JSON.parse(line);
  const bytes = new Uint8ClampedArray(Buffer.from(pixels, "base64"));
  const inputs = ink.digitInputs(bytes, shape[0], shape[1], shape[2] || 1, side);
  console.log(inputs === null ? "blank" : Buffer.from(inputs).toString("base64"));
}
"""

needs_node = pytest.mark.skipif(NODE is None, reason="there is no node to run the page's script")


def by_page(pictures: list[NDArray[np.uint8]], side: int) -> list[NDArray[np.uint8] | None]:
    assert NODE is not None
    lines = [
        json.dumps(
            {"pixels": base64.b64encode(p.tobytes()).decode(), "shape": p.shape, "side": side}
        )
        for p in pictures
    ]
    done = subprocess.run(
        [NODE, "-e", PROGRAM, str(TWIN)],
        input="\n".join(lines), capture_output=True, text=True, check=True, timeout=PATIENCE,
    )  # fmt: skip
    return [
        None if line == "blank" else np.frombuffer(base64.b64decode(line), np.uint8)
        for line in done.stdout.split()
    ]


def agree(pictures: list[NDArray[np.uint8]], side: int = 28) -> int:
    """How many are not blank; all must be the same."""
    theirs = by_page(pictures, side)
    ours = [digit_inputs(picture, side=side) for picture in pictures]
    assert [a is None for a in theirs] == [b is None for b in ours]
    for a, b in zip(theirs, ours, strict=True):
        if a is not None and b is not None:
            np.testing.assert_array_equal(a, b)
    return sum(b is not None for b in ours)


@needs_node
def test_digits_of_every_size_colour_and_place() -> None:
    digits = fastgd.datasets.digits().test_images[:10].reshape(-1, 28, 28)
    pictures = list(digits) + [
        shifted(x, n, m) for x in digits for n, m in ((4, -4), (8, 0), (0, 8))
    ]
    pictures += [np.roll(x, (8, 8), (0, 1)) for x in digits]
    pictures += [on_page(x, 90, 120, 60, at=(7, 50)) for x in digits]
    pictures += [on_page(x, 301, 233, 200) for x in digits]
    assert agree(pictures) == len(pictures)


@needs_node
@pytest.mark.parametrize("side", [1, 8, 28, 40])
def test_strokes_thin_and_thick(side: int) -> None:
    pictures = [written(digit, 140, pen) for digit in (0, 1, 4, 5) for pen in (1, 6, 40)]
    assert agree(pictures, side) == len(pictures)


@needs_node
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_whatever_lies_on_the_page(channels: int) -> None:
    """Noise, rectangles, flat colours and gradients, of any size, opaque or not."""
    rng = np.random.default_rng(channels)
    pictures = []
    for i in range(60):
        height, width = rng.integers(1, 41, 2) if i % 5 else rng.integers(100, 200, 2)
        ground = rng.integers(0, 256, channels)
        p = np.tile(ground.astype(np.float64), (height, width, 1))
        for _ in range(rng.integers(0, 4)):
            a, b = np.sort(rng.integers(0, height + 1, 2)), np.sort(rng.integers(0, width + 1, 2))
            p[a[0] : a[1], b[0] : b[1]] = rng.integers(0, 256, channels)
        if i % 3 == 0:
            p += rng.normal(0, rng.choice([1, 8, 60]), p.shape)
        if i % 7 == 0:
            p += np.linspace(0, 90, width)[None, :, None]
        pictures.append(np.clip(p, 0, 255).astype(np.uint8))
    if channels == 1:
        pictures = [p[:, :, 0] for p in pictures]
    assert 10 < agree(pictures) < 60
