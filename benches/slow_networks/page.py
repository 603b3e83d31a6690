"""The page and the chart of shards that walk apart."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from benches.slow_networks.walks import BATCH_SIZE, NETWORK, End, Plan

TEXT = Path(__file__).with_suffix(".md")
RATE = 0.5
SHARDS = (2, 4, 8)
LOCAL_STEPS: tuple[Any, ...] = (1, 10, 100, "epoch")
# None: steps on all examples.
WIRE_STEPS: tuple[Any, ...] = (None, 1, 10, "epoch")
# (rate, momentum) of outer steps; the first is the mean, the last what DiLoCo has.
OUTER = ((1.0, 0.0), (1.0, 0.5), (0.7, 0.5), (0.7, 0.9))


class Found(NamedTuple):
    """What descents on some digits have ended at."""

    n_examples: int
    plan: Plan
    full: Plan
    several: int
    """Shards, where their number is not what is asked."""
    exact: dict[int, End]
    """By how many times the rate is `RATE`."""
    apart: dict[tuple[int, Any, int], End]
    """By shards, local steps and the rate's factor."""
    wires: dict[tuple[Any, str], End]
    """By local steps and wire."""
    outer: dict[tuple[Any, int, tuple[float, float]], End]
    """By local steps, the rate's factor, and the outer step."""


def written(found: Found, large: Found | None) -> str:
    """The page; `large` is MNIST's part."""
    return TEXT.read_text(encoding="utf-8").format(
        date=datetime.date.today().isoformat(),
        network="-".join(map(str, NETWORK.layer_sizes)),
        n_examples=found.n_examples,
        batch_size=BATCH_SIZE,
        epochs=found.plan.epochs,
        rate=RATE,
        n_seeds=len(found.plan.seeds),
        exact=lines(exact_rows(found)),
        apart=lines(apart_rows(found)),
        several=found.several,
        scaled=RATE * found.several,
        full_steps=found.full.epochs,
        full_rate=found.full.rate,
        wires=lines(
            [words_of(k), wire, *told(end), size(end.sent)]
            for (k, wire), end in found.wires.items()
        ),
        outer=lines(
            [words_of(k), RATE * factor, *step, *told(end)]
            for (k, factor, step), end in found.outer.items()
        ),
        large="" if large is None else part_on_mnist(large),
    )  # fmt: skip


def exact_rows(found: Found) -> Iterable[list[Any]]:
    """Of one machine."""
    return ([RATE * factor, *told(end)] for factor, end in found.exact.items())


def apart_rows(found: Found) -> Iterable[list[Any]]:
    """Of shards: a row for each number of local steps, both rates side by side."""
    for n, k in dict.fromkeys((n, k) for n, k, _ in found.apart):
        same, scaled = found.apart[n, k, 1], found.apart[n, k, n]
        yield [n, words_of(k), *told(same), RATE * n, *told(scaled), size(same.sent)]


def part_on_mnist(large: Found) -> str:
    """The same on more digits."""
    one = " and ".join(f"at {c}, {a} right, at rate {r}" for r, c, a in exact_rows(large))
    return (
        f"On all of MNIST ({large.n_examples:,} digits, {large.plan.epochs} epochs) one machine "
        f"ends {one}.\nShards:\n\n{HEAD}\n{lines(apart_rows(large))}\n"
    )


HEAD = """\
| shards | steps between meetings | cost | right | scaled rate | cost | right | sent an epoch |
| --- | --- | --- | --- | --- | --- | --- | --- |"""


def told(end: End) -> list[str]:
    """Cost and accuracy."""
    return [f"{end.cost:.4f} ± {end.spread:.4f}", f"{end.accuracy:.1%}"]


def words_of(local_steps: Any) -> str:
    """Steps between meetings."""
    if local_steps is None:
        return "all examples a step"
    return "an epoch" if local_steps == "epoch" else str(local_steps)


def size(n_bytes: float) -> str:
    """Bytes in three figures."""
    unit, name = (1e6, "MB") if n_bytes >= 1e6 else (1e3, "kB")
    return f"{n_bytes / unit:.3g} {name}"


def lines(rows: Iterable[list[Any]]) -> str:
    """Rows of a Markdown table."""
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)


def drawn(found: Found) -> Any:
    """Cost over bytes, at the scaled rates; beside it at the same rate."""
    from fastgd.plots.style import ACCENT, QUIET, SECOND, SMALL, head, label_axes, new_figure, plain

    figure = new_figure(8.0, 3.8)
    axes = figure.subplots(1, 2, sharey=True)
    lowest = min(end.cost for end in found.exact.values())
    for ax, title in zip(axes, (f"Rate {RATE}", f"Rate {RATE} x shards"), strict=True):
        for n, colour in zip(SHARDS, (ACCENT, SECOND, QUIET), strict=True):
            factor = 1 if ax is axes[0] else n
            ends = [found.apart[n, k, factor] for k in LOCAL_STEPS]
            ax.errorbar(
                [end.sent for end in ends], [end.cost for end in ends],
                [end.spread for end in ends], fmt="o-", color=colour, capsize=3,
                label=f"{n} shards",
            )  # fmt: skip
        ax.axhline(lowest, color="black", linestyle=":", label="one machine, its best rate")
        ax.set_xscale("log")
        ax.set_ylim(0, None)
        label_axes(ax, "bytes each sends in an epoch", f"cost after {found.plan.epochs} epochs")
        head(ax, title, "Right to left: meetings after 1, 10, 100 steps, an epoch.")
        plain(ax)
    axes[1].legend(fontsize=SMALL)
    return figure
