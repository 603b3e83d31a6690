"""The walks of docs/command-line.md, as they stand there: from a file to a network to try."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from tests.cli.common import COMMAND
from tests.cli.own_data import arrays, flowers, photos
from tests.common import ROOT

import fastgd
from fastgd.cli import main

pytest.importorskip("rich")
pytest.importorskip("safetensors")
if not (ROOT / "docs").exists():
    pytest.skip("docs/ is not part of this copy", allow_module_level=True)
PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
WALKS = [
    [line.removeprefix("$ fastgd ") for line in block.splitlines()]
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.S)
]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    pytest.importorskip("PIL")
    flowers(tmp_path / "flowers.csv", 5000)
    photos(tmp_path / "photos")
    arrays(tmp_path / "arrays.npz")
    return tmp_path


def test_there_is_a_walk_of_each_kind() -> None:
    assert [walk[0].split()[2] for walk in WALKS] == ["flowers.csv", "photos", "arrays.npz"]
    assert [len(walk) for walk in WALKS] == [3, 3, 3]


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk[0].split()[2])
def test_three_commands(walk: list[str], here: Path) -> None:
    said = [
        subprocess.run(
            [*COMMAND, *shlex.split(words)], cwd=here, capture_output=True, text=True, check=False
        )
        for words in walk
    ]
    assert [done.returncode for done in said] == [0, 0, 0], [done.stderr for done in said]
    assert "Traceback" not in "".join(done.stderr for done in said)
    name = shlex.split(walk[0])[-1]
    network, _, _ = fastgd.load(here / name)
    assert f"{network}: {network.n_parameters:,} parameters" in said[0].stdout
    accuracy = re.search(r"accuracy\s+(\S+)\s+%", said[1].stdout)
    assert accuracy is not None
    assert float(accuracy[1]) > 85
    if walk[2].startswith("explore"):
        page = (here / Path(name).with_suffix(".html")).read_text(encoding="utf-8")
        assert page.startswith("<!doctype html>")


def test_the_next_commands_work_as_they_stand(here: Path) -> None:
    words = ["train", "--data", "arrays.npz", "--epochs", "3", "--save", "my model.safetensors"]
    done = subprocess.run([*COMMAND, *words], cwd=here, capture_output=True, text=True, check=True)
    commands = done.stdout.split("\nNext:\n")[1].splitlines()
    assert len(commands) == 3
    assert [shlex.split(command)[3] for command in commands] == ["evaluate", "show", "explore"]
    for command in (commands[0], commands[2]):  # test_show.py draws pictures
        own = [*COMMAND, *shlex.split(command)[3:]]
        subprocess.run(own, cwd=here, capture_output=True, text=True, check=True)


def help_of(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    with pytest.raises(SystemExit):
        main([*command, "--help"])
    return capsys.readouterr().out


def test_the_page_names_all_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    names = re.findall(r"^    ([a-z]+)\b", help_of(capsys), re.M)
    assert len(names) == 9
    for name in names:
        assert f"`{name}`" in PAGE
        options = set(re.findall(r"--[a-z][a-z-]+", help_of(capsys, name))) - {"--help"}
        assert [option for option in sorted(options) if option not in PAGE] == [], name
