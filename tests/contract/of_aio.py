"""aiobotocore, with both of its ways to send, aioboto3 and s3fs upon it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from importlib.util import find_spec
from typing import Any, BinaryIO, ClassVar, TypeVar

from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY

from .store import KEYS, MIB, Info, Store, Way, translated

T = TypeVar("T")


class Aiobotocore(Store):
    libraries: ClassVar[tuple[str, ...]] = ("aiobotocore",)
    lacks = {"post_form": "it presigns forms, and sends none"}

    def connect(self) -> None:
        self.runner = self.on_leaving.enter_context(asyncio.Runner())
        context = self.made()
        self.client: Any = self.run(context.__aenter__())
        self.on_leaving.callback(lambda: self.run(context.__aexit__(None, None, None)))

    def made(self) -> Any:
        """What makes the client."""
        from aiobotocore.session import get_session

        return get_session().create_client("s3", **KEYS, config=self.config())

    def config(self) -> Any:
        """How it is configured."""
        return None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it in the store's event loop."""
        with translated():
            return self.runner.run(work)

    def call(self, operation: str, **parameters: Any) -> Any:
        """Call an operation on the bucket."""
        return self.run(getattr(self.client, operation)(Bucket=self.bucket, **parameters))

    def put(self, key: str, body: bytes) -> None:
        self.call("put_object", Key=key, Body=body)

    def put_described(self, key: str, body: bytes, content_type: str, metadata: dict[str, str]) -> None:
        self.call("put_object", Key=key, Body=body, ContentType=content_type, Metadata=metadata)

    def put_new(self, key: str, body: bytes) -> None:
        self.call("put_object", Key=key, Body=body, IfNoneMatch="*")

    def upload(self, key: str, file: BinaryIO) -> None:
        self.call("put_object", Key=key, Body=file)

    def multipart(self, key: str, parts: Sequence[bytes]) -> None:
        where = {"Key": key, "UploadId": self.call("create_multipart_upload", Key=key)["UploadId"]}
        sent = [
            {"PartNumber": number, "ETag": self.call("upload_part", **where, PartNumber=number, Body=part)["ETag"]}
            for number, part in enumerate(parts, 1)
        ]
        self.call("complete_multipart_upload", **where, MultipartUpload={"Parts": sent})

    def get(self, key: str) -> bytes:
        return b"".join(self._get(key))

    def get_range(self, key: str, start: int, end: int) -> bytes:
        return b"".join(self._get(key, Range=f"bytes={start}-{end - 1}"))

    def get_version(self, key: str, version_id: str) -> bytes:
        return b"".join(self._get(key, VersionId=version_id))

    def download(self, key: str) -> Iterator[bytes]:
        yield from self._get(key)

    def _get(self, key: str, **how: Any) -> list[bytes]:
        async def work() -> list[bytes]:
            answer = await self.client.get_object(Bucket=self.bucket, Key=key, **how)
            return await self.read(answer["Body"])

        return self.run(work())

    async def read(self, body: Any) -> list[bytes]:
        """What is in a body, in pieces."""
        async with body:
            return [piece async for piece in body.iter_chunks(MIB)]

    def head(self, key: str) -> Info:
        found = self.call("head_object", Key=key)
        return Info(found["ContentLength"], found["ETag"])

    def content_type(self, key: str) -> str:
        return str(self.call("head_object", Key=key)["ContentType"])

    def metadata(self, key: str) -> dict[str, str]:
        return dict(self.call("head_object", Key=key)["Metadata"])

    def copy(self, key: str, to: str) -> None:
        self.call("copy_object", Key=to, CopySource={"Bucket": self.bucket, "Key": key})

    def delete(self, key: str) -> None:
        self.call("delete_object", Key=key)

    def keys(self, prefix: str = "") -> list[str]:
        async def work() -> list[str]:
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
            return [each["Key"] async for page in pages for each in page.get("Contents", ())]

        return self.run(work())

    def children(self, prefix: str) -> tuple[list[str], list[str]]:
        page = self.call("list_objects_v2", Prefix=prefix, Delimiter="/")
        return [each["Key"] for each in page["Contents"]], [each["Prefix"] for each in page["CommonPrefixes"]]

    def make_bucket(self, name: str) -> None:
        self.run(self.client.create_bucket(Bucket=name))


class AiobotocoreDirect(Aiobotocore):
    way = Way.ABOVE_HTTP


class AiobotocoreHttpx(Aiobotocore):
    """aiobotocore that sends with httpx, or with httpx2 where it does that."""

    libraries = ("aiobotocore.httpxsession", "httpx")

    @classmethod
    def is_installed(cls) -> bool:
        if not find_spec("aiobotocore"):
            return False
        try:
            from aiobotocore.httpxsession import HttpxSession
        except ImportError:
            return False
        return HttpxSession is not None

    def config(self) -> Any:
        from aiobotocore.config import AioConfig
        from aiobotocore.httpxsession import HttpxSession

        return AioConfig(http_session_cls=HttpxSession)

    async def read(self, body: Any) -> list[bytes]:
        if hasattr(body, "iter_chunks"):
            return await super().read(body)
        pieces = [piece async for piece in body.aiter_raw()]  # it is a response of httpx's own
        await body.aclose()
        return pieces


class Aioboto3(Aiobotocore):
    libraries = ("aioboto3",)

    def made(self) -> Any:
        import aioboto3

        return aioboto3.Session(**KEYS).client("s3")

    def upload(self, key: str, file: BinaryIO) -> None:
        self.run(self.client.upload_fileobj(file, self.bucket, key))


class S3fs(Store):
    libraries = ("s3fs",)
    lacks = {"post_form": "it sends no forms"}
    cannot_name = {"folder/": "it takes the slash off, before 2026.9"}

    def connect(self) -> None:
        import s3fs

        self.fs: Any = s3fs.S3FileSystem(
            key=ACCESS_KEY_ID,
            secret=SECRET_ACCESS_KEY,
            default_block_size=5 * MIB,
            use_listings_cache=False,
            version_aware=False,
        )

    def _path(self, key: str) -> str:
        return f"{self.bucket}/{key}"

    def put(self, key: str, body: bytes) -> None:
        with translated():
            self.fs.pipe_file(self._path(key), body)

    def put_described(self, key: str, body: bytes, content_type: str, metadata: dict[str, str]) -> None:
        self.fs.pipe_file(self._path(key), body, ContentType=content_type, Metadata=metadata)

    def put_new(self, key: str, body: bytes) -> None:
        with translated():
            self.fs.pipe_file(self._path(key), body, mode="create")

    def upload(self, key: str, file: BinaryIO) -> None:
        with self.fs.open(self._path(key), "wb") as out:
            while piece := file.read(MIB):
                out.write(piece)

    def multipart(self, key: str, parts: Sequence[bytes]) -> None:
        with self.fs.open(self._path(key), "wb", block_size=len(parts[0])) as out:
            for part in parts:
                out.write(part)

    def get(self, key: str) -> bytes:
        with translated():
            return bytes(self.fs.cat_file(self._path(key)))

    def get_range(self, key: str, start: int, end: int) -> bytes:
        return bytes(self.fs.cat_file(self._path(key), start=start, end=end))

    def get_version(self, key: str, version_id: str) -> bytes:
        return bytes(self.fs.cat_file(self._path(key), version_id=version_id))

    def download(self, key: str) -> Iterator[bytes]:
        with self.fs.open(self._path(key), "rb") as file:
            while piece := file.read(MIB):
                yield piece

    def head(self, key: str) -> Info:
        with translated():
            found = self.fs.info(self._path(key))
        return Info(found["size"], found["ETag"])

    def content_type(self, key: str) -> str:
        return str(self.fs.info(self._path(key))["ContentType"])

    def metadata(self, key: str) -> dict[str, str]:
        return dict(self.fs.metadata(self._path(key)))

    def copy(self, key: str, to: str) -> None:
        self.fs.cp_file(self._path(key), self._path(to))  # `copy` would copy into "a/", if there is an "a/b"

    def delete(self, key: str) -> None:
        self.fs.rm_file(self._path(key))

    def keys(self, prefix: str = "") -> list[str]:
        with translated():
            found = self.fs.find(self.bucket, prefix=prefix) if prefix else self.fs.find(self.bucket)
        return [path.removeprefix(f"{self.bucket}/") for path in found]

    def children(self, prefix: str) -> tuple[list[str], list[str]]:
        found = self.fs.ls(self._path(prefix), detail=True)
        keys = {
            kind: [each["Key"].removeprefix(f"{self.bucket}/") for each in found if each["type"] == kind]
            for kind in ("file", "directory")
        }
        return keys["file"], [key.rstrip("/") + "/" for key in keys["directory"]]

    def make_bucket(self, name: str) -> None:
        self.fs.mkdir(name)


class S3fsDirect(S3fs):
    way = Way.ABOVE_HTTP
