"""What policies may ask of a request: which condition keys it has, and their values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import MalformedXML
from fakes3.model.identity import ANONYMOUS, Principal
from fakes3.model.versions import Attributes, Version
from fakes3.operations.condition_keys import condition_keys_of

OWNER = "123456789012"
ROOT = Principal(OWNER)
NOW = datetime(2026, 3, 4, 5, 6, 7, 890, tzinfo=UTC)
BUCKET = Bucket("pictures", OWNER, "eu-west-1", NOW)


keys_of: Any = condition_keys_of  # asked by what is no Call, but has as much of one as it looks at


@dataclass
class Asked:
    """A request."""

    members: dict[str, Any] = field(default_factory=dict)
    caller: Principal = ROOT
    region: str | None = "eu-west-1"
    now: datetime = NOW
    access_point = None

    def condition_keys(self) -> dict[str, tuple[str, ...]]:
        """What the wire knows."""
        return {"aws:sourceip": ("192.0.2.1",)}


@dataclass
class Sent:
    """A document; None is one that is none."""

    contents: dict[str, Any] | None

    def read(self) -> dict[str, Any]:
        """Its members."""
        if self.contents is None:
            raise MalformedXML
        return self.contents


def of(**parameters: Any) -> dict[str, tuple[str, ...]]:
    """The keys that a request has because of its members."""
    found = keys_of(Asked(parameters), BUCKET, None)
    return {key: value for key, value in found.items() if key not in keys_of(Asked(), BUCKET, None)}


def tagged(*tags: tuple[str, str]) -> Version:
    return Version(1, "null", NOW, OWNER, Rope.of(b""), "etag", None, Attributes(tags=tags))


class TestEveryRequest:
    """Some keys every request has."""

    def test_to_a_bucket(self) -> None:
        expected = {
            "aws:sourceip": ("192.0.2.1",),
            "aws:currenttime": ("2026-03-04T05:06:07.000Z",),
            "aws:epochtime": ("1772600767",),
            "aws:requestedregion": ("eu-west-1",),
            "aws:resourceaccount": (OWNER,),
            "s3:resourceaccount": (OWNER,),
            "aws:principalarn": (f"arn:aws:iam::{OWNER}:root",),
            "aws:principalaccount": (OWNER,),
            "aws:principaltype": ("Account",),
            "aws:userid": (OWNER,),
        }
        assert expected == keys_of(Asked(), BUCKET, None)

    def test_to_no_bucket(self) -> None:
        found = keys_of(Asked(region="us-east-1"), None, None)
        assert ("us-east-1",) == found["aws:requestedregion"]
        assert not {"aws:resourceaccount", "s3:resourceaccount"} & found.keys()

    def test_where_the_endpoint_has_no_region(self) -> None:
        assert ("eu-west-1",) == keys_of(Asked(region=None), BUCKET, None)["aws:requestedregion"]
        assert "aws:requestedregion" not in keys_of(Asked(region=None), None, None)


class TestCaller:
    """Who asks has an ARN, an id and a kind, and a user a name."""

    @pytest.mark.parametrize(
        ("caller", "expected"),
        [
            (ANONYMOUS, {"aws:principaltype": ("Anonymous",), "aws:userid": ("anonymous",)}),
            (
                Principal(OWNER, user="team/alice"),
                {
                    "aws:principalarn": (f"arn:aws:iam::{OWNER}:user/team/alice",),
                    "aws:principalaccount": (OWNER,),
                    "aws:principaltype": ("User",),
                    "aws:userid": (Principal(OWNER, user="team/alice").unique_id,),
                    "aws:username": ("alice",),
                },
            ),
            (
                Principal(OWNER, role="deploy", session="friday"),
                {
                    "aws:principalarn": (f"arn:aws:iam::{OWNER}:role/deploy",),
                    "aws:principalaccount": (OWNER,),
                    "aws:principaltype": ("AssumedRole",),
                    "aws:userid": (Principal(OWNER, role="deploy", session="friday").unique_id,),
                },
            ),
        ],
        ids=["nobody", "user", "session"],
    )
    def test_keys(self, caller: Principal, expected: dict[str, tuple[str, ...]]) -> None:
        found = keys_of(Asked(caller=caller), BUCKET, None)
        about = ("aws:principal", "aws:user")
        assert expected == {key: value for key, value in found.items() if key.startswith(about)}

    def test_the_id_of_a_session_ends_in_its_name(self) -> None:
        found = keys_of(Asked(caller=Principal(OWNER, role="deploy", session="friday")), BUCKET, None)
        (userid,) = found["aws:userid"]
        assert ("AROA", "friday") == (userid[:4], userid.partition(":")[2])


class TestMembers:
    """What the request says has keys of its own; what it does not say has none."""

    @pytest.mark.parametrize(
        ("member", "value", "key", "text"),
        [
            ("ACL", "public-read", "s3:x-amz-acl", "public-read"),
            ("CopySource", "a/b", "s3:x-amz-copy-source", "a/b"),
            ("Delimiter", "/", "s3:delimiter", "/"),
            ("GrantFullControl", "id=1", "s3:x-amz-grant-full-control", "id=1"),
            ("GrantRead", "id=1", "s3:x-amz-grant-read", "id=1"),
            ("GrantReadACP", "id=1", "s3:x-amz-grant-read-acp", "id=1"),
            ("GrantWrite", "id=1", "s3:x-amz-grant-write", "id=1"),
            ("GrantWriteACP", "id=1", "s3:x-amz-grant-write-acp", "id=1"),
            ("IfMatch", '"e"', "s3:if-match", '"e"'),
            ("IfNoneMatch", "*", "s3:if-none-match", "*"),
            ("MaxKeys", 10, "s3:max-keys", "10"),
            ("MetadataDirective", "REPLACE", "s3:x-amz-metadata-directive", "REPLACE"),
            ("ObjectLockLegalHoldStatus", "ON", "s3:object-lock-legal-hold", "ON"),
            ("ObjectLockMode", "GOVERNANCE", "s3:object-lock-mode", "GOVERNANCE"),
            ("ObjectOwnership", "ObjectWriter", "s3:x-amz-object-ownership", "ObjectWriter"),
            ("Prefix", "", "s3:prefix", ""),
            ("SSECustomerAlgorithm", "AES256", "s3:x-amz-server-side-encryption-customer-algorithm", "AES256"),
            ("SSEKMSKeyId", "arn", "s3:x-amz-server-side-encryption-aws-kms-key-id", "arn"),
            ("ServerSideEncryption", "aws:kms", "s3:x-amz-server-side-encryption", "aws:kms"),
            ("StorageClass", "GLACIER", "s3:x-amz-storage-class", "GLACIER"),
            ("VersionId", "null", "s3:versionid", "null"),
            ("WebsiteRedirectLocation", "/x", "s3:x-amz-website-redirect-location", "/x"),
        ],
    )
    def test_in_headers_and_the_query(self, member: str, value: object, key: str, text: str) -> None:
        assert {key: (text,)} == of(**{member: value})

    def test_in_documents(self) -> None:
        until = datetime(2026, 3, 14, 5, 6, 7, tzinfo=UTC)
        assert {
            "s3:object-lock-mode": ("COMPLIANCE",),
            "s3:object-lock-retain-until-date": ("2026-03-14T05:06:07.000Z",),
            "s3:object-lock-remaining-retention-days": ("10",),
        } == of(Retention=Sent({"Mode": "COMPLIANCE", "RetainUntilDate": until}))
        assert {"s3:object-lock-legal-hold": ("OFF",)} == of(LegalHold=Sent({"Status": "OFF"}))
        configuration = Sent({"LocationConstraint": "eu-west-1"})
        assert {"s3:locationconstraint": ("eu-west-1",)} == of(CreateBucketConfiguration=configuration)

    @pytest.mark.parametrize("document", [Sent({}), Sent(None)])
    def test_documents_that_do_not_say(self, document: Sent) -> None:
        assert {} == of(Retention=document, LegalHold=document, CreateBucketConfiguration=document, Tagging=document)

    @pytest.mark.parametrize("header", ["a/b c", "/a/b c", "a/b+c", "a%2Fb%20c", "%61/b%20c", "%2Fa/b c"])
    def test_a_copy_source_has_one_spelling(self, header: str) -> None:
        assert {"s3:x-amz-copy-source": ("a/b c",)} == of(CopySource=header)
        assert {"s3:x-amz-copy-source": ("a/b c?versionId=v",)} == of(CopySource=f"{header}?versionId=v")

    def test_other_members(self) -> None:
        assert {} == of(Key="cat", Body=b"meow")


class TestRemainingRetentionDays:
    """How many days a lock has still to last, begun ones counted."""

    @pytest.mark.parametrize(
        ("until", "days"),
        [
            ("2026-03-05T05:06:07Z", "1"),
            ("2026-03-05T05:06:07", "1"),
            ("2026-03-05T05:06:08Z", "2"),
            ("2026-03-04T05:06:08Z", "1"),
            ("2020-01-01T00:00:00Z", "0"),
        ],
    )
    def test_days(self, until: str, days: str) -> None:
        assert (days,) == of(ObjectLockRetainUntilDate=until)["s3:object-lock-remaining-retention-days"]

    @pytest.mark.parametrize("until", ["tomorrow", "2026-03-32"])
    def test_what_is_no_date_has_none(self, until: str) -> None:
        assert {"s3:object-lock-retain-until-date": (until,)} == of(ObjectLockRetainUntilDate=until)


class TestTags:
    """Tags have a key each, in which upper and lower case are one."""

    def test_of_the_request_in_a_header(self) -> None:
        assert {
            "s3:requestobjecttag/team": ("blue",),
            "s3:requestobjecttag/draft": ("",),
            "s3:requestobjecttagkeys": ("Team", "draft"),
        } == of(Tagging="Team=blue&draft")

    def test_of_the_request_in_a_document(self) -> None:
        document = Sent({"TagSet": [{"Key": "Team", "Value": "blue"}]})
        assert {
            "s3:requestobjecttag/team": ("blue",),
            "s3:requestobjecttagkeys": ("Team",),
        } == of(Tagging=document)

    @pytest.mark.parametrize("header", ["", "a=1&a=2", "%zz"])
    def test_what_are_no_tags(self, header: str) -> None:
        assert {} == of(Tagging=header)

    def test_of_the_object(self) -> None:
        found = keys_of(Asked(), BUCKET, tagged(("Team", "blue"), ("stage", "test")))
        assert [("blue",), ("test",)] == [found[f"s3:existingobjecttag/{key}"] for key in ("team", "stage")]

    def test_that_differ_in_case_only(self) -> None:
        found = keys_of(Asked(), BUCKET, tagged(("Team", "blue"), ("team", "red")))
        assert ("blue", "red") == found["s3:existingobjecttag/team"]


class TestAction:
    """Some keys depend on what is to be done."""

    def test_version_that_is_named_elsewhere(self) -> None:
        """DeleteObjects names versions in its document, CopyObject in the header that names the source."""
        found = keys_of(Asked(), BUCKET, None, action="s3:DeleteObjectVersion", version_id="v")
        assert ("v",) == found["s3:versionid"]

    def test_keys_that_it_does_not_have(self) -> None:
        """S3: service-authorization/latest/reference/list_amazons3.html"""
        asked = Asked({"Prefix": "home/", "VersionId": "v", "ACL": "private"})
        kept = {"s3:ListBucket": {"s3:prefix"}, "s3:PutObject": {"s3:x-amz-acl"}}
        kept |= {"s3:GetObjectVersion": {"s3:versionid", "s3:existingobjecttag/team"}, "s3:DeleteObject": set()}
        for action, expected in kept.items():
            found = keys_of(asked, BUCKET, tagged(("team", "blue")), action=action)
            everywhere = {"s3:resourceaccount", "s3:objectcreationoperation"}
            assert expected == {key for key in found if key.startswith("s3:")} - everywhere

    @pytest.mark.parametrize(
        ("members", "value"),
        [
            ({"Body": b""}, "true"),  # PutObject
            ({"CopySource": "a/b"}, "true"),  # CopyObject
            ({"UploadId": "u", "MultipartUpload": Sent({})}, "true"),  # CompleteMultipartUpload
            ({}, "false"),  # CreateMultipartUpload
            ({"UploadId": "u", "PartNumber": "1", "Body": b""}, "false"),  # UploadPart
            ({"UploadId": "u", "PartNumber": "1", "CopySource": "a/b"}, "false"),  # UploadPartCopy
        ],
    )
    def test_object_creation(self, members: dict[str, Any], value: str) -> None:
        """S3: userguide/conditional-writes-enforce.html"""
        found = keys_of(Asked(members), BUCKET, None, action="s3:PutObject")
        assert (value,) == found["s3:objectcreationoperation"]
        assert "s3:objectcreationoperation" not in keys_of(Asked(members), BUCKET, None, action="s3:GetObject")
