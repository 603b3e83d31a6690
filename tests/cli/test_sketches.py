"""`sketches`: what is drawn, on consoles that can show more and less."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.cli.consoles import console, shown

from fastgd.cli import sketches

pytest.importorskip("rich")

# 4 x 4: an empty row, then ink in the two middle columns; cut to ink: 3 x 2
IMAGE = np.array(
    [[0, 0, 0, 0], [0, 255, 0, 0], [0, 255, 255, 0], [0, 0, 128, 0]], np.uint8
).reshape(16)


def test_picture_in_blocks_is_cut_to_its_ink() -> None:
    assert str(sketches.picture(console(), [IMAGE])[0]) == "█▄\n ▀"


def test_picture_in_ascii_where_the_console_has_no_more() -> None:
    assert str(sketches.picture(console("ascii"), [IMAGE])[0]) == "@=\n :"


def test_picture_in_greys_on_a_terminal_with_colours() -> None:
    drawn = sketches.picture(console(force_terminal=True, color_system="truecolor"), [IMAGE])[0]
    assert str(drawn) == "▀▀\n▀▀"
    assert [span.style for span in drawn.spans] == [
        "rgb(255,255,255) on rgb(255,255,255)",
        "rgb(0,0,0) on rgb(255,255,255)",
        "rgb(0,0,0) on rgb(0,0,0)",
        "rgb(128,128,128) on rgb(0,0,0)",
    ]


def test_empty_picture_is_drawn_whole() -> None:
    assert str(sketches.picture(console(), [np.zeros(16, np.uint8)])[0]) == "    \n    "


def test_picture_of_floats_is_0_to_1() -> None:
    drawn = sketches.picture(console(), [np.array([-1.0, 1.0, 9.0, 0.5])])[0]
    assert str(drawn) == "▄█"


def test_inputs_that_are_no_square_are_one_row() -> None:
    drawn = sketches.picture(console(), [np.array([255, 0, 255, 255, 255], np.uint8)])[0]
    assert str(drawn) == "▀ ▀▀▀"


def test_pictures_side_by_side_are_cut_alike() -> None:
    corner = np.zeros(16, np.uint8)
    corner[0] = 255
    widths = {
        len(line)
        for drawn in sketches.picture(console(), [IMAGE, corner])
        for line in str(drawn).split("\n")
    }
    assert widths == {3}


@pytest.mark.parametrize("options", [{"no_color": True}, {"color_system": "standard"}])
def test_picture_without_greys_is_legible_on_a_terminal(options: dict[str, Any]) -> None:
    """NO_COLOR takes the colours of half-blocks away, which would be all there is to see."""
    to = console(**{"force_terminal": True, "color_system": "truecolor"} | options)
    drawn = sketches.picture(to, [IMAGE])[0]
    assert str(drawn) == "█▄\n ▀"
    assert drawn.spans == []


def test_no_color_is_asked_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    to = console(force_terminal=True, color_system="truecolor")
    assert str(sketches.picture(to, [IMAGE])[0]) == "█▄\n ▀"


def test_faint_ink_is_seen_without_greys() -> None:
    assert str(sketches.picture(console(), [IMAGE // 8])[0]) == "█▄\n ▀"


def test_picture_wider_than_the_console_is_made_to_fit() -> None:
    wide = np.zeros((60, 90), np.uint8)
    wide[:, 30:60] = 255
    wide[0, 0] = wide[-1, -1] = 255
    drawn = str(sketches.picture(console(width=30), [wide])[0]).split("\n")
    assert {len(line) for line in drawn} == {30}
    assert drawn[5] == " " * 10 + "█" * 10 + " " * 10


@pytest.mark.parametrize(("encoding", "half"), [("utf-8", "█" * 12), ("ascii", "#" * 12)])
def test_bars_are_as_long_as_the_activations(encoding: str, half: str) -> None:
    text = sketches.bars(console(encoding), np.array([0.5, 1.0, 0.0]), None, 80)
    assert str(text).split("\n") == [
        f" 0 {half:<24}  0.50",
        f" 1 {half * 2}  1.00 <",
        f" 2 {'':<24}  0.00",
    ]


def test_bars_end_at_0_and_1() -> None:
    text = sketches.bars(console(), np.array([-3.0, 7.0]), None, 80)
    assert str(text).split("\n") == [f" 0 {'':<24} -3.00", f" 1 {'█' * 24}  7.00 <"]


def test_bars_have_names() -> None:
    names = ["cat", "a dog with a very long name"]
    text = sketches.bars(console(), np.array([1.0, 0.0]), names, 80)
    assert str(text).split("\n") == [
        f"{'cat':<16} {'█' * 24}  1.00 <",
        f"a dog wi…ng name {'':<24}  0.00",
    ]


def test_of_many_outputs_the_highest_have_bars() -> None:
    activations = np.linspace(0, 1, 30)
    text = str(sketches.bars(console(), activations, None, 80)).split("\n")
    assert [line.split()[0] for line in text[:-1]] == [str(j) for j in range(18, 30)]
    assert text[-1] == "and 18 outputs less active"


@pytest.mark.parametrize("n_names", [1, 2, 3])
def test_any_number_of_outputs_has_bars(n_names: int) -> None:
    text = sketches.bars(console(), np.zeros(n_names), None, 80)
    assert len(str(text).split("\n")) == n_names


@pytest.mark.parametrize("width", [24, 40, 80, 120])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_reading_fits(width: int, encoding: str) -> None:
    """20 columns of pixels; bars beside them, or below where there is little room."""
    to = console(encoding, width=width)
    sketches.show_reading(to, np.full((20, 20), 255, np.uint8), np.array([0.5, 1.0]))
    lines = [line.rstrip() for line in shown(to).splitlines()]
    assert max(map(len, lines)) <= width
    beside = [line for line in lines if line.endswith("1.00 <")]
    assert len(beside) == 1
    assert beside[0].startswith(" 1") == (width == 24)


@pytest.mark.parametrize(("width", "n_shown"), [(80, 3), (25, 2), (4, 1)])
def test_as_many_images_are_shown_as_fit(width: int, n_shown: int) -> None:
    to = console(width=width)
    captions = ["1, read as 7"[: width - 1], "second", "third"]
    sketches.show_images(to, [IMAGE] * 3, captions)
    lines = shown(to).splitlines()
    assert sum(caption in lines[-1] for caption in captions) == n_shown


def test_reading_has_no_control_codes_without_a_terminal() -> None:
    to = console()
    sketches.show_reading(to, IMAGE, np.array([0.5, 1.0]))
    assert "\x1b" not in shown(to)
    assert "1.00 <" in shown(to)
