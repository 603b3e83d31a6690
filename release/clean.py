"""Install the wheels of dist/ where there is no compiler, on every Python found, and try them.

    python -m release.clean            the main job and tests of half a minute
    python -m release.clean --whole    the whole suite, with all that it can ask for

Each Python gets an environment of its own, whose PATH has no other folder: no compiler, no make.
The main job's theta must have the same bits on all of them.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from release import pythons
from release.audit import libraries, size_beside_digits
from release.tree import DIST, run, wheel_name
from release.wheel import sdist

# Outputs, costs, gradients, descents, pickles and the C interface: half a minute.
CHOSEN = [
    "tests/test_kernels.py", "tests/test_cost.py", "tests/test_gradient.py",
    "tests/test_descent.py", "tests/test_pickle.py", "tests/test_api_v1.py",
    "tests/test_frozen_v1.py",
]  # fmt: skip
TEST_TOOLS = ["pytest>=8.2", "hypothesis", "scipy"]
# Digits learned by each build that runs here: its name, and the SHA-256 of theta.
JOB = """
import hashlib, os, subprocess, sys
import fastgd
CODE = '''
import hashlib, fastgd
digits = fastgd.datasets.digits()
net = fastgd.Network((784, 16, 16, 10))
cost = fastgd.Cost(net, digits.train_images, digits.train_labels, dtype="float32")
theta = net.random_theta(rng=0).astype("float32")
d = fastgd.gradient_descent(cost, theta, learning_rate=0.5, batch_size=10, epochs=5, rng=0)
right = (net(d.theta, digits.test_images).argmax(axis=1) == digits.test_labels).mean()
assert right > 0.85, right
print(fastgd.show_config()["cpu"], hashlib.sha256(d.theta.tobytes()).hexdigest())
'''
assert fastgd.show_config()["openmp"] == (sys.platform == "linux")
for level in fastgd.show_config()["supported"]:
    env = {**os.environ, "FASTGD_CPU": level}
    subprocess.run([sys.executable, "-c", CODE], check=True, env=env)
"""


class Trial(NamedTuple):
    """What a wheel did on a Python."""

    python: str
    wheel: str
    passed: int
    bits: str


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m release.clean", description=__doc__)
    parser.add_argument("--whole", action="store_true", help="the whole suite")
    whole = parser.parse_args().whole
    found = [(python, wheel_for(python)) for python in pythons.found()]
    # Side by side: most of the time of each is spent in installing, and in tests that wait.
    with ThreadPoolExecutor(len(found) or 1) as pool:
        ended = list(pool.map(lambda pair: outcome(*pair, whole=whole), found))
    trials = [end for end in ended if isinstance(end, Trial)]
    lost = [end for end in ended if isinstance(end, str)]
    if len({t.bits for t in trials}) > 1:
        lost.append("the main job has other bits on another Python")
    keep(trials, lost, whole=whole)


def outcome(python: pythons.Python, wheel: Path | None, *, whole: bool) -> Trial | str | None:
    """A trial; what went wrong with it; or None where there is no wheel to try."""
    if wheel is None:
        print(f"Python {python.name}: no wheel for it in dist/", flush=True)
        return None
    end: Trial | str
    try:
        with tempfile.TemporaryDirectory(prefix="clean-") as work:
            end = trial(python, wheel, Path(work), whole=whole)
        print(f"Python {python.name}: {end.passed} tests passed", flush=True)
    except SystemExit as error:
        end = f"Python {python.name}: {error}"
        print(end, flush=True)
    return end


def wheel_for(python: pythons.Python) -> Path | None:
    for wheel in sorted(DIST.glob("*.whl")):
        abi = wheel_name(wheel).abi
        own = f"cp{python.version[0]}{python.version[1]}t"
        if abi == (own if python.free_threaded else "abi3"):
            return wheel
    return None


def trial(python: pythons.Python, wheel: Path, work: Path, *, whole: bool) -> Trial:
    """Raise SystemExit where something fails."""
    # Not every Python has a pip of its own.
    run([python.path, "-m", "venv", "--without-pip", work / "env"])
    env = bare(work)
    interpreter = work / "env" / "bin" / "python"
    extras = "[test]" if whole else "[cli,files]"
    pip = [sys.executable, "-m", "pip", "--python", interpreter, "install", "-q"]
    pip += ["--only-binary", ":all:"]
    run([*pip, f"{wheel}{extras}", *TEST_TOOLS], cwd=work, env=env)
    run([work / "env" / "bin" / "fastgd", "train", "--json", "--epochs", "2"], cwd=work, env=env)
    bits = run([interpreter, "-c", JOB], cwd=work, env=env)
    # The tests of the sdist, without the package that they would find there.
    shutil.unpack_archive(sdist(), work / "tree")
    (tree,) = (work / "tree").iterdir()
    shutil.rmtree(tree / "src")
    chosen = ["tests"] if whole else CHOSEN
    said = run([interpreter, "-m", "pytest", "-q", *chosen], cwd=tree, env=env)
    passed = re.findall(r"(\d+) passed", said)
    return Trial(python.name, wheel.name, int(passed[-1]) if passed else 0, bits)


def bare(work: Path) -> dict[str, str]:
    """An environment whose only programs are those of the virtual one."""
    ways = ("PIP_", "SSL_", "HTTP", "http", "NO_PROXY", "no_proxy", "FASTGD_MNIST", "LANG")
    kept = {name: value for name, value in os.environ.items() if name.startswith(ways)}
    return {**kept, "PATH": str(work / "env" / "bin"), "HOME": str(work), "CC": "no-compiler"}


def keep(trials: list[Trial], lost: list[str], *, whole: bool) -> None:
    """Leave the result in docs/reliability/."""
    import zipfile

    from tests.promises import keep

    if not trials:
        raise SystemExit("nothing was tried: make wheel builds wheels into dist/ first")
    facts: dict[str, object] = {}
    for name in sorted({t.wheel for t in trials}):
        with zipfile.ZipFile(DIST / name) as archive:
            facts[f"bytes of {name} beside the digits"] = size_beside_digits(archive)
        for library, version in libraries(DIST / name).items():
            facts[f"{library} inside {name}"] = version
    facts["Pythons"] = ", ".join(t.python for t in trials)
    facts["tests passed on each"] = ", ".join(str(t.passed) for t in trials)
    facts["thetas that differ between Pythons"] = len({t.bits for t in trials}) - 1
    how = "make wheel WHOLE=1" if whole else "make wheel"
    print("\n".join(lost), file=sys.stderr)
    keep("wheels", tried=len(trials) + len(lost), lost=len(lost), how=how, facts=facts)


if __name__ == "__main__":
    main()
