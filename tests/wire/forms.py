"""Browsers' forms as bytes: `form(authorized(), FILE)`."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def part(name: str, value: bytes = b"", filename: str | None = None) -> bytes:
    named = "" if filename is None else f'; filename="{filename}"\r\nContent-Type: text/plain'
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + value + b"\r\n"


def form(*parts: bytes, end: bytes = f"--{BOUNDARY}--\r\n".encode()) -> bytes:
    return b"".join(parts) + end


def policy(*conditions: Any) -> bytes:
    document = {"expiration": "2999-01-01T00:00:00Z", "conditions": [{"bucket": "bucket"}, *conditions]}
    return b64encode(json.dumps(document).encode())


def authorized(*conditions: Any) -> bytes:
    """The fields that authorize an upload to `key`, signed by a key whose secret nobody knows."""
    text = policy({"key": "key"}, *conditions)
    fields = {"key": b"key", "AWSAccessKeyId": b"AKIDEXAMPLE", "signature": b"0", "policy": text}
    return b"".join(part(name, value) for name, value in fields.items())


FILE = part("file", b"hello form", "hello.txt")
