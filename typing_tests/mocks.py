"""What `mock_s3` decorates keeps its type, and what it is entered for is a `FakeS3`."""

from __future__ import annotations

import unittest
from collections.abc import AsyncIterator, Callable, Iterator
from typing import assert_type

import fakes3
from fakes3 import FakeS3, mock_s3


@mock_s3
def function(name: str, *, twice: bool = False) -> int:
    return len(name) + twice


@mock_s3()
def function_with_parentheses(name: str) -> int:
    return len(name)


@mock_s3(region="eu-west-1", direct=True)
def function_with_options() -> FakeS3:
    return fakes3.current()


@mock_s3
async def coroutine(name: str) -> int:
    return len(name)


@mock_s3(seed=7)
async def coroutine_with_options() -> bytes:
    return b""


@mock_s3
def generator() -> Iterator[str]:
    yield "name"


@mock_s3()
async def async_generator() -> AsyncIterator[str]:
    yield "name"


@mock_s3
class TestPlain:
    limit = 3

    def test_it(self) -> int:
        return self.limit


@mock_s3(bucket_defaults="2022")
class TestCase(unittest.TestCase):
    def test_it(self) -> None:
        assert self.id()


class TestMethods:
    @mock_s3
    def test_it(self, tmp_path: str) -> None: ...

    @mock_s3(enforce_iam=True)
    async def test_later(self) -> None: ...


def decorated() -> None:
    assert_type(function("cat", twice=True), int)
    assert_type(function_with_parentheses("cat"), int)
    assert_type(function_with_options(), FakeS3)
    assert_type(generator(), Iterator[str])
    assert_type(async_generator(), AsyncIterator[str])
    assert_type(TestPlain().test_it(), int)
    assert_type(TestPlain.limit, int)
    assert_type(TestCase("test_it").countTestCases(), int)
    assert_type(TestMethods().test_it("here"), None)
    function(3)  # type: ignore[arg-type]
    function_with_parentheses()  # type: ignore[call-arg]


async def awaited() -> None:
    assert_type(await coroutine("cat"), int)
    assert_type(await coroutine_with_options(), bytes)
    assert_type(await TestMethods().test_later(), None)
    await coroutine(3)  # type: ignore[arg-type]


def entered() -> None:
    with mock_s3() as s3:
        assert_type(s3, FakeS3)
    mock = mock_s3(fake=FakeS3(region="eu-west-1"))
    assert_type(mock.start(), FakeS3)
    assert_type(mock.stop(), None)
    assert_type(fakes3.current(), FakeS3)


async def entered_by_a_coroutine() -> None:
    async with mock_s3() as s3:
        assert_type(s3, FakeS3)


def every_option() -> None:
    mock_s3(
        region="eu-west-1",
        account="111122223333",
        enforce_iam=True,
        verify_signatures=True,
        endpoints=["http://minio:9000"],
        passthrough=("sqs.us-east-1.amazonaws.com",),
        bucket_defaults="today",
        seed=1,
        fake=None,
        direct="auto",
        nested="fresh",
        min_part_size=5 * 1024**2,
    )


def mistakes() -> None:
    mock_s3(regoin="eu-west-1")  # type: ignore[call-overload]
    mock_s3(region=1)  # type: ignore[call-overload]
    mock_s3(account=111122223333)  # type: ignore[call-overload]
    mock_s3(bucket_defaults="2021")  # type: ignore[call-overload]
    mock_s3(direct="never")  # type: ignore[call-overload]
    mock_s3(nested="shared")  # type: ignore[call-overload]
    mock_s3(fake="me")  # type: ignore[call-overload]
    mock_s3("eu-west-1")  # type: ignore[call-overload]


def given_on(decorate: Callable[[Callable[[int], str]], Callable[[int], str]]) -> None:
    """A mock is a decorator like others."""


given_on(mock_s3)
given_on(mock_s3(seed=1))
