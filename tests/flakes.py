"""The suite over and over, in random order and side by side: `python -m tests.flakes 20`.

A test that fails in one run and not in the others is a flake: a fault of the test, or worse.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter

from tests.common import ROOT
from tests.promises import keep

# Two workers, since many tests start two threads or processes themselves. What one has left over
# the other takes: no long file makes it wait.
SIDE_BY_SIDE = "@tests/side_by_side"


def main(n_runs: int, words: list[str]) -> None:
    """So many runs, each in an order of its own; `words` go to pytest."""
    failures: Counter[str] = Counter()
    broken, n_tests, began = 0, 0, time.monotonic()
    for seed in range(n_runs):
        command = [
            sys.executable, "-m", "pytest", "-q", SIDE_BY_SIDE, "--random-order",
            f"--random-order-seed={seed}", "--benchmark-disable", "-p", "no:cacheprovider",
        ]  # fmt: skip
        done = subprocess.run(
            command + words, cwd=ROOT, capture_output=True, text=True, check=False
        )
        broken += done.returncode != 0
        failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.M)
        failures.update(failed)
        last = done.stdout.strip().splitlines()[-1:]
        n_tests += sum(map(int, re.findall(r"(\d+) passed", " ".join(last))))
        print(f"seed {seed}: {' '.join(last)}", *failed, sep="\n  ", flush=True)
    for test, n in failures.most_common():
        print(f"{n} of {n_runs}: {test}")
    if words:
        sys.exit(broken > 0)
    keep(
        "flakes", tried=n_runs, lost=broken, how="make flakes",
        facts={"tests run": f"{n_tests:,}",
               "side by side": (ROOT / SIDE_BY_SIDE[1:]).read_text(encoding="utf-8").split()[0],
               "hours": f"{(time.monotonic() - began) / 3600:.1f}"},
    )  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
