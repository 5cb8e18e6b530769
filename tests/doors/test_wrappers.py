"""Wrappers that other programs put around the calls of boto3's clients, as tracing libraries do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from types import FunctionType
from typing import Any

import pytest
from botocore.client import BaseClient

from fakes3 import FakeS3, mock_s3

from .ways import BUCKET, counted_sends, plain_client

METHOD = "_make_api_call"
Wrapper = tuple[Callable[[], None], Callable[[], None]]
"""What puts a wrapper around the calls, and what takes it off."""


def make_plain(calls: list[str]) -> Wrapper:
    """Keep the method in a variable and put it back, as aws-xray and unittest.mock do."""
    kept: list[Any] = []

    def put_on() -> None:
        really = BaseClient.__dict__[METHOD]
        kept.append(really)

        @wraps(really)
        def call(client: Any, operation: str, given: Any) -> Any:
            calls.append(operation)
            return really(client, operation, given)

        setattr(BaseClient, METHOD, call)

    return put_on, lambda: setattr(BaseClient, METHOD, kept.pop())


def make_wrapt(calls: list[str]) -> Wrapper:
    """Find the wrapper where it was put, as opentelemetry and ddtrace do. What is no wrapper of theirs they leave."""
    wrapt = pytest.importorskip("wrapt")

    def call(really: Any, _client: Any, args: Any, kwargs: Any) -> Any:
        calls.append(args[0])
        return really(*args, **kwargs)

    def take_off() -> None:
        found = BaseClient.__dict__[METHOD]
        if isinstance(found, wrapt.FunctionWrapper):
            setattr(BaseClient, METHOD, found.__wrapped__)

    return lambda: wrapt.wrap_function_wrapper("botocore.client", f"BaseClient.{METHOD}", call), take_off


@pytest.fixture
def calls() -> list[str]:
    """The operations that the wrapper has seen."""
    return []


@pytest.fixture(params=[make_plain, make_wrapt], ids=["plain", "wrapt"])
def wrapper(request: pytest.FixtureRequest, calls: list[str]) -> Wrapper:
    made: Wrapper = request.param(calls)
    return made


@pytest.fixture(autouse=True)
def is_left_as_it_was() -> Iterator[None]:
    before = BaseClient.__dict__[METHOD]
    yield
    after = BaseClient.__dict__[METHOD]
    setattr(BaseClient, METHOD, before)
    assert after is before
    assert type(before) is FunctionType


@pytest.fixture(params=["auto", False, True])
def mock(request: pytest.FixtureRequest) -> Any:
    return mock_s3(direct=request.param)


def make_bucket(s3: FakeS3, number: int) -> None:
    plain_client().create_bucket(Bucket=f"{BUCKET}-{number}")
    assert f"{BUCKET}-{number}" in s3


class TestWrappers:
    """They see each call while they are on, are found where they were put, and leave nothing."""

    def test_put_on_before(self, mock, wrapper, calls):
        put_on, take_off = wrapper
        put_on()
        with mock as s3:
            make_bucket(s3, 1)
        take_off()
        assert ["CreateBucket"] == calls

    def test_put_on_before_and_taken_off_inside(self, mock, wrapper, calls):
        put_on, take_off = wrapper
        put_on()
        with mock as s3:
            make_bucket(s3, 1)
            take_off()
            make_bucket(s3, 2)
        assert ["CreateBucket"] == calls

    def test_put_on_and_taken_off_inside(self, mock, wrapper, calls):
        put_on, take_off = wrapper
        with mock as s3:
            for number in (1, 3):
                put_on()
                make_bucket(s3, number)
                take_off()
                make_bucket(s3, number + 1)
        assert ["CreateBucket"] * 2 == calls

    def test_taken_off_and_put_on_again_inside(self, mock, wrapper, calls):
        put_on, take_off = wrapper
        put_on()
        with mock as s3:
            for number in range(3):
                take_off()
                put_on()
                make_bucket(s3, number)
        take_off()
        assert ["CreateBucket"] * 3 == calls

    def test_put_on_inside_and_taken_off_after(self, mock, wrapper, calls):
        put_on, take_off = wrapper
        with mock as s3:
            put_on()
            make_bucket(s3, 1)
        take_off()
        with mock as s3:
            make_bucket(s3, 2)
        assert ["CreateBucket"] == calls


class TestDirectDoor:
    """It is open while a fake is entered that wants it, whichever was entered first."""

    @pytest.mark.parametrize("is_direct", [[False, True], [True, False]])
    @pytest.mark.parametrize("first_left", [0, 1])
    def test_two_fakes_left_in_any_order(self, is_direct, first_left):
        before = BaseClient.__dict__[METHOD]
        mocks = [mock_s3(direct=each) for each in is_direct]
        fakes = [each.start() for each in mocks]
        assert BaseClient.__dict__[METHOD] is not before
        with counted_sends() as sent:
            make_bucket(fakes[1], 1)
        assert is_direct[1] is not bool(sent)
        mocks[first_left].stop()
        stays = 1 - first_left
        assert is_direct[stays] is (BaseClient.__dict__[METHOD] is not before)
        with counted_sends() as sent:
            make_bucket(fakes[stays], 2)
        assert is_direct[stays] is not bool(sent)
        mocks[stays].stop()

    def test_opens_again(self):
        before = BaseClient.__dict__[METHOD]
        with mock_s3(direct=False):
            for number in range(2):
                with mock_s3(direct=True) as s3, counted_sends() as sent:
                    make_bucket(s3, number)
                    assert sent == []
                assert BaseClient.__dict__[METHOD] is before
