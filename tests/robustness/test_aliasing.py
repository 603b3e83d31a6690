"""Arrays that share memory: computed as their copies are, or refused where one is written.

Arrays that change while a thread walks on them: `test_runtimes.py`. theta as `out`:
`tests/_engine/test_theta.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.common import problem

from fastgd import Cost, gradient_descent

P = problem((6, 5, 3), 40, "tanh", "identity")
N = len(P.theta)


def table() -> Any:
    """(40, 10): inputs, targets and a weight for each row, then room."""
    weight = 1 + np.arange(40) % 3
    return np.ascontiguousarray(np.column_stack([P.X, P.Y, weight]))


def answers(X: Any, Y: Any, weight: Any, theta: Any) -> bytes:
    cost = Cost(P.network, X, Y, sample_weight=weight)
    walks = [
        gradient_descent(cost, theta, learning_rate=0.01, batch_size=size, epochs=2, rng=0).theta
        for size in (None, 7)
    ]
    return b"".join(a.tobytes() for a in [cost.gradient(theta), P.network(theta, X), *walks])


def test_columns_of_one_table_are_what_their_copies_are() -> None:
    """Inputs, targets and weights side by side, as a table has them; targets among the inputs."""
    rows = table()
    views = rows[:, :6], rows[:, 6:9], rows[:, 9]
    copies = [np.array(view) for view in views]
    assert answers(*views, P.theta) == answers(*copies, P.theta)
    inputs, targets = rows[:, :6], rows[:, 1:4]
    assert answers(inputs, targets, None, P.theta) == answers(
        inputs.copy(), targets.copy(), None, P.theta
    )
    assert (rows == table()).all()


def test_theta_may_be_a_part_of_the_inputs() -> None:
    """The walk takes steps on a copy: X stays as it was."""
    X = np.ascontiguousarray(P.X)
    theta = X.ravel()[3 : 3 + N]
    assert answers(X, P.Y, None, theta) == answers(X.copy(), P.Y, None, theta.copy())
    assert (X == P.X).all()


def test_a_network_that_learns_what_it_is_given_may_have_one_array() -> None:
    """An autoencoder's X and Y."""
    p = problem((6, 4, 6), 40)
    X = np.ascontiguousarray(abs(p.X))
    same, apart = Cost(p.network, X, X), Cost(p.network, X, X.copy())
    for theta in (p.theta, p.theta.astype(np.float32)):
        assert same.gradient(theta).tobytes() == apart.gradient(theta).tobytes()


@pytest.mark.parametrize("of", ["X", "sample_weight"])
def test_a_gradient_is_not_written_where_the_cost_reads(of: str) -> None:
    """It was, and the next cost was that of other examples."""
    room = np.ones(40 * 6)
    given: dict[str, Any] = {"X": P.X, "sample_weight": None}
    given[of] = room.reshape(40, 6) if of == "X" else room[:40]
    if of == "X":
        room[:] = P.X.ravel()
    cost = Cost(P.network, given["X"], P.Y, sample_weight=given["sample_weight"])
    before = cost(P.theta)
    with pytest.raises(ValueError, match="out shares memory with X or sample_weight"):
        cost.value_and_gradient(P.theta, out=room[1 : 1 + N])
    assert cost(P.theta) == before


def test_views_of_one_theta_are_that_theta() -> None:
    """Layers written through their views; a view of them all as the next start."""
    theta = P.theta.copy()
    for layer in P.network.layers(theta):
        layer.weights[:] *= 0.5
        layer.biases[:] = 0
    cost = P.cost()
    assert cost.gradient(theta).tobytes() == cost.gradient(theta[:].copy()).tobytes()
    assert not (theta == P.theta).all()
