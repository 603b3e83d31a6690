"""`learning_curve`: every point on the canvas, at its height and in its column."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.consoles import console, shown

from fastgd.cli.learning_curve import HEIGHT, MOST, Scale, connected, dots, lines_of, show_curve

pytest.importorskip("rich")


def drawn(width: int, encoding: str = "utf-8", first_epoch: int = 1, **series: object) -> list[str]:
    to = console(encoding, width=width)
    show_curve(to, series, first_epoch=first_epoch)  # type: ignore[arg-type]
    return shown(to).splitlines()


def test_a_falling_line() -> None:
    """From 3 to 1 in two epochs, one line of the canvas a column."""
    assert drawn(15, training=[3.0, 1.0])[:13] == [
        "   cost",
        "3 ┤╮",
        "  │╰╮",
        "  │ ╰╮",
        "  │  ╰╮",
        "  │   ╰╮",
        "2 ┤    ╰╮",
        "  │     ╰╮",
        "  │      ╰╮",
        "  │       ╰╮",
        "  │        ╰╮",
        "1 ┤         ╰─",
        "  └───────────",
    ]


def test_few_epochs_are_joined_by_lines() -> None:
    assert lines_of(np.array([1.0, 0.0]), 11, 2) == list(range(HEIGHT))


def test_each_epoch_has_its_own_height_in_its_own_column() -> None:
    lines = lines_of(np.array([1.0, 0.0, 1.0]), 9, 3)
    assert (lines[0], lines[4], lines[8]) == (0, HEIGHT - 1, 0)


def test_many_epochs_are_means() -> None:
    """200 epochs in 4 columns, 50 each."""
    heights = np.repeat([1.0, 0.5, 0.5, 0.0], 50)
    heights[:50:2] = 0.0
    assert lines_of(heights, 4, 200) == [5, 5, 5, HEIGHT - 1]


def test_a_shorter_series_ends_earlier() -> None:
    lines = lines_of(np.array([1.0, 1.0]), 8, 4)
    assert [line is None for line in lines] == [False] * 3 + [True] * 5


def test_gaps_stay_gaps_and_lone_points_are_drawn() -> None:
    lines = lines_of(np.array([math.nan, 0.5, math.nan]), 9, 3)
    assert [i for i, line in enumerate(lines) if line is not None] == [4]
    assert connected(lines) == {(5, 4): "flat"}


def test_a_line_turns_by_corners() -> None:
    assert connected([0, 0, 3, 2]) == {
        (0, 0): "flat",
        (0, 1): "down-left",
        (1, 1): "wall",
        (2, 1): "wall",
        (3, 1): "up-right",
        (3, 2): "up-left",
        (2, 2): "down-right",
        (2, 3): "flat",
    }


def test_dots_stand_at_epochs_or_in_every_other_column() -> None:
    assert dots([0, 1, 2, 3, 4, 5, 6], 2) == {(0, 0): "dot", (6, 6): "dot"}
    assert sorted(x for _, x in dots([0] * 7, 7)) == [0, 2, 4, 6]


@pytest.mark.parametrize(
    ("costs", "logarithmic"),
    [([1.0, 5.0], False), ([1.0, 5.1], True), ([0.0, 5.1], False), ([-1.0, 5.1], False)],
)
def test_the_axis_is_logarithmic_where_costs_differ_much(
    costs: list[float], logarithmic: bool
) -> None:
    assert Scale(np.array(costs)).logarithmic == logarithmic


def test_labels_are_the_costs_at_the_ends_and_in_the_middle() -> None:
    labels = Scale(np.array([0.01, 1.0])).labels()
    assert (labels[0], labels[HEIGHT // 2], labels[-1]) == ("1", "0.1", "0.01")
    assert set(labels[1 : HEIGHT // 2]) == {""}
    labels = Scale(np.array([1.0, 3.0])).labels()
    assert (labels[0], labels[HEIGHT // 2], labels[-1]) == ("3", "2", "1")


def test_heights_are_shares_of_the_axis() -> None:
    scale = Scale(np.array([0.01, 1.0]))
    heights = scale.heights(np.array([1.0, 0.1, 0.01, math.nan, math.inf]))
    np.testing.assert_allclose(heights, [1, 0.5, 0, math.nan, math.nan])


def test_a_constant_runs_through_the_middle() -> None:
    lines = drawn(40, training=[0.25] * 7)
    assert lines[1 + HEIGHT // 2].startswith("0.25 ┤───")
    assert sum("┤" in line for line in lines) == 1


def test_one_epoch_is_one_point() -> None:
    lines = drawn(40, training=[0.25], validation=[0.5])
    assert lines[1].rstrip() == "  0.5 ┤●"
    assert lines[HEIGHT].rstrip() == " 0.25 ┤─"
    assert lines[HEIGHT + 2].strip() == "epoch 1"


@pytest.mark.parametrize("costs", [[], [math.nan], [math.inf, -math.inf]])
def test_no_finite_cost_is_said(costs: list[float]) -> None:
    assert drawn(60, training=costs) == ["There is no cost to draw: none is finite."]


def test_the_legend_tells_the_last_costs_and_which_is_which() -> None:
    lines = drawn(80, training=[1.0, 0.5], validation=[1.0, 0.75])
    assert lines[-1].strip() == "── training 0.5   ● validation 0.75"
    narrow = drawn(30, training=[1.0, 0.5], validation=[1.0, 0.75])
    assert [line.strip() for line in narrow[-2:]] == ["── training 0.5", "● validation 0.75"]


def test_epochs_are_numbered_from_the_first() -> None:
    lines = drawn(60, first_epoch=6, training=[1.0, 0.5, 0.25])
    assert lines[HEIGHT + 2].split() == ["epoch", "6", "8"]


def test_ascii_where_the_console_has_no_more() -> None:
    lines = drawn(60, "ascii", training=[1.0, 0.5, 0.25], validation=[1.0, 0.75, 0.5])
    assert all(line.isascii() for line in lines)
    assert "-- training" in lines[-1]


anything = st.floats() | st.floats(0, 1) | st.just(0.25)


@given(
    st.lists(anything, min_size=1, max_size=150),
    st.lists(anything, max_size=150),
    st.integers(30, 130),
)
def test_every_finite_cost_is_on_the_canvas(
    training: list[float], validation: list[float], width: int
) -> None:
    """Whatever the costs: constant, one, huge, tiny, negative, not finite."""
    lines = drawn(width, training=training, validation=validation)
    assert max(map(len, lines)) <= width
    if not any(map(math.isfinite, training + validation)):
        return
    canvas = [line[line.index("┤" if "┤" in line else "│") + 1 :] for line in lines[1 : 1 + HEIGHT]]
    assert max(map(len, canvas)) <= MOST
    marks = set("".join(canvas))
    if any(map(math.isfinite, training)) and not any(map(math.isfinite, validation)):
        assert marks & set("─╮╰╯╭")
    if any(map(math.isfinite, validation)) and len(validation) == 1:
        assert "●" in marks
