"""The command ``fastgd evaluate``: how right a saved network is on examples with answers."""

from __future__ import annotations

from argparse import Namespace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastgd import inside
from fastgd.cli import terminal
from fastgd.cli.answers import Measured
from fastgd.cli.examples import DIGITS, parts_of, read_like, targets
from fastgd.cli.record import Saved, fingerprint, name_of, read_saved
from fastgd.cli.shards import filled, measure_part, read_shards
from fastgd.cli.tables import show_table
from fastgd.cli.terminal import describe, percent, print_json
from fastgd.datasets import Examples, Shards


class Asked(NamedTuple):
    """What a network is measured on."""

    examples: Examples | Shards
    words: str
    """How many of which they are."""
    seen: bool
    """Whether the network learned from these very examples."""


def run_evaluation(arguments: Namespace) -> int:
    """Measure a saved network."""
    saved = read_saved(arguments.model)
    asked = examples_for(arguments, saved)
    found = measure_part(None, saved.network, saved.theta, asked.examples, arguments.threads)
    if arguments.json:
        print_json(results_of(saved, asked, found))
        return 0
    out = terminal.console()
    out.print(describe(saved.network))
    if found.accuracy is not None:
        out.print(f"{asked.words}: cost {found.cost:.4f}, accuracy {percent(found.accuracy)}\n")
        show_confusion(saved, asked.examples)
    else:
        out.print(f"{asked.words}: cost {found.cost:.4g}, R^2 {shown(found.r2)}")
        unit = asked.examples.schema.target or "the target"
        errors = ", ".join(f"{e:.4g}" for e in found.errors)
        out.print(f"Typical error (root of the mean square) of {unit}: {errors}")
    if asked.seen:
        out.print("It learned from these: examples it has not seen tell more.")
    return 0


def examples_for(arguments: Namespace, saved: Saved) -> Asked:
    """Test examples, those held out when it learned, or all of --data."""
    examples = read_shards(arguments, saved.schema) or read_like(
        arguments, saved.network, saved.schema, saved.learned_from
    )
    name = name_of(arguments.data)
    if examples.test is not None:
        what = "test digits" if examples.schema == DIGITS else f"test examples of {name}"
        return Asked(examples.test, f"{len(examples.test.X):,} {what}", False)
    n_all = examples.n_examples
    same = saved.settings is not None and fingerprint(examples) == saved.metadata.get("examples")
    if same and saved.settings is not None and saved.settings.validation:
        held_out = parts_of(examples, saved.settings).validation
        assert held_out is not None
        words = (
            f"{held_out.n_examples:,} of the {n_all:,} examples of {name}, held out when it learned"
        )
        return Asked(held_out, words, False)
    return Asked(examples, f"{n_all:,} examples of {name}", same)


def results_of(saved: Saved, asked: Asked, found: Measured) -> dict[str, Any]:
    """What ``--json`` prints."""
    n_examples = asked.examples.n_examples
    results: dict[str, Any] = {"n_examples": n_examples, "cost": found.cost, "seen": asked.seen}
    if found.accuracy is None:
        return results | {"r2": found.r2, "rmse": list(found.errors)}
    counts = confusion(saved, asked.examples)
    names = list(asked.examples.schema.classes)
    return results | {
        "accuracy": found.accuracy, "classes": names, "confusion": counts.tolist()
    }  # fmt: skip


def confusion(saved: Saved, examples: Examples | Shards) -> NDArray[np.int64]:
    """(n_classes, n_classes) how many of each class are taken for which: [true, read]."""
    if isinstance(examples, Shards):
        each = [inside.confusion(saved.network, saved.theta, X, Y) for X, Y in filled(examples)]
        total: NDArray[np.int64] = np.sum(each, axis=0, dtype=np.int64)
        return total
    return inside.confusion(saved.network, saved.theta, examples.X, targets(examples))


def show_confusion(saved: Saved, examples: Examples | Shards) -> None:
    """What each class is taken for."""
    counts = confusion(saved, examples)
    what = "digit" if examples.schema == DIGITS else examples.schema.target or "class"
    names = examples.schema.classes
    rows = [
        [name, *(str(n) for n in row), percent(row[k] / row.sum()) if row.any() else "-"]
        for k, (name, row) in enumerate(zip(names, counts, strict=True))
    ]
    header = [f"{what} \\ read as", *names, "right"]
    show_table(terminal.console(), header, rows)


def shown(r2: float | None) -> str:
    """R^2; a constant target has none."""
    return "-" if r2 is None else f"{r2:.4f}"
