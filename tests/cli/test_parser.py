"""`parser`: wrong usage is explained."""

from __future__ import annotations

import pytest

from fastgd.cli import main


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
