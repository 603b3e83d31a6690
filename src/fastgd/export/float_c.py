"""A network as one C99 file in float32: constant weights, no allocation, no library.

The parts that do not depend on the network are in `float.c`; names and tables are `c_text`'s.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from fastgd._engine.arrays import for_kernels
from fastgd.export import c_text
from fastgd.files.models import fastgd_version
from fastgd.network import Network, theta_of


def to_c(network: Network, theta: ArrayLike, *, name: str = "network") -> str:
    """The network as a C99 file, to be compiled into a program that has no Python.

    The file has two functions, ``void NAME_outputs(const float x[], float out[])`` and
    ``int NAME_prediction(const float x[])``, the number of the highest output. It needs no
    library, allocates nothing and may be called from many threads; its head says how large
    it is. It compiles as C++, and keeps its weights in flash on AVR.

    Parameters
    ----------
    network : Network
    theta : (n_parameters,) array
        Rounded to float32.
    name : str
        What the names in the file begin with: a C identifier.

    Returns
    -------
    str
        ASCII. Its outputs are those of ``network(theta, x)`` in float32 but for rounding: as one
        vector they differ by 1e-6 of its length where layers have up to 1,000 inputs. Pixels
        are divided by 255 before.

    Raises
    ------
    TypeError, ValueError
        Where theta does not fit the network or is not finite in float32, or the name is none.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((784, 16, 16, 10))
    >>> text = fastgd.export.to_c(net, net.random_theta(rng=0), name="digits")
    >>> [line for line in text.splitlines() if line.startswith("int ")]
    ['int digits_prediction(const float x[784]);', 'int digits_prediction(const float x[784])']
    """
    name = c_text.checked_name(name)
    theta = theta_of(network, theta)
    theta = for_kernels(theta, np.dtype(np.float32))
    parts = c_text.parts_of("float.c", {})
    activations = set(network.layer_activations)
    needed = ["exp"] if activations & {"sigmoid", "tanh"} else []
    needed += [part for part in ("sigmoid", "tanh", "relu") if part in activations]
    blocks = [
        head(name, network),
        "#include <stdint.h>" if "exp" in needed else "",
        parts["memory"],
        *c_text.avr_limit(theta.nbytes),
        c_text.declared(c_text.prototypes("float", "float", network)),
    ]
    for l, (weights, biases) in enumerate(network.layers(theta), 1):
        blocks += c_text.layer_tables(l, weights, "float", float_literal)
        blocks.append(c_text.table("float", f"name_b{l}", biases, float_literal))
    blocks += [parts[part] for part in ("layer", *needed)]
    blocks.append(c_text.outputs_function("float", "float", network, body(network)))
    if network.n_outputs > 1:
        blocks.append(parts["prediction"])
    return c_text.finished(blocks, name, network)


def float_literal(value: np.float32) -> str:
    """The shortest decimal that reads back as this float32."""
    return f"{value!s}f"


def scratch(network: Network) -> dict[str, int]:
    """The floats that hold the hidden layers' activations, in turn."""
    hidden = network.layer_sizes[1:-1]
    return {
        buffer: max(sizes) for buffer, sizes in (("a", hidden[::2]), ("b", hidden[1::2])) if sizes
    }


def body(network: Network) -> list[str]:
    """The lines of ``name_outputs``: a layer into a, the next into b, and so on."""
    buffers = scratch(network)
    declared = ", ".join(f"{buffer}[{size}]" for buffer, size in buffers.items())
    lines = [f"float {declared};"] if buffers else []
    sizes, x = network.layer_sizes, "x"
    for l, (n_in, n_out) in enumerate(pairwise(sizes), 1):
        last = l == len(sizes) - 1
        z = "out" if last else "ab"[(l - 1) % 2]
        f = network.layer_activations[l - 1]
        lines += c_text.layer_calls(l, (n_out, n_in), 4, x, z)
        if f != "identity":
            lines.append(f"name_{f}({z}, {n_out});")
        x = z
    return lines


def head(name: str, network: Network) -> str:
    """What a reader of the file must know."""
    n, n_outputs = network.n_parameters, network.n_outputs
    stack = 4 * sum(scratch(network).values())
    prediction = in_prediction = ""
    if n_outputs > 1:
        prediction = "name_prediction is the number of the highest output. "
        in_prediction = f", {stack + 4 * n_outputs:,} in name_prediction"
    return c_text.comment(
        name,
        [
            f"A network of {c_text.described(network)}, in floats.",
            f"Written by fastgd {fastgd_version()}, which claims no rights in it.",
            "",
            *(f"    {line}" for line in c_text.prototypes("float", "float", network)),
            "",
            'Declare them so in your program, as extern "C" in C++. name_outputs writes the '
            f"outputs for the inputs x, which may not overlap out. {prediction}x has finite "
            "numbers such as the network was trained on: a pixel p of 0 to 255 is p / 255.0f.",
            "",
            f"Constants: {n:,} floats, {4 * n:,} bytes. Arrays on the stack: {stack:,} bytes"
            f"{in_prediction}. Nothing is static, so any number of calls may run at once; nothing "
            "is allocated, and no library is called. Floats have to be IEEE 754's of 32 bits.",
        ],
    )
