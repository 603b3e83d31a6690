"""`web_assembly`: the module computes the outputs in another engine, by the lines of the docs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.common import ROOT
from tests.export.common import SAMPLE, pixels, run, trained

import fastgd
from fastgd.export import to_wasm

with_tools = pytest.mark.skipif(
    not all(map(shutil.which, ("clang", "wasm-ld", "node"))), reason="no clang, wasm-ld or node"
)
READ = """
const fs = require("fs");
async function main() {
  const bytes = fs.readFileSync("digits.wasm"), all = fs.readFileSync("inputs");
LINES
  const outputs = [];
  for (let i = 0; i < all.length; i += 4 * x.length) {
    x.set(new Float32Array(all.buffer, all.byteOffset + i, x.length));
    digits.digits_outputs(x.byteOffset, out.byteOffset);
    outputs.push(...out, digits.digits_prediction(x.byteOffset));
  }
  fs.writeFileSync("outputs", new Float32Array(outputs));
}
main();
"""


def lines_of_the_docs() -> str:
    block = re.search(r"```js\n(.*?)```", (ROOT / "docs" / "export.md").read_text(), re.DOTALL)
    assert block is not None
    return block[1]


@with_tools
def test_all_test_digits_are_read_alike(tmp_path: Path) -> None:
    network, theta = trained()
    (tmp_path / "digits.wasm").write_bytes(to_wasm(network, theta, name="digits"))
    (tmp_path / "inputs").write_bytes(pixels().tobytes())
    (tmp_path / "read.js").write_text(READ.replace("LINES", lines_of_the_docs()))
    run(["node", "read.js"], tmp_path)
    found = np.fromfile(tmp_path / "outputs", np.float32).reshape(-1, 11)
    expected = network(theta, SAMPLE.test_images)
    assert abs(found[:, :10] - expected).max() <= 1e-5
    np.testing.assert_array_equal(found[:, 10], expected.argmax(axis=1))


@with_tools
def test_a_wide_network_has_room_for_its_numbers(tmp_path: Path) -> None:
    """20,000 activations are 80,000 bytes of stack, more than a linker gives unless asked."""
    sizes = (784, 1, 20_000, 10)
    network = fastgd.Network(sizes, activation="relu", output_activation="identity")
    theta = np.zeros(network.n_parameters, np.float32)
    _, middle, last = network.layers(theta)
    middle.biases[:] = 1
    last.weights[:] = np.arange(10)[:, None]
    (tmp_path / "digits.wasm").write_bytes(to_wasm(network, theta, name="digits"))
    (tmp_path / "inputs").write_bytes(pixels()[:3].tobytes())
    (tmp_path / "read.js").write_text(READ.replace("LINES", lines_of_the_docs()))
    run(["node", "read.js"], tmp_path)
    found = np.fromfile(tmp_path / "outputs", np.float32).reshape(-1, 11)
    np.testing.assert_array_equal(found[:, :10], np.tile(20_000 * np.arange(10), (3, 1)))


@pytest.mark.parametrize(("there", "missing"), [([], "clang"), (["clang"], "wasm-ld")])
def test_a_missing_compiler_is_named(
    there: list[str], missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in there:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    network = fastgd.Network((1, 1))
    with pytest.raises(FileNotFoundError, match=f"there is no {missing}: install clang and lld"):
        to_wasm(network, [1, 2])


def test_a_compiler_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("clang", "wasm-ld"):
        (tmp_path / name).write_text("#!/bin/sh\necho no such target >&2; exit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OSError, match="clang could not write WebAssembly: no such target"):
        to_wasm(fastgd.Network((1, 1)), [1, 2])
