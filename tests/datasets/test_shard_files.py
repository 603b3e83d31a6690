"""Folders of shards: what belongs together, what it means, what is wrong with one."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastgd.datasets import Schema, Shards, read_examples, seen, shards, write_idx
from fastgd.datasets.shard_files import is_shards


def write(folder: Path, *pairs: tuple[Any, Any]) -> Path:
    for i, (X, Y) in enumerate(pairs):
        np.save(folder / f"X-{i}.npy", X)
        np.save(folder / f"y-{i}.npy", Y)
    return folder


def some(n: int, first: int = 0) -> tuple[Any, Any]:
    """n examples of two inputs; labels count from `first`, three of them."""
    rng = np.random.default_rng(first)
    return rng.random((n, 2), np.float32), (first + np.arange(n)) % 3


def test_npy_files_go_by_their_names(tmp_path: Path) -> None:
    pairs = [some(4), some(6, 1), some(5, 2)]
    found = shards(write(tmp_path, *pairs))
    assert len(found) == 3
    assert found.rows == (4, 6, 5)
    assert found.n_examples == 15
    assert found.schema == Schema("classes", 2, 3, classes=("0", "1", "2"))
    for i, (X, Y) in enumerate(pairs):
        assert (found[i][0] == X).all()
        assert (found[i][1] == Y).all()
        assert found.name(i) == str(tmp_path / f"X-{i}.npy")
    assert repr(found) == "<3 shards: 15 of 2 inputs, 3 classes>"
    assert found[-1][0].shape == (5, 2)
    assert isinstance(found[:2], Shards)
    with pytest.raises(IndexError):
        found[3]


def test_classes_are_those_of_all_shards(tmp_path: Path) -> None:
    """Each shard has one class alone."""
    X = np.ones((3, 2))
    found = shards(write(tmp_path, *[(X, np.full(3, label)) for label in (7, 3, 5)]))
    assert found.classes == ("3", "5", "7")
    assert [found[i][1].tolist() for i in range(3)] == [[2] * 3, [0] * 3, [1] * 3]


def test_texts_are_classes_and_numbers_a_regression(tmp_path: Path) -> None:
    X = np.ones((2, 2))
    texts = shards(write(tmp_path, (X, np.array(["b", "a"])), (X, np.array(["c", "a"]))))
    assert texts.classes == ("a", "b", "c")
    assert texts[1][1].tolist() == [2, 0]
    numbers = shards(write(tmp_path, (X, np.array([0.5, 1])), (X, np.array([1.0, 2]))))
    assert numbers.kind == "regression"
    assert numbers[0][1].tolist() == [[0.5], [1.0]]
    whole = shards(write(tmp_path, (X, np.array([0, 1])), (X, np.array([1, 2]))), kind="regression")
    assert whole[1][1].tolist() == [[1.0], [2.0]]


def test_targets_of_several_columns(tmp_path: Path) -> None:
    X = np.ones((2, 2))
    one_hot = shards(write(tmp_path, (X, np.eye(3)[:2]), (X, np.eye(3)[1:])))
    assert one_hot[1][1].tolist() == [1, 2]
    several = shards(write(tmp_path, (X, np.eye(3)[:2]), (X, np.ones((2, 3)))))
    assert (several.kind, several.schema.n_outputs) == ("regression", 3)
    assert several[1][1].shape == (2, 3)


def test_idx_files_plain_and_compressed_are_pixels(tmp_path: Path) -> None:
    images = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    for i, ending in enumerate(("", ".gz")):
        write_idx(tmp_path / f"part{i}-images-idx3-ubyte{ending}", images + i)
        write_idx(tmp_path / f"part{i}-labels-idx1-ubyte{ending}", np.array([i, 2], np.uint8))
    found = shards(tmp_path)
    assert found.schema.pixels
    assert found.schema.shape == (3, 3)
    assert (found[1][0] == (images + 1).reshape(2, 9)).all()
    assert found.schema.classes == ("0", "1", "2")


def test_what_is_named_test_is_a_test_part(tmp_path: Path) -> None:
    write(tmp_path, some(4), some(6, 1))
    X, Y = some(3, 2)
    np.save(tmp_path / "X-test.npy", X)
    np.save(tmp_path / "y-test.npy", Y)
    found = shards(tmp_path)
    assert len(found) == 2
    assert found.test is not None
    assert (found.test.X == X).all()


def test_a_shard_may_be_empty(tmp_path: Path) -> None:
    found = shards(write(tmp_path, some(0), some(4), some(0)))
    assert found.rows == (0, 4, 0)
    assert [found[i][0].shape for i in range(3)] == [(0, 2), (4, 2), (0, 2)]


def test_another_test_part_leaves_the_shards_as_they_are(tmp_path: Path) -> None:
    found = shards(write(tmp_path, some(4), some(6, 1)))
    other = read_examples(tmp_path / "X-1.npy")
    changed = found.with_test(other)
    assert changed.test is other
    assert found.test is None
    assert (changed.rows, changed.schema) == (found.rows, found.schema)
    assert (changed[0][0] == found[0][0]).all()


def test_a_file_is_no_folder_of_shards(tmp_path: Path) -> None:
    folder = write(tmp_path, some(4))
    assert is_shards(folder)
    assert not is_shards(folder / "X-0.npy")


def test_shards_that_are_all_empty_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the shards have no examples"):
        shards(write(tmp_path, some(0), some(0)))


def test_rows_of_several_numbers_are_no_classes(tmp_path: Path) -> None:
    X, Y = np.ones((3, 2)), np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    folder = write(tmp_path, (X, Y))
    assert shards(folder).schema.kind == "regression"
    with pytest.raises(ValueError, match=r"y-0.npy: targets have no single 1 in each row"):
        shards(folder, kind="classes")


def test_more_values_than_classes_can_be_are_a_regression(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past what can be classes, values are counted no further."""
    monkeypatch.setattr(seen, "MOST_VALUES", 3)
    X = np.ones((5, 2))
    found = shards(write(tmp_path, (X, np.arange(5)), (X, 5 + np.arange(5))))
    assert (found.schema.kind, found.schema.n_outputs) == ("regression", 1)
    assert found[1][1].ravel().tolist() == [5, 6, 7, 8, 9]


def test_they_are_read_as_others_were(tmp_path: Path) -> None:
    schema = shards(write(tmp_path, some(4))).schema
    more = write(tmp_path, (np.ones((2, 2)), np.array([2, 2])))
    assert shards(more, schema=schema)[0][1].tolist() == [2, 2]
    wrong = write(tmp_path, (np.ones((2, 2)), np.array([2, 4])))
    with pytest.raises(ValueError, match="'4' is none of the values learned from"):
        shards(wrong, schema=schema)[0]
    wide = write(tmp_path, (np.ones((2, 5)), np.array([2, 1])))
    with pytest.raises(ValueError, match="what was learned from has 2 inputs"):
        shards(wide, schema=schema)


def test_a_split_is_of_whole_shards(tmp_path: Path) -> None:
    found = shards(write(tmp_path, *[some(i + 1) for i in range(10)]))
    rest, aside = found.split(0.2, rng=0)
    assert (len(rest), len(aside)) == (8, 2)
    assert sorted(rest.rows + aside.rows) == list(range(1, 11))
    assert found.split(0.2, rng=0)[1].rows == aside.rows
    with pytest.raises(ValueError, match="one shard alone cannot be split"):
        found[:1].split(0.5)


@pytest.mark.parametrize(
    ("X", "Y", "complaint"),
    [
        (np.ones((4, 3)), np.zeros(4), r"X-1.npy: an example has shape \(3,\); in .*X-0.npy"),
        (np.ones((4, 2), np.uint8), np.zeros(4), "X-1.npy: X is uint8; in .*X-0.npy it is float32"),
        (np.ones((4, 2)), np.zeros(3), r"y-1.npy has shape \(3,\); X-1.npy has 4 examples"),
        (np.ones((4, 2)), np.ones((4, 2)), "y-1.npy has targets of shape .*, unlike .*y-0.npy"),
        (np.ones(4), np.ones(4), r"X-1.npy: X has shape \(4,\); expected \(n_examples, n_inputs\)"),
        (np.array([[{}]]), np.ones(1), "X-1.npy holds Python objects, which could run code"),
    ],
)
def test_what_is_unlike_the_others_is_named_at_once(
    tmp_path: Path, X: Any, Y: Any, complaint: str
) -> None:
    write(tmp_path, some(4), (X, Y))
    with pytest.raises(ValueError, match=complaint):
        shards(tmp_path)


def test_what_is_wrong_in_a_shard_is_said_when_it_is_read(tmp_path: Path) -> None:
    X, Y = some(4)
    X[2, 1] = np.nan
    found = shards(write(tmp_path, some(4), (X, Y)))
    with pytest.raises(ValueError, match=r"X-1.npy: X\[2, 1\] is nan"):
        found[1]
    (tmp_path / "X-1.npy").unlink()
    with pytest.raises(FileNotFoundError, match=r"X-1.npy"):
        found[1]
    (tmp_path / "X-0.npy").write_bytes((tmp_path / "X-0.npy").read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"X-0.npy declares .* it is damaged"):
        found[0]


def test_what_are_no_shards_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has no shards; expected files such as X-000.npy"):
        shards(tmp_path)
    np.save(tmp_path / "X-0.npy", np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"X-0.npy has no targets beside it"):
        shards(tmp_path)
    with pytest.raises(ValueError, match="expected one of classes, regression"):
        shards(write(tmp_path, some(4)), kind="maybe")
    with pytest.raises(ValueError, match="is a folder of shards, which are read one after another"):
        read_examples(tmp_path)


def test_a_damaged_gzip_is_said(tmp_path: Path) -> None:
    write_idx(tmp_path / "a-labels-idx1-ubyte", np.array([0, 1], np.uint8))
    whole = gzip.compress(b"\0\0\x08\x03" + bytes(100))
    (tmp_path / "a-images-idx3-ubyte.gz").write_bytes(whole[:12])
    with pytest.raises(ValueError, match="damaged gzip"):
        shards(tmp_path)
