"""One clock: expiry, locks and lifecycle follow it, however a test moves it, and boto3's own signatures do too."""

from __future__ import annotations

import datetime as datetime_module
import time
from typing import Any

import boto3
import botocore.auth
import botocore.signers
import pytest
import requests
import time_machine
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3, mock_s3
from fakes3.doors.botocore_clock import presigning_at

AUTH: Any = botocore.auth
RULES = {"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}]}


@pytest.fixture(params=[None, "s3v4"], ids=["as boto3 comes", "SigV4"])
def config(request: pytest.FixtureRequest) -> Config:
    """How a client signs: boto3 presigns with version 2 in us-east-1, where nobody says otherwise."""
    return Config(signature_version=request.param)


@pytest.fixture(params=["entered", "bound"])
def client(s3: FakeS3, request: pytest.FixtureRequest, config: Config) -> Any:
    """A client that meets the fake because it is entered, then one that is bound to it."""
    s3.create_bucket("pictures", objects={"cat": "meow"})
    return boto3.client("s3", config=config) if request.param == "entered" else s3.client(config=config)


def url_of(client: Any) -> str:
    return str(client.generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "cat"}, ExpiresIn=60))


def post(form: dict[str, Any]) -> int:
    return requests.post(form["url"], data=form["fields"], files={"file": b"woof"}).status_code


class TestPresigned:
    """A presigned URL or form expires by the fake's clock, and is made by it."""

    def test_a_url_made_before_the_clock_was_moved_expires_by_that(self, s3: FakeS3, client) -> None:
        url = url_of(client)
        assert 200 == requests.get(url).status_code
        s3.clock.advance(seconds=62)
        assert 403 == requests.get(url).status_code

    def test_a_url_made_after_it_is_valid(self, s3: FakeS3, client) -> None:
        s3.clock.advance(days=30)
        url = url_of(client)
        assert b"meow" == requests.get(url).content
        s3.clock.advance(seconds=62)
        assert 403 == requests.get(url).status_code

    @pytest.mark.parametrize("at", ["2001-02-03T04:05:06Z", "2048-12-31T23:59:59Z"])
    def test_at_a_moment_of_ones_choice(self, s3: FakeS3, client, at: str) -> None:
        s3.clock.freeze(at)
        assert b"meow" == requests.get(url_of(client)).content

    def test_forms(self, s3: FakeS3, client) -> None:
        old = client.generate_presigned_post("pictures", "dog", ExpiresIn=60)
        s3.clock.advance(days=30)
        new = client.generate_presigned_post("pictures", "dog", ExpiresIn=60)
        assert (403, 204) == (post(old), post(new))

    def test_plain_requests_go_on(self, s3: FakeS3, client) -> None:
        s3.clock.advance(days=3650)
        client.put_object(Bucket="pictures", Key="dog", Body=b"woof")
        assert s3.clock.now().date() == s3["pictures"]["dog"].last_modified.date()

    def test_a_bound_client_goes_by_its_own_fake(self, s3: FakeS3, config: Config) -> None:
        other = FakeS3()
        other.create_bucket("pictures", objects={"cat": "meow"})
        other.clock.freeze("2001-02-03T04:05:06Z")
        url = url_of(other.client(config=config))
        with mock_s3(fake=other):
            assert 200 == requests.get(url).status_code


class TestNothingStaysBehind:
    """botocore's modules have their own clocks again as soon as something is presigned, and others never lose them."""

    def test_afterwards(self, s3: FakeS3, client) -> None:
        before = [dict(vars(module)) for module in (botocore.auth, botocore.signers)]
        url_of(client)
        client.generate_presigned_post("pictures", "dog")
        after = [dict(vars(module)) for module in (botocore.auth, botocore.signers)]
        assert before == after

    def test_for_other_services_the_process_tells_the_time(self, s3: FakeS3) -> None:
        s3.clock.freeze("2001-02-03T04:05:06Z")
        url = boto3.client("sqs").generate_presigned_url("list_queues")
        assert "X-Amz-Date=2001" not in url

    def test_inside_others_see_the_time_as_it_is(self) -> None:
        clock = FakeS3().clock
        clock.freeze("2001-02-03T04:05:06Z")
        with presigning_at(clock):
            assert 2001 == time.gmtime(AUTH.time.time()).tm_year
            assert time.strftime is AUTH.time.strftime
            with presigning_at(FakeS3().clock):
                assert 2001 == time.gmtime(AUTH.time.time()).tm_year
        assert time is AUTH.time

    def test_botocore_that_asks_datetime(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As botocore did before it had a `get_current_datetime`."""
        monkeypatch.delattr(botocore.auth, "get_current_datetime", raising=False)
        monkeypatch.setattr(botocore.auth, "datetime", datetime_module)
        clock = FakeS3().clock
        clock.freeze("2001-02-03T04:05:06Z")
        with presigning_at(clock):
            told = AUTH.datetime.datetime.utcnow()
            assert datetime_module.datetime(2001, 2, 3, 4, 5, 6) == told
            assert 2002 == AUTH.datetime.datetime.strptime("2002", "%Y").year
            assert datetime_module.timedelta is AUTH.datetime.timedelta
        assert datetime_module is AUTH.datetime


class TestLibrariesThatMoveTime:
    """time-machine and freezegun move the fake's clock with the process's."""

    def test_time_machine(self, s3: FakeS3, s3_client) -> None:
        s3.create_bucket("pictures")
        with time_machine.travel("2030-01-01T12:00:00Z", tick=False) as traveller:
            s3_client.put_bucket_lifecycle_configuration(Bucket="pictures", LifecycleConfiguration=RULES)
            s3_client.put_object(Bucket="pictures", Key="cat")
            url = url_of(s3_client)
            assert 200 == requests.get(url).status_code
            traveller.shift(61)
            assert 403 == requests.get(url).status_code
            assert 200 == requests.get(url_of(s3_client)).status_code
            traveller.shift(datetime_module.timedelta(days=2))
            with pytest.raises(ClientError, match="404"):
                s3_client.head_object(Bucket="pictures", Key="cat")

    def test_freezegun(self, s3: FakeS3, s3_client) -> None:
        freezegun = pytest.importorskip("freezegun")
        s3.create_bucket("pictures", objects={"cat": "meow"})
        with freezegun.freeze_time("2030-01-01 12:00:00") as frozen:
            url = url_of(s3_client)
            assert 200 == requests.get(url).status_code
            frozen.tick(61)
            assert 403 == requests.get(url).status_code
            assert 200 == requests.get(url_of(s3_client)).status_code

    def test_both_add_up(self, s3: FakeS3) -> None:
        with time_machine.travel("2030-01-01T12:00:00Z", tick=False):
            s3.clock.advance(days=1)
            assert "2030-01-02T12:00:00+00:00" == s3.clock.now().isoformat()
