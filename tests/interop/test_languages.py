"""The AWS SDKs of other languages, as the environment leads them: their programs name no endpoint."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes3 import FakeS3

from .built import find_built

REGIONS = ("us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1")
"""Regions of three partitions."""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def js() -> list[str]:
    return find_built("javascript", "regions")


@pytest.fixture(scope="module")
def java() -> list[str]:
    return find_built("java", "regions")


@pytest.fixture(scope="module")
def go() -> list[str]:
    return find_built("go", "regions")


def run(program: list[str], server: Any) -> str:
    """Run a program for each region, and return what it prints."""
    environment = os.environ | server.env
    ran = subprocess.run(
        [*program, *REGIONS], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert 0 == ran.returncode, ran.stderr
    return ran.stdout


@pytest.mark.skipif(shutil.which("aws") is None, reason="the AWS CLI is not installed")
@pytest.mark.parametrize("options", [{}, {"tls": True}, {"proxy": True}], ids=["http", "tls", "proxy"])
def test_aws_cli(options: dict[str, Any], tmp_path: Path) -> None:
    fake = FakeS3()
    fake.create_bucket("inbox", region="cn-north-1")
    (tmp_path / "letter").write_text("from the AWS CLI")
    command = ["aws", "s3", "cp", str(tmp_path / "letter"), "s3://inbox/letter", "--region", "cn-north-1"]
    with fake.server(**options) as server:
        ran = subprocess.run(
            command, env=os.environ | server.env, capture_output=True, text=True, timeout=120, check=False
        )
    assert (0, "") == (ran.returncode, ran.stderr)
    assert "from the AWS CLI" == fake["inbox"]["letter"].text


class TestGo:
    @pytest.mark.parametrize("options", [{}, {"tls": True}, {"proxy": True}], ids=["http", "tls", "proxy"])
    def test_sdk(self, go: list[str], options: dict[str, Any]) -> None:
        fake = FakeS3()
        with fake.server(**options) as server:
            assert "".join(f"{region}: from Go\n" for region in REGIONS) == run(go, server)
        assert {f"go-in-{region}": region for region in REGIONS} == {name: fake[name].region for name in fake.buckets}


class TestJavaScript:
    """Node reads no variables of proxies before version 24, where one asks it to."""

    @pytest.mark.parametrize("options", [{}, {"tls": True}], ids=["http", "tls"])
    def test_sdk(self, js: list[str], options: dict[str, Any]) -> None:
        fake = FakeS3()
        with fake.server(**options) as server:
            assert "".join(f"{region}: from JavaScript\n" for region in REGIONS) == run(js, server)
        assert {f"js-in-{region}": region for region in REGIONS} == {name: fake[name].region for name in fake.buckets}

    def test_select(self) -> None:
        fake = FakeS3()
        fake.create_bucket("data", objects={"people.csv": "name,age\nAnn,31\nBob,x\n"})
        statements = [
            "SELECT s.name FROM S3Object s WHERE s.age = '31'",
            "SELECT CAST(s.age AS INT) AS age FROM S3Object s",
        ]
        with fake.server() as server:
            ran = subprocess.run(
                [*find_built("javascript", "select"), *statements],
                env=os.environ | server.env,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
        assert 0 == ran.returncode, ran.stderr
        assert '{"name":"Ann"}\nreturned 15\nEnd\n{"age":31}\nCastFailed\n' == ran.stdout


class TestJava:
    @pytest.mark.parametrize("options", [{}, {"tls": True}, {"proxy": True}], ids=["http", "tls", "proxy"])
    def test_sdk(self, java: list[str], options: dict[str, Any], tmp_path: Path) -> None:
        fake = FakeS3()
        with fake.server(**options) as server:
            trusting = [] if server.ca_file is None else trust(server.ca_file, tmp_path / "trusted.p12")
            program = [java[0], *trusting, *java[1:]]
            assert "".join(f"{region}: from Java\n" for region in REGIONS) == run(program, server)
        assert {f"java-in-{region}": region for region in REGIONS} == {name: fake[name].region for name in fake.buckets}


def trust(ca_file: str, store: Path) -> list[str]:
    """Return the options by which Java, which reads no such variable, trusts a certificate."""
    command = [
        "keytool",
        "-importcert",
        "-noprompt",
        "-file",
        ca_file,
        "-keystore",
        str(store),
        "-storepass",
        "changeit",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return [f"-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStorePassword=changeit"]
