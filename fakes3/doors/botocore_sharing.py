"""Lets botocore's sessions and clients share what it works out again for each, from values that never change.

A mock removes boto3's default session, so nearly every test makes a session and a client. For each, botocore looks up
the modern names of a hundred events, asks the signatures of as many listeners, and makes objects of the rules by which
endpoints are found. All of this follows from its own constants, its own functions and its own data files, so the
results are kept, from one mock to the next. What a session or a client can change stays its own.
"""

from __future__ import annotations

from functools import wraps
from types import FunctionType, MethodType
from typing import Any

from fakes3.doors.entrance import Door, Replacements

_VARIABLE_KEYWORDS = 0x08
"""The flag of code with a parameter like `**kwargs`."""

_MOST_NAMES = 10_000
_MOST_RULES = 16


class EventsDoor(Door):
    """Shares the modern names of events, and finds more quickly what listeners there are and what they accept."""

    module = "botocore.hooks"

    def replacements(self, module: Any) -> Replacements:
        """Return the methods and the function that take long for a new session and a new client."""
        aliaser, nodes = module.EventAliaser, module.NodeList
        yield aliaser, "__init__", self.replace_again("names", aliaser.__init__, _share_names)
        yield nodes, "__copy__", self.replace_again("nodes", nodes.__copy__, _copy_lists)
        yield module, "accepts_kwargs", self.replace_again("accepts", module.accepts_kwargs, _ask_code)


def _share_names(really: Any) -> Any:
    """Return an `__init__` after which all that look up the usual names remember them in one place."""
    from botocore.utils import EVENT_ALIASES

    names: dict[str, str] = {}

    @wraps(really)
    def init(aliaser: Any, *args: Any, **kwargs: Any) -> None:
        really(aliaser, *args, **kwargs)
        if aliaser._event_aliases == EVENT_ALIASES:
            if len(names) > _MOST_NAMES:
                names.clear()
            aliaser._alias_name_cache = names

    return init


def _copy_lists(really: Any) -> Any:
    """Return a `__copy__` of three lists of listeners, without the search of `copy.copy` for a way to copy each."""

    @wraps(really)
    def copy(nodes: Any) -> Any:
        return type(nodes)(list(nodes.first), list(nodes.middle), list(nodes.last))

    return copy


def _ask_code(really: Any) -> Any:
    @wraps(really)
    def accepts_kwargs(listener: Any) -> Any:
        function = listener.__func__ if type(listener) is MethodType else listener
        if type(function) is not FunctionType or "__signature__" in function.__dict__:
            return really(listener)
        code = function.__code__
        if not code.co_flags & _VARIABLE_KEYWORDS:
            return None
        return code.co_varnames[code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 0x04)]

    return accepts_kwargs


class RulesDoor(Door):
    """Shares the rules by which endpoints are found, among clients whose loaders share the file of them."""

    module = "botocore.endpoint_provider"
    replaces = ("RuleSet",)

    def replace(self, really: Any) -> Any:
        """Return what makes a set of rules, or returns one that was made of the very same parsed files."""
        made: dict[tuple[int, int], tuple[Any, Any, Any]] = {}

        def make(*, rules: Any, partitions: Any, **others: Any) -> Any:
            key = id(rules), id(partitions)
            known = made.get(key)
            if known is None or known[0] is not rules or known[1] is not partitions:
                if len(made) >= _MOST_RULES:
                    made.clear()
                known = made[key] = rules, partitions, really(rules=rules, partitions=partitions, **others)
            return known[2]

        return make
