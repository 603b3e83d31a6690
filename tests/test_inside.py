"""`inside` and `reading`: answers, parameters and mistakes of networks small enough to check."""

from __future__ import annotations

import numpy as np
import pytest

import fastgd
from fastgd import inside

DIGITS = fastgd.Network((784, 16, 16, 10))
LINEAR = fastgd.Network((2, 2), output_activation="identity")
IDENTITY = np.array([1.0, 0, 0, 1, 0, 0])


def test_mess_is_both_answers() -> None:
    untrained, trained = DIGITS.random_theta(rng=0), DIGITS.random_theta(rng=1)
    image = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    found = inside.mess(DIGITS, untrained, trained, image)
    np.testing.assert_allclose(found.untrained, DIGITS(untrained, image.ravel()), rtol=1e-5)
    np.testing.assert_allclose(found.trained, DIGITS(trained, image.ravel()), rtol=1e-5)
    assert (found.image == image.ravel()).all()
    with pytest.raises(ValueError, match="image has 783 numbers; a 784-16-16-10 network takes 784"):
        inside.mess(DIGITS, untrained, trained, image.ravel()[1:])


def test_every_entry_of_the_gradient_finds_its_parameter() -> None:
    network = fastgd.Network((3, 2, 4, 1))
    gradient = np.arange(1.0, network.n_parameters + 1)
    found = {n.index: n for n in inside.read_gradient(network, gradient, 100)}
    assert sorted(found) == list(range(network.n_parameters))
    for l, layer in enumerate(network.layers(gradient), 1):
        for j, (weights, bias) in enumerate(zip(*layer, strict=True)):
            for k, entry in [*enumerate(weights), (None, bias)]:
                nudge = found[int(entry) - 1]
                assert (nudge.layer, nudge.neuron, nudge.input) == (l, j, k)
                assert (nudge.amount, nudge.direction) == (-entry, "down")


def test_the_largest_entries_come_first() -> None:
    found = inside.read_gradient(LINEAR, [0.0, -5, 2, 0, 3, 0], 4)
    assert [n.index for n in found] == [1, 4, 2, 0]
    assert [n.direction for n in found] == ["up", "down", "down", "stay"]
    with pytest.raises(ValueError, match="k: expected an integer of at least 1"):
        inside.read_gradient(LINEAR, IDENTITY, 0)
    with pytest.raises(ValueError, match="theta has 5 entries"):
        inside.read_gradient(LINEAR, IDENTITY[1:])


def test_weight_grids() -> None:
    theta = DIGITS.random_theta(rng=0)
    first, _, last = DIGITS.layers(theta)
    assert (inside.weight_grids(DIGITS, theta).reshape(16, 784) == first.weights).all()
    assert inside.weight_grids(DIGITS, theta, 2).shape == (16, 4, 4)
    found = inside.weight_grids(DIGITS, theta, 3, shape=(2, 8))
    assert (found.reshape(10, 16) == last.weights).all()
    assert inside.weight_grids(LINEAR, IDENTITY).tolist() == [[[1, 0]], [[0, 1]]]
    with pytest.raises(ValueError, match="layer: expected 1 to 3, got 4"):
        inside.weight_grids(DIGITS, theta, 4)
    with pytest.raises(ValueError, match=r"shape: expected \(rows, columns\) of 784 inputs"):
        inside.weight_grids(DIGITS, theta, shape=(28, 27))


def test_noise_is_sorted_by_confidence_and_the_same_for_a_seed() -> None:
    theta = DIGITS.random_theta(rng=0)
    found = inside.noise(DIGITS, theta, 40, rng=1)
    assert (np.diff(found.confidence) <= 0).all()
    np.testing.assert_allclose(found.outputs, DIGITS(theta, found.images), rtol=1e-5)
    assert (found.answers == found.outputs.argmax(1)).all()
    assert (found.images == inside.noise(DIGITS, theta, 40, rng=1).images).all()


X = np.array([[0.9, 0.1], [0.2, 0.4], [1.0, 3.0], [0.6, 0.5]])
LABELS = [0, 0, 0, 1]


def test_confusion() -> None:
    assert inside.confusion(LINEAR, IDENTITY, X, LABELS).tolist() == [[1, 2], [1, 0]]


def test_worst_mistakes_come_costliest_first() -> None:
    found = inside.worst_mistakes(LINEAR, IDENTITY, X, LABELS, 2)
    assert found.rows.tolist() == [2, 1]  # costs 9, 0.8; example 3 (0.61) is beyond the two
    assert found.labels.tolist() == [0, 0]
    np.testing.assert_allclose(found.costs, [9.0, 0.8])
    assert (found.outputs == X[[2, 1]]).all()
    assert found.n_wrong == 3


def test_no_mistakes() -> None:
    found = inside.worst_mistakes(LINEAR, IDENTITY, X[:1], LABELS[:1])
    assert (len(found.rows), found.n_wrong) == (0, 0)


def test_labels_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"labels have shape \(3,\); there are 4 images"):
        inside.confusion(LINEAR, IDENTITY, X, LABELS[1:])
    with pytest.raises(ValueError, match="labels: expected 0 to 1, got 0 to 2"):
        inside.confusion(LINEAR, IDENTITY, X, [0, 1, 2, 0])
    with pytest.raises(TypeError, match="labels: expected integers"):
        inside.worst_mistakes(LINEAR, IDENTITY, X, [0.0, 1, 0, 0])
    with pytest.raises(ValueError, match="X has shape"):
        inside.worst_mistakes(LINEAR, IDENTITY, X[:, 1:], LABELS)
