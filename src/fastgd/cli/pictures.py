"""The whole set of pictures of one network, written to a folder.

What `fastgd train --figures` and `fastgd show` do. Numbers come from the plain functions,
pictures from `plots`; here is only which ones, of what, and under which names.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastgd import curves, inside, landscape, minima, plots, spatial
from fastgd.cli.digits import first_three
from fastgd.cost import Cost
from fastgd.network import Network
from fastgd.plots.style import new_figure

if TYPE_CHECKING:
    from fastgd.datasets import Digits, Schema

DPI = 130
# Digits on which descents are run again, from other starts and with shuffled labels.
N_AGAIN = 2000
EPOCHS_AGAIN = 20
N_STARTS = 8

Drawn = Iterator[tuple[str, Any]]


@dataclass(frozen=True)
class View:
    """What there is to draw: a network before and after training, and digits.

    Parameters
    ----------
    network : Network
    untrained, theta : (n_parameters,) arrays
    digits : Digits
    path : (n, n_parameters) array or None
        The descent from the one to the other, where it is known.
    learning_rate : float
        For the pictures that descend again.
    n_threads : int or None
    colors : {"lesson", "safe"}
    schema : Schema or None
        What the examples are; None: handwritten digits. (Rows of a table have their places in
        `digits`, standardised as the network learned from them, and targets those of labels.)
    """

    network: Network
    untrained: NDArray[Any]
    theta: NDArray[Any]
    digits: Digits
    path: NDArray[Any] | None = None
    learning_rate: float = 0.5
    n_threads: int | None = None
    colors: str = "lesson"
    schema: Schema | None = None

    @cached_property
    def cost(self) -> Cost:
        """On the training digits."""
        images, labels = self.digits.train_images, self.digits.train_labels
        return Cost(self.network, images, labels, n_threads=self.n_threads)

    @property
    def image(self) -> NDArray[Any]:
        """The first 3 among the test digits."""
        return first_three(self.digits)

    @property
    def of_images(self) -> bool:
        """Whether inputs are the pixels of pictures."""
        return self.schema is None or self.schema.shape is not None

    @property
    def of_classes(self) -> bool:
        """Whether outputs speak for classes."""
        return self.schema is None or self.schema.kind == "classes"

    @property
    def both(self) -> tuple[tuple[str, NDArray[Any], str], ...]:
        """(suffix, theta, word) of the untrained and the trained network."""
        return (("-untrained", self.untrained, "Untrained"), ("", self.theta, "Trained"))


def write_figures(
    folder: str | os.PathLike[str],
    view: View,
    tell: Callable[[int, int, str], object] = lambda done, total, name: None,
) -> list[Path]:
    """Draw everything there is to see of a network into `folder`, as PNG files.

    Parameters
    ----------
    folder : path
        Made if it is not there; pictures of the same names are replaced.
    view : View
    tell : callable
        Called as ``tell(done, total, name)`` before each picture, and at the end.

    Returns
    -------
    list of Path
    """
    new_figure()  # a missing matplotlib is complained of before the work, not after it
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written = []
    drawn_of = fitting(view)
    for number, (name, draw) in enumerate(drawn_of.items()):
        tell(number, len(drawn_of), name)
        for suffix, drawn in draw(view):
            figure = drawn if hasattr(drawn, "savefig") else drawn.figure
            file = target / f"{NUMBERS[name]:02d}-{name}{suffix}.png"
            figure.savefig(file, dpi=DPI, facecolor="white")
            written.append(file)
    tell(len(drawn_of), len(drawn_of), "")
    return written


def fitting(view: View) -> dict[str, Callable[[View], Drawn]]:
    """The pictures that can be drawn of such examples."""
    without = set() if view.of_images else OF_IMAGES
    without = without if view.of_classes else without | OF_CLASSES
    return {name: draw for name, draw in PICTURES.items() if name not in without}


def draw_mess(view: View) -> Drawn:
    yield "", plots.mess(inside.mess(view.network, view.untrained, view.theta, view.image))


def draw_neurons(view: View) -> Drawn:
    for suffix, theta, word in view.both:
        yield (
            suffix,
            plots.neurons(
                view.network.activations(theta, view.image),
                [layer.weights for layer in view.network.layers(theta)],
                colors=view.colors,
                title=f"{word}: every neuron as bright as its activation",
            ),
        )


def draw_weights(view: View) -> Drawn:
    for suffix, theta, word in view.both:
        grids = inside.weight_grids(view.network, theta)
        title = f"{word}: the weights of each neuron of the first layer"
        yield suffix, plots.weights(grids, colors=view.colors, title=title)


def draw_order_in_weights(view: View) -> Drawn:
    lit = spatial.ever_lit(view.digits.train_images)
    untrained, trained = (
        spatial.morans_i(inside.weight_grids(view.network, theta), lit) for _, theta, _ in view.both
    )
    yield "", plots.order_in_weights(trained, untrained)


def draw_gradient(view: View) -> Drawn:
    # Where the descent ends, little is left of the gradient; where it starts, the largest entries
    # only bring all outputs down. So it is read after one epoch, where the path is known.
    where, theta = "Untrained", view.untrained
    if view.path is not None and len(view.path) > 1:
        where, theta = "After one epoch", view.path[1]
    found = inside.read_gradient(view.network, view.cost.gradient(theta), 20)
    title = f"{where}: the parameters that matter most, and which way to nudge them"
    yield "", plots.nudges(found, colors=view.colors, title=title)
    if not view.of_images:
        return
    grids = inside.weight_grids(view.network, -view.cost.gradient(view.untrained))
    title = "Where the first layer's weights are nudged first: minus the gradient, untrained"
    yield "-images", plots.weights(grids, colors=view.colors, title=title)


def draw_descent(view: View) -> Drawn:
    if view.path is None:
        return
    digits = view.digits
    if view.of_classes:
        found = curves.curves(
            view.cost, view.path, images=digits.test_images, labels=digits.test_labels
        )
        title = "The descent (accuracy on digits it was not trained on)"
    else:
        found, title = curves.curves(view.cost, view.path), "The descent"
    yield "", plots.descent_curves(found, title=title)


def draw_surface(view: View) -> Drawn:
    if view.path is None or len(view.path) < 3:
        return
    directions = landscape.principal_directions(view.path)
    ground = landscape.plane(view.cost, *directions[:3])
    walked = landscape.project(ground, view.cost, view.path)
    labels = tuple(
        f"{which} principal direction ({100 * share:.0f} % of the path)"
        for which, share in zip(("first", "second"), directions.shares, strict=True)
    )
    title = "The descent on the plane it moved in most"
    yield "", plots.cost_plane(ground, walked, labels=(labels[0], labels[1]), title=title)
    short = ("first principal direction", "second")
    yield "-relief", plots.cost_relief(ground, walked, labels=short, title=title)


def draw_random_plane(view: View) -> Drawn:
    rng = np.random.default_rng(0)
    u, v = (landscape.random_direction(view.network, view.theta, rng) for _ in range(2))
    yield (
        "",
        plots.cost_plane(
            landscape.plane(view.cost, view.theta, u, v),
            labels=("a, along a random direction", "b, along another"),
            title="Around the trained network, in two random directions",
        ),
    )


def draw_two_parameters(view: View) -> Drawn:
    found = inside.read_gradient(view.network, view.cost.gradient(view.untrained), 10**9)
    weight = next(nudge for nudge in found if nudge.input is not None)
    bias = next(nudge for nudge in found if nudge.input is None)
    u, v = landscape.parameter_directions(view.network, weight.index, bias.index)
    names = [str(nudge).rsplit(":", 1)[0] + ": change" for nudge in (weight, bias)]
    yield (
        "",
        plots.cost_plane(
            landscape.plane(view.cost, view.theta, u, v, extent=10.0),
            labels=(names[0], names[1]),
            title="One weight and one bias, all others held still",
        ),
    )


def draw_downhill(view: View) -> Drawn:
    along = landscape.negative_gradient(view.cost, view.untrained)
    rough = landscape.line(view.cost, view.untrained, along, extent=(0, 64), resolution=641)
    best = float(rough.t[max(1, int(rough.costs.argmin()))])
    yield (
        "",
        plots.cost_line(
            landscape.line(view.cost, view.untrained, along, extent=(0, 4 * best)),
            label="learning rate of one step along the negative gradient",
            title="One step downhill from the untrained network, short to long",
        ),
    )


def draw_slopes(view: View) -> Drawn:
    yield "", plots.slope_histogram(minima.steepest(view.cost, view.untrained, 5000, rng=0))


def small_training(view: View) -> tuple[Any, Any, dict[str, Any]]:
    options = {"batch_size": 10, "epochs": EPOCHS_AGAIN, "learning_rate": view.learning_rate}
    return view.digits.train_images[:N_AGAIN], view.digits.train_labels[:N_AGAIN], options


def draw_starts(view: View) -> Drawn:
    images, labels, options = small_training(view)
    cost = Cost(view.network, images, labels, n_threads=view.n_threads)
    found = minima.multi_start(cost, N_STARTS, rng=0, n_workers=view.n_threads, **options)
    title = f"{N_STARTS} random starts, {len(labels):,} digits: where each descent ends"
    yield "", plots.starts(found, title=title)


def draw_confusion(view: View) -> Drawn:
    digits = view.digits
    counts = inside.confusion(view.network, view.theta, digits.test_images, digits.test_labels)
    yield "", plots.confusion(counts, title="What each unseen digit is read as")


def draw_mistakes(view: View) -> Drawn:
    digits = view.digits
    found = inside.worst_mistakes(view.network, view.theta, digits.test_images, digits.test_labels)
    yield "", plots.mistakes(found, digits.test_images)


def draw_noise(view: View) -> Drawn:
    yield "", plots.noise(inside.noise(view.network, view.theta, rng=0))


def draw_shuffled_labels(view: View) -> Drawn:
    images, labels, options = small_training(view)
    found = curves.memorise(
        view.network, images, labels, rng=0, n_threads=view.n_threads, **options
    )
    yield "", plots.memorising(found)


PICTURES: dict[str, Callable[[View], Drawn]] = {
    "mess": draw_mess,
    "neurons": draw_neurons,
    "weights": draw_weights,
    "order-in-weights": draw_order_in_weights,
    "gradient": draw_gradient,
    "descent": draw_descent,
    "surface": draw_surface,
    "random-plane": draw_random_plane,
    "two-parameters": draw_two_parameters,
    "downhill": draw_downhill,
    "slopes": draw_slopes,
    "starts": draw_starts,
    "confusion": draw_confusion,
    "mistakes": draw_mistakes,
    "noise": draw_noise,
    "shuffled-labels": draw_shuffled_labels,
}
NUMBERS = {name: number for number, name in enumerate(PICTURES, 1)}
OF_IMAGES = {"mess", "neurons", "weights", "order-in-weights", "mistakes", "noise"}
OF_CLASSES = {"confusion", "mistakes", "shuffled-labels"}
