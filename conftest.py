"""Doctests that show PyTorch or Dask run where these are."""

from importlib.util import find_spec

collect_ignore = []
if not find_spec("torch"):
    collect_ignore += ["src/fastgd/exchange/modules.py", "src/fastgd/parts/process_group.py"]
if not find_spec("distributed"):
    collect_ignore += ["src/fastgd/parts/on_dask.py"]
