"""What a model file keeps beside the network: what it reads, how it learned, where it was.

The file's format is `fastgd.files`' business. What is kept is text, and is checked when it is read:
a model that was saved by other means has none of it, and is served as far as that goes.
"""

from __future__ import annotations

import json
import os
import zlib
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastgd
from fastgd import ModelFormatError
from fastgd._state import State, wind
from fastgd.cli.examples import DIGITS
from fastgd.cli.scales import Scales
from fastgd.cli.settings import Settings
from fastgd.cli.task import Learned, Task
from fastgd.cli.watch import Best
from fastgd.datasets import Examples, Schema, Shards
from fastgd.files import state_from_text, state_to_text


class Saved(NamedTuple):
    """A model file, understood."""

    path: str
    network: fastgd.Network
    theta: NDArray[Any]
    metadata: dict[str, str]
    schema: Schema | None
    """What it reads; None where the file does not tell and it reads no digits."""
    settings: Settings | None
    """How it was trained; None where the file does not tell."""
    scales: Scales
    state: State | None
    """Where its descent was; None where the file does not tell."""
    best: Best | None

    @property
    def learned_from(self) -> str:
        """The name of what it was trained on, or words for what has none."""
        return self.metadata.get("data", "examples that did not come with fastgd")


def read_saved(path: str) -> Saved:
    """Open a model file.

    Raises
    ------
    ModelFormatError
        If it is none, or what it keeps is damaged.
    """
    network, theta, notes = fastgd.load(path)
    try:
        schema = schema_of(network, notes.get("schema"))
        settings = Settings.of_metadata(notes) if "seed" in notes else None
        scales = Scales.from_json(notes["scales"]) if "scales" in notes else Scales()
        state = state_from_text(notes["descent"]) if "descent" in notes else None
        if state is not None:
            state = checked_state(state, theta)
        costs = [float(c) for c in json.loads(notes.get("validation_costs", "[]"))]
    except ModelFormatError as error:
        raise ModelFormatError(f"{path}: {error}") from None
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ModelFormatError(f"{path}: its metadata are damaged ({error})") from error
    best = Best(costs, theta) if costs else None
    return Saved(path, network, theta, notes, schema, settings, scales, state, best)


def checked_state(state: State, theta: NDArray[Any]) -> State:
    """The state with its theta, if it is one of such a network that can be gone on from."""
    if not len(state.theta):  # as the network's own
        state = state._replace(theta=theta)
    for array in (state.theta, state.velocity):
        if array is not None and array.shape != theta.shape:
            raise ValueError(f"the descent's state has shape {array.shape}, theta {theta.shape}")
    if state.generator is not None:
        wind(np.random.default_rng(), state.generator)
    return state


def schema_of(network: fastgd.Network, text: str | None) -> Schema | None:
    """What a network reads."""
    if text is not None:
        schema = Schema.from_json(text)
        # Two classes may share one output.
        if network.n_inputs != schema.n_inputs or network.n_outputs not in (1, schema.n_outputs):
            raise ValueError(f"a {network} network does not fit its schema")
        return schema
    ends = network.n_inputs, network.n_outputs
    return DIGITS if ends == (DIGITS.n_inputs, DIGITS.n_outputs) else None


def save_trained(
    path: str, task: Task, learned: Learned, examples: Examples | Shards, facts: dict[str, str]
) -> None:
    """Write a trained network, and all that going on or looking at it needs."""
    descent = learned.descent
    notes = task.settings.as_metadata() | {
        "epochs": str(len(descent.costs)),
        "steps": str(descent.steps),
        "stopped_by": descent.stopped_by,
        "schema": examples.schema.to_json(),
        "examples": fingerprint(examples),
    }
    if learned.best_epoch is not None:
        notes["best_epoch"] = str(learned.best_epoch)
    if learned.validation_costs:
        notes["validation_costs"] = json.dumps(learned.validation_costs)
    if task.scales.given:
        notes["scales"] = task.scales.as_json()
    state = descent.state
    if state is not None:
        if state.theta.dtype == learned.theta.dtype and (state.theta == learned.theta).all():
            state = state._replace(theta=learned.theta[:0])
        with suppress(ValueError):  # too large for a file's metadata: the network alone is kept
            notes["descent"] = state_to_text(state)
    fastgd.save(path, task.network, learned.theta, notes | facts)


def fingerprint(examples: Examples | Shards) -> str:
    """Eight hexadecimal digits that tell these examples from others; of shards the first ones."""
    crc = 0
    if isinstance(examples, Shards):
        crc = zlib.crc32(repr(examples.rows).encode())
        examples = examples.examples(next(i for i, n in enumerate(examples.rows) if n))
    for array in (examples.X, examples.Y):
        assert array is not None
        crc = zlib.crc32(np.ascontiguousarray(array).data, crc)
    return f"{crc:08x}"


def name_of(path: str | None) -> str:
    """What the examples are called: the last part of their path."""
    return "digits" if path is None else os.path.basename(os.path.normpath(path))
