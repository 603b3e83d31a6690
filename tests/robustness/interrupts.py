"""Ctrl-C at random moments of long calls and of the command.

`python -m tests.robustness.interrupts 50`: each so often; docs/reliability/interrupts.json
keeps how late the exceptions came. What fastgd computes anew after each must have the bits it had
before. `... 50 plane` tries one alone, and keeps nothing.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from tests.common import hear_ctrl_c
from tests.promises import keep
from tests.robustness.storm import large, small, storm

import fastgd

HEARD = 0.1  # seconds, for 99 of 100


def command(n: int) -> list[str]:
    """What went wrong where the command was interrupted in its first second, so often."""
    draw = random.Random(0)
    lost = []
    for _ in range(n):
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder) / "model"
            words = ["train", "--epochs", "1000000", "--save", str(model)]
            with subprocess.Popen(
                [sys.executable, "-m", "fastgd", *words], stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, text=True, preexec_fn=hear_ctrl_c,
            ) as process:  # fmt: skip
                time.sleep(draw.uniform(0.02, 1))
                process.send_signal(signal.SIGINT)
                _, error = process.communicate(timeout=60)
            # Before Python has begun the system ends it, or Python's own traceback does.
            early = process.returncode == -signal.SIGINT or "fastgd" not in error
            if "Traceback" in error and not early:
                lost.append(error)
            elif not early and process.returncode != 130:
                lost.append(f"status {process.returncode}")
            elif "what was learned is saved" in error:
                fastgd.load(model)
    return lost


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
    if only in "command":
        broken = command(2 * n)
        print(f"{'the command':40} {2 * n:5}", *broken)
        lost += broken
    if only:
        return
    too_late = sum(t > HEARD for t in late)
    keep(
        "interrupts",
        tried=len(late) + 2 * n,
        lost=len(lost) + max(0, too_late - len(late) // 100),
        how="make interrupts",
        facts={
            "50 of 100 heard within": f"{np.percentile(late, 50) * 1e3:.0f} ms",
            "99 of 100 heard within": f"{np.percentile(late, 99) * 1e3:.0f} ms",
            **slowest,
            "of the command, from its first moments on": 2 * n,
        },
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:3])
