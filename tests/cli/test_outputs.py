"""`cli/outputs`: no command writes over what it reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.own_data import flowers

from fastgd.cli import main

pytest.importorskip("rich")
pytest.importorskip("safetensors")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a table, and a network that learned from it."""
    monkeypatch.chdir(tmp_path)
    flowers(tmp_path / "flowers.csv")
    train = ["train", "--data", "flowers.csv", "--epochs", "1", "--quiet", "--save", "m"]
    assert main(train) == 0
    return tmp_path


def ends(*words: str) -> int:
    """The status with which the command ends for these words."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["train", "--data", "flowers.csv", "--save", "flowers.csv"], "flowers.csv"),
        (["train", "--data", "flowers.csv", "--save", "./flowers.csv"], "flowers.csv"),
        (["explore", "m", "--data", "flowers.csv", "-o", "flowers.csv"], "flowers.csv"),
        (["explore", "m", "--data", "flowers.csv", "-o", "m"], "m"),
        (["export", "m", "--to", "json", "-o", "m"], "m"),
    ],
)
def test_what_is_read_is_not_written_over(
    capsys: pytest.CaptureFixture[str], here: Path, words: list[str], kept: str
) -> None:
    """A table became a model, and a model a page, without a word."""
    before = (here / kept).read_bytes()
    assert ends(*words) == 2
    assert "is what is read: write to another file" in capsys.readouterr().err
    assert (here / kept).read_bytes() == before


def test_a_network_may_take_the_place_of_the_one_it_goes_on_from(here: Path) -> None:
    before = (here / "m").read_bytes()
    words = ["train", "--from", "m", "--data", "flowers.csv", "--epochs", "1", "--quiet"]
    assert main([*words, "--save", "m"]) == 0
    assert (here / "m").read_bytes() != before


def test_tests_on_what_is_learned_from_are_refused(
    capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    assert ends("train", "--data", "flowers.csv", "--test", "flowers.csv") == 2
    assert "--test: the same as --data" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--seed", "3"], ["--validation", "0.3"]])
def test_other_examples_held_out_are_told(
    capsys: pytest.CaptureFixture[str], here: Path, words: list[str]
) -> None:
    train = ["train", "--from", "m", "--data", "flowers.csv", "--epochs", "1", "--quiet"]
    assert main(train) == 0
    assert "held out" not in capsys.readouterr().err
    assert main([*train, *words]) == 0
    assert "other examples are held out than before" in capsys.readouterr().err
