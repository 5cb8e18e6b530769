"""Encryption: the headers of writes and reads, and UpdateObjectEncryption.

The default encryption of buckets is in `bucket_configurations.py`.

S3: userguide/serv-side-encryption.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Unpack, cast

from fakes3.model.bucket import Bucket
from fakes3.model.encryption import (
    AES256,
    KMS,
    NO_CUSTOMER_KEY,
    SSE_S3,
    WRONG_KEY,
    CustomerKey,
    Encryption,
    blocked_sse_c,
    check_customer_headers,
    check_headers,
    check_opens,
    check_secure,
    check_signed_for_kms,
    choose_encryption,
    choose_in_directory,
    encrypt_with,
)
from fakes3.model.errors import InvalidRequest
from fakes3.model.regions import arn, partition_of
from fakes3.operations.call import Call
from fakes3.operations.lookup import version_for_subresource
from fakes3.operations.members import Document, EncryptionHeaders, Members, VersionHeaders
from fakes3.operations.neighbours import find_neighbour
from fakes3.operations.registry import operation

_OF_A_WRITE = frozenset(EncryptionHeaders.__annotations__)
_OF_CUSTOMERS = frozenset(
    f"{prefix}{part}" for prefix in ("SSECustomer", "CopySourceSSECustomer") for part in ("Algorithm", "Key", "KeyMD5")
)
"""Members that are part of a customer's own key."""


@operation
def update_object_encryption(
    s3: Call, *, Bucket: str, Key: str, ObjectEncryption: Document[Members], **headers: Unpack[VersionHeaders]
) -> Members:
    """Give an object, or one version of it, another KMS key. Its ETag, dates and storage class stay.

    No page says whether it is an event, or replicated; here it is neither.
    """
    from fakes3.model import encryption_updates  # it takes long to import, and few tests update an encryption

    version_id = headers.get("VersionId")
    bucket = s3.bucket(Bucket, headers, "s3:UpdateObjectEncryption", key=Key, version_id=version_id)
    encryption_updates.check_signature(has_version_4=s3.transport.has_version_4)
    wanted = ObjectEncryption.read().get("SSEKMS")
    if wanted is None:
        raise InvalidRequest(encryption_updates.NO_TYPE)
    encryption_updates.check_key(wanted["KMSKeyArn"], bucket.owner)
    found = find_kms_key(wanted["KMSKeyArn"], region=bucket.region, account=bucket.owner)
    version = version_for_subresource(s3, bucket, Key, version_id)
    encryption_updates.check_source(version.attributes.encryption)
    encryption_updates.check_unlocked(version.attributes.lock, s3.now)
    encryption = Encryption(KMS, found, bucket_key=wanted.get("BucketKeyEnabled", False))
    s3.commit(bucket.with_attributes(Key, version, encryption=encryption))
    return {}


def read_encryption(
    s3: Call, bucket: Bucket, headers: Mapping[str, object], *, key: str, action: str = "s3:PutObject"
) -> Encryption:
    """Return the encryption of an object that is written to `key`: what the headers say, else the bucket's default.

    `action` is the one that S3 names where it refuses a customer's key.

    Raises: InvalidArgument, InvalidEncryptionAlgorithmError, what `find_kms_key` raises, AccessDenied where the bucket
        blocks customers' keys.
    """
    default = bucket.encryption
    if bucket.directory is not None:
        return _read_in_directory(s3, bucket, headers, action)
    if default.algorithm == AES256 and headers.keys().isdisjoint(_OF_A_WRITE):
        return SSE_S3
    found = cast(EncryptionHeaders, headers)
    algorithm, kms_key = found.get("ServerSideEncryption"), found.get("SSEKMSKeyId")
    context, customer = found.get("SSEKMSEncryptionContext"), read_customer_key(s3, headers)
    if customer.is_given:
        check_customer_headers(customer, algorithm)
    check_headers(algorithm, kms_key, context)
    if customer.is_given:
        if default.blocks_sse_c:
            raise blocked_sse_c(s3.caller.arn, action, arn(partition_of(bucket.region), bucket.name, key))
        return encrypt_with(customer)
    check_signed_for_kms(algorithm or default.algorithm, has_version_4=s3.transport.has_version_4)
    find_key = partial(find_kms_key, region=bucket.region, account=s3.caller.account or bucket.owner)
    return choose_encryption(
        default, algorithm, kms_key, context, bucket_key=found.get("BucketKeyEnabled"), find_key=find_key
    )


def find_kms_key(key: str, *, region: str, account: str) -> str:
    """Return the ARN of a KMS key to write with, which is named by its id, alias or ARN.

    Raises: KMSNotFoundException, KMSDisabledException, KMSInvalidStateException.
    """
    from fakes3.model.kms_keys import find_arn, key_arn, parse_key  # few objects have KMS keys

    name, neighbour = parse_key(key, region=region, account=account), find_neighbour()
    if neighbour is None or not neighbour.has_keys(name.account):
        return key_arn(key, region=region, account=account)
    return find_arn(name, neighbour.find_key(name))


def check_key_is_usable(encryption: Encryption) -> None:
    """Refuse to read the bytes of an object whose KMS key can no longer be used.

    A key that the mock of KMS has not may be one that was written with before it had any, so it is taken for usable.

    Raises: KMSDisabledException, KMSInvalidStateException.
    """
    neighbour = None if encryption.kms_key is None else find_neighbour()
    if neighbour is not None and encryption.kms_key is not None:
        from fakes3.model.kms_keys import check_usable, parse_key_arn

        found = neighbour.find_key(parse_key_arn(encryption.kms_key))
        if found is not None:
            check_usable(found)


def _read_in_directory(s3: Call, bucket: Bucket, headers: Mapping[str, object], action: str) -> Encryption:
    """Return the encryption of what is written into a directory bucket: that of the session or the bucket.

    Raises: InvalidArgument, InvalidRequest, KMSNotFoundException.
    """
    found, session = cast(EncryptionHeaders, headers), s3.caller.directory_session
    algorithm, kms_key, context = found.get("ServerSideEncryption"), found.get("SSEKMSKeyId"), None
    check_headers(algorithm, kms_key, context)
    default = bucket.encryption
    if session is None or session.algorithm is None:
        named, key = default.algorithm, default.kms_key
    else:
        named, key = session.algorithm, session.kms_key
    region, account = bucket.region, bucket.owner
    chosen = Encryption(named, None if key is None else find_kms_key(key, region=region, account=account))
    wanted = None if kms_key is None else find_kms_key(kms_key, region=region, account=account)
    return choose_in_directory(
        chosen,
        algorithm,
        wanted,
        bucket_key=found.get("BucketKeyEnabled"),
        is_copy=action == "s3:CopyObject",
        is_session=action == "s3express:CreateSession",
    )


def check_may_decrypt(
    s3: Call,
    encryption: Encryption,
    headers: Mapping[str, object],
    *,
    prefix: str = "SSECustomer",
    refusal: str = WRONG_KEY,
) -> None:
    """Refuse to read an object without the customer's key it was written with, or with a key where it has none.

    One with a KMS key needs Signature Version 4.

    The members with the key begin with `prefix`: `CopySourceSSECustomer` for the source of a copy. `refusal` is S3's
    text for a wrong key.

    Raises: InvalidRequest, InvalidArgument, InvalidEncryptionAlgorithmError, AccessDenied.
    """
    if encryption is SSE_S3 and headers.keys().isdisjoint(_OF_CUSTOMERS):
        return  # as most reads
    check_opens(encryption, read_customer_key(s3, headers, prefix), refusal=refusal)
    check_signed_for_kms(encryption.algorithm, has_version_4=s3.transport.has_version_4)


def read_customer_key(s3: Call, headers: Mapping[str, object], prefix: str = "SSECustomer") -> CustomerKey:
    """Return the customer's own key in the headers of a request. Raises: InvalidRequest for a key sent without TLS."""
    algorithm, key, md5 = f"{prefix}Algorithm", f"{prefix}Key", f"{prefix}KeyMD5"
    if algorithm not in headers and key not in headers and md5 not in headers:
        return NO_CUSTOMER_KEY
    found = cast(Mapping[str, str], headers)
    customer = CustomerKey(found.get(algorithm), found.get(key), found.get(md5))
    check_secure(customer, is_secure=s3.transport.is_secure)
    return customer
