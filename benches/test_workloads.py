"""The workloads under pytest-benchmark, a group each: to see what one change did to one contestant.

    pytest benches -k "fastgd and 10s" --benchmark-compare

For ratios between contestants use `python -m benches`, which takes them in turns.
"""

from __future__ import annotations

from typing import Any

import pytest

from benches import measure
from benches.contestants import CONTESTANTS, Contestant
from benches.studies import STUDIES, Study
from benches.workloads import WORKLOADS, Workload, problem

pytestmark = pytest.mark.filterwarnings("default")  # those of the peers are not errors here


@pytest.mark.parametrize("contestant", CONTESTANTS, ids=lambda contestant: contestant.name)
@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_workload(benchmark: Any, workload: Workload, contestant: Contestant, quick: bool) -> None:
    if not contestant.installed:
        pytest.skip(f"{contestant.library} is not installed")
    if quick and contestant.slow_to_start:
        pytest.skip("compiling takes longer than running")
    runs = measure.prepared(problem(workload.shortened() if quick else workload), [contestant])
    if not runs:
        pytest.skip(f"{contestant.name} does not offer it")
    benchmark.group = workload.name
    time(benchmark, runs[contestant.name], quick)


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_study(benchmark: Any, study: Study, quick: bool) -> None:
    runs = study.setup(quick)
    benchmark.group = study.name
    benchmark.extra_info |= {
        name: timing.summary(study.per.get(name, 1))["median"]
        for name, timing in measure.in_turns(runs, 1, 0.0 if quick else measure.TURN).items()
    }
    time(benchmark, next(iter(runs.values())), quick)


def time(benchmark: Any, run: Any, quick: bool) -> None:
    """`run` under pytest-benchmark: once, or as often as pytest-benchmark chooses."""
    if quick:
        benchmark.pedantic(run, rounds=1)
    else:
        benchmark(run)
