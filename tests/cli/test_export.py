"""`export`: the file named, named after itself, whole or not at all."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from tests.cli.own_data import prices

import fastgd
from fastgd import export
from fastgd.cli import main
from fastgd.datasets import Digits

pytest.importorskip("rich")
pytest.importorskip("safetensors")


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model in the working folder."""
    network = fastgd.Network((784, 5, 10))
    fastgd.save(tmp_path / "my-digits.safetensors", network, network.random_theta(rng=0))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "my-digits.safetensors"


def test_c(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", model.name, "--to", "c"]) == 0
    network, theta, _ = fastgd.load(model)
    assert Path("my-digits.c").read_text() == export.to_c(network, theta, name="my_digits")
    said = "my-digits.c: 784-5-10 in C, 15,940 bytes of constants\n"
    assert capsys.readouterr().out == said


def test_the_functions_are_named_after_the_file(model: Path) -> None:
    assert main(["export", model.name, "--to", "c", "-o", "3 nets.c"]) == 0
    assert "int network_3_nets_prediction(" in Path("3 nets.c").read_text()


@pytest.mark.parametrize("bits", [8, 16])
def test_integers_are_measured_on_the_test_digits(
    bits: int, model: Path, capsys: pytest.CaptureFixture[str], sample: Digits
) -> None:
    assert main(["export", model.name, "--to", "c", "--integer", str(bits)]) == 0
    network, theta, _ = fastgd.load(model)
    small = export.quantise(
        network, theta, sample.test_images, sample.test_labels, weight_bits=bits
    )
    assert Path("my-digits.c").read_text() == export.to_integer_c(small, name="my_digits")
    said = capsys.readouterr().out
    assert said.startswith(f"my-digits.c: 784-5-10 in integers, weights of {bits} bits; reads ")
    assert "of 2,000 test digits" in said


def test_integers_are_measured_on_a_folder(
    model: Path, small_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["export", model.name, "--to", "c", "--integer", "8", "--data", str(small_folder)]
    assert main(words) == 0
    assert "of 20 test digits" in capsys.readouterr().out


def test_json(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", model.name, "--to", "json"]) == 0
    assert json.loads(Path("my-digits.json").read_text())["layer_sizes"] == [784, 5, 10]
    assert capsys.readouterr().out == "my-digits.json: 784-5-10 in JSON\n"


def test_onnx(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnx")
    assert main(["export", model.name, "--to", "onnx"]) == 0
    network, theta, _ = fastgd.load(model)
    contents = Path("my-digits.onnx").read_bytes()
    assert contents == export.to_onnx(network, theta)
    said = f"my-digits.onnx: 784-5-10 in ONNX, opset 13, {len(contents):,} bytes\n"
    assert capsys.readouterr().out == said


def test_onnx_is_missing(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert main(["export", model.name, "--to", "onnx"]) == 1
    assert 'pip install "fastgd[onnx]"' in capsys.readouterr().err
    assert not Path("my-digits.onnx").exists()


@pytest.mark.skipif(
    not all(map(shutil.which, ("clang", "wasm-ld"))), reason="no clang or no wasm-ld"
)
def test_wasm(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", model.name, "--to", "wasm"]) == 0
    module = Path("my-digits.wasm").read_bytes()
    assert module[:4] == b"\0asm"
    said = f"my-digits.wasm: 784-5-10 in WebAssembly, {len(module):,} bytes\n"
    assert capsys.readouterr().out == said


def test_no_compiler_for_wasm(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert main(["export", model.name, "--to", "wasm"]) == 1
    assert "apt-get install clang lld" in capsys.readouterr().err
    assert not Path("my-digits.wasm").exists()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "required: --to"),
        (["--to", "fortran"], "invalid choice: 'fortran'"),
        (["--to", "c", "--integer", "4"], "invalid choice: 4"),
        (["--to", "wasm", "--integer", "8"], "--integer goes with --to c; got --to wasm"),
    ],
)
def test_wrong_usage_is_explained(
    words: list[str], complaint: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["export", model.name, *words])
    assert stop.value.code == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["none", "--to", "c"], "none: No such file or directory"),
        (["my-digits.safetensors", "--to", "c", "-o", "none/a.c"], "none: No such file"),
        (["my-digits.safetensors", "--to", "c", "-o", "."], ". is not a file"),
        (["small.safetensors", "--to", "c", "--integer", "8"], "a 3-2 network; digits take 784"),
        (["small.safetensors", "--to", "c", "--integer", "8"], "; in Python fastgd.export"),
    ],
)
def test_failure_is_one_sentence(
    words: list[str], complaint: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = fastgd.Network((3, 2))
    fastgd.save("small.safetensors", small, small.random_theta(rng=0))
    assert main(["export", *words]) == 1
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
    assert not Path("small.c").exists()


def test_integers_are_of_pixels(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prices(tmp_path / "prices.csv", 60)
    words = ["train", "--data", "prices.csv", "--epochs", "1", "--save", "m", "--quiet"]
    assert main(words) == 0
    assert main(["export", "m", "--to", "c", "--integer", "8", "--data", "prices.csv"]) == 1
    assert "m reads numbers, --integer takes pixels" in capsys.readouterr().err
