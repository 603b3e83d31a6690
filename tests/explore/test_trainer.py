"""`trainer.js` in a real browser: in a worker, and where there is none on the page's thread."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.explore.stage import RULES, staged

import fastgd
from fastgd.explore.training_data import packed_examples

SAMPLE = fastgd.datasets.digits()
NETWORK = fastgd.Network((784, 16, 16, 10))
SCRIPT = """
const got = [], surfaces = [];
View.unpacked(data.examples).then((unpacked) => {
  window.trainer = Trainer.create({
    sizes: data.sizes, activations: data.activations, data: unpacked, seed: 7,
    wasm: View.bytes(data.wasm), worker: data.worker,
    theta: new Float32Array(View.bytes(data.theta).buffer),
    onReady(machine) { window.machine = machine; },
    onProgress(progress) {
      got.push({ ...progress, theta: Array.from(progress.theta) });
    },
    onSurface(surface) { surfaces.push(surface); },
  });
});
"""
HIDE = """
Object.defineProperty(document, "hidden", { value: HIDDEN, configurable: true });
document.dispatchEvent(new Event("visibilitychange"));
"""
# Until 30 frames have passed without a progress
QUIET = """
const done = arguments[0];
let heard = got.length, frames = 0;
const look = () => {
  frames = got.length === heard ? frames + 1 : 0;
  heard = got.length;
  if (frames < 30) requestAnimationFrame(look); else done(null);
};
look();
"""
# Calls `done` when `that` holds, looked at every frame.
WAIT = """
const done = arguments[0], look = () => (THAT ? done(null) : requestAnimationFrame(look));
look();
"""


def opened(browser: Any, folder: Path, *, rules: str = RULES, worker: bool = True) -> Any:
    theta = base64.b64encode(NETWORK.random_theta(rng=1).tobytes()).decode()
    examples = packed_examples(
        SAMPLE.train_images[:600],
        SAMPLE.train_labels[:600],
        test=(SAMPLE.test_images[:200], SAMPLE.test_labels[:200]),
    )
    page = folder / "page.html"
    page.write_text(
        staged(
            "", SCRIPT, rules,
            sizes=NETWORK.layer_sizes, activations=NETWORK.layer_activations,
            theta=theta, examples=examples, worker=worker,
        ),
        encoding="utf-8",
    )  # fmt: skip
    browser.get_log("browser")
    browser.get(page.as_uri())
    until(browser, "window.machine && got.length")
    return browser


def until(browser: Any, that: str) -> None:
    browser.execute_async_script(WAIT.replace("THAT", that))


def test_in_a_worker_it_learns(chromium: Any, tmp_path: Path) -> None:
    page = opened(chromium, tmp_path)
    assert page.execute_script("return machine") == {"kind": "WebAssembly", "worker": True}
    page.execute_script("trainer.start()")
    until(page, "got.at(-1).steps >= 600")
    page.execute_script("trainer.pause()")
    until(page, "!got.at(-1).running")
    told = page.execute_script("return got.at(-1)")
    assert told["measured"]["steps"] == told["steps"] >= 600
    assert told["measured"]["accuracy"] > 0.6
    assert told["measured"]["trainCost"] < 0.5
    assert page.execute_script("return got.slice(1).every((p, i) => p.steps >= got[i].steps)")
    page.execute_script("trainer.survey()")
    until(page, "surfaces.length")
    assert page.execute_script("return surfaces[0].costs.every((c) => c > 0)")
    until(page, "got.at(-1).point")
    assert abs(page.execute_script("return got.at(-1).point.a")) <= 1
    assert page.get_log("browser") == []


def test_one_step_is_the_kernels_(chromium: Any, tmp_path: Path) -> None:
    page = opened(chromium, tmp_path)
    page.execute_script("trainer.set({ batch: 600, rate: 0.25 }); trainer.step()")
    until(page, "got.at(-1).steps === 1")
    theta = NETWORK.random_theta(rng=1)
    cost = fastgd.Cost(NETWORK, SAMPLE.train_images[:600], SAMPLE.train_labels[:600])
    value, gradient = cost.value_and_gradient(theta)
    told = page.execute_script("return got.at(-1)")
    np.testing.assert_allclose(told["theta"], theta - 0.25 * gradient, atol=1e-5)
    assert told["cost"] == pytest.approx(value, rel=1e-5)
    assert told["epoch"] == 1


def test_a_restart_goes_on_or_waits(chromium: Any, tmp_path: Path) -> None:
    page = opened(chromium, tmp_path)
    page.execute_script("trainer.set({ pace: 100 }); trainer.start()")
    until(page, "got.at(-1).steps >= 8")
    page.execute_script("trainer.restart(5)")
    until(page, "got.at(-1).steps < 8 && got.at(-1).running")
    until(page, "got.at(-1).steps >= 8")
    page.execute_script("trainer.pause(); trainer.restart(5)")
    until(page, "got.at(-1).steps === 0 && !got.at(-1).running")
    first, last = page.execute_script("return [got[0], got.at(-1)]")
    assert first["theta"] != last["theta"]


def test_a_survey_of_no_path_hides_no_progress(chromium: Any, tmp_path: Path) -> None:
    """That there is no plane came in the frame of the restart's progress, which was dropped."""
    page = opened(chromium, tmp_path)
    page.execute_script("trainer.step()")
    until(page, "got.at(-1).steps === 1")
    page.execute_script("trainer.restart(5); trainer.survey()")
    until(page, "surfaces.length")
    assert page.execute_script("return surfaces") == [None]
    until(page, "got.at(-1).steps === 0")


def test_a_hidden_page_rests(chromium: Any, tmp_path: Path) -> None:
    page = opened(chromium, tmp_path)
    page.execute_script("trainer.start()")
    until(page, "got.at(-1).steps > 0")
    page.execute_script(HIDE.replace("HIDDEN", "true"))
    page.execute_async_script(QUIET)
    steps = page.execute_script("return got.at(-1).steps")
    page.execute_script("trainer.step()")
    until(page, f"got.at(-1).steps > {steps}")
    assert page.execute_script("return got.at(-1).steps") == steps + 1
    page.execute_script(HIDE.replace("HIDDEN", "false"))
    until(page, f"got.at(-1).steps > {steps + 100}")
    page.execute_script("trainer.end()")


NO_WASM = RULES.replace(" 'wasm-unsafe-eval'", "")
NO_WORKER = RULES.replace("worker-src blob:", "worker-src 'none'")


@pytest.mark.parametrize(
    ("rules", "worker", "machine"),
    [
        (NO_WASM, True, {"kind": "JavaScript", "worker": True}),
        (NO_WORKER, True, {"kind": "WebAssembly", "worker": False}),
        (RULES, False, {"kind": "WebAssembly", "worker": False}),
        (NO_WASM, False, {"kind": "JavaScript", "worker": False}),
    ],
)
def test_what_is_not_to_be_had_is_done_without(
    rules: str, worker: bool, machine: dict[str, Any], chromium: Any, tmp_path: Path
) -> None:
    page = opened(chromium, tmp_path, rules=rules, worker=worker)
    assert page.execute_script("return machine") == machine
    page.execute_script("trainer.start()")
    until(page, "got.at(-1).steps >= 200")
    page.execute_script("trainer.pause()")
    until(page, "!got.at(-1).running")
    before, after = page.execute_script("return [got[0], got.at(-1)].map((p) => p.measured)")
    assert after["trainCost"] < before["trainCost"] / 2
