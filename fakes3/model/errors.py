"""Every error S3 answers, one class per code, grouped by HTTP status.

The class name *is* the code. A `code` attribute stands only where the code is no usable Python name. The
class holds the status and the most general text; where one code has several texts, the rule that raises it
holds the others. Full stops are as S3 sends them, now with and now without: clients match on them.

S3: API/ErrorResponses.html
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar


class S3Error(Exception):
    """An answer of S3 that says no; `wire/endpoint.py` turns it into an `<Error>` document.

    Args:
        message: The text, where it is not the class's own. An empty text is a text: S3 sends some.
        headers: Response headers this answer carries beside the usual ones.
        reason: What the test author may want to know beside S3's answer: which rule refused, and what would allow it.
        members: Elements of the `<Error>` document after `<Message>`, in the order given.

    >>> error = NoSuchKey(Key="cat.jpg")
    >>> str(error)
    'NoSuchKey: The specified key does not exist.'
    >>> error.status, error.members
    (404, {'Key': 'cat.jpg'})
    """

    status: ClassVar[int]
    code: ClassVar[str]
    bare: ClassVar[bool] = False
    """Whether S3 answers the status alone, without an `<Error>` document, whatever the method."""
    message: str

    def __init_subclass__(cls) -> None:
        """Name the code after the class, unless the class says otherwise."""
        super().__init_subclass__()
        cls.code = cls.__dict__.get("code", cls.__name__)

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


class PermanentRedirect(S3Error):
    """The bucket lives in another region than the endpoint addressed."""

    status = 301
    message = (
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint."
    )


class WebsiteRedirect(S3Error):
    """A website host is addressed that names no bucket."""

    status = 301
    message = "Request does not contain a bucket name."


class NotModified(S3Error):
    """A read is conditional, and the caller's copy is still the current one."""

    status = 304
    message = "Not Modified"
    bare = True


class Redirect(S3Error):
    """The request belongs to another endpoint for the moment."""

    status = 307
    message = "Temporary redirect."


class TemporaryRedirect(S3Error):
    """The bucket is so new that its name has not yet spread to the endpoint addressed."""

    status = 307
    message = (
        "Please re-send this request to the specified temporary endpoint. "
        "Continue to use the original request endpoint for future requests."
    )


class HomePageRedirect(S3Error):
    """Whoever asks for a list of all buckets and does not sign is sent to read about S3."""

    status = 307
    code = "307"
    message = "Temporary Redirect"
    bare = True


# ---- 400: the request is wrong in itself, or does not fit the bucket ----


class AccessControlListNotSupported(S3Error):
    """An ACL is set while the bucket's Object Ownership has switched ACLs off."""

    status = 400
    message = "The bucket does not allow ACLs"


class AmbiguousGrantByEmailAddress(S3Error):
    """A grant names an e-mail address that several accounts use."""

    status = 400
    message = "The e-mail address you provided is associated with more than one account."


class AuthorizationHeaderMalformed(S3Error):
    """The Authorization header lacks a component, or its scope is another day, region or service."""

    status = 400
    message = "The authorization header is malformed"


class AuthorizationQueryParametersError(S3Error):
    """A presigned URL lacks one of the signature's parameters, or one of them cannot be read."""

    status = 400
    message = (
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
        "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
    )


class BadDigest(S3Error):
    """The body received does not have the digest or checksum the caller announced."""

    status = 400
    message = "The Content-MD5 you specified did not match what we received."


class BadRequest(S3Error):
    """The request cannot be understood, or carries more tags than allowed."""

    status = 400
    message = "An error occurred when parsing the HTTP request."


class BareBadRequest(S3Error):
    """The front of S3 refuses a path without a document; clients make the code "400" of the status."""

    status = 400
    code = "400"
    message = "Bad Request"
    bare = True


class EncryptionTypeMismatch(S3Error):
    """Data is appended under another encryption than the object has."""

    status = 400
    message = (
        "The existing object was created with a different encryption type. Subsequent write requests must "
        "include the appropriate encryption parameters in the request or while creating the session."
    )


class EntityTooLarge(S3Error):
    """The body is larger than one request, or the form's policy, allows."""

    status = 400
    message = "Your proposed upload exceeds the maximum allowed size"


class EntityTooSmall(S3Error):
    """A part that is not the last, or a form's file, is smaller than allowed."""

    status = 400
    message = "Your proposed upload is smaller than the minimum allowed size"


class ExpiredToken(S3Error):
    """The session token's life is over."""

    status = 400
    message = "The provided token has expired."


class IdMismatch(S3Error):
    """The configuration's id in the body is not the one in the query."""

    status = 400
    message = "Document ID does not match the specified configuration ID."


class IllegalLocationConstraintException(S3Error):
    """A regional endpoint is asked to create a bucket in another region, or in none."""

    status = 400
    message = (
        "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."
    )


class IllegalVersioningConfigurationException(S3Error):
    """A versioning configuration has no Status."""

    status = 400
    message = "The Versioning element must be specified"


class IncompleteBody(S3Error):
    """The body ends before its announced length, or its chunks are malformed."""

    status = 400
    message = "The request body terminated unexpectedly"


class InvalidArgument(S3Error):
    """A header, query parameter or element has a value S3 does not take."""

    status = 400
    message = "Invalid Argument"


class InvalidBucketAclWithBlockPublicAccessError(S3Error):
    """A bucket is to be created with a public ACL, while Block Public Access blocks such ACLs."""

    status = 400
    message = "Bucket cannot have public ACLs set with BlockPublicAccess enabled"


class InvalidBucketAclWithObjectOwnership(S3Error):
    """A bucket that grants anything to others is to have its ACLs switched off."""

    status = 400
    message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"


class InvalidBucketName(S3Error):
    """The bucket's name breaks the naming rules."""

    status = 400
    message = "The specified bucket is not valid."


class InvalidBucketOwnerAWSAccountID(S3Error):
    """The expected bucket owner is no account id."""

    status = 400
    message = "The value of the expected bucket owner parameter must be an AWS Account ID..."


class InvalidChunkSizeError(S3Error):
    """A chunk of an aws-chunked body, not the last, is below 8 KiB."""

    status = 400
    message = "Only the last chunk is allowed to have a size less than 8192 bytes"


class InvalidDigest(S3Error):
    """Content-MD5 is not the Base64 of 16 bytes."""

    status = 400
    message = "The Content-MD5 you specified was invalid."


class InvalidEncryptionAlgorithmError(S3Error):
    """The algorithm for a customer-provided key is not AES256."""

    status = 400
    message = "The Encryption request you specified is not valid. Supported value: AES256."


class InvalidLocationConstraint(S3Error):
    """A bucket is to be created in a region that does not exist, or in us-east-1 by name."""

    status = 400
    message = "The specified location-constraint is not valid"


class InvalidNamespaceHeader(S3Error):
    """A bucket is to be created in the account's regional namespace under a name without its suffix."""

    status = 400
    message = (
        "The requested bucket name did not include the account-regional namespace suffix, "
        "but the provided x-amz-bucket-namespace header value is account-regional."
    )


class InvalidPart(S3Error):
    """An upload is to be completed with a part that was not uploaded, or has another ETag or checksum."""

    status = 400
    message = (  # two spaces after the first sentence, as S3 sends them
        "One or more of the specified parts could not be found.  The part may not have been uploaded, "
        "or the specified entity tag may not match the part's entity tag."
    )


class InvalidPartOrder(S3Error):
    """An upload is to be completed with part numbers that do not ascend."""

    status = 400
    message = "The list of parts was not in ascending order. Parts must be ordered by part number."


class InvalidPolicyDocument(S3Error):
    """The policy of a form upload is no policy S3 can read."""

    status = 400
    message = "The content of the form does not meet the conditions specified in the policy document."


class InvalidRedirectLocation(S3Error):
    """A website redirect leads neither to a path nor to a web address."""

    status = 400
    message = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."


class InvalidRequest(S3Error):
    """Headers, parameters or elements do not go together, or do not fit the bucket's state."""

    status = 400
    message = "Invalid Request"


class InvalidS3DestinationBucket(S3Error):
    """An inventory's destination is not the ARN of a bucket."""

    status = 400
    message = "Invalid bucket ARN."


class InvalidStorageClass(S3Error):
    """The storage class does not exist, or not in this kind of bucket."""

    status = 400
    message = "The storage class you specified is not valid"


class InvalidTag(S3Error):
    """A tag is too long, repeated, reserved, or has characters tags may not have."""

    status = 400
    message = "The TagKey you have provided is invalid"


class InvalidTargetBucketForLogging(S3Error):
    """The bucket that is to receive access logs does not exist, or log delivery may not write there."""

    status = 400
    message = "The target bucket for logging does not exist"


class InvalidToken(S3Error):
    """The session token is none that was ever handed out for the key."""

    status = 400
    message = "The provided token is malformed or otherwise invalid."


class InvalidURI(S3Error):
    """The path holds a broken escape, or is not UTF-8."""

    status = 400
    message = "Couldn't parse the specified URI."


class InvalidWriteOffset(S3Error):
    """Data is appended at another place than the object's end."""

    status = 400
    message = "The write offset value that you specified does not match the current object size."


class KeyTooLongError(S3Error):
    """The key has more than 1024 bytes of UTF-8."""

    status = 400
    message = "Your key is too long"


class KMSDisabledException(S3Error):
    """The KMS key that should encrypt or decrypt is disabled."""

    status = 400
    code = "KMS.DisabledException"
    message = "The request was rejected because the specified KMS key is not enabled."


class KMSInvalidStateException(S3Error):
    """The KMS key that should encrypt or decrypt awaits its deletion."""

    status = 400
    code = "KMS.KMSInvalidStateException"
    message = "The request was rejected because the state of the specified resource is not valid for this request."


class KMSNotFoundException(S3Error):
    """The KMS key that should encrypt or decrypt does not exist."""

    status = 400
    code = "KMS.NotFoundException"
    message = "The request was rejected because the specified entity or resource could not be found."


class MalformedACLError(S3Error):
    """The ACL in the body lacks an element, or has one S3 does not know."""

    status = 400
    message = "The XML you provided was not well-formed or did not validate against our published schema"


class MalformedPolicy(S3Error):
    """A bucket policy is not JSON, or not a policy."""

    status = 400
    message = "Policies must be valid JSON and the first byte must be '{'"


class MalformedPOSTRequest(S3Error):
    """The body of a form upload cannot be split into fields."""

    status = 400
    message = "The body of your POST request is not well-formed multipart/form-data."


class MalformedTrailerError(S3Error):
    """The trailer of an aws-chunked body is not the one announced."""

    status = 400
    message = "The request contained trailing data that was not well-formed or did not conform to our published schema."


class MalformedXML(S3Error):
    """The XML in the body cannot be read, or lacks what the operation needs."""

    status = 400
    message = "The XML you provided was not well-formed or did not validate against our published schema"


class MaxMessageLengthExceeded(S3Error):
    """A body that is not an object's is larger than its operation takes."""

    status = 400
    message = "Your request was too big."


class MaxPostPreDataLengthExceededError(S3Error):
    """The fields of a form upload before its file exceed 20 KB."""

    status = 400
    message = "Your POST request fields preceding the upload file were too large."


class MetadataTooLarge(S3Error):
    """The names and values of user metadata exceed 2 KB together."""

    status = 400
    message = "Your metadata headers exceed the maximum allowed metadata size"


class MissingRequestBodyError(S3Error):
    """The operation needs a body, and there is none."""

    status = 400
    message = "Request Body is empty"


class MissingSecurityHeader(S3Error):
    """An ACL is set with neither a header nor a body that says which."""

    status = 400
    message = "Your request was missing a required header"


class NoLoggingStatusForKey(S3Error):
    """A key is asked for access logging, which only buckets have."""

    status = 400
    message = "There is no such thing as a logging status subresource for a key."


class PolicyTooLarge(S3Error):
    """A bucket policy exceeds 20 KB."""

    # No page gives this text, and S3 may well answer `MalformedPolicy` instead.
    status = 400
    message = "The policy exceeds the maximum allowed document size."


class RequestHeaderSectionTooLarge(S3Error):
    """The request's headers exceed 8 KB together."""

    status = 400
    message = "Your request header section exceeds the maximum allowed size."


class RequestIsNotMultiPartContent(S3Error):
    """A form upload is not multipart/form-data (so its pages; its servers say `PreconditionFailed`)."""

    status = 400
    message = "Bucket POST must be of the enclosure-type multipart/form-data."


class RequestTimeout(S3Error):
    """The body stops arriving."""

    status = 400
    message = (
        "Your socket connection to the server was not read from or written to within the timeout period. "
        "Idle connections will be closed."
    )


class TooManyBuckets(S3Error):
    """The account already has as many buckets as its quota allows."""

    status = 400
    message = "You have attempted to create more buckets than allowed"


class TooManyConfigurations(S3Error):
    """The bucket already has as many configurations of the kind as it may have."""

    status = 400
    message = "Too many metrics configurations"


class TooManyParts(S3Error):
    """Data is appended to an object that already consists of 10,000 parts."""

    status = 400
    message = (
        "You have attempted to add more parts than the maximum of 10000 that are allowed for this object. "
        "You can use the CopyObject operation to copy this object to another and then add more data to the "
        "newly copied object."
    )


class UnexpectedContent(S3Error):
    """A request whose headers say everything has a body as well."""

    status = 400
    message = "This request does not support content"


class UnresolvableGrantByEmailAddress(S3Error):
    """A grant names an e-mail address that no account uses."""

    status = 400
    message = "The e-mail address you provided does not match any account on record."


class UserKeyMustBeSpecified(S3Error):
    """A form upload names no key."""

    status = 400
    message = (
        "The bucket POST must contain the specified field name. If it is specified, check the order of the fields."
    )


class XAmzContentSHA256Mismatch(S3Error):
    """The body received does not have the SHA-256 that was signed."""

    status = 400
    message = "The provided 'x-amz-content-sha256' header does not match what was computed."


# ---- 403: the caller may not ----


class AccessDenied(S3Error):
    """No policy or ACL lets the caller do this, or a lock, an expiry or an unsigned header forbids it."""

    status = 403
    message = "Access Denied"


class AccessForbidden(S3Error):
    """No CORS rule of the bucket lets the browser's origin do this."""

    status = 403
    message = (  # "evalution" is S3's own
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "
        "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not "
        "whitelisted by the resource's CORS spec."
    )


class AccountProblem(S3Error):
    """Something is wrong with the caller's account."""

    status = 403
    message = (
        "There is a problem with your AWS account that prevents the operation from completing successfully. "
        "Contact AWS Support for further assistance."
    )


class AllAccessDisabled(S3Error):
    """AWS has closed the bucket or object to everybody."""

    status = 403
    message = "All access to this Amazon S3 resource has been disabled. Contact AWS Support for further assistance."


class CrossLocationLoggingProhibitted(S3Error):
    """Access logs are to be delivered to a bucket in another region; the spelling is S3's own."""

    status = 403
    message = "Cross S3 location logging not allowed. "


class InvalidAccessKeyId(S3Error):
    """Nobody has the access key the request is signed with."""

    status = 403
    message = "The AWS Access Key Id you provided does not exist in our records."


class InvalidObjectState(S3Error):
    """The object is archived and must be restored first, or is not archived and cannot be restored."""

    status = 403
    message = "The operation is not valid for the object's storage class"


class InvalidPayer(S3Error):
    """AWS has closed the object because nobody pays for it."""

    status = 403
    message = "All access to this object has been disabled. Contact AWS Support for further assistance."


class NotSignedUp(S3Error):
    """The caller's account does not have S3."""

    status = 403
    message = (
        "Your account is not signed up for the Amazon S3 service. You must sign up before you can use "
        "Amazon S3. You can sign up at the following URL: https://aws.amazon.com/s3"
    )


class ObjectAlreadyInActiveTierError(S3Error):
    """An object is to be restored that is not archived."""

    status = 403
    message = "This action is not allowed against this storage tier."


class ObjectNotInActiveTierError(S3Error):
    """An archived object is to be copied that has not been restored."""

    status = 403
    message = "The source object of the COPY action is not in the active tier and is only stored in Amazon S3 Glacier."


class RequestTimeTooSkewed(S3Error):
    """The request's date is more than 15 minutes off."""

    status = 403
    message = "The difference between the request time and the current time is too large."


class SignatureDoesNotMatch(S3Error):
    """The signature is not the one the caller's secret makes of this request."""

    status = 403
    message = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method."
    )


# ---- 404: it is not there ----


class NoSuchBucket(S3Error):
    """Nobody has a bucket of this name."""

    status = 404
    message = "The specified bucket does not exist"


class NoSuchBucketPolicy(S3Error):
    """The bucket has no policy."""

    status = 404
    message = "The bucket policy does not exist"


class NoSuchConfiguration(S3Error):
    """The bucket has no analytics, inventory, metrics or intelligent-tiering configuration of this id."""

    status = 404
    message = "The specified configuration does not exist."


class NoSuchCORSConfiguration(S3Error):
    """The bucket has no CORS rules."""

    status = 404
    message = "The CORS configuration does not exist"


class NoSuchKey(S3Error):
    """The key has no current version: never written, deleted, or behind a delete marker."""

    status = 404
    message = "The specified key does not exist."


class NoSuchLifecycleConfiguration(S3Error):
    """The bucket has no lifecycle rules."""

    status = 404
    message = "The lifecycle configuration does not exist"


class NoSuchObjectLockConfiguration(S3Error):
    """The object has no retention, or never had a legal hold."""

    status = 404
    message = "The specified object does not have a ObjectLock configuration"


class NoSuchPublicAccessBlockConfiguration(S3Error):
    """The bucket's public access block was removed."""

    status = 404
    message = "The public access block configuration was not found"


class NoSuchTagSet(S3Error):
    """The bucket has no tags."""

    status = 404
    message = "The TagSet does not exist"


class NoSuchUpload(S3Error):
    """No multipart upload of this id is under way for this key."""

    status = 404
    message = (
        "The specified upload does not exist. The upload ID may be invalid, "
        "or the upload may have been aborted or completed."
    )


class NoSuchVersion(S3Error):
    """The key has no version of this id, though the id could be one."""

    status = 404
    message = "The specified version does not exist."


class NoSuchWebsiteConfiguration(S3Error):
    """The bucket is no website."""

    status = 404
    message = "The specified bucket does not have a website configuration"


class ObjectLockConfigurationNotFoundError(S3Error):
    """The bucket has no Object Lock."""

    status = 404
    message = "Object Lock configuration does not exist for this bucket"


class OwnershipControlsNotFoundError(S3Error):
    """The bucket's ownership controls were removed."""

    status = 404
    message = "The bucket ownership controls were not found"


class ReplicationConfigurationNotFoundError(S3Error):
    """The bucket has no replication rules."""

    status = 404
    message = "The replication configuration was not found"


class ServerSideEncryptionConfigurationNotFoundError(S3Error):
    """The bucket has no default encryption, as buckets had none before 2023."""

    status = 404
    message = "The server side encryption configuration was not found"


# ---- 405, 409, 411, 412, 416: it is there, but not like that, or not now ----


class MethodNotAllowed(S3Error):
    """The method does not fit the resource, such as reading a delete marker by its version id."""

    status = 405
    message = "The specified method is not allowed against this resource."


class BucketAlreadyExists(S3Error):
    """Another account has a bucket of this name."""

    status = 409
    message = (
        "The requested bucket name is not available. The bucket namespace is shared by all users of the "
        "system. Please select a different name and try again."
    )


class BucketAlreadyOwnedByYou(S3Error):
    """The caller's account already has this bucket; us-east-1 mostly answers 200 instead."""

    status = 409
    message = "Your previous request to create the named bucket succeeded and you already own it."


class BucketNotEmpty(S3Error):
    """A bucket is to be deleted that still has objects, versions or delete markers."""

    status = 409
    message = "The bucket you tried to delete is not empty"


class ConditionalRequestConflict(S3Error):
    """Another write or delete of the key got in between while a conditional write was under way."""

    status = 409
    message = "The conditional request cannot succeed due to a conflicting operation against this resource."


class InvalidBucketState(S3Error):
    """The bucket's versioning, Object Lock or replication does not allow the change."""

    status = 409
    message = "The request is not valid for the current state of the bucket."


class OperationAborted(S3Error):
    """Another change of the same bucket is still in progress."""

    status = 409
    message = "A conflicting conditional operation is currently in progress against this resource. Please try again."


class RestoreAlreadyInProgress(S3Error):
    """The archived object is being restored already."""

    status = 409
    message = "Object restore is already in progress"


class MissingContentLength(S3Error):
    """A body's length is not announced."""

    status = 411
    message = "You must provide the Content-Length HTTP header."


class PreconditionFailed(S3Error):
    """A condition of the request does not hold."""

    status = 412
    message = "At least one of the pre-conditions you specified did not hold"


class InvalidPartNumber(S3Error):
    """The object has fewer parts than the part number to read."""

    status = 416
    message = "The requested partnumber is not satisfiable"


class InvalidRange(S3Error):
    """The range to read begins behind the object's end."""

    status = 416
    message = "The requested range is not satisfiable"


# ---- 500, 501, 503: S3 cannot ----


class InternalError(S3Error):
    """Something broke inside S3."""

    status = 500
    message = "We encountered an internal error. Please try again."


class NotImplemented_(S3Error):  # noqa: N801 - so that Python's own NotImplemented stays in sight
    """A header or member asks for what this operation does not do."""

    status = 501
    code = "NotImplemented"
    message = "A header you provided implies functionality that is not implemented"


class ServiceUnavailable(S3Error):
    """S3 is down for the moment."""

    status = 503
    message = "Service is unable to handle request."


class SlowDown(S3Error):
    """Requests come faster than S3 takes them."""

    status = 503
    message = "Please reduce your request rate."


BY_CODE: Mapping[str, type[S3Error]] = MappingProxyType({error.code: error for error in S3Error.__subclasses__()})
"""Every class above by its code, for faults that name an error by its code."""


# ---- Not S3's doing: the test author's ----


class UsageError(Exception):
    """A mistake by the test author, not S3's doing; its last sentence is the remedy."""


class UnmockedRequest(UsageError):
    """A request to an AWS host that the fake does not serve."""
