"""From a request to the members of its operation.

A reader is compiled once for each operation, from the table and from what the operation accepts. It looks up each
header and query parameter of the request, not each of the operation. A member that the operation has but does not
accept is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import NamedTuple

from fakes3.model.errors import InvalidArgument, InvalidRequest, S3Error
from fakes3.model.not_modelled import not_of
from fakes3.model.numbers import read_int
from fakes3.operations.members import Members
from fakes3.operations.registry import Accepted
from fakes3.wire.exchange import Exchange
from fakes3.wire.header_section import check_names
from fakes3.wire.message import Request
from fakes3.wire.payload import MOST_DOCUMENT_BYTES, Document, Payload, parse_members, parse_policy
from fakes3.wire.quirks import (
    BORROWED,
    CHECKSUM_REQUIRED,
    DOCUMENT_LIMITS,
    HEADERS_OF_OTHERS,
    JUDGED_BY_THE_OPERATION,
    STRICT_BOOLEANS,
    not_taken,
)
from fakes3.wire.structures import compile_structure
from fakes3.wire.table import Member, Operation
from fakes3.wire.table import shape as find_shape

Reader = Callable[[Exchange], Members]
"""Returns the members in the headers, query and body of a request."""

Convert = Callable[[str], object]

_OF_THE_BODY = frozenset({"ContentLength", "ContentMD5", "ChecksumAlgorithm"})
"""Members that describe the body. Where the body is a document, the wire checks them itself."""

_NO_VERSION_ID = "This operation does not accept a version-id."
_COPY_SOURCE = "You can only specify a copy source header for copy requests."


class _Slot(NamedTuple):
    """The place of a header or query parameter among the members."""

    member: str
    convert: Convert | None
    refusal: Callable[[], S3Error] | None
    """Returns the error for what is not accepted; None for what is."""
    entry: str | None = None
    """The key of the value in a member that is a map: the rest of a name with the prefix."""
    may_be_empty: bool = False
    """Whether an empty value counts as none: that of an integer which the operation can do without."""


class _Slots(NamedTuple):
    """The places of all headers and query parameters of an operation."""

    headers: dict[str, _Slot]
    query: dict[str, _Slot]
    prefix: str
    """The beginning of headers that are one member together; empty where there are none."""
    prefixed: _Slot | None

    def find(self, header: str, *, takes_bytes: bool) -> _Slot | None:
        """Return the place of a header; None for one that S3 ignores."""
        if header in self.headers:
            return self.headers[header]
        if self.prefixed is not None and header.startswith(self.prefix):
            return self.prefixed._replace(entry=header.removeprefix(self.prefix))
        refusal = _find_refusal(header, takes_bytes=takes_bytes)
        return None if refusal is None else _Slot(header, None, refusal)


def compile_reader(operation: Operation, accepts: Accepted, requires: frozenset[str] = frozenset()) -> Reader:
    """Return the reader of an operation.

    `requires` are members that it cannot do without, though the model does not require them: S3 refuses some operations
    without their document.
    """
    shape = operation.input
    payload = None if shape is None else shape.members.get(shape.payload or "")
    is_document = payload is not None and payload.shape.type in {"structure", "string"}
    slots = _compile_slots(operation, accepts, has_document=is_document)
    query = slots.query
    takes_bytes = payload is not None and not is_document
    body_name = "" if payload is None else payload.name
    read_document = None
    if payload is not None and is_document:
        required = requires if shape is None else requires | shape.required
        read_document = _compile_document_reader(operation, payload, accepts, is_required=body_name in required)

    @lru_cache(maxsize=64)  # a client sends the same headers again and again
    def find_slots(names: tuple[str, ...]) -> list[tuple[str, _Slot]]:
        """Return the headers that S3 does not ignore, in their order. Raises: BadRequest, for a name that is none."""
        check_names(names)
        found = [(name, slots.find(name, takes_bytes=takes_bytes)) for name in names]
        return [(name, slot) for name, slot in found if slot is not None]

    def read(exchange: Exchange) -> Members:
        found: Members = {}
        if exchange.bucket is not None:
            found["Bucket"] = exchange.bucket
        if exchange.key is not None:
            found["Key"] = exchange.key
        for name, (member, convert, refusal, entry, _) in find_slots(tuple(exchange.request.headers)):
            value = exchange.request.headers[name]
            if refusal is not None:
                raise refusal()
            if entry is None:
                found[member] = value if convert is None else convert(value)
            else:
                found.setdefault(member, {})[entry] = value
        if exchange.query:
            _read_query(exchange.query, query, found)
        if takes_bytes:
            found[body_name] = Payload(exchange.request, exchange.chunk_signatures)
        elif read_document is not None:
            read_document(exchange.request, found)
        return found

    return read


def _read_query(sent: Mapping[str, str], slots: Mapping[str, _Slot], found: Members) -> None:
    """Add the members that the parameters of a query are."""
    for name, value in sent.items():
        if name in slots:
            member, convert, refusal, _, may_be_empty = slots[name]
            if may_be_empty and not value:
                continue
            if refusal is not None:
                raise refusal()
            found[member] = value if convert is None else convert(value)
        elif name == "versionId":
            raise InvalidArgument(_NO_VERSION_ID, ArgumentName=name, ArgumentValue=value)


def is_seen_to(member: Member, *, has_document: bool) -> bool:
    """Whether the wire takes a member itself, so that no operation needs to."""
    return member.name in (_OF_THE_BODY if has_document else {"ContentLength"})


def _compile_slots(operation: Operation, accepts: Accepted, *, has_document: bool) -> _Slots:
    """Return the places of an operation's headers and query parameters."""
    headers: dict[str, _Slot] = {}
    query: dict[str, _Slot] = {}
    prefix, prefixed = "", None
    shape = operation.input
    for member in shape.members.values() if shape is not None else ():
        if member.name not in accepts and is_seen_to(member, has_document=has_document):
            continue
        if member.location == "header":
            headers[member.wire_name.lower()] = _make_slot(operation, member, accepts)
        elif member.location == "querystring":
            is_optional = shape is not None and member.name not in shape.required
            slot = _make_slot(operation, member, accepts)
            query[member.wire_name] = slot._replace(may_be_empty=is_optional and member.shape.type == "integer")
        elif member.location == "headers":
            prefix, prefixed = member.wire_name, _make_slot(operation, member, accepts)
    if operation.name in BORROWED:
        lender, name = BORROWED[operation.name]
        member = find_shape(f"{lender}Request").members[name]
        headers[member.wire_name.lower()] = _make_slot(operation, member, accepts)
    for header in HEADERS_OF_OTHERS.get(operation.name, ()):
        headers[header.lower()] = _Slot(header, None, partial(not_of, header))
    return _Slots(headers, query, prefix, prefixed)


def _compile_document_reader(
    operation: Operation, payload: Member, accepts: Accepted, *, is_required: bool
) -> Callable[[Request, Members], None]:
    """Return a function that puts the document of a request among its members, if it has one or must have one."""
    is_xml = payload.shape.type == "structure"
    parse: Callable[[bytes], Members | str] = parse_policy
    if is_xml and payload.name in accepts:
        parse = partial(parse_members, payload.wire_name, compile_structure(payload.shape, accepts[payload.name]))
    checksum_required = operation.name in CHECKSUM_REQUIRED
    takes_checksums = is_xml and operation.input is not None and "ChecksumCRC32" in operation.input.members
    most = DOCUMENT_LIMITS.get(operation.name, MOST_DOCUMENT_BYTES)

    def read_document(request: Request, found: Members) -> None:
        headers = request.headers
        if not is_required and headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
            return
        if payload.name not in accepts:
            raise not_taken(operation.name, payload.name, payload.wire_name)
        found[payload.name] = Document(
            request, parse, checksum_required=checksum_required, takes_checksums=takes_checksums, most=most
        )

    return read_document


def _make_slot(operation: Operation, member: Member, accepts: Accepted) -> _Slot:
    accepted = member.name in accepts
    refusal = None if accepted else partial(not_taken, operation.name, member.name, member.wire_name)
    return _Slot(member.name, _find_converter(member), refusal)


def _find_converter(member: Member) -> Convert | None:
    """Return a function that makes a value of a text; None for texts. Dates stay text: S3 accepts some wrong ones."""
    kind = member.shape.type
    if kind == "boolean" and member.name in STRICT_BOOLEANS:
        return lambda text: _parse_boolean(text, member.wire_name)
    if kind == "boolean":
        return lambda text: text.lower() == "true"
    if kind in {"integer", "long"} and member.name not in JUDGED_BY_THE_OPERATION:
        return lambda text: _parse_integer(text, member.wire_name)
    if kind == "list":
        return lambda text: [each.strip() for each in text.split(",") if each.strip()]
    return None


def _parse_integer(text: str, name: str) -> int:
    number = read_int(text, signed=True)
    if number is None or number > 2**31 - 1:
        raise InvalidArgument(
            f"Provided {name} not an integer or within integer range", ArgumentName=name, ArgumentValue=text
        )
    return number


def _parse_boolean(text: str, name: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise InvalidArgument(ArgumentName=name, ArgumentValue=text)
    return text.lower() == "true"


def _find_refusal(header: str, *, takes_bytes: bool) -> Callable[[], S3Error] | None:
    """Return what makes the error for a header that the operation does not have; None for one that S3 ignores."""
    if header == "x-amz-copy-source":
        return partial(InvalidArgument, _COPY_SOURCE, ArgumentName=header)
    if header == "x-amz-server-side-encryption":
        # S3: API/API_GetObject.html; the text was seen in the field
        return partial(InvalidArgument, f"{header} header is not supported for this operation.", ArgumentName=header)
    if takes_bytes and header.startswith("x-amz-checksum-") and not header.endswith(("-mode", "-algorithm", "-type")):
        return partial(InvalidRequest, "The algorithm type you specified in x-amz-checksum- header is invalid.")
    return None
