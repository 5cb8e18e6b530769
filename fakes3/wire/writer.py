"""From the members that an operation returns to a response.

A writer is compiled once for each operation. Elements have the order in which the operation returns its members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from fakes3.model.bytes_rope import Rope
from fakes3.model.dates import format_http_date, format_iso8601
from fakes3.operations.members import Members
from fakes3.wire.event_stream import write_events
from fakes3.wire.message import Response
from fakes3.wire.quirks import CONTENT_TYPES, HEADERS_BESIDE, INTERLEAVED, OTHER_STATUSES, ROOTS, STATUSES, TEXT_ROOTS
from fakes3.wire.table import Member, Operation, Shape
from fakes3.wire.xml import DECLARATION, NAMESPACE, SCHEMA_INSTANCE, escape

Writer = Callable[[Members], Response]
ElementWriter = Callable[[Any, list[str]], None]
"""Appends the text of an element's content, or of a whole element, to the list."""


def compile_writer(operation: Operation) -> Writer:
    """Return the writer of an operation's responses."""
    shape = operation.output
    status = OTHER_STATUSES.get(operation.name, operation.status)
    if shape is None:
        return lambda _members: Response(status)
    in_header = {
        name: (member.wire_name, _header_text(member.shape))
        for name, member in shape.members.items()
        if member.location == "header"
    }
    in_header.update((name, (header, None)) for name, header in HEADERS_BESIDE.get(operation.name, {}).items())
    prefixes = {name: each.wire_name for name, each in shape.members.items() if each.location == "headers"}
    write_body = _body_writer(operation, shape)
    sign, other_status = STATUSES.get(operation.name, ("", status))

    def write(members: Members) -> Response:
        headers: dict[str, str] = {}
        for name, value in members.items():
            if value is None:
                continue
            place = in_header.get(name)
            if place is not None:
                header, convert = place
                headers[header] = value if convert is None else convert(value)
            elif name in prefixes:
                headers.update((prefixes[name] + each, text) for each, text in value.items())
        response = Response(other_status if sign in members else status, headers)
        if write_body is not None:
            write_body(members, response)
        return response

    return write


def error_document(
    code: str, message: str, members: Mapping[str, object], request_id: str, host_id: str, *, wrapped: bool = False
) -> Rope:
    """Return S3's `<Error>` document; `wrapped` as S3 Control writes it. S3: API/ErrorResponses.html"""
    inside = "".join(f"<{name}>{escape(_plain(value))}</{name}>" for name, value in members.items())
    error = f"<Code>{code}</Code><Message>{escape(message)}</Message>{inside}"
    ids = f"<RequestId>{request_id}</RequestId><HostId>{host_id}</HostId>"
    document = (
        f"<ErrorResponse><Error>{error}</Error>{ids}</ErrorResponse>" if wrapped else f"<Error>{error}{ids}</Error>"
    )
    return Rope.of(f"{DECLARATION}{document}".encode())


def _body_writer(operation: Operation, shape: Shape) -> Callable[[Members, Response], None] | None:
    if shape.payload is not None and shape.members[shape.payload].shape.type != "structure":
        return _raw_body(shape.payload, CONTENT_TYPES.get(operation.name))
    if shape.payload is not None and shape.members[shape.payload].shape.is_event_stream:
        return _event_stream(shape.payload)
    if operation.name in TEXT_ROOTS:
        return _text_document(operation.name)
    in_body = {name: member for name, member in shape.members.items() if not member.location}
    if shape.payload is not None:
        member = shape.members[shape.payload]
        return _document(operation, member.wire_name, _structure(member.shape.members), shape.payload)
    if in_body:
        root = ROOTS.get(operation.name, shape.name)
        return _document(operation, root, _structure(in_body), None)
    return _raw_body("", CONTENT_TYPES[operation.name]) if operation.name in CONTENT_TYPES else None


def _raw_body(payload: str, content_type: str | None) -> Callable[[Members, Response], None]:
    def write(members: Members, response: Response) -> None:
        body = members.get(payload)
        if content_type is not None:
            response.headers["Content-Type"] = content_type
        if body is not None:
            response.body = body if isinstance(body, Rope) else Rope.of(body.encode())

    return write


def _event_stream(payload: str) -> Callable[[Members, Response], None]:
    def write(members: Members, response: Response) -> None:
        response.body = Rope.of(write_events(members[payload]))

    return write


def _text_document(operation: str) -> Callable[[Members, Response], None]:
    root, member = ROOTS[operation], TEXT_ROOTS[operation]

    def write(members: Members, response: Response) -> None:
        text = members.get(member)
        inside = "/>" if text is None else f">{escape(text)}</{root}>"
        _set_document(response, f'{DECLARATION}<{root} xmlns="{NAMESPACE}"{inside}')

    return write


def _document(
    operation: Operation, root: str, content: ElementWriter, payload: str | None
) -> Callable[[Members, Response], None]:
    opening = f'{DECLARATION}<{root} xmlns="{operation.namespace}">'
    closing = f"</{root}>"

    def write(members: Members, response: Response) -> None:
        parts = [opening]
        content(members if payload is None else members[payload], parts)
        parts.append(closing)
        _set_document(response, "".join(parts))
        response.written = operation.name, members

    return write


def _set_document(response: Response, text: str) -> None:
    response.headers["Content-Type"] = "application/xml"
    response.body = Rope.of(text.encode())


def _structure(members: Mapping[str, Member]) -> ElementWriter:
    """Return a writer of these members. It skips all others, such as headers."""
    scalars = {name: text for name, each in members.items() if (text := _scalar(each)) is not None}
    writers: dict[str, ElementWriter | None] = {INTERLEAVED: lambda value, parts: interleave(value, parts)}

    def write(value: Members, parts: list[str]) -> None:
        append = parts.append
        for name, item in value.items():
            if item is None:
                continue
            if name in scalars:
                append(scalars[name](item))
                continue
            if name not in writers:
                writers[name] = _element(members[name]) if name in members else None
            writer = writers[name]
            if writer is not None:
                writer(item, parts)

    def interleave(value: Iterable[tuple[str, Members]], parts: list[str]) -> None:
        for name, item in value:
            write({name: (item,)}, parts)

    return write


def _element(member: Member) -> ElementWriter:
    """Return a writer of a member as an element."""
    name, shape = member.wire_name, member.shape
    if shape.type == "list":
        return _list(member)
    if shape.type == "map":
        return _wrapped(name, _entries)
    if shape.type == "structure":
        attributes = [each for each in shape.members.values() if each.is_attribute]
        content = _structure({each.name: each for each in shape.members.values() if not each.is_attribute})
        return _with_attributes(name, attributes, content) if attributes else _wrapped(name, content)
    text = _scalar(member)
    assert text is not None, f"{name} is neither a scalar nor made of others"
    return lambda value, parts: parts.append(text(value))


def _scalar(member: Member) -> Callable[[Any], str] | None:
    """Return a function that returns the element of a scalar; None for a member that is no scalar."""
    shape, opening, closing = member.shape, f"<{member.wire_name}>", f"</{member.wire_name}>"
    if shape.type in {"list", "map", "structure"}:
        return None
    if shape.type in {"integer", "long"}:
        return lambda value: f"{opening}{value}{closing}"
    if shape.type == "string" and not shape.enum:
        return lambda value: f"{opening}{escape(value)}{closing}"
    # Thousands of entries have the same few storage classes and moments.
    return lru_cache(maxsize=256)(lambda value: f"{opening}{escape(_plain(value))}{closing}")


def _list(member: Member) -> ElementWriter:
    inner = member.shape.member
    write_item = _element(inner._replace(wire_name=member.wire_name) if member.flattened else inner)

    def write(value: Any, parts: list[str]) -> None:
        for item in value:
            write_item(item, parts)

    return write if member.flattened else _wrapped(member.wire_name, write)


def _entries(value: Any, parts: list[str]) -> None:
    """Append the entries of a map of texts."""
    parts.extend(f"<entry><key>{key}</key><value>{escape(text)}</value></entry>" for key, text in value.items())


def _wrapped(name: str, content: ElementWriter) -> ElementWriter:
    opening, closing = f"<{name}>", f"</{name}>"

    def write(value: Any, parts: list[str]) -> None:
        parts.append(opening)
        content(value, parts)
        parts.append(closing)

    return write


def _with_attributes(name: str, attributes: list[Member], content: ElementWriter) -> ElementWriter:
    """Return a writer of a structure with members in its opening tag: a Grantee, which has an `xsi:type`."""

    def write(value: Members, parts: list[str]) -> None:
        parts.append(f'<{name} xmlns:xsi="{SCHEMA_INSTANCE}"')
        parts.extend(f' {each.wire_name}="{escape(value[each.name])}"' for each in attributes if each.name in value)
        parts.append(">")
        content(value, parts)
        parts.append(f"</{name}>")

    return write


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format_iso8601(value) if isinstance(value, datetime) else str(value)


def _header_text(shape: Shape) -> Callable[[Any], str] | None:
    """Return a function that makes a header's text of a value; None where the value is a text."""
    if shape.type == "timestamp":
        iso = shape.timestamp_format == "iso8601"
        return format_iso8601 if iso else lambda value: value if isinstance(value, str) else format_http_date(value)
    if shape.type in {"integer", "long"}:
        return str
    return None if shape.type == "string" else _plain
