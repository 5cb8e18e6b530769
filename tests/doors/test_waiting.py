"""No test really sleeps: retries and waiters of S3's clients wait on the clock of the fake."""

from __future__ import annotations

import time
from datetime import timedelta
from io import BytesIO
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError
from s3transfer.bandwidth import TimeUtils

from fakes3 import FakeS3, mock_s3

MODES = ("legacy", "standard", "adaptive")


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that somebody slept."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", lambda seconds: slept.append(seconds) if seconds else None)
    return slept


def passed(s3: FakeS3) -> timedelta:
    """How far the clock of the fake is ahead of the process's."""
    return s3.clock.now() - s3.clock.outside


class TestRetries:
    """The whole schedule of retries, in every mode."""

    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize("is_bound", [False, True])
    def test_time_passes_on_the_clock(self, slept: list[float], mode: Any, is_bound: bool) -> None:
        config = Config(retries={"total_max_attempts": 6, "mode": mode})
        with mock_s3() as s3:
            client: Any = s3.client(config=config) if is_bound else boto3.client("s3", config=config)
            s3.faults.add(error="SlowDown")
            with pytest.raises(ClientError):
                client.list_buckets()
            assert 6 == len(s3.calls)
            assert passed(s3) > timedelta(milliseconds=1)
        assert [] == slept

    def test_a_frozen_clock_stays_frozen(self, slept: list[float]) -> None:
        with mock_s3() as s3:
            s3.clock.freeze("2026-01-01T00:00:00Z")
            before = s3.clock.now()
            s3.faults.add(error="SlowDown", times=2)
            boto3.client("s3").list_buckets()
            assert before == s3.clock.now()
        assert [] == slept

    def test_a_bound_client_waits_by_its_own_clock_without_a_mock(self, slept: list[float]) -> None:
        s3 = FakeS3()
        s3.faults.add(error="SlowDown", times=2)
        s3.client(config=Config(retries={"total_max_attempts": 3, "mode": "legacy"})).list_buckets()
        assert passed(s3) > timedelta(milliseconds=1)
        assert [] == slept

    def test_above_http_too(self, slept: list[float]) -> None:
        with mock_s3(direct=True) as s3:
            s3.faults.add(error="SlowDown", times=2)
            boto3.client("s3").list_buckets()
            assert 3 == len(s3.calls)
        assert [] == slept

    def test_after_the_mock_clients_sleep_as_ever(self) -> None:
        import botocore.endpoint
        import botocore.retries.bucket
        import botocore.waiter

        places = [
            (botocore.endpoint.Endpoint, "_needs_retry"),
            (botocore.waiter.Waiter, "wait"),
            (botocore.retries.bucket.TokenBucket, "acquire"),
        ]
        before = [vars(owner)[name] for owner, name in places]
        with mock_s3():
            assert all(old is not vars(owner)[name] for old, (owner, name) in zip(before, places, strict=True))
        assert before == [vars(owner)[name] for owner, name in places]

    def test_requests_that_are_let_out_sleep_for_real(self, slept: list[float]) -> None:
        """A host that is let out is a real one."""
        config = Config(retries={"total_max_attempts": 3, "mode": "legacy"}, connect_timeout=0.1)
        with mock_s3(passthrough=["127.0.0.1:1"]) as s3:
            client: Any = boto3.client("s3", endpoint_url="http://127.0.0.1:1", config=config)
            with pytest.raises(Exception, match="Could not connect"):
                client.list_buckets()
            assert passed(s3) < timedelta(milliseconds=1)
        assert 2 == len(slept)


class TestWaiters:
    """A waiter looks as often as it would, and sleeps on the clock of the fake."""

    @pytest.mark.parametrize("is_bound", [False, True])
    def test_a_waiter_that_gives_up(self, slept: list[float], is_bound: bool) -> None:
        with mock_s3() as s3:
            s3.create_bucket("photos")
            client: Any = s3.client() if is_bound else boto3.client("s3")
            with pytest.raises(WaiterError):
                client.get_waiter("object_exists").wait(Bucket="photos", Key="cat")
            assert 20 == s3.calls.count("HeadObject")
            assert 95 == round(passed(s3).total_seconds())
        assert [] == slept

    def test_a_delay_of_the_callers_own(self, slept: list[float]) -> None:
        with mock_s3() as s3:
            s3.create_bucket("photos")
            with pytest.raises(WaiterError):
                boto3.client("s3").get_waiter("object_exists").wait(
                    Bucket="photos", Key="cat", WaiterConfig={"Delay": 60, "MaxAttempts": 3}
                )
            assert 120 == round(passed(s3).total_seconds())
        assert [] == slept

    def test_a_waiter_that_finds_it(self, slept: list[float]) -> None:
        with mock_s3() as s3:
            s3.create_bucket("photos", objects={"cat": "meow"})
            boto3.client("s3").get_waiter("object_exists").wait(Bucket="photos", Key="cat")
            assert passed(s3) < timedelta(seconds=1)
        assert [] == slept


class TestBandwidth:
    """A transfer whose bandwidth is limited takes as long as it would, on the clock of the fake."""

    @pytest.fixture
    def slow(self) -> TransferConfig:
        return TransferConfig(max_bandwidth=512 * 1024, use_threads=False)

    def test_of_an_upload_and_a_download(self, slept: list[float], slow: TransferConfig) -> None:
        with mock_s3() as s3:
            s3.create_bucket("photos")
            client: Any = boto3.client("s3")
            client.upload_fileobj(BytesIO(bytes(4 * 1024**2)), "photos", "cat", Config=slow)
            assert passed(s3) > timedelta(seconds=5)
            before = passed(s3)
            client.download_fileobj("photos", "cat", BytesIO(), Config=slow)
            assert passed(s3) - before > timedelta(seconds=5)
        assert [] == slept

    def test_a_frozen_clock_stays_frozen(self, slept: list[float], slow: TransferConfig) -> None:
        with mock_s3() as s3:
            s3.create_bucket("photos", objects={"cat": bytes(4 * 1024**2)})
            s3.clock.freeze("2026-01-01T00:00:00Z")
            client: Any = boto3.client("s3")
            client.download_fileobj("photos", "cat", BytesIO(), Config=slow)
            assert "2026-01-01T00:00:00+00:00" == s3.clock.now().isoformat()
        assert [] == slept

    def test_beside_what_is_let_out_it_is_for_real(self, slept: list[float]) -> None:
        with mock_s3(passthrough=["files.example"]):
            TimeUtils().sleep(0.25)
        TimeUtils().sleep(0.5)
        assert [0.25, 0.5] == slept
