"""`settings`: how a network is trained goes through a model's metadata, and into the descent."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastgd.cli.settings import SCHEDULES, Settings

RATES = st.floats(1e-6, 1e6)
SETTINGS = st.builds(
    Settings,
    solver=st.sampled_from(["descent", "lm"]),
    learning_rate=RATES,
    schedule=st.sampled_from(sorted(SCHEDULES)),
    momentum=st.floats(0, 0.99),
    batch_size=st.integers(0, 1000),
    tol=st.none() | st.floats(0, 1),
    validation=st.floats(0, 0.9),
    patience=st.none() | st.integers(1, 100),
    scaling=st.sampled_from(["standard", "none"]),
    seed=st.integers(0, 2**40),
)


@given(SETTINGS)
def test_what_comes_out_of_metadata_went_in(settings: Settings) -> None:
    assert Settings.of_metadata(settings.as_metadata()) == settings


def test_an_older_model_s_metadata() -> None:
    kept = {"learning_rate": "0.5", "momentum": "0.0", "batch_size": "all", "tol": "None"}
    settings = Settings.of_metadata(kept | {"seed": "3", "epochs": "30"})
    assert settings == Settings(learning_rate=0.5, batch_size=0, seed=3)


def test_an_unknown_schedule_is_told() -> None:
    kept = Settings().as_metadata() | {"schedule": "cosine"}
    with pytest.raises(ValueError, match="schedule 'cosine' is unknown"):
        Settings.of_metadata(kept)


def test_the_whole_set_is_no_batch() -> None:
    assert Settings(batch_size=0).of_descent()["batch_size"] is None
    assert Settings(batch_size=7).of_descent()["batch_size"] == 7
    assert "tol" not in Settings().of_descent()


@given(RATES, st.integers(0, 10**6))
def test_inverse_sqrt(rate: float, epoch: int) -> None:
    asked = Settings(learning_rate=rate, schedule="inverse-sqrt").of_descent()["learning_rate"]
    assert asked(epoch) == pytest.approx(rate / math.sqrt(epoch + 1))
