"""Which clients build the same requests, so that what one has built can be used for another.

What botocore makes of parameters depends on the model of the service, on what finds endpoints and on the settings of
the client. Listeners that change it are looked at with each call (`direct_listeners`), changed methods before it
(`direct_witnesses`).
"""

from __future__ import annotations

import sys
from collections.abc import Hashable
from typing import Any

_OF_RESOLVERS = frozenset(
    {"_builtins", "_event_emitter", "_instance_cache", "_param_definitions", "_provider", "_service_model"}
)
"""The attributes of what finds a client's endpoints that are no settings, or are read by themselves."""

_PLAIN = frozenset({type(None), str, int, float, bool, bytes})


def kind_of(client: Any) -> tuple[Hashable, tuple[Any, ...]]:
    """Return a value that is equal for clients that build the same requests, and the objects whose ids are in it.

    It is None for a client that may differ from all others.
    """
    resolver, model = client._ruleset_resolver, client.meta.service_model
    if resolver is None:
        return None, ()
    used = {each.builtin for each in resolver._param_definitions.values()}
    try:
        facts = (
            *(client.meta.region_name, client.meta.endpoint_url, model.service_name),
            _freeze({name: value for name, value in resolver._builtins.items() if name in used}),
            _freeze({name: value for name, value in vars(resolver).items() if name not in _OF_RESOLVERS}),
            _freeze(vars(client.meta.config)),
        )
    except TypeError:
        return None, ()
    parts = resolver._provider, model._service_description
    return (*map(id, parts), *facts), parts


def _freeze(value: Any) -> Hashable:
    """Return settings as a value that can be compared. Raises: TypeError, for one that is more than data."""
    kind = type(value)
    if kind in _PLAIN:
        return kind, value
    if isinstance(value, dict):
        return dict, tuple([(name, _freeze(each)) for name, each in value.items()])
    if kind is list or kind is tuple:
        return kind, tuple(map(_freeze, value))
    if isinstance(value, type):  # such as what aiobotocore sends with
        return kind, value
    if value is sys.modules["botocore"].UNSIGNED:
        return kind, None
    raise TypeError(f"{value!r} is no setting")
