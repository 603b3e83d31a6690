"""What reads the files that strangers send: the error each may raise, what must hold otherwise."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tests.fuzz import mutations

import fastgd
from fastgd import Cost, ModelFormatError, Network, gradient_descent
from fastgd.cli.record import read_saved
from fastgd.datasets import Schema, read_examples, read_idx, read_more, row_groups, shards
from fastgd.exchange import from_safetensors
from fastgd.files import load_checkpoint

CORPUS = Path(__file__).parent / "corpus"
NET = Network((3, 2, 2), activation="tanh")
COST = Cost(NET, np.linspace(-1, 1, 12).reshape(4, 3), np.array([0, 1, 1, 0]))
# What the checkpoints of the corpus were asked.
DESCENTS: dict[str, dict[str, Any]] = {
    "pcg64": {"batch_size": 2, "momentum": 0.5},
    "mt19937": {"batch_size": 2},
    "philox": {"batch_size": 2},
    "full": {"momentum": 0.5, "tol": 0.0},
}
GENERATORS = {"mt19937": np.random.MT19937, "philox": np.random.Philox}


def descend(name: str, **options: Any) -> fastgd.Descent:
    """The descent of a checkpoint in the corpus; rng starts it where it is not resumed."""
    rng = np.random.Generator(GENERATORS.get(name, np.random.PCG64)(0))
    return gradient_descent(
        COST, NET.random_theta(0, dtype=np.float64), learning_rate=0.1, rng=rng,
        **DESCENTS[name], **options,
    )  # fmt: skip


# ------------------------------------------------------------------------- readers


def model(path: Path) -> int:
    found = fastgd.load(path)
    assert found.theta.shape == (found.network.n_parameters,)
    assert np.isfinite(found.theta).all()
    return found.theta.nbytes


def saved(path: Path) -> int:
    """As the command line opens a model."""
    found = read_saved(str(path))
    if found.state is not None:
        assert found.state.theta.shape == found.theta.shape
    return 2 * found.theta.nbytes


def sequential(path: Path) -> int:
    network, theta = from_safetensors(path, activation="tanh", output_activation="sigmoid")
    assert theta.shape == (network.n_parameters,)
    return theta.nbytes


def checkpoint(path: Path) -> int:
    """What is read is gone on from, or refused by the descent that it is no state of."""
    state = load_checkpoint(path)
    for name in DESCENTS:
        with suppress(ValueError, fastgd.DivergenceError):
            descend(name, epochs=len(state.costs) + 1, resume=state)
    return state.theta.nbytes


def idx(path: Path) -> int:
    return read_idx(path).nbytes


def examples(path: Path) -> int:
    found = read_examples(path)
    assert found.Y is not None
    assert found.X.shape == (len(found.Y), found.schema.n_inputs)
    assert found.X.dtype == np.uint8 or np.isfinite(found.X).all()
    if found.kind == "classes":
        assert 0 <= found.Y.min() <= found.Y.max() < len(found.classes)
    else:
        assert np.isfinite(found.Y).all()
    assert type(found.schema).from_json(found.schema.to_json()) == found.schema
    return found.X.nbytes + found.Y.nbytes


def groups(path: Path) -> int:
    """A table whole, then by its groups of rows."""
    size = examples(path)
    found = row_groups(path)
    assert sum(len(X) for X, _ in found) == found.n_examples
    return size


def picture(path: Path) -> int:
    found = read_more(path, PICTURES)
    assert found.X.dtype == np.uint8
    return found.X.nbytes


def all_shards(path: Path) -> int:
    """The folder of the damaged shard and of a whole one: none is read before it is asked for."""
    found = shards(path.parent)
    size = 0
    for X, Y in found:
        assert X.shape == (len(Y), found.schema.n_inputs)
        assert X.dtype == np.uint8 or np.isfinite(X).all()
        size += X.nbytes + Y.nbytes
    return size


PICTURES = Schema("classes", 42, 2, classes=("cat", "dog"), shape=(6, 7), pixels=True)

# --------------------------------------------------------------------------- kinds

Mutation = Callable[[random.Random, bytes, bytes], bytes]


@dataclass(frozen=True)
class Kind:
    """One kind of file: its reader, the one error of it, mutations behind its checksums."""

    read: Callable[[Path], int]
    error: type[Exception]
    seeds: str
    inside: tuple[Mutation, ...] = ()
    name: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)
    """Files of the corpus that lie beside the damaged one, by the names that they have there."""
    library: str = ""
    """What reads the bytes, and takes the memory that it takes, where fastgd does not."""

    def mutant(self, rng: random.Random, seeds: list[bytes]) -> bytes:
        """A damaged file, half of them behind the checksums where there are any."""
        data, other = rng.choice(seeds), rng.choice(seeds)
        change = mutations.mutated
        if self.inside and rng.random() < 0.5:
            change = rng.choice(self.inside)
        return change(rng, data, other)

    def corpus(self) -> list[Path]:
        return sorted(CORPUS.glob(self.seeds))

    def place(self, folder: Path) -> Path:
        """Where the damaged file lies, in a folder with what belongs to it."""
        for name, seed in self.beside.items():
            shutil.copy(CORPUS / seed, folder / name)
        return folder / (self.name or f"damaged.{self.seeds.rpartition('.')[2]}")


HEADERS = (mutations.inside_header, mutations.inside_notes)
KINDS = {
    "model": Kind(model, ModelFormatError, "model*.safetensors", HEADERS),
    "saved": Kind(saved, ModelFormatError, "saved*.safetensors", HEADERS),
    "sequential": Kind(
        sequential, ModelFormatError, "model*.safetensors", (mutations.inside_header,)
    ),
    "checkpoint": Kind(
        checkpoint, ModelFormatError, "checkpoint*.safetensors", (mutations.inside_checkpoint,)
    ),
    "idx": Kind(idx, ValueError, "*.idx"),
    "gz": Kind(idx, ValueError, "*.gz", (mutations.inside_gzip,)),
    "npy": Kind(examples, ValueError, "*.npy", name="X.npy", beside={"y.npy": "y.npy"}),
    "npz": Kind(examples, ValueError, "*.npz", (mutations.inside_zip,)),
    "csv": Kind(examples, ValueError, "*.csv"),
    "shard": Kind(
        all_shards, ValueError, "*.npy", name="X-0.npy",
        beside={"y-0.npy": "y.npy", "X-1.npy": "X.npy", "y-1.npy": "y.npy"},
    ),
    "parquet": Kind(groups, ValueError, "*.parquet", library="pyarrow"),
    "arrow": Kind(examples, ValueError, "*.arrow", library="pyarrow"),
    "png": Kind(picture, ValueError, "*.png", (mutations.inside_png,), library="Pillow"),
    "jpeg": Kind(picture, ValueError, "*.jpg", library="Pillow"),
}  # fmt: skip


def fault_of(kind: Kind, path: Path) -> str | None:
    """What is wrong with how a file is taken; None where it is read, or refused as documented."""
    try:
        kind.read(path)
    except kind.error as error:
        told = str(error)
        if type(error) is not kind.error:
            return f"{type(error).__name__}: {told}"
        if path.name not in told or "\n" in told or len(told) > 1000:
            return f"not one line about the file: {told[:300]!r}"
    except Exception as error:  # whatever else: that is the fault
        return f"{type(error).__name__}: {error}"
    return None
