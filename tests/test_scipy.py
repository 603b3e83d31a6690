"""docs/scipy.md: what it shows runs as printed, and says what it says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.common import ROOT, python_blocks, run_python

PAGE = ROOT / "docs" / "scipy.md"
if not PAGE.exists():
    pytest.skip("docs/ is not part of this copy", allow_module_level=True)
ASKED = """
import json
print(json.dumps({
    "L-BFGS": [lbfgs.fun, right(lbfgs.x), str(lbfgs.x.dtype)],
    "Newton-CG": [newton.fun, right(newton.x), str(newton.x.dtype)],
    "trust-ncg": [trust.fun, right(trust.x), str(trust.x.dtype)],
    "basinhopping": hops.fun,
    "threads": threads.fun,
    "processes": processes.fun,
    "joblib": best.fun,
}))
"""


@pytest.fixture(scope="module")
def printed() -> list[str]:
    pytest.importorskip("scipy")
    pytest.importorskip("joblib")
    return run_python("\n".join([*python_blocks(PAGE), ASKED])).splitlines()


@pytest.fixture(scope="module")
def found(printed: list[str]) -> dict[str, Any]:
    answers: dict[str, Any] = json.loads(printed[-1])
    return answers


def test_every_block_prints_what_it_found(printed: list[str]) -> None:
    said = [line.split(":")[0] for line in printed[:-1]]
    assert said == [
        "L-BFGS", "Gauss-Newton", "trust-ncg", "basinhopping", "the same bits",
        "the best of 8 starts",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "cost", "reads"),
    [("L-BFGS", 0.07, 0.88), ("Newton-CG", 0.06, 0.9), ("trust-ncg", 0.13, 0.88)],
)
def test_optimisers_learn_to_read(
    found: dict[str, Any], method: str, cost: float, reads: float
) -> None:
    assert found[method][0] < cost
    assert found[method][1] > reads
    assert found[method][2] == "float64"


def test_hops_and_many_starts_find_the_noise(found: dict[str, Any]) -> None:
    """Its variance is 0.01: no fit of so many points is much below."""
    assert 0.008 < found["basinhopping"] < 0.012
    assert 0.008 < found["joblib"] < 0.012


def test_workers_change_nothing(found: dict[str, Any]) -> None:
    assert found["threads"] == found["processes"] < 0.5
