"""boto3 names access points by ARN and by alias: at Amazon's hosts, past HTTP, at a port, and through a proxy."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3, mock_s3
from fakes3.doors.server import Site, serving
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY

NAMES = ["arn", "alias"]


@pytest.fixture
def fake() -> FakeS3:
    # Whatever the client signs has to be right.
    fake = FakeS3(verify_signatures=True)
    fake.create_bucket("pictures", objects={"cat": "meow"})
    fake.account().access_point("way", "pictures")
    return fake


def client_of(**options: Any) -> Any:
    session = boto3.session.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name="us-east-1")
    return session.client("s3", config=Config(signature_version="s3v4", **options.pop("config", {})), **options)


def use(client: Any, name: str) -> list[Any]:
    """Do what programs do with a bucket, and return what they see of it."""
    place = {"Bucket": name, "Key": "a/b c é"}
    client.put_object(**place, Body=b"purr")
    upload = {"Bucket": name, "Key": "m", "UploadId": client.create_multipart_upload(Bucket=name, Key="m")["UploadId"]}
    part = client.upload_part(**upload, PartNumber=1, Body=b"part")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": part}]}
    done = client.complete_multipart_upload(**upload, MultipartUpload=parts)
    url = client.generate_presigned_url("get_object", Params=place)
    with pytest.raises(ClientError, match="with an explicit deny in a resource-based policy") as refused:
        client.get_bucket_versioning(Bucket=name)
    return [
        client.get_object(**place)["Body"].read(),
        [each["Key"] for each in client.list_objects_v2(Bucket=name)["Contents"]],
        client.head_bucket(Bucket=name)["AccessPointAlias"],
        done["Location"],
        refused.value.response["Error"]["Code"],
        requests.get(url, timeout=5).content,
    ]


def expected(fake: FakeS3, name: str) -> list[Any]:
    (point,) = fake.account().access_points
    host = f"{point.alias}.s3" if name == "alias" else f"way-{fake.account_id}.s3-accesspoint"
    location = f"https://{host}.us-east-1.amazonaws.com/m"
    return [b"purr", ["a/b c é", "cat", "m"], name == "alias", location, "AccessDenied", b"purr"]


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def called(fake: FakeS3, name: str) -> str:
    """What the client calls the bucket."""
    (point,) = fake.account().access_points
    return str(getattr(point, name))


class TestInThisProcess:
    @pytest.mark.parametrize("direct", [True, False])
    @pytest.mark.parametrize("config", [{}, {"use_fips_endpoint": True}, {"use_dualstack_endpoint": True}])
    def test_at_amazons_hosts(self, fake, name, called, direct, config):
        with mock_s3(fake=fake, direct=direct):
            assert expected(fake, name) == use(client_of(config=config), called)

    def test_path_style(self, fake):
        (point,) = fake.account().access_points
        with mock_s3(fake=fake):
            assert expected(fake, "alias") == use(client_of(config={"s3": {"addressing_style": "path"}}), point.alias)


class TestAtAPort:
    @pytest.fixture
    def url(self, fake: FakeS3, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        """A server under a name below which all names lead to it, as not every system has it."""
        resolve = socket.getaddrinfo

        def resolve_localhost(host: Any, *rest: Any, **more: Any) -> Any:
            return resolve("127.0.0.1" if str(host).endswith("localhost") else host, *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", resolve_localhost)
        with serving(Site(fake.service)) as url:
            yield str(url).replace("127.0.0.1", "localhost")

    def test_it_is_answered(self, fake, url, name, called):
        assert expected(fake, name) == use(client_of(endpoint_url=url), called)

    def test_by_an_address_the_alias_is_answered(self, fake, url):
        (point,) = fake.account().access_points
        client = client_of(endpoint_url=url.replace("localhost", "127.0.0.1"))
        assert expected(fake, "alias") == use(client, point.alias)

    def test_s3_control_makes_one(self, fake, url):
        session = boto3.session.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name="eu-west-1")
        fake.create_bucket("far", region="eu-west-1")
        control = session.client("s3control", endpoint_url=url)
        made = control.create_access_point(AccountId=fake.account_id, Name="far", Bucket="far")
        assert f"arn:aws:s3:eu-west-1:{fake.account_id}:accesspoint/far" == made["AccessPointArn"]
        assert ["far"] == [
            each["Name"] for each in control.list_access_points(AccountId=fake.account_id)["AccessPointList"]
        ]

    def test_through_the_server_as_a_proxy(self, fake, name, called):
        # The key of mock_s3 may not be sent anywhere once there has been a mock in this process.
        policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
        session = boto3.session.Session(**fake.user("u", policy=policy).credentials, region_name="us-east-1")
        with fake.server(proxy=True) as server:
            config = Config(proxies={"https": server.env["HTTPS_PROXY"]})
            client = session.client("s3", verify=server.env["AWS_CA_BUNDLE"], config=config)
            assert b"meow" == client.get_object(Bucket=called, Key="cat")["Body"].read()
