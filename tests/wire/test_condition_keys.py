"""The condition keys that the transport knows."""

from __future__ import annotations

from typing import Any

import pytest

from fakes3.operations.service import Service
from fakes3.wire.condition_keys import transport_keys
from fakes3.wire.exchange import Exchange
from fakes3.wire.message import Request
from fakes3.wire.signatures.signature import Credential, Signature

ALWAYS = {"aws:securetransport": ("true",), "aws:sourceip": ("127.0.0.1",)}


@pytest.fixture
def keys_of() -> Any:
    """The condition keys of a request, 1.5 seconds after 04:05:06 on 3 February 2026."""
    service = Service()
    service.clock.freeze("2026-02-03T04:05:07.500000Z")

    def ask(
        headers: dict[str, str] | None = None,
        signature: Signature | None = None,
        scheme: str = "https",
        **request: Any,
    ) -> dict[str, tuple[str, ...]]:
        asked = Exchange(service, Request("GET", scheme, "s3.amazonaws.com", "/", "", headers or {}, **request))
        asked.signature = signature
        return transport_keys(asked)

    return ask


def test_of_an_anonymous_caller(keys_of):
    assert ALWAYS == keys_of()


def test_without_tls(keys_of):
    assert ("false",) == keys_of(scheme="http")["aws:securetransport"]


def test_where_it_came_from(keys_of):
    assert ("203.0.113.9",) == keys_of(client="203.0.113.9")["aws:sourceip"]


def test_headers(keys_of):
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
    assert ALWAYS | expected == keys_of(headers)


ECDSA, HMAC = "AWS4-ECDSA-P256-SHA256", "AWS4-HMAC-SHA256"


@pytest.mark.parametrize(
    ("place", "algorithm", "date", "age"),
    [
        ("REST-HEADER", HMAC, None, None),
        ("REST-HEADER", ECDSA, None, None),
        ("REST-HEADER", "AWS", None, None),
        ("REST-QUERY-STRING", HMAC, "20260203T040506Z", "1500"),
        ("REST-QUERY-STRING", "AWS", None, None),
        ("POST", HMAC, "20260203T040506Z", "1500"),
        ("POST", "AWS", None, None),
        ("REST-QUERY-STRING", HMAC, "20260203T041506Z", "0"),
        ("REST-QUERY-STRING", HMAC, "soon", None),
    ],
)
def test_signature(keys_of, place, algorithm, date, age):
    found = keys_of(signature=Signature(algorithm, Credential("A"), (), "0", place, date))
    names = ("s3:authtype", "s3:signatureversion", "s3:signatureage")
    assert (place, algorithm, age) == tuple(found.get(name, (None,))[0] for name in names)
