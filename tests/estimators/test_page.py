"""docs/scikit-learn.md: its examples run, in their order, as printed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.common import ROOT


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_examples(capsys: Any) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/scikit-learn.md").read_text(), re.S)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, "scikit-learn.md", "exec"), names)
    assert float(capsys.readouterr().out) > 0.96
    assert names["model"].stopped_by_ == "validation"
