"""Made when first asked for, then kept: `functools.cached_property` without its lock, which costs more than most of what it keeps.

For objects that one thread uses, or whose value may as well be made twice.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Value = TypeVar("Value")


class lazily(Generic[Value]):  # noqa: N801 - reads as the word it is, like `property`
    """A method whose first result stands as the attribute of its object from then on."""

    def __init__(self, make: Callable[[Any], Value]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> "lazily[Value]": ...
    @overload
    def __get__(self, owner: object, kind: type) -> Value: ...
    def __get__(self, owner: object | None, kind: type) -> "Value | lazily[Value]":
        if owner is None:
            return self
        # Not a data descriptor: from now on the object's own attribute is found first.
        made = owner.__dict__[self._name] = self._make(owner)
        return made
