"""`show` and `train --figures`: the whole set of pictures, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.datasets.common import first, write_set

import fastgd
from fastgd.cli import main, pictures
from fastgd.cli.examples import as_examples, parts_of
from fastgd.cli.record import Saved, read_saved
from fastgd.cli.retrace import replay
from fastgd.cli.task import Task
from fastgd.datasets import Examples, digits

pytest.importorskip("matplotlib")
pytest.importorskip("safetensors")
pytest.importorskip("rich")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MNIST's four files with 300 digits to learn from and 100 to test on."""
    target = tmp_path_factory.mktemp("digits")
    write_set(target, first(digits(), 300, 100))
    return target


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model, and the pictures that training it drew."""
    target = tmp_path_factory.mktemp("trained")
    model, figures = target / "m.safetensors", target / "figures"
    words = ["train", "--epochs", "4", "--data", str(folder), "--json"]
    assert main([*words, "--save", str(model), "--figures", str(figures)]) == 0
    return model, figures


def test_training_draws_everything(trained: tuple[Path, Path]) -> None:
    from PIL import Image

    written = sorted(path.name for path in trained[1].iterdir())
    assert len(written) == 20
    of_images = {
        name
        for name, picture in pictures.PICTURES.items()
        if not {"table", "numbers", "two inputs"} & set(picture.needs)
    }
    assert {name[3:].split(".")[0] for name in written} >= of_images
    for name in written:
        with Image.open(trained[1] / name) as picture:
            assert picture.format == "PNG"
            assert 700 <= picture.width <= 1300, name
            assert 200 <= picture.height <= 1000, name


def only(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Draw these alone, to save time."""
    chosen = {name: pictures.PICTURES[name] for name in names}
    monkeypatch.setattr(pictures, "PICTURES", chosen)


def test_a_saved_model_shows_the_same(
    trained: tuple[Path, Path],
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only(monkeypatch, "mess", "neurons", "descent", "surface")
    words = ["show", str(trained[0]), "--data", str(folder), "--figures", str(tmp_path)]
    assert main(words) == 0
    assert capsys.readouterr().out == f"6 pictures in {tmp_path}\n"
    before = {path.name[3:]: path.read_bytes() for path in trained[1].iterdir()}
    for path in tmp_path.iterdir():
        assert path.read_bytes() == before[path.name[3:]], path.name


def test_a_model_trained_elsewhere_shows_what_it_can(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only(monkeypatch, "mess", "weights", "descent", "surface")
    network = fastgd.Network((784, 5, 10))
    fastgd.save(tmp_path / "other.safetensors", network, network.random_theta(rng=3))
    monkeypatch.chdir(tmp_path)
    assert main(["show", "other.safetensors", "--data", str(folder)]) == 0
    captured = capsys.readouterr()
    assert "3 pictures in other-figures" in captured.out
    assert "its descent is not drawn" in captured.err
    names = {path.name[3:] for path in (tmp_path / "other-figures").iterdir()}
    assert "mess.png" in names
    assert "descent.png" not in names


def test_quiet_commands_write_without_a_word(
    trained: tuple[Path, Path],
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only(monkeypatch, "mess")
    words = ["--data", str(folder), "--quiet"]
    assert main(["show", str(trained[0]), *words, "--figures", str(tmp_path / "shown")]) == 0
    assert main(["explore", str(trained[0]), *words, "--output", str(tmp_path / "m.html")]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert (tmp_path / "shown" / "01-mess.png").exists()
    assert (tmp_path / "m.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("quiet", [True, False])
def test_training_tells_where_its_pictures_are(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    quiet: bool,
) -> None:
    only(monkeypatch, "mess")
    words = ["train", "--epochs", "1", "--data", str(folder), "--figures", str(tmp_path)]
    assert main([*words, *(["--quiet"] if quiet else [])]) == 0
    told = f"1 pictures in {tmp_path}\n"
    out = capsys.readouterr().out
    assert out == "" if quiet else told in out
    assert [path.name for path in tmp_path.iterdir()] == ["01-mess.png"]


def path_of(saved: Saved, examples: Examples) -> NDArray[Any] | None:
    assert saved.settings is not None
    parts = parts_of(examples, saved.settings)
    return replay(saved, Task(saved.network, saved.settings, parts, saved.scales))


def test_replay_ends_where_the_model_is(trained: tuple[Path, Path], folder: Path) -> None:
    saved = read_saved(str(trained[0]))
    small = as_examples(fastgd.datasets.mnist(folder))
    path = path_of(saved, small)
    assert path is not None
    assert path.shape == (5, saved.network.n_parameters)
    assert (path[-1] == saved.theta).all()
    assert (path[0] == saved.network.random_theta(rng=np.random.default_rng(0))).all()
    assert path_of(saved, small.part(np.arange(100))) is None
    for odd in ({}, {"epochs": "no"}, saved.metadata | {"continued": "True"}):
        assert path_of(saved._replace(metadata=odd), small) is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show", "missing.safetensors"], "missing.safetensors: No such file"),
        (["show", __file__], "fastgd: "),
    ],
)
def test_bad_models(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_a_model_for_other_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = fastgd.Network((16, 10))
    fastgd.save(tmp_path / "m.safetensors", network, network.random_theta(rng=0))
    assert main(["show", str(tmp_path / "m.safetensors")]) == 1
    assert "a 16-10 network; digits take 784 inputs" in capsys.readouterr().err
