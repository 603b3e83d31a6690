"""Time the page that trains: its machines in node, and a page of `fastgd explore` in a browser.

``python -m benches.page`` times both machines. ``python -m benches.page PAGE.html`` opens the page
in headless Chromium with the processor slowed 4 times, on a desk and on a phone: it says when the
page can be used, counts frames at rest, training, and training while a digit is drawn, and tells
what the page asked of the network and wrote to the console. (The slowing is the page's own
thread's; there is no graphics card: a frame of the relief is drawn by the processor too.)
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fastgd

NETWORKS = ((784, 16, 16, 10), (784, 10), (784, 100, 50, 10))
BATCHES = (1, 10, 100)
SLOWED = 4
SECONDS = 10
SCREENS = ((1280, 900), (390, 844))
SCRIPTS = Path(str(files("fastgd.explore")))
STEPS = """
const fs = require("fs"), read = (name) => Uint8Array.from(fs.readFileSync(name));
const pixels = read("X"), labels = read("labels"), wasm = read("descent.wasm");
async function time(sizes, batch) {
  const activations = sizes.slice(1).map(() => "sigmoid");
  const examples = Kernel.examples(pixels, Kernel.oneHot(labels, 10), 784, 10);
  const machines = [await Kernel.assembled(wasm, sizes, activations, examples),
    Kernel.plain(sizes, activations, examples)];
  for (const machine of machines) {
    const random = Kernel.random(1), order = Int32Array.from(labels, (_, i) => i), times = [];
    machine.give(Kernel.randomTheta(sizes, activations, random));
    Kernel.shuffle(order, random);
    for (let round = 0; round < 15; round++) {
      const before = process.cpuUsage().user;
      machine.descend(order, batch, 0.1);
      times.push((process.cpuUsage().user - before) / (order.length / batch));
    }
    times.sort((a, b) => a - b);
    console.log(`${sizes.join("-")}, batches of ${batch}, ${machine.kind}: ` +
      `${times[7].toFixed(1)} us a step (fastest ${times[0].toFixed(1)})`);
  }
}
(async () => { for (const [sizes, batch] of PROBLEMS) await time(sizes, batch); })();
"""
# Long tasks, from before the page's first script
WATCH = """
window.longTasks = [];
new PerformanceObserver((list) => list.getEntries().forEach((e) =>
  longTasks.push([e.startTime, e.duration]))).observe({ type: "longtask", buffered: true });
"""
FRAMES = """
const [seconds, done] = arguments, times = [];
const frame = (now) => {
  times.push(now);
  if (now - times[0] < 1000 * seconds) requestAnimationFrame(frame); else done(times);
};
requestAnimationFrame(frame);
"""
# A stroke of 1.2 s, then a new drawing, as a hand's events come: one a frame
DRAW = """
const pad = document.getElementById('ink'), begun = performance.now();
let down = false;
function point(type, turn) {
  const box = pad.getBoundingClientRect(), t = 2 * Math.PI * turn;
  const clientX = box.left + box.width * (0.5 + 0.3 * Math.cos(t));
  const clientY = box.top + box.height * (0.5 + 0.35 * Math.sin(t));
  pad.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX, clientY, bubbles: true }));
}
pad.setPointerCapture = () => {};
(function draw() {
  const turn = ((performance.now() - begun) / 1500) % 1;
  if (turn < 0.8) { point(down ? 'pointermove' : 'pointerdown', turn / 0.8); down = true; }
  else if (down) { point('pointerup', 0); down = false; document.getElementById('clear').click(); }
  requestAnimationFrame(draw);
})();
"""


def time_machines() -> None:
    """A step of each network in each machine, on 2,000 digits: the median of 15 epochs.

    In processor time, which others on the machine lengthen less.
    """
    sample = fastgd.datasets.digits()
    problems = [(sizes, batch) for sizes in NETWORKS for batch in BATCHES]
    script = (SCRIPTS / "kernel.js").read_text() + STEPS.replace("PROBLEMS", json.dumps(problems))
    with TemporaryDirectory() as name:
        folder = Path(name)
        sample.test_images.tofile(folder / "X")
        sample.test_labels.tofile(folder / "labels")
        shutil.copy(SCRIPTS / "descent.wasm", folder)
        (folder / "steps.js").write_text(script)
        subprocess.run(["node", "steps.js"], cwd=folder, check=True)


def browser(width: int, height: int) -> Any:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    for flag in (
        "--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
        "--enable-unsafe-swiftshader", "--window-size=1280,800", "--proxy-server=127.0.0.1:9",
    ):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    made = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    made.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    return made


def time_page(file: Path, width: int, height: int) -> None:
    page = browser(width, height)
    page.set_script_timeout(60)
    try:
        page.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        page.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        page.get(file.resolve().as_uri())
        page.execute_async_script(FRAMES, 5)
        navigation, tasks = page.execute_script(
            "return [performance.getEntriesByType('navigation')[0].toJSON(), longTasks]"
        )
        ready = navigation["domContentLoadedEventEnd"]
        usable = max([ready] + [start + took for start, took in tasks])
        print(
            f"{width} x {height}: {file.stat().st_size:,} bytes, parsed {ready:.0f} ms, "
            f"usable {usable:.0f} ms"
        )
        print("long tasks:", ", ".join(f"{took:.0f} ms at {start:.0f}" for start, took in tasks))
        for what in ("at rest", "training", "training, drawing"):
            if what == "training":
                page.execute_script("document.getElementById('start').click()")
                page.execute_async_script(FRAMES, 1)
            if what == "training, drawing":
                page.execute_script("document.querySelector('#tabs [data-panel=drawing]').click()")
                page.execute_script(DRAW)
            before = metrics(page)
            times = page.execute_async_script(FRAMES, SECONDS)
            after = metrics(page)
            gaps = sorted(b - a for a, b in itertools.pairwise(times))
            scripts, tasks = (
                f"{(after[name] - before[name]) / SECONDS:.0%}"
                for name in ("ScriptDuration", "TaskDuration")
            )
            print(
                f"{what}: {1000 * len(gaps) / (times[-1] - times[0]):.1f} frames a second, "
                f"median {gaps[len(gaps) // 2]:.1f} ms, 95 % within "
                f"{gaps[len(gaps) * 95 // 100]:.1f} ms; of the page's thread scripts take "
                f"{scripts}, all tasks {tasks}"
            )
        entries = "return performance.getEntriesByType('resource').map(e => e.name)"
        asked = [name for name in page.execute_script(entries) if not name.startswith("blob:")]
        # what a WebGL without a graphics card says of its own slowness apart
        said = [m["message"] for m in page.get_log("browser") if "GL Driver" not in m["message"]]
        print(f"requests: {asked}; console: {said}")
    finally:
        page.quit()


def metrics(page: Any) -> dict[str, float]:
    page.execute_cdp_cmd("Performance.enable", {})
    told = page.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return {metric["name"]: metric["value"] for metric in told}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path, nargs="?", help="a page that fastgd explore wrote")
    given = parser.parse_args().page
    if given is None:
        time_machines()
    else:
        for screen in SCREENS:
            time_page(given, *screen)
