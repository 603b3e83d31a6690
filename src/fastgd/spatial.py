"""Do weights that look random as an image lie at random? A spatial statistic with its test.

Neighbouring weights that resemble one another make Moran's I positive; shuffled pixels say
how large it gets by chance.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._brief import brief
from fastgd._checks import as_count

__all__ = ["MoransI", "ever_lit", "morans_i"]


class MoransI(NamedTuple):
    """Moran's I of each grid, beside what shuffled pixels give."""

    statistic: NDArray[np.float64]
    """(n_grids,) about 0 at random, towards 1 where neighbours are alike, below 0 where unlike."""
    p_values: NDArray[np.float64]
    """(n_grids,) share of the shuffled grids, and itself, with an I at least as high."""
    shuffled_mean: NDArray[np.float64]
    """(n_grids,) mean I of the shuffled grids; -1 / (n_pixels - 1) is expected."""
    shuffled_deviation: NDArray[np.float64]
    """(n_grids,) their standard deviation."""
    n_pixels: int
    """Pixels that took part."""
    n_permutations: int

    def __repr__(self) -> str:
        return brief(self)


def ever_lit(images: ArrayLike) -> NDArray[np.bool_]:
    """Which inputs are ever other than 0: only their weights can have learned anything.

    Parameters
    ----------
    images : (n, n_inputs) array

    Returns
    -------
    (n_inputs,) bool array

    Examples
    --------
    >>> ever_lit([[0, 3, 0], [0, 0, 1]])
    array([False,  True,  True])
    """
    return np.asarray((np.asarray(images) != 0).any(axis=0))


def morans_i(
    grids: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    n_permutations: int = 999,
    rng: np.random.Generator | int | None = 0,
) -> MoransI:
    """Moran's I of each grid, with a permutation test against shuffled pixels.

    I = (n / s) sum_ij w_ij (x_i - m)(x_j - m) / sum_i (x_i - m)^2, with w_ij = 1 for pixels
    that share an edge, s the sum of all w_ij and m the mean (Moran, "Notes on continuous
    stochastic phenomena", 1950). The test is one-sided: are neighbours more alike than
    those of the same values laid out at random?

    Parameters
    ----------
    grids : (n_grids, rows, columns) or (rows, columns) array
        Such as `inside.weight_grids` gives.
    mask : (rows, columns) or (rows * columns,) bool array, or None
        Pixels that take part, such as `ever_lit` gives; None: all.
    n_permutations : int
        The smallest p-value there can be is 1 / (n_permutations + 1).
    rng : Generator, int or None

    Returns
    -------
    MoransI

    Raises
    ------
    ValueError
        Where shapes do not fit, a number is not finite, or the mask holds no two neighbours.

    Examples
    --------
    >>> slope = np.add.outer(np.arange(8), np.arange(8))
    >>> chess = slope % 2
    >>> found = morans_i([slope, chess], n_permutations=99)
    >>> found.statistic.round(2), found.p_values
    (array([ 0.86, -1.  ]), array([0.01, 1.  ]))
    """
    images = np.asarray(grids, np.float64)
    images = images[None] if images.ndim == 2 else images
    if images.ndim != 3 or not np.isfinite(images).all():
        raise ValueError(
            f"grids: expected finite numbers (n_grids, rows, columns), got {images.shape}"
        )
    shape = images.shape[1:]
    inside = np.ones(shape, bool) if mask is None else np.asarray(mask, bool)
    if inside.size != shape[0] * shape[1]:
        raise ValueError(f"mask has shape {inside.shape}; the grids are {shape}")
    inside = inside.reshape(shape)
    n = int(inside.sum())
    n_pairs = int((inside[1:] & inside[:-1]).sum() + (inside[:, 1:] & inside[:, :-1]).sum())
    if n_pairs == 0:
        raise ValueError("mask: expected at least two neighbouring pixels")
    n_permutations = as_count("n_permutations", n_permutations)
    generator = np.random.default_rng(rng)
    rows = []
    for image in images:
        deviation = image[inside] - image[inside].mean()
        squares = float((deviation**2).sum())
        if squares == 0:
            raise ValueError("grids: expected one where not all pixels are the same")
        laid_out = np.zeros((n_permutations + 1, *shape))
        laid_out[0][inside] = deviation
        laid_out[1:, inside] = generator.permuted(
            np.broadcast_to(deviation, (n_permutations, n)), axis=1
        )
        # sum_ij counts each pair twice, and so does s: the factors 2 cancel
        found = n / n_pairs * _neighbour_products(laid_out) / squares
        # an I that differs by rounding alone is a tie
        p = (found[1:] >= found[0] - 1e-12).sum() + 1
        rows.append((found[0], p / (n_permutations + 1), found[1:].mean(), found[1:].std()))
    columns = np.array(rows).T
    return MoransI(columns[0], columns[1], columns[2], columns[3], n, n_permutations)


def _neighbour_products(d: NDArray[Any]) -> NDArray[Any]:
    """Sum over pairs of neighbours of d_i d_j, for each grid; 0 outside the mask."""
    across = np.einsum("gij,gij->g", d[:, :, 1:], d[:, :, :-1])
    return np.asarray(across + np.einsum("gij,gij->g", d[:, 1:], d[:, :-1]))
