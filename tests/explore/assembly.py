"""Builds `descent.wasm` from descent.c: ``python -m tests.explore.assembly``.

The page carries it, and it is kept in the repository, so that whoever installs fastgd needs no
clang. Build it anew whenever descent.c, functions.h or simd.h changes: test_descent.py compares.
"""

from __future__ import annotations

from tests.common import ROOT

from fastgd.export.web_assembly import compiled

SOURCE = ROOT / "src" / "fastgd"
MODULE = SOURCE / "explore" / "descent.wasm"
STACK = 8192


def assembled() -> bytes:
    """descent.c as WebAssembly with vectors of 128 bits."""
    source = (SOURCE / "explore" / "descent.c").read_text(encoding="ascii")
    return compiled(
        source, "-std=c11", "-O3", "-msimd128", "-fno-math-errno", "-ffp-contract=off",
        "-Wall", "-Wextra", "-Wno-unused", "-Werror", f"-I{SOURCE / 'kernels'}",
        f"-Wl,-z,stack-size={STACK}",
    )  # fmt: skip


if __name__ == "__main__":
    MODULE.write_bytes(assembled())
    print(f"{MODULE}: {MODULE.stat().st_size:,} bytes")
