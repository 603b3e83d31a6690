"""`scales`: every bit goes through a model's metadata, and folding is undone."""

from __future__ import annotations

import numpy as np
import pytest

import fastgd
from fastgd.cli.scales import Scales
from fastgd.datasets import Examples, Schema

NETWORK = fastgd.Network((3, 4, 2), output_activation="identity")


def examples() -> Examples:
    rng = np.random.default_rng(0)
    X = rng.normal([2000, 0, -5], [10, 0.1, 3], (50, 3))
    return Examples(X, rng.normal([100, 1], [7, 0.5], (50, 2)), Schema("regression", 3, 2))


def test_json_keeps_every_bit() -> None:
    scales = Scales.of(NETWORK, examples())
    again = Scales.from_json(scales.as_json())
    for one, same in zip(scales, again, strict=True):
        assert one is not None
        assert same is not None
        assert one.mean.tobytes() == same.mean.tobytes()
        assert one.scale.tobytes() == same.scale.tobytes()


def test_none_is_kept_as_none() -> None:
    assert Scales.from_json(Scales().as_json()) == Scales()
    assert not Scales().given
    theta = NETWORK.random_theta(0)
    assert Scales().fold(NETWORK, theta) is theta


def test_targets_are_scaled_where_they_fold_in() -> None:
    assert Scales.of(NETWORK, examples()).outputs is not None
    assert Scales.of(fastgd.Network((3, 4, 2)), examples()).outputs is None


def test_unfold_undoes_fold() -> None:
    scales = Scales.of(NETWORK, examples())
    theta = NETWORK.random_theta(0, dtype=np.float64)
    again = scales.unfold(NETWORK, scales.fold(NETWORK, theta))
    np.testing.assert_allclose(again, theta, rtol=1e-9, atol=1e-9)


def test_folded_answers_are_those_of_scaled_numbers() -> None:
    given, theta = examples(), NETWORK.random_theta(0, dtype=np.float64)
    scales = Scales.of(NETWORK, given)
    assert scales.inputs is not None
    assert scales.outputs is not None
    raw = NETWORK(scales.fold(NETWORK, theta), given.X)
    own = scales.outputs.inverse(NETWORK(theta, scales.inputs.transform(given.X)))
    assert raw == pytest.approx(own)
