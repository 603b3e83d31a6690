"""Options that several commands share."""

from __future__ import annotations

import argparse
from typing import Any

from fastgd.cli.words import integer


def add_model(parser: argparse.ArgumentParser, **options: Any) -> None:
    parser.add_argument("model", metavar="MODEL", help="file that train --save wrote", **options)


def add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        metavar="FOLDER",
        help="folder with MNIST's four files (default: the digits that come with fastgd)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")


def add_figures(parser: argparse.ArgumentParser, purpose: str) -> None:
    parser.add_argument("--figures", metavar="DIR", help=purpose)
    parser.add_argument(
        "--colors",
        choices=("lesson", "safe"),
        default="lesson",
        help="of weights in pictures: green and red, or a pair that colour-blind eyes tell apart "
        "(default: %(default)s)",
    )


def add_threads(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--threads",
        type=integer(1),
        metavar="N",
        help="processor threads to use; the result is the same (default: those available)",
    )
