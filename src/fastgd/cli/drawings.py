"""Each picture of a network that the command line draws: (suffix of its name, figure) in turn.

Numbers come from the plain functions, pictures from `plots`; which are drawn, `pictures` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fastgd import curves, inside, landscape, minima, plots, spatial
from fastgd.cli.view import View

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Examples on which descents are run again from other starts, and with shuffled labels.
N_AGAIN, EPOCHS_AGAIN, N_STARTS = 2000, 20, 8
N_MEMORISED, EPOCHS_MEMORISED = 500, 1000
# Grids of weights that fit into one picture.
MOST_GRIDS = 100

Drawn = Iterator[tuple[str, "Figure"]]


class NothingToDrawError(Exception):
    """A picture has nothing to show of this network; the message says why."""


def draw_mess(view: View) -> Drawn:
    image, label = view.digits.test_images[view.shown], int(view.digits.test_labels[view.shown])
    found = inside.mess(view.network, view.untrained, view.theta, image, label)
    yield "", plots.mess(found, classes=view.classes)


def draw_neurons(view: View) -> Drawn:
    example = view.digits.test_images[view.shown]
    label = None if view.is_regression else int(view.digits.test_labels[view.shown])
    several = view.network.n_outputs > 1
    for suffix, theta, word in view.both:
        yield (
            suffix,
            plots.neurons(
                view.network.activations(theta, example),
                [layer.weights for layer in view.network.layers(theta)],
                label=label,
                classes=view.classes if several else None,
                inputs=view.inputs,
                colors=view.colors,
                title=f"{word}: every neuron as bright as its activation",
            ),
        )


def draw_weights(view: View) -> Drawn:
    for suffix, theta, word in view.both:
        grids = inside.weight_grids(view.network, theta)
        some = "" if len(grids) <= MOST_GRIDS else f", the first {MOST_GRIDS} of {len(grids):,}"
        title = f"{word}: the weights of each neuron of the first layer{some}"
        yield suffix, plots.weights(grids[:MOST_GRIDS], colors=view.colors, title=title)


def draw_weight_matrices(view: View) -> Drawn:
    several = view.network.n_outputs > 1
    for suffix, theta, word in view.scaled.both:
        matrices = [layer.weights for layer in view.network.layers(theta)]
        title = f"{word}: the weights of each layer, on standardised inputs"
        yield (
            suffix,
            plots.weight_matrices(
                matrices, inputs=view.inputs, classes=view.classes if several else None,
                colors=view.colors, title=title,
            ),
        )  # fmt: skip


def draw_order_in_weights(view: View) -> Drawn:
    lit = spatial.ever_lit(view.digits.train_images)
    untrained, trained = (
        spatial.morans_i(inside.weight_grids(view.network, theta), lit) for _, theta, _ in view.both
    )
    yield "", plots.order_in_weights(trained, untrained)


def draw_gradient(view: View) -> Drawn:
    # Where the descent ends, little is left of the gradient; where it starts, the largest entries
    # only bring all outputs down. So it is read after one epoch, where the path is known.
    view = view.scaled
    where, theta = "Untrained", view.untrained
    if view.path is not None and len(view.path) > 1:
        where, theta = "After one epoch", view.path[1]
    found = inside.read_gradient(view.network, view.cost.gradient(theta), 20)
    title = f"{where}: the parameters that matter most, and which way to nudge them"
    yield "", plots.nudges(found, colors=view.colors, title=title)
    if view.is_image:
        grids = inside.weight_grids(view.network, -view.cost.gradient(view.untrained))
        title = "Where the first layer's weights are nudged first: minus the gradient, untrained"
        yield "-images", plots.weights(grids[:MOST_GRIDS], colors=view.colors, title=title)


def draw_descent(view: View) -> Drawn:
    view = view.scaled
    assert view.path is not None
    images, labels = view.digits.test_images, view.digits.test_labels
    found = curves.curves(view.cost, view.path, images=images, labels=labels)
    yield "", plots.descent_curves(found, title="The descent; test examples were not trained on")


def draw_surface(view: View) -> Drawn:
    view = view.scaled
    assert view.path is not None
    try:
        most = landscape.principal_directions(view.path)
    except ValueError as error:
        raise NothingToDrawError("the descent went along one line") from error
    ground = landscape.plane(view.cost, *most[:3])
    walked = landscape.project(ground, view.cost, view.path)
    title = "The descent on the plane it moved in most"
    yield "", plots.cost_plane(ground, walked, labels=most.labels, title=title)
    yield "-relief", plots.cost_relief(ground, walked, labels=most.labels, title=title)


def draw_random_plane(view: View) -> Drawn:
    view = view.scaled
    rng = np.random.default_rng(0)
    u, v = (landscape.random_direction(view.network, view.theta, rng) for _ in range(2))
    yield (
        "",
        plots.cost_plane(
            landscape.plane(view.cost, view.theta, u, v),
            labels=("a random direction", "another random direction"),
            title="Around the trained network, in two random directions",
        ),
    )


def draw_two_parameters(view: View) -> Drawn:
    view = view.scaled
    found = inside.read_gradient(view.network, view.cost.gradient(view.untrained), 10**9)
    weight = next(nudge for nudge in found if nudge.input is not None)
    bias = next(nudge for nudge in found if nudge.input is None)
    u, v = landscape.parameter_directions(view.network, weight.index, bias.index)
    names = [f"change of {str(nudge).rsplit(':', 1)[0]}" for nudge in (weight, bias)]
    yield (
        "",
        plots.cost_plane(
            landscape.plane(view.cost, view.theta, u, v, extent=10.0),
            labels=(names[0], names[1]),
            title="One weight and one bias of the trained network, all others held still",
        ),
    )


def draw_downhill(view: View) -> Drawn:
    view = view.scaled
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
    view = view.scaled
    yield "", plots.slope_histogram(minima.steepest(view.cost, view.untrained, 5000, rng=0))


def draw_starts(view: View) -> Drawn:
    view = view.scaled
    images, labels = view.digits.train_images[:N_AGAIN], view.digits.train_labels[:N_AGAIN]
    found = minima.multi_start(
        view.cost_of(images, labels), N_STARTS, rng=0, n_workers=view.n_threads, batch_size=10,
        epochs=EPOCHS_AGAIN, learning_rate=view.learning_rate, record=1,
    )  # fmt: skip
    title = f"{N_STARTS} random starts, {len(labels):,} examples: where each descent ends"
    yield "", plots.starts(found, title=title)


def draw_confusion(view: View) -> Drawn:
    digits = view.digits
    counts = inside.confusion(view.network, view.theta, digits.test_images, digits.test_labels)
    title = "What each unseen example is taken for"
    yield "", plots.confusion(counts, classes=view.classes, title=title)


def draw_mistakes(view: View) -> Drawn:
    asked = view.network, view.theta, view.digits.test_images, view.digits.test_labels, 6
    worst, typical = inside.worst_mistakes(*asked), inside.typical_mistakes(*asked)
    yield "", plots.mistakes(worst, view.digits.test_images, typical, classes=view.classes)


def draw_noise(view: View) -> Drawn:
    yield "", plots.noise(inside.noise(view.network, view.theta, rng=0), classes=view.classes)


def draw_shuffled_labels(view: View) -> Drawn:
    view = view.scaled
    images, labels = view.digits.train_images[:N_MEMORISED], view.digits.train_labels[:N_MEMORISED]
    found = curves.memorise(
        view.network, images, labels, rng=0, n_threads=view.n_threads, batch_size=10,
        epochs=EPOCHS_MEMORISED, learning_rate=view.learning_rate, record=10,
    )  # fmt: skip
    yield "", plots.memorising(found)


def draw_decision_surface(view: View) -> Drawn:
    X, labels = view.digits.train_images, view.digits.train_labels
    for suffix, theta, word in view.both:
        found = inside.decision_surface(view.network, theta, X)
        title = f"{word}: what the network answers to any two inputs"
        yield (
            suffix,
            plots.decision_surface(
                found, X, labels, classes=view.classes, inputs=view.inputs, title=title
            ),
        )


def draw_predicted(view: View) -> Drawn:
    digits = view.digits
    found = inside.predictions(view.network, view.theta, digits.test_images, digits.test_labels)
    name = (view.schema.target if view.schema else "") or "target"
    for output in range(view.network.n_outputs):
        which = "" if view.network.n_outputs == 1 else f"-{output}"
        title = "Unseen examples: predicted against true"
        yield which, plots.predicted_against_true(found, output, name=f"{name}{which}", title=title)
