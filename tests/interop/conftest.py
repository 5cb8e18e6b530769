"""What programs of others meet: `fakes3 serve` with one account, and the owner of its buckets."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

ACCESS_KEY_ID, SECRET_ACCESS_KEY = "alice", "alices-secret"


@pytest.fixture
def url() -> Iterator[str]:
    """The URL of a server with one account."""
    account = f"111122223333:{ACCESS_KEY_ID}:{SECRET_ACCESS_KEY}"
    command = [sys.executable, "-m", "fakes3", "serve", "--port", "0", "--account", account]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    try:
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found is not None
        yield found[0]
    finally:
        server.terminate()
        server.communicate(timeout=30)


@pytest.fixture
def client(url: str) -> Iterator[Any]:
    """The owner of the buckets."""
    made = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield made
    made.close()


@pytest.fixture
def bucket(client: Any) -> str:
    """The name of a bucket whose ACLs are off, as those of every new bucket."""
    client.create_bucket(Bucket="data")
    return "data"
