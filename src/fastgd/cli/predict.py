"""The command ``fastgd predict``: what a saved network answers to examples in files.

A model of handwritten digits reads pictures as `images` makes them; any other reads files as those
it learned from.
"""

from __future__ import annotations

import csv
import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from fastgd.cli import sketches, terminal
from fastgd.cli.answers import confidence, named
from fastgd.cli.examples import DIGITS, answering_for
from fastgd.cli.images import read_images
from fastgd.cli.record import Saved, read_saved
from fastgd.cli.tables import n_blocks, show_table
from fastgd.cli.terminal import print_json
from fastgd.datasets import Schema, read_more
from fastgd.inside.answers import read_out

# Outputs that a table shows all; of more, the one that speaks for the answer.
MOST_OUTPUTS = 12
MOST_BLOCKS = 2  # of columns, on a narrow terminal
ARRAYS = {".npz", ".npy", ".csv", ".tsv", ".parquet", ".arrow", ".feather"}


class Answer(NamedTuple):
    """What a network says to one example."""

    file: str
    row: int
    """In its file."""
    name: str
    """The file, and the index where it holds many."""
    prediction: Any
    """A class by its name, a number, or numbers; None for a blank picture."""
    inputs: NDArray[Any]
    outputs: NDArray[Any]
    """(n_outputs,)"""
    confidence: float


def run_prediction(arguments: Namespace) -> int:
    """Let a saved network answer."""
    saved = read_saved(arguments.model)
    if arguments.json + arguments.csv + arguments.draw > 1:
        arguments.fail("--json, --csv and --draw: give one of them")
    with answering_for(arguments):
        answers = [a for path in arguments.files for a in answers_to(path, saved)]
    if arguments.json:
        print_json([as_object(a, saved.schema) for a in answers])
    elif arguments.csv:
        write_csv(answers, saved)
    elif arguments.draw:
        print_drawings(answers, saved)
    else:
        print_table(answers, saved)
    return 0


def answers_to(path: str, saved: Saved) -> list[Answer]:
    """The answers to all examples of a file or folder."""
    network, schema = saved.network, saved.schema
    if schema is None or schema == DIGITS:
        if os.path.isdir(path):
            found = (p for p in Path(path).rglob("*") if p.is_file() and p.name[0] != ".")
            files = sorted(map(str, found))
            if not files:
                raise ValueError(f"{path} holds no files")
            return [a for file in files for a in answers_to(file, saved)]
        arrays = Path(path).suffix.lower() in ARRAYS
        X = (
            read_more(path, DIGITS, targets=False).X
            if arrays and schema
            else read_images(path, network.n_inputs)
        )
        names: tuple[str, ...] = ()
    else:
        examples = read_more(path, schema, targets=False)
        X, names = examples.X, examples.names
    outputs = network(saved.theta, X)
    predictions = predicted(outputs, schema)
    if schema is None or schema == DIGITS:
        predictions = [p if x.any() else None for p, x in zip(predictions, X, strict=True)]
    many = len(X) > 1
    places = [(name, 0, name) for name in names] or [
        (path, i, f"{path}[{i}]" if many else path) for i in range(len(X))
    ]
    return [
        Answer(*place, *found)
        for place, *found in zip(
            places, predictions, X, outputs, confidence(outputs).tolist(), strict=True
        )
    ]


def predicted(outputs: NDArray[Any], schema: Schema | None) -> list[Any]:
    """(n,) what outputs (n, n_outputs) say: classes by their names, or numbers."""
    one = outputs.shape[1] == 1
    if schema is not None and schema.kind == "classes":
        return named(read_out(outputs), schema)
    if schema is None and not one:
        return list(read_out(outputs).tolist())
    return list((outputs[:, 0] if one else outputs).tolist())


def output_names(saved: Saved) -> list[str]:
    """What each output stands for."""
    schema, n = saved.schema, saved.network.n_outputs
    if schema is not None and schema.kind == "classes":
        return list(schema.classes) if n > 1 else [schema.classes[1]]
    if schema is not None and n == 1:
        return [schema.target or "prediction"]
    return [str(j) for j in range(n)]


def as_object(answer: Answer, schema: Schema | None) -> dict[str, Any]:
    """What ``--json`` prints of an example."""
    found = {"file": answer.file, "index": answer.row, "prediction": answer.prediction}
    if schema == DIGITS:
        found["digit"] = answer.prediction
    return found | {"activations": answer.outputs.tolist()}


def header_of(saved: Saved) -> list[str]:
    """The columns that say the answer: for a regression the numbers are the prediction."""
    return output_names(saved) if is_regression(saved) else ["prediction", *output_names(saved)]


def cells_of(answer: Answer, saved: Saved) -> list[Any]:
    """What stands in these columns."""
    numbers = answer.outputs.tolist()
    if answer.prediction is None:
        return ["blank", *numbers]
    return numbers if is_regression(saved) else [answer.prediction, *numbers]


def is_regression(saved: Saved) -> bool:
    """Whether outputs are quantities, not what speaks for classes."""
    return saved.schema is not None and saved.schema.kind == "regression"


def write_csv(answers: list[Answer], saved: Saved) -> None:
    """A header and a line an example, for other programs."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["file", "index", *header_of(saved)])
    writer.writerows([a.file, a.row, *cells_of(a, saved)] for a in answers)


def print_table(answers: list[Answer], saved: Saved) -> None:
    """A table to be read."""
    out, header = terminal.console(), header_of(saved)
    if saved.schema == DIGITS:
        header[0] = "digit"
    rows = [[a.name, *cells_shown(a, saved)] for a in answers]
    n_shown = n_blocks(out, ["", *header], rows)
    if not is_regression(saved) and (len(header) > 1 + MOST_OUTPUTS or n_shown > MOST_BLOCKS):
        header = [header[0], "activation"]
        rows = [
            [*row[:2], "-" if a.prediction is None else f"{a.confidence:.3f}"]
            for row, a in zip(rows, answers, strict=True)
        ]
    show_table(out, ["", *header], rows)


def cells_shown(answer: Answer, saved: Saved) -> list[str]:
    """Activations to three places; what a network says to a blank picture tells nothing."""
    answered, *numbers = cells_of(answer, saved)
    if answer.prediction is None:
        return [answered, *("-" for _ in numbers)]
    if is_regression(saved):
        return [written(cell) for cell in (answered, *numbers)]
    return [written(answered), *(f"{a:.3f}" for a in numbers)]


def written(cell: Any) -> str:
    """A number as far as it tells something, a name as it is."""
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def print_drawings(answers: list[Answer], saved: Saved) -> None:
    """Each image beside the outputs."""
    if saved.schema is not None and saved.schema.shape is None:
        raise ValueError(
            f"--draw draws pictures; {saved.path} reads {saved.network.n_inputs} numbers"
        )
    out = terminal.console()
    for answer in answers:
        out.print(f"{answer.name}: {written(cells_of(answer, saved)[0])}\n", soft_wrap=True)
        if answer.prediction is None:
            continue
        sketches.show_reading(out, answer.inputs, answer.outputs, names=output_names(saved))
        out.print()
