"""`callbacks.CSVLog`, `JSONLinesLog`: a line an epoch, all digits, and old files."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from tests.bowl import descend

from fastgd.callbacks import CSVLog, JSONLinesLog

both = pytest.mark.parametrize("kind", [CSVLog, JSONLinesLog])


def read(log: Any) -> list[dict[str, Any]]:
    text = Path(log.path).read_text()
    if isinstance(log, CSVLog):
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(text.splitlines())]
    return [json.loads(line) for line in text.splitlines()]


@both
def test_a_line_an_epoch(kind: Any, tmp_path: Path) -> None:
    log = kind(tmp_path / "log")
    got = descend(epochs=4, tol=0, callback=log)
    rows = read(log)
    assert [(row["epoch"], row["steps"]) for row in rows] == [(1, 1), (2, 2), (3, 3), (4, 4)]
    assert [row["cost"] for row in rows] == got.costs.tolist()
    seconds = [row["seconds"] for row in rows]
    assert seconds == sorted(seconds)
    assert seconds[0] >= 0


@both
def test_lines_can_be_read_at_once(kind: Any, tmp_path: Path) -> None:
    log = kind(tmp_path / "log")
    seen = []
    descend(epochs=3, tol=0, callback=[log, lambda epoch: seen.append(len(read(log)))])
    assert seen == [1, 2, 3]


@both
def test_a_descent_that_begins_replaces_an_old_file(kind: Any, tmp_path: Path) -> None:
    log = kind(tmp_path / "log")
    for epochs in (5, 2):
        descend(epochs=epochs, tol=0, callback=log)
    assert len(read(log)) == 2


@both
@pytest.mark.parametrize("fresh", [True, False])
def test_a_resumed_one_goes_on_with_it(kind: Any, fresh: bool, tmp_path: Path) -> None:
    """Lines after the state it goes on from, and the part of one, were of the killed run."""
    log = kind(tmp_path / "log")
    states: list[Any] = []
    descend(epochs=6, tol=0, callback=[log, lambda epoch: states.append(epoch.state)])
    with open(log.path, "a") as file:
        file.write("7")
    if fresh:
        log = kind(tmp_path / "log")
    got = descend(epochs=8, tol=0, callback=log, resume=states[3])
    assert [row["epoch"] for row in read(log)] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [row["cost"] for row in read(log)] == got.costs.tolist()


def test_lines_that_are_none_are_dropped(tmp_path: Path) -> None:
    log = JSONLinesLog(tmp_path / "log")
    Path(log.path).write_text('{"epoch": 1}\n[]\n3\n{"epoch": "1"}\nno\n')
    part = descend(epochs=1, tol=0)
    descend(epochs=2, tol=0, callback=log, resume=part)
    assert [row["epoch"] for row in read(log)] == [1, 2]


@both
def test_what_cannot_be_written_is_told_at_once(kind: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        kind(tmp_path / "no folder" / "log")
