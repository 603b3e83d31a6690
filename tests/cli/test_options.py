"""`options` and what it starts: commands from end to end, mistakes answered in one sentence."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.datasets.common import NAMES, first, write_set

import fastgd
from fastgd.cli import main
from fastgd.datasets import Digits, digits, write_idx

pytest.importorskip("rich")
pytest.importorskip("safetensors")

COMMAND = [sys.executable, "-m", "fastgd"]
QUICK = ["train", "--epochs", "1", "--batch-size", "100"]


@pytest.fixture(scope="module")
def sample() -> Digits:
    return digits()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that was trained for a moment."""
    path = tmp_path_factory.mktemp("model") / "digits.safetensors"
    assert main(["train", "--epochs", "3", "--json", "--save", str(path)]) == 0
    return path


@pytest.fixture
def small_folder(tmp_path: Path, sample: Digits) -> Path:
    """A folder in MNIST's format: 50 digits to learn from, 20 to test on."""
    packed = tuple(name + ".gz" if name.startswith("t10k") else name for name in NAMES)
    write_set(tmp_path, first(sample, 50, 20), packed)
    return tmp_path


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main([*words, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert isinstance(result, dict)
    return result


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
    assert capsys.readouterr().out.endswith(f"Saved to {path}\n")


def test_evaluate(capsys: pytest.CaptureFixture[str], model: Path) -> None:
    assert main(["evaluate", str(model)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("784-16-16-10: 13,002 parameters\n2,000 test digits: cost 0.")
    assert len(out.splitlines()) == 14


def test_evaluate_json(capsys: pytest.CaptureFixture[str], model: Path, sample: Digits) -> None:
    result = run_json(capsys, "evaluate", str(model))
    network, theta, _ = fastgd.load(model)
    read = network(theta, sample.test_images).argmax(1)
    assert result["accuracy"] == (read == sample.test_labels).mean()
    assert result["n_examples"] == 2000
    np.testing.assert_array_equal(
        np.sum(result["confusion"], axis=1), np.bincount(sample.test_labels)
    )
    np.testing.assert_array_equal(np.sum(result["confusion"], axis=0), np.bincount(read))


def test_evaluate_on_a_folder(
    capsys: pytest.CaptureFixture[str], model: Path, small_folder: Path
) -> None:
    result = run_json(capsys, "evaluate", str(model), "--data", str(small_folder))
    assert result["n_examples"] == 20


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


def test_info_describes_the_installation(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_json(capsys, "info").keys() == fastgd.show_config().keys()
    assert main(["info"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(fastgd.show_config())


def test_info_describes_a_model(capsys: pytest.CaptureFixture[str], model: Path) -> None:
    result = run_json(capsys, "info", str(model))
    assert result["layer_sizes"] == [784, 16, 16, 10]
    assert result["metadata"]["epochs"] == "3"
    assert main(["info", str(model)]) == 0
    assert capsys.readouterr().out.startswith("784-16-16-10: 13,002 parameters\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "required: COMMAND"),
        (["unlearn"], "invalid choice: 'unlearn'"),
        (["train", "--layers", "784"], "expected sizes such as 784-16-16-10, got '784'"),
        (["train", "--layers", "784-x-10"], "expected a whole number, at least 1, got 'x'"),
        (["train", "--layers", "784-0-10"], "at least 1, got '0'"),
        (["train", "--layers", "100-16-10"], "digits take 784 inputs and 10 outputs"),
        (["train", "--layers", "784-16-11"], "digits take 784 inputs and 10 outputs"),
        (["train", "--epochs", "0"], "at least 1, got '0'"),
        (["train", "--epochs", "1.5"], "at least 1, got '1.5'"),
        (["train", "--batch-size", "-1"], "at least 0, got '-1'"),
        (["train", "--learning-rate", "0"], "expected a number above 0, got '0'"),
        (["train", "--learning-rate", "nan"], "expected a number above 0, got 'nan'"),
        (["train", "--learning-rate", "fast"], "expected a number above 0, got 'fast'"),
        (["train", "--momentum", "1"], "from 0 to below 1, got '1'"),
        (["train", "--tol", "-1"], "at least 0, got '-1'"),
        (["train", "--seed", "-1"], "at least 0, got '-1'"),
        (["train", "--threads", "0"], "at least 1, got '0'"),
        (["train", "--activation", "softmax"], "invalid choice: 'softmax'"),
        (["evaluate"], "required: MODEL"),
        (["predict", "model"], "required: FILE"),
    ],
)
def test_wrong_usage_is_explained(
    capsys: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["train", "--data", "{}/none"], "no train-images-idx3-ubyte, .gz or not, in {}/none"),
        (["train", "--save", "{}/none/a"], "{}/none: No such file or directory"),
        (["train", "--save", "{}"], "{} is not a file"),
        (["train", "--layers", "784-9999999999999-10"], "parameters; expected at most 2**40"),
        (["train", "--threads", "2147483648"], "n_threads"),
        (["evaluate", "{}/none"], "{}/none: No such file or directory"),
        (["evaluate", "{}/text"], "{}/text: not a safetensors file"),
        (["evaluate", "{}"], "{}: not a file"),
        (["evaluate", "{}/tiny"], "{}/tiny: a 3-2 network; digits take 784 inputs"),
        (["predict", "{}/tiny", "{}/none"], "{}/none: No such file or directory"),
        (["predict", "{}/tiny", "{}/text"], "{}/text is a picture or not an IDX file"),
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


def test_memory_that_is_not_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(fastgd, "Cost", fail)
    assert main(QUICK) == 1
    assert capsys.readouterr().err == "fastgd: not enough memory.\n"


def interrupt_after(n_epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Ctrl-C be pressed at the end of an epoch."""
    descend = fastgd.gradient_descent

    def interrupted(*args: Any, callback: Any, **options: Any) -> Any:
        def press(state: Any) -> None:
            callback(state)
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


def test_interrupt_before_training(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def press() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fastgd.datasets, "digits", press)
    assert main(["train"]) == 130
    assert capsys.readouterr().err == "fastgd: interrupted\n"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_interrupt_of_a_real_process(tmp_path: Path) -> None:
    path = tmp_path / "model"
    words = ["train", "--epochs", "1000000", "--save", str(path)]
    with subprocess.Popen([*COMMAND, *words], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("epoch ")
        process.send_signal(signal.SIGINT)
        error = process.stderr.read()
    assert process.returncode == 130
    assert "what was learned is saved" in error
    assert "Traceback" not in error
    assert int(fastgd.load(path).metadata["epochs"]) >= 1


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
