"""Programs that are asked in turns: one round of the work each, by ratios of a round's times.

What is run, and what becomes of the times, is the caller's. A program says a word when it is ready;
for each line it then reads, it runs the work once and prints seconds a call by name, as JSON.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from statistics import median, quantiles

Times = dict[str, float]
Program = subprocess.Popen[str]


def begun(command: Sequence[str], env: Mapping[str, str] | None = None) -> Program:
    """A program at work."""
    return subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def answer(program: Program) -> str:
    """Its next line."""
    assert program.stdout
    return program.stdout.readline().strip()


def in_turns(programs: Mapping[str, Program], n_rounds: int) -> list[dict[str, Times]]:
    """Rounds of times, by the programs' names; the first of a round is the other one each time."""
    rounds = []
    for number in range(n_rounds):
        order = list(programs) if number % 2 else list(programs)[::-1]
        rounds.append({name: times_of(programs[name]) for name in order})
    for program in programs.values():
        program.communicate()
    return rounds


def times_of(program: Program) -> Times:
    """One round of one program."""
    assert program.stdin
    program.stdin.write("\n")
    program.stdin.flush()
    times: Times = json.loads(answer(program))
    return times


def ratio(rounds: Sequence[dict[str, Times]], work: str, of: str, to: str) -> tuple[float, ...]:
    """Median and quartiles of a work's time in one program, in times of another's."""
    ratios = [each[of][work] / each[to][work] for each in rounds]
    low, _, high = quantiles(ratios, n=4)
    return median(ratios), low, high
