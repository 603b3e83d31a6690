"""Ctrl-C at random moments of long calls: `python -m tests.robustness.interrupts 50`.

So often each; docs/reliability/interrupts.json keeps how late the exceptions came. What fastgd
computes anew after each must have the bits it had before.
"""

from __future__ import annotations

import sys

import numpy as np
from tests.promises import keep
from tests.robustness.storm import large, small, storm

HEARD = 0.1  # seconds, for 99 of 100


def main(n: int, only: str = "") -> None:
    late: list[float] = []
    lost: list[str] = []
    slowest: dict[str, str] = {}
    for name, make in {**small(), **large()}.items():
        if only not in name:
            continue
        # Calls of seconds are asked less often.
        times, broken = storm(make(), n if "4096" not in name else max(1, n // 5))
        late += times
        lost += [f"{name}: {what}" for what in broken]
        in_ms = np.array(times) * 1e3
        p50, p99 = np.percentile(in_ms, [50, 99])
        print(f"{name:40} {len(times):5} {p50:7.1f} {p99:7.1f} {in_ms.max():7.1f} ms", *broken)
        slowest[name] = f"{in_ms.max():.0f} ms at most"
    if only:
        return
    too_late = sum(t > HEARD for t in late)
    keep(
        "interrupts",
        tried=len(late),
        lost=len(lost) + max(0, too_late - len(late) // 100),
        how="make interrupts",
        facts={
            "50 of 100 heard within": f"{np.percentile(late, 50) * 1e3:.0f} ms",
            "99 of 100 heard within": f"{np.percentile(late, 99) * 1e3:.0f} ms",
            **slowest,
        },
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:3])
