"""`release.tree`: names of wheels, and commands that fail."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

tree = pytest.importorskip("release.tree", reason="release/ is not in this copy")


def test_a_name_has_its_parts() -> None:
    name = tree.wheel_name(Path("fastgd-0.1.0-cp311-abi3-manylinux_2_34_x86_64.whl"))
    assert name == ("0.1.0", "cp311", "abi3", "manylinux_2_34_x86_64")


@pytest.mark.parametrize(
    "name", ["fastgd-0.1.0.tar.gz", "numpy-2.0-cp311-cp311-linux.whl", "a.whl"]
)
def test_what_is_no_wheel_of_ours_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"expected fastgd-VERSION-PYTHON-ABI-PLATFORM\.whl"):
        tree.wheel_name(Path(name))


def test_a_command_that_fails_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="failed with 3: "):
        tree.run([sys.executable, "-c", "print('what it said'); raise SystemExit(3)"])
    assert capsys.readouterr().err == "what it said\n\n"


def test_a_command_gives_what_it_printed() -> None:
    assert tree.run([sys.executable, "-c", "print(1)"]) == "1\n"
