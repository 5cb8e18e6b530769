"""Lets botocore's sessions, clients and calls share what it works out again for each, from values that never change.

A mock removes boto3's default session, so nearly every test makes a session and a client. For each, botocore looks up
the modern names of a hundred events, asks the signatures of as many listeners, and makes objects of the rules by which
endpoints are found. All of this follows from its own constants, its own functions and its own data files, so the
results are kept, from one mock to the next. What a session or a client can change stays its own.

So does boto3 make a class for each resource of S3: for each `s3.Object(...)` that of objects again.

Of a response, the times take longest to read: half of the time for a page of a listing. S3 tells whole seconds, and a
test makes many objects in one.
"""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Callable
from copy import copy
from functools import cache, lru_cache, wraps
from threading import RLock
from types import FunctionType, MethodType
from typing import Any

from fakes3.doors.entrance import Door
from fakes3.doors.locks import give_lock
from fakes3.doors.originals import is_original

_VARIABLE_KEYWORDS = 0x08
"""The flag of code with a parameter like `**kwargs`."""

_MOST_NAMES = 10_000
_MOST_TIMES = 1024
_LENGTHS = frozenset(map(len, ("2026-11-28T12:00:00Z", "2026-11-28T12:00:00.000Z", "Sat, 28 Nov 2026 12:00:00 GMT")))
"""How long the texts of the times are that S3 tells."""

_MOST_KEPT = 16


class EventsDoor(Door):
    """Shares the modern names of events, and finds more quickly what listeners accept."""

    module = "botocore.hooks"
    only_spares = True
    replaces = ("EventAliaser.__init__", "accepts_kwargs")

    def replace_at(self, path: str, really: Any) -> Any:
        """Return the method or the function that takes long for a new session and a new client."""
        return _ask_code(really) if path == "accepts_kwargs" else _share_names(really)


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


class ListenersDoor(Door):
    """Gives a new session a copy of the tree of botocore's own listeners, which are registered once.

    The copies share what neither changes, also those that the session makes for its clients.
    """

    module = "botocore.session"
    only_spares = True
    replaces = ("Session._register_builtin_handlers",)

    def replace(self, really: Any) -> Any:
        """Return the method that registers botocore's own listeners in a new session."""
        from botocore import handlers

        known = _Kept()

        @wraps(really)
        def register(session: Any, events: Any) -> None:
            def register_each() -> Any:
                really(session, events)
                usual: Any = type(emitter._handlers)
                emitter._handlers = _tree_class(usual)(emitter._handlers._root)
                return copy(emitter)

            emitter: Any = session._original_handler
            kind = type(emitter)
            if kind not in _usual_emitters() or emitter._handlers._root["children"]:
                really(session, events)
                return
            tree = known.get((kind, *handlers.BUILTIN_HANDLERS), register_each)
            if not emitter._handlers._root["children"]:
                emitter.__dict__.update(copy(tree).__dict__)

        return register


@cache
def _tree_class(usual: Any) -> Any:
    """Return a class of botocore's trees of listeners. Copies share their nodes, and copy each before they change it.

    While a tree has a node to itself, the node bears the tree's mark, which botocore does not read. Threads take turns:
    of two that copied one node at once, the listener of one would be lost.
    """

    class SharedTree(usual):  # type: ignore[misc]
        _lock: RLock

        def __init__(self, root: Any) -> None:
            super().__init__()
            self._root, self._mark = root, object()

        def __copy__(self) -> SharedTree:
            with self._lock:
                self._mark = object()
                return SharedTree(self._root)

        def __reduce__(self) -> Any:
            return usual, (), {"_root": self._root}

        def append_item(self, key: str, *args: Any, **kwargs: Any) -> None:
            with self._lock:
                self._own_way_to(key)
                super().append_item(key, *args, **kwargs)

        def remove_item(self, key: str, *args: Any, **kwargs: Any) -> None:
            with self._lock:
                self._own_way_to(key)
                super().remove_item(key, *args, **kwargs)

        def _own_way_to(self, key: str) -> None:
            node = self._root = self._own(self._root)
            for part in key.split("."):
                children = node["children"]
                if part not in children:
                    return
                node = children[part] = self._own(children[part])

        def _own(self, node: Any) -> Any:
            if node.get("mark") is self._mark:
                return node
            values = node["values"]
            return {
                "chunk": node["chunk"],
                "children": dict(node["children"]),
                "values": values and type(values)(list(values.first), list(values.middle), list(values.last)),
                "mark": self._mark,
            }

    give_lock(SharedTree)
    return SharedTree


def _usual_emitters() -> tuple[Any, ...]:
    """Return the classes of what emits the events of sessions, botocore's and aiobotocore's."""
    from botocore.hooks import HierarchicalEmitter

    aiobotocore = sys.modules.get("aiobotocore.hooks")
    return HierarchicalEmitter, getattr(aiobotocore, "AioHierarchicalEmitter", None)


class EndpointsDoor(Door):
    """Shares what finds endpoints by rules, with the endpoints found, among clients whose loaders share the rules."""

    module = "botocore.regions"
    only_spares = True
    replaces = ("EndpointProvider",)

    def replace(self, really: Any) -> Any:
        """Return what makes a provider, or returns one that was made of the very same parsed files."""
        known = _Kept()

        def make(ruleset_data: Any, partition_data: Any, **others: Any) -> Any:
            parts = ruleset_data, partition_data, *others.values()
            return known.get(parts, lambda: really(ruleset_data, partition_data, **others))

        return make


class ModelsDoor(Door):
    """Shares what is worked out of the model of a service, among clients whose loaders share the model."""

    module = "botocore.client"
    only_spares = True
    replaces = ("ClientCreator._load_service_model", "ClientCreator._create_methods")

    def replace_at(self, path: str, really: Any) -> Any:
        """Return the method that gives the model of a client, or its methods."""
        return _share_methods(really) if path.endswith("methods") else _share_models(really)


def _share_models(really: Any) -> Any:
    """Return a method whose models of one service find the same shapes and operations.

    Each client has a model of its own, since a program can set its attributes.
    """
    known = _Kept()

    @wraps(really)
    def load(creator: Any, *args: Any, **kwargs: Any) -> Any:
        model = really(creator, *args, **kwargs)
        return copy(known.get((model._service_description, model._service_name), lambda: model))

    return load


def _share_methods(really: Any) -> Any:
    """Return a method that makes the methods of a client as copies of those of an earlier one.

    The text about a method is made when it is read, with the listeners of the client's own session.
    """
    known = _Kept()

    @wraps(really)
    def create(creator: Any, model: Any) -> Any:
        if not is_original(type(creator)._create_api_method):
            return really(creator, model)
        events = creator._event_emitter
        methods = known.get(
            (model._service_description, model._service_name), lambda: _without_listeners(really(creator, model))
        )
        return {name: _copy_method(each, events) for name, each in methods.items()}

    return create


def _without_listeners(methods: Any) -> Any:
    """Return methods that keep no session alive."""
    for each in methods.values():
        each.__doc__._gen_kwargs["event_emitter"] = None
    return methods


def _copy_method(method: Any, events: Any) -> Any:
    made = FunctionType(method.__code__, method.__globals__, method.__name__, None, method.__closure__)
    made.__qualname__ = method.__qualname__
    text = method.__doc__
    made.__doc__ = type(text)(*text._gen_args, **{**text._gen_kwargs, "event_emitter": events})
    return made


class ResourcesDoor(Door):
    """Makes the class of a resource of S3 as a copy of the one that the session has made before."""

    module = "boto3.resources.factory"
    only_spares = True
    replaces = ("ResourceFactory.load_from_definition",)

    def replace(self, really: Any) -> Any:
        """Return the method that makes the class of a resource, which boto3 does for each resource again."""

        @wraps(really)
        def load(factory: Any, resource_name: str, single_resource_json_definition: Any, service_context: Any) -> Any:
            def load_really() -> Any:
                return really(factory, resource_name, single_resource_json_definition, service_context)

            emitter = getattr(factory._emitter, "_emitter", None)
            if emitter is None or service_context.service_name != "s3":
                return load_really()
            name = "ServiceResource" if resource_name == "s3" else resource_name
            listeners = emitter._handlers.prefix_search(f"creating-resource-class.s3.{name}")
            if not all(map(_is_of_boto3, listeners)):
                return load_really()
            # The classes refer to the factory. It has them itself, since what we kept by it would never go away.
            kept = vars(factory).setdefault("classes_of_fakes3", _Kept())
            parts = single_resource_json_definition, service_context.service_model, *listeners
            return _copy_class(kept.get(parts, load_really))

        return load


def _is_of_boto3(listener: Any) -> bool:
    return str(getattr(listener, "__module__", "")).partition(".")[0] == "boto3"


def _copy_class(made: Any) -> Any:
    own = {name: value for name, value in vars(made).items() if name not in {"__dict__", "__weakref__"}}
    own["meta"] = made.meta.copy()
    own["meta"].identifiers = list(made.meta.identifiers)
    return type(made.__name__, made.__bases__, own)


class TimesDoor(Door):
    """Remembers what the texts of times mean."""

    module = "botocore.utils"
    only_spares = True
    replaces = ("_parse_timestamp_with_tzinfo",)

    def replace(self, really: Any) -> Any:
        """Return the function that reads a time."""
        return remember_times(really)


def remember_times(really: Any) -> Any:
    """Return a function that reads times as this one does, and a text only once.

    The time that a text stands for has the zone of the process, and the class that freezegun may have replaced. What
    is no whole time, such as "12:00", is read again, since it is of today.
    """

    @lru_cache(_MOST_TIMES)
    def read_once(text: str, _zone: object, _class: object, *others: Any) -> Any:
        return really(text, *others)

    @wraps(really)
    def read(text: Any, *others: Any) -> Any:
        if type(text) is not str or len(text) not in _LENGTHS:
            return really(text, *others)
        return read_once(text, (time.tzname, time.timezone, time.altzone), datetime.datetime, *others)

    return read


class _Kept:
    """What was made of some parsed files, for as long as the very same ones are asked for again."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, ...], tuple[tuple[Any, ...], Any]] = {}

    def get(self, parts: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """Return what was made of these parts, which are compared by identity, or make it."""
        key = tuple(map(id, parts))
        known = self._made.get(key)
        if known is None:
            if len(self._made) >= _MOST_KEPT:
                self._made.clear()
            known = self._made[key] = parts, make()  # with the parts, or others would get their ids
        return known[1]
