"""What boto3 raises of a refusal carries a note: which rule refused, and what would allow it."""

from __future__ import annotations

import copy
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import boto3
import boto3.exceptions
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from fakes3 import FakeS3, mock_s3

pytest_plugins = ["pytester"]

NOTE = ("fakes3: the versioning of a bucket with Object Lock stays enabled. Use a bucket without Object Lock.",)
SUSPENDED = {"Status": "Suspended"}


@pytest.fixture
def locked(s3: FakeS3) -> str:
    """The name of a bucket with Object Lock."""
    return s3.create_bucket("locked", object_lock=True).name


def notes_of(call: Callable[..., Any], **parameters: Any) -> tuple[str, ...]:
    """The notes of what a call raises."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return tuple(getattr(caught.value, "__notes__", ()))


class TestNotes:
    """The exception has a note, and is otherwise what it is on S3."""

    @pytest.mark.parametrize("direct", [False, True])
    def test_of_a_plain_client(self, direct):
        before = boto3.client("s3", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        with mock_s3(direct=direct) as s3:
            s3.create_bucket("locked", object_lock=True)
            for client in (before, boto3.client("s3")):
                notes = notes_of(client.put_bucket_versioning, Bucket="locked", VersioningConfiguration=SUSPENDED)
                assert NOTE == notes

    def test_of_the_fakes_own_client(self, s3, s3_client, locked):
        assert NOTE == notes_of(s3_client.put_bucket_versioning, Bucket=locked, VersioningConfiguration=SUSPENDED)

    def test_of_the_own_client_of_a_fake_that_nobody_entered(self):
        s3 = FakeS3()
        s3.create_bucket("locked", object_lock=True)
        assert NOTE == notes_of(s3.client().put_bucket_versioning, Bucket="locked", VersioningConfiguration=SUSPENDED)
        versioning = s3.resource().Bucket("locked").Versioning()
        assert NOTE == notes_of(versioning.suspend)

    def test_the_answer_stays_that_of_s3(self, s3_client, locked):
        with pytest.raises(ClientError) as caught:
            s3_client.put_bucket_versioning(Bucket=locked, VersioningConfiguration=SUSPENDED)
        text = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        assert {"Code": "InvalidBucketState", "Message": text} == caught.value.response["Error"]
        operation = "An error occurred (InvalidBucketState) when calling the PutBucketVersioning operation"
        assert f"{operation}: {text}" == str(caught.value)

    def test_the_same_is_in_the_header_and_in_the_record(self, s3, s3_client, locked):
        with pytest.raises(ClientError) as caught:
            s3_client.put_bucket_versioning(Bucket=locked, VersioningConfiguration=SUSPENDED)
        headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
        assert NOTE == (f"fakes3: {headers['x-fakes3-reason']}",) == (f"fakes3: {s3.calls[-1].reason}",)

    def test_of_a_head_whose_answer_has_no_body(self, s3, locked):
        alice = s3.user("alice")
        (note,) = notes_of(alice.client().head_bucket, Bucket=locked)
        assert note.startswith(f"fakes3: {alice.arn} may not s3:ListBucket on arn:aws:s3:::locked: no identity policy")

    def test_of_an_exception_of_its_own_class(self, s3):
        s3.create_bucket("pictures")
        client = s3.user("alice").client()
        with pytest.raises(client.exceptions.ClientError) as caught:
            client.get_object(Bucket="pictures", Key="cat")
        assert 1 == len(caught.value.__notes__)

    def test_none_where_there_is_nothing_to_say(self, s3, s3_client):
        s3.create_bucket("pictures")
        assert () == notes_of(s3_client.get_object, Bucket="pictures", Key="cat")

    def test_is_in_the_traceback_of_what_is_raised_of_it(self, s3, locked, tmp_path):
        (tmp_path / "cat").write_text("meow")
        client = s3.user("alice").client()
        with pytest.raises(boto3.exceptions.S3UploadFailedError) as caught:
            client.upload_file(str(tmp_path / "cat"), locked, "cat")
        assert "\nfakes3: arn:aws:iam::123456789012:user/alice may not s3:PutObject" in "".join(
            traceback.format_exception(caught.value)
        )

    def test_copies_have_it_too(self, s3_client, locked):
        with pytest.raises(ClientError) as caught:
            s3_client.put_bucket_versioning(Bucket=locked, VersioningConfiguration=SUSPENDED)
        for twin in (copy.copy(caught.value), pickle.loads(pickle.dumps(caught.value))):
            assert NOTE == tuple(twin.__notes__)

    @pytest.mark.parametrize("answer", [{}, {"ResponseMetadata": {}}, {"ResponseMetadata": {"HTTPHeaders": None}}])
    def test_none_on_errors_that_are_made_by_hand(self, s3, answer):
        assert not hasattr(ClientError(answer, "GetObject"), "__notes__")

    def test_of_a_stubbed_client(self, s3, s3_client):
        with Stubber(s3_client) as stubber:
            stubber.add_client_error("get_object", "NoSuchKey")
            assert () == notes_of(s3_client.get_object, Bucket="b", Key="k")

    def test_a_patched_client_is_asked_as_it_is_patched(self, monkeypatch):
        client = FakeS3().client()
        monkeypatch.setattr("botocore.client.BaseClient._make_api_call", lambda *_: "patched")
        assert "patched" == client.list_buckets()


class TestAsynchronousClients:
    """What aiobotocore raises has the note too."""

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.mark.anyio
    async def test_of_aiobotocore(self, s3, locked):
        session = pytest.importorskip("aiobotocore.session").get_session()
        async with session.create_client("s3", region_name="us-east-1") as client:
            with pytest.raises(ClientError) as caught:
                await client.put_bucket_versioning(Bucket=locked, VersioningConfiguration=SUSPENDED)
        assert NOTE == tuple(caught.value.__notes__)


class TestLeaving:
    """What was patched is restored."""

    def test_the_class_begins_as_ever(self):
        before = ClientError.__dict__["__init__"]
        with mock_s3():
            with mock_s3():
                assert before is not ClientError.__dict__["__init__"]
            assert before is not ClientError.__dict__["__init__"]
        assert before is ClientError.__dict__["__init__"]

    def test_errors_of_others_have_no_notes(self):
        answer: Any = {"Error": {}, "ResponseMetadata": {"HTTPHeaders": {"x-fakes3-reason": "a reason."}}}
        assert not hasattr(ClientError(answer, "GetObject"), "__notes__")
        with mock_s3():
            assert ["fakes3: a reason."] == ClientError(answer, "GetObject").__notes__


def test_pytest_shows_it(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # of all that is installed, fakes3's alone
    pytester.makepyfile(
        """
        def test_suspends(s3, s3_client):
            s3.create_bucket("locked", object_lock=True)
            s3_client.put_bucket_versioning(Bucket="locked", VersioningConfiguration={"Status": "Suspended"})
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "fakes3")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E * fakes3: the versioning of a bucket with Object Lock stays enabled. Use a*"])
