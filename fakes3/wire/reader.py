"""From a request to the members of its operation.

A reader is compiled once for each operation, from the table and from what the operation accepts. It looks up each
header and query parameter that came, not each that could come; what belongs to the operation but is not accepted is
refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from fakes3.model.errors import InvalidArgument, InvalidRequest, S3Error
from fakes3.model.numbers import read_int
from fakes3.operations.members import Members
from fakes3.operations.registry import Accepted
from fakes3.wire.exchange import Exchange
from fakes3.wire.message import Request
from fakes3.wire.payload import Payload, TextDocument, XmlDocument
from fakes3.wire.quirks import (
    HEADERS_OF_OTHERS,
    JUDGED_BY_THE_OPERATION,
    STRICT_BOOLEANS,
    TAKEN_UNCHECKED,
    not_of,
    not_taken,
)
from fakes3.wire.table import Member, Operation

Reader = Callable[[Exchange], Members]
"""Returns the members that the headers, query and body of a request have."""

Convert = Callable[[str], object]

_OF_THE_BODY = frozenset({"ContentLength", "ContentMD5", "ChecksumAlgorithm"})
"""Members that speak of the body: for documents, and for the length of any body, the wire sees to them itself."""

_CHECKSUM = "x-amz-checksum-"
_NO_ALGORITHM = "The algorithm type you specified in x-amz-checksum- header is invalid."
_NO_VERSION_ID = "This operation does not accept a version-id."
_COPY_SOURCE = "You can only specify a copy source header for copy requests."
_ENCRYPTION = "x-amz-server-side-encryption"


class _Slot(NamedTuple):
    member: str
    convert: Convert | None
    refusal: Callable[[], S3Error] | None


def compile_reader(operation: Operation, accepts: Accepted, requires: frozenset[str] = frozenset()) -> Reader:
    """Return the reader of an operation that accepts these members, and cannot do without some of them.

    The model does not require the document of every operation that S3 refuses without one.
    """
    members = operation.input.members if operation.input is not None else {}
    payload = members.get(operation.input.payload or "") if operation.input is not None else None
    is_document = payload is not None and payload.shape.type in {"structure", "string"}
    is_body = payload is not None and not is_document
    body_name = "" if payload is None else payload.name
    is_required = body_name in requires or (operation.input is not None and body_name in operation.input.required)
    read_document = _document_reader(operation, payload, accepts) if payload is not None and is_document else None
    headers: dict[str, _Slot] = {}
    query: dict[str, _Slot] = {}
    prefix, prefixed = "", None
    for member in members.values():
        if member.name not in accepts and (
            member.name == "ContentLength" or (is_document and member.name in _OF_THE_BODY)
        ):
            continue
        if member.location == "header":
            headers[member.wire_name.lower()] = _slot(operation, member, accepts)
        elif member.location == "querystring":
            query[member.wire_name] = _slot(operation, member, accepts)
        elif member.location == "headers":
            prefix, prefixed = member.wire_name, _slot(operation, member, accepts)
    for header in HEADERS_OF_OTHERS.get(operation.name, ()):
        headers[header.lower()] = _Slot(header, None, partial(not_of, header))

    def read(exchange: Exchange) -> Members:
        found: Members = {}
        if exchange.bucket is not None:
            found["Bucket"] = exchange.bucket
        if exchange.key is not None:
            found["Key"] = exchange.key
        for name, value in exchange.headers.items():
            slot = headers.get(name)
            if slot is not None:
                _put(found, slot, value)
            elif not name.startswith("x-amz-"):
                continue
            elif prefixed is not None and name.startswith(prefix):
                if prefixed.refusal is not None:
                    raise prefixed.refusal()
                found.setdefault(prefixed.member, {})[name[len(prefix) :]] = value
            elif name.startswith(("x-amz-c", "x-amz-se")):
                _check_known(name, takes_body=is_body)
        for name, value in exchange.query.items():
            slot = query.get(name)
            if slot is not None:
                _put(found, slot, value)
            elif name == "versionId":
                raise InvalidArgument(_NO_VERSION_ID, ArgumentName=name, ArgumentValue=value)
        if is_body:
            found[body_name] = Payload(exchange.request, exchange.chunk_signatures)
        elif read_document is not None and (is_required or _brings_a_body(exchange.request.headers)):
            found[body_name] = read_document(exchange.request)
        return found

    return read


def _document_reader(
    operation: Operation, payload: Member, accepts: Accepted
) -> Callable[[Request], TextDocument | XmlDocument]:
    """Return what makes the document of a request of its body."""
    checksum_required = operation.checksum_required and operation.name not in TAKEN_UNCHECKED
    takes_checksums = operation.input is not None and "ChecksumCRC32" in operation.input.members

    def read_document(request: Request) -> TextDocument | XmlDocument:
        if payload.name not in accepts:
            raise not_taken(operation.name, payload.name, payload.wire_name)
        if payload.shape.type == "string":
            return TextDocument(request, checksum_required=checksum_required)
        return XmlDocument(
            request,
            payload,
            accepts[payload.name],
            checksum_required=checksum_required,
            takes_checksums=takes_checksums,
        )

    return read_document


def _brings_a_body(headers: Mapping[str, str]) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _put(found: Members, slot: _Slot, value: str) -> None:
    if slot.refusal is not None:
        raise slot.refusal()
    found[slot.member] = value if slot.convert is None else slot.convert(value)


def _slot(operation: Operation, member: Member, accepts: Accepted) -> _Slot:
    accepted = member.name in accepts
    refusal = None if accepted else partial(not_taken, operation.name, member.name, member.wire_name)
    return _Slot(member.name, _converter(member), refusal)


def _converter(member: Member) -> Convert | None:
    """Return what turns the text of a header or query parameter into a value. Dates stay text: S3 forgives some."""
    kind = member.shape.type
    if kind == "boolean" and member.name in STRICT_BOOLEANS:
        return lambda text: _boolean(text, member.wire_name)
    if kind == "boolean":
        return lambda text: text.lower() == "true"
    if kind in {"integer", "long"} and member.name not in JUDGED_BY_THE_OPERATION:
        return lambda text: _integer(text, member.wire_name)
    if kind == "list":
        return lambda text: [each.strip() for each in text.split(",") if each.strip()]
    return None


def _integer(text: str, name: str) -> int:
    number = read_int(text, signed=True)
    if number is None or number > 2**31 - 1:
        raise InvalidArgument(
            f"Provided {name} not an integer or within integer range", ArgumentName=name, ArgumentValue=text
        )
    return number


def _boolean(text: str, name: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise InvalidArgument(ArgumentName=name, ArgumentValue=text)
    return text.lower() == "true"


def _check_known(name: str, *, takes_body: bool) -> None:
    """Refuse headers that S3 refuses where they mean nothing."""
    if name == "x-amz-copy-source":
        raise InvalidArgument(_COPY_SOURCE, ArgumentName=name)
    if name == _ENCRYPTION:
        # S3: API/API_GetObject.html; the text was seen in the field
        raise InvalidArgument(f"{name} header is not supported for this operation.", ArgumentName=name)
    if takes_body and name.startswith(_CHECKSUM) and not name.endswith(("-mode", "-algorithm", "-type")):
        raise InvalidRequest(_NO_ALGORITHM)
