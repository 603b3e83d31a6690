"""The cost surface as arrays: planes and lines through theta-space, and directions worth a look.

A cost of 13,002 parameters cannot be drawn, a plane through it can; `plots` draws what is
returned here.
"""

from fastgd.landscape.directions import (
    PathPlane,
    negative_gradient,
    parameter_directions,
    principal_directions,
    random_direction,
)
from fastgd.landscape.surface import Line, Plane, Projection, line, plane, project

__all__ = [
    "Line",
    "PathPlane",
    "Plane",
    "Projection",
    "line",
    "negative_gradient",
    "parameter_directions",
    "plane",
    "principal_directions",
    "project",
    "random_direction",
]
