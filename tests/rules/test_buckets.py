"""Buckets: creating, finding and deleting them.

S3: userguide/creating-buckets-s3.html, userguide/bucketnamingrules.html
"""

from __future__ import annotations

import re
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3, mock_s3

VIRGINIA, IRELAND, OHIO = "us-east-1", "eu-west-1", "us-east-2"
CONSTRAINT_IS_INVALID = "The specified location-constraint is not valid"


def create(client: Any, name: str, constraint: str | None = None) -> dict[str, Any]:
    configuration = {} if constraint is None else {"CreateBucketConfiguration": {"LocationConstraint": constraint}}
    answer = client.create_bucket(Bucket=name, **configuration)
    return {each: value for each, value in answer.items() if each != "ResponseMetadata"}


def incompatible(constraint: str) -> str:
    return (
        f"The {constraint} location constraint is incompatible for the region specific endpoint this request was "
        "sent to."
    )


class TestCreate:
    """A bucket is created in the region of the endpoint; the global one creates in every region."""

    # recorded: TestS3::test_create_bucket_aws_global
    def test_at_the_global_endpoint(self, s3: FakeS3, s3_client) -> None:
        assert {"Location": "/new", "BucketArn": "arn:aws:s3:::new"} == create(s3_client, "new")
        assert VIRGINIA == s3["new"].region

    def test_at_the_global_endpoint_in_another_region(self, s3: FakeS3, s3_client) -> None:
        answer = create(s3_client, "new", IRELAND)
        assert {"Location": "http://new.s3.amazonaws.com/", "BucketArn": "arn:aws:s3:::new"} == answer
        assert IRELAND == s3["new"].region

    def test_at_the_endpoint_of_a_region(self, s3: FakeS3) -> None:
        answer = create(s3.client(region_name=IRELAND), "new", IRELAND)
        assert {"Location": "http://new.s3.amazonaws.com/", "BucketArn": "arn:aws:s3:::new"} == answer
        assert IRELAND == s3["new"].region

    # recorded: TestS3::test_different_location_constraint
    @pytest.mark.parametrize("constraint", [VIRGINIA, "mars-north-1", "eu-east-1", "junk", "eu"])
    def test_the_global_endpoint_takes_the_names_of_other_regions(self, s3_client, refused, constraint: str) -> None:
        with refused("InvalidLocationConstraint", 400, CONSTRAINT_IS_INVALID, LocationConstraint=constraint):
            create(s3_client, "new", constraint)

    # recorded: TestS3::test_different_location_constraint
    def test_another_endpoint_must_be_told_its_region(self, s3: FakeS3, refused) -> None:
        with refused("IllegalLocationConstraintException", 400, incompatible("unspecified")):
            create(s3.client(region_name=OHIO), "new")

    # recorded: TestS3::test_different_location_constraint,
    # TestS3::test_create_bucket_with_eu_location_constraint_raises
    @pytest.mark.parametrize("constraint", ["us-west-1", VIRGINIA, "EU"])
    def test_another_endpoint_creates_in_its_region_only(self, s3: FakeS3, refused, constraint: str) -> None:
        with refused("IllegalLocationConstraintException", 400, incompatible(constraint)):
            create(s3.client(region_name=OHIO), "new", constraint)

    # recorded: TestS3::test_create_bucket_with_eu_location_constraint
    @pytest.mark.parametrize("endpoint", [VIRGINIA, IRELAND])
    def test_eu_is_ireland(self, s3: FakeS3, s3_client, endpoint: str) -> None:
        create(s3.client(region_name=endpoint), "new", "EU")
        assert IRELAND == s3["new"].region
        assert "EU" == s3_client.get_bucket_location(Bucket="new")["LocationConstraint"]

    # recorded: TestS3::test_different_location_constraint (steps ...-with-None)
    def test_a_configuration_without_constraint_is_as_good_as_none(self, ask) -> None:
        body = b"<CreateBucketConfiguration/>"
        assert 200 == ask("PUT", "/new", body=body).status
        refusal = ask("PUT", "/other", body=body, host="s3.us-east-2.amazonaws.com").refusal
        assert (400, "IllegalLocationConstraintException", incompatible("unspecified"), {}) == refusal

    # observed: the region tests of the AWS SDK for .NET, which send no constraint to an endpoint of their own
    @pytest.mark.parametrize("own", [VIRGINIA, IRELAND])
    def test_at_a_store_the_region_is_that_of_the_signature(self, own: str) -> None:
        with mock_s3(region=own) as s3:
            client = boto3.client("s3", region_name=OHIO, endpoint_url="http://minio:9000")
            with pytest.raises(ClientError) as caught:
                create(client, "new")
            error = caught.value.response["Error"]
            assert ("IllegalLocationConstraintException", incompatible("unspecified")) == (
                error["Code"],
                error["Message"],
            )
            assert [
                "fakes3: this endpoint creates buckets in us-east-2 only, and only where the request names that "
                'region. Pass CreateBucketConfiguration={"LocationConstraint": "us-east-2"} (the member '
                "LocationConstraint), or make the client with the region that is wanted, such as us-east-1."
            ] == caught.value.__notes__
            create(client, "new", OHIO)
            create(boto3.client("s3", region_name=VIRGINIA, endpoint_url="http://minio:9000"), "plain")
            assert (OHIO, VIRGINIA) == (s3["new"].region, s3["plain"].region)

    @pytest.mark.parametrize("own", [VIRGINIA, IRELAND])
    @pytest.mark.parametrize("region", ["auto", "nyc3", "minio-local", "eu-east-1"])
    def test_at_a_store_a_region_that_aws_does_not_have_is_the_fake_s(self, region: str, own: str) -> None:
        with mock_s3(region=own) as s3:
            client = boto3.client("s3", region_name=region, endpoint_url="http://minio:9000")
            create(client, "none")
            create(client, "same", region)
            assert (own, own) == (s3["none"].region, s3["same"].region)
            shown = None if own == VIRGINIA else own
            assert shown == client.get_bucket_location(Bucket="same")["LocationConstraint"]
            with pytest.raises(ClientError, match="location"):
                create(client, "other", "junk")

    # recorded: TestS3::test_s3_uppercase_bucket_name
    @pytest.mark.parametrize(
        "name",
        [
            "ab",
            "a" * 64,
            "Upper",
            "under_score",
            "-begins",
            "ends-",
            ".begins",
            "ends.",
            "two..dots",
            "192.168.5.4",
            "xn--a",
            "sthree-a",
            "amzn-s3-demo-a",
            "a-s3alias",
            "a--ol-s3",
            "a.mrap",
            "a--x-s3",
            "a--table-s3",
            "a-an",
        ],
    )
    def test_a_name_that_no_bucket_may_have(self, ask, name: str) -> None:
        expected = (400, "InvalidBucketName", "The specified bucket is not valid.", {"BucketName": name})
        assert expected == ask("PUT", f"/{name}").refusal

    @pytest.mark.parametrize("name", ["abc", "a" * 63, "a.b.c", "1-2", "a.-b"])
    def test_a_name_that_a_bucket_may_have(self, ask, name: str) -> None:
        assert 200 == ask("PUT", f"/{name}").status

    def test_the_answer_has_no_body(self, ask) -> None:
        response = ask("PUT", "/new")
        assert (b"", "/new", "arn:aws:s3:::new") == (
            response.body,
            response.headers["Location"],
            response.headers["x-amz-bucket-arn"],
        )

    def test_a_body_that_is_no_configuration(self, ask) -> None:
        status, code, message, _ = ask("PUT", "/new", body=b"<Nonsense/>").refusal
        assert (400, "MalformedXML") == (status, code)
        assert "The XML you provided was not well-formed or did not validate against our published schema" == message

    def test_nobody_in_particular_creates_none(self, ask) -> None:
        assert (403, "AccessDenied", "Access Denied", {}) == ask("PUT", "/new", {"authorization": None}).refusal


class TestCreateAgain:
    """A name is taken once, in all regions and by all accounts."""

    def test_in_us_east_1_a_bucket_of_one_s_own_is_as_good_as_new(self, s3: FakeS3, s3_client) -> None:
        s3.create_bucket("mine", objects={"k": "kept"})
        assert {"Location": "/mine", "BucketArn": "arn:aws:s3:::mine"} == create(s3_client, "mine")
        assert "kept" == s3["mine"]["k"].text

    # recorded: TestS3::test_create_bucket_with_existing_name
    @pytest.mark.parametrize(("home", "endpoint"), [(IRELAND, IRELAND), (IRELAND, VIRGINIA), (VIRGINIA, IRELAND)])
    def test_elsewhere_it_is_already_owned(self, s3: FakeS3, refused, home: str, endpoint: str) -> None:
        s3.create_bucket("mine", region=home)
        constraint = None if endpoint == VIRGINIA else endpoint
        with refused(
            "BucketAlreadyOwnedByYou",
            409,
            "Your previous request to create the named bucket succeeded and you already own it.",
            BucketName="mine",
        ):
            create(s3.client(region_name=endpoint), "mine", constraint)

    def test_somebody_else_s(self, bucket: str, stranger, refused) -> None:
        with refused(
            "BucketAlreadyExists",
            409,
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
            "Please select a different name and try again.",
            BucketName=bucket,
        ):
            create(stranger, bucket)


class TestDelete:
    """Only an empty bucket is deleted. S3: userguide/delete-bucket.html"""

    def test_an_empty_one(self, any_bucket: str, s3: FakeS3, s3_client) -> None:
        answer = s3_client.delete_bucket(Bucket=any_bucket)
        assert (204, False) == (answer["ResponseMetadata"]["HTTPStatusCode"], any_bucket in s3)

    def test_one_with_an_object(self, bucket: str, s3_client, refused) -> None:
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"")
        with refused("BucketNotEmpty", 409, "The bucket you tried to delete is not empty", BucketName=bucket):
            s3_client.delete_bucket(Bucket=bucket)

    # recorded: TestS3BucketCRUD::test_delete_versioned_bucket_with_objects
    def test_one_with_versions_or_markers(self, enabled: str, s3_client, refused) -> None:
        text = "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
        version = s3_client.put_object(Bucket=enabled, Key="k", Body=b"")["VersionId"]
        marker = s3_client.delete_object(Bucket=enabled, Key="k")["VersionId"]
        with refused("BucketNotEmpty", 409, text, BucketName=enabled):
            s3_client.delete_bucket(Bucket=enabled)
        s3_client.delete_object(Bucket=enabled, Key="k", VersionId=version)
        with refused("BucketNotEmpty", 409, text, BucketName=enabled):
            s3_client.delete_bucket(Bucket=enabled)
        s3_client.delete_object(Bucket=enabled, Key="k", VersionId=marker)
        s3_client.delete_bucket(Bucket=enabled)

    def test_none(self, s3_client, refused) -> None:
        with refused("NoSuchBucket", 404, BucketName="nowhere"):
            s3_client.delete_bucket(Bucket="nowhere")

    def test_its_name_is_free_again(self, bucket: str, s3: FakeS3, stranger, s3_client) -> None:
        s3_client.delete_bucket(Bucket=bucket)
        create(stranger, bucket)
        assert "210987654321" == s3.service.world.buckets[bucket].owner


class TestHead:
    """HeadBucket tells whether a bucket exists and may be listed, and where it is. S3: API/API_HeadBucket.html"""

    # recorded: TestS3::test_create_bucket_aws_global
    def test_one_s_own(self, bucket: str, ask) -> None:
        response = ask("HEAD", f"/{bucket}")
        assert (200, b"") == (response.status, response.body)
        names = ("x-amz-bucket-region", "x-amz-bucket-arn", "x-amz-access-point-alias")
        assert ["us-east-1", f"arn:aws:s3:::{bucket}", "false"] == [response.headers[name] for name in names]
        assert "application/xml" == response.headers["Content-Type"]

    def test_none(self, s3_client, refused) -> None:
        with refused("404", 404):
            s3_client.head_bucket(Bucket="nowhere")

    def test_somebody_else_s_tells_its_region(self, bucket: str, stranger, refused) -> None:
        with refused("403", 403, headers={"x-amz-bucket-region": VIRGINIA}):
            stranger.head_bucket(Bucket=bucket)

    def test_one_of_another_region_tells_that_region(self, s3: FakeS3, ask) -> None:
        s3.create_bucket("far", region=IRELAND)
        response = ask("HEAD", "/far")
        assert (301, b"", IRELAND) == (
            response.status,
            response.body,
            response.headers["x-amz-bucket-region"],
        )


class TestLocation:
    """A bucket's region reads back as its location constraint. S3: API/API_GetBucketLocation.html"""

    # recorded: TestS3::test_different_location_constraint
    def test_of_us_east_1_is_empty(self, bucket: str, s3_client, ask) -> None:
        assert s3_client.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
        assert (
            b'<?xml version="1.0" encoding="UTF-8"?>\n'
            b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'
        ) == ask("GET", f"/{bucket}?location").body

    @pytest.mark.parametrize("region", [OHIO, IRELAND])
    @pytest.mark.parametrize("endpoint", [VIRGINIA, OHIO])
    def test_of_any_other_is_told_at_every_endpoint(self, s3: FakeS3, ask, region: str, endpoint: str) -> None:
        s3.create_bucket("far", region=region)
        body = ask("GET", "/far?location", host=f"s3.{endpoint}.amazonaws.com").text
        assert body.endswith(f">{region}</LocationConstraint>")

    # recorded: TestS3::test_different_location_constraint
    def test_of_none(self, s3_client, refused) -> None:
        with refused("NoSuchBucket", 404, BucketName="nowhere"):
            s3_client.get_bucket_location(Bucket="nowhere")


class TestRedirects:
    """A bucket is addressed in its own region. S3: userguide/Redirects.html"""

    @pytest.fixture
    def far(self, s3: FakeS3) -> str:
        s3.create_bucket("far", region=IRELAND, objects={"k": "far away"})
        return "far"

    @pytest.mark.parametrize("target", ["/far", "/far/k", "/far/missing"])
    def test_elsewhere_it_is_told_where(self, far: str, ask, target: str) -> None:
        response = ask("GET", target)
        assert (
            301,
            "PermanentRedirect",
            "The bucket you are attempting to access must be addressed using the specified endpoint. "
            "Please send all future requests to this endpoint.",
            {"Endpoint": "far.s3-eu-west-1.amazonaws.com", "Bucket": "far"},
        ) == response.refusal
        assert (IRELAND, False) == (response.headers["x-amz-bucket-region"], "Location" in response.headers)

    @pytest.mark.parametrize("style", ["path", "virtual"])
    def test_boto3_follows(self, far: str, s3: FakeS3, style) -> None:
        client = s3.client(region_name=OHIO, config=Config(s3={"addressing_style": style}))
        assert b"far away" == client.get_object(Bucket=far, Key="k")["Body"].read()

    @pytest.mark.parametrize(
        ("host", "target"),
        [
            ("far.s3.eu-west-1.amazonaws.com", "/k"),
            ("far.s3.dualstack.eu-west-1.amazonaws.com", "/k"),
            ("far.s3-eu-west-1.amazonaws.com", "/k"),
            ("far.s3-fips.eu-west-1.amazonaws.com", "/k"),
            ("s3.eu-west-1.amazonaws.com", "/far/k"),
        ],
    )
    def test_at_home_it_is_answered_at_every_host(self, far: str, ask, host: str, target: str) -> None:
        assert b"far away" == ask("GET", target, host=host).body

    def test_the_global_endpoint_is_us_east_1_s(self, far: str, bucket: str, ask) -> None:
        assert 301 == ask("GET", "/far", host="s3.amazonaws.com").status
        assert 200 == ask("GET", f"/{bucket}", host="s3.amazonaws.com").status


class TestTheGlobalNameOfABucket:
    """Under the global endpoint a new bucket's name leads to us-east-1, and later to the bucket's region.

    S3: userguide/Redirects.html, "DNS routing"
    """

    HOST = "far.s3.amazonaws.com"

    @pytest.fixture
    def far(self, s3: FakeS3) -> str:
        s3.create_bucket("far", region="eu-central-1", objects={"a/k": "far away"})
        return "far"

    # observed: cperciva/bsdec2-image-upload#11, iterate-ch/cyberduck#10789
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_while_it_is_new_it_is_redirected(self, far: str, s3: FakeS3, ask, method: str) -> None:
        s3.clock.advance(minutes=59)
        response = ask(method, "/a/k?x-id=Y&empty", host=self.HOST)
        assert (
            307,
            "TemporaryRedirect",
            "Please re-send this request to the specified temporary endpoint. Continue to use the original request "
            "endpoint for future requests.",
            {"Endpoint": "far.s3.eu-central-1.amazonaws.com", "Bucket": "far"},
        ) == response.refusal
        assert "https://far.s3.eu-central-1.amazonaws.com/a/k?x-id=Y&empty" == response.headers["Location"]
        assert "eu-central-1" == response.headers["x-amz-bucket-region"]

    def test_a_head_of_a_new_one_is_told_by_headers(self, far: str, ask) -> None:
        head = ask("HEAD", "/", host=self.HOST)
        assert (307, b"", "eu-central-1", "https://far.s3.eu-central-1.amazonaws.com/") == (
            head.status,
            head.body,
            head.headers["x-amz-bucket-region"],
            head.headers["Location"],
        )

    # S3: API/ErrorResponses.html; observed: the region tests of the AWS SDK for .NET, which run against S3
    def test_later_the_signature_is_for_a_wrong_region(self, far: str, s3: FakeS3, ask) -> None:
        s3.clock.advance(hours=1)
        response = ask("GET", "/a/k", host=self.HOST)
        assert (
            400,
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'",
            {"Region": "eu-central-1"},
        ) == response.refusal
        assert "eu-central-1" == response.headers["x-amz-bucket-region"]
        assert (
            "the request is signed for us-east-1, and the bucket far is in eu-central-1. Make the client with "
            'region_name="eu-central-1".' == s3.calls[-1].reason
        )

    @pytest.mark.parametrize("hours", [0, 1])
    @pytest.mark.parametrize("style", ["path", "virtual", "auto"])
    def test_boto3_recovers(self, far: str, s3: FakeS3, style: str, hours: int) -> None:
        s3.clock.advance(hours=hours)
        addressing: Any = {"addressing_style": style}
        client = boto3.client("s3", region_name=VIRGINIA, config=Config(s3=addressing))
        assert b"far away" == client.get_object(Bucket=far, Key="a/k")["Body"].read()
        statuses = {"path": 301, "virtual": (307, 400)[hours], "auto": (307, 400)[hours]}
        assert [statuses[style], 200] == [call.status for call in s3.calls if call.operation != "HeadBucket"]

    @pytest.mark.parametrize("call", ["head_bucket", "list_objects_v2", "get_bucket_versioning", "delete_bucket"])
    @pytest.mark.parametrize("hours", [0, 1])
    def test_so_it_does_from_every_call(self, s3: FakeS3, call: str, hours: int) -> None:
        s3.create_bucket("far", region=IRELAND)
        s3.clock.advance(hours=hours)
        getattr(boto3.client("s3", region_name=VIRGINIA), call)(Bucket="far")
        assert (307, 400)[hours] == s3.calls[0].status

    # S3: userguide/VirtualHosting.html, "Request redirection and the REST API"
    @pytest.mark.parametrize(
        "host", [f"s3{kind}.us-east-2.amazonaws.com" for kind in ("", ".dualstack", "-fips", "-fips.dualstack")]
    )
    @pytest.mark.parametrize("place", ["/far/a/k", "far."])
    def test_at_the_endpoint_of_a_region_it_stays_301(self, far: str, s3: FakeS3, ask, host: str, place: str) -> None:
        s3.clock.advance(hours=2)
        target, host = ("/a/k", f"far.{host}") if place == "far." else (place, host)
        response = ask("GET", target, host=host)
        assert (301, "far.s3.eu-central-1.amazonaws.com") == (response.status, response.error["Endpoint"])
        assert "Location" not in response.headers

    def test_everyone_s_buckets_are_listed_at_every_endpoint(self, far: str, ask) -> None:
        assert "<Name>far</Name>" in ask("GET", "/", host="s3.us-east-2.amazonaws.com").text


class TestEveryAnswer:
    """Some headers are in every answer. S3: API/RESTCommonResponseHeaders.html"""

    @pytest.mark.parametrize(
        ("method", "target", "status"),
        [
            ("GET", "/", 200),
            ("GET", "/never", 200),
            ("PUT", "/never/k", 200),
            ("DELETE", "/never/k", 204),
            ("GET", "/never/k", 404),
            ("HEAD", "/never/k", 404),
            ("PATCH", "/never/k", 405),
        ],
    )
    def test_of_whatever_status(self, bucket: str, s3: FakeS3, ask, method: str, target: str, status: int) -> None:
        s3.clock.freeze("2026-01-01T00:00:00Z")
        response = ask(method, target)
        headers = response.headers
        assert (status, "Thu, 01 Jan 2026 00:00:00 GMT", "AmazonS3") == (
            response.status,
            headers["Date"],
            headers["Server"],
        )
        assert re.fullmatch("[0-9A-Z]{16}", headers["x-amz-request-id"])
        assert re.fullmatch(r"[A-Za-z0-9+/=_-]{32,}", headers["x-amz-id-2"])

    def test_of_an_error_they_are_in_the_document_too(self, bucket: str, ask) -> None:
        response = ask("GET", f"/{bucket}/k")
        ids = response.headers["x-amz-request-id"], response.headers["x-amz-id-2"]
        assert (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>'
            "<Message>The specified key does not exist.</Message><Key>k</Key>"
            f"<RequestId>{ids[0]}</RequestId><HostId>{ids[1]}</HostId></Error>"
        ) == response.text
        assert "application/xml" == response.headers["Content-Type"]

    def test_no_two_requests_have_the_same_id(self, bucket: str, ask) -> None:
        assert 10 == len({ask("GET", f"/{bucket}").headers["x-amz-request-id"] for _ in range(10)})


class TestMethods:
    """A method that fits no operation is not allowed."""

    @pytest.mark.parametrize(("target", "resource"), [("/", "SERVICE"), ("/never", "BUCKET"), ("/never/k", "OBJECT")])
    def test_it_is_told_which_are(self, bucket: str, ask, target: str, resource: str) -> None:
        response = ask("PATCH", target)
        assert (
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
            {"Method": "PATCH", "ResourceType": resource},
        ) == response.refusal
        assert response.headers["Allow"]

    def test_sub_resources_of_buckets_are_not_those_of_keys(self, bucket: str, ask) -> None:
        texts = {
            "versions": "There is no such thing as the ?versions sub-resource for a key",
            "uploads": "Key is not expected for the GET method ?uploads subresource",
        }
        for name, text in texts.items():
            assert (400, "InvalidRequest", text, {}) == ask("GET", f"/{bucket}/k?{name}").refusal
