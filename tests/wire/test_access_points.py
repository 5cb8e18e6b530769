"""Which hosts, and which names in place of a bucket's, lead through an access point.

S3: userguide/access-points-naming.html, userguide/MultiRegionAccessPointRequests.html
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes3 import FakeS3
from fakes3.wire.endpoint import handle
from fakes3.wire.message import Request

from ..ask import Answer, Ask, signed_by

ACCOUNT = "123456789012"
LABEL = f"way-{ACCOUNT}"


@pytest.fixture
def s3() -> FakeS3:
    """An S3 with an access point `way` at the bucket `pictures`, in which `a b` holds `meow`."""
    s3 = FakeS3()
    s3.create_bucket("pictures", objects={"a b": "meow"})
    s3.account().access_point("way", "pictures")
    return s3


@pytest.fixture
def ask(s3: FakeS3) -> Ask:
    return Ask(s3.service)


@pytest.fixture
def alias(s3: FakeS3) -> str:
    (point,) = s3.account().access_points
    return point.alias


@pytest.fixture
def send(s3: FakeS3) -> Callable[..., Answer]:
    """Sends a GET to a server that has buckets below `localhost`."""

    def sent(path: str, host: str, *, scheme: str = "https", service: str = "s3", region: str = "us-east-1") -> Answer:
        signature = signed_by(region=region).replace("/s3/", f"/{service}/")
        headers = {"host": host, "authorization": signature}
        bases = frozenset({"localhost", "s3.localhost"})
        return Answer(handle(s3.service, Request("GET", scheme, host, path, "", headers), bases))

    return sent


class TestHosts:
    @pytest.mark.parametrize(
        "host",
        [
            f"{LABEL}.s3-accesspoint.us-east-1.amazonaws.com",
            f"{LABEL}.s3-accesspoint-fips.us-east-1.amazonaws.com",
            f"{LABEL}.s3-accesspoint.dualstack.us-east-1.amazonaws.com",
            f"{LABEL}.s3-accesspoint-fips.dualstack.us-east-1.amazonaws.com",
            f"{LABEL}.s3-accesspoint.us-east-1.amazonaws.com:443",
            f"{LABEL.upper()}.S3-ACCESSPOINT.US-EAST-1.AMAZONAWS.COM",
            f"{LABEL}.accesspoint.vpce-0123456789abcdef0-ab12cd34.s3.us-east-1.vpce.amazonaws.com",
            f"{LABEL}.localhost:9000",
            f"{LABEL}.s3.localhost",
        ],
    )
    def test_of_its_name(self, s3: FakeS3, send: Callable[..., Answer], host: str) -> None:
        assert b"meow" == send("/a%20b", host).body
        assert ("GetObject", "pictures") == (s3.calls[-1].operation, s3.calls[-1].parameters["Bucket"])

    @pytest.mark.parametrize(
        ("host", "target"),
        [
            ("s3.us-east-1.amazonaws.com", "/{alias}/a%20b"),
            ("{alias}.s3.us-east-1.amazonaws.com", "/a%20b"),
            ("{alias}.s3.amazonaws.com", "/a%20b"),
            ("127.0.0.1:9000", "/{alias}/a%20b"),
            ("localhost:9000", "/{alias}/a%20b"),
            ("{alias}.localhost:9000", "/a%20b"),
            ("minio:9000", "/{alias}/a%20b"),
        ],
    )
    def test_of_its_alias(self, send: Callable[..., Answer], alias: str, host: str, target: str) -> None:
        host, target = (text.format(alias=alias) for text in (host, target))
        assert b"meow" == send(target, host).body
        assert "<Key>a b</Key>" in send(target.removesuffix("a%20b"), host).text

    def test_a_bucket_comes_before_an_access_point_of_the_same_label(
        self, s3: FakeS3, send: Callable[..., Answer]
    ) -> None:
        s3.create_bucket(LABEL, objects={"a b": "mine"})
        assert b"mine" == send("/a%20b", f"{LABEL}.localhost").body
        assert b"meow" == send("/a%20b", f"{LABEL}.s3-accesspoint.us-east-1.amazonaws.com").body

    @pytest.mark.parametrize(
        "host", [f"{LABEL}.s3-accesspoint.eu-west-1.amazonaws.com", "way.s3-accesspoint.us-east-1.amazonaws.com"]
    )
    def test_where_there_is_none(self, send: Callable[..., Answer], host: str) -> None:
        answer = send("/a", host, region=host.split(".")[2])
        assert (404, "NoSuchBucket") == (answer.status, answer.code)

    @pytest.mark.parametrize("host", ["s3-accesspoint.us-east-1.amazonaws.com", "accesspoint.s3-global.amazonaws.com"])
    def test_without_a_name_nothing_is_modelled(self, ask: Ask, host: str) -> None:
        assert (501, "NotImplemented") == ((answer := ask("GET", "/a", host=host)).status, answer.code)

    def test_an_alias_that_nobody_has(self, ask: Ask) -> None:
        answer = ask("GET", "/way-x-s3alias/a")
        assert (403, "Could not access through this access point") == (answer.status, answer.error["Message"])

    def test_a_key_that_looks_as_its_alias(self, ask: Ask, alias: str) -> None:
        assert 200 == ask("PUT", f"/{alias}/{alias}", body=b"x").status
        assert b"x" == ask("GET", f"/pictures/{alias}").body
        assert b"x" == ask("GET", f"/{alias}", host=f"{LABEL}.s3-accesspoint.us-east-1.amazonaws.com").body


class TestRegions:
    def test_a_signature_for_another_region(self, send: Callable[..., Answer]) -> None:
        answer = send("/a%20b", f"{LABEL}.s3-accesspoint.us-east-1.amazonaws.com", region="eu-west-1")
        assert (400, "AuthorizationHeaderMalformed") == (answer.status, answer.code)
        assert "us-east-1" == answer.error["Region"]

    def test_an_alias_at_an_endpoint_of_another_region(self, ask: Ask, alias: str) -> None:
        answer = ask("GET", f"/{alias}/a%20b", host="s3.eu-west-1.amazonaws.com")
        assert (301, "PermanentRedirect") == (answer.status, answer.code)
        assert alias == answer.error["Bucket"]
        assert answer.error["Endpoint"].startswith(f"{alias}.s3")


class TestTransport:
    def test_without_tls(self, send: Callable[..., Answer], alias: str) -> None:
        answer = send("/a%20b", f"{LABEL}.s3-accesspoint.us-east-1.amazonaws.com", scheme="http")
        assert 501 == answer.status
        assert "access points without TLS" in answer.error["Message"]
        assert 200 == send(f"/{alias}/a%20b", "127.0.0.1:9000", scheme="http").status


class TestOutposts:
    """S3 on Outposts is refused by its name, wherever its requests arrive and however they are signed."""

    @pytest.mark.parametrize(
        ("host", "service"),
        [
            (f"{LABEL}.op-01ac5d28a6a232904.s3-outposts.us-east-1.amazonaws.com", "s3-outposts"),
            (f"{LABEL}.op-01ac5d28a6a232904.s3-outposts.us-east-1.amazonaws.com", "s3"),
            ("s3-outposts.us-east-1.amazonaws.com", "s3-outposts"),
            (f"{LABEL}.op-01ac5d28a6a232904.localhost:9000", "s3-outposts"),
            ("localhost:9000", "s3-outposts"),
        ],
    )
    def test_it_is_not_modelled(self, send: Callable[..., Answer], host: str, service: str) -> None:
        answer = send("/k", host, service=service)
        assert (501, "NotImplemented") == (answer.status, answer.code)
        assert "fakes3 does not model outposts endpoints" in answer.error["Message"]
