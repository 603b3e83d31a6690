"""`images`: files of images become rows of inputs, bright on dark."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastgd.cli.images import read_images
from fastgd.datasets import write_idx

Image = pytest.importorskip("PIL.Image")

STROKE = np.zeros((28, 28), np.uint8)  # a bright bar on dark, as MNIST would have it
STROKE[4:24, 12:16] = 255


def paint(path: Path, pixels: np.ndarray[Any, Any]) -> Path:
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize("shape", [(2, 784), (2, 28, 28)])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_of_several_images(tmp_path: Path, shape: tuple[int, ...], suffix: str) -> None:
    pixels = np.arange(2 * 784).astype(np.uint8)
    write_idx(tmp_path / f"a{suffix}", pixels.reshape(shape))
    np.testing.assert_array_equal(read_images(tmp_path / f"a{suffix}", 784), pixels.reshape(2, 784))


def test_idx_of_one_image(tmp_path: Path) -> None:
    write_idx(tmp_path / "a", STROKE)
    np.testing.assert_array_equal(read_images(tmp_path / "a", 784), STROKE.reshape(1, 784))


def test_idx_of_floats_stays_as_it_is(tmp_path: Path) -> None:
    write_idx(tmp_path / "a", np.full((1, 4), 0.5, np.float32))
    assert read_images(tmp_path / "a", 4).dtype == np.float32


@pytest.mark.parametrize("shape", [(784,), (2, 14, 14), (0, 28, 28), (2, 3), ()])
def test_idx_of_another_shape_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    write_idx(tmp_path / "a", np.zeros(shape, np.uint8))
    with pytest.raises(ValueError, match=r"a has shape .*; the network has 784 inputs"):
        read_images(tmp_path / "a", 784)


def test_picture_like_mnist_is_read_unchanged(tmp_path: Path) -> None:
    path = paint(tmp_path / "a.png", STROKE)
    np.testing.assert_array_equal(read_images(path, 784), STROKE.reshape(1, 784))


@pytest.mark.parametrize(
    "pixels",
    [
        255 - STROKE,
        np.repeat(255 - STROKE[:, :, None], 3, axis=2),
        (255 - STROKE).astype(np.uint16) * 257,
        STROKE == 0,
        np.dstack([np.zeros((28, 28, 3), np.uint8), STROKE]),
    ],
    ids=["grey", "colour", "16 bits", "1 bit", "black ink on nothing"],
)
def test_dark_ink_on_light_is_inverted(tmp_path: Path, pixels: np.ndarray[Any, Any]) -> None:
    path = paint(tmp_path / "a.png", pixels)
    np.testing.assert_array_equal(read_images(path, 784), STROKE.reshape(1, 784))


def test_larger_picture_is_scaled(tmp_path: Path) -> None:
    path = paint(tmp_path / "a.png", STROKE.repeat(5, axis=0).repeat(5, axis=1))
    np.testing.assert_array_equal(read_images(path, 784), STROKE.reshape(1, 784))


def test_picture_that_is_not_square_keeps_its_proportions(tmp_path: Path) -> None:
    path = paint(tmp_path / "a.png", 255 - STROKE[:, 7:21])
    np.testing.assert_array_equal(read_images(path, 784), STROKE.reshape(1, 784))


def test_picture_fits_a_network_of_another_size(tmp_path: Path) -> None:
    assert read_images(paint(tmp_path / "a.png", STROKE), 64).shape == (1, 64)


def test_picture_for_inputs_that_are_no_square_is_refused(tmp_path: Path) -> None:
    path = paint(tmp_path / "a.png", STROKE)
    with pytest.raises(ValueError, match="10 inputs are no square"):
        read_images(path, 10)


def test_truncated_picture_is_refused(tmp_path: Path) -> None:
    path = paint(tmp_path / "a.png", np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"a\.png is neither an IDX file nor a picture"):
        read_images(path, 784)


def test_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("seven")
    with pytest.raises(ValueError, match=r"a\.txt is neither"):
        read_images(tmp_path / "a.txt", 784)


def test_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    with pytest.raises(ValueError, match=r"a\.png is empty"):
        read_images(tmp_path / "a.png", 784)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing-here"):
        read_images(tmp_path / "nothing-here", 784)


def test_missing_library_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = paint(tmp_path / "a.png", STROKE)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r'pip install "fastgd\[images\]"'):
        read_images(path, 784)
