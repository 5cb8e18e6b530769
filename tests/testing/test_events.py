"""`s3.events` and `s3.on_event`: what a test author sees of notifications."""

from __future__ import annotations

import io
import logging
import threading
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3, UsageError, current, mock_s3
from fakes3.doors.server import Site, serving
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from fakes3.operations import notifications

CREATED = "s3:ObjectCreated:*"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:queue"


@pytest.fixture
def s3() -> FakeS3:
    s3 = FakeS3()
    s3.create_bucket("pictures")
    s3.create_bucket("others")
    return s3


def keys(events: list[dict[str, Any]]) -> list[str]:
    return [record["s3"]["object"]["key"] for event in events for record in event["Records"]]


def notify(s3: FakeS3, bucket: str = "pictures") -> None:
    rules = [{"QueueArn": QUEUE, "Events": [CREATED, "s3:ObjectRemoved:*"]}]
    s3.client().put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": rules}
    )


class TestHandlers:
    """A handler gets each event of its bucket, as Lambda would."""

    def test_gets_the_event_before_the_call_returns(self, s3: FakeS3) -> None:
        got: list[dict[str, Any]] = []
        s3.on_event("pictures", CREATED, got.append)
        for bucket in ("pictures", "others"):
            s3.client().put_object(Bucket=bucket, Key="my cat.jpg")
        s3.client().delete_object(Bucket="pictures", Key="my cat.jpg")
        assert ["my+cat.jpg"] == keys(got)
        (event,) = got
        assert ["Records"] == list(event)
        assert "on_event" == event["Records"][0]["s3"]["configurationId"]

    def test_of_several_events_with_a_prefix_and_a_suffix(self, s3: FakeS3) -> None:
        got: list[dict[str, Any]] = []
        wanted = ["s3:ObjectCreated:Put", "s3:ObjectRemoved:Delete"]
        s3.on_event("pictures", wanted, got.append, prefix="in/", suffix=".jpg")
        client = s3.client()
        for key in ("in/a.jpg", "in/a.png", "a.jpg"):
            client.put_object(Bucket="pictures", Key=key)
            client.delete_object(Bucket="pictures", Key=key)
        assert ["in/a.jpg", "in/a.jpg"] == keys(got)

    def test_may_be_there_before_its_bucket(self) -> None:
        s3 = FakeS3()
        got: list[dict[str, Any]] = []
        s3.on_event("later", CREATED, got.append)
        s3.create_bucket("later")
        s3.client().put_object(Bucket="later", Key="k")
        assert ["k"] == keys(got)

    def test_what_is_seeded_is_no_event(self, s3: FakeS3) -> None:
        s3.on_event("seeded", CREATED, fail)
        s3.create_bucket("seeded", objects={"k": "text"})
        assert 0 == len(s3.events)

    def test_is_removed(self, s3: FakeS3) -> None:
        got: list[dict[str, Any]] = []
        with s3.on_event("pictures", CREATED, got.append) as registration:
            assert "<handler list.append of events in 'pictures'>" == repr(registration)
            s3.client().put_object(Bucket="pictures", Key="a")
        registration.remove()
        s3.client().put_object(Bucket="pictures", Key="b")
        assert ["a"] == keys(got)

    def test_of_what_happens_by_the_clock(self, s3: FakeS3) -> None:
        got: list[dict[str, Any]] = []
        s3.client().put_object(Bucket="pictures", Key="k", StorageClass="GLACIER")
        request = {"Days": 1, "GlacierJobParameters": {"Tier": "Expedited"}}
        s3.client().restore_object(Bucket="pictures", Key="k", RestoreRequest=request)
        s3.on_event("pictures", "s3:ObjectRestore:Completed", got.append)
        s3.clock.advance(hours=1)
        assert [] == got, "it is known when somebody looks"
        assert "k" in s3["pictures"]
        assert ["k"] == keys(got)

    def test_its_changes_of_an_event_stay_its_own(self, s3: FakeS3) -> None:
        s3.on_event("pictures", CREATED, lambda event: event["Records"][0].clear())
        s3.client().put_object(Bucket="pictures", Key="k")
        assert "k" == s3.events[0]["s3"]["object"]["key"]


class TestHandlersThatCallS3:
    def test_see_the_object_and_write_another(self, s3: FakeS3) -> None:
        client = s3.client()

        def copy(event: dict[str, Any]) -> None:
            (key,) = keys([event])
            body = client.get_object(Bucket="pictures", Key=key)["Body"].read()
            client.put_object(Bucket="others", Key=f"copy of {key}", Body=body)

        s3.on_event("pictures", CREATED, copy)
        client.put_object(Bucket="pictures", Key="k", Body=b"meow")
        assert b"meow" == s3["others"]["copy of k"].body
        assert ["PutObject", "GetObject", "PutObject"] == [each.operation for each in s3.calls]

    def test_for_ever_are_stopped(self, s3: FakeS3) -> None:
        client = s3.client()

        def again(_: dict[str, Any]) -> None:
            client.put_object(Bucket="pictures", Key="k")

        s3.on_event("pictures", CREATED, again)
        with pytest.raises(UsageError) as mistake:
            client.put_object(Bucket="pictures", Key="k")
        assert (
            f"The handler {again.__qualname__} of events in the bucket 'pictures' is called for what it does itself, "
            "and was so 10 times. Let it write into another bucket, or give on_event a prefix= or suffix= that the "
            "keys it writes do not have."
        ) == str(mistake.value)
        assert 11 == len(s3.calls)

    def test_for_ever_in_other_threads_are_stopped_too(self, s3: FakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(notifications, "MOST_AT_ONCE", 4)
        client = s3.client()

        def again(_: dict[str, Any]) -> None:
            client.upload_fileobj(io.BytesIO(b"x"), "pictures", "k")

        s3.on_event("pictures", CREATED, again)
        with pytest.raises(UsageError, match="was so 4 times"):
            client.upload_fileobj(io.BytesIO(b"x"), "pictures", "k")

    def test_in_several_threads_get_their_own_events(self, s3: FakeS3) -> None:
        got: list[str] = []
        s3.on_event("pictures", CREATED, lambda event: got.extend(keys([event])))
        client = s3.client()

        def put(number: int) -> None:
            client.put_object(Bucket="pictures", Key=str(number))

        threads = [threading.Thread(target=put, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert sorted(map(str, range(8))) == sorted(got)


class TestHandlersThatFail:
    """What a handler raises is not lost, and what happened before has happened."""

    @pytest.fixture(params=[False, True])
    def direct(self, request: pytest.FixtureRequest) -> bool:
        return bool(request.param)

    def test_the_call_raises_it(self, direct: bool) -> None:
        with mock_s3(direct=direct) as s3:
            s3.create_bucket("pictures")
            got: list[dict[str, Any]] = []
            s3.on_event("pictures", CREATED, fail)
            s3.on_event("pictures", CREATED, got.append)
            with pytest.raises(ZeroDivisionError):
                boto3.client("s3").put_object(Bucket="pictures", Key="k", Body=b"meow")
            assert b"meow" == s3["pictures"]["k"].body
            assert ["k"] == keys(got), "others are told nevertheless"
            (call,) = s3.calls
            assert ("PutObject", 200, None) == (call.operation, call.status, call.error)

    def test_of_what_happened_by_the_clock_the_next_call_raises_it(self, s3: FakeS3) -> None:
        client = s3.client()
        rule = {"ID": "e", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
        client.put_object(Bucket="pictures", Key="old")
        client.put_bucket_lifecycle_configuration(Bucket="pictures", LifecycleConfiguration={"Rules": [rule]})
        s3.on_event("pictures", "s3:LifecycleExpiration:*", fail)
        s3.clock.advance(days=3)
        with pytest.raises(ZeroDivisionError):
            client.put_object(Bucket="pictures", Key="new")
        assert [] == list(s3["pictures"]), "what was due is done, once, and the call is not"

    def test_an_error_of_s3_is_raised_as_it_is(self, s3: FakeS3) -> None:
        s3.on_event("pictures", CREATED, lambda _: s3.client().get_object(Bucket="others", Key="missing"))
        with pytest.raises(ClientError, match="NoSuchKey"):
            s3.client().put_object(Bucket="pictures", Key="k")

    def test_at_a_server_it_is_logged(self, s3: FakeS3, caplog: pytest.LogCaptureFixture) -> None:
        s3.on_event("pictures", CREATED, fail)
        with serving(Site(s3.service)) as url, caplog.at_level(logging.ERROR, "fakes3"):
            client = boto3.session.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name="us-east-1").client(
                "s3", endpoint_url=url
            )
            client.put_object(Bucket="pictures", Key="k")
            client.close()
        (record,) = caplog.records
        assert "A handler of an event failed" == record.message
        assert record.exc_info is not None
        assert isinstance(record.exc_info[1], ZeroDivisionError)
        assert ["PutObject"] == [each.operation for each in s3.calls]


def fail(_: dict[str, Any]) -> None:
    raise ZeroDivisionError


class TestMistakes:
    @pytest.mark.parametrize("event", ["ObjectCreated:Put", "s3:*", "s3:TestEvent"])
    def test_what_is_no_event(self, s3: FakeS3, event: str) -> None:
        with pytest.raises(UsageError) as mistake:
            s3.on_event("pictures", [CREATED, event], print)
        assert (
            f"on_event cannot wait for {event!r}, which is no event of S3. "
            'Name one as in a notification configuration, such as "s3:ObjectCreated:*".'
        ) == str(mistake.value)

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ((5, CREATED, print), "bucket= cannot be 5. Give a text, such as 'pictures'."),
            (
                ("pictures", 5, print),
                "on_event cannot wait for 5, which is no event of S3. "
                'Name one as in a notification configuration, such as "s3:ObjectCreated:*".',
            ),
            (("pictures", CREATED, 5), "on_event cannot call 5. Give a plain function that takes the event."),
        ],
    )
    def test_what_is_of_another_kind(self, s3: FakeS3, given: Any, message: str) -> None:
        with pytest.raises(UsageError) as mistake:
            s3.on_event(*given)
        assert message == str(mistake.value)

    def test_a_filter_by_what_is_no_event(self, s3: FakeS3) -> None:
        with pytest.raises(UsageError, match=r'^No record can be of \'ObjectCreated:Put\', .*"s3:ObjectCreated:\*"\.$'):
            s3.events.filter("ObjectCreated:Put")

    def test_no_event(self, s3: FakeS3) -> None:
        with pytest.raises(UsageError, match=r'Name one, such as "s3:ObjectCreated:\*"\.'):
            s3.on_event("pictures", [], print)

    def test_a_coroutine_function(self, s3: FakeS3) -> None:
        async def handle(_: dict[str, Any]) -> None: ...

        with pytest.raises(UsageError, match="S3 waits for no coroutine") as mistake:
            s3.on_event("pictures", CREATED, handle)
        assert str(mistake.value).endswith("Give a plain function that takes the event.")


class TestEvents:
    """The records that were sent, the oldest first: one for each destination and each handler."""

    def test_of_configurations_and_handlers(self, s3: FakeS3) -> None:
        notify(s3)
        s3.on_event("pictures", CREATED, handler)
        client = s3.client()
        client.put_object(Bucket="pictures", Key="a")
        client.delete_object(Bucket="pictures", Key="a")
        names = ["ObjectCreated:Put", "ObjectCreated:Put", "ObjectRemoved:Delete"]
        assert names == [each["eventName"] for each in s3.events]
        assert (3, "<Events: 3>") == (len(s3.events), repr(s3.events))
        assert names[1:] == [each["eventName"] for each in s3.events[1:]]
        assert [QUEUE, QUEUE, "handler", QUEUE] == [each.destination for each in s3.events.deliveries]
        assert [s3.events[1]] == s3.events.filter(destination="handler")
        assert [s3.events[2]] == s3.events.filter("s3:ObjectRemoved:*")
        assert [] == s3.events.filter(CREATED, bucket="others")
        assert 2 == len(s3.events.filter(CREATED, bucket="pictures"))
        s3.events.clear()
        assert 0 == len(s3.events) == len(s3.events.deliveries)

    def test_none_without_anybody_who_wants_them(self, s3: FakeS3) -> None:
        s3.client().put_object(Bucket="pictures", Key="a")
        assert 0 == len(s3.events)

    def test_nobody_hears_of_buckets_that_nobody_configured(self, s3: FakeS3) -> None:
        s3.on_event("others", CREATED, fail)
        s3.client().put_object(Bucket="pictures", Key="a")
        assert 0 == len(s3.events)


def handler(_: dict[str, Any]) -> None: ...


class TestForksAndSnapshots:
    """A fork has the handlers of its origin, and events of its own."""

    def test_a_fork(self, s3: FakeS3) -> None:
        got: list[dict[str, Any]] = []
        notify(s3)
        registration = s3.on_event("pictures", CREATED, got.append)
        s3.client().put_object(Bucket="pictures", Key="before")
        fork = s3.fork()
        assert [] == fork.events.deliveries
        fork.client().put_object(Bucket="pictures", Key="in the fork")
        assert ["before", "in+the+fork"] == keys(got)
        assert ["in+the+fork"] * 2 == [each["s3"]["object"]["key"] for each in fork.events]
        registration.remove()
        fork.client().put_object(Bucket="pictures", Key="later")
        assert "later" == keys(got)[-1], "neither sees later changes of the other"
        s3.client().put_object(Bucket="pictures", Key="last")
        assert "later" == keys(got)[-1]

    def test_events_stay_after_a_restore(self, s3: FakeS3) -> None:
        notify(s3)
        snapshot = s3.snapshot()
        s3.client().put_object(Bucket="pictures", Key="k")
        s3.restore(snapshot)
        assert 1 == len(s3.events)

    def test_a_reset_removes_both(self, s3: FakeS3) -> None:
        s3.on_event("pictures", CREATED, handler)
        s3.client().put_object(Bucket="pictures", Key="k")
        s3.reset()
        assert [] == s3.events.deliveries
        s3.create_bucket("pictures")
        s3.client().put_object(Bucket="pictures", Key="k")
        assert [] == s3.events.deliveries


@mock_s3
class TestOfAClass:
    """Each test of a class has the handlers that its set-up registered."""

    got: list[dict[str, Any]]

    @classmethod
    def setup_class(cls) -> None:
        current().create_bucket("pictures")
        cls.got = []
        current().on_event("pictures", CREATED, cls.got.append)

    @pytest.mark.parametrize("key", ["one", "two"])
    def test_one(self, key: str) -> None:
        boto3.client("s3").put_object(Bucket="pictures", Key=key)
        assert key == keys(self.got)[-1]
        assert [key] == [each["s3"]["object"]["key"] for each in current().events]
