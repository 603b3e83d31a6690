"""Methods that an object has only where what it is made of can do it: `hasattr` tells."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

Asked = ParamSpec("Asked")
Given = TypeVar("Given")
Method = Callable[Concatenate[Any, Asked], Given]


class Offered(Generic[Asked, Given]):
    """A method of objects for which `offers(object)` is true; others have no such attribute."""

    def __init__(
        self, method: Callable[Concatenate[Any, Asked], Given], offers: Callable[[Any], bool]
    ) -> None:
        self._method = method
        self._offers = offers
        update_wrapper(self, method)  # type: ignore[arg-type]

    def __get__(self, owner: Any, kind: type[Any]) -> Callable[Asked, Given]:
        if owner is None:
            return self._method  # type: ignore[return-value]
        if not self._offers(owner):
            raise AttributeError(
                f"{self._method.__name__}: no method of this {kind.__name__}, since not all "
                "that it is made of can do it"
            )
        return MethodType(self._method, owner)


def offered_if(
    offers: Callable[[Any], bool],
) -> Callable[[Callable[Concatenate[Any, Asked], Given]], Offered[Asked, Given]]:
    """Decorate a method that an object has where `offers(object)` is true."""
    return lambda method: Offered(method, offers)
