"""Encryption: what the headers of writes and reads say of it, and the default encryption of buckets.

S3: userguide/serv-side-encryption.html, API/API_PutBucketEncryption.html and its neighbours
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Required, TypedDict, Unpack, cast

from fakes3.model.bucket import Bucket
from fakes3.model.encryption import (
    AES256,
    FALLBACK,
    NO_CUSTOMER_KEY,
    NO_DEFAULT,
    NONE,
    SSE_C,
    SSE_S3,
    WRONG_KEY,
    CustomerKey,
    Encryption,
    blocked,
    check_customer_headers,
    check_headers,
    check_opens,
    chosen,
    configured,
    customer_encryption,
    full_context,
)
from fakes3.model.errors import MalformedXML, ServerSideEncryptionConfigurationNotFoundError
from fakes3.model.regions import arn, arn_of, partition_of
from fakes3.operations.registry import Call, Document, EncryptionHeaders, ExpectedOwner, Members, operation


class ServerSideEncryptionByDefault(TypedDict, total=False):
    """The encryption of writes that name none."""

    SSEAlgorithm: str
    KMSMasterKeyID: str


class BlockedEncryptionTypes(TypedDict, total=False):
    """What no write may ask for."""

    EncryptionType: list[str]


class ServerSideEncryptionRule(TypedDict, total=False):
    """The one rule of a bucket."""

    ApplyServerSideEncryptionByDefault: ServerSideEncryptionByDefault
    BucketKeyEnabled: bool
    BlockedEncryptionTypes: BlockedEncryptionTypes


class ServerSideEncryptionConfiguration(TypedDict, total=False):
    """The body of PutBucketEncryption."""

    Rules: Required[list[ServerSideEncryptionRule]]


@operation
def put_bucket_encryption(
    s3: Call,
    *,
    Bucket: str,
    ServerSideEncryptionConfiguration: Document[ServerSideEncryptionConfiguration],
    **headers: Unpack[ExpectedOwner],
) -> Members:
    """Set how the bucket encrypts writes that name no encryption, and whether it takes customers' keys."""
    bucket = s3.bucket(Bucket, to="s3:PutEncryptionConfiguration", **headers)
    rules = ServerSideEncryptionConfiguration.read().get("Rules", [])
    if len(rules) != 1 or not rules[0]:
        raise MalformedXML
    (rule,) = rules
    default = rule.get("ApplyServerSideEncryptionByDefault")
    types = rule.get("BlockedEncryptionTypes")
    if default is not None and "SSEAlgorithm" not in default:
        raise MalformedXML
    encryption = configured(
        bucket.encryption,
        algorithm=None if default is None else default["SSEAlgorithm"],
        kms_key=None if default is None else default.get("KMSMasterKeyID"),
        bucket_key=rule.get("BucketKeyEnabled", False),
        blocked_types=None if types is None else tuple(types.get("EncryptionType", ())),
    )
    s3.commit(replace(bucket, encryption=encryption))
    return {}


@operation
def get_bucket_encryption(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Answer how the bucket encrypts; one that was never told does what all do, SSE-S3."""
    encryption = s3.bucket(Bucket, to="s3:GetEncryptionConfiguration", **headers).encryption
    if encryption.algorithm is None:
        raise ServerSideEncryptionConfigurationNotFoundError(BucketName=Bucket)
    default = {"SSEAlgorithm": encryption.algorithm}
    if encryption.kms_key is not None:
        default["KMSMasterKeyID"] = encryption.kms_key
    rule = {
        "ApplyServerSideEncryptionByDefault": default,
        "BucketKeyEnabled": encryption.bucket_key,
        "BlockedEncryptionTypes": {"EncryptionType": [SSE_C if encryption.blocks_sse_c else NONE]},
    }
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


@operation
def delete_bucket_encryption(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Go back to what new buckets do: SSE-S3. It can be done again and again; what is blocked stays blocked."""
    bucket = s3.bucket(Bucket, to="s3:PutEncryptionConfiguration", **headers)
    fallback = NO_DEFAULT if s3.settings.makes_old_buckets else FALLBACK
    s3.commit(replace(bucket, encryption=fallback._replace(blocks_sse_c=bucket.encryption.blocks_sse_c)))
    return {}


def encryption_of(
    s3: Call, bucket: Bucket, headers: Mapping[str, object], *, key: str, to: str = "s3:PutObject"
) -> Encryption:
    """The encryption of an object that is written to `key`: what the headers of the write say, else the bucket.

    Args:
        headers: The members of the request, among them those of `EncryptionHeaders`.
        to: The action that an answer about blocked customers' keys names.

    Raises: InvalidArgument, InvalidEncryptionAlgorithmError, KMSNotFoundException, AccessDenied where the bucket
        takes no customers' keys.
    """
    default = bucket.encryption
    if headers.keys().isdisjoint(_OF_A_WRITE):
        if default.algorithm == AES256:
            return SSE_S3
        said: EncryptionHeaders = {}
    else:
        said = cast(EncryptionHeaders, headers)
    algorithm = said.get("ServerSideEncryption")
    customer = customer_key_in(headers)
    if customer.is_given:
        check_customer_headers(customer, algorithm)
    kms_key, context = said.get("SSEKMSKeyId"), said.get("SSEKMSEncryptionContext")
    check_headers(algorithm, kms_key, context)
    if customer.is_given:
        if default.blocks_sse_c:
            raise blocked(s3.caller.arn, to, arn(partition_of(bucket.region), bucket.name, key))
        return customer_encryption(customer)
    return chosen(
        default,
        algorithm=algorithm,
        kms_key=kms_key,
        context=context,
        bucket_key=said.get("BucketKeyEnabled"),
        region=bucket.region,
        account=s3.caller.account or bucket.owner,
    )


def encryption_members(encryption: Encryption) -> Members:
    """The members by which answers tell how an object is encrypted."""
    if encryption.customer_key_md5 is not None:
        return {"SSECustomerAlgorithm": AES256, "SSECustomerKeyMD5": encryption.customer_key_md5}
    if encryption.algorithm is None:
        return {}
    answer: Members = {"ServerSideEncryption": encryption.algorithm}
    if encryption.kms_key is not None:
        answer["SSEKMSKeyId"] = encryption.kms_key
    if encryption.bucket_key:
        answer["BucketKeyEnabled"] = True
    return answer


def context_members(bucket: Bucket, key: str, encryption: Encryption) -> Members:
    """The member by which the answer to a write, and only that, tells an encryption context the writer gave."""
    if encryption.context is None:
        return {}
    resource = arn_of(bucket.region, bucket.name)
    if not encryption.bucket_key:
        resource += f"/{key}"
    return {"SSEKMSEncryptionContext": full_context(encryption.context, resource)}


def check_customer_key(
    encryption: Encryption, headers: Mapping[str, object], *, prefix: str = "SSECustomer", refusal: str = WRONG_KEY
) -> None:
    """Refuse to read an object without the key it was written with, or with a key where none belongs.

    Args:
        encryption: The object's.
        headers: The members of the request.
        prefix: How the members with the key begin: `CopySourceSSECustomer` for the source of a copy.
        refusal: What the answer to a wrong key says.

    Raises: InvalidRequest, InvalidArgument, InvalidEncryptionAlgorithmError, AccessDenied.
    """
    check_opens(encryption, customer_key_in(headers, prefix), refusal=refusal)


def customer_key_in(headers: Mapping[str, object], prefix: str = "SSECustomer") -> CustomerKey:
    """The key of the customer's own that a request brings."""
    algorithm, key, md5 = f"{prefix}Algorithm", f"{prefix}Key", f"{prefix}KeyMD5"
    if algorithm not in headers and key not in headers and md5 not in headers:
        return NO_CUSTOMER_KEY
    found = cast(Mapping[str, str], headers)
    return CustomerKey(found.get(algorithm), found.get(key), found.get(md5))


_OF_A_WRITE = frozenset(EncryptionHeaders.__annotations__)
