"""The benches' judgement of what falls short of what was wanted, their report and their company."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from benches import busy, report, results
from benches.studies import SIZES, STUDIES, Check
from benches.workloads import GROUPS, WORKLOADS
from tests.common import PATIENCE

ONE = Check(beside="peer", judged="fastgd", least=2.0)


def found(name: str, checks: tuple[Check, ...], seconds: dict[str, float]) -> dict[str, Any]:
    """The results of a run with one study."""
    times = {run: {"median": s} for run, s in seconds.items()}
    row = {"name": name, "times": times, "checks": results.checked(checks, times)}
    return {"workloads": [], "studies": [row]}


@pytest.mark.parametrize(("peer", "short"), [(1.0, False), (0.5, False), (0.3, True)])
def test_a_run_falls_short_only_where_it_takes_longer_than_wanted(peer: float, short: bool) -> None:
    lines = report.shortfalls(found("row", (ONE,), {"peer": peer, "fastgd": 0.25}))
    assert lines == (["row: peer to fastgd 1.20, wanted 2.00"] if short else [])


def test_a_check_on_a_run_that_was_not_timed_is_left_out() -> None:
    assert found("row", (ONE,), {"fastgd": 1.0})["studies"][0]["checks"] == []


@pytest.mark.parametrize(
    ("seconds", "short"),
    [
        pytest.param([332e-9, 213e-9, 184e-9, 194e-9, 176e-9], False, id="falls"),
        pytest.param([100e-9, 104e-9, 108e-9, 110e-9, 114e-9], False, id="rises a little"),
        pytest.param([100e-9, 104e-9, 108e-9, 110e-9, 120e-9], True, id="rises"),
    ],
)
def test_the_time_of_an_example_may_fall_with_their_number_but_not_rise(
    seconds: list[float], short: bool
) -> None:
    study = next(study for study in STUDIES if study.setup.__name__ == "sizes")
    times = dict(zip(SIZES, seconds, strict=True))
    assert bool(report.shortfalls(found(study.name, study.checks, times))) is short


def test_every_row_has_a_name_of_its_own_and_a_dozen_are_in_the_readme() -> None:
    names = [row.name for row in (*WORKLOADS, *STUDIES)]
    assert len(set(names)) == len(names)
    assert sum(row.in_readme for row in WORKLOADS) == 12


def run_of_everything(core_busy: bool) -> dict[str, Any]:
    """What a run finds that takes 1 s for every row."""
    time = {"median": 1.0, "quartiles": [1.0, 1.0], "slowest": 3.0}
    rows = [
        {"name": w.name, "group": w.group, "in_readme": w.in_readme, "dense": False, "checks": []}
        for w in WORKLOADS
    ]
    words = ("date", "processor", "system", "python", "fastgd_cpu", "digits")
    machine = dict.fromkeys(words, "") | {"processors": 2, "versions": {}, "threads": {}}
    return {
        "machine": machine | {"openblas_kernels": [], "busy": core_busy},
        "workloads": [row | {"times": {"fastgd": time}} for row in rows],
        "studies": [{"name": "study", "times": {"default": time}, "checks": []}],
        "limits": {}, "accuracy": [], "memory": {},
    }  # fmt: skip


def test_the_report_has_every_row_in_its_group() -> None:
    parts = report.markdown(run_of_everything(core_busy=False)).split("\n### ")[1:]
    assert [part.splitlines()[0] for part in parts] == list(GROUPS)
    for group, part in zip(GROUPS, parts, strict=True):
        shown = [w.name for w in WORKLOADS if f"| {w.name} |" in part]
        assert shown == [w.name for w in WORKLOADS if w.group == group]


def test_the_readme_has_the_rows_marked_for_it(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.README_BEGINS}\nold\n{report.README_ENDS}\nafter\n")
    report.update_readme(run_of_everything(core_busy=False), readme)
    text = readme.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert [w.in_readme for w in WORKLOADS] == [f"| {w.name} |" in text for w in WORKLOADS]


@pytest.mark.parametrize("core_busy", [False, True])
def test_the_report_says_that_a_core_was_busy_and_how_slow_it_got(core_busy: bool) -> None:
    text = report.markdown(run_of_everything(core_busy))
    assert (report.BUSY in text) is core_busy
    assert ("(slowest 3 s)" in text) is core_busy


def interrupted_with_a_core_busy() -> None:
    with busy.one_core():
        began = time.monotonic()
        while sys.platform == "linux" and busy.seconds() == 0:
            assert time.monotonic() < began + PATIENCE, "it does not turn"
            time.sleep(0.01)
        raise KeyboardInterrupt(*busy.CHILDREN)


def test_the_process_that_keeps_a_core_busy_ends_with_the_block() -> None:
    with pytest.raises(KeyboardInterrupt) as stopped:
        interrupted_with_a_core_busy()
    (child,) = stopped.value.args
    assert busy.CHILDREN == []
    assert busy.seconds() == 0
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_the_process_that_keeps_a_core_busy_ends_when_the_bench_is_killed() -> None:
    code = """
import os, signal, time
from benches import busy
with busy.one_core():
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    # The child holds the pipe, too: its end is seen only once both are gone.
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, timeout=PATIENCE, check=False)
    assert done.returncode == -signal.SIGKILL


def test_no_core_is_kept_busy_unasked() -> None:
    with busy.one_core(wanted=False) as child:
        assert child is None
        assert busy.CHILDREN == []


@pytest.mark.skipif(sys.platform != "linux", reason="memory as Linux tells it")
def test_the_walks_over_chunks_run() -> None:
    words = ["--gb", "0.02", "--chunk-mb", "1", "--budget-mb", "8", "--from", "cache"]
    done = subprocess.run(
        [sys.executable, "-m", "benches.chunks", *words],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False,
        timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = [line.split("|") for line in done.stdout.splitlines() if line.startswith("|")]
    walks = [row[1].strip() for row in rows[2:]]
    assert walks == ["read", "full batch", "mini-batches", "read"]
