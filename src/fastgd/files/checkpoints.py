"""Descents in files: all that resuming one needs, in the safetensors format.

Its tensors are ``theta``, ``velocity`` (where there is momentum) and ``costs``; the rest is JSON
in the metadata, with a checksum over all. When to write one is `callbacks.Checkpoint`'s.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._atomic import replacing
from fastgd._brief import shorter
from fastgd._state import State
from fastgd.files.models import (
    DTYPES,
    OURS,
    ModelFormatError,
    calm,
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
    with calm():
        contents = library.numpy.save(tensors, metadata=notes)
    return ordered(contents)


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
    """The checksum, then all that a descent relies on: whoever can write a file can sum it too."""
    notes: dict[str, str] = file.metadata() or {}
    if notes.keys() != {DESCENT, CHECKSUM}:
        raise ModelFormatError(
            "is no checkpoint of a descent; fastgd.callbacks.Checkpoint makes one"
        )
    tensors = checked_tensors(file)
    if checksum(notes[DESCENT], tensors) != notes[CHECKSUM]:
        raise ModelFormatError("is damaged: its checksum is another")
    facts = checked_facts(notes[DESCENT])
    return State(
        theta=tensors["theta"],
        velocity=tensors.get("velocity"),
        costs=tensors["costs"],
        steps=facts["steps"],
        rested=facts["rested"],
        generator=facts["generator"],
        settings=facts["settings"],
    )


def checked_tensors(file: Any) -> dict[str, NDArray[Any]]:
    """theta, velocity and costs: their types and shapes before their data."""
    names = set(file.keys())
    if names | {"velocity"} != {"theta", "costs", "velocity"}:
        raise ModelFormatError(f"has tensors {', '.join(sorted(names))}; expected theta and costs")
    entries = {name: file.get_slice(name) for name in names}
    kinds = {name: (e.get_dtype(), tuple(e.get_shape())) for name, e in entries.items()}
    code, shape = kinds["theta"]
    kind, length = kinds.get("velocity", kinds["theta"])
    # A model's own theta is left out of its metadata: (0,).
    alike = length == shape or (shape == (0,) and len(length) == 1)
    if code not in DTYPES or len(shape) != 1 or kind != code or not alike:
        told = ", ".join(f"{name} {kinds[name]}" for name in sorted(names - {"costs"}))
        raise ModelFormatError(f"has {told}; expected one shape (n,), of F32 or F64")
    if kinds["costs"][0] != "F64" or len(kinds["costs"][1]) != 1:
        raise ModelFormatError(f"has costs {kinds['costs']}; expected (n,) of F64")
    return {name: np.array(file.get_tensor(name)) for name in names}


def checked_facts(text: str) -> dict[str, Any]:
    """What is no tensor, by name."""
    import json

    try:
        facts = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelFormatError(f"the descent is not valid JSON ({error})") from error
    number = facts.get("format") if isinstance(facts, dict) else None
    if number != FORMAT_NUMBER:
        raise ModelFormatError(
            f"has format {shorter(number, 20)}; this fastgd reads format {FORMAT_NUMBER}"
        )
    known: dict[str, Any] = facts
    for name, fits in FACTS.items():
        if name not in known or not fits(known[name]):
            raise ModelFormatError(f"{name} is {known.get(name)!r}: none of a descent")
    return known


FACTS: dict[str, Callable[[Any], bool]] = {
    "steps": lambda n: type(n) is int and 0 <= n < 1 << 63,
    "rested": lambda b: type(b) is bool,
    "generator": lambda g: g is None or isinstance(g, dict),
    "settings": lambda s: isinstance(s, dict),
}


def checksum(text: str, tensors: dict[str, NDArray[Any]]) -> str:
    """CRC-32 over the JSON, and each tensor's name, dtype, shape and bytes."""
    crc = zlib.crc32(text.encode())
    for name, a in sorted(tensors.items()):
        crc = zlib.crc32(f"{name} {a.dtype.name} {a.shape}".encode(), crc)
        crc = zlib.crc32(np.ascontiguousarray(a).tobytes(), crc)
    return f"{crc:08x}"
