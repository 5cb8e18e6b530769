"""One S3: an operation decides on a world, and its next world becomes the world if nobody was faster."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fakes3.model.errors import NoSuchBucket, PreconditionFailed
from fakes3.model.identity import ACCESS_KEY_ID
from fakes3.model.world import World
from fakes3.operations.call import Ask
from fakes3.operations.service import Service
from fakes3.operations.settings import Settings
from fakes3.wire.endpoint import handle
from fakes3.wire.message import Request


def put(service: Service, key: str, body: Any, **more: Any) -> dict[str, Any]:
    parameters = {"Bucket": "bucket", "Key": key, "Body": body, **more}
    return service.perform(Ask("PutObject", parameters, service.root)).members


def keys(service: Service) -> list[str]:
    return list(service.world.buckets["bucket"].versions.current)


class TestPerform:
    """Check everything, then commit once."""

    def test_what_is_committed_is_there(self, service: Service, sent: Callable[..., Any]) -> None:
        put(service, "k", sent(b"x"))
        assert ["k"] == keys(service)

    def test_each_commit_is_one(self, service: Service, sent: Callable[..., Any]) -> None:
        before = service.world.sequence
        put(service, "k", sent(b"x"))
        assert before + 1 == service.world.sequence

    def test_a_read_commits_nothing(self, service: Service, sent: Callable[..., Any]) -> None:
        put(service, "k", sent(b"x"))
        before = service.world
        service.perform(Ask("GetObject", {"Bucket": "bucket", "Key": "k"}, service.root))
        assert before is service.world

    def test_a_failure_changes_nothing(self, service: Service, sent: Callable[..., Any]) -> None:
        before = service.world
        members = {"Bucket": "nowhere", "Key": "k", "Body": sent(b"")}
        with pytest.raises(NoSuchBucket):
            service.perform(Ask("PutObject", members, service.root))
        assert before is service.world


class TestRaces:
    """Where somebody committed in between, the operation is asked again, on their world."""

    def test_both_writes_are_kept(self, service: Service, sent: Callable[..., Any]) -> None:
        put(service, "mine", sent(b"1", meanwhile=lambda: put(service, "theirs", sent(b"2"))))
        assert ["mine", "theirs"] == keys(service)

    def test_the_last_to_finish_wins(self, service: Service, sent: Callable[..., Any]) -> None:
        put(service, "k", sent(b"slow", meanwhile=lambda: put(service, "k", sent(b"fast"))))
        assert b"slow" == bytes(service.world.buckets["bucket"].versions.current["k"].body)

    def test_a_body_is_read_once(self, service: Service, sent: Callable[..., Any]) -> None:
        body = sent(b"1", meanwhile=lambda: put(service, "theirs", sent(b"2")))
        put(service, "mine", body)
        assert 1 == body.times_read

    # S3: userguide/conditional-writes.html, "the first to finish wins"
    def test_a_condition_holds_at_the_commit(self, service: Service, sent: Callable[..., Any]) -> None:
        body = sent(b"slow", meanwhile=lambda: put(service, "k", sent(b"fast")))
        with pytest.raises(PreconditionFailed):
            put(service, "k", body, IfNoneMatch="*")
        assert b"fast" == bytes(service.world.buckets["bucket"].versions.current["k"].body)

    def test_a_bucket_may_be_gone_at_the_commit(self, service: Service, sent: Callable[..., Any]) -> None:
        def delete() -> None:
            service.perform(Ask("DeleteBucket", {"Bucket": "bucket"}, service.root))

        with pytest.raises(NoSuchBucket):
            put(service, "k", sent(b"slow", meanwhile=delete))
        assert "bucket" not in service.world.buckets

    def test_of_many_conditional_writers_one_wins(self, service: Service, sent: Callable[..., Any]) -> None:
        def write(number: int) -> bool:
            try:
                put(service, "k", sent(bytes([number])), IfNoneMatch="*")
            except PreconditionFailed:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(write, range(32), timeout=60))
        assert 1 == sum(won)
        assert bytes([won.index(True)]) == bytes(service.world.buckets["bucket"].versions.current["k"].body)

    def test_of_many_writers_none_is_lost(self, service: Service, sent: Callable[..., Any]) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: put(service, f"{number:03}", sent(b"x")), range(100), timeout=60))
        assert [f"{number:03}" for number in range(100)] == keys(service)


class TestFork:
    """A fork has the same content, and goes its own way."""

    def test_what_either_does_the_other_never_sees(self, service: Service, sent: Callable[..., Any]) -> None:
        put(service, "both", sent(b"x"))
        twin = service.fork()
        put(service, "mine", sent(b"x"))
        put(twin, "theirs", sent(b"x"))
        assert (["both", "mine"], ["both", "theirs"]) == (keys(service), keys(twin))

    def test_it_shares_the_world_and_copies_nothing(self, service: Service) -> None:
        assert service.world is service.fork().world

    def test_its_clock_is_its_own(self, service: Service) -> None:
        twin = service.fork()
        twin.clock.advance(days=1)
        assert service.clock.now() < twin.clock.now()

    def test_it_remembers_no_calls(self, service: Service) -> None:
        assert not service.fork().calls

    def test_its_keys_sign_there_too(self, service: Service) -> None:
        assert service.access_keys == service.fork().access_keys
        assert service.root == service.access_keys[ACCESS_KEY_ID].principal


class TestKeptCalls:
    """All calls are kept, or the latest ones where a server says how many."""

    @staticmethod
    def ask(service: Service, times: int) -> None:
        for number in range(times):
            handle(service, Request("GET", "https", "s3.us-east-1.amazonaws.com", f"/bucket-{number}", "", {}))

    def test_all_by_default(self) -> None:
        self.ask(service := Service(), 20)
        assert 20 == len(service.calls)

    @pytest.mark.parametrize("kept", [0, 3])
    def test_the_latest(self, kept: int) -> None:
        self.ask(service := Service(keep_calls=kept), 20)
        expected = [f"bucket-{number}" for number in range(20 - kept, 20)]
        assert expected == [call.parameters["Bucket"] for call in service.calls]

    def test_a_fork_keeps_as_many(self) -> None:
        self.ask(twin := Service(keep_calls=3).fork(), 20)
        assert 3 == len(twin.calls)


class TestReplacedWorld:
    """A test author may put back an earlier world; ids that were given out since are not given out again."""

    def test_the_sequence_goes_on(self, service: Service, sent: Callable[..., Any]) -> None:
        snapshot = service.world
        put(service, "k", sent(b"x"))
        later = service.world.sequence
        service.replace_world(snapshot)
        assert ([], later) == (keys(service), service.world.sequence)

    def test_a_change_is_one_commit(self, service: Service) -> None:
        service.change_world(lambda world: world.without_bucket("bucket"))
        assert {} == dict(service.world.buckets)


class TestSettings:
    def test_root_is_of_the_partition_of_the_region(self) -> None:
        assert "arn:aws:iam::123456789012:root" == Service().root.arn
        there = Service(Settings(account="210987654321", region="cn-north-1"))
        assert "arn:aws-cn:iam::210987654321:root" == there.root.arn

    def test_the_same_seed_and_the_same_calls_make_the_same_world(self, sent: Callable[..., Any]) -> None:
        def made(seed: int) -> World:
            service = Service(Settings(seed=seed))
            service.clock.freeze("2026-01-01")
            service.perform(Ask("CreateBucket", {"Bucket": "bucket"}, service.root))
            put(service, "k", sent(b"x"))
            return service.world

        assert made(1) == made(1)
