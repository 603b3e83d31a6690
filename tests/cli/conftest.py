"""The digits that come along, and a folder with a few of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.datasets.common import NAMES, first, write_set

from fastgd.cli import main
from fastgd.datasets import Digits, digits


@pytest.fixture(scope="module")
def sample() -> Digits:
    return digits()


@pytest.fixture
def small_folder(tmp_path: Path, sample: Digits) -> Path:
    """A folder in MNIST's format: 50 digits to learn from, 20 to test on."""
    packed = tuple(name + ".gz" if name.startswith("t10k") else name for name in NAMES)
    write_set(tmp_path, first(sample, 50, 20), packed)
    return tmp_path


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that was trained for a moment."""
    path = tmp_path_factory.mktemp("model") / "digits.safetensors"
    assert main(["train", "--epochs", "3", "--json", "--save", str(path)]) == 0
    return path
