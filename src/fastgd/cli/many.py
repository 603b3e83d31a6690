"""``fastgd train`` over many processes: each reads the shards of a folder that it learns from.

Exact descent on all examples, or mini-batches that shards walk apart. What carries it is told by
`engines`.
"""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import fastgd
from fastgd._draws import generator_of
from fastgd._state import State, beginning
from fastgd.callbacks import Epoch
from fastgd.cli import progress
from fastgd.cli.engines import Crew, crew_of, read_shards
from fastgd.cli.examples import targets, with_targets
from fastgd.cli.outputs import check_output
from fastgd.cli.prepare import network_of, usual_scaling
from fastgd.cli.record import name_of, read_saved
from fastgd.cli.scales import Scales
from fastgd.cli.settings import Settings, usual_rate
from fastgd.cli.shards import Scaled
from fastgd.cli.terminal import describe, percent, print_json
from fastgd.datasets import Examples, Shards
from fastgd.files import state_to_text

# Share of the time that keeping the file up to date may take.
SHARE = 0.05
NOT_HERE = ("figures", "drop", "target", "validation", "patience", "memory")


def run_on_many(arguments: Namespace) -> int:
    """Train over many processes."""
    for name in NOT_HERE:
        if getattr(arguments, name) not in (None, []):
            arguments.fail(f"--{name} goes with one process: leave --engine and --scheduler away")
    if arguments.engine is not None and arguments.scheduler is not None:
        arguments.fail("--engine and --scheduler: give one of them")
    if arguments.scheduler is not None and arguments.wire is not None:
        arguments.fail("--wire goes with --engine mpi")
    with crew_of(arguments) as crew:
        return take_part(arguments, crew)


def take_part(arguments: Namespace, crew: Crew) -> int:
    """What each process does; one of them speaks."""
    found = read_shards(arguments)
    saved = None if arguments.model is None else read_saved(arguments.model)
    network = network_of(arguments, found.schema, saved)
    usual = Settings(learning_rate=usual_rate(network))
    if saved is not None:
        usual = saved.settings or usual
    usual = replace(usual, scaling=usual_scaling(arguments, found.schema, saved))
    settings = Settings.of_words(arguments, usual)
    if settings.solver == "lm":
        arguments.fail("--solver lm goes with one process, not with --engine or --scheduler")
    local_steps = local_steps_of(arguments, settings)
    if arguments.save is not None and crew.speaks:
        check_output(arguments, arguments.save, arguments.data, arguments.test)
    rng = generator_of(settings.seed)
    scales = Scales() if saved is None else saved.scales
    if saved is None and settings.scaling == "standard":
        affine = found.kind == "regression" and network.output_activation == "identity"
        scales = crew.scales_of(found, affine)
    cost = crew.cost_of(network, Scaled(found, scales), local_steps)
    theta = network.random_theta(rng=rng, dtype=cost.dtype)
    state = None
    if saved is not None:
        state = saved.state or beginning(scales.unfold(network, saved.theta).astype(cost.dtype))
    n_epochs = settings.epochs(arguments.epochs) + (0 if state is None else len(state.costs))
    tells = crew.speaks and not (arguments.json or arguments.quiet)
    if tells:
        how = "all examples a step" if local_steps is None else words_of(local_steps)
        print(f"{describe(network)}")
        print(f"{found.n_examples:,} examples in {len(found)} shards on {crew.name}; {how}")

    def keep(theta: Any, state: State | None) -> None:
        notes = settings.as_metadata() | {
            "schema": found.schema.to_json(), "data": name_of(arguments.data),
        }  # fmt: skip
        if state is not None:
            notes |= {"epochs": str(len(state.costs)), "steps": str(state.steps)}
            notes["descent"] = state_to_text(state)
        if scales.given:
            notes["scales"] = scales.as_json()
        fastgd.save(arguments.save, network, scales.fold(network, theta), notes)

    quiet = arguments.quiet or not crew.speaks
    with progress.training(n_epochs, found.n_examples, quiet=quiet) as report:
        calls: list[Callable[[Epoch], object]] = [report]
        if arguments.save is not None and crew.speaks:
            calls.append(up_to_date(keep))
        start = time.perf_counter()
        try:
            descent = fastgd.gradient_descent(
                cost, theta, epochs=n_epochs, rng=rng, callback=calls, resume=state,
                **settings.of_descent(),
            )  # fmt: skip
        except BaseException as error:
            last = getattr(error, "descent", None)
            if arguments.save is not None and crew.speaks and last is not None:
                keep(last.theta, last.state)
            raise
        seconds = time.perf_counter() - start
    if not crew.speaks:
        return 0
    if arguments.save is not None:
        keep(descent.theta, descent.state)
    results = {
        "layer_sizes": list(network.layer_sizes),
        "n_parameters": network.n_parameters,
        "n_examples": found.n_examples,
        "shards": len(found),
        "processes": crew.name,
        "local_steps": local_steps,
        "epochs": len(descent.costs),
        "steps": descent.steps,
        "stopped_by": descent.stopped_by,
        "costs": descent.costs.tolist(),
        "cost": descent.cost,
        "test_accuracy": accuracy(
            network, scales.fold(network, descent.theta), test_of(arguments, found)
        ),
        "seconds": seconds,
        "saved": arguments.save,
    }
    if arguments.json:
        print_json(results)
    elif tells:
        print(f"{descent} in {seconds:.1f} s")
        if results["test_accuracy"] is not None:
            print(f"{percent(results['test_accuracy'])} of the test examples right")
        if arguments.save is not None:
            print(f"Saved to {arguments.save}")
    return 0


def local_steps_of(arguments: Namespace, settings: Settings) -> int | str | None:
    """Steps between two meetings: None where each step is on all examples."""
    if not settings.batch_size:
        if arguments.local_steps is not None:
            arguments.fail("--local-steps goes with mini-batches, not with --batch-size all")
        return None
    found: int | str = "epoch" if arguments.local_steps is None else arguments.local_steps
    return found


def words_of(local_steps: int | str) -> str:
    """How shards walk."""
    each = "an epoch" if local_steps == "epoch" else f"{local_steps} steps"
    return f"shards walk {each} of mini-batches apart, then their parameters are averaged"


def up_to_date(keep: Callable[[Any, State], None]) -> Callable[[Epoch], None]:
    """A callback that keeps the file as new as a twentieth of the time allows."""
    written, took = 0.0, 0.0

    def call(epoch: Epoch) -> None:
        nonlocal written, took
        began = time.monotonic()
        if began - written >= took / SHARE:
            keep(epoch.theta, epoch.state)
            written = time.monotonic()
            took = written - began

    return call


def test_of(arguments: Namespace, found: Shards) -> Examples | None:
    """Examples to measure on at the end."""
    if arguments.test is not None:
        return with_targets(arguments, arguments.test, found.schema)
    return found.test


def accuracy(network: fastgd.Network, theta: Any, test: Examples | None) -> float | None:
    """Share of them whose class is read."""
    if test is None or test.kind != "classes":
        return None
    return float(fastgd.inside.accuracy(network, theta, test.X, targets(test)))
