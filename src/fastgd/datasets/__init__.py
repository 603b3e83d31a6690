"""Handwritten digits, and the IDX files they come in.

`digits` is a real sample that is part of the package, `mnist` reads the full set from a folder;
`read_idx` and `write_idx` are the file format of both. Nothing is ever downloaded.
"""

from fastgd.datasets.handwritten import Digits, digits, mnist, one_hot
from fastgd.datasets.idx import read_idx, write_idx

__all__ = ["Digits", "digits", "mnist", "one_hot", "read_idx", "write_idx"]
