"""What a request says of itself to policies."""

from __future__ import annotations

from typing import Any

import pytest

from fakes3.operations.service import Service
from fakes3.wire.circumstances import circumstances
from fakes3.wire.message import Request

ALWAYS = {"aws:securetransport": ("true",), "aws:sourceip": ("127.0.0.1",)}


@pytest.fixture
def told() -> Any:
    """The circumstances of a request, 1.5 seconds after 04:05:06 on 3 February 2026."""
    service = Service()
    service.clock.freeze("2026-02-03T04:05:07.500000Z")

    def tell(
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
        scheme: str = "https",
        **request: Any,
    ) -> dict[str, tuple[str, ...]]:
        asked = Request("GET", scheme, "s3.amazonaws.com", "/", "", headers or {}, **request)
        return circumstances(service, asked, query or {}, form)

    return tell


def test_of_nobody_in_particular(told):
    assert ALWAYS == told()
    assert ALWAYS == told(form={"key": "k"})


def test_without_tls(told):
    assert ("false",) == told(scheme="http")["aws:securetransport"]


def test_where_it_came_from(told):
    assert ("203.0.113.9",) == told(client="203.0.113.9")["aws:sourceip"]


def test_headers(told):
    headers = {
        "user-agent": "Boto3/1.44",
        "referer": "https://example.com/",
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    }
    expected = {
        "aws:useragent": ("Boto3/1.44",),
        "aws:referer": ("https://example.com/",),
        "s3:x-amz-content-sha256": ("UNSIGNED-PAYLOAD",),
    }
    assert ALWAYS | expected == told(headers)


V4 = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Date": "20260203T040506Z", "X-Amz-Signature": "0"}


@pytest.mark.parametrize(
    ("headers", "query", "form", "expected"),
    [
        ({"authorization": "AWS4-HMAC-SHA256 Credential=A"}, {}, None, ("REST-HEADER", "AWS4-HMAC-SHA256", None)),
        (
            {"authorization": "AWS4-ECDSA-P256-SHA256 Credential=A"},
            {},
            None,
            ("REST-HEADER", "AWS4-ECDSA-P256-SHA256", None),
        ),
        ({"authorization": "AWS A:x"}, {}, None, ("REST-HEADER", "AWS", None)),
        ({}, V4, None, ("REST-QUERY-STRING", "AWS4-HMAC-SHA256", "1500")),
        ({}, {"AWSAccessKeyId": "A", "Signature": "x", "Expires": "1"}, None, ("REST-QUERY-STRING", "AWS", None)),
        (
            {},
            {},
            {"policy": "e30=", "x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-date": "20260203T040506Z"},
            ("POST", "AWS4-HMAC-SHA256", "1500"),
        ),
        ({}, {}, {"policy": "e30=", "awsaccesskeyid": "A"}, ("POST", "AWS", None)),
        ({}, V4 | {"X-Amz-Date": "20260203T041506Z"}, None, ("REST-QUERY-STRING", "AWS4-HMAC-SHA256", "0")),
        ({}, V4 | {"X-Amz-Date": "soon"}, None, ("REST-QUERY-STRING", "AWS4-HMAC-SHA256", None)),
    ],
)
def test_signature(told, headers, query, form, expected):
    found = told(headers, query, form)
    names = ("s3:authtype", "s3:signatureversion", "s3:signatureage")
    assert dict(zip(names, expected, strict=True)) == {name: found.get(name, (None,))[0] for name in names}
