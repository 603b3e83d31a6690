"""`datasets.limits`: what may be declared, and bytes read as they come."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from fastgd.datasets import Schema, read_examples, read_idx, read_more
from fastgd.datasets.limits import ALWAYS_UNPACKED, MOST_UNPACKED, check_unpacked, read_at_most


@pytest.mark.parametrize("n_bytes", [0, 1, 9, 10, 11, 3 << 20])
def test_so_many_bytes_or_those_there_are(n_bytes: int) -> None:
    contents = bytes(range(10))
    assert read_at_most(io.BytesIO(contents), n_bytes).tobytes() == contents[:n_bytes]


def test_a_file_that_gives_less_than_asked_for_is_asked_again() -> None:
    class Slow(io.RawIOBase):
        def readinto(self, to: memoryview) -> int:  # type: ignore[override]
            to[:1] = b"x"
            return 1

    assert read_at_most(Slow(), 5).tobytes() == b"xxxxx"


def test_little_may_be_packed_well_and_much_may_not() -> None:
    check_unpacked(ALWAYS_UNPACKED, 1, "a.gz", "gunzip")
    check_unpacked(MOST_UNPACKED * (4 << 20), 4 << 20, "a.gz", "gunzip")
    with pytest.raises(
        ValueError, match=r"a.gz claims to unpack to 67,108,865 bytes, over 50 .*gunz"
    ):
        check_unpacked(ALWAYS_UNPACKED + 1, 1, "a.gz", "gunzip")


@pytest.mark.skipif(os.name != "posix", reason="named pipes")
@pytest.mark.parametrize("ending", [".csv", ".npz", ".npy", ".idx", ".parquet"])
def test_a_pipe_is_refused_without_waiting_for_it(ending: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / f"pipe{ending}")
    (tmp_path / f"zero{ending}").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        path = tmp_path / f"{name}{ending}"
        for read in (read_examples, read_idx, lambda p: read_more(p, Schema("regression", 1, 1))):
            with pytest.raises(ValueError, match=f"{name}{ending} is not a file"):
                read(path)
