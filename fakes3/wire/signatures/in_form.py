"""Signatures in the fields of a browser's form. They cover its policy, and the policy describes the form.

S3: API/sigv4-UsingHTTPPOST.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from fakes3.model import post_policy
from fakes3.model.dates import parse_basic
from fakes3.model.errors import AccessDenied, InvalidArgument, S3Error
from fakes3.model.identity import ANONYMOUS, AccessKey, Principal
from fakes3.model.post_policy import Policy
from fakes3.wire.exchange import Exchange
from fakes3.wire.signatures import version_2, version_4
from fakes3.wire.signatures.in_query import check_day, read_credential
from fakes3.wire.signatures.signature import Signature
from fakes3.wire.signatures.verification import find_key, principal_of

FIELDS_V4 = ("x-amz-signature", "x-amz-algorithm", "x-amz-credential", "x-amz-date")
FIELDS_V2 = ("signature", "awsaccesskeyid")
_SHOWN_NAMES = {"signature": "Signature", "awsaccesskeyid": "AWSAccessKeyId"}
_MISSING = "Bucket POST must contain a field named '{}'.  If it is specified, please check the order of the fields."


def find_caller_of_form(exchange: Exchange, bucket: str, fields: Mapping[str, str]) -> tuple[Principal, Policy | None]:
    """Return the caller and the policy of a form. Without a policy the caller is anonymous.

    Also sets the exchange's `signature`.

    Raises: AccessDenied, InvalidAccessKeyId, InvalidArgument, InvalidPolicyDocument, InvalidRequest, InvalidToken,
        ExpiredToken, SignatureDoesNotMatch.
    """
    text = fields.get("policy")
    if text is None:
        return ANONYMOUS, None
    if any(name in fields for name in FIELDS_V4):
        key = _judge_version_4(exchange, fields, text)
    elif any(name in fields for name in FIELDS_V2):
        key = _judge_version_2(exchange, fields, text)
    else:
        raise AccessDenied
    policy = post_policy.parse_form_policy(text)
    policy.check({**fields, "bucket": bucket}, now=exchange.service.clock.now())
    return principal_of(exchange.service, key), policy


def _judge_version_4(exchange: Exchange, fields: Mapping[str, str], policy: str) -> AccessKey | None:
    _check_present(fields, FIELDS_V4)
    algorithm, date, value = fields["x-amz-algorithm"], fields["x-amz-date"], fields["x-amz-signature"]
    if algorithm != version_4.HMAC:
        raise _refuse_field("X-Amz-Algorithm", algorithm)(f"Only {version_4.HMAC} is supported")
    refuse = _refuse_field("x-amz-credential", fields["x-amz-credential"])
    signed_by = read_credential(exchange, fields["x-amz-credential"], refuse)
    if parse_basic(date) is None:
        raise _refuse_field("X-Amz-Date", date)("X-Amz-Date must be formated via ISO8601 Long format")
    check_day(signed_by, date, refuse)
    exchange.signature = signed = Signature(version_4.HMAC, signed_by, (), value, "POST", date)
    key = find_key(exchange.service, signed_by.key_id, fields.get("x-amz-security-token"))
    version_4.check_text(signed, key, policy)
    return key


def _judge_version_2(exchange: Exchange, fields: Mapping[str, str], policy: str) -> AccessKey | None:
    _check_present(fields, FIELDS_V2)
    version_2.check_accepted_in(exchange.region or exchange.service.settings.region)
    exchange.signature = signed = version_2.make_signature(fields["awsaccesskeyid"], fields["signature"], "POST")
    key = find_key(exchange.service, signed.credential.key_id, fields.get("x-amz-security-token"))
    version_2.check(policy, key, signed.value)
    return key


def _check_present(fields: Mapping[str, str], names: Iterable[str]) -> None:
    """Refuse a form without one of these fields. Raises: InvalidArgument, which names it."""
    # recorded: TestS3PresignedPost::test_post_request_missing_signature
    for name in names:
        if name not in fields:
            raise missing_field(_SHOWN_NAMES.get(name) or name.title())


def missing_field(name: str) -> S3Error:
    """Return the error for a form without this field."""
    return InvalidArgument(_MISSING.format(name), ArgumentName=name, ArgumentValue="")


def _refuse_field(name: str, value: str) -> Callable[[str], S3Error]:
    """Return a function that makes an InvalidArgument about this field from a problem."""
    return lambda problem: InvalidArgument(problem, ArgumentName=name, ArgumentValue=value)
