"""What both C files share: names, tables of numbers, the parts of a template, a network's calls.

Which numbers stand in the tables, and what the head says, is left to `float_c` and `integer_c`.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from numpy.typing import NDArray

from fastgd.network import Network

# An int of 16 bits counts the bytes of an object, as on AVR; C99 itself promises 65,535.
MOST_BYTES_A_TABLE = 32_767
# AVR reads tables within the first 64 KiB of flash, which the interrupt vectors share.
MOST_BYTES_ON_AVR = 65_000


def c_name(text: str) -> str:
    """A C identifier like `text`: what a file is called, for instance.

    Examples
    --------
    >>> c_name("my digits-2"), c_name("3 layers"), c_name("")
    ('my_digits_2', 'network_3_layers', 'network')
    """
    name = re.sub("[^A-Za-z0-9]+", "_", text).strip("_") or "network"
    return name if name[0].isalpha() else f"network_{name}"


def checked_name(name: str) -> str:
    """`name` where it is an identifier that C and C++ leave to their users."""
    if not isinstance(name, str) or not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(f"name: expected a C identifier such as digits, got {name!r}")
    return name


def parts_of(template: str, words: Mapping[str, str]) -> dict[str, str]:
    """The parts of a template beside this file, each begun by a line ``/*[name]*/``.

    `words` in it are replaced by their meanings.
    """
    text = (files("fastgd.export") / template).read_text(encoding="ascii")
    for word, meaning in words.items():
        text = text.replace(word, meaning)
    found = re.split(r"^/\*\[(\w+)\]\*/\n", text, flags=re.MULTILINE)[1:]
    return {key: part.strip() for key, part in zip(found[::2], found[1::2], strict=True)}


def table(kind: str, name: str, values: NDArray[Any], written: Callable[[Any], str]) -> str:
    """``NAME_CONST kind name[n] = {...};``, eight numbers a line."""
    numbers = [written(value) for value in values.ravel()]
    lines = [", ".join(numbers[at : at + 8]) for at in range(0, len(numbers), 8)]
    body = ",\n    ".join(lines)
    return f"NAME_CONST {kind} {name}[{len(numbers)}] = {{\n    {body}}};"


def parts_of_rows(n_in: int, n_out: int, item_size: int) -> list[slice]:
    """Rows of weights that fit in one table each: all of them, where they do."""
    rows = max(1, min(n_out, MOST_BYTES_A_TABLE // (n_in * item_size)))
    return [slice(at, min(at + rows, n_out)) for at in range(0, n_out, rows)]


def layer_tables(
    l: int, weights: NDArray[Any], kind: str, written: Callable[[Any], str]
) -> list[str]:
    """The weights of layer l, named by the layer and the first row where they are in parts."""
    rows = parts_of_rows(weights.shape[1], len(weights), weights.itemsize)
    return [table(kind, weights_name(l, part, rows), weights[part], written) for part in rows]


def layer_calls(l: int, shape: tuple[int, ...], item_size: int, x: str, z: str) -> list[str]:
    """``name_layer(...)``, once for each table of layer l: z = W x + b."""
    n_out, n_in = shape
    rows = parts_of_rows(n_in, n_out, item_size)
    calls = []
    for part in rows:
        w, n = weights_name(l, part, rows), part.stop - part.start
        at = f" + {part.start}" if part.start else ""
        calls.append(f"name_layer({w}, name_b{l}{at}, {n_in}, {n}, {x}, {z}{at});")
    return calls


def weights_name(l: int, part: slice, rows: list[slice]) -> str:
    return f"name_w{l}" if len(rows) == 1 else f"name_w{l}_{part.start}"


def outputs_function(scalar: str, out: str, network: Network, body: Iterable[str]) -> str:
    """``name_outputs``, which calls one layer after the other."""
    lines = "\n".join(f"    {line}" for line in body)
    return f"{outputs_prototype(scalar, out, network)}\n{{\n{lines}\n}}"


def outputs_prototype(scalar: str, out: str, network: Network) -> str:
    n_in, n_out = network.n_inputs, network.n_outputs
    return f"void name_outputs(const {scalar} x[{n_in}], {out} out[{n_out}])"


def prototypes(scalar: str, out: str, network: Network) -> list[str]:
    """What a program declares; one output has no highest one."""
    found = [outputs_prototype(scalar, out, network) + ";"]
    if network.n_outputs > 1:
        found.append(f"int name_prediction(const {scalar} x[{network.n_inputs}]);")
    return found


def declared(lines: Sequence[str]) -> str:
    """Prototypes with C's linkage, in C++ too."""
    body = "\n".join(lines)
    return f'#ifdef __cplusplus\nextern "C" {{\n#endif\n{body}\n#ifdef __cplusplus\n}}\n#endif'


def avr_limit(n_bytes: int) -> list[str]:
    """A compiler's error on AVR, where its tables would lie beyond what is read there."""
    if n_bytes <= MOST_BYTES_ON_AVR:
        return []
    why = f"{n_bytes:,} bytes of tables; on AVR at most {MOST_BYTES_ON_AVR:,} can be read"
    return [f'#ifdef __AVR__\n#error "{why}"\n#endif']


def comment(name: str, paragraphs: Iterable[str]) -> str:
    """A comment of these paragraphs under the network's name; those set in stand as they are."""
    lines: list[str] = []
    for paragraph in paragraphs:
        text = renamed(paragraph, name)
        lines += text.split("\n") if text.startswith(" ") else textwrap.wrap(text, 96) or [""]
    return "/* " + "\n".join(f" * {line}".rstrip() for line in lines)[3:] + "\n */"


def described(network: Network) -> str:
    """The network in words: ``784 inputs, sigmoid layers of 16 and 16, 10 sigmoid outputs``."""
    *others, last = [f"{size:,}" for size in network.layer_sizes[1:-1]] or [""]
    layers = f"{', '.join(others)} and {last}" if others else last
    names = dict.fromkeys(network.layer_activations[:-1])
    hidden = f"{' and '.join(names)} layer{'s' * bool(others)} of {layers}, " if last else ""
    outputs = f"{network.n_outputs:,} {network.output_activation} output"
    inputs = f"{network.n_inputs:,} input{'s' * (network.n_inputs > 1)}"
    return f"{inputs}, {hidden}{outputs}{'s' * (network.n_outputs > 1)}"


def finished(blocks: Iterable[str], name: str, network: Network) -> str:
    """The file: its blocks under the network's name, and its sizes."""
    text = renamed("\n\n".join(filter(None, blocks)) + "\n", name)
    text = re.sub(r"\bN_INPUTS\b", str(network.n_inputs), text)
    return re.sub(r"\bN_OUTPUTS\b", str(network.n_outputs), text)


def renamed(text: str, name: str) -> str:
    """The text with the network's name in place of ``name``."""
    text = re.sub(r"\bNAME_", f"{name.upper()}_", text)
    return re.sub(r"\bname_", f"{name}_", text)
