"""`s3.server(process=True)`: another process holds the state of the fake, and the test's own reads and writes it there.

Most tests let a thread be the other process. It has nothing of this process but the two ends of the pipes.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, ClassVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from fakes3 import FakeS3, UsageError, mock_s3
from fakes3.model.clock import Clock
from fakes3.operations import neighbours
from fakes3.operations.current_world import CurrentWorld
from fakes3.operations.fault import Fault
from fakes3.operations.service import Service
from fakes3.testing import holder, lending, lent
from fakes3.testing.identities import User
from fakes3.testing.moments import Moment
from fakes3.testing.reports import Watch
from fakes3.testing.servers import ServerUrl

from ..ask import signed_by

Serve = Callable[..., AbstractContextManager[ServerUrl]]


class ThreadProcess:
    """A thread in the place of the other process."""

    def __init__(self) -> None:
        (asks, stdin), (stdout, answers) = (os.pipe() for _ in range(2))
        self.stdin, self.stdout = os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb")
        self.returncode: int | None = None
        self._thread = threading.Thread(target=self._hold, args=(os.fdopen(asks, "rb"), os.fdopen(answers, "wb")))
        self._thread.start()

    def _hold(self, asks: Any, answers: Any) -> None:
        with asks, answers:
            holder.hold(asks, answers)

    def wait(self, timeout: float | None = None) -> None:
        self._thread.join(60)


@pytest.fixture
def fake() -> FakeS3:
    fake = FakeS3(region="eu-west-1")
    fake.create_bucket("bucket", objects={"in": "hello"})
    return fake


@pytest.fixture
def serve(fake: FakeS3, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Serves the fake from a thread that knows nothing of it."""
    monkeypatch.setattr(lending, "_start_process", ThreadProcess)
    return lambda **options: fake.server(process=True, **options)


@pytest.fixture
def server(serve: Serve) -> Iterator[ServerUrl]:
    with serve() as server:
        yield server


def ask(server: str, method: str, target: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Send a request to the port, as a native client does; return the status and the body of the answer."""
    request = Request(f"{server}{target}", body, method=method)
    request.add_header("Authorization", signed_by(region="eu-west-1"))
    try:
        with urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read()


def put(server: str, key: str, body: bytes = b"from afar") -> None:
    assert 200 == ask(server, "PUT", f"/bucket/{key}", body)[0]


class TestContent:
    def test_what_the_fake_had_is_served(self, server: ServerUrl):
        assert (200, b"hello") == ask(server, "GET", "/bucket/in")

    def test_views_see_what_the_port_took(self, fake: FakeS3, server: ServerUrl):
        bucket = fake["bucket"]
        put(server, "far")
        assert "from afar" == bucket["far"].text
        assert ["far", "in"] == list(bucket)

    def test_the_port_sees_what_a_client_of_the_test_put(self, fake: FakeS3, server: ServerUrl):
        fake.client().put_object(Bucket="bucket", Key="near", Body=b"from here")
        assert (200, b"from here") == ask(server, "GET", "/bucket/near")
        fake.client().delete_object(Bucket="bucket", Key="near")
        assert 404 == ask(server, "GET", "/bucket/near")[0]

    def test_buckets_are_created_on_both_sides(self, fake: FakeS3, server: ServerUrl):
        fake.create_bucket("second", objects={"a": "b"})
        assert (200, b"b") == ask(server, "GET", "/second/a")
        with urlopen(f"{server}/_fakes3/tree", timeout=60) as answer:
            assert "second" in answer.read().decode()

    def test_it_comes_back_at_the_end(self, fake: FakeS3, serve: Serve):
        with serve() as server:
            put(server, "far")
        assert ["far", "in"] == list(fake["bucket"])
        assert (Service, Clock, CurrentWorld) == tuple(
            type(each) for each in (fake.service, fake.clock, fake.service._current)
        )
        assert type(fake.service.access_keys) is dict

    def test_also_where_the_test_fails(self, fake: FakeS3, serve: Serve):
        with pytest.raises(ZeroDivisionError), serve() as server:
            put(server, "far")
            raise ZeroDivisionError
        assert "far" in fake["bucket"]

    def test_snapshot_restore_and_reset(self, fake: FakeS3, server: ServerUrl):
        before = fake.snapshot()
        put(server, "far")
        assert ["far"] == [change.key for change in before.diff(fake.snapshot()).added]
        fake.restore(before)
        assert 404 == ask(server, "GET", "/bucket/far")[0]
        fake.reset()
        assert 404 == ask(server, "GET", "/bucket/in")[0]

    def test_a_fork_is_of_this_process(self, fake: FakeS3, server: ServerUrl):
        put(server, "far")
        fork = fake.fork()
        put(server, "later")
        assert ["far", "in"] == list(fork["bucket"])
        assert (Service, Clock, dict) == (type(fork.service), type(fork.clock), type(fork.service.access_keys))

    def test_version_ids_go_on(self, fake: FakeS3, server: ServerUrl):
        fake.create_bucket("versioned", versioning=True)
        client = fake.client()
        ids = [client.put_object(Bucket="versioned", Key="k", Body=b"1")["VersionId"]]
        ask(server, "PUT", "/versioned/k", b"2")
        ids.append(client.put_object(Bucket="versioned", Key="k", Body=b"3")["VersionId"])
        assert ["3", "2", "1"] == [version.text for version in fake["versioned"]["k"].versions]  # type: ignore[union-attr]
        assert ids == [fake["versioned"]["k"].versions[place].version_id for place in (2, 0)]

    def test_of_two_writers_at_once_nothing_is_lost(self, fake: FakeS3, server: ServerUrl):
        def near(number: int) -> None:
            fake.client().put_object(Bucket="bucket", Key=f"near/{number:02}", Body=b"1")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(near, range(20)))
            list(pool.map(lambda number: put(server, f"far/{number:02}"), range(20)))
            both = [pool.submit(near, 20 + number) for number in range(10)]
            both += [pool.submit(put, server, f"far/{20 + number:02}") for number in range(10)]
            for each in both:
                each.result()
        assert 61 == len(fake["bucket"])
        assert 60 == len(fake.calls)

    def test_a_mock_that_is_entered_meets_the_same(self, serve: Serve, fake: FakeS3):
        import boto3

        with mock_s3(fake=fake), serve() as server:
            put(server, "far")
            client = boto3.client("s3", endpoint_url=server)
            assert b"from afar" == client.get_object(Bucket="bucket", Key="far")["Body"].read()
        assert ["PutObject", "GetObject"] == [call.operation for call in fake.calls]

    def test_access_logs_that_the_port_turned_on_have_the_calls_of_the_test(self, fake: FakeS3, server: ServerUrl):
        assert not fake.service.has_logs
        document = b"<BucketLoggingStatus><LoggingEnabled><TargetBucket>bucket</TargetBucket>"
        document += b"<TargetPrefix>log/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>"
        assert 200 == ask(server, "PUT", "/bucket?logging", document)[0]
        assert "in" in fake["bucket"]
        assert fake.service.has_logs

    def test_a_thread_in_the_middle_of_a_request_loses_nothing_at_the_start(
        self, fake: FakeS3, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ):
        really = lending.Loan.begin

        def slow(*given: Any) -> Any:
            url = really(*given)
            fake.client().put_object(Bucket="bucket", Key="meanwhile", Body=b"1")
            return url

        monkeypatch.setattr(lending.Loan, "begin", slow)
        with serve() as server:
            assert (200, b"1") == ask(server, "GET", "/bucket/meanwhile")

    def test_a_thread_in_the_middle_of_a_request_loses_nothing_at_the_end(self, fake: FakeS3, serve: Serve):
        with serve():
            world, clock, before = fake.service._current, fake.clock, fake.service.world
            loan = fake.service.loan  # type: ignore[attr-defined]
            freeze = clock.freeze
        assert world.get() is fake.service.world
        assert not world.replace(before, before)
        freeze("2026-01-01T00:00:00Z")
        assert clock.is_frozen
        assert lending._no_news(None) == loan._exchange(holder.NEWS, None)


class TestCalls:
    def test_calls_of_both_stand_in_their_order(self, fake: FakeS3, server: ServerUrl):
        calls = fake.calls
        put(server, "far")
        fake.client().get_object(Bucket="bucket", Key="far")
        ask(server, "GET", "/bucket/absent")
        assert [("PutObject", None), ("GetObject", None), ("GetObject", "NoSuchKey")] == [
            (call.operation, call.error) for call in calls
        ]
        calls.clear()
        put(server, "far")
        assert 1 == calls.count("PutObject", key="far")

    def test_a_budget_counts_those_of_the_port(self, fake: FakeS3, server: ServerUrl):
        with pytest.raises(AssertionError, match="More calls"), fake.budget(PutObject=1):
            put(server, "one")
            put(server, "two")

    def test_they_are_there_afterwards(self, fake: FakeS3, serve: Serve):
        with serve() as server:
            put(server, "far")
        assert ["PutObject"] == [call.operation for call in fake.calls]


class TestClock:
    def test_it_moves_for_both(self, fake: FakeS3, server: ServerUrl):
        clock = fake.clock
        clock.freeze("2026-01-01T00:00:00Z")
        put(server, "far")
        assert "2026-01-01T00:00:00+00:00" == fake["bucket"]["far"].last_modified.isoformat()
        clock.advance(days=1)
        assert clock.is_frozen
        clock.thaw()
        assert not clock.is_frozen
        clock.advance(days=1)
        put(server, "far")
        assert (2026, 1, 3) == fake["bucket"]["far"].last_modified.timetuple()[:3]
        assert 3 == clock.copy().now().day

    def test_what_the_port_does_to_it_is_seen(self, fake: FakeS3, server: ServerUrl):
        request = Request(f"{server}/_fakes3/clock", b'{"freeze": "2026-05-01T00:00:00Z"}', method="POST")
        request.add_header("Content-Type", "application/json")
        with urlopen(request, timeout=60):
            assert "<Clock frozen at 2026-05-01T00:00:00+00:00>" == repr(fake.clock)

    def test_it_stays_as_it_is(self, fake: FakeS3, serve: Serve):
        with serve():
            fake.clock.freeze("2026-01-01T00:00:00Z")
            with pytest.raises(UsageError, match="runs forward"):
                fake.clock.advance(days=-1)
        assert "<Clock frozen at 2026-01-01T00:00:00+00:00>" == repr(fake.clock)

    def test_a_change_that_another_one_overtook_is_made_again(self, fake: FakeS3, server: ServerUrl):
        other = Clock()
        other.freeze("2026-01-01T00:00:00Z")
        overtaken = iter([True, False])

        def change(clock: Clock) -> None:
            if next(overtaken):
                fake.clock.show_time_of(other)
            clock.pass_time(0)
            clock.advance(days=1)

        lent._change(fake.clock, fake.service.loan, change)  # type: ignore[attr-defined]
        assert 2 == fake.clock.now().day

    def test_lifecycle_of_what_the_port_wrote(self, fake: FakeS3, server: ServerUrl):
        rule = {"ID": "short", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}
        fake.client().put_bucket_lifecycle_configuration(Bucket="bucket", LifecycleConfiguration={"Rules": [rule]})
        put(server, "far")
        fake.clock.advance(days=3)
        assert [] == list(fake["bucket"])
        assert 404 == ask(server, "GET", "/bucket/far")[0]

    def test_time_travel_of_the_test_is_followed(self, fake: FakeS3, monkeypatch: pytest.MonkeyPatch):
        state = fake.service.world, holder.clock_state(fake.clock), fake.service.access_keys, ()
        held = holder.Holder(holder.Start(fake.service.settings, *state, 0, tls=False, proxy=False, passthrough=()))
        now = held.service.clock.outside.timestamp()
        news = held.answer(holder.NEWS._replace(time=now + 86400))
        assert holder.clock_state(fake.clock) == news.clock
        assert 86000 < (held.service.clock.now() - held.service.clock.outside).total_seconds() < 87000
        held.answer(holder.NEWS._replace(time=now))
        assert (held.service.clock.now() - held.service.clock.outside).total_seconds() < 1


class TestFaults:
    def test_one_happens_to_whoever_comes_first(self, fake: FakeS3, server: ServerUrl):
        fault = fake.faults.add(error="SlowDown", on="GetObject", times=2)
        assert 503 == ask(server, "GET", "/bucket/in")[0]
        assert 1 == fault.happened
        assert 1 == fake.client().get_object(Bucket="bucket", Key="in")["ResponseMetadata"]["RetryAttempts"]
        assert 200 == ask(server, "GET", "/bucket/in")[0]
        assert "<fault error='SlowDown' on GetObject: happened 2 times>" == repr(fault)

    def test_one_that_was_there_before_goes_on_counting_afterwards(self, fake: FakeS3, serve: Serve):
        fault = fake.faults.add(error="SlowDown", on="GetObject", times=2)
        with serve() as server:
            assert 503 == ask(server, "GET", "/bucket/in")[0]
        assert 1 == fault.happened
        assert ([fault], Fault) == (list(fake.faults), type(fault))
        fake.client().get_object(Bucket="bucket", Key="in")

    def test_they_are_removed_for_both(self, fake: FakeS3, server: ServerUrl):
        kept = fake.faults.add(error="InternalError", on="PutObject")
        with fake.faults.add(error="SlowDown", on="GetObject"):
            assert (2, 503) == (len(fake.faults), ask(server, "GET", "/bucket/in")[0])
        assert 200 == ask(server, "GET", "/bucket/in")[0]
        assert [kept] == list(fake.faults)
        fake.faults.clear()
        assert 0 == len(fake.faults)
        put(server, "far")

    def test_those_of_the_admin_api_are_seen(self, fake: FakeS3, serve: Serve):
        mine = fake.faults.add(error="SlowDown", on="PutObject")
        found = [mine]
        for number in (1, 2):
            with serve() as server:
                request = Request(
                    f"{server}/_fakes3/faults", b'{"error": "SlowDown", "on": "GetObject"}', method="POST"
                )
                request.add_header("Content-Type", "application/json")
                with urlopen(request, timeout=60):
                    *before, added = fake.faults
                assert found == before
                found.append(added)
                ask(server, "GET", "/bucket/in")
                assert number == found[1].happened
            assert found == list(fake.faults)
        assert [0, 2, 1] == [fault.happened for fault in fake.faults]

    def test_a_delay_of_the_port_moves_the_clock(self, fake: FakeS3, server: ServerUrl):
        fake.faults.add(delay=3600, on="GetObject")
        before = fake.clock.now()
        ask(server, "GET", "/bucket/in")
        assert (fake.clock.now() - before).total_seconds() >= 3600

    def test_a_moment_puts_them_back(self, fake: FakeS3, server: ServerUrl):
        fault = fake.faults.add(error="SlowDown", on="GetObject", times=1)
        user = fake.user("alice")
        before = Moment(fake)
        ask(server, "GET", "/bucket/in")
        fake.user("bob")
        fake.faults.clear()
        before.put_back()
        assert ([fault], 0) == (list(fake.faults), fault.happened)
        assert 503 == ask(server, "GET", "/bucket/in")[0]
        assert user.access_key_id in fake.service.access_keys

    def test_one_with_a_function_is_refused(self, fake: FakeS3, server: ServerUrl):
        with pytest.raises(UsageError, match=r"tell the calls apart by on=.*leave out when=\.$"):
            fake.faults.add(error="SlowDown", when=lambda asked: True)
        assert 0 == len(fake.faults)

    def test_a_server_is_refused_where_there_is_one_with_a_function(self, fake: FakeS3):
        fake.faults.add(error="SlowDown", when=lambda asked: True)
        with pytest.raises(UsageError, match=r"leave out when=\.$"):
            fake.server(process=True).__enter__()


class TestIdentities:
    def test_who_was_made_meanwhile_is_known_with_the_latest_policies(self, serve: Serve, fake: FakeS3):
        with serve() as server:
            alice = fake.user("alice")
            assert 403 == read_as(alice, server)
            reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
            fake.user("alice", policy={"Version": "2012-10-17", "Statement": reading})
            assert 200 == read_as(alice, server)
        assert 200 == alice.client().get_object(Bucket="bucket", Key="in")["ResponseMetadata"]["HTTPStatusCode"]


def read_as(user: User, server: str) -> int:
    """Read an object by a URL that a user has signed for the port; return the status."""
    url = user.client(endpoint_url=server).generate_presigned_url(
        "get_object", Params={"Bucket": "bucket", "Key": "in"}
    )
    try:
        with urlopen(url, timeout=60) as answer:
            return answer.status
    except HTTPError as refused:
        with refused:
            return refused.code


class TestEvents:
    def test_handlers_hear_of_the_port_when_the_test_looks(self, fake: FakeS3, serve: Serve):
        heard: list[str] = []
        fake.on_event(
            "bucket", "s3:ObjectCreated:*", lambda event: heard.append(event["Records"][0]["s3"]["object"]["key"])
        )
        with serve() as server:
            put(server, "far")
            assert [] == heard
            assert 1 == len(fake.events)
            assert ["far"] == heard
            fake.client().put_object(Bucket="bucket", Key="near", Body=b"")
            assert ["far", "near"] == heard
            put(server, "last")
        assert ["far", "near", "last"] == heard
        assert ["far", "near", "last"] == [record["s3"]["object"]["key"] for record in fake.events]

    def test_what_one_raises_is_logged(self, fake: FakeS3, server: ServerUrl, caplog: pytest.LogCaptureFixture):
        def fail(event: object) -> None:
            raise ZeroDivisionError

        fake.on_event("bucket", "s3:ObjectCreated:*", fail)
        put(server, "far")
        assert "far" in fake["bucket"]
        assert ["A handler of an event failed"] == caplog.messages
        with pytest.raises(ZeroDivisionError):
            fake.client().put_object(Bucket="bucket", Key="near", Body=b"")

    def test_one_that_writes_is_called_last_of_all(self, fake: FakeS3, serve: Serve):
        def copy(event: Any) -> None:
            fake.client().put_object(Bucket="copies", Key=event["Records"][0]["s3"]["object"]["key"], Body=b"")

        fake.create_bucket("copies")
        with serve() as server, fake.on_event("bucket", "s3:ObjectCreated:*", copy):
            put(server, "one")
            assert ["one"] == list(fake["copies"])
            put(server, "two")
            assert (200, b"") == ask(server, "GET", "/copies/one")
            put(server, "three")
        assert ["one", "three", "two"] == list(fake["copies"])

    def test_one_hears_of_nothing_that_was_before_it(self, fake: FakeS3, server: ServerUrl):
        heard: list[object] = []
        put(server, "far")
        fake.on_event("bucket", "s3:ObjectCreated:*", heard.append)
        assert [] == list(fake.events)
        assert [] == heard

    def test_destinations_get_theirs(self, fake: FakeS3, server: ServerUrl):
        queue = {"QueueArn": "arn:aws:sqs:eu-west-1:123456789012:queue", "Events": ["s3:ObjectCreated:*"]}
        fake.client().put_bucket_notification_configuration(
            Bucket="bucket", NotificationConfiguration={"QueueConfigurations": [queue]}
        )
        put(server, "far")
        assert ["far"] == [record["s3"]["object"]["key"] for record in fake.events.filter("s3:ObjectCreated:*")]

    def test_queues_of_another_mock_in_the_test_get_theirs(
        self, fake: FakeS3, server: ServerUrl, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(neighbours, "NEIGHBOURS", [neighbour := Neighbour()])
        queue = {"QueueArn": "arn:aws:sqs:eu-west-1:123456789012:queue", "Events": ["s3:ObjectCreated:*"]}
        fake.client().put_bucket_notification_configuration(
            Bucket="bucket", NotificationConfiguration={"QueueConfigurations": [queue]}
        )
        neighbour.messages.clear()  # that of the test event
        put(server, "far")
        assert "far" in fake["bucket"]
        assert ["far"] == [json.loads(each)["Records"][0]["s3"]["object"]["key"] for each in neighbour.messages]


class Neighbour:
    """Another mock, with one queue that allows everything."""

    is_active = True

    def __init__(self) -> None:
        self.messages: list[str] = []

    def find_policy(self, kind: object, arn: object) -> dict[str, Any]:
        statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
        return {"Version": "2012-10-17", "Statement": statement}

    def send(self, kind: object, arn: object, message: str) -> None:
        self.messages.append(message)

    def has_keys(self, account: str) -> bool:
        return False

    def find_access_key(self, key_id: str, *, is_held: bool) -> None:
        return None

    def publish(self, account: str, region: str, event: object) -> None:
        raise AssertionError


class TestRefusals:
    def test_a_second_one(self, fake: FakeS3, server: ServerUrl):
        with pytest.raises(UsageError, match=r"or leave out process=True\.$"):
            fake.server(process=True).__enter__()

    def test_one_of_this_process_beside_it_serves_the_same(self, fake: FakeS3, server: ServerUrl):
        with fake.server() as here:
            put(here, "near")
            assert (200, b"from afar") == ask(server, "GET", "/bucket/near")

    def test_options_that_do_not_fit(self, fake: FakeS3, serve: Serve):
        with pytest.raises(UsageError, match=r"lets hosts out by a proxy\. Give proxy=True too\.$"):
            serve(passthrough=["example.com"]).__enter__()
        with pytest.raises(UsageError, match="takes several hosts"):
            serve(passthrough="example.com").__enter__()
        assert type(fake.service) is Service

    def test_a_port_that_is_taken(self, fake: FakeS3, serve: Serve):
        with fake.server() as other:
            with pytest.raises(UsageError, match=r"Choose another one, or 0 for any that is free\.$"):
                serve(port=int(other.rpartition(":")[2])).__enter__()
        assert "in" in fake["bucket"]

    def test_where_no_process_can_be_started(self, fake: FakeS3, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(sys, "executable", "")
        with pytest.raises(UsageError, match=r"and let the client use its URL\.$"):
            fake.server(process=True).__enter__()

    def test_one_that_ends_before_it_begins(self, fake: FakeS3, serve: Serve, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(holder, "hold", lambda asks, answers: None)
        with pytest.raises(UsageError, match="ended before it served anything"):
            serve().__enter__()
        assert "in" in fake["bucket"]

    def test_a_finalizer_in_the_middle_of_the_news(self, fake: FakeS3, server: ServerUrl):
        loan = fake.service.loan  # type: ignore[attr-defined]
        with pytest.raises(UsageError, match=r"Close what it finalizes before\.$"):
            loan._thread.submit(lambda: fake.clock.now()).result()


class TestEnd:
    def test_a_copy_of_the_process_has_no_part_in_the_server(self, fake: FakeS3, serve: Serve):
        """What a forked process does first."""
        with serve() as server:
            put(server, "far")
            lending._ask_before_fork()
            lending._leave_after_fork()
            fake.client().put_object(Bucket="bucket", Key="copy", Body=b"")
        assert ["copy", "far", "in"] == list(fake["bucket"])
        assert type(fake.service) is Service

    def test_a_process_that_does_not_end_is_killed(self):
        class Stubborn(ThreadProcess):
            done: ClassVar[list[str]] = []

            def wait(self, timeout: float | None = None) -> None:
                self.done.append("wait")
                if timeout is not None:
                    raise subprocess.TimeoutExpired("python", timeout)
                super().wait()

            def kill(self) -> None:
                self.done.append("kill")

        lending._end(Stubborn())  # type: ignore[arg-type]
        assert ["wait", "kill", "wait"] == Stubborn.done


class TestProcess:
    """The other process is one."""

    def test_it_holds_the_state_and_gives_it_back(self, fake: FakeS3):
        with fake.server(process=True, tls=True) as server:
            assert server.startswith("https://127.0.0.1:")
            assert server.ca_file == server.env["AWS_CA_BUNDLE"]
            process = fake.service.loan._process  # type: ignore[attr-defined]
            assert process.pid != os.getpid()
            fake.client().put_object(Bucket="bucket", Key="near", Body=b"from here")
        assert 0 == process.returncode
        assert ["in", "near"] == list(fake["bucket"])

    def test_one_that_is_gone_is_told_and_what_was_seen_is_kept(self, fake: FakeS3):
        with mock_s3(fake=fake):
            watch = Watch()
            watch.end()
        with pytest.raises(RuntimeError, match=r"is gone .* then the fake has what it last saw\.$"):
            with fake.server(process=True) as server:
                put(server, "seen")
                assert "seen" in fake["bucket"]
                process = fake.service.loan._process  # type: ignore[attr-defined]
                process.kill()
                process.wait()
                with pytest.raises(RuntimeError, match="is gone"):
                    fake.calls.clear()
                ((title, text),) = watch.sections()
                assert ("S3", True) == (title, "is gone" in text)
        assert ["in", "seen"] == list(fake["bucket"])

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
    def test_a_forked_process_has_its_own_copy(self, fake: FakeS3):
        with fake.server(process=True) as server:
            put(server, "far")
            reader, writer = os.pipe()
            pid = os.fork()
            if pid == 0:
                try:
                    fake.client().put_object(Bucket="bucket", Key="of-the-fork", Body=b"")
                    os.write(writer, " ".join(fake["bucket"]).encode())
                finally:
                    os._exit(0)
            os.waitpid(pid, 0)
            assert b"far in of-the-fork" == os.read(reader, 1000)
            os.close(reader)
            os.close(writer)
            put(server, "later")
        assert ["far", "in", "later"] == list(fake["bucket"])

    def test_ctrl_c_is_for_the_test(self, fake: FakeS3):
        with pytest.raises(KeyboardInterrupt):
            with fake.server(process=True) as server:
                fake.service.loan._process.send_signal(signal.SIGINT)  # type: ignore[attr-defined]
                put(server, "far")
                raise KeyboardInterrupt
        assert ["far", "in"] == list(fake["bucket"])
