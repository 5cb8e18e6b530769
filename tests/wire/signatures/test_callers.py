"""Where a signature stands, and what is noted of it for the condition keys that name it."""

from __future__ import annotations

from typing import Any

import pytest

from fakes3.model.errors import InvalidRequest
from fakes3.model.identity import ANONYMOUS
from fakes3.operations.service import Service
from fakes3.wire.addressing import host_of
from fakes3.wire.exchange import Exchange
from fakes3.wire.message import Request
from fakes3.wire.signatures.callers import find_caller

HOST = "s3.us-east-1.amazonaws.com"
HMAC, ECDSA = "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"
PRESIGNED = {
    "X-Amz-Algorithm": HMAC,
    "X-Amz-Credential": "AKID/20260203/us-east-1/s3/aws4_request",
    "X-Amz-Date": "20260203T040506Z",
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": "0",
}


def asked(headers: dict[str, str], query: dict[str, str]) -> Exchange:
    """A request at 04:05:07 on 3 February 2026."""
    service = Service()
    service.clock.freeze("2026-02-03T04:05:07Z")
    made = Exchange(service, Request("GET", "https", HOST, "/", "", headers))
    made.host, made.query = host_of(HOST, frozenset()), query
    return made


@pytest.mark.parametrize(
    ("headers", "query", "expected"),
    [
        (
            {"authorization": f"{HMAC} Credential=A/20260203/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=0"},
            {},
            ("REST-HEADER", HMAC, None),
        ),
        (
            {
                "authorization": f"{ECDSA} Credential=A/20260203/s3/aws4_request,SignedHeaders=host,Signature=0",
                "x-amz-region-set": "*",
            },
            {},
            ("REST-HEADER", ECDSA, None),
        ),
        ({"authorization": "AWS A:x"}, {}, ("REST-HEADER", "AWS", None)),
        ({}, PRESIGNED, ("REST-QUERY-STRING", HMAC, "20260203T040506Z")),
        (
            {},
            {"AWSAccessKeyId": "A", "Signature": "x", "Expires": "9999999999"},
            ("REST-QUERY-STRING", "AWS", None),
        ),
    ],
)
def test_what_is_noted(headers: dict[str, str], query: dict[str, str], expected: Any) -> None:
    exchange = asked(headers, query)
    assert exchange.service.root == find_caller(exchange)
    assert exchange.signature is not None
    assert expected == (exchange.signature.place, exchange.signature.algorithm, exchange.signature.date)


def test_who_does_not_sign_is_anonymous() -> None:
    exchange = asked({}, {})
    assert (ANONYMOUS, None) == (find_caller(exchange), exchange.signature)


def test_who_does_not_sign_can_sign_no_chunks() -> None:
    with pytest.raises(InvalidRequest, match="Anonymous requests don't support this x-amz-content-sha256 value"):
        find_caller(asked({"x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}, {}))
