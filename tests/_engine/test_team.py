"""`_engine/team`: the faster team is found, kept and doubted, on seconds that are made up."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import pytest

import fastgd
from fastgd._engine.team import AGAIN, ALONE, KEPT, LOOK, LOOKS, MOST, RULE, SHARE, Team, Teams

# Seconds for a unit of work, by the number of threads: one of four wins, or one.
FOUR_WIN = {1: 1e-3, 4: 0.3e-3}
ONE_WINS = {1: 1e-3, 4: 1.5e-3}
cut_or_not = pytest.mark.parametrize("cut", [True, False], ids=["cut", "whole"])


class Call(NamedTuple):
    began: float
    n_threads: int
    work: float
    seconds: float


def calls(team: Team, paces: dict[int, float], seconds: float, *, cut: bool) -> list[Call]:
    """What the team does in so many seconds: calls of one unit, or of as many as it asks for."""
    out, now = [], 0.0
    while now < seconds:
        n_threads, limit = team.choose()
        work = max(1, math.ceil(limit / paces[n_threads])) if cut else 1
        out.append(Call(now, n_threads, work, work * paces[n_threads]))
        team.tell(*out[-1][1:])
        now += out[-1].seconds
    return out


def lost(done: list[Call], paces: dict[int, float]) -> float:
    """Seconds that the faster team would have saved."""
    return sum(call.seconds - call.work * min(paces.values()) for call in done)


def looks(done: list[Call], other: int) -> list[float]:
    """When looks at the other team began."""
    return [b.began for a, b in pairwise(done) if b.n_threads == other != a.n_threads]


# ------------------------------------------------------------------------------ no choice


def test_a_team_that_was_asked_for_is_obeyed_for_ever() -> None:
    team = Team(4, fixed=True)
    for _ in range(100):
        assert team.choose() == (4, math.inf)
        team.tell(4, 1, 1000.0)


def test_one_thread_leaves_no_choice() -> None:
    team = Team(1)
    for _ in range(100):
        assert team.choose() == (1, math.inf)
        team.tell(1, 1, 1000.0)


# --------------------------------------------------------------------------- the beginning


def test_work_that_can_be_cut_begins_alone_and_briefly() -> None:
    assert Team(4, cut=True).choose() == (1, LOOK)


def test_work_in_one_piece_begins_with_all() -> None:
    assert Team(4).choose()[0] == 4


@cut_or_not
def test_both_teams_are_tried_at_once(cut: bool) -> None:
    done = calls(Team(4, cut=cut), FOUR_WIN, 0.02, cut=cut)
    tried = [call.n_threads for call in done[: 2 * LOOKS]]
    assert tried == ([1] * LOOKS + [4] * LOOKS if cut else [4] * LOOKS + [1] * LOOKS)


@cut_or_not
@pytest.mark.parametrize(("paces", "faster"), [(FOUR_WIN, 4), (ONE_WINS, 1)], ids=["four", "one"])
def test_it_settles_on_the_faster(cut: bool, paces: dict[int, float], faster: int) -> None:
    done = calls(Team(4, cut=cut), paces, 10.0, cut=cut)
    by_faster = sum(call.seconds for call in done if call.n_threads == faster)
    assert by_faster > 0.95 * 10.0


def test_the_first_call_of_a_look_may_be_slow() -> None:
    """It wakes threads that sleep."""
    team = Team(4, cut=True)
    for n_threads, seconds in [(1, 1e-3), (1, 1e-3), (4, 9e-3), (4, 0.5e-3)]:
        assert team.choose()[0] == n_threads
        team.tell(n_threads, 1, seconds)
    assert team.choose()[0] == 4


# ----------------------------------------------------------------------------------- looks


@cut_or_not
def test_looks_that_change_nothing_double_the_wait(cut: bool) -> None:
    paces = {1: 1e-4, 4: 1.01e-4} if cut else {1: 1.01e-4, 4: 1e-4}
    began = looks(calls(Team(4, cut=cut), paces, 15.0, cut=cut), other=4 if cut else 1)
    waits = [later - at for at, later in pairwise(began)]
    expected = [min(AGAIN * 2**i, MOST) for i in range(1, len(waits) + 1)]
    assert expected[-2:] == [MOST, MOST]
    assert waits == pytest.approx(expected, abs=3 * LOOK)


@cut_or_not
@pytest.mark.parametrize("faster", [1, 4])
def test_looks_cost_a_small_share_of_the_work(cut: bool, faster: int) -> None:
    """Two looks beyond it: the first, and the one that has not been worked off yet."""
    pace = 1e-3
    paces = {1: 100 * pace, 4: 100 * pace, faster: pace}
    done = calls(Team(4, cut=cut), paces, 100.0, cut=cut)
    a_look = LOOKS * 99 * pace
    assert lost(done, paces) <= SHARE * 100.0 + 2 * a_look


def test_looks_are_brief_where_work_can_be_cut() -> None:
    done = calls(Team(4, cut=True), {1: 1e-5, 4: 1.2e-5}, 5.0, cut=True)
    assert max(call.seconds for call in done if call.n_threads == 4) == pytest.approx(LOOK, rel=0.1)


# ------------------------------------------------------------------------- a busy machine


QUIET = {1: 1e-4, 4: 0.4e-4}
BUSY = {1: 1e-4, 4: 50 * 0.4e-4}


@cut_or_not
def test_a_team_that_became_slow_is_left_within_a_few_calls(cut: bool) -> None:
    team = Team(4, cut=cut)
    assert calls(team, QUIET, 1.0, cut=cut)[-1].n_threads == 4
    done = calls(team, BUSY, 0.1, cut=cut)
    assert [call.n_threads for call in done[: KEPT + LOOKS + 1]] == [4] * KEPT + [1] * LOOKS + [1]


@cut_or_not
@pytest.mark.parametrize("busy_for", [0.5, 20.0])
def test_it_comes_back_when_the_machine_is_quiet_again(cut: bool, busy_for: float) -> None:
    team = Team(4, cut=cut)
    calls(team, QUIET, 1.0, cut=cut)
    calls(team, BUSY, busy_for, cut=cut)
    assert calls(team, QUIET, MOST + 10 * LOOK, cut=cut)[-1].n_threads == 4


@cut_or_not
def test_a_busy_machine_costs_little_more_than_one_thread(cut: bool) -> None:
    team = Team(4, cut=cut)
    calls(team, QUIET, 1.0, cut=cut)
    done = calls(team, BUSY, 20.0, cut=cut)
    assert lost(done, BUSY) <= SHARE * 20.0 + (KEPT + 2 * LOOKS) * max(LOOK * 5, BUSY[4])


# ----------------------------------------------------------------------------------- teams


def test_the_same_work_has_the_same_team() -> None:
    teams = Teams()
    team = teams.of("cost", 1e6, 4, fixed=False)
    assert teams.of("cost", 1e6, 4, fixed=False) is team
    assert teams.of("cost", 1.01e6, 4, fixed=False) is team  # of about its size


@pytest.mark.parametrize(
    ("kind", "work", "most", "fixed"),
    [("gradient", 1e6, 4, False), ("cost", 4e6, 4, False), ("cost", 1e6, 3, False),
     ("cost", 1e6, 4, True)],
    ids=["kind", "size", "threads", "asked for"],
)  # fmt: skip
def test_other_work_has_a_team_of_its_own(kind: str, work: float, most: int, fixed: bool) -> None:
    teams = Teams()
    team = teams.of("cost", 1e6, 4, fixed=False)
    assert teams.of(kind, work, most, fixed=fixed) is not team


def test_other_data_has_teams_of_its_own() -> None:
    first, second = (Teams().of("cost", 1e6, 4, fixed=False) for _ in range(2))
    assert first is not second


@pytest.mark.parametrize("fixed", [False, True])
def test_one_thread_is_the_same_team_everywhere(fixed: bool) -> None:
    assert Teams().of("cost", 1e6, 1, fixed=fixed) is ALONE


def test_work_of_no_size_has_a_team() -> None:
    assert Teams().of("cost", 0.0, 4, fixed=False).choose()[0] == 4


def test_show_config_tells_the_rule() -> None:
    assert fastgd.show_config()["teams"] == RULE
    assert f"every {AGAIN:g} to {MOST:g} s" in RULE
