"""What a mock inside another one is: a fake of its own, or, as with moto, the fake of the mock around it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
import requests

import fakes3
from fakes3 import FakeS3, UsageError, mock_s3
from fakes3.testing.entries import ENTRIES

pytest_plugins = ["pytester"]

QUIET = ("-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist")
SHARE: dict[str, Any] = {"nested": "share"}


class TestShare:
    """An inner mock is the outer one's fake."""

    def test_in_a_with(self):
        with mock_s3() as outer:
            outer.create_bucket("outer")
            with mock_s3(**SHARE) as inner:
                assert inner is outer
                boto3.client("s3").create_bucket(Bucket="inner")
            assert ["inner", "outer"] == list(outer.buckets)

    def test_started_and_a_decorated_helper(self):
        @mock_s3(**SHARE)
        def helper() -> list[str]:
            return list(fakes3.current().buckets)

        mock = mock_s3()
        mock.start().create_bucket("outer")
        try:
            assert ["outer"] == helper()
        finally:
            mock.stop()
        assert helper() == []

    def test_without_a_mock_around_it_the_fake_is_fresh(self):
        with mock_s3(**SHARE, region="eu-west-1", min_part_size=1) as first:
            first.create_bucket("outer")
        with mock_s3(**SHARE) as second:
            assert [] == list(second.buckets)
            with mock_s3() as fresh:
                assert fresh is not second

    def test_the_outer_may_be_left_first(self):
        outer, inner = mock_s3(), mock_s3(**SHARE)
        fake = outer.start()
        assert inner.start() is fake
        outer.stop()
        assert fakes3.current() is fake
        inner.stop()

    def test_a_class_and_its_tests(self):
        @mock_s3(**SHARE)
        class TestIt:
            def setup_method(self) -> None: ...

            def test_it(self) -> FakeS3:
                return fakes3.current()

        with mock_s3() as outer:
            TestIt.setup_class()  # type: ignore[attr-defined]
            assert fakes3.current() is outer
            assert TestIt().test_it() is outer
            TestIt.teardown_class()  # type: ignore[attr-defined]
        TestIt.setup_class()  # type: ignore[attr-defined]
        of_class = fakes3.current()
        assert TestIt().test_it() is not of_class
        with mock_s3() as fixture:
            assert TestIt().test_it() is fixture
        TestIt.teardown_class()  # type: ignore[attr-defined]

    def test_hosts_and_direct_are_those_of_both(self):
        with mock_s3(endpoints=["http://minio:9000"], passthrough=["out"], direct=True) as outer:
            outer.create_bucket("bucket", objects={"key": "body"})
            with mock_s3(**SHARE, endpoints=["http://ceph:9000"]):
                endpoint = ENTRIES.current().endpoint  # type: ignore[union-attr]
                assert {"out"} == endpoint.passthrough
                assert endpoint.direct
                with requests.Session() as session:
                    for host in ("minio:9000", "ceph:9000"):
                        assert 403 == session.get(f"http://{host}/bucket/key").status_code
            with mock_s3(**SHARE, direct=False):
                assert not ENTRIES.current().endpoint.direct  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("outer", "inner"),
        [
            ({}, {"region": "eu-west-1"}),
            ({"region": "us-west-2"}, {"region": "eu-west-1"}),
            ({}, {"enforce_iam": True}),
            ({}, {"min_part_size": 1}),
            ({"account": "210987654321"}, {"account": "111122223333"}),
        ],
    )
    def test_options_that_the_outer_one_does_not_have(self, outer, inner):
        ((name, value),) = inner.items()
        with mock_s3(**outer):
            before = fakes3.current()
            with pytest.raises(UsageError) as caught, mock_s3(**SHARE, **inner):
                pass
            assert fakes3.current() is before
        assert (
            f"This mock_s3 shares the fake of the mock around it, so {name}={value!r} would be ignored. "
            f'Give {name}= to the outer mock, or nested="fresh" to this one.' == str(caught.value)
        )

    def test_options_that_the_outer_one_has_too(self):
        with mock_s3(region="eu-west-1", verify_signatures=True) as outer:
            with mock_s3(**SHARE, region="eu-west-1") as inner:
                assert inner is outer
            with mock_s3(**SHARE, verify_signatures=True) as inner:
                assert inner is outer


SUITE = """
import boto3, fakes3, pytest, unittest
from fakes3 import FakeS3, mock_s3

@pytest.fixture
def s3_bucket():
    with mock_s3():
        boto3.client("s3").create_bucket(Bucket="bucket")
        yield "bucket"

@mock_s3
def helper():
    return [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]

MARK
@mock_s3
def test_fixture_and_decorator(s3_bucket):
    assert ["bucket"] == helper()

MARK
def test_two_fixtures(s3_bucket, s3):
    assert ["bucket"] == helper() == list(s3.buckets)
    with mock_s3(fake=FakeS3()) as other:
        assert [] == list(other.buckets)

MARK
class TestIt(unittest.TestCase):
    def setUp(self):
        mock = mock_s3()
        mock.start()
        self.addCleanup(mock.stop)

    def test_started_in_set_up(self):
        boto3.client("s3").create_bucket(Bucket="bucket")
        assert ["bucket"] == helper()
"""

FRESH = """
@pytest.mark.s3(nested="fresh")
def test_fresh_by_its_marker(s3_bucket):
    assert [] == helper()

def test_fresh_by_itself(s3_bucket):
    with mock_s3(nested="fresh") as inner:
        assert [] == list(inner.buckets)
"""


class TestSuites:
    """The ini option says it for a suite, and a marker for tests."""

    def test_ini_option(self, pytester):
        pytester.makeini("[pytest]\ns3_nested = share")
        pytester.makepyfile(SUITE.replace("MARK", "") + FRESH)
        pytester.runpytest(*QUIET).assert_outcomes(passed=5)
        assert "fresh" == ENTRIES.nested

    def test_marker(self, pytester):
        pytester.makepyfile(SUITE.replace("MARK", '@pytest.mark.s3(nested="share")') + FRESH)
        pytester.runpytest(*QUIET).assert_outcomes(passed=5)

    def test_neither(self, pytester):
        pytester.makepyfile(SUITE.replace("MARK", ""))
        pytester.runpytest(*QUIET).assert_outcomes(failed=3)

    def test_an_ini_option_that_does_not_exist(self, pytester):
        pytester.makeini("[pytest]\ns3_nested = shared")
        result = pytester.runpytest(*QUIET)
        result.stderr.fnmatch_lines(['*s3_nested cannot be \'shared\'. Set it to "fresh" or "share".'])

    def test_a_marker_that_does_not_exist(self, pytester):
        pytester.makepyfile(SUITE.replace("MARK", '@pytest.mark.s3(nested="shared")'))
        result = pytester.runpytest(*QUIET)
        result.assert_outcomes(errors=3)
        result.stdout.fnmatch_lines(['*UsageError: nested= cannot be \'shared\'. Give "fresh" or "share".'])


class TestMinPartSize:
    """Parts of any size, for tests of uploads that need no megabytes."""

    @pytest.mark.parametrize("make", [lambda: FakeS3(min_part_size=2), lambda: FakeS3(min_part_size=2).fork()])
    def test_of_a_fake(self, make):
        assert upload(make(), [b"ab", b"c"]) is None

    def test_of_a_mock(self):
        with mock_s3(min_part_size=2) as s3:
            assert upload(s3, [b"ab", b"c"]) is None
            assert (
                "part 1 has 1 bytes, and every part but the last needs 2. Upload larger parts, or let a test have "
                "small ones: mock_s3(min_part_size=1)." == upload(s3, [b"a", b"c"])
            )

    def test_by_default_it_is_that_of_s3(self):
        """S3: userguide/qfacts.html"""
        s3 = FakeS3()
        assert "every part but the last needs 5242880." in str(upload(s3, [bytes(5 * 1024**2 - 1), b"c"]))
        assert upload(s3, [bytes(5 * 1024**2), b"c"]) is None


def upload(s3: FakeS3, bodies: list[bytes]) -> str | None:
    """Upload an object in parts, and return the reason if S3 refuses it."""
    s3.reset()
    s3.create_bucket("bucket")
    client: Any = s3.client()
    where = {"Bucket": "bucket", "Key": "key"}
    where["UploadId"] = client.create_multipart_upload(**where)["UploadId"]
    parts = [
        {"PartNumber": number, "ETag": client.upload_part(**where, PartNumber=number, Body=body)["ETag"]}
        for number, body in enumerate(bodies, 1)
    ]
    try:
        client.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    except client.exceptions.ClientError:
        return s3.calls[-1].reason
    return None
