"""Files of one's own, read as examples: which reader a path gets.

What is in them is left to the readers: `tables` and `meaning`, `archives`, `pictures`.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from fastgd._checks import as_choice
from fastgd.datasets import archives, columnar, meaning, pairs, pictures, shard_files, tables
from fastgd.datasets.arrays import Arrays, first_arrays, more_arrays
from fastgd.datasets.examples import KINDS, Examples, Schema, SteeringNameError
from fastgd.datasets.limits import check_no_pipe

ENDINGS: dict[str, tuple[str, ...]] = {
    "tables": (".csv", ".tsv", *columnar.ENDINGS),
    "arrays": (".npz", ".npy"),
    "pictures": pictures.ENDINGS,
}


def read_examples(
    path: str | os.PathLike[str],
    *,
    target: str | os.PathLike[str] | None = None,
    kind: str | None = None,
    drop: Collection[str] = (),
) -> Examples:
    """Read examples to learn from, of one's own, from a file or a folder.

    ========================  ==================================================================
    ``.csv``, ``.tsv``        a table; a header is recognised; the last column, or `target`, is
                              what to predict; columns of texts become one input a category
    Parquet and Arrow         the same: ``.parquet``, ``.pq``, ``.arrow``, ``.feather``, ``.ipc``
                              (extra ``arrow``)
    ``.npz``                  arrays X and y (or x_train and y_train, images and labels, ...);
                              X_test and y_test become the test part
    ``.npy``                  X, with y in a file beside it (X.npy and y.npy, a_images.npy and
                              a_labels.npy) or in the one `target` names
    IDX, plain or ``.gz``     images, with labels in a file beside it or in `target`
    folder of IDX files       those to train on and those to test on
    folder of pictures        a folder a class, or these in ``train`` and ``test``; extra ``images``
    ========================  ==================================================================

    Targets that are texts or truth values are classes, and so are whole numbers of at most 20
    different values, labels of pixels, and rows with one 1 among zeros; other numbers are
    regression.

    Parameters
    ----------
    path : path
    target : str or path, optional
        The target's column, or its key in ``.npz``, or its file.
    kind : {"classes", "regression"}, optional
        What the target is, where the rule above is wrong.
    drop : names
        Columns to leave out, or keys of ``.npz``.

    Returns
    -------
    Examples

    Raises
    ------
    FileNotFoundError
        If there is no such file, or no file of targets beside it.
    ValueError
        If the file is not what its name says, or what is in it will not do; the message says
        where it is and what to do.
    ImportError
        If the file needs an extra that is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "flats.csv")
    ...     _ = path.write_text("size,city,price\\n50,Rome,200.5\\n80,Oslo,420\\n60,Oslo,310\\n")
    ...     flats = read_examples(path)
    >>> flats
    <Examples: 3 of 3 inputs, regression>
    >>> flats.schema.inputs, flats.target
    (('size', 'city=Oslo', 'city=Rome'), 'price')
    """
    if kind is not None:
        kind = as_choice("kind", kind, KINDS)
    name = None if target is None else os.fspath(target)
    check_no_pipe(path)
    try:
        if is_table(path):
            table = read_table(path, expected=[*drop, *([] if name is None else [name])])
            return meaning.first_examples(table, name, kind, drop)
        return first_arrays(read_arrays(Path(path), name, drop), kind)
    except SteeringNameError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from None


def read_more(
    path: str | os.PathLike[str],
    schema: Schema,
    *,
    target: str | os.PathLike[str] | None = None,
    targets: bool = True,
) -> Examples:
    """Read further examples as those of `schema` were read, to evaluate or predict.

    Columns are found by name in any order, others are ignored, and the target may be missing.
    A table without a header, and arrays, go by place. Of pictures, one file will do, a folder of
    them, and a folder a class.

    Parameters
    ----------
    path : path
    schema : Schema
        Of the `Examples` that were learned from.
    target : path, optional
        A file of targets, of ``.npy`` or IDX; None: the one beside, if there is one. Tables have
        theirs where `schema` says, and ``.npz`` too, unless this is another key.
    targets : bool
        Whether to read targets where there are any; Y is None without.

    Returns
    -------
    Examples

    Raises
    ------
    FileNotFoundError, ValueError, ImportError
        As for `read_examples`; also where a column is missing, or a class or category is none
        that was learned from.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first, more = Path(folder, "first.csv"), Path(folder, "more.csv")
    ...     _ = first.write_text("size,city,price\\n50,Rome,200.5\\n80,Oslo,420\\n60,Oslo,310\\n")
    ...     _ = more.write_text("city,size\\nOslo,75\\n")
    ...     read_more(more, read_examples(first).schema).X
    array([[75.,  1.,  0.]])
    """
    check_no_pipe(path)
    if is_table(path):
        names = schema.columns if schema.width is None else ()
        table = read_table(path, texts=meaning.texts_of(schema), expected=names)
        return meaning.further_examples(table, schema, targets=targets)
    key = schema.target if Path(path).suffix.lower() == ".npz" else ""
    name = key or None if target is None else os.fspath(target)
    found = read_arrays(Path(path), name, (), further=True)
    return more_arrays(found, schema, targets=targets)


def is_table(path: str | os.PathLike[str]) -> bool:
    return Path(path).suffix.lower() in ENDINGS["tables"] and not Path(path).is_dir()


def read_table(
    path: str | os.PathLike[str], *, texts: Collection[str] = (), expected: Collection[str] = ()
) -> tables.Table:
    name = os.fspath(path)
    if name.lower().endswith(columnar.ENDINGS):
        return columnar.read_columnar(name)
    return tables.read_csv(name, texts=texts, expected=expected)


def read_arrays(
    path: Path, target: str | None, drop: Collection[str], *, further: bool = False
) -> Arrays:
    """What is no table; an archive of `further` examples may be without the target."""
    ending = path.suffix.lower()
    if ending == ".npz":
        return archives.read_npz(os.fspath(path), target, drop, further=further)
    if drop:
        raise ValueError(f"drop: only tables and .npz have parts to leave out, not {path}")
    if path.is_dir():
        if shard_files.is_shards(path):
            raise ValueError(
                f"{path} is a folder of shards, which are read one after another: by "
                "datasets.shards, fastgd train and fastgd evaluate; here name one file of it"
            )
        inputs = pairs.idx_inputs(path)
        if inputs is None:
            return pictures.read_pictures(path)
        path = inputs
    elif ending in pictures.ENDINGS:
        return pictures.read_pictures(path)
    elif ending != ".npy" and not pairs.is_idx(path):
        known = ", ".join(f"{what} ({' '.join(names)})" for what, names in ENDINGS.items())
        raise ValueError(f"{path} has an unknown ending; fastgd reads {known} and IDX files")
    return pairs.read_pair(path, None if target is None else Path(target))
