"""The errors of S3 Control and of access points, one class per code, as in `errors`.

S3: API/ErrorResponses.html, "List of error codes" and "List of Amazon S3 Tagging error codes"
recorded: TestS3ControlAccessPoint, and radkawar/stackd, testdata/aws/s3control/access_point_audit_replay.json
"""

from __future__ import annotations

from fakes3.model.errors import S3Error


class NoSuchResource(S3Error, status=404, message="The specified resource doesn't exist."):
    """Tags are asked for of a bucket that does not exist."""


class TooManyTags(S3Error, message="The number of tags exceeds the limit of 50 tags."):
    """A resource would have more tags than it may have."""


class NoSuchAccessPoint(S3Error, status=404, message="The specified accesspoint does not exist"):
    """The account has no access point of this name in the region."""


class NoSuchAccessPointPolicy(S3Error, status=404, message="The specified accesspoint policy does not exist"):
    """The access point has no policy."""


class AccessPointAlreadyOwnedByYou(
    S3Error,
    status=409,
    message="Your previous request to create the named accesspoint succeeded and you already own it.",
):
    """The account has an access point of this name in the region."""


class TooManyAccessPoints(S3Error, message="You have attempted to create more access points than allowed."):
    """The account already has as many access points in the region as its quota allows."""


class BucketHasAccessPointsAttached(
    S3Error,
    message="The bucket you tried to delete has access points attached. Delete your access points before deleting your "
    "bucket.",
):
    """A bucket is to be deleted at which its owner has access points."""
