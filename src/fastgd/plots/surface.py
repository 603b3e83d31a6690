"""Pictures of the cost surface: planes as maps and as relief, lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastgd.plots.style import ACCENT, SECOND, axes_or_new, figure_of, new_figure, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fastgd.landscape import Line, Plane, Projection

LEVELS = 24


def cost_plane(
    plane: Plane,
    path: Projection | None = None,
    *,
    labels: tuple[str, str] = ("a, along u", "b, along v"),
    title: str = "The cost on a plane through theta-space",
    ax: Axes | None = None,
) -> Axes:
    """The cost on a plane as a contour map, with a projected path over it.

    The path's points are coloured by their own cost on the map's scale: where one differs
    from the ground below it, the descent was off the plane there.

    Parameters
    ----------
    plane : Plane
    path : Projection or None
        What `landscape.project` gives.
    labels : (str, str)
        Of the two axes.
    title : str
    ax : Axes or None

    Returns
    -------
    Axes

    Examples
    --------
    >>> from fastgd import landscape
    >>> bowl = landscape.plane(lambda t: float(t @ t), [0.0, 0], [1.0, 0], [0, 1.0], resolution=9)
    >>> cost_plane(bowl).get_xlabel()
    'a, along u'
    """
    from matplotlib.colors import BoundaryNorm

    ax = axes_or_new(ax, 6.8, 5.2)
    low, high = float(plane.costs.min()), float(plane.costs.max())
    if path is not None:
        low, high = min(low, path.costs.min()), max(high, path.costs.max())
    levels, ticks, name = contour_levels(low, high)
    # One colour a level, the levels at equal ratios: else the valley's floor is all one colour.
    norm = BoundaryNorm(levels, 256)
    ground = ax.contourf(plane.a, plane.b, plane.costs, levels, cmap="viridis", norm=norm)
    ax.contour(plane.a, plane.b, plane.costs, levels, colors="white", linewidths=0.3, alpha=0.4)
    scale = figure_of(ax).colorbar(ground, ax=ax, label=name, ticks=ticks, spacing="uniform")
    scale.ax.set_yticklabels([f"{tick:.2g}" for tick in ticks])
    if path is not None:
        ax.plot(path.a, path.b, color="white", linewidth=1.2, zorder=3)
        ax.scatter(path.a, path.b, c=path.costs, s=26, edgecolors="white", linewidths=0.9,
                   cmap="viridis", norm=norm,
                   zorder=4, label="descent, coloured by its true cost")  # fmt: skip
        ax.plot(path.a[0], path.b[0], "o", color="white", markersize=9, zorder=5,
                markeredgecolor="black", label="start")  # fmt: skip
        ax.plot(path.a[-1], path.b[-1], "*", color="white", markersize=15, zorder=5,
                markeredgecolor="black", label="end")  # fmt: skip
        far = float(path.distances.max())
        ax.legend(
            title=f"up to {far:.2g} away from the plane", title_fontsize=8, fontsize=8,
            facecolor="#555555", labelcolor="white", framealpha=0.75, loc="best",
        ).get_title().set_color("white")  # fmt: skip
    else:
        ax.plot(0, 0, "+", color="white", markersize=10, markeredgewidth=1.5)
    ax.set(xlabel=labels[0], ylabel=labels[1])
    ax.set_title(title, fontsize=11)
    return ax


def contour_levels(low: float, high: float) -> tuple[NDArray[Any], NDArray[Any], str]:
    """Contour levels, those of them to name, and what the scale is called."""
    if low > 0 and high > 4 * low:
        levels, name = np.geomspace(low, high, LEVELS + 1), "cost (logarithmic scale)"
    else:
        levels, name = np.linspace(low, high if high > low else low + 1, LEVELS + 1), "cost"
    return levels, levels[:: LEVELS // 6], name


def cost_relief(
    plane: Plane,
    path: Projection | None = None,
    *,
    labels: tuple[str, str] = ("a", "b"),
    title: str = "The cost surface",
    ax: Axes | None = None,
) -> Axes:
    """The cost on a plane as a surface in three dimensions; the path at its true height.

    Parameters as for `cost_plane`; `ax`, where given, has projection "3d".

    Examples
    --------
    >>> from fastgd import landscape
    >>> bowl = landscape.plane(lambda t: float(t @ t), [0.0, 0], [1.0, 0], [0, 1.0], resolution=9)
    >>> cost_relief(bowl).name
    '3d'
    """
    drawn: Any = new_figure(6.8, 5.4).add_subplot(projection="3d") if ax is None else ax
    if getattr(drawn, "name", "") != "3d":
        raise ValueError('ax: expected axes with projection "3d"')
    a, b = np.meshgrid(plane.a, plane.b)
    drawn.plot_surface(a, b, plane.costs, cmap="viridis", rcount=60, ccount=60, linewidth=0,
                       alpha=0.85, antialiased=True)  # fmt: skip
    if path is not None:
        lift = 0.01 * float(np.ptp(plane.costs))
        drawn.plot(path.a, path.b, path.costs + lift, "-o", color="#d02020", markersize=3,
                   linewidth=1.5, zorder=10, label="descent, at its true cost")  # fmt: skip
        drawn.legend(loc="upper left", fontsize=8)
    drawn.set(xlabel=labels[0], ylabel=labels[1], title=title)
    drawn.set_zlabel("cost")
    drawn.locator_params(nbins=5)
    drawn.tick_params(labelsize=8)
    drawn.view_init(elev=32, azim=-58)
    drawn.set_box_aspect((1.2, 1.2, 0.9), zoom=1.0)
    made: Axes = drawn
    return made


def cost_line(
    line: Line,
    *,
    label: str = "t",
    title: str = "The cost on a line through theta-space",
    ax: Axes | None = None,
) -> Axes:
    """The cost on a line; along the negative gradient, t is the learning rate.

    Parameters
    ----------
    line : Line
    label : str
        Of the axis.
    title : str
    ax : Axes or None

    Examples
    --------
    >>> from fastgd import landscape
    >>> found = landscape.line(lambda t: float(t @ t), [0.0, 1], [1.0, 0])
    >>> cost_line(found).get_ylabel()
    'cost'
    """
    ax = axes_or_new(ax)
    ax.plot(line.t, line.costs, color=ACCENT)
    lowest = int(line.costs.argmin())
    ax.plot(line.t[lowest], line.costs[lowest], "o", color=SECOND,
            label=f"lowest: {line.costs[lowest]:.3g} at {line.t[lowest]:.3g}")  # fmt: skip
    if line.t[0] <= 0 <= line.t[-1]:
        here = float(np.interp(0, line.t, line.costs))
        ax.plot(0, here, "o", color="black", label=f"theta: {here:.3g}")
    ax.set(xlabel=label, ylabel="cost")
    ax.set_title(title, fontsize=11)
    ax.legend(fontsize=8)
    plain(ax)
    return ax
