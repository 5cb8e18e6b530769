"""The bytes of a stream of events.

S3: API/RESTSelectObjectAppendix.html
"""

from __future__ import annotations

from typing import Any

from botocore.eventstream import EventStreamBuffer

from fakes3.model.select_errors import CastFailed
from fakes3.wire.event_stream import write_events

TEXT = ":message-type", ":event-type", ":content-type"


def test_each_kind_of_message() -> None:
    buffer = EventStreamBuffer()
    counted = {"BytesScanned": 512}
    buffer.add_data(
        write_events(
            [{"Records": b"a,b\n"}, {"Cont": None}, {"Stats": counted}, {"End": None}, {"Error": CastFailed()}]
        )
    )
    messages: list[Any] = [(each.headers, each.payload) for each in buffer]
    assert [
        (dict(zip(TEXT, ("event", "Records", "application/octet-stream"), strict=True)), b"a,b\n"),
        (dict(zip(TEXT, ("event", "Cont"), strict=False)), b""),
        (
            dict(zip(TEXT, ("event", "Stats", "text/xml"), strict=True)),
            b'<?xml version="1.0" encoding="UTF-8"?>\n<Stats><BytesScanned>512</BytesScanned></Stats>',
        ),
        (dict(zip(TEXT, ("event", "End"), strict=False)), b""),
        (
            {":error-code": "CastFailed", ":error-message": CastFailed.message, ":message-type": "error"},
            b"",
        ),
    ] == messages


def test_sixteen_bytes_stand_around_headers_and_payload() -> None:
    message = write_events([{"Cont": None}])
    headers = b"\x0d:message-type\x07\x00\x05event" + b"\x0b:event-type\x07\x00\x04Cont"
    assert (len(headers) + 16).to_bytes(4) + len(headers).to_bytes(4) == message[:8]
    assert headers == message[12:-4]
