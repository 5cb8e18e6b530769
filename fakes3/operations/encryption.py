"""Encryption: what the headers of writes and reads say of it.

The default encryption of buckets is in `bucket_configurations.py`.

S3: userguide/serv-side-encryption.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from fakes3.model.bucket import Bucket
from fakes3.model.encryption import (
    AES256,
    NO_CUSTOMER_KEY,
    SSE_S3,
    WRONG_KEY,
    CustomerKey,
    Encryption,
    blocked,
    check_customer_headers,
    check_headers,
    check_opens,
    chosen,
    customer_encryption,
)
from fakes3.model.regions import arn, partition_of
from fakes3.operations.call import Call
from fakes3.operations.members import EncryptionHeaders

_OF_A_WRITE = frozenset(EncryptionHeaders.__annotations__)


def encryption_of(
    s3: Call, bucket: Bucket, headers: Mapping[str, object], *, key: str, action: str = "s3:PutObject"
) -> Encryption:
    """Return the encryption of an object that is written to `key`: what the headers say, else the bucket's default.

    Args:
        s3: The request.
        bucket: The bucket.
        headers: The members of the request, among them those of `EncryptionHeaders`.
        key: The key.
        action: The action that S3 names where it refuses a customer's key.

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
            raise blocked(s3.caller.arn, action, arn(partition_of(bucket.region), bucket.name, key))
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


def check_customer_key(
    encryption: Encryption, headers: Mapping[str, object], *, prefix: str = "SSECustomer", refusal: str = WRONG_KEY
) -> None:
    """Refuse to read an object without the key it was written with, or with a key where none belongs.

    Args:
        encryption: The object's.
        headers: The members of the request.
        prefix: How the members with the key begin: `CopySourceSSECustomer` for the source of a copy.
        refusal: S3's text for a wrong key.

    Raises: InvalidRequest, InvalidArgument, InvalidEncryptionAlgorithmError, AccessDenied.
    """
    check_opens(encryption, customer_key_in(headers, prefix), refusal=refusal)


def customer_key_in(headers: Mapping[str, object], prefix: str = "SSECustomer") -> CustomerKey:
    """Return the customer's own key that a request brings."""
    algorithm, key, md5 = f"{prefix}Algorithm", f"{prefix}Key", f"{prefix}KeyMD5"
    if algorithm not in headers and key not in headers and md5 not in headers:
        return NO_CUSTOMER_KEY
    found = cast(Mapping[str, str], headers)
    return CustomerKey(found.get(algorithm), found.get(key), found.get(md5))
