"""Profiles by name: each has the mock's dummy credentials, and nothing is asked for others."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.credentials import CredentialProvider, Credentials, DeferredRefreshableCredentials, RefreshableCredentials
from botocore.exceptions import ProfileNotFound

from fakes3 import FakeS3, mock_s3
from fakes3.model.directory_sessions import DirectorySession, begin_session
from fakes3.model.identity import ACCESS_KEY_ID, Principal

CONFIG = """
[default]
role_arn = arn:aws:iam::123456789012:role/default
credential_source = Ec2InstanceMetadata

[profile keys]
aws_access_key_id = AKIDREAL
aws_secret_access_key = real
region = eu-west-1

[profile role]
role_arn = arn:aws:iam::123456789012:role/role
source_profile = keys

[profile token]
role_arn = arn:aws:iam::123456789012:role/token
web_identity_token_file = /nonexistent/token

[profile process]
credential_process = {python} -c "open({ran!r}, 'w')"

[profile sign-on]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = developer
region = eu-central-1

[sso-session corp]
sso_region = us-east-1
sso_start_url = https://corp.awsapps.com/start
"""

PROFILES = ["default", "keys", "role", "token", "process", "sign-on", "not-on-this-machine"]


@pytest.fixture(autouse=True)
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the program of the profile `process` would make."""
    file, config = tmp_path / "ran", tmp_path / "config"
    config.write_text(CONFIG.format(python=sys.executable, ran=str(file)), encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    return file


class TestByName:
    @pytest.mark.parametrize("direct", [False, True])
    @pytest.mark.parametrize("name", PROFILES)
    def test_every_profile_has_dummy_credentials(self, name, direct, ran):
        with mock_s3(direct=direct) as s3:
            session = boto3.Session(profile_name=name)
            client = session.client("s3", region_name="us-east-1")
            client.create_bucket(Bucket="bucket")
            found: Any = session.get_credentials()
            assert (ACCESS_KEY_ID, False) == (found.access_key, ran.exists())
            assert [("CreateBucket", 200)] == [(call.operation, call.status) for call in s3.calls]
            assert ACCESS_KEY_ID in client.generate_presigned_url("list_objects", Params={"Bucket": "bucket"})

    def test_other_settings_of_a_profile_stay(self, s3):
        session: Any = botocore.session.Session(profile="keys")
        assert "eu-west-1" == session.get_scoped_config()["region"]

    @pytest.mark.parametrize("name", PROFILES)
    def test_in_the_environment(self, s3, monkeypatch, name):
        monkeypatch.setenv("AWS_PROFILE", name)
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        boto3.client("s3").list_buckets()
        found: Any = boto3.Session().get_credentials()
        assert ACCESS_KEY_ID == found.access_key

    def test_without_a_mock_the_profile_must_exist(self):
        with mock_s3():
            session: Any = botocore.session.Session(profile="not-on-this-machine")
            assert {} == session.get_scoped_config()
        with pytest.raises(ProfileNotFound):
            session.get_scoped_config()


class TestWhatAProgramGives:
    """Only profiles are replaced: whoever gives credentials acts by them."""

    def test_variables_of_the_environment(self, s3: FakeS3, monkeypatch):
        for name, value in s3.user("alice").credentials.items():
            monkeypatch.setenv(name.upper(), value)
        found: Any = boto3.Session().get_credentials()
        assert ACCESS_KEY_ID != found.access_key

    def test_a_provider_of_its_own(self, s3):
        class Provider(CredentialProvider):
            METHOD = "ours"

            def load(self) -> Credentials:
                return Credentials("AKIDOURS", "secret")

        session: Any = botocore.session.Session()
        session.get_component("credential_provider").insert_before("env", Provider())
        assert "AKIDOURS" == session.get_credentials().access_key

    def test_set_in_a_session(self, s3):
        session: Any = botocore.session.Session(profile="role")
        session.set_credentials("AKIDOURS", "secret")
        assert "AKIDOURS" == session.get_credentials().access_key


class TestFromBeforeTheMock:
    def test_a_session_keeps_no_dummy_credentials(self):
        session: Any = botocore.session.Session(profile="keys")
        with mock_s3():
            assert ACCESS_KEY_ID == session.get_credentials().access_key
        assert "AKIDREAL" == session.get_credentials().access_key

    @pytest.mark.parametrize("direct", [False, True])
    def test_credentials_of_a_role_are_not_refreshed(self, direct):
        def refresh() -> Any:
            raise AssertionError("STS was asked")

        session: Any = botocore.session.Session(profile="role")
        session._credentials = DeferredRefreshableCredentials(refresh, "assume-role")
        client = session.create_client("s3", region_name="us-east-1")
        with mock_s3(direct=direct):
            client.list_buckets()
            session.create_client("s3", region_name="us-east-1").list_buckets()
            assert ACCESS_KEY_ID == session.get_credentials().access_key

    def test_a_session_that_no_fake_gave_is_renewed(self, s3):
        """As one of Amazon's own, of a client from before the mock."""
        s3.create_bucket("b--use1-az4--x-s3")
        client, seen = s3.client(), set()

        def spoil(request: Any, operation_name: str, **_: Any) -> None:
            if "CreateSession" == operation_name:
                return
            session = request.context["signing"]["identity_cache"].get_credentials("b--use1-az4--x-s3")
            if session not in seen:
                session._frozen_credentials = session._frozen_credentials._replace(token="of Amazon's own")
            seen.add(session)

        client.meta.events.register_last("before-sign.s3", spoil)
        for _ in range(2):
            client.put_object(Bucket="b--use1-az4--x-s3", Key="k")
        assert (1, 2) == (len(seen), s3.calls.count("CreateSession"))

    @pytest.mark.parametrize("is_ours", [True, False])
    def test_without_a_fake_only_sessions_of_fakes_are_renewed(self, is_ours):
        session = DirectorySession("b--use1-az4--x-s3", "ReadWrite")
        end = datetime.now(UTC) + timedelta(hours=1)
        key = begin_session(Principal("123456789012"), session, end)
        renewed = {"access_key": "new", "secret_key": "s", "token": "t", "expiry_time": end.isoformat()}
        token = str(key.token) if is_ours else "of Amazon's own"
        with mock_s3():
            pass
        given = RefreshableCredentials("old", "secret", token, end, lambda: renewed, "s3express")
        assert ("new" if is_ours else "old") == given.get_frozen_credentials().access_key

    def test_other_credentials_that_end_stay_as_they_are(self, s3):
        def refresh() -> Any:
            raise AssertionError("whoever gave them was asked")

        end = datetime.now(UTC) + timedelta(hours=1)
        given = RefreshableCredentials("AKIDOTHER", "secret", "token", end, refresh, "other")
        assert "AKIDOTHER" == given.get_frozen_credentials().access_key

    def test_each_fake_begins_a_session(self):
        session: Any = botocore.session.Session(profile="keys")
        client = session.create_client("s3")
        for _ in range(2):
            with mock_s3(region="eu-west-1") as s3:
                s3.create_bucket("b--euw1-az4--x-s3")
                client.put_object(Bucket="b--euw1-az4--x-s3", Key="k")
                assert ["CreateSession", "PutObject"] == [call.operation for call in s3.calls]


@pytest.mark.parametrize("name", PROFILES)
def test_aiobotocore(s3, name, ran):
    session_module = pytest.importorskip("aiobotocore.session")

    async def work() -> str:
        session = session_module.AioSession(profile=name)
        async with session.create_client("s3", region_name="us-east-1") as client:
            await client.create_bucket(Bucket="bucket")
        return str((await session.get_credentials()).access_key)

    assert (ACCESS_KEY_ID, ["bucket"], False) == (asyncio.run(work()), list(s3.buckets), ran.exists())
