"""Looking at a fake: its calls, what they cost, its content, and what differs between two contents."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3, UsageError, mock_s3
from fakes3.testing.tables import html_table, shorten

NOON = "2026-01-01T12:00:00Z"


@pytest.fixture
def s3() -> FakeS3:
    fake = FakeS3()
    fake.clock.freeze(NOON)
    return fake


@pytest.fixture
def client(s3):
    return s3.client()


class TestCalls:
    """Every request is told with its status, its code, its reason and the bytes in and out."""

    @pytest.fixture(autouse=True)
    def calls(self, s3, client):
        s3.create_bucket("reports")
        client.put_object(Bucket="reports", Key="may", Body=b"all is well")
        client.get_object(Bucket="reports", Key="may", Range="bytes=0-2")
        client.head_object(Bucket="reports", Key="may")
        with pytest.raises(ClientError):
            client.get_object(Bucket="reports", Key="june")

    def test_bytes_in_and_out(self, s3):
        assert [11, 0, 0, 0] == [call.received for call in s3.calls]
        assert [0, 3, 0] == [call.sent for call in s3.calls][:3]
        assert (11, 3) == (s3.calls.received, s3.calls.filter(status=206).sent)

    def test_filter_by_status(self, s3):
        (refused,) = s3.calls.filter(status=404)
        assert ("GetObject", "NoSuchKey") == (refused.operation, refused.error)
        assert 2 == s3.calls.count("GetObject")
        assert 1 == s3.calls.count("GetObject", status=206)

    def test_filter_by_principal(self, s3):
        alice, role = s3.user("alice"), s3.role("reader")
        for each in (alice, role):
            with pytest.raises(ClientError):
                each.client().list_buckets()
        assert s3.calls[-2:-1] == s3.calls.filter(principal=alice) == s3.calls.filter(principal=alice.principal)
        assert s3.calls[-1:] == s3.calls.filter(principal=role.arn) == s3.calls.filter(principal=role.role_arn)
        assert (4, 0) == (s3.calls.count(principal=s3.account()), s3.calls.count("GetObject", principal=alice))
        with pytest.raises(UsageError, match=r"'alice' is not a principal\. Give an identity .*, or an ARN\.$"):
            s3.calls.filter(principal="alice")

    def test_filtered_calls_are_a_list(self, s3):
        assert [s3.calls[0]] == s3.calls.filter("PutObject") == s3.calls[:1]

    def test_repr_of_each(self, s3, client):
        client.list_buckets()
        assert "[<GetObject reports/june: 404 NoSuchKey>, <ListBuckets: 200>]" == repr(s3.calls[3:])

    def test_spent(self, s3):
        assert {"GetObject": 2, "PutObject": 1, "HeadObject": 1} == s3.calls.spent

    def test_as_a_table(self, s3):
        sent = s3.calls[3].sent
        assert [
            "#  operation   bucket   key   status  error      received  sent",
            "1  PutObject   reports  may      200                   11     0",
            "2  GetObject   reports  may      206                    0     3",
            "3  HeadObject  reports  may      200                    0     0",
            f"4  GetObject   reports  june     404  NoSuchKey         0   {sent}",
            "cost of requests: $0.0000062",
        ] == s3.calls.table().splitlines()

    def test_reasons_stand_below_the_table(self, s3):
        with pytest.raises(ClientError):
            s3.user("app").client().get_object(Bucket="reports", Key="may")
        *_, reason, _ = s3.calls[4:].table().splitlines()
        assert f"1: {s3.calls[4].reason}" == reason

    def test_in_a_notebook(self, s3):
        html = s3.calls.filter("PutObject")._repr_html_()
        assert html.startswith("<table><tr><th>#</th><th>operation</th>")
        assert "<td>PutObject</td><td>reports</td><td>may</td><td>200</td><td></td><td>11</td><td>0</td>" in html
        assert html.endswith("</table><p>cost of requests: $0.000005</p>")

    def test_html_is_escaped(self):
        assert "<table><tr><th>key</th></tr><tr><td>&lt;b&gt;</td></tr></table>" == html_table(["key"], [["<b>"]])

    def test_a_page_that_goes_on_is_told(self, s3, client):
        client.put_object(Bucket="reports", Key="april", Body=b"")
        client.list_objects_v2(Bucket="reports", MaxKeys=1)
        client.list_objects_v2(Bucket="reports")
        assert [True, False] == [call.is_truncated for call in s3.calls.filter("ListObjectsV2")]

    @pytest.mark.parametrize("name", ["PutObjects", "put_object", 5])
    def test_what_is_no_operation_is_refused(self, s3, name):
        """Else a typing error would match no call, and a test that expects none would pass."""
        for ask in (s3.calls.filter, s3.calls.count):
            with pytest.raises(UsageError) as refusal:
                ask(name)
            remedy = 'Name operations as the API does, such as "PutObject".'
            assert f"S3 has no operation {name!r}. {remedy}" == str(refusal.value)

    def test_forms_s3_control_and_what_is_for_no_operation_are_found_too(self, s3):
        with mock_s3(fake=s3), s3.budget(GetAccessPoint=1, PATCH=1, PostObject=0):
            with pytest.raises(ClientError, match="NoSuchAccessPoint"):
                boto3.client("s3control").get_access_point(AccountId=s3.account_id, Name="none")
            requests.patch("https://reports.s3.amazonaws.com/may", timeout=1)
        assert [1, 1, 0] == [s3.calls.count(name) for name in ("GetAccessPoint", "PATCH", "PostObject")]

    def test_repr_of_none(self):
        assert "<Calls: 0>" == repr(FakeS3().calls)


class TestCost:
    """What Amazon charges for requests depends on the operation and the storage class. S3: aws.amazon.com/s3/pricing"""

    @pytest.mark.parametrize(
        ("storage_class", "written", "read"),
        [
            ("STANDARD", "5", "0.4"),
            ("REDUCED_REDUNDANCY", "5", "0.4"),
            ("INTELLIGENT_TIERING", "5", "0.4"),
            ("STANDARD_IA", "10", "1"),
            ("ONEZONE_IA", "10", "1"),
            ("GLACIER_IR", "20", "10"),
        ],
    )
    def test_a_write_and_a_read(self, s3, client, storage_class, written, read):
        s3.create_bucket("reports")
        client.put_object(Bucket="reports", Key="may", Body=b"all is well", StorageClass=storage_class)
        client.head_object(Bucket="reports", Key="may")
        assert [Decimal(written), Decimal(read)] == [s3.calls[at : at + 1].cost.dollars * 10**6 for at in (0, 1)]

    def test_lists_are_writes_and_deletions_are_free(self, s3, client):
        s3.create_bucket("reports", objects={"may": "all is well"})
        client.list_objects_v2(Bucket="reports")
        client.delete_object(Bucket="reports", Key="may")
        assert "$0.000005" == str(s3.calls.cost)

    @pytest.mark.parametrize(("storage_class", "millionths"), [("GLACIER", 5 + 5 + 30), ("STANDARD_IA", 30)])
    def test_an_upload_costs_what_its_class_does_and_in_an_archive_only_its_end(
        self, s3, client, storage_class, millionths
    ):
        s3.create_bucket("reports")
        upload: dict[str, Any] = {"Bucket": "reports", "Key": "may"}
        begun = client.create_multipart_upload(**upload, StorageClass=storage_class)
        upload["UploadId"] = begun["UploadId"]
        part = client.upload_part(**upload, PartNumber=1, Body=b"all is well")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        client.complete_multipart_upload(**upload, MultipartUpload=parts)
        assert millionths == s3.calls.cost.dollars * 10**6

    def test_what_has_no_price_here_is_told(self, s3, client):
        s3.create_bucket("reports")
        client.put_object(Bucket="reports", Key="may", Body=b"all is well", StorageClass="DEEP_ARCHIVE")
        client.restore_object(Bucket="reports", Key="may", RestoreRequest={"Days": 1})
        client.list_buckets()
        assert {"PutObject": 1, "RestoreObject": 1} == s3.calls.cost.unpriced
        assert "$0.000005, and that of 1 PutObject and 1 RestoreObject" == str(s3.calls.cost)

    # S3: userguide/ErrorCodeBilling.html
    @pytest.mark.parametrize(
        ("asked", "millionths"),
        [
            ({"Key": "none"}, "0.4"),  # NoSuchKey
            ({"Key": "may", "Range": "bytes=100-"}, "0"),  # InvalidRange
        ],
    )
    def test_some_refusals_are_free(self, s3, client, asked, millionths):
        s3.create_bucket("reports", objects={"may": "all is well"})
        with pytest.raises(ClientError):
            client.get_object(Bucket="reports", **asked)
        assert Decimal(millionths) == s3.calls.cost.dollars * 10**6

    def test_faults_of_s3_are_free(self, s3, client):
        s3.create_bucket("reports")
        s3.faults.add(error="InternalError", on="PutObject", times=1)
        client.put_object(Bucket="reports", Key="may", Body=b"")
        assert [500, 200] == [call.status for call in s3.calls]
        assert "$0.000005" == str(s3.calls.cost)

    def test_who_is_refused_without_credentials_costs_nothing(self, s3):
        s3.create_bucket("reports")
        with pytest.raises(ClientError):
            s3.client(config=Config(signature_version=UNSIGNED)).list_objects_v2(Bucket="reports")
        assert "$0" == str(s3.calls.cost)


class TestBudget:
    def test_within(self, s3, client):
        with s3.budget(ListBuckets=2, others=0) as calls:
            client.list_buckets()
        assert {"ListBuckets": 1} == calls.spent

    def test_other_operations_are_free(self, s3, client):
        with s3.budget(PutObject=0):
            client.list_buckets()

    def test_over(self, s3, client):
        s3.create_bucket("reports")
        with pytest.raises(AssertionError) as failure, s3.budget(PutObject=1, GetObject=5):
            for key in ("may", "june"):
                client.put_object(Bucket="reports", Key=key, Body=b"")
            client.list_buckets()
        assert [
            "More calls than the budget allows:",
            "operation    budget  spent",
            "PutObject         1      2",
            "GetObject         5      0",
            "ListBuckets              1",
            "",
            "#  operation  bucket   key   status  error  received  sent",
            "1  PutObject  reports  may      200                0     0",
            "2  PutObject  reports  june     200                0     0",
        ] == str(failure.value).splitlines()

    def test_over_in_others(self, s3, client):
        with pytest.raises(AssertionError, match=r"(?m)^others +1 +2$"), s3.budget(PutObject=1, others=1):
            client.list_buckets()
            client.list_buckets()

    def test_many_calls_are_not_all_shown(self, s3, client):
        with pytest.raises(AssertionError, match=r"\.\.\. and 5 more$"), s3.budget(ListBuckets=0):
            for _ in range(25):
                client.list_buckets()

    def test_a_failure_in_the_block_comes_first(self, s3, client):
        with pytest.raises(ZeroDivisionError), s3.budget(ListBuckets=0):
            client.list_buckets()
            raise ZeroDivisionError

    @pytest.mark.parametrize(
        ("budget", "message"),
        [
            (
                {"PutObjects": 1},
                "S3 has no operation 'PutObjects'. Name operations as the API does: s3.budget(PutObject=10).",
            ),
            (
                {"GetObject": -1},
                "s3.budget(GetObject=...) cannot be -1. Give a number of calls: s3.budget(GetObject=10).",
            ),
            (
                {"others": True},
                "s3.budget(others=...) cannot be True. Give a number of calls: s3.budget(others=10).",
            ),
        ],
    )
    def test_what_is_no_budget_is_refused_at_once(self, s3, budget, message):
        with pytest.raises(UsageError) as refusal:
            s3.budget(**budget)
        assert message == str(refusal.value)


class TestDifferences:
    """A difference reads like a diff: one line for each thing that is added, removed or changed."""

    @pytest.fixture(autouse=True)
    def bucket(self, s3):
        return s3.create_bucket("reports", objects={"may": "all is well", "june": "well"})

    def test_lines(self, s3, client):
        before = s3.snapshot()
        s3.clock.advance(seconds=60)
        client.put_object(Bucket="reports", Key="april", Body=b"snow", ContentType="text/plain")
        client.delete_object(Bucket="reports", Key="june")
        client.put_object_tagging(Bucket="reports", Key="may", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
        s3.create_bucket("empty")
        client.put_bucket_versioning(Bucket="reports", VersioningConfiguration={"Status": "Enabled"})
        assert [
            "+ bucket empty",
            "~ reports: versioning",
            "+ reports: object 'april': 4 B, text/plain, 2026-01-01 12:01:00",
            "- reports: object 'june': 4 B, binary/octet-stream, 2026-01-01 12:00:00",
            "~ reports: object 'may': tags {} -> {'a': 'b'}",
        ] == str(before.diff(s3.snapshot())).splitlines()

    def test_an_annotation(self, s3, client):
        before = s3.snapshot()
        client.put_object_annotation(Bucket="reports", Key="may", AnnotationName="ml.mood", AnnotationPayload=b"good")
        assert ["~ reports: object 'may': annotations {} -> {'ml.mood': 'good'}"] == before.diff(s3.snapshot()).lines

    def test_a_changed_body(self, s3, client):
        before = s3.snapshot()
        client.put_object(Bucket="reports", Key="may", Body=b"all is not well")
        (line,) = before.diff(s3.snapshot()).lines
        assert line.startswith(
            "~ reports: object 'may': body 11 bytes b'all is well' -> 15 bytes b'all is not well'; etag "
        )

    def test_the_same_bytes_written_again(self, s3, client):
        client.put_object(Bucket="reports", Key="may", Body=b"")
        before = s3.snapshot()
        client.put_object(Bucket="reports", Key="may", Body=b"")
        assert ["~ reports: object 'may': written again"] == before.diff(s3.snapshot()).lines

    def test_a_delete_marker(self, s3, client):
        kept = s3.create_bucket("kept", versioning=True, objects={"may": ""})
        before = s3.snapshot()
        client.delete_object(Bucket="kept", Key="may")
        id_ = kept.versions("may")[0].version_id
        assert [f"+ kept: delete marker 'may': 2026-01-01 12:00:00, version {id_}"] == before.diff(s3.snapshot()).lines

    def test_a_setting_of_an_account(self, s3):
        before = s3.snapshot()
        s3.account().public_access_block = {"BlockPublicAcls": True}
        assert [f"+ public_access of account {s3.account_id}"] == before.diff(s3.snapshot()).lines

    def test_long_lines_are_cut(self, s3, client):
        before = s3.snapshot()
        tags = {"TagSet": [{"Key": f"{n}" * 120, "Value": "x" * 250} for n in range(9)]}
        client.put_object_tagging(Bucket="reports", Key="may", Tagging=tags)
        client.put_object(Bucket="reports", Key="k" * 1024, Body=b"", ContentType="x" * 900)
        assert max(map(len, before.diff(s3.snapshot()).lines)) <= 300

    def test_many_lines_are_cut(self, s3):
        before = s3.snapshot()
        s3.create_bucket("full", objects={f"{number:03}": "" for number in range(200)})
        lines = str(before.diff(s3.snapshot())).splitlines()
        assert (101, "... and 101 more changes") == (len(lines), lines[-1])

    def test_nothing(self, s3):
        assert "nothing differs" == str(s3.snapshot().diff(s3.snapshot()))

    def test_in_a_notebook(self, s3):
        before = s3.snapshot()
        s3.create_bucket("empty")
        assert "<pre>+ bucket empty</pre>" == before.diff(s3.snapshot())._repr_html_()

    def test_equal_snapshots(self, s3, client):
        before = s3.snapshot()
        client.put_object(Bucket="reports", Key="april", Body=b"")
        assert before != s3.snapshot()
        client.delete_object(Bucket="reports", Key="april")
        assert before == s3.snapshot()
        assert before != "reports"

    def test_a_snapshot_tells_its_size(self, s3):
        assert "<Snapshot: 1 buckets, 2 objects>" == repr(s3.snapshot())

    def test_assert_same(self, s3, client):
        before, fork = s3.snapshot(), s3.fork()
        s3.assert_same(before)
        s3.assert_same(fork)
        client.delete_object(Bucket="reports", Key="may")
        for other in (before, fork):
            with pytest.raises(AssertionError) as failure:
                s3.assert_same(other)
            assert (
                "S3 is not the same:\n"
                "- reports: object 'may': 11 B, binary/octet-stream, 2026-01-01 12:00:00" == str(failure.value)
            )


class TestTree:
    def test_uploads_in_progress(self, s3, client):
        s3.create_bucket("reports")
        client.create_multipart_upload(Bucket="reports", Key="may")
        assert "reports (us-east-1, 0 objects, 1 upload in progress)" == s3.tree()
        client.create_multipart_upload(Bucket="reports", Key="may")
        assert "reports (us-east-1, 0 objects, 2 uploads in progress)" == s3.tree()

    def test_in_a_notebook(self, s3):
        s3.create_bucket("reports", objects={"<b>": ""})
        html = "<pre>reports (us-east-1, 1 object)\n└── &#x27;&lt;b&gt;&#x27; 0 B, binary/octet-stream, "
        tree: Any = s3.tree()
        assert s3._repr_html_() == tree._repr_html_()
        assert s3._repr_html_().startswith(html)


class TestReprs:
    def test_of_views(self, s3, client):
        bucket = s3.create_bucket("vault", object_lock=True)
        id_ = client.put_object(Bucket="vault", Key="a", Body=b"x", ObjectLockLegalHoldStatus="ON")["VersionId"]
        assert "<bucket 'vault': us-east-1, 1 object, versioning Enabled, Object Lock>" == repr(bucket)
        assert f"<object 'a': 1 B, binary/octet-stream, 2026-01-01 12:00:00, version {id_}, legal hold>" == repr(
            bucket["a"]
        )
        marker = client.delete_object(Bucket="vault", Key="a")["VersionId"]
        assert f"<delete marker of 'a': 2026-01-01 12:00:00, version {marker}>" == repr(bucket.versions("a")[0])

    def test_of_a_bucket_that_is_gone(self, s3, client):
        bucket = s3.create_bucket("reports")
        client.delete_bucket(Bucket="reports")
        assert "<bucket 'reports': deleted>" == repr(bucket)

    def test_of_many_buckets(self, s3):
        for number in range(22):
            s3.create_bucket(f"bucket-{number:02}")
        assert repr(s3.buckets).endswith("bucket-19 and 2 more>")


def test_a_short_text_stays_as_it_is():
    assert "x" * 80 == shorten("x" * 80)
