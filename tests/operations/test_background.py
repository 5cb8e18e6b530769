"""The work that S3 does by itself: what is due is done before anybody looks, in the order of time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import AccessDenied
from fakes3.model.events import Event
from fakes3.model.identity import Principal
from fakes3.model.policy_parser import parse_bucket_policy
from fakes3.operations import background
from fakes3.operations.background import S3_ITSELF, MadeBody, Step, Work, do_due_work, is_current, perform_as
from fakes3.operations.call import Ask, Call
from fakes3.operations.service import Service
from fakes3.operations.settings import Settings

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def write(s3: Call, key: str, caller: Principal = S3_ITSELF) -> None:
    perform_as(s3, caller, "PutObject", {}, Bucket="bucket", Key=key, Body=MadeBody(Rope.of(b"made")))


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, datetime, datetime]]:
    """What was done: work that is due every hour, and work that is due every three hours; each with its `until`."""
    done: list[tuple[str, datetime, datetime]] = []

    def every(hours: int, name: str) -> Work:
        def do(s3: Call, *, until: datetime, step: Step) -> datetime:
            done.append((name, s3.now, until))
            return s3.now + hours * HOUR

        return Work(do, lambda now: now + hours * HOUR)

    monkeypatch.setattr(background, "WORK", {"often": every(1, "often"), "seldom": every(3, "seldom")})
    return done


class TestOrder:
    """The earliest first, each at the moment at which it is due."""

    def test_each_kind_sees_what_the_others_did_before(
        self, service: Service, done: list[tuple[str, datetime, datetime]]
    ) -> None:
        world = service.world.with_due("often", START + HOUR).with_due("seldom", START + 2 * HOUR)
        after = do_due_work(world, START + 3 * HOUR, ids=service.ids, settings=Settings()).world
        assert [
            ("often", START + HOUR, START + 2 * HOUR),
            ("often", START + 2 * HOUR, START + 2 * HOUR),
            ("seldom", START + 2 * HOUR, START + 3 * HOUR),
            ("often", START + 3 * HOUR, START + 3 * HOUR),
        ] == done
        assert [START + 4 * HOUR, START + 5 * HOUR] == [each.at for each in after.background.due]
        assert not is_current(world, START + 3 * HOUR)
        assert is_current(after, START + 3 * HOUR)

    def test_before_it_is_due_nothing_is_done(
        self, service: Service, done: list[tuple[str, datetime, datetime]]
    ) -> None:
        world = service.world.with_due("often", START + HOUR)
        assert world is do_due_work(world, START, ids=service.ids, settings=Settings()).world
        assert [] == done

    def test_where_the_clock_was_set_back_work_is_due_in_its_own_time(
        self, service: Service, done: list[tuple[str, datetime, datetime]]
    ) -> None:
        world = service.world.with_due("often", START + HOUR)
        earlier = START - 10 * HOUR
        assert not is_current(world, earlier)
        after = do_due_work(world, earlier, ids=service.ids, settings=Settings()).world
        assert [earlier + HOUR] == [each.at for each in after.background.due]
        assert [] == done

    def test_where_the_clock_went_on_for_long_work_may_leave_out_what_is_old(
        self, service: Service, done: list[tuple[str, datetime, datetime]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        often = background.WORK["often"]
        recent = often._replace(earliest=lambda now: now - HOUR)
        monkeypatch.setattr(background, "WORK", {"often": recent})
        world = service.world.with_due("often", START)
        do_due_work(world, START + 1000 * HOUR, ids=service.ids, settings=Settings())
        assert [START + 999 * HOUR, START + 1000 * HOUR] == [at for _, at, _ in done]


class TestWrites:
    """Work writes as a service of AWS, which a bucket's policy has to allow."""

    @staticmethod
    def call(service: Service) -> Call:
        return Call(Ask("Background", {}, S3_ITSELF), service.world, START, service.ids, service.settings)

    def test_nothing_is_allowed_by_itself(self, service: Service) -> None:
        s3 = self.call(service)
        with pytest.raises(AccessDenied):
            write(s3, "k")
        assert s3.world is service.world
        assert [] == s3.events

    @pytest.mark.parametrize("principal", [{"Service": "s3.amazonaws.com"}, "*"])
    def test_a_policy_allows_the_service(self, service: Service, perform: Callable[..., Any], principal: Any) -> None:
        allowed = {"Effect": "Allow", "Principal": principal, "Action": "s3:PutObject", "Resource": "*/*"}
        bucket = service.world.buckets["bucket"]
        with_policy = service.world.with_bucket(_with_policy(bucket, allowed))
        s3 = self.call(service)
        s3.world = with_policy
        write(s3, "k")
        assert ["k"] == list(s3.world.buckets["bucket"].versions.current)
        assert ["ObjectCreated:Put"] == [each.name for each in s3.events]

    def test_a_policy_for_another_service_does_not(self, service: Service) -> None:
        allowed = {
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": "*/*",
        }
        s3 = self.call(service)
        s3.world = service.world.with_bucket(_with_policy(service.world.buckets["bucket"], allowed))
        with pytest.raises(AccessDenied):
            write(s3, "k")
        write(s3, "k", Principal.of_service("logging.s3.amazonaws.com"))


def _with_policy(bucket: Bucket, statement: dict[str, Any]) -> Bucket:
    text = json.dumps({"Version": "2012-10-17", "Statement": {**statement, "Resource": "arn:aws:s3:::bucket/*"}})
    return bucket._replace(policy=parse_bucket_policy(text, bucket="bucket"))


class TestEvents:
    """What happens to objects is told after the commit by which it happens."""

    def test_of_requests(self, service: Service, perform: Callable[..., Any], sent: Callable[..., Any]) -> None:
        def events(operation: str, **members: Any) -> list[Event]:
            return service.perform(Ask(operation, {"Bucket": "bucket", "Key": "k", **members}, service.root)).events

        (put,) = events("PutObject", Body=sent(b"x"))
        assert [] == events("GetObject")
        (removed,) = events("DeleteObject")
        assert [] == events("DeleteObject")
        assert [("ObjectCreated:Put", "k"), ("ObjectRemoved:Delete", "k")] == [
            (each.name, each.key) for each in (put, removed)
        ]
        assert put.sequence < removed.sequence

    def test_of_a_request_that_was_done_again_once(
        self, service: Service, perform: Callable[..., Any], sent: Callable[..., Any]
    ) -> None:
        body = sent(b"2", meanwhile=lambda: perform("PutObject", Bucket="bucket", Key="first", Body=sent(b"1")))
        done = service.perform(Ask("PutObject", {"Bucket": "bucket", "Key": "second", "Body": body}, service.root))
        assert ["second"] == [each.key for each in done.events]

    def test_of_lifecycle(
        self, service: Service, perform: Callable[..., Any], sent: Callable[..., Any], document: Callable[..., Any]
    ) -> None:
        perform("PutObject", Bucket="bucket", Key="k", Body=sent(b"x"))
        rules = document(Rules=[{"ID": "r", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}])
        perform("PutBucketLifecycleConfiguration", Bucket="bucket", LifecycleConfiguration=rules)
        work = do_due_work(service.world, START + timedelta(days=40), ids=service.ids, settings=Settings())
        assert [("LifecycleExpiration:Delete", "k", START + timedelta(days=1))] == [
            (each.name, each.key, each.at) for each in work.events
        ]
