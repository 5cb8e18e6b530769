"""`fakes3 migrate`: what becomes of servers of moto's."""

from __future__ import annotations

from textwrap import dedent

import pytest

from .migrating import migrated, told


class TestServers:
    def test_old_mocks_and_servers_of_more_than_s3(self):
        source = """
            import boto3
            from moto import mock_s3_deprecated
            from moto.server import ThreadedMotoServer

            @mock_s3_deprecated
            def test_boto2(server: ThreadedMotoServer): ...

            def server():
                server = ThreadedMotoServer()
                boto3.client("s3"), boto3.client("sqs")
        """
        assert dedent(source).encode() == migrated(source).content
        assert [
            (6, "moto.mock_s3_deprecated has no counterpart. Write mock_s3"),
            (
                10,
                "the server answers for more than S3, or for what no literal names. Serve S3 by s3.server() beside it",
            ),
        ] == told(source)

    def test_a_server_beside_a_mock(self):
        source = """
            import boto3, moto
            from moto.moto_server.threaded_moto_server import ThreadedMotoServer

            @moto.mock_aws
            def test_it():
                ThreadedMotoServer().start()
                boto3.client("s3")
        """
        assert "moto's server and mocks are one S3." in " ".join(text for _, text in told(source))

    @pytest.mark.parametrize(
        "lines",
        [
            "server = ThreadedMotoServer()\nserver.start()\nyield server\nserver.stop()",
            "server = ThreadedMotoServer()\nserver.start()\nserver.stop()",
            "server = ThreadedMotoServer()\nserver.start()\nyield",
            "server = ThreadedMotoServer()\nyield\nserver.stop()",
            'server = ThreadedMotoServer(ip_address="0.0.0.0")\nserver.start()\nyield\nserver.stop()',
            "server = other = ThreadedMotoServer()\nserver.start()\nyield\nserver.stop()",
            "self.server = ThreadedMotoServer()\nself.server.start()\nyield\nself.server.stop()",
            "start(ThreadedMotoServer())",
            "if True:\n    server = ThreadedMotoServer()",
            "server = ThreadedMotoServer()\nserver.start()\nyield\nif True:\n    server.stop()",
        ],
    )
    def test_a_server_that_does_not_live_in_one_function(self, lines: str):
        body = "\n".join(f"    {line}" for line in lines.splitlines())
        source = (
            f'import boto3\nfrom moto.server import ThreadedMotoServer\n\ndef s3():\n{body}\n    boto3.client("s3")\n'
        )
        assert source.encode() == migrated(source).content
        ((_, text),) = told(source)
        assert text.endswith("Write `with FakeS3().server() as url`")

    def test_a_server_of_the_whole_module(self):
        source = (
            'import boto3, moto.server\nserver = moto.server.ThreadedMotoServer()\nserver.start()\nboto3.client("s3")\n'
        )
        assert source.encode() == migrated(source).content
        assert [2] == [line for line, _ in told(source)]

    def test_a_server_that_is_imported_where_it_is_needed(self):
        source = """
            import boto3

            def s3():
                from moto.server import ThreadedMotoServer

                server = ThreadedMotoServer()
                server.start()
                yield boto3.client("s3", endpoint_url=URL)
                server.stop()
        """
        expected = """
            import boto3

            def s3():
                from fakes3 import FakeS3

                with FakeS3().server(port=5000):
                    yield boto3.client("s3", endpoint_url=URL)
        """
        assert dedent(expected) == migrated(source).content.decode()

    def test_a_server_called_as_its_module(self):
        source = """
            import boto3
            import moto.server
            from fakes3 import FakeS3

            def s3():
                server = moto.server.ThreadedMotoServer(port=PORT)
                server.start()
                yield boto3.client("s3", endpoint_url=URL)
                server.stop()
        """
        expected = """
            import boto3
            from fakes3 import FakeS3

            def s3():
                with FakeS3().server(port=PORT):
                    yield boto3.client("s3", endpoint_url=URL)
        """
        assert dedent(expected) == migrated(source).content.decode()

    @pytest.mark.parametrize(
        ("tried", "then"),
        [
            (
                "# it answers\ntry:\n    # now\n    yield url\n    x = 1\nfinally:\n    server.stop()\n",
                "# it answers\n# now\nyield url\nx = 1\n",
            ),
            (
                "try:\n    yield url\nfinally:\n    server.stop()\n    clear()\n",
                "try:\n    yield url\nfinally:\n    clear()\n",
            ),
            (
                "try:\n    yield url\nexcept OSError:\n    pass\nfinally:\n    server.stop()\n",
                "try:\n    yield url\nexcept OSError:\n    pass\n",
            ),
        ],
    )
    def test_a_server_that_is_stopped_at_last(self, tried: str, then: str):
        def indented(text: str, by: str) -> str:
            return "".join(f"{by}{line}\n" for line in text.splitlines())

        head = 'import boto3\nfrom moto.server import ThreadedMotoServer\n\ndef s3():\n    boto3.client("s3")\n'
        made = "server = ThreadedMotoServer()\nurl = 1\nserver.start()\n"
        source = f"{head}{indented(made + tried, '    ')}    return 2\n"
        expected = head.replace("moto.server", "fakes3").replace("ThreadedMotoServer", "FakeS3")
        expected += f"    url = 1\n    with FakeS3().server(port=5000):\n{indented(then, '        ')}    return 2\n"
        assert expected == migrated(source).content.decode()
