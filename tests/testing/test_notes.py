"""The reasons of a server's refusals in the report of a failed test, whatever client the server was asked by."""

from __future__ import annotations

import urllib.error
from email.message import Message
from typing import Any

import httpx
import pytest
import requests
from botocore.exceptions import ClientError

from fakes3.testing.notes import add_reasons

pytest_plugins = ["pytester"]

HEADERS = {"x-fakes3-reason": "no. Sign it."}
NOTE = "fakes3: no. Sign it."


def make_requests_error() -> Exception:
    response = requests.Response()
    response.headers.update(HEADERS)
    return requests.HTTPError(response=response)


def make_httpx_error() -> Exception:
    request = httpx.Request("GET", "http://localhost/")
    return httpx.HTTPStatusError("no", request=request, response=httpx.Response(403, headers=HEADERS))


def make_urllib_error() -> Exception:
    headers = Message()
    headers["X-Fakes3-Reason"] = HEADERS["x-fakes3-reason"]
    return urllib.error.HTTPError("http://localhost/", 403, "no", headers, None)


def make_botocore_error(headers: Any = HEADERS) -> Exception:
    return ClientError({"ResponseMetadata": {"HTTPHeaders": headers}}, "HeadBucket")  # type: ignore[typeddict-item]


class Sly(Exception):
    """An error that raises another one where it is asked for its response."""

    @property
    def response(self) -> object:
        raise RuntimeError("there is none")


@pytest.mark.parametrize("make", [make_requests_error, make_httpx_error, make_urllib_error, make_botocore_error])
def test_error_of_each_client_has_the_reason_once(make: Any) -> None:
    error = make()
    for _ in range(2):
        add_reasons(error, met_fakes=False)
        assert [NOTE] == error.__notes__


def test_errors_that_led_to_it_have_their_reasons() -> None:
    """As s3fs raises an `OSError` from botocore's error, and anyio a group."""
    error, of_group, handled = OSError(), make_botocore_error(), make_botocore_error()
    error.__cause__ = BaseExceptionGroup("two", [of_group, ValueError()])
    of_group.__context__ = handled
    handled.__context__ = error  # round and round
    add_reasons(error, met_fakes=True)
    assert [NOTE] == of_group.__notes__ == handled.__notes__
    assert not hasattr(error, "__notes__")


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        Sly(),
        make_botocore_error({}),
        make_botocore_error(None),
        ClientError({}, "HeadBucket"),
        KeyError("Contents"),
        KeyError(),
        KeyError([]),
    ],
)
def test_other_errors_are_left_as_they_are(error: Exception) -> None:
    add_reasons(error, met_fakes=True)
    assert not hasattr(error, "__notes__")


class TestMissingMembers:
    """What S3 leaves out of its response, and other fakes do not."""

    @pytest.mark.parametrize(
        ("member", "remedy"), [("DisplayName", "Compare the ID."), ("Deleted", "Leave Quiet out,")]
    )
    def test_note_says_what_to_do(self, member: str, remedy: str) -> None:
        error = KeyError(member)
        add_reasons(error, met_fakes=True)
        (note,) = error.__notes__
        assert remedy in note

    def test_without_a_fake_it_is_no_member_of_s3(self) -> None:
        error = KeyError("DisplayName")
        add_reasons(error, met_fakes=False)
        assert not hasattr(error, "__notes__")

    def test_in_the_report_of_a_test(self, pytester: pytest.Pytester) -> None:
        """S3: API/API_Owner.html"""
        pytester.makepyfile("""
def test_it(s3, s3_client):
    s3.create_bucket("bucket", objects={"key": "x"})
    (found,) = s3_client.list_objects_v2(Bucket="bucket", FetchOwner=True)["Contents"]
    found["Owner"]["DisplayName"]
""")
        ran = pytester.runpytest("-p", "no:cacheprovider", "-p", "no:randomly")
        ran.stdout.fnmatch_lines(["E * fakes3: S3 has returned no DisplayName of owners *Compare the ID."])


SUITE = """
from botocore.exceptions import ClientError

def test_it():
    try:
        raise ClientError({"ResponseMetadata": {"HTTPHeaders": {"x-fakes3-reason": "no. Sign it."}}}, "HeadBucket")
    except ClientError as error:
        raise OSError("denied") from error
"""


@pytest.mark.parametrize(("report", "times"), [("on", 1), ("off", 0)])
def test_report_shows_the_reason_of_the_cause(pytester: pytest.Pytester, report: str, times: int) -> None:
    pytester.makepyfile(SUITE)
    ran = pytester.runpytest("-p", "no:cacheprovider", "-p", "no:randomly", f"--s3-report={report}")
    ran.assert_outcomes(failed=1)
    assert times == ran.stdout.str().count(f"E           {NOTE}")
