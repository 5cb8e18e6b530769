"""boto3's client "s3control" meets the fake: at Amazon's hosts, at a port of this machine, and beside moto."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3, mock_s3
from fakes3.doors.server import Site, serving
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY

ACCOUNT = "123456789012"
HERE: dict[str, Any] = {"AccountId": ACCOUNT, "ResourceArn": "arn:aws:s3:::my.photos"}


def control(**options: Any) -> Any:
    session = boto3.session.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name="us-east-1")
    return session.client("s3control", **options)


@pytest.fixture
def fake() -> FakeS3:
    # Whatever the client signs has to be right.
    fake = FakeS3(verify_signatures=True)
    fake.create_bucket("my.photos")
    return fake


@pytest.fixture
def port(fake: FakeS3) -> Iterator[str]:
    with serving(Site(fake.service)) as url:
        yield str(url)


def leave_out_the_account(request: Any, **_: Any) -> None:
    """Take the account off the host: not every system knows the names under localhost."""
    request.url = request.url.replace(f"{ACCOUNT}.", "", 1)


def check(client: Any, fake: FakeS3) -> None:
    """Tag a bucket with what has to be encoded, and block what the account lets the public do."""
    client.tag_resource(**HERE, Tags=[{"Key": "a b/é+", "Value": "c=d"}, {"Key": "x", "Value": ""}])
    client.untag_resource(**HERE, TagKeys=["x", "a b"])
    assert [{"Key": "a b/é+", "Value": "c=d"}] == client.list_tags_for_resource(**HERE)["Tags"]
    client.untag_resource(**HERE, TagKeys=["a b/é+"])
    assert [] == client.list_tags_for_resource(**HERE)["Tags"]
    client.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    block = fake.account().public_access_block
    assert block is not None
    assert block == client.get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"]
    client.delete_public_access_block(AccountId=ACCOUNT)
    with pytest.raises(client.exceptions.NoSuchPublicAccessBlockConfiguration):
        client.get_public_access_block(AccountId=ACCOUNT)


class TestAtItsHosts:
    @pytest.mark.parametrize("options", [{}, {"use_dualstack_endpoint": True}, {"use_fips_endpoint": True}])
    def test_it_is_answered(self, fake: FakeS3, options: dict[str, Any]) -> None:
        with mock_s3(fake=fake):
            check(control(config=Config(**options)), fake)

    def test_a_wrong_signature_is_refused(self, fake: FakeS3) -> None:
        wrong = boto3.session.Session(ACCESS_KEY_ID, "wrong", region_name="us-east-1").client("s3control")
        with mock_s3(fake=fake), pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            wrong.list_tags_for_resource(**HERE)


class TestAtAPort:
    def test_it_is_answered(self, fake: FakeS3, port: str) -> None:
        client = control(endpoint_url=port)
        client.meta.events.register("before-sign.s3-control", leave_out_the_account)
        check(client, fake)


class TestBesideMoto:
    """moto answers for every service but S3, and S3 Control is of S3."""

    @pytest.fixture
    def mock_aws(self) -> AbstractContextManager[Any]:
        found: AbstractContextManager[Any] = pytest.importorskip("moto").mock_aws()
        return found

    def test_around(self, fake: FakeS3, mock_aws: AbstractContextManager[Any]) -> None:
        with mock_aws, mock_s3(fake=fake):
            check(control(), fake)

    def test_inside(self, fake: FakeS3, mock_aws: AbstractContextManager[Any]) -> None:
        with mock_s3(fake=fake), mock_aws:
            check(control(), fake)

    @pytest.fixture
    def has_points(self) -> None:
        backend = pytest.importorskip("moto.s3control.models").S3ControlBackend
        if not hasattr(backend, "create_multi_region_access_point"):
            pytest.skip("this moto has no multi-region access points")

    @pytest.mark.usefixtures("has_points")
    @pytest.mark.parametrize("is_inside", [True, False], ids=["inside", "around"])
    def test_operations_that_are_not_built_are_motos(
        self, fake: FakeS3, mock_aws: AbstractContextManager[Any], is_inside: bool
    ) -> None:
        mine = mock_s3(fake=fake)
        with mine if is_inside else mock_aws, mock_aws if is_inside else mine:
            client = control()
            client.create_multi_region_access_point(
                AccountId=ACCOUNT, ClientToken="t", Details={"Name": "points", "Regions": [{"Bucket": "my.photos"}]}
            )
            (point,) = client.list_multi_region_access_points(AccountId=ACCOUNT)["AccessPoints"]
            assert "points" == point["Name"]
            with pytest.raises(ClientError, match="NoSuchMultiRegionAccessPoint"):
                client.get_multi_region_access_point(AccountId=ACCOUNT, Name="others")
        assert [] == [call for call in fake.calls if "MultiRegion" in call.operation]

    def test_what_moto_has_not_either_is_refused_by_name(
        self, fake: FakeS3, mock_aws: AbstractContextManager[Any]
    ) -> None:
        with mock_aws, mock_s3(fake=fake):
            with pytest.raises(ClientError, match="fakes3 does not model ListJobs"):
                control().list_jobs(AccountId=ACCOUNT)

    @pytest.mark.usefixtures("has_points")
    def test_when_moto_is_left_they_are_refused_by_name(
        self, fake: FakeS3, mock_aws: AbstractContextManager[Any]
    ) -> None:
        with mock_s3(fake=fake):
            with mock_aws:
                control().list_multi_region_access_points(AccountId=ACCOUNT)
            with pytest.raises(ClientError, match="fakes3 does not model ListMultiRegionAccessPoints"):
                control().list_multi_region_access_points(AccountId=ACCOUNT)

    def test_outposts_are_not_taken_for_motos_own_buckets(
        self, fake: FakeS3, mock_aws: AbstractContextManager[Any]
    ) -> None:
        with mock_aws, mock_s3(fake=fake), pytest.raises(ClientError, match="fakes3 does not model outposts endpoints"):
            control().list_regional_buckets(AccountId=ACCOUNT, OutpostId="op-01ac5d28a6a232904")
