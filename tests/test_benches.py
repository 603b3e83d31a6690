"""The benches' judgement: what counts as falling short of what was wanted."""

from __future__ import annotations

from typing import Any

import pytest
from benches import report, results
from benches.studies import SIZES, STUDIES, Check

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
