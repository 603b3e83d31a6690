"""The extensions: kernels built once for each dtype and instruction set, one file each."""

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import warnings
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

SOURCE = Path("src/fastgd")
DEBUG = os.environ.get("FASTGD_DEBUG") == "1"
X86_64 = platform.machine().lower() in ("x86_64", "amd64") and sys.platform != "win32"
# FASTGD_LEVELS="v3 v4" builds fewer, where it is known what will run them.
LEVELS = os.environ.get("FASTGD_LEVELS", "v2 v3 v4").split() if X86_64 else ["generic"]
# Linking with these sets the flush-to-zero bit of every process that imports us.
UNSAFE = ("-Ofast", "-ffast-math", "-funsafe-math-optimizations", "-ffinite-math-only")
GNU = sys.platform != "win32"
FLAGS = []
if GNU:
    FLAGS = ["-O0", "-g"] if DEBUG else ["-O3", "-g0"]
    FLAGS += ["-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros", "-fvisibility=hidden"]


def openmp_flags():
    """What makes the C compiler speak OpenMP; nothing, with a warning, where it does not."""
    asked = os.environ.get("FASTGD_OPENMP", "auto")
    if asked == "0":
        return []
    flag = "-fopenmp" if GNU else "/openmp"
    compiler = (sysconfig.get_config_var("CC") or "cc").split()
    compiler = os.environ.get("CC", " ".join(compiler)).split()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "probe.c")
        source.write_text("#include <omp.h>\nint main(void) { return !omp_get_max_threads(); }\n")
        try:
            subprocess.run(
                [*compiler, flag, str(source), "-o", str(Path(folder, "probe"))],
                check=True,
                capture_output=True,
            )
            return [flag]
        except (OSError, subprocess.CalledProcessError) as error:
            if asked == "1":
                raise SystemExit(f"FASTGD_OPENMP=1, but {compiler[0]} has no OpenMP") from error
            warnings.warn(f"{compiler[0]} has no OpenMP: fastgd will use one thread", stacklevel=1)
            return []


def extensions():
    openmp = openmp_flags()
    flags = FLAGS + openmp
    macros = [("FASTGD_LEVELS", f'"{" ".join(LEVELS)}"'), ("FASTGD_FLAGS", f'"{" ".join(flags)}"')]
    common = {"extra_compile_args": flags, "extra_link_args": openmp}
    yield Extension("fastgd._cpu", [str(SOURCE / "_cpu.pyx")], define_macros=macros, **common)
    yield Extension("fastgd._layout", [str(SOURCE / "_layout.pyx")], **common)
    for dtype, real in (("float32", "float"), ("float64", "double")):
        for level in LEVELS:
            name = f"_kernels_{dtype}_{level}"
            copy = Path("build/kernels") / f"{name}.pyx"
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(SOURCE / "_kernels.pyx", copy)
            shutil.copyfile(SOURCE / "_kernels.pyi", SOURCE / f"{name}.pyi")
            args = {**common, "extra_compile_args": list(flags)}
            if X86_64:
                args["extra_compile_args"].append(f"-march=x86-64-{level}")
            macros = [("REAL", real), ("REAL_IS_FLOAT", int(real == "float"))]
            if GNU and not DEBUG:
                # Tiles become registers only where their loops are inlined and unrolled.
                macros.append(("CYTHON_INLINE", "__inline__ __attribute__((__always_inline__))"))
            yield Extension(
                f"fastgd.{name}",
                [str(copy)],
                include_dirs=[str(SOURCE)],
                define_macros=macros,
                depends=[str(SOURCE / "_simd.h")],
                **args,
            )


class BuildExt(build_ext):
    """Refuses fast-math from the environment, which would change floats in the whole process."""

    def build_extensions(self):
        for attribute in ("compiler", "compiler_so", "compiler_cxx", "linker_so", "linker_exe"):
            command = getattr(self.compiler, attribute, None)
            if isinstance(command, list):
                for option in [o for o in command if o in UNSAFE]:
                    print(
                        f"fastgd: dropping {option}: it would flush subnormals to zero "
                        "in every process that imports fastgd",
                        file=sys.stderr,
                    )
                    command.remove(option)
        super().build_extensions()


directives = {
    "boundscheck": DEBUG,
    "wraparound": DEBUG,
    "initializedcheck": DEBUG,
    "cdivision": True,
    "freethreading_compatible": True,
}
setup(
    ext_modules=cythonize(list(extensions()), compiler_directives=directives, quiet=True),
    cmdclass={"build_ext": BuildExt},
    options={"build_ext": {"parallel": os.cpu_count()}},
)
