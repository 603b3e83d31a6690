"""A folder of shards: examples in many files, of which one at a time is read.

What files belong together is `pairs`' business, what their arrays mean `arrays`'.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from fastgd._checks import as_choice, as_real
from fastgd.datasets import archives, idx, pairs
from fastgd.datasets.arrays import Arrays, more_arrays
from fastgd.datasets.examples import KINDS, Examples, Schema, counted
from fastgd.datasets.meaning import MOST_CLASSES
from fastgd.datasets.seen import Seen

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Shards(Sequence[tuple[Any, Any]]):
    """Examples in many files, in the order of their names: chunks for `parts.ChunkedCost`.

    An item is read where it is asked for: (X, Y) as `Examples` has them.

    Attributes
    ----------
    schema : Schema
        What inputs and targets mean, in all shards.
    rows : tuple of int
        Examples in each; some may have none.
    test : Examples or None
        What is in files with "test" in their names: those are read whole.
    """

    def __init__(
        self,
        paths: Sequence[tuple[Path, Path]],
        schema: Schema,
        rows: Sequence[int],
        test: Examples | None = None,
    ) -> None:
        self._paths = tuple(paths)
        self.schema: Schema = schema
        self.rows: tuple[int, ...] = tuple(rows)
        self.test: Examples | None = test

    def __len__(self) -> int:
        return len(self._paths)

    @overload
    def __getitem__(self, i: int) -> tuple[NDArray[Any], NDArray[Any]]: ...
    @overload
    def __getitem__(self, i: slice) -> Shards: ...
    def __getitem__(self, i: int | slice) -> Any:
        """(X, Y) of one shard; some of the shards."""
        if isinstance(i, slice):
            return self.part(range(len(self))[i])
        i = range(len(self))[i]
        s = self.schema
        if self.rows[i] == 0:
            wide = head_of(self._paths[i][0])[1] == np.float64
            X = np.zeros((0, s.n_inputs), np.uint8 if s.pixels else "f8" if wide else "f4")
            return X, np.zeros(0 if s.kind == "classes" else (0, s.n_outputs), np.int64)
        found = self.examples(i)
        return found.X, found.Y

    def examples(self, i: int) -> Examples:
        """Shard i with what it means.

        Raises
        ------
        OSError, ValueError
            Where it can no longer be read, or holds what others do not; the message names the file.
        """
        inputs, targets = self._paths[i]
        given = Arrays(
            os.fspath(inputs), pairs.read_array(inputs), pairs.read_array(targets),
            self.schema.target,
        )  # fmt: skip
        return more_arrays(given, self.schema)

    def name(self, i: int) -> str:
        """The file of shard i."""
        return os.fspath(self._paths[i][0])

    def part(self, numbers: Sequence[int]) -> Shards:
        """Some of the shards, without the test part."""
        return Shards(
            [self._paths[i] for i in numbers], self.schema, [self.rows[i] for i in numbers]
        )

    def with_test(self, test: Examples) -> Shards:
        """The same shards with another test part."""
        return Shards(self._paths, self.schema, self.rows, test)

    def split(
        self, fraction: float, rng: np.random.Generator | int | None = None
    ) -> tuple[Shards, Shards]:
        """Set whole shards aside, drawn at random, for validation: (the rest, these).

        As many as are nearest to that share of the shards, but at least one in each.

        Raises
        ------
        TypeError, ValueError
            Where `fraction` is no such number, or there is one shard alone.
        """
        share = as_real("fraction", fraction, "between 0 and 1", lambda f: 0 < f < 1)
        n = len(self)
        if n < 2:
            raise ValueError("fraction: one shard alone cannot be split; give 0, or more shards")
        aside = min(max(1, round(share * n)), n - 1)
        order = np.random.default_rng(rng).permutation(n)
        rest, part = sorted(order[aside:].tolist()), sorted(order[:aside].tolist())
        return self.part(rest), self.part(part)

    @property
    def kind(self) -> str:
        """ "classes" or "regression"."""
        return self.schema.kind

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; empty for regression."""
        return self.schema.classes

    @property
    def n_examples(self) -> int:
        """In all shards."""
        return sum(self.rows)

    def __repr__(self) -> str:
        return f"<{len(self)} shards: {counted(self.n_examples, self.schema)}>"


def shards(
    folder: str | os.PathLike[str], *, kind: str | None = None, schema: Schema | None = None
) -> Shards:
    """A folder of files of examples, to be read one after another: data larger than memory.

    A shard is a file of inputs and one of targets, ``.npy`` or IDX, that go by their names:
    ``X-000.npy`` and ``y-000.npy``, ``part3-images-idx3-ubyte.gz`` and
    ``part3-labels-idx1-ubyte.gz``; see `read_examples`. Here the heads of all are read, and
    the targets, which say what there is to learn; all shards must have inputs alike.

    Parameters
    ----------
    folder : path
    kind : {"classes", "regression"}, optional
        What targets are; as they look where it is not said, by the rule of `read_examples`.
    schema : Schema, optional
        Of examples that were learned from: these are read alike, as `read_more` reads them.

    Returns
    -------
    Shards

    Raises
    ------
    OSError
        If the folder or a file cannot be read.
    ValueError
        If there are no shards, a file has no targets, is damaged, or has other inputs than the
        first: the message names it.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for i in range(3):
    ...         np.save(f"{folder}/X-{i}.npy", np.full((4, 2), i, np.float32))
    ...         np.save(f"{folder}/y-{i}.npy", np.full(4, i))
    ...     found = shards(folder)
    ...     print(found, found[1][1])
    <3 shards: 12 of 2 inputs, 3 classes> [1 1 1 1]
    """
    if kind is not None:
        kind = as_choice("kind", kind, KINDS)
    found = paired(Path(folder))
    if not found:
        raise ValueError(
            f"{os.fspath(folder)} has no shards; expected files such as X-000.npy and y-000.npy"
        )
    first = [pair for pair in found if not is_test(pair[0])] or found
    heads = [head_of(inputs) for inputs, _ in first]
    (expected, as_first), name = heads[0], os.fspath(first[0][0])
    for (inputs, _), (shape, dtype) in zip(first, heads, strict=True):
        if shape[1:] != expected[1:]:
            raise ValueError(
                f"{inputs}: an example has shape {shape[1:]}; in {name} it has {expected[1:]}"
            )
        if (dtype == np.uint8) != (as_first == np.uint8):
            raise ValueError(f"{inputs}: X is {dtype}; in {name} it is {as_first}")
    rows = [shape[0] for shape, _ in heads]
    if schema is None:
        schema = schema_of(first, heads[0], rows, kind)
    elif (math.prod(expected[1:]), as_first == np.uint8) != (schema.n_inputs, schema.pixels):
        what = "uint8 pixels" if schema.pixels else "numbers that are no uint8 pixels"
        raise ValueError(
            f"{name}: X is {as_first} {expected}; what was learned from has {schema.n_inputs} "
            f"inputs, {what}"
        )
    test = None
    if len(first) < len(found):
        parts = Shards(
            [pair for pair in found if is_test(pair[0])], schema, [1] * (len(found) - len(first))
        )
        each = [parts.examples(i) for i in range(len(parts))]
        X, Y = (np.concatenate([getattr(one, name) for one in each]) for name in ("X", "Y"))
        test = Examples(X, Y, schema)
    return Shards(first, schema, rows, test)


def is_shards(folder: Path) -> bool:
    """Whether a folder holds shards: a ``.npy``, or IDX files of several parts to learn from."""
    if not folder.is_dir():
        return False
    names = [file.name for file in folder.iterdir()]
    to_learn = [name for name in names if pairs.IDX_NAME.search(name) and not is_test(Path(name))]
    return any(name.lower().endswith(".npy") for name in names) or len(to_learn) > 1


def paired(folder: Path) -> list[tuple[Path, Path]]:
    """(inputs, targets) of each shard, in the order of their names."""
    files = sorted(
        file
        for file in folder.iterdir()
        if file.suffix.lower() == ".npy" or ("idx" in file.name and file.is_file())
    )
    found = [(file, next(pairs.targets_beside(file), None)) for file in files]
    targets = {other for _, other in found}
    alone = [file for file, other in found if other is None and file not in targets]
    if alone:
        raise ValueError(
            f"{alone[0]} has no targets beside it; expected a name like y-000.npy for X-000.npy"
        )
    return [(file, other) for file, other in found if other is not None]


def is_test(file: Path) -> bool:
    return any(part in file.name for part in pairs.PARTS)


def head_of(path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and dtype of a file's array, of which only the head is read."""
    with path.open("rb") as file:
        if path.suffix.lower() == ".npy":
            shape, _, dtype, _ = archives.header(file, os.fspath(path))
        else:
            shape, dtype = idx.read_head(file, os.fspath(path))
    if len(shape) < 2:
        raise ValueError(f"{path}: X has shape {shape}; expected (n_examples, n_inputs)")
    return shape, dtype


def schema_of(
    found: Sequence[tuple[Path, Path]],
    head: tuple[tuple[int, ...], np.dtype[Any]],
    rows: Sequence[int],
    kind: str | None,
) -> Schema:
    """What the targets of all shards mean together."""
    shape, dtype = head
    seen = Seen()
    for (inputs, targets), n in zip(found, rows, strict=True):
        Y = pairs.read_array(targets)
        if Y.ndim == 0 or len(Y) != n:
            raise ValueError(f"{targets} has shape {Y.shape}; {inputs.name} has {n} examples")
        if n:
            seen.add(os.fspath(targets), Y)
    pixels = dtype == np.uint8
    n_outputs, classes = seen.meaning(kind, math.inf if pixels else MOST_CLASSES)
    one_channel = len(shape) == 4 and shape[3] == 1
    return Schema(
        "classes" if classes else "regression", math.prod(shape[1:]), n_outputs,
        classes=classes, pixels=pixels,
        shape=(shape[1], shape[2]) if len(shape) == 3 or one_channel else None,
    )  # fmt: skip
