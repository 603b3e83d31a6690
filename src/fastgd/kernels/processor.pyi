"""Types of the build picker."""

from types import ModuleType
from typing import Final

BUILT: Final[tuple[str, ...]]
APART: Final[tuple[str, ...]]
COMPILER_VERSION: Final[str]
COMPILER_FLAGS: Final[str]
EVERYWHERE: Final[bool]
LEVEL: Final[str]

def supported() -> tuple[str, ...]: ...
def kernels(dtype: str) -> ModuleType: ...
def openmp_threads() -> int: ...
