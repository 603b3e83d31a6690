"""Results as markdown tables, a chart, and the README's table, all from what a run found."""

from __future__ import annotations

import json
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
    """Bars of each contestant's time as a multiple of fastgd's, a panel for each workload."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    rows = [row for row in workloads if "fastgd" in row["times"]]
    names = [c.name for c in CONTESTANTS if any(c.name in row["times"] for row in rows)]
    colours = dict(zip(names, mpl.color_sequences["tab10"], strict=False))
    figure, axes = plt.subplots(
        (len(rows) + 2) // 3, 3, figsize=(12, 1.9 * ((len(rows) + 2) // 3)), layout="constrained",
        squeeze=False,
    )  # fmt: skip
    for axis in axes.flat[len(rows) :]:
        axis.set_visible(False)
    for axis, row in zip(axes.flat, rows, strict=False):
        mine = row["times"]["fastgd"]["median"]
        shown = [name for name in names if name in row["times"]][::-1]
        ratios = [row["times"][name]["median"] / mine for name in shown]
        bars = axis.barh(shown, ratios, color=[colours[name] for name in shown])
        axis.bar_label(bars, [f"{r:.3g}x" for r in ratios], padding=2, fontsize=7)
        axis.set_title(f"{row['name']}: {seconds(mine)}", fontsize=8)
        axis.set_xlim(0, 1.18 * max(ratios))
        axis.tick_params(labelsize=7)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle("Time as a multiple of fastgd's (its time in the titles)", fontsize=10)
    figure.savefig(path, dpi=110)
    plt.close(figure)
