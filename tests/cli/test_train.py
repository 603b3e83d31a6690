"""`train`: the story it tells, the network it saves, and what Ctrl-C leaves."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.cli.common import COMMAND, QUICK, run_json
from tests.common import hear_ctrl_c

import fastgd
from fastgd.cli import main
from fastgd.datasets import Digits

pytest.importorskip("rich")
pytest.importorskip("safetensors")


def test_train_tells_its_story(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(QUICK) == 0
    captured = capsys.readouterr()
    told = [
        "784-16-16-10: 13,002 parameters",
        "10,000 digits to learn from, 2,000 to test on",
        'Untrained, it is shown a "3":',
        " 9 ",
        "% of the test digits right",
        'Trained, it is shown the same "3":',
        " 9 ",
        "training digits",
        "never-seen digits",
        "1 epochs, 100 steps in",
        "It misreads",
        ", read as ",
    ]
    at = -1
    for words in told:
        at = captured.out.find(words, at + 1)
        assert at >= 0, words
    assert captured.err.startswith("epoch 1/1  cost ")
    assert "\x1b" not in captured.out + captured.err


def test_train_json_has_the_promised_keys(capsys: pytest.CaptureFixture[str]) -> None:
    result = run_json(capsys, *QUICK)
    assert result["layer_sizes"] == [784, 16, 16, 10]
    assert result["n_parameters"] == 13002
    assert (result["epochs"], result["steps"], result["stopped_by"]) == (1, 100, "epochs")
    assert result["seconds"] > 0
    assert result["cost"] > 0
    assert len(result["costs"]) == 1
    for name in ("train_accuracy", "test_accuracy", "untrained_test_accuracy"):
        assert 0 <= result[name] <= 1


def test_defaults_read_nine_digits_of_ten(capsys: pytest.CaptureFixture[str]) -> None:
    result = run_json(capsys, "train")
    assert result["untrained_test_accuracy"] < 0.3
    assert result["test_accuracy"] >= 0.9


def test_same_seed_same_network(capsys: pytest.CaptureFixture[str]) -> None:
    one, same, other = (run_json(capsys, *QUICK, "--seed", seed) for seed in ("7", "7", "8"))
    assert one["costs"] == same["costs"]
    assert one["costs"] != other["costs"]


def test_every_option_arrives(
    capsys: pytest.CaptureFixture[str], small_folder: Path, tmp_path: Path
) -> None:
    result = run_json(
        capsys,
        *("train", "--data", str(small_folder), "--layers", "784-5-10", "--activation", "tanh"),
        *("--output-activation", "identity", "--epochs", "2", "--batch-size", "25"),
        *("--learning-rate", "0.01", "--momentum", "0.5", "--seed", "3", "--threads", "1"),
        *("--save", str(tmp_path / "model")),
    )
    expected = {
        "layer_sizes": [784, 5, 10],
        "activation": "tanh",
        "output_activation": "identity",
        "epochs": 2,
        "steps": 4,
        "batch_size": 25,
        "learning_rate": 0.01,
        "momentum": 0.5,
        "seed": 3,
        "saved": str(tmp_path / "model"),
    }
    assert {name: result[name] for name in expected} == expected


@pytest.mark.parametrize("whole", ["0", "all"])
def test_batch_of_the_whole_set(
    capsys: pytest.CaptureFixture[str], small_folder: Path, whole: str
) -> None:
    words = ("train", "--data", str(small_folder), "--epochs", "9", "--batch-size", whole)
    result = run_json(capsys, *words)
    assert (result["steps"], result["batch_size"]) == (9, 50)


def test_tol_stops_the_whole_set_early(
    capsys: pytest.CaptureFixture[str], small_folder: Path
) -> None:
    words = ("train", "--data", str(small_folder), "--batch-size", "all", "--tol", "1e9")
    assert run_json(capsys, *words)["stopped_by"] == "tol"


def test_saved_network_is_the_one_that_was_trained(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, sample: Digits
) -> None:
    result = run_json(capsys, *QUICK, "--save", str(tmp_path / "a"))
    network, theta, metadata = fastgd.load(tmp_path / "a")
    right = network(theta, sample.test_images).argmax(1) == sample.test_labels
    assert right.mean() == result["test_accuracy"]
    assert metadata["steps"] == "100"


def test_train_says_where_it_saved(
    capsys: pytest.CaptureFixture[str], small_folder: Path, tmp_path: Path
) -> None:
    path = str(tmp_path / "model.safetensors")
    assert main(["train", "--data", str(small_folder), "--epochs", "1", "--save", path]) == 0
    assert f"\nSaved to {path}\n" in capsys.readouterr().out


# --------------------------------------------------------------------------------- divergence


def test_divergence_says_what_to_try_and_keeps_the_old_file(
    capsys: pytest.CaptureFixture[str], small_folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"old")
    words = ["train", "--data", str(small_folder), "--save", str(path)]
    words += ["--activation", "relu", "--output-activation", "identity", "--learning-rate", "1000"]
    assert main(words) == 1
    error = capsys.readouterr().err
    assert error.endswith("at --learning-rate 1000: try 100 (nothing was saved)\n")
    assert path.read_bytes() == b"old"


# ------------------------------------------------------------------------------------- Ctrl-C


def interrupt_after(n_epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Ctrl-C be pressed at the end of an epoch."""
    descend = fastgd.gradient_descent

    def interrupted(*args: Any, callback: Any, **options: Any) -> Any:
        def press(state: Any) -> None:
            for one in callback:
                one(state)
            if state.epoch == n_epochs:
                signal.raise_signal(signal.SIGINT)

        return descend(*args, callback=press, **options)

    monkeypatch.setattr(fastgd, "gradient_descent", interrupted)


def test_interrupt_saves_what_was_learned_and_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    interrupt_after(2, monkeypatch)
    path = tmp_path / "model"
    assert main(["train", "--json", "--save", str(path)]) == 130
    captured = capsys.readouterr()
    said = f"fastgd: interrupted after 2 of 30 epochs; what was learned is saved to {path}\n"
    assert captured.err.endswith(said)
    assert captured.out == ""
    assert fastgd.load(path).metadata["epochs"] == "2"


def test_interrupt_without_save_says_that_nothing_was_saved(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_after(1, monkeypatch)
    assert main(["train", "--json"]) == 130
    assert "after 1 of 30 epochs; nothing was saved (--save PATH" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_interrupt_before_the_first_step_says_that_nothing_was_learned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(fastgd, "gradient_descent", interrupted)
    path = tmp_path / "m.safetensors"
    assert main(["train", "--save", str(path)]) == 130
    error = capsys.readouterr().err
    assert error == "fastgd: interrupted after 0 of 30 epochs; nothing was learned yet\n"
    assert not path.exists()


def test_interrupt_of_a_real_process(tmp_path: Path) -> None:
    path = tmp_path / "model"
    words = ["train", "--epochs", "1000000", "--save", str(path)]
    with subprocess.Popen(
        [*COMMAND, *words], stderr=subprocess.PIPE, text=True, preexec_fn=hear_ctrl_c
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("epoch ")
        process.send_signal(signal.SIGINT)
        error = process.stderr.read()
    assert process.returncode == 130
    assert "what was learned is saved" in error
    assert "Traceback" not in error
    assert int(fastgd.load(path).metadata["epochs"]) >= 1
