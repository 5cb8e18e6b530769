"""The command line: what `fakes3 serve` and `fakes3 demo` print, and how they end."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

import boto3
import pytest

from fakes3.__main__ import main, make_parser, make_service
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY

MEBIBYTE = 1024 * 1024


class Served:
    """`fakes3 serve` with these arguments, until it is left; then what it wrote to stderr."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "fakes3", "serve", "--port", "0", *arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.stderr = ""

    def __enter__(self) -> Self:
        assert self._process.stdout is not None
        found = re.fullmatch(r"fakes3 serves S3 at (http://127\.0\.0\.1:\d+)\n", self._process.stdout.readline())
        assert found is not None
        self.url = found[1]
        return self

    def memory(self) -> int:
        """How many bytes the process holds."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        (found,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
        return 1024 * int(found)

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        rest, self.stderr = self._process.communicate(timeout=30)
        assert (0, "") == (self._process.returncode, rest)


def client_of(url: str, key: str, secret: str) -> Any:
    return boto3.session.Session().client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret
    )


class TestServe:
    def test_says_its_url_serves_accounts_and_ends_on_a_signal(self):
        with Served("--account", "111122223333:alice:s1", "--account", "444455556666:bob:s2") as server:
            alice, bob = client_of(server.url, "alice", "s1"), client_of(server.url, "bob", "s2")
            alice.create_bucket(Bucket="alices")
            with pytest.raises(bob.exceptions.BucketAlreadyExists):
                bob.create_bucket(Bucket="alices")
            stranger = client_of(server.url, "carol", "s3")
            with pytest.raises(stranger.exceptions.ClientError, match="InvalidAccessKeyId"):
                stranger.list_buckets()
            for each in (alice, bob, stranger):
                each.close()
        refused, unknown = server.stderr.splitlines()
        assert refused.startswith(
            "fakes3: PUT /alices: 409 BucketAlreadyExists: The requested bucket name is not avail"
        )
        assert unknown.startswith("fakes3: GET /: 403 InvalidAccessKeyId: ")
        assert unknown.endswith(" A server knows the keys that it is given: fakes3 serve --account ID:ACCESS:SECRET.)")

    def test_takes_the_options_of_a_mock(self):
        with Served("--region", "eu-west-1", "--bucket-defaults", "2022", "--verify-signatures") as server:
            client = client_of(server.url, ACCESS_KEY_ID, SECRET_ACCESS_KEY)
            client.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
            client.put_object(Bucket="bucket", Key="k", Body=b"x", ACL="public-read")  # ACLs are in force
            forger = client_of(server.url, ACCESS_KEY_ID, "another secret")
            with pytest.raises(forger.exceptions.ClientError, match="SignatureDoesNotMatch"):
                forger.list_buckets()
            client.close()
            forger.close()

    @pytest.mark.parametrize("way", ["option", "variable"])
    def test_has_an_admin_api_that_may_need_a_token(self, way: str, monkeypatch: pytest.MonkeyPatch):
        if way == "variable":
            monkeypatch.setenv("FAKES3_ADMIN_TOKEN", "s3cret")
        with Served(*(["--admin-token", "s3cret"] if way == "option" else [])) as server:
            answers = []
            for path, headers in (("health", {}), ("tree", {}), ("tree", {"Authorization": "Bearer s3cret"})):
                connection = HTTPConnection(server.url.removeprefix("http://"), timeout=60)
                connection.request("GET", f"/_fakes3/{path}", headers=headers)
                answers.append(connection.getresponse().status)
                connection.close()
        assert [200, 401, 200] == answers

    def test_enforces_iam_where_asked(self):
        with Served("--enforce-iam") as server:
            stranger = client_of(server.url, "carol", "s3")
            with pytest.raises(stranger.exceptions.ClientError, match="InvalidAccessKeyId"):
                stranger.list_buckets()
            stranger.close()

    @pytest.mark.parametrize("options", [("--region", "mars-1"), ("--bucket-defaults", "2019"), ("--port", "99999")])
    def test_a_wrong_option_is_told_with_the_remedy(self, options: tuple[str, str], capsys: pytest.CaptureFixture[str]):
        assert 2 == main(["serve", *options])
        said = capsys.readouterr().err
        assert options[1] in said
        assert re.search(r" (Give|Choose|Take|Pass|Name) [^.]+\.\n$", said)

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems tell memory in other ways")
    def test_gives_back_the_memory_of_deleted_objects(self):
        body = bytes(MEBIBYTE) * 64
        with Served() as server:
            client = client_of(server.url, ACCESS_KEY_ID, SECRET_ACCESS_KEY)
            client.create_bucket(Bucket="bucket")
            for _ in range(3):
                client.put_object(Bucket="bucket", Key="key", Body=body)
                with_object = server.memory()
                client.delete_object(Bucket="bucket", Key="key")
            assert server.memory() < with_object - len(body) // 2
            client.close()

    @pytest.mark.parametrize(
        ("options", "kept"), [([], 1000), (["--keep-calls", "5"], 5), (["--keep-calls", "9" * 30], sys.maxsize)]
    )
    def test_remembers_so_many_calls(self, options: list[str], kept: int):
        assert kept == make_service(make_parser().parse_args(["serve", *options])).calls.maxlen

    @pytest.mark.parametrize("number", ["many", "-1", "1.5", ""])
    def test_a_number_of_calls_that_is_none_is_told_how_to_write_one(
        self, number: str, capsys: pytest.CaptureFixture[str]
    ):
        with pytest.raises(SystemExit) as ended:
            main(["serve", f"--keep-calls={number}"])
        assert 2 == ended.value.code
        assert capsys.readouterr().err.rstrip().endswith("Write one such as 1000, or 0 for none.")

    @pytest.mark.parametrize("account", ["alice:s1", "12345:alice:s1", "111122223333::s1", "111122223333:alice:", ""])
    def test_an_account_that_is_none_is_told_how_to_write_one(self, account: str, capsys: pytest.CaptureFixture[str]):
        with pytest.raises(SystemExit) as ended:
            main(["serve", "--account", account])
        assert 2 == ended.value.code
        assert capsys.readouterr().err.rstrip().endswith("for example 111122223333:alice:alices-secret.")

    def test_a_host_that_is_not_here_is_told_with_the_remedy(self, capsys: pytest.CaptureFixture[str]):
        assert 2 == main(["serve", "--host", "192.0.2.1", "--port", "0"])
        said = capsys.readouterr().err
        assert said.startswith("fakes3: Port 0 of 192.0.2.1 cannot be opened")
        assert said.endswith("Choose another one, or 0 for any that is free.\n")


class TestDemo:
    def test_shows_versions_refusals_and_the_tree(self, capsys: pytest.CaptureFixture[str]):
        assert 0 == main(["demo"])
        shown = capsys.readouterr().out
        assert "b'all is well' was written and read back" in shown
        assert "404 NoSuchKey: The specified key does not exist." in shown
        assert "412 PreconditionFailed" in shown
        assert "delete it: 403 AccessDenied: Access Denied because object protected by object lock." in shown
        assert "366 days later, by s3.clock.advance(days=366), it is deleted: 0 objects are left." in shown
        assert "reports (us-east-1, 2 objects, versioning Enabled)" in shown
        assert "none left this process" in shown

    def test_without_boto3_the_remedy_is_told(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ):
        monkeypatch.setitem(sys.modules, "boto3", None)
        assert 2 == main(["demo"])
        assert capsys.readouterr().err.endswith('Run: pip install "fakes3[boto3]"\n')


def test_without_a_command_the_usage_is_told(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main([])
    assert "COMMAND" in capsys.readouterr().err
