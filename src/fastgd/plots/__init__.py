"""One function a picture: arrays in, matplotlib's Axes (or Figure, where there are several) out.

Every one of them draws what a plain function of fastgd returned; nothing is computed here.
There is no global state: no pyplot, no style, nothing shown. Save what comes back::

    plots.cost_plane(plane).figure.savefig("plane.png")

Needs the extra ``plots`` (``pip install "fastgd[plots]"``).
"""

from fastgd.plots.answers import confusion, mess, mistakes, noise, order_in_weights
from fastgd.plots.descent import descent_curves, memorising, slope_histogram, starts
from fastgd.plots.network import neurons, nudges, weights
from fastgd.plots.relief import cost_relief
from fastgd.plots.surface import cost_line, cost_plane

__all__ = [
    "confusion",
    "cost_line",
    "cost_plane",
    "cost_relief",
    "descent_curves",
    "memorising",
    "mess",
    "mistakes",
    "neurons",
    "noise",
    "nudges",
    "order_in_weights",
    "slope_histogram",
    "starts",
    "weights",
]
