"""The command ``fastgd sweep``: many settings tried side by side, a table of what they are worth.

What can be varied is `sweep_options`'; the fits are `fastgd.sweeps`'.
"""

from __future__ import annotations

import math
import shlex
from argparse import Namespace
from dataclasses import replace
from typing import Any

import numpy as np

import fastgd
from fastgd.cli import progress, terminal
from fastgd.cli.errors import complain
from fastgd.cli.examples import Parts, answering_for, parts_of, read_training, targets, whole
from fastgd.cli.prepare import HIDDEN, usual_output, usual_settings
from fastgd.cli.record import name_of
from fastgd.cli.scales import Scales
from fastgd.cli.settings import usual_rate
from fastgd.cli.story import counted, meant
from fastgd.cli.tables import show_table
from fastgd.cli.terminal import percent, print_json
from fastgd.datasets import Examples
from fastgd.sweeps import Sweep
from fastgd.sweeps.results import REPEATED, chosen_in, first_of, shown

# Words of the table.
HEADS = {"hidden_layer_sizes": "hidden", "learning_rate": "rate", "batch_size": "batch"}
MOST_SHOWN = 20


def run_sweep(arguments: Namespace) -> int:
    """Fit them all."""
    examples = read_training(arguments)
    cost, parts, scaled = prepared(arguments, examples)
    tells = not (arguments.json or arguments.quiet)
    values = values_of(arguments, cost)
    n_train = len(whole(parts.train).X)
    if tells:
        out = terminal.console()
        folds = f", in {arguments.folds} folds" if arguments.folds else ""
        out.print(f"{name_of(arguments.data)}: {counted(parts)}{folds}; {meant(examples.schema)}")
        if scaled:
            out.print("Inputs and a regression's target are standardised.")
    try:
        with progress.fits(quiet=arguments.quiet) as report, answering_for(arguments):
            found = fitted(arguments, cost, n_train, values, report)
    except KeyboardInterrupt as interrupt:
        so_far = getattr(interrupt, "sweep", None)
        if so_far is None:
            return complain("interrupted; no fit had begun", 130)
        show_found(arguments, so_far, examples)
        done = sum(fit.stopped_by != "interrupt" for fit in so_far)
        return complain(f"interrupted after {done} of {len(so_far)} fits", 130)
    show_found(arguments, found, examples)
    failed = [fit for fit in found if fit.error]
    if failed:
        complain(f"{len(failed)} of {len(found)} fits failed; the first: {failed[0].error}")
    return 1 if len(failed) == len(found) else 0


def prepared(arguments: Namespace, examples: Examples) -> tuple[fastgd.Cost, Parts, bool]:
    """One cost over the examples to learn from and, after them, those held out."""
    schema = examples.schema
    network = fastgd.Network(
        (schema.n_inputs, *(arguments.hidden or [HIDDEN])[0], schema.n_outputs),
        activation=(arguments.activation or ["sigmoid"])[0],
        output_activation=arguments.output_activation or usual_output(schema),
    )
    settings = usual_settings(examples, network)
    if arguments.folds:
        settings = replace(settings, validation=0.0)
    elif arguments.validation is not None:
        settings = replace(settings, validation=arguments.validation)
    if arguments.scaling is not None:
        settings = replace(settings, scaling=arguments.scaling)
    with answering_for(arguments):
        parts = parts_of(examples, settings)
        scales = Scales.of(network, whole(parts.train)) if settings.scaling != "none" else Scales()
    shown_to = [whole(part) for part in (parts.train, parts.validation) if part is not None]
    X = np.concatenate([part.X for part in shown_to])
    Y = np.concatenate([targets(part) for part in shown_to])
    if scales.inputs is not None:
        X = scales.inputs.transform(X)
    if scales.outputs is not None:
        Y = scales.outputs.transform(Y)
    return fastgd.Cost(network, X, Y), parts, scales.given


def values_of(arguments: Namespace, cost: fastgd.Cost) -> dict[str, Any]:
    """The settings to combine, as `fastgd.sweep` takes them."""
    return {
        "hidden_layer_sizes": arguments.hidden or [HIDDEN],
        "activation": arguments.activation or ["sigmoid"],
        "learning_rate": arguments.learning_rate or [usual_rate(cost.network)],
        "momentum": arguments.momentum or [0.0],
        "batch_size": [size or None for size in arguments.batch_size or [10]],
        "epochs": arguments.epochs,
        "seed": list(range(arguments.seeds)),
    }


def fitted(
    arguments: Namespace, cost: fastgd.Cost, n_train: int, values: dict[str, Any], report: Any
) -> Sweep:
    """All of them, on folds or beside held-out examples."""
    options: dict[str, Any] = {
        "patience": arguments.patience,
        "n_workers": arguments.threads,
        "progress": report,
        **values,
    }
    if arguments.folds:
        return fastgd.cross_validate(cost, arguments.folds, **options).sweep
    held_out = slice(n_train, None) if cost.n_examples > n_train else None
    return fastgd.sweep(cost, validation=held_out, halving=arguments.halving or (), **options)


def show_found(arguments: Namespace, found: Sweep, examples: Examples) -> None:
    """The table, or JSON."""
    if arguments.json:
        columns = {name: column.tolist() for name, column in found.columns.items()}
        each = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        print_json([{k: None if v != v else v for k, v in row.items()} for row in each])
        return
    if arguments.quiet:
        return
    summary = found.summary()
    order = np.argsort(np.nan_to_num(summary["mean"], nan=math.inf), kind="stable")
    chosen = chosen_in(summary)
    held_out = any(not math.isnan(fit.validation_cost) for fit in found)
    what = "held-out cost" if held_out else "training cost"
    right = not np.isnan(summary["accuracy"]).all()
    header = [*(HEADS.get(name, name) for name in chosen), what, "spread", "lowest",
              *(["right"] if right else []), "fits", "failed"]  # fmt: skip
    rows: list[list[str]] = []
    for i in order[:MOST_SHOWN]:
        cells = [shown(summary[name][i].item()) for name in chosen]
        cells += [number(summary[name][i]) for name in ("mean", "std", "lowest")]
        cells += [percent(summary["accuracy"][i])] if right else []
        rows.append([*cells, str(summary["fits"][i]), str(summary["failed"][i] or "")])
    out = terminal.console()
    out.print()
    show_table(out, header, rows, n_keys=max(1, len(chosen)))
    if len(order) > MOST_SHOWN:
        out.print(f"... and {len(order) - MOST_SHOWN} more")
    seconds = sum(fit.seconds for fit in found)
    repeated = [name for name in found.varied if name in REPEATED]
    means = " and ".join({"seed": "seeds", "rows": "folds"}[name] for name in repeated)
    over = f" Means are over {means}." if repeated else ""
    out.print(f"\n{len(found):,} fits, {seconds:.1f} s of one thread.{over}")
    if not np.isnan(summary["mean"][order[0]]):
        out.print(f"To train the best of them: {train_words(arguments, found, summary, order[0])}",
                  soft_wrap=True)  # fmt: skip


def number(value: float) -> str:
    """Four digits; nothing where there is none."""
    return "" if math.isnan(value) else f"{value:.4g}"


def train_words(arguments: Namespace, found: Sweep, summary: dict[str, Any], i: int) -> str:
    """The command that trains with the settings of a row."""
    words = ["fastgd", "train"]
    for option in ("data", "target", "kind", "scaling", "output_activation"):
        value = getattr(arguments, option)
        words += [f"--{option.replace('_', '-')}", value] if value is not None else []
    for name in arguments.drop:
        words += ["--drop", name]
    settings = first_of(found, summary, i).settings
    words += ["--hidden", shown(settings["hidden_layer_sizes"])]
    words += ["--activation", settings["activation"]] if arguments.activation else []
    words += ["--learning-rate", f"{settings['learning_rate']:g}"]
    words += ["--momentum", f"{settings['momentum']:g}"] if settings["momentum"] else []
    words += ["--batch-size", str(settings["batch_size"] or "all")]
    words += ["--epochs", str(settings["epochs"])]
    words += ["--patience", str(arguments.patience)] if arguments.patience else []
    return shlex.join(words)
