"""The cost surface in three dimensions, with the descent above it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from fastgd.plots.style import (
    LABEL,
    QUIET,
    SMALL,
    TITLE,
    drawn_on,
    head_figure,
    new_figure,
    told_apart,
    wrapped,
)
from fastgd.plots.surface import off_plane, scale_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fastgd.landscape import Plane, Projection

PATH = "#e8402a"


@overload
def cost_relief(
    plane: Plane,
    path: Projection | None = ...,
    *,
    labels: tuple[str, str] = ...,
    title: str = ...,
    ax: None = ...,
) -> Figure: ...
@overload
def cost_relief(
    plane: Plane,
    path: Projection | None = ...,
    *,
    labels: tuple[str, str] = ...,
    title: str = ...,
    ax: Axes,
) -> Axes: ...
def cost_relief(
    plane: Plane,
    path: Projection | None = None,
    *,
    labels: tuple[str, str] = ("direction u", "direction v"),
    title: str = "The cost surface",
    ax: Axes | None = None,
) -> Figure | Axes:
    """The cost on a plane as a surface in three dimensions; the path at its true height.

    Height is the cost, on a logarithmic scale where costs differ by more than 4 times. A line
    drops from each point of the path to the surface: as long as the path is off the plane
    in cost there.

    Parameters as for `cost_plane`; `ax`, where given, has projection "3d".

    Examples
    --------
    >>> from fastgd import landscape
    >>> bowl = landscape.plane(lambda t: float(t @ t), [0.0, 0], [1.0, 0], [0, 1.0], resolution=9)
    >>> cost_relief(bowl).axes[0].name
    '3d'
    """
    from matplotlib.patheffects import withStroke

    drawn: Any = ax
    if ax is None:
        drawn = new_figure(7.2, 6.0).add_subplot(projection="3d", computed_zorder=False)
    if getattr(drawn, "name", "") != "3d":
        raise ValueError('ax: expected axes with projection "3d"')
    scale = scale_of(plane, path)

    def height(costs: NDArray[Any]) -> NDArray[Any]:
        return np.log10(costs) if scale.logarithmic else np.asarray(costs, np.float64)

    a, b = np.meshgrid(plane.a, plane.b)
    surface = height(plane.costs)
    drawn.plot_surface(a, b, surface, cmap="viridis", rcount=60, ccount=60, linewidth=0,
                       alpha=0.9, antialiased=True, zorder=1)  # fmt: skip
    note = ""
    if path is not None:
        z = height(path.costs)
        below = surface_below(plane, surface, path)
        for at in zip(path.a, path.a, path.b, path.b, z, below, strict=True):
            drawn.plot(at[:2], at[2:4], at[4:], color="black", linewidth=0.7, alpha=0.7, zorder=3)
        drawn.plot(path.a, path.b, z, "-o", color=PATH, markersize=3.5, linewidth=1.5, zorder=4)
        for i, mark, size, name in ((0, "o", 9, "   start"), (-1, "*", 15, "end")):
            drawn.plot(path.a[i], path.b[i], z[i], mark, color="white", markeredgecolor="black",
                       markersize=size, zorder=5)  # fmt: skip
            drawn.text(path.a[i], path.b[i], z[i], f"{name}: cost {path.costs[i]:.3g}   ",
                       fontsize=LABEL, zorder=6, ha="left" if i == 0 else "right",
                       va="bottom" if i == 0 else "top",
                       path_effects=[withStroke(linewidth=3, foreground="white")])  # fmt: skip
        note = (
            f"Red: the descent at its own cost; thin lines drop to the surface. {off_plane(path)}"
        )
    for name, label, side in (("x", labels[0], plane.a), ("y", labels[1], plane.b)):
        getattr(drawn, f"set_{name}label")(wrapped(label, 2.3, LABEL), fontsize=LABEL, labelpad=12)
        getattr(drawn, f"set_{name}lim")(side[0], side[-1])
    drawn.set_zlabel(scale.name, fontsize=LABEL, labelpad=6)
    drawn.locator_params(nbins=5)
    drawn.set_zticks(height(np.array(scale.ticks)), told_apart(scale.ticks))
    drawn.tick_params(labelsize=SMALL)
    drawn.view_init(elev=32, azim=-58)
    drawn.set_box_aspect((1.2, 1.2, 0.85), zoom=0.95)
    u, v = (float(np.linalg.norm(direction)) for direction in (plane.u, plane.v))
    note += f" Lengths along the two directions are drawn {max(u, v) / min(u, v):.2g} to 1."
    if ax is None:
        head_figure(drawn.figure, title)
    else:
        drawn.set_title(title, fontsize=TITLE)
    drawn.text2D(0.5, 1.0, wrapped(note.strip(), 6.0, SMALL), transform=drawn.transAxes,
                 ha="center", va="top", fontsize=SMALL, color=QUIET)  # fmt: skip
    return drawn_on(drawn, ax)


def surface_below(plane: Plane, surface: NDArray[Any], path: Projection) -> NDArray[Any]:
    """The surface's height under each point of a path, between its grid points bilinear."""
    heights = []
    for a, b in zip(path.a, path.b, strict=True):
        along = [np.interp(a, plane.a, row) for row in surface]
        heights.append(np.interp(b, plane.b, along))
    return np.array(heights)
