"""aiobotocore is answered above HTTP too, and whatever is called, the answers are those of HTTP."""

from __future__ import annotations

import asyncio
import hashlib
import io
from base64 import b64encode
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3.model.errors import InternalError, SlowDown
from fakes3.operations.service import Service

from .test_direct_both_ways import CALLS, steps, strange
from .ways import BEGIN, BUCKET, Way, check_both_ways

aiobotocore = pytest.importorskip("aiobotocore")
from aiobotocore.session import get_session  # noqa: E402

KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret", "region_name": "us-east-1"}


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
        async with answer["Body"] as body:
            data = await body.read()
        return {**answer, "Body": Read(data), "kind": type(answer["Body"])}


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

    @given(calls=st.lists(steps, max_size=12))
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

    @pytest.mark.parametrize(("name", "members"), strange)
    def test_what_somebody_refuses(self, client, name, members):
        check_both_ways([*BEGIN, (name, members)], client)
