"""Whole files for `mutations` to damage: `python -m tests.fuzz.seeds` writes the corpus anew.

Files named ``found-*`` are kept as they were found: each once broke a reader.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.fuzz.readers import CORPUS, DESCENTS, NET, descend

import fastgd
from fastgd.cli import main
from fastgd.datasets import write_idx
from fastgd.files import save_checkpoint

TABLES = {
    "numbers": "a,b,c,target\n" + "".join(f"{i},{i * i},{-i / 3},{i % 3}\n" for i in range(12)),
    "texts": 'size,city,"the price"\n50,Rome,200.5\n80,"Oslo, ""north""",420\n60,Oslo,310\n',
    "semicolons": "x;y;kind\n1;2;cat\n3;4;dog\n5;6;cat\n7;8;dog\n",
    "bare": "0.5\t1e3\t0\n-1\t2\t1\n3\t4\t0\n",
}


def write() -> None:
    """Write every seed."""
    CORPUS.mkdir(exist_ok=True)
    models()
    arrays()
    tables()
    pictures()
    for name, text in TABLES.items():
        (CORPUS / f"{name}.csv").write_text(text, encoding="utf-8")
    for name in DESCENTS:
        state = descend(name, epochs=2).state
        assert state is not None
        save_checkpoint(CORPUS / f"checkpoint-{name}.safetensors", state)


def tables() -> None:
    """As pyarrow writes them: plain, packed, in several groups, with texts of a dictionary."""
    import pyarrow as pa
    from pyarrow import feather, parquet

    numbers = pa.table({"a": list(range(12)), "b": [i / 3 for i in range(12)], "y": [0, 1] * 6})
    texts = pa.table(
        {
            "size": pa.array([50, 80, 60, 70], pa.int16()),
            "city": pa.array(["Rome", "Oslo", "Oslo", "Rome"]).dictionary_encode(),
            "lift": [True, False, True, True],
            "price": [200.5, 420, 310, 300],
        }
    )
    parquet.write_table(numbers, CORPUS / "numbers.parquet", row_group_size=5, compression="none")
    parquet.write_table(texts, CORPUS / "texts.parquet", compression="gzip")
    feather.write_feather(numbers, CORPUS / "numbers.arrow", compression="uncompressed")
    feather.write_feather(texts, CORPUS / "texts.arrow", compression="lz4")
    with (
        pa.OSFile(f"{CORPUS}/stream.arrow", "wb") as file,
        pa.ipc.new_stream(file, texts.schema) as to,
    ):
        to.write_table(texts)


def pictures() -> None:
    """6 x 7 pixels: grey, in colours, of a palette, with something transparent, of 16 bits."""
    from PIL import Image

    grey = np.random.default_rng(0).integers(0, 256, (6, 7)).astype(np.uint8)
    kinds = {
        "grey": Image.fromarray(grey), "wide": Image.fromarray(grey.astype(np.uint16) << 8),
        **{mode: Image.fromarray(grey).convert(mode) for mode in ("RGB", "RGBA", "P", "1")},
    }  # fmt: skip
    for name, image in kinds.items():
        image.save(CORPUS / f"{name}.png", transparency=0 if name == "P" else None)
    for name in ("grey", "RGB"):
        kinds[name].save(CORPUS / f"{name}.jpg", progressive=name == "RGB")
    kinds["RGB"].convert("CMYK").save(CORPUS / "CMYK.jpg")


def models() -> None:
    net = fastgd.Network((4, 3, 3, 2), activation=("relu", "tanh"), output_activation="identity")
    theta = net.random_theta(0, dtype=np.float64)
    fastgd.save(CORPUS / "model-float64.safetensors", net, theta, {"note": 'Käse "x"\n'})
    fastgd.save(CORPUS / "model-float32.safetensors", NET, NET.random_theta(0))
    for name in ("numbers", "texts"):
        path = CORPUS / f"{name}.csv"
        path.write_text(TABLES[name], encoding="utf-8")
        words = f"--hidden 3 --epochs 2 --save {CORPUS}/saved-{name}.safetensors --quiet"
        main(["train", "--data", str(path), *words.split()])


def arrays() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, 3, 3)).astype(np.uint8)
    labels = np.arange(6, dtype=np.uint8) % 2
    X = rng.normal(size=(6, 3)).round(2)
    kinds: dict[str, Any] = {
        "images": images, "labels": labels, "int16": np.arange(6, dtype=np.int16).reshape(2, 3),
        "float64": X, "none": np.zeros((3, 0, 2), np.float32),
    }  # fmt: skip
    for name, array in kinds.items():
        write_idx(CORPUS / f"{name}.idx", array)
        write_idx(CORPUS / f"{name}.gz", array)
    np.save(CORPUS / "X.npy", X)
    np.save(CORPUS / "y.npy", labels)
    np.save(CORPUS / "fortran.npy", np.asfortranarray(X.astype(">f4")))
    np.savez(CORPUS / "table.npz", X=X, y=np.array(["no", "yes"] * 3))
    np.savez_compressed(
        CORPUS / "digits.npz",
        x_train=images, y_train=labels, x_test=images[:2], y_test=labels[:2],
    )  # fmt: skip


if __name__ == "__main__":
    write()
