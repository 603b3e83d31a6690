"""What a network is trained on and judged by, once scikit-learn has checked it."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from fastgd.estimators.library import train_test_split


class Examples(NamedTuple):
    """Examples, checked; each has a row."""

    X: Any
    """(n, n_inputs) array or CSR of float32 or float64"""
    y: NDArray[Any]
    """(n,) or (n, n_outputs), labels or numbers as the user gave them"""
    Y: NDArray[Any]
    """(n, n_outputs), what the outputs should be, in the dtype of X"""
    weight: NDArray[Any] | None
    """(n,)"""


def hold_out(
    examples: Examples, fraction: float, seed: int, strata: NDArray[Any] | None
) -> tuple[Examples, Examples]:
    """The examples to train on and a `fraction` to judge by: for one seed always the same.

    `strata` (n,) are shared out evenly.
    """
    given = [part for part in examples if part is not None]
    parts = train_test_split(*given, test_size=fraction, random_state=seed, stratify=strata)
    if parts[1].shape[0] < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of "
            "your dataset."
        )
    if examples.weight is None:
        parts += [None, None]
    elif not parts[-1].any():
        raise ValueError("The weights of the validation set are all 0. Increase its size.")
    return Examples(*parts[::2]), Examples(*parts[1::2])
