"""What the report of a failed test tells of S3."""

from __future__ import annotations

import re

import pytest

import fakes3.doors.direct  # noqa: F401  # pytester forgets what a test in it has imported, but the door stays

pytest_plugins = ["pytester"]

QUIET = ("-p", "no:cacheprovider", "-p", "no:randomly")


@pytest.fixture
def report(pytester):
    """Runs a file of tests, and returns what is printed."""

    def report(source: str, *args: str) -> str:
        pytester.makepyfile(f"import boto3, fakes3, pytest\nfrom fakes3 import FakeS3, mock_s3\n{source}")
        return pytester.runpytest(*QUIET, *args).stdout.str()

    return report


def sections(text: str) -> list[str]:
    """Return the sections about S3, each with its title."""
    found = re.findall(r"^-+ (S3.*?) -+\n(.*?)(?=^[-_=]{3,}|\Z)", text, re.MULTILINE | re.DOTALL)
    return [f"{title}\n{body.rstrip()}" for title, body in found]


FAILING = """
@pytest.mark.s3(seed=1, buckets=[{"name": "vault", "object_lock": True}, {"name": "reports", "versioning": True}])
def test_it(s3, s3_client):
    s3_client.put_object(Bucket="vault", Key="a", Body=b"x", ObjectLockLegalHoldStatus="ON")
    s3_client.put_object(Bucket="reports", Key="may", Body=b"all is well", ContentType="text/plain")
    s3_client.delete_object(Bucket="reports", Key="may")
    s3_client.get_object(Bucket="reports", Key="may")

@pytest.fixture(autouse=True)
def frozen(request):
    if "s3" in request.fixturenames:
        request.getfixturevalue("s3").clock.freeze("2026-01-01T00:00:00Z")
"""


def test_the_fixture(report):
    """The tree has versions, markers and locks; the calls have status, code and size; and all changes are told."""
    (section,) = sections(report(FAILING))
    section = re.sub(r"[\w-]{32}", "ID", section)
    assert [
        "S3",
        "reports (us-east-1, 0 objects, versioning Enabled)",
        "└── 'may' delete marker, 2026-01-01 00:00:00, version ID",
        "        older: 11 B, text/plain, 2026-01-01 00:00:00, version ID",
        "vault (us-east-1, 1 object, versioning Enabled, Object Lock)",
        "└── 'a' 1 B, binary/octet-stream, 2026-01-01 00:00:00, version ID, legal hold",
        "",
        "Calls: 4, the last of them:",
        "#  operation     bucket   key  status  error      received  sent",
        "1  PutObject     vault    a       200                    1     0",
        "2  PutObject     reports  may     200                   11     0",
        "3  DeleteObject  reports  may     204                    0     0",
        "4  GetObject     reports  may     404  NoSuchKey         0   SIZE",
        '4: a delete marker, ID, hides the key "may", which keeps its older versions. Name one of them as VersionId, '
        "or delete the marker by its own.",
        "",
        "Changed since the test began:",
        "+ reports: object 'may': 11 B, text/plain, 2026-01-01 00:00:00, version ID",
        "+ reports: delete marker 'may': 2026-01-01 00:00:00, version ID",
        "+ vault: object 'a': 1 B, binary/octet-stream, 2026-01-01 00:00:00, version ID, legal hold",
    ] == re.sub(r"NoSuchKey( +)0 +\d+", r"NoSuchKey\g<1>0   SIZE", section).splitlines()


def test_a_refusal_is_told_without_the_source_of_botocore(report):
    """The traceback of a refusal ends where the test, or what it tests, has called boto3."""
    text = report(FAILING)
    assert "_make_api_call" not in text
    assert "E       botocore.errorfactory.NoSuchKey: An error occurred (NoSuchKey)" in text
    assert "E       fakes3: a delete marker, " in text
    assert "_make_api_call" in report(FAILING, "--full-trace")
    assert "_make_api_call" in report(FAILING, "--s3-report=off")


def test_other_tracebacks_of_botocore_are_whole(report):
    text = report(
        """
def test_it(s3_client):
    s3_client.get_object(Bucket="reports")
"""
    )
    assert "_make_api_call" in text


def test_what_may_be_wrong(report):
    """What lints find is told of a test that fails, though lints are off."""
    (section,) = sections(
        report(
            """
@pytest.mark.s3(buckets={"logs": {f"{number:05}": "" for number in range(1001)}})
def test_it(s3_client):
    assert 1001 == len(s3_client.list_objects_v2(Bucket="logs")["Contents"])
"""
        )
    )
    assert [
        "What may be wrong:",
        "truncated-listing: ListObjectsV2 of logs/ returned one page of several, and nobody asked for the next. Go on "
        "while IsTruncated is true, or use a paginator.",
    ] == section.splitlines()[-2:]


def test_every_fake_that_a_test_may_have(report):
    """That of a decorator, of a decorated class, of a context and of another scope; each once."""
    text = report(
        """
import unittest

def use():
    fakes3.current().create_bucket("used")
    assert not fakes3.current().buckets

@mock_s3
def test_decorated():
    use()

@mock_s3
class TestClass:
    def test_it(self):
        use()

@mock_s3
class TestCase(unittest.TestCase):
    def test_it(self):
        use()

def test_context():
    with mock_s3():
        use()

@mock_s3
def test_both(s3):
    use()

@pytest.fixture(scope="module")
def shared():
    with mock_s3() as s3:
        s3.create_bucket("of-the-module")
        yield

def test_module(shared):
    use()

def test_two(s3):
    s3.create_bucket("outer")
    with mock_s3():
        use()

@mock_s3
@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_coroutine(anyio_backend):
    use()
"""
    )
    used = "used (us-east-1, 0 objects)"
    plain = ["S3", used, "", "No calls.", "", "Changed since the test began:", "+ bucket used"]
    found = [section.splitlines() for section in sections(text)]
    assert 9 == len(found)
    assert plain == found[0] == found[1] == found[2] == found[3] == found[4]
    assert ["of-the-module (us-east-1, 0 objects)", used, "", "No calls.", "", *plain[-2:]] == found[5][1:]
    assert ["S3, fake 1 of 2", "outer (us-east-1, 0 objects)"] == found[6][:2]
    assert ["S3, fake 2 of 2", used] == found[7][:2]
    assert plain == found[8]


def test_set_up_and_tear_down(report):
    text = report(
        """
@pytest.fixture
def broken(s3):
    s3.create_bucket("reports")
    raise ZeroDivisionError

def test_set_up(broken): ...

@pytest.fixture
def left(s3):
    yield
    assert not s3.buckets

def test_tear_down(left, s3):
    s3.create_bucket("reports")
"""
    )
    assert 2 == len(sections(text))
    assert all(section.endswith("+ bucket reports") for section in sections(text))


@pytest.mark.parametrize("args", [(), ("-rA",)])
def test_quiet(report, args):
    """A test that passes, is skipped or fails as expected tells nothing, nor does one that does not use S3."""
    text = report(
        """
def test_passes(s3):
    s3.create_bucket("reports")

@pytest.mark.xfail
def test_expected(s3):
    s3.create_bucket("reports")
    raise ZeroDivisionError

def test_skipped(s3):
    s3.create_bucket("reports")
    pytest.skip()

def test_unused(s3):
    raise ZeroDivisionError

def test_without():
    raise ZeroDivisionError
""",
        *args,
    )
    assert [] == sections(text)


@pytest.mark.parametrize("args", [("--s3-report=off",), ("-o", "s3_report=off")])
def test_switched_off(report, args):
    assert [] == sections(report(FAILING, *args))


def test_the_command_line_comes_first(report):
    assert 1 == len(sections(report(FAILING, "-o", "s3_report=off", "--s3-report=on")))


def test_an_ini_file_with_another_value(report, pytester):
    pytester.makepyfile("")
    result = pytester.runpytest(*QUIET, "-o", "s3_report=maybe")
    assert "ERROR: s3_report = maybe must be one of: on, off" in result.stderr.str()


def test_a_large_fake_is_told_in_bounds(report):
    text = report(
        """
def test_it(s3, s3_client):
    for number in range(12):
        s3.create_bucket(f"bucket-{number:02}", versioning=True)
    s3.create_bucket("a-full-one", objects={f"{number:05}" + "k" * 1000: "" for number in range(1000)})
    for _ in range(30):
        s3_client.put_object(Bucket="bucket-00", Key="k", Body=b"")
    for _ in range(3):
        s3_client.put_object(Bucket="bucket-00", Key="<&>" * 300, Body=b"", ContentType="x" * 900)
    raise ZeroDivisionError
"""
    )
    (section,) = sections(text)
    lines = section.splitlines()
    assert len(section) < 20_000
    assert max(map(len, lines)) <= 400
    assert "└── ... more than 10 keys" in lines
    assert "        ... more than 3 older" in lines or "│       ... more than 3 older" in lines
    assert "... and 3 more buckets" in lines
    assert "Calls: 33, the last of them:" in lines
    assert "14  PutObject  bucket-00" in section
    assert "... and 1026 more changes" in lines


def test_each_attempt_begins_anew(report):
    """Of many fakes in one test, the latest are told."""
    text = report(
        """
def test_it():
    for number in range(9):
        with mock_s3() as s3:
            s3.create_bucket(f"bucket-{number}")
    raise ZeroDivisionError
"""
    )
    assert ["bucket-6", "bucket-7", "bucket-8"] == re.findall(r"^\+ bucket (.*)$", text, re.MULTILINE)


def test_snapshots_that_should_be_equal(report):
    text = report(
        """
def test_it(s3):
    before = s3.snapshot()
    s3.create_bucket("reports")
    assert before == s3.snapshot()

def test_other_values():
    assert FakeS3().snapshot() == "nothing"
"""
    )
    assert "E       assert S3 is not the same:\nE         + bucket reports\n" in text
    assert "E       AssertionError: assert <Snapshot: 0 buckets, 0 objects> == 'nothing'" in text


def test_tests_without_s3_bring_no_library_along(pytester, monkeypatch):
    """What the plugin does for every test imports nothing that a test without S3 does not need."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        """
import sys

def test_it():
    heavy = {"boto3", "botocore", "hypothesis", "urllib3", "requests", "werkzeug", "awscrt"}
    assert set() == heavy & sys.modules.keys()
"""
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "fakes3", "--s3-lints=warn")
    result.assert_outcomes(passed=1)
