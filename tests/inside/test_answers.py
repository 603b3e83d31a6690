"""`inside.answers`: answers and mistakes of networks small enough to check."""

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
    assert found.label is None
    assert inside.mess(DIGITS, untrained, trained, image, 3).label == 3
    with pytest.raises(ValueError, match="image has 783 numbers; a 784-16-16-10 network takes 784"):
        inside.mess(DIGITS, untrained, trained, image.ravel()[1:])


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


def test_typical_mistakes_are_those_of_the_middle() -> None:
    given = LINEAR, IDENTITY, X, LABELS
    assert inside.typical_mistakes(*given, 1).rows.tolist() == [1]  # of costs 9, 0.8 and 0.61
    assert inside.typical_mistakes(*given, 2).rows.tolist() == [2, 1]
    assert inside.typical_mistakes(*given, 9).rows.tolist() == [2, 1, 3]
    assert inside.typical_mistakes(*given, 1).n_wrong == 3


def test_one_output_tells_two_classes_apart() -> None:
    network = fastgd.Network((1, 1), output_activation="identity")
    theta, inputs, labels = [1.0, 0.0], [[0.1], [0.7], [0.4], [0.9]], [0, 1, 1, 0]
    assert inside.confusion(network, theta, inputs, labels).tolist() == [[1, 1], [1, 1]]
    assert inside.accuracy(network, theta, inputs, labels) == 0.5
    worst = inside.worst_mistakes(network, theta, inputs, labels)
    assert worst.rows.tolist() == [3, 2]
    np.testing.assert_allclose(worst.costs, [0.81, 0.36])
    with pytest.raises(ValueError, match="labels: expected 0 to 1, got 0 to 2"):
        inside.accuracy(network, theta, inputs, [0, 1, 1, 2])


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
