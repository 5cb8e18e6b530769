"""How an object is encrypted at rest. The fake encrypts nothing; it keeps, checks and shows what S3 would.

A writer names the encryption in headers, or names none and gets the bucket's default. There are four kinds: with keys
of S3 (SSE-S3), with a KMS key (SSE-KMS), twice with a KMS key (DSSE-KMS), and with a key of the customer's (SSE-C). The
customer sends that key with each request, and S3 does not keep it. Only under SSE-S3 is an ETag the MD5 of the bytes.

Which KMS keys there are, and which can be used, is said in `kms_keys.py`.

S3: userguide/UsingEncryption.html
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from hashlib import md5
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from fakes3.model.errors import (
    AccessDenied,
    InvalidArgument,
    InvalidEncryptionAlgorithmError,
    InvalidRequest,
    MalformedXML,
)
from fakes3.model.identity import not_authorized

AES256: Final = "AES256"
KMS: Final = "aws:kms"
DSSE: Final = "aws:kms:dsse"
ALGORITHMS: Final = (AES256, KMS, DSSE)

SSE_C: Final = "SSE-C"
NONE: Final = "NONE"
"""The encryption types that a bucket can block: SSE-C, or none."""

_CUSTOMER: Final = "Requests specifying Server Side Encryption with Customer provided keys"
WRONG_KEY: Final = f"{_CUSTOMER} must provide the correct secret key."


class Encryption(NamedTuple):
    """The server-side encryption of an object."""

    algorithm: str | None = AES256
    """`AES256` (SSE-S3), `aws:kms` or `aws:kms:dsse`; None under SSE-C, or without encryption."""
    kms_key: str | None = None
    """The ARN of the KMS key."""
    bucket_key: bool = False
    """Whether an S3 Bucket Key is used in place of the KMS key."""
    context: str | None = None
    """The encryption context, Base64 of JSON, where the writer gave one."""
    customer_key_md5: str | None = None
    """The MD5 of the customer's key, Base64. S3 does not keep the key, and neither does the fake."""
    has_random_etags: bool = False
    """Whether no ETag is an MD5: as in directory buckets. S3: userguide/s3-express-differences.html"""

    @property
    def keeps_md5(self) -> bool:
        """Whether the ETag of an object or part is the MD5 of its bytes. S3: API/API_Object.html"""
        return not self.has_random_etags and (self.algorithm == AES256 or self == UNENCRYPTED)


SSE_S3 = Encryption()
"""What S3 does by default."""

UNENCRYPTED = Encryption(algorithm=None)
"""What S3 did by default before 2023."""

SSE_S3_IN_DIRECTORY = Encryption(has_random_etags=True)
"""What directory buckets do by default."""


class BucketEncryption(NamedTuple):
    """How a bucket encrypts writes that name no encryption, and whether it blocks customers' keys."""

    algorithm: str | None = AES256
    """None where such writes are not encrypted, as before 2023."""
    kms_key: str | None = None
    """The KMS key as it was put: id, alias or ARN. Objects show the ARN."""
    bucket_key: bool = False
    """Whether SSE-KMS uses an S3 Bucket Key where the request does not say so."""
    blocks_sse_c: bool = True
    is_set: bool = False
    """Whether somebody put a default, perhaps the same as before. An object may then be copied onto itself."""


UNSET_ENCRYPTION = BucketEncryption(algorithm=None, blocks_sse_c=False)
"""What new buckets had before 2023."""


class CustomerKey(NamedTuple):
    """The three headers of a customer's own key, as they were sent."""

    algorithm: str | None
    key: str | None
    md5: str | None

    @property
    def is_given(self) -> bool:
        """Whether any of the three was sent."""
        return self != NO_CUSTOMER_KEY


NO_CUSTOMER_KEY = CustomerKey(None, None, None)


def check_signed_for_kms(algorithm: str | None, *, has_version_4: bool) -> None:
    """Refuse a request on an object with a KMS key that is not signed with Signature Version 4.

    Raises: InvalidArgument.
    S3: userguide/UsingKMSEncryption.html
    """
    # observed: aws/aws-cli#1006 has S3's answer
    if algorithm in {KMS, DSSE} and not has_version_4:
        raise InvalidArgument(
            "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
            ArgumentName="Authorization",
            ArgumentValue="null",
            reason="the object is encrypted with a KMS key, and the request is anonymous or signed with version 2, as "
            "boto3 presigns by default in us-east-1. Make the client with "
            'config=Config(signature_version="s3v4").',
        )


# ---- Writes: SSE-S3, SSE-KMS, DSSE-KMS ----


def check_headers(algorithm: str | None, kms_key: str | None, context: str | None) -> None:
    """Refuse encryption headers that are wrong in themselves.

    A bucket-key header is accepted with every algorithm, and has an effect with `aws:kms` only.
    """
    if algorithm is not None and algorithm not in ALGORITHMS:
        raise _refused("The encryption method specified is not supported", value=algorithm)
    if algorithm in {KMS, DSSE}:
        if context is not None:
            parse_context(context)
    elif kms_key is not None or context is not None:
        raise _refused(
            "Server Side Encryption with AWS KMS managed key requires HTTP header "
            "x-amz-server-side-encryption : aws:kms",
            value=algorithm,
        )


def choose_encryption(
    bucket: BucketEncryption,
    algorithm: str | None,
    kms_key: str | None,
    context: str | None,
    *,
    bucket_key: bool | None,
    find_key: Callable[[str], str],
) -> Encryption:
    """Return the encryption of a write: what its headers say, else the bucket's default.

    Headers that name an algorithm replace all of the default but the use of a Bucket Key: `aws:kms` without a key
    means the AWS managed key, even where the bucket has another. `bucket_key` is None where they do not say whether to
    use a Bucket Key. `find_key` returns the ARN of a KMS key that is named by its id, alias or ARN.

    Raises: what `find_key` raises.
    S3: userguide/specifying-kms-encryption.html, userguide/bucket-key.html
    """
    if algorithm is None:
        algorithm, kms_key = bucket.algorithm, bucket.kms_key
    if algorithm is None:
        return UNENCRYPTED
    if algorithm == AES256:
        return SSE_S3
    from fakes3.model.kms_keys import MANAGED_KEY  # few objects have KMS keys

    key = find_key(kms_key or MANAGED_KEY)
    with_bucket_key = algorithm == KMS and (bucket.bucket_key if bucket_key is None else bucket_key)
    return Encryption(algorithm, key, with_bucket_key, context)


def choose_in_directory(
    default: Encryption,
    algorithm: str | None,
    kms_key: str | None,
    *,
    bucket_key: bool | None,
    is_copy: bool = False,
    is_session: bool = False,
) -> Encryption:
    """Return the encryption of a write into a directory bucket.

    `default` is that of the session, or else of the bucket. The headers of a write may only say the same. A copy, and a
    session itself, may choose SSE-S3 in place of the bucket's KMS key. A Bucket Key is used for all but copies.

    Raises: InvalidArgument, InvalidRequest.
    S3: API/API_CreateSession.html, userguide/s3-express-specifying-kms-encryption.html
    """
    if algorithm not in {None, AES256, KMS}:
        raise _refused("The encryption method specified is not supported", value=algorithm)
    if bucket_key is False and (algorithm or default.algorithm) == KMS:
        # "can't be disabled": no page gives S3's answer
        raise InvalidArgument(
            ArgumentName="x-amz-server-side-encryption-bucket-key-enabled",
            ArgumentValue="false",
            reason="directory buckets always use an S3 Bucket Key with SSE-KMS. Leave BucketKeyEnabled out.",
        )
    is_other = algorithm not in {None, default.algorithm} and not ((is_copy or is_session) and algorithm == AES256)
    if is_other or kms_key not in {None, default.kms_key}:
        # No page gives S3's answer.
        raise InvalidRequest(
            "The encryption settings of the request do not match those of the session or of the bucket.",
            reason="writes into a directory bucket are encrypted as its default encryption says, with one KMS key at "
            "most. Put that default with put_bucket_encryption, and leave the headers out.",
        )
    if (algorithm or default.algorithm) == AES256:
        return SSE_S3_IN_DIRECTORY
    return default._replace(bucket_key=not is_copy, has_random_etags=True)


def parse_context(context: str) -> dict[str, str]:
    """Return the pairs of an encryption context.

    Raises: InvalidArgument for what is not the Base64 of a JSON object of strings.
    """
    from fakes3.model.json_documents import load

    try:
        pairs = load(b64decode(context, validate=True).decode())
    except ValueError:
        pairs = None
    if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
        # The text was seen in the field (HADOOP-19197); its code is most likely this one.
        raise InvalidArgument(
            "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON "
            "which represents a string-string map",
            ArgumentName="x-amz-server-side-encryption-context",
            ArgumentValue=context,
        )
    return pairs


def full_context(context: str, arn: str) -> str:
    """Return the context for KMS: the writer's pairs, and the ARN of the object or, with a Bucket Key, of the bucket.

    S3: userguide/UsingKMSEncryption.html, "Encryption context"
    """
    return b64encode(json.dumps(parse_context(context) | {"aws:s3:arn": arn}, separators=(",", ":")).encode()).decode()


# ---- Customers' keys ----


def check_customer_headers(customer: CustomerKey, algorithm: str | None = None) -> None:
    """Refuse headers of a customer's key that are wrong in themselves, or come with another encryption (`algorithm`).

    The error names x-amz-server-side-encryption, whichever header is wrong.
    """
    # recorded: TestS3SSECEncryption::test_put_object_validation_sse_c
    if algorithm is not None:
        raise _refused(
            "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
            value=algorithm,
        )
    if customer.algorithm is None:
        raise _refused(f"{_CUSTOMER} must provide a valid encryption algorithm.")
    if customer.algorithm != AES256:
        raise InvalidEncryptionAlgorithmError(ArgumentName=_HEADER, ArgumentValue=customer.algorithm)
    if customer.key is None:
        raise _refused(f"{_CUSTOMER} must provide an appropriate secret key.")
    if customer.md5 is None:
        raise _refused(f"{_CUSTOMER} must provide the client calculated MD5 of the secret key.")


def check_secure(customer: CustomerKey, *, is_secure: bool) -> None:
    """Refuse to take a customer's key over a connection without TLS.

    Raises: InvalidRequest.
    S3: userguide/ServerSideEncryptionCustomerKeys.html
    """
    if customer.is_given and not is_secure:
        raise InvalidRequest(f"{_CUSTOMER} must be made over a secure connection.")


def proven_md5(customer: CustomerKey) -> str:
    """Return the MD5 of a customer's key, in Base64, once it is known to be the one that was sent with the key.

    Raises: InvalidArgument.
    """
    calculated = b64encode(md5(_key_bytes(customer), usedforsecurity=False).digest()).decode()
    if customer.md5 != calculated:
        raise _refused("The calculated MD5 hash of the key did not match the hash that was provided.")
    return calculated


def encrypt_with(customer: CustomerKey) -> Encryption:
    """Return the encryption with a customer's key.

    Raises: InvalidArgument for a wrong MD5, and then for a wrong length.
    """
    key_md5 = proven_md5(customer)
    if len(_key_bytes(customer)) != 32:  # bytes, of AES-256
        raise _refused(_INVALID_KEY)
    return Encryption(algorithm=None, customer_key_md5=key_md5)


def check_opens(encryption: Encryption, customer: CustomerKey, *, refusal: str = WRONG_KEY) -> None:
    """Refuse to read an object without the customer's key it was written with, or with a key where it has none.

    A key of the wrong length is treated as any wrong key, for which `refusal` is S3's text.

    S3: userguide/specifying-s3-c-encryption.html
    """
    if not customer.is_given:
        if encryption.customer_key_md5 is not None:
            # recorded: TestS3SSECEncryption::test_multipart_upload_sse_c
            raise InvalidRequest(
                "The object was stored using a form of Server Side Encryption. "
                "The correct parameters must be provided to retrieve the object."
            )
        return
    check_customer_headers(customer)
    key_md5 = proven_md5(customer)
    if encryption.customer_key_md5 is None:
        raise InvalidRequest("The encryption parameters are not applicable to this object.")
    if encryption.customer_key_md5 != key_md5:
        # recorded: TestS3SSECEncryption::test_sse_c_with_versioning
        raise AccessDenied(refusal)


def blocked_sse_c(caller: str, action: str, resource: str) -> AccessDenied:
    """Return the error for a write with a customer's key to a bucket that blocks such keys.

    S3: userguide/troubleshoot-403-errors.html
    """
    because = (
        "because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided "
        "keys (SSE-C). Please specify a different server-side encryption type"
    )
    return AccessDenied(
        not_authorized(caller, action, resource, because),
        reason="the bucket blocks customers' keys (SSE-C), as new buckets do by default. Encrypt with SSE-S3 or "
        'SSE-KMS, or call PutBucketEncryption with BlockedEncryptionTypes {"EncryptionType": ["NONE"]} first. Code '
        'that lives with buckets from before April 2026: mock_s3(bucket_defaults="2025").',
    )


_HEADER = "x-amz-server-side-encryption"
_INVALID_KEY = "The secret key was invalid for the specified algorithm."


def _key_bytes(customer: CustomerKey) -> bytes:
    try:
        return b64decode(customer.key or "", validate=True)
    except ValueError:
        raise _refused(_INVALID_KEY) from None


def _refused(text: str, *, value: str | None = None) -> InvalidArgument:
    members = {} if value is None else {"ArgumentValue": value}
    return InvalidArgument(text, ArgumentName=_HEADER, **members)


# ---- The bucket's configuration ----

_ALLOWS_SSE_C = frozenset({"me-central-1", "me-south-1"})


def blocks_sse_c_in(region: str) -> bool:
    """Whether new buckets of a region block customers' keys: since April 2026 they do, except in two regions.

    S3: userguide/default-s3-c-encryption-setting-faq.html
    """
    return region not in _ALLOWS_SSE_C


def encryption_rule(*, blocks_sse_c: bool, rule: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """Return a complete configuration with this rule. A rule without a default means SSE-S3."""
    blocked = {"EncryptionType": [SSE_C if blocks_sse_c else NONE]}
    return {"Rules": [{"BucketKeyEnabled": False, **rule, "BlockedEncryptionTypes": blocked}]}


def encryption_in(document: Mapping[str, Any]) -> BucketEncryption:
    """Return what a complete configuration says."""
    (rule,) = document["Rules"]
    default = rule.get(_DEFAULT, {})
    return BucketEncryption(
        algorithm=default.get("SSEAlgorithm", AES256),
        kms_key=default.get("KMSMasterKeyID"),
        bucket_key=rule["BucketKeyEnabled"],
        blocks_sse_c=SSE_C in rule["BlockedEncryptionTypes"]["EncryptionType"],
        is_set=_DEFAULT in rule,
    )


def complete_configuration(now: BucketEncryption, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration that was put, completed by what it leaves as it is.

    A rule that does not name blocked types leaves them as they are. The KMS key is checked only when it is used.

    Raises: MalformedXML, InvalidArgument.
    S3: API/API_PutBucketEncryption.html, userguide/blocking-unblocking-s3-c-encryption-gpb.html
    """
    rules = document.get("Rules", ())
    if len(rules) != 1 or not rules[0]:
        raise MalformedXML
    (rule,) = rules
    if _DEFAULT in rule:
        algorithm = rule[_DEFAULT].get("SSEAlgorithm")
        if algorithm not in ALGORITHMS:
            raise MalformedXML
        if algorithm == AES256 and "KMSMasterKeyID" in rule[_DEFAULT]:
            raise InvalidArgument(
                "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
                ArgumentName=_DEFAULT,
            )
    types = rule.get("BlockedEncryptionTypes", {}).get("EncryptionType", [])
    if types not in ([], [SSE_C], [NONE]):
        raise MalformedXML
    return encryption_rule(blocks_sse_c=types == [SSE_C] if types else now.blocks_sse_c, rule=rule)


def show_configuration(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration as its GET shows it.

    It has the default encryption where nobody set one, and no blocked types where nothing is blocked.
    """
    (rule,) = document["Rules"]
    shown = {_DEFAULT: {"SSEAlgorithm": AES256}, **rule}
    if SSE_C not in rule["BlockedEncryptionTypes"]["EncryptionType"]:
        del shown["BlockedEncryptionTypes"]
    return {"Rules": [shown]}


_DEFAULT = "ApplyServerSideEncryptionByDefault"
