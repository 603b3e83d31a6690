"""A picture of a digit becomes a network's inputs, as MNIST's makers made theirs.

Files are opened elsewhere; `explore/ink.js` is the same rule for the page's canvas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def digit_inputs(picture: Any, *, side: int = 28) -> NDArray[np.uint8] | None:
    """Turn a picture of a digit into what a network reads.

    Parameters
    ----------
    picture : array_like of uint8, shape (H, W), (H, W, 3) or (H, W, 4), or PIL.Image.Image
        Grey, RGB, or RGB with alpha; ink of any colour on paper of another.
    side : int
        Rows and columns of pixels that the network takes; 28 for 784 inputs.

    Returns
    -------
    ndarray, shape (side**2,), uint8, or None
        Ink is bright, paper 0. None where the picture is blank.
    """
    raise NotImplementedError
