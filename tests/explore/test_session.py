"""`trainer.js`'s session and `survey.js` in node: what they tell; the clock changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.explore.assembly import MODULE
from tests.explore.node import run, with_node

import fastgd
from fastgd import landscape
from fastgd.landscape.directions import MARGIN

SAMPLE = fastgd.datasets.digits()
N_TRAIN, N_TEST = 500, 200
NETWORK = fastgd.Network((784, 16, 10))
OPEN = """
const fs = require("fs");
const read = (name) => Uint8Array.from(fs.readFileSync(name));
const setup = JSON.parse(fs.readFileSync("setup.json"));
setup.data = { inputs: read("X"), labels: read("labels"), targets: null, nTrain: setup.nTrain };
if (setup.wasm) setup.wasm = read(setup.wasm);
const told = [];
const session = makeSession(Kernel, makeSurvey)(setup, (message) => told.push(message));
const sumOf = (theta) => theta.reduce((sum, x, i) => sum + x * Math.sin(i), 0);
const say = (what) => console.log(JSON.stringify(what));
const until = (steps) => { while (told.at(-1).steps < steps) session.step(); };
"""
PAGE_LESS = ("kernel.js", "survey.js", "trainer.js")
pytestmark = with_node


def session(script: str, folder: Path, **setup: Any) -> Any:
    """What `script` says of a session opened on some digits."""
    images, labels = SAMPLE.train_images, SAMPLE.train_labels
    np.concatenate([images[:N_TRAIN], SAMPLE.test_images[:N_TEST]]).tofile(folder / "X")
    np.concatenate([labels[:N_TRAIN], SAMPLE.test_labels[:N_TEST]]).tofile(folder / "labels")
    given = {
        "sizes": NETWORK.layer_sizes,
        "activations": NETWORK.layer_activations,
        "nTrain": N_TRAIN,
        "seed": 3,
        "wasm": str(MODULE),
        **setup,
    }
    (folder / "setup.json").write_text(json.dumps(given))
    return json.loads(
        run(OPEN + f"session.open().then((kind) => {{ {script} }});", folder, *PAGE_LESS)
    )


def test_the_clock_changes_nothing(tmp_path: Path) -> None:
    """Slices of any length, single steps and pauses end at the same theta."""
    by_steps = "session.tell(); until(300); say([kind, sumOf(told.at(-1).theta)]);"
    by_slices = """
    session.start();
    while (told.at(-1).steps < 70) { session.slice(1 + 5 * Math.random()); session.tell(); }
    session.pause();
    until(300);
    say(sumOf(told.at(-1).theta));
    """
    kind, expected = session(by_steps, tmp_path)
    assert kind == "WebAssembly"
    # of a pace a slice makes up a tenth of a second at most: 200 steps
    assert session(by_slices, tmp_path, pace=2000) == expected


def test_a_pace_is_kept(tmp_path: Path) -> None:
    """By a clock of its own: 40 steps a second are one in 25 ms, and rests are told."""
    script = """
    let clock = 1000;
    Object.defineProperty(globalThis, "performance", { value: { now: () => clock } });
    session.start();
    const seen = [], rests = [];
    for (let turn = 0; turn < 8; turn++) {
      rests.push(session.slice(15));
      session.tell();
      seen.push(told.at(-1).steps);
      clock += 25;
    }
    clock += 1e6;
    session.slice(15);
    session.tell();
    say([seen, rests, told.at(-1).steps]);
    """
    seen, rests, late = session(script, tmp_path, pace=40)
    assert seen == [1, 2, 3, 4, 5, 6, 7, 8]
    assert rests == [25] * 8
    assert late == 12  # a tenth of a second is made up for, no more


def test_the_same_seed_is_the_same_descent_and_another_is_not(tmp_path: Path) -> None:
    script = """
    const end = () => { until(50); return sumOf(told.at(-1).theta); };
    session.tell();
    const first = end();
    const again = [3, 4, 3].map((seed) => { session.restart(seed); return end(); });
    say([first, ...again]);
    """
    first, same, other, back = session(script, tmp_path)
    assert first == same == back != other


@pytest.mark.parametrize("wasm", [None, str(MODULE)])
def test_what_is_told_is_so(wasm: str | None, tmp_path: Path) -> None:
    theta = NETWORK.random_theta(rng=1)
    rng = np.random.default_rng(0)
    u, v = rng.normal(size=(2, len(theta)))
    plane = {"center": (theta + u).tolist(), "u": u.tolist(), "v": (v + u).tolist()}
    script = """
    session.load(setup.theta);
    const before = told.at(-1);
    until(75);
    say([before, told.at(-1)].map((p) => ({ ...p, theta: Array.from(p.theta) })));
    """
    before, after = session(
        script, tmp_path, wasm=wasm, theta=theta.tolist(), plane=plane, rate=1.0, batch=20
    )
    np.testing.assert_allclose(before["theta"], theta)
    assert before["point"]["a"] == pytest.approx(-1)
    assert before["point"]["b"] == pytest.approx(0, abs=1e-6)
    assert before["point"]["distance"] == pytest.approx(0, abs=1e-2)
    assert (before["steps"], before["cost"], before["running"]) == (0, None, False)
    assert (after["steps"], after["epoch"]) == (75, 3.0)
    cost = fastgd.Cost(NETWORK, SAMPLE.train_images[:N_TRAIN], SAMPLE.train_labels[:N_TRAIN])
    test = fastgd.Cost(NETWORK, SAMPLE.test_images[:N_TEST], SAMPLE.test_labels[:N_TEST])
    for told in (before, after):
        found = np.array(told["theta"], np.float32)
        assert told["measured"]["steps"] == told["steps"]
        assert told["measured"]["trainCost"] == pytest.approx(cost(found), rel=1e-4)
        assert told["measured"]["testCost"] == pytest.approx(test(found), rel=1e-4)
        right = NETWORK(found, SAMPLE.test_images[:N_TEST]).argmax(1) == SAMPLE.test_labels[:N_TEST]
        assert told["measured"]["accuracy"] == pytest.approx(right.mean())
    assert after["measured"]["accuracy"] > before["measured"]["accuracy"] + 0.3
    away = np.array(after["theta"]) - plane["center"]
    basis = np.stack([u, v + u], axis=1)
    (a, b), (square,), _, _ = np.linalg.lstsq(basis, away, rcond=None)
    assert after["point"]["a"] == pytest.approx(a, rel=1e-4)
    assert after["point"]["b"] == pytest.approx(b, rel=1e-3)
    assert after["point"]["distance"] == pytest.approx(np.sqrt(square), rel=1e-3)


def test_a_diverged_descent_stops_at_numbers(tmp_path: Path) -> None:
    script = """
    session.start();
    while (session.isBusy()) session.slice(5);
    const { theta, ...others } = told.at(-1);
    session.restart(1);
    session.set({ rate: 0.1 });
    session.step();
    say([others, theta.every(Number.isFinite), told.at(-1).diverged, told.at(-1).steps]);
    """
    linear = ("identity", "identity")
    told, finite, later, steps = session(script, tmp_path, activations=linear, rate=1000.0)
    assert told["diverged"]
    assert not told["running"]
    assert finite
    assert not later
    assert steps == 1


def test_a_survey_is_the_landscape_s(tmp_path: Path) -> None:
    script = """
    session.tell();
    until(30);
    const path = told.map(({ theta }) => Array.from(theta));
    session.survey();
    while (session.isBusy()) session.slice(5);
    const { surface } = told.find((message) => "surface" in message), last = told.at(-1);
    const lists = ["center", "u", "v", "costs"].map((name) => [name, Array.from(surface[name])]);
    say({ path, surface: { ...surface, ...Object.fromEntries(lists) }, point: last.point,
      stays: sumOf(last.theta) === sumOf(path.at(-1)) });
    """
    told = session(script, tmp_path, batch=50)
    surface, path = told["surface"], np.array(told["path"], np.float32)
    assert len(path) == 31
    expected = landscape.principal_directions(path)
    wider = (1 + 0.5) / (1 + MARGIN)
    expected = expected._replace(u=wider * expected.u, v=wider * expected.v)
    size = np.linalg.norm(expected.u)
    np.testing.assert_allclose(surface["center"], expected.center, atol=1e-3 * size)
    np.testing.assert_allclose(surface["u"], expected.u, atol=1e-3 * size)
    np.testing.assert_allclose(surface["v"], expected.v, atol=1e-3 * size)
    np.testing.assert_allclose(surface["shares"], expected.shares, atol=1e-3)
    cost = fastgd.Cost(NETWORK, SAMPLE.train_images[:300], SAMPLE.train_labels[:300])
    ground = landscape.plane(cost, *expected[:3], resolution=surface["side"])
    np.testing.assert_allclose(surface["costs"], ground.costs.ravel(), rtol=1e-3)
    seen = landscape.project(ground, cost, path)
    np.testing.assert_allclose(surface["path"]["a"], seen.a, atol=1e-3)
    np.testing.assert_allclose(surface["path"]["b"], seen.b, atol=1e-3)
    assert told["point"]["a"] == pytest.approx(seen.a[-1], abs=1e-3)
    assert told["stays"]


def test_no_plane_of_too_short_a_path(tmp_path: Path) -> None:
    script = (
        "session.tell(); session.step(); session.survey(); say([told.at(-1), session.isBusy()]);"
    )
    assert session(script, tmp_path) == [{"surface": None}, False]


def test_of_a_long_path_few_points_are_kept(tmp_path: Path) -> None:
    script = """
    session.tell();
    until(1000);
    session.survey();
    while (session.isBusy()) session.slice(5);
    const { a } = told.find((message) => "surface" in message).surface.path;
    say([a.length, a[0] < a.at(-1)]);
    """
    n, ahead = session(script, tmp_path)
    assert 15 <= n <= 41
    assert ahead
