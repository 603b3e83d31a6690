"""`_engine/arrays`: other shapes that can mean one thing: images, one output, two classes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.common import distance

from fastgd import Cost, Network

NET = Network((12, 3, 2))
THETA = NET.random_theta(0, dtype=np.float64)
ROWS = np.random.default_rng(0).normal(size=(5, 12))
LABELS = np.array([0, 1, 1, 0, 1])
ONE = Network((2, 3, 1))
ONE_THETA = ONE.random_theta(0, dtype=np.float64)
XOR = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])


@pytest.mark.parametrize("shape", [(5, 3, 4), (5, 4, 3), (5, 2, 2, 3), (5, 12, 1), (5, 1, 12)])
def test_images_are_rows_of_inputs(shape: tuple[int, ...]) -> None:
    images = ROWS.reshape(shape)
    assert distance(NET(THETA, images), NET(THETA, ROWS)) < 1e-15
    assert Cost(NET, images, LABELS)(THETA) == Cost(NET, ROWS, LABELS)(THETA)
    assert [a.shape for a in NET.activations(THETA, images)] == [(5, 12), (5, 3), (5, 2)]


@pytest.mark.parametrize("dtype", ["float64", "float32", "uint8", "int16"])
def test_images_in_any_dtype_and_order(dtype: str) -> None:
    images = np.asfortranarray((100 * ROWS).astype(dtype).reshape(5, 3, 4))
    rows = np.ascontiguousarray(images).reshape(5, 12)
    assert distance(NET(THETA, images), NET(THETA, rows)) < 1e-12
    assert Cost(NET, images, LABELS)(THETA) == Cost(NET, rows, LABELS)(THETA)


def test_one_square_image_is_one_example() -> None:
    net = Network((9, 2))
    theta = net.random_theta(0, dtype=np.float64)
    image = np.arange(9.0).reshape(3, 3)
    assert net(theta, image).shape == (2,)
    assert distance(net(theta, image), net(theta, image.reshape(9))) < 1e-15
    assert Cost(net, image, [1])(theta) == Cost(net, image.reshape(1, 9), [1])(theta)
    assert [a.shape for a in net.activations(theta, image)] == [(9,), (2,)]


def test_rows_of_inputs_are_no_image() -> None:
    net = Network((1, 2))
    assert net(net.random_theta(0), np.ones((1, 1))).shape == (1, 2)


@pytest.mark.parametrize("shape", [(3, 4), (2, 6), (4, 4), (5, 3, 5), (0, 3, 4), (1, 5, 3, 4)])
def test_what_has_not_as_many_numbers_or_is_no_square_is_refused(shape: tuple[int, ...]) -> None:
    """(3, 4) might as well be three examples of another network."""
    for call in (lambda X: NET(THETA, X), lambda X: Cost(NET, X, LABELS)):
        with pytest.raises(ValueError, match=r"^X has"):
            call(np.zeros(shape))


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 4))
def test_every_image_gives_the_outputs_of_its_row(rows: int, columns: int, n: int) -> None:
    net = Network((rows * columns, 2))
    theta = net.random_theta(0, dtype=np.float64)
    images = np.random.default_rng(n).normal(size=(n, rows, columns))
    assert distance(net(theta, images), net(theta, images.reshape(n, -1))) < 1e-14


# ------------------------------------------------------------------------------- one output


@pytest.mark.parametrize("dtype", ["float64", "int64", "uint8", "bool"])
def test_labels_of_one_sigmoid_output_are_0_and_1(dtype: str) -> None:
    Y = np.array([0, 1, 1, 0])
    assert Cost(ONE, XOR, Y.astype(dtype))(ONE_THETA) == Cost(ONE, XOR, Y[:, None] * 1.0)(ONE_THETA)


def test_labels_that_are_all_0_are_zeros() -> None:
    got = Cost(ONE, XOR, np.zeros(4, int))(ONE_THETA)
    assert got == Cost(ONE, XOR, np.zeros((4, 1)))(ONE_THETA)


@pytest.mark.parametrize("wrong", [2, -1, 255])
def test_other_labels_of_one_sigmoid_output_are_refused(wrong: int) -> None:
    with pytest.raises(ValueError, match=f"Y has the label {wrong}; one sigmoid output has labels"):
        Cost(ONE, XOR, [0, 1, wrong, 0])
    with pytest.raises(ValueError, match=f"Y has the label {wrong}"):
        Cost(ONE, XOR, [0, 1, 1, 0]).with_targets([0, 1, wrong, 0])


@pytest.mark.parametrize("f", ["identity", "tanh", "relu"])
@pytest.mark.parametrize("Y", [[3, 5, -2, 7], [0.5, 2.5, 1.0, 0.0], np.array([1, 255, 0, 9], "u1")])
def test_numbers_for_one_output_are_as_given(f: str, Y: Any) -> None:
    net = Network((2, 3, 1), output_activation=f)
    column = np.asarray(Y, float)[:, None]
    expected = Cost(net, XOR, column)(ONE_THETA)
    assert Cost(net, XOR, Y)(ONE_THETA) == expected
    assert Cost(net, XOR, np.zeros(4)).with_targets(Y)(ONE_THETA) == expected


def test_numbers_that_are_too_few_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Y has shape \(3,\) .*expected numbers \(4, 1\) or \(4,"):
        Cost(ONE, XOR, [0.0, 1, 1])


# --------------------------------------------------------------------------------- faint pixels


@pytest.mark.parametrize("is_sparse", [False, True])
def test_uint8_of_0_and_1_warns(is_sparse: bool) -> None:
    form = pytest.importorskip("scipy.sparse").csr_array if is_sparse else np.asarray
    with pytest.warns(UserWarning, match="uint8 and its largest value is 1") as caught:
        Cost(ONE, form(XOR.astype(np.uint8)), [0, 1, 1, 0])
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "X",
    [XOR.astype(np.uint8) * 255, XOR.astype(np.uint8) * 2, XOR.astype(np.int8), XOR.astype(bool),
     np.zeros((4, 2), np.uint8), np.r_[np.ones((200, 2), np.uint8), [[0, 9]]].astype(np.uint8)],
    ids=["255", "2", "int8", "bool", "blank", "late"],
)  # fmt: skip
def test_other_data_does_not_warn(X: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Cost(ONE, X, np.zeros(len(X), int))
