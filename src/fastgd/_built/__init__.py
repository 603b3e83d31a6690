"""What `setup.py` compiles, and the stubs it puts beside: nothing here is written by hand."""

# Before any of the others.
from fastgd._forked import MAY_INHERIT_A_POOL as MAY_INHERIT_A_POOL
