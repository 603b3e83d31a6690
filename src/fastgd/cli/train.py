"""The command ``fastgd train``: digits in, a trained network and what it reads out.

Everything goes through the public names of fastgd. Results are printed on stdout, progress on
stderr. How a digit or a bar looks is left to `terminal`, what an error looks like to `options`.
"""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import fastgd
from fastgd import _atomic, inside
from fastgd.cli import pictures, progress, sketches, terminal
from fastgd.cli.digits import first_three, load_digits, misfit_of
from fastgd.cli.terminal import describe, percent, print_json
from fastgd.files.models import safetensors_library
from fastgd.plots.style import new_figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_MISREAD = 5  # shown after training, if they fit side by side


def run_training(arguments: Namespace) -> int:
    """Train a network on digits: the main job."""
    digits = load_digits(arguments)
    n_examples = len(digits.train_images)
    misfit = misfit_of(arguments.layers, digits)
    if misfit:
        arguments.fail(f"--layers {'-'.join(map(str, arguments.layers))}: {misfit}")
    # What is missing or cannot be written is complained of before the work, not after it.
    if arguments.save is not None:
        safetensors_library()
        _atomic.check(arguments.save)
    if arguments.figures is not None:
        new_figure()
        Path(arguments.figures).mkdir(parents=True, exist_ok=True)
    network = fastgd.Network(
        arguments.layers,
        activation=arguments.activation,
        output_activation=arguments.output_activation,
    )
    cost = fastgd.Cost(
        network, digits.train_images, digits.train_labels, n_threads=arguments.threads
    )
    rng = np.random.default_rng(arguments.seed)
    start_theta = network.random_theta(rng=rng)
    if not arguments.json:
        show_untrained(network, start_theta, digits)

    start = time.perf_counter()
    try:
        with progress.training(arguments.epochs, n_examples) as report:
            descent = fastgd.gradient_descent(
                cost,
                start_theta,
                learning_rate=arguments.learning_rate,
                momentum=arguments.momentum,
                batch_size=arguments.batch_size or None,
                epochs=arguments.epochs,
                rng=rng,
                callback=report,
                record=None if arguments.figures is None else 1,
                **({} if arguments.tol is None else {"tol": arguments.tol}),
            )
    except KeyboardInterrupt as interrupt:
        return report_interrupt(arguments, network, getattr(interrupt, "descent", None))
    seconds = time.perf_counter() - start
    save_model(arguments, network, descent)

    theta = descent.theta
    test_cost = fastgd.Cost(
        network, digits.test_images, digits.test_labels, n_threads=arguments.threads
    )
    results = {
        "layer_sizes": list(network.layer_sizes),
        "n_parameters": network.n_parameters,
        "activation": network.activation,
        "output_activation": network.output_activation,
        "learning_rate": arguments.learning_rate,
        "momentum": arguments.momentum,
        "batch_size": arguments.batch_size or n_examples,
        "seed": arguments.seed,
        "epochs": len(descent.costs),
        "steps": descent.steps,
        "stopped_by": descent.stopped_by,
        "seconds": seconds,
        "costs": [float(c) for c in descent.costs],
        "cost": float(cost(theta)),
        "test_cost": float(test_cost(theta)),
        "train_accuracy": inside.accuracy(network, theta, digits.train_images, digits.train_labels),
        "test_accuracy": inside.accuracy(network, theta, digits.test_images, digits.test_labels),
        "untrained_test_accuracy": inside.accuracy(
            network, start_theta, digits.test_images, digits.test_labels
        ),
        "saved": arguments.save,
        "figures": arguments.figures,
    }
    if arguments.json:
        print_json(results)
    else:
        show_trained(network, theta, digits, results)
    if arguments.figures is not None:
        draw_figures(arguments, network, descent, digits)
    return 0


def draw_figures(
    arguments: Namespace, network: fastgd.Network, descent: Any, digits: fastgd.datasets.Digits
) -> None:
    view = pictures.View(
        network, descent.path[0], descent.theta, digits, descent.path,
        arguments.learning_rate, arguments.threads, arguments.colors,
    )  # fmt: skip
    with progress.drawing() as tell:
        written = pictures.write_figures(arguments.figures, view, tell)
    if not arguments.json:
        print(f"{len(written)} pictures in {arguments.figures}")


def show_untrained(
    network: fastgd.Network, theta: NDArray[Any], digits: fastgd.datasets.Digits
) -> None:
    out = terminal.console()
    n_examples, n_test = len(digits.train_labels), len(digits.test_labels)
    out.print(describe(network))
    out.print(f"{n_examples:,} digits to learn from, {n_test:,} to test on\n")
    out.print('Untrained, it is shown a "3":\n')
    three = first_three(digits)
    sketches.show_reading(out, three, network(theta, three))
    right = percent(inside.accuracy(network, theta, digits.test_images, digits.test_labels))
    out.print(f"\nIt reads {right} of the test digits right.")
    sys.stdout.flush()


def show_trained(
    network: fastgd.Network,
    theta: NDArray[Any],
    digits: fastgd.datasets.Digits,
    results: dict[str, Any],
) -> None:
    out = terminal.console()
    out.print('\nTrained, it is shown the same "3":\n')
    three = first_three(digits)
    sketches.show_reading(out, three, network(theta, three))
    out.print("\n                      cost   accuracy")
    for name, cost, accuracy in (
        ("training digits  ", results["cost"], results["train_accuracy"]),
        ("never-seen digits", results["test_cost"], results["test_accuracy"]),
    ):
        out.print(f"{name}  {cost:7.4f}   {percent(accuracy):>8}")
    speed = results["epochs"] * len(digits.train_labels) / max(results["seconds"], 1e-9)
    stopped = ", until the steps became tiny" if results["stopped_by"] == "tol" else ""
    out.print(
        f"\n{results['epochs']:,} epochs, {results['steps']:,} steps in "
        f"{results['seconds']:.2f} s ({speed:,.0f} examples/s){stopped}"
    )
    outputs = network(theta, digits.test_images)
    read = outputs.argmax(1)
    wrong = (read != digits.test_labels).nonzero()[0]
    if wrong.size:
        surest = wrong[np.argsort(-outputs[wrong].max(1), kind="stable")][:N_MISREAD]
        out.print(f"\nIt misreads {wrong.size:,} of {len(read):,}. Those it is surest of:\n")
        captions = [f"{digits.test_labels[i]}, read as {read[i]}" for i in surest]
        sketches.show_images(out, [digits.test_images[i] for i in surest], captions)
    if results["saved"] is not None:
        out.print(f"\nSaved to {results['saved']}", soft_wrap=True)


def report_interrupt(arguments: Namespace, network: fastgd.Network, descent: Any) -> int:
    """Keep what was learned before Ctrl-C, where it was asked for, and say so."""
    n_epochs = 0 if descent is None else len(descent.costs)
    after = f"interrupted after {n_epochs} of {arguments.epochs} epochs"
    if descent is None:
        fate = "nothing was learned yet"
    elif arguments.save is None:
        fate = "nothing was saved (--save PATH keeps what was learned)"
    else:
        save_model(arguments, network, descent)
        fate = f"what was learned is saved to {arguments.save}"
    print(f"fastgd: {after}; {fate}", file=sys.stderr)
    return 130


def save_model(arguments: Namespace, network: fastgd.Network, descent: Any) -> None:
    if arguments.save is None:
        return
    facts = {
        "epochs": len(descent.costs),
        "steps": descent.steps,
        "stopped_by": descent.stopped_by,
        "learning_rate": arguments.learning_rate,
        "momentum": arguments.momentum,
        "batch_size": arguments.batch_size or "all",
        "tol": arguments.tol,
        "seed": arguments.seed,
    }
    fastgd.save(arguments.save, network, descent.theta, {k: str(v) for k, v in facts.items()})
