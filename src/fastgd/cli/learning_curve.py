"""The learning curve in characters: cost by epoch, for training and validation examples.

Which series there are is left to the commands, and pictures of them to `plots`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def show_curve(to: Console, series: Mapping[str, Sequence[float]], *, first_epoch: int = 1) -> None:
    """Draw up to two series of costs, one value an epoch, no wider than the console.

    Parameters
    ----------
    to : rich.console.Console
        See `terminal.console`.
    series : mapping of str to sequence of float
        By name, such as ``{"training": costs, "validation": validation_costs}``. The first is
        drawn as a line, the second as dots. Values that are not finite are left out.
    first_epoch : int
        The number of the first value's epoch, where a descent was continued.
    """
    raise NotImplementedError
