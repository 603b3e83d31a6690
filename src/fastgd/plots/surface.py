"""Pictures of the cost surface: planes as maps, and lines. `relief` draws planes in 3-D."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from fastgd.plots.style import (
    ACCENT,
    LABEL,
    SECOND,
    SMALL,
    axes_or_new,
    drawn_on,
    figure_of,
    head,
    label_axes,
    plain,
    told_apart,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import BoundaryNorm
    from matplotlib.figure import Figure

    from fastgd.landscape import Line, Plane, Projection

LEVELS = 24
# Axes are drawn to scale where one direction is at most so many times as long as the other.
MOST_STRETCH = 4.0


@overload
def cost_plane(
    plane: Plane,
    path: Projection | None = ...,
    *,
    labels: tuple[str, str] = ...,
    title: str = ...,
    ax: None = ...,
) -> Figure: ...
@overload
def cost_plane(
    plane: Plane,
    path: Projection | None = ...,
    *,
    labels: tuple[str, str] = ...,
    title: str = ...,
    ax: Axes,
) -> Axes: ...
def cost_plane(
    plane: Plane,
    path: Projection | None = None,
    *,
    labels: tuple[str, str] = ("direction u", "direction v"),
    title: str = "The cost on a plane through theta-space",
    ax: Axes | None = None,
) -> Figure | Axes:
    """The cost on a plane as a contour map, with a projected path over it.

    The path's points are coloured by their own cost on the map's scale: where one differs
    from the ground below it, the descent was off the plane there. A note says how long 1 is
    in theta-space; both axes are drawn to one scale where neither direction is more than 4
    times as long as the other, and said not to be where one is.

    Parameters
    ----------
    plane : Plane
    path : Projection or None
        What `landscape.project` gives. None: a cross marks the plane's centre.
    labels : (str, str)
        What the directions are, such as `landscape.PathPlane.labels`.
    title : str
    ax : Axes or None

    Returns
    -------
    Figure, or the Axes given

    Examples
    --------
    >>> from fastgd import landscape
    >>> bowl = landscape.plane(lambda t: float(t @ t), [0.0, 0], [1.0, 0], [0, 1.0], resolution=9)
    >>> cost_plane(bowl).axes[0].get_xlabel()
    'direction u'
    """
    across, up = (float(np.linalg.norm(direction)) for direction in (plane.u, plane.v))
    true = max(across, up) <= MOST_STRETCH * min(across, up)
    ratio = up / across if true else 0.8
    wide = ratio < 0.6
    drawn = axes_or_new(ax, 7.2, 6.0 * ratio + 2.0 if wide else 5.6)
    scale = scale_of(plane, path)
    options: dict[str, Any] = {"cmap": "viridis", "norm": scale.norm}
    ground = drawn.contourf(plane.a, plane.b, plane.costs, scale.levels, **options)
    drawn.contour(plane.a, plane.b, plane.costs, scale.levels, colors="white", linewidths=0.3,
                  alpha=0.4)  # fmt: skip
    label_axes(drawn, *labels, ratio)
    bar = figure_of(drawn).colorbar(
        ground, ax=drawn, ticks=scale.ticks, spacing="uniform", aspect=26,
        location="bottom" if wide else "right",
    )  # fmt: skip
    bar.set_ticklabels(told_apart(scale.ticks), fontsize=SMALL)
    bar.minorticks_off()
    bar.set_label(scale.name, fontsize=LABEL)
    note = f"1 is {across:.3g} across and {up:.3g} up in theta-space, " + (
        "drawn to scale." if true else "not drawn to one scale."
    )
    if path is None:
        drawn.plot(0, 0, "+", color="white", markersize=11, markeredgewidth=1.8)
        name_point(drawn, (0, 0), (0, 1), f"the centre: cost {centre_cost(plane):.3g}")
    else:
        note = f"Dots: the descent, in the colour of its own cost. {off_plane(path)}\n{note}"
        drawn.plot(path.a, path.b, color="white", linewidth=1.2, zorder=3)
        drawn.scatter(path.a, path.b, c=path.costs, s=26, edgecolors="white", linewidths=0.9,
                      zorder=4, **options)  # fmt: skip
        points = np.transpose([path.a, path.b])
        for at, beside, mark, size, name in ((0, 1, "o", 9, "start"), (-1, -2, "*", 15, "end")):
            drawn.plot(*points[at], mark, color="white", markersize=size, zorder=5,
                       markeredgecolor="black")  # fmt: skip
            name_point(drawn, points[at], points[beside % len(points)],
                       f"{name}: cost {path.costs[at]:.3g}")  # fmt: skip
    drawn.set_aspect(ratio if true else "auto")
    head(drawn, title, note)
    return drawn_on(drawn, ax)


AWAY = {"left": 10, "center": 0, "right": -10}  # points, by where a text begins


def name_point(ax: Axes, at: Sequence[float], neighbour: Sequence[float], text: str) -> None:
    """Text beside a point, on the side with room and off the line to its neighbour."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    middle = (left + right) / 2
    side = "center" if at[0] == middle else "left" if at[0] < middle else "right"
    vertical = "top" if neighbour[1] > at[1] else "bottom"
    to_edge = at[1] - low if vertical == "top" else high - at[1]
    if to_edge < 0.15 * (high - low):
        vertical = "center"
    ax.annotate(
        text, (at[0], at[1]), (AWAY[side], {"top": -9, "bottom": 9, "center": 0}[vertical]),
        textcoords="offset points", ha=side, va=vertical,
        fontsize=SMALL, color="white", zorder=6,
        bbox={"boxstyle": "round,pad=0.25", "facecolor": "black", "alpha": 0.6, "linewidth": 0},
    )  # fmt: skip


def centre_cost(plane: Plane) -> float:
    """The cost nearest the plane's centre."""
    return float(plane.costs[np.abs(plane.b).argmin(), np.abs(plane.a).argmin()])


def off_plane(path: Projection) -> str:
    """How far a path goes from its plane."""
    far = float(path.distances.max())
    if far < 1e-6 * max(1.0, float(np.ptp(path.a)), float(np.ptp(path.b))):
        return "It lies in this plane."
    return f"It goes up to {far:.2g} off this plane."


class Scale(NamedTuple):
    """One scale of costs: contour levels, the ticks to name, what it is called, colours."""

    levels: NDArray[Any]
    ticks: list[float]
    name: str
    norm: BoundaryNorm
    logarithmic: bool


def scale_of(plane: Plane, path: Projection | None) -> Scale:
    """The scale that holds a plane and a path; logarithmic where costs differ by much."""
    from matplotlib.colors import BoundaryNorm
    from matplotlib.ticker import LogLocator, MaxNLocator

    low, high = float(plane.costs.min()), float(plane.costs.max())
    if path is not None:
        low, high = min(low, float(path.costs.min())), max(high, float(path.costs.max()))
    logarithmic = low > 0 and high > 4 * low
    high = high if high > low else low + 1
    if logarithmic:
        levels, name = np.geomspace(low, high, LEVELS + 1), "cost (logarithmic scale)"
        few, some, many = (1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7)
        subs = many if high < 15 * low else some if high < 2000 * low else few
        found = LogLocator(subs=subs).tick_values(low, high)
    else:
        levels, name = np.linspace(low, high, LEVELS + 1), "cost"
        found = MaxNLocator(7).tick_values(low, high)
    ticks = [float(tick) for tick in found if low <= tick <= high]
    # One colour a level, the levels at equal ratios: else the valley's floor is all one colour.
    return Scale(levels, ticks, name, BoundaryNorm(levels, 256), logarithmic)


@overload
def cost_line(line: Line, *, label: str = ..., title: str = ..., ax: None = ...) -> Figure: ...
@overload
def cost_line(line: Line, *, label: str = ..., title: str = ..., ax: Axes) -> Axes: ...
def cost_line(
    line: Line,
    *,
    label: str = "t, along u",
    title: str = "The cost on a line through theta-space",
    ax: Axes | None = None,
) -> Figure | Axes:
    """The cost on a line; along the negative gradient, t is the learning rate.

    Parameters
    ----------
    line : Line
    label : str
        Of the axis.
    title : str
    ax : Axes or None

    Returns
    -------
    Figure, or the Axes given

    Examples
    --------
    >>> from fastgd import landscape
    >>> found = landscape.line(lambda t: float(t @ t), [0.0, 1], [1.0, 0])
    >>> cost_line(found).axes[0].get_ylabel()
    'cost'
    """
    drawn = axes_or_new(ax)
    drawn.plot(line.t, line.costs, color=ACCENT, linewidth=1.8)
    lowest = int(line.costs.argmin())
    drawn.plot(line.t[lowest], line.costs[lowest], "D", color=SECOND,
               label=f"lowest: cost {line.costs[lowest]:.3g} at {line.t[lowest]:.3g}")  # fmt: skip
    if line.t[0] <= 0 <= line.t[-1]:
        here = float(np.interp(0, line.t, line.costs))
        drawn.plot(0, here, "o", color="black", label=f"here: cost {here:.3g} at 0")
    label_axes(drawn, label, "cost")
    drawn.margins(y=0.08)
    head(drawn, title)
    drawn.legend(fontsize=SMALL)
    plain(drawn)
    return drawn_on(drawn, ax)
