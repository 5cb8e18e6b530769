"""The seed, the marker and the options of the fixture `s3`."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

QUIET = ("-p", "no:cacheprovider", "-p", "no:randomly")


@pytest.fixture
def run(pytester):
    """Runs a file of tests, with a conftest if there is one, and returns the result."""

    def run(source: str, *args: str, conftest: str = "") -> pytest.RunResult:
        pytester.makepyfile(f"import fakes3, pytest\nfrom fakes3 import FakeS3, mock_s3\n{source}")
        if conftest:
            pytester.makeconftest(f"import pytest\nfrom fakes3 import FakeS3\n{conftest}")
        return pytester.runpytest(*QUIET, "--strict-markers", *args)

    return run


SEED = """
@pytest.fixture(scope="session")
def s3_seed(s3_seed):
    s3_seed.create_bucket("reports", versioning=True, objects={"may": "all is well"})
    return s3_seed
"""


class TestSeed:
    """Each test has a fork of the seed, in which it alone sees what it does."""

    def test_every_test_begins_with_it(self, run):
        run(
            """
@pytest.mark.parametrize("number", range(3))
def test_it(number, s3, s3_client):
    assert ["may"] == list(s3["reports"])
    s3_client.delete_object(Bucket="reports", Key="may")
    assert [] == list(s3["reports"])

def test_seed_is_not_active(s3, s3_seed):
    assert fakes3.current() is s3 is not s3_seed
""",
            conftest=SEED,
        ).assert_outcomes(passed=4)

    def test_may_be_a_fake_of_the_author(self, run):
        conftest = """
@pytest.fixture(scope="session")
def s3_seed():
    fake = FakeS3(region="eu-west-1", account="111122223333")
    fake.create_bucket("reports")
    yield fake
"""
        run(
            "def test_it(s3): assert ('eu-west-1', '111122223333') == (s3.region, s3.account_id)", conftest=conftest
        ).assert_outcomes(passed=1)

    def test_the_options_of_a_marker_come_first(self, run):
        run(
            """
@pytest.mark.s3(region="eu-west-1", verify_signatures=True)
def test_it(s3):
    assert "eu-west-1" == s3.region
    assert s3.service.settings.verifies_signatures
    assert ["may"] == list(s3["reports"])
    assert "eu-west-1" == s3.client().meta.region_name

@pytest.mark.s3(account="111122223333")
def test_account(s3):
    assert ("111122223333", "123456789012") == (s3.account_id, s3["reports"].owner)
    s3.create_bucket("mine")
    assert ["mine"] == [each["Name"] for each in s3.client().list_buckets()["Buckets"]]
""",
            conftest=SEED,
        ).assert_outcomes(passed=2)

    def test_of_another_kind_is_refused(self, run):
        result = run("def test_it(s3): ...", conftest=SEED.replace("return s3_seed", "pass"))
        assert (
            "UsageError: The fixture s3_seed must be a FakeS3, and not None. Return the fake that you filled."
            in result.stdout.str()
        )

    def test_a_decorated_class_is_no_fork_of_it(self, run):
        result = run("@mock_s3\nclass TestIt:\n    def test_it(self, s3): ...", conftest=SEED)
        assert (
            "UsageError: The class of this test is decorated with @mock_s3, so its fake is no fork of s3_seed. "
            "Leave out the decorator: the fixture s3 is active by itself." in result.stdout.str()
        )

    def test_a_decorated_test_has_a_fork_of_it(self, run):
        run("@mock_s3\ndef test_it(s3): assert ['reports'] == list(s3.buckets)", conftest=SEED).assert_outcomes(
            passed=1
        )

    def test_a_fake_in_a_marker_is_entered_instead(self, run):
        run(
            """
FAKE = FakeS3()

@pytest.mark.s3(fake=FAKE)
def test_it(s3):
    assert FAKE is s3 is fakes3.current()
""",
            conftest=SEED,
        ).assert_outcomes(passed=1)

    def test_what_one_module_fills_is_not_in_another(self, run, pytester):
        pytester.makepyfile(test_other="def test_it(s3, s3_seed): assert [] == list(s3.buckets)")
        run(SEED + "def test_it(s3): assert ['reports'] == list(s3.buckets)").assert_outcomes(passed=2)

    def test_two_that_fill_the_same_are_refused(self, run, pytester):
        pytester.makepyfile(test_other="import pytest" + SEED.replace("reports", "others") + "def test_it(s3): ...")
        result = run(SEED + "def test_it(s3): ...")
        result.assert_outcomes(passed=1, errors=1)
        assert (
            "UsageError: Two fixtures fill the same s3_seed, so each has what the other put there. "
            "Let each fill and return a fork of it: s3_seed.fork()." in result.stdout.str()
        )

    def test_in_a_test_case(self, run):
        run(
            """
import unittest

class TestIt(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def use(self, s3):
        self.s3 = s3

    def test_it(self):
        assert ["may"] == list(self.s3["reports"])
        assert self.s3 is fakes3.current()
""",
            conftest=SEED,
        ).assert_outcomes(passed=1)

    def test_on_each_worker(self, pytester, monkeypatch):
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        pytester.makeconftest(f"import pytest\n{SEED}")
        pytester.makepyfile(
            """
import pytest

@pytest.mark.parametrize("number", range(4))
def test_it(number, s3):
    assert ["reports"] == list(s3.buckets)
    s3.create_bucket("mine")
"""
        )
        pytester.runpytest_subprocess(
            "-p", "no:cacheprovider", "-p", "fakes3", "-p", "xdist", "-n", "2"
        ).assert_outcomes(passed=4)


class TestMarker:
    def test_buckets(self, run, pytester):
        pytester.mkdir("pictures").joinpath("cat.txt").write_text("meow")
        run(
            """
@pytest.mark.s3(buckets=["reports", {"name": "vault", "object_lock": True}])
def test_names(s3):
    assert ["reports", "vault"] == list(s3.buckets)
    assert s3["vault"].object_lock

@pytest.mark.s3(buckets={"reports": {"may": "all is well"}, "pictures": "pictures", "empty": None})
def test_content(s3):
    assert "all is well" == s3["reports"]["may"].text
    assert "meow" == s3["pictures"]["cat.txt"].text
    assert [] == list(s3["empty"])

@pytest.mark.s3(buckets=["of-the-class"], region="eu-west-1")
class TestNearest:
    def test_class(self, s3):
        assert ["of-the-class"] == list(s3.buckets)

    @pytest.mark.s3(buckets=["of-the-test"])
    def test_test(self, s3):
        assert ("us-east-1", ["of-the-test"]) == (s3.region, list(s3.buckets))
"""
        ).assert_outcomes(passed=4)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ("'reports'", "UsageError: The marker s3 takes options by name. Write @pytest.mark.s3(buckets=[...])."),
            (
                "regoin='eu-west-1'",
                "UsageError: The marker s3 has no option 'regoin'. Give it buckets=, lints= and the options of mock_s3",
            ),
            (
                "buckets='reports'",
                "UsageError: The marker s3 cannot take buckets='reports'. Give names, as in buckets=['reports'], or "
                "the objects of each, as in buckets={'reports': {'may.txt': 'all is well'}}.",
            ),
            ("buckets=[3]", "UsageError: The marker s3 cannot take buckets=[3]. "),
        ],
    )
    def test_what_it_refuses(self, run, arguments, message):
        result = run(f"@pytest.mark.s3({arguments})\ndef test_it(s3): ...")
        result.assert_outcomes(errors=1)
        assert message in result.stdout.str()

    def test_every_option_of_mock_s3(self, run):
        run(
            """
import inspect

OPTIONS = {name: each.default for name, each in inspect.signature(mock_s3).parameters.items() if name != "target"}

@pytest.mark.parametrize("name", OPTIONS)
def test_it(request, name):
    request.applymarker(pytest.mark.s3(**{name: OPTIONS[name]}))
    assert request.getfixturevalue("s3") is fakes3.current()
"""
        ).assert_outcomes(passed=12)


class TestOptions:
    """Options for all tests, in the ini file and on the command line."""

    TEST = """
def test_it(s3):
    settings = s3.service.settings
    assert ("eu-west-1", "111122223333", 7) == (settings.region, settings.account, settings.seed)
    assert settings.enforces_iam
"""
    INI = """
[pytest]
s3_options =
    region = eu-west-1
    account=111122223333
    seed = 7
    enforce_iam = true
    endpoints = http://minio:9000, http://other:9000
    direct = true
"""

    def test_in_the_ini_file(self, run, pytester):
        pytester.makefile(".ini", pytest=self.INI)
        run(self.TEST).assert_outcomes(passed=1)

    def test_on_the_command_line(self, run):
        run(
            self.TEST,
            *("--s3-option=region=eu-west-1", "--s3-option", "account=111122223333", "--s3-option=seed=7"),
            "--s3-option=enforce_iam=True",
        ).assert_outcomes(passed=1)

    def test_the_command_line_comes_before_the_ini_file_and_the_marker_before_both(self, run, pytester):
        pytester.makefile(".ini", pytest="[pytest]\ns3_options = seed=1\n  region=eu-west-1")
        run(
            """
def test_it(s3):
    assert (2, "eu-west-1") == (s3.service.settings.seed, s3.region)

@pytest.mark.s3(seed=3)
def test_marked(s3):
    assert (3, "eu-west-1") == (s3.service.settings.seed, s3.region)
""",
            "--s3-option=seed=2",
        ).assert_outcomes(passed=2)

    @pytest.mark.parametrize(
        ("option", "message"),
        [
            ("regoin=eu", "'regoin=eu' is no option of fakes3. Write NAME=VALUE, with one of these names: region, "),
            ("fake=1", "'fake=1' is no option of fakes3. "),
            ("region", "'region' is no option of fakes3. "),
            ("seed=x", "The option seed= of fakes3 cannot be 'x'. Write seed=0, for example."),
            (
                "enforce_iam=1x",
                "The option enforce_iam= of fakes3 cannot be '1x'. Write enforce_iam=false, for example.",
            ),
            ("region=mars", "'mars' is not an AWS region."),
        ],
    )
    def test_what_is_refused(self, run, option, message):
        result = run("def test_it(s3): ...", f"--s3-option={option}")
        result.assert_outcomes(errors=1)
        assert f"UsageError: {message}" in result.stdout.str()
