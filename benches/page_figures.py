"""What the page of `fastgd explore` costs a slow processor, measured in a headless Chromium.

``python -m benches.page_figures``: the page of 784-16-16-10, its size, how soon it can be used, how
many frames a second it shows while a digit is drawn and the network trains in batches of 10, what it
asked of the network and wrote to the console. The processor is slowed 4 times (`--slow`) by the
DevTools protocol. It needs the extra ``test``, Chromium and chromedriver.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import fastgd
from fastgd import explore

SECONDS = 6
FRAMES = """
const seconds = arguments[0], done = arguments[1], times = [], pad = document.getElementById('ink');
const box = pad.getBoundingClientRect();
function point(type, turn) {
  const t = 2 * Math.PI * turn, x = box.left + box.width * (0.5 + 0.3 * Math.cos(t)),
    y = box.top + box.height * (0.5 + 0.35 * Math.sin(t));
  pad.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: x, clientY: y, bubbles: true }));
}
pad.setPointerCapture = () => {};
let first = 0, down = false;
function frame(now) {
  first ||= now;
  times.push(now);
  const turn = (now - first) / 1500;
  // a stroke of 1.2 s, then a new drawing
  if (turn % 1 < 0.8) { point(down ? 'pointermove' : 'pointerdown', turn % 1 / 0.8); down = true; }
  else if (down) { point('pointerup', 0); down = false; document.getElementById('clear').click(); }
  if (now - first < 1000 * seconds) requestAnimationFrame(frame); else done(times);
}
requestAnimationFrame(frame);
"""
OPENED = """
const [nav] = performance.getEntriesByType('navigation');
const paint = performance.getEntriesByName('first-contentful-paint')[0];
return { painted: paint ? paint.startTime : null, usable: nav.loadEventEnd, blocked: window.blocked,
  requests: performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith('blob:')) };
"""
WATCH = """
window.blocked = [];
new PerformanceObserver((list) => list.getEntries().forEach((e) =>
  window.blocked.push([Math.round(e.startTime), Math.round(e.duration)]))).observe({ entryTypes: ['longtask'] });
"""


def lesson_page() -> str:
    """As the command line writes it, after 10 epochs."""
    sample = fastgd.datasets.digits()
    network = fastgd.Network((784, 16, 16, 10))
    cost = fastgd.Cost(network, sample.train_images, sample.train_labels)
    descent = fastgd.gradient_descent(
        cost, network.random_theta(rng=0), learning_rate=0.5, batch_size=10, epochs=10, rng=0,
        record=1,
    )  # fmt: skip
    return explore.explore_page(
        cost, descent.theta, path=descent.path, images=sample.test_images,
        labels=sample.test_labels, examples=(sample.train_images, sample.train_labels),
    )  # fmt: skip


def chromium(width: int, height: int) -> Any:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    for flag in ("--headless", "--no-sandbox", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-background-networking", "--proxy-server=127.0.0.1:9",
                 "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    return browser


def measured(file: Path, width: int, height: int, slow: float) -> dict[str, Any]:
    browser = chromium(width, height)
    try:
        browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        browser.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": slow})
        browser.get(file.as_uri() + "#step=10")
        time.sleep(4)
        opened = browser.execute_script(OPENED)
        if width < 500:
            browser.execute_script("document.querySelector('#tabs [data-panel=drawing]').click()")
        browser.execute_script("document.getElementById('start').click()")
        time.sleep(1)
        steps = browser.execute_script("return fastgd.state.at.steps")
        times = browser.execute_async_script(FRAMES, SECONDS)
        gaps = sorted(b - a for a, b in zip(times, times[1:], strict=False))
        steps = browser.execute_script("return fastgd.state.at.steps") - steps
        # only what WebGL without a graphics card says of its own slowness is left out
        said = [
            m["message"]
            for m in browser.get_log("browser")
            if "GL Driver Message" not in m["message"]
        ]
        return {
            "screen": f"{width} x {height}",
            "first painted, ms": opened["painted"],
            "usable, ms": opened["usable"],
            "tasks over 50 ms (start, length)": opened["blocked"],
            "frames a second": round((len(times) - 1) / (times[-1] - times[0]) * 1000, 1),
            "gap between frames, median and 95 %, ms": [
                round(gaps[len(gaps) // 2], 1), round(gaps[int(0.95 * len(gaps))], 1),
            ],
            "steps a second": round(steps / SECONDS),
            "requests": opened["requests"],
            "console": said,
        }  # fmt: skip
    finally:
        browser.quit()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slow", type=float, default=4, help="slow the processor so many times")
    arguments = parser.parse_args()
    page = lesson_page()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(page, encoding="utf-8")
        print(json.dumps({"size, MB": round(file.stat().st_size / 1e6, 2)}))
        for width, height in [(1280, 900), (390, 844)]:
            print(json.dumps(measured(file, width, height, arguments.slow), indent=1))


if __name__ == "__main__":
    main()
