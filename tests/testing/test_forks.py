"""A process that is forked at any moment goes on with its own copy of the fake, whatever other threads were doing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork"),
    pytest.mark.timeout(100),
]

SCRIPT = """
import faulthandler, os, signal, sys, threading
import boto3
from botocore.config import Config
from fakes3 import FakeS3, mock_s3
from fakes3.doors import locks

def use():
    "What a child does: all that other threads might have been doing."
    s3.client().put_object(Bucket="pictures", Key="child", Body=b"x")
    boto3.client("s3").generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "child"})
    client.put_object(Bucket="pictures", Key="child", Body=b"x")
    s3.role("reader", policy=None)
    with mock_s3() as inner:
        inner.create_bucket("inner")
    assert "child" in s3["pictures"]

def fork():
    "Fork, and return whether the child came to its end."
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        faulthandler.dump_traceback_later(20)
        signal.alarm(25)
        code = 1
        try:
            use()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0
"""

HELD = """
with mock_s3(direct=True) as s3:
    s3.create_bucket("pictures")
    client = boto3.client("s3")
    use()
    owners = list(locks._OWNERS.items())
    assert len(owners) >= 3, owners
    held, over = threading.Event(), threading.Event()
    def hold():
        for owner, name in owners:
            getattr(owner, name).acquire()
        with s3.service._turns.take(3600):
            held.set()
            over.wait()
    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    held.wait()
    print(fork(), flush=True)
    os._exit(0)  # as the thread still holds them
"""

WRITING = """
with mock_s3(direct=DIRECT) as s3:
    s3.create_bucket("pictures")
    client = boto3.client("s3", config=Config(max_pool_connections=20))
    use()
    over = threading.Event()
    def write(number):
        while not over.is_set():
            client.put_object(Bucket="pictures", Key=f"parent-{number}", Body=b"x")
    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    results = [fork() for _ in range(4)]
    over.set()
    for thread in threads:
        thread.join()
    print(all(results))
    assert "child" in s3["pictures"] and len(s3["pictures"]) <= 5
"""


def run(script: str) -> str:
    """Return what a script prints."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", SCRIPT + script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert 0 == done.returncode, done.stderr
    return done.stdout


def test_while_another_thread_holds_every_lock():
    assert "True\n" == run(HELD)


@pytest.mark.parametrize("direct", [True, False])
def test_while_other_threads_write(direct):
    assert "True\n" == run(WRITING.replace("DIRECT", str(direct)))


def test_the_thread_that_forks_keeps_what_it_holds():
    script = """
from fakes3.testing.entries import ENTRIES
with ENTRIES._lock:
    child = os.fork()
if child == 0:
    with ENTRIES._lock:
        os._exit(0)
print(os.waitpid(child, 0)[1])
"""
    assert "0\n" == run(script)
