"""FASTGD_DETERMINISTIC=everywhere: the hashes that are kept, whatever runs these tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.common import PATIENCE
from tests.everywhere.common import has_the_build, kept, run_everywhere, said
from tests.explore.assembly import MODULE
from tests.explore.node import Walk, with_node
from tests.explore.test_descent import WALKS

from fastgd._built import processor

pytestmark = has_the_build
# Switches off what NumPy and glibc choose by the processor.
OLD = {
    "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL "
    "AVX512_ICL AVX512_SPR",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F,-FMA4",
}


def test_the_hashes_are_those_of_every_processor() -> None:
    assert said() == kept()


@pytest.mark.parametrize("level", processor.supported())
def test_the_build_that_runs_is_the_same_whichever_was_asked_for(level: str) -> None:
    code = "import fastgd; c = fastgd.show_config(); print(c['cpu'], c['deterministic'])"
    build = "v2" if "v2" in processor.BUILT else "everywhere"
    assert run_everywhere(code, FASTGD_CPU=level) == f"{build} everywhere"


def test_an_older_processor_s_numpy_and_libm_change_nothing() -> None:
    names = ["plain", "full batch, dense, float64", "weighted, float64"]
    code = f"import descents; sys.argv[1:] = {names!r}; descents.main()"
    assert json.loads(run_everywhere(code, **OLD)) == {name: kept()[name] for name in names}


def test_the_layout_of_x_changes_no_bit_of_theta() -> None:
    """Compressed or dense, pixels or the same numbers: one sum in one order."""
    code = """
import descents, json
from fastgd._engine import layouts
found = {}
for share in (0.45, 0.0):
    layouts.COMPRESS_BELOW = share
    for options in ({"batch_size": 10}, {"batch_size": 300, "momentum": 0.5}, {}):
        for X in ("pixels", "reals"):
            for dtype in ("float32", "float64"):
                case = descents.Case(X=X, dtype=dtype, options=options)
                cost = descents.cost_of(case, 2)
                digest = descents.digest(descents.walked(case, cost).theta)
                found.setdefault(f"{options} {dtype}", []).append([cost._engine.layout, digest])
print(json.dumps(found))
"""
    for told in json.loads(run_everywhere(code)).values():
        assert {layout for layout, _ in told} == {
            "compressed uint8", "compressed reals", "dense uint8", "dense reals",
        }  # fmt: skip
        assert len({digest for _, digest in told}) == 1


def test_csr_has_the_bits_of_the_same_numbers() -> None:
    pytest.importorskip("scipy")
    code = """
import descents, scipy.sparse, fastgd
case = descents.Case(X="reals")
X, Y, _ = descents.examples(case)
cost = descents.cost_of(case, 2)
other = fastgd.Cost(cost.network, scipy.sparse.csr_array(X), Y, dtype="float32")
assert cost._engine.layout == other._engine.layout == "compressed reals"
print(*(descents.digest(descents.walked(case, c).theta) for c in (cost, other)))
"""
    told = run_everywhere(code).split()
    assert told[0] == told[1] == kept()["reals"]["theta"]


def test_a_resumed_descent_has_the_bits_of_a_whole_one() -> None:
    code = """
import descents
for name in ("momentum", "full batch"):
    case = descents.cases()[name]
    cost = descents.cost_of(case, 2)
    half = descents.walked(case, cost, epochs=1)
    print(descents.digest(descents.walked(case, cost, resume=half).theta))
"""
    expected = [kept()[name]["theta"] for name in ("momentum", "full batch")]
    assert run_everywhere(code).split() == expected


PAGE_WALKS = ("784-16-16-10", "784-100-50-10", "relu", "tanh", "one at a time", "XOR")


def in_kernels(walk: Walk, folder: Path) -> NDArray[Any]:
    """theta after the walk, by the kernels."""
    np.savez(folder / "walk", X=walk.X, Y=walk.Y, theta=walk.theta, order=walk.order)
    run_everywhere(f"""
import numpy as np, fastgd
from fastgd import Network
given = np.load({str(folder / "walk.npz")!r})
walk = fastgd.Cost({walk.network!r}, given["X"], given["Y"].astype("float32")).mini_batches(
    given["theta"], batch_size={walk.batch}, learning_rate={walk.rate})
walk.epoch(given["order"])
np.save({str(folder / "theta.npy")!r}, walk.theta)
""")
    return np.load(folder / "theta.npy")


@with_node
@pytest.mark.parametrize("name", PAGE_WALKS)
def test_the_page_s_webassembly_has_the_bits_of_the_kernels(name: str, tmp_path: Path) -> None:
    theta, _ = WALKS[name].in_node(tmp_path, wasm=MODULE)
    assert theta.tobytes() == in_kernels(WALKS[name], tmp_path).tobytes()


# -------------------------------------------------------------------------- what is refused


def failure(code: str, asked: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "FASTGD_DETERMINISTIC": asked},
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize("asked", ["1", "Everywhere", "True"])
def test_another_word_is_refused(asked: str) -> None:
    expected = f"ImportError: FASTGD_DETERMINISTIC={asked}: expected everywhere, or nothing"
    assert failure("import fastgd", asked) == expected


def test_another_bit_generator_is_refused() -> None:
    code = """
import numpy as np, fastgd
fastgd.Network((2, 1)).random_theta(rng=np.random.Generator(np.random.MT19937(0)))
"""
    expected = "ValueError: rng: FASTGD_DETERMINISTIC=everywhere draws from PCG64, got MT19937"
    assert failure(code, "everywhere") == expected
