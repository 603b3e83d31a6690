"""`modules`: from and to PyTorch and back, with the outputs, costs and gradients of autograd."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from tests.common import Problem, distance, problem, problems
from tests.export.common import SAMPLE, every_kind, pixels, trained

import fastgd
from fastgd.exchange import from_torch, to_torch

torch: Any = pytest.importorskip("torch")
nn = torch.nn


def autograd(module: Any, p: Problem) -> tuple[float, Any]:
    """(cost, gradient in theta's order) by PyTorch, in the module's dtype."""
    dtype = next(module.parameters()).dtype
    X, Y = (torch.tensor(a, dtype=dtype) for a in (p.X, p.Y))
    weight = torch.ones(len(X), dtype=dtype) if p.weight is None else torch.tensor(p.weight)
    cost = (((module(X) - Y) ** 2).sum(axis=1) * weight).sum() / weight.sum()
    cost.backward()
    gradient = torch.cat([parameter.grad.ravel() for parameter in module.parameters()])
    return cost.item(), gradient.numpy()


def linear(n_in: int, n_out: int, **options: Any) -> Any:
    """A Linear drawn from the same seed each time."""
    with torch.random.fork_rng():
        torch.manual_seed(n_in + n_out)
        return nn.Linear(n_in, n_out, **options)


# --------------------------------------------------------------------------- the right answer


@settings(max_examples=40)
@given(problems(most_examples=40, most_width=20))
def test_cost_and_gradient_are_autograd_s(p: Problem) -> None:
    module = to_torch(p.network, p.theta)
    cost, gradient = autograd(module, p)
    network, theta = from_torch(module)
    np.testing.assert_array_equal(theta, p.theta)
    assert network.layer_activations == p.network.layer_activations
    value, found = Problem(network, theta, p.X, p.Y, p.weight).cost().value_and_gradient(theta)
    assert distance(value, cost) < 1e-12
    assert distance(found, gradient) < 1e-10


def test_cost_and_gradient_are_autograd_s_in_float32() -> None:
    p = problem((6, 9, 7, 5, 3), 40, ["relu", "tanh", "identity"], "sigmoid")
    theta = p.theta.astype(np.float32)
    cost, gradient = autograd(to_torch(p.network, theta), p)
    value, found = p.cost("float32").value_and_gradient(theta)
    assert found.dtype == gradient.dtype == np.float32
    assert distance(value, cost) < 2e-6
    assert distance(found, gradient) < 2e-6


@every_kind
def test_all_test_digits_are_read_alike(kind: Any) -> None:
    network, theta = trained(*kind)
    with torch.no_grad():
        outputs = to_torch(network, theta)(torch.tensor(pixels())).numpy()
    np.testing.assert_allclose(outputs, network(theta, SAMPLE.test_images), rtol=0, atol=1e-5)


def test_there_and_back_is_the_same_network_and_the_same_bits() -> None:
    net = fastgd.Network((4, 3, 2, 2), activation=["tanh", "relu"], output_activation="identity")
    theta = net.random_theta(rng=0)
    network, back = from_torch(to_torch(net, theta))
    assert network == net
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, theta)


def test_theta_is_in_the_order_of_parameters_to_vector() -> None:
    module = nn.Sequential(linear(3, 4), nn.Tanh(), linear(4, 2))
    expected = nn.utils.parameters_to_vector(module.parameters()).detach().numpy()
    np.testing.assert_array_equal(from_torch(module)[1], expected)


def flat() -> list[Any]:
    return [linear(12, 4), nn.ReLU(), linear(4, 2)]


SHARED = nn.ReLU()
MODULES = {
    "one Linear": (linear(12, 2), ("identity",)),
    "no activation at the end": (nn.Sequential(*flat()), ("relu", "identity")),
    "Identity at the end": (nn.Sequential(*flat(), nn.Identity()), ("relu", "identity")),
    "no activation between": (nn.Sequential(linear(12, 4), linear(4, 2)), ("identity",) * 2),
    "Identity around one": (
        nn.Sequential(linear(12, 4), nn.Identity(), nn.Tanh(), nn.Identity(), linear(4, 2)),
        ("tanh", "identity"),
    ),
    "Sequentials in Sequentials": (
        nn.Sequential(nn.Sequential(linear(12, 4), nn.Tanh()), nn.Sequential(linear(4, 2)), SHARED),
        ("tanh", "relu"),
    ),
    "one activation twice": (
        nn.Sequential(linear(12, 4), SHARED, linear(4, 2), SHARED),
        ("relu", "relu"),
    ),
    "Flatten": (nn.Sequential(nn.Flatten(), *flat()), ("relu", "identity")),
    "Dropout in evaluation": (nn.Sequential(*flat(), nn.Dropout()).eval(), ("relu", "identity")),
    "no bias": (
        nn.Sequential(linear(12, 4, bias=False), nn.Sigmoid(), linear(4, 2)),
        ("sigmoid", "identity"),
    ),
    "weights normalised": (
        nn.Sequential(
            nn.utils.parametrizations.weight_norm(linear(12, 4)),
            nn.Sigmoid(),
            nn.utils.parametrizations.weight_norm(linear(4, 2)),
        ),
        ("sigmoid", "identity"),
    ),
    "float64": (nn.Sequential(*flat()).double(), ("relu", "identity")),
}


@pytest.mark.parametrize(("module", "activations"), MODULES.values(), ids=MODULES)
def test_the_network_computes_what_the_module_computes(
    module: Any, activations: tuple[str, ...]
) -> None:
    network, theta = from_torch(module)
    assert network.layer_activations == activations
    dtype = next(module.parameters()).dtype
    assert str(dtype) == f"torch.{theta.dtype}"
    X = np.random.default_rng(0).random((5, 12)).astype(theta.dtype)
    expected = module(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(network(theta, X), expected, rtol=0, atol=1e-6)


def test_nothing_is_shared() -> None:
    module = nn.Sequential(linear(3, 2))
    network, theta = from_torch(module)
    before = module(torch.ones(3)).tolist()
    theta[:] = 7
    assert module(torch.ones(3)).tolist() == before
    other = to_torch(network, theta)
    theta[:] = 0
    assert all((parameter == 7).all() for parameter in other.parameters())


def test_the_module_can_be_trained_further() -> None:
    net = fastgd.Network((3, 2, 1))
    module = to_torch(net, net.random_theta(rng=0))
    assert module.training
    assert all(parameter.requires_grad for parameter in module.parameters())


def test_neither_generator_nor_default_dtype_matters() -> None:
    net = fastgd.Network((3, 2))
    theta = net.random_theta(rng=0)
    state = torch.random.get_rng_state()
    torch.set_default_dtype(torch.float64)
    try:
        module = to_torch(net, theta)
    finally:
        torch.set_default_dtype(torch.float32)
    assert module[0].weight.dtype == torch.float32
    assert torch.equal(torch.random.get_rng_state(), state)


# ----------------------------------------------------------------------------------- refused


class Changed(nn.Linear):  # type: ignore[misc]
    def forward(self, x: Any) -> Any:
        return -super().forward(x)


class Own(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.first = linear(3, 2)

    def forward(self, x: Any) -> Any:
        return self.first(x)


def nan(layer: Any) -> Any:
    with torch.no_grad():
        layer.weight[1, 2] = float("nan")
    return layer


ONE = linear(3, 3)
REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "no module": ("net.pt", TypeError, r"expected a torch\.nn\.Sequential, got str"),
    "a module of one's own": (Own(), TypeError, "it has Own"),
    "one inside": (nn.Sequential(linear(3, 3), Own()), TypeError, r"it has 1 \(Own\)"),
    "a convolution": (nn.Sequential(nn.Conv2d(1, 2, 3)), TypeError, r"it has 0 \(Conv2d\)"),
    "softmax": (
        nn.Sequential(nn.Sequential(linear(3, 2), nn.Softmax(1))),
        TypeError,
        r"it has 0\.1 \(Softmax\)",
    ),
    "another forward": (nn.Sequential(Changed(3, 2)), TypeError, r"it has 0 \(Changed\)"),
    "nothing": (nn.Sequential(nn.Flatten()), ValueError, "at least one Linear, got none"),
    "an activation first": (
        nn.Sequential(nn.ReLU(), linear(3, 2)),
        ValueError,
        r"^0 \(ReLU\): expected a Linear right before it",
    ),
    "two activations": (
        nn.Sequential(linear(3, 2), nn.ReLU(), nn.Identity(), nn.Sigmoid()),
        ValueError,
        r"^3 \(Sigmoid\): expected a Linear right before it",
    ),
    "Dropout": (
        nn.Sequential(linear(3, 2), nn.Dropout()),
        ValueError,
        r"^1 \(Dropout\) is training.*eval\(\)",
    ),
    "half a Flatten": (
        nn.Sequential(nn.Flatten(0), linear(3, 2)),
        ValueError,
        r"^0 \(Flatten\): expected dimensions 1 to -1, got 0 to -1",
    ),
    "sizes": (
        nn.Sequential(linear(3, 4), nn.ReLU(), linear(5, 2)),
        ValueError,
        "^2 takes 5 inputs; 0 before it has 4 outputs",
    ),
    "float16": (
        nn.Sequential(linear(3, 2), nn.ReLU(), linear(2, 1).half()),
        TypeError,
        r"^2\.weight is torch\.float16; expected torch\.float32 or torch\.float64: call float\(\)",
    ),
    "bfloat16": (linear(3, 2).bfloat16(), TypeError, r"^Linear\.weight is torch\.bfloat16"),
    "two dtypes": (
        nn.Sequential(linear(3, 2), linear(2, 1).double()),
        ValueError,
        r"^1\.weight is float64, 0\.weight float32; expected one dtype",
    ),
    "another device": (
        nn.Sequential(nn.Linear(3, 2, device="meta")),
        ValueError,
        r"^0\.weight is on meta; expected the CPU: call cpu\(\)",
    ),
    "no shape yet": (nn.Sequential(nn.LazyLinear(2)), ValueError, r"^0\.weight has no shape yet"),
    "one layer twice": (
        nn.Sequential(ONE, nn.ReLU(), ONE),
        ValueError,
        r"^2\.weight is 0\.weight: theta cannot hold one tensor for two layers",
    ),
    "not finite": (nn.Sequential(nan(linear(3, 2))), ValueError, r"^0\.weight\[1, 2\] is nan"),
}


@pytest.mark.parametrize(("module", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_such_stack_is_refused(
    module: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        from_torch(module)


def test_theta_is_checked() -> None:
    net = fastgd.Network((1, 1))
    with pytest.raises(ValueError, match=r"theta\[1\] is nan; expected finite numbers"):
        to_torch(net, [0, np.nan])
    with pytest.raises(ValueError, match="theta has 3 entries; a 1-1 network has 2 parameters"):
        to_torch(net, [0, 1, 2])


def test_without_pytorch_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    module = linear(1, 1)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r'pip install "fastgd\[torch\]"'):
        to_torch(fastgd.Network((1, 1)), [0, 1])
    with pytest.raises(ImportError, match=r'pip install "fastgd\[torch\]"'):
        from_torch(module)
