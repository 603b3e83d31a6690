"""Changed code that no test notices: `python -m tests.mutants`, or `... "fastgd.cost*"` for a part.

mutmut changes one thing at a time in the files that pyproject.toml names, and runs the tests that
reach it. What survives must stand in docs/reliability/survivors.toml with the reason why the
change is no fault; what does not is told, as a difference.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from typing import Any, NamedTuple

from tests.common import ROOT
from tests.promises import RESULTS, keep

BUILD = ROOT / "build" / "mutants"
SURVIVORS = RESULTS / "survivors.toml"
# As mutmut codes them: all others ended the tests, in whatever way.
SURVIVED, NO_TESTS, NOT_TRIED = 0, (5, 33), (None, 2, 34)


class Mutant(NamedTuple):
    name: str
    """As mutmut has it: module, function, number."""
    code: int | None

    @property
    def function(self) -> str:
        """Module and name in it, without mutmut's own marks."""
        name = self.name.partition("__mutmut_")[0]
        return name.replace(".x_", ".").replace(".xǁ", ".").replace("ǁ", ".")


def mutmut(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *words],
        cwd=BUILD, check=False, text=True, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(BUILD / "mutants" / "src")},
    )  # fmt: skip
    if done.returncode:
        sys.exit(done.stdout[-3000:])
    return done.stdout


def lay_out() -> None:
    """A copy of what the tests need: mutmut writes into the folder that it runs in."""
    BUILD.mkdir(parents=True, exist_ok=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("src", "tests"):
        shutil.copytree(ROOT / name, BUILD / name, ignore=ignored, dirs_exist_ok=True)
    for name in ("pyproject.toml", "conftest.py", "README.md", "setup.py"):
        shutil.copy(ROOT / name, BUILD)


def found() -> list[Mutant]:
    return [
        Mutant(name, code)
        for path in sorted((BUILD / "mutants").rglob("*.meta"))
        for name, code in json.loads(path.read_text())["exit_code_by_key"].items()
    ]


def difference(mutant: Mutant) -> tuple[str, str]:
    """(what was, what is), on one line each."""
    told = mutmut("show", mutant.name)
    was, now = (re.findall(rf"^[{sign}](?![{sign}]{{2}})(.*)$", told, re.M) for sign in "-+")
    return " ".join(map(str.strip, was)), " ".join(map(str.strip, now))


def excused(function: str, now: str, known: list[dict[str, Any]]) -> bool:
    """Whether a reason is written down: for this change, or for any in what it is `of`."""
    return any(
        re.fullmatch(one["of"], function) and re.search(one["now"], now) and one["why"]
        for one in known
    )


def main(words: list[str]) -> None:
    lay_out()
    mutmut("run", *words)
    tried = [mutant for mutant in found() if mutant.code not in NOT_TRIED]
    known = tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))["survivor"]
    lost: Counter[str] = Counter()
    survived = [m for m in tried if m.code == SURVIVED or m.code in NO_TESTS]
    for mutant in survived:
        was, now = difference(mutant)
        if not excused(mutant.function, now, known):
            lost[mutant.function] += 1
            print(f"{mutant.function}\n    was  {was}\n    now  {now}")
    print(f"{len(tried):,} mutants, {len(survived)} survived, {sum(lost.values())} with no reason")
    if words:
        sys.exit(bool(lost))
    keep(
        "mutants", tried=len(tried), lost=sum(lost.values()), how="make mutants",
        facts={"survived, each with its reason": len(survived)},
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
