"""Fit twelve small regressions with every solver, and time the normal equations.

A run of everything writes benches/results/fits.md. `--quick` only shows that all of it runs.
"""

from __future__ import annotations

import argparse
import datetime
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benches.fits import normal
from benches.fits.problems import Fit, problems
from benches.fits.solvers import Descents, Solver, solvers
from benches.results import n_processors, processor

RESULTS = Path(__file__).parents[1] / "results" / "fits.md"
WITHIN, WANTED = 1.2, 9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("problems", nargs="*", help="parts of names; all by default")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--limit", type=float, default=2.0, help="seconds of a fit at most")
    parser.add_argument("--with", dest="solvers", help="names of solvers, with commas")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    chosen = [
        fit for fit in problems()
        if not arguments.problems or any(part in fit.name for part in arguments.problems)
    ]  # fmt: skip
    who = solvers()
    if arguments.solvers:
        who = {name: who[name] for name in arguments.solvers.split(",")}
    seeds, limit = (1, 0.05) if arguments.quick else (arguments.seeds, arguments.limit)
    lines = [*heading(seeds, limit), *header(who)]
    print("\n".join(lines))
    n_first = 0
    # Threads of BLAS spin between two calls of ours: one is faster for every solver here.
    with threadpool_limits(1, "blas"):
        for fit in chosen:
            line, first = row(fit, who, seeds, limit)
            n_first += first
            lines.append(line)
            print(line, flush=True)
    lines += ["", verdict(n_first, len(chosen)), ""]
    lines += [f"- {fit.name}: {how}" for fit, how in told(who, chosen)]
    lines += ["", *matrices(arguments.quick)]
    print("\n".join(lines[len(lines) - 20 :]))
    if not (arguments.problems or arguments.solvers or arguments.quick):
        RESULTS.write_text("\n".join(lines) + "\n")


def heading(seeds: int, limit: float) -> list[str]:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return [
        "# Small regressions, to a stated cost", "",
        f"{today}; {processor()}, {n_processors()} processors. By `make fits`: float64, tanh, "
        f"{seeds} starts each, at most {limit:g} s a fit. What is told is the time that one has "
        "to reckon with until the stated cost is reached, starting anew after each fit that ends "
        "without (all seconds of all fits, divided by those that got there); below it the median "
        "of those that got there, and their share.", "",
    ]  # fmt: skip


def header(who: dict[str, Solver]) -> list[str]:
    return [
        f"| problem | network | examples | cost | {' | '.join(who)} |",
        "| --- | --- | ---: | ---: |" + " --- |" * len(who),
    ]


def row(fit: Fit, who: dict[str, Solver], seeds: int, limit: float) -> tuple[str, bool]:
    """A line of the table, and whether the first solver is the first, or nearly."""
    cells, expected = [], []
    for solver in who.values():
        spent, found = [], []
        solver(fit, 1000, limit)  # warms caches and threads
        for seed in range(seeds):
            began = time.perf_counter()
            seconds = solver(fit, seed, limit)
            found.append(seconds)
            spent.append(min(seconds, limit, time.perf_counter() - began))
        got = np.isfinite(found)
        expected.append(sum(spent) / got.sum() if got.any() else math.inf)
        cells.append(cell(expected[-1], np.array(found)[got], seeds))
    first = math.isfinite(expected[0]) and expected[0] <= WITHIN * min(expected)
    sizes = "-".join(map(str, fit.layer_sizes))
    return f"| {fit.name} | {sizes} | {len(fit.X)} | {fit.target:g} | {' | '.join(cells)} |", first


def cell(expected: float, found: Any, seeds: int) -> str:
    if not len(found):
        return "never"
    return f"{told_time(expected)} ({told_time(np.median(found))}, {len(found) / seeds:.0%})"


def told_time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"


def verdict(n_first: int, n: int) -> str:
    met = "met" if n_first >= WANTED else "not met"
    return (
        f"fastgd's Levenberg-Marquardt is the first, or within {WITHIN} times of it, on {n_first} "
        f"of {n}; wanted: {WANTED} of 12, {met}."
    )


def told(who: dict[str, Solver], fits: list[Fit]) -> list[tuple[Fit, str]]:
    """The descents' best options."""
    descents = who.get("descent")
    if not isinstance(descents, Descents):
        return []
    return [(fit, descents.told(fit)) for fit in fits]


def matrices(quick: bool) -> list[str]:
    """The table of normal equations."""
    found = normal.rows(normal.NETWORKS[:1], (100,)) if quick else normal.rows()
    lines = [
        "## Normal equations", "",
        "Share: multiply-adds of J^T J's triangle, of the peak of all threads that the roofline "
        "measured; NumPy: J made whole and J.T @ J, in our times; J.T @ J alone: J made before.",
        "",
        "| network | parameters | examples | dtype | time | of peak | NumPy | J.T @ J alone |",
        "| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    return lines + [
        f"| {r.network} | {r.n_parameters} | {r.n_examples} | {r.dtype} | {told_time(r.seconds)} | "
        f"{r.share:.0%} | {r.of_numpy:.1f}x | {r.of_matrix:.1f}x |"
        for r in found
    ]


if __name__ == "__main__":
    main()
