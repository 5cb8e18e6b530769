"""Libraries of HTTP, each with one way to send a request and to send a form: what their doors share is tested by these.

A library of coroutines runs each request in an event loop of its own.
"""

from __future__ import annotations

import asyncio
import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, NamedTuple, TypeVar

import aiohttp
import httpx
import requests
import trio
import urllib3
from yarl import URL

T = TypeVar("T")
Form = Mapping[str, str]


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Library:
    """One library of HTTP."""

    module: ClassVar[str]
    """What is imported."""
    no_connection: ClassVar[type[Exception]]
    """What it raises where the real network cannot be reached."""
    program: ClassVar[str]
    """An expression that imports it, if need be, and answers the status of a GET of `url`."""

    def send(self, method: str, url: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send a request. Headers are named with underscores for hyphens."""
        return self.request(method, url, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def request(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        raise NotImplementedError

    def post_form(self, url: str, fields: Form, file: bytes) -> int:
        """Send a form with a file, and return the status."""
        raise NotImplementedError


class Requests(Library):
    module = "requests"
    no_connection = requests.ConnectionError
    program = "__import__('requests').get(url, timeout=5).status_code"

    def request(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        answer = requests.request(method, url, data=body, headers=headers, timeout=5)
        return Answer(answer.status_code, answer.headers, answer.content)

    def post_form(self, url: str, fields: Form, file: bytes) -> int:
        return requests.post(url, data=fields, files={"file": file}, timeout=5).status_code


class Urllib3(Library):
    module = "urllib3"
    no_connection = urllib3.exceptions.MaxRetryError
    program = "__import__('urllib3').PoolManager().request('GET', url).status"

    def request(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        with urllib3.PoolManager(retries=urllib3.Retry(0)) as http:
            answer = http.request(method, url, body=body, headers=headers)
            return Answer(answer.status, answer.headers, answer.data)

    def post_form(self, url: str, fields: Form, file: bytes) -> int:
        with urllib3.PoolManager() as http:
            return http.request("POST", url, fields={**fields, "file": ("name", file)}).status


class UrllibRequest(Library):
    module = "urllib.request"
    no_connection: ClassVar[type[Exception]] = urllib.error.URLError
    program = (
        "[c := __import__('urllib.request').request.http.client.HTTPSConnection('bucket.s3.amazonaws.com'), "
        "c.request('GET', url.rpartition('.com')[2]), c.getresponse().status][-1]"
    )

    def request(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        try:
            asked = urllib.request.Request(url, data=body, headers=headers, method=method)
            with urllib.request.urlopen(asked, timeout=5) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def post_form(self, url: str, fields: Form, file: bytes) -> int:
        body, content_type = urllib3.encode_multipart_formdata({**fields, "file": ("name", file)})
        return self.send("POST", url, body, Content_Type=content_type).status


class HttpClient(UrllibRequest):
    no_connection = OSError

    def request(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        parts = urllib.parse.urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=5)
        connection.request(method, urllib.parse.urlunsplit(("", "", *parts[2:])), body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.headers), answer.read())


class Httpx(Library):
    module = "httpx"
    no_connection = httpx.ConnectError
    program = "__import__('httpx').get(url).status_code"

    def request(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        answer = httpx.request(method, url, content=body, headers=headers)
        return Answer(answer.status_code, answer.headers, answer.content)

    def post_form(self, url: str, fields: Form, file: bytes) -> int:
        return httpx.post(url, data=dict(fields), files={"file": file}).status_code


class HttpxAsync(Library):
    module = "httpx"
    no_connection = httpx.ConnectError
    program = "__import__('asyncio').run(__import__('httpx').AsyncClient().get(url)).status_code"

    def run(self, work: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
        """Do it with a client in an event loop."""

        async def with_client() -> T:
            async with httpx.AsyncClient() as client:
                return await work(client)

        return self.run_loop(with_client)

    def run_loop(self, work: Callable[[], Any]) -> Any:
        return asyncio.run(work())

    def request(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        answer = self.run(lambda client: client.request(method, url, content=body, headers=headers))
        return Answer(answer.status_code, answer.headers, answer.content)

    def post_form(self, url: str, fields: Form, file: bytes) -> int:
        return self.run(lambda client: client.post(url, data=dict(fields), files={"file": file})).status_code


class HttpxTrio(HttpxAsync):
    program = (
        "[trio := __import__('trio'), client := __import__('httpx').AsyncClient(), "
        "trio.run(client.get, url)][-1].status_code"
    )

    def run_loop(self, work: Callable[[], Any]) -> Any:
        return trio.run(work)


class Aiohttp(Library):
    module = "aiohttp"
    no_connection = aiohttp.ClientConnectorError
    program = "__import__('asyncio').run(get(url))"

    def run(self, method: str, url: str, **options: Any) -> Answer:
        async def work() -> Answer:
            async with aiohttp.ClientSession() as session:
                async with session.request(method, URL(url, encoded=True), **options) as answer:
                    return Answer(answer.status, answer.headers, await answer.read())

        return asyncio.run(work())

    def request(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        return self.run(method, url, data=body, headers=headers)

    def post_form(self, url: str, fields: Form, file: bytes) -> int:
        form = aiohttp.FormData(fields)
        form.add_field("file", file, filename="name")
        return self.run("POST", url, data=form).status


LIBRARIES = (Requests(), Urllib3(), UrllibRequest(), HttpClient(), Httpx(), HttpxAsync(), HttpxTrio(), Aiohttp())
