"""The page's scripts in node: `kernel.js` descends in either machine on numbers from Python."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.common import PATIENCE

import fastgd

SCRIPTS = Path(str(files("fastgd.explore")))
NODE = shutil.which("node")
with_node = pytest.mark.skipif(NODE is None, reason="no node")
DESCEND = """
const fs = require("fs");
const given = JSON.parse(fs.readFileSync("given.json"));
const read = (name) => Uint8Array.from(fs.readFileSync(name));
const floats = (name) => new Float32Array(read(name).buffer);
const { sizes, activations } = given, nIn = sizes[0], nOut = sizes.at(-1);
(async () => {
  const inputs = given.pixels ? read("X") : floats("X");
  const examples = Kernel.examples(inputs, floats("Y"), nIn, nOut);
  const machine = given.wasm
    ? await Kernel.assembled(read(given.wasm), sizes, activations, examples)
    : Kernel.plain(sizes, activations, examples);
  machine.give(floats("theta"));
  const order = new Int32Array(read("order").buffer);
  const costs = given.passes.map(([first, end]) =>
    machine.descend(order.subarray(first, end), given.batch, given.rate));
  fs.writeFileSync("theta", machine.take());
  const measured = machine.measure(0, examples.n);
  console.log(JSON.stringify({ kind: machine.kind, costs, measured }));
})();
"""


def run(script: str, folder: Path, *names: str) -> str:
    """What a script says that comes after the page's scripts of these names."""
    text = "".join((SCRIPTS / name).read_text(encoding="utf-8") for name in names)
    (folder / "script.js").write_text(text + script, encoding="utf-8")
    done = subprocess.run(
        [str(NODE), "script.js"], cwd=folder, capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Walk:
    """A descent on given examples in a given order, from a given start."""

    network: fastgd.Network
    X: NDArray[Any]
    Y: NDArray[Any]
    theta: NDArray[np.float32]
    order: NDArray[Any]
    batch: int
    rate: float

    def in_node(
        self, folder: Path, *, wasm: Path | None, passes: list[tuple[int, int]] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """theta at the end; the machine's kind, each pass's costs, and what it measured then."""
        given = {
            "sizes": self.network.layer_sizes,
            "activations": self.network.layer_activations,
            "pixels": self.X.dtype == np.uint8,
            "passes": passes or [(0, len(self.order))],
            "batch": self.batch,
            "rate": self.rate,
            "wasm": wasm and str(wasm),
        }
        (folder / "given.json").write_text(json.dumps(given))
        self.X.astype(np.uint8 if given["pixels"] else "<f4").tofile(folder / "X")
        self.Y.astype("<f4").tofile(folder / "Y")
        self.theta.astype("<f4").tofile(folder / "theta")
        self.order.astype("<i4").tofile(folder / "order")
        told = json.loads(run(DESCEND, folder, "kernel.js"))
        return np.fromfile(folder / "theta", "<f4"), told

    def in_fastgd(self) -> tuple[NDArray[np.float32], float, fastgd.Cost]:
        """theta at the end, the sum of the batches' costs, and the cost itself."""
        cost = fastgd.Cost(self.network, self.X, self.Y)
        walk = cost.mini_batches(self.theta, batch_size=self.batch, learning_rate=self.rate)
        mean = walk.epoch(self.order)
        return walk.theta, mean * walk.steps, cost
