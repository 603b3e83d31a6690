"""Damage to a file's bytes: cut, flipped, doubled, numbers and words exchanged for nasty ones.

`mutated` knows no format. `inside` damages what a format packs or sums, and packs and sums it
again, so that what is behind a checksum is reached too.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors import numpy as st_numpy

from fastgd.files.checkpoints import CHECKSUM, DESCENT, checksum

EDGES = (0, 1, 2, 127, 128, 255, 256, 32767, 32768, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1,
         2**63, 2**64 - 1)  # fmt: skip
WORDS = (
    b"", b"0", b"-1", b"1", b"2", b"65536", b"4294967296", b"9223372036854775807", b"1" + b"0" * 40,
    b"1" * 5000, b"1e308", b"1e999", b"nan", b"-inf", b"null", b"true", b"[]", b"{}", b'""', b'"x"',
    b"1_0", b"0x10", b"1,5", b"-0.0", b"5e-324", b"\x00", b"\xff", b"\xe2\x80\xa8", b"[" * 300,
    b"-" * 300 + b"1", b"F16", b"BF16", b"U8", b"|O", b"<U0", b"V3", b"M8[s]", b">f4",
    b"('<f8',(3,))",
)  # fmt: skip
WORD = re.compile(rb"[A-Za-z0-9_.+-]+")


def mutated(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """`data` after one to eight changes; some take in parts of `other`."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 1, 2, 2, 4, 8))):
        rng.choice(CHANGES)(rng, found, other)
    return bytes(found)


def place(rng: random.Random, data: bytearray) -> int:
    return rng.randrange(len(data) + 1)


def stretch(rng: random.Random, data: bytearray) -> slice:
    first = place(rng, data)
    return slice(first, first + rng.choice((1, 2, 4, 8, 16, 64, 256)))


def flip(rng: random.Random, data: bytearray, _: bytes) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def put(rng: random.Random, data: bytearray, _: bytes) -> None:
    if data:
        data[rng.randrange(len(data))] = rng.randrange(256)


def cut(rng: random.Random, data: bytearray, _: bytes) -> None:
    del data[place(rng, data) :]


def drop(rng: random.Random, data: bytearray, _: bytes) -> None:
    del data[stretch(rng, data)]


def repeat(rng: random.Random, data: bytearray, _: bytes) -> None:
    at = stretch(rng, data)
    data[at] = data[at] * rng.choice((2, 3, 50))


def insert(rng: random.Random, data: bytearray, _: bytes) -> None:
    at = place(rng, data)
    data[at:at] = rng.randbytes(rng.choice((1, 4, 16)))


def splice(rng: random.Random, data: bytearray, other: bytes) -> None:
    data[stretch(rng, data)] = other[stretch(rng, bytearray(other))]


def number(rng: random.Random, data: bytearray, _: bytes) -> None:
    """An edge of some integer type, in either byte order."""
    size, order = rng.choice((1, 2, 4, 8)), rng.choice(("little", "big"))
    at = place(rng, data)
    value = rng.choice(EDGES) % (1 << 8 * size)
    data[at : at + size] = value.to_bytes(size, order)  # type: ignore[arg-type]


def word(rng: random.Random, data: bytearray, _: bytes) -> None:
    found = list(WORD.finditer(data, 0, 20_000))
    if found:
        start, stop = rng.choice(found).span()
        data[start:stop] = rng.choice(WORDS)


CHANGES: tuple[Callable[[random.Random, bytearray, bytes], None], ...] = (
    flip, put, cut, drop, repeat, insert, splice, number, word, word,
)  # fmt: skip


# ----------------------------------------------------------------- behind a checksum


def inside_gzip(rng: random.Random, data: bytes, other: bytes) -> bytes:
    return gzip.compress(mutated(rng, gzip.decompress(data), other), 1, mtime=0)


def inside_zip(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """One member's bytes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(sorted(members))
    members[name] = mutated(rng, members[name], other)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", rng.choice((0, 8))) as archive:
        for key, contents in members.items():
            archive.writestr(zipfile.ZipInfo(key), contents)
    return packed.getvalue()


def inside_png(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """One chunk's contents, unpacked where they are pixels, under a checksum that agrees."""
    chunks, at = [], 8
    while at < len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at + 8 : end]))
        at = end + 4
    number = rng.randrange(len(chunks))
    kind, contents = chunks[number]
    if kind == b"IDAT" and rng.random() < 0.7:
        contents = zlib.compress(mutated(rng, zlib.decompress(contents), other), 1)
    else:
        contents = mutated(rng, contents, other)
    chunks[number] = kind, contents
    found = [data[:8]]
    for kind, contents in chunks:
        sum_ = zlib.crc32(kind + contents).to_bytes(4, "big")
        found += [len(contents).to_bytes(4, "big"), kind, contents, sum_]
    return b"".join(found)


def inside_header(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A safetensors file's header, its length told right."""
    end = 8 + int.from_bytes(data[:8], "little")
    text = mutated(rng, data[8:end], other)
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data[end:]


def inside_notes(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """One text of a safetensors file's metadata."""
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    notes = header["__metadata__"]
    key = rng.choice(sorted(notes))
    notes[key] = mutated(rng, notes[key].encode(), other).decode("utf-8", "replace")
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data[end:]


def inside_checkpoint(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Its facts or one tensor's type and shape, under a checksum that agrees."""
    end = 8 + int.from_bytes(data[:8], "little")
    text = json.loads(data[8:end])["__metadata__"][DESCENT]
    tensors: dict[str, Any] = dict(st_numpy.load(data))
    if rng.random() < 0.7:
        text = mutated(rng, text.encode(), other).decode("utf-8", "replace")
    else:
        name = rng.choice(sorted(tensors))
        tensors[name] = odd_array(rng, tensors[name])
    try:
        notes = {DESCENT: text, CHECKSUM: checksum(text, tensors)}
        return st_numpy.save(tensors, notes)
    except (SafetensorError, ValueError):  # a type it cannot hold
        return inside_notes(rng, data, other)


def odd_array(rng: random.Random, a: Any) -> Any:
    """Another length, shape, type, or numbers that are none."""
    changed = rng.choice(
        (
            lambda: a[: len(a) // 2], lambda: np.resize(a, 2 * len(a) + 1), lambda: a[None],
            lambda: a[:0], lambda: a * np.nan, lambda: a + np.inf, lambda: a * 1e300,
            lambda: a.astype(rng.choice(("f2", "f4", "f8", "i1", "i8", "u4", "?"))),
            lambda: a.reshape(1, 1, -1),
        )
    )  # fmt: skip
    with np.errstate(all="ignore"):
        return np.ascontiguousarray(changed())
