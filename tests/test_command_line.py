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
from botocore.config import Config

from fakes3 import FakeS3, UsageError
from fakes3.__main__ import main, make_parser, make_service
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY

from .doors.raw_http import connected, head

MEBIBYTE = 1024 * 1024


class Served:
    """`fakes3 serve` with these arguments, until it is left; then what it wrote to stderr."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "fakes3", "serve", "--port", "0", *arguments]
        pipes: Any = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        self._process = subprocess.Popen(command, text=True, **pipes)
        self.stderr = ""

    def __enter__(self) -> Self:
        assert self._process.stdout is not None
        found = re.fullmatch(r"fakes3 serves S3 at (https?://[0-9.]+:\d+)\n", self._process.stdout.readline())
        assert found is not None
        self.url = found[1]
        return self

    def memory(self) -> int:
        """How many bytes the process holds."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        (found,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
        return 1024 * int(found)

    def close_stdin(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("what is written there means nothing")
        self._process.stdin.close()
        self._process.stdin = None

    def wait(self) -> None:
        """Wait until it has ended by itself."""
        self._process.wait(timeout=30)

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        rest, self.stderr = self._process.communicate(timeout=30)
        assert (0, "") == (self._process.returncode, rest)


def client_of(url: str, key: str, secret: str, **how: Any) -> Any:
    return boto3.session.Session().client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret, **how
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

    @pytest.mark.parametrize(
        ("options", "remedy"),
        [
            (
                ("--account", "111122223333:alice:s1", "--account", "444455556666:alice:s2"),
                "Give each --account an id of its own.",
            ),
            (("--as", "minio", "--account", "444455556666:minioadmin:s2"), "Give each --account an id of its own."),
            (("--passthrough", "*.example.com"), "Name each host."),
            (("--passthrough", ""), 'Give hosts or URLs, such as "http://minio:9000".'),
        ],
    )
    def test_what_would_be_ignored_is_told_with_the_remedy(
        self, options: tuple[str, ...], remedy: str, capsys: pytest.CaptureFixture[str]
    ):
        assert 2 == main(["serve", "--port", "0", *options])
        assert capsys.readouterr().err.endswith(f"{remedy}\n")

    def test_a_host_that_is_not_here_is_told_with_the_remedy(self, capsys: pytest.CaptureFixture[str]):
        assert 2 == main(["serve", "--host", "192.0.2.1", "--port", "0"])
        said = capsys.readouterr().err
        assert said.startswith("fakes3: Port 0 of 192.0.2.1 cannot be opened")
        assert said.endswith("Choose another one, or 0 for any that is free.\n")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder of two buckets, beside a folder that is none of its business."""
    for name, content in {"pictures/2024/cat.txt": "meow", "pictures/.hidden": "", "empty-bucket/": ""}.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_text(content)
    (tmp_path / "tree" / "empty-bucket").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    return tmp_path / "tree"


class TestFolder:
    """Each folder in a folder is a bucket, and its files are the objects."""

    def filled(self, folder: Path, *options: str) -> FakeS3:
        return FakeS3._of(make_service(make_parser().parse_args(["serve", "--folder", str(folder), *options])))

    def test_is_served(self, tree: Path):
        with Served("--folder", str(tree), "--account", "111122223333:alice:s1") as server:
            client = client_of(server.url, "alice", "s1")
            assert b"meow" == client.get_object(Bucket="pictures", Key="2024/cat.txt")["Body"].read()
            client.put_object(Bucket="pictures", Key="2024/cat.txt", Body=b"purr")
            client.close()
        assert "meow" == (tree / "pictures/2024/cat.txt").read_text()
        assert "" == server.stderr

    def test_files_may_be_read_when_they_are_asked_for(self, tree: Path):
        fake = self.filled(tree, "--lazy")
        (tree / "pictures/2024/cat.txt").write_text("purr, purr")
        assert 4 == fake["pictures"]["2024/cat.txt"].size
        with pytest.raises(UsageError, match="has changed"):
            fake.client().get_object(Bucket="pictures", Key="2024/cat.txt")

    def test_a_server_tells_that_a_file_has_changed(self, tree: Path):
        fake = self.filled(tree, "--lazy")
        (tree / "pictures/2024/cat.txt").unlink()
        with fake.server() as url:
            client = client_of(url, "any", "any", config=Config(retries={"total_max_attempts": 1}))
            with pytest.raises(client.exceptions.ClientError, match="InternalError") as refused:
                client.get_object(Bucket="pictures", Key="2024/cat.txt")
            client.close()
        reason = refused.value.response["ResponseMetadata"]["HTTPHeaders"]["x-fakes3-reason"]
        assert "cannot be read" in reason
        assert reason.endswith("leave out lazy.")

    def test_lazy_is_nothing_without_a_folder(self, capsys: pytest.CaptureFixture[str]):
        assert 2 == main(["serve", "--lazy"])
        said = "--lazy is for the files of --folder. Give --folder DIR, or leave out --lazy.\n"
        assert f"fakes3: {said}" == capsys.readouterr().err

    def test_names_are_those_of_files(self, tree: Path):
        fake = self.filled(tree)
        assert {"empty-bucket": [], "pictures": [".hidden", "2024/cat.txt"]} == {
            name: list(fake[name]) for name in fake.buckets
        }

    @pytest.mark.skipif(sys.platform == "win32", reason="who may make links there is a setting")
    def test_links_that_lead_out_are_not_followed(self, tree: Path, capsys: pytest.CaptureFixture[str]):
        links = {
            "bucket-that-leads-out": "../outside",
            "pictures/secret": "../../outside/secret",
            "pictures/outside": "../../outside",
            "pictures/twice": "secret",
            "pictures/nowhere": "not-there",
            "pictures/inside": "2024/cat.txt",
            "file": "pictures/2024/cat.txt",
        }
        for name, target in links.items():
            (tree / name).symlink_to(target)
        fake = self.filled(tree)
        assert {"empty-bucket": [], "pictures": [".hidden", "2024/cat.txt", "inside"]} == {
            name: list(fake[name]) for name in fake.buckets
        }
        assert b"meow" == fake["pictures"]["inside"].body
        told = capsys.readouterr().err
        for name in links:
            assert ("inside" not in name) == (f"{tree.resolve() / name} is left out: " in told)

    @pytest.mark.parametrize("name", ["Pictures", "ab", "xn--a"])
    def test_a_name_that_no_bucket_has_is_told_with_the_remedy(
        self, tree: Path, name: str, capsys: pytest.CaptureFixture[str]
    ):
        (tree / name).mkdir()
        assert 2 == main(["serve", "--folder", str(tree)])
        said = capsys.readouterr().err
        assert said.startswith(f"fakes3: The folder {str(tree.resolve() / name)!r} cannot be a bucket. S3 refuses ")
        assert "Choose 3 to 63 lower-case letters, digits, hyphens and dots" in said

    def test_a_folder_that_is_not_there(self, tree: Path, capsys: pytest.CaptureFixture[str]):
        assert 2 == main(["serve", "--folder", str(tree / "nope")])
        assert capsys.readouterr().err.endswith("to read buckets from. Give a folder whose folders are buckets.\n")

    def test_a_folder_that_cannot_be_read(
        self, tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ):
        def walk(top: Path, onerror: Any) -> Any:
            onerror(PermissionError(13, "Permission denied"))

        monkeypatch.setattr("os.walk", walk)
        assert 2 == main(["serve", "--folder", str(tree)])
        assert capsys.readouterr().err.endswith("Permission denied). Give one that can, to the last file.\n")


class TestNames:
    """Where the server listens, and under which names."""

    def test_a_bucket_may_be_a_host_under_a_domain(self):
        with Served("--domain", "s3.test", "--domain", "store.example") as server, connected(server.url) as raw:
            found = [raw.ask(head("PUT", "/", host=host)).headers.get(b"location") for host in HOSTS]
        assert [b"/bucket", b"/other-bucket", b"/another-bucket", None] == found

    @pytest.mark.parametrize("name", ["http://s3.test", "s3.test:9000", "", "-s3", "s3..test"])
    def test_a_domain_that_is_none_is_told_how_to_write_one(self, name: str, capsys: pytest.CaptureFixture[str]):
        with pytest.raises(SystemExit):
            main(["serve", f"--domain={name}"])
        assert capsys.readouterr().err.endswith("Write one such as s3.test, without a scheme and a port.\n")

    def test_beyond_this_machine_it_warns(self):
        with Served("--host", "0.0.0.0") as server:
            pass
        assert server.stderr.startswith("fakes3: The server listens at 0.0.0.0, beyond this machine: ")
        assert server.stderr.endswith(" Leave out --host unless others are meant to.\n")

    def test_tls(self, tmp_path: Path):
        with Served("--tls", "--ca-file", str(tmp_path / "ca.pem")) as server:
            client = client_of(server.url, ACCESS_KEY_ID, SECRET_ACCESS_KEY, verify=str(tmp_path / "ca.pem"))
            client.create_bucket(Bucket="bucket")
            client.close()
        assert server.url.startswith("https://127.0.0.1:")
        assert f"to trust the certificate in {tmp_path / 'ca.pem'}" in server.stderr

    def test_tls_tells_where_the_certificate_is(self):
        with Served("--tls") as server:
            pass
        (path,) = re.findall(r"fakes3: Clients are to trust the certificate in (\S+),", server.stderr)
        assert not Path(path).exists()  # any more

    def test_a_certificate_that_cannot_be_written(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        assert 2 == main(["serve", "--tls", "--ca-file", str(tmp_path / "no" / "ca.pem")])
        assert capsys.readouterr().err.endswith("Give --ca-file a path in a folder that is there.\n")

    def test_tls_without_the_package(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
        monkeypatch.setitem(sys.modules, "cryptography", None)
        assert 2 == main(["serve", "--tls"])
        assert capsys.readouterr().err.endswith('Run: pip install "fakes3[server]"\n')


class TestProxy:
    def test_answers_for_real_hosts_and_lets_out_what_it_is_told_to(self, tmp_path: Path):
        ca_file = str(tmp_path / "ca.pem")
        account = ("--account", "111122223333:alice:s1")  # whose key no mock of another test minds
        with Served(*account) as other, Served(*account, "--ca-file", ca_file, "--passthrough", other.url) as server:
            assert server.url.startswith("http://")
            for url in (None, other.url):
                client = boto3.session.Session("alice", "s1", region_name="us-east-1").client(
                    "s3", endpoint_url=url, verify=ca_file, config=Config(proxies=dict.fromkeys(SCHEMES, server.url))
                )
                client.create_bucket(Bucket="here" if url is None else "elsewhere")
                assert 1 == len(client.list_buckets()["Buckets"])
                client.close()
            with connected(server.url) as raw:
                assert 403 == raw.ask(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n").status
        assert "\nfakes3: CONNECT example.com:443: 403: example.com is no host of S3" in server.stderr


SCHEMES = ("http", "https")

HOSTS = ("bucket.s3.test", "other-bucket.STORE.example:80", "another-bucket.localhost", "bucket.s3.test.elsewhere")


class TestEnd:
    def test_with_standard_input_where_asked(self):
        with Served("--until-eof") as server:
            server.close_stdin()
            server.wait()

    def test_not_with_standard_input_by_itself(self):
        with Served() as server, connected(server.url) as raw:
            server.close_stdin()
            assert 200 == raw.ask(head("GET", "/")).status


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
