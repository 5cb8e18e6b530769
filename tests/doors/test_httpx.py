"""The door of httpx: clients of both kinds, on asyncio and trio, beside other mocks, and never half a put."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import anyio
import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpx import HTTPXMock

from fakes3 import FakeS3, UnmockedRequest, mock_s3
from fakes3.doors.httpx import HttpxDoor

MIB = 1024 * 1024


def url_of(s3: FakeS3, method: str = "get_object", key: str = "hello.txt", **options: Any) -> str:
    client = s3.client(**options)
    return str(client.generate_presigned_url(method, Params={"Bucket": "bucket", "Key": key}))


@pytest.fixture
def bucket(s3: FakeS3) -> Any:
    return s3.create_bucket("bucket", objects={"hello.txt": "hello"})


@pytest.fixture
def url(s3, bucket) -> str:
    return url_of(s3)


@pytest.fixture
def put_url(s3, bucket) -> str:
    return url_of(s3, "put_object", "new")


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


@pytest.fixture
async def async_client(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs that reached the real transports, which answer 418 here. To be asked for before `s3`."""
    urls: list[str] = []

    def handle(transport: Any, request: httpx.Request) -> httpx.Response:
        urls.append(str(request.url))
        return httpx.Response(418)

    async def handle_async(transport: Any, request: httpx.Request) -> httpx.Response:
        return handle(transport, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle_async)
    return urls


class TestPresigned:
    """What httpx alone does with a presigned URL; what all libraries do is in test_http_libraries.py."""

    def test_get(self, client, url):
        answer = client.get(url)
        assert (200, "OK", b"hello", "HTTP/1.1") == (
            answer.status_code,
            answer.reason_phrase,
            answer.content,
            answer.http_version,
        )
        assert '"5d41402abc4b2a76b9719d911017c592"' == answer.headers["etag"]
        assert url == str(answer.url)

    @pytest.mark.parametrize("content", [b"new", "new", io.BytesIO(b"new"), b""])
    def test_put(self, client, bucket, put_url, content):
        sent = content.getvalue() if isinstance(content, io.BytesIO) else content
        assert 200 == client.put(put_url, content=content).status_code
        assert len(sent) == bucket["new"].size

    def test_from_an_iterator_is_refused_as_s3_refuses_it(self, client, bucket, put_url):
        answer = client.put(put_url, content=iter([b"ne", b"w"]))
        assert (501, True) == (answer.status_code, "<Header>Transfer-Encoding</Header>" in answer.text)
        assert ["hello.txt"] == list(bucket)

    def test_from_an_iterator_of_known_length(self, client, bucket, put_url):
        headers = {"Content-Length": "3"}
        assert 200 == client.put(put_url, content=iter([b"ne", b"w"]), headers=headers).status_code
        assert b"new" == bucket["new"].body

    def test_what_is_stored_compressed_comes_as_httpx_decodes_it(self, s3, client, bucket):
        import gzip

        s3.client().put_object(Bucket="bucket", Key="z", Body=gzip.compress(b"text"), ContentEncoding="gzip")
        assert b"text" == client.get(url_of(s3, key="z")).content

    def test_a_request_line_of_ones_own(self, s3, client, bucket, url):
        # As aiobotocore gives it, because httpx would tidy the dots of this key.
        request = client.build_request("GET", url, extensions={"target": url.encode()})
        assert b"hello" == client.send(request).content
        dotted = url_of(s3, "put_object", "a/../b")
        assert 403 == client.put(dotted).status_code
        assert (
            200 == client.send(client.build_request("PUT", dotted, extensions={"target": dotted.encode()})).status_code
        )
        assert ["a/../b", "hello.txt"] == list(bucket)

    def test_a_client_from_before_the_mock(self):
        with httpx.Client() as client, mock_s3() as s3:
            s3.create_bucket("bucket", objects={"hello.txt": "early"})
            assert b"early" == client.get(url_of(s3)).content

    def test_hooks_and_headers_of_the_client(self, url):
        seen: list[int] = []
        hooks = {"response": [lambda answer: seen.append(answer.status_code)]}
        with httpx.Client(headers={"Range": "bytes=0-0"}, event_hooks=hooks) as client:
            assert b"h" == client.get(url).content
        assert [206] == seen

    def test_redirects_are_followed_where_the_form_says(self, out, s3, client, bucket):
        allowed = {"success_action_redirect": "http://app.test/done"}
        form = s3.client().generate_presigned_post("bucket", "key", Fields=allowed, Conditions=[allowed])
        files = {"file": io.BytesIO(b"x")}
        answer = client.post(form["url"], data=form["fields"], files=files, follow_redirects=True)
        assert (418, [303]) == (answer.status_code, [each.status_code for each in answer.history])
        assert 1 == len(out)


class TestStreaming:
    """Bodies go both ways in pieces."""

    def test_down(self, s3, client, bucket, url):
        body = bytes(range(256)) * (MIB // 256)
        s3.client().put_object(Bucket="bucket", Key="hello.txt", Body=body)
        with client.stream("GET", url) as answer:
            pieces = list(answer.iter_raw())
        assert (body, 65536) == (b"".join(pieces), max(map(len, pieces)))

    @pytest.mark.anyio
    async def test_down_to_a_coroutine(self, s3, async_client, bucket, url):
        body = bytes(range(256)) * (MIB // 256)
        s3.client().put_object(Bucket="bucket", Key="hello.txt", Body=body)
        async with async_client.stream("GET", url) as answer:
            pieces = [piece async for piece in answer.aiter_raw()]
        assert (body, 65536) == (b"".join(pieces), max(map(len, pieces)))
        assert body == (await async_client.get(url)).content

    @pytest.mark.anyio
    @pytest.mark.parametrize("size", [0, 3, 3 * MIB])
    async def test_up_from_a_coroutine(self, async_client, bucket, put_url, size):
        body = bytes(range(256)) * (size // 256) + b"end"
        assert 200 == (await async_client.put(put_url, content=body)).status_code
        assert body == bucket["new"].body

    @pytest.mark.anyio
    async def test_up_from_an_asynchronous_iterator(self, async_client, bucket, put_url):
        async def pieces() -> AsyncIterator[bytes]:
            for number in range(20):
                await anyio.lowlevel.checkpoint()
                yield bytes([number]) * 65536

        headers = {"Content-Length": str(20 * 65536)}
        assert 200 == (await async_client.put(put_url, content=pieces(), headers=headers)).status_code
        assert (20 * 65536, b"\x13") == (bucket["new"].size, bucket["new"].body[-1:])

    @pytest.mark.anyio
    async def test_a_form_from_a_coroutine(self, s3, async_client, bucket):
        form = s3.client().generate_presigned_post("bucket", "${filename}")
        files = {"file": ("large.bin", bytes(2 * MIB))}
        answer = await async_client.post(form["url"], data=form["fields"], files=files)
        assert (204, 2 * MIB) == (answer.status_code, bucket["large.bin"].size)


class TestCancelling:
    """A cancelled put leaves nothing."""

    @pytest.mark.anyio
    @pytest.mark.parametrize("count", [4, 80])  # 16 KiB each: answered at once, and in a thread
    @pytest.mark.parametrize("at", [0, 1, 3])
    async def test_at_the_nth_piece(self, s3, async_client, bucket, count, at):
        with anyio.CancelScope() as scope:

            async def pieces() -> AsyncIterator[bytes]:
                for number in range(count):
                    if number == at:
                        scope.cancel()
                    await anyio.lowlevel.checkpoint()
                    yield bytes(16384)

            headers = {"Content-Length": str(count * 16384)}
            await async_client.put(url_of(s3, "put_object"), content=pieces(), headers=headers)
        assert scope.cancelled_caught
        assert (["hello.txt"], b"hello") == (list(bucket), bucket["hello.txt"].body)
        assert [] == list(s3.calls)

    @given(turns=st.integers(0, 30), size=st.sampled_from([10, 200_000, 2_000_000]))
    def test_at_any_moment_it_is_all_or_nothing(self, turns, size):
        async def put(s3: FakeS3) -> bool:
            async with httpx.AsyncClient() as client:
                task = asyncio.create_task(client.put(url_of(s3, "put_object"), content=bytes(size)))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                try:
                    return (await task).status_code == 200
                except asyncio.CancelledError:
                    return False

        with mock_s3() as s3:
            bucket = s3.create_bucket("bucket", objects={"hello.txt": "hello"})
            done = asyncio.run(put(s3))
            assert (size if done else 5) == bucket["hello.txt"].size


class TestOtherHosts:
    """What is not S3's goes where it would have gone, in the ways of this library."""

    def test_whatever_host_the_headers_name(self, out, s3, client):
        with pytest.raises(UnmockedRequest):
            client.get("https://sqs.us-east-1.amazonaws.com/", headers={"Host": "example.org"})

    def test_a_transport_of_ones_own_is_left_alone(self, s3, url):
        transport = httpx.MockTransport(lambda request: httpx.Response(418))
        with httpx.Client(transport=transport) as client:
            assert 418 == client.get(url).status_code
        assert 0 == len(s3.calls)

    def test_a_transport_of_ones_own_may_hand_on(self, url):
        class Counting(httpx.BaseTransport):
            def __init__(self) -> None:
                self.count, self.inner = 0, httpx.HTTPTransport()

            def handle_request(self, request: httpx.Request) -> httpx.Response:
                self.count += 1
                return self.inner.handle_request(request)

        transport = Counting()
        with httpx.Client(transport=transport) as client:
            assert b"hello" == client.get(url).content
        assert 1 == transport.count


class TestBesideRespx:
    """The mock of respx works beside the fake, whichever was entered first."""

    @pytest.mark.parametrize("first", ["respx", "fakes3"])
    def test_in_any_order(self, first):
        theirs, mock = respx.mock(), mock_s3()
        one, other = (theirs, mock) if first == "respx" else (mock, theirs)
        with one, other, httpx.Client() as client:
            from fakes3 import current

            s3 = current()
            s3.create_bucket("bucket", objects={"hello.txt": "ours"})
            theirs.get("https://api.test/x").respond(text="theirs")
            assert "theirs" == client.get("https://api.test/x").text
            assert "ours" == client.get(url_of(s3)).text
            with pytest.raises(AssertionError):
                client.get("https://unknown.test/")


class TestBesidePytestHttpx:
    """The mock of pytest-httpx works beside the fake, whichever was entered first."""

    def test_entered_before(self, httpx_mock: HTTPXMock, client):
        with mock_s3() as s3:
            s3.create_bucket("bucket", objects={"hello.txt": "ours"})
            httpx_mock.add_response(url="https://api.test/x", text="theirs")
            assert "theirs" == client.get("https://api.test/x").text
            assert "ours" == client.get(url_of(s3)).text

    def test_entered_after(self, s3, bucket, url, client, httpx_mock: HTTPXMock):
        httpx_mock.add_response(url="https://api.test/x", text="theirs")
        assert "theirs" == client.get("https://api.test/x").text
        assert "hello" == client.get(url).text
        assert 1 == len(httpx_mock.get_requests())

    @pytest.mark.anyio
    async def test_entered_after_by_coroutines(self, s3, bucket, url, async_client, httpx_mock: HTTPXMock):
        httpx_mock.add_response(url="https://api.test/x", text="theirs")
        assert "theirs" == (await async_client.get("https://api.test/x")).text
        assert "hello" == (await async_client.get(url)).text

    def test_entered_after_it_may_answer_for_another_service(self, s3, client, httpx_mock: HTTPXMock):
        httpx_mock.add_response(url="https://sqs.us-east-1.amazonaws.com/", text="theirs")
        assert "theirs" == client.get("https://sqs.us-east-1.amazonaws.com/").text

    def test_left_in_any_order(self, out, client):
        mock, theirs = mock_s3(), pytest.MonkeyPatch()
        mock.start()
        theirs.setattr(httpx.HTTPTransport, "handle_request", lambda *_: httpx.Response(400))
        mock.stop()
        assert 400 == client.get("https://bucket.s3.amazonaws.com/key").status_code
        theirs.undo()  # which puts ours back, and it passes everything on
        assert 418 == client.get("https://bucket.s3.amazonaws.com/key").status_code
        with mock_s3() as s3:
            s3.create_bucket("bucket", objects={"hello.txt": "ours"})
            assert "ours" == client.get(url_of(s3)).text


class TestWhichFake:
    """A task meets the fake that it, or what it grew out of, entered."""

    @pytest.mark.anyio
    async def test_tasks_with_a_fake_each(self, async_client):
        found: dict[str, str] = {}
        all_entered = anyio.Event()

        async def work(name: str) -> None:
            async with mock_s3() as s3:
                s3.create_bucket("bucket", objects={"hello.txt": name})
                url = url_of(s3)
                if len(names := [*found, name]) == 3:
                    all_entered.set()
                found[name] = ",".join(names)
                await all_entered.wait()
                found[name] = (await async_client.get(url)).text
                async with anyio.create_task_group() as inner:
                    inner.start_soon(self.check, async_client, url, name)
                assert name == await anyio.to_thread.run_sync(lambda: httpx.get(url).text)

        async with anyio.create_task_group() as group:
            for name in "abc":
                group.start_soon(work, name)
        assert {"a": "a", "b": "b", "c": "c"} == found

    async def check(self, client: httpx.AsyncClient, url: str, expected: str) -> None:
        assert expected == (await client.get(url)).text

    @pytest.mark.anyio
    @mock_s3
    async def test_a_decorated_coroutine(self, async_client):
        from fakes3 import current

        current().create_bucket("bucket", objects={"hello.txt": "mine"})
        assert "mine" == (await async_client.get(url_of(current()))).text

    @pytest.mark.anyio
    async def test_the_inner_fake_answers(self, s3, url, async_client):
        async with mock_s3() as inner:
            assert 404 == (await async_client.get(url)).status_code
            assert 1 == len(inner.calls)
        assert 200 == (await async_client.get(url)).status_code


class TestOpening:
    """The door is open while a fake is entered."""

    def test_gone_after_the_mock(self):
        def patched() -> list[Any]:
            return [
                httpx.HTTPTransport.__dict__["handle_request"],
                httpx.AsyncHTTPTransport.__dict__["handle_async_request"],
                httpx.Client.__dict__["_transport_for_url"],
                httpx.AsyncClient.__dict__["_transport_for_url"],
            ]

        before = patched()
        with mock_s3():
            assert not [one for one, other in zip(before, patched(), strict=True) if one is other]
        assert before == patched()

    def test_a_httpx_that_chooses_its_transports_otherwise(self):
        clients = {"Client": object, "AsyncClient": object}
        transports = {"HTTPTransport": httpx.HTTPTransport, "AsyncHTTPTransport": httpx.AsyncHTTPTransport}
        module: Any = SimpleNamespace(**clients, **transports)
        replaced = [name for _, name, _ in HttpxDoor(lambda: None).replacements(module)]
        assert ["handle_request", "handle_async_request"] == replaced
