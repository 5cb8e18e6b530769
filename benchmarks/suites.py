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

_ASYNCHRONOUS = """
import asyncio
import os
from aiobotocore.session import get_session
from fakes3 import mock_s3

os.environ |= {{"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}}

async def call():
    async with get_session().create_client("s3", region_name="us-east-1") as client:
        await client.create_bucket(Bucket="bucket")
        for number in range(5):
            await client.put_object(Bucket="bucket", Key=f"key-{{number}}", Body=b"all is well")
        assert 5 == len((await client.list_objects_v2(Bucket="bucket"))["Contents"])
        for number in range(5):
            answer = await client.get_object(Bucket="bucket", Key=f"key-{{number}}")
            async with answer["Body"] as body:
                assert b"all is well" == await body.read()
        for number in range(5):
            await client.delete_object(Bucket="bucket", Key=f"key-{{number}}")
        await client.delete_bucket(Bucket="bucket")

{decorator}
def use(number):
    asyncio.run(call())
"""

_CONSTANT = """
from types import SimpleNamespace
from aiobotocore.awsrequest import AioAWSResponse
from aiobotocore.httpsession import AIOHTTPSession

ANSWERS = []
TURNS = iter(())

class Raw:
    # aiohttp's response as aiobotocore reads it.
    def __init__(self, body):
        self._body, self.content, self.url = body, self, ""

    async def read(self, amount=-1):
        body, self._body = self._body, b""
        return body

    def close(self):
        pass

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

def learn():
    # The answers of fakes3 to these very calls.
    with mock_s3(direct=False):
        really = AIOHTTPSession.send

        async def send(session, request):
            answer = await really(session, request)
            body = await answer.content
            ANSWERS.append((answer.status_code, dict(answer.headers), body))
            answer.raw = Raw(body)
            return answer

        AIOHTTPSession.send = send
        asyncio.run(call())
        AIOHTTPSession.send = really

async def answer(session, request):
    global TURNS
    status, headers, body = next(TURNS)
    made = AioAWSResponse(request.url, status, headers, Raw(body))
    if not request.stream_output:
        await made.content
    return made

def at_once(test):
    def run(number):
        global TURNS
        TURNS = iter(ANSWERS)
        test(number)
    return run

learn()
AIOHTTPSession.send = answer
"""
"""Takes the place of aiohttp. Its answers are those that fakes3 gives, so the client parses the same."""


def seconds_of(side: str, count: int, *, by_fixture: bool) -> float:
    """Return the processor time of a suite of so many tests, for fakes3 or moto."""
    if by_fixture:
        source = _FIXTURES[side]
    else:
        module, mock = _MOCKS[side]
        source = _DECORATED.format(module=module, mock=mock)
    given = "s3_client" if by_fixture else "number"
    source += _TESTS.format(count=count, parameters=", ".join(dict.fromkeys(("number", given))), given=given)
    return _seconds_to_run(f"import pytest\n{_CALLS}{source}")


def seconds_of_asynchronous(side: str, count: int) -> float:
    """Return the processor time of a suite of so many tests of aiobotocore, for fakes3 or the floor."""
    decorator = {"fakes3": "@mock_s3", "floor": f"{_CONSTANT}\n@at_once"}[side]
    tests = _TESTS.format(count=count, parameters="number", given="number")
    return _seconds_to_run(f"import pytest\n{_ASYNCHRONOUS.format(decorator=decorator)}{tests}")


def _seconds_to_run(source: str) -> float:
    """Return the processor time of pytest for a module of tests."""
    with TemporaryDirectory() as folder:
        Path(folder, "test_suite.py").write_text(source)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "."]
        before = os.times()
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system
