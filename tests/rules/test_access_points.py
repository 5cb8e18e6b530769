"""A request through an access point reaches its bucket, if the access point lets it through and both allow it.

S3: userguide/access-points-policies.html, userguide/access-points-service-api-support.html
observed: radkawar/stackd, testdata/aws/s3control/access_point_authority_replay.json and its neighbours
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3 import FakeS3

OTHER = "210987654321"
POINT = "arn:aws:s3:us-east-1:123456789012:accesspoint/way"
HOST = "way-123456789012.s3-accesspoint.us-east-1.amazonaws.com"
ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]


def statement(*resources: str, principal: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": principal, "Action": ACTIONS, "Resource": list(resources), **more}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def objects(*resources: str, **more: Any) -> dict[str, Any]:
    """A statement about objects alone."""
    return statement(*resources, **more) | {"Action": ACTIONS[:2]}


def of_user(*resources: str) -> dict[str, Any]:
    """A policy of a user, which names no principal."""
    return policy({"Effect": "Allow", "Action": ACTIONS, "Resource": list(resources)})


def both(arn: str) -> tuple[str, str]:
    """A bucket or an access point, and its objects."""
    return arn, f"{arn}/object/*" if "accesspoint" in arn else f"{arn}/*"


BUCKET = "arn:aws:s3:::never"
DELEGATION = policy(statement(*both(BUCKET), Condition={"StringEquals": {"s3:DataAccessPointAccount": "123456789012"}}))


def govern(s3: FakeS3, document: dict[str, Any], bucket: str = "never") -> None:
    """Put the policy of a bucket."""
    s3.client().put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


def may_read(client: Any, name: str) -> bool:
    try:
        client.get_object(Bucket=name, Key="k")
    except client.exceptions.ClientError as error:
        if "AccessDenied" != error.response["Error"]["Code"]:
            raise
        return False
    return True


@pytest.fixture
def point(s3: FakeS3, bucket: str) -> Any:
    """An access point `way` at the bucket `never`, in which there is an object `k`."""
    s3.client().put_object(Bucket=bucket, Key="k", Body=b"meow")
    return s3.account().access_point("way", bucket)


@pytest.fixture(params=["arn", "alias"])
def name(request: pytest.FixtureRequest, point: Any) -> str:
    """What names the access point in place of a bucket."""
    return str(getattr(point, request.param))


class TestThrough:
    def test_objects(self, s3_client, s3, name):
        s3_client.put_object(Bucket=name, Key="a/b c", Body=b"purr")
        assert b"purr" == s3_client.get_object(Bucket=name, Key="a/b c")["Body"].read()
        assert 4 == s3_client.head_object(Bucket=name, Key="k")["ContentLength"]
        listed = s3_client.list_objects_v2(Bucket=name)
        assert ("never", ["a/b c", "k"]) == (listed["Name"], [each["Key"] for each in listed["Contents"]])
        s3_client.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "k"}]})
        assert ["a/b c"] == list(s3["never"])

    def test_a_multipart_upload(self, s3_client, s3, point, name):
        place = {"Bucket": name, "Key": "m"}
        created = s3_client.create_multipart_upload(**place)
        place["UploadId"] = created["UploadId"]
        first = s3_client.upload_part(**place, PartNumber=1, Body=b"x" * 5 * 1024**2)["ETag"]
        source = f"{point.arn}/object/k"
        second = s3_client.upload_part_copy(**place, PartNumber=2, CopySource=source)["CopyPartResult"]["ETag"]
        parts = [{"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": second}]
        assert ["u" for _ in s3_client.list_multipart_uploads(Bucket=name)["Uploads"]] == ["u"]
        done = s3_client.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})
        host = point.alias + ".s3" if name == point.alias else "way-123456789012.s3-accesspoint"
        assert ("never", "never") == (created["Bucket"], done["Bucket"])
        assert f"https://{host}.us-east-1.amazonaws.com/m" == done["Location"]
        assert s3["never"]["m"].body.endswith(b"xmeow")

    @pytest.mark.parametrize("source", ["never/k", "{alias}/k", "{arn}/object/k"])
    def test_a_copy(self, s3_client, s3, point, name, source):
        source = source.format(alias=point.alias, arn=point.arn)
        s3_client.copy_object(Bucket=name, Key="copy", CopySource=source)
        s3_client.copy_object(Bucket="never", Key="second", CopySource=source)
        assert b"meow" == s3["never"]["copy"].body == s3["never"]["second"].body

    def test_a_presigned_url(self, s3_client, s3, name):
        client = s3.client(config=Config(signature_version="s3v4"))
        url = client.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "k"})
        assert b"meow" == requests.get(url, timeout=5).content
        client = s3.client(config=Config(signature_version="s3"))
        url = client.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "k"})
        assert "Please use Signature Version 4" in requests.get(url, timeout=5).text

    def test_a_form(self, s3, point):
        for version, status in (("s3v4", 204), ("s3", 400)):
            client = s3.client(config=Config(signature_version=version))
            form = client.generate_presigned_post(point.alias, "new")
            answer = requests.post(form["url"], form["fields"], files={"file": b"purr"}, timeout=5)
            assert status == answer.status_code
        assert b"purr" == s3["never"]["new"].body

    def test_a_head_of_the_bucket(self, s3_client, point):
        by_arn, by_alias = (s3_client.head_bucket(Bucket=each) for each in (point.arn, point.alias))
        assert (False, True) == (by_arn["AccessPointAlias"], by_alias["AccessPointAlias"])
        assert "arn:aws:s3:::never" == by_arn["BucketArn"] == by_alias["BucketArn"]

    def test_its_location_is_told_at_the_alias(self, s3, ask, point):
        assert "LocationConstraint" in ask("GET", f"/{point.alias}?location").body.decode()
        answer = ask("GET", "/?location", host=HOST)
        assert (405, "MethodNotAllowed") == (answer.status, answer.code)
        assert "ACCESSPOINT" == answer.error["ResourceType"]

    def test_what_access_points_do_not_support(self, s3, s3_client, name):
        for call in (
            lambda: s3_client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"}),
            lambda: s3_client.delete_bucket(Bucket=name),
            lambda: s3_client.get_bucket_versioning(Bucket=name),
        ):
            with pytest.raises(ClientError, match=f'on resource: "{POINT}" with an explicit deny in a resource-based'):
                call()
        assert "access points do not support GetBucketVersioning, and allow it to nobody" in s3.calls[-1].reason

    def test_a_bucket_is_not_created_through_it(self, ask, point):
        assert "AccessDenied" == ask("PUT", f"/{point.alias}").code

    def test_to_another_account_the_refusal_tells_nothing(self, stranger, point):
        with pytest.raises(ClientError, match=r"AccessDenied.*: Access Denied"):
            stranger.get_bucket_versioning(Bucket=point.arn)

    def test_without_a_signature(self, s3, ask, point):
        for target, host in (
            (f"/{point.alias}/k", None),
            ("/k", "way-123456789012.s3-accesspoint.us-east-1.amazonaws.com"),
        ):
            answer = ask("GET", target, {"Authorization": None}, **({} if host is None else {"host": host}))
            assert (400, "Please use Signature Version 4") == (answer.status, answer.error["Message"])

    def test_what_is_gone(self, s3_client, point):
        arn, alias = point.arn, point.alias
        point.delete()
        with pytest.raises(ClientError, match="NoSuchBucket"):
            s3_client.get_object(Bucket=arn, Key="k")
        with pytest.raises(ClientError, match="Could not access through this access point"):
            s3_client.get_object(Bucket=alias, Key="k")
        with pytest.raises(ClientError, match="NoSuchBucket"):
            s3_client.copy_object(Bucket="never", Key="x", CopySource=f"{arn}/object/k")

    def test_in_another_region(self, s3, s3_client, point):
        s3.create_bucket("far", region="eu-west-1", objects={"k": "far"})
        far = s3.account().access_point("far", "far")
        with pytest.raises(ClientError, match="Cannot access through this access point"):
            s3_client.copy_object(Bucket="never", Key="x", CopySource=f"{far.arn}/object/k")
        s3_client.copy_object(Bucket="never", Key="x", CopySource="far/k")
        assert b"far" == s3_client.get_object(Bucket=far.arn, Key="k")["Body"].read()
        s3_client.copy_object(Bucket=far.arn, Key="y", CopySource="never/k")
        assert b"meow" == s3["far"]["y"].body

    def test_a_line_of_the_access_log_names_it(self, s3, s3_client, name):
        s3.create_bucket("logs")
        writers = {"Principal": {"Service": "logging.s3.amazonaws.com"}, "Resource": "arn:aws:s3:::logs/*"}
        govern(s3, policy({"Effect": "Allow", "Action": "s3:PutObject", **writers}), "logs")
        s3_client.put_bucket_logging(
            Bucket="never", BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": ""}}
        )
        s3_client.get_object(Bucket=name, Key="k")
        s3.clock.advance(hours=2)
        lines = "".join(s3["logs"][key].body.decode() for key in s3["logs"]).splitlines()
        assert [POINT] == [line.split()[-3] for line in lines if "REST.GET.OBJECT" in line]


class TestRights:
    @pytest.mark.parametrize("resources", [both(BUCKET), both(POINT), (*both(BUCKET), *both(POINT))])
    def test_a_user_needs_both(self, s3, point, name, resources):
        client = s3.user("u", policy=of_user(*resources)).client()
        assert (BUCKET in resources, len(resources) == 4) == (may_read(client, "never"), may_read(client, name))

    def test_a_bucket_that_leaves_it_to_access_points(self, s3, point, name):
        govern(s3, DELEGATION)
        user = s3.user("u")
        client = user.client()
        assert (False, False) == (may_read(client, "never"), may_read(client, name))
        point.policy = policy(objects(f"{POINT}/object/*", principal={"AWS": user.arn}))
        assert (False, True) == (may_read(client, "never"), may_read(client, name))

    @pytest.mark.parametrize(
        ("key", "value", "is_let_in"),
        [
            ("s3:DataAccessPointArn", POINT, True),
            ("s3:DataAccessPointArn", POINT + "s", False),
            ("s3:DataAccessPointAccount", "123456789012", True),
            ("s3:DataAccessPointAccount", OTHER, False),
            ("s3:AccessPointNetworkOrigin", "Internet", True),
            ("s3:AccessPointNetworkOrigin", "VPC", False),
        ],
    )
    def test_conditions(self, s3, point, name, key, value, is_let_in):
        govern(s3, policy(statement(*both(BUCKET), effect="Deny", Condition={"StringNotEquals": {key: value}})))
        client = s3.client()
        assert (False, is_let_in) == (may_read(client, "never"), may_read(client, name))

    @pytest.mark.parametrize("denies", ["bucket", "point"])
    def test_a_deny_of_either_side_holds(self, s3, point, name, denies):
        if denies == "bucket":
            govern(s3, policy(statement(*both(BUCKET), effect="Deny")))
        else:
            point.policy = policy(statement(*both(POINT), effect="Deny"))
        client = s3.client()
        assert (denies == "point", False) == (may_read(client, "never"), may_read(client, name))

    def test_a_deny_holds_for_the_source_of_a_copy(self, s3, s3_client, point):
        point.policy = policy(objects(f"{POINT}/object/k", effect="Deny"))
        with pytest.raises(ClientError, match=r"accesspoint/way/object/k.* with an explicit deny"):
            s3_client.copy_object(Bucket="never", Key="x", CopySource=f"{POINT}/object/k")
        s3_client.copy_object(Bucket="never", Key="x", CopySource="never/k")

    def test_a_prefix_of_its_own(self, s3, point, name):
        user = s3.user("jane", policy=of_user(*both(BUCKET)))
        mine = objects(f"{POINT}/object/jane/*", principal={"AWS": user.arn})
        point.policy = policy(mine)
        client = user.client()
        client.put_object(Bucket=name, Key="jane/x", Body=b"")
        with pytest.raises(ClientError, match="AccessDenied"):
            client.put_object(Bucket=name, Key="joe/x", Body=b"")

    def test_another_account_needs_the_consent_of_every_side(self, s3, point, name):
        guest = s3.account(OTHER).client()
        grants = {"AWS": f"arn:aws:iam::{OTHER}:root"}
        assert not may_read(guest, name)
        point.policy = policy(statement(*both(POINT), principal=grants))
        assert not may_read(guest, name)
        assert "arn:aws:s3:::never/k" in s3.calls[-1].reason
        govern(s3, DELEGATION)
        assert may_read(guest, name)
        point.policy = None
        assert not may_read(guest, name)
        assert "Allow it there, and in the bucket's policy as well" in s3.calls[-1].reason

    def test_an_access_point_of_another_account(self, s3, point):
        theirs = s3.account(OTHER).access_point("theirs", "never")
        owner, other = s3.client(), s3.account(OTHER).client()
        assert (False, False) == (may_read(owner, theirs.arn), may_read(other, theirs.arn))
        allowed = statement(
            *both(BUCKET), principal="*", Condition={"StringEquals": {"s3:DataAccessPointAccount": OTHER}}
        )
        govern(s3, policy(allowed))
        assert (False, True) == (may_read(owner, theirs.arn), may_read(other, theirs.arn))
        assert not may_read(other, "never")

    def test_public_access_that_the_access_point_restricts(self, s3, s3_client, point):
        s3_client.delete_public_access_block(Bucket="never")
        govern(s3, policy(statement(*both(BUCKET))))
        stranger = s3.account(OTHER).client()
        open_one = s3.account().access_point("open", "never", public_access_block={"BlockPublicAcls": False})
        open_one.policy = policy(statement(*both(open_one.arn)))
        assert (True, False, True) == tuple(may_read(stranger, each) for each in ("never", point.arn, open_one.arn))

    def test_public_acls_that_it_blocks(self, s3, s3_client, point):
        s3.create_bucket("acls", ownership="ObjectWriter")
        s3_client.delete_public_access_block(Bucket="acls")
        blocked = s3.account().access_point("blocked", "acls")
        s3_client.put_object(Bucket="acls", Key="x", ACL="public-read")
        with pytest.raises(ClientError, match="AccessDenied"):
            s3_client.put_object(Bucket=blocked.arn, Key="x", ACL="public-read")
        with pytest.raises(ClientError, match="AccessDenied"):
            s3_client.put_object_acl(Bucket=blocked.arn, Key="x", ACL="public-read")

    def test_least_privilege(self, s3, point):
        user = s3.user("u", policy=of_user(*both(BUCKET), *both(POINT)))
        user.client().get_object(Bucket=point.arn, Key="k")
        (least,) = s3.least_privilege(user)["Statement"]
        assert ["arn:aws:s3:::never/k", f"{POINT}/object/k"] == sorted(least["Resource"])
        smallest = s3.user("v", policy={"Version": "2012-10-17", "Statement": [least]})
        assert may_read(smallest.client(), point.alias)


class TestVpc:
    def test_only_from_within(self, s3, s3_client, point):
        inside = s3.account().access_point("inside", "never", vpc="vpc-1")
        assert (True, False) == (may_read(s3_client, point.arn), may_read(s3_client, inside.arn))
        assert 'with s3.inside_vpc("vpc-1")' in s3.calls[-1].reason
        with s3.inside_vpc("vpc-2"):
            assert not may_read(s3_client, inside.arn)
            with s3.inside_vpc("vpc-1"):
                assert (True, True) == (may_read(s3_client, point.arn), may_read(s3_client, inside.arn))
            assert not may_read(s3_client, inside.alias)

    @pytest.mark.parametrize(
        ("key", "is_let_in"), [("aws:SourceIp", (True, False)), ("aws:VpcSourceIp", (False, True))]
    )
    def test_the_address_has_another_key_there(self, s3, point, key, is_let_in):
        here = {"Condition": {"IpAddress": {key: "0.0.0.0/0"}}}
        statements = policy({"Effect": "Allow", "Action": ACTIONS, "Resource": list(both(BUCKET)), **here})
        client = s3.user("u", policy=statements).client()
        outside = may_read(client, "never")
        with s3.inside_vpc("vpc-1"):
            assert is_let_in == (outside, may_read(client, "never"))

    def test_policies_see_it(self, s3, s3_client, point):
        elsewhere = {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}
        govern(s3, policy(statement(*both(BUCKET), effect="Deny", Condition=elsewhere)))
        assert not may_read(s3_client, "never")
        with s3.inside_vpc("vpc-1"):
            assert may_read(s3_client, "never")


class TestMultiRegion:
    """botocore signs these requests with version 4A, which awscrt is needed for."""

    @pytest.fixture
    def world(self, s3, point) -> Any:
        return s3.account().access_point("world", "never", multi_region=True)

    @pytest.fixture
    def signed(self) -> dict[str, str]:
        return {
            "Authorization": "AWS4-ECDSA-P256-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260304/s3/aws4_request, "
            "SignedHeaders=host, Signature=00",
            "X-Amz-Region-Set": "*",
        }

    def test_it_leads_to_its_bucket(self, s3, s3_client, world):
        pytest.importorskip("awscrt")
        assert b"meow" == s3_client.get_object(Bucket=world.arn, Key="k")["Body"].read()

    def test_its_addresses(self, world):
        assert f"arn:aws:s3::123456789012:accesspoint/{world.alias}" == world.arn
        assert world.alias.endswith(".mrap")
        assert world.region is None

    def test_only_version_4a(self, ask, world, signed):
        host = f"{world.alias}.accesspoint.s3-global.amazonaws.com"
        assert "Please use Signature Version 4A" == ask("GET", "/k", host=host).error["Message"]
        assert 200 == ask("GET", "/k", signed, host=host).status

    def test_what_it_does_not_support(self, s3, ask, world, signed):
        host = f"{world.alias}.accesspoint.s3-global.amazonaws.com"
        assert "AccessDenied" == ask("GET", "/", signed, host=host).code
        assert "multi-region access points do not support ListObjects" in s3.calls[-1].reason

    def test_that_nobody_made(self, ask, point, signed):
        answer = ask("GET", "/k", signed, host="mabc.mrap.accesspoint.s3-global.amazonaws.com")
        assert (404, "NoSuchBucket") == (answer.status, answer.code)


@st.composite
def policies(draw: Any, arn: str) -> dict[str, Any] | None:
    """A policy of a bucket or an access point: of few words, so that it often decides."""
    if draw(st.booleans()):
        return None
    condition = st.sampled_from([{}, {"Condition": {"StringEquals": {"s3:DataAccessPointAccount": "123456789012"}}}])
    principal = st.sampled_from(["*", {"AWS": "123456789012"}, {"AWS": f"arn:aws:iam::{OTHER}:root"}])
    effect = st.sampled_from(["Allow", "Allow", "Deny"])
    found = draw(st.lists(st.tuples(effect, principal, condition), min_size=1, max_size=2))
    return policy(*(statement(*both(arn), effect=e, principal=p, **more) for e, p, more in found))


@settings(max_examples=60, deadline=None)
@given(
    policies(BUCKET), policies(POINT), st.sampled_from(["owner", "user", "other"]), st.sampled_from([(), both(POINT)])
)
def test_an_access_point_adds_no_right(of_bucket: Any, of_point: Any, who: str, on_point: tuple[str, ...]) -> None:
    """What passes through it, the bucket allows: for that the policy may ask whether there is an access point."""
    s3 = FakeS3()
    s3.create_bucket("never", objects={"k": "meow"})
    s3.client().delete_public_access_block(Bucket="never")
    point = s3.account().access_point("way", "never", of_point, public_access_block={"BlockPublicAcls": False})
    if of_bucket is not None:
        govern(s3, of_bucket)
    accounts = {"owner": s3.account(), "other": s3.account(OTHER)}
    client = (
        s3.user("u", policy=of_user(*both(BUCKET), *on_point)).client() if who == "user" else accounts[who].client()
    )
    through = may_read(client, point.arn)
    assert may_read(client, point.alias) is through
    text = json.dumps(of_bucket)
    if through and '"Condition"' not in text:
        assert may_read(client, "never")
    if through:
        open_policy = policy(statement(*both(POINT), principal="*"))
        point.policy = open_policy
        assert may_read(client, point.arn), "a policy that allows more allows what it allowed"
