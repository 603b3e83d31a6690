"""How numbers are scaled while a network learns, and kept with it to go on in the same units.

The arithmetic is `fastgd.scaling`'s.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastgd
from fastgd.cli.examples import targets
from fastgd.datasets import Examples
from fastgd.scaling import Standard, folded


class Scales(NamedTuple):
    """How numbers are brought to mean 0 and standard deviation 1; None: they are as they stand."""

    inputs: Standard | None = None
    outputs: Standard | None = None

    @property
    def given(self) -> bool:
        """Whether anything is scaled."""
        return self.inputs is not None or self.outputs is not None

    @classmethod
    def of(cls, network: fastgd.Network, train: Examples) -> Scales:
        """Of the training examples alone; targets only where they can be folded in."""
        affine = train.kind == "regression" and network.output_activation == "identity"
        return cls(Standard.of(train.X), Standard.of(targets(train)) if affine else None)

    def as_json(self) -> str:
        """For a model's metadata: every bit of it."""
        return json.dumps(
            {
                name: None if one is None else {k: v.tolist() for k, v in one._asdict().items()}
                for name, one in self._asdict().items()
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Scales:
        """What `as_json` wrote."""
        return cls(
            **{
                name: None if one is None else Standard(*map(np.array, (one["mean"], one["scale"])))
                for name, one in json.loads(text).items()
            }
        )

    def fold(self, network: fastgd.Network, theta: NDArray[Any]) -> NDArray[Any]:
        """theta of the same network on numbers as they stand."""
        if not self.given:
            return theta
        return folded(network, theta, inputs=self.inputs, outputs=self.outputs)

    def unfold(self, network: fastgd.Network, theta: NDArray[Any]) -> NDArray[Any]:
        """What `fold` undoes: x -> (x + m/s) / (1/s) is the inverse of x -> (x - m) / s."""
        back = [
            None if one is None else Standard(-one.mean / one.scale, 1 / one.scale) for one in self
        ]
        return Scales(*back).fold(network, theta)
