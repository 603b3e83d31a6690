"""`explore.page`: in a real browser it runs the network as the kernels do, and can be used."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastgd
from fastgd import explore
from fastgd.cli import main
from fastgd.explore.page import MOST_SNAPSHOTS, kept_points

SAMPLE = fastgd.datasets.digits()
NETWORK = fastgd.Network((784, 16, 16, 10))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")


def data_of(page: str) -> dict[str, Any]:
    text = page.split('<script id="data" type="application/json">')[1].split("</script>")[0]
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.fixture(scope="module")
def path() -> np.ndarray:
    cost = fastgd.Cost(NETWORK, SAMPLE.train_images, SAMPLE.train_labels)
    start = NETWORK.random_theta(rng=0)
    descent = fastgd.gradient_descent(
        cost, start, learning_rate=0.5, batch_size=10, epochs=25, rng=0, record=1
    )
    assert descent.path is not None
    return descent.path


@pytest.fixture(scope="module")
def page(path: np.ndarray) -> str:
    cost = fastgd.Cost(NETWORK, SAMPLE.train_images[:500], SAMPLE.train_labels[:500])
    images, labels = SAMPLE.test_images, SAMPLE.test_labels
    return explore.explore_page(cost, path[-1], path=path, images=images, labels=labels)


def test_page_is_one_file_that_asks_for_nothing(page: str) -> None:
    assert "default-src 'none'" in page
    for word in ("src=", "href=", "@import", "url(", "fetch(", "XMLHttpRequest", "WebSocket"):
        assert word not in page.split("<script id=")[0] + page.split("</script>")[-2], word
    assert "__" not in page.split('<script id="data"')[0]
    data = data_of(page)
    assert len(data["thetas"]) == len(data["epochs"]) == MOST_SNAPSHOTS
    assert data["epochs"][:3] == [0, 1, 2]
    assert data["epochs"][-1] == 25
    assert data["costs"][0] > data["costs"][-1]
    assert data["accuracies"][-1] > 0.85
    assert sorted({s["label"] for s in data["samples"]}) == list(range(10))


@pytest.mark.parametrize("n", [1, 2, 20, 21, 22, 31, 100, 5000])
def test_snapshots_go_from_the_first_to_the_last(n: int) -> None:
    kept = kept_points(n)
    assert kept[0] == 0
    assert kept[-1] == n - 1
    assert len(kept) == min(n, MOST_SNAPSHOTS)
    assert (np.diff(kept) > 0).all()


def test_what_cannot_be_explored() -> None:
    network = fastgd.Network((5, 2))
    cost = fastgd.Cost(network, np.zeros((2, 5)), [0, 1])
    with pytest.raises(ValueError, match="5 inputs are no square image"):
        explore.explore_page(cost, np.zeros(12))
    cost = fastgd.Cost(fastgd.Network((4, 2)), np.zeros((2, 4)), [0, 1])
    with pytest.raises(ValueError, match="theta has 3 entries"):
        explore.explore_page(cost, np.zeros(3))
    with pytest.raises(ValueError, match="path has shape"):
        explore.explore_page(cost, np.zeros(10), path=np.zeros((3, 9)))
    with pytest.raises(TypeError, match="images: expected uint8 pixels"):
        explore.explore_page(cost, np.zeros(10), images=np.zeros((2, 4)), labels=[0, 1])


def test_a_title_is_text(path: np.ndarray) -> None:
    cost = fastgd.Cost(NETWORK, SAMPLE.train_images[:10], SAMPLE.train_labels[:10])
    assert "<title>&lt;b&gt;</title>" in explore.explore_page(cost, path[0], title="<b>")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real Chromium, without a window and without a network."""
    webdriver = pytest.importorskip("selenium.webdriver")
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("needs chromium and chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--no-first-run", "--window-size=1280,1000", "--proxy-server=127.0.0.1:9",
    ):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    made = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield made
    made.quit()


def open_page(browser: Any, folder: Path, page: str) -> Any:
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    browser.get(file.as_uri())
    return browser


@pytest.fixture
def opened(browser: Any, page: str, tmp_path: Path) -> Iterator[Any]:
    yield open_page(browser, tmp_path, page)
    assert browser.get_log("browser") == []
    entries = "return performance.getEntriesByType('resource').map(e => e.name)"
    assert browser.execute_script(entries) == []


def forward(browser: Any, values: np.ndarray, epoch: int) -> list[list[float]]:
    script = "return fastgd.forward(arguments[0], arguments[1]).map(a => Array.from(a))"
    found: list[list[float]] = browser.execute_script(script, values.tolist(), epoch)
    return found


def test_page_runs_the_network_as_the_kernels_do(opened: Any, path: np.ndarray) -> None:
    kept = kept_points(len(path))
    noise = np.random.default_rng(0).random((2, 784), np.float32)
    images = np.concatenate([SAMPLE.test_images[:4] / np.float32(255), noise])
    for epoch in (0, 1, 7, len(kept) - 1):
        for image in images:
            expected = NETWORK.activations(path[kept[epoch]], image)
            for here, there in zip(forward(opened, image, epoch), expected, strict=True):
                np.testing.assert_allclose(here, there, atol=1e-4)


@pytest.mark.parametrize(
    ("activation", "output_activation"),
    [("tanh", "identity"), ("relu", "tanh"), ("sigmoid", "relu")],
)
def test_page_knows_every_activation(
    browser: Any, tmp_path: Path, activation: str, output_activation: str
) -> None:
    network = fastgd.Network(
        (16, 40, 3), activation=activation, output_activation=output_activation
    )
    theta = network.random_theta(rng=1)
    X = np.random.default_rng(2).random((5, 16))
    page = explore.explore_page(fastgd.Cost(network, X, np.zeros((5, 3))), theta)
    open_page(browser, tmp_path, page)
    for here, there in zip(
        forward(browser, X[0], 0), network.activations(theta, X[0]), strict=True
    ):
        np.testing.assert_allclose(here, there, atol=1e-4)
    assert "and 8 more" in browser.find_element("id", "neurons").text
    assert not browser.find_element("id", "play").is_displayed()
    assert browser.get_log("browser") == []


def draw(browser: Any, strokes: list[list[tuple[float, float]]]) -> str:
    """Draw with the mouse, in shares of the canvas, and read the answer."""
    from selenium.webdriver import ActionChains

    canvas = browser.find_element("id", "ink")
    browser.find_element("id", "clear").click()
    width, height = canvas.size["width"], canvas.size["height"]
    for points in strokes:
        chain = ActionChains(browser, duration=5)
        for i, (x, y) in enumerate(points):
            offset = int((x - 0.5) * width), int((y - 0.5) * height)
            chain.move_to_element_with_offset(canvas, *offset)
            if i == 0:
                chain.click_and_hold()
        chain.release().perform()
    answer: str = browser.find_element("id", "answer").text
    return answer


def test_a_drawn_digit_is_read(opened: Any) -> None:
    turn = np.linspace(0, 2 * np.pi, 24)
    zero = [(0.5 + 0.2 * np.sin(t), 0.5 - 0.32 * np.cos(t)) for t in turn]
    assert draw(opened, [zero]).startswith("reads 0")
    assert draw(opened, [[(0.5, 0.15), (0.5, 0.5), (0.5, 0.85)]]).startswith("reads 1")
    seven = [(0.25, 0.2), (0.5, 0.2), (0.75, 0.2), (0.6, 0.5), (0.45, 0.88)]
    assert draw(opened, [seven]).startswith("reads 7")
    # What the network sees is centred and fills 20 of 28 pixels, as MNIST's digits do.
    seen = np.array(opened.execute_script("return Array.from(fastgd.input())")).reshape(28, 28)
    rows = np.flatnonzero(seen.max(1) > 0.3)
    assert 18 <= rows[-1] - rows[0] + 1 <= 21
    centre = (seen * np.arange(28)[:, None]).sum() / seen.sum()
    assert centre == pytest.approx(13.5, abs=0.7)


def test_the_keyboard_draws(opened: Any) -> None:
    from selenium.webdriver import Keys

    canvas = opened.find_element("id", "ink")
    opened.find_element("id", "clear").click()
    assert not any(opened.execute_script("return Array.from(fastgd.input())"))
    canvas.send_keys(Keys.ARROW_UP * 9, " ", Keys.ARROW_DOWN * 18, " ")
    assert opened.find_element("id", "answer").text.startswith("reads 1")
    canvas.send_keys(Keys.DELETE)
    assert not any(opened.execute_script("return Array.from(fastgd.input())"))


def test_a_neuron_shows_its_weights(opened: Any, path: np.ndarray) -> None:
    from selenium.webdriver import Keys

    circles = opened.find_elements("css selector", "#neurons circle")
    assert len(circles) == 42
    circles[5].click()
    assert opened.find_element("id", "neuron").text.startswith("Layer 1, neuron 5: activation")
    pixels = opened.execute_script(
        "const c = document.getElementById('grid');"
        "return Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )
    red, green, _ = np.array(pixels).reshape(28, 28, 4).transpose(2, 0, 1)[:3]
    weights = NETWORK.layers(path[-1])[0].weights
    limit = float(opened.find_element("id", "grid").get_attribute("data-limit"))
    assert limit == pytest.approx(np.quantile(np.abs(weights), 0.995), rel=0.05)
    grid = weights[5].reshape(28, 28)
    strong = np.abs(grid) > 0.05 * limit
    assert ((green > red) == (grid > 0))[strong].all()
    circles[20].send_keys(Keys.ENTER)
    assert opened.find_element("id", "neuron").text.startswith("Layer 2, neuron 4: activation")
    opened.find_element("id", "safe").click()
    assert "orange" in opened.find_element("id", "neuron").text


def test_the_slider_goes_back_to_the_mess(opened: Any) -> None:
    from selenium.webdriver import Keys

    before = opened.find_element("id", "surface").screenshot_as_png
    opened.find_element("id", "epoch").send_keys(Keys.HOME)
    assert opened.find_element("id", "where").text.startswith("Untrained: cost ")
    assert opened.find_element("id", "surface").screenshot_as_png != before
    opened.find_element("id", "epoch").send_keys(Keys.ARROW_RIGHT)
    assert opened.find_element("id", "where").text.startswith("Epoch 1: cost ")
    opened.find_element("id", "play").click()
    assert opened.find_element("id", "play").text == "Stop"
    opened.find_element("id", "play").click()
    assert opened.find_element("id", "play").text == "Play"


def test_phone_and_dark(browser: Any, page: str, tmp_path: Path) -> None:
    metrics = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    try:
        open_page(browser, tmp_path, page)
        width = browser.execute_script("return document.documentElement.scrollWidth")
        assert width <= 360
        color = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert color == "rgb(16, 18, 22)"
        for circle in browser.find_elements("css selector", "#neurons circle"):
            assert circle.rect["width"] >= 20
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("safetensors")
    model, out = tmp_path / "m.safetensors", tmp_path / "page.html"
    assert main(["train", "--epochs", "3", "--json", "--save", str(model)]) == 0
    capsys.readouterr()
    assert main(["explore", str(model), "-o", str(out)]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(f"{out}: open it in a browser")
    assert captured.err == ""
    assert data_of(out.read_text())["epochs"] == [0, 1, 2, 3]
    assert main(["explore", str(model), "-o", str(tmp_path / "no" / "page.html")]) == 1
    assert "No such file" in capsys.readouterr().err
