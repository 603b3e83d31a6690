"""Trained networks in files, in the safetensors format.

The tensors carry the names PyTorch gives a ``Sequential(Linear, Sigmoid, Linear, ...)``, so the
same file loads there. A file is data to be checked, never code to be run: whatever is wrong with
one is a `ModelFormatError`. Drawing or evaluating what was loaded is left to others.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fastgd._atomic import replacing
from fastgd._brief import brief, shorter
from fastgd.network import Network, as_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Model", "ModelFormatError", "load", "save"]

# Keys of the safetensors metadata that start so are fastgd's; all others are the user's.
OURS = "fastgd."
FORMAT, NETWORK, VERSION = OURS + "format", OURS + "network", OURS + "version"
KNOWN = {FORMAT, NETWORK, VERSION}
NETWORK_FIELDS = {"layer_sizes", "activation", "output_activation"}
FORMAT_NUMBER = "1"
# Bytes beside the tensors that safetensors may need.
SLACK = 1 << 22
# Characters that tell of a network, and more for each of its tensors: a size, an activation.
MOST_TEXT, MOST_OF_TENSOR = 400, 40
DTYPES: dict[str, type[np.floating[Any]]] = {"F32": np.float32, "F64": np.float64}


class ModelFormatError(ValueError):
    """A file is not a model or checkpoint that fastgd wrote, or was damaged since."""


class Model(NamedTuple):
    """What a model file holds.

    Attributes
    ----------
    network : Network
    theta : ndarray of float32 or float64, shape (n_parameters,)
    metadata : dict of str to str
        What was given to `save`.
    """

    network: Network
    theta: NDArray[Any]
    metadata: dict[str, str]

    def __repr__(self) -> str:
        return brief(self)


def save(
    path: str | os.PathLike[str],
    network: Network,
    theta: NDArray[Any],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a network and its parameters to a safetensors file.

    A crash at any moment leaves the old file or the new one. In PyTorch the file is the state of
    the same stack of ``Linear`` layers with an activation after each::

        model.load_state_dict(safetensors.torch.load_file(path))

    Parameters
    ----------
    path : path
        Usually ends in ``.safetensors``; an old file is replaced.
    network : Network
    theta : ndarray of float32 or float64, shape (n_parameters,)
        The parameters, all finite; the file keeps their dtype.
    metadata : mapping of str to str, optional
        Anything worth keeping beside them. Keys that start with ``fastgd.`` are taken.

    Raises
    ------
    TypeError
        If `theta` is not float32 or float64, or `metadata` does not map str to str.
    ValueError
        If `theta` does not fit the network or is not finite, or a key of `metadata` is taken.
    OSError
        If the file cannot be written.
    ImportError
        If safetensors is not installed (``pip install "fastgd[files]"``).

    Examples
    --------
    >>> import tempfile
    >>> import fastgd
    >>> network = fastgd.Network((784, 16, 16, 10))
    >>> theta = network.random_theta(rng=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     fastgd.save(f"{folder}/digits.safetensors", network, theta, {"trained_on": "nothing"})
    ...     model = fastgd.load(f"{folder}/digits.safetensors")
    >>> model.network == network, bool((model.theta == theta).all()), model.metadata
    (True, True, {'trained_on': 'nothing'})
    """
    import json  # inside functions: `import fastgd` stays light

    library = safetensors_library()
    values = checked_theta(network, theta)
    notes = checked_metadata({} if metadata is None else metadata)
    notes |= {
        FORMAT: FORMAT_NUMBER,
        VERSION: fastgd_version(),
        NETWORK: json.dumps(
            {
                "layer_sizes": list(network.layer_sizes),
                "activation": network.activation,
                "output_activation": network.output_activation,
            }
        ),
    }
    room_for(3 * values.nbytes)
    with calm():
        contents = library.numpy.save(named_views(network, values), metadata=notes)
    with replacing(path) as file:
        file.write(ordered(contents))


def load(path: str | os.PathLike[str]) -> Model:
    """Read a network and its parameters from a file that `save` wrote.

    Everything is checked before it is used; nothing in the file is run.

    Parameters
    ----------
    path : path

    Returns
    -------
    Model
        The network, its theta (n_parameters,) in the dtype it was saved in, and the metadata.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelFormatError
        If it is not a model file of fastgd, or is damaged; the message says what is wrong.
    ImportError
        If safetensors is not installed (``pip install "fastgd[files]"``).

    Examples
    --------
    >>> import fastgd
    >>> fastgd.load("no-such-file.safetensors")
    Traceback (most recent call last):
        ...
    FileNotFoundError: [Errno 2] No such file or directory: 'no-such-file.safetensors'
    """
    with opened(path) as file:
        return checked_model(file)


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[Any]:
    """A safetensors file to be read; what turns out to be wrong with it names the path."""
    safetensors = safetensors_library()
    # Opening a pipe would wait for ever, and opening a folder fails differently on each system.
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise ModelFormatError(f"{os.fspath(path)}: not a file")
    room_for(2 * found.st_size)  # mapped, and its tensors
    try:
        with calm(), safetensors.safe_open(os.fspath(path), framework="numpy") as file:
            yield file
    except ModelFormatError as error:
        raise ModelFormatError(f"{os.fspath(path)}: {shorter(error)}") from None
    except safetensors.SafetensorError as error:
        message = f"{os.fspath(path)}: not a safetensors file, or damaged ({shorter(error)})"
        raise ModelFormatError(message) from error


@contextmanager
def calm() -> Iterator[None]:
    """Where safetensors gets no memory it panics, which is no Exception: a MemoryError here."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise MemoryError(f"safetensors: {error}") from None


def checked_model(file: Any) -> Model:
    """Names, shapes and types first; the data only where they agree with the network."""
    notes: dict[str, str] = file.metadata() or {}
    names = set(file.keys())
    network = checked_network(notes, len(names))
    shapes = {
        name: (n_out, n_in) if kind == "weight" else (n_out,)
        for at, (n_in, n_out) in enumerate(pairs(network))
        for kind in ("weight", "bias")
        for name in [f"{2 * at}.{kind}"]
    }
    if names != shapes.keys():
        odd = sorted(names ^ shapes.keys())[0]
        what = "an unknown tensor" if odd in names else "no tensor"
        raise ModelFormatError(f"{what} {odd!r}; the network is {network}")
    codes = set()
    for name, shape in shapes.items():
        entry = file.get_slice(name)
        if tuple(entry.get_shape()) != shape:
            raise ModelFormatError(f"{name} has shape {tuple(entry.get_shape())}; expected {shape}")
        codes.add(entry.get_dtype())
    if len(codes) != 1 or not codes <= DTYPES.keys():
        raise ModelFormatError(f"tensors of type {', '.join(sorted(codes))}; expected F32 or F64")
    theta = np.zeros(network.n_parameters, DTYPES[codes.pop()])
    for name, view in named_views(network, theta).items():
        view[...] = file.get_tensor(name)
    if not np.isfinite(theta).all():
        raise ModelFormatError("a parameter is NaN or infinite")
    metadata = {key: notes[key] for key in sorted(notes) if not key.startswith(OURS)}
    return Model(network, theta, metadata)


def checked_network(notes: dict[str, str], n_tensors: int) -> Network:
    """Build the network that the metadata describes, where the file has tensors for it."""
    import json

    if FORMAT not in notes or NETWORK not in notes:
        raise ModelFormatError(
            "does not say which network it is for; fastgd.save does "
            "(fastgd.exchange.from_safetensors reads a Sequential's state)"
        )
    if notes[FORMAT] != FORMAT_NUMBER:
        raise ModelFormatError(
            f"has format {notes[FORMAT][:20]!r}; this fastgd reads format {FORMAT_NUMBER}"
        )
    unknown = sorted(key for key in notes if key.startswith(OURS) and key not in KNOWN)
    if unknown:
        raise ModelFormatError(f"has an unknown key {unknown[0]!r}")
    if len(notes[NETWORK]) > MOST_TEXT + MOST_OF_TENSOR * n_tensors:  # before all is parsed
        raise ModelFormatError(
            f"{len(notes[NETWORK]):,} characters about a network of {n_tensors} tensors"
        )
    try:
        fields = json.loads(notes[NETWORK])
    except (ValueError, RecursionError) as error:
        raise ModelFormatError(f"the network is not valid JSON ({error})") from error
    if not isinstance(fields, dict) or fields.keys() != NETWORK_FIELDS:
        raise ModelFormatError(f"the network needs exactly {', '.join(sorted(NETWORK_FIELDS))}")
    sizes = fields.pop("layer_sizes")
    if not isinstance(sizes, list) or any(type(size) is not int for size in sizes):
        raise ModelFormatError("layer_sizes is not a list of integers")
    if len(sizes) > n_tensors + 2:  # before so many layers are made
        raise ModelFormatError(f"{n_tensors} tensors for a network of {len(sizes)} layer sizes")
    try:
        return Network(tuple(sizes), **fields)
    except (ValueError, TypeError) as error:
        raise ModelFormatError(f"the network is not valid ({error})") from error


def checked_theta(network: Network, theta: Any) -> NDArray[Any]:
    as_network(network)
    values = np.asarray(theta)
    if values.dtype.newbyteorder("=") not in (np.float32, np.float64):
        raise TypeError(f"theta has dtype {values.dtype}; expected float32 or float64")
    if values.shape != (network.n_parameters,):
        raise ValueError(
            f"theta has shape {values.shape}; a {network} network has "
            f"{network.n_parameters} parameters"
        )
    if not np.isfinite(values).all():
        raise ValueError("theta has an entry that is NaN or infinite; expected finite numbers")
    return np.ascontiguousarray(values, values.dtype.newbyteorder("="))


def checked_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    if not isinstance(metadata, Mapping):
        raise TypeError(f"metadata is {type(metadata).__name__}; expected a mapping of str to str")
    for key, value in metadata.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"metadata has {key!r}: {value!r}; expected str to str")
        if key.startswith(OURS):
            raise ValueError(f"metadata has the key {key!r}; keys in {OURS} are taken")
    return dict(metadata)


def named_views(network: Network, theta: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Views of theta under PyTorch's names; odd numbers are the activations, without parameters."""
    return {
        f"{2 * at}.{kind}": view
        for at, layer in enumerate(network.layers(theta))
        for kind, view in (("weight", layer.weights), ("bias", layer.biases))
    }


def ordered(contents: bytes) -> bytes:
    """Sort the metadata, which the library leaves in random order: equal models, equal bytes."""
    import json

    end = 8 + int.from_bytes(contents[:8], "little")
    header = json.loads(contents[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the data after the header stay aligned
    return len(text).to_bytes(8, "little") + text + contents[end:]


def pairs(network: Network) -> list[tuple[int, int]]:
    """(n_in, n_out) of each layer."""
    return list(zip(network.layer_sizes[:-1], network.layer_sizes[1:], strict=True))


def fastgd_version() -> str:
    from importlib.metadata import version

    return version("fastgd")


def room_for(n_bytes: int) -> None:
    """Raise MemoryError now where so many bytes are not to be had: safetensors would abort."""
    np.empty(n_bytes + SLACK, np.uint8)


def safetensors_library() -> Any:
    """Return the library, or say how to install it."""
    try:
        import safetensors
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(
            'model files need safetensors: pip install "fastgd[files]"', name="safetensors"
        ) from error
    return safetensors
