"""The default number of threads beside the best one: `python -m tests.robustness.crowded`.

In containers and crowds: affinity set before and after the import, quotas, OpenMP's variables, and
one to four copies of a process at once. Each copy does a kind of work for a while with
n_threads=None and with numbers of threads in turn; what counts is the work of all copies together.
It wants a quiet machine and takes some four minutes; `--short` tries the program alone.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from tests.common import ROOT
from tests.promises import keep
from tests.robustness import quotas

SLOT = 0.25  # seconds of one choice, in turn
TURNS = 3
RETRIES = 2  # where the default looks slow: the machine may have been
BOUND = 1.1
CORES = len(os.sched_getaffinity(0))
EXPLICIT = sorted({1, 2, CORES})
CHOICES = [None, *EXPLICIT]


class Setting(NamedTuple):
    """Where some copies of a process run."""

    name: str
    copies: int = 1
    environment: tuple[tuple[str, str], ...] = ()
    pinned: str = ""
    """To one processor: "before" or "after" the import; "": to none."""
    quota: float = 0
    """Processors; 0: none."""


ACTIVE, PASSIVE = ((("OMP_WAIT_POLICY", policy),) for policy in ("active", "passive"))
SETTINGS = [
    Setting("pinned to one processor before the import", pinned="before"),
    Setting("pinned to one processor after the import", pinned="after"),
    Setting("a quota of one processor", quota=1),
    Setting("a quota of half a processor", quota=0.5),
    Setting("OMP_NUM_THREADS=1", environment=(("OMP_NUM_THREADS", "1"),)),
    *(
        Setting(f"{name}{copies} at once", copies, environment)
        for (name, environment), copies in product(
            [("", ()), ("waiting actively, ", ACTIVE), ("waiting passively, ", PASSIVE)],
            range(1, 5),
        )
    ),
]


# --------------------------------------------------------------------------------- a copy


def works() -> dict[str, Callable[[Any], Any]]:
    """A unit of each kind of work, given n_threads."""
    import fastgd

    digits = fastgd.datasets.digits()
    net = fastgd.Network((784, 16, 16, 10))
    X, labels = digits.train_images, digits.train_labels
    theta = net.random_theta(rng=0)
    costs = {n: fastgd.Cost(net, X, labels, n_threads=n) for n in CHOICES}

    def descent(batch_size: int | None, epochs: int) -> Callable[[Any], Any]:
        return lambda n: fastgd.gradient_descent(
            costs[n], theta, learning_rate=0.1, batch_size=batch_size, epochs=epochs, rng=0, tol=0
        )

    return {
        "batches of 32": descent(32, 1),
        "batches of 1,000": descent(1000, 1),
        "all examples": descent(None, 3),
        "a gradient": lambda n: costs[n].gradient(theta),
        "outputs of 1,000": lambda n: net(theta, X[:1000], n_threads=n),
    }


def copy() -> None:
    """Do what each line asks for; answer with units per second."""
    kinds = works()
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if asked == "pin":
            os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
            print("pinned", flush=True)
            continue
        unit, n_threads, seconds = kinds[asked["work"]], asked["n_threads"], asked["seconds"]
        began, done, now = time.perf_counter(), 0, 0.0
        while now < seconds:
            unit(n_threads)
            done += 1
            now = time.perf_counter() - began
        print(done / now, flush=True)


class Copies:
    """Processes of one setting."""

    def __init__(self, setting: Setting, group: Path | None) -> None:
        def enter() -> None:
            if group is not None:
                group.write_text(str(os.getpid()))
            if setting.pinned == "before":
                os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])

        command = [sys.executable, "-m", "tests.robustness.crowded", "copy"]
        self._all = [
            subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                env={**os.environ, **dict(setting.environment)}, preexec_fn=enter,
            )
            for _ in range(setting.copies)
        ]  # fmt: skip
        self._answers()
        if setting.pinned == "after":
            self.ask({"work": "batches of 1,000", "n_threads": 2, "seconds": 0.05})
            self.ask("pin")

    def ask(self, what: Any) -> list[str]:
        """What each answers, all asked at once."""
        for process in self._all:
            assert process.stdin is not None
            process.stdin.write(json.dumps(what) + "\n")
            process.stdin.flush()
        return self._answers()

    def _answers(self) -> list[str]:
        found = []
        for process in self._all:
            assert process.stdout is not None
            found.append(process.stdout.readline().strip())
        if "" in found:
            raise RuntimeError("a copy has ended")
        return found

    def end(self) -> None:
        for process in self._all:
            process.communicate()


# ------------------------------------------------------------------------------- all copies


class Found(NamedTuple):
    """Work per second of all copies of a setting, by the number of threads."""

    setting: str
    work: str
    rates: dict[int | None, float]

    @property
    def slowdown(self) -> float:
        """The default's time, in those of the best number."""
        return max(self.rates[n] for n in EXPLICIT) / self.rates[None]

    @property
    def at_stake(self) -> float:
        """The worst number's time, in those of the best."""
        return max(self.rates[n] for n in EXPLICIT) / min(self.rates[n] for n in EXPLICIT)


def measured(setting: Setting, slot: float, turns: int) -> Iterator[Found]:
    """Each kind of work in a setting."""
    with ExitStack() as stack:
        group = stack.enter_context(quotas.group(setting.quota)) if setting.quota else None
        if setting.quota and group is None:
            print(f"{setting.name}: no control group can be made here")
            return
        copies = Copies(setting, group)
        stack.callback(copies.end)
        for work in ("batches of 32", "batches of 1,000", "all examples", "a gradient",
                     "outputs of 1,000"):  # fmt: skip
            rates: dict[int | None, list[float]] = {n: [] for n in CHOICES}
            for n in CHOICES:  # memory, columns, what a team learns first
                copies.ask({"work": work, "n_threads": n, "seconds": slot / 3})
            for attempt in range(1 + RETRIES):
                for n in CHOICES * turns:
                    answers = copies.ask({"work": work, "n_threads": n, "seconds": slot})
                    rates[n].append(sum(map(float, answers)))
                middle = {n: statistics.median(found) for n, found in rates.items()}
                found = Found(setting.name, work, middle)
                if found.slowdown <= BOUND or turns == 1 or attempt == RETRIES:
                    break
            yield found


def main(words: Sequence[str]) -> None:
    slot, turns = (0.02, 1) if "--short" in words else (SLOT, TURNS)
    began, found = time.monotonic(), []
    for setting in SETTINGS:
        for one in measured(setting, slot, turns):
            found.append(one)
            told = ", ".join(f"{n}: {rate:.0f}/s" for n, rate in one.rates.items())
            print(f"{one.slowdown:5.2f}  {one.setting}; {one.work} ({told})", flush=True)
    worst = max(found, key=lambda one: one.slowdown)
    trap = max(found, key=lambda one: one.at_stake)
    print(f"{time.monotonic() - began:.0f} s")
    if "--short" in words:
        return
    keep(
        "crowded",
        tried=len(found),
        lost=sum(one.slowdown > BOUND for one in found),
        how="make crowded",
        facts={
            "the most": f"{worst.slowdown:.2f} ({worst.setting}; {worst.work})",
            "median": f"{statistics.median(one.slowdown for one in found):.2f}",
            "the worst number of threads in its place": f"{trap.at_stake:.0f} times as long "
            f"({trap.setting}; {trap.work})",
            "machine": f"{CORES} cores, {platform.machine()}",
        },
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["copy"]:
        copy()
    else:
        main(sys.argv[1:])
