"""Make the page of promises: `python docs/make_reliability.py` writes docs/reliability.md.

docs/reliability/promises.toml says what is promised, and what others promise; the files beside it
hold what trials found; cases.toml says what breaks libraries of this kind, and what tries it here.
A test makes the page again and compares.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
FOLDER = DOCS / "reliability"
OTHERS = ("NumPy", "scikit-learn", "PyTorch", "LightGBM")

BEGINNING = """\
# Reliability

Each promise below was tried as often as its row says, by a command that anybody can repeat. What
the trials left is in `docs/reliability/`, and `docs/make_reliability.py` makes this page of it.
Beside each stands what other libraries promise at the same point, in a few words that lead to
theirs; a dash where no promise was found.
"""

TRIALS = """
## The trials

How each count was made, when, and what else was found.
"""

CASES = """
## What was tried to break it

What tries each case: tests, which every change must pass, or a make target. Each is tried in a
process of its own with a limit of time where it could end or hang one. A case is lost where a
process ends or hangs, a number is wrong without a word, or a file is torn.
"""
GROUPS = {
    "nastiest": "The twenty nastiest, from the issues of libraries of this kind",
    "found": "Found here, by attacking it, and mended",
    "held": "Held under that attack, and to be kept so",
}


def promises() -> dict[str, dict[str, Any]]:
    """What is promised and has been tried, with the result of its trials."""
    found = tomllib.loads((FOLDER / "promises.toml").read_text(encoding="utf-8"))
    tried = {}
    for name, promise in found.items():
        path = FOLDER / f"{name}.json"
        if path.exists():
            tried[name] = {**promise, **json.loads(path.read_text(encoding="utf-8"))}
    return tried


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def other(promise: dict[str, Any], library: str) -> str:
    """What a library promises, as a link to where it does."""
    if library not in promise:
        return "-"
    words, source = promise[library]
    return f"[{words}]({source})"


def table(found: dict[str, dict[str, Any]]) -> str:
    lines = [row("promise", "tried", "lost", *OTHERS), row("---", "--:", "--:", *["---"] * 4)]
    for promise in found.values():
        counts = f"{promise['tried']:,} {promise['unit']}", f"{promise['lost']:,}"
        others = (other(promise, library) for library in OTHERS)
        lines.append(row(promise["promise"], *counts, *others))
    return "\n".join(lines) + "\n"


def trials(found: dict[str, dict[str, Any]]) -> str:
    lines = [row("promise", "how", "when", "what else")]
    lines.append(row(*["---"] * 4))
    for promise in found.values():
        facts = "; ".join(f"{words}: {value}" for words, value in promise["facts"].items())
        lines.append(row(promise["promise"], f"`{promise['how']}`", promise["when"], facts))
    return "\n".join(lines) + "\n"


def tried_by(name: str) -> str:
    """A target as it stands; a file of tests, or a test, as a link to its file."""
    if name.startswith("make "):
        return f"`{name}`"
    path, _, test = name.partition("::")
    words = test.removeprefix("test_").replace("_", " ") or path.removeprefix("tests/")
    return f"[{words}](../{path})"


def cases() -> str:
    found = tomllib.loads((FOLDER / "cases.toml").read_text(encoding="utf-8"))
    parts = []
    for group, title in GROUPS.items():
        lines = [row("case", "tried by"), row("---", "---")]
        lines += [row(c["case"], "; ".join(map(tried_by, c["tests"]))) for c in found[group]]
        parts.append(f"\n### {title}\n\n" + "\n".join(lines) + "\n")
    return "".join(parts)


def page() -> str:
    found = promises()
    return f"{BEGINNING}\n{table(found)}{TRIALS}\n{trials(found)}{CASES}{cases()}"


if __name__ == "__main__":
    (DOCS / "reliability.md").write_text(page(), encoding="utf-8")
