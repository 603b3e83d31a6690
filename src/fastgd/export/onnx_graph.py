"""A network as an ONNX model, for onnxruntime and what else reads that format."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from fastgd._engine.reals import check_finite
from fastgd.files.models import fastgd_version
from fastgd.network import Network, theta_of

# Of 2020: the oldest that has each operator used in both dtypes, and the file version beside it.
OPSET = 13
IR_VERSION = 7
MOST_BYTES = 2**31 - 2**20  # of parameters: protobuf ends at 2 GiB
OPERATORS = {"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "Relu"}


def to_onnx(network: Network, theta: ArrayLike) -> bytes:
    """The network as an ONNX model of opset 13: a Gemm and an activation for each layer.

    Its input ``x`` has shape (batch, n_inputs), its output ``outputs`` (batch, n_outputs), for
    any batch. Inputs are numbers as the network reads them: pixels are divided by 255 before.

    Parameters
    ----------
    network : Network
    theta : (n_parameters,) array
        In float32 (float16 too) x and outputs are "float" in ONNX, otherwise "double".

    Returns
    -------
    bytes
        What ``onnxruntime.InferenceSession`` and ``onnx.load_from_string`` take, and an
        ``.onnx`` file holds: the same bytes for the same network, theta and versions.

    Raises
    ------
    TypeError, ValueError
        Where theta does not fit the network, is not finite, or has more than 2 GiB.
    ImportError
        Where onnx is not installed (``pip install "fastgd[onnx]"``).

    Examples
    --------
    >>> import fastgd, onnx
    >>> net = fastgd.Network((2, 3, 1), output_activation="identity")
    >>> model = onnx.load_from_string(fastgd.export.to_onnx(net, net.random_theta(rng=0)))
    >>> [node.op_type for node in model.graph.node]
    ['Gemm', 'Sigmoid', 'Gemm']
    """
    onnx = onnx_library()
    make = onnx.helper
    theta = theta_of(network, theta)
    check_finite("theta", theta)
    if theta.nbytes > MOST_BYTES:
        raise ValueError(f"theta has {theta.nbytes} bytes; an ONNX file holds {MOST_BYTES}")
    nodes, tensors, x = [], [], "x"
    layers = list(zip(network.layer_activations, network.layers(theta), strict=True))
    for l, (f, layer) in enumerate(layers, 1):
        weights, biases, z = f"W{l}", f"b{l}", f"z{l}"
        a = "outputs" if l == len(layers) else f"a{l}"
        tensors += [
            onnx.numpy_helper.from_array(layer.weights, weights),
            onnx.numpy_helper.from_array(layer.biases, biases),
        ]
        if f == "identity":
            z = a
        nodes.append(make.make_node("Gemm", [x, weights, biases], [z], transB=1))  # x W^T + b
        if f != "identity":
            nodes.append(make.make_node(OPERATORS[f], [z], [a]))
        x = a
    kind = make.np_dtype_to_tensor_dtype(theta.dtype)
    graph = make.make_graph(
        nodes,
        "fastgd",
        [make.make_tensor_value_info("x", kind, ["batch", network.n_inputs])],
        [make.make_tensor_value_info("outputs", kind, ["batch", network.n_outputs])],
        tensors,
        doc_string=f"{network}: {', '.join(network.layer_activations)}",
    )
    model = make.make_model(
        graph,
        opset_imports=[make.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="fastgd",
        producer_version=fastgd_version(),
    )
    return bytes(model.SerializeToString(deterministic=True))


def onnx_library() -> Any:
    """The library, or how to install it."""
    try:
        import onnx
        import onnx.helper
        import onnx.numpy_helper
    except ImportError as error:
        raise ImportError(
            'ONNX models need onnx: pip install "fastgd[onnx]"', name="onnx"
        ) from error
    return onnx
