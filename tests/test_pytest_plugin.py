"""The fixtures that pytest finds when fakes3 is installed."""

from __future__ import annotations

import sys
from urllib.request import urlopen

import pytest

import fakes3
from fakes3 import FakeS3, UsageError

pytest_plugins = ["pytester"]

QUIET = ("-p", "no:cacheprovider")


class TestFixtures:
    def test_s3_is_a_fresh_active_fake(self, s3):
        assert isinstance(s3, FakeS3)
        assert fakes3.current() is s3
        assert [] == list(s3.buckets)

    def test_client_and_resource_are_of_that_fake(self, s3, s3_client, s3_resource):
        s3_client.create_bucket(Bucket="pictures")
        s3_resource.Bucket("pictures").put_object(Key="cat", Body=b"meow")
        assert b"meow" == s3["pictures"]["cat"].body
        assert 2 == len(s3.calls)

    def test_server_is_the_url_of_that_fake(self, s3, s3_server):
        s3.create_bucket("pictures", objects={"cat": "meow"})
        url = s3.client(endpoint_url=s3_server).generate_presigned_url(
            "get_object", Params={"Bucket": "pictures", "Key": "cat"}
        )
        assert url.startswith(s3_server.url)
        with urlopen(url, timeout=60) as answer:
            assert b"meow" == answer.read()
        assert s3_server == s3_server.env["AWS_ENDPOINT_URL"] == s3_server.storage_options["aws_endpoint_url"]

    def test_nothing_is_active_without_them(self):
        with pytest.raises(UsageError):
            fakes3.current()


TESTS = """
import os, subprocess, sys

import boto3, fakes3, pytest

@pytest.fixture
def bucket(s3):
    return s3.create_bucket("pictures")

@pytest.mark.parametrize("number", range(6))
def test_each_has_its_own(number, s3, bucket, s3_client):
    assert ["pictures"] == list(s3.buckets)
    s3_client.put_object(Bucket="pictures", Key=str(number), Body=b"")
    assert [str(number)] == list(bucket)
    assert fakes3.current() is s3

class TestIt:
    def test_in_a_class(self, s3_resource):
        s3_resource.create_bucket(Bucket="pictures")
        assert ["pictures"] == [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]

@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_coroutine(anyio_backend, s3, bucket):
    assert fakes3.current() is s3

@pytest.mark.xfail(strict=True, raises=ZeroDivisionError)
def test_that_fails(s3):
    1 / 0

def test_server(s3, s3_server):
    seen = subprocess.run(
        [sys.executable, "-c", "import boto3; print(boto3.client('s3').create_bucket(Bucket='pictures')['Location'])"],
        env=os.environ | s3_server.env, capture_output=True, text=True, timeout=60,
    )
    assert ("", "/pictures\\n") == (seen.stderr, seen.stdout)
    assert ["pictures"] == list(s3.buckets)

def test_without():
    with pytest.raises(fakes3.UsageError):
        fakes3.current()
"""


@pytest.mark.parametrize("order", ["no:randomly", "randomly"])
def test_every_test_has_its_own_fake(pytester, order):
    pytester.makepyfile(TESTS)
    pytester.runpytest(*QUIET, "-p", order, "-p", "no:xdist").assert_outcomes(passed=10, xfailed=1)


def test_beside_pytester_everything_is_imported(pytester):
    """It forgets what one of its tests imports first; imported once more, that would be another module."""
    script = """
import sys
from _pytest import pytester
from fakes3 import pytest_plugin
pytest_plugin.pytest_plugin_registered(sys)
assert "fakes3.model.notifications" not in sys.modules
pytest_plugin.pytest_plugin_registered(pytester)
assert "fakes3.model.notifications" in sys.modules and "hypothesis" not in sys.modules
"""
    assert 0 == pytester.run(sys.executable, "-c", script).ret


def test_every_test_has_its_own_fake_on_two_workers(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # plugins that nothing here needs are slow to import
    pytester.makepyfile(TESTS)
    plugins = ("-p", "fakes3", "-p", "anyio", "-p", "xdist")
    pytester.runpytest_subprocess(*QUIET, *plugins, "-n", "2").assert_outcomes(passed=10, xfailed=1)


def test_fixtures_tell_what_they_are(pytester):
    result = pytester.runpytest(*QUIET, "--fixtures", "-p", "no:randomly")
    for name, text in (
        ("s3 -- *", "    A fresh fake S3, active during the test.*"),
        ("s3_client -- *", "    A boto3 client of the test's fake."),
        ("s3_resource -- *", "    A boto3 resource of the test's fake."),
        ("s3_seed [[]session scope] -- *", "    The fake that `s3` is a fork of, in every test.*"),
        ("s3_server -- *", "    The URL of a server of the test's fake, *"),
    ):  # pytest sorts them by the text of their places
        result.stdout.fnmatch_lines([name, text], consecutive=True)


def test_mock_on_a_fixture_function(pytester):
    pytester.makepyfile(
        """
import fakes3, pytest
from fakes3 import mock_s3

@pytest.fixture
@mock_s3
def bucket(tmp_path):
    yield fakes3.current().create_bucket("pictures")
    assert ["left"] == list(fakes3.current()["pictures"])

@pytest.mark.parametrize("number", [1, 2])
def test_it(bucket, number):
    assert [] == list(bucket)
    fakes3.current().client().put_object(Bucket="pictures", Key="left", Body=b"")
"""
    )
    pytester.runpytest(*QUIET, "-p", "no:randomly").assert_outcomes(passed=2)


def test_the_plugin_can_be_switched_off(pytester):
    pytester.makepyfile("def test_it(s3): ...")
    result = pytester.runpytest(*QUIET, "-p", "no:fakes3", "-p", "no:randomly")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 's3' not found*"])


class TestDecoratorAndFixture:
    """A test that takes the fixture and is decorated with `mock_s3`, by itself or in its class, has one fake."""

    def test_a_decorator_without_options_changes_nothing(self, pytester):
        pytester.makepyfile(
            """
import functools
import boto3, fakes3, pytest
from fakes3 import mock_s3

def other_decorator(function):
    @functools.wraps(function)
    def call(*args, **kwargs):
        return function(*args, **kwargs)
    return call

@pytest.fixture
def bucket(s3):
    return s3.create_bucket("pictures")

def names():
    return [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]

@mock_s3
def helper():
    return names()

@mock_s3
def test_plain(s3, bucket):
    assert ["pictures"] == names()
    assert fakes3.current() is s3
    assert [] == helper()  # a decorated function that is not the test has a fake of its own

@other_decorator
@mock_s3()
def test_below_another_decorator(bucket):
    assert ["pictures"] == names()

class TestIn:
    @mock_s3
    def test_a_class(self, bucket):
        assert ["pictures"] == names()

@mock_s3
class TestOf:
    def setup_method(self):
        boto3.client("s3").create_bucket(Bucket="made-in-set-up")

    def test_a_decorated_class(self, bucket):
        assert ["made-in-set-up", "pictures"] == names()

@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@mock_s3
async def test_coroutine(anyio_backend, s3, bucket):
    assert ["pictures"] == names()

@mock_s3
def test_without_the_fixture():
    assert [] == names()

@mock_s3
@pytest.mark.s3(region="eu-west-1")
def test_options_of_the_fixture(s3):
    assert "eu-west-1" == s3.region
"""
        )
        pytester.runpytest(*QUIET, "-p", "no:randomly", "--strict-markers").assert_outcomes(passed=7)

    @pytest.mark.parametrize(
        ("source", "names"),
        [
            ("@mock_s3(region='eu-west-1', direct=True)\ndef test_it(s3): ...", "region=..., direct=..."),
            ("@mock_s3(fake=FakeS3())\ndef test_it(s3): ...", "fake=..."),
            ("@mock_s3(seed=2)\nclass TestIt:\n    def test_it(self, s3_client): ...", "seed=..."),
            ("@mock_s3\nclass TestIt:\n    @pytest.mark.s3(seed=2)\n    def test_it(self, s3): ...", "seed=..."),
        ],
    )
    def test_a_decorator_with_options_is_refused(self, pytester, source, names):
        pytester.makepyfile(f"import pytest\nfrom fakes3 import FakeS3, mock_s3\n{source}")
        result = pytester.runpytest(*QUIET, "-p", "no:randomly")
        result.assert_outcomes(errors=1)
        assert (
            "UsageError: @mock_s3 with options and the fixture s3 on one test would be two fakes. Leave out the "
            f"decorator, and give the options to the fixture: @pytest.mark.s3({names})."
        ) in result.stdout.str()
