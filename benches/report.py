"""Results as markdown tables, a chart, and the README's table, all from what a run found."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from benches.contestants import CONTESTANTS
from benches.studies import BATCHES, WIDTHS
from benches.workloads import GROUPS

README_BEGINS, README_ENDS = "<!-- benches: written by `make bench` -->", "<!-- benches: end -->"
Results = dict[str, Any]


def seconds(s: float) -> str:
    """A time in three figures and a fitting unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if s >= size:
            return f"{s / size:.3g} {unit}"
    return f"{s * 1e9:.3g} ns"


def keep(results: Results, folder: Path) -> None:
    """Write results.json alone, after each row, so that an interrupted run loses nothing.

    The file is not part of the repository: results.md and chart.png are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")


def write(results: Results, folder: Path) -> None:
    """Write results.json, results.md and chart.png."""
    keep(results, folder)
    (folder / "results.md").write_text(markdown(results))
    if in_readme(results):
        chart(in_readme(results), folder / "chart.png")


def in_readme(results: Results) -> list[Results]:
    """The rows that the README's table and the chart show."""
    return [row for row in results["workloads"] if row["in_readme"]]


def markdown(results: Results) -> str:
    """All results, as results.md has them."""
    parts = [f"# Results\n\n{where(results['machine'])}"]
    if results["workloads"]:
        parts.append("## Beside the peers")
    for group in GROUPS:
        rows = [row for row in results["workloads"] if row["group"] == group]
        if rows:
            parts.append(f"### {group}\n\n" + peers_table(rows, results["limits"]))
    if results["limits"]:
        parts.append("## The machine's limits\n\n" + limits_table(results["limits"]))
    studies = [row for row in results["studies"] if not row["name"].startswith("grid")]
    if studies:
        own = studies_table(studies, slowest=results["machine"]["busy"])
        parts.append(f"## fastgd's own choices\n\n{own}")
    grid = {row["name"]: row for row in results["studies"] if row["name"].startswith("grid")}
    if grid:
        parts.append("## Widths, layers, batches\n\n" + grid_tables(grid))
    if results["accuracy"]:
        parts.append("## Time to accuracy\n\n" + accuracy_table(results["accuracy"]))
    if results["memory"]:
        used = results["memory"]["bytes"] / 2**20
        parts.append(f"Working memory beyond the prepared data, 784-16-16-10: {used:.1f} MiB.")
    short = shortfalls(results)
    if short:
        lines = [f"- {line}" for line in short]
        parts.append(f"## Short of what was wanted\n\n{HOW_TO_READ}\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


HOW_TO_READ = (
    '"A to B 2.00, wanted 3.00": A took 2.00 times as long as B, '
    "and at least 3.00 times was wanted."
)


def shortfalls(results: Results) -> list[str]:
    """A line for each check that found a ratio below the least one wanted."""
    return [
        f"{row['name']}: {c['beside']} to {c['judged']} {c['found']:.2f}, wanted {c['least']:.2f}"
        for row in results["workloads"] + results["studies"]
        for c in row["checks"]
        if c["found"] < c["least"]
    ]


def where(machine: dict[str, Any]) -> str:
    """One paragraph: the machine, the versions, and how to read the table."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    threads = ", ".join(f"{name} {n}" for name, n in machine["threads"].items())
    return (
        f"{machine['date']}; {machine['processor']}, {machine['processors']} processors, "
        f"{machine['system']}; Python {machine['python']}; {versions}. "
        f"fastgd runs its {machine['fastgd_cpu']} build, OpenBLAS its "
        f"{' and '.join(machine['openblas_kernels'])} kernels. Threads: {threads}. "
        f"Digits: {machine['digits']}. Medians of turns taken one after another in one run; in "
        "brackets the quartiles; x: how many times fastgd's time. Every answer was checked first."
    ) + BUSY * machine["busy"]


BUSY = " **Another process kept one core busy all the while.**"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def peers_table(rows: list[Results], limits: Results, spread: bool = True) -> str:
    """A row for each workload, a column for each contestant."""
    names = [c.name for c in CONTESTANTS if any(c.name in row["times"] for row in rows)]
    peak = max((limit["flops"] for limit in limits.values()), default=None)
    lines = []
    for row in rows:
        mine = row["times"].get("fastgd", {}).get("median")
        line = [row["name"]]
        for name in names:
            time = row["times"].get(name)
            if time is None:
                line.append("")
                continue
            cell = seconds(time["median"])
            if spread:
                cell += " ({}-{})".format(*map(seconds, time["quartiles"]))
            if name != "fastgd" and mine:
                ratio = time["median"] / mine
                cell += f", {ratio:.1f}x" if ratio >= 1 else f", **{ratio:.2f}x**"
            elif row["dense"] and peak:
                rate = row["flops"] / time["median"]
                cell += f", {rate / 1e9:.0f} GFLOP/s = {rate / peak:.0%} of peak"
            line.append(cell)
        lines.append(line)
    return table(["work", *names], lines)


def limits_table(limits: Results) -> str:
    """The machine's peak rates."""
    return table(
        ["threads", "float32 multiply-adds", "reading memory"],
        [
            [n, f"{limit['flops'] / 1e9:.0f} GFLOP/s", f"{limit['bytes'] / 1e9:.1f} GB/s"]
            for n, limit in limits.items()
        ],
    )


def studies_table(rows: list[Results], slowest: bool = False) -> str:
    """A row for each study; the slowest turn of each run in brackets where wanted."""

    def cell(name: str, time: Results) -> str:
        worst = f" (slowest {seconds(time['slowest'])})" if slowest else ""
        return f"{name} {seconds(time['median'])}{worst}"

    lines = [[row["name"], "; ".join(cell(*one) for one in row["times"].items())] for row in rows]
    return table(["study", "times"], lines)


def grid_tables(rows: dict[str, Results]) -> str:
    """How many times fastgd's time NumPy takes, and fastgd's time, a column for each width."""
    lines = []
    for n_hidden in (1, 2, 3):
        for batch in BATCHES:
            line = [f"{n_hidden} hidden, batch {batch or 'all'}"]
            for width in WIDTHS:
                row = rows.get(f"grid: {n_hidden} x {width}, batch {batch or 'all'}")
                if row is None:
                    line.append("")
                    continue
                ratio = row["times"]["NumPy"]["median"] / row["times"]["fastgd"]["median"]
                cell = f"{ratio:.1f}x" if ratio >= 1 else f"**{ratio:.2f}x**"
                line.append(f"{cell}, {seconds(row['times']['fastgd']['median'])}")
            lines.append(line)
    return table(["NumPy's time, fastgd's", *map(str, WIDTHS)], lines)


def accuracy_table(races: list[Results]) -> str:
    """How long each network trained until it reached its goal."""
    return table(
        ["goal", "time (fastest to slowest seed)", "epochs", "seeds that reached it"],
        [
            [
                race["name"],
                "{} ({} to {})".format(seconds(race["seconds"]), *map(seconds, race["spread"])),
                f"{race['epochs']:g}",
                f"{race['reached']} of {race['seeds']}",
            ]
            for race in races
        ],
    )


def update_readme(results: Results, readme: Path) -> None:
    """Replace what stands between the README's two marks by this run's table."""
    text = readme.read_text()
    before, rest = text.split(README_BEGINS)
    _, after = rest.split(README_ENDS)
    body = "\n".join(
        [
            README_BEGINS,
            where(results["machine"]),
            "",
            peers_table(in_readme(results), results["limits"], spread=False),
            "",
            "Spread, studies and what fell short: [benches/results/results.md]"
            "(benches/results/results.md).",
            "",
            "![Times of the contestants](benches/results/chart.png)",
            README_ENDS,
        ]
    )
    readme.write_text(before + body + after)


def chart(workloads: list[Results], path: Path) -> None:
    """Each contestant's time as a multiple of fastgd's, a panel for each workload.

    A dot is the median, a line the quartiles. A contestant has its row in every panel, and all
    panels have one logarithmic scale, so lengths may be compared from one to another.
    """
    from matplotlib.figure import Figure

    rows = [row for row in workloads if "fastgd" in row["times"]]
    names = [c.name for c in CONTESTANTS if any(c.name in row["times"] for row in rows)]
    n_rows = (len(rows) + 2) // 3
    figure = Figure(figsize=(8, (0.15 * len(names) + 0.45) * n_rows + 0.9), layout="constrained")
    figure.suptitle("Time as a multiple of fastgd's: dot median, line quartiles", fontsize=11)
    figure.supxlabel("times fastgd's time, which is in the titles (logarithmic)", fontsize=9)
    axes = figure.subplots(n_rows, 3, sharex=True, sharey=True, squeeze=False)
    for axis in axes.flat[len(rows) :]:
        axis.remove()
    most = max(time["quartiles"][1] / row["times"]["fastgd"]["median"]
               for row in rows for time in row["times"].values())  # fmt: skip
    for axis, row in zip(axes.flat, rows, strict=False):
        draw_workload(axis, row, names)
        axis.set_xlim(0.75, 4 * most)
    figure.savefig(path, dpi=110)


def draw_workload(axis: Any, row: Results, names: list[str]) -> None:
    """A dot, a line and a number for each contestant that took part."""
    mine = row["times"]["fastgd"]["median"]
    for at, name in enumerate(names):
        if name not in row["times"]:
            continue
        time = row["times"][name]
        low, high = (quartile / mine for quartile in time["quartiles"])
        ratio = time["median"] / mine
        color, size = ("#2a62d0", 6) if name == "fastgd" else ("#333333", 4)
        axis.plot([low, high], [at, at], color=color, linewidth=2.5, alpha=0.45)
        axis.plot(ratio, at, "o", color=color, markersize=size)
        axis.annotate(f"{ratio:.1f}x", (max(ratio, high), at), (6, 0), textcoords="offset points",
                      va="center", fontsize=8)  # fmt: skip
    axis.axvline(1, color="#2a62d0", linewidth=0.8, alpha=0.6)
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter("{x:g}")
    axis.set_yticks(range(len(names)), names, fontsize=8)
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.set_title(f"{textwrap.fill(row['name'], 36)}\n{seconds(mine)}", fontsize=8)
    axis.tick_params(labelsize=8)
    axis.grid(axis="x", alpha=0.25, linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
