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
            freeze({name: value for name, value in resolver._builtins.items() if name in used}),
            freeze({name: value for name, value in vars(resolver).items() if name not in _OF_RESOLVERS}),
            freeze(vars(client.meta.config)),
        )
    except TypeError:
        return None, ()
    parts = resolver._provider, model._service_description
    return (*map(id, parts), *facts), parts


def freeze(value: Any, most: int = sys.maxsize) -> Hashable:
    """Return settings or parameters as a value that is equal for equal ones of the same types.

    Raises: TypeError, for what is more than data, or has more than `most` members in one structure.
    """
    kind = type(value)
    if kind in _PLAIN:
        return kind, value
    if isinstance(value, dict | list | tuple) and len(value) > most:
        raise TypeError(f"it has {len(value)} members")
    if isinstance(value, dict):
        return dict, tuple([(name, freeze(each, most)) for name, each in value.items()])
    if kind is list or kind is tuple:
        return kind, tuple([freeze(each, most) for each in value])
    if isinstance(value, type):  # such as what aiobotocore sends with
        return kind, value
    if value is sys.modules["botocore"].UNSIGNED:
        return kind, None
    raise TypeError(f"{value!r} is no setting")
