"""`mock_s3` in every form, how its entries nest and part, and that it leaves everything as it was."""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import fakes3
from fakes3 import FakeS3, UsageError, mock_s3


def names() -> list[str]:
    """The buckets that a client which is created now meets."""
    client: Any = boto3.client("s3")
    return [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]


class TestDecoratedFunction:
    """A decorated function is one entry of a fresh fake at each call."""

    def test_bare(self):
        @mock_s3
        def call() -> list[str]:
            fakes3.current().create_bucket("pictures")
            return names()

        assert ["pictures"] == call()
        assert ["pictures"] == call()

    def test_called(self):
        @mock_s3(region="eu-west-1", account="111122223333")
        def call() -> tuple[str, str]:
            return fakes3.current().region, fakes3.current().account_id

        assert ("eu-west-1", "111122223333") == call()

    def test_keeps_its_name_and_signature(self):
        @mock_s3
        def test_it(tmp_path: str, *, twice: bool = False) -> None:
            """What it is for."""

        assert "test_it" == test_it.__name__
        assert "What it is for." == test_it.__doc__
        assert ["tmp_path", "twice"] == list(inspect.signature(test_it).parameters)

    def test_answers_and_raises_what_the_function_does(self, touched):
        @mock_s3
        def call(value: int) -> int:
            if not value:
                raise ZeroDivisionError("nothing")
            return 10 // value

        before = touched()
        assert 5 == call(2)
        with pytest.raises(ZeroDivisionError, match="nothing"):
            call(0)
        assert before == touched()

    def test_recursion_meets_a_fresh_fake_each_time(self):
        @mock_s3
        def call(depth: int) -> list[list[str]]:
            fakes3.current().create_bucket(f"depth-{depth}")
            deeper = call(depth - 1) if depth else []
            return [*deeper, names()]

        assert [["depth-0"], ["depth-1"], ["depth-2"]] == call(2)

    def test_coroutine(self, touched):
        @mock_s3
        async def call() -> list[str]:
            fakes3.current().create_bucket("pictures")
            await asyncio.sleep(0)
            return names()

        before = touched()
        assert inspect.iscoroutinefunction(call)
        assert ["pictures"] == asyncio.run(call())
        assert before == touched()

    def test_generator_is_entered_from_its_first_step_to_its_last(self, touched):
        @mock_s3
        def steps() -> Any:
            fakes3.current().create_bucket("pictures")
            sent = yield names()
            yield sent
            return "done"

        before = touched()
        running = steps()
        assert inspect.isgeneratorfunction(steps)
        assert before == touched()
        assert ["pictures"] == next(running)
        assert ["pictures"] == names()
        assert "sent" == running.send("sent")
        with pytest.raises(StopIteration, match="done"):
            next(running)
        assert before == touched()

    def test_generator_that_is_closed_early_leaves(self, touched):
        @mock_s3
        def steps() -> Any:
            yield 1
            yield 2

        before = touched()
        running = steps()
        next(running)
        running.close()
        assert before == touched()

    def test_async_generator(self, touched):
        @mock_s3
        async def steps() -> Any:
            fakes3.current().create_bucket("pictures")
            yield names()
            yield names()

        async def walk() -> list[list[str]]:
            return [step async for step in steps()]

        before = touched()
        assert inspect.isasyncgenfunction(steps)
        assert [["pictures"], ["pictures"]] == asyncio.run(walk())
        assert before == touched()

    def test_async_generator_may_end_in_another_task(self, touched):
        @mock_s3
        async def fixture() -> Any:
            yield fakes3.current()

        async def walk() -> None:
            one, other = fixture(), fixture()
            first = await asyncio.create_task(anext(one))
            await asyncio.create_task(anext(other))
            await asyncio.create_task(other.aclose())
            assert fakes3.current() is first
            await asyncio.create_task(one.aclose())

        before = touched()
        asyncio.run(walk())
        assert before == touched()


class TestContextManager:
    def test_with_hands_over_the_fake(self):
        with mock_s3() as s3:
            assert isinstance(s3, FakeS3)
            assert fakes3.current() is s3
            boto3.client("s3").create_bucket(Bucket="pictures")
            assert ["pictures"] == list(s3.buckets)

    def test_async_with(self, touched):
        async def walk() -> None:
            async with mock_s3() as s3:
                s3.create_bucket("pictures")
                assert ["pictures"] == names()

        before = touched()
        asyncio.run(walk())
        assert before == touched()

    def test_start_and_stop(self, touched):
        before = touched()
        mock = mock_s3()
        s3 = mock.start()
        s3.create_bucket("pictures")
        assert ["pictures"] == names()
        mock.stop()
        assert before == touched()

    def test_stop_without_start(self):
        with pytest.raises(UsageError) as caught:
            mock_s3().stop()
        assert "This mock_s3 is not active, so it cannot be stopped. Call start() before stop()." == str(caught.value)

    def test_stop_twice(self):
        mock = mock_s3()
        mock.start()
        mock.stop()
        with pytest.raises(UsageError, match=r"Call start\(\) before stop\(\)\.$"):
            mock.stop()

    def test_given_fake_is_entered_as_it_is(self):
        given = FakeS3(region="eu-west-1")
        given.create_bucket("pictures")
        mock = mock_s3(fake=given)
        for _ in range(2):
            with mock as s3:
                assert s3 is given
                assert ["pictures"] == names()
                assert "eu-west-1" == os.environ["AWS_DEFAULT_REGION"]


class TestNestedMocks:
    """The inner mock is a new fake, and the outer one is back afterwards."""

    def test_inner_is_fresh_and_outer_is_back(self):
        with mock_s3() as outer:
            outer.create_bucket("outer")
            client: Any = boto3.client("s3")
            with mock_s3(region="eu-west-1") as inner:
                assert [] == names()
                inner.create_bucket("inner")
                assert ["inner"] == [each["Name"] for each in client.list_buckets()["Buckets"]]
                assert fakes3.current() is inner
            assert ["outer"] == names()
            assert fakes3.current() is outer

    def test_same_object_twice(self, touched):
        before = touched()
        mock = mock_s3()
        with mock as outer:
            with mock as inner:
                assert inner is not outer
                assert fakes3.current() is inner
            assert fakes3.current() is outer
        assert before == touched()

    def test_left_in_another_order(self, touched):
        before = touched()
        first, second, third = mock_s3(), mock_s3(region="eu-west-1"), mock_s3(region="eu-west-2")
        fakes = [first.start(), second.start(), third.start()]
        first.stop()
        assert fakes3.current() is fakes[2]
        third.stop()
        assert fakes3.current() is fakes[1]
        assert "eu-west-1" == os.environ["AWS_REGION"]
        second.stop()
        assert before == touched()

    def test_what_the_outer_test_set_in_the_environment_is_back(self, monkeypatch):
        with mock_s3():
            monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
            monkeypatch.setenv("AWS_PROFILE", "mine")
            with mock_s3(region="eu-west-1"):
                assert "eu-west-1" == os.environ["AWS_DEFAULT_REGION"]
                assert "AWS_PROFILE" not in os.environ
            assert ("ap-south-1", "mine") == (os.environ["AWS_DEFAULT_REGION"], os.environ["AWS_PROFILE"])
            monkeypatch.undo()


class TestThreadsAndTasks:
    def test_each_thread_sees_its_own(self, touched):
        everybody = threading.Barrier(8)

        def work(number: int) -> bool:
            with mock_s3() as s3:
                everybody.wait()
                client: Any = boto3.session.Session().client("s3")
                client.create_bucket(Bucket=f"bucket-{number}")
                everybody.wait()
                seen = [each["Name"] for each in client.list_buckets()["Buckets"]]
                everybody.wait()
                return fakes3.current() is s3 and seen == [f"bucket-{number}"]

        before = touched()
        with ThreadPoolExecutor(8) as pool:
            assert [True] * 8 == list(pool.map(work, range(8)))
        assert before == touched()

    def test_threads_without_a_mock_see_the_latest(self):
        with mock_s3(), mock_s3() as latest, ThreadPoolExecutor(1) as pool:
            assert pool.submit(fakes3.current).result() is latest

    def test_started_in_one_thread_and_stopped_in_another(self, touched):
        before = touched()
        mock = mock_s3()
        with ThreadPoolExecutor(1) as pool:
            s3 = pool.submit(mock.start).result()
            assert fakes3.current() is s3
        mock.stop()
        assert before == touched()

    def test_each_task_sees_its_own(self, touched):
        async def work(number: int, everybody: asyncio.Barrier) -> list[str]:
            async with mock_s3() as s3:
                s3.create_bucket(f"bucket-{number}")
                await everybody.wait()
                return names()

        async def walk() -> list[list[str]]:
            everybody = asyncio.Barrier(4)
            return await asyncio.gather(*(work(number, everybody) for number in range(4)))

        before = touched()
        assert [[f"bucket-{number}"] for number in range(4)] == asyncio.run(walk())
        assert before == touched()

    def test_tasks_inherit_the_mock_they_were_started_under(self):
        async def walk() -> None:
            async with mock_s3() as outer:
                task = asyncio.create_task(look())
                async with mock_s3():
                    assert await task is outer

        async def look() -> FakeS3:
            await asyncio.sleep(0)
            return fakes3.current()

        asyncio.run(walk())

    def test_entering_and_leaving_from_many_threads_restores_everything(self, touched):
        def work(_: int) -> None:
            for _ in range(20):
                with mock_s3(region="eu-west-1") as outer, mock_s3():
                    assert fakes3.current() is not outer

        before = touched()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
        assert before == touched()


class TestRestoring:
    """Afterwards everything is as it was."""

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
    def test_also_when_the_body_raises(self, error, touched):
        before = touched()
        with pytest.raises(error):
            with mock_s3(), mock_s3(region="eu-west-1"):
                raise error
        assert before == touched()

    def test_environment_stands_and_is_restored(self, monkeypatch):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "REAL")
        monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
        monkeypatch.setenv("AWS_PROFILE", "production")
        monkeypatch.delenv("AWS_REGION", raising=False)
        before = dict(os.environ)
        with mock_s3(region="eu-central-1"):
            assert "REAL" != os.environ["AWS_ACCESS_KEY_ID"]
            assert "eu-central-1" == os.environ["AWS_REGION"] == os.environ["AWS_DEFAULT_REGION"]
            assert "AWS_SESSION_TOKEN" not in os.environ
            assert "AWS_PROFILE" not in os.environ
        assert before == dict(os.environ)

    def test_default_session_is_back(self, monkeypatch):
        mine = boto3.session.Session(aws_access_key_id="REAL", aws_secret_access_key="real", region_name="eu-west-1")
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", mine)
        with mock_s3():
            boto3.client("s3")
            assert boto3.DEFAULT_SESSION is not mine
        assert boto3.DEFAULT_SESSION is mine

    def test_several_of_one_exit_stack(self, touched):
        before = touched()
        with pytest.raises(ClientError, match="NoSuchBucket"), ExitStack() as stack:
            for _ in range(3):
                stack.enter_context(mock_s3())
            boto3.client("s3").list_objects_v2(Bucket="missing")
        assert before == touched()

    def test_a_patch_over_ours_that_outlives_us_is_left_in_place(self, monkeypatch):
        from botocore.httpsession import URLLib3Session

        real = URLLib3Session.__dict__["send"]
        sent: list[str] = []

        def stub(session: Any, request: Any) -> Any:
            raise ConnectionError("the real send")

        monkeypatch.setattr(URLLib3Session, "send", stub)
        client: Any = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        with mock_s3():
            ours = URLLib3Session.__dict__["send"]

            def over(session: Any, request: Any) -> Any:
                sent.append(request.url)
                return ours(session, request)

            URLLib3Session.send = over  # type: ignore[method-assign, assignment]
            client.list_buckets()
        assert URLLib3Session.__dict__["send"] is over
        with pytest.raises(ConnectionError, match="the real send"):
            client.list_buckets()
        assert 2 == len(sent)
        URLLib3Session.send = stub  # type: ignore[method-assign, assignment]
        monkeypatch.undo()
        assert URLLib3Session.__dict__["send"] is real


class TestCurrent:
    def test_none_is_active(self):
        with pytest.raises(UsageError) as caught:
            fakes3.current()
        assert "No fake S3 is active. Call fakes3.current() inside @mock_s3 or `with mock_s3():`." == str(caught.value)


class TestOldBuckets:
    @mock_s3(bucket_defaults="2022")
    def test_they_are_made_as_before_april_2023(self):
        boto3.client("s3").create_bucket(Bucket="old", ACL="public-read")
        assert ("AllUsers", "READ") in fakes3.current()["old"].acl

    @mock_s3(bucket_defaults="2025")
    def test_they_are_made_as_before_april_2026(self):
        client = boto3.client("s3")
        client.create_bucket(Bucket="older")
        client.put_object(Bucket="older", Key="k", SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32)
        with pytest.raises(ClientError, match="AccessControlListNotSupported"):
            client.put_bucket_acl(Bucket="older", ACL="public-read")


class TestBadUse:
    """A mistake by the test author is a `UsageError`, whose last sentence is the remedy."""

    @pytest.mark.parametrize(
        ("options", "text"),
        [
            (
                {"enforce_iam": "yes"},
                "enforce_iam= cannot be 'yes'. Give True or False.",
            ),
            (
                {"verify_signatures": 1},
                "verify_signatures= cannot be 1. Give True or False.",
            ),
            (
                {"bucket_defaults": "2021"},
                'bucket_defaults= cannot be \'2021\'. Give "today", "2025" or "2022".',
            ),
            ({"bucket_defaults": None}, 'bucket_defaults= cannot be None. Give "today", "2025" or "2022".'),
            ({"seed": "one"}, "seed= cannot be 'one'. Give a whole number."),
            ({"seed": True}, "seed= cannot be True. Give a whole number."),
            ({"direct": "never"}, "mock_s3(direct=...) cannot be 'never'. Give True, False or \"auto\"."),
            ({"direct": 1}, 'mock_s3(direct=...) cannot be 1. Give True, False or "auto".'),
            ({"nested": True}, 'nested= cannot be True. Give "fresh" or "share".'),
            (
                {"fake": FakeS3(), "nested": "share"},
                'mock_s3(fake=...) enters this fake, and nested="share" that of the mock around it. '
                "Leave out one of them.",
            ),
            *(
                (
                    {"min_part_size": size},
                    f"min_part_size= cannot be {size!r}. Give a number of bytes, such as 1; S3's own is 5 MiB.",
                )
                for size in (-1, 5.0, True, "5 MiB")
            ),
            (
                {"endpoints": 9000},
                'mock_s3(endpoints=...) cannot take 9000 for a host. Give hosts or URLs, such as "http://minio:9000".',
            ),
            (
                {"endpoints": "http://minio:9000"},
                "mock_s3(endpoints=...) takes several hosts. Give a list: endpoints=['http://minio:9000'].",
            ),
            (
                {"passthrough": "minio"},
                "mock_s3(passthrough=...) takes several hosts. Give a list: passthrough=['minio'].",
            ),
            (
                {"passthrough": [9000]},
                "mock_s3(passthrough=...) cannot take 9000 for a host. "
                'Give hosts or URLs, such as "http://minio:9000".',
            ),
            (
                {"endpoints": [""]},
                "mock_s3(endpoints=...) cannot take '' for a host. Give hosts or URLs, such as \"http://minio:9000\".",
            ),
            ({"region": "mars"}, "'mars' is not an AWS region. Give one such as 'us-east-1' or 'eu-central-1'."),
            ({"region": None}, "None is not an AWS region. Give one such as 'us-east-1' or 'eu-central-1'."),
            ({"account": "12"}, "'12' is not an AWS account id. Give 12 digits, such as '123456789012'."),
            (
                {"account": 123456789012},
                "123456789012 is not an AWS account id. Give 12 digits, such as '123456789012'.",
            ),
            (
                {"endpoints": ["http://"]},
                "mock_s3(endpoints=...) cannot take 'http://' for a host. "
                'Give hosts or URLs, such as "http://minio:9000".',
            ),
            (
                {"passthrough": ["*.example.com"]},
                "mock_s3(passthrough=...) cannot take '*.example.com': a host is named as it is, without wildcards. "
                "Name each host.",
            ),
            ({"fake": "me"}, "mock_s3(fake=...) cannot enter 'me'. Give a FakeS3, such as s3.fork()."),
            (
                {"fake": FakeS3(), "region": "eu-west-1"},
                "mock_s3(fake=...) enters a fake as it is, so region= would be ignored. "
                "Give region= to the FakeS3 when you make it.",
            ),
        ],
    )
    def test_option(self, options, text):
        with pytest.raises(UsageError) as caught:
            mock_s3(**options)
        assert text == str(caught.value)

    def test_a_fake_that_is_given_brings_its_own_seed(self):
        with pytest.raises(UsageError, match="so seed= would be ignored"):
            mock_s3(fake=FakeS3(), seed=1)

    def test_an_option_that_does_not_exist(self):
        with pytest.raises(TypeError, match="unexpected keyword argument 'regoin'"):
            mock_s3(regoin="eu-west-1")  # type: ignore[call-overload]

    @pytest.mark.parametrize("target", ["eu-west-1", 3])
    def test_target(self, target):
        with pytest.raises(UsageError) as caught:
            mock_s3(target)
        assert f"mock_s3 cannot decorate {target!r}. Put it on a function or class, or use `with mock_s3():`." == str(
            caught.value
        )

    def test_fixture(self):
        @pytest.fixture
        def bucket() -> None: ...

        with pytest.raises(UsageError) as caught:
            mock_s3(bucket)
        assert "mock_s3 cannot decorate a pytest fixture. Put @mock_s3 below @pytest.fixture." == str(caught.value)
