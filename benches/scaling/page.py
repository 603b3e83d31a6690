"""The page and the chart of the model: what was measured, what is projected, in words."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Any

from benches.report import seconds
from benches.results import machine
from benches.scaling.measured import N_BYTES, NETWORK, Checked
from benches.scaling.model import Engine, Fleet
from benches.scaling.projected import (
    EXAMPLES,
    LATENCY,
    PER_BYTE,
    WORTH,
    Projected,
    pays_up_to,
)

TEXT = Path(__file__).with_suffix(".md")


def written(
    each: float,
    engines: list[Engine],
    checked: list[Checked],
    projected: list[Projected],
    fleet: Fleet,
    weak: float,
) -> str:
    """The page."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return TEXT.read_text(encoding="utf-8").format(
        date=datetime.date.today().isoformat(),
        cpu=machine(())["processor"],
        cores=cores,
        network="-".join(map(str, NETWORK)),
        n_bytes=N_BYTES,
        each=seconds(each),
        constants=lines([e.name, seconds(e.overhead), seconds(e.latency)] for e in engines),
        checked=lines(
            [c.engine, c.workers, seconds(c.measured), seconds(c.modelled),
             f"{c.measured / c.modelled:.2f}"] for c in checked
        ),
        weak=f"{weak:.2f}",
        latency=seconds(LATENCY),
        bandwidth=8e-9 / PER_BYTE,
        spread=fleet.spread,
        one_in=1 / fleet.slow,
        slowness=fleet.slowness,
        days=fleet.between_failures / 86400,
        recovery=fleet.recovery,
        projected=lines(
            [p.engine, f"{p.workers:,}", f"10^{len(str(p.n_examples)) - 1}",
             long_time(p.seconds), f"{p.efficiency:.0%}"] for p in projected
        ),
        examples=" | ".join(f"10^{len(str(n)) - 1} examples" for n in EXAMPLES),
        rules=" | ".join("---" for _ in EXAMPLES),
        pays=lines(
            [e.name, *(f"{pays_up_to(e, fleet, n, each, N_BYTES):,}" for n in EXAMPLES)]
            for e in engines
        ),
    )  # fmt: skip


def long_time(duration: float) -> str:
    """Seconds, in minutes or hours where they are many."""
    if duration < 600:
        return seconds(duration)
    return f"{duration / 60:.0f} min" if duration < 3600 else f"{duration / 3600:.3g} h"


def lines(rows: Any) -> str:
    """Rows of a Markdown table."""
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)


def drawn(checked: list[Checked], projected: list[Projected]) -> Any:
    """Left what was measured, beside the model; right what is projected."""
    from fastgd.plots.style import SMALL, head, label_axes, new_figure, plain

    figure = new_figure(8.0, 3.8)
    left, right = figure.subplots(1, 2)
    for colour, engine in zip(("#2a62d0", "#b84a00"), dict.fromkeys(c.engine for c in checked),
                              strict=False):  # fmt: skip
        mine = [c for c in checked if c.engine == engine]
        x = [c.workers for c in mine]
        left.plot(x, [1e3 * c.measured for c in mine], "o", color=colour,
                  label=f"{engine}, measured")  # fmt: skip
        left.plot(x, [1e3 * c.modelled for c in mine], "--", color=colour,
                  label=f"{engine}, the model")  # fmt: skip
        for style, n in zip(("-", ":"), EXAMPLES, strict=True):
            beyond = [p for p in projected if p.engine == engine and p.n_examples == n]
            right.plot([p.workers for p in beyond], [p.efficiency for p in beyond], style,
                       color=colour, label=f"{engine}, 10^{len(str(n)) - 1} examples")  # fmt: skip
    left.set_ylim(0, None)
    left.set_xticks(sorted({c.workers for c in checked}))
    label_axes(left, "processes on this machine", "a step on 60,000 digits, ms")
    head(left, "Measured", "Beyond the processors they take turns.")
    right.set_xscale("log")
    right.set_ylim(0, 1.05)
    right.axhline(WORTH, color="#6f6f6f", linewidth=0.8)
    label_axes(right, "workers", "share of their time that is gradients")
    head(right, "Projected, not measured", "The network and what goes wrong are assumed.")
    for ax in (left, right):
        ax.legend(fontsize=SMALL)
        plain(ax)
    return figure
