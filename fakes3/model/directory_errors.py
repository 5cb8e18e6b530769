"""The errors of directory buckets alone.

S3: API/API_PutObject.html, API/API_RenameObject.html, "Errors"
"""

from fakes3.model.errors import S3Error


class EncryptionTypeMismatch(S3Error):
    """Data is appended under another encryption than the object has."""

    message = (
        "The existing object was created with a different encryption type. Subsequent write requests must include the "
        "appropriate encryption parameters in the request or while creating the session."
    )


class IdempotencyParameterMismatch(S3Error):
    """A client token is used again with other parameters."""

    message = "Parameters on this idempotent request are inconsistent with parameters used in previous request(s)."


class InvalidWriteOffset(
    S3Error, message="The write offset value that you specified does not match the current object size."
):
    """Data is appended at another place than the object's end."""


class NotSupported(S3Error, message="This bucket does not support this operation."):
    """An operation that directory buckets do not have; no page has the text."""


class TooManyParts(S3Error):
    """Data is appended to an object that already consists of 10,000 parts."""

    message = (
        "You have attempted to add more parts than the maximum of 10000 that are allowed for this object. You can use "
        "the CopyObject operation to copy this object to another and then add more data to the newly copied object."
    )
