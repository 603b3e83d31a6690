"""Beyond this machine: steps of 10 to 10,000 workers on 10^9 and 10^12 examples, simulated."""

from __future__ import annotations

from typing import NamedTuple

from benches.scaling.model import Engine, Fleet, efficiency, expected

EXAMPLES = (10**9, 10**12)
FLEET_SIZES = (10, 100, 1_000, 10_000)
# Assumed: 25 Gbit/s and 20 us between machines of one hall.
LATENCY, PER_BYTE = 20e-6, 8 / 25e9
WORTH = 0.5


class Projected(NamedTuple):
    """A step that nobody has measured."""

    engine: str
    workers: int
    n_examples: int
    seconds: float
    efficiency: float


def on_a_network(engine: Engine) -> Engine:
    """The engine with its overhead of here, between machines; a client's message has its own."""
    latency = engine.latency + LATENCY if engine.star else LATENCY
    return engine._replace(latency=latency, per_byte=PER_BYTE)


def projections(
    engines: list[Engine], fleet: Fleet, per_example: float, n_bytes: float
) -> list[Projected]:
    """Every engine, number of workers and of examples."""
    found = []
    for engine in map(on_a_network, engines):
        for n_examples in EXAMPLES:
            for workers in FLEET_SIZES:
                facts = (engine, fleet, n_examples, per_example, n_bytes, workers)
                found.append(
                    Projected(
                        engine.name, workers, n_examples, expected(*facts), efficiency(*facts)
                    )
                )
    return found


def pays_up_to(
    engine: Engine, fleet: Fleet, n_examples: float, per_example: float, n_bytes: float
) -> int:
    """The most workers of which more than half of the time is gradients; powers of 2, 0: none."""
    engine, best, workers = on_a_network(engine), 0, 1
    while workers <= 1 << 24:
        if efficiency(engine, fleet, n_examples, per_example, n_bytes, workers) >= WORTH:
            best = workers
        workers *= 2
    return best
