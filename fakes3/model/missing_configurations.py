"""The errors of configurations that a bucket does not have, one class per code, as in `errors`.

S3: API/ErrorResponses.html
"""

from __future__ import annotations

from fakes3.model.errors import S3Error


class MetadataConfigurationNotFound(S3Error, status=404, message="The metadata configuration does not exist"):
    """The bucket has no tables of its objects' metadata. No page gives S3's text.

    observed: hashicorp/terraform-provider-aws#41364
    """


class NoSuchConfiguration(S3Error, status=404, message="The specified configuration does not exist."):
    """The bucket has no analytics, inventory, metrics or intelligent-tiering configuration of this id."""


class NoSuchCORSConfiguration(S3Error, status=404, message="The CORS configuration does not exist"):
    """The bucket has no CORS rules."""


class NoSuchLifecycleConfiguration(S3Error, status=404, message="The lifecycle configuration does not exist"):
    """The bucket has no lifecycle rules."""


class NoSuchPublicAccessBlockConfiguration(
    S3Error, status=404, message="The public access block configuration was not found"
):
    """The bucket's public access block was removed."""


class NoSuchTagSet(S3Error, status=404, message="The TagSet does not exist"):
    """The bucket has no tags."""


class NoSuchWebsiteConfiguration(
    S3Error, status=404, message="The specified bucket does not have a website configuration"
):
    """The bucket is no website."""


class ObjectLockConfigurationNotFoundError(
    S3Error, status=404, message="Object Lock configuration does not exist for this bucket"
):
    """The bucket has no Object Lock."""


class OwnershipControlsNotFoundError(S3Error, status=404, message="The bucket ownership controls were not found"):
    """The bucket's ownership controls were removed."""


class ReplicationConfigurationNotFoundError(S3Error, status=404, message="The replication configuration was not found"):
    """The bucket has no replication rules."""


class ServerSideEncryptionConfigurationNotFoundError(
    S3Error, status=404, message="The server side encryption configuration was not found"
):
    """The bucket has no default encryption, as buckets had none before 2023."""
