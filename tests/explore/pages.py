"""Pages to open, and a browser's ways of looking at them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from tests.common import PATIENCE

import fastgd
from fastgd import explore

SAMPLE = fastgd.datasets.digits()
NETWORK = fastgd.Network((784, 16, 16, 10))


def data_of(page: str) -> dict[str, Any]:
    """What `explore_page` wrote into the page."""
    text = page.split('<script id="data" type="application/json">')[1].split("</script>")[0]
    found: dict[str, Any] = json.loads(text)
    return found


def descended(network: fastgd.Network, epochs: int) -> np.ndarray:
    """A recorded descent on the embedded digits."""
    cost = fastgd.Cost(network, SAMPLE.train_images, SAMPLE.train_labels)
    descent = fastgd.gradient_descent(
        cost, network.random_theta(rng=0), learning_rate=0.5, batch_size=10, epochs=epochs,
        rng=0, record=1,
    )  # fmt: skip
    assert descent.path is not None
    return descent.path


def page_of(network: fastgd.Network, path: np.ndarray, **options: Any) -> str:
    """The page of a descent on the embedded digits."""
    cost = fastgd.Cost(network, SAMPLE.train_images[:500], SAMPLE.train_labels[:500])
    given: dict[str, Any] = {
        "path": path,
        "images": SAMPLE.test_images,
        "labels": SAMPLE.test_labels,
        "examples": (SAMPLE.train_images[:1000], SAMPLE.train_labels[:1000]),
    }
    return explore.explore_page(cost, path[-1], **(given | options))


def open_page(browser: Any, folder: Path, page: str, link: str = "") -> Any:
    """The page in the browser, drawn."""
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    browser.get("about:blank")  # a page that differs in its link alone would not be loaded anew
    browser.get(file.as_uri() + link)
    return browser


def do(browser: Any, script: str, *values: Any) -> Any:
    """Run JavaScript, with all that is due drawn before and after, and hand back its answer."""
    script = f"const f = () => {{ {script} }}; fastgd.flush(); const made = f();"
    return browser.execute_script(script + "fastgd.flush(); return made;", *values)


def text(browser: Any, name: str) -> str:
    """What stands in an element, all that is due drawn before."""
    found: str = do(browser, "return document.getElementById(arguments[0]).textContent", name)
    return found


def wait(browser: Any, script: str) -> None:
    """Until the JavaScript expression holds."""
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, PATIENCE, 0.05).until(lambda b: b.execute_script(f"return {script}"))


def nothing_amiss(browser: Any) -> None:
    """No message on the console, and nothing was fetched but the trainer's own blob."""
    assert browser.get_log("browser") == []
    entries = "return performance.getEntriesByType('resource').map(e => e.name)"
    assert [
        n for n in browser.execute_script(entries) if not n.startswith(("blob:", "data:"))
    ] == []


@contextmanager
def shown_as(
    browser: Any, width: int, height: int, *, phone: bool = False, **features: str
) -> Iterator[None]:
    """A screen of this size, with media features such as prefers_color_scheme."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1 + phone, "mobile": phone}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
