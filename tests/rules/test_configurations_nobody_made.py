"""What audits and Terraform read first: each configuration that nobody made has its own 404, or an empty document.

S3: API/API_GetBucketTagging.html and its neighbours
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3

from ..ask import Ask
from .conftest import Refused

MISSING = {
    # recorded: TestS3BucketObjectTagging::test_create_bucket_with_empty_tags
    "get_bucket_tagging": ("NoSuchTagSet", "The TagSet does not exist"),
    # recorded: TestS3Cors::test_get_cors, TestS3Cors::test_delete_cors
    "get_bucket_cors": ("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
    # recorded: TestS3StaticWebsiteHosting::test_crud_website_configuration
    "get_bucket_website": (
        "NoSuchWebsiteConfiguration",
        "The specified bucket does not have a website configuration",
    ),
    # measured against S3 in brekkylab/backlot, as are the documents below
    "get_bucket_replication": (
        "ReplicationConfigurationNotFoundError",
        "The replication configuration was not found",
    ),
    # observed: hashicorp/terraform-provider-aws#41364, for the code; no page gives the text
    "get_bucket_metadata_configuration": (
        "MetadataConfigurationNotFound",
        "The metadata configuration does not exist",
    ),
    "get_bucket_metadata_table_configuration": (
        "MetadataConfigurationNotFound",
        "The metadata configuration does not exist",
    ),
}
EMPTY = {
    "accelerate": "<AccelerateConfiguration{}></AccelerateConfiguration>",
    "abac": "<AbacStatus{}><Status>Disabled</Status></AbacStatus>",
    "logging": "<BucketLoggingStatus{}></BucketLoggingStatus>",
    "notification": "<NotificationConfiguration{}></NotificationConfiguration>",
}
LISTS = {
    "analytics": "ListBucketAnalyticsConfigurationsResult",
    "intelligent-tiering": "ListIntelligentTieringConfigurationsResult",
    "inventory": "ListInventoryConfigurationsResult",
    "metrics": "ListMetricsConfigurationsResult",
}
KINDS = ["analytics", "intelligent_tiering", "inventory", "metrics"]
READS = [
    *MISSING,
    *("get_bucket_accelerate_configuration", "get_bucket_logging", "get_bucket_notification_configuration"),
    "get_bucket_abac",
    *(f"list_bucket_{kind}_configurations" for kind in KINDS),
]
NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@pytest.fixture
def bucket(s3: FakeS3) -> str:
    return s3.create_bucket("bucket").name


class TestABucketThatNobodyConfigured:
    """S3 knows what nobody made."""

    @pytest.mark.parametrize("operation", MISSING)
    def test_has_an_error_for_it(self, s3_client: Any, bucket: str, refused: Refused, operation: str) -> None:
        code, message = MISSING[operation]
        with refused(code, 404, message, BucketName=bucket):
            getattr(s3_client, operation)(Bucket=bucket)

    @pytest.mark.parametrize("name", EMPTY)
    def test_or_an_empty_document(self, bucket: str, ask: Ask, name: str) -> None:
        answer = ask("GET", f"/{bucket}?{name}")
        assert 200 == answer.status
        assert EMPTY[name].format(NAMESPACE) == answer.text.partition("\n")[2]

    @pytest.mark.parametrize("name", LISTS)
    def test_or_an_empty_list(self, bucket: str, ask: Ask, name: str) -> None:
        answer = ask("GET", f"/{bucket}?{name}")
        root = LISTS[name]
        assert 200 == answer.status
        assert f"<{root}{NAMESPACE}><IsTruncated>false</IsTruncated></{root}>" == answer.text.partition("\n")[2]

    # recorded: TestS3MetricsConfiguration::test_get_bucket_metrics_configuration_not_exist
    @pytest.mark.parametrize("kind", KINDS)
    def test_one_by_its_id(self, s3_client: Any, bucket: str, refused: Refused, kind: str) -> None:
        with refused("NoSuchConfiguration", 404, "The specified configuration does not exist."):
            getattr(s3_client, f"get_bucket_{kind}_configuration")(Bucket=bucket, Id="x")

    def test_acceleration_is_read_by_those_who_pay(self, s3_client: Any, bucket: str) -> None:
        s3_client.get_bucket_accelerate_configuration(Bucket=bucket, RequestPayer="requester")


class TestWhoMayRead:
    """NoSuchBucket comes before everything, and then the caller's rights."""

    # recorded: TestS3::test_get_bucket_notification_configuration_no_such_bucket
    @pytest.mark.parametrize("operation", READS)
    def test_no_such_bucket(self, s3: FakeS3, s3_client: Any, refused: Refused, operation: str) -> None:
        with refused("NoSuchBucket", 404, BucketName="nowhere"):
            getattr(s3_client, operation)(Bucket="nowhere")
        with refused("NoSuchBucket", 404, BucketName="nowhere"):
            getattr(s3.user("nobody").client(), operation)(Bucket="nowhere")

    @pytest.mark.parametrize("operation", READS)
    def test_nobody_without_a_right(self, s3: FakeS3, bucket: str, operation: str) -> None:
        with pytest.raises(ClientError, match="AccessDenied"):
            getattr(s3.user("nobody").client(), operation)(Bucket=bucket)
