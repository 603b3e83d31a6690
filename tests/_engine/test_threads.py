"""`_engine/threads`: how many, as asked for, as OpenMP allows and as control groups grant."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.common import run_python

from fastgd import Cost, Network
from fastgd._built import processor
from fastgd._engine import threads

needs_openmp = pytest.mark.skipif(processor.openmp_threads() == 0, reason="built without OpenMP")


# ----------------------------------------------------------------------------------- how many


@pytest.mark.parametrize("n_threads", [0, -1, 2**31, -(2**31), 2**63, 10**30])
def test_absurd_counts_are_refused(n_threads: int) -> None:
    with pytest.raises(ValueError, match=r"n_threads: expected 1 to \d+ on this machine, got"):
        Cost(Network((2, 1)), [[1.0, 2.0]], [[1.0]], n_threads=n_threads)


@pytest.mark.parametrize("n_threads", [True, False, np.True_, "2", 2.0, [2], 1j], ids=repr)
def test_counts_that_are_no_integers_are_refused(n_threads: Any) -> None:
    with pytest.raises(
        TypeError, match="n_threads: expected an integer of at least 1 or None, got"
    ):
        Cost(Network((2, 1)), [[1.0, 2.0]], [[1.0]], n_threads=n_threads)


@pytest.mark.parametrize("n_threads", [0, 2**31])
def test_a_network_refuses_absurd_counts(n_threads: int) -> None:
    with pytest.raises(ValueError, match="n_threads: expected 1 to"):
        Network((2, 1))(np.zeros(3), [1.0, 2.0], n_threads=n_threads)


def test_numpy_s_integers_are_counts() -> None:
    assert threads.check_n_threads(np.int64(2)) == 2  # type: ignore[arg-type]


def test_small_work_gets_one_thread() -> None:
    assert threads.threads_for(None, 1000.0) == 1


@needs_openmp
def test_large_work_gets_all_that_are_available() -> None:
    assert threads.threads_for(None, 1e15) == threads.available()


@needs_openmp
def test_threads_asked_for_are_given() -> None:
    assert threads.threads_for(3, 1.0) == 3


def test_without_openmp_there_is_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "openmp_threads", lambda: 0)
    assert threads.threads_for(3, 1e15) == 1
    assert threads.available() == 1


@needs_openmp
@pytest.mark.parametrize("limit", ["1", "2"])
def test_omp_num_threads_is_respected(limit: str) -> None:
    code = "from fastgd._engine import threads; print(threads.available())"
    cpus = len(os.sched_getaffinity(0))
    assert run_python(code, OMP_NUM_THREADS=limit) == str(min(int(limit), cpus))


@needs_openmp
def test_threadpoolctl_s_limits_are_respected() -> None:
    threadpoolctl: Any = pytest.importorskip("threadpoolctl")
    with threadpoolctl.threadpool_limits(1):
        assert threads.available() == 1


@needs_openmp
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no affinity")
def test_affinity_changed_after_the_import_is_respected() -> None:
    code = """
import os
from fastgd._engine import threads
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
print(threads.available())
"""
    assert run_python(code, OMP_NUM_THREADS="8") == "1"


# ----------------------------------------------------------------------------- control groups


def quota(monkeypatch: pytest.MonkeyPatch, root: Path, groups: str) -> int | None:
    """`_cgroup_quota` where the system is made of the files under `root`."""
    (root / "self").write_text(groups)
    files = threads._quota_files(str(root / "self"), str(root))
    monkeypatch.setattr(threads, "_quota_files", lambda: files)
    return threads._cgroup_quota()


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


@pytest.mark.parametrize(
    ("text", "processors"),
    [("max 100000", None), ("200000 100000", 2), ("350000 100000", 3), ("50000 100000", 1),
     ("nonsense", None), ("1 0", None)],
)  # fmt: skip
def test_version_2_grants_whole_processors(
    text: str, processors: int | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(tmp_path / "cpu.max", text)
    assert quota(monkeypatch, tmp_path, "0::/\n") == processors


def test_version_2_s_tightest_group_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(tmp_path / "system.slice/cpu.max", "200000 100000")
    write(tmp_path / "system.slice/job/cpu.max", "900000 100000")
    assert quota(monkeypatch, tmp_path, "0::/system.slice/job\n") == 2


def test_version_1_s_tightest_group_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(tmp_path / "cpu/cpu.cfs_quota_us", "-1")
    write(tmp_path / "cpu/cpu.cfs_period_us", "100000")
    write(tmp_path / "cpu/docker/abc/cpu.cfs_quota_us", "300000")
    write(tmp_path / "cpu/docker/abc/cpu.cfs_period_us", "100000")
    assert quota(monkeypatch, tmp_path, "5:cpu,cpuacct:/docker/abc\n0::/\n") == 3


def test_groups_seen_from_outside_do_not_leave_the_root(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(tmp_path / "cpu.max", "100000 100000")
    assert quota(monkeypatch, tmp_path, "0::/../../host/job\n") == 1


def test_no_control_groups_grant_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert quota(monkeypatch, tmp_path, "") is None


@needs_openmp
def test_the_quota_limits_what_is_available(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "openmp_threads", lambda: 64)
    monkeypatch.setattr(threads, "_cgroup_quota", lambda: 1)
    monkeypatch.setattr(threads, "_quota_read", (float("-inf"), None))
    assert threads.available() == 1


def test_a_changed_quota_is_seen_a_period_later(monkeypatch: pytest.MonkeyPatch) -> None:
    now, grants = 100.0, 3
    monkeypatch.setattr(threads.time, "monotonic", lambda: now)
    monkeypatch.setattr(threads, "_cgroup_quota", lambda: grants)
    monkeypatch.setattr(threads, "_quota_read", (float("-inf"), None))
    assert threads._lasting_quota() == 3
    grants = 2
    now += 0.99 * threads.QUOTA_LASTS
    assert threads._lasting_quota() == 3
    now += 0.02 * threads.QUOTA_LASTS
    assert threads._lasting_quota() == 2
