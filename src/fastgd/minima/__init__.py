"""Downhill, and where it ends: slopes around a point, descents from many starts, what a point is.

Everything is measured through `cost` alone: its value and its gradient. `plots` draws it.
"""

from fastgd.minima.slopes import Slopes, steepest
from fastgd.minima.starts import MultiStart, multi_start
from fastgd.minima.verdict import Verdict, is_minimum

__all__ = ["MultiStart", "Slopes", "Verdict", "is_minimum", "multi_start", "steepest"]
