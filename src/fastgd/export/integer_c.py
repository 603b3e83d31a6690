"""An integer network as one C99 file that knows no floats: bytes in, tables, int32 sums.

The parts that do not depend on the network are in `integer.c`; names and tables are `c_text`'s,
and `integers` did the rounding.
"""

from __future__ import annotations

from fastgd.export import c_text
from fastgd.export.integers import MOST, TABLE, IntegerLayer, IntegerNetwork, Loss
from fastgd.files.models import fastgd_version

# weights of so many bits: the type of one, of its product with a byte, and AVR's word for it
CURVES = {"sigmoid": "sigmoid", "tanh": "sigmoid"}  # the part that computes bytes of each
TYPES = {8: ("int8_t", "int16_t", "byte"), 16: ("int16_t", "int32_t", "word")}


def to_integer_c(integers: IntegerNetwork, *, name: str = "network") -> str:
    """The integer network as a C99 file, which gives the same bits as `integers` does.

    The file has ``void NAME_outputs(const uint8_t x[], int32_t out[])`` and
    ``int NAME_prediction(const uint8_t x[])``, the number of the highest output. It has no
    floats, needs no library, allocates nothing and may be called from many threads. Its head has
    a table of its sizes and what integers cost in accuracy. It compiles as C++, and keeps its
    tables in flash on AVR.

    Parameters
    ----------
    integers : IntegerNetwork
        What `quantise` made.
    name : str
        What the names in the file begin with: a C identifier.

    Returns
    -------
    str
        ASCII.

    Raises
    ------
    ValueError
        Where the name is none.

    Examples
    --------
    >>> import fastgd
    >>> from fastgd import export
    >>> digits, net = fastgd.datasets.digits(), fastgd.Network((784, 16, 16, 10))
    >>> small = export.quantise(net, net.random_theta(rng=0), digits.test_images)
    >>> text = export.to_integer_c(small, name="digits")
    >>> "float " in text, small(digits.test_images).shape
    (False, (2000, 10))
    """
    name = c_text.checked_name(name)
    network, layers = integers.network, integers.layers
    weight, product, unit = TYPES[integers.weight_bits]
    words = {"WEIGHT_T": weight, "PRODUCT_T": product, "WEIGHT_UNIT": unit}
    parts = c_text.parts_of("integer.c", words)
    hidden = {CURVES.get(layer.activation, layer.activation) for layer in layers[:-1]}
    output = layers[-1].activation
    curved = "sigmoid" in hidden or output in CURVES
    blocks = [
        head(name, integers),
        "#include <stdint.h>",
        parts["memory"],
        *c_text.avr_limit(n_bytes(integers)),
        c_text.declared(c_text.prototypes("uint8_t", "int32_t", network)),
    ]
    for l, layer in enumerate(layers, 1):
        blocks += c_text.layer_tables(l, layer.weights, weight, str)
        blocks.append(c_text.table("int32_t", f"name_b{l}", layer.biases, str))
        if layer.shifts is not None:
            blocks.append(c_text.table("uint8_t", f"name_shifts{l}", layer.shifts, str))
    blocks.append(parts["layer"])
    if curved:
        blocks.append(f"{parts['table']}\n{c_text.table('int16_t', 'name_table', TABLE, str)}")
        blocks.append(parts["curve"])
    blocks += [parts[part] for part in sorted(hidden)]
    if output != "identity":
        blocks.append(parts[f"{output}_output"])
    blocks.append(c_text.outputs_function("uint8_t", "int32_t", network, body(integers)))
    if network.n_outputs > 1:
        blocks.append(parts["prediction"])
    return c_text.finished(blocks, name, network)


def body(integers: IntegerNetwork) -> list[str]:
    """The lines of ``name_outputs``: a layer's sums into z, its activations into a, and so on."""
    network, layers = integers.network, integers.layers
    hidden = network.layer_sizes[1:-1]
    lines = [f"int32_t z[{max(hidden)}];", f"uint8_t a[{max(hidden)}];"] if hidden else []
    x = "x"
    for l, layer in enumerate(layers, 1):
        last, f = layer is layers[-1], layer.activation
        n_out, z = len(layer.weights), "out" if last else "z"
        lines += c_text.layer_calls(l, layer.weights.shape, layer.weights.itemsize, x, z)
        if not last:
            lines.append(f"name_{CURVES.get(f, f)}(z, name_shifts{l}, {n_out}, a);")
        elif layer.shifts is not None:
            lines.append(f"name_{f}_output(out, name_shifts{l}, {n_out});")
        elif f == "relu":
            lines.append(f"name_relu_output(out, {n_out});")
        x = "a"
    return lines


def n_bytes(integers: IntegerNetwork) -> int:
    """Bytes of all tables."""
    curved = any(layer.activation in CURVES for layer in integers.layers)
    return sum(map(layer_bytes, integers.layers)) + 2 * len(TABLE) * curved


def layer_bytes(layer: IntegerLayer) -> int:
    shifts = 0 if layer.shifts is None else layer.shifts.nbytes
    return layer.weights.nbytes + layer.biases.nbytes + shifts


def size_table(integers: IntegerNetwork) -> list[str]:
    """The head's table: a row for each layer, one for the curve, the sum."""
    kind = f"int{integers.weight_bits}"
    rows = [("layer", "weights", "biases", "shifts", "bytes")]
    for layer in integers.layers:
        n_out, n_in = layer.weights.shape
        shifts = "" if layer.shifts is None else f"{n_out:,} uint8"
        sizes = f"{layer.weights.size:,} {kind}", f"{n_out:,} int32", shifts
        rows.append((f"{n_in}-{n_out}", *sizes, f"{layer_bytes(layer):,}"))
    curve = n_bytes(integers) - sum(map(layer_bytes, integers.layers))
    if curve:
        rows.append(("sigmoid's table", "", "", "", f"{curve:,}"))
    rows.append(("in all", "", "", "", f"{n_bytes(integers):,}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "    "
        + row[0].ljust(widths[0])
        + "".join("  " + cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]


def byte_told(low: float, high: float) -> str:
    """What the input byte p stands for."""
    if (low, high) == (0, 1):
        return f"p / {MOST}"
    return f"{low:g} + p * {high - low:g} / {MOST}"


def loss_told(loss: Loss, n_outputs: int) -> str:
    """What was measured, as a sentence; one output has no highest one."""
    answers = ""
    if loss.accuracy is not None and loss.integer_accuracy is not None:
        answers = f"{loss.integer_accuracy:.2%} right where floats are {loss.accuracy:.2%}, "
    if n_outputs > 1:
        answers += f"the highest output is the same for {loss.same_answer:.2%}; "
    return (
        f"Measured on {loss.n_examples:,} examples: {answers}outputs differ by "
        f"{loss.mean_difference:.2g} (root mean square), at most {loss.largest_difference:.2g}."
    )


def head(name: str, integers: IntegerNetwork) -> str:
    """What a reader of the file must know."""
    network = integers.network
    n_outputs = network.n_outputs
    stack = 5 * max(network.layer_sizes[1:-1], default=0)
    prediction = in_prediction = ""
    if n_outputs > 1:
        prediction = "name_prediction is the number of the highest output. "
        in_prediction = f", {stack + 4 * n_outputs:,} in name_prediction"
    return c_text.comment(
        name,
        [
            f"A network of {c_text.described(network)}, in integers.",
            f"Written by fastgd {fastgd_version()}, which claims no rights in it.",
            "",
            *(f"    {line}" for line in c_text.prototypes("uint8_t", "int32_t", network)),
            "",
            'Declare them so in your program, as extern "C" in C++. name_outputs writes the '
            "outputs for the inputs x, which may not overlap out: "
            f"out[j] / {integers.one} is output j. {prediction}"
            f"An input byte p stands for {byte_told(*integers.input_range)}.",
            "",
            *size_table(integers),
            "",
            f"In float32 {4 * network.n_parameters:,} bytes. Arrays on the stack: {stack:,} bytes"
            f"{in_prediction}. Nothing is static, so any number of calls may run at once; nothing "
            "is allocated, no library is called, there are no floats. No sum leaves int32, "
            f"whatever the inputs: for each neuron |bias| + {MOST} times the sum of its |weights| "
            "is below 2^31.",
            "",
            loss_told(integers.loss, n_outputs),
        ],
    )
