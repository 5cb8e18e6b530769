"""Classes of tests under `@mock_s3`: every test has its own fake, from its set-up to its tear-down."""

from __future__ import annotations

import asyncio
import unittest
from typing import Any

import boto3
import pytest

import fakes3
from fakes3 import FakeS3, UsageError, mock_s3

pytest_plugins = ["pytester"]

QUIET = ("-p", "no:randomly", "-p", "no:cacheprovider")

PREAMBLE = """
import asyncio, unittest
import boto3, pytest
import fakes3
from fakes3 import mock_s3

EARLY = boto3.session.Session().client("s3", region_name="us-east-1")

def names():
    return [bucket["Name"] for bucket in EARLY.list_buckets()["Buckets"]]

def make(name):
    EARLY.create_bucket(Bucket=name)
"""


@pytest.fixture
def passes(pytester, touched):
    """Runs a file of tests in pytest: all must pass, and nothing stay behind."""

    def run(source: str, **outcomes: int) -> None:
        pytester.makepyfile(PREAMBLE + source)
        before = touched()
        result = pytester.runpytest(*QUIET)
        result.assert_outcomes(**outcomes)
        after = touched()
        for each in (before, after):
            each["environment"].pop("PYTEST_CURRENT_TEST", None)
        assert before == after

    return run


class TestPlainClass:
    def test_set_up_test_and_tear_down_share_one_fresh_fake(self, passes):
        passes(
            """
@mock_s3
class TestIt:
    limit = 3

    def setup_method(self, method):
        self.method = method.__name__
        make("from-set-up")

    def teardown_method(self):
        assert ["from-set-up", self.method.replace("_", "-")] == names()

    @pytest.fixture(autouse=True)
    def bucket(self):
        assert ["from-set-up"] == names()
        yield
        assert 2 == len(names())

    def test_one(self):
        make("test-one")

    def test_two(self):
        make("test-two")
        assert 3 == self.limit == TestIt.limit
""",
            passed=2,
        )

    def test_parametrised_asynchronous_and_static(self, passes):
        passes(
            """
@mock_s3(region="eu-west-1")
class TestIt:
    @pytest.mark.parametrize("name", ["aaa", "bbb"])
    def test_parametrised(self, name, tmp_path):
        fakes3.current().create_bucket(name)
        assert [name] == names()
        assert "eu-west-1" == fakes3.current().region

    @pytest.mark.anyio
    @pytest.mark.parametrize("anyio_backend", ["asyncio"])
    async def test_asynchronous(self, anyio_backend):
        assert [] == names()
        make_in = fakes3.current().create_bucket
        make_in("bucket")
        assert ["bucket"] == names()

    @staticmethod
    def test_static():
        assert [] == names()

    @classmethod
    def test_of_class(cls):
        assert [] == names()
""",
            passed=5,
        )

    def test_set_up_of_the_class_is_forked_for_each_test(self, passes):
        passes(
            """
@mock_s3
class TestIt:
    @classmethod
    def setup_class(cls):
        make("from-class")

    @classmethod
    def teardown_class(cls):
        assert ["from-class", "from-fixture"] == names()

    @pytest.fixture(scope="class", autouse=True)
    def of_class(self):
        make("from-fixture")
        yield
        assert ["from-class", "from-fixture"] == names()

    @pytest.mark.parametrize("number", [1, 2])
    def test_it(self, number):
        assert ["from-class", "from-fixture"] == names()
        make("of-one-test")
""",
            passed=2,
        )

    def test_inheritance(self, passes):
        passes(
            """
class Base:
    def test_of_base(self):
        assert ["from-set-up"] == names()

@mock_s3
class TestDecorated(Base):
    def setup_method(self):
        make("from-set-up")

    def test_own(self):
        assert ["from-set-up"] == names()

class TestSub(TestDecorated):
    def setup_method(self, method):
        make("before")
        super().setup_method(method)
        EARLY.delete_bucket(Bucket="before")

    def teardown_method(self):
        super().teardown_method()
        assert ["from-set-up"] == names()

    def test_more(self):
        assert ["from-set-up"] == names()

class TestSubWithoutSuper(TestDecorated):
    @classmethod
    def setup_class(cls):
        make("from-class")

    def setup_method(self):
        make("from-set-up")

    def test_own(self):
        assert ["from-class", "from-set-up"] == names()

    test_of_base = None

@mock_s3(region="eu-west-1")
class TestDecoratedAgain(TestDecorated):
    def setup_method(self):
        fakes3.current().create_bucket("from-set-up")

    def test_own(self):
        assert "eu-west-1" == fakes3.current().region

class TestBaseItself(Base):
    def test_of_base(self):
        with pytest.raises(fakes3.UsageError):
            fakes3.current()
""",
            passed=2 + 3 + 1 + 2 + 1,
        )

    def test_failures_restore_everything(self, passes):
        passes(
            """
@mock_s3
class TestSetUp:
    def setup_method(self):
        raise ValueError
    def test_it(self): ...

@mock_s3
class TestTearDown:
    def teardown_method(self):
        raise ValueError
    def test_it(self): ...

@mock_s3
class TestClass:
    @classmethod
    def setup_class(cls):
        raise ValueError
    def test_it(self): ...

@mock_s3
class TestBody:
    def test_it(self):
        raise ValueError

@mock_s3
class TestClassTearDown:
    @classmethod
    def teardown_class(cls):
        raise ValueError
    def test_it(self): ...

def test_last():
    with pytest.raises(fakes3.UsageError):
        fakes3.current()
""",
            errors=4,
            failed=1,
            passed=3,
        )

    def test_called_by_hand(self, touched):
        @mock_s3
        class Something:
            def test_it(self) -> list[str]:
                fakes3.current().create_bucket("pictures")
                return list(fakes3.current().buckets)

            def test_steps(self) -> Any:
                yield fakes3.current()

            async def test_later(self) -> FakeS3:
                return fakes3.current()

            def helper(self) -> None:
                fakes3.current()

        before = touched()
        something = Something()
        assert ["pictures"] == something.test_it()
        assert ["pictures"] == something.test_it()
        assert 1 == len(list(something.test_steps()))
        assert isinstance(asyncio.run(something.test_later()), FakeS3)
        with pytest.raises(UsageError):
            something.helper()
        assert {} == vars(something)
        assert before == touched()

    def test_set_up_that_is_a_fixture(self):
        with pytest.raises(UsageError) as caught:

            @mock_s3
            class Something:
                @pytest.fixture(autouse=True)
                def setup_method(self) -> None: ...

        assert str(caught.value).endswith("its setup_method is a pytest fixture. Give the fixture another name.")
        assert str(caught.value).startswith("mock_s3 cannot decorate ")


TEST_CASE = """
def check():
    assert ["from-class"] == names()

@mock_s3
class TestIt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(check)
        make("from-class")

    @classmethod
    def tearDownClass(cls):
        assert ["from-class"] == names()

    def setUp(self):
        self.addCleanup(lambda: self.assertEqual(["from-class", "from-set-up", "from-test"], names()))
        make("from-set-up")

    def tearDown(self):
        self.assertEqual(["from-class", "from-set-up", "from-test"], names())

    def test_one(self):
        self.assertEqual(["from-class", "from-set-up"], names())
        make("from-test")

    def test_two(self):
        for _ in range(2):
            with self.subTest():
                self.assertEqual(["from-class", "from-set-up"], names())
        make("from-test")

class TestSub(TestIt):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        assert ["from-class"] == names()

    def test_more(self):
        make("from-test")

@mock_s3
class TestAsync(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        make("from-set-up")

    async def asyncSetUp(self):
        make("from-async")

    async def asyncTearDown(self):
        self.assertEqual(["from-async", "from-set-up", "from-test"], names())

    async def test_one(self):
        await asyncio.sleep(0)
        make("from-test")

    async def test_two(self):
        make("from-test")
"""


class TestTestCase:
    def test_in_pytest(self, passes):
        passes(TEST_CASE, passed=2 + 3 + 2)

    def test_in_pytest_under_another_mock(self, passes):
        passes(
            TEST_CASE
            + """
@pytest.fixture(autouse=True, scope="session")
def outer():
    with mock_s3() as s3:
        s3.create_bucket("outer")
        yield
""",
            passed=2 + 3 + 2,
        )

    def test_in_unittest(self, touched):
        before = touched()
        names: dict[str, Any] = {"__name__": "in_unittest"}
        with mock_s3() as outer:
            outer.create_bucket("outer")
            exec(PREAMBLE + TEST_CASE, names)
            suite = unittest.TestSuite(
                unittest.defaultTestLoader.loadTestsFromTestCase(names[each])
                for each in ("TestIt", "TestSub", "TestAsync")
            )
            result = unittest.TestResult()
            suite.run(result)
            assert ["outer"] == list(outer.buckets)
        assert (7, [], []) == (result.testsRun, result.failures, result.errors)
        assert before == touched()

    def test_fixtures_of_the_class_see_the_fake_of_the_test(self, passes):
        passes(
            """
@mock_s3
class TestIt(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def bucket(self):
        assert [] == names()
        make("from-fixture")
        yield
        assert ["from-fixture", "from-test"] == names()

    def test_one(self):
        make("from-test")

    def test_two(self):
        make("from-test")
""",
            passed=2,
        )

    def test_failures_restore_everything(self, passes):
        passes(
            """
@mock_s3
class TestClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(lambda: fakes3.current())
        raise ValueError
    def test_it(self): ...

@mock_s3
class TestSkippedClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        pytest.skip("not today")
    def test_it(self): ...

@mock_s3
class TestSetUp(unittest.TestCase):
    def setUp(self):
        raise ValueError
    def test_it(self): ...

@mock_s3
class TestSkipped(unittest.TestCase):
    @unittest.skip("not today")
    def test_it(self): ...

@mock_s3
class TestTearDown(unittest.TestCase):
    def tearDown(self):
        raise ValueError
    def test_it(self): ...

def test_last():
    with pytest.raises(fakes3.UsageError):
        fakes3.current()
""",
            errors=1,
            skipped=2,
            failed=2,
            passed=1,
        )

    def test_run_alone_or_debugged(self, touched):
        @mock_s3
        class Case(unittest.TestCase):
            seen: list[FakeS3] = []

            def test_it(self) -> None:
                self.seen.append(fakes3.current())

        before = touched()
        Case("test_it").debug()
        Case("test_it")()
        assert 2 == len({id(each) for each in Case.seen})
        assert before == touched()

    def test_given_fake_is_everybodys(self):
        given = FakeS3()

        @mock_s3(fake=given)
        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls) -> None:
                boto3.client("s3").create_bucket(Bucket="from-class")

            def test_it(self) -> None:
                boto3.client("s3").create_bucket(Bucket="from-test")

        unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(unittest.TestResult())
        assert ["from-class", "from-test"] == list(given.buckets)
