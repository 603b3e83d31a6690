"""Examples of one's own: inputs, targets, and what both mean, so that more are read alike.

How a file becomes examples is left to `reading`, how they are laid out for training to `Cost`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._brief import brief, printable
from fastgd._checks import as_real
from fastgd._draws import generator_of, orders
from fastgd._notebook import paragraph
from fastgd.datasets.shown import first_rows, first_targets, one_of_each

KINDS = ("classes", "regression")


class SteeringNameError(ValueError):
    """A name has control characters (tab and line ends apart), which steer a terminal."""

    def __init__(self, name: str) -> None:
        super().__init__(f"a name of a column or class has control characters: {name!r}")


@dataclass(frozen=True)
class Schema:
    """What inputs and targets mean: enough to read more examples in the same way.

    Attributes
    ----------
    kind : {"classes", "regression"}
    n_inputs, n_outputs : int
        Of a network for such examples: an output for each class, or for each number of a target.
    columns : tuple of str
        Columns of the file that are inputs; "1", "2", ... where it has no header. Empty for
        pictures and arrays.
    target : str
        The target's column, or "" where it has no name.
    classes : tuple of str
        Names of the classes, in the order of their labels; empty for regression.
    categories : dict of str to tuple of str
        For each column of texts its categories: each is an input that is 1 there and else 0.
    width : int or None
        Number of columns of a table without a header, whose columns are found by their place.
    shape : tuple of int or None
        Rows and columns of a picture.
    pixels : bool
        Whether inputs are uint8 pixels, where p means p/255.

    Raises
    ------
    ValueError
        Where a name has control characters (tab and line ends apart), which steer a terminal.

    Examples
    --------
    >>> schema = Schema("classes", 3, 2, columns=("age", "city"), target="buys",
    ...                 classes=("no", "yes"), categories={"city": ("Oslo", "Rome")})
    >>> schema.inputs
    ('age', 'city=Oslo', 'city=Rome')
    >>> Schema.from_json(schema.to_json()) == schema
    True
    """

    kind: str
    n_inputs: int
    n_outputs: int
    columns: tuple[str, ...] = ()
    target: str = ""
    classes: tuple[str, ...] = ()
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    width: int | None = None
    shape: tuple[int, int] | None = None
    pixels: bool = False

    def __post_init__(self) -> None:
        for text in self._texts():
            if isinstance(text, str) and printable(text) != text:
                raise SteeringNameError(text)

    def _texts(self) -> list[str]:
        """All names: of columns, of the target, of classes and of categories."""
        categories = [text for category in self.categories.values() for text in category]
        return [*self.columns, self.target, *self.classes, *categories]

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs (n_inputs,), "column=category" for a category; () without names."""
        return tuple(
            name
            for column in self.columns
            for name in [f"{column}={c}" for c in self.categories.get(column, ())] or [column]
        )

    def to_json(self) -> str:
        """The schema as one line of JSON, for a model file's metadata."""
        given = {name: value for name, value in asdict(self).items() if value not in ((), {}, None)}
        return json.dumps(given, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Schema:
        """The schema that `to_json` wrote.

        Raises
        ------
        ValueError
            Where the text is none.
        """
        try:
            given = json.loads(text)
            unknown = sorted(given.keys() - {f.name for f in fields(cls)})
            if unknown:
                raise TypeError(f"unknown key {unknown[0]!r}")
            for name in ("columns", "classes", "shape"):
                if given.get(name) is not None:
                    given[name] = tuple(given[name])
            given["categories"] = {
                name: tuple(texts) for name, texts in given.get("categories", {}).items()
            }
            schema = cls(**given)
            schema._check()
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"not a schema of examples: {error}") from None
        return schema

    def _check(self) -> None:
        """Raise TypeError or ValueError where the parts do not fit together."""
        if not all(isinstance(text, str) for text in self._texts()):
            raise TypeError("a name is no text")
        counts = [self.n_inputs, self.n_outputs, *(self.shape or ()), self.width or 1]
        if not all(type(count) is int and count > 0 for count in counts):
            raise TypeError("a count is no positive integer")
        if self.kind not in KINDS or type(self.pixels) is not bool:
            raise ValueError(f"kind is {self.kind!r}, pixels {self.pixels!r}")
        if self.kind == "classes" and len(self.classes) != self.n_outputs:
            raise ValueError(f"{len(self.classes)} classes for {self.n_outputs} outputs")
        if self.shape is not None and len(self.shape) != 2:
            raise ValueError(f"shape is {self.shape}")
        n_inputs = self.shape[0] * self.shape[1] if self.shape else len(self.inputs)
        if n_inputs not in (0, self.n_inputs) or not self.categories.keys() <= set(self.columns):
            raise ValueError(f"columns or shape do not make {self.n_inputs} inputs")

    def __repr__(self) -> str:
        return brief(self)


def counted(n_examples: int, schema: Schema) -> str:
    """ "1,000 of 784 inputs, 10 classes"."""
    targets = f"{schema.n_outputs} classes" if schema.kind == "classes" else "regression"
    return f"{n_examples:,} of {schema.n_inputs} inputs, {targets}"


@dataclass(frozen=True, eq=False)
class Examples:
    """Inputs and targets, ready for `Cost`, with what they mean.

    Attributes
    ----------
    X : (n, n_inputs) array
        uint8 pixels (p means p/255), or float32 or float64 values as they stand in the file.
    Y : (n,) int64 labels, (n, n_outputs) floats, or None
        For classes, for regression, and where a file of further examples has no target.
    schema : Schema
        What both mean; `read_more` reads further examples by it.
    names : tuple of str
        The file of each picture; else empty.
    test : Examples or None
        A part that the file or folder sets aside for testing.

    Examples
    --------
    >>> import numpy as np
    >>> X, Y = np.arange(20.0).reshape(10, 2), np.arange(10) % 2
    >>> examples = Examples(X, Y, Schema("classes", 2, 2, classes=("even", "odd")))
    >>> examples
    <Examples: 10 of 2 inputs, 2 classes>
    >>> rest, validation = examples.split(0.2, rng=0)
    >>> rest.n_examples, validation.Y
    (8, array([0, 1]))
    """

    X: NDArray[Any]
    Y: NDArray[Any] | None
    schema: Schema
    names: tuple[str, ...] = ()
    test: Examples | None = None

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        without = ", without targets" if self.Y is None else ""
        return f"Examples: {counted(self.n_examples, self.schema)}{without}"

    def _repr_html_(self) -> str:
        """In a notebook: a picture of each class, or the first rows."""
        s, Y = self.schema, self.Y
        if s.shape is not None:
            images = self.X.reshape(-1, *s.shape)
            labels = np.zeros(len(images), np.int64) if Y is None or not s.classes else Y
            return paragraph(str(self)) + one_of_each(images, labels, [*s.classes] or [""])
        inputs = [*s.inputs] or [f"input {i}" for i in range(s.n_inputs)]
        targets = [] if Y is None else first_targets(Y, s.classes)
        return first_rows(self.X, inputs, s.target or "target", targets, str(self))

    @property
    def n_examples(self) -> int:
        """Rows of X."""
        return len(self.X)

    @property
    def kind(self) -> str:
        """ "classes" or "regression"."""
        return self.schema.kind

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of their labels."""
        return self.schema.classes

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the file that are inputs."""
        return self.schema.columns

    @property
    def target(self) -> str:
        """The target's column, or ""."""
        return self.schema.target

    def part(self, rows: slice | ArrayLike) -> Examples:
        """Some of the examples, by a slice, row numbers or a mask; without the test part."""
        index = np.arange(self.n_examples)[rows if isinstance(rows, slice) else np.asarray(rows)]
        return replace(
            self,
            X=self.X[index],
            Y=None if self.Y is None else self.Y[index],
            names=tuple(self.names[i] for i in index) if self.names else (),
            test=None,
        )

    def split(
        self, fraction: float, rng: np.random.Generator | int | None = None
    ) -> tuple[Examples, Examples]:
        """Set a random part aside, for validation: (the rest, that part), both in their order.

        Classes keep their shares, to a whole example (stratified). One example of each class
        stays in the rest, so no class is in the part alone.

        Parameters
        ----------
        fraction : float
            Share of the part, between 0 and 1.
        rng : Generator, int or None
            As for ``numpy.random.default_rng``.

        Raises
        ------
        TypeError, ValueError
            Where `fraction` is no such number, or either part would have no example.
        """
        share = as_real("fraction", fraction, "between 0 and 1", lambda f: 0 < f < 1)
        generator = generator_of(rng)
        groups = np.zeros(self.n_examples, np.int64)
        if self.kind == "classes" and self.Y is not None:
            groups = self.Y
        counts = np.bincount(groups)
        wanted = apportioned(counts, share)
        if not 0 < wanted.sum() < self.n_examples:
            raise ValueError(
                f"fraction: {fraction!r} of {self.n_examples} examples, one of each class kept "
                f"back, sets {wanted.sum()} aside; give another fraction or more examples"
            )
        aside = np.zeros(self.n_examples, bool)
        order = orders(generator, 1, self.n_examples)[0]
        for group, n in enumerate(wanted):
            aside[order[groups[order] == group][:n]] = True
        return self.part(~aside), self.part(aside)


def apportioned(counts: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    """How many of each class go aside, by largest remainders; never a whole class."""
    exact = counts * share
    wanted = np.floor(exact).astype(np.int64)
    left = max(round(share * counts.sum()), 1) - wanted.sum()
    wanted[np.argsort(wanted - exact, kind="stable")[:left]] += 1
    return np.asarray(np.minimum(wanted, np.maximum(counts - 1, 0)))
