"""`_notebook`: pieces of HTML: well-formed, escaped, in the colours around them, and true."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastgd
from fastgd._notebook import (
    as_text,
    curve,
    layers_table,
    paragraph,
    pictures,
    png,
    progress_bar,
    table,
    ticks,
    told_apart,
)

NASTY = "<script>\"&'"


class Tags(HTMLParser):
    """Which tags there are, and what they close in which order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)
        if tag != "img":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_text_is_escaped() -> None:
    image = np.zeros((2, 2), np.uint8)
    for text in (
        table([NASTY, "b"], [[NASTY, 1]], NASTY), paragraph(NASTY), curve([2.0, 1.0], NASTY),
        pictures([image], [NASTY]), layers_table((2, 1), [NASTY]),
    ):  # fmt: skip
        tags = Tags(text)
        assert "script" not in tags.seen
        assert NASTY in tags.words


def test_a_network_is_a_table_of_its_layers() -> None:
    words = Tags(fastgd.Network((784, 16, 10), activation="tanh")._repr_html_()).words
    assert words == [
        "Network 784-16-10: 12,730 parameters",
        "layer", "neurons", "activation", "weights", "biases", "parameters",
        "input", "784",
        "hidden 1", "16", "tanh", "12,544", "16", "12,560",
        "output", "10", "sigmoid", "160", "10", "170",
    ]  # fmt: skip


def test_numbers_are_short_and_whole_before_the_point() -> None:
    given = [7, 12345, 0.123456, 1.0, 12345.678, -1234567.0, 1e20, "text"]
    texts = ["7", "12,345", "0.1235", "1", "12,346", "-1,234,567", "1e+20", "text"]
    assert [as_text(value) for value in given] == texts
    html = table(["a", "b"], [["x", 1.5]], "c")
    assert '<td style="text-align:left">x</td><td style="text-align:right">1.5</td>' in html


def test_digits_are_one_of_each() -> None:
    text = fastgd.datasets.digits()._repr_html_()
    tags = Tags(text)
    assert tags.words == ["10,000 digits to train on, 2,000 to test on", *"0123456789"]
    assert tags.seen.count("img") == 10
    assert len(text) < 10_000


def test_a_few_digits_without_some_classes() -> None:
    full = fastgd.datasets.digits()
    some = full._replace(train_images=full.train_images[:1], train_labels=full.train_labels[:1])
    assert Tags(some._repr_html_()).words[1:] == [str(full.train_labels[0])]


@pytest.mark.parametrize("text", [curve([2.0, 1.0], "a"), layers_table((2, 1), ["tanh"])])
def test_colours_are_those_around(text: str) -> None:
    """But for one, that of the curve."""
    assert set(re.findall(r"#\w+|white|black|background", text)) <= {"#3f83e8"}


COSTS = st.lists(st.floats(-1e12, 1e12) | st.floats(1e-12, 1e12), min_size=1, max_size=50)


@given(COSTS)
def test_a_curve_stays_within_its_picture(costs: list[float]) -> None:
    root = ElementTree.fromstring(curve(costs, "costs"))
    width, height = (float(n) for n in root.attrib["viewBox"].split()[2:])
    line = root.find("polyline")
    assert line is not None
    points = np.array([p.split(",") for p in line.attrib["points"].split()], float)
    assert len(points) == len(costs)
    assert (points >= 0).all()
    assert (points <= [width, height]).all()
    # Up is more, and all in order.
    assert (np.diff(points[:, 0]) > 0).all()
    assert (np.diff(points[:, 1]) * np.diff(costs) <= 0).all()


def test_a_long_curve_is_thinned() -> None:
    text = curve(np.linspace(9, 1, 100_000), "long")
    assert len(text) < 20_000
    root = ElementTree.fromstring(text)
    assert [t.text for t in root.findall("text")][-1] == "cost, log scale"


def test_what_a_screen_reader_says() -> None:
    root = ElementTree.fromstring(curve([2.0, 1.0], "from 2 to 1"))
    assert root.attrib["role"] == "img"
    assert root.findtext("title") == "from 2 to 1"


@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e3))
def test_linear_ticks(low: float, share: float) -> None:
    width = max(abs(low), 1e-6) * share
    found = ticks(low, low + width, log=False)
    assert 2 <= len(found) <= 8
    steps = np.diff(found)
    assert np.allclose(steps, steps[0])
    room = 1e-6 * (abs(low) + width)
    assert low - room <= found[0] <= found[-1] <= low + width + room


@given(st.floats(1e-100, 1e100), st.floats(5, 1e50))
def test_logarithmic_ticks(low: float, ratio: float) -> None:
    found = ticks(low, low * ratio, log=True)
    assert 1 <= len(found) <= 6
    assert all(low <= tick <= low * ratio for tick in found)
    assert found == sorted(found)


def test_ticks_of_one_number() -> None:
    assert ticks(3.0, 3.0, log=False) == [3.0]


def test_labels_tell_ticks_apart() -> None:
    assert told_apart([0.1, 0.2]) == ["0.1", "0.2"]
    assert told_apart([0.90011, 0.90012]) == ["0.90011", "0.90012"]
    assert told_apart([0.1 + 0.2]) == ["0.3"]


def test_a_bar_and_its_words() -> None:
    bundle = progress_bar(20, 1000, NASTY)
    assert bundle["text/plain"] == f"{NASTY} 20/1,000"
    tags = Tags(bundle["text/html"])
    assert tags.seen == ["progress"]
    assert "".join(tags.words) == f" {NASTY} 20/1,000"
    assert 'value="20" max="1000"' in bundle["text/html"]
    assert "value" not in progress_bar(0, None, "begins")["text/html"]


def test_a_png_is_the_same_pixels() -> None:
    image_of = pytest.importorskip("PIL.Image").open
    pixels = np.random.default_rng(0).integers(0, 256, (28, 20), np.uint8)
    with image_of(io.BytesIO(png(pixels))) as read:
        assert read.mode == "L"
        assert (np.asarray(read) == pixels).all()
