"""Doctests that show PyTorch or Dask, and the program of mutants, run where these are."""

from importlib.util import find_spec

collect_ignore = []
if not find_spec("mutmut"):
    collect_ignore += ["tests/mutants.py"]
if not find_spec("torch"):
    collect_ignore += ["src/fastgd/exchange/modules.py", "src/fastgd/parts/process_group.py"]
if not find_spec("distributed"):
    collect_ignore += ["src/fastgd/parts/on_dask.py"]
