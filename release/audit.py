"""What must hold of a wheel before anybody installs it: `python -m release.audit WHEEL ...`.

Its name, its size, what lies in it, which libraries it needs and from where, its bills of
materials; then abi3audit, for an abi3 wheel, and `twine check`. `clean.py` installs it.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from release.sbom import OWN_FILE
from release.tree import LEVELS, ROOT, run, wheel_name

MOST_BYTES = 1_500_000  # compressed, beside the embedded digits
DIGITS = "fastgd/datasets/data/"
# What a Linux system has; all else comes in the wheel.
SYSTEM = re.compile(
    r"(libc|libm|libpthread|librt|libdl|ld-linux-[\w-]+|libc\.musl-\w+)\.so(\.\d+)?"
)
# Modules and data of the package; sources of kernels and tests belong to the sdist.
KINDS = {
    ".py", ".pyi", ".pxd", ".h", ".so", ".pyd", ".typed", ".gz", ".html", ".css", ".js", ".wasm",
    ".c", ".txt", ".json", "",
}  # fmt: skip


def faults(wheel: Path) -> list[str]:
    """What is wrong with a wheel: a line each."""
    with zipfile.ZipFile(wheel) as archive:
        return [
            *name_faults(wheel),
            *content_faults(archive, wheel_name(wheel).platform),
            *size_faults(archive),
            *path_faults(archive),
            *library_faults(archive),
            *bill_faults(archive),
        ]


def name_faults(wheel: Path) -> Iterable[str]:
    name = wheel_name(wheel)
    free_threaded = name.abi.endswith("t")
    if not free_threaded and (name.python, name.abi) != ("cp311", "abi3"):
        yield f"{wheel.name}: expected cp311-abi3, or a free-threaded Python's own tags"
    if name.platform.startswith("linux"):
        yield f"{wheel.name}: not repaired: its platform is plain Linux"


def content_faults(archive: zipfile.ZipFile, platform: str) -> Iterable[str]:
    names = archive.namelist()
    built = {Path(name).name.partition(".")[0] for name in names if is_library(name)}
    levels = LEVELS if platform.endswith("x86_64") else ("generic",)
    wanted = {f"kernels_{dtype}_{level}" for dtype in ("float32", "float64") for level in levels}
    for module in sorted((wanted | {"processor", "layouts", "fastgd_shared"}) - built):
        yield f"{module}: no such module in the wheel"
    for name in names:
        top = name.partition("/")[0]
        if not re.fullmatch(r"fastgd(\.libs|-[^/]+\.dist-info)?", top):
            yield f"{name}: outside of the package"
        elif Path(name).suffix not in KINDS and ".so." not in name and ".dist-info/" not in name:
            yield f"{name}: not a kind of file that is installed"


def size_faults(archive: zipfile.ZipFile) -> Iterable[str]:
    size = size_beside_digits(archive)
    if size > MOST_BYTES:
        yield f"{size:,} bytes beside the digits: expected at most {MOST_BYTES:,}"


def size_beside_digits(archive: zipfile.ZipFile) -> int:
    return sum(i.compress_size for i in archive.infolist() if not i.filename.startswith(DIGITS))


def path_faults(archive: zipfile.ZipFile) -> Iterable[str]:
    """Folders of the machine that built it."""
    for name in archive.namelist():
        found = re.search(rb"/(?:home|root|work|tmp|build|Users)/[\w./+-]{3,}", archive.read(name))
        if is_library(name) and found:
            yield f"{name}: a path of the machine that built it, {found[0].decode()}"


def library_faults(archive: zipfile.ZipFile) -> Iterable[str]:
    """What modules ask the loader for (ELF alone)."""
    inside = {Path(name).name for name in archive.namelist() if is_library(name)}
    for name in archive.namelist():
        if is_library(name) and archive.read(name).startswith(b"\x7fELF"):
            needed, search = loader_entries(archive.read(name))
            for library in needed:
                if library not in inside and not SYSTEM.fullmatch(library):
                    yield f"{name}: needs {library}, which the wheel has not"
            for folder in search:
                if not folder.startswith("$ORIGIN"):
                    yield f"{name}: looks for libraries in {folder}"


def loader_entries(contents: bytes) -> tuple[list[str], list[str]]:
    """(libraries needed, folders searched) of an ELF file."""
    from elftools.elf.elffile import ELFFile

    needed, search = [], []
    for tag in ELFFile(BytesIO(contents)).get_section_by_name(".dynamic").iter_tags():
        if tag.entry.d_tag == "DT_NEEDED":
            needed.append(tag.needed)
        elif tag.entry.d_tag in ("DT_RPATH", "DT_RUNPATH"):
            search += getattr(tag, tag.entry.d_tag[3:].lower()).split(":")
    return needed, search


def bill_faults(archive: zipfile.ZipFile) -> Iterable[str]:
    bills = {
        Path(name).name: json.loads(archive.read(name))
        for name in archive.namelist()
        if name.endswith(".cdx.json")
    }
    if OWN_FILE not in bills:
        yield f"{OWN_FILE}: no such bill of materials: python -m release.sbom adds it"
    for name in archive.namelist():
        library = re.match(r"fastgd\.libs/(\w+)-", name)
        if library and library[1] not in versions(bills.values()):
            yield f"{name}: no bill of materials says which version it is"
        if library and not any(
            n.endswith(f"/licenses/{library[1]}.txt") for n in archive.namelist()
        ):
            yield f"{name}: its licence is not in the wheel"


def versions(bills: Iterable[dict[str, object]]) -> dict[str, str]:
    """Versions of the libraries that `auditwheel repair` copied, by name without suffixes."""
    found = {}
    for bill in bills:
        for component in bill.get("components", []):  # type: ignore[attr-defined]
            if component.get("version"):
                found[re.split(r"[\d.-]", component["name"])[0]] = component["version"]
    return found


def is_library(name: str) -> bool:
    return name.endswith((".so", ".pyd")) or ".so." in name or ".so-" in name


def libraries(wheel: Path) -> dict[str, str]:
    """Each library copied into a wheel, with its version."""
    with zipfile.ZipFile(wheel) as archive:
        bills = [
            json.loads(archive.read(n)) for n in archive.namelist() if n.endswith("wheel.cdx.json")
        ]
    return {name: version for name, version in versions(bills).items() if name != "fastgd"}


def audit(wheel: Path) -> None:
    """Print what a wheel is, or end with what is wrong."""
    found = faults(wheel)
    if found:
        raise SystemExit("\n".join([f"{wheel.name}:", *found]))
    tools = Path(sys.executable).parent
    run([tools / "twine", "check", "--strict", wheel])
    if wheel_name(wheel).abi == "abi3":
        run([tools / "abi3audit", "--strict", wheel], cwd=ROOT)
    with zipfile.ZipFile(wheel) as archive:
        size = size_beside_digits(archive)
    inside = ", ".join(f"{name} {version}" for name, version in libraries(wheel).items())
    print(f"{wheel.name}: {size:,} bytes beside the digits; inside: {inside or 'no library'}")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        audit(Path(argument))
