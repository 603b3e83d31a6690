"""One function a picture: arrays in, a matplotlib Figure out, or the Axes that `ax=` gave.

Every one of them draws what a plain function of fastgd returned; nothing is computed here.
There is no global state: no pyplot, no style. A notebook shows what comes back; elsewhere
save it::

    plots.cost_plane(plane).savefig("plane.png")

Axes given as `ax=` are drawn on and returned; 5 x 4 inches of a figure that arranges itself
(``layout="constrained"``) hold all words. Text has 8 points or more. Needs the extra ``plots``
(``pip install "fastgd[plots]"``).
"""

from fastgd.plots.answers import mess, mistakes, noise
from fastgd.plots.descent import descent_curves, memorising, slope_histogram, starts
from fastgd.plots.diagram import neurons
from fastgd.plots.grids import nudges, order_in_weights, weight_matrices, weights
from fastgd.plots.relief import cost_relief
from fastgd.plots.surface import cost_line, cost_plane
from fastgd.plots.sweeps import spread, sweep
from fastgd.plots.tables import confusion, decision_surface, predicted_against_true

__all__ = [
    "confusion",
    "cost_line",
    "cost_plane",
    "cost_relief",
    "decision_surface",
    "descent_curves",
    "memorising",
    "mess",
    "mistakes",
    "neurons",
    "noise",
    "nudges",
    "order_in_weights",
    "predicted_against_true",
    "slope_histogram",
    "spread",
    "starts",
    "sweep",
    "weight_matrices",
    "weights",
]
