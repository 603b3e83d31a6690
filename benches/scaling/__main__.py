"""Measure the model's constants, check it, project it: docs/scaling.md and its chart.

``python -m benches.scaling`` writes both; ``--quick`` prints the page of a short run.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benches.scaling import page
from benches.scaling.measured import (
    N_BYTES,
    checks,
    dask_engine,
    mpi_engine,
    per_example,
    weak_scaling,
)
from benches.scaling.model import USUAL
from benches.scaling.projected import projections

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benches.scaling", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only show that it runs")
    quick = parser.parse_args().quick
    each = per_example(quick)
    engines = [mpi_engine(quick), dask_engine(quick)]
    workers = (1, 2) if quick else (1, 2, 4, 8)
    checked = [row for engine in engines for row in checks(engine, each, quick, workers)]
    projected = projections(engines, USUAL, each, N_BYTES)
    text = page.written(each, engines, checked, projected, USUAL, weak_scaling(quick))
    if quick:
        print(text)
        return
    (DOCS / "scaling.md").write_text(text, encoding="utf-8")
    page.drawn(checked, projected).savefig(DOCS / "pictures" / "scaling.png", dpi=110)
    print(DOCS / "scaling.md")


if __name__ == "__main__":
    main()
