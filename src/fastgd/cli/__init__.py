"""The command ``fastgd``."""

from fastgd.cli.command import main

__all__ = ["main"]
