"""Puts what the page trains on, and the plane it is seen on, into few bytes.

`view.js` takes them apart again. Pixels stay as they are: zlib makes a digit some 155 bytes.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike, NDArray

from fastgd.landscape import Plane

MOST_TRAINING = 3_000
MOST_TEST = 1_000


def packed_examples(
    X: NDArray[Any],
    targets: NDArray[Any],
    *,
    test: tuple[NDArray[Any], NDArray[Any]] | None = None,
) -> dict[str, Any]:
    """The first `MOST_TRAINING` examples and `MOST_TEST` test examples, for JSON.

    Parameters
    ----------
    X : (n, n_inputs) array
        uint8 pixels, or reals.
    targets : (n,) integer array or (n, n_outputs) array
        Labels, or the numbers that the outputs should be.
    test : tuple (X, targets) or None
        Others, alike, to be measured on.

    Returns
    -------
    dict
        ``pixels`` or ``reals`` (zlib and base64, training examples first), ``labels`` or
        ``targets`` (base64), ``n_train``.
    """
    raise NotImplementedError


def packed_plane(plane: Plane) -> dict[str, Any]:
    """A plane's costs as float32, its center and directions as int16 with a scale, for JSON.

    Returns
    -------
    dict
        ``side``, ``costs``, ``center``, ``u``, ``v``, all base64 but the side.
    """
    raise NotImplementedError
