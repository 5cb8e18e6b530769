"""What the fixtures of a suite cost: many small tests, each of which needs the same 10,000 objects.

Each side is a suite of its own, run by pytest in a process of its own. Its time is the processor's, in set-up and in
tear-down, and the floor is a suite whose fixture does nothing. fakes3 has `s3`, over an `s3_seed` that is filled once,
the time of which is shared out among the tests. moto has what its users write: a fixture that enters `mock_aws` and
fills it for each test. So that moto is not measured by boto3's speed, its objects are put where its handler puts them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

OBJECTS = 10_000

_TIMES = """
import json, time
from pathlib import Path

SPENT = []

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item):
    begun = time.process_time()
    try:
        return (yield)
    finally:
        SPENT.append(time.process_time() - begun)

pytest_runtest_teardown = pytest_runtest_setup

def pytest_sessionfinish(session):
    Path("spent.json").write_text(json.dumps([sum(SPENT), session.testscollected]))
"""

_FIXTURES = {
    "floor": """
@pytest.fixture
def storage():
    yield
""",
    "fakes3": f"""
@pytest.fixture(scope="session")
def s3_seed(s3_seed):
    seed = s3_seed.fork()
    seed.create_bucket("reports", objects={{f"{{number:05}}": b"all is well" for number in range({OBJECTS})}})
    return seed

@pytest.fixture
def storage(s3):
    return s3
""",
    "moto": f"""
import boto3
from moto import mock_aws
from moto.s3.models import s3_backends

@pytest.fixture
def storage():
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="reports")
        backend = s3_backends["123456789012"]["aws"]
        for number in range({OBJECTS}):
            backend.put_object("reports", f"{{number:05}}", b"all is well")
        yield
""",
}

_TESTS = """
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_small(storage, number):
    pass
"""


def seconds_each(side: str, count: int) -> float:
    """Return the seconds that each of so many tests spends in fixtures, for the floor, fakes3 or moto."""
    with TemporaryDirectory() as folder:
        Path(folder, "conftest.py").write_text(f"import pytest\n{_TIMES}{_FIXTURES[side]}")
        Path(folder, "test_suite.py").write_text(_TESTS.format(count=count))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "."]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        spent, tests = json.loads(Path(folder, "spent.json").read_text())
    return float(spent) / int(tests)
