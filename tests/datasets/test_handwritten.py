"""`datasets.handwritten`: the embedded digits, the full set if it is there, and wrong folders."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.datasets.common import NAMES, first, write_set

from fastgd import datasets
from fastgd.datasets import Digits, digits, handwritten, mnist, one_hot, write_idx


@pytest.fixture(scope="module")
def sample() -> Digits:
    return digits()


@pytest.fixture(scope="module")
def full() -> Digits:
    if not os.environ.get("FASTGD_MNIST"):
        pytest.skip("FASTGD_MNIST names no folder with the full MNIST")
    return mnist()


def small_set(n_train: int = 5, n_test: int = 3) -> Digits:
    rng = np.random.default_rng(0)
    return Digits(
        rng.integers(0, 256, (n_train, 784), np.uint8),
        rng.integers(0, 10, n_train, np.uint8),
        rng.integers(0, 256, (n_test, 784), np.uint8),
        rng.integers(0, 10, n_test, np.uint8),
    )


def test_sample_has_the_promised_shapes_and_types(sample: Digits) -> None:
    assert [array.shape for array in sample] == [(10000, 784), (10000,), (2000, 784), (2000,)]
    assert {array.dtype for array in sample} == {np.dtype(np.uint8)}


def test_sample_has_every_digit_about_as_often(sample: Digits) -> None:
    for labels in (sample.train_labels, sample.test_labels):
        shares = np.bincount(labels, minlength=10) / len(labels)
        assert shares.min() > 0.07
        assert shares.max() < 0.13


def test_sample_is_fresh_at_every_call(sample: Digits) -> None:
    again = digits()
    again.train_images[:] = 0
    assert sample.train_images.any()


def test_sample_is_every_6th_and_every_5th_of_the_full_set(sample: Digits, full: Digits) -> None:
    np.testing.assert_array_equal(sample.train_images, full.train_images[::6])
    np.testing.assert_array_equal(sample.train_labels, full.train_labels[::6])
    np.testing.assert_array_equal(sample.test_images, full.test_images[::5])
    np.testing.assert_array_equal(sample.test_labels, full.test_labels[::5])


def test_embedded_files_can_be_made_again(tmp_path: Path, full: Digits) -> None:
    handwritten.write_sample(full, tmp_path)
    embedded = Path(datasets.__file__).parent / "data"
    for name in NAMES:
        # SparseRows bytes depend on the zlib at hand; what they hold must not.
        made, kept = ((folder / f"{name}.gz").read_bytes() for folder in (tmp_path, embedded))
        assert gzip.decompress(made) == gzip.decompress(kept)


def test_licence_lies_beside_the_embedded_files() -> None:
    text = (Path(datasets.__file__).parent / "data" / "LICENSE").read_text()
    for words in ("CC-BY-SA-3.0", "LeCun", "Cortes", "Burges", "subset"):
        assert words in text


def test_full_set_has_the_published_sizes(full: Digits) -> None:
    assert [array.shape for array in full] == [(60000, 784), (60000,), (10000, 784), (10000,)]


@pytest.mark.parametrize("dot", [False, True])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_every_usual_spelling_is_found(tmp_path: Path, suffix: str, dot: bool) -> None:
    data = small_set()
    names = [name.replace("-idx", ".idx") if dot else name for name in NAMES]
    write_set(tmp_path, data, tuple(name + suffix for name in names))
    for got, expected in zip(mnist(tmp_path), data, strict=True):
        np.testing.assert_array_equal(got, expected)


def test_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_set(tmp_path, small_set())
    monkeypatch.setenv("FASTGD_MNIST", str(tmp_path))
    assert mnist().train_images.shape == (5, 784)


def test_argument_goes_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set(tmp_path, small_set())
    monkeypatch.setenv("FASTGD_MNIST", str(tmp_path / "elsewhere"))
    assert mnist(str(tmp_path)).train_images.shape == (5, 784)


@pytest.mark.parametrize("value", [None, ""])
def test_no_folder_at_all_is_explained(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("FASTGD_MNIST", raising=False)
    if value is not None:
        monkeypatch.setenv("FASTGD_MNIST", value)
    with pytest.raises(FileNotFoundError, match="set FASTGD_MNIST"):
        mnist()


@pytest.mark.parametrize("missing", NAMES)
def test_missing_file_and_its_folder_are_named(tmp_path: Path, missing: str) -> None:
    write_set(tmp_path, small_set())
    (tmp_path / missing).unlink()
    with pytest.raises(FileNotFoundError, match=f"no {missing}, .gz or not, in .*{tmp_path.name}"):
        mnist(tmp_path)


@pytest.mark.parametrize(
    ("name", "array", "complaint"),
    [
        (NAMES[0], np.zeros((4, 28, 28), np.uint8), r"expected uint8 images, \(5, 28, 28\)"),
        (NAMES[0], np.zeros((5, 784), np.uint8), r"shape \(5, 784\)"),
        (NAMES[0], np.zeros((5, 28, 28), np.float32), "holds float32"),
        (NAMES[2], np.zeros((3, 32, 32), np.uint8), r"shape \(3, 32, 32\)"),
        (NAMES[1], np.zeros((5, 1), np.uint8), "expected uint8 labels"),
        (NAMES[1], np.zeros((), np.uint8), "expected uint8 labels"),
        (NAMES[1], np.zeros(5, np.int32), "holds int32"),
        (NAMES[3], np.zeros(0, np.uint8), "expected uint8 labels"),
        (NAMES[3], np.array([1, 2, 10], np.uint8), "a label 10; expected 0 to 9"),
    ],
)
def test_file_that_holds_something_else_is_named(
    tmp_path: Path, name: str, array: np.ndarray[Any, Any], complaint: str
) -> None:
    write_set(tmp_path, small_set())
    write_idx(tmp_path / name, array)
    with pytest.raises(ValueError, match=f"{name} .*{complaint}"):
        mnist(tmp_path)


@pytest.mark.parametrize("labels", [[2, 0, 1], (2, 0, 1), np.array([2, 0, 1], np.uint8)])
def test_one_hot_rows(labels: Any) -> None:
    outputs = one_hot(labels)
    assert outputs.dtype == np.float32
    np.testing.assert_array_equal(outputs, [[0, 0, 1], [1, 0, 0], [0, 1, 0]])


def test_one_hot_with_more_classes_than_seen() -> None:
    np.testing.assert_array_equal(one_hot([1], n_classes=4), [[0, 1, 0, 0]])


def test_one_hot_of_nothing_has_no_rows() -> None:
    assert one_hot([], n_classes=10).shape == (0, 10)


@pytest.mark.parametrize(
    ("labels", "n_classes", "error", "complaint"),
    [
        ([0, 3], 3, ValueError, "labels has a 3; expected 0 to 2"),
        ([0, -1], 3, ValueError, "labels has a -1; expected 0 to 2"),
        ([-1], None, ValueError, "labels has a -1"),
        ([[0, 1]], None, ValueError, r"labels has shape \(1, 2\)"),
        (3, None, ValueError, r"labels has shape \(\)"),
        ([], None, ValueError, "labels is empty"),
        ([0.0, 1.0], None, TypeError, "labels has dtype float64; expected integers"),
        ([True, False], None, TypeError, "labels has dtype bool"),
        (["3"], None, TypeError, "labels has dtype <U1"),
        ([None], None, TypeError, "labels has dtype object"),
        ([0], 0, ValueError, "n_classes is 0; expected at least 1"),
        ([0], True, TypeError, "n_classes is True; expected an integer"),
        ([0], 2.0, TypeError, "n_classes is 2.0; expected an integer"),
    ],
)
def test_one_hot_refuses(
    labels: Any, n_classes: Any, error: type[Exception], complaint: str
) -> None:
    with pytest.raises(error, match=complaint):
        one_hot(labels, n_classes)


def test_a_sample_is_written_as_digits_reads_it(tmp_path: Path, sample: Digits) -> None:
    handwritten.write_sample(first(sample, 12, 10), tmp_path)
    labels = datasets.read_idx(tmp_path / f"{NAMES[1]}.gz")
    np.testing.assert_array_equal(labels, sample.train_labels[:12:6])
    images = datasets.read_idx(tmp_path / f"{NAMES[2]}.gz")
    np.testing.assert_array_equal(images.reshape(2, -1), sample.test_images[:10:5])
