"""Lints at the end of tests that pass: off, as warnings, or as failures."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

QUIET = ("-p", "no:cacheprovider", "-p", "no:randomly")

TESTS = """
import pytest, fakes3
from fakes3 import mock_s3

def upload():
    s3 = fakes3.current()
    s3.create_bucket("reports")
    return s3.client().create_multipart_upload(Bucket="reports", Key="may")["UploadId"]

def test_fixture(s3):
    upload()

@mock_s3
def test_decorated():
    upload()

@pytest.mark.s3(lints="off")
def test_without(s3):
    upload()

@pytest.fixture
def cleaned(s3):
    yield
    for each in s3.client().list_multipart_uploads(Bucket="reports")["Uploads"]:
        s3.client().abort_multipart_upload(Bucket="reports", Key=each["Key"], UploadId=each["UploadId"])

def test_cleaned(cleaned):
    upload()

@pytest.mark.xfail
def test_that_fails(s3):
    upload()
    raise ZeroDivisionError
"""
FOUND = "open-upload: the multipart upload of 'may' to reports is left open"


@pytest.fixture
def run(pytester):
    pytester.makepyfile(TESTS)
    return lambda *args: pytester.runpytest(*QUIET, *args)


def test_off_by_default(run):
    result = run("-W", "error")
    result.assert_outcomes(passed=4, xfailed=1)
    assert FOUND not in result.stdout.str()


@pytest.mark.parametrize("args", [("--s3-lints=warn",), ("-o", "s3_lints=warn", "--s3-report=off")])
def test_as_warnings(run, args):
    result = run(*args, "-W", "default")
    result.assert_outcomes(passed=4, xfailed=1, warnings=2)
    assert f"S3LintWarning: {FOUND}" in result.stdout.str()


def test_as_failures(run):
    result = run("-o", "s3_lints=warn", "--s3-lints=error")
    result.assert_outcomes(passed=4, xfailed=1, errors=2)
    assert f"\n{FOUND}" in result.stdout.str()


@pytest.mark.parametrize("args", [(), ("--s3-report=off",)])
def test_a_marker_comes_first(pytester, args):
    pytester.makepyfile(TESTS.replace('lints="off"', 'lints="error"'))
    pytester.runpytest(*QUIET, *args).assert_outcomes(passed=4, xfailed=1, errors=1)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('lints="of"', "The marker s3 has lints='of'. Give one of: off, warn, error."),
        ('nested="shared"', 'nested= cannot be \'shared\'. Give "fresh" or "share".'),
    ],
)
def test_a_mistaken_marker_is_an_error_of_its_test_alone(pytester, given, told):
    mistaken = f"@pytest.mark.s3({given})\ndef test_mistaken(): ...\n"
    pytester.makepyfile(f"import pytest\n\n{mistaken}\ndef test_after(s3): ...")
    result = pytester.runpytest(*QUIET)
    result.assert_outcomes(passed=1, errors=1)
    assert told in result.stdout.str()


def test_bodies_are_watched(pytester):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.s3(buckets={"reports": {"may": "all is well"}})
        def test_unread(s3_client):
            s3_client.get_object(Bucket="reports", Key="may")

        @pytest.mark.s3(buckets={"reports": {"may": "all is well"}}, lints="off")
        def test_off(s3, s3_client):
            s3_client.get_object(Bucket="reports", Key="may")
            assert s3.calls[0].body is None
        """
    )
    result = pytester.runpytest(*QUIET, "--s3-lints=error")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*unread-body: GetObject of reports/may returned 11 bytes*"])
