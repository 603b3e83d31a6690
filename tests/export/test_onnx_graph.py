"""`onnx_graph`: valid to onnx's checker, and the same digits read by onnxruntime."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from tests.export.common import KINDS, SAMPLE, every_kind, pixels, trained

import fastgd
from fastgd.export import to_onnx

onnx: Any = pytest.importorskip("onnx")
onnxruntime: Any = pytest.importorskip("onnxruntime")
every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


def run(model: bytes, x: Any) -> Any:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(["outputs"], {"x": x})[0]


@every_kind
@every_dtype
def test_all_test_digits_are_read_alike(kind: Any, dtype: str) -> None:
    network, theta = trained(*kind)
    theta = theta.astype(dtype)
    outputs = run(to_onnx(network, theta), pixels().astype(dtype))
    assert outputs.dtype == dtype
    expected = network(theta, SAMPLE.test_images)
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-5)


def test_layers_may_differ() -> None:
    names = ("relu", "identity", "tanh", "sigmoid")
    network = fastgd.Network((5, 4, 6, 3, 4, 2), activation=names, output_activation="identity")
    theta = network.random_theta(rng=0, dtype=np.float64)
    model = to_onnx(network, theta)
    nodes = [node.op_type for node in onnx.load_from_string(model).graph.node]
    assert nodes == ["Gemm", "Relu", "Gemm", "Gemm", "Tanh", "Gemm", "Sigmoid", "Gemm"]
    X = np.random.default_rng(0).normal(size=(7, 5))
    np.testing.assert_allclose(run(model, X), network(theta, X), rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 100])
def test_the_batch_is_as_long_as_one_likes(n: int) -> None:
    network, theta = trained()
    outputs = run(to_onnx(network, theta), pixels()[:n])
    assert outputs.shape == (n, 10)


@every_kind
@every_dtype
def test_the_checker_finds_nothing(kind: Any, dtype: str) -> None:
    network, theta = trained(*kind)
    model = onnx.load_from_string(to_onnx(network, theta.astype(dtype)))
    onnx.checker.check_model(model, full_check=True)


def test_the_model_says_what_it_is() -> None:
    network, theta = trained(*KINDS[2])
    model = onnx.load_from_string(to_onnx(network, theta))
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 13)]
    assert (model.ir_version, model.producer_name) == (7, "fastgd")
    assert model.producer_version == fastgd.__version__
    assert model.graph.doc_string == "784-20-10: relu, identity"
    names = [
        (value.name, value.type.tensor_type) for value in (*model.graph.input, *model.graph.output)
    ]
    shapes = {name: [d.dim_param or d.dim_value for d in t.shape.dim] for name, t in names}
    assert shapes == {"x": ["batch", 784], "outputs": ["batch", 10]}


def test_the_same_network_gives_the_same_bytes() -> None:
    network, theta = trained()
    assert to_onnx(network, theta) == to_onnx(network, theta.copy())


def test_theta_is_checked() -> None:
    with pytest.raises(ValueError, match=r"theta\[1\] is nan; expected finite numbers"):
        to_onnx(fastgd.Network((1, 1)), [0, np.nan])


def test_more_than_a_file_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastgd.export.onnx_graph.MOST_BYTES", 7)
    with pytest.raises(ValueError, match="theta has 8 bytes; an ONNX file holds 7"):
        to_onnx(fastgd.Network((1, 1)), np.zeros(2, np.float32))


def test_without_onnx_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r'pip install "fastgd\[onnx\]"'):
        to_onnx(fastgd.Network((1, 1)), [0, 1])
