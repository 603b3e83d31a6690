"""What a sweep found: a row for each fit, its columns as arrays, the best of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._notebook import table
from fastgd.sweeps.fit import Fit
from fastgd.sweeps.settings import ARRAYS

RESULTS = (
    "cost", "validation_cost", "accuracy", "walked", "steps", "stopped_by", "seconds", "error",
)  # fmt: skip
# Of a summary, behind the settings.
SUMMARY = ("fits", "failed", "mean", "std", "lowest", "accuracy")
# What a summary is over: repetitions, not choices.
REPEATED = ("seed", "rows")
MOST_SHOWN = 10


@dataclass(frozen=True, repr=False)
class Sweep:
    """The fits of a sweep, in the order they were asked for.

    Attributes
    ----------
    fits : tuple of Fit
    names : tuple of str
        The settings that were given.
    """

    fits: tuple[Fit, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.fits)

    def __getitem__(self, i: int) -> Fit:
        return self.fits[i]

    def __iter__(self) -> Iterator[Fit]:
        return iter(self.fits)

    def __repr__(self) -> str:
        failed = sum(bool(fit.error) for fit in self.fits)
        told = f", {failed} failed" if failed else ""
        try:
            best = self.best
        except ValueError:
            return f"<Sweep of {len(self)} fits{told}>"
        varied = ", ".join(f"{name} {shown(best.settings[name])}" for name in self.varied)
        return f"<Sweep of {len(self)} fits{told}; best {best.score:.6g}: {varied or 'the only'}>"

    def _repr_html_(self) -> str:
        """In a notebook: the best fits as a table."""
        columns = self.columns
        names = [*self.varied, *(name for name in RESULTS if has_news(columns[name]))]
        first = self.ranked[:MOST_SHOWN]
        rows = [[columns[name][i].item() for name in names] for i in first]
        more = f", the best {len(rows)}" if len(self) > len(rows) else ""
        return table(names, rows, f"Sweep of {len(self)} fits{more}")

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """(n_fits,) arrays: the settings that were given, then what came of each (`Fit`).

        Sizes are text, "16-16"; of `rows`, `Y` and `sample_weight` it is the number of the value,
        in the order they appear.
        """
        found = {name: column_of([fit.settings.get(name) for fit in self], name)
                 for name in self.names}  # fmt: skip
        for name in RESULTS:
            found[name] = np.array([getattr(fit, name) for fit in self])
        return found

    @property
    def varied(self) -> tuple[str, ...]:
        """The settings that have more than one value."""
        columns = self.columns
        return tuple(name for name in self.names if len(set(columns[name].tolist())) > 1)

    @property
    def ranked(self) -> list[int]:
        """Numbers of the fits by `Fit.score`, the lowest first, those that failed last."""
        scores = [fit.score for fit in self]
        return sorted(range(len(self)), key=lambda i: (math.isnan(scores[i]), scores[i], i))

    @property
    def best(self) -> Fit:
        """The fit with the lowest validation cost, or cost where no rows were held out.

        Raises
        ------
        ValueError
            Where every fit failed; it tells why the first did.
        """
        best = self.fits[self.ranked[0]]
        if math.isnan(best.score):
            raise ValueError(f"every fit failed: {best.error or best.stopped_by}")
        return best

    def summary(self, over: Sequence[str] = REPEATED) -> dict[str, NDArray[Any]]:
        """The other settings' combinations, with the mean and spread of the scores.

        Parameters
        ----------
        over : names of settings
            What is repeated and not chosen: seeds and folds.

        Returns
        -------
        dict of (n_combinations,) arrays
            A column for each varied setting that is not in `over`; "fits" and "failed" count;
            "mean", "std" (of a sample) and "lowest" of `Fit.score`, and "accuracy", over those
            that did not fail.

        Examples
        --------
        >>> import fastgd
        >>> cost = fastgd.Cost(fastgd.Network((1, 1)), [[0.0], [1.0]], [[0.0], [1.0]])
        >>> found = fastgd.sweep(cost, learning_rate=[0.1, 1.0], seed=range(5), epochs=10)
        >>> table = found.summary()
        >>> table["learning_rate"].tolist(), table["fits"].tolist()
        ([0.1, 1.0], [5, 5])
        """
        chosen = [name for name in self.varied if name not in over]
        groups: dict[tuple[Any, ...], list[int]] = {}
        for i, key in enumerate(rows_of(self, chosen)):
            groups.setdefault(key, []).append(i)
        found: dict[str, list[Any]] = {
            name: [key[k] for key in groups] for k, name in enumerate(chosen)
        }
        found |= {name: [] for name in SUMMARY}
        for members in groups.values():
            fine = [self.fits[i] for i in members if not math.isnan(self.fits[i].score)]
            scores = np.array([fit.score for fit in fine])
            found["fits"].append(len(members))
            found["failed"].append(len(members) - len(fine))
            found["mean"].append(scores.mean() if fine else math.nan)
            found["std"].append(scores.std(ddof=1) if len(fine) > 1 else math.nan)
            found["lowest"].append(scores.min() if fine else math.nan)
            found["accuracy"].append(np.mean([fit.accuracy for fit in fine]) if fine else math.nan)
        return {name: np.array(values) for name, values in found.items()}

    def to_pandas(self) -> Any:
        """A DataFrame of `columns`.

        Raises
        ------
        ImportError
            Where pandas is not installed.
        """
        try:
            import pandas as pd
        except ModuleNotFoundError:
            raise ImportError("to_pandas needs pandas: pip install pandas", name="pandas") from None
        return pd.DataFrame(self.columns)


def rows_of(found: Sweep, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """Each fit's values of these settings, as its columns have them."""
    columns = found.columns
    return [tuple(columns[name][i].item() for name in names) for i in range(len(found))]


def chosen_in(summary: dict[str, NDArray[Any]]) -> list[str]:
    """The settings that a summary has columns of."""
    return [name for name in summary if name not in SUMMARY]


def first_of(found: Sweep, summary: dict[str, NDArray[Any]], i: int) -> Fit:
    """The first fit of a summary's row i."""
    names = chosen_in(summary)
    wanted = tuple(summary[name][i].item() for name in names)
    return found[rows_of(found, names).index(wanted)]


def column_of(values: Sequence[Any], name: str) -> NDArray[Any]:
    """A setting's values as an array."""
    if name in ARRAYS:
        numbers: dict[int, int] = {}  # by identity: arrays of one length are many
        return np.array([numbers.setdefault(id(value), len(numbers)) for value in values])
    if all(isinstance(value, bool | int | float) for value in values):
        return np.array(values)
    return np.array([shown(value) for value in values])


def shown(value: Any) -> str:
    """A setting's value in a table."""
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return "-".join(map(str, value))
    if callable(value):
        return getattr(value, "__name__", "a function")
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def has_news(column: NDArray[Any]) -> bool:
    """Whether a column of results says anything."""
    if column.dtype.kind == "f":
        return not bool(np.isnan(column).all())
    return column.dtype.kind != "U" or len(set(column.tolist()) - {""}) > 0
