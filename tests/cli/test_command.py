"""`command`: failures answered in one sentence, consoles and pipes of any kind."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests.cli.common import COMMAND, QUICK

import fastgd
from fastgd.cli import main

pytest.importorskip("rich")
pytest.importorskip("safetensors")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["train", "--data", "{}/none"], "{}/none: No such file or directory"),
        (["train", "--save", "{}/none/a"], "{}/none: No such file or directory"),
        (["train", "--save", "{}"], "{} is not a file"),
        (["train", "--layers", "784-9999999999999-10"], "parameters; expected at most 2**40"),
        (["train", "--threads", "2147483648"], "n_threads"),
        (["evaluate", "{}/none"], "{}/none: No such file or directory"),
        (["evaluate", "{}/text"], "{}/text: not a safetensors file"),
        (["evaluate", "{}"], "{}: not a file"),
        (["evaluate", "{}/tiny"], "{}/tiny: a 3-2 network; digits take 784 inputs"),
        (["predict", "{}/tiny", "{}/none"], "{}/none: No such file or directory"),
        (["info", "{}/text"], "{}/text: not a safetensors file"),
    ],
)
def test_failure_is_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str], complaint: str
) -> None:
    (tmp_path / "text").write_text("no model and no digit either")
    tiny = fastgd.Network((3, 2))
    fastgd.save(tmp_path / "tiny", tiny, tiny.random_theta(rng=0))
    assert main([word.format(tmp_path) for word in words]) == 1
    error = capsys.readouterr().err
    assert error.startswith("fastgd: ")
    assert complaint.format(tmp_path) in error
    assert error.count("\n") == 1


def test_memory_that_is_not_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(fastgd, "Cost", fail)
    assert main(QUICK) == 1
    assert capsys.readouterr().err == "fastgd: not enough memory.\n"


def test_interrupt_before_training(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def press() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fastgd.datasets, "digits", press)
    assert main(["train"]) == 130
    assert capsys.readouterr().err == "fastgd: interrupted\n"


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_reader_that_leaves_early_causes_no_traceback() -> None:
    words = ["train", "--epochs", "1"]
    process = subprocess.Popen(
        [*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        error = process.stderr.read()
    assert process.returncode == 1
    assert "Traceback" not in error
    assert "Exception" not in error


def test_console_with_ascii_alone_is_served() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*COMMAND, *QUICK], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"####" in done.stdout


def test_module_and_version() -> None:
    done = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("fastgd ")
