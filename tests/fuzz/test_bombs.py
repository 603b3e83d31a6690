"""Small files that ask for much: refused, in memory bounded by their size and 16 MiB, tables 64."""

from __future__ import annotations

import gzip
import json
import math
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.common import PATIENCE, ROOT, run_python
from tests.fuzz.__main__ import ROOM
from tests.fuzz.readers import CORPUS

# In one process where nothing else takes memory; each reader has read a whole file before.
PROGRAM = """
import ctypes, gc, json, sys, warnings
from pathlib import Path
from tests.fuzz.__main__ import peak, reset_peak
from tests.fuzz.readers import KINDS
warnings.simplefilter("error")
for kind, name, path in json.loads(sys.argv[1]):
    path, read = Path(path), KINDS[kind].read
    read(KINDS[kind].corpus()[0])
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before = reset_peak()
    try:
        read(path)
        told = "read"
    except KINDS[kind].error as error:
        told = str(error)
    print(json.dumps([name, told[:500], peak() - before - path.stat().st_size]), flush=True)
"""


def gzip_bomb(path: Path) -> None:
    """A header of 8 GiB and 20 MiB of zeros, in 20 kB."""
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


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, int]]:
    """What was said of each bomb, and the memory that it took beside its size."""
    asked = []
    for kind, name, write, _ in BOMBS:
        path = tmp_path_factory.mktemp("bomb") / name
        write(path)
        shutil.copy(CORPUS / "y.npy", path.parent)  # the targets of X.npy
        asked.append((kind, f"{kind} {write.__name__}", str(path)))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(asked)],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: (told, took) for name, told, took in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize(
    ("bomb", "told"), [(f"{kind} {write.__name__}", told) for kind, _, write, told in BOMBS]
)
def test_a_bomb_is_refused_in_little_memory(
    bomb: str, told: str, outcomes: dict[str, tuple[str, int]]
) -> None:
    message, took = outcomes[bomb]
    assert re.search(told, message), message
    # The cells of one line, a million characters at most, stand in memory as texts.
    assert took <= (4 * ROOM if bomb.startswith("csv") else ROOM)


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
