"""What a run of the benches found: the machine, rows of times, and the ratios wanted of them.

`report` turns it into tables and a chart.
"""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterable
from typing import Any

from benches import accuracy, roofline, studies, workloads
from benches.contestants import CONTESTANTS, Contestant
from benches.measure import TURN, in_turns, prepared
from benches.studies import Check, Study
from benches.workloads import Workload

Row = dict[str, Any]


def machine(contestants: Iterable[Contestant], busy: bool = False) -> dict[str, Any]:
    """The processor, versions, threads of each runtime, the data and the date."""
    import threadpoolctl

    import fastgd

    threads = {
        f"{pool['user_api']} ({pool['prefix']})": pool["num_threads"]
        for pool in threadpoolctl.threadpool_info()
    }
    kernels = {
        pool["architecture"] for pool in threadpoolctl.threadpool_info() if "architecture" in pool
    }
    names = {c.library for c in contestants}
    if "torch" in names:
        import torch

        threads["PyTorch"] = torch.get_num_threads()
    if "numba" in names:
        import numba

        threads["numba"] = numba.get_num_threads()
    config = fastgd.show_config()
    threads |= {"fastgd": config["threads"], "processors (JAX)": n_processors()}
    n_digits = len(workloads.digits()[0])
    return {
        "processor": processor(),
        "processors": n_processors(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {c.library: c.version for c in contestants},
        "threads": threads,
        "fastgd_cpu": config["cpu"],
        "openblas_kernels": sorted(kernels),
        "busy": busy,
        "digits": f"{n_digits:,} of MNIST",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def n_processors() -> int:
    """Processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """The processor's model name."""
    try:
        with open("/proc/cpuinfo") as lines:
            found = [line.split(":", 1)[1].strip() for line in lines if "model name" in line]
    except OSError:
        found = []
    return found[0] if found else platform.processor()


def of_workload(
    workload: Workload, contestants: Iterable[Contestant], rounds: int, turn: float = TURN
) -> Row:
    """Time all contestants at one workload."""
    problem = workloads.problem(workload)
    runs = prepared(problem, contestants)
    timings = in_turns(runs, rounds, turn)
    peers = [name for name in timings if name != "fastgd"]
    times = {name: timing.summary() for name, timing in timings.items()}
    fastest = min(peers, key=lambda name: times[name]["median"], default="")
    checks = [
        Check(fastest if peer == "peers" else peer, "fastgd", ratio)
        for peer, ratio in workload.targets.items()
    ]
    return {
        "name": workload.name,
        "times": times,
        "checks": checked(checks, times),
        "flops": workload.flops_per_example * len(problem.X),
        "group": workload.group,
        "in_readme": workload.in_readme,
        "dense": workload.data == "random",
    }


def of_study(study: Study, rounds: int, turn: float = TURN, quick: bool = False) -> Row:
    """Time the runs of one study."""
    if study.slow:
        rounds, turn = min(rounds, 3), 0.0
    timings = in_turns(study.setup(quick), rounds, turn)
    times = {name: timing.summary(study.per.get(name, 1)) for name, timing in timings.items()}
    return {"name": study.name, "times": times, "checks": checked(study.checks, times)}


def checked(checks: Iterable[Check], times: Row) -> list[Row]:
    """Each check with the ratio found; checks on runs that were not timed are left out."""
    return [
        check._asdict() | {"found": times[check.beside]["median"] / times[check.judged]["median"]}
        for check in checks
        if check.beside in times and check.judged in times
    ]


def limits(rounds: int, turn: float = TURN) -> Row:
    """Operations and bytes per second, on one processor and on all; {} where unknown."""
    found = {}
    for n_threads in sorted({1, n_processors()}):
        runs = roofline.runs(n_threads)
        if not runs:
            return {}
        times = {k: t.summary()["median"] for k, t in in_turns(runs, rounds, turn).items()}
        found[str(n_threads)] = {
            "flops": roofline.flops(n_threads) / times["multiply-add"],
            "bytes": 4 * roofline.N_READ / times["read"],
        }
    return found


def time_to_accuracy(quick: bool) -> list[Row]:
    """The races of `accuracy`, as rows."""
    return [race._asdict() for race in accuracy.races(quick)]


def working_memory(quick: bool) -> Row:
    """Bytes allocated beyond the prepared data."""
    return {"bytes": studies.working_memory(quick), "wanted": 16 * 2**20}


def installed(wanted: str | None) -> list[Contestant]:
    """The installed contestants: all, or those that `wanted` names, separated by commas."""
    names = wanted.split(",") if wanted else [c.name for c in CONTESTANTS]
    unknown = set(names) - {c.name for c in CONTESTANTS}
    if unknown:
        raise SystemExit(f"no contestant {', '.join(unknown)}; "
                         f"there are {', '.join(c.name for c in CONTESTANTS)}")  # fmt: skip
    return [c for c in CONTESTANTS if c.name in names and c.installed]
