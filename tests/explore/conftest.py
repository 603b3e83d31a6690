"""A Chromium that draws WebGL without a graphics card, and the page of a descent on digits."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.common import PATIENCE
from tests.explore.pages import NETWORK, descended, nothing_amiss, open_page, page_of, shown_as

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")


def launched(*flags: str) -> Iterator[Any]:
    """Without a window and without a network."""
    webdriver = pytest.importorskip("selenium.webdriver")
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("needs chromium and chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (
        "--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", "--no-first-run",
        "--window-size=1000,700", "--proxy-server=127.0.0.1:9", *flags,
    ):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    made = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    made.set_script_timeout(PATIENCE)
    yield made
    made.quit()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """With WebGL, drawn by the processor: slow."""
    yield from launched("--disable-gpu", "--enable-unsafe-swiftshader")


@pytest.fixture(scope="session")
def plain() -> Iterator[Any]:
    """Without WebGL: the page shows its surface as a map."""
    yield from launched("--disable-gpu", "--disable-software-rasterizer")


@pytest.fixture(scope="session")
def path() -> np.ndarray:
    """25 epochs of the lesson's network."""
    return descended(NETWORK, 25)


@pytest.fixture(scope="session")
def page(path: np.ndarray) -> str:
    return page_of(NETWORK, path)


@pytest.fixture
def browser(plain: Any) -> Iterator[Any]:
    """On a desk."""
    with shown_as(plain, 1280, 900):
        yield plain


@pytest.fixture
def opened(browser: Any, page: str, tmp_path: Path) -> Iterator[Any]:
    """The page as it opens; without a message and a request to its end."""
    yield open_page(browser, tmp_path, page)
    nothing_amiss(browser)
