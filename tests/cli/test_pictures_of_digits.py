"""`predict` on pictures of ten digits in files, as people bring them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.ink.pictures import CREAM, NAVY, WHITE, on_page, shifted

import fastgd
from fastgd.cli import main
from fastgd.datasets import Digits

pytest.importorskip("rich")
pytest.importorskip("safetensors")
Image = pytest.importorskip("PIL.Image")

RED, GREY, SLATE = (200, 30, 30), (150, 150, 150), (40, 50, 60)
COLOURS = {
    "navy on cream": (NAVY, CREAM),
    "red on white": (RED, WHITE),
    "grey on slate": (GREY, SLATE),
}
SIZES = {"28": (28, 28, 28), "300 x 200": (200, 300, 150), "1200 x 900": (900, 1200, 400)}


def ten(sample: Digits) -> NDArray[np.uint8]:
    """The first of each digit among the test digits."""
    first = [(sample.test_labels == label).argmax() for label in range(10)]
    return sample.test_images[first].reshape(10, 28, 28)


def agreement(
    capsys: pytest.CaptureFixture[str],
    model: Path,
    folder: Path,
    pictures: list[NDArray[np.uint8]],
    sample: Digits,
    suffix: str = ".png",
) -> int:
    """How many of ten pictures are read as the digits they show."""
    network, theta, _ = fastgd.load(model)
    expected = network(theta, ten(sample).reshape(10, 784)).argmax(1).tolist()
    for digit, pixels in enumerate(pictures):
        Image.fromarray(pixels).save(folder / f"{digit}{suffix}")
    capsys.readouterr()
    assert main(["predict", str(model), str(folder), "--json"]) == 0
    found = [int(answer["prediction"]) for answer in json.loads(capsys.readouterr().out)]
    return sum(a == b for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("colours", COLOURS)
@pytest.mark.parametrize("size", SIZES)
def test_ten_digits_of_any_colour_and_size(
    capsys: pytest.CaptureFixture[str],
    model: Path,
    tmp_path: Path,
    sample: Digits,
    colours: str,
    size: str,
) -> None:
    (ink, paper), (height, width, across) = COLOURS[colours], SIZES[size]
    pictures = [on_page(x, height, width, across, ink=ink, paper=paper) for x in ten(sample)]
    assert agreement(capsys, model, tmp_path, pictures, sample) >= 9


@pytest.mark.parametrize("side", [1, -1], ids=["right", "left"])
def test_ten_digits_moved_by_4_and_by_8(
    capsys: pytest.CaptureFixture[str], model: Path, tmp_path: Path, sample: Digits, side: int
) -> None:
    """In 28 x 28 pixels: of 8, up to 4 columns of a digit are lost over the edge."""
    n_alike = 0
    for far in (4, 8):
        pictures = [shifted(x, 0, far * side) for x in ten(sample)]
        n_alike += agreement(capsys, model, tmp_path, pictures, sample)
    assert n_alike >= 18


def test_ten_digits_as_jpegs(
    capsys: pytest.CaptureFixture[str], model: Path, tmp_path: Path, sample: Digits
) -> None:
    pictures = [on_page(x, 280, 280, 280) for x in ten(sample)]
    assert agreement(capsys, model, tmp_path, pictures, sample, ".jpg") >= 9


def test_a_blank_picture_is_called_blank(
    capsys: pytest.CaptureFixture[str], model: Path, tmp_path: Path, sample: Digits
) -> None:
    blank, seven = tmp_path / "blank.png", tmp_path / "seven.png"
    Image.new("RGB", (400, 300), CREAM).save(blank)
    Image.fromarray(sample.test_images[0].reshape(28, 28)).save(seven)
    words = ["predict", str(model), str(blank), str(seven)]
    assert main([*words, "--json"]) == 0
    assert [a["prediction"] for a in json.loads(capsys.readouterr().out)] == [None, 7]
    assert main(words) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[1].split()[1:] == ["blank"] + 10 * ["-"]
    assert table[2].split()[1] == "7"
    assert main([*words, "--csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split(",")[2] == "blank"
    assert main([*words, "--draw"]) == 0
    assert f"{blank}: blank\n" in capsys.readouterr().out
