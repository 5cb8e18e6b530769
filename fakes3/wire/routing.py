"""Which operation a request asks for: by its method, by what it addresses, and by its query.

Several operations may agree in all three. The request is then for the one that requires most, and all of whose required
query and header members are present: a PUT of a key with `partNumber`, `uploadId` and `x-amz-copy-source` is an
UploadPartCopy, without the last an UploadPart, without any of them a PutObject.

The name of a sub-resource in the query (`?acl`, `?policy`) always counts. A method that the sub-resource does not have
is refused, so `DELETE /b?versioning` deletes no bucket. S3 ignores other parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from fakes3.model.errors import InvalidArgument, MethodNotAllowed, PreconditionFailed, S3Error
from fakes3.wire.quirks import NOT_OF_A_KEY, RESOURCE_TYPES
from fakes3.wire.table import Level, Operation, operations

POST_OBJECT = "PostObject"
"""An upload by a browser's form. No SDK has it, so it is not in the table."""

WRITE_RESPONSE = "WriteGetObjectResponse"
"""The operation of functions behind object lambda access points, at hosts of their own."""

ELSEWHERE = frozenset({WRITE_RESPONSE, "ListDirectoryBuckets"})
"""Operations with endpoints of their own. No endpoint of general purpose buckets has them."""


class _Candidate(NamedTuple):
    name: str
    query: frozenset[str]
    headers: frozenset[str]


class _Group(NamedTuple):
    """Operations with one method, level and fixed query."""

    fixed: tuple[tuple[str, str | None], ...]
    candidates: tuple[_Candidate, ...]


def route(method: str, level: Level, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """Return the name of the operation.

    Raises: MethodNotAllowed; InvalidArgument for two sub-resources at once, or for a part without its upload;
        InvalidRequest or NoLoggingStatusForKey for sub-resources that only buckets have.
    """
    plain, subresources = _routes(method, level)
    if query:
        named = _subresources().keys() & query.keys()
        if len(named) > 1:
            raise _conflict_error(named)
        matched = [group for group in subresources if all(_has(each, query) for each in group.fixed)]
        if matched:
            group = _choose_group(matched)
            if query.get("id") == "":
                # An empty id is none: a GET with it is for the list of configurations.
                # observed: radkawar/stackd, testdata/aws/s3/inventory_control_replay.json (get-empty-id)
                query = {name: value for name, value in query.items() if name != "id"}
            return _find_best(group, query, headers) or group.candidates[-1].name
        if named:
            raise _subresource_error(named.pop(), method, level)
        if (method, level) == ("PUT", "key"):
            _check_part(query)
        elif (method, level) == ("GET", "bucket"):
            _check_list_type(query)
    name = None if plain is None else _find_best(plain, query, headers)
    if name is None:
        if (method, level) == ("POST", "bucket") and is_form(headers):
            return POST_OBJECT
        raise _method_error(method, level)
    return name


def is_form(headers: Mapping[str, str]) -> bool:
    """Whether the headers say that the body is a browser's form."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "multipart/form-data"


def _method_error(method: str, level: Level) -> S3Error:
    """Return the error of a method that a service, bucket or key does not have."""
    if method == "POST" and level == "bucket":
        # recorded: TestS3PresignedPost, a form that is no form
        return PreconditionFailed(Condition="Bucket POST must be of the enclosure-type multipart/form-data")
    allowed = "GET" if level == "service" else "HEAD, GET, PUT, POST, DELETE, OPTIONS"
    return MethodNotAllowed(headers={"Allow": allowed}, ResourceType=RESOURCE_TYPES[level])


def _subresource_error(subresource: str, method: str, level: Level) -> S3Error:
    """Return the error of a method that a sub-resource does not have, whether or not the bucket or key exists."""
    if level == "key" and method == "GET" and subresource in NOT_OF_A_KEY:
        return NOT_OF_A_KEY[subresource]()
    allowed = ", ".join(sorted(_subresources()[subresource]))
    return MethodNotAllowed(headers={"Allow": allowed}, ResourceType=subresource.upper())


def _check_part(query: Mapping[str, str]) -> None:
    """Refuse a part number without an upload id, and the other way round: the request would write the object itself."""
    if "partNumber" in query and "uploadId" not in query:
        raise InvalidArgument(
            "This operation does not accept partNumber without uploadId",
            ArgumentName="partNumber",
            ArgumentValue=query["partNumber"],
        )
    if "uploadId" in query and "partNumber" not in query:
        raise MethodNotAllowed(headers={"Allow": "DELETE, GET, POST"}, ResourceType="UPLOAD")


def _check_list_type(query: Mapping[str, str]) -> None:
    """Refuse a list-type: ListObjects has none, and that of ListObjectsV2 is in its fixed query."""
    if "list-type" in query:
        raise InvalidArgument(
            "Invalid List Type specified in Request", ArgumentName="list-type", ArgumentValue=query["list-type"]
        )


def _has(fixed: tuple[str, str | None], query: Mapping[str, str]) -> bool:
    """Whether a query has this fixed part."""
    name, value = fixed
    return name in query and (value is None or query[name] == value)


def _choose_group(matched: list[_Group]) -> _Group:
    """Return the group with the longest fixed query. Raises: InvalidArgument, where another asks for something else."""
    largest = max(matched, key=lambda group: len(group.fixed))
    names = {name for name, _ in largest.fixed}
    others = [name for group in matched for name, _ in group.fixed if name not in names]
    if others:
        raise _conflict_error([*names, *others])
    return largest


def _conflict_error(names: Iterable[str]) -> S3Error:
    """Return the error of a query with several sub-resources."""
    conflicting = ", ".join(sorted(names))
    return InvalidArgument(f"Conflicting query string parameters: {conflicting}", ArgumentName="ResourceType")


def _find_best(group: _Group, query: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """Return the first operation of a group whose required members are all present; None where there is none."""
    for name, parameters, fields in group.candidates:
        # Most candidates require nothing, or a parameter of a request that has none.
        if (not parameters or (query and parameters <= query.keys())) and (not fields or fields <= headers.keys()):
            return name
    return None


@cache
def _subresources() -> dict[str, set[str]]:
    """Return every sub-resource of buckets and objects, with the methods it has."""
    found: dict[str, set[str]] = {}
    for operation in operations().values():
        for name, value in operation.query.items():
            if value is None:
                found.setdefault(name, set()).add(operation.method)
    return found


@lru_cache(maxsize=64)  # a method is any text that a caller sends
def _routes(method: str, level: Level) -> tuple[_Group | None, tuple[_Group, ...]]:
    """Return the group without a fixed query, and those with one. Their operations that require most come first."""
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
