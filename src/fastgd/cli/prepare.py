"""What a training is to be, from the words, the examples, and the model it may go on from."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

import fastgd
from fastgd._residuals import MOST_PARAMETERS
from fastgd._state import State, beginning
from fastgd.cli.examples import answering_for, misfit_of, parts_of
from fastgd.cli.record import Saved
from fastgd.cli.scales import Scales
from fastgd.cli.settings import ENOUGH_TO_HOLD_OUT, HELD_OUT, Settings, usual_rate
from fastgd.cli.shards import MEMORY, scales_of
from fastgd.cli.task import Task
from fastgd.cli.watch import Best
from fastgd.datasets import Examples, Schema, Shards

HIDDEN = (16, 16)


def task_of(arguments: Namespace, examples: Examples | Shards, saved: Saved | None) -> Task:
    """What is to be learned; words that do not fit end the command."""
    network = network_of(arguments, examples.schema, saved)
    usual = usual_settings(examples, network)
    if saved is not None:
        usual = saved.settings or usual
    usual = replace(usual, scaling=usual_scaling(arguments, examples.schema, saved))
    settings = Settings.of_words(arguments, usual)
    if settings.solver == "lm":
        check_for_lm(arguments, network, examples.schema)
    with answering_for(arguments):
        parts = parts_of(examples, settings)
        if saved is not None:
            scales = saved.scales
        else:
            scales = scales_of(network, parts.train) if settings.scaling != "none" else Scales()
    return Task(network, settings, parts, scales, arguments.threads, arguments.memory or MEMORY)


def check_for_lm(arguments: Namespace, network: fastgd.Network, schema: Schema) -> None:
    """End the command where Levenberg's and Marquardt's method cannot learn it."""
    if schema.kind != "regression":
        arguments.fail("--solver lm: for a regression; here are classes to learn")
    if network.n_parameters > MOST_PARAMETERS:
        arguments.fail(
            f"--solver lm: for at most {MOST_PARAMETERS:,} parameters; a {network} network has "
            f"{network.n_parameters:,}"
        )


def network_of(arguments: Namespace, schema: Schema, saved: Saved | None) -> fastgd.Network:
    """The network that the words and the examples ask for, or the saved one."""
    if saved is not None:
        made = saved.network
        kept = {
            "layers": made.layer_sizes,
            "hidden": made.layer_sizes[1:-1],
            "activation": made.activation,
            "output_activation": made.output_activation,
        }
        for name, value in kept.items():
            if getattr(arguments, name) not in (None, value):
                option = name.replace("_", "-")
                arguments.fail(f"--{option}: --from goes on with a {made} network as it is")
        sizes = made.layer_sizes
    else:
        sizes = arguments.layers or (
            schema.n_inputs,
            *(arguments.hidden or HIDDEN),
            schema.n_outputs,
        )
    misfit = misfit_of(sizes, schema)
    if misfit:
        which = (
            f"{saved.path}: a {saved.network} network"
            if saved
            else "--layers " + "-".join(map(str, sizes))
        )
        arguments.fail(f"{which}; {misfit}")
    if saved is not None:
        return saved.network
    return fastgd.Network(
        sizes,
        activation=arguments.activation or "sigmoid",
        output_activation=arguments.output_activation or usual_output(schema),
    )


def usual_output(schema: Schema) -> str:
    """The output activation where nobody says one."""
    return "identity" if schema.kind == "regression" else "sigmoid"


def usual_settings(examples: Examples | Shards, network: fastgd.Network) -> Settings:
    """How such examples are learned where nobody says how."""
    enough = examples.n_examples >= ENOUGH_TO_HOLD_OUT
    if isinstance(examples, Shards):  # whole shards are held out
        enough = len(examples) >= 1 / HELD_OUT
    held_out = examples.test is None and enough
    return Settings(
        learning_rate=usual_rate(network),
        validation=HELD_OUT if held_out else 0.0,
        scaling=own_scaling(examples.schema),
    )


def usual_scaling(arguments: Namespace, schema: Schema, saved: Saved | None) -> str:
    """The scaling where --scaling says none; a word that does not fit ends the command."""
    if saved is not None:
        scaling = "standard" if saved.scales.given else "none"
        if arguments.scaling not in (None, scaling):
            arguments.fail(f"--scaling {arguments.scaling}: {saved.path} was trained otherwise")
        return scaling
    if arguments.scaling == "standard" and schema.pixels:
        arguments.fail("--scaling standard: pixels are 0 to 1 already, and stay as they are")
    return own_scaling(schema)


def own_scaling(schema: Schema) -> str:
    """Columns of a table are standardised, pictures are not."""
    return "none" if schema.pixels or schema.shape else "standard"


def going_on(task: Task, saved: Saved) -> tuple[State, Best | None, bool]:
    """Where the saved descent was, what it knew, and whether this is the same descent still."""
    dtype = task.start()[0].dtype
    state = saved.state
    if state is None:
        return beginning(task.scales.unfold(task.network, saved.theta).astype(dtype)), None, False
    made = {"n_examples": task.cost.n_examples, "dtype": str(dtype)}
    if task.settings == saved.settings and made.items() <= state.settings.items():
        return state, saved.best, "continued" not in saved.metadata
    velocity = None
    if task.settings.momentum and state.velocity is not None:
        velocity = state.velocity.astype(dtype)
    # Without settings it is a beginning, to which any may be given.
    theta = state.theta.astype(dtype)
    return state._replace(theta=theta, velocity=velocity, rested=False, settings={}), None, False
