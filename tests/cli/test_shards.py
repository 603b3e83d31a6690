"""``fastgd train`` and ``evaluate`` on a folder of shards."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from tests.cli.common import run_json

import fastgd
from fastgd.cli import main
from fastgd.datasets import Digits


@pytest.fixture
def folder(tmp_path: Path, sample: Digits) -> Path:
    """12 shards of 100 digits each."""
    images = sample.train_images[:1200].reshape(-1, 28, 28)
    for i in range(12):
        rows = slice(100 * i, 100 * (i + 1))
        np.save(tmp_path / f"X-{i:02}.npy", images[rows])
        np.save(tmp_path / f"y-{i:02}.npy", sample.train_labels[rows])
    return tmp_path


def test_shards_are_learned_from_within_memory(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(tmp_path / "m.safetensors")
    words = ["train", "--data", str(folder), "--memory", "2MB", "--epochs", "12", "--save", model]
    result = run_json(capsys, *words)
    assert result["n_examples"] == 1100  # a shard is held out
    assert result["train_accuracy"] > 0.5
    assert len(result["validation_costs"]) == 12
    assert run_json(capsys, *words[:-2])["costs"] == result["costs"]
    found = run_json(capsys, "evaluate", model, "--data", str(folder))
    assert found["n_examples"] == 100
    assert found["accuracy"] == pytest.approx(result["validation_accuracy"])
    assert found["cost"] == pytest.approx(result["validation_cost"], rel=1e-5)
    assert np.sum(found["confusion"]) == 100


def test_two_epochs_and_two_more_are_four(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(tmp_path / "m.safetensors")
    words = ["train", "--data", str(folder), "--memory", "2MB", "--momentum", "0.5"]
    whole = run_json(capsys, *words, "--epochs", "4")
    run_json(capsys, *words, "--epochs", "2", "--save", model)
    assert run_json(capsys, *words, "--epochs", "2", "--from", model)["costs"] == whole["costs"]


def test_what_is_told_names_shards_and_memory(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(tmp_path / "m.safetensors")
    assert main(["train", "--data", str(folder), "--epochs", "2", "--save", model]) == 0
    told = capsys.readouterr().out
    assert "11 shards, read one after another within 1,074 MB of memory" in told
    assert "fastgd evaluate" in told
    assert "explore" not in told
    assert main(["evaluate", model, "--data", str(folder)]) == 0
    assert "held out when it learned" in capsys.readouterr().out


def test_a_regression_is_scaled_as_the_whole_would_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal([1900, 0.1], [20, 0.01], (400, 2))
    Y = X @ [3.0, 500.0]
    (tmp_path / "shards").mkdir()
    for i in range(4):
        np.save(tmp_path / "shards" / f"X-{i}.npy", X[100 * i : 100 * (i + 1)])
        np.save(tmp_path / "shards" / f"y-{i}.npy", Y[100 * i : 100 * (i + 1)])
    np.savez(tmp_path / "all.npz", X=X, y=Y)
    words = ["--batch-size", "all", "--epochs", "200", "--validation", "0"]
    cut = run_json(capsys, "train", "--data", str(tmp_path / "shards"), *words)
    whole = run_json(capsys, "train", "--data", str(tmp_path / "all.npz"), *words)
    assert np.allclose(cut["costs"], whole["costs"], rtol=1e-9)
    assert cut["train_r2"] == pytest.approx(whole["train_r2"], rel=1e-9)
    assert cut["cost"] == pytest.approx(whole["cost"], rel=1e-9)


def test_a_shard_that_fails_ends_it_with_what_was_learned(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    model = tmp_path / "m.safetensors"
    read, left = fastgd.datasets.Shards.__getitem__, [50]

    def failing(self: fastgd.datasets.Shards, i: int) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(5, "Input/output error")
        return read(self, i)

    monkeypatch.setattr(fastgd.datasets.Shards, "__getitem__", failing)
    words = ["train", "--data", str(folder), "--epochs", "90", "--memory", "1300kB"]
    assert main([*words, "--save", str(model), "--quiet"]) == 1
    told = capsys.readouterr().err
    assert "chunk" in told
    assert "X-" in told
    assert "Input/output error after" in told
    assert "what was learned is saved to" in told
    assert int(fastgd.load(model).metadata["epochs"]) > 0


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--memory", "100kB"], "takes .* bytes, and 4 of that must fit into --memory"),
        (["--memory", "12"], "expected a size such as 500MB"),
        (["--figures", "f"], "--figures does not go with a folder of shards"),
        (["--target", "y"], "--target does not go with a folder of shards"),
    ],
)
def test_words_that_do_not_fit(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    try:
        status = main(["train", "--data", str(folder), *words])
    except SystemExit as end:
        status = end.code
    assert status != 0
    assert re.search(complaint, capsys.readouterr().err)


def test_memory_goes_with_shards_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--memory", "1GB"])
    assert "--memory goes with --data FOLDER of shards" in capsys.readouterr().err
