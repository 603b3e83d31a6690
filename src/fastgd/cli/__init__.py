"""The command ``fastgd``."""

from fastgd.cli.options import main

__all__ = ["main"]
