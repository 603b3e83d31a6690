"""`datasets.reading`: which reader a path gets; what no reader is for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastgd
from fastgd.datasets import read_examples, read_more

TABLE = "a,b,y\n" + "".join(f"{i},{i * i},{'even' if i % 2 == 0 else 'odd'}\n" for i in range(8))


@pytest.mark.parametrize("name", ["t.csv", "t.CSV", "t.tsv"])
def test_endings_in_any_case(tmp_path: Path, name: str) -> None:
    text = TABLE.replace(",", "\t") if name.endswith("tsv") else TABLE
    (tmp_path / name).write_text(text)
    assert read_examples(str(tmp_path / name)).classes == ("even", "odd")


def test_the_digits_of_the_package_are_a_folder_too() -> None:
    found = read_examples(Path(fastgd.datasets.__file__).parent / "data")
    digits = fastgd.datasets.digits()
    np.testing.assert_array_equal(found.X, digits.train_images)
    np.testing.assert_array_equal(found.Y, digits.train_labels)  # type: ignore[arg-type]
    assert found.test is not None
    np.testing.assert_array_equal(found.test.Y, digits.test_labels)  # type: ignore[arg-type]


def test_a_table_learned_from_arrays_goes_by_place(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=np.arange(8.0).reshape(4, 2), y=[0, 1, 1, 0])
    schema = read_examples(tmp_path / "a.npz").schema
    (tmp_path / "t.csv").write_text("7,8,1\n9,10.5,0\n")
    found = read_more(tmp_path / "t.csv", schema)
    assert found.X.tolist() == [[7, 8], [9, 10.5]]
    assert found.Y is not None
    assert found.Y.tolist() == [1, 0]
    (tmp_path / "t.csv").write_text("u,v\n7,8\n")
    assert read_more(tmp_path / "t.csv", schema).X.tolist() == [[7, 8]]


def test_arrays_for_a_table_of_numbers_go_by_place(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    schema = read_examples(tmp_path / "t.csv").schema
    np.save(tmp_path / "X.npy", np.array([[3.0, 9.0]]))
    assert read_more(tmp_path / "X.npy", schema).X.tolist() == [[3, 9]]


@pytest.mark.parametrize("name", ["no.csv", "no.npz", "no.npy", "no.png", "no", "no-idx3-ubyte"])
def test_a_missing_file_is_the_system_s_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileNotFoundError, match=name):
        read_examples(tmp_path / name)


@pytest.mark.parametrize("name", ["book.xlsx", "notes.txt", "nothing"])
def test_other_endings_are_refused_with_those_there_are(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\3\4")
    with pytest.raises(ValueError, match=r"unknown ending; fastgd reads .*\.csv.*\.npz.*\.pn"):
        read_examples(tmp_path / name)


@pytest.mark.parametrize("name", ["X.npy", "pets", "a.png"])
def test_what_has_no_columns_drops_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"drop: only tables and .npz have parts to leave out"):
        read_examples(tmp_path / name, drop=["a"])


def test_examples_of_a_table_are_learned_and_folded(tmp_path: Path) -> None:
    """From a file to a network on raw rows."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2)) * [100, 0.01] + [5000, 0]
    y = 3 * (X[:, 0] - 5000) + 2e4 * X[:, 1] + 7
    np.savetxt(tmp_path / "t.csv", np.c_[X, y], delimiter=",", header="a,b,y", comments="")
    examples = read_examples(tmp_path / "t.csv")
    assert examples.Y is not None
    inputs = fastgd.scaling.Standard.of(examples.X)
    outputs = fastgd.scaling.Standard.of(examples.Y)
    network = fastgd.Network((2, 1), output_activation="identity")
    cost = fastgd.Cost(network, inputs.transform(examples.X), outputs.transform(examples.Y))
    theta = fastgd.gradient_descent(
        cost, network.random_theta(rng), learning_rate=0.3, epochs=200
    ).theta
    raw = fastgd.scaling.folded(network, theta, inputs=inputs, outputs=outputs)
    np.testing.assert_allclose(network(raw, X)[:, 0], y, atol=0.1)


def test_classes_of_arrays_are_texts_in_a_table_too(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=np.arange(3.0), y=["7", "b", "7"])
    (tmp_path / "t.csv").write_text("5,7\n6,7\n")
    found = read_more(tmp_path / "t.csv", read_examples(tmp_path / "a.npz").schema)
    assert found.Y is not None
    assert found.Y.tolist() == [0, 0]


@given(
    st.binary(max_size=60) | st.text('ab1.5,;\t"\n\r -_eE\ufeff\0', max_size=60).map(str.encode),
    st.sampled_from([".csv", ".tsv", ".npy", ".npz", ".png", ".pgm", ""]),
)
def test_any_bytes_are_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, contents: bytes, ending: str
) -> None:
    pytest.importorskip("PIL")
    path = tmp_path_factory.getbasetemp() / f"any{ending}"
    path.write_bytes(contents)
    said = ""
    try:
        found = read_examples(path)
    except ValueError as error:
        said = str(error)
    else:
        again = read_more(path, found.schema)
        assert np.array_equal(found.X, again.X)
        assert np.array_equal(found.Y, again.Y)  # type: ignore[arg-type]
    assert "\n" not in said


def test_a_name_that_steers_a_terminal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(TABLE.replace("b", "\x1b[2Jb", 1))
    with pytest.raises(ValueError, match=r"t\.csv: ") as caught:
        read_examples(path)
    assert "\x1b" not in str(caught.value)
