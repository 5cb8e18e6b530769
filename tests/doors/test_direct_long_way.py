"""Where somebody could tell the difference, the direct door takes the long way, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from unittest import mock

import boto3
import botocore.parsers
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.handlers import disable_signing
from botocore.httpsession import URLLib3Session
from botocore.stub import Stubber

from fakes3 import FakeS3, mock_s3
from fakes3.doors import direct_cache

from .ways import (
    BEGIN,
    BUCKET,
    check_both_ways,
    counted_sends,
    frozen_fake,
    made_client,
    told,
)


class TestTheLongWay:
    """A call of which more of HTTP is asked than there is above it is sent."""

    @pytest.fixture
    def client(self) -> Any:
        return made_client()

    @pytest.mark.parametrize(
        "event",
        [
            "before-endpoint-resolution.s3",
            "request-created.s3.ListBuckets",
            "choose-signer.s3.ListBuckets",
            "before-sign.s3.ListBuckets",
            "before-send.s3.*",
        ],
    )
    def test_where_somebody_listens_to_sending(self, client, event):
        heard = mock.Mock(return_value=None)
        with mock_s3(direct=True), counted_sends() as sent:
            client.meta.events.register(event, heard)
            client.list_buckets()
            assert len(sent) == 1
            client.meta.events.unregister(event, heard)
            client.list_buckets()
        assert heard.call_count == 1
        assert len(sent) == 1

    def test_where_signing_was_disabled(self, client):
        client.meta.events.register("choose-signer.s3.*", disable_signing)
        with mock_s3(direct=True) as s3, counted_sends() as sent, pytest.raises(ClientError):
            client.get_object(Bucket="nowhere", Key="a")
        assert ["anonymous"] == [str(call.principal) for call in s3.calls]
        assert len(sent) == 1

    def test_where_signatures_are_verified(self, client):
        with mock_s3(direct=True, verify_signatures=True), counted_sends() as sent:
            told(client.list_buckets)
        assert len(sent) == 1

    def test_where_the_client_belongs_to_a_fake(self):
        mine = FakeS3()
        client = mine.client()
        with mock_s3(direct=True) as s3:
            client.create_bucket(Bucket=BUCKET)
        assert BUCKET in mine
        assert BUCKET not in s3

    def test_where_headers_are_long(self, client):
        check_both_ways(
            [*BEGIN, ("put_object", {"Bucket": BUCKET, "Key": "a", "Body": b"", "CacheControl": "x" * 7400})]
        )

    def test_where_the_host_is_let_out(self, client):
        with mock_s3(direct=True, passthrough=["s3.amazonaws.com"]) as s3:
            with mock.patch.object(URLLib3Session, "send", side_effect=ConnectionError), pytest.raises(ConnectionError):
                client.list_buckets()
        assert s3.calls.count() == 0

    def test_where_the_host_is_let_out_of_the_next_mock(self, client):
        def put() -> None:
            client.put_object(Bucket=BUCKET, Key="a", Body=b"x")

        with mock_s3(direct=True) as s3:
            s3.create_bucket(BUCKET)
            put()
        with mock_s3(direct=True, passthrough=[f"{BUCKET}.s3.amazonaws.com"]):
            with mock.patch.object(URLLib3Session, "send", side_effect=ConnectionError), pytest.raises(ConnectionError):
                put()

    def test_where_a_header_is_given_twice(self, client):
        check_both_ways(
            [*BEGIN, ("put_object", {"Bucket": BUCKET, "Key": "a", "Body": b"", "Metadata": {"A": "1", "a": "2"}})]
        )

    def test_where_a_program_reads_times_in_its_own_way(self):
        session: Any = boto3.Session("key", "secret", region_name="us-east-1")
        factory = session._session.get_component("response_parser_factory")
        client = session.client("s3")
        with mock_s3(direct=True) as s3:
            s3.create_bucket(BUCKET, objects={"a": "x"})
            found = []
            for read in (botocore.parsers.DEFAULT_TIMESTAMP_PARSER, str):
                factory.set_parser_defaults(timestamp_parser=read)
                for _ in range(2):
                    client.get_object(Bucket=BUCKET, Key="a")["Body"].read()
                    listed = client.list_objects_v2(Bucket=BUCKET)["Contents"][0]["LastModified"]
                    found.append((type(listed), type(client.head_object(Bucket=BUCKET, Key="a")["LastModified"])))
        assert [(datetime, datetime)] * 2 + [(str, str)] * 2 == found

    def test_where_a_header_is_no_text(self, client):
        def add(params: dict[str, Any], **_: Any) -> None:
            params["headers"]["Cache-Control"] = b"no-store"

        client.meta.events.register("before-call.s3.PutObject", add)
        check_both_ways([*BEGIN, ("put_object", {"Bucket": BUCKET, "Key": "a", "Body": b""})], client)


class TestListeners:
    """The events of a call fire as they do over HTTP, but for those of sending."""

    @pytest.fixture
    def client(self) -> Any:
        return made_client()

    def test_parameters_may_be_provided(self, client):
        client.meta.events.register("provide-client-params.s3", lambda params, **_: {**params, "Bucket": BUCKET})
        with mock_s3(direct=True) as s3, counted_sends() as sent:
            client.create_bucket(Bucket="another")
        assert BUCKET in s3
        assert sent == []

    def test_parameters_may_be_changed(self, client):
        def rename(params: dict[str, Any], **_: Any) -> None:
            params["Key"] = params["Key"].upper()

        client.meta.events.register("before-parameter-build.s3.PutObject", rename)
        with mock_s3(direct=True) as s3, counted_sends() as sent:
            s3.create_bucket(BUCKET)
            for key in "ab":
                client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
            assert ["A", "B"] == list(s3[BUCKET])
        assert sent == []

    def test_what_was_given_stays(self, client):
        given_source = {"Bucket": BUCKET, "Key": "a"}
        with mock_s3(direct=True) as s3:
            s3.create_bucket(BUCKET, objects={"a": "x"})
            client.copy_object(Bucket=BUCKET, Key="b", CopySource=given_source)
        assert given_source == {"Bucket": BUCKET, "Key": "a"}

    def test_headers_may_be_added_before_the_call(self, client):
        def add(params: dict[str, Any], **_: Any) -> None:
            params["headers"]["Cache-Control"] = "no-store"

        client.meta.events.register("before-call.s3.PutObject", add)
        with mock_s3(direct=True) as s3, counted_sends() as sent:
            s3.create_bucket(BUCKET)
            for key in "ab":
                client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
                assert "no-store" == client.head_object(Bucket=BUCKET, Key=key)["CacheControl"]
        assert sent == []

    def test_whoever_hears_of_the_call_may_answer_it(self, client):
        said: Any = mock.Mock(status_code=200), {"Buckets": []}
        client.meta.events.register("before-call.s3.ListBuckets", lambda **_: said)
        with mock_s3(direct=True) as s3, counted_sends() as sent:
            assert {"Buckets": []} == client.list_buckets()
        assert s3.calls.count() == 0
        assert sent == []

    def test_a_stubber_answers(self, client):
        with mock_s3(direct=True) as s3, Stubber(client) as stubber:
            stubber.add_response("list_buckets", {"Buckets": []})
            assert [] == client.list_buckets()["Buckets"]
            stubber.add_client_error("list_buckets", "AccessDenied")
            with pytest.raises(ClientError, match="AccessDenied"):
                client.list_buckets()
        assert s3.calls.count() == 0

    @pytest.mark.parametrize("event", ["response-received", "before-parse", "needs-retry", "after-call"])
    def test_answers_are_shown(self, event):
        def heard(*, direct: bool) -> list[Any]:
            client, found = made_client(), []

            def listen(**about: Any) -> None:
                shown: Any = about.get("http_response") or about.get("response") or about.get("response_dict")
                parsed = about.get("parsed") or about.get("parsed_response") or {}
                if isinstance(shown, tuple):
                    shown, parsed = shown
                headers = shown["headers"] if isinstance(shown, dict) else shown.headers
                status = shown["status_code"] if isinstance(shown, dict) else shown.status_code
                found.append((about["event_name"], status, dict(headers), parsed.get("ETag"), parsed.get("Error")))

            client.meta.events.register(f"{event}.s3", listen)
            with mock_s3(fake=frozen_fake(), direct=direct), counted_sends() as sent:
                client.create_bucket(Bucket=BUCKET)
                for key in "ab":
                    client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
                told(lambda: client.get_object(Bucket=BUCKET, Key="c"))
            assert direct == (sent == [])
            return found

        expected = heard(direct=False)
        assert expected
        assert expected == heard(direct=True)


class TestEntering:
    """Calls are direct in a fake that was entered so, and in no other."""

    def test_is_said_for_each_entry(self):
        client = made_client()
        with mock_s3(direct=True) as outer, counted_sends() as sent:
            client.create_bucket(Bucket="one-bucket")
            with mock_s3() as inner:
                client.create_bucket(Bucket="two-bucket")
                with mock_s3(direct=True) as innermost:
                    client.create_bucket(Bucket="three-bucket")
            client.create_bucket(Bucket="four-bucket")
        assert [["one-bucket", "four-bucket"], ["two-bucket"], ["three-bucket"]] == [
            [call.parameters["Bucket"] for call in s3.calls] for s3 in (outer, inner, innermost)
        ]
        assert ["PUT https://two-bucket.s3.amazonaws.com/"] == sent

    def test_leaves_nothing_behind(self):
        before = BaseClient.__dict__["_make_api_call"]
        with mock_s3(direct=True):
            assert BaseClient.__dict__["_make_api_call"] is not before
        assert BaseClient.__dict__["_make_api_call"] is before

    def test_decorates(self):
        @mock_s3(direct=True)
        def work() -> list[str]:
            client = made_client()
            with counted_sends() as sent:
                client.create_bucket(Bucket=BUCKET)
            return sent

        assert [] == work()

    def test_enters_a_given_fake(self):
        s3 = FakeS3()
        s3.create_bucket(BUCKET, objects={"a": "x"})
        fork, client = s3.fork(), made_client()
        with mock_s3(fake=fork, direct=True):
            client.put_object(Bucket=BUCKET, Key="b", Body=b"y")
        assert (["a"], ["a", "b"]) == (list(s3[BUCKET]), list(fork[BUCKET]))

    def test_follows_a_change_of_listeners_with_what_it_remembers(self):
        client = made_client()
        with mock_s3(direct=True) as s3:
            s3.create_bucket(BUCKET)
            client.put_object(Bucket=BUCKET, Key="a", Body=b"x")
            client.meta.events.register(
                "before-parameter-build.s3.PutObject", lambda params, **_: params.update(ContentType="a/b")
            )
            client.put_object(Bucket=BUCKET, Key="b", Body=b"x")
            assert "a/b" == client.head_object(Bucket=BUCKET, Key="b")["ContentType"]

    def test_forgets_what_would_be_too_much(self, monkeypatch):
        monkeypatch.setattr(direct_cache, "_MOST_KEPT", 2)
        client = made_client()
        with mock_s3(direct=True) as s3:
            for number in range(4):
                client.create_bucket(Bucket=f"bucket-{number}")
                client.put_object(Bucket=f"bucket-{number}", Key="a", Body=b"x")
            assert [["a"]] * 4 == [list(bucket) for bucket in (s3[f"bucket-{number}"] for number in range(4))]
