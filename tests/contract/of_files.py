"""Clients of their own kind that need no port: minio-py, smart_open, cloudpathlib."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY

from .of_boto3 import client_of, session
from .store import MIB, REGION, Info, NotThere, Store, translated


class Minio(Store):
    libraries = ("minio",)
    lacks = {
        "post_form": "minio-py makes forms, and sends none",
        "put_new": "put_object takes no headers but of metadata",
    }
    cannot_name = dict.fromkeys(("a/../b", "a/..", "./a"), "minio-py refuses keys with a part '.' or '..'")

    def connect(self) -> None:
        from minio import Minio

        self.client: Any = Minio("s3.amazonaws.com", ACCESS_KEY_ID, SECRET_ACCESS_KEY, region=REGION)

    def put(self, key: str, body: bytes) -> None:
        self._put(key, BytesIO(body), len(body))

    def put_described(self, key: str, body: bytes, content_type: str, metadata: dict[str, str]) -> None:
        self._put(key, BytesIO(body), len(body), content_type=content_type, metadata=metadata)

    def _put(self, key: str, file: BinaryIO, length: int, **how: Any) -> None:
        with translated():
            self.client.put_object(self.bucket, key, file, length, **how)

    def upload(self, key: str, file: BinaryIO) -> None:
        self._put(key, file, -1, part_size=5 * MIB)

    def multipart(self, key: str, parts: Sequence[bytes]) -> None:
        self._put(key, BytesIO(b"".join(parts)), -1, part_size=len(parts[0]))

    def get(self, key: str) -> bytes:
        return b"".join(self._get(key))

    def get_range(self, key: str, start: int, end: int) -> bytes:
        return b"".join(self._get(key, offset=start, length=end - start))

    def get_version(self, key: str, version_id: str) -> bytes:
        return b"".join(self._get(key, version_id=version_id))

    def download(self, key: str) -> Iterator[bytes]:
        return self._get(key)

    def _get(self, key: str, **how: Any) -> Iterator[bytes]:
        with translated():
            answer = self.client.get_object(self.bucket, key, **how)
        try:
            yield from answer.stream(MIB)
        finally:
            answer.close()
            answer.release_conn()

    def _head(self, key: str) -> Any:
        with translated():
            return self.client.stat_object(self.bucket, key)

    def head(self, key: str) -> Info:
        found = self._head(key)
        return Info(found.size, f'"{found.etag}"')

    def content_type(self, key: str) -> str:
        return str(self._head(key).content_type)

    def metadata(self, key: str) -> dict[str, str]:
        start = "x-amz-meta-"
        headers = self._head(key).metadata.items()
        return {name[len(start) :].lower(): value for name, value in headers if name.lower().startswith(start)}

    def copy(self, key: str, to: str) -> None:
        from minio.commonconfig import CopySource

        self.client.copy_object(self.bucket, to, CopySource(self.bucket, key))

    def delete(self, key: str) -> None:
        self.client.remove_object(self.bucket, key)

    def keys(self, prefix: str = "") -> list[str]:
        with translated():
            return [each.object_name for each in self.client.list_objects(self.bucket, prefix, recursive=True)]

    def children(self, prefix: str) -> tuple[list[str], list[str]]:
        found = list(self.client.list_objects(self.bucket, prefix))
        return [each.object_name for each in found if not each.is_dir], [
            each.object_name for each in found if each.is_dir
        ]

    def make_bucket(self, name: str) -> None:
        self.client.make_bucket(name)


NO_FILES = "it has files, and this is none of a file's"


class SmartOpen(Store):
    libraries = ("smart_open",)
    lacks = {
        **dict.fromkeys(("head", "content_type", "metadata", "copy", "delete", "children", "make_bucket"), NO_FILES),
        "post_form": "it sends no forms",
    }

    def connect(self) -> None:
        self.client = client_of("")

    def _open(self, key: str, mode: str, **how: Any) -> Any:
        from smart_open.s3 import open as opened

        return opened(self.bucket, key, mode, client=self.client, **how)

    def put(self, key: str, body: bytes) -> None:
        with translated(), self._open(key, "wb", multipart_upload=False) as file:
            file.write(body)

    def put_described(self, key: str, body: bytes, content_type: str, metadata: dict[str, str]) -> None:
        headers = {"ContentType": content_type, "Metadata": metadata}
        how = {"S3.Client.put_object": headers}
        with self._open(key, "wb", multipart_upload=False, client_kwargs=how) as file:
            file.write(body)

    def put_new(self, key: str, body: bytes) -> None:
        how = {"S3.Client.put_object": {"IfNoneMatch": "*"}}
        with translated(), self._open(key, "wb", multipart_upload=False, client_kwargs=how) as file:
            file.write(body)

    def upload(self, key: str, file: BinaryIO) -> None:
        with self._open(key, "wb", min_part_size=5 * MIB) as out:
            while piece := file.read(MIB):
                out.write(piece)

    def multipart(self, key: str, parts: Sequence[bytes]) -> None:
        with self._open(key, "wb", min_part_size=len(parts[0])) as out:
            for part in parts:
                out.write(part)

    def get(self, key: str) -> bytes:
        return self._get(key)

    def get_version(self, key: str, version_id: str) -> bytes:
        return self._get(key, version_id=version_id)

    def _get(self, key: str, **how: Any) -> bytes:
        with translated(), self._open(key, "rb", **how) as file:
            found: bytes = file.read()
        return found

    def get_range(self, key: str, start: int, end: int) -> bytes:
        with self._open(key, "rb", defer_seek=True) as file:
            file.seek(start)
            found: bytes = file.read(end - start)
        return found

    def download(self, key: str) -> Iterator[bytes]:
        with self._open(key, "rb") as file:
            while piece := file.read(MIB):
                yield piece

    def keys(self, prefix: str = "") -> list[str]:
        from smart_open.s3 import iter_bucket

        found: list[str] = []

        def accept(key: str) -> bool:
            found.append(key)
            return len(found) <= 3  # it downloads what is accepted, in threads: a few are enough

        with translated():
            downloaded = dict(iter_bucket(self.bucket, prefix=prefix, accept_key=accept))
        assert set(found[:3]) == set(downloaded)
        return sorted(found)


class Cloudpathlib(Store):
    libraries = ("cloudpathlib",)
    lacks = {
        "post_form": "it sends no forms",
        "put_new": "it has no conditions",
        "put_described": "it has settings of a client, and none of a file",
        "metadata": "it tells none",
        "get_range": "it reads files that it has copied here",
        "get_version": "it knows no versions",
        "make_bucket": "it makes none",
    }
    cannot_name = dict.fromkeys(
        ("a//b", "folder/", "/leading", "a/../b", "a/..", "./a"), "they are paths, in which it resolves such parts"
    )

    def connect(self) -> None:
        from cloudpathlib import S3Client

        cache = self.on_leaving.enter_context(TemporaryDirectory())
        self.client: Any = S3Client(boto3_session=session(), local_cache_dir=cache)
        self.on_leaving.callback(self.client.client.close)

    def _path(self, key: str) -> Any:
        return self.client.CloudPath(f"s3://{self.bucket}/{key}")

    def put(self, key: str, body: bytes) -> None:
        with translated():
            self._path(key).write_bytes(body)

    def upload(self, key: str, file: BinaryIO) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder, "file")
            path.write_bytes(file.read())
            self._path(key).upload_from(path)

    def multipart(self, key: str, parts: Sequence[bytes]) -> None:
        self.upload(key, BytesIO(b"".join(parts)))

    def get(self, key: str) -> bytes:
        with translated():
            found: bytes = self._path(key).read_bytes()
        return found

    def download(self, key: str) -> Iterator[bytes]:
        with self._path(key).open("rb") as file:
            while piece := file.read(MIB):
                yield piece

    def head(self, key: str) -> Info:
        from cloudpathlib.exceptions import NoStatError

        try:
            return Info(self._path(key).stat().st_size, self._path(key).etag)
        except NoStatError as error:
            raise NotThere(None) from error

    def content_type(self, key: str) -> str:
        return str(self.client._get_metadata(self._path(key))["content_type"])

    def copy(self, key: str, to: str) -> None:
        self._path(key).copy(self._path(to))

    def delete(self, key: str) -> None:
        self._path(key).unlink()

    def keys(self, prefix: str = "") -> list[str]:
        with translated():
            return sorted(each.key for each in self._path(prefix).rglob("*") if each.is_file())

    def children(self, prefix: str) -> tuple[list[str], list[str]]:
        found = list(self._path(prefix).iterdir())
        files = [each.key for each in found if each.is_file()]
        return files, [each.key.rstrip("/") + "/" for each in found if each.is_dir()]
