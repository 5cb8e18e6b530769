"""What one must be allowed to do each operation: the actions that IAM knows, and not the names of the operations.

Each row is one call that succeeds, or finds that nobody made what it reads, and the actions it needed, in order. Every
operation that is built has a row.

S3: userguide/using-with-s3-policy-actions.html, and "Permissions" of each operation's own page
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3, mock_s3
from fakes3.model.actions import ACTIONS, Kind
from fakes3.model.identity import ACCESS_KEY_ID
from fakes3.operations.registry import REGISTRY
from fakes3.operations.service import Recorded

HOLD = {"ObjectLockLegalHoldStatus": "OFF"}
RETENTION = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2030-01-01T00:00:00Z"}
UNTIL = {"Mode": "GOVERNANCE", "RetainUntilDate": "2030-01-01T00:00:00Z"}
POLICY = (
    '{"Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"s3:*","Resource":"arn:aws:s3:::bkt"}}'
)
NEVER = {"Expiration": "DISABLED"}
TABLES = "arn:aws:s3tables:us-east-1:123456789012:bucket/tables"
NEW_TABLE = (
    "s3tables:CreateTableBucket s3tables:CreateNamespace s3tables:CreateTable s3tables:PutTableBucketPolicy "
    "s3tables:GetTable s3tables:PutTablePolicy s3tables:PutTableEncryption"
)
PUT_ACCOUNT_BLOCK = "PutAccountPublicAccessBlock"
PUBLIC_BLOCK = {"BlockPublicAcls": True}
RULES = [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]
SSE = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
TAGS = {"TagSet": [{"Key": "a", "Value": "b"}]}
WEBSITE = {"IndexDocument": {"Suffix": "index.html"}}
CORS = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}
INVENTORY = {
    "Id": "x",
    "IsEnabled": False,
    "IncludedObjectVersions": "All",
    "Schedule": {"Frequency": "Daily"},
    "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::reports", "Format": "CSV"}},
}
REPLICATION = {
    "Role": "arn:aws:iam::123456789012:role/r",
    "Rules": [{"Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::copies"}}],
}
TIERING = {"Id": "x", "Status": "Disabled", "Tierings": [{"AccessTier": "ARCHIVE_ACCESS", "Days": 90}]}

NOTE = {"AnnotationName": "ml.mood"}
NOTED = {"Bucket": "bkt", "Key": "noted"}
NEW_KEY = {
    "ObjectEncryption": {
        "SSEKMS": {"KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"}
    }
}
ETAG = '"d41d8cd98f00b204e9800998ecf8427e"'

Given = dict[str, Any]
"""What a call may name of the world it is made in: `version`, `upload`, `etag`."""


class Row(NamedTuple):
    """A call, and the actions it needs."""

    operation: str
    parameters: Callable[[Given], dict[str, Any]] | dict[str, Any]
    rights: str

    def __str__(self) -> str:
        return f"{self.operation} {self.rights}"


def of_version(**more: Any) -> Callable[[Given], dict[str, Any]]:
    return lambda given: {"Bucket": "bkt", "Key": "k", "VersionId": given["version"], **more}


def of_upload(**more: Any) -> Callable[[Given], dict[str, Any]]:
    return lambda given: {"Bucket": "bkt", "Key": "u", "UploadId": given["upload"], **more}


def completing(**more: Any) -> Callable[[Given], dict[str, Any]]:
    return lambda given: of_upload(MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": given["etag"]}]}, **more)(given)


B = {"Bucket": "bkt"}
K = {"Bucket": "bkt", "Key": "k"}
NEW = {"Bucket": "bkt", "Key": "new"}
COPY = NEW | {"CopySource": "bkt/plain"}

SELECT = {
    "Bucket": "bkt",
    "Key": "plain",
    "Expression": "SELECT * FROM S3Object",
    "ExpressionType": "SQL",
    "InputSerialization": {"CSV": {}},
    "OutputSerialization": {"CSV": {}},
}

DIRECTORY = "bkt--use1-az4--x-s3"
NEW_DIRECTORY = {
    "CreateBucketConfiguration": {
        "Location": {"Type": "AvailabilityZone", "Name": "use1-az4"},
        "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"},
    }
}

CONTROLS = {
    "DeleteAccountPublicAccessBlock": "DeletePublicAccessBlock",
    "GetAccountPublicAccessBlock": "GetPublicAccessBlock",
    "PutAccountPublicAccessBlock": "PutPublicAccessBlock",
    **{
        name: name
        for name in (
            *("CreateAccessPoint", "DeleteAccessPoint", "DeleteAccessPointPolicy", "GetAccessPoint"),
            *("GetAccessPointPolicy", "GetAccessPointPolicyStatus", "ListAccessPoints", "ListTagsForResource"),
            *("PutAccessPointPolicy", "TagResource", "UntagResource"),
        )
    },
}
"""The operations of S3 Control that are built, each with the name that its client has for it."""
ACCOUNT = {"AccountId": "123456789012"}
ARN = ACCOUNT | {"ResourceArn": "arn:aws:s3:::bkt"}
POINT = ACCOUNT | {"Name": "way"}
POINT_POLICY = POLICY.replace(":::bkt", ":us-east-1:123456789012:accesspoint/way/object/*")

UNMADE = [
    Row("GetBucketTagging", B, "GetBucketTagging"),
    Row("GetBucketCors", B, "GetBucketCORS"),
    Row("GetBucketWebsite", B, "GetBucketWebsite"),
    Row("GetBucketReplication", B, "GetReplicationConfiguration"),
    Row("GetBucketMetadataConfiguration", B, "GetBucketMetadataTableConfiguration"),
    Row("GetBucketMetadataTableConfiguration", B, "GetBucketMetadataTableConfiguration"),
    Row("DeleteBucketMetadataConfiguration", B, "DeleteBucketMetadataTableConfiguration"),
    Row("DeleteBucketMetadataTableConfiguration", B, "DeleteBucketMetadataTableConfiguration"),
    Row("GetBucketAnalyticsConfiguration", B | {"Id": "x"}, "GetAnalyticsConfiguration"),
    Row("GetBucketInventoryConfiguration", B | {"Id": "x"}, "GetInventoryConfiguration"),
    Row("GetBucketMetricsConfiguration", B | {"Id": "x"}, "GetMetricsConfiguration"),
    Row("DeleteBucketAnalyticsConfiguration", B | {"Id": "x"}, "PutAnalyticsConfiguration"),
    Row("DeleteBucketInventoryConfiguration", B | {"Id": "x"}, "PutInventoryConfiguration"),
    Row("DeleteBucketIntelligentTieringConfiguration", B | {"Id": "x"}, "PutIntelligentTieringConfiguration"),
    Row("DeleteBucketMetricsConfiguration", B | {"Id": "x"}, "PutMetricsConfiguration"),
    Row("GetBucketIntelligentTieringConfiguration", B | {"Id": "x"}, "GetIntelligentTieringConfiguration"),
    Row("GetAccountPublicAccessBlock", ACCOUNT, "GetAccountPublicAccessBlock"),
    Row("GetObjectTorrent", K, "GetObjectTorrent"),
]
"""Reads and deletes of what nobody made, and torrents, which S3 no longer makes.

They are refused once it is known that the caller is allowed them.
"""
NEVER_MADE = r"\((NoSuchTagSet|NoSuch\w*Configuration|\w*Configuration\w*NotFound\w*|MethodNotAllowed)\)"

ROWS = [
    *UNMADE,
    # ---- The account ----
    Row("ListBuckets", {}, "ListAllMyBuckets"),
    Row("CreateBucket", {"Bucket": "new"}, "CreateBucket"),
    Row("CreateBucket", {"Bucket": "new", "ACL": "private"}, "CreateBucket"),
    Row("CreateBucket", {"Bucket": "new--use1-az4--x-s3"} | NEW_DIRECTORY, "s3express:CreateBucket"),
    Row("ListDirectoryBuckets", {}, "s3express:ListAllMyDirectoryBuckets"),
    Row("CreateSession", {"Bucket": DIRECTORY}, "s3express:CreateSession"),
    Row("RenameObject", {"Bucket": DIRECTORY, "Key": "to", "RenameSource": "from"}, ""),  # the session's
    Row("DeleteBucket", {"Bucket": "void--use1-az4--x-s3"}, "s3express:DeleteBucket"),
    Row("GetBucketEncryption", {"Bucket": DIRECTORY}, "s3express:GetEncryptionConfiguration"),
    Row(
        "CreateBucket",
        {"Bucket": "new", "ACL": "log-delivery-write", "ObjectOwnership": "ObjectWriter"},
        "CreateBucket PutBucketAcl PutBucketOwnershipControls",
    ),
    Row(
        "CreateBucket",
        {
            "Bucket": "new",
            "GrantReadACP": "uri=http://acs.amazonaws.com/groups/s3/LogDelivery",
            "ObjectOwnership": "BucketOwnerPreferred",
        },
        "CreateBucket PutBucketAcl PutBucketOwnershipControls",
    ),
    Row(
        "CreateBucket",
        {"Bucket": "new", "ObjectLockEnabledForBucket": True},
        "CreateBucket PutBucketObjectLockConfiguration PutBucketVersioning",
    ),
    Row(
        "CreateBucket",
        {"Bucket": "new", "CreateBucketConfiguration": {"Tags": TAGS["TagSet"]}},
        "CreateBucket TagResource",
    ),
    Row("CreateBucket", {"Bucket": "acls"}, "CreateBucket PutBucketAcl"),  # which takes the ACL away that it has
    Row("PutAccountPublicAccessBlock", ACCOUNT | {"PublicAccessBlockConfiguration": PUBLIC_BLOCK}, PUT_ACCOUNT_BLOCK),
    Row("DeleteAccountPublicAccessBlock", ACCOUNT, PUT_ACCOUNT_BLOCK),
    # ---- Access points ----
    Row("CreateAccessPoint", ACCOUNT | {"Name": "new", "Bucket": "bkt"}, "CreateAccessPoint"),
    Row("GetAccessPoint", POINT, "GetAccessPoint"),
    Row("ListAccessPoints", ACCOUNT, "ListAccessPoints"),
    Row("PutAccessPointPolicy", POINT | {"Policy": POINT_POLICY}, "PutAccessPointPolicy"),
    Row("GetAccessPointPolicy", POINT, "GetAccessPointPolicy"),
    Row("GetAccessPointPolicyStatus", POINT, "GetAccessPointPolicyStatus"),
    Row("DeleteAccessPointPolicy", POINT, "DeleteAccessPointPolicy"),
    Row("DeleteAccessPoint", POINT, "DeleteAccessPoint"),
    # ---- Tags by ARN ----
    Row("ListTagsForResource", ARN, "ListTagsForResource"),
    Row("TagResource", ARN | {"Tags": TAGS["TagSet"]}, "TagResource"),
    Row("UntagResource", ARN | {"TagKeys": ["a"]}, "UntagResource"),
    # ---- Metadata tables ----
    Row(
        "CreateBucketMetadataConfiguration",
        B | {"MetadataConfiguration": {"JournalTableConfiguration": {"RecordExpiration": NEVER}}},
        f"CreateBucketMetadataTableConfiguration {NEW_TABLE}",
    ),
    Row(
        "CreateBucketMetadataTableConfiguration",
        B | {"MetadataTableConfiguration": {"S3TablesDestination": {"TableBucketArn": TABLES, "TableName": "t"}}},
        "CreateBucketMetadataTableConfiguration s3tables:CreateNamespace s3tables:CreateTable s3tables:GetTable "
        "s3tables:PutTablePolicy",
    ),
    Row(
        "UpdateBucketMetadataJournalTableConfiguration",
        {"Bucket": "described", "JournalTableConfiguration": {"RecordExpiration": NEVER}},
        "UpdateBucketMetadataJournalTableConfiguration",
    ),
    Row(
        "UpdateBucketMetadataInventoryTableConfiguration",
        {"Bucket": "described", "InventoryTableConfiguration": {"ConfigurationState": "DISABLED"}},
        "UpdateBucketMetadataInventoryTableConfiguration",
    ),
    Row(
        "UpdateBucketMetadataInventoryTableConfiguration",
        {"Bucket": "described", "InventoryTableConfiguration": {"ConfigurationState": "ENABLED"}},
        f"UpdateBucketMetadataInventoryTableConfiguration {NEW_TABLE}",
    ),
    Row(
        "UpdateBucketMetadataAnnotationTableConfiguration",
        {
            "Bucket": "described",
            "AnnotationTableConfiguration": {"ConfigurationState": "ENABLED", "Role": REPLICATION["Role"]},
        },
        f"UpdateBucketMetadataAnnotationTableConfiguration iam:PassRole {NEW_TABLE}",
    ),
    # ---- Buckets ----
    Row("HeadBucket", B, "ListBucket"),
    Row("ListObjects", B, "ListBucket"),
    Row("ListObjectsV2", B, "ListBucket"),
    Row("ListObjectVersions", B, "ListBucketVersions"),
    Row("ListMultipartUploads", B, "ListBucketMultipartUploads"),
    Row("DeleteBucket", {"Bucket": "empty"}, "DeleteBucket"),
    Row("GetBucketLocation", B, "GetBucketLocation"),
    Row("GetBucketVersioning", B, "GetBucketVersioning"),
    Row("PutBucketVersioning", B | {"VersioningConfiguration": {"Status": "Enabled"}}, "PutBucketVersioning"),
    Row("GetBucketEncryption", B, "GetEncryptionConfiguration"),
    Row("PutBucketEncryption", B | {"ServerSideEncryptionConfiguration": SSE}, "PutEncryptionConfiguration"),
    Row("DeleteBucketEncryption", B, "PutEncryptionConfiguration"),
    Row("GetBucketLifecycleConfiguration", B, "GetLifecycleConfiguration"),
    Row(
        "PutBucketLifecycleConfiguration", B | {"LifecycleConfiguration": {"Rules": RULES}}, "PutLifecycleConfiguration"
    ),
    Row("DeleteBucketLifecycle", B, "PutLifecycleConfiguration"),
    Row("GetBucketAcl", B, "GetBucketAcl"),
    Row("PutBucketAcl", {"Bucket": "acls", "ACL": "private"}, "PutBucketAcl"),
    Row("GetBucketOwnershipControls", B, "GetBucketOwnershipControls"),
    Row(
        "PutBucketOwnershipControls",
        B | {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}},
        "PutBucketOwnershipControls",
    ),
    Row("DeleteBucketOwnershipControls", B, "PutBucketOwnershipControls"),
    Row("GetPublicAccessBlock", B, "GetBucketPublicAccessBlock"),
    Row("PutPublicAccessBlock", B | {"PublicAccessBlockConfiguration": PUBLIC_BLOCK}, "PutBucketPublicAccessBlock"),
    Row("DeletePublicAccessBlock", B, "PutBucketPublicAccessBlock"),
    Row("GetBucketPolicy", {"Bucket": "policed"}, "GetBucketPolicy"),
    Row("GetBucketPolicyStatus", {"Bucket": "policed"}, "GetBucketPolicyStatus"),
    Row("PutBucketPolicy", B | {"Policy": POLICY}, "PutBucketPolicy"),
    Row("DeleteBucketPolicy", B, "DeleteBucketPolicy"),
    Row("GetBucketRequestPayment", B, "GetBucketRequestPayment"),
    Row(
        "PutBucketRequestPayment",
        B | {"RequestPaymentConfiguration": {"Payer": "Requester"}},
        "PutBucketRequestPayment",
    ),
    Row("GetObjectLockConfiguration", B, "GetBucketObjectLockConfiguration"),
    Row(
        "PutObjectLockConfiguration",
        B | {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
        "PutBucketObjectLockConfiguration",
    ),
    Row("PutBucketTagging", B | {"Tagging": TAGS}, "PutBucketTagging"),
    Row("DeleteBucketTagging", B, "PutBucketTagging"),
    Row("PutBucketCors", B | {"CORSConfiguration": CORS}, "PutBucketCORS"),
    Row("DeleteBucketCors", B, "PutBucketCORS"),
    Row("PutBucketLogging", B | {"BucketLoggingStatus": {}}, "PutBucketLogging"),
    Row("PutBucketWebsite", B | {"WebsiteConfiguration": WEBSITE}, "PutBucketWebsite"),
    Row("DeleteBucketWebsite", B, "DeleteBucketWebsite"),
    Row("GetBucketLogging", B, "GetBucketLogging"),
    Row("GetBucketNotificationConfiguration", B, "GetBucketNotification"),
    Row(
        "PutBucketNotificationConfiguration",
        B | {"NotificationConfiguration": {"EventBridgeConfiguration": {}}},
        "PutBucketNotification",
    ),
    Row("GetBucketAccelerateConfiguration", B, "GetAccelerateConfiguration"),
    Row(
        "PutBucketAccelerateConfiguration",
        B | {"AccelerateConfiguration": {"Status": "Enabled"}},
        "PutAccelerateConfiguration",
    ),
    Row("GetBucketAbac", B, "GetBucketAbac"),
    Row("PutBucketAbac", B | {"AbacStatus": {"Status": "Disabled"}}, "PutBucketAbac"),
    Row("ListBucketAnalyticsConfigurations", B, "GetAnalyticsConfiguration"),
    Row("ListBucketInventoryConfigurations", B, "GetInventoryConfiguration"),
    Row("ListBucketMetricsConfigurations", B, "GetMetricsConfiguration"),
    Row(
        "PutBucketAnalyticsConfiguration",
        B | {"Id": "x", "AnalyticsConfiguration": {"Id": "x", "StorageClassAnalysis": {}}},
        "PutAnalyticsConfiguration",
    ),
    Row(
        "PutBucketInventoryConfiguration",
        B | {"Id": "x", "InventoryConfiguration": INVENTORY},
        "PutInventoryConfiguration",
    ),
    Row(
        "PutBucketIntelligentTieringConfiguration",
        B | {"Id": "x", "IntelligentTieringConfiguration": TIERING},
        "PutIntelligentTieringConfiguration",
    ),
    Row(
        "PutBucketMetricsConfiguration",
        B | {"Id": "x", "MetricsConfiguration": {"Id": "x"}},
        "PutMetricsConfiguration",
    ),
    Row("ListBucketIntelligentTieringConfigurations", B, "GetIntelligentTieringConfiguration"),
    Row(
        "PutBucketReplication",
        B | {"ReplicationConfiguration": REPLICATION},
        "PutReplicationConfiguration iam:PassRole",
    ),
    Row("DeleteBucketReplication", B, "PutReplicationConfiguration"),
    # ---- Reads of objects ----
    Row("GetObject", {"Bucket": "bkt", "Key": "plain"}, "GetObject"),
    Row("GetObject", K, "GetObject GetObjectTagging GetObjectRetention GetObjectLegalHold"),
    Row("GetObject", of_version(), "GetObjectVersion GetObjectTagging GetObjectRetention GetObjectLegalHold"),
    Row("SelectObjectContent", SELECT, "GetObject"),
    Row("HeadObject", {"Bucket": "bkt", "Key": "plain"}, "GetObject"),
    Row("HeadObject", of_version(), "GetObjectVersion GetObjectTagging GetObjectRetention GetObjectLegalHold"),
    Row("GetObjectAttributes", K | {"ObjectAttributes": ["ETag"]}, "GetObject GetObjectAttributes"),
    Row("GetObjectAttributes", of_version(ObjectAttributes=["ETag"]), "GetObjectVersion GetObjectVersionAttributes"),
    Row("GetObjectAcl", K, "GetObjectAcl"),
    Row("GetObjectAcl", of_version(), "GetObjectVersionAcl"),
    Row("GetObjectTagging", K, "GetObjectTagging"),
    Row("GetObjectTagging", of_version(), "GetObjectVersionTagging"),
    Row("GetObjectRetention", K, "GetObjectRetention"),
    Row("GetObjectRetention", of_version(), "GetObjectRetention"),
    Row("GetObjectLegalHold", K, "GetObjectLegalHold"),
    Row("GetObjectAnnotation", NOTED | NOTE, "GetObjectAnnotation"),
    Row(
        "GetObjectAnnotation",
        lambda given: NOTED | NOTE | {"VersionId": given["noted"]},
        "GetObjectVersionAnnotation",
    ),
    Row("ListObjectAnnotations", K, "ListObjectAnnotations"),
    Row("ListObjectAnnotations", of_version(), "ListObjectVersionAnnotations"),
    # ---- Writes of objects ----
    Row("PutObject", NEW, "PutObject"),
    Row("PutObject", NEW | {"ACL": "bucket-owner-full-control"}, "PutObject PutObjectAcl"),
    Row("PutObject", NEW | {"Tagging": "a=b"}, "PutObject PutObjectTagging"),
    Row("PutObject", NEW | RETENTION, "PutObject PutObjectRetention"),
    Row("PutObject", NEW | HOLD, "PutObject PutObjectLegalHold"),
    Row("PutObject", NEW | {"IfNoneMatch": "*"}, "PutObject"),
    Row("PutObject", {"Bucket": "bkt", "Key": "plain", "IfMatch": ETAG}, "PutObject GetObject"),
    Row("CopyObject", COPY, "PutObject GetObject"),
    Row("CopyObject", COPY | {"CopySource": "bkt/k"}, "PutObject GetObject GetObjectTagging PutObjectTagging"),
    Row("CopyObject", COPY | {"CopySource": "bkt/k", "TaggingDirective": "REPLACE"}, "PutObject GetObject"),
    Row(
        "CopyObject",
        COPY | {"CopySource": "bkt/k", "TaggingDirective": "REPLACE", "Tagging": "a=b"},
        "PutObject PutObjectTagging GetObject",
    ),
    Row(
        "CopyObject",
        lambda given: COPY | {"CopySource": f"bkt/k?versionId={given['version']}"},
        "PutObject GetObjectVersion GetObjectVersionTagging PutObjectTagging",
    ),
    Row("CopyObject", COPY | {"ACL": "bucket-owner-full-control"}, "PutObject PutObjectAcl GetObject"),
    Row(
        "CopyObject",
        COPY | RETENTION | HOLD,
        "PutObject PutObjectRetention PutObjectLegalHold GetObject",
    ),
    Row("RestoreObject", {"Bucket": "bkt", "Key": "ice", "RestoreRequest": {"Days": 1}}, "RestoreObject"),
    Row("PutObjectAcl", {"Bucket": "acls", "Key": "k", "ACL": "private"}, "PutObjectAcl"),
    Row("PutObjectAcl", {"Bucket": "acls", "Key": "k", "ACL": "private", "VersionId": "null"}, "PutObjectVersionAcl"),
    Row("PutObjectTagging", K | {"Tagging": TAGS}, "PutObjectTagging"),
    Row(
        "CopyObject",
        COPY | {"CopySource": "bkt/noted"},
        "PutObject GetObject GetObjectAnnotation PutObjectAnnotation",
    ),
    Row("CopyObject", COPY | {"CopySource": "bkt/noted", "AnnotationDirective": "EXCLUDE"}, "PutObject GetObject"),
    Row("PutObjectAnnotation", K | NOTE | {"AnnotationPayload": b"x"}, "PutObjectAnnotation"),
    Row("PutObjectAnnotation", of_version(**NOTE, AnnotationPayload=b"x"), "PutObjectVersionAnnotation"),
    Row("DeleteObjectAnnotation", K | NOTE, "DeleteObjectAnnotation"),
    Row("DeleteObjectAnnotation", of_version(**NOTE), "DeleteObjectVersionAnnotation"),
    Row("UpdateObjectEncryption", {"Bucket": "bkt", "Key": "plain"} | NEW_KEY, "UpdateObjectEncryption"),
    Row("PutObjectTagging", of_version(Tagging=TAGS), "PutObjectVersionTagging"),
    Row("DeleteObjectTagging", K, "DeleteObjectTagging"),
    Row("DeleteObjectTagging", of_version(), "DeleteObjectVersionTagging"),
    Row("PutObjectRetention", K | {"Retention": UNTIL}, "PutObjectRetention"),
    Row(
        "PutObjectRetention",
        K | {"Retention": {}, "BypassGovernanceRetention": True},
        "PutObjectRetention BypassGovernanceRetention",
    ),
    Row("PutObjectLegalHold", K | {"LegalHold": {"Status": "ON"}}, "PutObjectLegalHold"),
    # ---- Deletes ----
    Row("DeleteObject", K, "DeleteObject"),
    Row("DeleteObject", of_version(BypassGovernanceRetention=True), "DeleteObjectVersion BypassGovernanceRetention"),
    Row("DeleteObject", {"Bucket": "bkt", "Key": "plain", "IfMatch": ETAG}, "DeleteObject GetObject"),
    Row("DeleteObject", {"Bucket": "bkt", "Key": "plain", "IfMatch": "*"}, "DeleteObject"),
    Row(
        "DeleteObjects",
        lambda given: (
            B
            | {
                "Delete": {"Objects": [{"Key": "plain"}, {"Key": "k", "VersionId": given["version"]}]},
                "BypassGovernanceRetention": True,
            }
        ),
        "DeleteObject BypassGovernanceRetention DeleteObjectVersion BypassGovernanceRetention",
    ),
    Row("DeleteObjects", B | {"Delete": {"Objects": [{"Key": "plain", "ETag": ETAG}]}}, "DeleteObject GetObject"),
    # ---- Multipart uploads ----
    Row("CreateMultipartUpload", NEW, "PutObject"),
    Row(
        "CreateMultipartUpload",
        NEW | {"ACL": "bucket-owner-full-control", "Tagging": "a=b"} | RETENTION | HOLD,
        "PutObject PutObjectAcl PutObjectTagging PutObjectRetention PutObjectLegalHold",
    ),
    Row("UploadPart", of_upload(PartNumber=2), "PutObject"),
    Row("UploadPartCopy", of_upload(PartNumber=2, CopySource="bkt/k"), "PutObject GetObject"),
    Row(
        "UploadPartCopy",
        lambda given: of_upload(PartNumber=2, CopySource=f"bkt/k?versionId={given['version']}")(given),
        "PutObject GetObjectVersion",
    ),
    Row("ListParts", of_upload(), "ListMultipartUploadParts"),
    Row("CompleteMultipartUpload", completing(), "PutObject"),
    Row("CompleteMultipartUpload", completing(IfNoneMatch="*"), "PutObject"),
    Row("AbortMultipartUpload", of_upload(), "AbortMultipartUpload"),
]


@cache
def made() -> tuple[FakeS3, Given]:
    """A fake with something for every row; it is only ever forked."""
    s3 = FakeS3()
    s3.clock.freeze("2026-01-01T00:00:00Z")
    client = s3.client()
    s3.create_bucket("bkt", object_lock=True, objects={"plain": ""})
    s3.account().access_point("way", "bkt", POINT_POLICY)
    s3.create_bucket("empty")
    s3.create_bucket("described")
    client.create_bucket_metadata_configuration(
        Bucket="described",
        MetadataConfiguration={"JournalTableConfiguration": {"RecordExpiration": {"Expiration": "DISABLED"}}},
    )
    s3.create_bucket("policed")
    s3.create_bucket("copies", versioning="Enabled")
    s3.create_bucket("acls", ownership="ObjectWriter", objects={"k": ""})
    client.put_bucket_policy(Bucket="policed", Policy=POLICY.replace(":::bkt", ":::policed"))
    client.put_bucket_acl(Bucket="acls", GrantRead=f"id={'f' * 64}")
    client.put_bucket_lifecycle_configuration(
        Bucket="bkt", LifecycleConfiguration={"Rules": [RULES[0] | {"Filter": {"Prefix": "old/"}}]}
    )
    version = client.put_object(Bucket="bkt", Key="k", Tagging="a=b", **RETENTION, **HOLD)["VersionId"]
    noted = client.put_object(**NOTED)["VersionId"]
    client.put_object_annotation(**NOTED, **NOTE, AnnotationPayload=b"x")
    client.put_object(Bucket="bkt", Key="ice", StorageClass="GLACIER")
    s3.create_bucket(DIRECTORY, objects={"from": b""})
    s3.create_bucket("void--use1-az4--x-s3")
    upload = client.create_multipart_upload(Bucket="bkt", Key="u")["UploadId"]
    etag = client.upload_part(Bucket="bkt", Key="u", UploadId=upload, PartNumber=1, Body=b"")["ETag"]
    return s3, {"version": version, "noted": noted, "upload": upload, "etag": etag}


@cache
def client(service: Any) -> Any:
    """A client for whichever fake is active."""
    return boto3.client(
        service,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key="secret",
    )


def called(row: Row) -> Recorded:
    """The call of a row, as it was recorded."""
    fake, given = made()
    parameters = row.parameters(given) if callable(row.parameters) else row.parameters
    with mock_s3(fake=fake.fork()) as s3:
        expected = pytest.raises(ClientError, match=NEVER_MADE) if row in UNMADE else nullcontext()
        service = "s3control" if row.operation in CONTROLS else "s3"
        with expected:
            # botocore puts defaults into what it is given
            client(service)._make_api_call(CONTROLS.get(row.operation, row.operation), dict(parameters))
        return s3.calls[-1]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_actions(row: Row) -> None:
    call = called(row)
    assert row.operation == call.operation
    expected = [each if ":" in each else f"s3:{each}" for each in row.rights.split()]
    assert expected == [action for action, _, _ in call.rights]
    assert all((key is None) == (ACTIONS.get(action) is not Kind.OBJECT) for action, _, key in call.rights)


def test_every_built_operation_has_a_row() -> None:
    assert set(REGISTRY) == {row.operation for row in ROWS}


@pytest.mark.parametrize("row", [row for row in ROWS if row.operation in ("CopyObject", "UploadPartCopy")], ids=str)
def test_copies_read_the_source_and_write_the_target(row: Row) -> None:
    for action, _, key in called(row).rights:
        assert action.startswith("s3:Get") == (key in ("k", "plain", "noted"))
