"""What a notebook shows of examples: one picture of each class, or the first rows of a table."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._notebook import as_text, paragraph, pictures, table

MOST_PICTURES = 20
MOST_ROWS, MOST_COLUMNS = 5, 8


def one_of_each(images: NDArray[Any], labels: NDArray[Any], names: list[str]) -> str:
    """The first image (n, rows, columns) of each class, with the class's name."""
    classes, first = np.unique(labels, return_index=True)
    shown = [as_greys(images[i]) for i in first[:MOST_PICTURES]]
    return pictures(shown, [names[int(label)] for label in classes[:MOST_PICTURES]])


def as_greys(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Pixels as they are; numbers from their lowest, black, to their highest, white."""
    if image.dtype == np.uint8:
        return image
    low, high = float(image.min()), float(image.max())
    return np.asarray((image - low) / ((high - low) or 1) * 255, np.uint8)


def first_targets(Y: NDArray[Any], classes: tuple[str, ...]) -> list[object]:
    """Names of classes, or numbers; several of an example as text."""
    first = Y[:MOST_ROWS]
    if classes:
        return [classes[label] for label in first]
    if first.ndim == 1 or first.shape[1] == 1:
        return list(first.reshape(-1).tolist())
    return [" ".join(map(as_text, row)) for row in first.tolist()]


def first_rows(
    X: NDArray[Any], inputs: list[str], target: str, targets: list[object], said: str
) -> str:
    """Inputs, eight at most, and targets of the first examples."""
    more = len(inputs) > MOST_COLUMNS
    kept = inputs[:MOST_COLUMNS]
    head = [*kept, *(["…"] if more else []), *([target] if targets else [])]
    rows = [
        [*X[i, : len(kept)].tolist(), *(["…"] if more else []), *targets[i : i + 1]]
        for i in range(min(MOST_ROWS, len(X)))
    ]  # fmt: skip
    below = paragraph(f"the first {len(rows)} of {len(X):,}") if len(rows) < len(X) else ""
    return table(head, rows, said) + below
