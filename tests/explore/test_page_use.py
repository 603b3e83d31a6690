"""The page in use: drawing, noise, neurons and their weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.explore.pages import NETWORK, do, text


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
    return text(browser, "answer")


def input_of(browser: Any) -> np.ndarray:
    return np.array(do(browser, "return Array.from(fastgd.state.input)"))


def test_a_drawn_digit_is_read(opened: Any) -> None:
    do(opened, "fastgd.story(9)")
    turn = np.linspace(0, 2 * np.pi, 24)
    zero = [(0.5 + 0.2 * np.sin(t), 0.5 - 0.32 * np.cos(t)) for t in turn]
    assert draw(opened, [zero]).startswith("Reads 0")
    assert draw(opened, [[(0.5, 0.15), (0.5, 0.5), (0.5, 0.85)]]).startswith("Reads 1")
    seven = [(0.25, 0.2), (0.5, 0.2), (0.75, 0.2), (0.6, 0.5), (0.45, 0.88)]
    assert draw(opened, [seven]).startswith("Reads 7")
    # What the network sees is centred and fills 20 of 28 pixels, as MNIST's digits do.
    seen = input_of(opened).reshape(28, 28)
    rows = np.flatnonzero(seen.max(1) > 0.3)
    assert 18 <= rows[-1] - rows[0] + 1 <= 21
    centre = (seen * np.arange(28)[:, None]).sum() / seen.sum()
    assert centre == pytest.approx(14, abs=0.7)


def test_the_keyboard_draws(opened: Any) -> None:
    from selenium.webdriver import Keys

    do(opened, "fastgd.story(9)")
    canvas = opened.find_element("id", "ink")
    canvas.send_keys(Keys.ARROW_UP * 9, " ", Keys.ARROW_DOWN * 18, " ")
    assert text(opened, "answer").startswith("Reads 1")
    canvas.send_keys(Keys.DELETE)
    assert not input_of(opened).any()
    assert text(opened, "answer") == "Blank: nothing is drawn"


def test_blank_and_noise_are_said_and_shown(opened: Any) -> None:
    opened.find_element("id", "clear").click()
    assert text(opened, "answer") == "Blank: nothing is drawn"
    opened.find_element("id", "noise").click()
    first = input_of(opened)
    assert first.mean() == pytest.approx(0.5, abs=0.05)
    assert first.std() == pytest.approx(12**-0.5, abs=0.03)
    assert text(opened, "answer").startswith("Reads ")
    opened.find_element("id", "noise").click()
    assert not np.array_equal(first, input_of(opened))


def test_a_neuron_of_the_first_layer_is_weight_times_pixel(opened: Any, path: np.ndarray) -> None:
    do(opened, "fastgd.story(6)")
    opened.find_elements("css selector", "#neurons button")[5].click()
    assert text(opened, "neuron-name") == "Layer 1, neuron 5"
    weights = NETWORK.layers(path[-1])[0].weights
    x = input_of(opened)
    z = float(weights[5] @ x)
    assert text(opened, "sum").replace("\u2212", "-").startswith(f"Sum {z:.2f}, bias ")
    pixels = do(
        opened,
        "const c = document.getElementById('product');"
        "return Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)",
    )
    red, green, _ = np.array(pixels).reshape(784, 4).T[:3]
    product = weights[5] * x
    strong = np.abs(product) > 0.05 * np.abs(product).max()
    assert ((green > red) == (product > 0))[strong].all()
    assert not (red + green)[x == 0].any()
    assert opened.find_element("id", "products").is_displayed()
    assert not opened.find_element("id", "incoming").is_displayed()


def test_a_neuron_behind_it_has_lines_to_named_neurons(opened: Any, path: np.ndarray) -> None:
    do(opened, "fastgd.story(6)")
    opened.find_elements("css selector", "#neurons button")[20].click()
    assert text(opened, "neuron-name") == "Layer 2, neuron 4"
    assert not opened.find_element("id", "products").is_displayed()
    assert len(opened.find_elements("css selector", "#incoming line")) == 16
    told = opened.find_element("id", "incoming").get_attribute("aria-label")
    row = NETWORK.layers(path[-1])[1].weights[4]
    for k, w in enumerate(row):
        assert f"from neuron {k} {w:.2f}".replace("-0.00", "0.00") in told.replace("-0.00", "0.00")


def test_all_grids_are_there_and_choose(opened: Any, path: np.ndarray) -> None:
    from selenium.webdriver import ActionChains

    do(opened, "fastgd.story(7)")
    assert text(opened, "grids-title") == "Weights of all 16 neurons of layer 1"
    grid = opened.find_element("id", "grid")
    pixels = do(
        opened,
        "const c = document.getElementById('grid');"
        "return Array.from(c.getContext('2d').getImageData(0, 0, 28, 28).data)",
    )
    red, green, _ = np.array(pixels).reshape(784, 4).T[:3]
    limit = float(grid.get_attribute("data-limit"))
    weights = NETWORK.layers(path[-1])[0].weights
    assert limit == pytest.approx(3 * np.sqrt((weights**2).mean()), rel=0.05)
    strong = np.abs(weights[0]) > 0.05 * limit
    assert ((green > red) == (weights[0] > 0))[strong].all()
    right = int(grid.size["width"] / 2) - 4, int(grid.size["height"] / 2) - 4
    ActionChains(opened).move_to_element_with_offset(grid, *right).click().perform()
    assert text(opened, "neuron-name") == "Layer 1, neuron 15"
    opened.find_element("id", "safe").click()
    assert "orange" in text(opened, "grid-key")


def test_hovering_looks_and_does_not_choose(opened: Any) -> None:
    from selenium.webdriver import ActionChains

    do(opened, "fastgd.story(7)")
    buttons = opened.find_elements("css selector", "#neurons button")
    ActionChains(opened).move_to_element(buttons[3]).perform()
    assert text(opened, "neuron-name") == "Layer 1, neuron 3"
    ActionChains(opened).move_to_element(opened.find_element("tag name", "h1")).perform()
    assert text(opened, "neuron-name") == "Layer 1, neuron 0"


def test_the_slider_goes_back_to_the_mess(opened: Any) -> None:
    from selenium.webdriver import Keys

    do(opened, "fastgd.story(6)")
    assert text(opened, "where").startswith("Epoch 25: cost ")
    slider = opened.find_element("id", "kept")
    slider.send_keys(Keys.HOME)
    assert text(opened, "where").startswith("Untrained: cost ")
    slider.send_keys(Keys.ARROW_RIGHT)
    assert text(opened, "where").startswith("Epoch 1: cost ")
    assert slider.get_attribute("aria-valuetext").startswith("Epoch 1: cost ")
