"""Cross-origin requests: what a browser asks before it lets a page of another origin use a bucket, and what it is told.

A preflight asks with OPTIONS whether a page may send a request. S3 judges it before it looks at a signature, since
browsers sign none of them. In the answer to the request itself, be it an error, the headers of the rule that allows it
let the browser hand it to the page.

S3: userguide/cors.html, "How does Amazon S3 evaluate the CORS configuration on a bucket?"
"""

from __future__ import annotations

from fakes3.model.cors import METHODS, find_rule
from fakes3.model.errors import AccessForbidden, BadRequest, InvalidURI
from fakes3.wire.addressing import locate
from fakes3.wire.exchange import Exchange
from fakes3.wire.message import Response

_NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)


def answer_preflight(exchange: Exchange) -> Response | None:
    """Return the answer to the preflight request of a bucket or a key; None for the service, which has no OPTIONS.

    Raises: BadRequest without an Origin or a method, AccessForbidden, InvalidURI.
    """
    exchange.bucket, exchange.key = locate(exchange.host, exchange.request.path)
    if exchange.bucket is None:
        return None
    headers = exchange.request.headers
    if "origin" not in headers:
        raise BadRequest("Insufficient information. Origin request header needed.")
    origin, method = headers["origin"], headers.get("access-control-request-method")
    asked = {"Method": method or "OPTIONS", "ResourceType": "BUCKET"}
    bucket = exchange.service.world.buckets.get(exchange.bucket)
    if bucket is None:
        raise AccessForbidden("CORSResponse: Bucket not found", **asked)
    rules = bucket.configurations.cors
    if not rules:
        raise AccessForbidden(
            reason=f"the bucket {bucket.name} has no CORS rules. Put some with PutBucketCors. Only browsers need a "
            "preflight: other clients send the request itself.",
            **asked,
        )
    if method not in METHODS:
        raise BadRequest(f"Invalid Access-Control-Request-Method: {'null' if method is None else method}")
    wanted = _requested_headers(exchange)
    rule = find_rule(rules, origin, method, wanted)
    if rule is None:
        raise AccessForbidden(
            _NOT_ALLOWED,
            reason=f"no CORS rule of the bucket {bucket.name} allows {method} from {origin} with the headers "
            f"{', '.join(wanted) or '(none)'}. Add a rule with PutBucketCors.",
            **asked | {"ResourceType": "OBJECT"},
        )
    return Response(200, rule.describe(origin, wanted))


def allow_origin(exchange: Exchange, response: Response) -> None:
    """Add to the answer of a request from a page what its browser is to know, if a rule of the bucket allows it."""
    headers = exchange.request.headers
    bucket = exchange.service.world.buckets.get(_find_bucket(exchange) or "")
    if bucket is None:
        return
    method, wanted = headers.get("access-control-request-method", exchange.request.method), _requested_headers(exchange)
    rule = find_rule(bucket.configurations.cors, headers["origin"], method, wanted)
    if rule is not None:
        response.headers.update(rule.describe(headers["origin"], wanted))


def _find_bucket(exchange: Exchange) -> str | None:
    """Return the bucket of a request, also of one that was refused before its bucket was looked for."""
    if exchange.bucket is not None or not hasattr(exchange, "host"):
        return exchange.bucket
    try:
        return locate(exchange.host, exchange.request.path)[0]
    except InvalidURI:
        return None


def _requested_headers(exchange: Exchange) -> list[str]:
    """Return the headers that a page wants to send, in lower case."""
    asked = exchange.request.headers.get("access-control-request-headers", "")
    return [each.strip().lower() for each in asked.split(",") if each.strip()]
