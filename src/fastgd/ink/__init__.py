"""A picture of a digit becomes a network's inputs, as MNIST's makers made theirs.

`explore/ink.js` is the same rule for the page's canvas.
"""

from fastgd.ink.rule import digit_inputs

__all__ = ["digit_inputs"]
