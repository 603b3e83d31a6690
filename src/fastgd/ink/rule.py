"""The rule, step by step: a picture of a digit becomes a network's inputs.

Files are opened elsewhere. `explore/ink.js` is the same rule for the page's canvas: what changes
here changes there, and `tests/ink/test_twin.py` holds one against the other, byte for byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fastgd._checks import as_count
from fastgd.ink.areas import averaged, box_of, longer_side, rounded
from fastgd.ink.looks import looked_at, part_of
from fastgd.ink.paper import distances, pixels_of
from fastgd.ink.places import (
    DIGIT,
    SIDE,
    as_mnist_has_it,
    centred,
    filled_up,
    with_full_contrast,
    with_mnist_s_contrast,
)
from fastgd.ink.strokes import with_wide_strokes

if TYPE_CHECKING:
    from numpy.typing import NDArray


def digit_inputs(picture: Any, *, side: int = SIDE) -> NDArray[np.uint8] | None:
    """Turn a picture of a digit into what a network reads.

    1. **Transparency.** Ink of one colour on transparent ground is the opaque part: alpha is the
       picture. Anything else that is partly transparent lies on paper: of the opaque border's
       colour, or black or white, whichever is farther from what is seen.
    2. **Paper** is the middle value (the median, channel by channel) of the outermost pixels. A
       pixel's distance from it in colour, the root mean square over channels, is its ink, whether
       it is darker or lighter.
    3. **MNIST's own.** Ink that fits into 20 x 20 of a picture's 28 x 28 (`side` by `side`)
       pixels, its centre of mass in the middle, stays as it is; only its contrast is stretched.
    4. **A look.** The picture is made at most 112 pixels long by averages over areas. A threshold
       half-way between the mean of what is above and of what is below it (Ridler and Calvard,
       1978) parts ink from paper. Contrast is stretched from paper's level and three times its
       deviation (both medians), 0, to the ink's ninth decile, 255. Less than 6 grey levels
       between the two is a blank picture.
    5. **Dirt.** Ink falls into pieces that touch. A piece with less than a twentieth of the
       largest one's ink is dirt, and with less than half of it where it comes in from the edge. A
       picture whose largest piece is less than 4 pixels long is blank.
    6. **A closer look**: steps 4 and 5 again, on the part of the picture that holds the digit.
    7. **Strokes** that would be thinner than 1.2 pixels of the network's are made 1.6 wide. MNIST's
       were written with a pen: 2 in 100 are thinner than 1.2, half are wider than 2.0.
    8. **Size.** The longer side becomes 20 pixels (of 28) by averages over areas, the other keeps
       its proportion. A digit more than 30 pixels long in the closer look ends at half the ink,
       a smaller one at the last pixel with a quarter of it. Averages are paler: of the former the
       brightest three tenths become 255, as a third are in MNIST; of the latter the brightest.
    9. **Place.** The centre of mass goes to the middle pixel (the 15th of 28), as far as the digit
       stays whole.

    After step 5, a digit that the edge of a picture of 28 x 28 cuts is one of MNIST's that slid
    over it: it keeps its size, and what is missing of 20 pixels is taken to weigh as much as what
    is there.

    Parameters
    ----------
    picture : array_like of uint8, shape (H, W), (H, W, 3) or (H, W, 4), or PIL.Image.Image
        Grey, RGB, or RGB with alpha; ink of any colour on paper of another.
    side : int
        Rows and columns of pixels that the network takes: 28 for 784 inputs.

    Returns
    -------
    ndarray, shape (side**2,), uint8, or None
        Ink is bright, paper 0. None where the picture is blank.

    Raises
    ------
    TypeError
        If `picture` is not of uint8, or `side` no integer.
    ValueError
        If it has another shape or no pixel, or `side` is less than 1.

    References
    ----------
    LeCun, Cortes and Burges, "The MNIST database of handwritten digits": "size normalized to fit
    in a 20x20 pixel box while preserving their aspect ratio ... centered in a 28x28 image by
    computing the center of mass of the pixels".

    Examples
    --------
    >>> import numpy as np
    >>> page = np.full((90, 120, 3), (250, 243, 220), np.uint8)  # cream
    >>> page[20:60, 30:40] = 20, 30, 110  # a stroke in dark blue, 40 high and 10 wide
    >>> inputs = digit_inputs(page).reshape(28, 28)
    >>> rows, columns = inputs.nonzero()
    >>> int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())
    (4, 23, 12, 16)
    >>> digit_inputs(page[60:]) is None
    True
    """
    side = as_count("side", side)
    away = distances(pixels_of(picture))
    as_it_is = as_mnist_has_it(away, side)
    if as_it_is is not None:
        return as_it_is
    look = looked_at(away)
    if look is None:
        return None
    digit = max(1, side * DIGIT // SIDE)
    cut = filled_up(look, digit) if away.shape == (side, side) else None
    if cut is not None:
        return centred(with_full_contrast(cut[0]), side, cut[1])
    look = looked_at(part_of(away, box_of(look), look.shape))
    if look is None:
        return None
    look = with_wide_strokes(look, digit)
    fine = 2 * longer_side(box_of(look)) > 3 * digit
    box = box_of(look, least=(int(look.max()) + 1) // (2 if fine else 4))
    scale = digit / longer_side(box)
    height, width = (
        max(1, rounded(scale * n)) for n in (box.bottom - box.top, box.right - box.left)
    )
    small = averaged(look[box.top : box.bottom, box.left : box.right], height, width)
    return centred(with_mnist_s_contrast(small) if fine else with_full_contrast(small), side)
