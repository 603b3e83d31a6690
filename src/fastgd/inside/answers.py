"""What a network answers: to an image, to noise, to many labelled images, and where it errs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._brief import brief
from fastgd._checks import as_count
from fastgd.network import Network


class Mess(NamedTuple):
    """What an untrained and a trained network answer to the same image."""

    image: NDArray[Any]
    """(n_inputs,)"""
    untrained: NDArray[Any]
    """(n_outputs,) activations."""
    trained: NDArray[Any]
    """(n_outputs,) activations."""
    label: int | None = None
    """What the image is, where it was said."""

    def __repr__(self) -> str:
        return brief(self)


def mess(
    network: Network,
    untrained: ArrayLike,
    trained: ArrayLike,
    image: ArrayLike,
    label: int | None = None,
) -> Mess:
    """The mess that random weights answer, beside the trained answer to the same image.

    Parameters
    ----------
    network : Network
    untrained, trained : (n_parameters,) arrays
    image : (n_inputs,) array
        uint8 are pixels: p means p/255.
    label : int or None
        What the image is: then a picture can tell right from wrong.

    Returns
    -------
    Mess

    Raises
    ------
    TypeError, ValueError
        Where a theta or the image does not fit the network.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((2, 1))
    >>> mess(net, [0.0, 0, 0], [9.0, 9, 9], [0.0, 1.0]).untrained
    array([0.5])
    """
    shown = np.asarray(image).reshape(-1)
    if shown.size != network.n_inputs:
        raise ValueError(
            f"image has {shown.size} numbers; a {network} network takes {network.n_inputs}"
        )
    return Mess(shown, network(untrained, shown), network(trained, shown), label)


class Noise(NamedTuple):
    """Images of pure noise, and how sure of its answer the network is."""

    images: NDArray[np.uint8]
    """(n, n_inputs) pixels, each 0 to 255 with the same chance."""
    outputs: NDArray[Any]
    """(n, n_outputs); the most confident answer first."""

    @property
    def answers(self) -> NDArray[np.int64]:
        """(n,) the output that is highest."""
        return np.asarray(self.outputs.argmax(1))

    @property
    def confidence(self) -> NDArray[Any]:
        """(n,) that output's activation."""
        return np.asarray(self.outputs.max(1))

    def __repr__(self) -> str:
        return brief(self)


def noise(
    network: Network,
    theta: ArrayLike,
    n: int = 1000,
    rng: np.random.Generator | int | None = None,
) -> Noise:
    """What the network reads in pure noise: nothing taught it to say "this is no digit".

    Parameters
    ----------
    network : Network
    theta : (n_parameters,) array
    n : int
        Images.
    rng : Generator, int or None

    Returns
    -------
    Noise

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((784, 16, 16, 10))
    >>> found = noise(net, net.random_theta(rng=0), 50, rng=0)
    >>> found.images.shape, bool(found.confidence[0] >= found.confidence[-1])
    ((50, 784), True)
    """
    shape = (as_count("n", n), network.n_inputs)
    images = np.random.default_rng(rng).integers(0, 256, shape, np.uint8)
    outputs = network(theta, images)
    order = np.argsort(-outputs.max(1), kind="stable")
    return Noise(images[order], outputs[order])


def confusion(
    network: Network, theta: ArrayLike, images: Any, labels: ArrayLike
) -> NDArray[np.int64]:
    """How many examples of each class were read as which.

    Parameters
    ----------
    network : Network
    theta : (n_parameters,) array
    images : (n, n_inputs) array
    labels : (n,) integers

    Returns
    -------
    (n_classes, n_classes) int64 array
        ``[true, read]``; correct answers are on the diagonal. One output tells two classes
        apart: above 0.5 it is class 1.

    Raises
    ------
    TypeError, ValueError
        Where the arrays do not fit the network or one another.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((1, 2), output_activation="identity")
    >>> confusion(net, [1.0, -1.0, 0.0, 0.0], [[1.0], [-1.0], [2.0]], [0, 1, 1])
    array([[1, 0],
           [1, 1]])
    """
    outputs = network(theta, images)
    true, n_classes = checked_labels(labels, *outputs.shape), max(2, network.n_outputs)
    counts = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(counts, (true, read_out(outputs)), 1)
    return counts


def accuracy(network: Network, theta: ArrayLike, images: Any, labels: ArrayLike) -> float:
    """Share of the images whose highest output is their label.

    Parameters and errors as for `confusion`, which says what one output reads out.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((1, 2), output_activation="identity")
    >>> accuracy(net, [1.0, -1.0, 0.0, 0.0], [[1.0], [-1.0], [2.0], [3.0]], [0, 1, 1, 0])
    0.75
    """
    outputs = network(theta, images)
    return float((read_out(outputs) == checked_labels(labels, *outputs.shape)).mean())


class Mistakes(NamedTuple):
    """The examples a network gets wrong, the costliest first."""

    rows: NDArray[np.int64]
    """(k,) which examples."""
    labels: NDArray[np.int64]
    """(k,) what they are."""
    outputs: NDArray[Any]
    """(k, n_outputs) what the network answers."""
    costs: NDArray[np.float64]
    """(k,) each example's own cost."""
    n_wrong: int
    """Of all examples, not only of these."""

    def __repr__(self) -> str:
        return brief(self)

    def of(self, which: slice) -> Mistakes:
        """Some of them."""
        rows, labels, outputs, costs, n_wrong = self
        return Mistakes(rows[which], labels[which], outputs[which], costs[which], n_wrong)


def worst_mistakes(
    network: Network, theta: ArrayLike, images: Any, labels: ArrayLike, k: int = 20
) -> Mistakes:
    """The k misread examples of the highest cost.

    Parameters and errors as for `confusion`.

    Returns
    -------
    Mistakes

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((1, 2), output_activation="identity")
    >>> worst_mistakes(net, [1.0, -1.0, 0.0, 0.0], [[1.0], [-1.0], [2.0]], [0, 1, 1]).rows
    array([2])
    """
    found = mistakes_by_cost(network, theta, images, labels)
    return found.of(slice(as_count("k", k)))


def typical_mistakes(
    network: Network, theta: ArrayLike, images: Any, labels: ArrayLike, k: int = 20
) -> Mistakes:
    """The k misread examples whose cost is nearest the middle of all mistakes' costs.

    Parameters and errors as for `confusion`; the costliest first.

    Returns
    -------
    Mistakes

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((1, 2), output_activation="identity")
    >>> X = [[1.0], [2.0], [3.0]]
    >>> typical_mistakes(net, [1.0, -1.0, 0.0, 0.0], X, [1, 1, 1], 1).rows
    array([1])
    """
    found = mistakes_by_cost(network, theta, images, labels)
    first = max(0, (found.n_wrong - as_count("k", k)) // 2)
    return found.of(slice(first, first + k))


def mistakes_by_cost(
    network: Network, theta: ArrayLike, images: Any, labels: ArrayLike
) -> Mistakes:
    """All of them, the costliest first."""
    outputs = network(theta, images)
    true = checked_labels(labels, *outputs.shape)
    targets = true[:, None] if network.n_outputs == 1 else np.eye(network.n_outputs)[true]
    costs = ((outputs - targets) ** 2).sum(1, dtype=np.float64)
    wrong = np.flatnonzero(read_out(outputs) != true)
    rows = wrong[np.argsort(-costs[wrong], kind="stable")]
    return Mistakes(rows, true[rows], outputs[rows], costs[rows], len(wrong))


def read_out(outputs: NDArray[Any]) -> NDArray[np.int64]:
    """(n,) the class of each row of outputs: that of the highest, or whether one is above 0.5."""
    return np.asarray(outputs.argmax(1) if outputs.shape[1] > 1 else outputs[:, 0] > 0.5, np.int64)


def checked_labels(labels: ArrayLike, n_images: int, n_outputs: int) -> NDArray[np.int64]:
    """The labels as (n_images,) int64, each one of the outputs' numbers; of one output 0 or 1."""
    n_classes = max(2, n_outputs)
    found = np.asarray(labels)
    if found.dtype.kind not in "iu":
        raise TypeError(f"labels: expected integers, got dtype {found.dtype}")
    if found.shape != (n_images,):
        raise ValueError(f"labels have shape {found.shape}; there are {n_images} images")
    if found.size and not (found.min() >= 0 and found.max() < n_classes):
        raise ValueError(
            f"labels: expected 0 to {n_classes - 1}, got {found.min()} to {found.max()}"
        )
    return found.astype(np.int64)
