"""The extensions: kernels built once for each dtype and instruction set, on all processors."""

import filecmp
import os
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
ROOMS = SOURCE / "kernels"
INCLUDE = SOURCE / "include"
BUILT = SOURCE / "_built"
DEBUG = os.environ.get("FASTGD_DEBUG") == "1"
# FASTGD_SANITIZE="address,undefined" or "thread": what the compiler's -fsanitize is to watch.
SANITIZE = [f"-fsanitize={what}" for what in [os.environ.get("FASTGD_SANITIZE")] if what]
GNU = sys.platform != "win32"
# What is built for, which is not always what builds: macOS and WebAssembly are cross-compiled.
X86_64 = sysconfig.get_platform().endswith("x86_64") and GNU
# FASTGD_LEVELS="v3 v4" builds fewer, where it is known what will run them.
LEVELS = (os.environ.get("FASTGD_LEVELS") or "v2 v3 v4").split() if X86_64 else ["generic"]
# The build that gives the same bits on all processors: x86-64-v2 has no fused multiply-add.
BASELINE = "v2" if X86_64 else "everywhere"
APART = [BASELINE] if GNU and not X86_64 else []
REPEATABLE = ["-ffp-contract=off", "-fsigned-zeros", "-fno-associative-math"]
REALS = {"float32": "float", "float64": "double"}
# One wheel for all Pythons from 3.11 on, whose interface has buffers. A call takes 1 us longer.
ABI3 = os.environ.get("FASTGD_ABI3") == "1"
LIMITED = [("Py_LIMITED_API", "0x030B0000")] if ABI3 else []
if ABI3 and sysconfig.get_config_var("Py_GIL_DISABLED"):
    raise SystemExit("FASTGD_ABI3=1: a free-threaded Python needs a build of its own, without it")
JOBS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
# Linking with these sets the flush-to-zero bit of every process that imports us.
UNSAFE = ("-Ofast", "-ffast-math", "-funsafe-math-optimizations", "-ffinite-math-only")
FLAGS = []
if GNU:
    # Loops at the start of a cache line: else their speed depends on the code before them, by 4 %.
    FLAGS = ["-O0", "-g"] if DEBUG else ["-O3", "-g0", "-falign-loops=64"]
    if SANITIZE:
        FLAGS = ["-O1", "-g", "-fno-omit-frame-pointer", *SANITIZE]
    FLAGS += ["-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros", "-fvisibility=hidden"]
STRIP = ["-Wl,-s"] if sys.platform == "linux" and not (DEBUG or SANITIZE) else []
# Cython does not see that its directives changed: its C files of a debug build lie apart.
TRANSLATED = Path("build", "pyx-checked" if DEBUG else "pyx")
# Of -O3, what copies loops and functions for cases that their callers decide, and tables to unwind
# frames that have no names (STRIP): an eighth of a kernel, with which no bench is faster.
SMALLER = ["-fno-unswitch-loops", "-fno-split-loops", "-fno-split-paths", "-fno-ipa-cp-clone",
           "-fno-version-loops-for-strides", "-fno-asynchronous-unwind-tables"]  # fmt: skip
# Lanes are written by hand: what gcc makes of the loops around them is slower where rows are short.
BY_HAND = ["-fno-tree-vectorize"]
# What Cython adds to each module that has memoryviews, once for all: a third of their size.
SHARED = "fastgd._built.fastgd_shared"
DIRECTIVES = {
    "binding": False,  # functions without signatures: a twentieth of a module, and faster calls
    "boundscheck": DEBUG,
    "wraparound": DEBUG,
    "initializedcheck": DEBUG,
    "cdivision": True,
    "freethreading_compatible": True,
}


def compiles(flags, source="int main(void) { return 0; }\n"):
    """Whether the C compiler takes these flags."""
    compiler = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "probe.c")
        path.write_text(source)
        command = [*compiler.split(), *flags, str(path), "-o", str(Path(folder, "probe"))]
        try:
            subprocess.run(command, check=True, capture_output=True)
            return True
        except (OSError, subprocess.CalledProcessError):
            return False


def openmp_flags():
    """What makes the C compiler speak OpenMP; nothing, with a warning, where it does not."""
    asked = os.environ.get("FASTGD_OPENMP", "auto")
    if asked == "0":
        return []
    flag = "-fopenmp" if GNU else "/openmp"
    if compiles([flag], "#include <omp.h>\nint main(void) { return !omp_get_max_threads(); }\n"):
        return [flag]
    if asked == "1":
        raise SystemExit("FASTGD_OPENMP=1, but the C compiler has no OpenMP")
    warnings.warn("the C compiler has no OpenMP: fastgd will use one thread", stacklevel=1)
    return []


def modules():
    """(name, source, type, level) of each module in `fastgd._built`."""
    for name in ("processor", "layouts"):
        yield name, ROOMS / f"{name}.pyx", None, None
    for dtype, real in REALS.items():
        for level in [*LEVELS, *APART]:
            yield f"kernels_{dtype}_{level}", SOURCE / "_kernels.pyx", real, level


def extensions():
    openmp = openmp_flags()
    flags = FLAGS + openmp
    smaller = GNU and not (DEBUG or SANITIZE) and compiles(["-Werror", *SMALLER, *BY_HAND])
    flags += SMALLER if smaller else []
    small = ["-Os" if flag == "-O3" else flag for flag in flags]  # around a call, at the import
    yield Extension(
        SHARED,
        [str(TRANSLATED / "fastgd_shared.c")],
        define_macros=LIMITED,
        py_limited_api=ABI3,
        extra_compile_args=small,
        extra_link_args=STRIP + SANITIZE,
    )
    for name, source, real, level in modules():
        macros, march = [], []
        if name == "layouts" and X86_64:
            march = ["-march=x86-64-v2"]  # the oldest level that the kernels are built for
        if name == "processor":
            macros = [("FASTGD_LEVELS", f'"{" ".join(LEVELS)}"'),
                      ("FASTGD_BASELINE_BUILD", f'"{BASELINE}"'),
                      ("FASTGD_APART", f'"{" ".join(APART)}"'),
                      ("FASTGD_FLAGS", f'"{" ".join(flags)}"')]  # fmt: skip
        if real is not None:
            macros = [("REAL", real), ("REAL_IS_FLOAT", int(real == "float"))]
            march = [f"-march=x86-64-{level}"] if X86_64 else []
            march += BY_HAND if smaller else []
            if level == BASELINE:
                macros.append(("FASTGD_BASELINE", "1"))
                march += REPEATABLE
            if GNU and not DEBUG:
                # Tiles become registers only where their loops are inlined and unrolled.
                macros.append(("CYTHON_INLINE", "__inline__ __attribute__((__always_inline__))"))
        yield Extension(
            f"fastgd._built.{name}",
            [str(source)],
            define_macros=macros + LIMITED,
            py_limited_api=ABI3,
            extra_compile_args=(small if name == "processor" else flags) + march,
            extra_link_args=openmp + STRIP + SANITIZE,
            include_dirs=[str(ROOMS), str(INCLUDE)],
            depends=[str(path) for path in sorted([*ROOMS.iterdir(), *INCLUDE.iterdir()])],
        )


def copy_of(source, target):
    """`target`, made equal to `source`; left alone where it is, so that nothing is built again."""
    if not (target.exists() and filecmp.cmp(source, target, shallow=False)):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return target


class BuildExt(build_ext):
    """Cython in one process a processor, each kernel's C in a file of its own; no fast-math."""

    def build_extensions(self):
        shared, *extensions = self.extensions
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "fastgd_shared.c")  # the name it has in sys.modules too
            command = [sys.executable, "-m", "cython", "-X", "freethreading_compatible=True"]
            subprocess.run([*command, f"--generate-shared={source}"], check=True)
            copy_of(source, Path(shared.sources[0]))
        for extension in extensions:
            # Modules from one .pyx would otherwise share, and overwrite, one .c.
            name = extension.name.removeprefix("fastgd._built.") + ".pyx"
            extension.sources = [str(copy_of(extension.sources[0], TRANSLATED / name))]
        # Here and not in setup(): pip asks setup.py for names and metadata thrice more.
        made = cythonize(
            extensions,
            include_path=[str(SOURCE)],
            shared_utility_qualified_name=SHARED,
            compiler_directives=DIRECTIVES,
            nthreads=JOBS,
            quiet=True,
        )
        for extension, translated in zip(extensions, made, strict=True):
            extension.sources = translated.sources
        self.drop_fast_math()
        super().build_extensions()

    def drop_fast_math(self):
        """From the environment's flags, where it would change floats in the whole process."""
        for attribute in ("compiler", "compiler_so", "compiler_cxx", "linker_so", "linker_exe"):
            command = getattr(self.compiler, attribute, None)
            if isinstance(command, list):
                for option in [o for o in command if o in UNSAFE]:
                    print(f"fastgd: dropping {option}: it would flush subnormals to zero "
                          "in every process that imports fastgd", file=sys.stderr)  # fmt: skip
                    command.remove(option)


for name, source, _, _ in modules():
    copy_of(source.with_suffix(".pyi"), BUILT / f"{name}.pyi")
setup(
    ext_modules=list(extensions()),
    cmdclass={"build_ext": BuildExt},
    options={
        "build_ext": {"parallel": JOBS},
        "bdist_wheel": {"py_limited_api": "cp311"} if ABI3 else {},
    },
)
