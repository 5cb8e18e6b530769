"""Which operation a request asks for: by method, by what it addresses, and by its query.

Where operations share all that, the one most of whose required query and header members are present is meant: a PUT
of a key with `partNumber`, `uploadId` and `x-amz-copy-source` is an UploadPartCopy, without the last an UploadPart,
without any of them a PutObject.

The name of a sub-resource in the query (`?acl`, `?policy`) is never passed over: a method that the sub-resource does
not take is refused, so `DELETE /b?versioning` deletes no bucket. Other parameters, S3 ignores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from fakes3.model.errors import InvalidArgument, MethodNotAllowed, PreconditionFailed, S3Error
from fakes3.wire.quirks import ALLOWED_METHODS, NOT_OF_A_KEY, RESOURCE_TYPES
from fakes3.wire.table import Level, Operation, operations

POST_OBJECT = "PostObject"
"""The upload by a browser's form, which is in no SDK and so not in the table."""

ELSEWHERE = frozenset({"WriteGetObjectResponse", "ListDirectoryBuckets"})
"""Operations with endpoints of their own, which no host of general purpose buckets serves."""


class _Candidate(NamedTuple):
    name: str
    query: frozenset[str]
    headers: frozenset[str]


class _Group(NamedTuple):
    """Operations with one method, level and fixed query."""

    fixed: tuple[tuple[str, str | None], ...]
    candidates: tuple[_Candidate, ...]


def route(method: str, level: Level, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The name of the operation.

    Raises: MethodNotAllowed, InvalidArgument for two sub-resources at once or half of what names a part,
        InvalidRequest or NoLoggingStatusForKey for what only buckets have.
    """
    plain, subresources = _routes(method, level)
    if query:
        named = _subresources().keys() & query.keys()
        if len(named) > 1:
            raise _conflict(named)
        matched = [group for group in subresources if all(_holds(each, query) for each in group.fixed)]
        if matched:
            group = _only(matched)
            return _best(group, query, headers) or group.candidates[-1].name
        if named:
            raise _refusal_of(named.pop(), method, level)
        if (method, level) == ("PUT", "key"):
            _check_part(query)
        if (method, level) == ("GET", "bucket") and "list-type" in query:
            # The other listing has no list-type, and the one that has it was not meant.
            raise InvalidArgument(
                "Invalid List Type specified in Request", ArgumentName="list-type", ArgumentValue=query["list-type"]
            )
    name = None if plain is None else _best(plain, query, headers)
    if name is None:
        if (method, level) == ("POST", "bucket") and is_form(headers):
            return POST_OBJECT
        raise _refusal(method, level)
    return name


def is_form(headers: Mapping[str, str]) -> bool:
    """Whether a request says that it is a browser's form."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "multipart/form-data"


def _refusal(method: str, level: Level) -> S3Error:
    if method == "POST" and level == "bucket":
        # recorded: TestS3PresignedPost, a form that is no form
        return PreconditionFailed(Condition="Bucket POST must be of the enclosure-type multipart/form-data")
    return MethodNotAllowed(headers={"Allow": ALLOWED_METHODS[level]}, ResourceType=RESOURCE_TYPES[level])


def _refusal_of(subresource: str, method: str, level: Level) -> S3Error:
    """The answer to a method that a sub-resource does not take, whether or not there is such a bucket or key."""
    if level == "key" and method == "GET" and subresource in NOT_OF_A_KEY:
        return NOT_OF_A_KEY[subresource]()
    allowed = ", ".join(sorted(_subresources()[subresource]))
    return MethodNotAllowed(headers={"Allow": allowed}, ResourceType=subresource.upper())


def _check_part(query: Mapping[str, str]) -> None:
    """Refuse half of what names a part: it would otherwise write the object itself."""
    if "partNumber" in query and "uploadId" not in query:
        raise InvalidArgument(
            "This operation does not accept partNumber without uploadId",
            ArgumentName="partNumber",
            ArgumentValue=query["partNumber"],
        )
    if "uploadId" in query and "partNumber" not in query:
        raise MethodNotAllowed(headers={"Allow": "DELETE, GET, POST"}, ResourceType="UPLOAD")


def _holds(fixed: tuple[str, str | None], query: Mapping[str, str]) -> bool:
    name, value = fixed
    return name in query and (value is None or query[name] == value)


def _only(matched: list[_Group]) -> _Group:
    """The one group that is meant, which may have more to its query than others."""
    largest = max(matched, key=lambda group: len(group.fixed))
    names = {name for name, _ in largest.fixed}
    others = [name for group in matched for name, _ in group.fixed if name not in names]
    if others:
        raise _conflict([*names, *others])
    return largest


def _conflict(names: Iterable[str]) -> S3Error:
    conflicting = ", ".join(sorted(names))
    return InvalidArgument(f"Conflicting query string parameters: {conflicting}", ArgumentName="ResourceType")


def _best(group: _Group, query: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    for candidate in group.candidates:
        if candidate.query <= query.keys() and candidate.headers <= headers.keys():
            return candidate.name
    return None


@cache
def _subresources() -> dict[str, set[str]]:
    """Every sub-resource of buckets and objects, with the methods it takes."""
    found: dict[str, set[str]] = {}
    for operation in operations().values():
        for name, value in operation.query.items():
            if value is None:
                found.setdefault(name, set()).add(operation.method)
    return found


@cache
def _routes(method: str, level: Level) -> tuple[_Group | None, tuple[_Group, ...]]:
    """The group without a fixed query, and those with one. In each, whoever requires most comes first."""
    found: dict[tuple[tuple[str, str | None], ...], list[_Candidate]] = {}
    for operation in operations().values():
        if (operation.method, operation.level) != (method, level):
            continue
        if operation.deprecated or operation.name in ELSEWHERE:
            continue
        found.setdefault(tuple(operation.query.items()), []).append(_candidate(operation))
    groups = {
        fixed: _Group(fixed, tuple(sorted(each, key=lambda one: (-len(one.query) - len(one.headers), one.name))))
        for fixed, each in found.items()
    }
    return groups.pop((), None), tuple(groups.values())


def _candidate(operation: Operation) -> _Candidate:
    required = [] if operation.input is None else [operation.input.members[name] for name in operation.input.required]
    return _Candidate(
        operation.name,
        frozenset(each.wire_name for each in required if each.location == "querystring"),
        frozenset(each.wire_name.lower() for each in required if each.location == "header"),
    )
