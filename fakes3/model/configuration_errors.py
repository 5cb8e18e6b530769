"""The errors of logging, of configurations with an id (metrics, analytics, inventory, tiering) and of metadata tables.

No page gives the texts of those whose codes were only observed; they are ours.
observed: radkawar/stackd, testdata/aws/s3/analytics_controls_replay.json and intelligent_tiering_control_replay.json
"""

from __future__ import annotations

from fakes3.model.errors import S3Error


class CrossLocationLoggingProhibitted(S3Error, status=403, message="Cross S3 location logging not allowed. "):
    """Access logs are to be delivered to a bucket in another region; the spelling is S3's own."""


class IdMismatch(S3Error, message="Document ID does not match the specified configuration ID."):
    """The id of an inventory in its document is not the one in the query."""


class InvalidAccessTier(S3Error, message="An archive access tier comes twice, too late or after deep archive access."):
    """Archive access tiers that an object cannot move through."""


class InvalidAnd(S3Error, message="An And operator needs two or more conditions."):
    """A filter combines fewer than two conditions, or names a tag twice where it may not."""


class InvalidConfigId(S3Error, message="The id of a configuration has 1 to 64 letters, digits, periods, - and _."):
    """The id in the document is empty, too long or has other characters."""


class InvalidConfigurationId(S3Error, message="The request needs the id of a configuration."):
    """A put has no id in its query, or an empty one."""


class InvalidPrefix(S3Error, message="The prefix of a filter may not be empty."):
    """A filter asks for an empty prefix."""


class InvalidS3DestinationBucket(S3Error, message="Invalid bucket ARN."):
    """An inventory's destination is not the ARN of a bucket."""


class InvalidTargetBucketForLogging(S3Error, message="The target bucket for logging does not exist"):
    """The bucket that is to receive access logs does not exist, or belongs to another account."""


class MetadataConfigurationAlreadyExists(S3Error, status=409, message="The metadata configuration already exists."):
    """The bucket has a configuration of metadata tables. No page gives the code or the text.

    The code is that of Alibaba Cloud OSS, which copies these operations.
    """


class MissingStorageClassAnalysis(S3Error, message="An analytics configuration needs a StorageClassAnalysis."):
    """An analytics configuration does not say what is analyzed."""


class TooManyConfigurations(S3Error, message="Too many metrics configurations"):
    """The bucket has as many configurations of the kind as it may have."""
