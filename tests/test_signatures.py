"""The contract: a public signature that changes is seen here, and is changed in the file with it.

``python -m tests.signatures`` writes the file anew; CHANGELOG.md tells users.
"""

from __future__ import annotations

import pytest
from tests import signatures

pytest.importorskip("sklearn")  # fastgd.estimators


def test_signatures_are_the_contract_s() -> None:
    assert signatures.text().splitlines() == signatures.FILE.read_text().splitlines()


@pytest.mark.parametrize(
    "line",
    [
        "class fastgd.ModelFormatError(ValueError)",
        "fastgd.Cost.__call__(self, theta: ArrayLike) -> float",
        "fastgd.Cost.n_examples -> int",
        "fastgd.Layer(weights: NDArray[Any], biases: NDArray[Any])",
        "fastgd.estimators.NetworkClassifier.classes_: NDArray[Any]",
        "fastgd.export.to_onnx(network: Network, theta: ArrayLike) -> bytes",
    ],
)
def test_each_kind_of_name_is_there(line: str) -> None:
    assert line in signatures.text().splitlines()


def test_privates_are_not() -> None:
    names = [line.partition("(")[0].partition(" -> ")[0] for line in signatures.public()]
    assert not [name for name in names if "._" in name and not name.endswith(".__call__")]
