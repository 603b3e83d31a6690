"""Puts what the page trains on, and the plane it is seen on, into few bytes.

`view.js` takes them apart again. Pixels stay as they are: zlib makes an MNIST digit some 155 bytes.
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd.landscape import Plane

MOST_TRAINING = 3_000
MOST_TEST = 1_000


def packed_examples(
    X: ArrayLike,
    targets: ArrayLike,
    *,
    test: tuple[ArrayLike, ArrayLike] | None = None,
) -> dict[str, Any]:
    """The first `MOST_TRAINING` examples and the first `MOST_TEST` test examples, for JSON.

    Parameters
    ----------
    X : (n, n_inputs) array
        uint8 pixels, or reals; images may keep their rows: (n, rows, columns).
    targets : (n,) array of integers, or (n, n_outputs) array
        Labels from 0 to 255, or the numbers that the outputs should be.
    test : tuple (X, targets) or None
        Others, of the same kinds, to be measured on.

    Returns
    -------
    dict
        ``pixels`` or ``reals`` (deflated, base64; training examples first), ``labels`` or
        ``targets`` (base64; reals are little-endian float32), ``n_train``.

    Raises
    ------
    ValueError
        Where there are no examples, as many targets as examples are missing, a label is above
        255, or the test examples are of another kind.

    Examples
    --------
    >>> import fastgd
    >>> sample = fastgd.datasets.digits()
    >>> packed = packed_examples(sample.train_images, sample.train_labels)
    >>> packed["n_train"], len(packed["labels"]), len(packed["pixels"]) < 220 * 3000
    (3000, 4000, True)
    """
    kind, inputs, answers = as_kind("X", X, targets)
    inputs, answers = inputs[:MOST_TRAINING], answers[:MOST_TRAINING]
    n_train = len(inputs)
    if test is not None:
        other, more, their_answers = as_kind("test", *test)
        if other != kind or more.shape[1:] != inputs.shape[1:]:
            raise ValueError(
                f"test: {more.shape[1]} inputs as {' and '.join(other)}; the training examples "
                f"have {inputs.shape[1]} as {' and '.join(kind)}"
            )
        inputs = np.concatenate([inputs, more[:MOST_TEST]])
        answers = np.concatenate([answers, their_answers[:MOST_TEST]])
    deflated = zlib.compress(inputs.tobytes(), 9)
    return {
        kind[0]: base64.b64encode(deflated).decode(),
        kind[1]: base64.b64encode(answers.tobytes()).decode(),
        "n_train": n_train,
    }


def as_kind(
    name: str, X: ArrayLike, targets: ArrayLike
) -> tuple[tuple[str, str], NDArray[Any], NDArray[Any]]:
    """What the page calls these inputs and targets, and both as it reads them."""
    inputs, answers = np.asarray(X), np.asarray(targets)
    if inputs.ndim < 2 or not len(inputs) or len(inputs) != len(answers):
        raise ValueError(
            f"{name}: expected examples (n, n_inputs) and n targets, got {inputs.shape} "
            f"and {answers.shape}"
        )
    inputs = inputs.reshape(len(inputs), -1)
    pixels = inputs.dtype == np.uint8
    labels = answers.ndim == 1 and np.issubdtype(answers.dtype, np.integer)
    if labels and not 0 <= answers.min() <= answers.max() <= 255:
        raise ValueError(f"{name}: labels from {answers.min()} to {answers.max()}; at most 255")
    return (
        ("pixels" if pixels else "reals", "labels" if labels else "targets"),
        np.ascontiguousarray(inputs, np.uint8 if pixels else "<f4"),
        np.ascontiguousarray(answers, np.uint8 if labels else "<f4"),
    )


def packed_plane(plane: Plane) -> dict[str, Any]:
    """A plane's costs as float32, its center and directions as int16 times a scale, for JSON.

    The page's a and b go from -1 to 1: u and v reach to the plane's edges.

    Parameters
    ----------
    plane : Plane
        As many costs along a as along b.

    Returns
    -------
    dict
        ``side`` (costs along an edge), ``costs`` (base64), and ``center``, ``u``, ``v``, each
        ``scale`` and ``numbers`` (base64).

    Examples
    --------
    >>> import numpy as np
    >>> from fastgd import landscape
    >>> ground = landscape.plane(lambda t: float(t @ t), [0.0, 0], [1.0, 0], [0, 1.0], resolution=3)
    >>> packed_plane(ground)["u"]["scale"] * 32767
    1.0
    """
    return {
        "side": len(plane.a),
        "costs": base64.b64encode(plane.costs.astype("<f4").tobytes()).decode(),
        "center": as_int16(plane.center),
        "u": as_int16(plane.u * plane.a[-1]),
        "v": as_int16(plane.v * plane.b[-1]),
    }


def as_int16(values: NDArray[Any]) -> dict[str, Any]:
    """{scale, numbers}: each value within scale / 2 of scale times its number."""
    scale = float(np.abs(values).max()) / 32767 or 1.0
    numbers = np.rint(np.asarray(values, np.float64) / scale).astype("<i2")
    return {"scale": scale, "numbers": base64.b64encode(numbers.tobytes()).decode()}
