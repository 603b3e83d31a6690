"""`spatial`: Moran's I against its definition, and a test that is right as often as it says."""

from __future__ import annotations

import numpy as np
import pytest

from fastgd import spatial


def by_definition(grid: np.ndarray, mask: np.ndarray) -> float:
    at = np.argwhere(mask)
    x = grid[mask] - grid[mask].mean()
    neighbours = np.abs(at[:, None] - at[None]).sum(2) == 1
    return float(len(x) / neighbours.sum() * (x @ neighbours @ x) / (x @ x))


def test_statistic_is_its_definition() -> None:
    rng = np.random.default_rng(0)
    grids = rng.standard_normal((3, 7, 9))
    mask = rng.random((7, 9)) < 0.7
    found = spatial.morans_i(grids, mask, n_permutations=9)
    np.testing.assert_allclose(found.statistic, [by_definition(grid, mask) for grid in grids])
    assert found.n_pixels == mask.sum()
    flat = spatial.morans_i(grids, mask.ravel(), n_permutations=9)
    assert (flat.statistic == found.statistic).all()


def test_patterns_and_noise() -> None:
    rng = np.random.default_rng(1)
    smooth = np.add.outer(np.sin(np.arange(12) / 3), np.cos(np.arange(12) / 3))
    rough = np.add.outer(np.arange(12), np.arange(12)) % 2
    found = spatial.morans_i([smooth, rough], rng=rng)
    assert found.statistic[0] > 0.7
    assert found.p_values[0] == 1 / 1000
    assert found.statistic[1] == pytest.approx(-1)
    assert found.p_values[1] == 1


def test_p_values_of_noise_are_uniform() -> None:
    grids = np.random.default_rng(2).standard_normal((400, 10, 10))
    found = spatial.morans_i(grids, n_permutations=99)
    assert (found.p_values <= 0.1).mean() == pytest.approx(0.1, abs=0.04)
    assert found.p_values.mean() == pytest.approx(0.5, abs=0.04)
    assert found.shuffled_mean.mean() == pytest.approx(-1 / 99, abs=0.003)


def test_morans_i_refuses() -> None:
    with pytest.raises(ValueError, match="not all pixels are the same"):
        spatial.morans_i(np.ones((4, 4)))
    with pytest.raises(ValueError, match="mask has shape"):
        spatial.morans_i(np.eye(4), np.ones(15))
    with pytest.raises(ValueError, match="two neighbouring pixels"):
        spatial.morans_i(np.eye(4), np.eye(4))
    with pytest.raises(ValueError, match="finite"):
        spatial.morans_i(np.full((4, 4), np.nan))
    with pytest.raises(ValueError, match="n_permutations"):
        spatial.morans_i(np.eye(4), n_permutations=0)
