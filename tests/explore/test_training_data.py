"""`training_data`: what `view.js` unpacks in node is what was packed."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.explore.node import run, with_node

import fastgd
from fastgd import landscape
from fastgd.explore.training_data import MOST_TEST, MOST_TRAINING, packed_examples, packed_plane

SAMPLE = fastgd.datasets.digits()
UNPACK = """
const packed = JSON.parse(require("fs").readFileSync("packed.json"));
const list = (x) => x && Array.from(x);
View.unpacked(packed).then(({ inputs, labels, targets, nTrain }) => console.log(JSON.stringify({
  kind: inputs.constructor.name, inputs: list(inputs), labels: list(labels), targets: list(targets),
  nTrain })));
"""
PLANE = """
const plane = View.plane(JSON.parse(require("fs").readFileSync("packed.json")));
const lists = ["center", "u", "v", "costs"].map((name) => [name, Array.from(plane[name])]);
const spots = [[-1, -1], [1, -1], [-1, 1], [0.3, -0.2], [5, -7]];
const costs = spots.map(([a, b]) => View.costAt(plane, a, b));
const { low, high, log, of } = View.heights(plane.costs);
console.log(JSON.stringify({ ...plane, ...Object.fromEntries(lists), spots: costs, low, high, log,
  middle: of(Math.sqrt(low * high)) }));
"""


def unpacked(script: str, packed: dict[str, Any], folder: Path) -> Any:
    (folder / "packed.json").write_text(json.dumps(packed))
    return json.loads(run(script, folder, "view.js"))


@with_node
def test_digits_come_back(tmp_path: Path) -> None:
    test = SAMPLE.test_images[:7], SAMPLE.test_labels[:7]
    packed = packed_examples(SAMPLE.train_images[:50], SAMPLE.train_labels[:50], test=test)
    told = unpacked(UNPACK, packed, tmp_path)
    assert (told["kind"], told["nTrain"], told["targets"]) == ("Uint8Array", 50, None)
    expected = np.concatenate([SAMPLE.train_images[:50], test[0]])
    np.testing.assert_array_equal(told["inputs"], expected.ravel())
    np.testing.assert_array_equal(told["labels"], [*SAMPLE.train_labels[:50], *test[1]])


@with_node
def test_reals_and_targets_come_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(9, 4, 4)), rng.normal(size=(9, 3))
    told = unpacked(UNPACK, packed_examples(X, Y), tmp_path)
    assert (told["kind"], told["nTrain"], told["labels"]) == ("Float32Array", 9, None)
    np.testing.assert_allclose(told["inputs"], X.ravel(), rtol=1e-6)
    np.testing.assert_allclose(told["targets"], Y.ravel(), rtol=1e-6)


def test_no_more_than_fits_into_a_page() -> None:
    images, labels = SAMPLE.train_images, SAMPLE.train_labels
    packed = packed_examples(images, labels, test=(SAMPLE.test_images, SAMPLE.test_labels))
    assert packed["n_train"] == MOST_TRAINING
    assert len(base64.b64decode(packed["labels"])) == MOST_TRAINING + MOST_TEST
    assert len(json.dumps(packed)) < 900_000


@pytest.mark.parametrize(
    ("X", "targets", "test", "said"),
    [
        (np.zeros((0, 4)), [], None, "expected examples"),
        (np.zeros(4), [1, 2, 3, 4], None, "expected examples"),
        (np.zeros((3, 4)), [1, 2], None, r"\(3, 4\) and \(2,\)"),
        (np.zeros((1, 4)), [256], None, "labels from 256 to 256"),
        (np.zeros((1, 4)), [-1], None, "labels from -1 to -1"),
        (np.zeros((1, 4)), [1], (np.zeros((1, 4), np.uint8), [1]), "as pixels and labels"),
        (np.zeros((1, 4)), [1], (np.zeros((1, 5)), [1]), "5 inputs"),
    ],
)
def test_what_cannot_be_packed(X: Any, targets: Any, test: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        packed_examples(X, targets, test=test)


@with_node
def test_a_plane_comes_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    center, u, v = rng.normal(size=(3, 20))
    ground = landscape.plane(lambda t: 1 + float(t @ t), center, u, v, extent=2.0, resolution=8)
    told = unpacked(PLANE, packed_plane(ground), tmp_path)
    assert told["side"] == 8
    for name, expected in (("center", center), ("u", 2 * u), ("v", 2 * v)):
        np.testing.assert_allclose(told[name], expected, atol=np.abs(expected).max() / 60_000)
    np.testing.assert_allclose(told["costs"], ground.costs.ravel(), rtol=1e-6)
    corners = ground.costs[0, 0], ground.costs[0, -1], ground.costs[-1, 0]
    np.testing.assert_allclose(told["spots"][:3], corners, rtol=1e-6)
    assert told["spots"][4] == pytest.approx(corners[1])
    # within its square: row b of -0.2, column a of 0.3
    x, y = 0.65 * 7 - 4, 0.4 * 7 - 2
    (p, q), (r, s) = ground.costs[2:4, 4:6]
    expected = (1 - y) * ((1 - x) * p + x * q) + y * ((1 - x) * r + x * s)
    assert told["spots"][3] == pytest.approx(expected, rel=1e-6)
    assert told["log"]
    assert (told["low"], told["high"]) == pytest.approx((ground.costs.min(), ground.costs.max()))
    assert told["middle"] == pytest.approx(0.5)


def test_a_plane_of_nothing_has_numbers() -> None:
    ground = landscape.plane(lambda t: 1.0, np.zeros(2), [1.0, 0], [0, 1.0], resolution=2)
    assert packed_plane(ground)["center"]["scale"] == 1
