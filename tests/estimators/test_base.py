"""What classifier and regressor share: data, dtypes, seeds, warm starts, what is kept."""

from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from tests.estimators.common import BOTH, CANCER, DIABETES, IRIS, same

import fastgd
from fastgd.estimators import NetworkClassifier, NetworkRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
both = pytest.mark.parametrize(("kind", "X", "y"), BOTH, ids=["classifier", "regressor"])


@both
def test_a_fit_is_gradient_descent_on_the_cost(kind: Any, X: Any, y: Any) -> None:
    model = kind(7, learning_rate_init=0.05, momentum=0.5, max_iter=5, random_state=3).fit(X, y)
    seed = np.random.RandomState(3).randint(2**31 - 1, size=2)[0]
    rng = np.random.default_rng(seed)
    theta = model.network_.random_theta(rng, dtype=np.float64)
    cost = fastgd.Cost(model.network_, X, y if kind is NetworkClassifier else y[:, np.newaxis])
    descent = fastgd.gradient_descent(
        cost, theta, learning_rate=0.05, momentum=0.5, batch_size=32, epochs=5, rng=rng
    )
    assert np.array_equal(model.theta_, descent.theta)
    assert model.loss_curve_ == descent.costs.tolist()
    assert (model.loss_, model.best_loss_) == (descent.costs[-1], descent.costs.min())
    assert (model.n_iter_, model.t_, model.stopped_by_) == (5, 5 * len(X), "max_iter")


@both
@pytest.mark.parametrize("batch_size", [10, None])
def test_the_same_random_state_gives_the_same_bits(
    kind: Any, X: Any, y: Any, batch_size: Any
) -> None:
    model = kind(max_iter=3, batch_size=batch_size, random_state=0).fit(X, y)
    assert same(model, clone(model).set_params(n_threads=2).fit(X, y))
    assert not same(model, clone(model).set_params(random_state=1).fit(X, y))
    generators = [np.random.RandomState(0) for _ in range(2)]
    assert same(*[clone(model).set_params(random_state=g).fit(X, y) for g in generators])


@both
def test_without_random_state_numpy_s_global_one_decides(kind: Any, X: Any, y: Any) -> None:
    models = []
    for _ in range(2):
        np.random.seed(5)  # noqa: NPY002
        models.append(kind(max_iter=2).fit(X, y))
    assert same(*models)
    assert not same(models[0], kind(max_iter=2).fit(X, y))


@both
@pytest.mark.parametrize("dtype", ["uint8", "int16", "int64", "float16", ">f8"])
def test_uint8_are_values_as_scikit_learn_s_users_mean_them(
    kind: Any, X: Any, y: Any, dtype: Any
) -> None:
    values = np.round(30 * (X - X.min()) / np.ptp(X)).astype(dtype)
    model = kind(5, max_iter=3, random_state=0)
    expected = clone(model).fit(values.astype(np.float64), y)
    assert same(model.fit(values, y), expected)
    assert np.array_equal(model.predict(values), expected.predict(values.astype(np.float64)))
    assert model.theta_.dtype == np.float64


@both
def test_uint8_in_a_sparse_matrix_are_values_too(kind: Any, X: Any, y: Any) -> None:
    values = np.maximum(0, np.round(3 * X)).astype(np.uint8)
    model = kind(5, max_iter=3, random_state=0)
    sparse = clone(model).fit(scipy.sparse.csr_array(values), y)
    assert same(sparse, clone(model).fit(scipy.sparse.csr_array(values.astype(float)), y))
    np.testing.assert_allclose(
        sparse.predict(scipy.sparse.csr_array(values)), sparse.predict(values)
    )


@both
def test_float32_is_kept(kind: Any, X: Any, y: Any) -> None:
    singles = X.astype(np.float32)
    model = kind(max_iter=3, random_state=0).fit(singles, y)
    assert model.theta_.dtype == model.coefs_[0].dtype == np.float32
    if kind is NetworkRegressor:
        assert model.predict(singles).dtype == np.float32
    else:
        assert model.predict_proba(singles).dtype == np.float32
    assert model.partial_fit(X, y).theta_.dtype == np.float32
    assert model.set_params(warm_start=True).fit(X, y).theta_.dtype == np.float32


@both
@pytest.mark.parametrize("container", ["csr_array", "csr_matrix", "csc_array", "coo_array"])
def test_sparse_and_dense_are_the_same_data(kind: Any, X: Any, y: Any, container: str) -> None:
    X = np.where(X > 0.5, X, 0)
    sparse = getattr(scipy.sparse, container)(X)
    model = kind(6, max_iter=5, random_state=0)
    a, b = clone(model).fit(X, y), clone(model).fit(sparse, y)
    np.testing.assert_allclose(a.theta_, b.theta_, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(a.predict(X), b.predict(sparse), rtol=1e-8)
    assert a.score(X, y) == pytest.approx(b.score(sparse, y))


@both
def test_weights_count_as_repetitions_in_a_full_batch(kind: Any, X: Any, y: Any) -> None:
    weight = np.arange(len(X)) % 3
    model = kind(6, batch_size=None, max_iter=20, random_state=0)
    a = clone(model).fit(X, y, sample_weight=weight)
    b = clone(model).fit(X.repeat(weight, axis=0), y.repeat(weight))
    np.testing.assert_allclose(a.theta_, b.theta_, rtol=1e-9, atol=1e-12)
    assert a.score(X, y, sample_weight=weight) == pytest.approx(
        b.score(X.repeat(weight, axis=0), y.repeat(weight))
    )


def test_layers_as_scikit_learn_names_them() -> None:
    model = NetworkRegressor((5, 4), ["tanh", "relu"], max_iter=3, random_state=0).fit(*DIABETES)
    X = DIABETES[0]
    (W1, W2, W3), (b1, b2, b3) = model.coefs_, model.intercepts_
    assert [W.shape for W in model.coefs_] == [(10, 5), (5, 4), (4, 1)]
    hidden = np.maximum(0, np.tanh(X @ W1 + b1) @ W2 + b2)
    np.testing.assert_allclose(model.predict(X), (hidden @ W3 + b3)[:, 0], rtol=1e-10)
    model.coefs_[2][:] = 0
    model.intercepts_[2][:] = 7
    assert (model.predict(X) == 7).all()


@pytest.mark.parametrize(
    ("sizes", "network"),
    [(3, (4, 3, 3)), ([5, 2], (4, 5, 2, 3)), ((), (4, 3)), (np.array([6]), (4, 6, 3))],
)
def test_hidden_layers(sizes: Any, network: Any) -> None:
    assert NetworkClassifier(sizes, max_iter=1).fit(*IRIS).network_.layer_sizes == network


@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu", "identity"])
@pytest.mark.parametrize("output_activation", ["logistic", "tanh", "relu", "identity"])
def test_every_activation_in_every_place(activation: str, output_activation: str) -> None:
    model = NetworkRegressor(
        4, activation, output_activation=output_activation, max_iter=2, learning_rate_init=1e-3
    )
    ours = {"logistic": "sigmoid"}
    assert model.fit(*DIABETES).network_.layer_activations == (
        ours.get(activation, activation), ours.get(output_activation, output_activation),
    )  # fmt: skip


# ---------------------------------------------------------------------- going on from there


momenta = pytest.mark.parametrize("momentum", [0.0, 0.9])


@both
@momenta
def test_warm_starts_add_up(kind: Any, X: Any, y: Any, momentum: float) -> None:
    options = {"random_state": 0, "momentum": momentum}
    whole = kind(max_iter=6, **options).fit(X, y)
    model = kind(max_iter=2, warm_start=True, **options)
    for n in (1, 2, 3):
        model.fit(X, y)
        assert (model.n_iter_, len(model.loss_curve_), model.t_) == (2, 2 * n, 2 * n * len(X))
    assert same(model, whole)
    assert model.loss_curve_ == whole.loss_curve_


@both
@momenta
@pytest.mark.parametrize("batch_size", [32, None])
def test_partial_fits_add_up(
    kind: Any, X: Any, y: Any, momentum: float, batch_size: int | None
) -> None:
    classes = {"classes": np.unique(y)} if kind is NetworkClassifier else {}
    options = {"random_state": 0, "momentum": momentum, "batch_size": batch_size}
    model = kind(**options)
    for n in range(1, 6):
        assert model.partial_fit(X, y, **classes) is model
        assert (model.n_iter_, len(model.loss_curve_), model.t_) == (1, n, n * len(X))
    assert same(model, kind(max_iter=5, **options).fit(X, y))


@both
def test_a_fit_starts_over(kind: Any, X: Any, y: Any) -> None:
    model = kind(max_iter=3, random_state=0).fit(X, y)
    theta = model.theta_
    assert np.array_equal(model.fit(X, y).theta_, theta)
    assert len(model.loss_curve_) == 3


@both
def test_another_network_cannot_go_on(kind: Any, X: Any, y: Any) -> None:
    model = kind(5, max_iter=1, warm_start=True).fit(X, y).set_params(hidden_layer_sizes=6)
    message = re.escape("was fitted as Network((")
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    with pytest.raises(ValueError, match=message):
        model.partial_fit(X, y)


# ---------------------------------------------------------------------------- what is kept


@both
def test_pickles_go_on_with_the_same_bits(kind: Any, X: Any, y: Any) -> None:
    model = kind(max_iter=2, random_state=0, early_stopping=True).fit(X, y)
    copy = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copy.predict(X), model.predict(X))
    assert same(copy.partial_fit(X, y), model.partial_fit(X, y))


@both
def test_the_network_can_be_saved_as_a_model(kind: Any, X: Any, y: Any, tmp_path: Any) -> None:
    model = kind(max_iter=2, random_state=0).fit(X, y)
    fastgd.save(tmp_path / "m.safetensors", model.network_, model.theta_)
    network, theta, _ = fastgd.load(tmp_path / "m.safetensors")
    outputs = network(theta, X)
    found = outputs[:, 0] if kind is NetworkRegressor else outputs.argmax(axis=1)
    assert np.array_equal(model.predict(X), found)


# ------------------------------------------------------------------------------- wrong use


@both
@pytest.mark.parametrize("method", ["predict", "score"])
def test_unfitted(kind: Any, X: Any, y: Any, method: str) -> None:
    arguments = (X,) if method == "predict" else (X, y)
    message = f"This {kind.__name__} instance is not fitted yet. Call 'fit' with appropriate"
    with pytest.raises(NotFittedError, match=message):
        getattr(kind(), method)(*arguments)


@pytest.mark.parametrize("name", ["coefs_", "intercepts_"])
def test_layers_of_an_unfitted_one(name: str) -> None:
    model = NetworkRegressor()
    assert not hasattr(model, name)
    with pytest.raises(NotFittedError, match="This NetworkRegressor instance is not fitted yet"):
        getattr(model, name)


@both
def test_weights_of_no_validation_set(kind: Any, X: Any, y: Any) -> None:
    message = "sample_weight_val is provided, but X_val and y_val were not"
    with pytest.raises(ValueError, match=message):
        kind().fit(X, y, sample_weight_val=np.ones(3))


@both
def test_a_fit_that_failed_leaves_it_unfitted(kind: Any, X: Any, y: Any) -> None:
    model = kind((5, 0), max_iter=1)
    with pytest.raises(ValueError, match="hidden_layer_sizes must be integers > 0, got"):
        model.fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)
    assert not hasattr(model, "coefs_")


@both
def test_a_second_fit_that_failed_leaves_it_unfitted(kind: Any, X: Any, y: Any) -> None:
    model = kind(max_iter=1).fit(X, y).set_params(hidden_layer_sizes=(5, 0))
    with pytest.raises(ValueError, match="hidden_layer_sizes must be"):
        model.fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)


@both
def test_callbacks_are_functions(kind: Any, X: Any, y: Any) -> None:
    with pytest.raises(TypeError, match="callback: expected functions, got 3"):
        kind(callback=[print, 3]).fit(X, y)


@both
def test_an_infinite_learning_rate(kind: Any, X: Any, y: Any) -> None:
    with pytest.raises(ValueError, match="learning_rate"):
        kind(learning_rate_init=np.inf).fit(X, y)


@both
def test_another_number_of_features(kind: Any, X: Any, y: Any) -> None:
    model = kind(max_iter=1).fit(X, y)
    n = X.shape[1]
    message = f"X has 2 features, but {kind.__name__} is expecting {n} features as input"
    with pytest.raises(ValueError, match=message):
        model.predict(X[:, :2])
    with pytest.raises(ValueError, match=message):
        model.partial_fit(X[:, :2], y)


@both
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"max_iter": 0}, "The 'max_iter' parameter of .* must be an int in the range"),
        ({"batch_size": "auto"}, "The 'batch_size' parameter of .* or None. Got 'auto' instead"),
        ({"activation": "sigmoid"}, "The 'activation' parameter of .* Got 'sigmoid' instead"),
        ({"activation": ["sigmoid"]}, "The 'activation' parameter must .* Got 'sigmoid' instead"),
        ({"activation": ["relu", "relu"]}, "one for each of 1 hidden layers"),
        ({"momentum": 1}, "The 'momentum' parameter of"),
        ({"hidden_layer_sizes": (3, 0)}, "hidden_layer_sizes must be integers > 0, got"),
        ({"hidden_layer_sizes": (3.0,)}, "hidden_layer_sizes must be integers > 0, got"),
        ({"callback": 3}, "The 'callback' parameter of"),
    ],
)
def test_parameters_that_do_not_fit(
    kind: Any, X: Any, y: Any, parameters: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        kind(**parameters).fit(X, y)


@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_a_descent_that_diverges_says_what_helps(activation: str) -> None:
    X, y = DIABETES
    model = NetworkRegressor(activation=activation, learning_rate_init=10)
    message = r"the cost is not finite in epoch 1 at learning rate 10; .*StandardScaler"
    with pytest.raises(ValueError, match=message) as caught:
        model.fit(X, y)
    assert isinstance(caught.value.__cause__, fastgd.DivergenceError)
    assert not hasattr(model, "theta_")


@pytest.mark.filterwarnings("default")
@both
def test_too_few_epochs_warn(kind: Any, X: Any, y: Any) -> None:
    with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(2\) reached"):
        kind(max_iter=2).fit(X, y)


def test_verbose_speaks_as_scikit_learn_does(capsys: Any) -> None:
    X, y = CANCER
    NetworkClassifier(max_iter=2, verbose=True, early_stopping=True).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert [re.sub(r"\d\.\d+", "#", line) for line in lines] == [
        "Iteration 1, loss = #", "Validation score: #",
        "Iteration 2, loss = #", "Validation score: #",
    ]  # fmt: skip
    NetworkClassifier(max_iter=2).fit(X, y)
    assert capsys.readouterr().out == ""
