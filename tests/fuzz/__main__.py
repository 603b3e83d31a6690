"""Damaged files by the thousand: `python -m tests.fuzz 25000`, so many of each kind.

Each kind has a process of its own. A file that ends it, hangs it, raises another error than the
documented one, or takes more memory than its size, what it holds and 16 MiB, is a fault: it is
kept in build/fuzz. Where a library unpacks a file (pyarrow, Pillow), the memory is its own, and is
told apart. The same number draws the same files.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

from tests.common import ROOT
from tests.fuzz.readers import KINDS, Kind, fault_of
from tests.promises import keep

FOUND = ROOT / "build" / "fuzz"
ROOM = 16 << 20  # bytes that a file may take beside its own
SECONDS = 20  # for one file: it is a hang


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("n", type=int, help="files of each kind")
    parser.add_argument("--kind", choices=KINDS, help="this one alone, in this process")
    parser.add_argument("--first", type=int, default=0, help="the number of the first file")
    words = parser.parse_args()
    if words.kind:
        faults, most, slowest = damage(words.kind, range(words.first, words.n))
        print(faults, most, slowest)
        return
    began, lost, slowest, most = time.monotonic(), 0, 0.0, dict[str, int]()
    for name, kind in KINDS.items():
        faults, more, seconds = apart(name, words.n)
        lost, slowest = lost + faults, max(slowest, seconds)
        most[kind.library] = max(more, most.get(kind.library, 0))
        print(
            f"{name:11} {words.n:,} files, {faults} faults, {more / 2**20:.1f} MiB, {seconds:.2f} s"
        )
    facts = {"kinds": ", ".join(KINDS)}
    for library, size in most.items():
        whose = f"that {library} took for one" if library else "of one file beside its own"
        facts[f"most memory {whose}"] = f"{size / 2**20:.1f} MiB"
    print(f"{time.monotonic() - began:.0f} s, {1000 * slowest:.0f} ms for the slowest")
    keep("mutated-files", tried=len(KINDS) * words.n, lost=lost, how="make fuzz", facts=facts)


def apart(name: str, n: int) -> tuple[int, int, float]:
    """(faults, most bytes, longest) of a kind; a file that ends its process is a fault."""
    faults, most, slowest, first = 0, 0, 0.0, 0
    while first < n:
        command = [
            sys.executable,
            "-m",
            "tests.fuzz",
            str(n),
            "--kind",
            name,
            "--first",
            str(first),
        ]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode == 0:
            more, bytes_, seconds = done.stdout.split()[-3:]
            return faults + int(more), max(most, int(bytes_)), max(slowest, float(seconds))
        first = int((FOUND / f"{name}.at").read_text()) + 1
        faults += 1
        print(f"{name} {first - 1}: ended its process with status {done.returncode}")
    return faults, most, slowest


def damage(name: str, numbers: range) -> tuple[int, int, float]:
    """Read damaged files: (faults, most bytes that one took beside its own, longest)."""
    warnings.simplefilter("error")
    signal.signal(signal.SIGALRM, hang)
    kind, faults, most, slowest = KINDS[name], 0, 0, 0.0
    FOUND.mkdir(parents=True, exist_ok=True)
    at = FOUND / f"{name}.at"
    with tempfile.TemporaryDirectory(dir=memory_disk()) as folder:
        path = kind.place(Path(folder))
        seeds = [file.read_bytes() for file in kind.corpus()]
        path.write_bytes(seeds[0])
        fault_of(kind, path)  # what a first file imports is none of the others'
        for number in numbers:
            contents = kind.mutant(random.Random(f"{name} {number}"), seeds)
            at.write_text(str(number))
            path.write_bytes(contents)
            signal.alarm(SECONDS)
            began, before = time.perf_counter(), reset_peak()
            fault = fault_of(kind, path)
            took = max(0, peak() - before - len(contents))
            signal.alarm(0)
            slowest, most = max(slowest, time.perf_counter() - began), max(most, took)
            if took > ROOM and not (fault or kind.library) and took > ROOM + 3 * holds(kind, path):
                fault = f"{took:,} bytes of memory for a file of {len(contents):,}"
            if fault is not None:
                faults += 1
                shutil.copy(path, FOUND / f"{name}-{number}{path.suffix}")
                print(f"{name} {number}: {fault}", file=sys.stderr)
    at.unlink(missing_ok=True)
    return faults, most, slowest


def holds(kind: Kind, path: Path) -> int:
    """Bytes of what a file holds; none where it is refused."""
    try:
        return kind.read(path)
    except kind.error:
        return 0


def memory_disk() -> str | None:
    """A folder in memory, where there is one: files come and go by the thousand."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def hang(*_: Any) -> None:
    raise RuntimeError(f"over {SECONDS} s")


def reset_peak() -> int:
    """Forget the most memory this process had, and tell what it has: in bytes, on Linux."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    return peak()


def peak() -> int:
    """The most memory this process has had, in bytes."""
    try:
        with open("/proc/self/status") as status:
            found = next(line for line in status if line.startswith("VmHWM"))
        return int(found.split()[1]) << 10
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


if __name__ == "__main__":
    main()
