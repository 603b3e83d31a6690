"""What is measured along a descent: cost, accuracy, steps, gradients; and memorising."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._brief import brief
from fastgd._checks import as_count
from fastgd._progress import Report, reporting
from fastgd.cost import Cost
from fastgd.descent import gradient_descent
from fastgd.inside import accuracy
from fastgd.network import Network

__all__ = ["Curves", "Memorising", "curves", "memorise"]


class Curves(NamedTuple):
    """Numbers along a recorded path."""

    costs: NDArray[np.float64]
    """(n,) at each point, over all examples."""
    gradient_norms: NDArray[np.float64]
    """(n,) Euclidean length of the gradient at each point."""
    step_lengths: NDArray[np.float64]
    """(n - 1,) distance from each point to the next."""
    accuracies: NDArray[np.float64] | None
    """(n,) share of the images read right; None where no images and labels were given."""
    test_costs: NDArray[np.float64] | None = None
    """(n,) over the images given, which were best not trained on; None where none were."""
    record: int = 1
    """Epochs from one point to the next."""

    @property
    def epochs(self) -> NDArray[np.int64]:
        """(n,) how many epochs were done at each point; 0 is the start."""
        return self.record * np.arange(len(self.costs))

    def __repr__(self) -> str:
        return brief(self)


def curves(
    cost: Any,
    path: ArrayLike,
    *,
    images: Any = None,
    labels: ArrayLike | None = None,
    record: int = 1,
    progress: bool | Report = False,
) -> Curves:
    """Cost, gradient, step and accuracy along a recorded descent.

    Parameters
    ----------
    cost : Cost, or any object with ``value_and_gradient(theta)``
    path : (n, n_parameters) array
        `Descent.path`.
    images : (n_examples, n_inputs) array or None
        To measure cost and accuracy on, best examples that were not trained on; needs a `Cost`.
    labels : (n_examples,) integers, or (n_examples, n_outputs) floats, or None
        What they are. Floats, as a regression has them, give a cost and no accuracy.
    record : int
        What `gradient_descent` was given: epochs from one point of the path to the next.
    progress : bool or callable
        True shows a bar on stderr; a callable gets ``(done, total)`` points.

    Returns
    -------
    Curves

    Raises
    ------
    TypeError, ValueError
        Where the path does not fit the cost, or the images do not fit the network.

    Examples
    --------
    >>> class Bowl:
    ...     def value_and_gradient(self, theta):
    ...         return float(theta @ theta), 2 * theta
    >>> found = curves(Bowl(), [[3.0, 4.0], [0.0, 0.0]])
    >>> found.costs, found.gradient_norms, found.step_lengths
    (array([25.,  0.]), array([10.,  0.]), array([5.]))
    """
    points = np.asarray(path)
    if points.ndim != 2 or len(points) == 0:
        raise ValueError(f"path has shape {points.shape}; expected (n, n_parameters)")
    if (images is None) != (labels is None):
        raise ValueError("images and labels: expected both or neither")
    if images is not None and not isinstance(cost, Cost):
        raise TypeError("images: only a fastgd.Cost has a network to show them to")
    record = as_count("record", record)
    test = None
    if labels is not None:
        test = Cost(cost.network, images, labels, n_threads=cost.n_threads)
    classes = labels is not None and np.asarray(labels).dtype.kind in "iu"
    costs, norms, accuracies, test_costs = (np.zeros(len(points)) for _ in range(4))
    with reporting(progress, "along the path") as report:
        for i, theta in enumerate(points):
            costs[i], gradient = cost.value_and_gradient(theta)
            norms[i] = np.sqrt(np.square(gradient, dtype=np.float64).sum())
            if test is not None:
                test_costs[i] = test(theta)
            if labels is not None and classes:
                accuracies[i] = accuracy(cost.network, theta, images, labels)
            if report is not None:
                report(i + 1, len(points))
    steps = np.sqrt(np.square(np.diff(points, axis=0), dtype=np.float64).sum(1))
    return Curves(
        costs, norms, steps, accuracies if classes else None,
        None if test is None else test_costs, record,
    )  # fmt: skip


class Memorising(NamedTuple):
    """Learning true labels beside learning shuffled ones, epoch after epoch."""

    true: Curves
    """Trained on the true labels; accuracies are on the examples trained on."""
    shuffled: Curves
    """Trained on the same labels in random order, where there is nothing to learn but each."""
    chance: float
    """Accuracy of always answering the commonest label."""

    def __repr__(self) -> str:
        return brief(self)


def memorise(
    network: Network,
    images: Any,
    labels: ArrayLike,
    rng: np.random.Generator | int | None = None,
    *,
    n_threads: int | None = None,
    progress: bool | Report = False,
    **options: Any,
) -> Memorising:
    """Train on true and on shuffled labels from the same start, and watch both.

    A network that can only memorise learns both equally fast; one that finds what digits
    have in common learns the true ones first and better (Arpit et al., "A closer look at
    memorization in deep networks", 2017). Few examples and many epochs show memorising:
    784-16-16-10 learns 500 shuffled digits in 1,000 epochs, but not 2,000 in 40.

    Parameters
    ----------
    network : Network
    images : (n, n_inputs) array
    labels : (n,) integers
    rng : Generator, int or None
        Draws the start, the shuffle and the orders of the examples.
    n_threads : int or None
    progress : bool or callable
        True shows a bar on stderr; a callable gets ``(done, total)``.
    **options
        For `gradient_descent`: learning_rate (needed), batch_size, epochs, record, ...

    Returns
    -------
    Memorising

    Raises
    ------
    TypeError, ValueError
        Where the arrays do not fit the network, or an option does not fit.

    Examples
    --------
    >>> import fastgd
    >>> sample = fastgd.datasets.digits()
    >>> net = fastgd.Network((784, 16, 10))
    >>> found = memorise(net, sample.train_images[:500], sample.train_labels[:500], rng=0,
    ...                  learning_rate=1.0, batch_size=10, epochs=10)
    >>> bool(found.true.accuracies[-1] > found.shuffled.accuracies[-1])
    True
    """
    generator = np.random.default_rng(rng)
    start = network.random_theta(rng=generator)
    true = np.asarray(labels)
    shuffled = generator.permutation(true)
    options = {"record": 1} | options
    found = []
    with reporting(progress, "true and shuffled labels") as report:
        streams = generator.spawn(2)
        for done, (given, stream) in enumerate(zip((true, shuffled), streams, strict=True), 1):
            cost = Cost(network, images, given, n_threads=n_threads)
            descent = gradient_descent(cost, start, rng=stream, **options)
            path = _recorded(descent.path)
            found.append(curves(cost, path, images=images, labels=given, record=options["record"]))
            if report is not None:
                report(done, 2)
    chance = np.bincount(true).max() / len(true)
    return Memorising(found[0], found[1], float(chance))


def _recorded(path: NDArray[Any] | None) -> NDArray[Any]:
    if path is None:
        raise ValueError("record: expected how often to keep theta, got None")
    return path
