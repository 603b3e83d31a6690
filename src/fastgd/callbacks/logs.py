"""A line an epoch in a file that other programs may read while it grows: CSV, or JSON lines."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress

from fastgd._atomic import check, replacing
from fastgd._epoch import Epoch

Row = dict[str, int | float]


class Log:
    """What both logs share: which lines of an old file stay. A subclass says what a line is.

    A descent that begins replaces an old file. One that is resumed goes on with it: lines of
    epochs that are walked again are dropped.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        check(path)
        self.path = path
        self._began = time.monotonic()
        self._last = -1

    def __repr__(self) -> str:
        return f"{type(self).__name__}({os.fspath(self.path)!r})"

    def line(self, row: Row) -> str:
        """A row as a line of text."""
        raise NotImplementedError

    def epoch_of(self, line: str) -> int:
        """The epoch that an old line tells of; ValueError where it is none, or a part of one."""
        raise NotImplementedError

    def __call__(self, epoch: Epoch) -> None:
        """Add the epoch's line; it can be read at once."""
        if epoch.epoch != self._last + 1:
            self._begin(epoch.epoch)
        seconds = round(time.monotonic() - self._began, 6)
        row: Row = {
            "epoch": epoch.epoch, "steps": epoch.steps, "cost": epoch.cost, "seconds": seconds,
        }  # fmt: skip
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(self.line(row))
        self._last = epoch.epoch

    def heading(self) -> str:
        """What stands above the lines."""
        return ""

    def _begin(self, epoch: int) -> None:
        """A new file, with the lines of an old one that tell of the epochs before."""
        kept = []
        if epoch > 1 and os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as old:
                for line in old:
                    with suppress(ValueError):
                        if line.endswith("\n") and self.epoch_of(line) < epoch:
                            kept.append(line)
        with replacing(self.path) as file:
            file.write("".join([self.heading(), *kept]).encode())


class CSVLog(Log):
    """A CSV file with a line an epoch: ``epoch,steps,cost,seconds``.

    A descent that begins replaces an old file; a resumed one goes on with it. ``seconds`` are
    those since the log was made.

    Parameters
    ----------
    path : path

    Raises
    ------
    OSError
        If a file at `path` could not be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import fastgd
    >>> net = fastgd.Network((2, 1))
    >>> cost = fastgd.Cost(net, [[1.0, 0.0], [0.0, 1.0]], [[0.0], [1.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = fastgd.callbacks.CSVLog(f"{folder}/log.csv")
    ...     descent = fastgd.gradient_descent(
    ...         cost, net.random_theta(0), learning_rate=1.0, epochs=3, callback=log
    ...     )
    ...     lines = pathlib.Path(log.path).read_text().splitlines()
    >>> lines[0], len(lines)
    ('epoch,steps,cost,seconds', 4)
    """

    def heading(self) -> str:
        """The names of the columns."""
        return "epoch,steps,cost,seconds\n"

    def line(self, row: Row) -> str:
        """Numbers with all their digits."""
        return ",".join(map(repr, row.values())) + "\n"

    def epoch_of(self, line: str) -> int:
        """The first column."""
        return int(line.partition(",")[0])


class JSONLinesLog(Log):
    """A file with a JSON object an epoch, a line each: epoch, steps, cost, seconds.

    Parameters, errors and what becomes of an old file are `CSVLog`'s.

    Examples
    --------
    >>> JSONLinesLog("log.jsonl").line({"epoch": 1, "steps": 1, "cost": 0.5, "seconds": 0.0})
    '{"epoch": 1, "steps": 1, "cost": 0.5, "seconds": 0.0}\\n'
    """

    def line(self, row: Row) -> str:
        """Numbers with all their digits."""
        return json.dumps(row) + "\n"

    def epoch_of(self, line: str) -> int:
        """Its epoch."""
        row = json.loads(line)
        if not isinstance(row, dict) or not isinstance(row.get("epoch"), int):
            raise ValueError("no line of a log")
        return int(row["epoch"])
