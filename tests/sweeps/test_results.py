"""`sweeps.results`: columns, the best, means over seeds and folds, what notebooks show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.sweeps.common import regression

import fastgd

OPTIONS: dict[str, Any] = {"batch_size": 16, "epochs": 4}


def test_columns_are_the_fits() -> None:
    found = fastgd.sweep(
        regression(), learning_rate=[0.01, 0.3], seed=range(3), validation=slice(0, 20), **OPTIONS
    )
    columns = found.columns
    assert list(columns) == [
        "seed", "learning_rate", "batch_size", "epochs", "cost", "validation_cost", "accuracy",
        "walked", "steps", "stopped_by", "seconds", "error",
    ]  # fmt: skip
    assert all(len(column) == len(found) == 6 for column in columns.values())
    assert columns["cost"].tolist() == [fit.cost for fit in found]
    assert found.varied == ("seed", "learning_rate")
    assert found.best.validation_cost == columns["validation_cost"].min()
    assert found[found.ranked[0]] is found.best
    assert (columns["seconds"] > 0).all()


def test_a_summary_is_over_seeds() -> None:
    found = fastgd.sweep(
        regression(), [{"learning_rate": 0.1}, {"learning_rate": 1e300}], seed=range(4), **OPTIONS
    )
    summary = found.summary()
    costs = found.columns["cost"]
    assert summary["learning_rate"].tolist() == [0.1, 1e300]
    assert summary["fits"].tolist() == [4, 4]
    assert summary["failed"].tolist() == [0, 4]
    assert summary["mean"][0] == pytest.approx(costs[:4].mean())
    assert summary["std"][0] == pytest.approx(costs[:4].std(ddof=1))
    assert summary["lowest"][0] == costs[:4].min()
    assert np.isnan(summary["mean"][1])
    by_seed = found.summary(over=["learning_rate"])
    assert by_seed["seed"].tolist() == [0, 1, 2, 3]
    assert by_seed["failed"].tolist() == [1] * 4


def test_it_is_told_in_a_line_and_in_a_table() -> None:
    found = fastgd.sweep(regression(), learning_rate=[0.1, 0.3], **OPTIONS)
    assert repr(found).startswith(f"<Sweep of 2 fits; best {found.best.score:.6g}: learning_rate ")
    html = found._repr_html_()
    assert html.count("<tr>") == 3
    assert "learning_rate" in html
    assert "batch_size" not in html  # the same for all
    none = fastgd.sweep(regression(), learning_rate=[1e300], epochs=3)
    assert repr(none) == "<Sweep of 1 fits, 1 failed>"
    with pytest.raises(ValueError, match="every fit failed: the cost is not finite in epoch"):
        _ = none.best


def test_to_pandas() -> None:
    found = fastgd.sweep(regression(), learning_rate=[0.1, 0.3], **OPTIONS)
    frame = found.to_pandas()
    assert frame.shape == (2, len(found.columns))
    assert frame["learning_rate"].tolist() == [0.1, 0.3]
