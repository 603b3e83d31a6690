"""`datasets.pictures`: folders of pictures, one a class; what is no picture is named."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastgd.cli.images import read_images
from fastgd.datasets import limits, pictures, read_examples, read_more

Image = pytest.importorskip("PIL.Image")

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (4, 3, 5), np.uint8)


def save(path: Path, pixels: Any, mode: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.asarray(pixels))
    (image if mode is None else image.convert(mode)).save(path)
    return path


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """cats 0 and 1, dogs 2 and 3, and what lies about in folders."""
    for i, grey in enumerate(GREY):
        save(tmp_path / "pets" / ("cat" if i < 2 else "dog") / f"{i}.png", grey)
    for litter in (".DS_Store", "cat/.hidden.png", "cat/notes.txt"):
        (tmp_path / "pets" / litter).write_bytes(b"?")
    (tmp_path / "pets" / "__MACOSX").mkdir()
    return tmp_path / "pets"


def test_folders_are_classes(pets: Path) -> None:
    found = read_examples(pets)
    assert found.classes == ("cat", "dog")
    assert found.schema.shape == (3, 5)
    assert found.schema.pixels
    assert found.Y is not None
    assert found.Y.tolist() == [0, 0, 1, 1]
    np.testing.assert_array_equal(found.X, GREY.reshape(4, 15))
    assert [Path(name).name for name in found.names] == ["0.png", "1.png", "2.png", "3.png"]


@pytest.mark.parametrize("test", ["test", "val", "Validation"])
def test_train_and_test_folders(pets: Path, tmp_path: Path, test: str) -> None:
    pets.rename(tmp_path / "train")
    save(tmp_path / test / "dog" / "9.png", GREY[0])
    found = read_examples(tmp_path)
    assert found.n_examples == 4
    assert found.test is not None
    assert found.test.Y is not None
    assert found.test.Y.tolist() == [1]
    save(tmp_path / test / "fox" / "9.png", GREY[0])
    with pytest.raises(ValueError, match="'fox' is none of the values learned from"):
        read_examples(tmp_path)


def test_further_pictures_in_a_file_a_folder_or_folders(pets: Path) -> None:
    schema = read_examples(pets).schema
    one = read_more(pets / "dog" / "3.png", schema)
    np.testing.assert_array_equal(one.X, GREY[3].reshape(1, 15))
    flat = read_more(pets / "dog", schema)
    assert flat.Y is None
    assert len(flat.names) == 2
    assert read_more(pets, schema).Y is not None
    (pets / "cat").rename(pets / "lynx")
    with pytest.raises(ValueError, match="'lynx' is none of the values learned from"):
        read_more(pets, schema)
    assert read_more(pets, schema, targets=False).n_examples == 4


@pytest.mark.parametrize("ending", ["png", "bmp", "gif", "tif", "webp", "pgm", "PNG"])
def test_formats(tmp_path: Path, ending: str) -> None:
    path = save(tmp_path / f"a.{ending}", GREY[0])
    assert pictures.read_grey(path).shape == (3, 5)


def test_colours_become_grey(tmp_path: Path) -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    got = pictures.read_grey(save(tmp_path / "a.png", colours))
    assert got.tolist() == [[76, 150, 29, 255]]  # ITU-R 601: 0.299 R + 0.587 G + 0.114 B


def test_transparency_shows_white(tmp_path: Path) -> None:
    pixels = np.array([[[0, 0, 0, 255], [0, 0, 0, 0]]], np.uint8)
    assert pictures.read_grey(save(tmp_path / "a.png", pixels)).tolist() == [[0, 255]]


def test_sixteen_bits_and_one_bit_are_scaled(tmp_path: Path) -> None:
    deep = save(tmp_path / "a.png", np.array([[0, 32768, 65535]], np.uint16))
    assert pictures.read_grey(deep).tolist() == [[0, 128, 255]]
    flat = save(tmp_path / "b.png", np.array([[0, 255]], np.uint8), "1")
    assert pictures.read_grey(flat).tolist() == [[0, 255]]


# -------------------------------------------------------------------------------------- errors


def test_another_size_is_named(pets: Path) -> None:
    odd = save(pets / "dog" / "4.png", GREY[:, :, 0])
    with pytest.raises(ValueError, match=f"{odd} is 3 x 4 pixels, but .*0.png 5 x 3; scale all"):
        read_examples(pets)


@pytest.mark.parametrize(
    ("contents", "complaint"),
    [
        (b"", "4.png is empty; remove it"),
        (b"hello", r"4.png is no picture, or broken; leave it out"),
        (None, "4.png is no picture, or broken .*truncated"),
    ],
)
def test_broken_pictures_are_named(pets: Path, contents: bytes | None, complaint: str) -> None:
    whole = (pets / "dog" / "3.png").read_bytes()
    (pets / "dog" / "4.png").write_bytes(whole[:60] if contents is None else contents)
    with pytest.raises(ValueError, match=complaint) as caught:
        read_examples(pets)
    assert "\n" not in str(caught.value)


def test_no_other_program_is_started_for_a_picture(
    pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pillow has Ghostscript draw what begins as PostScript, whatever the file is called."""
    eps = pytest.importorskip("PIL.EpsImagePlugin")
    monkeypatch.setattr(eps, "Ghostscript", lambda *_, **__: pytest.fail("Ghostscript was called"))
    text = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 5 3\n%%EndComments\nshowpage\n%%EOF\n"
    (pets / "dog" / "4.png").write_bytes(text)
    with Image.open(pets / "dog" / "4.png") as picture:
        assert picture.format == "EPS"
    with pytest.raises(ValueError, match=r"4.png is no picture, or broken; leave it out"):
        read_examples(pets)
    with pytest.raises(ValueError, match=r"4.png is neither an IDX file nor a picture"):
        read_images(pets / "dog" / "4.png", 784)


@pytest.mark.parametrize(
    ("wide", "complaint"),
    [
        (600, "is 600 x 600 pixels; expected 1 to 262,144: scale it"),
        (10_000, "is no picture, or broken .Image size .* exceeds limit"),
        (20_000, "is no picture, or broken .Image size .* exceeds limit"),
    ],
)
def test_huge_pictures_are_refused_before_they_are_decoded(
    tmp_path: Path, wide: int, complaint: str
) -> None:
    """A header alone: there are no pixels to decode."""
    header = b"P5 %d %d 255\n" % (wide, wide)
    (tmp_path / "a.pgm").write_bytes(header + b"\0")
    with pytest.raises(ValueError, match=f"a.pgm {complaint}"):
        pictures.read_grey(tmp_path / "a.pgm")


def test_a_picture_of_no_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pgm").write_bytes(b"P5 0 3 255\n")
    with pytest.raises(ValueError, match=r"a.pgm is (no picture|0 x 3 pixels; expected 1)"):
        pictures.read_grey(tmp_path / "a.pgm")


def test_more_pictures_than_memory_are_refused(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "memory_limit", lambda: 59)
    with pytest.raises(
        ValueError, match="pets with 4 pictures would take 60 bytes, more than half"
    ):
        read_examples(pets)


def test_a_class_without_pictures_is_named(pets: Path) -> None:
    (pets / "fox").mkdir()
    with pytest.raises(ValueError, match=r"fox has no picture .*; each folder of .* is a class"):
        read_examples(pets)


def test_a_folder_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has neither pictures .* nor IDX files nor folders"):
        read_examples(tmp_path)


def test_a_training_part_without_classes_is_refused(tmp_path: Path) -> None:
    for part in ("train", "test"):
        save(tmp_path / part / "0.png", GREY[0])
    with pytest.raises(ValueError, match="train has no folders; expected one a class"):
        read_examples(tmp_path)


def test_pictures_without_classes_are_refused(pets: Path) -> None:
    with pytest.raises(ValueError, match="cat has no targets; expected a folder for each class"):
        read_examples(pets / "cat")


def test_one_class_alone_is_refused(pets: Path) -> None:
    (pets / "dog").rename(pets / ".dog")
    with pytest.raises(ValueError, match="has one class alone; expected examples of two"):
        read_examples(pets)


def test_pillow_s_absence_is_explained(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r'Pillow is needed: pip install "fastgd\[images\]"'):
        read_examples(pets)
