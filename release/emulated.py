"""Processors that this machine is not, under qemu-user: `python -m release.emulated`.

The abi3 wheel of dist/ imports and trains on older x86-64 processors, with the bits that the same
build has here. The sdist is cross-compiled for aarch64 and does the same, beside Debian's Python
for it, which apt brings into a folder. Wanted, on Debian: qemu-user, gcc-aarch64-linux-gnu.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from release.tree import DIST, run
from release.wheel import UNSET, sdist

# A processor's name for qemu, and the build that it is to take. On older ones NumPy itself ends.
X86_64 = {"Nehalem": "v2", "Haswell": "v3"}
AARCH64 = ("cortex-a53", "max")
JOB = """
import hashlib, fastgd
digits = fastgd.datasets.digits()
net = fastgd.Network((784, 16, 16, 10))
cost = fastgd.Cost(net, digits.train_images[:2000], digits.train_labels[:2000], dtype="float32")
theta = net.random_theta(rng=0).astype("float32")
d = fastgd.gradient_descent(cost, theta, learning_rate=0.5, batch_size=10, epochs=5, rng=0)
full = fastgd.gradient_descent(cost, theta, learning_rate=0.5, epochs=2)
right = (net(d.theta, digits.test_images).argmax(axis=1) == digits.test_labels).mean()
assert right > 0.7 and full.costs[-1] < full.costs[0], (right, full.costs)
digest = hashlib.sha256(d.theta.tobytes() + full.theta.tobytes()).hexdigest()
print(fastgd.show_config()["cpu"], f"{right:.4f}", digest)
"""


def main() -> None:
    from tests.promises import keep

    for program in ("qemu-x86_64", "qemu-aarch64", "aarch64-linux-gnu-gcc", "apt-get"):
        if shutil.which(program) is None:
            raise SystemExit(
                f"{program} is not here: apt-get install qemu-user gcc-aarch64-linux-gnu"
            )
    lost, facts = [], {}
    with tempfile.TemporaryDirectory(prefix="emulated-") as folder:
        work = Path(folder)
        interpreter = installed(work)
        for processor, level in X86_64.items():
            native = last_line([interpreter, "-c", JOB], work, asking(level))
            there = last_line(["qemu-x86_64", "-cpu", processor, interpreter, "-c", JOB], work)
            facts[f"build on {processor}"] = there.split()[0]
            if there != native:
                lost.append(f"{processor}: expected {native}, got {there}")
            print(f"{processor}: {there}", flush=True)
        lost += refused(interpreter, work)
        right = last_line([interpreter, "-c", JOB], work).split()[1]
        command = aarch64(work / "aarch64")
        for processor in AARCH64:
            there = last_line([*command[0], "-cpu", processor, *command[1]], work)
            facts[f"build on aarch64 {processor}"] = there.split()[0]
            if abs(float(there.split()[1]) - float(right)) > 0.01:
                lost.append(f"{processor}: reads {there.split()[1]} of the digits, here {right}")
            print(f"{processor}: {there}", flush=True)
    print("\n".join(lost), file=sys.stderr)
    tried = len(X86_64) + len(AARCH64)
    keep("old-processors", tried=tried, lost=len(lost), how="make emulated", facts=facts)


def refused(interpreter: Path, work: Path) -> list[str]:
    """What is wrong with how a processor refuses a build that it lacks: a line of ImportError."""
    qemu = ["qemu-x86_64", "-cpu", "Haswell", "-E", "FASTGD_CPU=v4", interpreter]
    done = subprocess.run(
        [*qemu, "-c", "import fastgd"], cwd=work, capture_output=True, text=True, check=False
    )
    told = done.stderr.strip().splitlines()[-1:]
    if done.returncode == 1 and told and "FASTGD_CPU=v4: this processor runs v2, v3" in told[0]:
        return []
    return [f"Haswell, asked for v4: status {done.returncode}, {told}"]


def last_line(command: list[str | Path], work: Path, env: dict[str, str] | None = None) -> str:
    """What a command printed last: qemu warns of features of a processor that it lacks."""
    return run(command, cwd=work, env=env).splitlines()[-1]


def asking(level: str) -> dict[str, str]:
    return {**os.environ, "FASTGD_CPU": level}


def installed(work: Path) -> Path:
    """An environment with the abi3 wheel: its interpreter."""
    wheels = sorted(DIST.glob("*-abi3-*x86_64.whl"))
    if not wheels:
        raise SystemExit("dist/ has no abi3 wheel: make wheel builds it")
    run([sys.executable, "-m", "venv", work / "env"])
    interpreter = work / "env" / "bin" / "python"
    run([interpreter, "-m", "pip", "install", "-q", "--only-binary", ":all:", wheels[-1]])
    return interpreter


# ------------------------------------------------------------------------------- aarch64


def aarch64(root: Path) -> tuple[list[str], list[str]]:
    """(qemu's command, the program's) that run the main job on aarch64, built for it here."""
    packages = ["python3", "libgomp1"]
    python = system(root, packages)
    site = root / "site"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--target", site, "--only-binary", ":all:"]
    platforms = [f"--platform=manylinux_2_{glibc}_aarch64" for glibc in (17, 27, 28, 34)]
    version = python.name.removeprefix("python")
    run([*pip, *platforms, "--python-version", version, "--implementation", "cp", "numpy"])
    cross_compiled(root, site)
    qemu = ["qemu-aarch64", "-L", str(root), "-E", f"PYTHONPATH={site}"]
    return qemu, [str(python), "-c", JOB]


def system(root: Path, packages: list[str]) -> Path:
    """Debian packages for aarch64, and all that they need, unpacked into `root`: its Python.

    Apt gets folders of its own, in which nothing is installed: this system does not change.
    """
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (root / "apt" / folder).mkdir(parents=True)
    (root / "apt" / "status").touch()
    options = {
        "Dir::State": root / "apt/state", "Dir::Cache": root / "apt/cache",
        "Dir::State::status": root / "apt/status",
        "APT::Architecture": "arm64", "APT::Architectures": "arm64",
    }  # fmt: skip
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in options.items())]
    run([*apt, "update"])
    run([*apt, "install", "-y", "--download-only", "--no-install-recommends", *packages])
    for package in sorted((root / "apt/cache/archives").glob("*.deb")):
        run(["dpkg-deb", "--extract", package, root])
    return next(path for path in root.glob("usr/bin/python3.*") if path.name[-1].isdigit())


def cross_compiled(root: Path, site: Path) -> None:
    """fastgd for aarch64 into `site`. Python's limited interface is the same on both."""
    compiler = "aarch64-linux-gnu-gcc"
    env = {name: value for name, value in os.environ.items() if name not in UNSET}
    env |= {
        "CC": compiler, "LDSHARED": f"{compiler} -shared", "FASTGD_ABI3": "1",
        "_PYTHON_HOST_PLATFORM": "linux-aarch64",
    }  # fmt: skip
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    run([*pip, "--wheel-dir", root / "wheels", sdist()], env=env)
    shutil.unpack_archive(next((root / "wheels").glob("fastgd-*.whl")), site, format="zip")


if __name__ == "__main__":
    main()
