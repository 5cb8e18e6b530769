"""What a whole suite costs: 300 small tests, run by pytest in a process of its own, with all that they import.

Each test makes a client and a bucket, puts five objects, lists them, gets and deletes each, and deletes the bucket. Its
figure is the time that the process spends, of the user's and the system's, since that is what a user waits for.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

_DECORATED = """
import boto3
from {module} import {mock}

@{mock}
def use(number):
    call(boto3.client("s3", region_name="us-east-1"))
"""

_FIXTURES = {
    "fakes3": """
def use(s3_client):
    call(s3_client)
""",
    "moto": """
import boto3
from moto import mock_aws

@pytest.fixture
def s3_client():
    with mock_aws():
        yield boto3.client("s3", region_name="us-east-1")

def use(s3_client):
    call(s3_client)
""",
}

_CALLS = """
def call(client):
    client.create_bucket(Bucket="bucket")
    for number in range(5):
        client.put_object(Bucket="bucket", Key=f"key-{number}", Body=b"all is well")
    assert 5 == len(client.list_objects_v2(Bucket="bucket")["Contents"])
    for number in range(5):
        assert b"all is well" == client.get_object(Bucket="bucket", Key=f"key-{number}")["Body"].read()
    for number in range(5):
        client.delete_object(Bucket="bucket", Key=f"key-{number}")
    client.delete_bucket(Bucket="bucket")
"""

_TESTS = """
@pytest.mark.parametrize("number", range({count}))
def test_small({parameters}):
    use({given})
"""

_MOCKS = {"fakes3": ("fakes3", "mock_s3"), "moto": ("moto", "mock_aws")}


def seconds_of(side: str, count: int, *, by_fixture: bool) -> float:
    """Return the processor time of a suite of so many tests, for fakes3 or moto."""
    if by_fixture:
        source = _FIXTURES[side]
    else:
        module, mock = _MOCKS[side]
        source = _DECORATED.format(module=module, mock=mock)
    given = "s3_client" if by_fixture else "number"
    source += _TESTS.format(count=count, parameters=", ".join(dict.fromkeys(("number", given))), given=given)
    with TemporaryDirectory() as folder:
        Path(folder, "test_suite.py").write_text(f"import pytest\n{_CALLS}{source}")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "."]
        before = os.times()
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system
