"""Which listeners to a client's events must be heard, so that calls above HTTP leave nobody out.

Libraries listen to events of botocore too. Most of their listeners only help to send, and can be left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from fakes3.doors.botocore import BoundAnswers
from fakes3.doors.endpoint import Endpoint

_FOR_PARAMETERS = ("provide-client-params", "before-parameter-build")
"""Events whose listeners may change the parameters."""

_FOR_REQUESTS = ("before-endpoint-resolution", "request-created", "choose-signer", "before-sign", "before-send")
"""Events of sending, which does not happen above HTTP."""

_FOR_RESPONSES = ("response-received", "before-parse", "needs-retry", "after-call")
"""Events whose listeners are given responses as HTTP has them."""

_LIBRARIES = frozenset({"aioboto3", "aiobotocore", "boto3", "botocore", "moto", "s3transfer"})
"""Libraries whose listeners help to send, or, like moto's, answer what fakes3 does not."""

_STUBS = frozenset({"aiobotocore.stub", "botocore.stub"})
"""Their modules whose listeners answer in the place of S3."""

_ON_REQUEST = frozenset({"disable_signing"})
"""Listeners of botocore that only a program registers, on purpose."""

_ONLY_FOR_HTTP = frozenset(
    {
        "add_expect_header",
        "add_recursion_detection_header",
        "apply_signing_cache_key",
        "inject_api_version_header_if_needed",
    }
)
"""botocore's listeners to `before-call` that do nothing to a request for S3 but help to send it."""


class Listeners(NamedTuple):
    """Whether the events of an operation have listeners that must be heard."""

    to_parameters: bool
    to_requests: bool
    to_responses: bool
    before_call: bool
    builders: int
    """Stands for the listeners that help to build the request: the same number for the same ones in the same order."""


_BUILDERS: dict[tuple[Any, ...], int] = {}
"""Their functions, with the numbers that stand for them."""


class ListenerCensus:
    """The listeners to a client's events. They are looked up again after a listener was registered or unregistered."""

    def __init__(self, client: Any) -> None:
        self._emitter: Any = getattr(client.meta.events, "_emitter", client.meta.events)
        self._lookup_cache: Any = None
        self._known: dict[str, Listeners] = {}
        self._silent: dict[tuple[str, ...], bool] = {}
        """Whether events have no listener at all that must be heard. It is found once for all operations."""
        self.redirects: Mapping[str, str] = {}
        """The regions of buckets that the client was redirected to, by bucket. botocore keeps them up to date."""
        self.bound_to: Endpoint | None = None
        """The fake that the client belongs to, if it belongs to one."""

    def find(self, name: str) -> Listeners:
        """Return the listeners to the events of an operation."""
        lookup_cache = self._emitter._lookup_cache  # botocore makes a new one when its listeners change
        if lookup_cache is not self._lookup_cache:
            self._lookup_cache, self._known, self._silent = lookup_cache, {}, {}
        if name not in self._known:
            self._known[name] = self._look_up(name)
        return self._known[name]

    def _look_up(self, name: str) -> Listeners:
        for each in self._find("before-endpoint-resolution", name):
            if getattr(each, "__name__", "") == "redirect_from_cache":
                self.redirects = each.__self__._cache
        for each in self._find("before-send", name):
            bound = bound_answers_of(each)
            self.bound_to = self.bound_to if bound is None else bound.endpoint
        to_parameters = self._must_hear(_FOR_PARAMETERS, name)
        before_call = any(
            getattr(each, "__name__", "") not in _ONLY_FOR_HTTP for each in self._find("before-call", name)
        )
        return Listeners(
            to_parameters,
            self._must_hear(_FOR_REQUESTS, name),
            self._must_hear(_FOR_RESPONSES, name),
            before_call,
            # Requests that a program's own listeners change are not remembered, so these are not kept either.
            -1 if to_parameters or before_call else self._number_builders(name),
        )

    def _number_builders(self, name: str) -> int:
        listeners = [each for event in (*_FOR_PARAMETERS, "before-call") for each in self._find(event, name)]
        return _BUILDERS.setdefault(tuple(getattr(each, "__func__", each) for each in listeners), len(_BUILDERS))

    def _must_hear(self, events: tuple[str, ...], name: str) -> bool:
        """Whether one of these events has a listener that must be heard at an operation."""
        if events not in self._silent:
            root = self._emitter._handlers._root["children"]
            nodes = [root[each] for each in (*events, "*") if each in root]
            self._silent[events] = not any(_must_be_heard(each) for node in nodes for each in _listeners_in(node))
        if self._silent[events]:
            return False
        return any(_must_be_heard(each) for event in events for each in self._find(event, name))

    def _find(self, event: str, name: str) -> Iterable[Any]:
        listeners: Iterable[Any] = self._emitter._handlers.prefix_search(f"{event}.s3.{name}")
        return listeners


def _listeners_in(node: Any) -> Iterator[Any]:
    """Yield the listeners in a node of botocore's tree of events, and below it."""
    for each in node["values"] or ():
        yield from each
    for child in node["children"].values():
        yield from _listeners_in(child)


def bound_answers_of(listener: Any) -> BoundAnswers | None:
    """Return what answers for the client's own fake, if this listener does."""
    owner = getattr(listener, "__self__", None)
    return owner if isinstance(owner, BoundAnswers) else None


def _must_be_heard(listener: Any) -> bool:
    """Whether a listener is a program's own, and not one of a library that helps to send."""
    if bound_answers_of(listener) is not None:
        return False
    module = getattr(listener, "__module__", None) or type(listener).__module__
    name = getattr(listener, "__name__", "")
    return module.partition(".")[0] not in _LIBRARIES or module in _STUBS or name in _ON_REQUEST
