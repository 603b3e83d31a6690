"""Where a descent is, as text: what the metadata of a model carries so that it can be continued.

The text is base64 of a checkpoint's bytes; what these are is `checkpoints`' business.
"""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastgd._state import State
from fastgd.files.checkpoints import checked_state, state_contents
from fastgd.files.models import DTYPES, ModelFormatError, calm, safetensors_library

# Characters. The format's header, which holds the metadata, ends at 100 MB.
MOST_TEXT = 90_000_000


def state_to_text(state: State) -> str:
    """Write where a descent is as text, for ``fastgd.save(..., metadata={"descent": text})``.

    Parameters
    ----------
    state : State
        A descent's ``state``.

    Returns
    -------
    str
        ASCII letters, digits, ``+``, ``/`` and ``=``.

    Raises
    ------
    ValueError
        If the text would not fit the metadata of a file (some 8 million parameters with momentum).
    ImportError
        If safetensors is not installed (``pip install "fastgd[files]"``).

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((2, 1))
    >>> cost = fastgd.Cost(net, [[1.0, 0.0], [0.0, 1.0]], [[0.0], [1.0]])
    >>> five = fastgd.gradient_descent(cost, net.random_theta(0), learning_rate=1.0, epochs=5)
    >>> state = state_from_text(state_to_text(five.state))
    >>> ten = fastgd.gradient_descent(cost, five.theta, learning_rate=1.0, epochs=10, resume=state)
    >>> len(ten.costs)
    10
    """
    text = base64.b64encode(state_contents(state)).decode("ascii")
    if len(text) > MOST_TEXT:
        raise ValueError(
            f"state: {len(text):,} characters do not fit a model's metadata; "
            "fastgd.files.save_checkpoint writes a file of its own"
        )
    return text


def state_from_text(text: str) -> State:
    """Read where a descent was from text that `state_to_text` wrote.

    Parameters
    ----------
    text : str

    Returns
    -------
    State
        For ``gradient_descent(..., resume=state)``.

    Raises
    ------
    ModelFormatError
        If the text is another or was damaged; the message says what is wrong.
    ImportError
        If safetensors is not installed (``pip install "fastgd[files]"``).
    """
    library = safetensors_library()
    try:
        contents = base64.b64decode(text, validate=True)
        with calm():
            entries = dict(library.deserialize(contents))
    except (ValueError, library.SafetensorError) as error:
        raise ModelFormatError(f"no state of a descent, or damaged ({error})") from error
    return checked_state(InMemory(contents, entries))


class InMemory:
    """A safetensors file's contents, with what `checked_state` asks an opened file for."""

    def __init__(self, contents: bytes, entries: dict[str, dict[str, Any]]) -> None:
        self._contents = contents
        self._entries = entries

    def metadata(self) -> dict[str, str] | None:
        """The header's, valid JSON since the tensors were read."""
        import json  # inside functions: `import fastgd` stays light

        end = 8 + int.from_bytes(self._contents[:8], "little")
        notes: dict[str, str] | None = json.loads(self._contents[8:end]).get("__metadata__")
        return notes

    def keys(self) -> list[str]:
        """The tensors' names."""
        return list(self._entries)

    def get_slice(self, name: str) -> Entry:
        """What one of them is."""
        entry = self._entries[name]
        return Entry(entry["dtype"], entry["shape"])

    def get_tensor(self, name: str) -> NDArray[Any]:
        """One of them, of a type that models have."""
        entry = self._entries[name]
        return np.frombuffer(entry["data"], DTYPES[entry["dtype"]]).reshape(entry["shape"])


class Entry(NamedTuple):
    """A tensor's type and shape, as safetensors tells them of an opened file."""

    dtype: str
    shape: list[int]

    def get_dtype(self) -> str:
        return self.dtype

    def get_shape(self) -> list[int]:
        return self.shape
