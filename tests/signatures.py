"""The public API's signatures as text, a line each: what `test_signatures.py` compares.

``python -m tests.signatures`` writes the present ones to ``tests/signatures.txt``.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastgd

FILE = Path(__file__).with_suffix(".txt")
# fastgd first: what it hands on is told there. `descent` has the type that callbacks get.
ROOMS = ["", "curves", "datasets", "descent", "estimators", "exchange", "explore", "export",
         "ink", "inside", "landscape", "minima", "parts", "plots", "scaling", "spatial",
         "sweeps"]  # fmt: skip


class Written:
    """An annotation as the source has it."""

    def __init__(self, annotation: Any) -> None:
        self.text = getattr(annotation, "__forward_arg__", annotation)

    def __repr__(self) -> str:
        return str(self.text)


def signature(function: Any) -> str:
    """The same in every version of Python."""
    found = inspect.signature(function)
    parameters = [
        p if p.annotation is p.empty else p.replace(annotation=Written(p.annotation))
        for p in found.parameters.values()
    ]
    returned = found.return_annotation
    if returned is not found.empty:
        returned = Written(returned)
    return str(found.replace(parameters=parameters, return_annotation=returned))


def of_class(name: str, cls: type) -> Iterator[str]:
    """Bases, how it is made, and what fastgd's classes among them add."""
    yield f"class {name}({', '.join(base.__name__ for base in cls.__bases__)})"
    own = [base for base in cls.__mro__ if base.__module__.startswith("fastgd")]
    made = any({"__init__", "__new__"} & vars(base).keys() for base in own)
    parameters = inspect.signature(cls).parameters if made else {}
    if made:
        yield name + signature(cls)
    members: dict[str, str] = {}
    for base in reversed(own):
        for field, annotation in inspect.get_annotations(base).items():
            if field not in parameters:
                members[field] = f": {Written(annotation)}"
        for member, value in vars(base).items():
            if isinstance(value, property):
                members[member] = f" -> {Written(inspect.signature(value.fget).return_annotation)}"
            elif inspect.isfunction(value):
                members[member] = signature(value)
    for member in sorted(members):
        if not member.startswith("_") or member == "__call__":
            yield f"{name}.{member}{members[member]}"


def public() -> Iterator[str]:
    """All of them, room by room."""
    seen: list[Any] = []
    for room in ROOMS:
        module = getattr(fastgd, room) if room else fastgd
        for name in sorted(getattr(module, "__all__", ["Epoch"])):
            value = getattr(module, name)
            if inspect.ismodule(value) or any(value is other for other in seen):
                continue
            seen.append(value)
            full = ".".join(filter(None, ("fastgd", room, name)))
            if inspect.isclass(value):
                yield from of_class(full, value)
            else:
                yield full + signature(value)


def text() -> str:
    return "\n".join(public()) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
