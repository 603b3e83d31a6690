"""`_idx`: what is written is read back, and a file that lies is refused cheaply."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np

from fastgd.datasets import read_idx, write_idx

TYPES = ["u1", "i1", "i2", "i4", "f4", "f8"]
# 2 x 3 int16: 0, 0, type, dimensions; sizes 2 and 3; six entries
VALID = bytes([0, 0, 0x0B, 2]) + bytes([0, 0, 0, 2, 0, 0, 0, 3]) + bytes(range(12))


def any_array() -> st.SearchStrategy[np.ndarray[Any, Any]]:
    shapes = st_np.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
    dtypes = st.sampled_from([order + name for name in TYPES for order in "<>"])
    return dtypes.flatmap(lambda dtype: st_np.arrays(dtype, shapes))


@given(array=any_array(), suffix=st.sampled_from(["", ".gz"]))
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, array: np.ndarray[Any, Any], suffix: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"round-trip{suffix}"
    write_idx(path, array)
    back = read_idx(path)
    assert back.dtype == array.dtype.newbyteorder("=")
    assert back.dtype.isnative
    np.testing.assert_array_equal(back, array)


def test_entries_are_big_endian_on_disk(tmp_path: Path) -> None:
    write_idx(tmp_path / "a", np.frombuffer(bytes(range(12)), ">i2").reshape(2, 3))
    assert (tmp_path / "a").read_bytes() == VALID


def test_strided_and_fortran_arrays_are_written_row_by_row(tmp_path: Path) -> None:
    array = np.asfortranarray(np.arange(24, dtype=np.int32).reshape(4, 6))[::-1, ::2]
    write_idx(tmp_path / "a", array)
    np.testing.assert_array_equal(read_idx(tmp_path / "a"), array)


def test_compressed_file_is_told_by_content(tmp_path: Path) -> None:
    (tmp_path / "no-suffix").write_bytes(gzip.compress(VALID))
    assert read_idx(tmp_path / "no-suffix").shape == (2, 3)


def test_equal_arrays_give_equal_compressed_bytes(tmp_path: Path) -> None:
    for name in ("one.gz", "another.gz"):
        write_idx(tmp_path / name, np.zeros(9, np.uint8))
    one = (tmp_path / "one.gz").read_bytes()
    assert one == (tmp_path / "another.gz").read_bytes()
    assert one[3:8] == bytes(5)  # no flags (so no name), and no time


def test_array_read_can_be_written_to(tmp_path: Path) -> None:
    write_idx(tmp_path / "a", np.zeros(3, np.uint8))
    array = read_idx(tmp_path / "a")
    array[0] = 7
    assert array[0] == 7


@pytest.mark.parametrize("dtype", [np.int64, np.uint16, np.float16, np.bool_, object, "U1"])
def test_type_that_idx_lacks_is_refused(tmp_path: Path, dtype: Any) -> None:
    with pytest.raises(TypeError, match="IDX holds uint8"):
        write_idx(tmp_path / "a", np.zeros(2, dtype))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("length", range(len(VALID)))
def test_truncated_file_is_refused(tmp_path: Path, length: int, compressed: bool) -> None:
    part = VALID[:length]
    (tmp_path / "a").write_bytes(gzip.compress(part) if compressed else part)
    with pytest.raises(ValueError, match=r"a (is not an IDX file|ends inside|claims shape)"):
        read_idx(tmp_path / "a")


@pytest.mark.parametrize("compressed", [False, True])
def test_trailing_bytes_are_refused(tmp_path: Path, compressed: bool) -> None:
    long = VALID + b"\0"
    (tmp_path / "a").write_bytes(gzip.compress(long) if compressed else long)
    with pytest.raises(ValueError, match=r"\(2, 3\) of int16, 12 bytes, but holds more"):
        read_idx(tmp_path / "a")


@pytest.mark.parametrize("length", [1, 2, 5, 12, 20, -1])
def test_truncated_gzip_is_refused(tmp_path: Path, length: int) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(VALID)[:length])
    with pytest.raises(ValueError, match="a is"):
        read_idx(tmp_path / "a")


def test_gzip_with_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(VALID))
    packed[-8] ^= 1
    (tmp_path / "a").write_bytes(packed)
    with pytest.raises(ValueError, match="damaged gzip"):
        read_idx(tmp_path / "a")


@pytest.mark.parametrize(
    ("start", "complaint"),
    [
        (b"\x89PNG", "not an IDX file"),
        (bytes([0, 0, 0x0A, 1]), "not an IDX file"),
        (bytes([0, 0, 0x08, 65]), "65 dimensions"),
        (bytes([0, 0, 0x0E, 3]) + b"\xff" * 12, "more than any memory"),
        (bytes([0, 0, 0x08, 4]) + b"\0\0\0\0" + b"\xff" * 12, "more than any memory"),
    ],
)
def test_impossible_header_is_refused(tmp_path: Path, start: bytes, complaint: str) -> None:
    (tmp_path / "a").write_bytes(start)
    with pytest.raises(ValueError, match=complaint):
        read_idx(tmp_path / "a")


@pytest.mark.parametrize("compressed", [False, True])
def test_header_that_claims_a_terabyte_costs_no_memory(tmp_path: Path, compressed: bool) -> None:
    lie = bytes([0, 0, 0x08, 2]) + b"\0\x10\0\0" * 2 + b"\0" * 1000  # 2**20 x 2**20 bytes
    (tmp_path / "a").write_bytes(gzip.compress(lie) if compressed else lie)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="over 50 times" if compressed else "only 1000"):
            read_idx(tmp_path / "a")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


def test_a_gzip_file_may_unpack_to_64_mib(tmp_path: Path) -> None:
    """Zeros shrink a thousandfold; beyond 64 MiB that is a bomb, or nothing worth reading."""
    write_idx(tmp_path / "a.gz", np.zeros(64 << 20, np.uint8))
    assert read_idx(tmp_path / "a.gz").size == 64 << 20
    write_idx(tmp_path / "a.gz", np.zeros(72 << 20, np.uint8))
    with pytest.raises(ValueError, match="75,497,472 bytes, over 50 times its size: unpack it"):
        read_idx(tmp_path / "a.gz")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing-here"):
        read_idx(tmp_path / "nothing-here")


@given(data=st.data())
def test_damaged_file_is_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    source = data.draw(st.sampled_from([VALID, gzip.compress(VALID, mtime=0)]))
    damaged = bytearray(source[: data.draw(st.integers(0, len(source)))])
    if damaged:
        for at in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=4)):
            damaged[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(damaged)
    with suppress(ValueError):
        assert read_idx(path).nbytes <= len(VALID)


def test_sizes_beyond_32_bits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"IDX holds sizes below 2\*\*32"):
        write_idx(tmp_path / "x", np.zeros((1 << 32, 0), np.uint8))
