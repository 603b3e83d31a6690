"""A network as a WebAssembly module: `float_c`'s file, compiled by clang.

Loading and calling it is the page's business; docs/export.md has the lines.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from numpy.typing import ArrayLike

from fastgd.export.float_c import to_c
from fastgd.network import Network

PAGE = 65_536
STACK = PAGE


def to_wasm(network: Network, theta: ArrayLike, *, name: str = "network") -> bytes:
    """The network as a WebAssembly module that imports nothing.

    It exports ``memory``, ``NAME_outputs(x, out)`` and ``NAME_prediction(x)`` as in the C file of
    `to_c`, addresses being bytes in its memory, and ``__heap_base``, from where on the memory is
    the caller's: there is room for one x and one out.

    Parameters
    ----------
    network : Network
    theta : (n_parameters,) array
        Rounded to float32.
    name : str
        What the exported names begin with: a C identifier.

    Returns
    -------
    bytes

    Raises
    ------
    TypeError, ValueError
        As for `to_c`.
    FileNotFoundError
        Where clang or its linker for WebAssembly, wasm-ld, is not installed.
    OSError
        Where the compiler fails; it says why.
    """
    source = to_c(network, theta, name=name)
    exports = ["outputs", "prediction"] if network.n_outputs > 1 else ["outputs"]
    hidden = 8 * max(network.layer_sizes)
    # constants below the stack, the caller's x and out above it
    room = 4 * (network.n_parameters + network.n_inputs + network.n_outputs) + STACK + hidden
    return compiled(
        source,
        "-std=c99",
        f"-Wl,--initial-memory={(room // PAGE + 2) * PAGE}",
        f"-Wl,-z,stack-size={(STACK + hidden) // 16 * 16}",
        *(f"-Wl,--export={name}_{export}" for export in exports),
    )


def compiled(source: str, *options: str) -> bytes:
    """A C file without libc as a WebAssembly module, by clang with further options."""
    clang = wasm_compiler()
    words = ["--target=wasm32", "-O2", "-ffreestanding", "-nostdlib"]
    words += ["-Wl,--no-entry", "-Wl,--strip-all", "-Wl,--export=__heap_base"]
    with TemporaryDirectory() as folder:
        (Path(folder) / "source.c").write_text(source, encoding="ascii")
        done = subprocess.run(
            [clang, *words, *options, "source.c", "-o", "module"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise OSError(f"clang could not write WebAssembly: {done.stderr.strip()}")
        return (Path(folder) / "module").read_bytes()


def wasm_compiler() -> str:
    """Where clang is, or an error that says what to install."""
    clang = shutil.which("clang")
    if clang is None or shutil.which("wasm-ld") is None:
        missing = "clang" if clang is None else "wasm-ld"
        raise FileNotFoundError(
            f"WebAssembly needs clang and its linker, and there is no {missing}: install "
            "clang and lld, for example with apt-get install clang lld"
        )
    return clang
