"""Changed code that no test notices: `python -m tests.mutants`, or `... cost descent` for some.

mutmut makes the changes, one thing at a time. Here they are tried: the tests of a module run once,
and tell which functions each reaches; then each change is put into a fork of that process, which
runs the tests that reach it, fastest first, until one fails. What survives must stand in
docs/reliability/survivors.toml with the reason why the change is no fault; what does not is told.
"""

from __future__ import annotations

import ast
import difflib
import importlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stdout
from types import FunctionType
from typing import Any, NamedTuple

import coverage
import libcst as cst
import pytest
from hypothesis import Phase, settings
from mutmut.mutation.file_mutation import create_mutations, deep_replace
from tests.common import ROOT
from tests.promises import RESULTS, keep

SURVIVORS = RESULTS / "survivors.toml"
FOUND = ROOT / "build" / "mutants"
DESCENT = ["test_descent.py", "test_descent_input.py", "test_divergence.py", "test_rule.py",
           "test_resume.py"]  # fmt: skip
ENGINE = ["test_cost.py", "_engine/test_outputs.py", "_engine/test_joined.py"]
# Modules, and the tests that ought to notice a change of each: a minute at most.
TESTS = {
    "cost": ["test_cost.py", "test_what_is_no_network.py", "_engine/test_joined.py",
             "_engine/test_arrays.py", "_engine/test_targets.py", "test_rule.py"],
    "descent": DESCENT,
    "network": ["test_network.py", "test_layer_activations.py", "test_what_is_no_network.py"],
    "_engine.arrays": ["_engine/test_arrays.py", "_engine/test_targets.py", "_engine/test_theta.py",
                       "_engine/test_any_arrays.py", "_engine/test_columns.py"],
    "_engine.builds": ["_engine/test_threads.py", "test_cost.py"],
    "_engine.engine": ENGINE,
    "_engine.frames": ["_engine/test_frames.py"],
    "_engine.full_batch": ["_engine/test_full_batch.py"],
    "_engine.held": ["_engine/test_layouts.py", *ENGINE],
    "_engine.layouts": ["_engine/test_layouts.py", "_engine/test_shapes.py"],
    "_engine.mini_batches": ["_engine/test_mini_batches.py", "test_steps.py", "test_rule.py"],
    "_engine.plane": ["landscape"],
    "_engine.reals": ["_engine/test_arrays.py", "_engine/test_theta.py", *DESCENT[:2]],
    "_engine.regions": ["_engine/test_pauses.py", "_engine/test_team.py"],
    "_engine.sparse_rows": ["_engine/test_layouts.py", "_engine/test_arrays.py"],
    "_engine.team": ["_engine/test_team.py", "_engine/test_threads.py"],
    "_engine.threads": ["_engine/test_threads.py", "_engine/test_team.py"],
}  # fmt: skip
# Seconds of the processor, and of the clock, that a change may make its tests last.
PROCESSOR, CLOCK = 30, 300
SURVIVED, NOTICED = 0, 1
OPTIONS = [
    "-q", "-p", "no:cacheprovider", "-p", "no:random_order", "-p", "no:randomly",
    "-p", "no:faulthandler",
    "-W", "ignore::pytest.PytestAssertRewriteWarning",  # tests.mutants imports what they do
]  # fmt: skip


class Mutant(NamedTuple):
    function: str
    """Its name in the module, as `Class.method`."""
    source: str
    """The whole module, changed."""
    was: str
    now: str


def functions(module: cst.Module) -> Iterator[tuple[str, cst.FunctionDef]]:
    for node in module.body:
        if isinstance(node, cst.FunctionDef):
            yield node.name.value, node
        elif isinstance(node, cst.ClassDef):
            for member in node.body.body:
                if isinstance(member, cst.FunctionDef):
                    yield f"{node.name.value}.{member.name.value}", member


def mutants(path: str) -> Iterator[Mutant]:
    """All of a file, but the wording of messages: tests ask these for their facts alone."""
    with open(path, encoding="utf-8") as file:
        code = file.read()
    module, mutations, *_ = create_mutations(path, code)
    names = {id(node): name for name, node in functions(module)}
    for mutation in mutations:
        node = mutation.original_node
        worded = isinstance(node, cst.SimpleString | cst.FormattedString | cst.ConcatenatedString)
        function = names.get(id(mutation.contained_by_top_level_function))
        if function is None or (worded and " " in module.code_for_node(node)):
            continue
        changed = deep_replace(module, node, mutation.mutated_node)
        assert isinstance(changed, cst.Module)
        lines = list(difflib.ndiff(code.splitlines(), changed.code.splitlines()))
        was, now = (" ".join(x[2:].strip() for x in lines if x[0] == sign) for sign in "-+")
        yield Mutant(function, changed.code, was, now)


def spans(path: str) -> Iterator[tuple[str, range]]:
    """Functions of a file, and their lines."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    for node in tree.body:
        within = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for one in within:
            if isinstance(one, ast.FunctionDef):
                yield prefix + one.name, range(one.lineno, (one.end_lineno or 0) + 1)


def function_in(names: dict[str, Any], path: str) -> FunctionType:
    """The function itself, whatever wraps it."""
    *classes, name = path.split(".")
    for one in classes:
        names = vars(names[one])
    found = names[name]
    for way in ("fget", "__func__", "__wrapped__"):
        found = getattr(found, way, found)
    assert isinstance(found, FunctionType)
    return found


def put_in(module: Any, mutant: Mutant) -> None:
    """Let the function, whoever holds it, be the changed one."""
    changed = {"__name__": module.__name__, "__file__": module.__file__}
    exec(compile(mutant.source, module.__file__, "exec", dont_inherit=True), changed)
    live, new = (function_in(names, mutant.function) for names in (vars(module), changed))
    live.__code__ = new.__code__
    live.__defaults__, live.__kwdefaults__ = new.__defaults__, new.__kwdefaults__


class Trials:
    """A plugin of pytest: instead of running the tests once, run them for every change."""

    def __init__(self, name: str) -> None:
        self.module = importlib.import_module(f"fastgd.{name}")
        self.survived: list[Mutant] = []
        self.tried = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        quick = settings(settings.get_profile("fastgd"), phases=(Phase.explicit, Phase.generate))
        settings.register_profile("mutants", quick)
        settings.load_profile("mutants")  # a found fault is not made smaller

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        reached = self.reached(session)
        for mutant in mutants(self.module.__file__):
            self.tried += 1
            if self.code_of(session, mutant, reached[mutant.function]) == SURVIVED:
                self.survived.append(mutant)
                print(f"{self.tried}: {mutant.function}: {mutant.now}", file=sys.stderr)
        return True

    def reached(self, session: pytest.Session) -> dict[str, list[pytest.Item]]:
        """Which tests run a line of a function, fastest first."""
        own = str(self.module.__file__)
        seen = coverage.Coverage(data_file=None, config_file=False, include=[own])
        seconds = []
        seen.start()
        for i, item in enumerate(session.items):
            seen.switch_context(str(i))
            began = time.process_time()
            run(item)
            seconds.append(time.process_time() - began)
        seen.stop()
        if session.testsfailed:
            pytest.exit("the tests must pass before anything is changed", 2)
        contexts = seen.get_data().contexts_by_lineno(own)
        reached = {}
        for name, lines in spans(own):
            tests = {int(i) for line in lines for i in contexts.get(line, ()) if i}
            reached[name] = [session.items[i] for i in sorted(tests, key=seconds.__getitem__)]
        return reached

    def code_of(self, session: pytest.Session, mutant: Mutant, items: list[pytest.Item]) -> int:
        """What a fork with the change in it ends with."""
        child = os.fork()
        if child:
            return os.waitpid(child, 0)[1]
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(CLOCK)
            resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR, PROCESSOR))
            put_in(self.module, mutant)
            for item in items:
                run(item)
                if session.testsfailed:
                    os._exit(NOTICED)
            os._exit(SURVIVED)
        finally:  # a module that cannot be imported, too
            os._exit(NOTICED)


def run(item: pytest.Item) -> None:
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)


def excused(name: str, mutant: Mutant, known: list[dict[str, Any]]) -> bool:
    """Whether a reason is written down for this change."""
    return any(
        re.fullmatch(one["of"], f"{name}.{mutant.function}")
        and re.search(one["now"], mutant.now)
        and one["why"]
        for one in known
    )


def try_one(name: str) -> None:
    """Try a module, and leave what was found as build/mutants/NAME.json."""
    trials = Trials(name)
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        pytest.main([*OPTIONS, *(f"tests/{file}" for file in TESTS[name])], plugins=[trials])
    if not trials.tried:
        sys.exit(f"{name}: its tests do not pass as they are")
    known = tomllib.loads(SURVIVORS.read_text(encoding="utf-8")).get("survivor", [])
    lost = [m for m in trials.survived if not excused(name, m, known)]
    for mutant in lost:
        print(f"{name}.{mutant.function}\n    was  {mutant.was}\n    now  {mutant.now}")
    noticed, with_reason = trials.tried - len(trials.survived), len(trials.survived) - len(lost)
    found = {"tried": trials.tried, "noticed": noticed, "no fault": with_reason}
    FOUND.mkdir(parents=True, exist_ok=True)
    (FOUND / f"{name}.json").write_text(json.dumps(found))
    print(f"{name}: {found}, {len(lost)} survived with no reason", flush=True)


def found_before() -> dict[str, str]:
    path = RESULTS / "mutants.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))["facts"]) if path.exists() else {}


def main(names: list[str]) -> None:
    if unknown := set(names) - TESTS.keys():
        sys.exit(f"no such module: {', '.join(sorted(unknown))}; there are {', '.join(TESTS)}")
    facts = found_before()
    for name in names or TESTS:  # each in a process of its own, as it was before any change
        begin = f"from tests.mutants import try_one; try_one({name!r})"
        if subprocess.run([sys.executable, "-c", begin], cwd=ROOT, check=False).returncode:
            sys.exit(1)
        found = json.loads((FOUND / f"{name}.json").read_text())
        facts[name] = ", ".join(f"{n} {words}" for words, n in found.items())
    counts = [[int(n) for n in re.findall(r"\d+", words)] for words in facts.values()]
    tried, noticed, with_reason = (sum(column) for column in zip(*counts, strict=True))
    lost = tried - noticed - with_reason
    keep("mutants", tried=tried, lost=lost, how="make mutants", facts=facts)


if __name__ == "__main__":
    main(sys.argv[1:])
