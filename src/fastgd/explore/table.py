"""A page for a network that reads a table's rows: inputs to set, answers and neurons to see.

The page itself is `table.html`, `table.css` and `table.js`; it runs the network by `network.js`.
How a network of images is explored is left to `page`.
"""

from __future__ import annotations

import html
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._engine.arrays import as_theta
from fastgd.datasets import Examples
from fastgd.explore.page import encoded, with_parts
from fastgd.network import Network
from fastgd.scaling import Standard, folded

SCRIPTS = ("view.js", "network.js", "table.js")
STYLES = ("page.css", "table.css")
# Of examples to look at, and of inputs to set: those with the largest weights.
MOST_ROWS, MOST_INPUTS = 200, 60


def explore_table(
    network: Network,
    theta: ArrayLike,
    examples: Examples,
    *,
    untrained: ArrayLike | None = None,
    title: str = "A network to explore",
) -> str:
    """The page, as text to be written to one ``.html`` file. It needs no network.

    Set each input by a slider or a number; see the answer, how it goes as one input alone is
    moved, and every neuron's activation; go through examples, beside what is true of them.

    Parameters
    ----------
    network : Network
    theta : (n_parameters,) array
        The trained network, on numbers as they stand in the table.
    examples : Examples
        Best some that were not trained on: the page holds the first 200, and lets each input go
        as far as among all of them.
    untrained : (n_parameters,) array or None
        What the page shows as the random weights; None: some others.
    title : str

    Returns
    -------
    str

    Raises
    ------
    TypeError, ValueError
        Where theta or the examples do not fit the network.

    Examples
    --------
    >>> import numpy as np
    >>> import fastgd
    >>> X, Y = np.arange(20.0).reshape(10, 2), np.arange(10) % 2
    >>> schema = fastgd.datasets.Schema("classes", 2, 2, classes=("even", "odd"))
    >>> net = fastgd.Network((2, 3, 2))
    >>> page = explore_table(net, net.random_theta(0), fastgd.datasets.Examples(X, Y, schema))
    >>> page.startswith("<!doctype html>")
    True
    """
    own = as_theta(theta, network.n_parameters, network)
    X = np.asarray(examples.X, np.float64)
    if X.shape[1:] != (network.n_inputs,):
        raise ValueError(f"examples have {X.shape[1]} inputs; a {network} network does not fit")
    standard = Standard.of(X)
    back = Standard(-standard.mean / standard.scale, 1 / standard.scale)
    start = (
        network.random_theta(0)
        if untrained is None
        else as_theta(untrained, network.n_parameters, network)
    )
    # On standardised inputs float32 tells rows apart, whatever the units are.
    thetas = [folded(network, t, inputs=back) for t in (start, own)]
    first = network.layers(thetas[1])[0].weights
    about = (
        f"{network}: {network.n_parameters:,} weights and biases, {network.n_inputs:,} inputs. "
        "Everything runs in this page."
    )
    data = {
        "layer_sizes": network.layer_sizes,
        "activations": network.layer_activations,
        "thetas": [encoded(t.astype("<f4")) for t in thetas],
        "samples": [],
        "names": output_names(network, examples),
        "side": 0,
        "table": {
            "fields": fields_of(examples, X, np.abs(first).max(0)),
            "mean": standard.mean.tolist(),
            "scale": standard.scale.tolist(),
            "rows": X[:MOST_ROWS].tolist(),
            "truths": truths_of(examples),
            "kind": examples.kind,
            "target": examples.target or "true",
            "classes": list(examples.classes),
        },
    }
    return with_parts("table.html", STYLES, SCRIPTS, html.escape(title), html.escape(about), data)


def fields_of(
    examples: Examples, X: NDArray[np.float64], weight: NDArray[Any]
) -> list[dict[str, Any]]:
    """What can be set: numbers, and categories, each in its place among the inputs."""
    schema = examples.schema
    columns = schema.columns or tuple(f"input {k + 1}" for k in range(schema.n_inputs))
    found, at = [], 0
    for name in columns:
        texts = schema.categories.get(name)
        n = len(texts) if texts else 1
        field: dict[str, Any] = {"name": name, "at": at, "weight": float(weight[at : at + n].max())}
        if texts:
            field["categories"] = list(texts)
        else:
            values = X[:, at]
            field |= {"low": float(values.min()), "high": float(values.max())}
            field["whole"] = bool((values == np.round(values)).all())
        found.append(field)
        at += n
    if len(found) > MOST_INPUTS:
        least = sorted((field["weight"] for field in found), reverse=True)[MOST_INPUTS - 1]
        found = [field for field in found if field["weight"] >= least][:MOST_INPUTS]
    return found


def output_names(network: Network, examples: Examples) -> list[str]:
    """What each output stands for."""
    classes = examples.classes
    if classes:
        return list(classes) if network.n_outputs > 1 else [classes[1]]
    name = examples.target or "prediction"
    several = network.n_outputs > 1
    return [f"{name} {j + 1}" if several else name for j in range(network.n_outputs)]


def truths_of(examples: Examples) -> list[str]:
    """What is true of each row, in words."""
    if examples.Y is None:
        return []
    Y = examples.Y[:MOST_ROWS]
    if examples.kind == "classes":
        return [examples.classes[label] for label in Y]
    return [", ".join(f"{y:.6g}" for y in np.atleast_1d(row)) for row in Y]
