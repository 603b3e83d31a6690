"""`python -m benches`: time the workloads, print a table, keep results."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benches.contestants import CONTESTANTS
from benches.measure import in_turns, prepared
from benches.workloads import WORKLOADS, problem


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benches", description=__doc__)
    parser.add_argument("rows", nargs="*", help="parts of the names of workloads to time")
    parser.add_argument("--with", dest="who", help="contestants, with commas between")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    who = [c for c in CONTESTANTS if c.installed and (not arguments.who or c.name in arguments.who.split(","))]
    for w in WORKLOADS:
        if arguments.rows and not any(r in w.name for r in arguments.rows):
            continue
        runs = prepared(problem(w), who)
        t = in_turns(runs, arguments.rounds)
        mine = t["fastgd"].median if "fastgd" in t else 0
        line = f"| {w.name} | " + "; ".join(
            f"{k} {v.median*1e3:.4g} ms [{v.quartiles[0]*1e3:.4g}-{v.quartiles[1]*1e3:.4g}]"
            + (f" = {v.median/mine:.2f}x" if k != "fastgd" and mine else "") + (f" ({v.disturbed} disturbed)" if v.disturbed else "")
            for k, v in t.items()) + " |"
        print(line, flush=True)
        if arguments.out:
            with arguments.out.open("a") as f: f.write(line + "\n")


main()
