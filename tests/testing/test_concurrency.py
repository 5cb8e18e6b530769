"""Many threads at once: every answer is of one moment, and no acknowledged write is lost.

Each service here remembers every world it ever had. What a request was told must be true of a world that stood at some
moment between its beginning and its end.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import md5
from random import Random
from threading import Barrier, Event
from typing import Any
from xml.etree import ElementTree

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3, mock_s3
from fakes3.model.versions import Version
from fakes3.model.world import World
from fakes3.operations.service import Service
from fakes3.wire.endpoint import handle
from fakes3.wire.message import Request, Response

BUCKET = "pictures"
KEYS = [f"key-{number}" for number in range(6)]
XMLNS = "{http://s3.amazonaws.com/doc/2006-03-01/}"
SIGNED = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


class RememberingService(Service):
    """A service that keeps every world it had, in the order of commits."""

    def __init__(self) -> None:
        super().__init__()
        self._first = self._current._moment

    @property
    def worlds(self) -> list[World]:
        moment = self._first
        worlds = [moment.world]
        while moment.following:
            (moment,) = moment.following.values()
            worlds.append(moment.world)
        return worlds


class Asker:
    """Asks one service over the wire, and tells which worlds stood meanwhile."""

    def __init__(self, service: RememberingService) -> None:
        self.service = service

    def __call__(
        self, method: str, key: str = "", query: str = "", body: bytes | Iterator[bytes] = b"", **headers: str
    ) -> tuple[Response, list[World]]:
        sent = {
            "authorization": SIGNED,
            "content-length": str(len(body)) if isinstance(body, bytes) else "",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        first = len(self.service.worlds) - 1
        host = f"{BUCKET}.s3.us-east-1.amazonaws.com"
        response = handle(self.service, Request(method, "https", host, f"/{key}", query, sent, body))
        return response, self.service.worlds[first:]


@pytest.fixture
def service() -> RememberingService:
    return RememberingService()


@pytest.fixture
def ask(service) -> Asker:
    return Asker(service)


@pytest.fixture(params=[None, 10e-6], ids=["usual-switching", "switching-every-10us"])
def switching(request) -> Iterator[None]:
    """How often the interpreter changes threads: as it comes, or as often as it can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(request.param or usual)
    yield
    sys.setswitchinterval(usual)


def at_once(threads: int, work: Callable[[int], Any]) -> list[Any]:
    """What each of many threads answers that begin together; raises what any of them raised."""
    gate = Event()

    def begin(number: int) -> Any:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        begun = pool.map(begin, range(threads))
        gate.set()
        return list(begun)


def make_bucket(service: Service, versioning: bool | str) -> None:
    s3 = FakeS3.__new__(FakeS3)
    s3._use(service)
    s3.create_bucket(BUCKET, versioning=versioning)


def listed(world: World) -> dict[str, str]:
    """Keys and ETags of the objects that are current in a world."""
    return {key: version.etag for key, version in world.buckets[BUCKET].versions.current.items()}


def body_of(token: str) -> bytes:
    """A body of which every line tells whose it is; some are long enough to be torn."""
    return f"{token}\n".encode() * (1 + sum(token.encode()) % 400)


class TestHammer:
    """Puts, gets, listings and deletes of the same keys, from 16 threads."""

    @pytest.mark.parametrize("versioning", [False, "Enabled", "Suspended"])
    def test_every_answer_is_of_one_moment(self, service, ask, versioning, switching):
        make_bucket(service, versioning)

        def work(thread: int) -> None:
            chance = Random(thread)
            for step in range(60):
                key = chance.choice(KEYS)
                act = chance.choices([put, get, get_range, list_all, delete], [5, 4, 2, 3, 2])[0]
                act(key, f"{thread}-{step}")

        def put(key: str, token: str) -> None:
            body = body_of(token)
            response, worlds = ask("PUT", key, body=body, x_amz_meta_token=token)
            assert 200 == response.status
            etag = response.headers["ETag"].strip('"')
            assert md5(body).hexdigest() == etag
            assert any(listed(world).get(key) == etag for world in worlds), "an acknowledged write is lost"

        def get(key: str, token: str) -> None:
            response, worlds = ask("GET", key)
            seen = {listed(world).get(key) for world in worlds}
            if response.status == 404:
                assert None in seen
                return
            body, etag = bytes(response.body), response.headers["ETag"].strip('"')
            assert 200 == response.status
            assert body == body_of(response.headers["x-amz-meta-token"]), "a torn body"
            assert md5(body).hexdigest() == etag, "the ETag of another body"
            assert etag in seen

        def get_range(key: str, token: str) -> None:
            response, _ = ask("GET", key, range="bytes=0-99")
            if response.status == 404:
                return
            whole = body_of(response.headers["x-amz-meta-token"])
            assert 206 == response.status
            assert whole[:100] == bytes(response.body)
            assert md5(whole).hexdigest() == response.headers["ETag"].strip('"')
            assert response.headers["Content-Range"].endswith(f"/{len(whole)}")

        def list_all(key: str, token: str) -> None:
            response, worlds = ask("GET", query="list-type=2")
            assert 200 == response.status
            root = ElementTree.fromstring(bytes(response.body))
            told = {
                each.findtext(f"{XMLNS}Key"): str(each.findtext(f"{XMLNS}ETag")).strip('"')
                for each in root.iter(f"{XMLNS}Contents")
            }
            assert any(listed(world) == told for world in worlds), "a listing that no single moment had"

        def delete(key: str, token: str) -> None:
            response, worlds = ask("DELETE", key)
            assert 204 == response.status
            assert any(key not in listed(world) for world in worlds)

        at_once(16, work)

    def test_commits_are_one_after_another(self, service, ask):
        make_bucket(service, True)
        at_once(16, lambda thread: [ask("PUT", KEYS[step % 6], body=b"x") for step in range(20)])
        sequences = [world.sequence for world in service.worlds]
        assert sequences == sorted(set(sequences))
        assert 320 == sum(len(list(service.world.buckets[BUCKET].versions.of(key))) for key in KEYS)

    def test_through_boto3(self):
        config = Config(max_pool_connections=16, retries={"total_max_attempts": 1})
        with mock_s3() as s3:
            s3.create_bucket(BUCKET, objects={key: body_of("0-0") for key in KEYS[:3]})
            client: Any = boto3.client("s3", config=config)

            def work(thread: int) -> None:
                chance = Random(thread)
                for step in range(12):
                    key, token = chance.choice(KEYS[:3]), f"{thread}-{step}"
                    body = body_of(token)
                    told = client.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata={"token": token})
                    assert md5(body).hexdigest() == told["ETag"].strip('"')
                    got = client.get_object(Bucket=BUCKET, Key=key)
                    body = got["Body"].read()
                    assert body == body_of(got["Metadata"].get("token", "0-0"))
                    assert md5(body).hexdigest() == got["ETag"].strip('"')
                    assert KEYS[:3] == [each["Key"] for each in client.list_objects_v2(Bucket=BUCKET)["Contents"]]

            at_once(16, work)
            assert 16 * 12 == s3.calls.count("PutObject", where=lambda call: call.status == 200)


class TestOneKey:
    """Eight writers of one key, a hundred writes each, while others read it."""

    @pytest.mark.parametrize("versioning", [False, True], ids=["unversioned", "versioned"])
    def test_no_acknowledged_write_is_lost_and_no_reader_fails(self, service, ask, versioning, switching):
        make_bucket(service, versioning)
        ask("PUT", "key", body=body_of("first"), x_amz_meta_token="first")

        def write(thread: int) -> list[tuple[str, str | None]]:
            written = []
            for step in range(100):
                token = f"{thread}-{step}"
                response, _ = ask("PUT", "key", body=body_of(token), x_amz_meta_token=token)
                assert 200 == response.status
                written.append((response.headers["ETag"].strip('"'), response.headers.get("x-amz-version-id")))
            return written

        def read(_: int) -> list[tuple[str, str | None]]:
            for _ in range(100):
                response, _ = ask("GET", "key")
                assert 200 == response.status
                assert body_of(response.headers["x-amz-meta-token"]) == bytes(response.body)
            return []

        written = [each for answer in at_once(12, lambda n: write(n) if n < 8 else read(n)) for each in answer]
        assert 800 == len(written)
        committed: list[str] = []
        for world in service.worlds[3:]:
            current = world.buckets[BUCKET].versions.current.get("key")
            assert current is not None
            committed.append(current.etag)
        assert sorted(etag for etag, _ in written) == sorted(committed), "each write was current once"
        if versioning:
            entries = list(service.world.buckets[BUCKET].versions.of("key"))
            kept = [(entry.etag, entry.id) for entry in entries if isinstance(entry, Version)]
            assert 801 == len(kept)
            assert set(kept[:800]) == set(written), "exactly the 800 versions that were acknowledged"
            assert committed == [etag for etag, _ in reversed(kept[:800])]
        else:
            assert committed[-1] == bytes(ask("GET", "key")[0].headers["ETag"].strip('"').encode()).decode()

    @pytest.mark.parametrize("versioning", [False, True], ids=["unversioned", "versioned"])
    def test_if_none_match_has_exactly_one_winner(self, service, ask, versioning):
        """All 64 find no object, and only then does the body of any of them arrive."""
        make_bucket(service, versioning)
        all_found_none = Barrier(64)

        def body(thread: int) -> Iterator[bytes]:
            all_found_none.wait()
            yield f"{thread:02}".encode()

        def put(thread: int) -> int:
            response, _ = ask("PUT", "key", body=body(thread), content_length="2", if_none_match="*")
            return response.status

        answers = at_once(64, put)
        assert {200: 1, 412: 63} == {status: answers.count(status) for status in set(answers)}
        winner = answers.index(200)
        assert f"{winner:02}".encode() == bytes(ask("GET", "key")[0].body)
        assert 1 == len(list(service.world.buckets[BUCKET].versions.of("key")))

    def test_if_match_loses_no_update(self, service, ask, switching):
        """Read, change, write back under the ETag that was read; whoever is refused tries again."""
        make_bucket(service, False)
        ask("PUT", "key", body=b"0")

        def work(_: int) -> None:
            for _ in range(10):
                while True:
                    got, _ = ask("GET", "key")
                    more = str(int(bytes(got.body)) + 1).encode()
                    status = ask("PUT", "key", body=more, if_match=got.headers["ETag"])[0].status
                    if status == 200:
                        break
                    assert 412 == status

        at_once(8, work)
        assert b"80" == bytes(ask("GET", "key")[0].body)

    def test_suspended_versioning_keeps_one_null_version(self, service, ask, switching):
        make_bucket(service, "Suspended")
        at_once(8, lambda thread: [ask("PUT", "key", body=f"{thread}".encode()) for _ in range(30)])
        assert 1 == len(list(service.world.buckets[BUCKET].versions.of("key")))


class TestTheTestAuthorMeanwhile:
    """What a test author does to a fake is one commit, like a request."""

    def test_making_buckets_loses_no_write(self, switching):
        s3 = FakeS3()
        s3._use(service := RememberingService())
        s3.create_bucket(BUCKET)
        ask = Asker(service)

        def work(thread: int) -> None:
            for step in range(40):
                if thread % 2:
                    s3.create_bucket(f"bucket-{thread}-{step}", objects={"a": b"1", "b": b"2"})
                else:
                    ask("PUT", f"{thread}-{step}", body=b"x")

        at_once(8, work)
        assert 4 * 40 == len(s3[BUCKET])
        assert 1 + 4 * 40 == len(s3.buckets)

    def test_forks_and_snapshots_are_of_one_moment(self, service, ask):
        make_bucket(service, False)
        s3 = FakeS3.__new__(FakeS3)
        s3._use(service)

        def work(thread: int) -> None:
            for step in range(30):
                if thread % 2:
                    ask("PUT", KEYS[step % 6], body=f"{thread}-{step}".encode())
                else:
                    fork = s3.fork()
                    assert any(fork.service.world is world for world in service.worlds)
                    held = dict(listed(fork.service.world))
                    fork.client().put_object(Bucket=BUCKET, Key="of-the-fork", Body=b"") if step == 0 else None
                    assert {"of-the-fork"} >= listed(fork.service.world).keys() - held.keys()

        at_once(8, work)
        assert "of-the-fork" not in s3[BUCKET]

    def test_creating_one_bucket_has_one_winner(self):
        s3 = FakeS3(region="eu-west-1")
        client = s3.client(config=Config(retries={"total_max_attempts": 1}))

        def work(_: int) -> str:
            try:
                client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
            except ClientError as error:
                return str(error.response["Error"]["Code"])
            return "created"

        answers = at_once(8, work)
        assert (1, 7) == (answers.count("created"), answers.count("BucketAlreadyOwnedByYou"))
