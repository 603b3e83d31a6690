"""What there is to draw of a network: before and after training, on which examples, by what names.

Which pictures are drawn of it is left to `pictures` and `drawings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastgd.cost import Cost
from fastgd.network import Network
from fastgd.scaling import Standard, folded

if TYPE_CHECKING:
    from fastgd.datasets import Digits, Schema


@dataclass(frozen=True)
class View:
    """What there is to draw: a network before and after training, and examples.

    Parameters
    ----------
    network : Network
    untrained, theta : (n_parameters,) arrays
    digits : Digits
        Images or rows of a table, and their labels or numbers, to learn from and unseen.
    path : (n, n_parameters) array or None
        The descent from the one to the other, where it is known.
    learning_rate : float
        For the pictures that descend again.
    n_threads : int or None
    colors : {"lesson", "safe"}
    schema : Schema or None
        What the examples mean; None: images of digits.
    """

    network: Network
    untrained: NDArray[Any]
    theta: NDArray[Any]
    digits: Digits
    path: NDArray[Any] | None = None
    learning_rate: float = 0.5
    n_threads: int | None = None
    colors: str = "lesson"
    schema: Schema | None = None

    @cached_property
    def cost(self) -> Cost:
        """On the training examples."""
        return self.cost_of(self.digits.train_images, self.digits.train_labels)

    def cost_of(self, X: NDArray[Any], Y: NDArray[Any]) -> Cost:
        """On some examples."""
        return Cost(self.network, X, Y, n_threads=self.n_threads)

    @property
    def classes(self) -> Sequence[str] | None:
        """Names of the classes, where they have some."""
        return self.schema.classes if self.schema and self.schema.classes else None

    @property
    def inputs(self) -> Sequence[str] | None:
        """Names of the inputs, where they have some."""
        names = self.schema.inputs if self.schema else ()
        return names if len(names) == self.network.n_inputs else None

    @property
    def is_image(self) -> bool:
        """Whether the inputs are pixels of a square image."""
        n = self.network.n_inputs
        square = int(n**0.5 + 0.5) ** 2 == n
        return square and (self.schema is None or self.schema.pixels or bool(self.schema.shape))

    @property
    def is_regression(self) -> bool:
        """Whether the targets are numbers and no classes."""
        return self.schema is not None and self.schema.kind == "regression"

    @property
    def shown(self) -> int:
        """Which unseen example stands for all: the first 3 of digits, else the first."""
        if self.schema is None or self.classes == tuple("0123456789"):
            return int((np.asarray(self.digits.test_labels) == 3).argmax())
        return 0

    @property
    def both(self) -> tuple[tuple[str, NDArray[Any], str], ...]:
        """(suffix, theta, word) of the untrained and the trained network."""
        return (("-untrained", self.untrained, "Untrained"), ("", self.theta, "Trained"))

    @cached_property
    def scaled(self) -> View:
        """The same on standardised inputs, and numbers to predict: where a descent walks.

        Columns of a table have units of their own, and so have the weights on them: directions
        in theta-space mean something only where all inputs are alike. Pixels are.
        """
        digits = self.digits
        if digits.train_images.dtype == np.uint8:
            return self
        inputs = Standard.of(digits.train_images)
        outputs = Standard.of(column(digits.train_labels)) if self.is_regression else None
        X, X_test = inputs.transform(digits.train_images), inputs.transform(digits.test_images)
        Y, Y_test = digits.train_labels, digits.test_labels
        if outputs is not None:
            Y, Y_test = (outputs.transform(column(some)) for some in (Y, Y_test))

        def unfolded(theta: NDArray[Any]) -> NDArray[Any]:
            return folded(
                self.network, theta, inputs=inverse(inputs), outputs=outputs and inverse(outputs)
            )

        path = None if self.path is None else np.array([unfolded(theta) for theta in self.path])
        return replace(
            self, untrained=unfolded(self.untrained), theta=unfolded(self.theta), path=path,
            digits=type(digits)(X, Y, X_test, Y_test),
        )  # fmt: skip


def column(numbers: NDArray[Any]) -> NDArray[Any]:
    """(n, n_outputs) numbers to predict."""
    return numbers.reshape(len(numbers), -1)


def inverse(standard: Standard) -> Standard:
    """The one that takes numbers back: x -> x scale + mean."""
    return Standard(-standard.mean / standard.scale, 1 / standard.scale)
