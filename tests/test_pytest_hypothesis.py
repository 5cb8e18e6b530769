"""hypothesis with the fixtures and with `@mock_s3`: each example begins with the state in which the test began."""

from __future__ import annotations

import unittest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fakes3
from fakes3 import FakeS3, mock_s3

pytest_plugins = ["pytester"]

QUIET = ("-p", "no:cacheprovider", "-p", "no:randomly")
EXAMPLES = st.integers(0, 9)


def use(number: int) -> str:
    """Do to the active fake whatever an example may do, which finds nothing of another example; return an id."""
    s3 = fakes3.current()
    assert "mine" not in s3
    assert 2040 != s3.clock.now().year
    assert [] == list(s3.calls)
    s3.create_bucket("mine", versioning=True)
    s3.clock.freeze("2040-01-01T00:00:00Z")
    s3.user("alice")
    put = s3.client().put_object(Bucket="mine", Key=str(number), Body=b"")
    return put["VersionId"]


class TestTheFixture:
    """No health check refuses it, and each example finds what the test's set-up made."""

    ids: set[str] = set()

    @given(number=EXAMPLES)
    @settings(max_examples=5)
    @pytest.mark.s3(buckets={"reports": {"may": "all is well"}})
    def test_each_example_begins_alike(self, s3, s3_client, number):
        assert ["may"] == list(s3["reports"])
        assert ["123456789012"] == [key.principal.account for key in s3.service.access_keys.values()]
        s3_client.delete_object(Bucket="reports", Key="may")
        s3.calls.clear()
        self.ids.add(use(number))
        assert 1 == len(self.ids), "the same writes get the same version ids"

    @pytest.fixture
    def seen(self, s3):
        s3.faults.add(error="SlowDown", on="ListBuckets", after=1, times=1)

    @pytest.mark.usefixtures("seen")
    @given(number=EXAMPLES)
    @settings(max_examples=4)
    def test_faults(self, s3, s3_client, number):
        (fault,) = s3.faults
        assert 0 == fault.happened
        s3.faults.add(error="InternalError", on="HeadObject")
        for _ in range(2):
            s3_client.list_buckets()
        assert (1, [200, 503, 200]) == (fault.happened, [call.status for call in s3.calls])
        fault.remove()

    @pytest.mark.anyio
    @pytest.mark.parametrize("anyio_backend", ["asyncio"])
    @given(number=EXAMPLES)
    @settings(max_examples=3)
    async def test_coroutine(self, anyio_backend, s3, number):
        use(number)


class TestTheDecorator:
    @mock_s3
    @given(EXAMPLES)
    @settings(max_examples=3)
    def test_above(self, number):
        use(number)

    @given(EXAMPLES)
    @settings(max_examples=3)
    @mock_s3
    def test_below(self, number):
        use(number)

    @mock_s3(region="eu-west-1")
    @settings(max_examples=3)
    @given(number=EXAMPLES)
    def test_with_options_and_above_settings(self, number):
        assert "eu-west-1" == fakes3.current().region
        use(number)

    @mock_s3
    @given(number=EXAMPLES)
    @settings(max_examples=3)
    def test_beside_the_fixture(self, s3, number):
        assert s3 is fakes3.current()
        use(number)

    def test_outside_pytest(self):
        def test(number: int) -> None:
            use(number)

        for decorated in (mock_s3(given(EXAMPLES)(test)), given(EXAMPLES)(mock_s3(test))):
            settings(max_examples=3)(decorated)()

    @pytest.mark.parametrize("is_above", [True, False])
    def test_a_given_fake_is_as_before_in_each_example(self, is_above):
        fake = FakeS3()
        fake.create_bucket("reports", objects={"may": ""})
        mock, examples = mock_s3(fake=fake), given(EXAMPLES)
        seen = []

        def test(number: int) -> None:
            seen.append(number)
            assert ["reports"] == list(fake.buckets)
            use(number)

        settings(max_examples=3)(mock(examples(test)) if is_above else examples(mock(test)))()
        assert len(seen) > 1
        assert ["reports"] == list(fake.buckets)

    def test_a_given_fake_outside_hypothesis_keeps_what_is_done(self):
        fake = FakeS3()
        mock_s3(fake=fake)(use)(1)
        assert ["mine"] == list(fake.buckets)


@mock_s3
class TestADecoratedClass:
    def setup_method(self):
        fakes3.current().create_bucket("of-the-set-up")

    @given(EXAMPLES)
    @settings(max_examples=3)
    def test_it(self, number):
        assert "of-the-set-up" in fakes3.current()
        use(number)

    @staticmethod
    @given(number=EXAMPLES)
    @settings(max_examples=3)
    def test_static(number):
        use(number)


class TestATestCaseOutsidePytest:
    def test_each_example_begins_with_what_set_up_made(self):
        @mock_s3
        class Case(unittest.TestCase):
            def setUp(self) -> None:
                fakes3.current().create_bucket("of-the-set-up")

            @settings(max_examples=3)
            @given(EXAMPLES)
            def test_it(self, number: int) -> None:
                assert "of-the-set-up" in fakes3.current()
                use(number)

        result = unittest.TestResult()
        Case("test_it").run(result)
        assert ([], [], 1) == (result.errors, result.failures, result.testsRun)


def test_fixtures_of_others_are_still_refused(pytester):
    """hypothesis goes on refusing fixtures of function scope that nobody puts back."""
    pytester.makepyfile(
        """
import pytest
from hypothesis import given, settings, HealthCheck
from hypothesis import strategies as st

@pytest.fixture
def other():
    return []

@given(number=st.integers())
@settings(max_examples=2)
def test_other(s3, other, number): ...

@given(number=st.integers())
@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_suppressed(s3, other, number):
    s3.create_bucket("mine")

@given(number=st.integers())
@settings(max_examples=2)
def test_ours(s3, tmp_path_factory, number):
    s3.create_bucket("mine")

@pytest.fixture
def s3(s3):
    s3.create_bucket("reports")
    return s3
"""
    )
    result = pytester.runpytest(*QUIET)
    result.assert_outcomes(passed=2, failed=1)
    assert (
        "FailedHealthCheck: test_other uses the function-scoped fixture 'other', which is not made anew for each "
        "example, as the fixtures of fakes3 are. " in result.stdout.str()
    )


def test_the_report_tells_of_the_failing_example(pytester):
    pytester.makepyfile(
        """
from hypothesis import given
from hypothesis import strategies as st

@given(number=st.integers(0, 100))
def test_it(s3, number):
    s3.create_bucket(f"bucket-{number}")
    assert number < 7
"""
    )
    text = pytester.runpytest(*QUIET).stdout.str()
    assert (
        "\nbucket-7 (us-east-1, 0 objects)\n\nNo calls.\n\nChanged since the test began:\n+ bucket bucket-7\n" in text
    )
