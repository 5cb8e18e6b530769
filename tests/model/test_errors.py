"""The errors of S3: their codes, statuses and exact texts."""

import pickle

import pytest

from fakes3.model import error_codes, errors
from fakes3.model.error_codes import BY_CODE
from fakes3.model.errors import (
    InvalidArgument,
    InvalidDigest,
    MethodNotAllowed,
    NoSuchKey,
    S3Error,
    UnmockedRequest,
    UsageError,
)

# status, code, the class's text, and what S3 may add to the <Error> document, in its order.
# S3: API/ErrorResponses.html; most rows recorded from S3.
TABLE: list[tuple[int, str, str, list[str]]] = [
    (
        301,
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint.",
        ["Endpoint", "Bucket"],
    ),
    (301, "WebsiteRedirect", "Request does not contain a bucket name.", []),
    (304, "NotModified", "Not Modified", []),
    (
        307,
        "TemporaryRedirect",
        "Please re-send this request to the specified temporary endpoint. Continue to use the "
        "original request endpoint for future requests.",
        ["Endpoint", "Bucket"],
    ),
    (307, "Redirect", "Temporary redirect.", []),
    (307, "307", "Temporary Redirect", []),
    (400, "AccessControlListNotSupported", "The bucket does not allow ACLs", []),
    (
        400,
        "AmbiguousGrantByEmailAddress",
        "The e-mail address you provided is associated with more than one account.",
        [],
    ),
    (400, "AuthorizationHeaderMalformed", "The authorization header is malformed", ["Region"]),
    (
        400,
        "AuthorizationQueryParametersError",
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
        "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        [],
    ),
    (
        400,
        "BadDigest",
        "The Content-MD5 you specified did not match what we received.",
        ["ExpectedDigest", "CalculatedDigest"],
    ),
    (400, "BadRequest", "An error occurred when parsing the HTTP request.", []),
    (
        400,
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed size",
        ["ProposedSize", "MaxSizeAllowed"],
    ),
    (
        400,
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed size",
        ["ProposedSize", "MinSizeAllowed", "PartNumber", "ETag"],
    ),
    (
        400,
        "EncryptionTypeMismatch",
        "The existing object was created with a different encryption type. Subsequent write requests "
        "must include the appropriate encryption parameters in the request or while creating the "
        "session.",
        [],
    ),
    (
        400,
        "InvalidWriteOffset",
        "The write offset value that you specified does not match the current object size.",
        [],
    ),
    (
        400,
        "TooManyParts",
        "You have attempted to add more parts than the maximum of 10000 that are allowed for this "
        "object. You can use the CopyObject operation to copy this object to another and then add "
        "more data to the newly copied object.",
        [],
    ),
    (400, "ExpiredToken", "The provided token has expired.", ["Token-0"]),
    (
        400,
        "IllegalLocationConstraintException",
        "The unspecified location constraint is incompatible for the region specific endpoint this "
        "request was sent to.",
        [],
    ),
    (400, "IllegalVersioningConfigurationException", "The Versioning element must be specified", []),
    (400, "IdMismatch", "Document ID does not match the specified configuration ID.", []),
    (400, "IncompleteBody", "The request body terminated unexpectedly", []),
    (400, "InvalidArgument", "Invalid Argument", ["ArgumentName", "ArgumentValue"]),
    (
        400,
        "InvalidBucketAclWithBlockPublicAccessError",
        "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
        [],
    ),
    (
        400,
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        [],
    ),
    (400, "InvalidBucketName", "The specified bucket is not valid.", ["BucketName"]),
    (
        400,
        "InvalidBucketOwnerAWSAccountID",
        "The value of the expected bucket owner parameter must be an AWS Account ID...",
        [],
    ),
    (
        400,
        "InvalidChunkSizeError",
        "Only the last chunk is allowed to have a size less than 8192 bytes",
        ["Chunk", "BadChunkSize"],
    ),
    (400, "InvalidDigest", "The Content-MD5 you specified was invalid.", ["Content-MD5"]),
    (
        400,
        "InvalidEncryptionAlgorithmError",
        "The Encryption request you specified is not valid. Supported value: AES256.",
        ["ArgumentName", "ArgumentValue"],
    ),
    (
        400,
        "InvalidLocationConstraint",
        "The specified location-constraint is not valid",
        ["LocationConstraint"],
    ),
    (
        400,
        "InvalidNamespaceHeader",
        "The requested bucket name did not include the account-regional namespace suffix, but the "
        "provided x-amz-bucket-namespace header value is account-regional.",
        [],
    ),
    (
        400,
        "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been uploaded,"
        " or the specified entity tag may not match the part's entity tag.",
        ["UploadId", "PartNumber", "ETag"],
    ),
    (
        400,
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
        ["UploadId"],
    ),
    (
        400,
        "InvalidPolicyDocument",
        "The content of the form does not meet the conditions specified in the policy document.",
        [],
    ),
    (
        400,
        "InvalidRedirectLocation",
        "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
        [],
    ),
    (400, "InvalidRequest", "Invalid Request", []),
    (400, "InvalidS3DestinationBucket", "Invalid bucket ARN.", []),
    (400, "InvalidStorageClass", "The storage class you specified is not valid", ["StorageClassRequested"]),
    (400, "InvalidTag", "The TagKey you have provided is invalid", ["TagKey", "TagValue"]),
    (400, "InvalidTargetBucketForLogging", "The target bucket for logging does not exist", ["TargetBucket"]),
    (400, "InvalidToken", "The provided token is malformed or otherwise invalid.", ["Token-0"]),
    (400, "InvalidURI", "Couldn't parse the specified URI.", ["URI"]),
    (400, "KeyTooLongError", "Your key is too long", ["Size", "MaxSizeAllowed"]),
    (
        400,
        "KMS.NotFoundException",
        "The request was rejected because the specified entity or resource could not be found.",
        [],
    ),
    (
        400,
        "KMS.DisabledException",
        "The request was rejected because the specified KMS key is not enabled.",
        [],
    ),
    (
        400,
        "KMS.KMSInvalidStateException",
        "The request was rejected because the state of the specified resource is not valid for this request.",
        [],
    ),
    (
        400,
        "MalformedACLError",
        "The XML you provided was not well-formed or did not validate against our published schema",
        [],
    ),
    (
        400,
        "MalformedPOSTRequest",
        "The body of your POST request is not well-formed multipart/form-data.",
        [],
    ),
    (400, "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'", ["Detail"]),
    (
        400,
        "MalformedTrailerError",
        "The request contained trailing data that was not well-formed or did not conform to our published schema.",
        [],
    ),
    (
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
        [],
    ),
    (400, "MaxMessageLengthExceeded", "Your request was too big.", ["MaxMessageLengthBytes"]),
    (
        400,
        "MaxPostPreDataLengthExceededError",
        "Your POST request fields preceding the upload file were too large.",
        [],
    ),
    (
        400,
        "MetadataTooLarge",
        "Your metadata headers exceed the maximum allowed metadata size",
        ["Size", "MaxSizeAllowed"],
    ),
    (400, "MissingRequestBodyError", "Request Body is empty", []),
    (400, "MissingSecurityHeader", "Your request was missing a required header", ["MissingHeaderName"]),
    (400, "NoLoggingStatusForKey", "There is no such thing as a logging status subresource for a key.", []),
    (
        400,
        "RequestHeaderSectionTooLarge",
        "Your request header section exceeds the maximum allowed size.",
        ["MaxSizeAllowed"],
    ),
    (
        400,
        "RequestIsNotMultiPartContent",
        "Bucket POST must be of the enclosure-type multipart/form-data.",
        [],
    ),
    (
        400,
        "RequestTimeout",
        "Your socket connection to the server was not read from or written to within the timeout "
        "period. Idle connections will be closed.",
        [],
    ),
    (400, "TooManyBuckets", "You have attempted to create more buckets than allowed", []),
    (400, "TooManyConfigurations", "Too many metrics configurations", []),
    (400, "UnexpectedContent", "This request does not support content", []),
    (
        400,
        "UnresolvableGrantByEmailAddress",
        "The e-mail address you provided does not match any account on record.",
        [],
    ),
    (
        400,
        "UserKeyMustBeSpecified",
        "The bucket POST must contain the specified field name. If it is specified, check the order of the fields.",
        [],
    ),
    (
        400,
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ["ClientComputedContentSHA256", "S3ComputedContentSHA256"],
    ),
    (400, "400", "Bad Request", []),
    (400, "PolicyTooLarge", "The policy exceeds the maximum allowed document size.", []),
    (403, "AccessDenied", "Access Denied", []),
    (
        403,
        "AccessForbidden",
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of "
        "Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are"
        " not whitelisted by the resource's CORS spec.",
        ["Method", "ResourceType"],
    ),
    (
        403,
        "AccountProblem",
        "There is a problem with your AWS account that prevents the operation from completing "
        "successfully. Contact AWS Support for further assistance.",
        [],
    ),
    (
        403,
        "AllAccessDisabled",
        "All access to this Amazon S3 resource has been disabled. Contact AWS Support for further assistance.",
        [],
    ),
    (
        403,
        "NotSignedUp",
        "Your account is not signed up for the Amazon S3 service. You must sign up before you can use"
        " Amazon S3. You can sign up at the following URL: https://aws.amazon.com/s3",
        [],
    ),
    (
        403,
        "InvalidPayer",
        "All access to this object has been disabled. Contact AWS Support for further assistance.",
        [],
    ),
    (
        403,
        "CrossLocationLoggingProhibitted",
        "Cross S3 location logging not allowed. ",
        ["TargetBucketLocation", "SourceBucketLocation"],
    ),
    (
        403,
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
        ["AWSAccessKeyId"],
    ),
    (
        403,
        "InvalidObjectState",
        "The operation is not valid for the object's storage class",
        ["StorageClass", "AccessTier"],
    ),
    (
        403,
        "ObjectNotInActiveTierError",
        "The source object of the COPY action is not in the active tier and is only stored in Amazon S3 Glacier.",
        [],
    ),
    (403, "ObjectAlreadyInActiveTierError", "This action is not allowed against this storage tier.", []),
    (
        403,
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
        ["RequestTime", "ServerTime", "MaxAllowedSkewMilliseconds"],
    ),
    (
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your "
        "key and signing method.",
        [
            "AWSAccessKeyId",
            "StringToSign",
            "SignatureProvided",
            "StringToSignBytes",
            "CanonicalRequest",
            "CanonicalRequestBytes",
        ],
    ),
    (404, "NoSuchBucket", "The specified bucket does not exist", ["BucketName"]),
    (404, "NoSuchKey", "The specified key does not exist.", ["Key"]),
    (404, "NoSuchVersion", "The specified version does not exist.", ["Key", "VersionId"]),
    (
        404,
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
        "been aborted or completed.",
        ["UploadId"],
    ),
    (
        404,
        "NoSuchObjectLockConfiguration",
        "The specified object does not have a ObjectLock configuration",
        [],
    ),
    (404, "NoSuchTagSet", "The TagSet does not exist", ["BucketName"]),
    (404, "NoSuchCORSConfiguration", "The CORS configuration does not exist", ["BucketName"]),
    (404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", ["BucketName"]),
    (404, "NoSuchBucketPolicy", "The bucket policy does not exist", ["BucketName"]),
    (
        404,
        "NoSuchWebsiteConfiguration",
        "The specified bucket does not have a website configuration",
        ["BucketName"],
    ),
    (
        404,
        "ReplicationConfigurationNotFoundError",
        "The replication configuration was not found",
        ["BucketName"],
    ),
    (404, "OwnershipControlsNotFoundError", "The bucket ownership controls were not found", ["BucketName"]),
    (
        404,
        "NoSuchPublicAccessBlockConfiguration",
        "The public access block configuration was not found",
        ["BucketName"],
    ),
    (
        404,
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
        ["BucketName"],
    ),
    (
        404,
        "ServerSideEncryptionConfigurationNotFoundError",
        "The server side encryption configuration was not found",
        ["BucketName"],
    ),
    (404, "NoSuchConfiguration", "The specified configuration does not exist.", []),
    (
        405,
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        ["Method", "ResourceType"],
    ),
    (
        409,
        "BucketAlreadyExists",
        "The requested bucket name is not available. The bucket namespace is shared by all users of "
        "the system. Please select a different name and try again.",
        ["BucketName"],
    ),
    (
        409,
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
        ["BucketName"],
    ),
    (409, "BucketNotEmpty", "The bucket you tried to delete is not empty", ["BucketName"]),
    (
        409,
        "ConditionalRequestConflict",
        "The conditional request cannot succeed due to a conflicting operation against this resource.",
        ["Condition", "Key"],
    ),
    (409, "InvalidBucketState", "The request is not valid for the current state of the bucket.", []),
    (
        409,
        "OperationAborted",
        "A conflicting conditional operation is currently in progress against this resource. Please try again.",
        [],
    ),
    (409, "RestoreAlreadyInProgress", "Object restore is already in progress", []),
    (411, "MissingContentLength", "You must provide the Content-Length HTTP header.", []),
    (
        412,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        ["Condition"],
    ),
    (416, "InvalidRange", "The requested range is not satisfiable", ["RangeRequested", "ActualObjectSize"]),
    (
        416,
        "InvalidPartNumber",
        "The requested partnumber is not satisfiable",
        ["ActualPartCount", "PartNumberRequested"],
    ),
    (500, "InternalError", "We encountered an internal error. Please try again.", []),
    (
        501,
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
        ["Header", "additionalMessage"],
    ),
    (503, "SlowDown", "Please reduce your request rate.", []),
    (503, "ServiceUnavailable", "Service is unable to handle request.", []),
]

# Texts that a rule gives instead of the class's own.
OTHER_TEXTS = [
    (400, "BadDigest", "The CRC32 you specified did not match the calculated checksum.", []),
    (400, "BadRequest", "Insufficient information. Origin request header needed.", []),
    (400, "BadRequest", "Object tags cannot be greater than 10", []),
    (400, "BadRequest", "Bucket tag count cannot be greater than 50", []),
    (400, "InvalidArgument", "", ["ArgumentName", "ArgumentValue"]),
    (403, "AccessDenied", "Access Denied because object protected by object lock.", []),
    (403, "AccessDenied", "Request has expired", ["X-Amz-Expires", "Expires", "ServerTime"]),
    (
        403,
        "AccessDenied",
        "There were headers present in the request which were not signed",
        ["HeadersNotSigned"],
    ),
    (
        409,
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
        ["BucketName"],
    ),
]

WITH_FULL_STOP = [
    "NoSuchKey",
    "NoSuchVersion",
    "NoSuchUpload",
    "BadDigest",
    "InvalidBucketName",
    "InvalidPartOrder",
    "InvalidPart",
    "NoSuchConfiguration",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
]
WITHOUT_FULL_STOP = [
    "NoSuchBucket",
    "BucketNotEmpty",
    "PreconditionFailed",
    "InvalidRange",
    "InvalidPartNumber",
    "InvalidStorageClass",
    "KeyTooLongError",
    "NotImplemented",
    "AccessDenied",
    "MalformedXML",
    "NoSuchTagSet",
    "ReplicationConfigurationNotFoundError",
    "OwnershipControlsNotFoundError",
    "ObjectLockConfigurationNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
    "MetadataTooLarge",
    "AccessControlListNotSupported",
]


class TestTable:
    """Each code has one status and one text of its own."""

    @pytest.mark.parametrize(("status", "code", "message", "members"), TABLE, ids=[row[1] for row in TABLE])
    def test_class_says_what_s3_says(self, status: int, code: str, message: str, members: list[str]) -> None:
        error = BY_CODE[code](**dict.fromkeys(members, "x"))
        assert (status, code, message) == (error.status, error.code, error.message)
        assert members == list(error.members)

    @pytest.mark.parametrize(("status", "code", "message", "members"), OTHER_TEXTS)
    def test_rule_may_say_something_else(self, status: int, code: str, message: str, members: list[str]) -> None:
        error = BY_CODE[code](message, **dict.fromkeys(members, "x"))
        assert (status, code, message) == (error.status, error.code, error.message)
        assert members == list(error.members)
        assert message != BY_CODE[code]().message

    def test_table_is_complete(self) -> None:
        assert sorted(row[1] for row in TABLE) == sorted(BY_CODE)

    @pytest.mark.parametrize("code", WITH_FULL_STOP)
    def test_text_ends_with_a_full_stop(self, code: str) -> None:
        assert "." == BY_CODE[code].message[-1]

    @pytest.mark.parametrize("code", WITHOUT_FULL_STOP)
    def test_text_ends_without_a_full_stop(self, code: str) -> None:
        assert "." != BY_CODE[code].message[-1]


class TestClasses:
    """The name of a class is its code, unless Python has another use for the name."""

    def test_few_classes_are_called_otherwise(self) -> None:
        expected = {
            "307": "HomePageRedirect",
            "400": "BareBadRequest",
            "KMS.DisabledException": "KMSDisabledException",
            "KMS.KMSInvalidStateException": "KMSKMSInvalidStateException",
            "KMS.NotFoundException": "KMSNotFoundException",
            "NotImplemented": "NotImplemented_",
        }
        assert expected == {code: error.__name__ for code, error in BY_CODE.items() if error.__name__ != code}

    def test_by_code_knows_every_class(self) -> None:
        classes = {
            value
            for value in (*vars(errors).values(), *vars(error_codes).values())
            if isinstance(value, type) and issubclass(value, S3Error) and value is not S3Error
        }
        assert classes == set(BY_CODE.values())
        assert len(classes) == len(BY_CODE)

    def test_every_class_says_when(self) -> None:
        assert [] == [code for code, error in BY_CODE.items() if not error.__doc__]

    def test_two_answers_have_no_document(self) -> None:
        assert {"NotModified", "307", "400"} == {code for code, error in BY_CODE.items() if error.bare}


class TestError:
    """An error holds all that its answer needs."""

    def test_reads_as_code_and_message(self) -> None:
        assert "NoSuchKey: The specified key does not exist." == str(NoSuchKey(Key="k"))

    def test_class_alone_can_be_raised(self) -> None:
        with pytest.raises(NoSuchKey) as caught:
            raise NoSuchKey
        assert ("The specified key does not exist.", {}, {}) == (
            caught.value.message,
            caught.value.members,
            caught.value.headers,
        )

    def test_own_text_leaves_the_class_alone(self) -> None:
        assert "Other" == InvalidArgument("Other").message
        assert "Invalid Argument" == InvalidArgument.message

    def test_members_keep_their_order(self) -> None:
        error = InvalidArgument(ArgumentValue="x", ArgumentName="max-keys")
        assert ["ArgumentValue", "ArgumentName"] == list(error.members)

    def test_member_may_be_no_python_name(self) -> None:
        assert {"Content-MD5": "x"} == InvalidDigest(**{"Content-MD5": "x"}).members

    def test_member_may_be_called_message(self) -> None:
        assert {"message": "x"} == InvalidDigest(message="x").members

    def test_headers_are_copied(self) -> None:
        headers = {"Allow": "DELETE"}
        error = MethodNotAllowed(headers=headers, Method="GET", ResourceType="DeleteMarker")
        headers.clear()
        assert {"Allow": "DELETE"} == error.headers

    @pytest.mark.parametrize("code", sorted(BY_CODE))
    def test_survives_pickling(self, code: str) -> None:
        error = BY_CODE[code]("Other text", headers={"Allow": "GET"}, Key="k", Size=3)
        copy = pickle.loads(pickle.dumps(error))
        assert type(error) is type(copy)
        assert ("Other text", {"Allow": "GET"}, {"Key": "k", "Size": 3}) == (
            copy.message,
            copy.headers,
            copy.members,
        )
        assert str(error) == str(copy)


class TestUsageError:
    """The test author's mistakes are no errors of S3."""

    def test_s3_rules_never_catch_them(self) -> None:
        assert not issubclass(UsageError, S3Error)

    def test_an_unmocked_request_is_one(self) -> None:
        assert issubclass(UnmockedRequest, UsageError)
