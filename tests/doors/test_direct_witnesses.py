"""By default boto3 is answered above HTTP, unless somebody could see that nothing is sent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from unittest import mock

import boto3
import botocore.auth
import botocore.client
import botocore.endpoint
import botocore.history
import botocore.httpsession
import botocore.session
import botocore.signers
import pytest
from botocore.config import Config

from fakes3 import FakeS3, mock_s3
from fakes3.doors import direct


def sends(client: Any, s3: FakeS3) -> bool:
    """Whether a call of the client is sent. It is answered either way."""
    before = s3.calls.count()
    with mock.patch.object(direct, "handle", wraps=direct.handle) as above_http:  # since whoever sends is a witness
        client.list_buckets()
    assert before + 1 == s3.calls.count()
    return not above_http.called


def watched(owner: Any, name: str) -> Any:
    """Put a function in the place of one of botocore's that does the same."""
    really = getattr(owner, name)
    return mock.patch.object(owner, name, lambda *args, **kwargs: really(*args, **kwargs))


class TestByDefault:
    """Nothing is sent where nobody could see it."""

    def test_by_a_plain_client(self) -> None:
        with mock_s3() as s3:
            assert not sends(boto3.client("s3"), s3)

    def test_by_a_client_of_the_fake(self) -> None:
        with mock_s3() as s3:
            assert not sends(s3.client(), s3)

    def test_by_a_client_of_another_fake_which_answers_it(self) -> None:
        mine = FakeS3()
        client = mine.client()
        with mock_s3() as s3:
            assert not sends(client, mine)
            assert 0 == s3.calls.count()

    def test_by_a_client_of_a_fake_that_is_not_entered(self) -> None:
        mine = FakeS3()
        assert sends(mine.client(), mine)

    def test_it_can_be_refused(self) -> None:
        with mock_s3(direct=False) as s3:
            assert sends(boto3.client("s3"), s3)

    def test_it_is_shared_with_the_mock_around(self) -> None:
        with mock_s3(direct=False) as s3, mock_s3(nested="share"):
            assert sends(boto3.client("s3"), s3)


PLACES = [
    (botocore.auth.S3SigV4Auth, "add_auth"),
    (botocore.client.BaseClient, "_make_request"),
    (botocore.client.BaseClient, "_convert_to_request_dict"),
    (botocore.endpoint.Endpoint, "make_request"),
    (botocore.endpoint.Endpoint, "_send"),
    (botocore.endpoint.Endpoint, "prepare_request"),
    (botocore.httpsession.URLLib3Session, "send"),
    (botocore.signers.RequestSigner, "sign"),
]

PARTS: list[tuple[Callable[[Any], Any], str]] = [
    (lambda client: client, "_make_request"),
    (lambda client: client._endpoint, "make_request"),
    (lambda client: client._endpoint, "_send"),
    (lambda client: client._endpoint.http_session, "send"),
    (lambda client: client._request_signer, "sign"),
]


class TestWitnesses:
    """A call is sent where somebody could see it."""

    @pytest.mark.parametrize(("owner", "name"), PLACES)
    def test_who_replaces_a_method_of_a_class(self, owner: Any, name: str) -> None:
        with mock_s3() as s3:
            client = boto3.client("s3")
            assert not sends(client, s3)
            with watched(owner, name):
                assert sends(client, s3)
            assert not sends(client, s3)

    @pytest.mark.parametrize(("part", "name"), PARTS)
    def test_who_replaces_a_method_of_one_client(self, part: Callable[[Any], Any], name: str) -> None:
        with mock_s3() as s3:
            client, other = boto3.client("s3"), boto3.client("s3")
            with watched(part(client), name):
                assert sends(client, s3)
                assert not sends(other, s3)
            assert not sends(client, s3)

    def test_who_replaced_it_before_the_mock(self) -> None:
        with watched(botocore.endpoint.Endpoint, "_send_request"), mock_s3() as s3:
            assert sends(boto3.client("s3"), s3)

    @pytest.mark.parametrize("name", ["_endpoint", "_request_signer", "_serializer"])
    def test_who_replaces_a_part_of_a_client(self, name: str) -> None:
        class Other:
            def __init__(self, really: Any) -> None:
                self._really = really

            def __getattr__(self, attribute: str) -> Any:
                return getattr(self._really, attribute)

        with mock_s3() as s3:
            client: Any = boto3.client("s3")
            setattr(client, name, Other(getattr(client, name)))
            assert sends(client, s3)

    def test_a_part_that_is_no_longer_there(self) -> None:
        with mock_s3() as s3:
            client: Any = boto3.client("s3")
            del client._endpoint.http_session._proxy_config
            assert sends(client, s3)

    def test_a_class_with_a_base_of_its_own(self) -> None:
        class Mine:
            def _make_request(self, *args: Any) -> Any:
                return super()._make_request(*args)  # type: ignore[misc]

        def add(base_classes: list[type], **_: Any) -> None:
            base_classes.insert(0, Mine)

        with mock_s3() as s3:
            session = boto3.session.Session()
            session.events.register("creating-client-class.s3", add)
            assert sends(session.client("s3"), s3)

    def test_a_proxy(self) -> None:
        with mock_s3() as s3:
            config = Config(proxies={"https": "http://127.0.0.1:9", "http": "http://127.0.0.1:9"})
            assert sends(boto3.client("s3", config=config), s3)

    def test_a_proxy_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        with mock_s3() as s3:
            assert sends(boto3.client("s3"), s3)

    @pytest.mark.parametrize("name", ["", "botocore", "botocore.endpoint", "botocore.auth", "botocore.parsers"])
    def test_who_reads_the_log(self, caplog: pytest.LogCaptureFixture, name: str) -> None:
        with mock_s3() as s3:
            client = boto3.client("s3")
            with caplog.at_level(logging.DEBUG, logger=name or None):
                assert sends(client, s3)

    def test_who_reads_the_history(self) -> None:
        history: Any = botocore.history
        recorder = history.get_global_history_recorder()
        with mock_s3() as s3:
            client = boto3.client("s3")
            recorder.enable()
            try:
                assert sends(client, s3)
            finally:
                recorder.disable()
            assert not sends(client, s3)

    def test_who_listens_to_every_event(self) -> None:
        heard: list[str] = []
        with mock_s3() as s3:
            client = boto3.client("s3")
            client.meta.events.register("*", lambda event_name, **_: heard.append(event_name))
            assert sends(client, s3)
        assert "before-send.s3.ListBuckets" in heard

    def test_an_answer_that_a_stubber_gives(self) -> None:
        from botocore.stub import Stubber

        with mock_s3() as s3:
            client = boto3.client("s3")
            with Stubber(client) as stubber:
                stubber.add_response("list_buckets", {"Buckets": []})
                assert [] == client.list_buckets()["Buckets"]
            assert 0 == s3.calls.count()

    def test_a_fault_of_the_connection(self) -> None:
        with mock_s3() as s3:
            client = boto3.client("s3")
            s3.faults.add(error="SlowDown", times=1)
            assert 1 == client.list_buckets()["ResponseMetadata"]["RetryAttempts"]
            s3.faults.clear()
            assert not sends(client, s3)
