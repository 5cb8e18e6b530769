"""A server of its own for programs of others, and what they find in their environment."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

ACCESS_KEY_ID = "alice"
SECRET_ACCESS_KEY = "s3cret/with+odd=signs"
REGION = "us-east-1"


@contextmanager
def served(*options: str) -> Iterator[str]:
    """Yield the URL of a server with one account and these options, on a free port."""
    account = f"111122223333:{ACCESS_KEY_ID}:{SECRET_ACCESS_KEY}"
    command = [sys.executable, "-m", "fakes3", "serve", "--port", "0", "--account", account]
    server = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    try:
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found is not None
        yield found[0]
    finally:
        server.terminate()
        server.communicate(timeout=30)


@contextmanager
def client_of(url: str) -> Iterator[Any]:
    """Yield a client of boto3, by which a test looks at what is there."""
    made = boto3.client(
        "s3",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield made
    made.close()


def variables_of(url: str) -> dict[str, str]:
    """Return the variables by which the SDKs of AWS find a server."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def find_program(name: str) -> str | None:
    """Return where a program is: one that pip has put beside this Python, or else one of the machine's."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)


def run(
    *command: str, variables: Mapping[str, str], folder: Path, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, with these variables alone."""
    return subprocess.run(
        command,
        env=variables,
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=seconds,
        check=False,
    )
