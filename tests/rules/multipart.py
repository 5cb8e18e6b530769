"""What the tests of multipart uploads share: the steps of an upload, and the ETags that S3 computes."""

from __future__ import annotations

import hashlib
from typing import Any

from fakes3.model import checksums

MIB = 1024**2
FIVE_MIB = 5 * MIB
KEY_OF_THE_CUSTOMER = b"0123456789abcdef0123456789abcdef"


def etag(body: bytes) -> str:
    return hashlib.md5(body).hexdigest()


def etag_of_parts(*bodies: bytes) -> str:
    return f"{hashlib.md5(b''.join(hashlib.md5(each).digest() for each in bodies)).hexdigest()}-{len(bodies)}"


def checksum(algorithm: str, body: bytes) -> str:
    return checksums.encode(checksums.digest_of(algorithm, [body]))


def begin(client: Any, bucket: str, key: str = "key", **options: Any) -> str:
    return str(client.create_multipart_upload(Bucket=bucket, Key=key, **options)["UploadId"])


def send(client: Any, bucket: str, upload: str, number: int, body: bytes, key: str = "key", **options: Any) -> Any:
    sent = client.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body, **options)
    return {"PartNumber": number, "ETag": sent["ETag"]}


def finish(client: Any, bucket: str, upload: str, *parts: Any, key: str = "key", **options: Any) -> Any:
    listed = {"Parts": list(parts)}
    return client.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload=listed, **options)


def whole(client: Any, bucket: str, *bodies: bytes, key: str = "key", **options: Any) -> Any:
    """Upload an object of these parts, in one go."""
    upload = begin(client, bucket, key, **options)
    parts = [send(client, bucket, upload, number, body, key) for number, body in enumerate(bodies, 1)]
    return finish(client, bucket, upload, *parts, key=key)


def read(client: Any, bucket: str, key: str = "key", **options: Any) -> bytes:
    return bytes(client.get_object(Bucket=bucket, Key=key, **options)["Body"].read())


def pick(answer: Any, *names: str) -> dict[str, Any]:
    return {name: answer[name] for name in names if name in answer}


def customer(key: bytes = KEY_OF_THE_CUSTOMER) -> dict[str, Any]:
    return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}
