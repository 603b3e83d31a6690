"""What ``fastgd train`` tells: what there is to learn, what was learned, and what to try next.

How a digit or a bar looks is left to `sketches`, tables to `tables`, the curve to
`learning_curve`.
"""

from __future__ import annotations

import math
import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fastgd import inside
from fastgd.cli import sketches, terminal
from fastgd.cli.examples import DIGITS, Parts, targets
from fastgd.cli.learning_curve import show_curve
from fastgd.cli.task import Learned, Task
from fastgd.cli.terminal import describe, percent
from fastgd.datasets import Examples, Schema, Shards
from fastgd.inside import Learning
from fastgd.inside.answers import read_out

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.console import Console

N_MISREAD = 5  # shown after training, if they fit side by side
MOST_NAMES = 6  # of classes, in a sentence


def show_start(task: Task, theta: NDArray[Any], name: str, state: str) -> None:
    """The network and its examples; for digits what it reads now: untrained, or as saved."""
    out = terminal.console()
    out.print(describe(task.network))
    train, validation, test = task.parts
    if train.schema == DIGITS and test is not None:
        held_out = f", {validation.n_examples:,} held out" if validation else ""
        out.print(
            f"{train.n_examples:,} digits to learn from{held_out}, {len(test.X):,} to test on\n"
        )
        out.print(f'{state}, it is shown a "3":\n')
        three = first_three(test)
        sketches.show_reading(out, three, task.network(theta, three))
        right = percent(inside.accuracy(task.network, theta, test.X, targets(test)))
        out.print(f"\nIt reads {right} of the test digits right.")
    else:
        out.print(f"{name}: {counted(task.parts)}; {meant(train.schema)}")
        if isinstance(train, Shards):
            told = f"{len(train)} shards, read one after another within {task.memory / 1e6:,.0f} MB"
            out.print(f"{told} of memory.")
        if task.scales.given:
            what = "Inputs and targets are" if task.scales.outputs is not None else "Inputs are"
            out.print(f"{what} standardised while it learns; the network takes them as they stand.")
    sys.stdout.flush()


def first_three(digits: Examples) -> NDArray[Any]:
    """The first 3: what is shown before and after training."""
    image: NDArray[Any] = digits.X[(targets(digits) == 3).argmax()]
    return image


def counted(parts: Parts) -> str:
    """How many examples each part has, in words."""
    purposes = ("examples to learn from", "held out", "to test on")
    told = [
        f"{part.n_examples:,} {purpose}"
        for part, purpose in zip(parts, purposes, strict=True)
        if part is not None
    ]
    return ", ".join(told)


def meant(schema: Schema) -> str:
    """What goes in and what comes out, in words."""
    target = f" of {schema.target}" if schema.target else ""
    if schema.kind == "regression":
        return f"{schema.n_inputs} inputs, {schema.target or 'a quantity'} to predict"
    names = ", ".join(schema.classes[:MOST_NAMES])
    more = ", ..." if len(schema.classes) > MOST_NAMES else ""
    return f"{schema.n_inputs} inputs, {len(schema.classes)} classes{target}: {names}{more}"


def show_end(task: Task, learned: Learned, results: dict[str, Any], n_before: int) -> None:
    """What the network can do now."""
    out = terminal.console()
    train, _, test = task.parts
    if train.schema == DIGITS and test is not None:
        out.print('\nTrained, it is shown the same "3":\n')
        three = first_three(test)
        sketches.show_reading(out, three, task.network(learned.theta, three))
    show_measures(out, task, results)
    if results["epochs"] > 1:
        out.print()
        show_curve(out, series_of(results))
    n_epochs = results["epochs"] - n_before
    speed = n_epochs * train.n_examples / max(results["seconds"], 1e-9)
    out.print(
        f"\n{results['epochs']:,} epochs, {results['steps']:,} steps in "
        f"{results['seconds']:.2f} s ({speed:,.0f} examples/s){ended(learned, results)}"
    )
    if train.schema == DIGITS and test is not None:
        show_misread(out, task, learned.theta, test)
    if results["saved"] is not None:
        out.print(f"\nSaved to {results['saved']}", soft_wrap=True)


def series_of(results: dict[str, Any]) -> dict[str, list[float]]:
    """The costs of each epoch; held-out examples may have been looked at from later on."""
    costs, held_out = results["costs"], results["validation_costs"]
    if not held_out:
        return {"training": costs}
    return {"training": costs, "held out": [math.nan] * (len(costs) - len(held_out)) + held_out}


def ended(learned: Learned, results: dict[str, Any]) -> str:
    """Why it ended, where that was not the last epoch."""
    if results["stopped_by"] == "tol":
        return ", until the steps became tiny"
    if learned.best_epoch is not None:
        return f"; kept: epoch {learned.best_epoch:,}, the best on held-out examples"
    return ""


def show_measures(out: Console, task: Task, results: dict[str, Any]) -> None:
    """Cost and accuracy of each part; for a regression R^2 instead."""
    what = "digits" if task.parts.train.schema == DIGITS else "examples"
    regression = task.parts.train.kind == "regression"
    out.print(f"\n                      cost   {'R^2' if regression else 'accuracy':>8}")
    kind = "r2" if regression else "accuracy"
    for name, key, part in (
        ("training", "train", "cost"),
        ("held-out", "validation", "validation_cost"),
        ("never-seen", "test", "test_cost"),
    ):
        cost, rate = results[part], results[f"{key}_{kind}"]
        if cost is None:
            continue
        shown = "-" if rate is None else f"{rate:.4f}" if regression else percent(rate)
        out.print(f"{f'{name} {what}':<19} {cost:7.4g}   {shown:>8}")


def show_misread(out: Console, task: Task, theta: NDArray[Any], test: Examples) -> None:
    """The wrong answers that the network is surest of."""
    outputs, labels = task.network(theta, test.X), targets(test)
    read = read_out(outputs)
    wrong = (read != labels).nonzero()[0]
    if wrong.size:
        surest = wrong[np.argsort(-outputs[wrong].max(1), kind="stable")][:N_MISREAD]
        out.print(f"\nIt misreads {wrong.size:,} of {len(read):,}. Those it is surest of:\n")
        captions = [f"{labels[i]}, read as {read[i]}" for i in surest]
        sketches.show_images(out, [test.X[i] for i in surest], captions)


def show_next(model: str, data: str | None, examples: Examples | Shards) -> None:
    """Commands that work as they stand; shards can be evaluated alone."""
    by = "" if data is None else " --data " + shlex.quote(data)
    program, file = called(), shlex.quote(model)
    asked = ("evaluate",) if isinstance(examples, Shards) else ("evaluate", "show", "explore")
    commands = [f"{program} {command} {file}{by}" for command in asked]
    out = terminal.console()
    out.print("\nNext:")
    for command in commands:
        out.print(f"  {command}", soft_wrap=True)


def called() -> str:
    """How this command is started again from here."""
    name = sys.argv[0] if sys.argv else "fastgd"
    if os.path.basename(name) == "__main__.py":
        return f"{shlex.quote(os.path.basename(sys.executable))} -m fastgd"
    found = shutil.which("fastgd")
    if found is not None and os.path.realpath(found) == os.path.realpath(name):
        return "fastgd"
    return shlex.quote(os.path.relpath(name)) if os.path.exists(name) else "fastgd"


def names_of(task: Task) -> Sequence[str] | None:
    """Names of the outputs, where each stands for a class."""
    classes = task.parts.train.classes
    return classes if len(classes) == task.network.n_outputs else None


def in_options(verdict: Learning) -> str:
    """A verdict with options where it names Python's arguments."""
    advice = re.sub(r'(\w+)="(\w+)"', r"\1 \2", verdict.advice)
    advice = re.sub(
        r"\b(learning_rate|batch_size|output_activation|activation|epochs)\b",
        lambda found: f"--{found[1].replace('_', '-')}",
        advice,
    )
    kind = "" if verdict.learned else "it has not learned: "
    return f"{kind}{verdict.reason}; {advice}"
