"""Time fastgd beside every installed peer, and fastgd's own choices beside each other.

A run of everything writes benches/results/ and the README's table; with --busy it writes
benches/results/busy/ alone. A selection is only printed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benches import busy, report, results
from benches.measure import TURN
from benches.studies import GRID, STUDIES
from benches.workloads import WORKLOADS, Workload

HERE = Path(__file__).parent


def main() -> None:
    arguments = parse()
    contestants = results.installed(arguments.contestants)
    quick = arguments.quick
    rounds, turn = (1, 0.0) if quick else (arguments.rounds, TURN)

    def chosen(name: str) -> bool:
        return not arguments.rows or any(part in name for part in arguments.rows)

    everything = not (arguments.rows or arguments.contestants or quick)
    own_folder = HERE / "results" / "busy" if arguments.busy else HERE / "results"
    folder = arguments.out or (own_folder if everything else None)
    found: dict[str, Any] = {
        "machine": results.machine(contestants, arguments.busy),
        "limits": results.limits(rounds, turn) if chosen("roofline") else {},
        "workloads": [], "studies": [], "accuracy": [], "memory": {},
    }  # fmt: skip

    def add(kind: str, rows: Any, measure: Callable[..., Any]) -> None:
        for row in rows:
            if chosen(row.name):
                found[kind].append(measure(row))
                say(found[kind][-1])
                if folder:
                    report.keep(found, folder)

    def of_workload(workload: Workload) -> Any:
        # Compiling takes minutes for each network. A quick run only shows that every task runs,
        # so it compiles for the first workload of each task.
        first = workload == next(w for w in WORKLOADS if w.task == workload.task)
        who = [c for c in contestants if first or not (quick and c.slow_to_start)]
        return results.of_workload(workload.shortened() if quick else workload, who, rounds, turn)

    with busy.one_core(arguments.busy):
        add("workloads", WORKLOADS, of_workload)
        add("studies", STUDIES, lambda study: results.of_study(study, rounds, turn, quick))
        if chosen("accuracy"):
            found["accuracy"] = results.time_to_accuracy(quick)
        if chosen("memory"):
            found["memory"] = results.working_memory(quick)
        add("studies", GRID[:: len(GRID) // 5] if quick else GRID,
            lambda study: results.of_study(study, min(rounds, 5), turn and 0.1, quick))  # fmt: skip
    if folder is None:
        print(report.markdown(found))
        return
    report.write(found, folder)
    if everything and not (arguments.out or arguments.busy):
        report.update_readme(found, HERE.parent / "README.md")


def say(row: dict[str, Any]) -> None:
    """Print a row as soon as it is measured; "!" marks times that other processes disturbed."""
    times = "; ".join(
        f"{name} {report.seconds(time['median'])}" + "!" * bool(time["disturbed"])
        for name, time in row["times"].items()
    )
    print(f"{row['name']}: {times}", file=sys.stderr, flush=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benches", description=__doc__)
    parser.add_argument(
        "rows", nargs="*", help="rows whose names contain one of these; default: all"
    )
    parser.add_argument(
        "--with", dest="contestants", help="contestants, separated by commas; default: all"
    )
    parser.add_argument(
        "--rounds", type=int, default=9, help="turns for each (default: %(default)s)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="little data, one call each: only shows that it runs"
    )
    parser.add_argument(
        "--busy", action="store_true", help="another process keeps one core busy all the while"
    )
    parser.add_argument(
        "--out",
        type=Path,
        help="write results.md, chart.png and results.json here, and leave the README alone",
    )
    return parser.parse_args()


main()
