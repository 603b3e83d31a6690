"""PyTorch's modules as networks, and networks as modules.

What a stack of layers amounts to is `stack`'s; the files in which people keep states are read by
`state_files`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._engine.reals import check_finite
from fastgd.exchange.stack import Linear, assembled, check_stack
from fastgd.network import Network, theta_of

if TYPE_CHECKING:
    import torch

# The classes of torch.nn that compute something, and what.
NAMES = {"Sigmoid": "sigmoid", "Tanh": "tanh", "ReLU": "relu"}
CLASSES = {f: name for name, f in NAMES.items()} | {"identity": "Identity"}


def from_torch(module: torch.nn.Module) -> tuple[Network, NDArray[Any]]:
    """A PyTorch stack of layers as a network and its theta.

    Parameters
    ----------
    module : torch.nn.Sequential or torch.nn.Linear
        Of ``Linear``, ``Sigmoid``, ``Tanh``, ``ReLU`` and ``Identity``, on the CPU, in float32
        or float64. Sequentials may hold others. Two Linear with no activation between them
        are an "identity" layer and the next. ``Flatten`` changes nothing here, where X has
        rows, and ``Dropout`` nothing in evaluation. A Linear without bias gets biases of 0,
        which a descent moves. Hooks are not seen.

    Returns
    -------
    network : Network
        Computes what the module computes.
    theta : (n_parameters,) array
        A copy, in the module's dtype and in the order of ``parameters_to_vector``.

    Raises
    ------
    TypeError
        Where a module is none of these, or its numbers are not float32 or float64.
    ValueError
        Where a layer does not fit the one before it or shares its numbers with another, an
        activation follows no Linear, Dropout is training, a number is not finite or not on
        the CPU. The message names the layer.
    ImportError
        Where PyTorch is not installed (``pip install "fastgd[torch]"``).

    Examples
    --------
    >>> import fastgd, torch
    >>> module = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Sigmoid())
    >>> fastgd.exchange.from_torch(module)[0]
    Network((2, 1))
    """
    torch = torch_library()
    stack: list[Linear] = []
    activations: list[str] = []  # one fewer than `stack` where the last Linear has none yet
    owners: dict[Any, str] = {}  # of each tensor so far
    for name, layer in leaves(torch, module):
        kind = kind_of(torch, layer)
        called = f"{name} ({type(layer).__name__})" if name else type(layer).__name__
        if kind == "Linear":
            activations += ["identity"] * (len(stack) - len(activations))
            stack.append(numbers_of(torch, name or "Linear", layer, owners))
        elif kind in NAMES:
            if len(activations) == len(stack):
                raise ValueError(f"{called}: expected a Linear right before it")
            activations.append(NAMES[kind])
        elif kind == "Dropout" and layer.training:
            raise ValueError(f"{called} is training, and drops at random: call eval() first")
        elif kind == "Flatten" and (layer.start_dim, layer.end_dim) != (1, -1):
            raise ValueError(
                f"{called}: expected dimensions 1 to -1, got {layer.start_dim} to {layer.end_dim}"
            )
        elif kind is None:
            raise TypeError(
                f"module: expected a Sequential of Linear, Sigmoid, Tanh, ReLU and Identity; it "
                f"has {called}"
            )
    if not stack:
        raise ValueError("module: expected at least one Linear, got none")
    activations += ["identity"] * (len(stack) - len(activations))
    check_stack(stack)
    return assembled(stack, activations[:-1] or "sigmoid", activations[-1])


def to_torch(network: Network, theta: ArrayLike) -> torch.nn.Sequential:
    """A network as a PyTorch module: a Linear and an activation for each layer.

    Parameters
    ----------
    network : Network
    theta : (n_parameters,) array
        Copied: in float32 where it is float32 or float16, else in float64.

    Returns
    -------
    torch.nn.Sequential
        On the CPU; its keys ("0.weight", "0.bias", "2.weight", ...) are those of the files
        that `fastgd.save` writes. Its parameters want gradients, as new modules' do. It reads
        floats: pixels divided by 255.

    Raises
    ------
    TypeError, ValueError
        Where theta does not fit the network or is not finite.
    ImportError
        Where PyTorch is not installed (``pip install "fastgd[torch]"``).

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((2, 1))
    >>> fastgd.exchange.to_torch(net, net.random_theta(rng=0))
    Sequential(
      (0): Linear(in_features=2, out_features=1, bias=True)
      (1): Sigmoid()
    )
    """
    torch = torch_library()
    theta = np.ascontiguousarray(theta_of(network, theta))
    check_finite("theta", theta)
    dtype = getattr(torch, theta.dtype.name)
    modules = []
    for f, layer in zip(network.layer_activations, network.layers(theta), strict=True):
        n_out, n_in = layer.weights.shape
        # PyTorch's generator stays as it is: nothing is drawn.
        linear = torch.nn.utils.skip_init(torch.nn.Linear, n_in, n_out, dtype=dtype, device="cpu")
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(layer.weights, device="cpu"))
            linear.bias.copy_(torch.tensor(layer.biases, device="cpu"))
        modules += [linear, getattr(torch.nn, CLASSES[f])()]
    return torch.nn.Sequential(*modules)


def leaves(torch: Any, module: Any) -> Iterator[tuple[str, Any]]:
    """The modules in Sequentials, in their order, each with its dotted name."""
    if not isinstance(module, torch.nn.Module):
        raise TypeError(f"module: expected a torch.nn.Sequential, got {type(module).__name__}")
    inside = None  # what a module that is no Sequential has inside is its own business
    for name, part in module.named_modules(remove_duplicate=False):
        if inside is not None and name.startswith(inside):
            continue
        if not (isinstance(part, torch.nn.Sequential) and unchanged(part, torch.nn.Sequential)):
            yield name, part
            inside = f"{name}." if name else ""


def kind_of(torch: Any, module: Any) -> str | None:
    """The class of torch.nn whose function the module computes, of those known here."""
    for kind in ("Linear", *NAMES, "Identity", "Flatten", "Dropout"):
        known = getattr(torch.nn, kind)
        if isinstance(module, known) and unchanged(module, known):
            return kind
    return None


def unchanged(module: Any, known: Any) -> bool:
    """Whether a module, of that class or one below, computes what the class does."""
    return type(module).forward is known.forward


def numbers_of(torch: Any, name: str, layer: Any, owners: dict[Any, str]) -> Linear:
    """A Linear's numbers as arrays that share its memory. `owners` has all before it."""
    found: list[NDArray[Any] | None] = []
    for kind in ("weight", "bias"):
        tensor = getattr(layer, kind)
        called = f"{name}.{kind}"
        if tensor is None:
            found.append(None)
            continue
        if owners.setdefault(tensor, called) != called:
            raise ValueError(
                f"{called} is {owners[tensor]}: theta cannot hold one tensor for two layers"
            )
        if tensor.dtype not in (torch.float32, torch.float64):
            raise TypeError(
                f"{called} is {tensor.dtype}; expected torch.float32 or torch.float64: call float()"
            )
        if torch.nn.parameter.is_lazy(tensor):
            raise ValueError(f"{called} has no shape yet: call the module once")
        if tensor.device.type != "cpu":
            raise ValueError(f"{called} is on {tensor.device}; expected the CPU: call cpu()")
        found.append(tensor.detach().numpy())
    weights, biases = found
    assert weights is not None
    return Linear(name, weights, biases)


def torch_library() -> Any:
    """The library, or how to install it."""
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            'PyTorch is not installed: pip install "fastgd[torch]"', name="torch"
        ) from error
    return torch
