"""The errors of S3, one class per code, grouped by HTTP status.

The name of a class *is* its code; a class states another `code` only where the code is no usable Python name. A class
holds the status and the most general text. Where one code has several texts, the rule that raises it holds the
others. Some texts end with a full stop and some do not, as S3 sends them: clients match on them.

The errors of configurations that a bucket does not have are in `missing_configurations`, those of websites in
`website_errors`. Errors that no rule raises yet are data: see `error_codes`.

S3: API/ErrorResponses.html
"""

from collections.abc import Sequence
from typing import Any, ClassVar


class S3Error(Exception):
    """A refusal by S3. `wire/endpoint.py` turns it into an `<Error>` document.

    Args:
        message: The text, where it is not that of the class. It may be empty, as some of S3's texts are.
        headers: Headers of the response beside the usual ones.
        reason: Help for the test author: which rule refused, and what would allow the request.
        members: Elements of the `<Error>` document after `<Message>`, in the order given.

    >>> error = NoSuchKey(Key="cat.jpg")
    >>> str(error)
    'NoSuchKey: The specified key does not exist.'
    >>> error.status, error.members
    (404, {'Key': 'cat.jpg'})
    """

    status: ClassVar[int] = 400
    code: ClassVar[str]
    bare: ClassVar[bool] = False
    """Whether S3 sends the status alone, without an `<Error>` document, whatever the method."""
    message: str

    def __init_subclass__(
        cls, *, status: int | None = None, message: str | None = None, code: str | None = None, bare: bool | None = None
    ) -> None:
        """Set what the class line states. The code is the name of the class, where it states no other."""
        cls.code = code or cls.__name__
        for name, value in (("status", status), ("message", message), ("bare", bare)):
            if value is not None:
                setattr(cls, name, value)

    def __init__(
        self,
        message: str | None = None,
        /,
        *,
        headers: Any = None,  # Mapping[str, str] | None, but mypy would then refuse **{"Content-MD5": value}
        reason: Any = None,
        **members: object,
    ) -> None:
        if message is not None:
            self.message = message
        # The text is the one positional argument: pickle calls the class with it, then restores the rest.
        super().__init__(self.message)
        self.members = members
        self.headers: dict[str, str] = dict(headers or {})
        self.reason: str | None = reason
        self.rights: Sequence[tuple[str, str | None, str | None]] = ()
        """What the caller needed to be allowed, and was, before this refusal."""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


# ---- 301, 304, 307: not here, or not changed ----


class PermanentRedirect(S3Error, status=301):
    """The bucket lives in another region than the endpoint addressed."""

    message = (
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint."
    )


class TemporaryRedirect(S3Error, status=307):
    """The bucket is so new that its name does not lead to its region yet."""

    message = (
        "Please re-send this request to the specified temporary endpoint. "
        "Continue to use the original request endpoint for future requests."
    )


class NotModified(S3Error, status=304, bare=True, message="Not Modified"):
    """A read is conditional, and the caller's copy is still the current one."""


class HomePageRedirect(S3Error, status=307, code="307", bare=True, message="Temporary Redirect"):
    """An anonymous caller asks for the list of all buckets, and is sent to the home page of S3."""


# ---- 400: the request is wrong in itself, or does not fit the bucket ----


class AccessControlListNotSupported(S3Error, message="The bucket does not allow ACLs"):
    """An ACL is set while the bucket's Object Ownership has switched ACLs off."""


class AuthorizationHeaderMalformed(S3Error, message="The authorization header is malformed"):
    """The Authorization header lacks a component, or its scope is another day, region or service."""


class AuthorizationQueryParametersError(S3Error):
    """A presigned URL lacks one of the signature's parameters, or one of them cannot be read."""

    message = (
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
        "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
    )


class BadDigest(S3Error, message="The Content-MD5 you specified did not match what we received."):
    """The body does not have the digest or checksum that came with it."""


class BadRequest(S3Error, message="An error occurred when parsing the HTTP request."):
    """The request cannot be understood, or carries more tags than allowed."""


class BareBadRequest(S3Error, code="400", bare=True, message="Bad Request"):
    """The front end of S3 refuses a path, without a document. Clients take the status for the code."""


class EntityTooLarge(S3Error, message="Your proposed upload exceeds the maximum allowed size"):
    """The body is larger than one request, or the form's policy, allows."""


class EntityTooSmall(S3Error, message="Your proposed upload is smaller than the minimum allowed size"):
    """A part that is not the last, or a form's file, is smaller than allowed."""


class ExpiredToken(S3Error, message="The provided token has expired."):
    """The session token has expired."""


class IllegalLocationConstraintException(S3Error):
    """A regional endpoint is asked to create a bucket in another region, or in none."""

    message = (
        "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."
    )


class IllegalVersioningConfigurationException(S3Error, message="The Versioning element must be specified"):
    """A versioning configuration has no Status."""


class IncompleteBody(S3Error, message="The request body terminated unexpectedly"):
    """The body is shorter than its Content-Length, or its chunks are malformed."""


class InvalidArgument(S3Error, message="Invalid Argument"):
    """A header, query parameter or element has a value that S3 does not accept. Its name and value follow the text."""

    def __init__(self, message: str | None = None, /, *argument: object, **members: Any) -> None:
        super().__init__(message, **dict(zip(("ArgumentName", "ArgumentValue"), argument, strict=False)), **members)


class InvalidBucketAclWithBlockPublicAccessError(
    S3Error, message="Bucket cannot have public ACLs set with BlockPublicAccess enabled"
):
    """CreateBucket sets a public ACL, which Block Public Access blocks."""


class InvalidBucketAclWithObjectOwnership(
    S3Error, message="Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
):
    """ACLs are to be disabled for a bucket whose ACL grants something to others."""


class InvalidBucketName(S3Error, message="The specified bucket is not valid."):
    """The bucket's name breaks the naming rules."""


class InvalidBucketOwnerAWSAccountID(
    S3Error, message="The value of the expected bucket owner parameter must be an AWS Account ID..."
):
    """The expected bucket owner is not an account id."""


class InvalidChunkSizeError(S3Error, message="Only the last chunk is allowed to have a size less than 8192 bytes"):
    """A chunk of an aws-chunked body, not the last, is below 8 KiB."""


class InvalidDigest(S3Error, message="The Content-MD5 you specified was invalid."):
    """Content-MD5 is not the Base64 of 16 bytes."""


class InvalidEncryptionAlgorithmError(
    S3Error, message="The Encryption request you specified is not valid. Supported value: AES256."
):
    """The algorithm for a customer-provided key is not AES256."""


class InvalidLocationConstraint(S3Error, message="The specified location-constraint is not valid"):
    """A bucket is to be created in a region that does not exist, or in us-east-1 by name."""


class InvalidNamespaceHeader(
    S3Error,
    message="The requested bucket name did not include the account-regional namespace suffix, but the provided "
    "x-amz-bucket-namespace header value is account-regional.",
):
    """A bucket is to be created in the account's regional namespace under a name without its suffix."""


class InvalidPart(S3Error):
    """An upload is to be completed with a part that was not uploaded, or has another ETag or checksum."""

    message = (  # two spaces after the first sentence, as S3 sends them
        "One or more of the specified parts could not be found.  The part may not have been uploaded, "
        "or the specified entity tag may not match the part's entity tag."
    )


class InvalidPartOrder(
    S3Error, message="The list of parts was not in ascending order. Parts must be ordered by part number."
):
    """An upload is to be completed with part numbers that do not ascend."""


class InvalidPolicyDocument(S3Error):
    """S3 cannot read the policy of a form upload."""

    message = "The content of the form does not meet the conditions specified in the policy document."


class InvalidRedirectLocation(
    S3Error, message="The website redirect location must have a prefix of 'http://' or 'https://' or '/'."
):
    """A website redirect leads neither to a path nor to a web address."""


class InvalidRequest(S3Error, message="Invalid Request"):
    """Headers, parameters or elements do not go together, or do not fit the bucket's state."""


class InvalidStorageClass(S3Error, message="The storage class you specified is not valid"):
    """The storage class does not exist, or not in this kind of bucket."""


class InvalidTag(S3Error, message="The TagKey you have provided is invalid"):
    """A tag is too long, repeated, reserved, or has characters tags may not have."""


class InvalidToken(S3Error, message="The provided token is malformed or otherwise invalid."):
    """The session token was never issued for the access key."""


class InvalidURI(S3Error, message="Couldn't parse the specified URI."):
    """The path has a broken escape, or is not UTF-8."""


class KeyTooLongError(S3Error, message="Your key is too long"):
    """The key has more than 1024 bytes of UTF-8."""


class MalformedPolicy(S3Error, message="Policies must be valid JSON and the first byte must be '{'"):
    """A bucket policy is not JSON, or not a policy."""


class MalformedPOSTRequest(S3Error, message="The body of your POST request is not well-formed multipart/form-data."):
    """The body of a form upload cannot be split into fields."""


class MalformedTrailerError(S3Error):
    """The trailer of an aws-chunked body is not the one that its header names."""

    message = "The request contained trailing data that was not well-formed or did not conform to our published schema."


class MalformedXML(S3Error):
    """The XML in the body cannot be read, or lacks what the operation needs."""

    message = "The XML you provided was not well-formed or did not validate against our published schema"


class MalformedACLError(S3Error, message=MalformedXML.message):
    """The ACL in the body lacks an element, or has one S3 does not know."""


class MaxMessageLengthExceeded(S3Error, message="Your request was too big."):
    """A document is larger than its operation accepts."""


class MaxPostPreDataLengthExceededError(
    S3Error, message="Your POST request fields preceding the upload file were too large."
):
    """The fields of a form upload before its file exceed 20 KB."""


class MetadataTooLarge(S3Error, message="Your metadata headers exceed the maximum allowed metadata size"):
    """The names and values of user metadata exceed 2 KB together."""


class MissingNamespaceHeader(
    S3Error,
    message="The requested bucket is an account-regional namespace bucket, but your request is missing the required "
    "x-amz-bucket-namespace header.",
):
    """A bucket is to be created under a name of a regional namespace, and the request does not say so."""


class MissingRequestBodyError(S3Error, message="Request Body is empty"):
    """The operation needs a body, and the request has none."""


class MissingSecurityHeader(S3Error, message="Your request was missing a required header"):
    """A request to set an ACL has neither a header nor a body with one."""


class NoLoggingStatusForKey(S3Error, message="There is no such thing as a logging status subresource for a key."):
    """A request for access logging names a key, and only buckets have logging."""


class RequestHeaderSectionTooLarge(S3Error, message="Your request header section exceeds the maximum allowed size."):
    """The request's headers exceed 8 KB together."""


class UnexpectedContent(S3Error, message="This request does not support content"):
    """A request has a body beside headers that replace it."""


class XAmzContentSHA256Mismatch(
    S3Error, message="The provided 'x-amz-content-sha256' header does not match what was computed."
):
    """The body received does not have the SHA-256 that was signed."""


# ---- 403: the caller is not allowed ----


class AccessDenied(S3Error, status=403, message="Access Denied"):
    """No policy or ACL allows it, or a lock, an expiry or an unsigned header forbids it."""


class AccessForbidden(S3Error, status=403, message="CORSResponse: CORS is not enabled for this bucket."):
    """No CORS rule of the bucket lets the browser's origin do this."""


class InvalidAccessKeyId(
    S3Error, status=403, message="The AWS Access Key Id you provided does not exist in our records."
):
    """The request is signed with an access key that does not exist."""


class InvalidObjectState(S3Error, status=403, message="The operation is not valid for the object's storage class"):
    """The object is archived and must be restored first, or is not archived and cannot be restored."""


class ObjectAlreadyInActiveTierError(
    S3Error, status=403, message="This action is not allowed against this storage tier."
):
    """An object is to be restored that is not archived."""


class RequestTimeTooSkewed(
    S3Error, status=403, message="The difference between the request time and the current time is too large."
):
    """The date of the request is more than 15 minutes off."""


class SignatureDoesNotMatch(S3Error, status=403):
    """The signature was not made of this request with the caller's secret."""

    message = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method."
    )


# ---- 404: it does not exist ----


class NoSuchBucket(S3Error, status=404, message="The specified bucket does not exist"):
    """No account has a bucket of this name."""


class NoSuchBucketPolicy(S3Error, status=404, message="The bucket policy does not exist"):
    """The bucket has no policy."""


class NoSuchKey(S3Error, status=404, message="The specified key does not exist."):
    """The key has no current version: never written, deleted, or behind a delete marker."""


class NoSuchObjectLockConfiguration(
    S3Error, status=404, message="The specified object does not have a ObjectLock configuration"
):
    """The object has no retention, or never had a legal hold."""


class NoSuchUpload(S3Error, status=404):
    """No multipart upload of this id is in progress for this key."""

    message = (
        "The specified upload does not exist. The upload ID may be invalid, "
        "or the upload may have been aborted or completed."
    )


class NoSuchVersion(S3Error, status=404, message="The specified version does not exist."):
    """The key has no version of this id, though the id could be one."""


# ---- 405, 409, 411, 412, 416: it exists, but does not allow the request now ----


class MethodNotAllowed(S3Error, status=405, message="The specified method is not allowed against this resource."):
    """The method does not fit the resource, such as reading a delete marker by its version id."""


class BucketAlreadyExists(S3Error, status=409):
    """Another account has a bucket of this name."""

    message = (
        "The requested bucket name is not available. The bucket namespace is shared by all users of the "
        "system. Please select a different name and try again."
    )


class BucketAlreadyOwnedByYou(
    S3Error, status=409, message="Your previous request to create the named bucket succeeded and you already own it."
):
    """The caller's account already has this bucket; us-east-1 mostly responds with 200 instead."""


class BucketNotEmpty(S3Error, status=409, message="The bucket you tried to delete is not empty"):
    """A bucket is to be deleted that still has objects, versions or delete markers."""


class ConditionalRequestConflict(S3Error, status=409):
    """The key was written or deleted while a conditional write of it was in progress."""

    message = "The conditional request cannot succeed due to a conflicting operation against this resource."


class InvalidBucketState(S3Error, status=409, message="The request is not valid for the current state of the bucket."):
    """The bucket's versioning, Object Lock or replication does not allow the change."""


class RestoreAlreadyInProgress(S3Error, status=409, message="Object restore is already in progress"):
    """The archived object is being restored already."""


class MissingContentLength(S3Error, status=411, message="You must provide the Content-Length HTTP header."):
    """A request with a body has no Content-Length."""


class PreconditionFailed(S3Error, status=412, message="At least one of the pre-conditions you specified did not hold"):
    """A condition of the request does not hold."""


class InvalidPartNumber(S3Error, status=416, message="The requested partnumber is not satisfiable"):
    """The part number to read is larger than the object's number of parts."""


class InvalidRange(S3Error, status=416, message="The requested range is not satisfiable"):
    """The range to read begins after the object's end."""


# ---- 500, 501, 503: S3 fails ----


class InternalError(S3Error, status=500, message="We encountered an internal error. Please try again."):
    """S3 failed. No rule raises it: faults do, as they do `SlowDown`."""


class NotImplemented_(S3Error, status=501, code="NotImplemented"):  # noqa: N801 - so that Python's own NotImplemented stays in sight
    """A header or member is not supported by this operation."""

    message = "A header you provided implies functionality that is not implemented"


class SlowDown(S3Error, status=503, message="Please reduce your request rate."):
    """Requests come faster than S3 serves them."""


# ---- Mistakes by the test author ----


class UsageError(Exception):
    """A mistake by the test author, and not a refusal by S3. Its last sentence is the remedy."""


class UnmockedRequest(UsageError):
    """A request to an AWS host that the fake does not serve."""
