"""Draw the gallery: `python docs/make_gallery.py` writes docs/gallery.md and its pictures.

Each entry is run as it is printed. Everything comes from one real descent on the digits that
are part of the package, so the same command draws the same gallery anywhere.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

DOCS = Path(__file__).parent
DPI = 110
COLORS = 128  # that each picture is reduced to

SETUP = """\
import fastgd
from fastgd import curves, inside, landscape, minima, plots, spatial

digits = fastgd.datasets.digits()
net = fastgd.Network((784, 16, 16, 10))
cost = fastgd.Cost(net, digits.train_images, digits.train_labels)
descent = fastgd.gradient_descent(
    cost, net.random_theta(rng=0), learning_rate=0.5, batch_size=10, epochs=30, rng=0, record=1
)
start, theta, path = descent.path[0], descent.theta, descent.path
three = digits.test_images[(digits.test_labels == 3).argmax()]"""


class Entry(NamedTuple):
    """A picture: its file name, its title, the code that makes it, and what to see in it."""

    name: str
    title: str
    code: str
    words: str


GALLERY = [
    Entry(
        "mess",
        "The mess",
        "plots.mess(inside.mess(net, start, theta, three))",
        "Random weights answer anything. After the descent the same image lights one output.",
    ),
    Entry(
        "neurons",
        "Every neuron",
        "weights = [layer.weights for layer in net.layers(theta)]\n"
        "plots.neurons(net.activations(theta, three), weights)",
        "A neuron is as bright as its activation; a line is green where the weight is above 0 "
        "and red where it is below.",
    ),
    Entry(
        "surface",
        "The descent on the cost surface",
        "ground = landscape.plane(cost, *landscape.principal_directions(path)[:3])\n"
        "plots.cost_plane(ground, landscape.project(ground, cost, path))",
        "The plane the descent moved in most. Each point is coloured by its own cost, which the "
        "plane's below it is not: the legend says how far off the plane the path went.",
    ),
    Entry(
        "relief",
        "The same as a relief",
        "plots.cost_relief(ground, landscape.project(ground, cost, path))",
        "The path is drawn at its true cost.",
    ),
    Entry(
        "random-plane",
        "Around the minimum",
        "u, v = (landscape.random_direction(net, theta, rng=seed) for seed in (0, 1))\n"
        "plots.cost_plane(landscape.plane(cost, theta, u, v))",
        "Two random directions, each as long in every neuron as that neuron's weights "
        "(Li et al. 2018), so that 1 means as much here as for another network.",
    ),
    Entry(
        "downhill",
        "One step downhill",
        "downhill = landscape.negative_gradient(cost, start)\n"
        "along = landscape.line(cost, start, downhill, extent=(0, 12))\n"
        'plots.cost_line(along, label="learning rate")',
        "The cost after one step, for every learning rate.",
    ),
    Entry(
        "slopes",
        "The steepest way",
        "plots.slope_histogram(minima.steepest(cost, start, rng=0))",
        "Of {n_directions:,} random directions none falls as the negative gradient does "
        "({downhill:.3f}; the steepest of them {lowest:.3f}): in 13,002 dimensions nearly every "
        "direction is nearly level.",
    ),
    Entry(
        "descent",
        "Epoch by epoch",
        "plots.descent_curves(\n"
        "    curves.curves(cost, path, images=digits.test_images, labels=digits.test_labels)\n)",
        "Accuracy is measured on digits that were not trained on.",
    ),
    Entry(
        "starts",
        "Other starts",
        "found = minima.multi_start(cost, 8, rng=0, learning_rate=0.5, batch_size=10, epochs=30)\n"
        "plots.starts(found)",
        "Eight random starts end at costs from {best:.4f} to {worst:.4f}.",
    ),
    Entry(
        "weights",
        "What the first layer looks for",
        "plots.weights(inside.weight_grids(net, theta))",
        "Green is above 0, red below, black exactly 0; the scale is beside them. "
        '`colors="safe"` is orange and blue.',
    ),
    Entry(
        "order-in-weights",
        "Do these weights lie at random?",
        "lit = spatial.ever_lit(digits.train_images)\n"
        "trained = spatial.morans_i(inside.weight_grids(net, theta), lit)\n"
        "untrained = spatial.morans_i(inside.weight_grids(net, start), lit)\n"
        "plots.order_in_weights(trained, untrained)",
        "They look quite random, and are not. Over the {n_pixels} pixels that are ever lit, "
        "Moran's I of the trained neurons is {low:.2f} to {high:.2f} where shuffled pixels give "
        "0 within {wide:.2f}, for every neuron with the least p there can be "
        "({p_trained:.3f}, {n_permutations} permutations); the random start has "
        "{low0:.2f} to {high0:.2f}, p from {p_untrained:.2f}. Trained on all 60,000 digits of "
        "MNIST for 30 epochs, the 16 neurons had 0.50 to 0.64, p = 0.001 each. Neighbouring "
        "pixels are lit together, so their weights learn together; that a weight resembles its "
        "neighbours does not make the grid an edge or a loop.",
    ),
    Entry(
        "gradient",
        "Which weights matter, and which way",
        "nudges = inside.weight_grids(net, -cost.gradient(start))\n"
        "plots.weights(nudges, title='Minus the gradient at the start, as images')",
        "Minus the gradient at the start: where it is green, the descent raises the weight first.",
    ),
    Entry(
        "nudges",
        "The largest entries of the gradient",
        "plots.nudges(inside.read_gradient(net, cost.gradient(path[1]), 16))",
        "After the first epoch: sign says up or down, size says how much it matters.",
    ),
    Entry(
        "confusion",
        "What is read as what",
        "plots.confusion(inside.confusion(net, theta, digits.test_images, digits.test_labels))",
        "On 2,000 digits that were not trained on.",
    ),
    Entry(
        "mistakes",
        "The worst mistakes",
        "wrong = inside.worst_mistakes(net, theta, digits.test_images, digits.test_labels, 10)\n"
        "plots.mistakes(wrong, digits.test_images)",
        "Those of the highest cost.",
    ),
    Entry(
        "noise",
        "The confident answer to noise",
        "plots.noise(inside.noise(net, theta, rng=0))",
        "Nothing taught the network to say that an image is no digit.",
    ),
    Entry(
        "memorising",
        "Shuffled labels",
        "images, labels = digits.train_images[:2000], digits.train_labels[:2000]\n"
        "options = {'learning_rate': 0.5, 'batch_size': 10, 'epochs': 40}\n"
        "plots.memorising(curves.memorise(net, images, labels, rng=0, **options))",
        "Where labels have nothing to do with images there is nothing to learn but each example.",
    ),
]

INTRODUCTION = """\
# What there is to see

Made by `python docs/make_gallery.py` from one real descent. `fastgd train --figures DIR` draws
such a set of your own training, `fastgd show MODEL` of a saved network, and
`fastgd explore MODEL -o page.html` writes a page in which the network can be tried.

Every picture draws what a plain function returned as arrays; `ax=` draws it on axes of yours.

```python
{setup}
```
"""


def run(code: str, names: dict[str, Any]) -> Any:
    """Run `code` and return the value of its last expression."""
    tree = ast.parse(code)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    exec(compile(tree, "<gallery>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<gallery>", "eval"), names)


def facts(names: dict[str, Any]) -> dict[str, Any]:
    """Numbers that the words state, from what the entries computed."""
    slopes = names["minima"].steepest(names["cost"], names["start"], rng=0)
    trained, untrained, costs = names["trained"], names["untrained"], names["found"].costs
    return {
        "n_directions": len(slopes.slopes),
        "downhill": -slopes.gradient_norm,
        "lowest": slopes.lowest,
        "best": costs[0],
        "worst": costs[-1],
        "n_pixels": trained.n_pixels,
        "low": trained.statistic.min(),
        "high": trained.statistic.max(),
        "wide": 2 * trained.shuffled_deviation.max(),
        "p_trained": trained.p_values.max(),
        "n_permutations": trained.n_permutations,
        "low0": untrained.statistic.min(),
        "high0": untrained.statistic.max(),
        "p_untrained": untrained.p_values.min(),
    }


def main() -> None:
    """Draw every picture, then write the page."""
    names: dict[str, Any] = {}
    exec(SETUP, names)
    (DOCS / "gallery").mkdir(exist_ok=True)
    for entry in GALLERY:
        drawn = run(entry.code, names)
        figure = drawn if hasattr(drawn, "savefig") else drawn.figure
        file = DOCS / "gallery" / f"{entry.name}.png"
        figure.savefig(file, dpi=DPI, facecolor="white")
        with Image.open(file) as picture:
            picture.convert("RGB").quantize(COLORS).save(file, optimize=True)
        print(file)
    known = facts(names)
    parts = [INTRODUCTION.format(setup=SETUP)]
    parts += [
        f"## {entry.title}\n\n```python\n{entry.code}\n```\n\n"
        f"![{entry.title}](gallery/{entry.name}.png)\n\n{entry.words.format(**known)}\n"
        for entry in GALLERY
    ]
    (DOCS / "gallery.md").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
