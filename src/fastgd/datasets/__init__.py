"""Examples to learn from: of one's own, handwritten digits, and the IDX files those come in.

`read_examples` reads tables, arrays and pictures of one's own, and `read_more` further ones alike.
`digits` is a real sample that is part of the package, `mnist` reads the full set from a folder;
`read_idx` and `write_idx` are the file format of both. Nothing is ever downloaded.
"""

from fastgd.datasets.examples import Examples, Schema
from fastgd.datasets.handwritten import Digits, digits, mnist, one_hot
from fastgd.datasets.idx import read_idx, write_idx
from fastgd.datasets.reading import read_examples, read_more
from fastgd.datasets.row_group_files import RowGroups, row_groups
from fastgd.datasets.shard_files import Shards, shards

__all__ = [
    "Digits",
    "Examples",
    "RowGroups",
    "Schema",
    "Shards",
    "digits",
    "mnist",
    "one_hot",
    "read_examples",
    "read_idx",
    "read_more",
    "row_groups",
    "shards",
    "write_idx",
]
