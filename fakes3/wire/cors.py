"""Cross-origin requests: what a browser asks before it lets a page of another origin use a bucket, and what it is told.

A preflight asks with OPTIONS whether a page may send a request. S3 judges it before it looks at a signature, since
browsers sign none of them. In the answer to the request itself, be it an error, the headers of the rule that allows it
let the browser hand it to the page.

S3: userguide/cors.html, "How does Amazon S3 evaluate the CORS configuration on a bucket?"
"""

from __future__ import annotations

from collections.abc import Mapping

from fakes3.model.cors import Question, find_rule, is_token
from fakes3.model.errors import AccessForbidden, BadRequest, InvalidURI
from fakes3.wire.addressing import locate
from fakes3.wire.exchange import Exchange
from fakes3.wire.message import Response

_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"})
"""The methods that a browser may ask about, whatever a rule can allow."""

_NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)


def read_question(method: str, headers: Mapping[str, str]) -> Question:
    """Return what a browser asks for a page with a request that names an origin.

    Raises: BadRequest.
    observed: radkawar/stackd, testdata/aws/s3/cors_raw_replay.json
    """
    asked = headers.get("access-control-request-method") or method
    if asked not in _METHODS:
        raise BadRequest(f"Invalid Access-Control-Request-Method: {asked}")
    wanted = headers.get("access-control-request-headers", "").rstrip(", ")
    names = tuple(name.strip().lower() for name in wanted.split(",")) if wanted else ()
    for name in names:
        if not is_token(name):
            raise BadRequest(f'Access-Control-Request-Headers "{name}" contains invalid character.')
    return Question(headers["origin"], asked, names)


def answer_preflight(exchange: Exchange) -> Response | None:
    """Return the answer to the preflight request of a bucket or a key; None for the service, which has no OPTIONS.

    Raises: BadRequest without an Origin, AccessForbidden, InvalidURI.
    """
    exchange.bucket, exchange.key = locate(exchange.host, exchange.request.path)
    question = exchange.question
    if exchange.bucket is None:
        return None
    if question is None:
        raise BadRequest("Insufficient information. Origin request header needed.")
    bucket = exchange.service.world.buckets.get(exchange.bucket)
    if bucket is None:
        raise AccessForbidden("CORSResponse: Bucket not found", Method=question.method, ResourceType="BUCKET")
    rules = bucket.configurations.cors
    if not rules:
        raise AccessForbidden(
            reason=f"the bucket {bucket.name} has no CORS rules. Put some with PutBucketCors. Only browsers need a "
            "preflight: other clients send the request itself.",
            Method=question.method,
            ResourceType="BUCKET",
        )
    told = find_rule(rules, question)
    if told is None:
        raise AccessForbidden(
            _NOT_ALLOWED,
            reason=f"no CORS rule of the bucket {bucket.name} allows {question.method} from {question.origin} with "
            f"the headers {', '.join(question.headers) or '(none)'}. Add a rule with PutBucketCors.",
            Method=question.method,
            ResourceType="BUCKET" if exchange.key is None else "OBJECT",
        )
    return Response(200, told)


def allow_origin(exchange: Exchange, question: Question, response: Response) -> None:
    """Add to the answer of a request from a page what its browser is to know, if a rule of the bucket allows it."""
    bucket = exchange.service.world.buckets.get(_find_bucket(exchange) or "")
    told = None if bucket is None else find_rule(bucket.configurations.cors, question)
    if told is not None:
        response.headers.update(told)


def _find_bucket(exchange: Exchange) -> str | None:
    """Return the bucket of a request, also of one that was refused before its bucket was looked for."""
    if exchange.bucket is not None:
        return exchange.bucket
    try:
        return locate(exchange.host, exchange.request.path)[0]
    except InvalidURI:
        return None
