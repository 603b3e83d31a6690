"""Whether a network has learned anything: its cost beside that of a constant prediction.

What stands in the way is read off the layers' answers: dead relus, saturated neurons, targets
that the outputs cannot reach, inputs that hardly differ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._engine.arrays import as_theta, is_one_hot
from fastgd.cost import Cost, as_cost
from fastgd.network import Network

# Share of the best constant prediction's cost that must be gained to count as learned. On the
# plateau around that prediction the digits' network gains 0.3 to 3 % in an epoch or fifty; off
# it, 36 to 49 % in its first epoch of batches of 10.
LEAST_SKILL = 0.05
# Answers whose standard deviation is s of the targets' gain at most 2 s - s^2.
CONSTANT = LEAST_SKILL / 2
# f' below this counts as saturated: a step moves hardly anything.
FLAT = 1e-3
# Share of a layer's activations that are saturated where the layer is called that.
NEARLY_ALL = 0.99
# What a first layer's activations differ by, at most, where the inputs hardly differ.
ALIKE = 0.01
# (lowest, highest) output, and f' from a
REACH = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, math.inf)}
EVERYTHING = (-math.inf, math.inf)
BEST = "that of the best constant prediction,"


@dataclass(frozen=True)
class Learning:
    """Whether a network has learned, why that is said, and what to try; true where it has.

    Printed, it is reason and advice as sentences.
    """

    learned: bool
    reason: str
    """Half a sentence: "it answers class 3 to every example: a constant prediction"."""
    advice: str
    """Half a sentence that names arguments of `gradient_descent` and `Network`; "" where there is
    nothing to try."""
    cost: float
    """At theta; NaN where it is not finite."""
    constant_cost: float
    """Of the best constant prediction: the targets' mean, as far as outputs can reach it."""
    skill: float
    """1 - cost / constant_cost: 1 is perfect, 0 the best constant; NaN where one of them is not
    to be had."""
    predicted: float
    """Share of the classes among the targets that are ever predicted; NaN for regression."""

    def __bool__(self) -> bool:
        return self.learned

    def __str__(self) -> str:
        said = [self.reason, self.advice]
        return " ".join(f"{words[0].upper()}{words[1:]}." for words in said if words)


def has_learned(cost: Cost, theta: ArrayLike, *, names: Sequence[str] | None = None) -> Learning:
    """Say whether a network has learned more than to answer the same to everything.

    The best answer that ignores its input is the targets' mean; its cost is their variance. A
    network has learned where its own cost is at least 5 % lower (for one output that is R^2 of
    at least 0.05; for classes, a Brier skill score). What lies between is a network that has
    hardly left the plateau where descents dwell, or inputs that tell hardly anything.

    Parameters
    ----------
    cost : Cost
        Of the training examples; on others it tells whether what was learned holds there.
    theta : (n_parameters,) array
        It may hold NaN or infinity.
    names : sequence of str or None
        What the outputs are called; None: "class 0", "class 1", ...

    Returns
    -------
    Learning

    Raises
    ------
    TypeError, ValueError
        Where `cost` is no `Cost`, theta is not one of its network, or `names` are not one for each
        output.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((2, 3, 1))
    >>> xor = fastgd.Cost(net, [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]],
    ...                   [[0.0], [1.0], [1.0], [0.0]])
    >>> theta = net.random_theta(rng=0)
    >>> print(has_learned(xor, theta))
    Its cost of 0.265 is above that of the best constant prediction, 0.25. Try more epochs, a \
smaller batch_size, another learning_rate, or activation="tanh".
    >>> there = fastgd.gradient_descent(xor, theta, learning_rate=5.0, epochs=5000, tol=0).theta
    >>> bool(has_learned(xor, there))
    True
    """
    network = as_cost(cost).network
    own = as_theta(theta, network.n_parameters, network)
    if names is not None and len(names) != network.n_outputs:
        raise ValueError(f"names: expected {network.n_outputs}, one an output, got {len(names)}")
    targets = Targets.of(cost)
    bad = int(np.count_nonzero(~np.isfinite(own)))
    value = math.nan if bad else cost(own)
    if not math.isfinite(value):
        what = f"theta has {bad} entries that are" if bad else "the cost is"
        return Learning(
            False, f"{what} not finite: the descent has diverged",
            "try a smaller learning_rate, or inputs scaled to about -1 to 1",
            math.nan, targets.constant_cost, math.nan, math.nan,
        )  # fmt: skip
    activations = cost.activations(own)
    read = targets.classes_of(activations[-1])
    predicted = math.nan if read is None else len(targets.present & read) / len(targets.present)
    if targets.constant_cost == 0:  # and no skill to speak of
        return Learning(
            True, "all targets are the same: there is nothing to learn but a constant", "",
            value, 0.0, math.nan, predicted,
        )  # fmt: skip
    skill = 1 - value / targets.constant_cost
    if skill >= LEAST_SKILL:
        beside = f"{100 * skill:.0f} % below {BEST} {targets.constant_cost:.3g}"
        reason = f"its cost of {value:.3g} is {beside}"
        missed = sorted(targets.present - read) if read is not None else []
        if missed:
            reason += f"; it never answers {listed(missed, names)}"
        advice = "try more epochs" if missed else ""
        return Learning(True, reason, advice, value, targets.constant_cost, skill, predicted)
    answers = what_it_answers(targets, activations[-1], value, skill)
    if read and len(read) == 1 and network.n_outputs > 1:
        answers = f"it answers {listed(read, names)} to every example: a constant prediction"
    cause, advice = what_hinders(cost, activations, targets)
    if not cause:
        advice = where_to_go(network, skill)
    reason = "; ".join(filter(None, (answers, cause)))
    return Learning(False, reason, advice, value, targets.constant_cost, skill, predicted)


@dataclass(frozen=True)
class Targets:
    """What a cost's outputs should be, and what the best constant prediction costs.

    Attributes
    ----------
    Y : (n, n_outputs) array
    weight : (n,) array or None
    reach : (float, float)
        Lowest and highest output.
    constant_cost : float
        The variance around their mean, or around the nearest that outputs can reach.
    present : set of float
        The classes among them; empty for regression.
    """

    Y: NDArray[Any]
    weight: NDArray[Any] | None
    reach: tuple[float, float]
    constant_cost: float
    present: set[float]

    @classmethod
    def of(cls, cost: Cost) -> Targets:
        """Those of a cost."""
        Y, weight = cost.targets, cost.sample_weight
        reach = REACH.get(cost.network.output_activation, EVERYTHING)
        # Rounded, the mean of numbers that are all the same may be another number.
        mean = Y[0] if (Y[0] == Y).all() else mean_of(Y, weight)
        constant = np.clip(mean, *reach)
        return cls(Y, weight, reach, mean_square(Y - constant, weight), classes_in(Y))

    def classes_of(self, outputs: NDArray[Any]) -> set[float] | None:
        """The classes that outputs (n, n_outputs) name; None for regression."""
        if not self.present:
            return None
        if outputs.shape[1] > 1:
            return set(np.unique(outputs.argmax(1)).tolist())
        low, high = self.Y.min(), self.Y.max()
        return set(np.unique(np.where(outputs > (low + high) / 2, high, low)).tolist())

    def deviation_of(self, outputs: NDArray[Any]) -> float:
        """The outputs' standard deviation over examples, in the targets'."""
        off = outputs - mean_of(outputs, self.weight)
        return math.sqrt(mean_square(off, self.weight) / self.constant_cost)

    def least_cost(self) -> float:
        """Of outputs that are as near the targets as they can be."""
        return mean_square(self.Y - np.clip(self.Y, *self.reach), self.weight)


def mean_square(off: NDArray[Any], weight: NDArray[Any] | None) -> float:
    """The mean over examples of |off|^2: what predictions that are `off` cost."""
    return float(mean_of(np.square(off, dtype=np.float64), weight).sum())


def mean_of(values: NDArray[Any], weight: NDArray[Any] | None) -> NDArray[np.float64]:
    """The (weighted) mean over examples, (n_columns,) float64."""
    if weight is None:
        return np.asarray(values.mean(0, dtype=np.float64))
    total = np.multiply(values, weight[:, None], dtype=np.float64).sum(0)
    return np.asarray(total / weight.sum(dtype=np.float64))


def classes_in(Y: NDArray[Any]) -> set[float]:
    """Those of one-hot rows, by number; the two values of one output; none where it is neither."""
    if Y.shape[1] == 1:
        values = set(np.unique(Y).tolist())
        return values if len(values) == 2 else set()
    if not is_one_hot(Y):
        return set()
    return set(np.unique(Y.argmax(1)).tolist())


def what_it_answers(targets: Targets, outputs: NDArray[Any], value: float, skill: float) -> str:
    """What an observer sees of a network that has not learned."""
    if targets.deviation_of(outputs) <= CONSTANT:
        what = f"about {outputs.mean():.2g}" if outputs.shape[1] == 1 else "nearly the same"
        return f"it answers {what} to every example: a constant prediction"
    beside = f"{BEST} {targets.constant_cost:.3g}"
    if skill < 0:
        return f"its cost of {value:.3g} is above {beside}"
    return f"its cost of {value:.3g} is only {100 * skill:.1f} % below {beside}"


def what_hinders(
    cost: Cost, activations: Sequence[NDArray[Any]], targets: Targets
) -> tuple[str, str]:
    """(What keeps the network from learning, what to try); two empty words where nothing does."""
    network = cost.network
    if targets.least_cost() > (1 - LEAST_SKILL) * targets.constant_cost:
        low, high = targets.reach
        end = f"{low:g} to {high:g}" if math.isfinite(high) else f"{low:g} and above"
        return (
            f"the targets lie beyond what {network.output_activation} outputs can reach, {end}",
            'try output_activation="identity", or scaled targets',
        )
    # Pixels are scaled by 255 at the door.
    scaled = "" if "uint8" in cost.layout else ", or inputs scaled to about -1 to 1"
    layers = [*(f"hidden layer {i + 1}" for i in range(len(activations) - 1)), "the output layer"]
    for name, f, a in zip(layers, network.layer_activations, activations, strict=True):
        if f == "relu" and not a.any():
            other = "output_activation" if a is activations[-1] else "activation"
            return (
                f"every relu of {name} is dead: 0 for every example",
                f'try a smaller learning_rate from a new start{scaled}, or {other}="tanh"',
            )
        if saturated(f, a) >= NEARLY_ALL:
            return (
                f"{name} is saturated: its {f} is flat there and passes no gradient on",
                f"try a smaller learning_rate from a new start{scaled}",
            )
    if len(activations) > 1 and float(np.ptp(activations[0], 0).max()) < ALIKE:
        return (
            "hidden layer 1 hardly tells the inputs apart",
            "try inputs scaled to about -1 to 1 (uint8 are pixels: p means p/255)",
        )
    return "", ""


def where_to_go(network: Network, skill: float) -> str:
    """What to try where nothing is broken: off a plateau, or down from high above."""
    tries = ["more epochs", "a smaller batch_size"]
    tries.append("another learning_rate" if skill < 0 else "a higher learning_rate")
    if "sigmoid" in network.layer_activations[:-1]:
        tries.append('activation="tanh"')
    return f"try {', '.join(tries[:-1])}, or {tries[-1]}"


def saturated(f: str, a: NDArray[Any]) -> float:
    """Share of the activations where f is flat."""
    if f == "sigmoid":
        slope = a * (1 - a)
    elif f == "tanh":
        slope = 1 - a * a
    else:
        return 0.0
    return float((slope < FLAT).mean())


def listed(classes: set[float] | list[float], names: Sequence[str] | None) -> str:
    """ "class 3", "class 3 or 5", "class 3, 5 or 8"; "cat, dog or owl"."""
    numbers = sorted(classes)
    texts = [f"{n:g}" if names is None else names[int(n)] for n in numbers]
    kind = "class " if names is None else ""
    return kind + " or ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))
