"""`completion`: bash, with the script that it prints, completes what is typed."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.common import PATIENCE

from fastgd.cli import main

pytest.importorskip("shtab")

BASH = shutil.which("bash")
needs_bash = pytest.mark.skipif(BASH is None, reason="there is no bash")

# What bash does when Tab is pressed, but for drawing.
PRESS_TAB = """
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
complete -p fastgd | grep -o -- '-F [^ ]*' > function
compopt() { :; }  # works while bash itself completes alone
$(cut -c 4- function) fastgd "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """What ``fastgd completion bash`` prints."""
    assert main(["completion", "bash"]) == 0
    path = tmp_path / "script.bash"
    path.write_text(capsys.readouterr().out)
    return path


def completed(script: Path, *words: str) -> list[str]:
    assert BASH is not None
    done = subprocess.run(
        [BASH, "--norc", "-c", PRESS_TAB, "bash", str(script), "fastgd", *words],
        capture_output=True, text=True, check=True, timeout=PATIENCE, cwd=script.parent,
    )  # fmt: skip
    assert done.stderr == ""
    return sorted(word.strip() for word in done.stdout.split("\n") if word.strip())


@needs_bash
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["tr"], ["train"]),
        (["e"], ["evaluate", "explore", "export"]),
        (["train", "--mom"], ["--momentum"]),
        (["train", "--epochs", "3", "--le"], ["--learning-rate"]),
        (["train", "--activation", "s"], ["sigmoid"]),
        (["export", "m", "--to", "o"], ["onnx"]),
        (["completion", ""], ["bash", "tcsh", "zsh"]),
        (["train", "--no-such"], []),
    ],
)
def test_commands_options_and_choices(script: Path, words: list[str], offered: list[str]) -> None:
    assert completed(script, *words) == offered


@needs_bash
def test_files_and_folders_where_they_are_wanted(script: Path) -> None:
    (script.parent / "model.safetensors").touch()
    (script.parent / "more").mkdir()
    assert completed(script, "evaluate", "mo") == ["model.safetensors", "more"]
    assert completed(script, "train", "--save", "mo") == ["model.safetensors", "more"]
    assert completed(script, "train", "--figures", "mo") == ["more"]


@needs_bash
def test_tab_completes_in_a_shell_on_a_terminal(script: Path) -> None:
    """In a real bash, by a real key."""
    assert BASH is not None
    terminal, its_end = pty.openpty()
    shell = subprocess.Popen(
        [BASH, "--norc", "--noprofile", "-i"],
        stdin=its_end, stdout=its_end, stderr=its_end, start_new_session=True,
        env={**os.environ, "PS1": "ready> ", "TERM": "dumb"},
    )  # fmt: skip
    try:
        read_until(terminal, "ready> ")
        os.write(terminal, f"source {script}\n".encode())
        read_until(terminal, "ready> ")
        os.write(terminal, b"fastgd tra\t--momen\t")
        read_until(terminal, "fastgd train --momentum")
    finally:
        shell.kill()
        shell.wait()
        os.close(its_end)
        os.close(terminal)


def read_until(terminal: int, wanted: str) -> str:
    """What a terminal shows until it shows this."""
    seen, end = "", time.monotonic() + PATIENCE
    while wanted not in seen:
        ready, _, _ = select.select([terminal], [], [], end - time.monotonic())
        assert ready, seen
        seen += os.read(terminal, 1000).decode()
    return seen


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_scripts_for_other_shells(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    out = capsys.readouterr().out
    for word in ("evaluate", "learning-rate", "sigmoid"):
        assert word in out


def test_missing_library_names_the_extra(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 1
    assert 'pip install "fastgd[cli]"' in capsys.readouterr().err
