"""Doctests that show PyTorch run where it is."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("torch") else ["src/fastgd/exchange/modules.py"]
