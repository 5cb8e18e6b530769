"""Who pays for the requests to a bucket: its owner, or whoever makes them.

What it means where the requester pays is in `Call.check_pays`.

S3: userguide/RequesterPaysBuckets.html, API/API_PutBucketRequestPayment.html and its neighbour
"""

from __future__ import annotations

from dataclasses import replace
from typing import Required, TypedDict, Unpack

from fakes3.operations.registry import Call, Document, ExpectedOwner, Members, operation


class RequestPaymentConfiguration(TypedDict):
    """The body of PutBucketRequestPayment."""

    Payer: Required[str]


@operation
def put_bucket_request_payment(
    s3: Call,
    *,
    Bucket: str,
    RequestPaymentConfiguration: Document[RequestPaymentConfiguration],
    **headers: Unpack[ExpectedOwner],
) -> Members:
    """Set who pays for requests: "Requester", or "BucketOwner" as for every new bucket."""
    bucket = s3.bucket(Bucket, to="s3:PutBucketRequestPayment", **headers)
    s3.commit(replace(bucket, payer=RequestPaymentConfiguration.read()["Payer"]))
    return {}


@operation
def get_bucket_request_payment(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Answer who pays for requests, also where nobody ever said so."""
    return {"Payer": s3.bucket(Bucket, to="s3:GetBucketRequestPayment", **headers).payer}
