"""The digits a command works on, and whether a network fits them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import fastgd

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_CLASSES = 10


def load_digits(arguments: Namespace) -> fastgd.datasets.Digits:
    """The digits of --data, or those that come with fastgd."""
    if arguments.data is None:
        return fastgd.datasets.digits()
    return fastgd.datasets.mnist(arguments.data)


def load_model_and_digits(
    arguments: Namespace, *, otherwise: str = ""
) -> tuple[fastgd.Model, fastgd.datasets.Digits]:
    """The model named and the digits of `load_digits`.

    Raises
    ------
    ValueError
        Where the model's network does not fit digits; ends with `otherwise`, what helps then.
    """
    model = fastgd.load(arguments.model)
    digits = load_digits(arguments)
    misfit = misfit_of(model.network.layer_sizes, digits)
    if misfit:
        raise ValueError(f"{arguments.model}: a {model.network} network; {misfit}{otherwise}")
    return model, digits


def misfit_of(layer_sizes: Sequence[int], digits: fastgd.datasets.Digits) -> str:
    """Why a network of these layer sizes cannot read the digits; empty where it can."""
    n_inputs = digits.test_images.shape[1]
    if (layer_sizes[0], layer_sizes[-1]) == (n_inputs, N_CLASSES):
        return ""
    return f"digits take {n_inputs} inputs and {N_CLASSES} outputs"


def first_three(digits: fastgd.datasets.Digits) -> NDArray[Any]:
    """The first 3 among the test digits: what is shown before and after training."""
    image: NDArray[Any] = digits.test_images[(digits.test_labels == 3).argmax()]
    return image
