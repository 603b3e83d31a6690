"""A network as a function of its input: sizes, where each parameter lies in theta, outputs.

Knows nothing of cost or descent. `_kernels.pyx` does the arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fastgd._brief import brief
from fastgd._checks import as_choice, as_sizes
from fastgd._draws import generator_of, normal
from fastgd._engine.arrays import as_examples, as_inputs, as_reals, as_theta, for_kernels
from fastgd._engine.builds import Build, Builds
from fastgd._engine.engine import Engine
from fastgd._engine.reals import FLOATS, float_dtype
from fastgd._engine.threads import check_n_threads
from fastgd._notebook import layers_table

HIDDEN_ACTIVATIONS = OUTPUT_ACTIVATIONS = ("sigmoid", "tanh", "relu", "identity")
MOST_PARAMETERS = 2**40


class Layer(NamedTuple):
    """One layer's parameters, as views into theta: writing them writes theta."""

    weights: NDArray[Any]
    """(n_out, n_in): row j holds neuron j's weights."""
    biases: NDArray[Any]
    """(n_out,)"""

    def __repr__(self) -> str:
        return brief(self)


@dataclass(frozen=True, repr=False)
class Network:
    """A fully connected network: a function of its input, parameterised by theta.

    Layer l computes a_l = f(a_(l-1) W_l^T + b_l). theta holds W1, b1, W2, b2, ..., each W
    in C order (n_out, n_in): the order of PyTorch's ``parameters_to_vector``.

    Parameters
    ----------
    layer_sizes : sequence of int
        Inputs, neurons of each hidden layer, outputs: at least two numbers, each at least 1.
    activation : {"sigmoid", "tanh", "relu", "identity"}, or a sequence of these
        f of the hidden layers: one name for all of them, or one for each. Without hidden layers
        it means nothing and is kept as "sigmoid".
    output_activation : {"sigmoid", "tanh", "relu", "identity"}
        f of the last layer; "identity" for regression.

    Attributes
    ----------
    n_parameters, n_inputs, n_outputs : int
    layer_activations : tuple of str
        f of each layer, the last one's included.

    Raises
    ------
    TypeError, ValueError
        Where a size is no integer or below 1, there are fewer than two, the parameters are
        more than 2**40, an activation is not one of those named, or a sequence of them has
        not one for each hidden layer.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((784, 16, 16, 10))
    >>> net.n_parameters
    13002
    >>> theta = net.random_theta(rng=0)
    >>> [layer.weights.shape for layer in net.layers(theta)]
    [(16, 784), (16, 16), (10, 16)]
    >>> net
    Network((784, 16, 16, 10))
    """

    layer_sizes: tuple[int, ...]
    activation: str | Sequence[str] = field(default="sigmoid", kw_only=True)
    output_activation: str = field(default="sigmoid", kw_only=True)

    # (weights, biases, end) of each layer in theta: computed here alone
    _offsets: tuple[tuple[int, int, int], ...] = field(init=False, compare=False)
    _builds: Builds = field(init=False, compare=False)

    if TYPE_CHECKING:  # sizes may come as any sequence and are kept as a tuple

        def __init__(
            self,
            layer_sizes: Sequence[int],
            *,
            activation: str | Sequence[str] = "sigmoid",
            output_activation: str = "sigmoid",
        ) -> None: ...

    def __post_init__(self) -> None:
        sizes = as_sizes(self.layer_sizes)
        hidden = _as_activations(self.activation, len(sizes) - 2)
        output = as_choice("output_activation", self.output_activation, OUTPUT_ACTIVATIONS)
        offsets, at = [], 0
        for n_in, n_out in pairwise(sizes):
            offsets.append((at, at + n_out * n_in, at + n_out * n_in + n_out))
            at = offsets[-1][2]
        if at > MOST_PARAMETERS:
            raise ValueError(f"layer_sizes: {at} parameters; expected at most 2**40")
        names = {"layer_sizes": sizes, "activation": hidden, "output_activation": output}
        for name, value in {**names, "_offsets": tuple(offsets)}.items():
            object.__setattr__(self, name, value)
        self._reset_builds()

    def __repr__(self) -> str:
        options = "".join(
            f", {name}={value!r}"
            for name in ("activation", "output_activation")
            if (value := getattr(self, name)) != "sigmoid"
        )
        return f"Network({self.layer_sizes}{options})"

    def __str__(self) -> str:
        return "-".join(map(str, self.layer_sizes))

    def _repr_html_(self) -> str:
        """In a notebook: a table of its layers."""
        return layers_table(self.layer_sizes, self.layer_activations)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_builds"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._reset_builds()

    def _reset_builds(self) -> None:
        """Kernels and plans do not pickle: they are made anew where they are asked for."""
        builds = Builds(self.layer_sizes, self._offsets, self.layer_activations)
        object.__setattr__(self, "_builds", builds)

    @property
    def layer_activations(self) -> tuple[str, ...]:
        """f of each layer, the output layer's last."""
        if isinstance(self.activation, str):
            hidden: Sequence[str] = (self.activation,) * (len(self.layer_sizes) - 2)
        else:
            hidden = self.activation
        return (*hidden, self.output_activation)

    @property
    def n_parameters(self) -> int:
        """Weights and biases: the length of theta."""
        return self._offsets[-1][2]

    @property
    def n_inputs(self) -> int:
        """Length of one input."""
        return self.layer_sizes[0]

    @property
    def n_outputs(self) -> int:
        """Length of one output."""
        return self.layer_sizes[-1]

    def random_theta(
        self, rng: np.random.Generator | int | None = None, *, dtype: DTypeLike = np.float32
    ) -> NDArray[Any]:
        """A random start: normal weights of standard deviation 1/sqrt(n_in), biases 0.

        So each neuron's weighted input starts of the size of its inputs (LeCun, Bottou,
        Orr and Müller, "Efficient BackProp", 1998); for "relu" layers the deviation is
        sqrt(2/n_in) (He et al. 2015).

        Parameters
        ----------
        rng : Generator, int or None
            As for ``numpy.random.default_rng``. The same seed gives the same numbers,
            rounded, for both dtypes.
        dtype : float32 or float64

        Returns
        -------
        theta : (n_parameters,) array of `dtype`

        Examples
        --------
        >>> Network((2, 1)).random_theta(rng=0)
        array([ 0.08890469, -0.09341224,  0.        ], dtype=float32)
        """
        out = np.zeros(self.n_parameters, float_dtype(dtype) or np.float32)
        generator = generator_of(rng)
        for f, layer in zip(self.layer_activations, self.layers(out), strict=True):
            gain = 2.0 if f == "relu" else 1.0
            scale = np.sqrt(gain / layer.weights.shape[1])
            layer.weights[:] = normal(generator, layer.weights.shape) * scale
        return out

    def layers(self, theta: NDArray[Any]) -> tuple[Layer, ...]:
        """Weights and biases of each layer as views: writing them writes theta.

        Parameters
        ----------
        theta : (n_parameters,) float32 or float64 array

        Returns
        -------
        tuple of Layer(weights (n_out, n_in), biases (n_out,))

        Raises
        ------
        TypeError, ValueError
            Where theta is no such array.

        Examples
        --------
        >>> net = Network((2, 1))
        >>> theta = np.array([1.0, 2.0, 3.0])
        >>> net.layers(theta)[0].weights[0, 1] = 7
        >>> theta
        array([1., 7., 3.])
        """
        if not isinstance(theta, np.ndarray) or theta.dtype not in FLOATS:
            got = getattr(theta, "dtype", type(theta).__name__)
            raise TypeError(f"theta: expected a float32 or float64 array to view, got {got}")
        theta = as_theta(theta, self.n_parameters, self)
        out = []
        for (weights, biases, end), n_in in zip(self._offsets, self.layer_sizes, strict=False):
            out.append(Layer(theta[weights:biases].reshape(-1, n_in), theta[biases:end]))
        return tuple(out)

    def __call__(self, theta: ArrayLike, X: Any, *, n_threads: int | None = None) -> NDArray[Any]:
        """The network's outputs for X.

        Parameters
        ----------
        theta : (n_parameters,) array
        X : (n_examples, n_inputs) or (n_inputs,) array
            Floats or integers as they are; **uint8 are pixels: p means p/255**, but for
            those of a data frame. Images too, (n_examples, rows, columns) or one square one.
        n_threads : int or None
            None: as many as pay.

        Returns
        -------
        (n_examples, n_outputs) array, or (n_outputs,) for one example
            float32 for theta of float32 or float16, else float64.

        Raises
        ------
        TypeError, ValueError
            Where shapes or dtypes do not fit or a number is not finite.

        Examples
        --------
        >>> Network((2, 1), output_activation="identity")([1.0, 2.0, 3.0], [10.0, 100.0])
        array([213.])
        """
        if type(theta) is type(X) is np.ndarray:
            if n_threads is not None:
                check_n_threads(n_threads)
            outputs = self._builds.outputs(theta, X, n_threads)
            if outputs is not None:
                return outputs
        return self._forward(theta, X, len(self._offsets) - 1, n_threads)[-1]

    def activations(
        self, theta: ArrayLike, X: Any, *, n_threads: int | None = None
    ) -> list[NDArray[Any]]:
        """Every layer's activations, the input (as numbers) first, the output last.

        Parameters and errors as for calling the network.

        Returns
        -------
        list of (n_examples, n_l) arrays, or of (n_l,) for one example

        Examples
        --------
        >>> net = Network((2, 3, 1))
        >>> [a.shape for a in net.activations(net.random_theta(rng=0), np.zeros((5, 2)))]
        [(5, 2), (5, 3), (5, 1)]
        """
        return self._forward(theta, X, 0, n_threads, with_input=True)

    def _forward(
        self,
        theta: ArrayLike,
        X: Any,
        first_layer: int,
        n_threads: int | None,
        with_input: bool = False,
    ) -> list[NDArray[Any]]:
        n_threads = check_n_threads(n_threads)
        theta = as_theta(theta, self.n_parameters, self)
        theta = for_kernels(theta, theta.dtype)
        X, one = as_examples(X, self.n_inputs)
        inputs = as_inputs(X, self.n_inputs, theta.dtype)
        engine = Engine(build_of(self, theta.dtype), inputs, n_threads=n_threads)
        outputs = engine.activations(theta, first_layer)
        if with_input:
            outputs.insert(0, as_reals(inputs, theta.dtype))
        return [a[0] for a in outputs] if one else outputs


def _as_activations(given: Any, n_hidden: int) -> str | tuple[str, ...]:
    """One name where all hidden layers have the same, else one for each."""
    each: Sequence[Any] = given if isinstance(given, list | tuple) else [given] * (n_hidden or 1)
    if each is given and len(each) != n_hidden:
        raise ValueError(
            f"activation: expected one name, or one for each of {n_hidden} hidden layers, "
            f"got {given!r}"
        )
    names = tuple(as_choice("activation", name, HIDDEN_ACTIVATIONS) for name in each)
    if not n_hidden:
        return "sigmoid"  # the same function whatever was named, so the same network
    return names[0] if len(set(names)) == 1 else names


def build_of(network: Network, dtype: np.dtype[Any]) -> Build:
    """The kernels for float32 or float64, and the network's plan for them."""
    return network._builds[dtype.char]


def as_network(network: object) -> Network:
    """`network`, where it is one; whoever hands over an estimator is told what it has."""
    if not isinstance(network, Network):
        told = " (its network_ is one)" if hasattr(network, "network_") else ""
        raise TypeError(f"network: expected a fastgd.Network, got {type(network).__name__}{told}")
    return network


def theta_of(network: Network, theta: ArrayLike) -> NDArray[Any]:
    """theta (n_parameters,) as real numbers, where it is one of `network`."""
    return as_theta(theta, as_network(network).n_parameters, network)


def is_weight(network: Network) -> NDArray[np.bool_]:
    """Which entries of theta an L2 penalty is on: weights, not biases. (n_parameters,)."""
    mask = np.ones(network.n_parameters)
    for layer in network.layers(mask):
        layer.biases[:] = 0
    return mask > 0
