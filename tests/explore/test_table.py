"""The page of a table's network: what it holds, and that it answers as the network does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.explore.pages import data_of, nothing_amiss, shown_as
from tests.explore.test_page_access import violations

import fastgd
from fastgd.datasets import Examples, Schema
from fastgd.explore import explore_table

FLATS = Schema(
    "regression", 4, 1, columns=("size", "city", "year"), target="price",
    categories={"city": ("Oslo", "Rome")},
)  # fmt: skip
NETWORK = fastgd.Network((4, 5, 1), output_activation="identity")


def flats(n: int = 30) -> Examples:
    rng = np.random.default_rng(0)
    in_rome = rng.integers(0, 2, n)
    X = np.column_stack(
        [rng.normal(80, 30, n), 1 - in_rome, in_rome, rng.integers(1900, 2020, n)]
    ).astype(np.float64)
    return Examples(X, X[:, :1] * 10, FLATS)


def theta() -> Any:
    """On numbers as they stand: sizes near 80, years near 1950."""
    found = NETWORK.random_theta(rng=1, dtype=np.float64)
    NETWORK.layers(found)[0].weights[:, [0, 3]] /= 50
    return found


def test_each_column_can_be_set() -> None:
    fields = data_of(explore_table(NETWORK, theta(), flats()))["table"]["fields"]
    assert [(f["name"], f["at"]) for f in fields] == [("size", 0), ("city", 1), ("year", 3)]
    assert fields[1]["categories"] == ["Oslo", "Rome"]
    X = flats().X
    assert (fields[0]["low"], fields[0]["high"]) == (X[:, 0].min(), X[:, 0].max())
    assert (fields[0]["whole"], fields[2]["whole"]) == (False, True)


def test_the_widest_tables_show_the_inputs_of_the_largest_weights() -> None:
    n = 100
    network = fastgd.Network((n, 2))
    big = network.random_theta(rng=0, dtype=np.float64)
    network.layers(big)[0].weights[:, 7] = 9.0
    examples = Examples(
        np.random.default_rng(0).normal(size=(20, n)),
        None,
        Schema("classes", n, 2, classes=("a", "b")),
    )
    fields = data_of(explore_table(network, big, examples))["table"]["fields"]
    assert len(fields) == 60
    assert "input 8" in {f["name"] for f in fields}


def test_what_is_true_is_told_by_name() -> None:
    X, labels = np.arange(12.0).reshape(6, 2), np.array([0, 1, 1, 0, 1, 0])
    schema = Schema("classes", 2, 2, classes=("no", "yes"))
    network = fastgd.Network((2, 2))
    data = data_of(explore_table(network, network.random_theta(0), Examples(X, labels, schema)))
    assert data["table"]["truths"] == ["no", "yes", "yes", "no", "yes", "no"]
    assert data["names"] == ["no", "yes"]


def test_it_needs_no_network_and_ends_no_script() -> None:
    schema = Schema("classes", 2, 2, classes=("</script><b>", "&"))
    examples = Examples(np.arange(4.0).reshape(2, 2), np.array([0, 1]), schema)
    network = fastgd.Network((2, 2))
    page = explore_table(network, network.random_theta(0), examples, title="<i>")
    assert "</script><b>" not in page
    assert "<h1>&lt;i&gt;</h1>" in page
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)


def test_examples_that_do_not_fit() -> None:
    network = fastgd.Network((3, 1))
    with pytest.raises(ValueError, match="examples have 4 inputs; a 3-1 network"):
        explore_table(network, network.random_theta(0), flats())


# -------------------------------------------------------------------------------- in a browser


@pytest.fixture
def page(browser: Any, tmp_path: Path) -> Any:
    file = tmp_path / "table.html"
    file.write_text(explore_table(NETWORK, theta(), flats()), encoding="utf-8")
    browser.get(file.as_uri())
    yield browser
    nothing_amiss(browser)


def predicted(page: Any) -> float:
    said = page.execute_script("return document.getElementById('said').textContent")
    name, _, number = said.partition(": ")
    assert name == "price"
    return float(number)


def test_the_page_answers_as_the_network_does(page: Any) -> None:
    for row in range(3):
        assert predicted(page) == pytest.approx(NETWORK(theta(), flats().X[row])[0], rel=1e-4)
        page.find_element("id", "after").click()


def test_inputs_are_set(page: Any) -> None:
    page.execute_script("""
        const [size, year] = document.querySelectorAll("input[type=number]");
        size.value = 100; size.dispatchEvent(new Event("change"));
        year.value = 2000; year.dispatchEvent(new Event("change"));
        const city = document.querySelector("select");
        city.selectedIndex = 1; city.dispatchEvent(new Event("change"));
    """)
    answer = NETWORK(theta(), [100.0, 0.0, 1.0, 2000.0])[0]
    assert predicted(page) == pytest.approx(answer, rel=1e-4)


def test_random_weights_answer_otherwise(page: Any) -> None:
    before = predicted(page)
    page.find_element("id", "random").click()
    assert predicted(page) != before


def test_every_control_has_a_name(page: Any) -> None:
    unnamed = page.execute_script("""
        return [...document.querySelectorAll("input, select, button")].filter((control) =>
            !(control.labels?.length || control.ariaLabel || control.textContent)).length
    """)
    assert unnamed == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height", "phone"), [(1280, 900, False), (390, 844, True)])
def test_axe_finds_nothing(
    chromium: Any, tmp_path: Path, scheme: str, width: int, height: int, phone: bool
) -> None:
    file = tmp_path / "table.html"
    file.write_text(explore_table(NETWORK, theta(), flats()), encoding="utf-8")
    with shown_as(chromium, width, height, phone=phone, prefers_color_scheme=scheme):
        chromium.get(file.as_uri())
        assert violations(chromium) == []
        wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert chromium.execute_script(wide) == 0
