"""`fakes3 migrate`: what becomes of each way of using moto."""

from __future__ import annotations

import socket
from textwrap import dedent

import pytest

from fakes3.testing.migration_evidence import Services

from .migrating import NOTHING, migrated, told
from .moto_imports import IMPORTS, OF_MOTO_4
from .moto_patterns import PATTERNS, Pattern

pytest_plugins = ["pytester"]

OF_MOTO_5 = PATTERNS | IMPORTS
ALL = OF_MOTO_5 | OF_MOTO_4


class TestPatterns:
    @pytest.mark.parametrize("pattern", ALL.values(), ids=ALL)
    def test_is_rewritten(self, pattern: Pattern):
        made = migrated(pattern.before)
        assert pattern.after == made.content.decode()
        assert [] == list(made.findings)

    @pytest.mark.parametrize("pattern", ALL.values(), ids=ALL)
    def test_is_left_as_it_is_the_second_time(self, pattern: Pattern):
        made = migrated(pattern.after)
        assert (pattern.after, 0, 0) == (made.content.decode(), made.instead, made.beside)
        assert [] == list(made.findings)

    def test_runs_as_it_stands_then(self, pytester: pytest.Pytester):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = str(free.getsockname()[1])
        for number, pattern in enumerate(OF_MOTO_5.values()):
            pytester.makepyfile(**{f"test_{number}": pattern.after.replace("5791", port)})
        outcomes = pytester.runpytest("-p", "no:cacheprovider", "-p", "no:randomly").parseoutcomes()
        assert {"passed": 17} == {name: count for name, count in outcomes.items() if name != "warnings"}


BOTH = "so both mocks stand here. Leave moto's out if the test needs no other service"


class TestServices:
    """Which services are used decides whether moto stays."""

    def head(self, body: str, *, more: str = "") -> str:
        return f"import boto3\nfrom moto import mock_aws\n{more}\n\n@mock_aws\ndef test_it(self):\n    {body}\n"

    def decorators(self, source: str, elsewhere: Services = NOTHING) -> str:
        text = migrated(source, elsewhere).content.decode()
        (above, _) = text.split("def test_it")
        return above[above.rindex("\n\n") :].strip()

    @pytest.mark.parametrize("body", ['boto3.client("sqs")', "thing()", 'boto3.client("sqs", "us-east-1")'])
    def test_moto_stays_alone_without_s3(self, body: str):
        source = self.head(body)
        assert (source.encode(), []) == migrated(source)[:2]

    @pytest.mark.parametrize(
        "body", ['open("s3://bucket/key")', "S3Hook().load()", "upload(s3_bucket)", 'StoreS3(name="s3")']
    )
    def test_what_is_only_named_after_s3_has_both(self, body: str):
        source = self.head(body)
        assert "@mock_aws\n@mock_s3" == self.decorators(source)
        assert [(5, f"no client is made here, {BOTH}")] == told(source)

    def test_services_that_no_literal_names_have_both(self):
        source = self.head('[boto3.client(name) for name in NAMES] + [boto3.client("s3")]')
        assert "@mock_aws\n@mock_s3" == self.decorators(source)
        assert [(5, f"clients are made for services that no literal names, {BOTH}")] == told(source)

    def test_services_that_no_literal_names_without_a_word_of_s3(self):
        source = self.head("boto3.client(NAME)")
        assert source.encode() == migrated(source).content
        (found,) = told(source)
        assert (5, "Write mock_s3 beside it if S3 is among them") == (found[0], found[1].partition(". ")[2])

    @pytest.mark.parametrize("call", ["app.client(*args)", "make_client()", "original_client(self, 1)", "x[0]()"])
    def test_other_calls_say_nothing(self, call: str):
        assert "@mock_s3" == self.decorators(self.head(f'boto3.client("s3"), {call}'))

    @pytest.mark.parametrize(
        "more",
        [
            'def setup():\n    return boto3.client("sqs")\n\nclass Test:\n    x = 1',
            'SQS = boto3.client("sqs")',
        ],
    )
    def test_what_a_test_does_not_use_does_not_count(self, more: str):
        assert "@mock_s3" == self.decorators(self.head('boto3.client("s3")', more=more))

    @pytest.mark.parametrize(
        ("more", "body"),
        [
            ('def sqs():\n    return boto3.client("sqs")', 'sqs(), boto3.client("s3")'),
            ('SQS = boto3.client("sqs")', 'SQS, boto3.client("s3")'),
            ('@pytest.fixture(autouse=True)\ndef queue():\n    boto3.client("sqs")', 'boto3.client("s3")'),
            ('@pytest.mark.usefixtures("queue")\ndef queue():\n    boto3.client("sqs")', 'queue, boto3.client("s3")'),
        ],
    )
    def test_what_a_test_uses_counts(self, more: str, body: str):
        assert "@mock_aws\n@mock_s3" == self.decorators(self.head(body, more=more))

    def test_a_fixture_has_what_its_tests_use(self):
        source = """
            import boto3
            import pytest
            from moto import mock_aws

            @pytest.fixture
            def aws():
                with mock_aws():
                    yield

            @pytest.mark.usefixtures("aws")
            def test_s3():
                boto3.client("s3")

            def test_sqs(aws):
                boto3.client("sqs")
        """
        assert b"with mock_aws(), mock_s3():" in migrated(source).content

    def test_a_set_up_has_what_the_tests_of_its_class_use(self):
        source = """
            import boto3
            from moto import mock_aws

            class Base:
                def setup_method(self):
                    self.aws = mock_aws()
                    self.aws.start()

            class TestStore(Base):
                def test_s3(self):
                    boto3.client("s3")

                def test_sqs(self):
                    boto3.client("sqs")
        """
        made = migrated(source).content.decode()
        assert "self.aws = mock_aws()\n        self.s3_mock = mock_s3()\n        self.aws.start()\n" in made

    @pytest.mark.parametrize(
        "line",
        [
            "mock = mock_aws()\nprint(mock)",
            "mock = mock_aws(); print(mock)",
            "mock = mock_aws(); mock.start()",
            "s3_mock = mock_aws()",
            "mock = other = mock_aws()",
            "test.mock = mock_aws()",
            "enter(mock_aws())",
            "x = stack.enter_context(mock_aws())",
            "x = [mock_aws()]",
            "if True: mock = mock_aws()",
        ],
    )
    def test_a_mock_that_is_kept_while_other_services_are_used(self, line: str):
        source = f'import boto3\nfrom moto import mock_aws\n\n{line}\nboto3.client("s3"), boto3.client("sqs")\n'
        assert source.encode() == migrated(source).content
        assert [4] == [line for line, _ in told(source)]

    def test_files_elsewhere_count(self):
        source = "import pytest\nfrom moto import mock_aws\n\n@pytest.fixture\n@mock_aws\ndef test_it(): ...\n"
        assert "@pytest.fixture\n@mock_s3" == self.decorators(source, Services(frozenset({"s3"})))
        assert "@pytest.fixture\n@mock_aws\n@mock_s3" == self.decorators(source, Services(frozenset({"s3", "sqs"})))
        assert "@pytest.fixture\n@mock_aws" == self.decorators(source)

    @pytest.mark.parametrize(
        "body", ['with fakes3.mock_s3():\n        boto3.client("s3")', 'fakes3.mock_s3().start(), boto3.client("s3")']
    )
    def test_a_mock_of_fakes3_that_is_there_is_enough(self, body: str):
        source = self.head(body, more="import fakes3")
        assert (source.encode(), []) == migrated(source)[:2]

    def test_settings_of_another_service_mean_that_service(self):
        source = self.head('boto3.client("s3")').replace("@mock_aws", '@mock_aws(config={"lambda": {}})')
        assert '@mock_aws(config={"lambda": {}})\n@mock_s3()' == self.decorators(source)

    @pytest.mark.parametrize(
        "given", ['config={"core": {}}', "config=CONFIG", "config={**CONFIG}", "function", 'config={"s3": 1}, x=2']
    )
    def test_settings_that_cannot_be_read_are_listed(self, given: str):
        source = self.head('boto3.client("s3")').replace("@mock_aws", f"@mock_aws({given})")
        assert source.encode() == migrated(source).content
        why = "moto is set up here in its own way. Write mock_s3 beside it, with passthrough= if hosts are let out"
        assert [(5, why)] == told(source)


class TestLists:
    """What is listed, since nobody can decide it by reading."""

    def test_an_import_on_a_condition_once(self):
        source = """
            import boto3
            try:
                from moto import mock_aws
            except ImportError:
                mock_aws = None

            @mock_aws
            def test_a():
                boto3.client("s3")

            @mock_aws
            def test_b():
                boto3.client("s3")
        """
        assert dedent(source).encode() == migrated(source).content
        why = "moto is imported on a condition here. Import mock_s3 from fakes3, and write it where S3 is used"
        assert [(4, why)] == told(source)

    @pytest.mark.parametrize(
        "tried",
        [
            "try:\n    from moto import mock_s3\nexcept ImportError:\n    from other import mock_s3",
            "try:\n    from moto import mock_s3\nexcept ImportError:\n    from moto import *",
            "try:\n    from moto import mock_s3\nfinally:\n    pass",
            "if True:\n    from moto import mock_s3",
        ],
    )
    def test_other_conditions(self, tried: str):
        source = f"{tried}\n\n@mock_s3\ndef test_it(): ...\n"
        assert source.encode() == migrated(source).content
        assert "moto is imported on a condition here" in told(source)[0][1]

    def test_mocks_inside_the_mock_of_a_fixture(self):
        source = """
            import boto3
            import pytest
            from moto import mock_aws

            @pytest.fixture
            def s3():
                with mock_aws():
                    yield boto3.client("s3")

            @mock_aws
            def test_it(s3): ...
        """
        ((line, text),) = told(source)
        assert 11 == line
        assert text.endswith('Leave it out here, or set s3_nested = "share" among pytest\'s ini options')

    def test_policies_that_are_enforced_from_some_request_on(self):
        source = """
            import boto3
            from moto import mock_aws
            from moto.core import set_initial_no_auth_action_count

            @set_initial_no_auth_action_count(4)
            @mock_aws
            def test_it():
                boto3.client("s3")
        """
        assert dedent(source).encode() == migrated(source).content
        ((line, text),) = told(source)
        assert 6 == line
        assert text.endswith("write mock_s3(enforce_iam=True) and callers by s3.user(name, policy=...)")

    @pytest.mark.parametrize(
        ("line", "remedy"),
        [
            ('@patch("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 5)\ndef test_it(): ...', "mock_s3(min_part_size=...)"),
            ('os.environ["MOTO_S3_CUSTOM_ENDPOINTS"] = "http://minio"', "mock_s3(endpoints=[...])"),
            ('monkeypatch.setenv("MOTO_ACCOUNT_ID", "1")', "mock_s3(account=...)"),
            ("moto.s3.models.s3_backends", "s3[bucket][key] of `with mock_s3() as s3`"),
            ('requests.post(f"{url}/moto-api/reset")', "POST /_fakes3/reset"),
            ('c.create_bucket(Bucket="bucket_2")', 'Name it "bucket-2", for example'),
            ('NAME = "My_Bucket"\nc.create_bucket(Bucket=NAME)', 'Name it "my-bucket", for example'),
            (
                's3 = boto3.client("s3", region_name="eu-west-1")\ns3.create_bucket(Bucket="bucket")',
                'Pass CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}',
            ),
            ('x = {"LocationConstraint": "us-east-1"}', "Leave it out in that region"),
            ("from moto import *", "Name it, and run this again"),
        ],
    )
    def test_settings_and_what_s3_refuses(self, line: str, remedy: str):
        ((_, text),) = told(line)
        assert remedy in text

    @pytest.mark.parametrize(
        "line",
        [
            'c.create_bucket(Bucket="bucket-2")',
            "c.create_bucket(Bucket=name)",
            "c.create_bucket()",
            'NAME = "a_1"\nNAME = "bucket"\nc.create_bucket(Bucket=NAME)',
            's3 = boto3.client("s3", "eu-west-1")\ns3.create_bucket(Bucket="bucket", CreateBucketConfiguration=X)',
            's3 = boto3.client("s3", "eu-west-1")\ns3.create_bucket(**options)',
            's3 = boto3.client("s3", "eu-west-1")\ns3 = boto3.client("s3")\ns3.create_bucket(Bucket="bucket")',
            'create_bucket(Bucket="bucket")',
            'x = {"LocationConstraint": region, **more}',
            '"""It says that MOTO_ACCOUNT_ID is set."""',
        ],
    )
    def test_what_s3_takes_is_not_listed(self, line: str):
        assert [] == told(line)


class TestImports:
    """Where the import of fakes3 comes, and which one of moto goes."""

    def imports(self, source: str) -> str:
        rest = '\n@mock_s3\ndef test_it():\n    "s3"\n'
        made = migrated(source + rest).content.decode()
        return made.removesuffix(rest)

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("from moto import mock_s3\n", "from fakes3 import mock_s3\n"),
            ("import a; from moto import mock_s3\n", "from fakes3 import mock_s3\nimport a\n"),
            ("from moto import mock_s3; import a\n", "from fakes3 import mock_s3\nimport a\n"),
            ("# first\nfrom moto import mock_s3\nX = 1\n", "# first\nfrom fakes3 import mock_s3\nX = 1\n"),
            (
                "from a import b\nimport c\nfrom moto import mock_s3\nimport z\n",
                "from a import b\nimport c\nfrom fakes3 import mock_s3\nimport z\n",
            ),
            (
                "import z\n\n# ours\nfrom moto import mock_s3\nfrom z import y\n",
                "import z\n\n# ours\nfrom fakes3 import mock_s3\nfrom z import y\n",
            ),
            (
                "from a import b\n# why\nfrom moto import mock_s3\nfrom z import y\n",
                "from a import b\nfrom fakes3 import mock_s3\n# why\nfrom z import y\n",
            ),
            (
                "from fakes3 import FakeS3\nfrom moto import mock_s3\n",
                "from fakes3 import FakeS3, mock_s3\n",
            ),
            (
                "from fakes3 import (\n    FakeS3,\n)\nfrom moto import mock_s3\n",
                "from fakes3 import (\n    FakeS3, mock_s3,\n)\n",
            ),
            (
                "from a import *\nfrom moto import mock_s3\nfrom . import x\n",
                "from a import *\nfrom fakes3 import mock_s3\nfrom . import x\n",
            ),
        ],
    )
    def test_is_sorted(self, before: str, after: str):
        assert after == self.imports(before)

    def test_a_name_of_fakes3_that_is_there_is_used(self):
        source = """
            from fakes3 import mock_s3 as s3_mock
            from moto import mock_s3

            @s3_mock
            def test_a(): ...

            @mock_s3
            def test_b(): ...
        """
        expected = """
            from fakes3 import mock_s3 as s3_mock

            @s3_mock
            def test_a(): ...

            @s3_mock
            def test_b(): ...
        """
        assert dedent(expected) == migrated(source).content.decode()

    def test_a_module_that_tests_were_skipped_without_goes(self):
        source = 'import pytest\n\nmoto = pytest.importorskip("moto")\nX = pytest.importorskip(NAME)\n'
        expected = "import pytest\nfrom fakes3 import mock_s3\n\nX = pytest.importorskip(NAME)\n"
        made = migrated(source + "\n@moto.mock_s3\ndef test_it(): ...\n").content.decode()
        assert expected + "\n@mock_s3\ndef test_it(): ...\n" == made

    @pytest.mark.parametrize("taken", ["from own import mock_s3", "mock_s3 = 1", "class mock_s3: ..."])
    def test_a_name_that_is_taken_is_not_taken_again(self, taken: str):
        made = migrated(f"import moto\n{taken}\n\n@moto.mock_s3\ndef test_it(): ...\n").content.decode()
        assert f"import fakes3\n{taken}\n\n@fakes3.mock_s3\ndef test_it(): ...\n" == made

    @pytest.mark.parametrize(
        ("there", "then"),
        [
            ("from fakes3 import mock_s3 as unused", "from fakes3 import mock_s3 as unused, mock_s3"),
            ("from fakes3 import *", "from fakes3 import *\nfrom fakes3 import mock_s3"),
            (
                "def f():\n    from fakes3 import mock_s3\n    mock_s3()\n",
                "def f():\n    from fakes3 import mock_s3\n    mock_s3()\n\nfrom fakes3 import mock_s3",
            ),
        ],
    )
    def test_a_name_of_fakes3_that_is_no_help(self, there: str, then: str):
        made = migrated(f"{there}\nimport moto\n\n@moto.mock_s3\ndef test_it(): ...\n").content.decode()
        assert f"{then}\n\n@mock_s3\ndef test_it(): ...\n" == made

    def test_an_import_that_stands_twice(self):
        source = "from moto import mock_s3\nfrom moto import mock_s3\n\n@mock_s3\ndef test_it(): ...\n"
        made = migrated(source)
        assert b"from fakes3 import mock_s3\n\n@mock_s3\ndef test_it(): ...\n" == made.content
        assert 1 == made.instead

    def test_others_of_moto_stay(self):
        source = """
            import moto
            import moto.server
            from moto import mock_s3, mock_sts
            from moto.core import DEFAULT_ACCOUNT_ID

            @mock_s3
            @moto.mock_sqs
            def test_a(): ...
        """
        made = migrated(source).content.decode()
        expected = "import moto\nimport moto.server\nfrom fakes3 import mock_s3\nfrom moto import mock_sts\n"
        assert made.lstrip().startswith(expected)
