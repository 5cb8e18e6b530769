"""How an operation is declared.

An operation is one function, named as the API names it. Its keyword parameters are the members it accepts. A member
that is not in the signature is answered with 501 `NotImplemented`, so nothing is accepted and then ignored.

An operation that only keeps a document of a bucket has no function of its own: see `configurations.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, TypeVar, get_args, get_type_hints, is_typeddict

from fakes3.operations.members import Members

Accepted: TypeAlias = "Mapping[str, Accepted]"
"""Names of members, each with the names that are accepted inside it."""


class _Everything(dict[str, Any]):
    """Accepts every name, and everything inside it."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Accepted:
        return self


EVERYTHING: Accepted = _Everything()
"""Every member that the API has at a place."""


@dataclass(eq=False)
class Operation:
    """An operation that is built: its API name, its function, and the members it accepts."""

    name: str
    function: Callable[..., Members]
    """Takes a `Call` and the members of a request, and returns the members of the response."""
    _accepts: Accepted | None = None
    """The members it accepts; None to take them from the function's signature."""
    _requires: frozenset[str] = frozenset()
    """The members it requires, where `_accepts` is given."""

    @cached_property
    def accepts(self) -> Accepted:
        """The members it accepts, each with those it accepts inside it."""
        if self._accepts is not None:
            return self._accepts
        hints = get_type_hints(self.function)
        accepted: dict[str, Accepted] = {}
        for parameter in inspect.signature(self.function).parameters.values():
            if parameter.kind is parameter.KEYWORD_ONLY:
                accepted[parameter.name] = _accepted_inside(hints[parameter.name])
            elif parameter.kind is parameter.VAR_KEYWORD:
                (group,) = get_args(hints[parameter.name])
                accepted.update(_accepted_inside(group))
        return accepted

    @cached_property
    def requires(self) -> frozenset[str]:
        """The members it requires: those without a default."""
        if self._accepts is not None:
            return self._requires
        parameters = inspect.signature(self.function).parameters.values()
        return frozenset(
            each.name for each in parameters if each.kind is each.KEYWORD_ONLY and each.default is each.empty
        )


def _accepted_inside(hint: Any) -> Accepted:
    """Return the members that a type accepts, also within a document or a list; none for a scalar."""
    if hint == Members:
        return EVERYTHING
    if is_typeddict(hint):
        return {name: _accepted_inside(inner) for name, inner in get_type_hints(hint).items()}
    found: dict[str, Accepted] = {}
    for inner in get_args(hint):
        inside = _accepted_inside(inner)
        if inside is EVERYTHING:
            return inside
        found.update(inside)
    return found


REGISTRY: dict[str, Operation] = {}
"""Every operation that is built, by its API name."""

_Function = TypeVar("_Function", bound=Callable[..., Members])


def operation(function: _Function) -> _Function:
    """Register a function as the S3 operation of its name: `put_object` is PutObject."""
    name = "".join(word.capitalize() for word in function.__name__.split("_"))
    REGISTRY[name] = Operation(name, function)
    return function
