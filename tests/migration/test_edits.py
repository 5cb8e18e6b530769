"""What a user changes in a suite: where it is made, and how many lines it counts as."""

from __future__ import annotations

from pathlib import Path

import pytest

from .edits import Edit, Renaming, apply_edit, apply_renaming, rename_test

MOTO = "from moto import mock_aws\n"
FAKES3 = "from fakes3 import mock_s3 as mock_aws\n"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "test_s3.py").write_text(f'import boto3\n{MOTO}\nBUCKETS = "test_bucket", "other_test_bucket"\n')
    return tmp_path


def test_edit_changes_the_one_place(suite: Path) -> None:
    apply_edit(suite, Edit("test_s3.py", MOTO, FAKES3))
    assert f"import boto3\n{FAKES3}\n" == (suite / "test_s3.py").read_text().partition("BUCKETS")[0]


@pytest.mark.parametrize(("before", "times"), [("from moto import mock_s3\n", 0), ("test_bucket", 2)])
def test_edit_that_is_not_for_one_place_is_refused(suite: Path, before: str, times: int) -> None:
    text = (suite / "test_s3.py").read_text()
    with pytest.raises(ValueError, match=f"test_s3.py has {times} times, and not once: '{before.strip()}"):
        apply_edit(suite, Edit("test_s3.py", before, FAKES3))
    assert text == (suite / "test_s3.py").read_text()


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (MOTO, FAKES3, 1),
        (MOTO, MOTO + FAKES3, 1),
        (MOTO + FAKES3, FAKES3, 1),
        ("@mock_aws\nclass TestS3:\n", "@mock_s3\nclass TestS3:\n", 1),
        ("-m moto.server", "-m fakes3 serve", 1),
        ("a\nb\nc\n", "1\nb\n3\n4\n", 3),
        (MOTO, MOTO, 0),
    ],
)
def test_lines_that_are_changed_added_and_removed_count(before: str, after: str, lines: int) -> None:
    assert lines == Edit("test_s3.py", before, after).count_lines()


def test_renaming_changes_every_place(suite: Path) -> None:
    apply_renaming(suite, Renaming("test_bucket", "test-bucket", ("test_s3.py",)))
    assert (suite / "test_s3.py").read_text().endswith('BUCKETS = "test-bucket", "other_test-bucket"\n')


def test_renaming_of_what_is_not_there_is_refused(suite: Path) -> None:
    with pytest.raises(ValueError, match=r"test_s3\.py does not have the bucket 'bucket_2'"):
        apply_renaming(suite, Renaming("bucket_2", "bucket-2", ("test_s3.py",)))


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("tests.test_s3::test_copy[bucket_2-key]", "tests.test_s3::test_copy[bucket-2-key]"),
        ("tests.test_s3::test_bucket_2", "tests.test_s3::test_bucket_2"),
        ("tests.test_s3::test_bucket_2[other]", "tests.test_s3::test_bucket_2[other]"),
    ],
)
def test_parameters_of_a_test_are_renamed(name: str, after: str) -> None:
    assert after == rename_test(name, [Renaming('"bucket_2"', '"bucket-2"', ("tests/test_s3.py",))])
