"""Clients of HTTP, with URLs and forms that boto3 presigned: requests, urllib3, httpx, aiohttp."""

from __future__ import annotations

import asyncio
import io
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, ClassVar, NamedTuple, TypeVar
from urllib.parse import unquote_plus
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import requests
import urllib3

from .of_boto3 import presigner
from .store import AlreadyThere, Info, NotThere, Store, Way

T = TypeVar("T")

PIECE = 64 * 1024
XMLNS = "{http://s3.amazonaws.com/doc/2006-03-01/}"
DOTS = dict.fromkeys(("a/../b", "a/..", "./a"), "clients of HTTP resolve dots in paths before they send them")


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    pieces: Sequence[bytes]

    @property
    def body(self) -> bytes:
        """All of it."""
        return b"".join(self.pieces)


class ByUrl(Store):
    """What is done with presigned URLs is the same for all; they differ in how they send."""

    cannot_name = DOTS

    def connect(self) -> None:
        self.boto3 = presigner(self.url)

    @abstractmethod
    def send(self, method: str, url: str, headers: dict[str, str], body: bytes | BinaryIO | None) -> Answer:
        """Send a request and read the answer, in pieces of 64 KiB or less."""

    def ask(self, operation: str, body: bytes | BinaryIO | None = None, /, **parameters: Any) -> Answer:
        """Presign an operation, and do it."""
        parameters = {"Bucket": self.bucket, **parameters}
        url = self.boto3.generate_presigned_url(operation, parameters)
        headers = headers_of(parameters)
        if body is not None:
            headers["Content-Length"] = str(length_of(body))  # S3 takes no body of which it is not told how long it is
        answer = self.send(METHODS[operation], url, headers, body)
        if answer.status < 300:
            return answer
        code = self.code_of(answer)
        if answer.status == 404:
            raise NotThere(code)
        if answer.status == 412:
            raise AlreadyThere
        raise AssertionError((answer.status, answer.body))

    def ask_from_page(self, method: str, key: str, headers: dict[str, str]) -> tuple[int, Mapping[str, str]]:
        url = self.boto3.generate_presigned_url("get_object", {"Bucket": self.bucket, "Key": key})
        answer = self.send(method, url.partition("?")[0], headers, None)
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}

    def browse(self, path: str) -> tuple[int, bytes]:
        host = f"{self.bucket}.s3-website.localhost"
        if self.way is Way.PORT:
            answer = self.send("GET", self.url + path, {"Host": host}, None)
        else:
            answer = self.send("GET", f"http://{host}{path}", {}, None)
        return answer.status, answer.body

    def code_of(self, answer: Answer) -> str:
        """The code of an error; the status where there is no body, to a HEAD."""
        return ElementTree.fromstring(answer.body).findtext("Code", "") if answer.body else str(answer.status)

    def put(self, key: str, body: bytes) -> None:
        self.ask("put_object", body, Key=key)

    def put_described(self, key: str, body: bytes, content_type: str, metadata: dict[str, str]) -> None:
        self.ask("put_object", body, Key=key, ContentType=content_type, Metadata=metadata)

    def put_new(self, key: str, body: bytes) -> None:
        self.ask("put_object", body, Key=key, IfNoneMatch="*")

    def upload(self, key: str, file: BinaryIO) -> None:
        self.ask("put_object", file, Key=key)

    def multipart(self, key: str, parts: Sequence[bytes]) -> None:
        begun = ElementTree.fromstring(self.ask("create_multipart_upload", Key=key).body)
        upload_id = begun.findtext(f"{XMLNS}UploadId")
        tags = [
            self.ask("upload_part", part, Key=key, UploadId=upload_id, PartNumber=number).headers["ETag"]
            for number, part in enumerate(parts, 1)
        ]
        listed = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(tag)}</ETag></Part>"
            for number, tag in enumerate(tags, 1)
        )
        document = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
        self.ask("complete_multipart_upload", document, Key=key, UploadId=upload_id)

    def get(self, key: str) -> bytes:
        return self.ask("get_object", Key=key).body

    def get_range(self, key: str, start: int, end: int) -> bytes:
        return self.ask("get_object", Key=key, Range=f"bytes={start}-{end - 1}").body

    def get_version(self, key: str, version_id: str) -> bytes:
        return self.ask("get_object", Key=key, VersionId=version_id).body

    def download(self, key: str) -> Iterator[bytes]:
        yield from self.ask("get_object", Key=key).pieces

    def head(self, key: str) -> Info:
        headers = self.ask("head_object", Key=key).headers
        return Info(int(headers["Content-Length"]), headers["ETag"])

    def content_type(self, key: str) -> str:
        return self.ask("head_object", Key=key).headers["Content-Type"]

    def metadata(self, key: str) -> dict[str, str]:
        start = "x-amz-meta-"
        headers = self.ask("head_object", Key=key).headers
        return {name[len(start) :].lower(): value for name, value in headers.items() if name.lower().startswith(start)}

    def copy(self, key: str, to: str) -> None:
        self.ask("copy_object", Key=to, CopySource={"Bucket": self.bucket, "Key": key})

    def delete(self, key: str) -> None:
        self.ask("delete_object", Key=key)

    def keys(self, prefix: str = "") -> list[str]:
        found: list[str] = []
        more: dict[str, str] = {}
        while True:
            page = ElementTree.fromstring(self.ask("list_objects_v2", Prefix=prefix, **more).body)
            found += [unquote_plus(each.text or "") for each in page.iterfind(f"{XMLNS}Contents/{XMLNS}Key")]
            token = page.findtext(f"{XMLNS}NextContinuationToken")
            if token is None:
                return found
            more = {"ContinuationToken": token}

    def children(self, prefix: str) -> tuple[list[str], list[str]]:
        page = ElementTree.fromstring(self.ask("list_objects_v2", Prefix=prefix, Delimiter="/").body)
        keys = page.iterfind(f"{XMLNS}Contents/{XMLNS}Key")
        prefixes = page.iterfind(f"{XMLNS}CommonPrefixes/{XMLNS}Prefix")
        return [unquote_plus(each.text or "") for each in keys], [unquote_plus(each.text or "") for each in prefixes]

    def make_bucket(self, name: str) -> None:
        self.ask("create_bucket", Bucket=name)


METHODS = {
    "complete_multipart_upload": "POST",
    "copy_object": "PUT",
    "create_bucket": "PUT",
    "create_multipart_upload": "POST",
    "delete_object": "DELETE",
    "get_object": "GET",
    "head_object": "HEAD",
    "list_objects_v2": "GET",
    "put_object": "PUT",
    "upload_part": "PUT",
}


def headers_of(parameters: Mapping[str, Any]) -> dict[str, str]:
    """The headers that were signed with the URL, and so have to be sent."""
    named = {"ContentType": "Content-Type", "IfNoneMatch": "If-None-Match", "Range": "Range"}
    headers = {named[name]: value for name, value in parameters.items() if name in named}
    headers |= {f"x-amz-meta-{name}": value for name, value in parameters.get("Metadata", {}).items()}
    if "CopySource" in parameters:
        headers["x-amz-copy-source"] = parameters["CopySource"]  # presigning made a header of it
    return headers


def length_of(body: bytes | BinaryIO) -> int:
    """How many bytes there are."""
    if isinstance(body, bytes):
        return len(body)
    length = body.seek(0, io.SEEK_END)
    body.seek(0)
    return length


def pieces_of(file: BinaryIO) -> Iterator[bytes]:
    """What a file holds, a little at a time."""
    while piece := file.read(PIECE):
        yield piece


async def slowly(file: BinaryIO) -> AsyncIterator[bytes]:
    """What a file holds, a little at a time."""
    for piece in pieces_of(file):
        yield piece


class Requests(ByUrl):
    libraries: ClassVar[tuple[str, ...]] = ("requests",)

    def connect(self) -> None:
        super().connect()
        self.session = self.on_leaving.enter_context(requests.Session())

    def send(self, method: str, url: str, headers: dict[str, str], body: bytes | BinaryIO | None) -> Answer:
        with self.session.request(method, url, headers=headers, data=body, stream=True) as answer:
            return Answer(answer.status_code, answer.headers, list(answer.iter_content(PIECE)))

    def post_form(self, url: str, fields: dict[str, str], body: bytes) -> int:
        return self.session.post(url, data=fields, files={"file": ("name.txt", body)}).status_code


class RequestsOverPort(Requests):
    libraries = ("requests",)
    way = Way.PORT


class Urllib3(ByUrl):
    libraries = ("urllib3",)

    def connect(self) -> None:
        super().connect()
        self.http = self.on_leaving.enter_context(urllib3.PoolManager())

    def send(self, method: str, url: str, headers: dict[str, str], body: bytes | BinaryIO | None) -> Answer:
        answer = self.http.request(method, url, headers=headers, body=body, preload_content=False)
        pieces = list(answer.stream(PIECE))
        answer.release_conn()
        return Answer(answer.status, answer.headers, pieces)

    def post_form(self, url: str, fields: dict[str, str], body: bytes) -> int:
        return self.http.request("POST", url, fields={**fields, "file": ("name.txt", body)}).status


class Httpx(ByUrl):
    libraries = ("httpx",)

    def connect(self) -> None:
        import httpx

        super().connect()
        self.client = self.on_leaving.enter_context(httpx.Client())

    def send(self, method: str, url: str, headers: dict[str, str], body: bytes | BinaryIO | None) -> Answer:
        content = body if body is None or isinstance(body, bytes) else pieces_of(body)
        with self.client.stream(method, url, headers=headers, content=content) as answer:
            return Answer(answer.status_code, answer.headers, list(answer.iter_raw(PIECE)))

    def post_form(self, url: str, fields: dict[str, str], body: bytes) -> int:
        return self.client.post(url, data=fields, files={"file": ("name.txt", body)}).status_code


class HttpxAsync(ByUrl):
    libraries: ClassVar[tuple[str, ...]] = ("httpx",)

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do it in an event loop."""
        return asyncio.run(work())

    def send(self, method: str, url: str, headers: dict[str, str], body: bytes | BinaryIO | None) -> Answer:
        import httpx

        async def work() -> Answer:
            content = body if body is None or isinstance(body, bytes) else slowly(body)
            async with httpx.AsyncClient() as client:
                async with client.stream(method, url, headers=headers, content=content) as answer:
                    pieces = [piece async for piece in answer.aiter_raw(PIECE)]
                    return Answer(answer.status_code, answer.headers, pieces)

        return self.run(work)

    def post_form(self, url: str, fields: dict[str, str], body: bytes) -> int:
        import httpx

        async def work() -> int:
            async with httpx.AsyncClient() as client:
                return (await client.post(url, data=fields, files={"file": ("name.txt", body)})).status_code

        return self.run(work)


class HttpxTrio(HttpxAsync):
    libraries = ("httpx", "trio")

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        import trio

        return trio.run(work)


class Aiohttp(ByUrl):
    libraries = ("aiohttp",)

    def send(self, method: str, url: str, headers: dict[str, str], body: bytes | BinaryIO | None) -> Answer:
        import aiohttp
        from yarl import URL

        async def work() -> Answer:
            data = io.BytesIO(body) if isinstance(body, bytes) else body and slowly(body)
            async with aiohttp.ClientSession() as session:
                async with session.request(method, URL(url, encoded=True), headers=headers, data=data) as answer:
                    pieces = [piece async for piece in answer.content.iter_chunked(PIECE)]
                    return Answer(answer.status, answer.headers, pieces)

        return asyncio.run(work())

    def post_form(self, url: str, fields: dict[str, str], body: bytes) -> int:
        import aiohttp

        async def work() -> int:
            form = aiohttp.FormData(fields)
            form.add_field("file", body, filename="name.txt")
            async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
                return answer.status

        return asyncio.run(work())
