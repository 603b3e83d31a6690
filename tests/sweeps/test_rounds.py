"""`sweeps.rounds`: each fit has the bits it has alone; what fails is a row; halving; Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.sweeps.common import alone, digits, regression

import fastgd

OPTIONS: dict[str, Any] = {"learning_rate": 0.2, "batch_size": 16, "epochs": 5}


@pytest.mark.parametrize("n_workers", [1, 3])
@pytest.mark.parametrize("made", [regression, digits])
@pytest.mark.parametrize(
    "options",
    [OPTIONS, OPTIONS | {"momentum": 0.8, "nesterov": True}, {"learning_rate": 0.2, "epochs": 7}],
    ids=["batches", "nesterov", "full batch"],
)
def test_a_fit_has_the_bits_it_has_alone(
    made: Callable[..., fastgd.Cost], options: dict[str, Any], n_workers: int
) -> None:
    cost = made()
    found = fastgd.sweep(cost, seed=range(4), n_workers=n_workers, **options)
    for seed, fit in enumerate(found):
        descent = alone(cost, seed, **options)
        assert (fit.theta == descent.theta).all()
        assert fit.cost == descent.cost
        assert (fit.costs == descent.costs).all()
        assert (fit.steps, fit.walked, fit.stopped_by) == (descent.steps, len(fit.costs), "epochs")


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("made", [regression, digits])
@pytest.mark.parametrize("batch_size", [16, None])
def test_rows_are_views_with_the_bits_of_a_copied_part(
    made: Callable[..., fastgd.Cost], batch_size: int | None, weighted: bool
) -> None:
    rng = np.random.default_rng(0)
    weight = rng.uniform(0.5, 2, 120 if made is regression else 300) if weighted else None
    cost = made(sample_weight=weight)
    rows = rng.integers(0, cost.n_examples, 90)
    held = np.arange(10)
    options = OPTIONS | {"batch_size": batch_size}
    (fit,) = fastgd.sweep(cost, rows=[(rows, held)], seed=1, **options)
    descent = alone(cost, 1, rows, **options)
    if batch_size:
        assert (fit.theta == descent.theta).all()
    else:  # a step of the kernel's and one of NumPy's round differently
        assert fit.theta == pytest.approx(descent.theta, rel=1e-4, abs=1e-6)
    assert fit.validation_cost == pytest.approx(cost.part(held)(fit.theta), rel=1e-6)


def test_every_combination_in_order() -> None:
    cost = regression()
    other = cost.targets[::-1].copy()
    found = fastgd.sweep(
        cost,
        [{"hidden_layer_sizes": (4,)}, {"hidden_layer_sizes": (5, 3), "activation": "sigmoid"}],
        Y=[cost.targets, other], learning_rate=np.array([0.1, 0.2]), batch_size=20, epochs=2,
    )  # fmt: skip
    columns = found.columns
    assert columns["hidden_layer_sizes"].tolist() == ["4"] * 4 + ["5-3"] * 4
    assert columns["Y"].tolist() == [0, 0, 1, 1] * 2
    assert columns["learning_rate"].tolist() == [0.1, 0.2] * 4
    last = found[7]
    net = fastgd.Network((3, 5, 3, 1), activation="sigmoid", output_activation="identity")
    assert last.network == net
    own = cost.with_network(net).with_targets(other)
    descent = alone(own, 0, learning_rate=0.2, batch_size=20, epochs=2)
    assert (last.theta == descent.theta).all()


def test_what_cannot_be_is_a_row_that_says_so() -> None:
    cost = regression()
    none = np.zeros(120, bool)
    found = fastgd.sweep(
        cost,
        [{"learning_rate": rate, **more} for rate, more in [
            (0.2, {}), (0.2, {"batch_size": 500}), (0.2, {"rows": none}), (1e300, {}),
            (0.2, {"activation": "cosine"}), (0.2, {"rows": np.array([0, 500])}),
            (0.2, {"sample_weight": np.ones(3)}), (-1.0, {}),
        ]],
        epochs=20,
    )  # fmt: skip
    errors = found.columns["error"].tolist()
    wanted = [
        "", "batch_size: 500 is above the 120 rows", "rows: no example is left to learn from",
        "the cost is not finite in epoch", "activation: expected one of", "rows: index 500 is out",
        "sample_weight has shape (3,)", "learning_rate: expected a finite number above 0",
    ]  # fmt: skip
    for error, words in zip(errors, wanted, strict=True):
        assert error.startswith(words) if words else error == ""
    assert found.best is found[0]
    assert found[3].theta is not None
    assert np.isfinite(found[3].theta).all()
    assert np.isnan(found.columns["cost"][1:]).all()


def test_patience_is_early_stopping_s() -> None:
    cost = regression()
    held = np.arange(0, 120, 4)
    rows = np.setdiff1d(np.arange(120), held)
    options = OPTIONS | {"learning_rate": 0.4, "epochs": 400}
    (fit,) = fastgd.sweep(cost, validation=held, patience=3, **options)
    stopping = fastgd.callbacks.EarlyStopping(cost.part(held), patience=3)
    descent = alone(cost, 0, rows, callback=stopping, **options)
    assert fit.stopped_by == "patience"
    assert fit.walked == len(descent.costs) < 400
    assert stopping.best_theta is not None
    assert (fit.theta == stopping.best_theta).all()
    assert fit.validation_costs == pytest.approx(stopping.costs, rel=1e-12)
    with pytest.raises(ValueError, match="patience: needs held-out rows"):
        fastgd.sweep(cost, patience=3, **options)


def test_halving_stops_the_worse_half() -> None:
    cost = regression()
    rates = [1e-4, 1e-3, 1e-2, 0.05, 0.1, 0.2, 0.3, 0.4]
    found = fastgd.sweep(
        cost, learning_rate=rates, batch_size=16, epochs=20, halving=[2, 6], validation=slice(0, 30)
    )
    epochs = found.columns["walked"].tolist()
    assert sorted(epochs) == [2, 2, 2, 2, 6, 6, 20, 20]
    stopped = found.columns["stopped_by"]
    assert (stopped == "halving").sum() == 6
    # After two epochs the four that went on were no worse than any that stopped.
    early = [
        fastgd.sweep(cost, learning_rate=rate, batch_size=16, epochs=2, validation=slice(0, 30))[0]
        for rate in rates
    ]
    scores = np.array([fit.validation_cost for fit in early])
    gone = np.array(epochs) == 2
    assert scores[gone].min() >= scores[~gone].max()
    (whole,) = fastgd.sweep(
        cost, learning_rate=rates[int(np.argmax(epochs))], batch_size=16, epochs=20,
        validation=slice(0, 30),
    )  # fmt: skip
    assert (whole.theta == found[int(np.argmax(epochs))].theta).all()


def test_ctrl_c_keeps_what_is_finished() -> None:
    cost = regression()

    def interrupt(done: int, total: int) -> None:
        if done == 2:
            time.sleep(1)  # the third walks meanwhile
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        fastgd.sweep(
            cost, [{"epochs": 3}, {"epochs": 2}, {"epochs": 10**7}], learning_rate=0.1,
            batch_size=16, n_workers=3, progress=interrupt,
        )  # fmt: skip
    so_far = caught.value.sweep  # type: ignore[attr-defined]
    assert so_far.columns["stopped_by"].tolist() == ["epochs", "epochs", "interrupt"]
    assert so_far[0].walked == 3
    assert 0 < so_far[2].walked < 10**7
    assert np.isfinite(so_far[2].cost)


def test_the_data_is_there_once() -> None:
    """Folds of a dense X are views: what is alive beside it stays far below a copy."""
    import tracemalloc

    rng = np.random.default_rng(0)
    X = rng.standard_normal((20_000, 50))
    net = fastgd.Network((50, 4, 1), output_activation="identity")
    cost = fastgd.Cost(net, X, X[:, :1])
    order = rng.permutation(len(X))
    rows = [(np.sort(order[4000:]), np.sort(order[:4000]))] * 4
    tracemalloc.start()
    fastgd.sweep(
        cost, [{"rows": pair} for pair in rows], learning_rate=0.01, batch_size=32, epochs=2,
        n_workers=2,
    )  # fmt: skip
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < X.nbytes / 2


def test_it_refuses_what_is_no_setting() -> None:
    cost = regression()
    with pytest.raises(TypeError, match="learning_rates is no setting of a sweep; do you mean lea"):
        fastgd.sweep(cost, learning_rates=[0.1])
    with pytest.raises(TypeError, match="learning_rate: a sweep needs one"):
        fastgd.sweep(cost, epochs=3)
    with pytest.raises(ValueError, match="epochs: expected at least one value, got an empty list"):
        fastgd.sweep(cost, learning_rate=0.1, epochs=[])
    with pytest.raises(TypeError, match="rows: a list is several values, each an array"):
        fastgd.sweep(cost, learning_rate=0.1, rows=[1, 2, 3])
    with pytest.raises(TypeError, match="learning_rate is given there and as an argument"):
        fastgd.sweep(cost, [{"learning_rate": 0.1}], learning_rate=0.1)
    with pytest.raises(ValueError, match="halving: expected rising numbers of epochs"):
        fastgd.sweep(cost, learning_rate=0.1, halving=[5, 5])
    with pytest.raises(TypeError, match=r"cost: expected a fastgd\.Cost"):
        fastgd.sweep(lambda theta: 0.0, learning_rate=0.1)  # type: ignore[arg-type]
