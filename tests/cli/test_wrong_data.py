"""Wrong examples of each kind end in one line that says what to do, and leave every file alone."""

from __future__ import annotations

import struct
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.cli.common import COMMAND
from tests.cli.own_data import KINDS, flowers, photos, prices

import fastgd
from fastgd.cli import main

pytest.importorskip("rich")
pytest.importorskip("safetensors")


def text(content: str, name: str = "wrong.csv") -> Callable[[Path], list[str]]:
    def make(folder: Path) -> list[str]:
        (folder / name).write_text(content)
        return ["--data", name]

    return make


def bomb(folder: Path) -> list[str]:
    """An .npz whose array says that it is of a terabyte."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 125000)}"
    header += b" " * (-(10 + len(header) + 1) % 64) + b"\n"
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
    with zipfile.ZipFile(folder / "wrong.npz", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("X.npy", array + bytes(10_000_000))
        file.writestr("y.npy", array)
    return ["--data", "wrong.npz"]


def not_finite(folder: Path) -> list[str]:
    np.savez(folder / "wrong.npz", X=[[1.0, np.nan], [2.0, 3.0]], y=[0, 1])
    return ["--data", "wrong.npz"]


def new_class_in_the_test_part(folder: Path) -> list[str]:
    (folder / "test.csv").write_text("size,year,weight,species\n1,2000,3,tulip\n")
    return ["--data", "flowers.csv", "--test", "test.csv"]


def image_of_no_size(folder: Path) -> list[str]:
    photos(folder / "photos")
    (folder / "photos" / "top" / "5.png").write_bytes(b"")
    return ["--data", "photos"]


WRONG: dict[str, tuple[Callable[[Path], list[str]], str]] = {
    "ragged": (text("a,b\n1,2\n3\n"), "wrong.csv, line 3"),
    "text among numbers": (text("a,b\n1,2.5\nx,3.5\n3,4.5\n"), "wrong.csv"),
    "NaN": (text("a,b\n1,2.5\nnan,3.5\n"), "wrong.csv"),
    "empty": (text(""), "wrong.csv"),
    "header alone": (text("a,b\n"), "wrong.csv"),
    "one class": (text("a,b\n1,x\n2,x\n"), "wrong.csv"),
    "no known ending": (text("?", "wrong.doc"), "wrong.doc"),
    "npz bomb": (bomb, "wrong.npz"),
    "NaN in an array": (not_finite, "wrong.npz"),
    "class seen only in the test part": (new_class_in_the_test_part, "tulip"),
    "image of no size": (image_of_no_size, "5.png"),
    "unknown column": (lambda folder: ["--data", "flowers.csv", "--target", "colour"], "colour"),
    "regression of texts": (
        lambda folder: ["--data", "flowers.csv", "--kind", "regression"], "species"
    ),
    "too many inputs": (
        lambda folder: ["--data", "flowers.csv", "--layers", "4-3"],
        "--layers 4-3; these examples take 3 inputs and 3 outputs",
    ),
    "both sizes": (
        lambda folder: ["--hidden", "4", "--layers", "4-3"], "not allowed with argument --hidden"
    ),
    "a target without data": (lambda folder: ["--target", "y"], "--target goes with --data"),
    "tol with mini-batches": (
        lambda folder: ["--tol", "0.1"], "--tol 0.1: mini-batches never come to rest"
    ),
    "patience with nothing held out": (
        lambda folder: ["--data", "flowers.csv", "--patience", "3", "--validation", "0"],
        "--patience 3 needs examples held out",
    ),
    "too few to hold out": (
        lambda folder: [*text("a,b\n1,x\n2,y\n")(folder), "--validation", "0.1"],
        "--validation 0.1 of 2 examples",
    ),
    "all held out": (
        lambda folder: ["--data", "flowers.csv", "--validation", "1"], "from 0 to below 1"
    ),
    "scaled pixels": (lambda folder: ["--scaling", "standard"], "pixels are 0 to 1 already"),
}  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    flowers(tmp_path / "flowers.csv")
    prices(tmp_path / "prices.csv")
    return tmp_path


def one_line(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command says that ends with status 2."""
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("fastgd: ")
    assert captured.err.count("\n") == 1
    return captured.err


@pytest.mark.parametrize(("make", "said"), WRONG.values(), ids=WRONG.keys())
def test_training(
    capsys: pytest.CaptureFixture[str],
    here: Path,
    make: Callable[[Path], list[str]],
    said: str,
) -> None:
    words = make(here)
    (here / "old").write_bytes(b"old")
    before = sorted(here.rglob("*"))
    assert said in one_line(capsys, "train", *words, "--save", "old")
    assert (here / "old").read_bytes() == b"old"
    assert sorted(here.rglob("*")) == before


def trained(*words: str) -> None:
    assert main(["train", "--epochs", "2", "--save", "m", "--json", *words]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["evaluate", "m"], "m learned from flowers.csv: name it, or more examples like it, by"),
        (["explore", "m"], "m learned from flowers.csv"),
        (["show", "m"], "m learned from flowers.csv"),
        (["evaluate", "m", "--data", "prices.csv"], "prices.csv"),
        (["predict", "m", "few.csv"], "weight"),
        (["predict", "m", "flowers.csv", "--csv", "--json"], "give one of them"),
        (["train", "--from", "m", "--data", "flowers.csv", "--hidden", "9"], "--hidden: --from"),
        (["train", "--from", "m", "--data", "flowers.csv", "--kind", "regression"], "--kind"),
        (["train", "--from", "m", "--data", "flowers.csv", "--scaling", "none"], "--scaling none"),
    ],
)
def test_after_training(
    capsys: pytest.CaptureFixture[str], here: Path, words: list[str], said: str
) -> None:
    trained("--data", "flowers.csv")
    (here / "few.csv").write_text("size,year\n1,2000\n")
    capsys.readouterr()
    assert said in one_line(capsys, *words)


def test_pictures_are_not_drawn_of_numbers(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    trained("--data", "flowers.csv")
    capsys.readouterr()
    assert main(["predict", "m", "flowers.csv", "--draw"]) == 1
    assert "--draw draws pictures; m reads 3 numbers" in capsys.readouterr().err


@pytest.mark.parametrize("key", ["schema", "scales", "descent", "validation_costs", "seed"])
def test_damaged_metadata(capsys: pytest.CaptureFixture[str], here: Path, key: str) -> None:
    trained("--data", "flowers.csv")
    network, theta, metadata = fastgd.load("m")
    fastgd.save("m", network, theta, metadata | {key: "{"})
    capsys.readouterr()
    assert main(["evaluate", "m", "--data", "flowers.csv"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("fastgd: m: ")
    assert error.count("\n") == 1


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    assert main(["train", "--data", "none.csv"]) == 1
    assert capsys.readouterr().err == "fastgd: none.csv: No such file or directory\n"


def test_a_process_shows_no_traceback(here: Path) -> None:
    words = [*COMMAND, "train", "--data", "flowers.csv", "--target", "colour"]
    done = subprocess.run(words, cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


# ---------------------------------------------------------------------------- not learned


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--learning-rate", "1000", "--epochs", "3"], "try a smaller --learning-rate"),
        (["--batch-size", "all", "--epochs", "10"], "try more --epochs"),
    ],
)
def test_what_has_not_learned_is_told(
    capsys: pytest.CaptureFixture[str], here: Path, words: list[str], said: str
) -> None:
    assert main(["train", "--save", "m", "--quiet", *words]) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("fastgd: it has not learned: ")
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert fastgd.load("m").network.n_inputs == 784


def test_a_constant_prediction_is_told_by_its_name(
    capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    words = ["train", "--data", "flowers.csv", "--quiet", "--learning-rate", "1000"]
    assert main([*words, "--epochs", "5"]) == 0
    error = capsys.readouterr().err
    assert "to every example: a constant prediction" in error
    assert any(f"it answers {kind}" in error for kind in KINDS)
