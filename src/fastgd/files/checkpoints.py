"""Descents in files: all that resuming one needs, in the safetensors format.

Its tensors are ``theta``, ``velocity`` (where there is momentum) and ``costs``; the rest is JSON
in the metadata, with a checksum over all. When to write one is `callbacks.Checkpoint`'s.
"""

from __future__ import annotations

import os
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._atomic import replacing
from fastgd._state import State
from fastgd.files.models import (
    OURS,
    ModelFormatError,
    opened,
    ordered,
    room_for,
    safetensors_library,
)

DESCENT, CHECKSUM = OURS + "descent", OURS + "crc32"
FORMAT_NUMBER = 1


def save_checkpoint(path: str | os.PathLike[str], state: State) -> None:
    """Write where a descent is to a file; a crash leaves the old file or the new one.

    Parameters
    ----------
    path : path
        An old file is replaced.
    state : State
        A descent's or, in a callback, an epoch's ``state``.

    Raises
    ------
    OSError
        If the file cannot be written.
    ImportError
        If safetensors is not installed (``pip install "fastgd[files]"``).

    Examples
    --------
    >>> import tempfile
    >>> import fastgd
    >>> net = fastgd.Network((2, 1))
    >>> cost = fastgd.Cost(net, [[1.0, 0.0], [0.0, 1.0]], [[0.0], [1.0]])
    >>> options = {"learning_rate": 1.0, "batch_size": 1}
    >>> half = fastgd.gradient_descent(cost, net.random_theta(0), epochs=5, rng=0, **options)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(f"{folder}/half.safetensors", half.state)
    ...     state = load_checkpoint(f"{folder}/half.safetensors")
    >>> resumed = fastgd.gradient_descent(cost, half.theta, epochs=10, resume=state, **options)
    >>> whole = fastgd.gradient_descent(cost, net.random_theta(0), epochs=10, rng=0, **options)
    >>> bool((resumed.theta == whole.theta).all())
    True
    """
    contents = state_contents(state)
    with replacing(path) as file:
        file.write(contents)


def state_contents(state: State) -> bytes:
    """What `save_checkpoint` writes."""
    import json  # inside functions: `import fastgd` stays light

    library = safetensors_library()
    tensors = {"theta": state.theta, "costs": state.costs}
    if state.velocity is not None:
        tensors["velocity"] = state.velocity
    facts = {
        "format": FORMAT_NUMBER,
        "steps": state.steps,
        "rested": state.rested,
        "generator": state.generator,
        "settings": state.settings,
    }
    text = json.dumps(facts, default=np.ndarray.tolist)
    notes = {DESCENT: text, CHECKSUM: checksum(text, tensors)}
    room_for(3 * sum(a.nbytes for a in tensors.values()))
    return ordered(library.numpy.save(tensors, metadata=notes))


def load_checkpoint(path: str | os.PathLike[str]) -> State:
    """Read where a descent was from a file that `save_checkpoint` wrote.

    Parameters
    ----------
    path : path

    Returns
    -------
    State
        For ``gradient_descent(..., resume=state)``.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelFormatError
        If it is no checkpoint of fastgd, or is damaged; the message says what is wrong.
    ImportError
        If safetensors is not installed (``pip install "fastgd[files]"``).
    """
    with opened(path) as file:
        return checked_state(file)


def checked_state(file: Any) -> State:
    """The checksum first: what it agrees with was written so."""
    import json

    notes: dict[str, str] = file.metadata() or {}
    if notes.keys() != {DESCENT, CHECKSUM}:
        raise ModelFormatError(
            "is no checkpoint of a descent; fastgd.callbacks.Checkpoint makes one"
        )
    names = set(file.keys())
    if names | {"velocity"} != {"theta", "costs", "velocity"}:
        raise ModelFormatError(f"has tensors {', '.join(sorted(names))}; expected theta and costs")
    tensors = {name: np.array(file.get_tensor(name)) for name in names}
    if checksum(notes[DESCENT], tensors) != notes[CHECKSUM]:
        raise ModelFormatError("is damaged: its checksum is another")
    facts = json.loads(notes[DESCENT])
    if facts["format"] != FORMAT_NUMBER:
        raise ModelFormatError(
            f"has format {facts['format']}; this fastgd reads format {FORMAT_NUMBER}"
        )
    return State(
        theta=tensors["theta"],
        velocity=tensors.get("velocity"),
        costs=tensors["costs"],
        steps=facts["steps"],
        rested=facts["rested"],
        generator=facts["generator"],
        settings=facts["settings"],
    )


def checksum(text: str, tensors: dict[str, NDArray[Any]]) -> str:
    """CRC-32 over the JSON, and each tensor's name, dtype, shape and bytes."""
    crc = zlib.crc32(text.encode())
    for name, a in sorted(tensors.items()):
        crc = zlib.crc32(f"{name} {a.dtype.name} {a.shape}".encode(), crc)
        crc = zlib.crc32(np.ascontiguousarray(a).tobytes(), crc)
    return f"{crc:08x}"
