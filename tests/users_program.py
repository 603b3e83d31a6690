"""A user's program: `test_types.py` runs it, and has strict type checkers read it."""

from pathlib import Path
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import fastgd
from fastgd import curves, exchange, export, inside, landscape, minima, spatial
from fastgd.estimators import NetworkClassifier


def train(digits: fastgd.datasets.Digits, folder: Path) -> fastgd.Model:
    net = fastgd.Network([784, 8, 10], activation=["tanh"], output_activation="sigmoid")
    theta = net.random_theta(rng=0)
    cost = fastgd.Cost(net, digits.train_images, digits.train_labels, n_threads=1)
    assert_type(cost(theta), float)
    value, gradient = cost.value_and_gradient(theta)
    theta -= 0.1 * value * gradient
    descent = fastgd.gradient_descent(
        cost, theta, learning_rate=0.5, batch_size=10, epochs=2, rng=np.random.default_rng(0)
    )
    assert_type(descent.theta, NDArray[Any])
    for layer in net.layers(descent.theta):
        print(layer.weights.shape, layer.biases.mean())
    fastgd.save(folder / "net.safetensors", net, descent.theta, {"epochs": "2"})
    return fastgd.load(folder / "net.safetensors")


def look(model: fastgd.Model, digits: fastgd.datasets.Digits) -> None:
    net, theta, metadata = model
    outputs = net(theta, digits.test_images, n_threads=1)
    print((outputs.argmax(axis=1) == digits.test_labels).mean(), metadata.get("epochs"))
    print(inside.accuracy(net, theta, digits.test_images, digits.test_labels))
    cost = fastgd.Cost(net, digits.test_images, digits.test_labels)
    u, v = (landscape.random_direction(net, theta, rng=seed) for seed in (0, 1))
    ground = landscape.plane(cost, theta, u, v, resolution=3)
    print(ground.costs.min(), minima.steepest(cost, theta, 10, rng=0, n_measured=2).gradient_norm)
    print(curves.curves(cost, [theta]).costs)
    print(spatial.morans_i(inside.weight_grids(net, theta), n_permutations=9).statistic)


def write(model: fastgd.Model, folder: Path) -> None:
    net, theta, _ = model
    (folder / "net.c").write_text(export.to_c(net, theta, name="digits"))
    (folder / "net.json").write_text(export.to_json(net, theta))
    (folder / "net.onnx").write_bytes(export.to_onnx(net, theta))
    found = exchange.from_safetensors(
        folder / "net.safetensors", activation="tanh", output_activation="sigmoid"
    )
    assert_type(found, tuple[fastgd.Network, NDArray[Any]])


def estimate(digits: fastgd.datasets.Digits) -> None:
    X, y = digits.train_images[:100].astype(np.float32), digits.train_labels[:100]
    model = NetworkClassifier(hidden_layer_sizes=8, max_iter=2, n_iter_no_change=2)
    model.fit(X / 255, y)
    print(model.predict(X / 255)[:3], model.loss_curve_, model.classes_, model.network_)


def main(folder: Path) -> None:
    digits = fastgd.datasets.digits()
    model = train(digits, folder)
    look(model, digits)
    write(model, folder)
    estimate(digits)
    try:
        fastgd.load(folder / "net.c")
    except fastgd.ModelFormatError as error:
        print(error)
