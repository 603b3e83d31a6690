"""docs/export.md: its examples run as they are printed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.common import ROOT

import fastgd
from fastgd.export import to_json


def block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", (ROOT / "docs" / "export.md").read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_commands_print_what_is_printed(tmp_path: Path) -> None:
    """In a shell that finds fastgd, and the C program where it says."""
    (tmp_path / "program.c").write_text(block("c"))
    command = tmp_path / "bin" / "fastgd"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m fastgd "$@"\n')
    command.chmod(0o755)
    lines = block("console").splitlines()
    words = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    said = subprocess.run(
        ["sh", "-e", "-c", "\n".join(words)],
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": f"{command.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(Path(fastgd.__file__).parents[1]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines() == [line for line in lines if not line.startswith("$ ")]
    assert "in integers, weights of 8 bits; reads 9" in (tmp_path / "about.txt").read_text()


def test_the_python_example(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    exec(compile(block("python"), "export.md", "exec"), names)
    said = re.fullmatch(r"(.*)% in floats, (.*)% in integers\n", capsys.readouterr().out)
    assert said is not None
    assert float(said[2]) >= float(said[1]) - 0.5 >= 89
    assert "int digits_prediction" in str(names["text"])


def test_the_json_example() -> None:
    text = block("json").strip()
    network = fastgd.Network((2, 1))
    theta = network.random_theta(rng=0)
    layer = json.loads(text)["layers"][0]
    theta[:2], theta[2] = layer["weights"][0], layer["biases"][0]
    assert to_json(network, theta) == text
