"""Draw the gallery: `python docs/make_gallery.py` writes docs/gallery.md and its pictures.

Each entry is run as it is printed. Everything comes from real descents, most of them on the
digits that are part of the package, by the kernels that every x86-64 processor runs: so the same
command draws the same gallery anywhere, and a test draws it again and compares.
"""

from __future__ import annotations

import ast
import os
import platform
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

DOCS = Path(__file__).parent
DPI = 110

SETUP = """\
import numpy as np

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
        "plots.mess(inside.mess(net, start, theta, three, label=3))",
        "Random weights answer anything. After the descent the same image lights one output. "
        "A right answer is blue, a wrong one orange, here and below.",
    ),
    Entry(
        "neurons",
        "Every neuron",
        "weights = [layer.weights for layer in net.layers(theta)]\n"
        "plots.neurons(net.activations(theta, three), weights, label=3)",
        "A neuron is as bright as its activation; a line is green where the weight is above 0 "
        "and red where it is below. From the image comes what each row of its pixels adds to a "
        "neuron: weight times pixel, summed.",
    ),
    Entry(
        "surface",
        "The descent on the cost surface",
        "most = landscape.principal_directions(path)\n"
        "ground = landscape.plane(cost, *most[:3])\n"
        "walked = landscape.project(ground, cost, path)\n"
        "plots.cost_plane(ground, walked, labels=most.labels)",
        "The plane the descent moved in most, to scale. Each point is coloured by its own cost, "
        "which the plane's below it is not: the note says how far off the plane the path went.",
    ),
    Entry(
        "relief",
        "The same as a relief",
        "plots.cost_relief(ground, walked, labels=most.labels)",
        "The path is drawn at its true cost; a line drops from each point to the surface.",
    ),
    Entry(
        "random-plane",
        "Around the minimum",
        "u, v = (landscape.random_direction(net, theta, rng=seed) for seed in (0, 1))\n"
        "around = landscape.plane(cost, theta, u, v)\n"
        "labels = ('a random direction', 'another random direction')\n"
        "plots.cost_plane(around, labels=labels, title='Around the trained network')",
        "Two random directions, each as long in every neuron as that neuron's weights "
        "(Li et al. 2018), so that 1 means as much here as for another network.",
    ),
    Entry(
        "downhill",
        "One step downhill",
        "downhill = landscape.negative_gradient(cost, start)\n"
        "along = landscape.line(cost, start, downhill, extent=(0, 12))\n"
        "label = 'learning rate of one step along the negative gradient'\n"
        "plots.cost_line(along, label=label, title='One step downhill, short to long')",
        "The cost after one step, for every learning rate.",
    ),
    Entry(
        "slopes",
        "The steepest way",
        "slopes = minima.steepest(cost, start, rng=0)\nplots.slope_histogram(slopes)",
        "Of {n_directions:,} random directions none falls as the negative gradient does "
        "({downhill:.3f}; the steepest of them {lowest:.3f}): in 13,002 dimensions nearly every "
        "direction is nearly level.",
    ),
    Entry(
        "descent",
        "Epoch by epoch",
        "plots.descent_curves(\n"
        "    curves.curves(cost, path, images=digits.test_images, labels=digits.test_labels)\n)",
        "Test cost and accuracy are measured on digits that were not trained on. The training cost "
        "keeps falling where the test cost does not: from there on the network learns its "
        "examples, not digits.",
    ),
    Entry(
        "starts",
        "Other starts",
        "options = {'learning_rate': 0.5, 'batch_size': 10, 'epochs': 30, 'record': 1}\n"
        "eight = minima.multi_start(cost, 8, rng=0, **options)\n"
        "plots.starts(eight)",
        "Eight random starts end at costs from {best:.4f} to {worst:.4f}.",
    ),
    Entry(
        "thousand-starts",
        "Do all minima cost the same?",
        "ends = np.genfromtxt('docs/thousand-starts.csv', delimiter=',', names=True)\n"
        "title = '1,000 random starts, 10 epochs each'\n"
        "plots.spread(ends['cost'], name='training cost', title=title)",
        "No, but nearly. `python docs/make_starts.py` wrote the file: a `fastgd.sweep` over 1,000 "
        "seeds. The middle half of the descents ended between {lower:.4f} and {upper:.4f}, "
        "the lowest at {least:.4f}, the highest at {most:.4f}; of unseen digits they read "
        "{worst_read:.1%} to {best_read:.1%} right. Low cost on training digits and many right "
        "answers on unseen ones hardly go together here (correlation {together:.2f}).",
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
        "On 2,000 digits that were not trained on. The two colours have scales of their own: else "
        "the mistakes could not be seen beside the right answers.",
    ),
    Entry(
        "mistakes",
        "Mistakes",
        "test = digits.test_images, digits.test_labels\n"
        "worst = inside.worst_mistakes(net, theta, *test, 6)\n"
        "typical = inside.typical_mistakes(net, theta, *test, 6)\n"
        "plots.mistakes(worst, digits.test_images, typical)",
        "Those of the highest cost, which it was surest of, and those of the middle.",
    ),
    Entry(
        "noise",
        "The confident answer to noise",
        "plots.noise(inside.noise(net, theta, rng=0))",
        "Nothing taught the network to say that an image is no digit. The surest answers are rare; "
        "below them are answers of the middle.",
    ),
    Entry(
        "memorising",
        "Shuffled labels",
        "images, labels = digits.train_images[:500], digits.train_labels[:500]\n"
        "options = {'learning_rate': 0.5, 'batch_size': 10, 'epochs': 1000, 'record': 10}\n"
        "plots.memorising(curves.memorise(net, images, labels, rng=0, **options))",
        "Where labels have nothing to do with images there is nothing to learn but each example. "
        "Of 500 examples the network learns so by heart, later than the true labels.",
    ),
    Entry(
        "xor",
        "Two inputs: exclusive or",
        "X, labels = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])\n"
        "xor = fastgd.Network((2, 4, 1))\n"
        "xor_cost = fastgd.Cost(xor, X, labels)\n"
        "options = {'learning_rate': 5.0, 'epochs': 3000}\n"
        "learned = fastgd.gradient_descent(xor_cost, xor.random_theta(rng=0), **options).theta\n"
        "answers = inside.decision_surface(xor, learned, X)\n"
        "plots.decision_surface(answers, X, labels)",
        "No straight line has the two classes on its two sides; the hidden layer bends it.",
    ),
    Entry(
        "xor-neurons",
        "All of a small network",
        "weights = [layer.weights for layer in xor.layers(learned)]\n"
        "plots.neurons(xor.activations(learned, X[1]), weights, inputs=['first', 'second'])",
        "Up to 20 inputs are drawn as neurons.",
    ),
    Entry(
        "weight-matrices",
        "Weights of a table's network",
        "rng = np.random.default_rng(0)\n"
        "table = rng.uniform(-1, 1, (2000, 4))\n"
        "target = np.sin(3 * table[:, 0]) + table[:, 1] * table[:, 2] + rng.normal(0, 0.1, 2000)\n"
        "model = fastgd.Network((4, 12, 1), activation='tanh', output_activation='identity')\n"
        "train = fastgd.Cost(model, table[:1500], target[:1500])\n"
        "options = {'learning_rate': 0.02, 'batch_size': 10, 'epochs': 60, 'rng': 0}\n"
        "fitted = fastgd.gradient_descent(train, model.random_theta(rng=0), **options).theta\n"
        "matrices = [layer.weights for layer in model.layers(fitted)]\n"
        "plots.weight_matrices(matrices, inputs=['a', 'b', 'c', 'd'])",
        "What pixel grids are for images: a column of the first matrix is what one input does, and "
        "the second says how much the output hears of each neuron. Input d had no part in the "
        "target.",
    ),
    Entry(
        "predicted",
        "Predicted against true",
        "found = inside.predictions(model, fitted, table[1500:], target[1500:])\n"
        "plots.predicted_against_true(found)",
        "On 500 rows that were not trained on. The noise in the targets leaves a root mean "
        "squared error of 0.1 at best.",
    ),
]

INTRODUCTION = """\
# What there is to see

Made by `python docs/make_gallery.py` from one real descent. `fastgd train --figures DIR` draws
such a set of your own training, `fastgd show MODEL` of a saved network, and
`fastgd explore MODEL -o page.html` writes a page in which the network can be tried.

Every picture draws what a plain function returned as arrays, and is a Figure that a notebook
shows and `savefig` writes; `ax=` draws it on axes of yours.

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
    slopes = names["slopes"]
    trained, untrained, costs = names["trained"], names["untrained"], names["eight"].costs
    many = names["ends"]
    lower, upper = np.quantile(many["cost"], (0.25, 0.75))
    return {
        "lower": lower,
        "upper": upper,
        "least": many["cost"].min(),
        "most": many["cost"].max(),
        "worst_read": many["accuracy"].min(),
        "best_read": many["accuracy"].max(),
        "together": np.corrcoef(many["cost"], many["accuracy"])[0, 1],
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


def texts(figure: Any) -> str:
    """All that a drawn figure says, but for the numbers at its axes, a line each."""
    from matplotlib.text import Text

    at_axes = {
        tick
        for ax in figure.findobj(lambda artist: hasattr(artist, "get_ticklabels"))
        for which in ("major", "minor")
        for tick in ax.get_ticklabels(which=which)
    }
    said = [
        text.get_text().replace("\n", " ")
        for text in figure.findobj(Text)
        if text not in at_axes and text.get_visible()
    ]
    return "\n".join(line for line in said if line.strip())


def main(folder: Path = DOCS) -> None:
    """Draw every picture, then write the page."""
    if platform.machine() in ("x86_64", "AMD64"):
        os.environ["FASTGD_CPU"] = "v2"  # before fastgd is imported
    names: dict[str, Any] = {}
    exec(SETUP, names)
    (folder / "gallery").mkdir(exist_ok=True)
    for entry in GALLERY:
        figure = run(entry.code, names)
        file = folder / "gallery" / f"{entry.name}.png"
        # The picture carries its words, so that a test can read them without eyes.
        figure.savefig(
            file, dpi=DPI, facecolor="white", metadata={"Description": texts(figure)},
            pil_kwargs={"optimize": True},
        )  # fmt: skip
        print(file)
    known = facts(names)
    parts = [INTRODUCTION.format(setup=SETUP)]
    parts += [
        f"## {entry.title}\n\n```python\n{entry.code}\n```\n\n"
        f"![{entry.title}](gallery/{entry.name}.png)\n\n{entry.words.format(**known)}\n"
        for entry in GALLERY
    ]
    (folder / "gallery.md").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
