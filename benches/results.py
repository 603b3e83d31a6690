"""What a run of the benches found: rows of times and wanted ratios, and where and with what.

How it reads on paper is left to `report`.
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
from benches.studies import Study
from benches.workloads import Workload

Row = dict[str, Any]


def machine(contestants: Iterable[Contestant]) -> dict[str, Any]:
    """Processor, versions, threads of every runtime, data, date."""
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
        "digits": f"{n_digits:,} of MNIST",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def n_processors() -> int:
    """Those this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """Its model's name."""
    try:
        with open("/proc/cpuinfo") as lines:
            found = [line.split(":", 1)[1].strip() for line in lines if "model name" in line]
    except OSError:
        found = []
    return found[0] if found else platform.processor()


def of_workload(
    workload: Workload, contestants: Iterable[Contestant], rounds: int, turn: float = TURN
) -> Row:
    """All contestants at one workload."""
    problem = workloads.problem(workload)
    runs = prepared(problem, contestants)
    timings = in_turns(runs, rounds, turn)
    peers = [name for name in timings if name != "fastgd"]
    times = {name: timing.summary() for name, timing in timings.items()}
    fastest = min(peers, key=lambda name: times[name]["median"], default=None)
    checks = [
        (fastest if slow == "peers" else slow, "fastgd", ratio)
        for slow, ratio in workload.targets.items()
    ]
    return {
        "name": workload.name,
        "times": times,
        "checks": checked(checks, times),
        "flops": workload.flops_per_example * len(problem.X),
        "dense": workload.data == "random",
    }


def of_study(study: Study, rounds: int, turn: float = TURN, quick: bool = False) -> Row:
    """The runs of one study."""
    timings = in_turns(study.setup(quick), rounds, turn)
    times = {name: timing.summary(study.per.get(name, 1)) for name, timing in timings.items()}
    return {"name": study.name, "times": times, "checks": checked(study.checks, times)}


def checked(checks: Iterable[tuple[str | None, str, float]], times: Row) -> list[Row]:
    """The ratios found beside those wanted."""
    return [
        {"slow": slow, "fast": fast, "wanted": ratio,
         "found": times[slow]["median"] / times[fast]["median"]}
        for slow, fast, ratio in checks
        if slow in times and fast in times
    ]  # fmt: skip


def limits(rounds: int, turn: float = TURN) -> Row:
    """Floating-point operations and bytes a second, on one processor and on all; {} if unknown."""
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
    """`accuracy.races`, as rows."""
    return [race._asdict() for race in accuracy.races(quick)]


def working_memory(quick: bool) -> Row:
    """Beyond the prepared data, in bytes."""
    return {"bytes": studies.working_memory(quick), "wanted": 16 * 2**20}


def installed(wanted: str | None) -> list[Contestant]:
    """Contestants that are here, all or those named with commas between."""
    names = wanted.split(",") if wanted else [c.name for c in CONTESTANTS]
    unknown = set(names) - {c.name for c in CONTESTANTS}
    if unknown:
        raise SystemExit(f"no contestant {', '.join(unknown)}; "
                         f"there are {', '.join(c.name for c in CONTESTANTS)}")  # fmt: skip
    return [c for c in CONTESTANTS if c.name in names and c.installed]
