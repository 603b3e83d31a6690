"""Where a promise's trials leave what they found: docs/reliability/NAME.json.

docs/reliability/promises.toml says what is promised; docs/make_reliability.py makes the page of
both. A program calls `keep`. Tests carry `@pytest.mark.promise(name, n)`, n trials each, and
`python -m pytest -p tests.promises -m promise` counts those that pass. That run is the thorough
one: `trials` says how much more it tries.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

RESULTS = Path(__file__).parents[1] / "docs" / "reliability"
PROMISES = RESULTS / "promises.toml"


def promises() -> dict[str, dict[str, Any]]:
    return tomllib.loads(PROMISES.read_text(encoding="utf-8"))


def keep(
    name: str, *, tried: int, lost: int, how: str, facts: Mapping[str, Any] | None = None
) -> None:
    """Write the result of a promise's trials, and end the program with status 1 if any was lost.

    Parameters
    ----------
    name : str
        A table of promises.toml, whose `unit` names what is counted.
    tried, lost : int
        How many trials there were, and how many of them broke the promise.
    how : str
        The command that anybody can repeat, as "make kills".
    facts : mapping, optional
        Other numbers worth telling, words to value; what holds for one machine alone names it.
    """
    if name not in promises():
        raise ValueError(f"{PROMISES}: no promise named {name!r}; add it there")
    result = {
        "tried": int(tried),
        "lost": int(lost),
        "how": how,
        "when": datetime.now(UTC).date().isoformat(),
        "facts": dict(facts or {}),
    }
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{name}: {tried:,} {promises()[name]['unit']}, {lost:,} lost")
    if lost:
        sys.exit(1)


# ------------------------------------------------------------------ as a plugin of pytest

_thorough = False
T = TypeVar("T")


def trials(few: T, many: T) -> T:
    """`many` where promises are tried, `few` in the suite that runs every day."""
    return many if _thorough else few


TALLY = pytest.StashKey[dict[str, Counter[str]]]()


def pytest_configure(config: pytest.Config) -> None:
    global _thorough
    _thorough = True
    config.stash[TALLY] = {"tried": Counter(), "lost": Counter()}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers("promise"):
            item.user_properties.append(("promise", promise(*mark.args)))


def promise(name: str, n: int = 1) -> tuple[str, int]:
    """The marker's arguments."""
    return name, n


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.failed or (report.when == "call" and not report.skipped):
        tally = item.config.stash[TALLY]
        for key, (name, n) in item.user_properties:
            if key == "promise":
                tally["tried"][name] += n
                tally["lost"][name] += n * report.failed
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    tally = session.config.stash[TALLY]
    for name, tried in sorted(tally["tried"].items()):
        if tally["lost"][name] == 0:
            keep(name, tried=tried, lost=0, how="make promises")
