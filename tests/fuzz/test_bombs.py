"""Small files that ask for much: refused, in memory bounded by their own size and 16 MiB."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.common import run_python
from tests.fuzz.__main__ import ROOM

# Run where nothing else has taken memory; the reader is imported, and has read a file, before.
PROGRAM = """
import sys, warnings
from pathlib import Path
from tests.fuzz.__main__ import peak, reset_peak
from tests.fuzz.readers import KINDS, fault_of
kind, path, whole = KINDS[{kind!r}], Path({path!r}), Path({whole!r})
warnings.simplefilter("error")
fault_of(kind, whole)
before = reset_peak()
try:
    kind.read(path)
    print("read")
except Exception as error:
    assert type(error) is kind.error, repr(error)
    print(str(error).removeprefix(str(path))[:200])
print(peak() - before - path.stat().st_size)
"""


def refused(kind: str, path: Path) -> tuple[str, int]:
    """What is said of a file, and the memory that reading it took beside its size."""
    from tests.fuzz.readers import KINDS

    whole = str(KINDS[kind].corpus()[0])
    told, took = run_python(PROGRAM.format(kind=kind, path=str(path), whole=whole)).splitlines()
    return told, int(took)


def gzip_bomb(path: Path) -> None:
    """A header of 8 GiB and 20 MiB of zeros, in 20 kB."""
    import gzip

    head = bytes([0, 0, 8, 2]) + (1 << 13).to_bytes(4, "big") + (1 << 20).to_bytes(4, "big")
    with gzip.open(path, "wb") as file:
        file.write(head + bytes(20 << 20))


def npy_header(shape: str, more: str = "") -> bytes:
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, {more}}}\n"
    return b"\x93NUMPY\x02\x00" + len(text).to_bytes(4, "little") + text.encode()


def zip_bomb(path: Path) -> None:
    """An array of zeros, a thousand times the size of its archive, that is all there."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("X.npy", "w") as member,
    ):
        member.write(npy_header("(9437184, 1)"))
        for _ in range(72):
            member.write(bytes(1 << 20))


def lying_zip(path: Path) -> None:
    """An archive that tells 2 GiB of a member that has none: nothing is taken before it comes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", npy_header("(6250000, 1)"))
    size = (50_000_000 + len(npy_header("(6250000, 1)"))).to_bytes(4, "little")
    contents = bytearray(path.read_bytes())
    for start, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        first = contents.index(start) + at
        contents[first : first + 4] = size
    path.write_bytes(contents)


def long_header(path: Path) -> None:
    path.write_bytes(npy_header("(1,)", " " * (30 << 20)))


def deep_header(path: Path) -> None:
    path.write_bytes(npy_header("(" + "-" * 9000 + "1,)") + bytes(8))


def model(path: Path, network: str, notes: dict[str, str] | None = None) -> None:
    """A model without tensors whose metadata tell of such a network."""
    metadata = {"fastgd.format": "1", "fastgd.network": network, **(notes or {})}
    text = json.dumps({"__metadata__": metadata}).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text)


def many_layers(path: Path) -> None:
    model(path, json.dumps({"layer_sizes": [1] * 1_000_000, "activation": "tanh",
                            "output_activation": "tanh"}))  # fmt: skip


def many_lists(path: Path) -> None:
    model(path, "[" + "[]," * 1_000_000 + "[]]")


def wide_line(path: Path) -> None:
    path.write_text("1,2\n" + "12," * 2_000_000 + "1\n", encoding="ascii")


def wide_first_line(path: Path) -> None:
    path.write_text("12," * 2_000_000 + "1\n1,2\n", encoding="ascii")


BOMBS: list[tuple[str, str, Callable[[Path], Any], str]] = [
    ("gz", "a.gz", gzip_bomb, "claims to unpack to 8,589,934,592 bytes, over 50 times its size"),
    ("npz", "a.npz", zip_bomb, "claims to unpack to 75,497,5.. bytes, over 50 times its size"),
    ("npz", "a.npz", lying_zip, "damaged|holds"),
    ("npy", "X.npy", long_header, "is no .npy array .a header of 31,457,3.. bytes"),
    ("npy", "X.npy", deep_header, "is no .npy array"),
    ("model", "a.safetensors", many_layers, "characters about a network of 0 tensors"),
    ("model", "a.safetensors", many_lists, "characters about a network of 0 tensors"),
    ("saved", "a.safetensors", many_layers, "characters about a network of 0 tensors"),
    ("csv", "a.csv", wide_line, "line 2, has .* cells where the first line has 2"),
    ("csv", "a.csv", wide_first_line, "a first line of over 1,048,576 characters"),
]


@pytest.mark.parametrize(
    ("kind", "name", "write", "told"), BOMBS, ids=lambda x: getattr(x, "__name__", None)
)
def test_a_bomb_is_refused_in_little_memory(
    kind: str, name: str, write: Callable[[Path], Any], told: str, tmp_path: Path
) -> None:
    import re

    path = tmp_path / name
    write(path)
    message, took = refused(kind, path)
    assert re.search(told, message), message
    assert took <= ROOM


@pytest.mark.parametrize("name", ["a.npy", "a.idx"])
def test_an_array_takes_its_own_size(name: str, tmp_path: Path) -> None:
    """Bytes were read, copied and turned round: thrice the file, for an array that is all there."""
    from fastgd.datasets import write_idx

    a = np.ones((6 << 20, 1))
    path = tmp_path / name
    if name == "a.npy":
        np.save(path, a)
    else:
        write_idx(path, a)
    assert path.stat().st_size > math.prod(a.shape) * 8
    code = f"""
from tests.fuzz.__main__ import peak, reset_peak
from fastgd.datasets.pairs import read_array
from pathlib import Path
before = reset_peak()
a = read_array(Path({str(path)!r}))
print(a[-1, 0], a.dtype.isnative, peak() - before - a.nbytes)
"""
    one, native, took = run_python(code).split()
    assert (one, native) == ("1.0", "True")
    assert int(took) <= ROOM
