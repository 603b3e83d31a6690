"""`story`: verdicts in the command line's words, and how the command is started again."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import fastgd
from fastgd.cli.answers import named
from fastgd.cli.story import called, ended, in_options, meant, series_of, show_misread
from fastgd.datasets import Examples, Schema
from fastgd.inside import Learning


def verdict(advice: str, *, learned: bool = False) -> Learning:
    return Learning(learned, "it answers 3", advice, 1.0, 1.0, 0.0, 0.1)


@pytest.mark.parametrize(
    ("advice", "words"),
    [
        ("try a smaller learning_rate", "try a smaller --learning-rate"),
        ('try output_activation="identity"', "try --output-activation identity"),
        ("try more epochs, a smaller batch_size", "try more --epochs, a smaller --batch-size"),
    ],
)
def test_arguments_become_options(advice: str, words: str) -> None:
    assert in_options(verdict(advice)) == f"it has not learned: it answers 3; {words}"


def test_what_has_learned_in_part_is_not_said_not_to_have() -> None:
    assert in_options(verdict("try more epochs", learned=True)) == "it answers 3; try more --epochs"


def test_it_is_called_by_its_name_where_the_shell_finds_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    program = tmp_path / "bin" / "fastgd"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setattr(shutil, "which", lambda name: str(program))
    assert called() == "fastgd"
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert called() == "bin/fastgd"
    monkeypatch.setattr(sys, "argv", ["/somewhere/fastgd/__main__.py"])
    assert called().endswith(" -m fastgd")


def test_classes_that_are_all_integers_are_integers() -> None:
    labels = np.array([1, 0])
    assert named(labels, Schema("classes", 1, 2, classes=("0", "1"))) == [1, 0]
    assert named(labels, Schema("classes", 1, 2, classes=("01", "1"))) == ["1", "01"]
    assert named(labels, Schema("classes", 1, 2, classes=("no", "yes"))) == ["yes", "no"]


def test_what_a_network_reads_in_words() -> None:
    assert meant(Schema("regression", 3, 1, target="price")) == "3 inputs, price to predict"
    assert meant(Schema("regression", 3, 1)) == "3 inputs, a quantity to predict"
    seven = Schema("classes", 3, 7, target="kind", classes=tuple("abcdefg"))
    assert meant(seven) == "3 inputs, 7 classes of kind: a, b, c, d, e, f, ..."


def test_the_curve_of_held_out_examples_begins_where_they_were_looked_at() -> None:
    held_out = series_of({"costs": [3.0, 2.0, 1.0], "validation_costs": [2.5]})["held out"]
    np.testing.assert_array_equal(held_out, [np.nan, np.nan, 2.5])
    assert series_of({"costs": [3.0], "validation_costs": []}) == {"training": [3.0]}


@pytest.mark.parametrize(
    ("stopped_by", "best_epoch", "words"),
    [
        ("tol", None, ", until the steps became tiny"),
        ("callback", 1200, "; kept: epoch 1,200, the best on held-out examples"),
        ("epochs", None, ""),
    ],
)
def test_why_it_ended(stopped_by: str, best_epoch: int | None, words: str) -> None:
    learned: Any = SimpleNamespace(best_epoch=best_epoch)
    assert ended(learned, {"stopped_by": stopped_by}) == words


def test_where_nothing_is_misread_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    network = fastgd.Network((4, 2), output_activation="identity")
    theta = np.array([1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
    X, task = np.array([[255, 0, 0, 0], [0, 255, 0, 0]], np.uint8), SimpleNamespace(network=network)
    test = Examples(X, np.array([0, 1]), Schema("classes", 4, 2, classes=("a", "b"), pixels=True))
    console: Any = SimpleNamespace(print=print)
    show_misread(console, task, theta, test)  # type: ignore[arg-type]
    assert capsys.readouterr().out == ""
