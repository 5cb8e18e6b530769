"""The door of aiohttp: everything of it is real but the socket, and a put that is cancelled leaves nothing."""

from __future__ import annotations

import asyncio
import gzip
import io
from collections.abc import AsyncIterator
from typing import Any
from unittest import IsolatedAsyncioTestCase

import aiohttp
import pytest
from aiohttp import web
from aiohttp.connector import BaseConnector
from aiohttp.test_utils import TestServer
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from fakes3 import FakeS3, current, mock_s3
from fakes3.doors import aiohttp as door
from fakes3.doors.cancellation import respond

MIB = 1024 * 1024
AS_IT_IS = Config(signature_version="s3v4")  # signs no Content-Type, which aiohttp adds by itself

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def url_of(s3: FakeS3, method: str = "get_object", key: str = "hello.txt", **options: Any) -> Any:
    from yarl import URL

    client = s3.client(config=AS_IT_IS, **options)
    return URL(client.generate_presigned_url(method, Params={"Bucket": "bucket", "Key": key}), encoded=True)


@pytest.fixture
def bucket(s3: FakeS3) -> Any:
    return s3.create_bucket("bucket", objects={"hello.txt": "hello"})


@pytest.fixture
def url(s3, bucket) -> Any:
    return url_of(s3)


@pytest.fixture
def put_url(s3, bucket) -> Any:
    return url_of(s3, "put_object", "new")


@pytest.fixture
async def session(anyio_backend) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class Left(Exception):
    """The request left for the network."""


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs for which a connection would have been made. To be asked for before `s3`."""
    urls: list[str] = []

    async def connect(connector: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        urls.append(str(request.url))
        raise Left

    monkeypatch.setattr(BaseConnector, "connect", connect)
    return urls


class TestPresigned:
    """What aiohttp alone does with a presigned URL; what all libraries do is in test_http_libraries.py."""

    async def test_get(self, session, url):
        async with session.get(url) as answer:
            assert (200, "OK", b"hello") == (answer.status, answer.reason, await answer.read())
            assert ('"5d41402abc4b2a76b9719d911017c592"', 5) == (answer.headers["ETag"], answer.content_length)
            assert url == answer.url

    async def test_put_by_version_2_signs_the_content_type_too(self, s3, session, bucket):
        url = s3.client().generate_presigned_url("put_object", Params={"Bucket": "bucket", "Key": "new"})
        async with session.put(url, data=b"new") as answer:
            assert (403, True) == (answer.status, "application/octet-stream" in await answer.text())
        async with session.put(url, data=b"new", skip_auto_headers=["Content-Type"]) as answer:
            assert 200 == answer.status

    @pytest.mark.parametrize("size", [0, 3, 3 * MIB])
    async def test_post(self, s3, session, bucket, size):
        form = s3.client().generate_presigned_post("bucket", "new")
        data = aiohttp.FormData(form["fields"])
        data.add_field("file", io.BytesIO(bytes(size)), filename="file")
        async with session.post(form["url"], data=data) as answer:
            assert 204 == answer.status
        assert size == bucket["new"].size

    async def test_a_refusal(self, session, url):
        async with session.get(str(url).replace("hello", "other")) as answer:
            assert (403, "application/xml") == (answer.status, answer.content_type)
            assert "<Code>SignatureDoesNotMatch</Code>" in await answer.text()
        with pytest.raises(aiohttp.ClientResponseError) as caught:
            await session.get(str(url).replace("hello", "other"), raise_for_status=True)
        assert 403 == caught.value.status

    @pytest.mark.parametrize("key", ["a//b", "a/../b", "Grüße /+%", "ends/"])
    async def test_any_key(self, s3, session, bucket, key):
        async with session.put(url_of(s3, "put_object", key), data=b"x") as answer:
            assert 200 == answer.status
        assert key in bucket

    async def test_what_is_stored_compressed_comes_as_aiohttp_decodes_it(self, s3, session, bucket):
        s3.client().put_object(Bucket="bucket", Key="z", Body=gzip.compress(b"text"), ContentEncoding="gzip")
        async with session.get(url_of(s3, key="z")) as answer:
            assert b"text" == await answer.read()


class TestBodiesUp:
    @pytest.mark.parametrize("size", [0, 3, 100_000, 3 * MIB])
    @pytest.mark.parametrize("expect", [False, True])
    async def test_of_bytes_and_files(self, session, bucket, put_url, size, expect):
        body = bytes(range(256)) * (size // 256) + bytes(size % 256)
        async with session.put(put_url, data=io.BytesIO(body), expect100=expect) as answer:
            assert 200 == answer.status
        assert body == bucket["new"].body
        async with session.put(put_url, data=bytearray(body[:1000])) as answer:
            assert 200 == answer.status
        assert body[:1000] == bucket["new"].body

    async def test_of_a_file(self, session, bucket, put_url, tmp_path):
        path = tmp_path / "large"
        path.write_bytes(bytes(2 * MIB + 1))
        with path.open("rb") as file:
            async with session.put(put_url, data=file) as answer:
                assert 200 == answer.status
        assert 2 * MIB + 1 == bucket["new"].size

    async def test_of_an_asynchronous_iterator(self, session, bucket, put_url):
        async def pieces() -> AsyncIterator[bytes]:
            for number in range(30):
                yield bytes([number]) * 65536

        async with session.put(put_url, data=pieces(), headers={"Content-Length": str(30 * 65536)}) as answer:
            assert 200 == answer.status
        assert (30 * 65536, b"\x1d") == (bucket["new"].size, bucket["new"].body[-1:])

    async def test_of_unknown_length_is_refused_as_s3_refuses_it(self, session, bucket, put_url):
        async def pieces() -> AsyncIterator[bytes]:
            yield b"ne"
            yield b"w"

        async with session.put(put_url, data=pieces()) as answer:
            assert (501, True) == (answer.status, "<Header>Transfer-Encoding</Header>" in await answer.text())
        assert ["hello.txt"] == list(bucket)

    async def test_that_fails_on_its_way(self, session, bucket, put_url):
        async def pieces() -> AsyncIterator[bytes]:
            yield b"ne"
            raise ZeroDivisionError

        with pytest.raises(aiohttp.ClientConnectionError):
            await session.put(put_url, data=pieces(), headers={"Content-Length": "3"})
        assert ["hello.txt"] == list(bucket)

    async def test_through_a_proxy_that_nobody_asks(self, s3, session, bucket):
        url = str(url_of(s3, use_ssl=False)).replace("https:", "http:")
        async with session.get(url, proxy="http://proxy.test:3128") as answer:
            assert b"hello" == await answer.read()


class TestBodiesDown:
    @pytest.fixture
    def large(self, s3: FakeS3, bucket) -> bytes:
        body = bytes(range(256)) * (3 * MIB // 256)
        s3.client().put_object(Bucket="bucket", Key="hello.txt", Body=body)
        return body

    async def test_at_once(self, session, large, url):
        async with session.get(url) as answer:
            assert large == await answer.read()

    async def test_by_pieces(self, session, large, url):
        async with session.get(url) as answer:
            assert large[:10] == await answer.content.read(10)
            pieces = [piece async for piece in answer.content.iter_chunked(50_000)]
        assert large[10:] == b"".join(pieces)
        assert 50_000 == max(map(len, pieces))

    async def test_no_faster_than_they_are_read(self, session, large, url):
        async with session.get(url) as answer:
            for _ in range(10):
                await asyncio.sleep(0)
            assert answer.content.total_bytes < MIB
            assert not answer.connection.transport.is_reading()

    async def test_left_unread(self, session, large, url):
        answer = await session.get(url)
        answer.close()
        with pytest.raises(aiohttp.ClientConnectionError):
            await answer.read()

    @pytest.mark.skipif(aiohttp.__version__.startswith("3.9."), reason="waits for ever, on a real server too")
    async def test_after_the_session_was_closed(self, large, url):
        async with aiohttp.ClientSession() as session:
            answer = await session.get(url)
        with pytest.raises((aiohttp.ClientError, RuntimeError), match="closed"):
            await answer.read()

    async def test_released(self, session, url):
        answer = await session.get(url)
        await answer.release()
        assert answer.closed
        assert not session.connector._acquired
        assert not session.connector._conns


class TestSessions:
    """Sessions stay what they are."""

    async def test_one_from_before_the_mock(self):
        async with aiohttp.ClientSession() as session:
            with mock_s3() as s3:
                s3.create_bucket("bucket", objects={"hello.txt": "early"})
                async with session.get(url_of(s3)) as answer:
                    assert "early" == await answer.text()

    async def test_headers_cookies_and_traces(self, url):
        seen: list[int] = []

        async def on_end(session: Any, context: Any, params: aiohttp.TraceRequestEndParams) -> None:
            seen.append(params.response.status)

        traces = aiohttp.TraceConfig()
        traces.on_request_end.append(on_end)
        async with aiohttp.ClientSession(
            headers={"Range": "bytes=0-0"}, cookies={"a": "b"}, trace_configs=[traces]
        ) as session:
            async with session.get(url) as answer:
                assert "h" == await answer.text()
        assert [206] == seen

    async def test_a_limit_of_connections_is_no_limit_of_requests(self, url):
        connector = aiohttp.TCPConnector(limit=1, limit_per_host=1, force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def get() -> str:
                async with session.get(url) as answer:
                    return await answer.text()

            assert ["hello"] * 5 == await asyncio.gather(*(get() for _ in range(5)))

    async def test_a_session_closed_while_it_sends(self, bucket, put_url):
        begun = asyncio.Event()

        async def pieces() -> AsyncIterator[bytes]:
            yield b"ne"
            begun.set()
            await asyncio.Event().wait()

        session = aiohttp.ClientSession()
        task = asyncio.create_task(session.put(put_url, data=pieces(), headers={"Content-Length": "3"}))
        await begun.wait()
        await session.close()
        with pytest.raises(aiohttp.ClientError):
            await task
        assert ["hello.txt"] == list(bucket)

    async def test_a_connection_lost_when_all_is_sent(self, session, bucket, put_url):
        async def pieces() -> AsyncIterator[bytes]:
            yield bytes(MIB)
            for protocol in list(session.connector._acquired):
                asyncio.get_running_loop().call_soon(protocol.close)

        try:
            response = await session.put(put_url, data=pieces(), headers={"Content-Length": str(MIB)})
        except aiohttp.ClientError:
            pass
        else:  # before aiohttp 3.14, which knows better, it is sent again with what is left of the body: nothing
            assert 400 == response.status
        assert ["hello.txt"] == list(bucket)

    async def test_a_connection_lost_when_all_is_done(self, session, bucket, put_url, monkeypatch):
        async def answer(*args: Any) -> Any:
            for protocol in list(session.connector._acquired):
                protocol.close()
            return await respond(*args)

        monkeypatch.setattr(door, "respond", answer)
        with pytest.raises(aiohttp.ClientError):
            await session.put(put_url, data=b"new")
        assert b"new" == bucket["new"].body


class TestTransport:
    """The end of a connection on which the fake is."""

    class Protocol:
        def __init__(self) -> None:
            self.told: list[str] = []

        def head_received(self) -> None:
            self.told.append("head")

        def pause_writing(self) -> None:
            self.told.append("pause")

        def resume_writing(self) -> None:
            self.told.append("resume")

        def connection_lost(self, error: Exception | None) -> None:
            self.told.append("lost")

    @pytest.fixture
    async def protocol(self, anyio_backend: str) -> Protocol:
        return self.Protocol()

    @pytest.fixture
    async def transport(self, protocol: Protocol, url) -> Any:
        return door._Transport(asyncio.get_running_loop(), protocol, url)

    async def test_what_is_written(self, transport, protocol):
        transport.writelines(
            [b"PUT http://proxy/a?b HTTP/1.1\r\nA: 1\r\na: 2\r\n\r\n", bytearray(b"bo"), memoryview(b"dy")]
        )
        request, pieces = transport.read_request()
        assert ("PUT", "https", "bucket.s3.amazonaws.com") == (request.method, request.scheme, request.host)
        assert ("/a", "b", {"a": "1,2"}) == (request.path, request.query, request.headers)
        assert ([b"", b"bo", b"dy"], ["head"]) == (pieces, protocol.told)

    async def test_what_is_written_to_a_proxy_without_a_path(self, transport):
        transport.write(b"GET http://bucket.s3.amazonaws.com?acl HTTP/1.1\r\n\r\n")
        request, _ = transport.read_request()
        assert ("/", "acl") == (request.path, request.query)

    async def test_who_writes_much_lets_others_run(self, transport, protocol):
        for _ in range(3):
            transport.write(bytes(MIB))
        await asyncio.sleep(0)
        assert ["pause", "resume"] == protocol.told
        transport.write(bytes(MIB))
        transport.close()
        await asyncio.sleep(0)
        assert ["pause", "resume", "pause", "lost"] == protocol.told

    async def test_closed_once(self, transport, protocol):
        transport.close()
        transport.abort()
        await asyncio.sleep(0)
        assert (["lost"], True) == (protocol.told, transport.is_closing())


class TestCancelling:
    """A cancelled put leaves nothing."""

    @pytest.mark.parametrize("count", [4, 80])  # 16 KiB each: answered at once, and in a thread
    @pytest.mark.parametrize("at", [0, 1, 3])
    async def test_at_the_nth_piece(self, s3, session, bucket, count, at):
        async def pieces() -> AsyncIterator[bytes]:
            for number in range(count):
                if number == at:
                    task.cancel()
                await asyncio.sleep(0)
                yield bytes(16384)

        async def put() -> None:
            headers = {"Content-Length": str(count * 16384)}
            await session.put(url_of(s3, "put_object"), data=pieces(), headers=headers)

        task = asyncio.create_task(put())
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (["hello.txt"], b"hello") == (list(bucket), bucket["hello.txt"].body)
        assert [] == list(s3.calls)

    @given(turns=st.integers(0, 40), size=st.sampled_from([10, 200_000, 2_000_000]), expect=st.booleans())
    def test_at_any_moment_it_is_all_or_nothing(self, turns, size, expect):
        async def put(s3: FakeS3) -> bool:
            async def whole() -> int:
                body = io.BytesIO(bytes(size))
                async with own.put(url_of(s3, "put_object"), data=body, expect100=expect) as answer:
                    return int(answer.status)

            async with aiohttp.ClientSession() as own:
                task = asyncio.create_task(whole())
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                try:
                    return await task == 200
                except asyncio.CancelledError:
                    return False

        with mock_s3() as s3:
            bucket = s3.create_bucket("bucket", objects={"hello.txt": "hello"})
            done = asyncio.run(put(s3))
            assert (size if done else 5) == bucket["hello.txt"].size

    async def test_by_a_time_limit(self, session, bucket, put_url):
        async def pieces() -> AsyncIterator[bytes]:
            yield b"ne"
            await asyncio.Event().wait()

        with pytest.raises(TimeoutError):
            await session.put(
                put_url, data=pieces(), headers={"Content-Length": "3"}, timeout=aiohttp.ClientTimeout(total=0.001)
            )
        assert ["hello.txt"] == list(bucket)


class TestOtherHosts:
    """What is not S3's goes where it would have gone, in the ways of this library."""

    async def test_a_server_of_the_tests_own(self, s3, session):
        async def answer(request: web.Request) -> web.Response:
            return web.Response(text="theirs")

        application = web.Application()
        application.router.add_get("/x", answer)
        async with TestServer(application) as server, session.get(server.make_url("/x")) as reply:
            assert "theirs" == await reply.text()
        assert 0 == len(s3.calls)

    async def test_redirects_are_followed_where_the_form_says(self, s3, session, bucket):
        async def answer(request: web.Request) -> web.Response:
            return web.Response(text=request.query["key"])

        application = web.Application()
        application.router.add_get("/done", answer)
        async with TestServer(application) as server:
            allowed = {"success_action_redirect": str(server.make_url("/done"))}
            form = s3.client().generate_presigned_post("bucket", "key", Fields=allowed, Conditions=[allowed])
            data = aiohttp.FormData(form["fields"])
            data.add_field("file", b"x", filename="file")
            async with session.post(form["url"], data=data) as reply:
                assert ("key", [303]) == (await reply.text(), [each.status for each in reply.history])


class TestWhichFake:
    """A task meets the fake that it, or what it grew out of, entered."""

    async def test_tasks_with_a_fake_each(self, session):
        barrier = asyncio.Barrier(3)

        async def get(url: Any) -> str:
            async with session.get(url) as answer:
                text: str = await answer.text()
                return text

        async def work(name: str) -> list[str]:
            async with mock_s3() as s3:
                s3.create_bucket("bucket", objects={"hello.txt": name})
                url = url_of(s3)
                await barrier.wait()
                mine = await get(url)
                async with asyncio.TaskGroup() as group:
                    inner = group.create_task(get(url))
                there = await asyncio.to_thread(lambda: current()["bucket"]["hello.txt"].text)
                await barrier.wait()
                return [mine, inner.result(), there]

        assert [["a"] * 3, ["b"] * 3, ["c"] * 3] == await asyncio.gather(*map(work, "abc"))

    def test_an_isolated_test_case(self):
        @mock_s3
        class Case(IsolatedAsyncioTestCase):
            async def asyncSetUp(self) -> None:
                current().create_bucket("bucket", objects={"hello.txt": "mine"})
                self.session = aiohttp.ClientSession()

            async def asyncTearDown(self) -> None:
                await self.session.close()

            async def test_it(self) -> None:
                async with self.session.get(url_of(current())) as answer:
                    assert "mine" == await answer.text()

        result = Case("test_it").run()
        assert result is not None
        assert ([], []) == (result.failures, result.errors)


class TestOpening:
    """The door is open while a fake is entered."""

    def test_gone_after_the_mock(self):
        before = BaseConnector.__dict__["connect"]
        with mock_s3():
            assert before is not BaseConnector.__dict__["connect"]
        assert before is BaseConnector.__dict__["connect"]

    async def test_left_before_another_mock(self, out, session):
        mock, theirs = mock_s3(), pytest.MonkeyPatch()
        mock.start()
        theirs.setattr(BaseConnector, "connect", None)
        mock.stop()
        theirs.undo()  # which puts ours back, and it passes everything on
        with pytest.raises(Left):
            await session.get("https://bucket.s3.amazonaws.com/key")
