"""`release.sbom`: the bill names fastgd and each file of digits, and is the same twice."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import fastgd

pytest.importorskip("cyclonedx")
sbom = pytest.importorskip("release.sbom", reason="release/ is not in this copy")
DATA = Path(fastgd.__file__).parent / "datasets" / "data"


def test_the_bill_names_fastgd_and_its_digits() -> None:
    bill = json.loads(sbom.bill(DATA.parents[2], "1.2.3"))
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["purl"] == "pkg:pypi/fastgd@1.2.3"
    (digits,) = bill["components"]
    told = {file["name"]: file["hashes"][0]["content"] for file in digits["components"]}
    assert told == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in DATA.glob("*.gz")
    }
    assert len(told) == 4


def test_the_bill_is_the_same_twice() -> None:
    assert sbom.bill(DATA.parents[2], "1.2.3") == sbom.bill(DATA.parents[2], "1.2.3")
