"""`predict` with a network that was saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.cli.common import answers
from tests.cli.own_data import prices

import fastgd
from fastgd.cli import main
from fastgd.datasets import Digits, digits, write_idx

pytest.importorskip("rich")
pytest.importorskip("safetensors")


def test_predict_idx(
    capsys: pytest.CaptureFixture[str], model: Path, small_folder: Path, sample: Digits
) -> None:
    path = str(small_folder / "t10k-images-idx3-ubyte.gz")
    predictions = answers(capsys, model, path)
    network, theta, _ = fastgd.load(model)
    outputs = network(theta, sample.test_images[:20])
    assert [p["index"] for p in predictions] == list(range(20))
    assert [p["prediction"] for p in predictions] == outputs.argmax(1).tolist()
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
    dark, light = answers(capsys, model, tmp_path / "dark.png", tmp_path / "light.png")
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


def test_predict_reads_folders(
    capsys: pytest.CaptureFixture[str], model: Path, tmp_path: Path, sample: Digits
) -> None:
    image = pytest.importorskip("PIL.Image")
    (tmp_path / "sevens" / "more").mkdir(parents=True)
    for name in ("sevens/a.png", "sevens/more/b.png"):
        image.fromarray(sample.test_images[0].reshape(28, 28)).save(tmp_path / name)
    found = answers(capsys, model, tmp_path / "sevens")
    assert [Path(a["file"]).name for a in found] == ["a.png", "b.png"]
    assert [a["prediction"] for a in found] == [7, 7]


def test_predict_says_which_picture_will_not_do(
    capsys: pytest.CaptureFixture[str], model: Path, tmp_path: Path
) -> None:
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(SystemExit) as stop:
        main(["predict", str(model), str(tmp_path)])
    assert stop.value.code == 2
    assert "text.png is neither an IDX file nor a picture" in capsys.readouterr().err


def test_a_network_of_any_outputs_saved_by_hand(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    network = fastgd.Network((4, 12))
    theta = np.zeros(network.n_parameters, np.float32)
    network.layers(theta)[0].biases[11] = 1
    fastgd.save(tmp_path / "m", network, theta)
    write_idx(tmp_path / "two", np.ones((2, 2, 2), np.uint8))
    found = answers(capsys, tmp_path / "m", tmp_path / "two")
    assert [a["prediction"] for a in found] == [11, 11]


def test_a_quantity_is_the_answer(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data, path = str(prices(tmp_path / "prices.csv", 60)), str(tmp_path / "m")
    assert main(["train", "--data", data, "--epochs", "2", "--save", path, "--quiet"]) == 0
    assert main(["predict", path, data]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["price"]
    assert len(lines) == 61


def test_of_many_outputs_the_highest_is_shown(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    network = fastgd.Network((4, 40))
    fastgd.save(tmp_path / "m", network, network.random_theta(rng=0))
    write_idx(tmp_path / "x", np.array([[[0, 255], [9, 0]], [[0, 0], [0, 0]]], np.uint8))
    assert main(["predict", str(tmp_path / "m"), str(tmp_path / "x")]) == 0
    header, answer, blank = capsys.readouterr().out.splitlines()
    assert header.split() == ["prediction", "activation"]
    assert 0 < float(answer.split()[-1]) < 1
    assert blank.split()[-2:] == ["blank", "-"]


def test_an_empty_folder_is_named(
    capsys: pytest.CaptureFixture[str], model: Path, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit):
        main(["predict", str(model), str(tmp_path)])
    assert f"{tmp_path} holds no files" in capsys.readouterr().err
