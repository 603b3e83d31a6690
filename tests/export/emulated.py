"""Microcontrollers without the hardware: a network's program built for one, run, and measured."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.export.common import MACHINES, STRICT, Array, Program, run

ARM = [
    "arm-none-eabi-gcc", "-mthumb", "-std=gnu99", "-O2", "-ffreestanding", "-nostartfiles",
    "-nostdlib",
]  # fmt: skip
AVR = ["avr-gcc", "-mmcu=atmega2560", "-std=gnu99", "-O2"]
TOOLS = ["arm-none-eabi-gcc", "avr-gcc", "qemu-system-arm", "/usr/include/simavr/sim_avr.h"]
MISSING = [tool for tool in TOOLS if not shutil.which(tool) and not Path(tool).exists()]
# With -icount shift=6 an instruction takes 64 ns, and SysTick counts 25 in a microsecond.
TICKS_AN_INSTRUCTION = 1.6


@dataclass(frozen=True)
class Measured:
    """What a machine computed, and what that took."""

    outputs: Array
    flash: int
    """Bytes that the network adds to a program: code, constants, arithmetic of the compiler's."""
    ram: int
    """Bytes of stack at the deepest, x and the outputs not counted. There are no others."""
    time: Array
    """(n,) of each input: instructions on Cortex-M, cycles on AVR."""


@dataclass(frozen=True, eq=False)
class Machine:
    """A processor, what compiles for it, and what pretends to be it."""

    name: str
    header: str
    compiler: list[str]
    links: list[str]

    def build(self, program: Program, folder: Path) -> int:
        """Write ``program`` into the folder; the bytes of flash that the network takes there."""
        (folder / "digits.c").write_text(program.source)
        run([*self.compiler, *STRICT, "-c", "digits.c"], folder)
        main = [*self.compiler, *program.words(self.header), MACHINES / "measure.c"]
        run([*main, "-DOUTPUTS=digits_outputs", "digits.o", *self.links, "-o", "program"], folder)
        run([*main, *self.links, "-o", "empty"], folder)
        flash, ram = self.sizes("program", folder)
        without, same = self.sizes("empty", folder)
        assert ram == same, "the network has static memory that can be written"
        return flash - without

    def sizes(self, name: str, folder: Path) -> tuple[int, int]:
        """(bytes in flash, bytes in RAM) of a program."""
        tool = self.compiler[0].replace("-gcc", "-size")
        text, data, bss = run([tool, name], folder).split(b"\n")[1].split()[:3]
        return int(text) + int(data), int(data) + int(bss)

    def measure(self, program: Program, X: Array, folder: Path) -> Measured:
        """The program's outputs for X, and what they take."""
        flash = self.build(program, folder)
        sent = self.run(program.bytes_of(X), folder)
        outputs, time, stack = program.read(sent)
        return Measured(outputs, flash, int(stack.max()), time)

    def run(self, given: bytes, folder: Path) -> bytes:
        raise NotImplementedError


class CortexM(Machine):
    """In QEMU, which runs instructions at one speed, whatever they are."""

    def run(self, given: bytes, folder: Path) -> bytes:
        (folder / "inputs").write_bytes(given)
        board = "mps2-an385" if "cortex-m3" in self.compiler[-1] else "mps2-an386"
        words = ["qemu-system-arm", "-M", board, "-display", "none", "-monitor", "none"]
        words += ["-serial", "none", "-icount", "shift=6,align=off,sleep=off"]
        words += ["-semihosting-config", "enable=on,target=native", "-kernel", "program"]
        run(words, folder)
        return (folder / "outputs").read_bytes()

    def measure(self, program: Program, X: Array, folder: Path) -> Measured:
        found = super().measure(program, X, folder)
        return Measured(found.outputs, found.flash, found.ram, found.time / TICKS_AN_INSTRUCTION)


class Avr(Machine):
    """In simavr, which counts cycles as the data sheet does."""

    def run(self, given: bytes, folder: Path) -> bytes:
        words = ["gcc", "-O2", MACHINES / "simavr.c", "-lsimavr", "-lelf", "-o", "simulator"]
        run(words, folder)
        return run(["./simulator", "program"], folder, given)


LIBRARIES = ["-T", str(MACHINES / "cortex_m.ld"), "-lc", "-lgcc"]
CORTEX_M3 = CortexM("Cortex-M3", "cortex_m", [*ARM, "-mcpu=cortex-m3"], LIBRARIES)
CORTEX_M4 = CortexM(
    "Cortex-M4",
    "cortex_m",
    [*ARM, "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-mcpu=cortex-m4"],
    LIBRARIES,
)
AVR_MEGA = Avr("ATmega2560", "avr", AVR, [])
EVERY_MACHINE = (CORTEX_M3, CORTEX_M4, AVR_MEGA)
