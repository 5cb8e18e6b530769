"""The names that users import, and what importing them brings along."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import fakes3
from fakes3 import FakeS3, UnmockedRequest, UsageError, mock_s3


def test_names():
    assert ["FakeS3", "S3Error", "UnmockedRequest", "UsageError", "current", "mock_s3"] == fakes3.__all__
    assert all(hasattr(fakes3, name) for name in fakes3.__all__)


def test_an_unmocked_request_is_a_mistake_in_use():
    assert issubclass(UnmockedRequest, UsageError)


OPTIONS = {
    "region": "us-east-1",
    "account": "123456789012",
    "enforce_iam": False,
    "verify_signatures": False,
    "endpoints": (),
    "passthrough": (),
    "bucket_defaults": "today",
    "seed": 0,
    "fake": None,
    "direct": "auto",
    "nested": "fresh",
    "min_part_size": 5 * 1024**2,
}


def test_the_signature_of_mock_s3_shows_every_option():
    target, *options = inspect.signature(mock_s3).parameters.values()
    assert target.kind is inspect.Parameter.POSITIONAL_ONLY
    assert list(OPTIONS.items()) == [(option.name, option.default) for option in options]
    for name in OPTIONS:
        assert f"\n    {name}: " in (inspect.getdoc(mock_s3) or ""), name


@pytest.mark.parametrize(("option", "value"), [*OPTIONS.items(), ("direct", True), ("direct", False)])
def test_options_of_mock_s3_may_be_given_one_by_one(option, value):
    with mock_s3(**{option: value}) as s3:
        assert ("us-east-1", "123456789012") == (s3.region, s3.account_id)


@pytest.mark.parametrize(
    ("member", "parameters"),
    {
        "client": ["options"],
        "resource": ["options"],
        "create_bucket": [
            "name",
            "region",
            "versioning",
            "object_lock",
            "ownership",
            "bucket_defaults",
            "objects",
            "folder",
            "lazy",
        ],
        "server": ["port", "tls", "proxy", "passthrough", "process"],
        "snapshot": [],
        "restore": ["snapshot"],
        "fork": [],
        "diff": ["other"],
        "reset": [],
        "tree": [],
    }.items(),
)
def test_members_of_a_fake(member, parameters):
    assert ["self", *parameters] == list(inspect.signature(getattr(FakeS3, member)).parameters)


def test_every_public_name_says_what_it_is():
    for name in fakes3.__all__:
        assert (getattr(fakes3, name).__doc__ or "").strip(), name
    for name, member in vars(FakeS3).items():
        if not name.startswith("_"):
            assert (member.__doc__ or "").strip(), f"FakeS3.{name}"


def test_importing_and_entering_bring_no_client_library_along():
    program = """
import sys
from fakes3 import mock_s3
with mock_s3() as s3:
    s3.create_bucket("pictures", objects={"cat": b"meow"})
    assert b"meow" == s3["pictures"]["cat"].body
    s3.tree(), s3.snapshot(), s3.fork()
heavy = {"boto3", "botocore", "requests", "urllib3", "responses", "asyncio", "unittest", "pytest", "awscrt"}
print(sorted(heavy & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert ("[]\n", "") == (done.stdout, done.stderr)
