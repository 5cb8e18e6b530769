"""`s3.races`: every order of the requests of several callables, the report of one that fails, and its replay."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3, UsageError, mock_s3
from fakes3.testing.races import RaceLost


@pytest.fixture
def s3(s3: FakeS3) -> FakeS3:
    s3.create_bucket("counters", objects={"visits": "0"})
    return s3


def visit(client: Any) -> None:
    """Read, add one, write: the classic lost update."""
    visits = int(client.get_object(Bucket="counters", Key="visits")["Body"].read())
    client.put_object(Bucket="counters", Key="visits", Body=str(visits + 1))


def visit_with_condition(client: Any) -> None:
    """The same, tried again until nobody came in between."""
    for _ in range(5):
        found = client.get_object(Bucket="counters", Key="visits")
        visits = int(found["Body"].read())
        try:
            client.put_object(Bucket="counters", Key="visits", Body=str(visits + 1), IfMatch=found["ETag"])
            return
        except client.exceptions.ClientError:
            continue


def create(client: Any) -> str:
    try:
        client.put_object(Bucket="counters", Key="lock", Body=b"mine", IfNoneMatch="*")
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "won"


class TestFindings:
    """What a race finds, and what it proves."""

    def check_sum(self, s3: FakeS3, expected: int) -> Any:
        def check() -> None:
            assert str(expected) == s3["counters"]["visits"].text

        return check

    def test_a_lost_update_is_found(self, s3: FakeS3) -> None:
        with pytest.raises(RaceLost) as lost:
            s3.races(visit, visit, check=self.check_sum(s3, 2))
        text = str(lost.value)
        assert "GetObject counters/visits -> 200" in text
        assert len(text.splitlines()) < 12
        assert isinstance(lost.value.__cause__, AssertionError)

    def test_the_replay_comes_to_the_same_end(self, s3: FakeS3) -> None:
        with pytest.raises(RaceLost) as lost:
            s3.races(visit, visit, check=self.check_sum(s3, 2))
        replay = str(lost.value).rpartition('replay="')[2].partition('"')[0]
        for _ in range(3):
            with pytest.raises(RaceLost) as again:
                s3.races(visit, visit, check=self.check_sum(s3, 2), replay=replay)
            assert str(lost.value) == str(again.value)

    def test_a_condition_loses_no_update(self, s3: FakeS3) -> None:
        raced = s3.races(visit_with_condition, visit_with_condition, check=self.check_sum(s3, 2))
        assert raced.is_exhaustive
        assert raced.schedules > 6

    @pytest.mark.parametrize(("points", "schedules"), [(("received",), 90), (("checked", "committed"), 90)])
    def test_if_none_match_has_one_winner_of_three(self, s3: FakeS3, points: Any, schedules: int) -> None:
        def check(outcomes: list[str]) -> None:
            assert {"won": 1, "PreconditionFailed": 2} == Counter(outcomes)

        raced = s3.races(create, create, create, check=check, points=points, most=100_000)
        assert raced.is_exhaustive
        assert raced.schedules >= schedules

    def test_a_put_without_a_condition_has_several_winners(self, s3: FakeS3) -> None:
        def look_then_put(client: Any) -> bool:
            try:
                client.head_object(Bucket="counters", Key="lock")
            except ClientError:
                client.put_object(Bucket="counters", Key="lock", Body=b"mine")
                return True
            return False

        def check(outcomes: list[bool]) -> None:
            assert 1 == sum(outcomes)

        with pytest.raises(RaceLost):
            s3.races(look_then_put, look_then_put, check=check)

    def test_a_list_and_then_deletes_misses_what_came_later(self, s3: FakeS3) -> None:
        def empty(client: Any) -> None:
            for each in client.list_objects_v2(Bucket="counters").get("Contents", ()):
                client.delete_object(Bucket="counters", Key=each["Key"])
            client.delete_bucket(Bucket="counters")

        def put(client: Any) -> None:
            with suppress(client.exceptions.NoSuchBucket):
                client.put_object(Bucket="counters", Key="late", Body=b"")

        with pytest.raises(RaceLost, match="BucketNotEmpty"):
            s3.races(empty, put)

    def test_requests_are_done_in_one_step(self, s3: FakeS3) -> None:
        """Stopping at more points finds no outcome that stopping at the arrival of requests does not."""

        def outcomes(*points: str) -> set[tuple[str, ...]]:
            found = set()
            s3.races(create, create, check=lambda each: found.add(tuple(each)), points=points, most=100_000)
            return found

        both = {("won", "PreconditionFailed"), ("PreconditionFailed", "won")}
        assert both == outcomes("received") == outcomes("read", "checked", "committed", "answered")


class TestCallables:
    """Functions and coroutines, with clients of their own or with those that they are given."""

    def test_coroutines(self, s3: FakeS3) -> None:
        async def visit_later(client: Any) -> None:
            visit(client)

        with pytest.raises(RaceLost):
            s3.races(visit_later, visit, check=TestFindings().check_sum(s3, 2))

    def test_own_clients(self) -> None:
        with mock_s3() as s3:
            s3.create_bucket("counters", objects={"visits": "0"})
            with pytest.raises(RaceLost):
                s3.races(*[lambda: visit(boto3.client("s3"))] * 2, check=TestFindings().check_sum(s3, 2))

    def test_an_exception_is_a_failure(self, s3: FakeS3) -> None:
        def fail() -> None:
            raise ValueError("no")

        with pytest.raises(RaceLost, match="ValueError: no"):
            s3.races(fail, lambda: None)

    def test_unless_the_check_takes_the_outcomes(self, s3: FakeS3) -> None:
        problem = ValueError("no")

        def fail() -> None:
            raise problem

        found: list[Any] = []
        s3.races(fail, lambda: 7, check=found.append)
        assert [[problem, 7]] * 2 == found

    def test_the_content_is_put_back(self, s3: FakeS3) -> None:
        before = s3.snapshot()
        s3.clock.freeze("2026-01-01T00:00:00Z")
        s3.races(visit, lambda: s3.clock.advance(days=1))
        assert not before.diff(s3.snapshot())
        assert 2026 == s3.clock.now().year
        assert 1 == s3.clock.now().day

    def test_requests_of_others_go_on(self, s3: FakeS3) -> None:
        """Threads that a callable starts do not stop."""
        from concurrent.futures import ThreadPoolExecutor

        def work(client: Any) -> None:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda key: client.put_object(Bucket="counters", Key=key, Body=b""), "abcd"))

        s3.races(work, visit)


class TestBounds:
    """Random orders, bounds, and what a race is refused for."""

    def test_most(self, s3: FakeS3) -> None:
        assert (3, False) == s3.races(visit, visit, most=3, check=lambda _: None)

    def test_random_orders_are_the_same_for_the_same_seed(self, s3: FakeS3) -> None:
        def orders(seed: int) -> list[str]:
            found: list[str] = []
            s3.races(*[lambda: found.append("a"), lambda: found.append("b")], seed=seed, most=10, check=lambda _: None)
            return found

        assert orders(1) == orders(1)
        assert orders(1) != orders(2)

    @pytest.mark.parametrize(
        ("count", "options", "problem"),
        [
            (1, {}, "two to four callables"),
            (5, {}, "two to four callables"),
            (2, {"points": ["sent"]}, "points= cannot be"),
            (2, {"points": []}, "points= cannot be"),
            (2, {"points": 5}, "points= cannot be 5"),
            (2, {"most": 0}, "most= cannot be 0"),
            (2, {"most": "x"}, "most= cannot be 'x'"),
            (2, {"check": 5}, "check= cannot be 5"),
            (2, {"replay": 5}, "replay= cannot be 5"),
            (2, {"replay": "13"}, "replay= cannot be '13'"),
            (2, {"replay": "11111"}, "does not fit these callables"),
        ],
    )
    def test_is_refused(self, s3: FakeS3, count: int, options: dict[str, Any], problem: str) -> None:
        with pytest.raises(UsageError, match=problem):
            s3.races(*[lambda: None] * count, **options)

    def test_one_race_at_a_time(self, s3: FakeS3) -> None:
        with pytest.raises(RaceLost, match="has a race already"):
            s3.races(lambda: s3.races(visit, visit), visit)

    def test_callables_that_wait_for_each_other(self, s3: FakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
        from threading import Lock

        lock = Lock()

        def locked(client: Any) -> None:
            with lock:
                visit(client)

        monkeypatch.setattr("fakes3.testing.races._PATIENCE", 0.2)
        with pytest.raises(UsageError, match="share nothing but S3"):
            s3.races(locked, locked)
