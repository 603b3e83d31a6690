"""`explore.page`: what is in the page; and in a real browser it computes as the kernels do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.explore.pages import (
    NETWORK,
    SAMPLE,
    data_of,
    descended,
    do,
    nothing_amiss,
    open_page,
    page_of,
)  # fmt: skip

import fastgd
from fastgd import explore
from fastgd.cli import main
from fastgd.explore.page import (
    FEWEST_SNAPSHOTS,
    MOST_SNAPSHOTS,
    SNAPSHOT_BYTES,
    kept_points,
    most_snapshots,
)  # fmt: skip


def test_page_is_one_file_that_asks_for_nothing(page: str) -> None:
    assert "default-src 'none'" in page
    for word in ("src=", "@import", "url(", "fetch(", "XMLHttpRequest", "WebSocket"):
        assert word not in page.split("<script id=")[0] + page.split("</script>")[-2], word
    assert "__" not in page.split('<script id="data"')[0]
    assert len(page) < 3e6
    data = data_of(page)
    assert len(data["thetas"]) == len(data["epochs"]) == most_snapshots(NETWORK.n_parameters)
    assert data["epochs"][:3] == [0, 1, 2]
    assert data["epochs"][-1] == 25
    assert data["costs"][0] > data["costs"][-1]
    assert data["accuracies"][-1] > 0.85
    assert sorted({s["label"] for s in data["samples"]}) == list(range(10))


@pytest.mark.parametrize("most", [3, 21])
@pytest.mark.parametrize("n", [1, 2, 20, 21, 22, 31, 100, 5000])
def test_snapshots_go_from_the_first_to_the_last(n: int, most: int) -> None:
    kept = kept_points(n, most)
    assert kept[0] == 0
    assert kept[-1] == n - 1
    assert len(kept) == min(n, most)
    assert (np.diff(kept) > 0).all()


@pytest.mark.parametrize("n_parameters", [10, 13_002, 84_060, 10_000_000])
def test_snapshots_fit_into_the_page(n_parameters: int) -> None:
    most = most_snapshots(n_parameters)
    assert FEWEST_SNAPSHOTS <= most <= MOST_SNAPSHOTS
    assert most == FEWEST_SNAPSHOTS or most * n_parameters * 16 / 3 <= SNAPSHOT_BYTES


def test_what_cannot_be_explored() -> None:
    network = fastgd.Network((5, 2))
    cost = fastgd.Cost(network, np.zeros((2, 5)), [0, 1])
    with pytest.raises(ValueError, match="the 5 inputs of a 5-2 network are no square image"):
        explore.explore_page(cost, np.zeros(12))
    cost = fastgd.Cost(fastgd.Network((4, 2)), np.zeros((2, 4)), [0, 1])
    with pytest.raises(ValueError, match="theta has 3 entries"):
        explore.explore_page(cost, np.zeros(3))
    with pytest.raises(ValueError, match="path has shape"):
        explore.explore_page(cost, np.zeros(10), path=np.zeros((3, 9)))
    with pytest.raises(TypeError, match="images: expected uint8 pixels"):
        explore.explore_page(cost, np.zeros(10), images=np.zeros((2, 4)), labels=[0, 1])
    with pytest.raises(ValueError, match=r"examples: X has shape \(2, 5\); expected \(n, 4\)"):
        explore.explore_page(cost, np.zeros(10), examples=(np.zeros((2, 5)), [0, 1]))
    with pytest.raises(ValueError, match=r"targets have shape \(2, 3\); expected \(n, 2\)"):
        explore.explore_page(cost, np.zeros(10), examples=(np.zeros((2, 4)), np.zeros((2, 3))))
    with pytest.raises(ValueError, match="classes: 1 names for 2 outputs"):
        explore.explore_page(cost, np.zeros(10), classes=["one"])


def test_a_title_and_classes_are_text(browser: Any, tmp_path: Path, path: np.ndarray) -> None:
    names = ["</script>", "__DATA__", "<!--<script>", *"3456789"]
    page = page_of(NETWORK, path[[0, 5, 25]], title="<b>__STYLE__</b>", classes=names)
    assert "<title>&lt;b&gt;__STYLE__&lt;/b&gt;</title>" in page
    assert data_of(page)["names"] == names
    open_page(browser, tmp_path, page)
    assert browser.find_element("tag name", "h1").text == "<b>__STYLE__</b>"
    label = browser.find_elements("css selector", "#neurons button")[32].get_attribute("aria-label")
    assert label.startswith("Output </script>, activation")
    nothing_amiss(browser)


def forward(browser: Any, values: np.ndarray, kept: int) -> list[list[float]]:
    script = "return fastgd.forward(arguments[0], arguments[1]).map(a => Array.from(a))"
    found: list[list[float]] = do(browser, script, values.tolist(), kept)
    return found


def test_page_runs_the_network_as_the_kernels_do(opened: Any, path: np.ndarray) -> None:
    kept = kept_points(len(path), most_snapshots(NETWORK.n_parameters))
    noise = np.random.default_rng(0).random((2, 784), np.float32)
    images = np.concatenate([SAMPLE.test_images[:4] / np.float32(255), noise])
    for i in (0, 1, 7, len(kept) - 1):
        for image in images:
            expected = NETWORK.activations(path[kept[i]], image)
            for here, there in zip(forward(opened, image, i), expected, strict=True):
                np.testing.assert_allclose(here, there, atol=1e-4)


@pytest.mark.parametrize(
    ("activation", "output_activation"),
    [("tanh", "identity"), ("relu", "tanh"), ("sigmoid", "relu")],
)
def test_page_knows_every_activation(
    browser: Any, tmp_path: Path, activation: str, output_activation: str
) -> None:
    """Of a network that nothing is known of but theta: no descent, no images, no training."""
    network = fastgd.Network(
        (16, 140, 3), activation=activation, output_activation=output_activation
    )
    theta = network.random_theta(rng=1)
    X = np.random.default_rng(2).random((5, 16))
    page = explore.explore_page(fastgd.Cost(network, X, np.zeros((5, 3))), theta)
    open_page(browser, tmp_path, page)
    expected = network.activations(theta, X[0])
    for here, there in zip(forward(browser, X[0], 0), expected, strict=True):
        np.testing.assert_allclose(here, there, atol=1e-4)
    assert len(browser.find_elements("css selector", "#neurons button")) == 128 + 3
    for name in ("replay", "trainer", "samples"):
        assert not browser.find_element("id", name).is_displayed(), name
    said = browser.find_element("id", "no-trainer").text
    assert said == "No training images are in this page."
    nothing_amiss(browser)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("safetensors")
    model, out = tmp_path / "m.safetensors", tmp_path / "page.html"
    assert main(["train", "--epochs", "3", "--json", "--save", str(model)]) == 0
    capsys.readouterr()
    assert main(["explore", str(model), "-o", str(out)]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(f"{out}: open it in a browser")
    assert captured.err == ""
    data = data_of(out.read_text())
    assert data["epochs"] == [0, 1, 2, 3]
    assert data["examples"]["n_train"] == 3000
    assert main(["explore", str(model), "-o", str(tmp_path / "no" / "page.html")]) == 1
    assert "No such file" in capsys.readouterr().err


def test_a_large_network_s_page_stays_small(tmp_path: Path) -> None:
    network = fastgd.Network((784, 100, 50, 10))
    assert len(page_of(network, descended(network, 4))) < 4.5e6
