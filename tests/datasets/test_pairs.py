"""`datasets.pairs`: which files of inputs, targets and tests belong together."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from fastgd.datasets import read_examples, read_more, write_idx

X = np.arange(24.0).reshape(8, 3)
Y = np.arange(8) % 2
IMAGES = np.arange(8 * 6, dtype=np.uint8).reshape(8, 2, 3)


@pytest.mark.parametrize(
    ("inputs", "targets"),
    [
        ("X.npy", "y.npy"),
        ("X.npy", "Y.npy"),
        ("x.npy", "y.npy"),
        ("flats_X.npy", "flats_y.npy"),
        ("X_train.npy", "y_train.npy"),
        ("train_images.npy", "train_labels.npy"),
        ("inputs.npy", "targets.npy"),
        ("features.npy", "labels.npy"),
        ("data.npy", "targets.npy"),
    ],
)
def test_targets_are_found_beside_inputs(tmp_path: Path, inputs: str, targets: str) -> None:
    np.save(tmp_path / inputs, X)
    np.save(tmp_path / targets, Y)
    found = read_examples(tmp_path / inputs)
    assert found.Y is not None
    assert found.Y.tolist() == Y.tolist()


def test_targets_may_be_named(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", Y)
    np.save(tmp_path / "prices.npy", Y + 0.5)
    found = read_examples(tmp_path / "X.npy", target=tmp_path / "prices.npy")
    assert found.kind == "regression"
    again = read_more(tmp_path / "X.npy", found.schema, target=tmp_path / "prices.npy")
    assert again.Y is not None
    assert again.Y.tolist() == (Y + 0.5)[:, None].tolist()


def test_inputs_without_targets_are_further_examples_only(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", Y)
    schema = read_examples(tmp_path / "X.npy").schema
    (tmp_path / "y.npy").unlink()
    assert read_more(tmp_path / "X.npy", schema).Y is None
    with pytest.raises(ValueError, match=r"X.npy has no targets; expected an array y, or a file"):
        read_examples(tmp_path / "X.npy")


def test_a_test_part_is_found_beside_what_is_to_train_on(tmp_path: Path) -> None:
    for part in ("train", "test"):
        np.save(tmp_path / f"X_{part}.npy", X)
        np.save(tmp_path / f"y_{part}.npy", Y)
    assert read_examples(tmp_path / "X_train.npy").test is not None
    assert read_examples(tmp_path / "X_test.npy").test is None


# ----------------------------------------------------------------------------------------- IDX


def write_pair(folder: Path, start: str, ending: str = "") -> Path:
    write_idx(folder / f"{start}labels-idx1-ubyte{ending}", Y.astype(np.uint8))
    write_idx(folder / f"{start}images-idx3-ubyte{ending}", IMAGES)
    return folder / f"{start}images-idx3-ubyte{ending}"


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("test", ["t10k", "test"])
@pytest.mark.parametrize("alone", [False, True])
def test_idx_files_of_any_size(tmp_path: Path, ending: str, test: str, alone: bool) -> None:
    file = write_pair(tmp_path, "emnist-train-", ending)
    write_pair(tmp_path, f"emnist-{test}-", ending)
    found = read_examples(file if alone else tmp_path)
    assert found.schema.shape == (2, 3)
    assert found.X.dtype == np.uint8
    assert found.Y is not None
    assert found.Y.tolist() == Y.tolist()
    assert found.test is not None
    assert found.test.n_examples == 8


def test_labels_may_be_plain_beside_compressed_images(tmp_path: Path) -> None:
    file = write_pair(tmp_path, "", ".gz")
    write_idx(tmp_path / "labels-idx1-ubyte", Y.astype(np.uint8))
    (tmp_path / "labels-idx1-ubyte.gz").unlink()
    assert read_examples(file).n_examples == 8


def test_a_folder_with_a_test_part_alone_is_read(tmp_path: Path) -> None:
    write_pair(tmp_path, "t10k-")
    assert read_examples(tmp_path).n_examples == 8


def test_a_folder_of_several_sets_is_asked_about(tmp_path: Path) -> None:
    write_pair(tmp_path, "letters-train-")
    write_pair(tmp_path, "digits-train-")
    with pytest.raises(ValueError, match=r"is a folder of shards, .*; here name one file of it"):
        read_examples(tmp_path)


def test_a_folder_of_several_test_parts_alone_is_asked_about(tmp_path: Path) -> None:
    write_pair(tmp_path, "letters-t10k-")
    write_pair(tmp_path, "digits-t10k-")
    with pytest.raises(ValueError, match=r"has 2 IDX files to learn from \(digits-.*\); name one"):
        read_examples(tmp_path)


def test_idx_under_another_name_is_known_by_its_content(tmp_path: Path) -> None:
    file = write_pair(tmp_path, "")
    shutil.move(file, tmp_path / "digits")
    found = read_examples(tmp_path / "digits", target=tmp_path / "labels-idx1-ubyte")
    assert found.n_examples == 8
    schema = found.schema
    assert read_more(tmp_path / "digits", schema).Y is None
