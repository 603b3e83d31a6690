"""One small network, its descent, and what there is to draw of them."""

from __future__ import annotations

import io

import numpy as np
import pytest

import fastgd
from fastgd import curves, inside, landscape, minima, spatial

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure

NETWORK = fastgd.Network((9, 4, 3))
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (40, 9)).astype(np.uint8)
LABELS = RNG.integers(0, 3, 40)
COST = fastgd.Cost(NETWORK, IMAGES, LABELS)
DESCENT = fastgd.gradient_descent(
    COST, NETWORK.random_theta(rng=0), learning_rate=1.0, batch_size=5, epochs=6, record=1, rng=0
)
assert DESCENT.path is not None
PATH = DESCENT.path
THETA = DESCENT.theta
GROUND = landscape.plane(COST, *landscape.principal_directions(PATH)[:3], resolution=9)
WALKED = landscape.project(GROUND, COST, PATH)
CURVES = curves.curves(COST, PATH, images=IMAGES, labels=LABELS)
MEMORISED = curves.memorise(NETWORK, IMAGES, LABELS, rng=0, learning_rate=1.0, epochs=3)
STARTS = minima.multi_start(COST, 3, rng=0, learning_rate=1.0, epochs=4, record=1)
GRIDS = inside.weight_grids(NETWORK, THETA)
WEIGHTS = [layer.weights for layer in NETWORK.layers(THETA)]
SHUFFLED = spatial.morans_i(GRIDS, n_permutations=9)
NUDGES = inside.read_gradient(NETWORK, COST.gradient(THETA), 5)


def png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
