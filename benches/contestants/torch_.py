"""PyTorch on the CPU: eager, with autograd and the fused SGD, and compiled.

The compiled epoch runs each step as one graph: gather, `torch.func.grad_and_value`, update. That
takes a third of the time of a compiled model with autograd and SGD around it. For a full batch the
compiled model with autograd is the faster one, and is used there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from benches.workloads import Problem

ACTIVATIONS: dict[str, type[torch.nn.Module]] = {
    "sigmoid": torch.nn.Sigmoid,
    "tanh": torch.nn.Tanh,
    "relu": torch.nn.ReLU,
    "identity": torch.nn.Identity,
}
FUNCTIONS = {
    "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "identity": lambda z: z,
}  # fmt: skip


def model(problem: Problem) -> torch.nn.Sequential:
    """The network as a Sequential, at the first theta."""
    network, modules = problem.network, []
    for l, (W, b) in enumerate(problem.layer_arrays, 1):
        linear = torch.nn.Linear(W.shape[1], W.shape[0])
        linear.load_state_dict({"weight": torch.from_numpy(W), "bias": torch.from_numpy(b)})
        last = l == len(network.layer_sizes) - 1
        name = network.output_activation if last else network.activation
        modules += [linear, ACTIVATIONS[name]()]
    return torch.nn.Sequential(*modules)


def tensors(problem: Problem) -> tuple[Tensor, Tensor]:
    """X and Y as tensors, without a copy."""
    return torch.from_numpy(problem.X_float), torch.from_numpy(problem.Y)


def reset(parameters: Any, start: list[Tensor]) -> None:
    """Set the parameters back to the first theta."""
    with torch.no_grad():
        for p, p0 in zip(parameters, start, strict=True):
            p.copy_(p0)


def full_batch(problem: Problem) -> Callable[[], Any]:
    """Forward, `mse_loss`, autograd."""
    net, (X, Y) = model(problem), tensors(problem)
    parameters = list(net.parameters())

    def run() -> Any:
        cost = functional.mse_loss(net(X), Y, reduction="sum") / len(X)
        gradient = torch.autograd.grad(cost, parameters)
        return cost.item(), torch.nn.utils.parameters_to_vector(gradient).numpy()

    return run


def epoch(problem: Problem) -> Callable[[], Any]:
    """The usual loop, with the fused SGD; the rows are gathered once for all batches."""
    net, (X, Y) = model(problem), tensors(problem)
    parameters = list(net.parameters())
    start = [p.detach().clone() for p in parameters]
    order, size = torch.from_numpy(problem.order), problem.batch_size
    sgd = torch.optim.SGD(parameters, lr=problem.learning_rate, fused=True)

    def run() -> Any:
        reset(parameters, start)
        batches = zip(X[order].split(size), Y[order].split(size), strict=True)
        for x, y in batches:
            sgd.zero_grad(set_to_none=True)
            (functional.mse_loss(net(x), y, reduction="sum") / len(x)).backward()
            sgd.step()
        return torch.nn.utils.parameters_to_vector(parameters).detach().numpy()

    return run


def descent(problem: Problem) -> Callable[[], Any]:
    """The same loop over steps on all examples."""
    net, (X, Y) = model(problem), tensors(problem)
    parameters = list(net.parameters())
    start = [p.detach().clone() for p in parameters]
    sgd = torch.optim.SGD(parameters, lr=problem.learning_rate, fused=True)

    def run() -> Any:
        reset(parameters, start)
        for _ in range(problem.steps):
            sgd.zero_grad(set_to_none=True)
            (functional.mse_loss(net(X), Y, reduction="sum") / len(X)).backward()
            sgd.step()
        return torch.nn.utils.parameters_to_vector(parameters).detach().numpy()

    return run


def one_example(problem: Problem) -> Callable[[], Any]:
    """The module called in inference mode."""
    return inference(model(problem), torch.from_numpy(problem.X_float[0]))


def outputs(problem: Problem) -> Callable[[], Any]:
    """The same for all rows."""
    return inference(model(problem), torch.from_numpy(problem.X_float))


def inference(net: Any, x: Tensor) -> Callable[[], Any]:
    """`net(x)` in inference mode, as a run."""

    def run() -> Any:
        with torch.inference_mode():
            return net(x).numpy()

    return run


def forward(problem: Problem) -> Callable[[list[Tensor], Tensor], Tensor]:
    """The network as a function of its parameters."""
    network = problem.network
    n_layers = len(network.layer_sizes) - 1
    names = [network.activation] * (n_layers - 1) + [network.output_activation]

    def outputs(parameters: list[Tensor], x: Tensor) -> Tensor:
        for l, name in enumerate(names):
            x = FUNCTIONS[name](functional.linear(x, parameters[2 * l], parameters[2 * l + 1]))
        return x

    return outputs


def cost_function(problem: Problem) -> Callable[[list[Tensor], Tensor, Tensor], Tensor]:
    """The mean over examples of the summed squared differences."""
    outputs = forward(problem)
    return lambda parameters, x, y: ((outputs(parameters, x) - y) ** 2).sum() / x.shape[0]


def start_parameters(problem: Problem) -> list[Tensor]:
    """Weights and biases, layer by layer."""
    return [torch.from_numpy(p) for layer in problem.layer_arrays for p in layer]


def forget() -> None:
    """Drop the graphs of earlier workloads: past eight of a function, it would run eagerly."""
    torch.compiler.reset()


def compiled_full_batch(problem: Problem) -> Callable[[], Any]:
    """Network and cost as one compiled graph, the gradient as another."""
    forget()
    net, (X, Y) = model(problem), tensors(problem)
    parameters = list(net.parameters())

    @torch.compile
    def cost_of(x: Tensor, y: Tensor) -> Tensor:
        return functional.mse_loss(net(x), y, reduction="sum") / x.shape[0]

    def run() -> Any:
        cost = cost_of(X, Y)
        gradient = torch.autograd.grad(cost, parameters)
        return cost.item(), torch.nn.utils.parameters_to_vector(gradient).numpy()

    return run


def compiled_epoch(problem: Problem) -> Callable[[], Any]:
    """Gather, gradient and update as one compiled graph, called for each batch."""
    forget()
    X, Y = tensors(problem)
    parameters = start_parameters(problem)
    start = [p.clone() for p in parameters]
    order, rate = torch.from_numpy(problem.order), problem.learning_rate
    both = torch.func.grad_and_value(cost_function(problem))

    @torch.compile(dynamic=False)
    def step(parameters: list[Tensor], rows: Tensor) -> None:
        gradient, _ = both(parameters, X[rows], Y[rows])
        for p, g in zip(parameters, gradient, strict=True):
            p.sub_(g, alpha=rate)

    def run() -> Any:
        reset(parameters, start)
        for rows in order.split(problem.batch_size):
            step(parameters, rows)
        return torch.nn.utils.parameters_to_vector(parameters).numpy()

    return run


def compiled_descent(problem: Problem) -> Callable[[], Any]:
    """Gradient and update as one compiled graph, called for each step."""
    forget()
    X, Y = tensors(problem)
    parameters = start_parameters(problem)
    start = [p.clone() for p in parameters]
    rate, both = problem.learning_rate, torch.func.grad_and_value(cost_function(problem))

    @torch.compile(dynamic=False)
    def step(parameters: list[Tensor], x: Tensor, y: Tensor) -> None:
        gradient, _ = both(parameters, x, y)
        for p, g in zip(parameters, gradient, strict=True):
            p.sub_(g, alpha=rate)

    def run() -> Any:
        reset(parameters, start)
        for _ in range(problem.steps):
            step(parameters, X, Y)
        return torch.nn.utils.parameters_to_vector(parameters).numpy()

    return run


def compiled_one_example(problem: Problem) -> Callable[[], Any]:
    """The forward pass as one compiled graph."""
    forget()
    return inference(torch.compile(model(problem)), torch.from_numpy(problem.X_float[0]))
