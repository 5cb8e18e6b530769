"""Makes of a response what botocore's parser makes of it, but faster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from operator import itemgetter
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

from fakes3.doors.botocore_sharing import remember_times
from fakes3.doors.direct_documents import OnlyAsTextError, make_reader
from fakes3.doors.messages import make_raw
from fakes3.wire.message import Response

_MOST_HEADS = 64


class Parsers:
    """The parsers of the operations of one client."""

    def __init__(self, client: Any) -> None:
        from botocore import httpchecksum
        from botocore.response import StreamingBody

        self._handle_checksum: Any = httpchecksum.handle_checksum_body
        self._streaming_body: Callable[[Any, Any], Any] = StreamingBody
        service = client.meta.service_model
        self._factory = client._endpoint._response_parser_factory
        self._protocol = getattr(service, "resolved_protocol", None) or service.metadata["protocol"]
        self._known: dict[str, _Parser | None] = {}
        """The parsers by the names of the operations that this client has called."""

    def can_parse(self, model: Any) -> bool:
        """Whether an operation has responses that need not be parsed by botocore."""
        return self._parser(model) is not None

    def parse(self, model: Any, response: Response, context: dict[str, Any]) -> tuple[Any, dict[str, Any]] | None:
        """Return the response and its members as botocore has them; None for a response that botocore must parse."""
        parser = self._parser(model)
        if parser is None or response.status >= 300 or "Expires" in response.headers:
            return None
        parsed = parser.parse_headers(response)
        headers = parsed["ResponseMetadata"]["HTTPHeaders"]
        # The attributes that botocore's own listeners use.
        received = SimpleNamespace(status_code=response.status, headers=headers, raw=None)
        if parser.read_document is not None:
            written_by, members = response.written or ("", {})
            if written_by != model.name:
                return None  # such as the answer of the operation that has taken the place of a deprecated one
            try:
                parsed |= parser.read_document(members)
            except OnlyAsTextError:
                return None
        if parser.payload is not None:
            received.raw = make_raw(response, "GET")
            body = self._streaming_body(received.raw, headers["content-length"])
            shown: dict[str, Any] = {"headers": headers, "status_code": response.status, "context": {}, "body": body}
            self._handle_checksum(received, shown, context, model)
            put_body(parsed, parser.payload, shown)
        parsed["ResponseMetadata"]["RetryAttempts"] = 0
        return received, parsed

    def _parser(self, model: Any) -> _Parser | None:
        if self._factory._defaults:
            return None  # a program reads values in its own way
        try:
            return self._known[model.name]
        except KeyError:
            if model not in _PARSERS:
                _PARSERS[model] = _make_parser(model, self._factory.create_parser(self._protocol))
            found = self._known[model.name] = _PARSERS[model]
            return found


def put_body(parsed: dict[str, Any], payload: str, shown: dict[str, Any]) -> None:
    """Put the body among the members of a response. `shown` is the response as the check of its checksum left it."""
    parsed[payload] = shown["body"]
    algorithm = shown["context"].get("checksum", {}).get("response_algorithm")
    if algorithm:
        parsed["ResponseMetadata"]["ChecksumAlgorithm"] = algorithm


_PARSERS: WeakKeyDictionary[Any, _Parser | None] = WeakKeyDictionary()
"""The parsers of operations, by botocore's models of them. They are the same for each client that is answered."""


Headers: TypeAlias = Mapping[str, str]
"""The headers of a response, by lower-case name."""


class _Head(NamedTuple):
    """What is read of responses whose headers have the same names."""

    names: tuple[str, ...]
    """The names of the headers, in lower case."""
    members: list[tuple[str, Callable[[Headers], Any]]]
    """The names of the members that stand in these headers, each with what makes it of them."""


class _Parser(NamedTuple):
    """Parses one operation's responses."""

    find_head: Callable[[tuple[str, ...]], _Head]
    """Returns what is read of headers of these names."""
    payload: str | None
    """The name of the member that is the body, if there is one."""
    read_document: Callable[[Any], dict[str, Any]] | None
    """Makes the members that stand in a document, of those that it was written of; None if no document comes."""

    def parse_headers(self, response: Response) -> dict[str, Any]:
        """Return the members that are headers, and botocore's `ResponseMetadata`, which has all headers."""
        names, members = self.find_head(tuple(response.headers))
        headers = dict(zip(names, response.headers.values(), strict=True))
        metadata = {
            "RequestId": headers["x-amz-request-id"],
            "HostId": headers["x-amz-id-2"],
            "HTTPStatusCode": response.status,
            "HTTPHeaders": headers,
        }
        parsed: dict[str, Any] = {"ResponseMetadata": metadata}
        for name, read in members:
            parsed[name] = read(headers)
        return parsed


def _make_parser(model: Any, botocore_parser: Any) -> _Parser | None:
    """Return the parser of an operation's responses; None if botocore must parse them."""
    shape = model.output_shape
    payload, read_document = None, None
    in_headers: list[tuple[str, str, Callable[[str], Any] | None]] = []
    of_several: set[str] = set()
    members = {} if shape is None else shape.members
    body = None if shape is None else shape.serialization.get("payload")
    for name, member in members.items():
        location = member.serialization.get("location")
        wire_name = member.serialization.get("name", name).lower()
        if location == "header":
            in_headers.append((name, wire_name, _make_converter(botocore_parser, member)))
        elif location == "headers":
            in_headers.append((name, wire_name, None))
            of_several.add(name)
        elif model.has_streaming_output and name == body:
            payload = name
        elif read_document is None:
            read_document = make_reader(shape, remember_times(botocore_parser._timestamp_parser))
            if read_document is None:
                return None

    @lru_cache(_MOST_HEADS)  # S3 sends the same headers again and again
    def find_head(names: tuple[str, ...]) -> _Head:
        lower = tuple(map(str.lower, names))
        found: list[tuple[str, Callable[[Headers], Any]]] = []
        for name, header, convert in in_headers:
            if name in of_several:  # all headers whose names begin so
                entries = [(each[len(header) :], each.lower()) for each in names if each.lower().startswith(header)]
                found.append((name, partial(_join, entries)))
            elif header in lower:
                found.append((name, itemgetter(header) if convert is None else partial(_convert, header, convert)))
        return _Head(lower, found)

    return _Parser(find_head, payload, read_document)


def _convert(header: str, convert: Callable[[str], Any], headers: Headers) -> Any:
    """Return the member that is one header."""
    return convert(headers[header])


def _join(entries: list[tuple[str, str]], headers: Headers) -> dict[str, str]:
    """Return the member that is several headers: of each the name of the entry, and of the header."""
    return {name: headers[header] for name, header in entries}


def _make_converter(botocore_parser: Any, member: Any) -> Callable[[str], Any] | None:
    """Return botocore's conversion of a header's value; None for a member that is text."""
    if member.type_name == "string":
        return None
    convert = partial(botocore_parser._parse_shape, member)
    return remember_times(convert) if member.type_name == "timestamp" else convert
