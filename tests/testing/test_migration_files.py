"""`fakes3 migrate`: what it does to files, what it prints, and how it ends."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("libcst", reason="libcst is not installed: pip install libcst")

from fakes3.__main__ import main

OLD = 'import boto3\nfrom moto import mock_aws\n\n\n@mock_aws\ndef test_it():\n    boto3.client("s3")\n'
NEW = 'import boto3\nfrom fakes3 import mock_s3\n\n\n@mock_s3\ndef test_it():\n    boto3.client("s3")\n'
LISTED = 'client.create_bucket(Bucket="bucket_2")\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the command runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def summary(changed: int, told: int = 0, failed: int = 0, *, check: bool = False, beside: int = 0) -> str:
    text = (
        f"Files {'that would be ' if check else ''}rewritten: {changed}. Uses of moto with fakes3 in their place: "
        f"{changed - beside}, and with fakes3 beside them: {beside}. Lines for you to look at: {told}.\n"
    )
    return text if not failed else text.rstrip() + f" Files that could not be done: {failed}.\n"


class TestRewriting:
    def test_files_and_folders(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        (folder / "tests" / "deep").mkdir(parents=True)
        for name in ("tests/deep/test_a.py", "tests/test_b.txt", "single"):
            (folder / name).write_text(OLD)
        (folder / "tests" / "test_names.py").write_text(LISTED)
        (folder / "tests" / "test_other.py").write_text("import moto_of_mine; x = mock_aws()\n")
        assert 0 == main(["migrate", "tests", "single", "tests/deep"])
        assert [NEW, OLD, NEW] == [
            (folder / name).read_text() for name in ("tests/deep/test_a.py", "tests/test_b.txt", "single")
        ]
        path = Path("tests", "test_names.py")
        name = 'S3 refuses "bucket_2" as a name of a bucket. Name it "bucket-2", for example.'
        assert f"{path}:1: {name}\n{summary(2, 1)}" == capsys.readouterr().out
        assert 0 == main(["migrate", "tests", "single"])  # again
        assert f"{path}:1: {name}\n{summary(0, 1)}" == capsys.readouterr().out
        assert LISTED == path.read_text()

    def test_others_than_the_projects_own_are_left(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        for name in (".tox", "venv", "node_modules", "site-packages", "__pycache__"):
            (folder / "tests" / name).mkdir(parents=True)
            (folder / "tests" / name / "test_a.py").write_text(OLD)
        (folder / "tests" / "venv" / "pyvenv.cfg").touch()
        assert 0 == main(["migrate", "tests"])
        assert summary(0) == capsys.readouterr().out

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (OLD.replace("\n", "\r\n").encode(), NEW.replace("\n", "\r\n").encode()),
            (b"\xef\xbb\xbf# \xc3\xa9\n" + OLD.encode(), b"\xef\xbb\xbf# \xc3\xa9\n" + NEW.encode()),
            (b"# coding: latin-1\n# \xe9\n" + OLD.encode(), b"# coding: latin-1\n# \xe9\n" + NEW.encode()),
            (OLD.rstrip().encode(), NEW.rstrip().encode()),
            (OLD.replace("    ", "\t").encode(), NEW.replace("    ", "\t").encode()),
            (b'x = "\\d"\n' + OLD.encode(), b'x = "\\d"\n' + NEW.encode()),
        ],
        ids=["crlf", "bom", "latin-1", "no newline at the end", "tabs", "escapes"],
    )
    def test_encoding_newlines_and_mode_are_kept(self, folder: Path, before: bytes, after: bytes):
        path = folder / "test_a.py"
        path.write_bytes(before)
        path.chmod(0o754)
        assert 0 == main(["migrate", "test_a.py"])
        assert after == path.read_bytes()
        assert sys.platform == "win32" or path.stat().st_mode & 0o777 == 0o754
        assert [path] == list(folder.iterdir())

    def test_a_fixture_of_a_conftest_has_what_files_below_use(self, folder: Path):
        head = "import pytest\nfrom moto import mock_aws\n\n\n"
        conftest = head + "@pytest.fixture\ndef {}():\n    with mock_aws():\n        yield\n"
        for service in ("sqs", "s3"):
            (folder / service / "deep").mkdir(parents=True)
            (folder / service / "conftest.py").write_text(conftest.format(f"aws_{service}"))
            (folder / service / "test_broken.py").write_text(f"def aws_{service}(:")
            (folder / service / "test_odd.py").write_bytes(b"# \xe9 aws")
            (folder / service / "test_other.py").write_text(f'x = "\\d aws"\nboto3.client("{service}")')
            test = f'def helper():\n    boto3.client("{service}")\n\ndef test_it(aws_{service}):\n    helper()\n'
            (folder / service / "deep" / "test_it.py").write_text(test)
        assert 0 == main(["migrate", "s3/conftest.py", "sqs/conftest.py"])
        assert "with mock_s3():" in (folder / "s3" / "conftest.py").read_text()
        assert conftest.format("aws_sqs") == (folder / "sqs" / "conftest.py").read_text()


class TestCheck:
    def test_shows_the_difference_and_writes_nothing(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        (folder / "test_a.py").write_text(OLD)
        assert 1 == main(["migrate", "--check", "test_a.py"])
        lines = ["--- a/test_a.py", "+++ b/test_a.py", "@@ -1,7 +1,7 @@", " import boto3", "-from moto import mock_aws"]
        lines += ["+from fakes3 import mock_s3", " ", " ", "-@mock_aws", "+@mock_s3", " def test_it():"]
        expected = "\n".join([*lines, '     boto3.client("s3")', ""])
        assert expected + summary(1, check=True) == capsys.readouterr().out
        assert OLD == (folder / "test_a.py").read_text()

    def test_a_file_without_a_newline_at_its_end(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        (folder / "test_a.py").write_text("from moto import mock_s3\n@mock_s3\ndef test_it(): ...")
        assert 1 == main(["migrate", "--check", "test_a.py"])
        end = " @mock_s3\n def test_it(): ...\n\\ No newline at end of file\nFiles that"
        assert end in capsys.readouterr().out

    def test_is_content_with_what_has_been_rewritten(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        (folder / "test_a.py").write_text(NEW + LISTED)
        assert 0 == main(["migrate", "--check", "test_a.py"])
        assert capsys.readouterr().out.endswith(summary(0, 1, check=True))


class TestFailures:
    """A file that cannot be done is told, the others are done, and the exit status says so."""

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"from moto import mock_aws\nprint 'python 2'\n", "it is no Python that can be read ("),
            (b"from moto import mock_aws\n# \xe9\n", "it is no Python that can be read ("),
            (b"# coding: nothing\nfrom moto import mock_aws\n", "it is no Python that can be read ("),
            (b"from moto import mock_aws\n\x0cx = 1\n", "LibCST would not write it as it is"),
            (b"from moto import mock_aws\n(x := 1) = 2\n", "it is no Python that can be read ("),
        ],
        ids=["syntax", "bytes", "coding", "form feed", "meaning"],
    )
    def test_a_file_that_cannot_be_read(
        self, folder: Path, content: bytes, why: str, capsys: pytest.CaptureFixture[str]
    ):
        (folder / "test_a.py").write_bytes(content)
        (folder / "test_b.py").write_text(OLD)
        assert 1 == main(["migrate", "."])
        told, *rest = capsys.readouterr().out.splitlines(keepends=True)
        assert told.startswith(f"test_a.py:1: it is left as it is: {why}")
        assert told.endswith(". Change it by hand.\n")
        assert [summary(1, failed=1)] == rest
        assert (content, NEW) == ((folder / "test_a.py").read_bytes(), (folder / "test_b.py").read_text())

    @pytest.mark.skipif(sys.platform == "win32", reason="who may make links there is a setting")
    @pytest.mark.parametrize("check", [[], ["--check"]])
    def test_a_link(self, check: list[str], folder: Path, capsys: pytest.CaptureFixture[str]):
        (folder / "real").write_text(OLD)
        (folder / "test_a.py").symlink_to("real")
        assert 1 == main(["migrate", *check, "test_a.py"])
        target = (folder / "real").resolve()
        why = f"it is a link to {target}, which has to be named itself. Change it by hand.\n"
        assert (
            f"test_a.py:1: it is left as it is: {why}{summary(0, failed=1, check=bool(check))}"
            == capsys.readouterr().out
        )
        assert OLD == (folder / "real").read_text()

    def test_a_file_that_is_read_only(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        (folder / "test_a.py").write_text(OLD)
        (folder / "test_a.py").chmod(0o444)
        assert 1 == main(["migrate", "test_a.py"])
        assert "left as it is: it is read-only. Change it by hand." in capsys.readouterr().out
        assert OLD == (folder / "test_a.py").read_text()

    def test_a_disk_that_is_full(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ):
        def replace(path: Path, target: Path) -> None:
            raise OSError(28, "No space left on device")

        (folder / "test_a.py").write_text(OLD)
        monkeypatch.setattr(Path, "replace", replace)
        assert 1 == main(["migrate", "test_a.py"])
        assert "left as it is: No space left on device. Change it by hand." in capsys.readouterr().out
        assert [OLD] == [path.read_text() for path in folder.iterdir()]

    def test_a_path_that_is_not_there(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        assert 2 == main(["migrate", "nowhere"])
        expected = "fakes3: There is no 'nowhere'. Give files of Python, or folders that have some.\n"
        assert expected == capsys.readouterr().err

    @pytest.mark.parametrize(("missing", "is_told"), [("libcst", True), ("libcst.metadata", False)])
    def test_a_library_that_is_missing(
        self, missing: str, is_told: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ):
        for name in [name for name in sys.modules if name.startswith("fakes3.testing.migration")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, missing, None)
        if is_told:
            assert 2 == main(["migrate", "."])
            assert capsys.readouterr().err.endswith('Run: pip install "fakes3[migrate]"\n')
        else:  # a fault of the installation, which no advice of ours would mend
            with pytest.raises(ModuleNotFoundError):
                main(["migrate", "."])
