"""boto3: its client, its resource, its client answered above HTTP, and its client over a port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache
from typing import Any, BinaryIO

import boto3
from botocore.config import Config

from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY

from .store import MIB, REGION, Info, Store, Way, translated

NO_FORMS = "boto3 presigns forms, and sends none"


@cache
def session() -> Any:
    """One for all clients: each session reads botocore's model of S3 anew."""
    return boto3.session.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name=REGION)


@cache
def client_of(url: str, signature_version: str | None = None) -> Any:
    """One client for each endpoint: a client belongs to no fake, and meets the one that is active."""
    return session().client("s3", endpoint_url=url or None, config=Config(signature_version=signature_version))


class Boto3Client(Store):
    lacks = {"post_form": NO_FORMS}

    def connect(self) -> None:
        self.client = client_of(self.url)

    def put(self, key: str, body: bytes) -> None:
        with translated():
            self.client.put_object(Bucket=self.bucket, Key=key, Body=body)

    def put_described(self, key: str, body: bytes, content_type: str, metadata: dict[str, str]) -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type, Metadata=metadata)

    def put_new(self, key: str, body: bytes) -> None:
        with translated():
            self.client.put_object(Bucket=self.bucket, Key=key, Body=body, IfNoneMatch="*")

    def upload(self, key: str, file: BinaryIO) -> None:
        self.client.upload_fileobj(file, self.bucket, key)

    def multipart(self, key: str, parts: Sequence[bytes]) -> None:
        where = {"Bucket": self.bucket, "Key": key}
        where["UploadId"] = self.client.create_multipart_upload(**where)["UploadId"]
        sent = [
            {"PartNumber": number, "ETag": self.client.upload_part(**where, PartNumber=number, Body=part)["ETag"]}
            for number, part in enumerate(parts, 1)
        ]
        self.client.complete_multipart_upload(**where, MultipartUpload={"Parts": sent})

    def get(self, key: str) -> bytes:
        return self._get(key)

    def get_range(self, key: str, start: int, end: int) -> bytes:
        return self._get(key, Range=f"bytes={start}-{end - 1}")

    def get_version(self, key: str, version_id: str) -> bytes:
        return self._get(key, VersionId=version_id)

    def _get(self, key: str, **how: Any) -> bytes:
        with translated(), closing(self.client.get_object(Bucket=self.bucket, Key=key, **how)["Body"]) as body:
            found: bytes = body.read()
        return found

    def download(self, key: str) -> Iterator[bytes]:
        with closing(self.client.get_object(Bucket=self.bucket, Key=key)["Body"]) as body:
            yield from body.iter_chunks(MIB)

    def _head(self, key: str) -> Any:
        with translated():
            return self.client.head_object(Bucket=self.bucket, Key=key)

    def head(self, key: str) -> Info:
        found = self._head(key)
        return Info(found["ContentLength"], found["ETag"])

    def content_type(self, key: str) -> str:
        return str(self._head(key)["ContentType"])

    def metadata(self, key: str) -> dict[str, str]:
        return dict(self._head(key)["Metadata"])

    def copy(self, key: str, to: str) -> None:
        self.client.copy_object(Bucket=self.bucket, Key=to, CopySource={"Bucket": self.bucket, "Key": key})

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=key)

    def keys(self, prefix: str = "") -> list[str]:
        with translated():
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
            return [each["Key"] for page in pages for each in page.get("Contents", ())]

    def children(self, prefix: str) -> tuple[list[str], list[str]]:
        page = self.client.list_objects_v2(Bucket=self.bucket, Prefix=prefix, Delimiter="/")
        return [each["Key"] for each in page["Contents"]], [each["Prefix"] for each in page["CommonPrefixes"]]

    def make_bucket(self, name: str) -> None:
        self.client.create_bucket(Bucket=name)


class Boto3Direct(Boto3Client):
    way = Way.ABOVE_HTTP


class Boto3OverPort(Boto3Client):
    way = Way.PORT


class Boto3Resource(Store):
    lacks = {"post_form": NO_FORMS, "children": "a resource's collections leave common prefixes out"}

    def connect(self) -> None:
        self.resource = session().resource("s3")
        self.on_leaving.callback(self.resource.meta.client.close)

    def _object(self, key: str) -> Any:
        return self.resource.Object(self.bucket, key)

    def put(self, key: str, body: bytes) -> None:
        with translated():
            self._object(key).put(Body=body)

    def put_described(self, key: str, body: bytes, content_type: str, metadata: dict[str, str]) -> None:
        self._object(key).put(Body=body, ContentType=content_type, Metadata=metadata)

    def put_new(self, key: str, body: bytes) -> None:
        with translated():
            self._object(key).put(Body=body, IfNoneMatch="*")

    def upload(self, key: str, file: BinaryIO) -> None:
        self._object(key).upload_fileobj(file)

    def multipart(self, key: str, parts: Sequence[bytes]) -> None:
        upload = self._object(key).initiate_multipart_upload()
        sent = [
            {"PartNumber": number, "ETag": upload.Part(number).upload(Body=part)["ETag"]}
            for number, part in enumerate(parts, 1)
        ]
        upload.complete(MultipartUpload={"Parts": sent})

    def get(self, key: str) -> bytes:
        return self._get(self._object(key))

    def get_range(self, key: str, start: int, end: int) -> bytes:
        return self._get(self._object(key), Range=f"bytes={start}-{end - 1}")

    def get_version(self, key: str, version_id: str) -> bytes:
        return self._get(self._object(key).Version(version_id))

    def _get(self, which: Any, **how: Any) -> bytes:
        with translated(), closing(which.get(**how)["Body"]) as body:
            found: bytes = body.read()
        return found

    def download(self, key: str) -> Iterator[bytes]:
        with closing(self._object(key).get()["Body"]) as body:
            yield from body.iter_chunks(MIB)

    def head(self, key: str) -> Info:
        with translated():
            found = self._object(key)
            return Info(found.content_length, found.e_tag)

    def content_type(self, key: str) -> str:
        return str(self._object(key).content_type)

    def metadata(self, key: str) -> dict[str, str]:
        return dict(self._object(key).metadata)

    def copy(self, key: str, to: str) -> None:
        self._object(to).copy({"Bucket": self.bucket, "Key": key})

    def delete(self, key: str) -> None:
        self._object(key).delete()

    def keys(self, prefix: str = "") -> list[str]:
        with translated():
            return [each.key for each in self.resource.Bucket(self.bucket).objects.filter(Prefix=prefix)]

    def make_bucket(self, name: str) -> None:
        self.resource.Bucket(name).create()


def presigner(url: str) -> Any:
    """A client that presigns for others."""
    return client_of(url, "s3v4")
