"""The projects whose tests of S3 are run: one row for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .compare import Refused
from .edits import Edit, Renaming


class Project(NamedTuple):
    """A released project whose source distribution has tests of S3 that are green on moto."""

    name: str
    version: str
    why: str
    """What it adds to the others."""
    requirements: str
    """What its tests need beside what it requires itself, with moto at a version that they are green on."""
    arguments: str
    """Which tests, for pytest."""
    edits: tuple[Edit, ...]
    """What a user changes: at most three lines."""
    buckets: tuple[Renaming, ...] = ()
    """Names of buckets that S3 refuses, and names that do. They do not count as lines."""
    refused: tuple[Refused, ...] = ()
    extras: str = ""
    """Those of its own requirements that the tests need: `[s3]`."""
    folder: str = "."
    """Where pytest runs, within the source distribution."""
    lacks: Mapping[str, str] = {}
    """Files that the tests need and that are not in the source distribution: their names and what is in them."""
    variables: Mapping[str, str] = {}
    before: tuple[Edit, ...] = ()
    """What is changed on moto too, since it has nothing to do with S3."""

    @property
    def requirement(self) -> str:
        return self.name + self.extras

    def count_lines(self) -> int:
        """Return how many lines a user changes."""
        return sum(edit.count_lines() for edit in self.edits)


MOST_LINES = 3
"""How many lines a user may have to change in a suite."""

IMPORT = "from fakes3 import mock_s3\n"

MOCK_AWS = "from moto import mock_aws\n"
AS_MOCK_AWS = "from fakes3 import mock_s3 as mock_aws\n"

S3PATH_CONFTEST = """
import pytest
from moto import mock_aws
from s3path import accessor


@pytest.fixture
def reset_configuration_cache():
    accessor.configuration_map.get_configuration.cache_clear()
    accessor.configuration_map.is_setup = False
    yield
    accessor.configuration_map.get_configuration.cache_clear()
    accessor.configuration_map.is_setup = False


@pytest.fixture
def s3_mock(reset_configuration_cache):
    with mock_aws():
        yield
"""

CELERY = Project(
    name="celery",
    version="5.7.0",
    why="decorators on tests, clients with keys of their own",
    requirements="boto3 moto[s3]==5.2.3 pytest==9.1.1 pytest-subtests",
    arguments="t/unit/backends/test_s3.py",
    edits=(Edit("t/unit/backends/test_s3.py", MOCK_AWS, AS_MOCK_AWS),),
)

PAPERMILL = Project(
    name="papermill",
    version="2.7.0",
    why="a mock that a fixture starts and stops; a location that is not the client's region",
    requirements="boto3 ipython moto[s3]==5.1.22 pytest pytest-env pytest-mock",
    arguments="papermill/tests/test_s3.py",
    edits=(
        Edit("papermill/tests/test_s3.py", MOCK_AWS, IMPORT),
        Edit("papermill/tests/test_s3.py", "@mock_aws\n", "@mock_s3\n"),
        Edit("papermill/tests/test_s3.py", "    mock_aws = moto.mock_aws()\n", "    mock_aws = mock_s3()\n"),
    ),
)

DJANGO_STORAGES = Project(
    name="django-storages",
    version="1.14.6",
    extras="[s3]",
    why="a decorated class of Django's TestCase, with setUp; files that are written in parts",
    requirements="cryptography moto[s3]==4.2.14 pytest pytest-django rsa",
    arguments="tests/test_s3.py",
    variables={"DJANGO_SETTINGS_MODULE": "tests.settings"},
    edits=(Edit("tests/test_s3.py", "from moto import mock_s3\n", IMPORT),),
)

S3PATH = Project(
    name="s3path",
    version="0.6.5",
    why="paths on resources of boto3, which it keeps; listings of every kind",
    requirements="moto[s3]==5.2.3 pytest requests",
    arguments="tests",
    lacks={"tests/conftest.py": S3PATH_CONFTEST},
    edits=(Edit("tests/conftest.py", MOCK_AWS, AS_MOCK_AWS),),
    refused=(
        Refused(
            "tests.test_path_operations::test_owner",
            "Compare the ID.",
            "S3 has returned no DisplayName of owners since November 21, 2025 (API/API_Owner.html)",
        ),
    ),
)

LUIGI = Project(
    name="luigi",
    version="3.8.1",
    why="mocks that setUp starts, and decorators within them; uploads in parts, copies by threads",
    requirements="boto3 mock moto[s3,sts]==4.2.14 psutil pytest",
    arguments="test/contrib/s3_test.py",
    variables={"PYTHONPATH": "test"},
    edits=(
        Edit(
            "test/contrib/s3_test.py",
            "from moto import mock_s3, mock_sts\n",
            "from moto import mock_sts\n" + IMPORT,
        ),
        # A helper with a decorator puts what the test, within the mock of setUp, then copies.
        Edit(
            "test/contrib/s3_test.py",
            '\nAWS_ACCESS_KEY = "',
            '\npytestmark = pytest.mark.s3(nested="share")\nAWS_ACCESS_KEY = "',
        ),
    ),
)

PREFECT_AWS = Project(
    name="prefect-aws",
    version="0.7.12",
    why="custom endpoints, public buckets, coroutines",
    requirements="moto[all]==5.2.3 pytest pytest-asyncio pytest-env pytest-timeout",
    arguments="tests/test_s3.py",
    # Its own server may take more than half a minute to start.
    variables={"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300"},
    before=(
        Edit("tests/conftest.py", "prefect_test_harness():", "prefect_test_harness(server_startup_timeout=None):"),
    ),
    edits=(
        Edit("tests/test_s3.py", MOCK_AWS, AS_MOCK_AWS),
        # Its public buckets are public by their ACLs.
        Edit(
            "tests/test_s3.py",
            "client_parameters.endpoint_url)\n    with mock_aws():\n",
            'client_parameters.endpoint_url)\n    with mock_aws(bucket_defaults="2022"):\n',
        ),
        # Without a signature nobody writes into a bucket of others.
        Edit("tests/conftest.py", "Config(signature_version=UNSIGNED)", 'Config(signature_version="s3v4")'),
    ),
    buckets=(
        Renaming('"bucket_2"', '"bucket-2"', ("tests/test_s3.py",)),
        Renaming('"test_bucket"', '"test-bucket"', ("tests/test_s3.py",)),
    ),
    refused=(
        Refused(
            "*::test_s3_download_failed_with_wrong_endpoint_setup*",
            "DID NOT RAISE",
            "no request for S3 leaves the test, to whatever host; mock_s3(passthrough=[HOST]) lets some out",
        ),
    ),
)

DAGSTER_AWS = Project(
    name="dagster-aws",
    version="0.29.27",
    why="moto's other services beside S3, in one suite",
    requirements="moto[all]==5.2.3 pytest",
    # What is left out needs dagster_tests, which is not released.
    arguments="dagster_aws_tests/s3_tests --ignore dagster_aws_tests/s3_tests/test_compute_log_manager.py",
    edits=(
        Edit("dagster_aws_tests/conftest.py", MOCK_AWS, MOCK_AWS + IMPORT),
        Edit(
            "dagster_aws_tests/conftest.py",
            '    with mock_aws():\n        yield boto3.resource("s3"',
            '    with mock_s3():\n        yield boto3.resource("s3"',
        ),
        Edit(
            "dagster_aws_tests/s3_tests/test_s3_sensor.py",
            MOCK_AWS,
            AS_MOCK_AWS,
        ),
    ),
)

OPENTELEMETRY = Project(
    name="opentelemetry-instrumentation-botocore",
    version="0.66b2",
    why="wrappers of botocore's methods, put on and taken off within the mock; S3 beside moto's other services",
    requirements="aiobotocore<4 moto[all]==5.2.3 opentelemetry-test-utils==0.66b2 pytest pytest-asyncio pytest-vcr",
    arguments="tests",
    edits=(
        Edit(
            "tests/test_botocore_instrumentation.py",
            "from moto import mock_aws  # pylint: disable=import-error\n",
            "from moto import mock_aws  # pylint: disable=import-error\n" + IMPORT,
        ),
        Edit(
            "tests/test_botocore_instrumentation.py",
            "class TestBotocoreInstrumentor(TestBase):\n",
            "@mock_s3\nclass TestBotocoreInstrumentor(TestBase):\n",
        ),
    ),
    refused=(
        Refused(
            "tests.test_botocore_instrumentation.TestBotocoreInstrumentor::test_s3_put",
            "Regex didn't match: '[A-Za-z0-9]{52}'",
            "the test asserts the form of moto's request ids, of 52 characters; S3's have 16",
        ),
    ),
)

UNIVERSAL_PATHLIB = Project(
    name="universal_pathlib",
    version="0.3.10",
    extras="[tests,dev]",
    why="a server in another process; s3fs",
    requirements="moto[s3,server]==5.2.3 pytest pytest-mock requests s3fs",
    arguments="upath/tests/implementations/test_s3.py upath/tests/implementations/test_cached.py",
    edits=(Edit("upath/tests/conftest.py", "-m moto.server -p {port}", "-m fakes3 serve --port {port}"),),
    buckets=(
        Renaming("plus_chr_bucket", "plus-chr-bucket", ("upath/tests/implementations/test_s3.py",)),
        Renaming("double_fwd_slash_bucket", "double-slash", ("upath/tests/implementations/test_s3.py",)),
        Renaming("copy_into_collision_bucket", "copy-into-collision", ("upath/tests/implementations/test_s3.py",)),
        Renaming("other_test_bucket", "other-test-bucket", ("upath/tests/implementations/test_s3.py",)),
        Renaming("test_bucket", "test-bucket", ("upath/tests/conftest.py", "upath/tests/implementations/test_s3.py")),
    ),
    refused=(
        Refused(
            "*::test_iterdir_with_plus_in_name",
            "Sign the request, presign the URL, or allow it to everybody",
            "nobody may list a bucket without a signature, unless its policy or ACL says so",
        ),
    ),
)

PROJECTS = (
    CELERY,
    PAPERMILL,
    DJANGO_STORAGES,
    S3PATH,
    LUIGI,
    PREFECT_AWS,
    DAGSTER_AWS,
    OPENTELEMETRY,
    UNIVERSAL_PATHLIB,
)
