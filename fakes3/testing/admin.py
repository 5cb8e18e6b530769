"""What the admin API of a server does with one S3: what a test author does with a `FakeS3`, for other languages.

`doors/admin.py` says who may ask, and how. Each function here is one row: what is asked, and what is told as JSON.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeAlias

from fakes3.doors.admin import AdminSite, Ask, Routes, check_names
from fakes3.doors.admin_guard import AdminError
from fakes3.doors.endpoint import is_this_machine
from fakes3.doors.server import Site
from fakes3.model.errors import UsageError
from fakes3.model.numbers import read_int
from fakes3.operations.fault import Fault
from fakes3.operations.service import Recorded
from fakes3.testing.admin_state import MOST_LISTED, tell_bucket, tell_buckets, tell_keys, tell_versions
from fakes3.testing.fake import FakeS3
from fakes3.testing.seeds import Content

LISTED = 200
"""How many calls or keys are told where the query says nothing."""

_FILTERS = ("operation", "bucket", "key", "error")
_Kinds: TypeAlias = Mapping[str, tuple[type, ...]]

_BUCKET: _Kinds = {
    "region": (str,),
    "versioning": (bool, str),
    "object_lock": (bool,),
    "ownership": (str,),
    "bucket_defaults": (str,),
    "objects": (dict,),
}
"""The options of a bucket, and of what kind each is."""

_EFFECT: _Kinds = {
    "error": (str,),
    "status": (int,),
    "message": (str,),
    "applied": (bool,),
    "retry_after": (int,),
    "delay": (int, float),
    "real_time": (bool,),
    "drop": (str,),
    "time_out": (str,),
    "truncate": (int,),
    "corrupt": (bool,),
}
_FAULT: _Kinds = {
    "on": (str, list),
    "bucket": (str,),
    "key": (str,),
    "after": (int,),
    "every": (int,),
    "times": (int,),
    "probability": (int, float),
    **_EFFECT,
}
"""The options of a fault, all but those that are functions."""

_LEAST_STATUS, _MOST_STATUS = 200, 599

_NAMES = {
    str: "a text",
    bool: "true or false",
    dict: "an object",
    list: "a list",
    int: "a whole number",
    float: "a number",
}
_STEPS = ("weeks", "days", "hours", "minutes", "seconds")


def with_admin(site: Site, *, host: str = "127.0.0.1", token: str | None = None) -> AdminSite:
    """Return a site with the admin API.

    Args:
        site: The S3 that a server is to serve.
        host: The address that the server listens at. If others than this machine reach it, the API needs a token.
        token: What each request to the API has to show.
    """
    return AdminSite(site, ROUTES, is_local=is_this_machine(host), token=token or None)


def tell_health(ask: Ask) -> Any:
    """Tell that the server answers."""
    try:
        release = version("fakes3")
    except PackageNotFoundError:  # it was not installed: its folder is on the path
        release = "unknown"
    return {"status": "ok", "version": release}


def reset(ask: Ask) -> Any:
    """Remove all buckets and faults, and forget all calls, as `s3.reset()` does."""
    check_names(ask)
    FakeS3._of(ask.service).reset()
    return {}


def seed(ask: Ask) -> Any:
    """Create buckets and fill them, all or none, as `s3.create_bucket` does."""
    check_names(ask, body=("buckets",))
    wanted = _read_object(ask.body.get("buckets", {}), "buckets")
    buckets = {name: _read_bucket(name, given) for name, given in wanted.items()}
    # First in a fork: of what is refused, nothing is done.
    for fake in (FakeS3._of(ask.service.fork()), FakeS3._of(ask.service)):
        for name, options in buckets.items():
            fake.create_bucket(name, **options)
    return {"buckets": sorted(buckets)}


def tell_tree(ask: Ask) -> Any:
    """Tell what is in the S3, as text."""
    check_names(ask)
    return {"tree": FakeS3._of(ask.service).tree()}


def tell_state(ask: Ask) -> Any:
    """Tell of all buckets; of the keys of one; or of the versions of one key."""
    check_names(ask, query=("bucket", "key", "prefix", "delimiter", "after", "search", "limit"))
    fake, query = FakeS3._of(ask.service), ask.query
    if "bucket" not in query:
        return tell_buckets(fake)
    name = query["bucket"]
    if name not in fake:
        raise AdminError(404, f"There is no bucket {name!r}.", "Create it, or take one of /_fakes3/state.")
    if "key" in query:
        return tell_versions(fake[name], query["key"])
    options = {each: query[each] for each in ("prefix", "delimiter", "after", "search") if each in query}
    return tell_bucket(fake[name]) | tell_keys(fake[name], limit=_read_limit(query), **options)


def tell_calls(ask: Ask) -> Any:
    """Tell the latest calls that match, the oldest first."""
    check_names(ask, query=(*_FILTERS, "limit"))
    filters: Any = {name: ask.query[name] for name in _FILTERS if name in ask.query}
    found = FakeS3._of(ask.service).calls.filter(**filters)
    return {"count": len(found), "calls": [_tell_call(each) for each in found[-_read_limit(ask.query) :]]}


def forget_calls(ask: Ask) -> Any:
    """Forget all calls so far."""
    check_names(ask)
    FakeS3._of(ask.service).calls.clear()
    return {}


def tell_clock(ask: Ask) -> Any:
    """Tell the time in the S3."""
    check_names(ask)
    clock = ask.service.clock
    return {"now": clock.now(), "frozen": clock.is_frozen}


def set_clock(ask: Ask) -> Any:
    """Stop the clock, let it run again, or move it forward."""
    check_names(ask, body=("freeze", "advance", "thaw"))
    clock = ask.service.clock
    match dict(ask.body) if len(ask.body) == 1 else {}:
        case {"freeze": True}:
            clock.freeze()
        case {"freeze": str(at)}:
            clock.freeze(at)
        case {"thaw": True}:
            clock.thaw()
        case {"advance": int(seconds) | float(seconds)} if not isinstance(seconds, bool):
            clock.advance(seconds=seconds)
        case {"advance": dict(step)} if step.keys() <= set(_STEPS) and all(map(_is_number, step.values())):
            clock.advance(**step)
        case _:
            raise UsageError(
                f"The clock cannot be set by {dict(ask.body)!r}. "
                'Send {"freeze": true}, {"freeze": "2026-01-01T00:00:00Z"}, {"thaw": true} or {"advance": {"days": 1}}.'
            )
    return tell_clock(ask._replace(body={}))


def tell_faults(ask: Ask) -> Any:
    """Tell the faults of the S3, and how often each has happened."""
    check_names(ask)
    return {"faults": [_tell_fault(each) for each in ask.service.faults]}


def add_fault(ask: Ask) -> Any:
    """Make the S3 fail on purpose, as `s3.faults.add()` does."""
    check_names(ask, body=_FAULT)
    _check_kinds(ask.body, _FAULT, "a fault")
    if not all(isinstance(each, str) for each in ask.body.get("on", ())):
        raise UsageError(f"on of a fault cannot be {ask.body['on']!r}. Give the names of operations.")
    if not _LEAST_STATUS <= ask.body.get("status", _LEAST_STATUS) <= _MOST_STATUS:
        raise UsageError(f"status of a fault cannot be {ask.body['status']}. Give a number from 200 to 599.")
    options: Any = dict(ask.body)
    return _tell_fault(ask.service.faults.add(**options))


def clear_faults(ask: Ask) -> Any:
    """Remove all faults."""
    check_names(ask)
    ask.service.faults.clear()
    return {}


ROUTES: Routes = {
    "health": {"GET": tell_health},
    "reset": {"POST": reset},
    "seed": {"POST": seed},
    "tree": {"GET": tell_tree},
    "state": {"GET": tell_state},
    "calls": {"GET": tell_calls, "DELETE": forget_calls},
    "clock": {"GET": tell_clock, "POST": set_clock},
    "faults": {"GET": tell_faults, "POST": add_fault, "DELETE": clear_faults},
}
"""What the API does, by path and method. `admin_openapi.json` describes it."""


def _tell_call(call: Recorded) -> Mapping[str, Any]:
    return {
        "operation": call.operation,
        "parameters": call.parameters,
        "status": call.status,
        "error": call.error,
        "reason": call.reason,
        "principal": call.principal.arn,
        "rights": [{"action": action, "bucket": bucket, "key": key} for action, bucket, key in call.rights],
    }


def _tell_fault(fault: Fault) -> Mapping[str, Any]:
    effect = fault.effect
    return {
        "on": None if fault.operations is None else sorted(fault.operations),
        "bucket": fault.bucket,
        "key": fault.key,
        "after": fault.after,
        "every": fault.every,
        "times": fault.times,
        "probability": fault.probability,
        "happened": fault.happened,
        **{name: getattr(effect, name) for name in _EFFECT},
    }


def _check_kinds(given: Mapping[str, Any], kinds: _Kinds, what: str) -> None:
    """Refuse a value of a kind that its name does not have. Raises: UsageError."""
    for name, value in given.items():
        if not isinstance(value, kinds[name]) or (isinstance(value, bool) and bool not in kinds[name]):
            wanted = " or ".join(_NAMES[kind] for kind in kinds[name])
            raise UsageError(f"{name} of {what} cannot be {value!r}. Give {wanted}.")


def _read_bucket(name: str, given: Any) -> dict[str, Any]:
    """Return the options of a bucket to create. Raises: UsageError."""
    options = dict(_read_object(given, f"the bucket {name!r}"))
    unknown = sorted(options.keys() - set(_BUCKET))
    if unknown:
        raise UsageError(f"A bucket has no {', '.join(unknown)}. Give some of {', '.join(_BUCKET)}.")
    _check_kinds(options, _BUCKET, f"the bucket {name!r}")
    objects = {key: _read_content(key, content) for key, content in options.get("objects", {}).items()}
    return options | {"objects": objects}


def _read_content(key: str, given: Any) -> Content:
    """Return the bytes of an object. Raises: UsageError."""
    match given:
        case str():
            return given
        case {"base64": str(text), **rest} if not rest:
            try:
                return b64decode(text, validate=True)
            except (NotBase64, ValueError):
                pass
    raise UsageError(f'The object {key!r} has no content. Give its text, or {{"base64": "its bytes in Base64"}}.')


def _read_object(given: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise UsageError(f"What was given as {what} is no JSON object. Give an object, with names and values.")
    return given


def _read_limit(query: Mapping[str, str]) -> int:
    given = query.get("limit", str(LISTED))
    limit = read_int(given)
    if limit is None or not 0 < limit <= MOST_LISTED:
        raise UsageError(f"The limit cannot be {given!r}. Give a number from 1 to {MOST_LISTED}.")
    return limit


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
