"""`predict` with a network that was saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.cli.common import run_json

import fastgd
from fastgd.cli import main
from fastgd.datasets import Digits, digits, write_idx

pytest.importorskip("rich")
pytest.importorskip("safetensors")


def test_predict_idx(
    capsys: pytest.CaptureFixture[str], model: Path, small_folder: Path, sample: Digits
) -> None:
    path = str(small_folder / "t10k-images-idx3-ubyte.gz")
    predictions = run_json(capsys, "predict", str(model), path)["predictions"]
    network, theta, _ = fastgd.load(model)
    outputs = network(theta, sample.test_images[:20])
    assert [p["index"] for p in predictions] == list(range(20))
    assert [p["digit"] for p in predictions] == outputs.argmax(1).tolist()
    np.testing.assert_array_equal([p["activations"] for p in predictions], outputs)


def test_predict_lines(capsys: pytest.CaptureFixture[str], model: Path, small_folder: Path) -> None:
    assert main(["predict", str(model), str(small_folder / "t10k-images-idx3-ubyte.gz")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["digit", *map(str, range(10))]
    assert len(lines) == 21
    assert "ubyte.gz[19] " in lines[20]
    assert len(lines[20].split()) == 12


def test_predict_pictures(
    capsys: pytest.CaptureFixture[str], model: Path, tmp_path: Path, sample: Digits
) -> None:
    image = pytest.importorskip("PIL.Image")
    seven = sample.test_images[0].reshape(28, 28)
    image.fromarray(seven).save(tmp_path / "dark.png")
    image.fromarray(255 - seven).save(tmp_path / "light.png")
    words = ("predict", str(model), str(tmp_path / "dark.png"), str(tmp_path / "light.png"))
    dark, light = run_json(capsys, *words)["predictions"]
    assert dark["digit"] == 7
    assert dark["activations"] == light["activations"]


def test_predict_draws(
    capsys: pytest.CaptureFixture[str], model: Path, small_folder: Path, tmp_path: Path
) -> None:
    write_idx(tmp_path / "seven", digits().test_images[0].reshape(28, 28))
    assert main(["predict", str(model), str(tmp_path / "seven"), "--draw"]) == 0
    out = capsys.readouterr().out
    assert "seven: 7\n" in out
    assert "█" in out
