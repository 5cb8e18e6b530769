"""Requests for other services of AWS, which come here where one endpoint is set for all: `AWS_ENDPOINT_URL`.

They get an answer that says so, in the form that errors of their own protocol have, so that every SDK shows it.

S3: sdkref/latest/guide/feature-ss-endpoints.html, https://smithy.io/2.0/aws/protocols/index.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Literal, TypeAlias

from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import NotImplemented_
from fakes3.wire.exchange import Exchange
from fakes3.wire.message import Response
from fakes3.wire.quirks import not_built, not_served
from fakes3.wire.routing import WRITE_RESPONSE
from fakes3.wire.xml import DECLARATION, escape

Protocol: TypeAlias = Literal["json", "rest-json", "query", "ec2", "rest-xml", "cbor"]
"""A protocol of AWS's services, as botocore names it; "cbor" is its "smithy-rpc-v2-cbor"."""

_OUTPOSTS = "s3-outposts"
"""The service that requests for buckets on Outposts are signed for, and for their control."""

_LAMBDA = "object-lambda"
"""The kind of the hosts of S3 Object Lambda."""

WRITE_PATH = f"/{WRITE_RESPONSE}"
"""The path of its one operation."""

_SERVICES_OF_S3 = frozenset({"s3", "s3express", "s3-object-lambda", _OUTPOSTS})
_PLACES = frozenset({"custom", "not-aws", "other-aws"})
"""The kinds of hosts where requests for other services arrive. S3's own refuse such signatures themselves."""

_SCOPE = re.compile(r"/([^/\s,]+)/aws4_request")
_SCOPE_OF_S3 = "/s3/aws4_request"
_FORM = "application/x-www-form-urlencoded"
_REST_XML = frozenset({"cloudfront", "route53"})
"""Services whose requests without a body do not tell that their errors are XML."""


class OtherServiceError(NotImplemented_, code=NotImplemented_.code):
    """The request is for another service of AWS, and fakes3 is S3 alone."""

    def __init__(self, service: str, protocol: Protocol) -> None:
        text = (
            f"This request is for {service}, and fakes3 is S3 alone. Set AWS_ENDPOINT_URL_S3 instead of "
            f"AWS_ENDPOINT_URL, so that only S3 comes here, and let another fake, such as moto's server, answer for "
            f"{service}."
        )
        super().__init__(text, reason=text)
        self.protocol: Protocol = protocol

    def write(self, response: Response, request_id: str) -> None:
        """Give a response the headers and the body that errors have in the protocol."""
        content_type, write = _FORMS[self.protocol]
        response.headers |= {"Content-Type": content_type, "x-amzn-requestid": request_id}
        if self.protocol in {"json", "rest-json"}:
            response.headers["x-amzn-ErrorType"] = self.code
        response.body = Rope.of(write(self.code, self.message, request_id))


def check_service(exchange: Exchange) -> None:
    """Refuse a request for another service: by its signature's scope, or by a form that no request to S3 has.

    S3 on Outposts is one that is not modelled, whether its own host is called or one that stands for all endpoints.

    Raises: OtherServiceError, NotImplemented_.
    """
    if exchange.host.kind == "outposts":
        raise not_served("outposts")
    if exchange.host.kind not in _PLACES or exchange.is_control:
        return
    if _SCOPE_OF_S3 in exchange.request.headers.get("authorization", ""):
        return  # as nearly all requests
    service = _find_service(exchange)
    if service == _OUTPOSTS:
        raise not_served("outposts")
    if service is not None and service not in _SERVICES_OF_S3:
        raise OtherServiceError(service, find_protocol(service, exchange))


def check_not_lambda(exchange: Exchange) -> None:
    """Refuse a request to the path of S3 Object Lambda's one operation. Its other requests are refused by their host.

    Functions send WriteGetObjectResponse to hosts of its own, and to an endpoint that its client was given. No bucket
    can have the name that the path begins with. Who sends them matters little: they are signed for another service.

    Raises: NotImplemented_.
    """
    if exchange.host.kind == _LAMBDA or exchange.host.bucket is None:
        exchange.operation = WRITE_RESPONSE
        raise not_built(WRITE_RESPONSE)


def _find_service(exchange: Exchange) -> str | None:
    """Return the service that a request is for; None where nothing says that it is not S3."""
    request, host = exchange.request, exchange.host
    scope = _SCOPE.search(request.headers.get("authorization") or exchange.query.get("X-Amz-Credential", ""))
    if scope is not None:
        return scope[1]
    if host.kind == "other-aws":
        return request.host.partition(".")[0]
    if request.method == "POST" and request.path == "/" and host.bucket is None:
        # S3 has no POST of its root. Others need no signature for some of theirs, such as AssumeRoleWithSAML.
        if target := request.headers.get("x-amz-target"):
            return target.partition(".")[0]
        if request.headers.get("content-type", "").startswith(_FORM):
            return "another service"
    return None


def find_protocol(service: str, exchange: Exchange) -> Protocol:
    """Return the protocol of a request for another service."""
    headers = exchange.request.headers
    content_type = headers.get("content-type", "")
    if "smithy-protocol" in headers or content_type.startswith("application/cbor"):
        return "cbor"
    if "x-amz-target" in headers or content_type.startswith("application/x-amz-json"):
        return "json"
    if content_type.startswith(_FORM) or "Action" in exchange.query:
        return "ec2" if service == "ec2" else "query"
    return "rest-xml" if service in _REST_XML or "xml" in content_type else "rest-json"


def _json(code: str, message: str, _request_id: str) -> bytes:
    return json.dumps({"__type": code, "message": message}).encode()


def _xml(code: str, message: str, request_id: str) -> bytes:
    error = f"<Type>Receiver</Type><Code>{code}</Code><Message>{escape(message)}</Message>"
    return (
        f"{DECLARATION}<ErrorResponse><Error>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    ).encode()


def _xml_of_ec2(code: str, message: str, request_id: str) -> bytes:
    errors = f"<Errors><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error></Errors>"
    return f"{DECLARATION}<Response>{errors}<RequestID>{request_id}</RequestID></Response>".encode()


def _cbor(code: str, message: str, _request_id: str) -> bytes:
    """Return a map of two texts. RFC 8949: 0xa2 begins a map of two, 0x79 a text whose length has two bytes."""
    texts = [text.encode() for text in ("__type", code, "message", message)]
    return b"\xa2" + b"".join(b"\x79" + len(text).to_bytes(2, "big") + text for text in texts)


_FORMS: dict[Protocol, tuple[str, Callable[[str, str, str], bytes]]] = {
    "json": ("application/x-amz-json-1.0", _json),
    "rest-json": ("application/json", _json),
    "query": ("text/xml", _xml),
    "rest-xml": ("text/xml", _xml),
    "ec2": ("text/xml;charset=UTF-8", _xml_of_ec2),
    "cbor": ("application/cbor", _cbor),
}
"""The content type of each protocol's errors, and what writes them."""
