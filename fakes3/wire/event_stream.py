"""Writes a stream of events (application/vnd.amazon.eventstream): messages with headers, a payload and checksums.

S3: API/RESTSelectObjectAppendix.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from struct import pack
from zlib import crc32

from fakes3.model.errors import S3Error
from fakes3.operations.members import Members
from fakes3.wire.xml import DECLARATION

_TEXT = 7
"""The type of a header whose value is a text."""


def write_events(events: Iterable[Members]) -> bytes:
    """Return the messages of events, each the one member of a mapping: bytes, members of a document, or nothing.

    An `Error` is the refusal that ends the stream.
    """
    return b"".join(_write_event(kind, content) for each in events for kind, content in each.items())


def _write_event(kind: str, content: object) -> bytes:
    if isinstance(content, S3Error):
        about = {":error-code": content.code, ":error-message": content.message, ":message-type": "error"}
        return _write_message(about, b"")
    about = {":message-type": "event", ":event-type": kind}
    if isinstance(content, bytes):
        return _write_message(about | {":content-type": "application/octet-stream"}, content)
    if isinstance(content, Mapping):
        inside = "".join(f"<{name}>{value}</{name}>" for name, value in content.items())
        return _write_message(about | {":content-type": "text/xml"}, f"{DECLARATION}<{kind}>{inside}</{kind}>".encode())
    return _write_message(about, b"")


def _write_message(headers: Mapping[str, str], payload: bytes) -> bytes:
    head = b"".join(_write_header(name, value.encode()) for name, value in headers.items())
    prelude = pack(">II", 16 + len(head) + len(payload), len(head))
    message = prelude + pack(">I", crc32(prelude)) + head + payload
    return message + pack(">I", crc32(message))


def _write_header(name: str, value: bytes) -> bytes:
    return pack(">B", len(name)) + name.encode() + pack(">BH", _TEXT, len(value)) + value
