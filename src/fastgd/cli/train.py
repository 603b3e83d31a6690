"""The command ``fastgd train``: examples in, a trained network and what it can do out.

Everything goes through the public names of fastgd. Results are printed on stdout, progress on
stderr. What is trained is prepared by `prepare`, what is told is `story`'s.
"""

from __future__ import annotations

import time
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

import fastgd
from fastgd import inside
from fastgd.cli import pictures, progress, story
from fastgd.cli.answers import Measured
from fastgd.cli.errors import complain, told
from fastgd.cli.examples import read_like, read_training, with_test
from fastgd.cli.many import run_on_many
from fastgd.cli.outputs import check_output, is_same
from fastgd.cli.prepare import going_on, task_of
from fastgd.cli.record import Saved, name_of, read_saved, save_trained
from fastgd.cli.shards import measure_part, read_shards
from fastgd.cli.task import Learned, Task
from fastgd.cli.terminal import print_json
from fastgd.datasets import Examples, Shards
from fastgd.files.models import safetensors_library
from fastgd.parts import PartError
from fastgd.plots.style import new_figure


def run_training(arguments: Namespace) -> int:
    """Train a network: the main job."""
    if arguments.engine is not None or arguments.scheduler is not None:
        return run_on_many(arguments)
    for name in ("local_steps", "wire"):
        if getattr(arguments, name) is not None:
            option = name.replace("_", "-")
            arguments.fail(f"--{option} goes with --engine or --scheduler")
    saved = None if arguments.model is None else read_saved(arguments.model)
    examples = examples_of(arguments, saved)
    task = task_of(arguments, examples, saved)
    # What is missing or cannot be written is complained of before the work, not after it.
    if arguments.save is not None:
        safetensors_library()
        check_output(arguments, arguments.save, arguments.data, arguments.test)
    if arguments.figures is not None:
        new_figure()
        Path(arguments.figures).mkdir(parents=True, exist_ok=True)
    if is_same(arguments.data, arguments.test):
        arguments.fail("--test: the same as --data, which tells nothing of unseen examples")
    state, best, same = (None, None, True) if saved is None else going_on(task, saved)
    if saved is not None and saved.settings is not None and task.parts.validation is not None:
        now, then = task.settings, saved.settings
        if (now.seed, now.validation) != (then.seed, then.validation):
            complain("other examples are held out than before: it has learned from some of them")
    first_theta = task.start()[0] if state is None else state.theta
    first_theta = task.scales.fold(task.network, first_theta)
    n_before = 0 if state is None else len(state.costs)
    n_epochs = n_before + task.settings.epochs(arguments.epochs)
    tells = not (arguments.json or arguments.quiet)
    if tells:
        state_word = "Untrained" if saved is None else "As saved"
        story.show_start(task, first_theta, name_of(arguments.data), state_word)

    facts = {"data": name_of(arguments.data)} | ({} if same else {"continued": "True"})
    start = time.perf_counter()
    try:
        with progress.training(
            n_epochs, task.parts.train.n_examples, quiet=arguments.quiet
        ) as report:
            learned = task.descend(
                n_epochs, going_on=state, best=best, report=report,
                record=arguments.figures is not None,
            )  # fmt: skip
    except (KeyboardInterrupt, PartError) as end:
        return report_end(arguments, n_epochs, end, task, examples, facts)
    seconds = time.perf_counter() - start
    if arguments.save is not None:
        save_trained(arguments.save, task, learned, examples, facts)

    results = results_of(task, learned, first_theta, arguments) | {"seconds": seconds}
    verdict = None
    if isinstance(task.cost, fastgd.Cost):
        verdict = inside.has_learned(task.cost, learned.descent.theta, names=story.names_of(task))
    if arguments.json:
        print_json(results | {"learned": verdict and verdict.learned})
    elif tells:
        story.show_end(task, learned, results, n_before)
    if verdict is not None and verdict.advice:
        complain(story.in_options(verdict))
    if arguments.figures is not None:
        draw_figures(arguments, task, learned)
    if arguments.save is not None and tells:
        story.show_next(arguments.save, arguments.data, examples)
    return 0


def examples_of(arguments: Namespace, saved: Saved | None) -> Examples | Shards:
    """What there is to learn from: read anew, or as the saved network's examples were."""
    in_shards = read_shards(arguments, None if saved is None else saved.schema)
    if in_shards is not None:
        return with_test(arguments, in_shards)
    if saved is None or saved.schema is None:
        return read_training(arguments)
    for name in ("target", "kind"):
        if getattr(arguments, name) not in (None, getattr(saved.schema, name)):
            arguments.fail(
                f"--{name} {getattr(arguments, name)}: {saved.path} learned "
                f"{getattr(saved.schema, name)}"
            )
    for name in set(arguments.drop) & set(saved.schema.columns):
        arguments.fail(f"--drop {name}: {saved.path} learned from it")
    examples = read_like(arguments, saved.network, saved.schema, saved.learned_from)
    return with_test(arguments, examples)


def results_of(
    task: Task, learned: Learned, first_theta: Any, arguments: Namespace
) -> dict[str, Any]:
    """What ``--json`` prints; costs and accuracies are the network's as it is saved."""
    descent, network = learned.descent, task.network
    train, validation, test = (
        None if part is None else measured(task, learned.theta, part) for part in task.parts
    )
    assert train is not None
    before = None if task.parts.test is None else measured(task, first_theta, task.parts.test)
    settings = asdict(task.settings)
    return {
        "layer_sizes": list(network.layer_sizes),
        "n_parameters": network.n_parameters,
        "activation": network.activation,
        "output_activation": network.output_activation,
        **settings,
        "batch_size": task.settings.batch_size or task.cost.n_examples,
        "kind": task.parts.train.kind,
        "n_examples": task.cost.n_examples,
        "epochs": len(descent.costs),
        "steps": descent.steps,
        "stopped_by": descent.stopped_by,
        "best_epoch": learned.best_epoch,
        "costs": [float(c) for c in descent.costs],
        "validation_costs": learned.validation_costs,
        "cost": train.cost,
        "validation_cost": validation and validation.cost,
        "test_cost": test and test.cost,
        "train_accuracy": train.accuracy,
        "validation_accuracy": validation and validation.accuracy,
        "test_accuracy": test and test.accuracy,
        "untrained_test_accuracy": before and before.accuracy,
        "train_r2": train.r2,
        "validation_r2": validation and validation.r2,
        "test_r2": test and test.r2,
        "saved": arguments.save,
        "figures": arguments.figures,
    }


def measured(task: Task, theta: Any, part: Examples | Shards) -> Measured:
    """How right the network is on a part, in the data's own units."""
    laid_out = part is task.parts.train and not task.scales.given
    cost = task.cost if laid_out else None
    return measure_part(cost, task.network, theta, part, task.n_threads)


def draw_figures(arguments: Namespace, task: Task, learned: Learned) -> None:
    """All that can be drawn of what was learned, into --figures."""
    path = task.path_of(learned)
    view = task.view_of(path, path[-1], arguments.colors)
    with progress.drawing(quiet=arguments.quiet) as tell:
        written = pictures.write_figures(arguments.figures, view, tell)
    if not (arguments.json or arguments.quiet):
        print(f"{len(written)} pictures in {arguments.figures}")


def report_end(
    arguments: Namespace, n_epochs: int, end: BaseException, task: Task,
    examples: Examples | Shards, facts: dict[str, str],
) -> int:  # fmt: skip
    """Keep what was learned before Ctrl-C, or a shard failed, where it was asked for; say so."""
    learned: Learned | None = getattr(end, "learned", None)
    n_walked = 0 if learned is None else len(learned.descent.costs)
    why, status = told(end)
    after = f"{why} after {n_walked} of {n_epochs} epochs"
    if learned is None:
        fate = "nothing was learned yet"
    elif arguments.save is None:
        fate = "nothing was saved (--save PATH keeps what was learned)"
    else:
        save_trained(arguments.save, task, learned, examples, facts)
        fate = f"what was learned is saved to {arguments.save}"
    return complain(f"{after}; {fate}", status)
