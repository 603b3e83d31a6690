"""`errors`: one line, the nearest name, no file but the user's own."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import warnings
from argparse import Namespace
from pathlib import Path

import pytest
from tests.cli.common import COMMAND

import fastgd
from fastgd.cli import errors, main


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A network that has learned nothing."""
    pytest.importorskip("safetensors")
    network = fastgd.Network((784, 16, 10))
    fastgd.save(tmp_path / "m.safetensors", network, network.random_theta(rng=0))
    return tmp_path / "m.safetensors"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["train", "--epoch-s", "3"], "--epoch-s 3; did you mean --epochs?"),
        (["train", "--quite"], "--quite; did you mean --quiet?"),
        (["train", "-learning-rate", "1"], "-learning-rate 1; did you mean --learning-rate?"),
        (["train", "--learning_rate=1"], "--learning_rate=1; did you mean --learning-rate?"),
        (["evaluate", "m", "n", "--jsn"], "n --jsn; did you mean --json?"),
        (["evaluate", "m", "--jason"], "--jason; did you mean --json?"),
        (["predict", "m", "f", "--darw"], "--darw; did you mean --draw?"),
        (["trian"], "'trian' (choose from "),
        (["trian"], "); did you mean train?"),
        (["train", "--activation", "relo"], "; did you mean relu?"),
        (["export", "m", "--to", "onx"], "; did you mean onnx?"),
        (["completion", "bsh"], "; did you mean bash?"),
        (["train", "--xyzzy"], "--xyzzy; fastgd train --help lists what there is"),
        (["--versoin", "info"], "did you mean --version?"),
        (["evaluate"], "required: MODEL; fastgd evaluate --help lists what there is"),
    ],
)
def test_wrong_usage_is_one_line_with_the_nearest_name(
    capsys: pytest.CaptureFixture[str], words: list[str], hint: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("fastgd: ")
    assert captured.err.count("\n") == 1
    assert hint in captured.err


def test_a_name_like_none_is_not_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["xyzzy"])
    assert "did you mean" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "line", "status"),
    [
        (ValueError("two\nlines"), "two lines", 1),
        (ValueError(), "ValueError", 1),
        (KeyboardInterrupt(), "interrupted", 130),
        (MemoryError(), "not enough memory.", 1),
        (ImportError("needs x"), "needs x", 1),
        (FileNotFoundError(errno.ENOENT, "No such file", "a"), "a: No such file", 1),
        (OSError(errno.ENOSPC, "No space", b"a"), "a: the disk is full", 1),
        (OSError("says all"), "says all", 1),
    ],
)
def test_what_is_raised_is_one_line(
    capsys: pytest.CaptureFixture[str], error: BaseException, line: str, status: int
) -> None:
    def fail(_: Namespace) -> int:
        raise error

    assert errors.run(fail, Namespace()) == status
    assert capsys.readouterr().err == f"fastgd: {line}\n"


def test_a_fault_of_ours_is_not_hidden() -> None:
    def fail(_: Namespace) -> int:
        raise KeyError("x")

    with pytest.raises(KeyError):
        errors.run(fail, Namespace())


def test_a_warning_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def warn(_: Namespace) -> int:
        warnings.simplefilter("default")
        warnings.warn("mind\n the gap", stacklevel=1)
        return 0

    before = warnings.showwarning
    assert errors.run(warn, Namespace()) == 0
    assert capsys.readouterr().err == "fastgd: warning: mind the gap\n"
    assert warnings.showwarning is before


def test_a_complaint_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    errors.complain("\x1b[2Jname.csv: No such file")
    assert capsys.readouterr().err == "fastgd: \\x1b[2Jname.csv: No such file\n"


def test_no_place_to_complain_to_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stderr", Full())
    assert errors.complain("all is lost", 3) == 3


full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")


@full
@pytest.mark.parametrize("words", [["info", "--json"], ["info"]])
def test_a_full_disk_below_stdout_is_told(words: list[str]) -> None:
    with open("/dev/full", "w") as out:
        done = subprocess.run(
            [*COMMAND, *words], stdout=out, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "fastgd: standard output: the disk is full\n"


# No file above a few kB may be written.
SMALL_FILES = ["sh", "-c", 'ulimit -f 8; exec "$@"', "sh"]


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
@pytest.mark.parametrize(
    "words",
    [
        ["train", "--epochs", "1", "--quiet", "--save", "{}/new.safetensors"],
        ["export", "{}/m.safetensors", "--to", "c", "-o", "{}/new.safetensors"],
    ],
)
def test_a_file_that_cannot_be_written_whole_is_named_and_not_there(
    words: list[str], model: Path
) -> None:
    """By its own name, not that of the temporary file."""
    folder = model.parent
    done = subprocess.run(
        [*SMALL_FILES, *COMMAND, *(word.format(folder) for word in words)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        f"fastgd: {folder}/new.safetensors: the file would be larger than is allowed here "
        "(ulimit -f)\n"
    )
    assert os.listdir(folder) == ["m.safetensors"]
