"""Build the sdist of dist/ as others will, and try what comes out: `python -m release.sources`.

Each way installs from a folder of wheels that has nothing but what pyproject.toml declares, with
the index turned off, and without a network where this may be asked for: a way builds if what is
declared suffices. Then fastgd must agree with its NumPy twin, and subnormals must still be there.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

from release.tree import ROOT, run
from release.wheel import UNSET, sdist

FAST_MATH = "-Ofast -ffast-math -funsafe-math-optimizations"
# A compiler that knows no OpenMP.
NO_OPENMP = """#!/bin/sh
for word in "$@"; do
    case "$word" in -fopenmp*) echo "cc: unknown option $word" >&2; exit 1 ;; esac
done
exec gcc "$@"
"""
CHECK = """
import sys
import numpy as np, fastgd
from fastgd import _reference
rng = np.random.default_rng(0)
net = fastgd.Network((20, 17, 5))
X, Y, theta = rng.random((300, 20)), rng.random((300, 5)), net.random_theta(rng=0)
value, gradient = fastgd.Cost(net, X, Y, dtype="float64").value_and_gradient(theta)
spec = net.layer_sizes, net.activation, net.output_activation
cost_sum, gradient_sum, weight_sum = _reference.sums(*spec, theta, X, Y, None)
assert abs(value - cost_sum / weight_sum) <= 1e-12 * value
error = np.linalg.norm(gradient - gradient_sum / weight_sum)
assert error <= 1e-12 * np.linalg.norm(gradient), error
assert sys.float_info.min / 2 > 0
digits = fastgd.datasets.digits()
net = fastgd.Network((784, 16, 16, 10))
cost = fastgd.Cost(net, digits.train_images, digits.train_labels)
walk = {"learning_rate": 0.5, "batch_size": 10, "epochs": 3, "rng": 0}
d = fastgd.gradient_descent(cost, net.random_theta(rng=0), **walk)
assert (net(d.theta, digits.test_images).argmax(axis=1) == digits.test_labels).mean() > 0.8
print(fastgd.show_config()["openmp"], fastgd.show_config()["compiler"])
"""


class Way(NamedTuple):
    """How somebody builds: the environment, the folder's name, and whether OpenMP is expected."""

    name: str
    environment: dict[str, str]
    folder: str = "src"
    openmp: bool | None = True


WAYS = [
    Way("as declared", {}),
    Way("for all Pythons (abi3)", {"FASTGD_ABI3": "1"}),
    Way("a compiler without OpenMP", {"CC": "NO_OPENMP"}, openmp=False),
    Way("FASTGD_OPENMP=0", {"FASTGD_OPENMP": "0"}, openmp=False),
    Way("clang", {"CC": "clang"}, openmp=None),  # where its libomp is
    Way("fast-math in CFLAGS and LDFLAGS", {"CFLAGS": FAST_MATH, "LDFLAGS": FAST_MATH}),
    Way("fast-math in CC", {"CC": f"gcc {FAST_MATH}"}),
    Way("unoptimised, native, link-time", {"CFLAGS": "-O0 -march=native -flto -Wall"}),
    Way("a folder with a space and an umlaut", {}, folder="ein Ordner für fastgd"),
]  # fmt: skip


def main() -> None:
    from tests.promises import keep

    lost = []
    with tempfile.TemporaryDirectory(prefix="sources-") as folder:
        work = Path(folder)
        wheels = declared(work)
        for number, way in enumerate(WAYS):
            try:
                print(f"{way.name}: {tried(way, work / str(number), wheels)}", flush=True)
            except SystemExit as error:
                lost.append(way.name)
                print(f"{way.name}: {error}", flush=True)
            shutil.rmtree(work / str(number), ignore_errors=True)
    facts = {"ways": "; ".join(way.name for way in WAYS)}
    keep("sdist", tried=len(WAYS), lost=len(lost), how="make sdist", facts=facts)


def declared(work: Path) -> Path:
    """A folder with what pyproject.toml declares for building and running, and nothing else."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)
    wanted = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    run([sys.executable, "-m", "pip", "download", "-q", "--only-binary", ":all:",
         "--dest", work / "wheels", *wanted])  # fmt: skip
    return work / "wheels"


def tried(way: Way, work: Path, wheels: Path) -> str:
    """What a build says of itself; SystemExit where it does not build, or is wrong."""
    sources = work / way.folder
    sources.mkdir(parents=True)
    shutil.unpack_archive(sdist(), sources)
    (tree,) = sources.iterdir()
    compiler = work / "cc"
    compiler.write_text(NO_OPENMP)
    compiler.chmod(0o755)
    env = {name: value for name, value in os.environ.items() if name not in UNSET}
    env |= {"FASTGD_LEVELS": "v2", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    env |= way.environment
    if env.get("CC") == "NO_OPENMP":
        env["CC"] = str(compiler)
    env["PIP_EXTRA_INDEX_URL"] = ""
    interpreter = work / "env" / "bin" / "python"
    run([sys.executable, "-m", "venv", work / "env"])
    run([*alone(), interpreter, "-m", "pip", "install", "-q", tree], env=env)
    said = run([interpreter, "-c", CHECK], cwd=work).strip()
    if way.openmp is not None and said.split()[0] != str(way.openmp):
        raise SystemExit(f"expected OpenMP {way.openmp}, got {said}")
    return said


def alone() -> list[str]:
    """What runs a command without a network: root may ask for it."""
    if shutil.which("unshare") and os.geteuid() == 0:
        return ["unshare", "--net"]
    return []


if __name__ == "__main__":
    main()
