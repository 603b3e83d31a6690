"""Options of `pytest benches`: it times everything, or with --quick only checks that it runs."""

from __future__ import annotations

import pytest

# pytest would import each contestant to look for doctests, and fail on a peer not installed.
collect_ignore_glob = ["contestants/*", "fits/*"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="little data: only check that it runs")


@pytest.fixture
def quick(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--quick"))
