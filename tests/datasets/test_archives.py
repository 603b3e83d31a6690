"""`datasets.archives`: .npy and .npz read, and refused before they can do harm."""

from __future__ import annotations

import io
import os
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np

from fastgd.datasets import limits
from fastgd.datasets.archives import read_npy, read_npz

X = np.arange(12.0).reshape(4, 3)
Y = np.array([0, 1, 1, 0])


def npy(array: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def npz(path: Path, **members: bytes) -> str:
    """An archive of members as they are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, contents in members.items():
            archive.writestr(f"{key}.npy", contents)
    return str(path)


any_array = st_np.arrays(
    st.sampled_from(["f8", ">f4", "u1", "i8", "?", "U3", "S2"]),
    st_np.array_shapes(min_dims=0, min_side=0, max_side=4),
)


@given(any_array, st.booleans())
def test_what_numpy_saves_is_read(
    tmp_path_factory: pytest.TempPathFactory, array: np.ndarray[Any, Any], fortran: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.npy"
    array = np.asarray(array, order="F" if fortran else "C")
    np.save(path, array)
    got = read_npy(str(path))
    assert got.dtype == array.dtype
    np.testing.assert_array_equal(got, array)
    assert got.flags.writeable or not got.size


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize(
    ("x", "y", "x_test", "y_test"),
    [
        ("X", "y", "X_test", "y_test"),
        ("x", "Y", "x_test", "Y_test"),
        ("x_train", "y_train", "x_test", "y_test"),
        ("X_train", "y_train", "X_test", "y_test"),
        ("train_images", "train_labels", "test_images", "test_labels"),
        ("images", "labels", "images_test", "labels_test"),
        ("data", "target", "data_test", "target_test"),
    ],
)
def test_usual_keys_are_known(
    tmp_path: Path, x: str, y: str, x_test: str, y_test: str, save: Any
) -> None:
    path = str(tmp_path / "a.npz")
    save(path, **{x: X, y: Y})
    found = read_npz(path, None)
    assert found.target == y
    assert found.test is None
    np.testing.assert_array_equal(found.X, X)
    np.testing.assert_array_equal(found.Y, Y)  # type: ignore[arg-type]
    save(path, **{x_test: X[:2], y: Y, x: X, y_test: Y[:2]})
    found = read_npz(path, None)
    assert found.test is not None
    assert found.X.shape == (4, 3)
    np.testing.assert_array_equal(found.test.X, X[:2])
    np.testing.assert_array_equal(found.test.Y, Y[:2])  # type: ignore[arg-type]


def test_keys_may_be_named_and_dropped(tmp_path: Path) -> None:
    path = npz(tmp_path / "a.npz", flats=npy(X), prices=npy(Y), notes=npy(Y))
    found = read_npz(path, "prices", ["notes"])
    np.testing.assert_array_equal(found.X, X)
    assert found.target == "prices"


def test_targets_may_be_missing(tmp_path: Path) -> None:
    path = npz(tmp_path / "a.npz", X=npy(X))
    assert read_npz(path, None).Y is None
    assert read_npz(path, "prices", further=True).Y is None


@pytest.mark.parametrize(
    ("keys", "target", "drop", "complaint"),
    [
        (["a", "b", "c"], None, [], "has no array 'X'; it has a, b, c; rename the inputs to X"),
        (["X", "price"], "prices", [], "target: .* has no array 'prices'; it has X, price"),
        (["X", "y"], None, ["z"], "drop: .* has no array 'z'; it has X, y"),
        ([], None, [], "has no array 'X'; it has none"),
    ],
)
def test_missing_keys_are_named(
    tmp_path: Path, keys: list[str], target: str | None, drop: list[str], complaint: str
) -> None:
    path = npz(tmp_path / "a.npz", **{key: npy(X) for key in keys})
    with pytest.raises(ValueError, match=complaint):
        read_npz(path, target, drop)


# ------------------------------------------------------------------------- what would do harm


class Trap:
    """Unpickled, it would leave a mark."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def test_pickles_are_refused_and_not_run(tmp_path: Path) -> None:
    trap = npy(np.array([Trap(tmp_path / "ran")], object), allow_pickle=True)
    (tmp_path / "a.npy").write_bytes(trap)
    with pytest.raises(ValueError, match=r"a.npy holds Python objects, which could run code; save"):
        read_npy(str(tmp_path / "a.npy"))
    with pytest.raises(ValueError, match=r"a.npz, array 'X' holds Python objects"):
        read_npz(npz(tmp_path / "a.npz", X=trap), None)
    assert not (tmp_path / "ran").exists()


def test_a_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """64 MB of zeros in 64 kB."""
    path = npz(tmp_path / "bomb.npz", X=npy(np.zeros((1 << 23, 1))), y=npy(Y))
    monkeypatch.setattr(limits, "memory_limit", lambda: 1 << 20)
    tracemalloc.start()
    try:
        with pytest.raises(
            ValueError, match=r"bomb.npz would take 67,109,\d+ bytes, more than half of"
        ):
            read_npz(path, None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20


def test_the_limit_is_some_of_the_memory_there_is() -> None:
    assert 1 << 28 < limits.memory_limit() < 1 << 50


def lying(shape: str, n_bytes: int) -> bytes:
    """A header that claims `shape` of float64, and n_bytes."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return (
        b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(n_bytes)
    )


@pytest.mark.parametrize(
    ("contents", "complaint"),
    [
        (lying("(4, 3)", 95), r"declares shape \(4, 3\) of float64, 96 bytes, and holds 95"),
        (lying("(4, 3)", 97), "96 bytes, and holds 97; it is damaged"),
        (lying("(1048576, 1048576)", 96), "would take 8,796,093,022,208 bytes, more than half"),
        (lying("(-4, 3)", 96), "damaged"),
        (b"", "is no .npy array"),
        (b"\x93NUMPY\x01\x00", "is no .npy array"),
        (b"\x93NUMPY\x09\x00" + bytes(200), "is no .npy array"),
        (lying("4 3", 96), "is no .npy array"),
        (b"1,2\n3,4\n", "is no .npy array"),
        (lying("(" + "-" * 3000 + "1,)", 8), "is no .npy array"),
        (lying("(0, 1180591620717411303424)", 0), "is no .npy array"),
        (lying("(4, 3)", 0).replace(b"'<f8'", b"'<U0'"), "holds <U0; save numbers or texts"),
        (lying("(4,)", 96).replace(b"'<f8'", b"('<f8', (3,))"), "holds .*; save numbers"),
        (lying("(4, 3)", 96).replace(b"{'", b"{[]: 1, '"), "is no .npy array"),
        (lying("(4, 3)" + " " * 10_000, 96), "is no .npy array .a header of 10,060 bytes"),
    ],
)  # fmt: skip
def test_damaged_arrays_are_refused(tmp_path: Path, contents: bytes, complaint: str) -> None:
    (tmp_path / "a.npy").write_bytes(contents)
    with pytest.raises(ValueError, match=complaint) as caught:
        read_npy(str(tmp_path / "a.npy"))
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match=complaint):
        read_npz(npz(tmp_path / "a.npz", X=contents), None)


def test_names_that_lead_out_of_an_archive_lead_nowhere(tmp_path: Path) -> None:
    """Nothing is unpacked into a folder."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    path = folder / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("X.npy", "y.npy", "../../out.npy", "/tmp/fastgd-out.npy"):
            archive.writestr(name, npy(X if name == "X.npy" else Y))
    found = read_npz(str(path), None, ["../../out", "/tmp/fastgd-out"])
    assert (found.X == X).all()
    assert [p.name for p in tmp_path.rglob("*")] == ["a", "b", "a.npz"]
    assert not Path("/tmp/fastgd-out.npy").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_of_an_array_that_is_there_twice_the_last_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in (("X", X), ("y", Y), ("X", X + 1)):
            archive.writestr(f"{name}.npy", npy(array))
    assert (read_npz(str(path), None).X == X + 1).all()


def test_a_damaged_archive_is_refused_or_read(tmp_path: Path) -> None:
    path = Path(npz(tmp_path / "a.npz", X=npy(X), y=npy(Y)))
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(whole), 300):
        damaged = bytearray(whole)
        damaged[at] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged if at % 2 else whole[:at])
        with suppress(ValueError):
            assert read_npz(str(path), None).X.nbytes <= 1000


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packings_are_refused(tmp_path: Path, method: int) -> None:
    """LZMA's header asks for up to 4 GiB."""
    with zipfile.ZipFile(tmp_path / "a.npz", "w", method) as archive:
        archive.writestr("X.npy", npy(X))
    with pytest.raises(ValueError, match=r"is no .npz file, or damaged \(packed by another method"):
        read_npz(str(tmp_path / "a.npz"), None)


def test_sparse_numbers_pack_well_and_are_no_bomb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MNIST's pixels as float64 unpack to 25 times their size."""
    monkeypatch.setattr(limits, "ALWAYS_UNPACKED", 1 << 20)
    rows = np.zeros((2_000, 100))
    rows[:, ::7] = np.random.default_rng(0).random((2_000, 15)).round(2)
    path = str(tmp_path / "a.npz")
    np.savez_compressed(path, X=rows)
    assert rows.nbytes > 10 * (tmp_path / "a.npz").stat().st_size
    assert rows.nbytes > limits.ALWAYS_UNPACKED
    np.testing.assert_array_equal(read_npz(path, None).X, rows)
