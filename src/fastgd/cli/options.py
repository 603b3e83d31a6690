"""Options that several commands share."""

from __future__ import annotations

import argparse
from typing import Any

from fastgd.cli.words import integer


def add_model(parser: argparse.ArgumentParser, **options: Any) -> None:
    parser.add_argument("model", metavar="MODEL", help="file that train --save wrote", **options)


def add_data(parser: Any) -> None:
    parser.add_argument(
        "--data",
        metavar="FILE",
        help="examples: a table (.csv, .tsv, .parquet, .arrow), arrays (.npz, .npy), IDX files, a "
        "folder with a folder of pictures for each class, one with MNIST's files, or one of shards "
        "(X-000.npy, y-000.npy, ...), which train and evaluate read one after another (default: "
        "the digits that come with fastgd)",
    )


def add_json(parser: Any) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")


def add_quiet(parser: Any) -> None:
    parser.add_argument("--quiet", action="store_true", help="show nothing but what went wrong")


def add_figures(parser: Any, purpose: str) -> None:
    parser.add_argument("--figures", metavar="DIR", help=purpose)
    parser.add_argument(
        "--colors",
        choices=("lesson", "safe"),
        default="lesson",
        help="of weights in pictures: green and red, or a pair that colour-blind eyes tell apart "
        "(default: %(default)s)",
    )


def add_threads(parser: Any) -> None:
    parser.add_argument(
        "--threads",
        type=integer(1),
        metavar="N",
        help="processor threads to use; the result is the same (default: those available)",
    )
