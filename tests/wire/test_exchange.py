"""What is known of a request by the time it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from fakes3.model.bucket import Bucket
from fakes3.model.identity import ANONYMOUS
from fakes3.operations.registry import REGISTRY
from fakes3.operations.service import Service
from fakes3.wire.addressing import host_of
from fakes3.wire.exchange import Exchange
from fakes3.wire.message import Request


def exchange_at(host: str, service: Service | None = None, **headers: str) -> Exchange:
    made = Exchange(service or Service(), Request("GET", "https", host, "/", "", headers))
    made.host = host_of(host, frozenset())
    return made


class TestNew:
    """An exchange begins with what a request says before it is read."""

    def test_nothing_is_known(self) -> None:
        request = Request("GET", "https", "s3.amazonaws.com", "/bucket/key", "acl", {"range": "bytes=0-1"})
        made = Exchange(Service(), request)
        assert ("GET", ANONYMOUS, request) == (made.operation, made.caller, made.request)
        assert (None, None, None, None) == (made.region, made.signature, made.bucket, made.key)
        assert ({}, {}, ()) == (dict(made.query), dict(made.members), made.rights)


class TestEarlyRefusals:
    """A call is recorded with what was known of it when it was refused."""

    @pytest.mark.parametrize(
        ("method", "target", "headers", "error"),
        [
            ("PUT", "/bucket/key", {"x-long": "x" * 8192}, "RequestHeaderSectionTooLarge"),
            ("GET", "/bucket?prefix=%ff", {}, "InvalidURI"),
            ("GET", "/bucket", {"authorization": "nonsense"}, "InvalidArgument"),
        ],
    )
    def test_before_the_caller_is_known(
        self, stocked: Any, method: str, target: str, headers: dict[str, str], error: str
    ) -> None:
        assert 400 == stocked(method, target, headers).status
        call = stocked.service.calls[-1]
        assert (method, ANONYMOUS, error, {}, ()) == (
            call.operation,
            call.principal,
            call.error,
            call.parameters,
            call.rights,
        )

    def test_before_the_operation_is_known(self, stocked: Any) -> None:
        assert 400 == stocked("GET", "/bucket/%zz").status
        call = stocked.service.calls[-1]
        assert ("GET", stocked.service.root) == (call.operation, call.principal)

    def test_before_the_members_are_known(self, stocked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(REGISTRY, "SelectObjectContent")
        assert 501 == stocked("POST", "/bucket/key?select&select-type=2").status
        call = stocked.service.calls[-1]
        assert ("SelectObjectContent", {}) == (call.operation, call.parameters)


class TestRegion:
    """The region is that of the endpoint, or the bucket's where the endpoint leaves it open."""

    @pytest.mark.parametrize(
        ("host", "region"),
        [
            ("s3.eu-west-1.amazonaws.com", "eu-west-1"),
            ("bucket.s3.eu-west-1.amazonaws.com", "eu-west-1"),
            ("s3.amazonaws.com", "us-east-1"),
            ("absent.s3.amazonaws.com", "us-east-1"),
            ("localhost:9000", None),
        ],
    )
    def test_of_a_host(self, host: str, region: str | None) -> None:
        assert region == exchange_at(host).find_region()

    def test_of_a_bucket_at_the_global_endpoint(self) -> None:
        service = Service()
        bucket = Bucket("bucket", "123456789012", "eu-west-1", service.clock.now())
        service.change_world(lambda world: world.with_bucket(bucket))
        host = "bucket.s3.amazonaws.com"
        assert "eu-west-1" == exchange_at(host, service).find_region()
        assert "us-east-1" == exchange_at(host, service, authorization="AWS A:x").find_region()
        service.clock.advance(hours=1)
        assert "eu-west-1" == exchange_at(host, service, authorization="AWS A:x").find_region()

    def test_it_is_found_once(self, stocked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a request commits cannot change the region it was sent to."""
        found: list[str | None] = []
        find_region = Exchange.find_region

        def count(self: Exchange) -> str | None:
            found.append(find_region(self))
            return found[-1]

        monkeypatch.setattr(Exchange, "find_region", count)
        assert 200 == stocked("PUT", "/bucket/key", body=b"x").status
        assert ["us-east-1"] == found
