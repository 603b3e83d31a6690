"""`tests.memory.builds`: what it runs is there, and findings are counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.common import ROOT
from tests.memory.builds import LOOKS, counted, kernel_tests


@pytest.mark.parametrize("name", LOOKS)
def test_the_tests_that_it_runs_are_there(name: str) -> None:
    tests = LOOKS[name].tests() + LOOKS[name].without
    assert len(tests) > 5
    assert all((ROOT / test.partition("::")[0]).exists() for test in tests)


def test_the_kernels_tests_are_those_of_ci() -> None:
    assert "tests/test_kernels.py" in kernel_tests()


def test_what_failed_is_counted(tmp_path: Path) -> None:
    results = tmp_path / "tests.xml"
    assert counted(results) == (0, 1)
    results.write_text(
        '<testsuites><testsuite tests="9" failures="1" errors="2" skipped="3"/></testsuites>',
        encoding="utf-8",
    )
    assert counted(results) == (3, 3)
