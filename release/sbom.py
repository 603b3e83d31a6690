"""The bill of materials of a wheel: fastgd and the digits in it, as CycloneDX (PEP 770).

`auditwheel repair` writes one of the libraries that it copies into a wheel, libgomp here. This
puts one of fastgd itself beside it, and libgomp's licence: `python -m release.sbom WHEEL ...`. It
is the last that changes a wheel, so it packs it too.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from release.packing import repack
from release.tree import EPOCH, LICENCES, run, wheel_name

OWN_FILE = "fastgd.cdx.json"


def bill(folder: Path, version: str) -> str:
    """CycloneDX 1.6 of the unpacked wheel in `folder`: the same text for the same files."""
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.license import LicenseExpression
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    url = PackageURL("pypi", name="fastgd", version=version)
    fastgd = Component(
        name="fastgd", version=version, type=ComponentType.LIBRARY, purl=url, bom_ref=str(url),
        licenses=[LicenseExpression("BSD-3-Clause AND CC-BY-SA-3.0")],
    )  # fmt: skip
    data = sorted((folder / "fastgd/datasets/data").glob("*.gz"))
    digits = Component(
        name="MNIST subset", type=ComponentType.DATA, bom_ref="fastgd/datasets/data",
        description="10,000 training and 2,000 test examples of the MNIST database, unchanged",
        licenses=[LicenseExpression("CC-BY-SA-3.0")],
        components=[file_of(path) for path in data],
    )  # fmt: skip
    bom = Bom(components=[digits], serial_number=uuid5(NAMESPACE_URL, str(url)))
    bom.metadata.component = fastgd
    bom.metadata.timestamp = datetime.fromtimestamp(EPOCH, UTC)
    bom.register_dependency(fastgd, [digits])
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def file_of(path: Path) -> Any:
    """A data file with its SHA-256."""
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.component import Component, ComponentType

    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Component(
        name=path.name, type=ComponentType.FILE, bom_ref=f"fastgd/datasets/data/{path.name}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )  # fmt: skip


def complete(wheel: Path) -> None:
    """Put fastgd's bill, and the licence of each library inside, into a wheel, in its place."""
    version = wheel_name(wheel).version
    with unpacked(wheel) as folder:
        about = folder / f"fastgd-{version}.dist-info"
        (about / "sboms").mkdir(exist_ok=True)
        (about / "sboms" / OWN_FILE).write_text(bill(folder, version), encoding="utf-8")
        for library in sorted(folder.glob("fastgd.libs/*")):
            name = library.name.partition("-")[0]
            licence = (LICENCES / f"{name}.txt").read_text(encoding="utf-8")
            (about / "licenses" / f"{name}.txt").write_text(licence, encoding="utf-8")
    repack(wheel)


@contextmanager
def unpacked(wheel: Path) -> Iterator[Path]:
    """The folder of a wheel's files, which are packed in its place when the block ends."""
    tool = [sys.executable, "-m", "wheel"]
    with tempfile.TemporaryDirectory() as work:
        run([*tool, "unpack", wheel, "--dest", work])
        folder = Path(work, f"fastgd-{wheel_name(wheel).version}")
        yield folder
        wheel.unlink()
        run([*tool, "pack", folder, "--dest-dir", wheel.parent])


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        complete(Path(argument))
        print(f"{argument}: bill of materials added")
