"""aiobotocore is answered above HTTP too, and whatever is called, the answers are those of HTTP."""

from __future__ import annotations

import asyncio
import gc
import io
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.exceptions import ClientError, HTTPClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3 import FakeS3, mock_s3
from fakes3.doors import direct, direct_aiobotocore
from fakes3.model.errors import InternalError, SlowDown
from fakes3.operations.service import Service

from .test_direct_both_ways import CALLS, steps, strange
from .ways import BEGIN, BUCKET, Way, check_both_ways, frozen_fake

aiobotocore = pytest.importorskip("aiobotocore")
import aiohttp  # noqa: E402
from aiobotocore.client import AioBaseClient  # noqa: E402
from aiobotocore.config import AioConfig  # noqa: E402
from aiobotocore.httpsession import AIOHTTPSession  # noqa: E402
from aiobotocore.session import get_session  # noqa: E402
from aiobotocore.signers import AioRequestSigner  # noqa: E402
from aiobotocore.stub import AioStubber  # noqa: E402

KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret", "region_name": "us-east-1"}


ON_ONE_CLIENT = [each for each in strange if not str(each[1]["Bucket"]).endswith("--x-s3")]
"""Calls that end the same on one client. aiobotocore before 2.20 remembers that a session could not be begun."""


class Read:
    """What a body held that was read in its loop."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self) -> bytes:
        return self._data


class InLoop:
    """A client of aiobotocore, whose calls end before they return."""

    def __init__(self, loop: asyncio.AbstractEventLoop, client: Any) -> None:
        self._loop = loop
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return lambda **parameters: self._loop.run_until_complete(self._call(name, parameters))

    async def _call(self, name: str, parameters: dict[str, Any]) -> Any:
        answer = await getattr(self._client, name)(**parameters)
        if "Body" not in answer:
            return answer
        kind = type(answer["Body"])
        async with answer["Body"] as body:
            data = await body.read()
        return {**answer, "Body": Read(data), "kind": kind}


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="module")
def client(loop: asyncio.AbstractEventLoop) -> Iterator[InLoop]:
    """A client that both ways share: it is neither's own."""
    stack = AsyncExitStack()
    entered = stack.enter_async_context(get_session().create_client("s3", **KEYS))
    yield InLoop(loop, loop.run_until_complete(entered))
    loop.run_until_complete(stack.aclose())


class TestTwoWays:
    """A direct call answers, raises, changes and records what the same call does over HTTP."""

    @given(calls=st.lists(steps.filter(lambda step: step not in strange or step in ON_ONE_CLIENT), max_size=12))
    @settings(max_examples=60)
    def test_whatever_is_called(self, client, calls):
        check_both_ways(BEGIN + calls, client)

    @pytest.mark.parametrize("name", sorted(CALLS))
    def test_each_call_alone(self, client, name):
        @given(st.booleans(), st.lists(CALLS[name], min_size=1, max_size=2))
        @settings(max_examples=6)
        def both_ways(versioned, several):
            versioning = [
                ("put_bucket_versioning", {"Bucket": BUCKET, "VersioningConfiguration": {"Status": "Enabled"}})
            ]
            puts = [("put_object", {"Bucket": BUCKET, "Key": each, "Body": b"hello"}) for each in ("a", "b/c")]
            uploads = [("create_multipart_upload", {"Bucket": BUCKET, "Key": "a"})]
            calls = [(name, each) for each in several]
            check_both_ways(BEGIN + (versioning if versioned else []) + puts + uploads + calls, client)

        both_ways()

    @pytest.mark.parametrize(("name", "members"), ON_ONE_CLIENT)
    def test_what_somebody_refuses(self, client, name, members):
        check_both_ways([*BEGIN, (name, members)], client)

    @pytest.mark.parametrize("body", [b"hello", io.BytesIO(b"hello"), b"x" * 300_000, io.BytesIO(b"x" * 300_000)])
    def test_bodies(self, client, body):
        def go(*, direct: bool) -> Any:
            way = Way(client, direct=direct)
            if isinstance(body, io.BytesIO):
                body.seek(0)
            members = {"Bucket": BUCKET, "Key": "a", "Body": body}
            return [
                way.go([*BEGIN, ("put_object", members), ("get_object", {"Bucket": BUCKET, "Key": "a"})]),
                way.s3.tree(),
            ]

        assert go(direct=False) == go(direct=True)

    def test_the_region_is_another(self, client):
        """aiohttp follows the redirect by itself, without the signature."""
        there = {"Bucket": "elsewhere", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
        place = {"Bucket": "elsewhere", "Key": "a"}

        def go(*, direct: bool) -> Any:
            calls: list[tuple[str, Any]] = [
                ("put_object", place | {"Body": b"x"}),
                ("put_object", place | {"Body": io.BytesIO(b"x")}),
                ("get_object", place),
                ("list_objects_v2", {"Bucket": "elsewhere"}),
            ]
            way = Way(client, direct=direct)
            return [way.go([("create_bucket", there), *calls]), way.s3.service.calls]

        expected = go(direct=False)
        assert expected == go(direct=True)
        assert "TemporaryRedirect" in [call.error for call in expected[1]]

    def test_s3_fails_at_first(self, client):
        def answers(*, direct: bool) -> list[Any]:
            way = Way(client, direct=direct)
            way.s3.create_bucket(BUCKET, objects={"a": "x"})
            failures = [InternalError(), None, SlowDown(), None, InternalError(), None, InternalError(), None]
            really_perform = Service.perform

            def perform(*args: Any, **kwargs: Any) -> Any:
                failure = failures.pop(0)
                if failure is not None:
                    raise failure
                return really_perform(*args, **kwargs)

            with mock.patch.object(Service, "perform", perform):
                found = way.go(
                    [
                        ("put_object", {"Bucket": BUCKET, "Key": "k", "Body": b"hello"}),
                        ("put_object", {"Bucket": BUCKET, "Key": "k", "Body": io.BytesIO(b"hello")}),
                        ("list_objects_v2", {"Bucket": BUCKET}),
                        ("delete_objects", {"Bucket": BUCKET, "Delete": {"Objects": [{"Key": "a"}]}}),
                    ]
                )
            assert way.s3[BUCKET]["k"].text == "hello"
            return [found, way.s3.service.calls]

        expected = answers(direct=False)
        assert expected == answers(direct=True)
        assert [each["ResponseMetadata"]["RetryAttempts"] for each in expected[0]] == [1, 1, 1, 1]


# ---- One call, as a program makes it ----

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def sends(client: Any, s3: FakeS3) -> bool:
    """Whether a call of the client is sent. It is answered either way."""
    before = s3.calls.count()
    with mock.patch("fakes3.doors.direct_aiobotocore.handle", wraps=direct.handle) as above_http:
        await client.list_buckets()
    assert before + 1 == s3.calls.count()
    return not above_http.called


def made(**options: Any) -> Any:
    return get_session().create_client("s3", **KEYS, **options)


def watched(owner: Any, name: str) -> Any:
    """Put a function in the place of one of a library that does the same."""
    really = getattr(owner, name)
    return mock.patch.object(owner, name, lambda *args, **kwargs: really(*args, **kwargs))


class TestByDefault:
    """Nothing is sent where nobody could see it."""

    async def test_by_a_plain_client(self, s3):
        async with made() as client:
            assert not await sends(client, s3)

    async def test_it_can_be_refused(self):
        with mock_s3(direct=False) as s3:
            async with made() as client:
                assert await sends(client, s3)

    @pytest.mark.parametrize(
        ("owner", "name"),
        [
            (AIOHTTPSession, "send"),
            (AioRequestSigner, "sign"),
            (aiohttp.ClientSession, "_request"),
            (aiohttp.ClientSession, "__init__"),
            (aiohttp.ClientResponse, "start"),
            (aiohttp.TCPConnector, "connect"),
        ],
    )
    async def test_a_program_that_watches_is_served(self, s3, owner, name):
        async with made() as client:
            with watched(owner, name):
                assert await sends(client, s3)
            assert not await sends(client, s3)

    async def test_listeners_that_see_requests_are_served(self, s3):
        seen: list[str] = []

        async def listen(request: Any, **_: Any) -> None:
            seen.append(request.url)

        async with made() as client:
            client.meta.events.register("before-send.s3", listen)
            assert await sends(client, s3)
            client.meta.events.unregister("before-send.s3", listen)
            assert not await sends(client, s3)
        assert ["https://s3.amazonaws.com/"] == seen

    async def test_a_stub_answers(self, s3):
        async with made() as client:
            with AioStubber(client) as stub:
                stub.add_response("list_buckets", {"Buckets": [{"Name": "stubbed"}]})
                assert [{"Name": "stubbed"}] == (await client.list_buckets())["Buckets"]
        assert 0 == s3.calls.count()

    async def test_a_log_of_the_wire_is_served(self, s3, caplog):
        async with made() as client:
            with caplog.at_level("DEBUG", "botocore.endpoint"):
                assert await sends(client, s3)

    async def test_a_proxy_is_served(self, s3):
        async with made(config=AioConfig(proxies={"https": "http://localhost:1"})) as client:
            assert await sends(client, s3)

    async def test_a_session_of_the_programs_own_is_served(self, s3):
        own = type("Own", (AIOHTTPSession,), {})
        if not hasattr(AioConfig(), "http_session_cls"):
            pytest.skip("this aiobotocore takes no class")
        async with made(config=AioConfig(http_session_cls=own)) as client:
            assert await sends(client, s3)

    async def test_a_client_that_is_closed_cannot_send(self, s3):
        async with made() as client:
            assert not await sends(client, s3)
        if client._endpoint.http_session._sessions is not None:
            pytest.skip("a closed client of this aiobotocore sends")
        with pytest.raises(HTTPClientError):
            await client.list_buckets()

    async def test_a_tracer_around_calls_sees_each(self):
        seen: list[str] = []
        really = AioBaseClient._make_api_call

        async def trace(client: Any, name: str, parameters: Any) -> Any:
            seen.append(name)
            return await really(client, name, parameters)

        with mock.patch.object(AioBaseClient, "_make_api_call", trace), mock_s3() as s3:
            async with made() as client:
                assert await sends(client, s3)
        assert ["ListBuckets"] == seen

    async def test_another_aiobotocore_without_these_classes_sends(self, monkeypatch):
        monkeypatch.delattr("aiobotocore.parsers.AioRestXMLParser")
        direct_aiobotocore._find_witnesses.cache_clear()
        try:
            with mock_s3() as s3:
                async with made() as client:
                    assert await sends(client, s3)
        finally:
            direct_aiobotocore._find_witnesses.cache_clear()


class TestTurns:
    """A call lets other tasks run, and is made whole or not at all."""

    async def test_other_tasks_run_during_each_call(self, s3):
        turns: list[int] = []

        async def count() -> None:
            while True:
                turns.append(1)
                await asyncio.sleep(0)

        async with made() as client:
            task = asyncio.create_task(count())
            for number in range(1, 6):
                await client.list_buckets()
                assert len(turns) >= number
            task.cancel()

    async def test_a_call_that_is_cancelled_at_once_is_not_made(self, s3):
        async with made() as client:
            task = asyncio.create_task(client.create_bucket(Bucket="bucket"))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert 0 == s3.calls.count()

    async def test_a_mock_that_ends_meanwhile_does_not_answer(self):
        inner = mock_s3()
        with mock_s3() as outer:
            async with made() as client:
                fake = inner.__enter__()
                task = asyncio.create_task(client.list_buckets())
                asyncio.get_running_loop().call_soon(inner.__exit__, None, None, None)
                await task
                assert (0, 1) == (fake.calls.count(), outer.calls.count())


class TestBodies:
    """An object's bytes come as aiobotocore has them."""

    async def read(self, size: int, read: Any, *, direct: bool) -> Any:
        s3 = frozen_fake()
        s3.create_bucket(BUCKET, objects={"a": bytes(range(251)) * (size // 251) + b"\n" * (size % 251)})
        with mock_s3(fake=s3, direct=direct):
            async with made() as client:
                answer = await client.get_object(Bucket=BUCKET, Key="a")
                return await read(answer["Body"])

    @pytest.mark.parametrize("size", [0, 5, 1000, 65_536, 70_000, 1_000_000])
    async def test_read_in_any_way(self, size):
        async def whole(body: Any) -> Any:
            return [await body.read(), body.tell(), await body.read()]

        async def by_the_read(body: Any) -> Any:
            async with body:
                return [await body.read(3), await body.read(50_000), await body.read(50_000), body.tell()]

        async def in_chunks(body: Any) -> Any:
            return [chunk async for chunk in body.iter_chunks(40_000)]

        async def by_lines(body: Any) -> Any:
            return [line async for line in body.iter_lines()]

        async def in_a_block(body: Any) -> Any:
            async with body as own:
                return [await own.content.read(4)] if hasattr(own, "content") else [await own.read(4)]

        for each in (whole, by_the_read, in_chunks, by_lines, in_a_block):
            assert await self.read(size, each, direct=False) == await self.read(size, each, direct=True), each

    @pytest.mark.parametrize("direct", [False, True])
    async def test_a_large_one_that_is_dropped(self, direct):
        async def drop(body: Any) -> Any:
            del body

        async def read_and_collect() -> None:
            await self.read(1_000_000, drop, direct=direct)
            gc.collect()

        with pytest.warns(ResourceWarning, match="Unclosed connection"):
            await read_and_collect()

    @pytest.mark.parametrize("direct", [False, True])
    async def test_of_a_client_that_is_not_closed(self, direct):
        async def call_and_collect() -> None:
            client = await made().__aenter__()
            await client.list_buckets()
            del client
            gc.collect()

        with mock_s3(direct=direct), pytest.warns(ResourceWarning, match="Unclosed client session"):
            await call_and_collect()

    async def test_what_lies_below(self):
        async def below(body: Any) -> Any:
            raw = getattr(body, "raw_stream", None) or body.__wrapped__
            about = [type(raw), raw.status, raw.reason, raw.version, raw.raw_headers, str(raw.url), raw.method]
            return [*about, raw.closed, await raw.read(), raw.closed, raw.content.at_eof()]

        assert await self.read(5, below, direct=False) == await self.read(5, below, direct=True)


class TestEvents:
    """A program hears of responses what it hears over HTTP."""

    async def hear(self, *, direct: bool) -> Any:
        heard: list[Any] = []
        s3 = frozen_fake()
        s3.create_bucket(BUCKET, objects={"a": "x"})

        async def listen(event_name: str, **about: Any) -> None:
            response = about.get("response_dict") or {}
            heard.append((event_name, response.get("status_code"), dict(response.get("headers", {}))))
            heard.append((about.get("parsed"), sorted(about)))

        with mock_s3(fake=s3, direct=direct):
            async with made() as client:
                for event in ("response-received", "before-parse", "after-call", "needs-retry", "before-call"):
                    client.meta.events.register(f"{event}.s3", listen)
                await client.list_objects_v2(Bucket=BUCKET)
                await client.head_object(Bucket=BUCKET, Key="a")
                with pytest.raises(ClientError):
                    await client.head_object(Bucket=BUCKET, Key="none")
        return heard

    async def test_are_the_same(self):
        assert await self.hear(direct=False) == await self.hear(direct=True)


class TestListeners:
    """aiobotocore's own listeners in a new session."""

    def test_are_those_without_a_mock(self):
        def listeners() -> list[str]:
            emitter = get_session().get_component("event_emitter")
            names = (
                "before-parameter-build.s3.PutObject",
                "before-call.s3",
                "choose-signer.s3.X",
                "creating-client-class.s3",
            )
            return [str(emitter._emitter._handlers.prefix_search(name)) for name in names]

        expected = listeners()
        with mock_s3():
            boto3.Session().client("s3", region_name="us-east-1")  # whose listeners are others
            assert [expected] * 2 == [listeners() for _ in range(2)]

    async def test_a_session_has_its_own(self, s3):
        heard: list[str] = []
        first, second = get_session(), get_session()
        first.get_component("event_emitter").register("before-call.s3", lambda **_: heard.append("first"))
        for session in (second, first):
            async with session.create_client("s3", **KEYS) as client:
                await client.list_buckets()
        assert ["first"] == heard
