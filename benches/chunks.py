"""Data larger than memory: passes over chunks, at what rate, in how much memory.

``python -m benches.chunks`` walks over 20 GB of digits in files, in 1 GB of memory: full batch and
mini-batches, beside merely reading the same chunks. A few files are read again and again; with
``--from disk`` their pages are dropped from the page cache after each reading. Each walk is a
process of its own, whose memory is watched by the system.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import fastgd
from benches.results import processor
from fastgd import datasets, parts

MIB = 1 << 20
WHOLE = 20.0  # GB; the table of so many is kept
RESULTS = Path(__file__).parent / "results" / "chunks.md"
WALKS = ("read", "full batch", "mini-batches")
# Files that are made: more than the page cache of a processor holds, less than a small disk.
FILES = 16


class Again(Sequence[tuple[Any, Any]]):
    """A folder's shards as many times as make so many chunks."""

    def __init__(self, folder: str, n: int, from_disk: bool) -> None:
        self._shards = datasets.shards(folder)
        self._files = sorted(Path(folder).glob("X-*.npy"))
        self._n = n
        self._from_disk = from_disk

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, i: Any) -> Any:
        found = self._shards[i % len(self._shards)]
        if self._from_disk:
            descriptor = os.open(self._files[i % len(self._shards)], os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)
        return found


def make(folder: str, chunk_bytes: int) -> None:
    """Files of digits of about so many bytes each, all different."""
    digits = datasets.digits()
    images = np.concatenate([digits.train_images, digits.test_images]).reshape(-1, 784)
    labels = np.concatenate([digits.train_labels, digits.test_labels])
    rng = np.random.default_rng(0)
    for i in range(FILES):
        rows = rng.integers(len(images), size=chunk_bytes // 784)
        with open(f"{folder}/X-{i:02}.npy", "wb") as file:
            np.save(file, images[rows])
            file.flush()
            os.fsync(file.fileno())
        np.save(f"{folder}/y-{i:02}.npy", labels[rows])


def walk(arguments: argparse.Namespace) -> dict[str, Any]:
    """One pass, in this process: seconds, and memory beside what was there before."""
    n = max(1, round(arguments.gb * 1e9 / (arguments.chunk_mb * MIB)))
    chunks = Again(arguments.folder, n, arguments.source == "disk")
    network = fastgd.Network((784, 16, 16, 10))
    theta = network.random_theta(rng=0)
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the highest so far begins anew
    began, busy = time.perf_counter(), time.process_time()
    what: dict[str, Any] = {}
    if arguments.walk == "read":
        n_bytes = sum(X.nbytes for X, _ in (chunks[i] for i in range(n)))
    else:
        cost = parts.ChunkedCost(network, chunks, memory_budget=arguments.budget_mb * MIB)
        began, busy = time.perf_counter(), time.process_time()
        if arguments.walk == "full batch":
            cost.value_and_gradient(theta)
        else:
            batches = cost.mini_batches(theta, batch_size=arguments.batch, learning_rate=0.5)
            batches.epoch(0)
        what = cost.fit._asdict()
        n_bytes = n * (arguments.chunk_mb * MIB // 784 * 784)
    seconds, processor = time.perf_counter() - began, time.process_time() - busy
    most = resident("VmHWM")
    return what | {
        "walk": arguments.walk, "bytes": n_bytes, "seconds": seconds, "processor": processor,
        "before": before, "most": most,
    }  # fmt: skip


def resident(name: str) -> int:
    """Bytes of this process in memory: now (VmRSS), or at most (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gb", type=float, default=WHOLE, help="that are walked over (20)")
    parser.add_argument("--budget-mb", type=int, default=832, help="memory_budget (832 MiB)")
    parser.add_argument("--chunk-mb", type=int, default=16, help="of a chunk (16 MiB)")
    parser.add_argument("--batch", type=int, default=32, help="examples of a mini-batch (32)")
    parser.add_argument("--from", dest="source", choices=("disk", "cache"), default="disk")
    parser.add_argument("--folder", help="for the files; else a temporary one")
    parser.add_argument("--walk", choices=WALKS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.walk:
        print(json.dumps(walk(arguments)))
        return
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        make(folder, arguments.chunk_mb * MIB)
        found = [measured(name, arguments, folder) for name in WALKS]
        # Again at the end: a disk may be another one by then.
        found.append(measured("read", arguments, folder))
    table = report(found, arguments)
    print(table)
    if arguments.gb >= WHOLE:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        head = f"# Data larger than memory\n\n{today}; {processor()}. By `make chunks`: "
        RESULTS.write_text(head + table, encoding="utf-8")


def measured(name: str, arguments: argparse.Namespace, folder: str) -> dict[str, Any]:
    words = [sys.executable, "-m", "benches.chunks", "--walk", name, "--folder", folder]
    for option in ("gb", "budget_mb", "chunk_mb", "batch"):
        words += [f"--{option.replace('_', '-')}", str(getattr(arguments, option))]
    done = subprocess.run(
        [*words, "--from", arguments.source], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def report(found: list[dict[str, Any]], arguments: argparse.Namespace) -> str:
    """A table: rates, as shares of the faster reading, and memory."""
    rates = [one["bytes"] / one["seconds"] for one in found]
    reading = max(rates[0], rates[-1])
    heads = ("walk", "s", "processor, s", "GB/s", "of reading", "resident, MiB", "more than before",
             "kept")  # fmt: skip
    lines = [
        f"{found[0]['bytes'] / 1e9:.1f} GB in chunks of {arguments.chunk_mb} MiB, from "
        f"{arguments.source}; memory_budget {arguments.budget_mb} MiB; 784-16-16-10, "
        f"batches of {arguments.batch}",
        "",
        f"| {' | '.join(heads)} |",
        f"|{' --- |' * len(heads)}",
    ]
    for one, rate in zip(found, rates, strict=True):
        cells = (
            one["walk"], f"{one['seconds']:.2f}", f"{one['processor']:.2f}", f"{rate / 1e9:.2f}",
            f"{rate / reading:.0%}", f"{one['most'] / MIB:.0f}",
            f"{(one['most'] - one['before']) / MIB:.0f}",
            f"{one['kept']} of {one['chunks']}" if "kept" in one else "",
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
