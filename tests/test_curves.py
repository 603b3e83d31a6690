"""`curves`: what is measured along a path is what the cost and the network say at each point."""

from __future__ import annotations

import numpy as np
import pytest

import fastgd
from fastgd import curves

SAMPLE = fastgd.datasets.digits()
X, LABELS = SAMPLE.train_images[:300], SAMPLE.train_labels[:300]
NETWORK = fastgd.Network((784, 12, 10))
COST = fastgd.Cost(NETWORK, X, LABELS)


def test_curves_along_a_descent() -> None:
    descent = fastgd.gradient_descent(
        COST, NETWORK.random_theta(rng=0), learning_rate=1.0, batch_size=10, epochs=4, record=2
    )
    assert descent.path is not None
    seen: list[tuple[int, int]] = []
    found = curves.curves(
        COST, descent.path, images=X, labels=LABELS, record=2,
        progress=lambda *at: seen.append(at),
    )  # fmt: skip
    assert found.epochs.tolist() == [0, 2, 4]
    assert found.accuracies is not None
    for i, theta in enumerate(descent.path):
        value, gradient = COST.value_and_gradient(theta)
        assert found.costs[i] == value
        assert found.gradient_norms[i] == pytest.approx(np.linalg.norm(gradient))
        assert found.accuracies[i] == (NETWORK(theta, X).argmax(1) == LABELS).mean()
        assert found.test_costs is not None
        assert found.test_costs[i] == pytest.approx(value)  # it was shown the same examples
    np.testing.assert_allclose(
        found.step_lengths, np.linalg.norm(np.diff(descent.path, axis=0), axis=1), rtol=1e-5
    )
    assert seen == [(1, 3), (2, 3), (3, 3)]
    bare = curves.curves(COST, descent.path)
    assert bare.accuracies is None
    assert bare.test_costs is None


def test_numbers_to_predict_have_a_cost_and_no_accuracy() -> None:
    network = fastgd.Network((2, 1), output_activation="identity")
    rng = np.random.default_rng(0)
    inputs, targets = rng.random((20, 2)), rng.random((20, 1))
    cost = fastgd.Cost(network, inputs[:10], targets[:10])
    path = rng.random((3, 3))
    found = curves.curves(cost, path, images=inputs[10:], labels=targets[10:])
    assert found.accuracies is None
    test = fastgd.Cost(network, inputs[10:], targets[10:])
    assert found.test_costs is not None
    assert found.test_costs.tolist() == [test(theta) for theta in path]


def test_curves_refuse() -> None:
    theta = NETWORK.random_theta(rng=0)
    with pytest.raises(ValueError, match="path has shape"):
        curves.curves(COST, theta)
    with pytest.raises(ValueError, match="both or neither"):
        curves.curves(COST, [theta], images=X)
    with pytest.raises(ValueError, match="theta has 9 entries"):
        curves.curves(COST, np.zeros((2, 9)))


def test_shuffled_labels_are_learned_later_than_true_ones() -> None:
    found = curves.memorise(NETWORK, X, LABELS, rng=0, learning_rate=1.0, batch_size=10, epochs=8)
    assert found.true.accuracies is not None
    assert found.shuffled.accuracies is not None
    assert len(found.true.costs) == len(found.shuffled.costs) == 9
    assert found.true.accuracies[0] < 0.3
    assert found.true.accuracies[-1] > 0.8
    assert found.shuffled.accuracies[-1] < 0.6
    assert found.true.costs[-1] < found.shuffled.costs[-1]
    assert found.chance == np.bincount(LABELS).max() / 300


def test_few_examples_are_memorised_with_shuffled_labels() -> None:
    network = fastgd.Network((784, 16, 16, 10))
    images, labels = SAMPLE.train_images[:500], SAMPLE.train_labels[:500]
    found = curves.memorise(
        network, images, labels, rng=0, learning_rate=0.5, batch_size=10, epochs=1000, record=100
    )
    assert found.true.epochs.tolist() == list(range(0, 1001, 100))
    assert found.shuffled.accuracies is not None
    assert found.shuffled.accuracies[-1] > 0.85
