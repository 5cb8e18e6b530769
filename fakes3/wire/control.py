"""S3 Control, the endpoint of accounts: from the path of a request to an operation and back.

Its host begins with the account, `123456789012.s3-control.eu-west-1.amazonaws.com`, which counts more than the header
`x-amz-account-id`. At a host that is not Amazon's, that header and the path tell its requests from those of S3. Its
operations are told apart by method and path alone, and its errors have an element more around them.

S3: API/API_Operations_AWS_S3_Control.html
observed: radkawar/stackd, testdata/aws/s3control/native_raw_replay.json
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple
from urllib.parse import unquote_plus

from fakes3.model.errors import InvalidURI, MethodNotAllowed, S3Error
from fakes3.operations.members import Members
from fakes3.operations.registry import REGISTRY
from fakes3.wire.addressing import decode_part
from fakes3.wire.exchange import ACCOUNT_HEADER, Exchange
from fakes3.wire.table import CONTROL, Operation, operations

_VARIABLE = re.compile(r"\{(\w+)(\+?)\}")
"""A variable part of a path. With a plus it may have slashes."""


class _Route(NamedTuple):
    """How one operation is asked for."""

    operation: Operation
    pattern: re.Pattern[str]
    fixed: int
    """How many characters of the path are fixed. The operation with the most is meant, where several fit."""


def route_control(method: str, path: str) -> tuple[Operation, dict[str, str]]:
    """Return the operation, and the variable parts of its path by their names, decoded.

    >>> found, parts = route_control("GET", "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Ab")
    >>> found.name, parts
    ('ListTagsForResource', {'resourceArn': 'arn:aws:s3:::b'})

    Raises: InvalidURI, where no operation has such a path; MethodNotAllowed, where none has it with this method.
    """
    found = [(each, match) for each in _routes() if (match := each.pattern.fullmatch(path))]
    if not found:
        raise InvalidURI(URI=path)
    for route, match in found:
        if route.operation.method == method:
            return route.operation, {name: decode_part(part, path) for name, part in match.groupdict().items()}
    allowed = ", ".join(sorted({route.operation.method for route, _ in found}))
    raise MethodNotAllowed(headers={"Allow": allowed}, ResourceType="SERVICE")


def is_built(method: str, path: str) -> bool:
    """Whether fakes3 answers a request to S3 Control, if only by refusing it: no operation may be asked for."""
    try:
        operation, _ = route_control(method, path)
    except S3Error:
        return True
    return operation.name in REGISTRY


def read_places(exchange: Exchange, operation: Operation, parts: dict[str, str]) -> Members:
    """Return the members that stand in the host, in the path, and several times in the query."""
    host = exchange.host
    account = host.name if host.kind == "control" else None
    found: Members = {"AccountId": account or exchange.request.headers.get(ACCOUNT_HEADER, "")}
    shape = operation.input
    for member in shape.members.values() if shape is not None else ():
        if member.location == "uri":
            found[member.name] = parts[member.wire_name]
        elif member.location == "querystring" and member.shape.type == "list":
            sent = (part.partition("=") for part in exchange.request.query.split("&"))
            found[member.name] = [unquote_plus(value) for name, _, value in sent if name == member.wire_name]
    return found


@cache
def _routes() -> tuple[_Route, ...]:
    """Return how each operation is asked for, those with the most fixed characters first."""
    routes = [
        _Route(each, _pattern(each.path), len(_VARIABLE.sub("", each.path))) for each in operations(CONTROL).values()
    ]
    return tuple(sorted(routes, key=lambda route: -route.fixed))


def _pattern(path: str) -> re.Pattern[str]:
    """Return the pattern of the paths that a path with variable parts stands for."""
    pieces, end = [], 0
    for variable in _VARIABLE.finditer(path):
        pieces += [re.escape(path[end : variable.start()]), f"(?P<{variable[1]}>{'.+' if variable[2] else '[^/]+'})"]
        end = variable.end()
    return re.compile("".join([*pieces, re.escape(path[end:])]))
