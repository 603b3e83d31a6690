"""`story`: verdicts in the command line's words, and how the command is started again."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from fastgd.cli.answers import named
from fastgd.cli.story import called, in_options
from fastgd.datasets import Schema
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
    import numpy as np

    labels = np.array([1, 0])
    assert named(labels, Schema("classes", 1, 2, classes=("0", "1"))) == [1, 0]
    assert named(labels, Schema("classes", 1, 2, classes=("01", "1"))) == ["1", "01"]
    assert named(labels, Schema("classes", 1, 2, classes=("no", "yes"))) == ["yes", "no"]
