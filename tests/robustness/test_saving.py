"""Files that cannot be written: an error that names them, the old file as it was, nothing beside.

Modes, links, long names, pipes: `tests/test_atomic.py`. Kills of checkpointed descents:
`tests/callbacks/test_checkpoint.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.callbacks import kills
from tests.common import PATIENCE, run_python
from tests.promises import trials

import fastgd

pytest.importorskip("safetensors")
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits and disks as on Linux")

NET = fastgd.Network((784, 64, 10))
OLD, NEW = NET.random_theta(0), NET.random_theta(1)
STATE = """
import os, resource, signal, sys, time
import numpy as np
import fastgd
from fastgd._state import beginning
from fastgd.files import load_checkpoint, save_checkpoint
net = fastgd.Network((784, 64, 10))
old, new = net.random_theta(0), net.random_theta(1)
"""
# What writes, of the new theta, and what reads, giving theta.
WAYS = {
    "model": ("fastgd.save(path, net, new)", "fastgd.load(path).theta"),
    "checkpoint": ("save_checkpoint(path, beginning(new))", "load_checkpoint(path).theta"),
}
ways = pytest.mark.parametrize(("write", "read"), WAYS.values(), ids=WAYS.keys())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A model of the old theta."""
    path = tmp_path / "model.safetensors"
    fastgd.save(path, NET, OLD)
    return path


@linux
@pytest.mark.promise("disks", 2)
@ways
def test_a_file_that_may_not_be_as_large_is_refused(write: str, read: str, path: Path) -> None:
    code = f"""{STATE}
path = {str(path)!r}
{write.replace("new", "old")}
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    {write}
except OSError as error:
    print(error.filename == path, "large" in str(error).lower())
print(({read} == old).all(), os.listdir({str(path.parent)!r}))
"""
    assert run_python(code) == f"True True\nTrue ['{path.name}']"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """One of 1 MiB, where this process may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("no disk may be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.promise("disks", 2)
@ways
def test_a_full_disk_is_told(write: str, read: str, small_disk: Path) -> None:
    code = f"""{STATE}
path = {str(small_disk / "run.safetensors")!r}
{write.replace("new", "old")}
open({str(small_disk / "filler")!r}, "wb").write(bytes(700_000))
try:
    {write}
except OSError as error:
    print(error.errno, error.filename == path)
print(({read} == old).all(), sorted(os.listdir({str(small_disk)!r})))
"""
    assert run_python(code) == "28 True\nTrue ['filler', 'run.safetensors']"


@pytest.mark.promise("disks", 1)
def test_a_read_only_disk_is_told(small_disk: Path) -> None:
    path = small_disk / "model.safetensors"
    fastgd.save(path, NET, OLD)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(OSError, match=r"[Rr]ead-only|[Pp]ermission"):
        fastgd.save(path, NET, NEW)
    assert (fastgd.load(path).theta == OLD).all()


@pytest.mark.promise("disks", 1)
@pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write to any folder"
)
def test_a_read_only_folder_is_told(path: Path) -> None:
    path.parent.chmod(0o500)
    try:
        with pytest.raises(PermissionError):
            fastgd.save(path, NET, NEW)
    finally:
        path.parent.chmod(0o700)
    assert (fastgd.load(path).theta == OLD).all()


@pytest.mark.promise("disks", trials(20, 1000))
def test_two_writers_never_leave_a_torn_file(path: Path) -> None:
    """Either's file whole, whenever somebody reads."""
    rounds = trials(20, 1000)
    code = f"""{STATE}
for _ in range({rounds}):
    fastgd.save({str(path)!r}, net, (old, new)[int(sys.argv[1])])
"""
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(i)], stderr=subprocess.PIPE, text=True)
        for i in range(2)
    ]
    seen: set[bytes] = set()
    while any(writer.poll() is None for writer in writers):
        seen.add(fastgd.load(path).theta.tobytes())
    for writer in writers:
        assert writer.communicate(timeout=PATIENCE)[1] == ""
    seen.add(fastgd.load(path).theta.tobytes())
    assert seen <= {OLD.tobytes(), NEW.tobytes()}
    assert os.listdir(path.parent) == [path.name]


@linux
@pytest.mark.parametrize("what", ["save", "load"])
def test_where_memory_is_short_there_is_a_memory_error(what: str, path: Path) -> None:
    """safetensors ended the process: "memory allocation failed", SIGABRT."""
    code = f"""{STATE}
os.environ["RUST_BACKTRACE"] = "0"  # a backtrace that finds no memory waits for itself
import safetensors.numpy
path = {str(path)!r}
wide = fastgd.Network((2000, 2000, 10))
theta = wide.random_theta(0)
fastgd.save(path, wide, theta)
fastgd.load(path)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
told = []
for mebibytes in range(2, 130, 4):
    resource.setrlimit(resource.RLIMIT_AS, (used + (mebibytes << 20), -1))
    try:
        if {what!r} == "save":
            fastgd.save(path, wide, theta)
            told.append("whole")
        else:
            told.append("whole" if (fastgd.load(path).theta == theta).all() else "torn")
    except MemoryError:
        told.append("refused")
    except fastgd.ModelFormatError as error:
        told.append(str(error))
resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
left = len(os.listdir(os.path.dirname(path)))
print(sorted(set(told)), (fastgd.load(path).theta == theta).all(), left)
"""
    assert run_python(code) == "['refused', 'whole'] True 1"


class PanicException(BaseException):
    """As Rust's panics come to Python."""


def test_a_panic_of_safetensors_is_a_memory_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no Exception: what catches those would have been ended."""

    def panic(*_: Any, **__: Any) -> None:
        raise PanicException("PyObject pointer is null")

    monkeypatch.setattr("safetensors.safe_open", panic)
    with pytest.raises(MemoryError, match="safetensors: PyObject pointer is null"):
        fastgd.load(path)
    monkeypatch.setattr("safetensors.numpy.save", panic)
    with pytest.raises(MemoryError, match="safetensors: PyObject pointer is null"):
        fastgd.save(path, NET, NEW)


@pytest.mark.skipif(os.name != "posix", reason="no SIGKILL")
def test_a_model_that_is_saved_over_and_over_survives_its_killers(tmp_path: Path) -> None:
    """`make kills` tries 200."""
    assert kills.saving(5, tmp_path)[0] == 5
