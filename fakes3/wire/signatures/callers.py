"""The caller of a request: the owner of the key that signed the Authorization header or the presigned URL.

`post_form.py` finds the caller of a browser's form, which is signed in its fields.

S3: API/sig-v4-authenticating-requests.html, API/RESTAuthentication.html
"""

from __future__ import annotations

from fakes3.model.errors import InvalidArgument, InvalidRequest
from fakes3.model.identity import ANONYMOUS, Principal
from fakes3.wire.exchange import Exchange
from fakes3.wire.signatures import in_header, in_query
from fakes3.wire.signatures.verification import SIGNED_CHUNKS


def find_caller(exchange: Exchange) -> Principal:
    """Return the principal whose key signed; `ANONYMOUS` for a request without a signature.

    Also sets the exchange's `signature` and `chunk_signatures`.

    Raises: AccessDenied, AuthorizationHeaderMalformed, AuthorizationQueryParametersError, ExpiredToken,
        InvalidAccessKeyId, InvalidArgument, InvalidRequest, InvalidToken, RequestTimeTooSkewed, SignatureDoesNotMatch.
    """
    headers, query = exchange.request.headers, exchange.query
    authorization = headers.get("authorization")
    if authorization is not None:
        if query and in_query.is_presigned(query):
            raise InvalidArgument(
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
                "parameter or the Authorization header should be specified",
                ArgumentName="Authorization",
                ArgumentValue=authorization,
            )
        judge = in_header.judge_version_2 if authorization.startswith("AWS ") else in_header.judge_version_4
        return judge(exchange, authorization)
    if query:
        if any(name in query for name in in_query.PARAMETERS):
            return in_query.judge_version_4(exchange)
        if any(name in query for name in in_query.PARAMETERS_V2):
            return in_query.judge_version_2(exchange)
    if headers.get("x-amz-content-sha256", "").startswith(SIGNED_CHUNKS):
        raise InvalidRequest(
            "Anonymous requests don't support this x-amz-content-sha256 value. Please use UNSIGNED-PAYLOAD or "
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER."
        )
    return ANONYMOUS
