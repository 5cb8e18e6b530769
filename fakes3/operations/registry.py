"""How an operation is declared, what it is given, and what every operation shares.

An operation is one function, named as the API names it. Its keyword parameters are the members it accepts, and
nothing else registers them: a member that is not in the signature is answered with 501 `NotImplemented`, so nothing
is ever accepted and ignored. Members that many operations share are the `TypedDict` groups below, taken as
`**headers: Unpack[ObjectHeaders]`.

An operation reads the world of its `Call` and may commit a next one. It is a function of its call: when somebody
else committed in between, it is simply asked again, on their world.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol, TypeAlias, TypedDict, TypeVar, cast, get_args, get_type_hints, is_typeddict

from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.clock import NULL, Ids
from fakes3.model.dates import whole_second
from fakes3.model.errors import AccessDenied, NoSuchBucket, PermanentRedirect
from fakes3.model.identity import Principal
from fakes3.model.names import check_expected_owner
from fakes3.model.versions import Versioning
from fakes3.model.world import World

Members = dict[str, Any]
"""What an operation answers, by the API's member names; the wire knows where each goes."""


class ExpectedOwner(TypedDict, total=False):
    """What every operation on a bucket or object takes: the account the caller expects the bucket to be of."""

    ExpectedBucketOwner: str


class Common(ExpectedOwner, total=False):
    """What nearly every operation takes that reads or writes objects: who pays is no matter of a bucket's settings."""

    RequestPayer: str


def common(headers: Mapping[str, object]) -> Common:
    """Those members of a group that every operation on a bucket takes."""
    return cast(Common, {name: headers[name] for name in _COMMON if name in headers})


_COMMON = tuple(Common.__annotations__)


class ObjectHeaders(TypedDict, total=False):
    """System metadata: stored as sent, returned as stored. S3: userguide/UsingMetadata.html"""

    CacheControl: str
    ContentDisposition: str
    ContentEncoding: str
    ContentLanguage: str
    ContentType: str
    Expires: str


class CustomerKeyHeaders(TypedDict, total=False):
    """The customer's own key, with which an object is encrypted. S3: userguide/ServerSideEncryptionCustomerKeys.html"""

    SSECustomerAlgorithm: str
    SSECustomerKey: str
    SSECustomerKeyMD5: str


class EncryptionHeaders(CustomerKeyHeaders, total=False):
    """How a write is to be encrypted. S3: userguide/serv-side-encryption.html"""

    ServerSideEncryption: str
    SSEKMSKeyId: str
    SSEKMSEncryptionContext: str
    BucketKeyEnabled: bool


class AclHeaders(TypedDict, total=False):
    """The ACL of an object that is written: a canned one, or grants. S3: userguide/acl-overview.html"""

    ACL: str
    GrantFullControl: str
    GrantRead: str
    GrantReadACP: str
    GrantWriteACP: str


class LockHeaders(TypedDict, total=False):
    """How the version that is written is locked. S3: userguide/object-lock.html"""

    ObjectLockMode: str
    ObjectLockRetainUntilDate: str
    ObjectLockLegalHoldStatus: str


class WriteHeaders(ObjectHeaders, EncryptionHeaders, AclHeaders, LockHeaders, total=False):
    """What PutObject, CopyObject and CreateMultipartUpload take to set of the object they write."""

    StorageClass: str
    Tagging: str
    WebsiteRedirectLocation: str


class ChecksumValues(TypedDict, total=False):
    """A checksum, under the name of its algorithm."""

    ChecksumCRC32: str
    ChecksumCRC32C: str
    ChecksumCRC64NVME: str
    ChecksumSHA1: str
    ChecksumSHA256: str
    ChecksumSHA512: str
    ChecksumMD5: str
    ChecksumXXHASH64: str
    ChecksumXXHASH3: str
    ChecksumXXHASH128: str


class Checksums(ChecksumValues, total=False):
    """The checksum a client sends with a body, in a header or announced for the trailer."""

    ChecksumAlgorithm: str


class Received(Protocol):
    """A body that has arrived whole, and the digests that were asked for."""

    body: Rope
    digests: Mapping[str, bytes]
    trailers: Mapping[str, str]


class Body(Protocol):
    """The body of a request that carries an object's bytes.

    It is read when the operation asks, and only then: S3 finds fault with the bucket and the headers before it looks
    at the body.
    """

    announced: str | None
    """The checksum algorithm of the trailer that `x-amz-trailer` announces, as the API spells it."""

    def receive(self, *algorithms: str) -> Received:
        """Read all of it, hashing on the way. A second call answers what the first one read."""
        ...


Contents = TypeVar("Contents", covariant=True)


class Document(Protocol[Contents]):
    """The XML document in the body of a request, parsed when the operation asks for it.

    `Contents` is a `TypedDict` of the members the operation takes; like the signature, it tells the truth.
    """

    def read(self) -> Contents:
        """Its members. Raises `MalformedXML` and the errors of a body that is not what its headers say."""
        ...


Accepted: TypeAlias = "Mapping[str, Accepted]"
"""Names of members, each with the names that are taken inside it."""


@dataclass(frozen=True)
class Operation:
    """A built operation: its API name and the function that does it."""

    name: str
    function: Callable[..., Members]

    @cached_property
    def accepts(self) -> Accepted:
        """The members it takes, and inside documents theirs, read off its signature once, at first use."""
        hints = get_type_hints(self.function)
        accepted: dict[str, Accepted] = {}
        for parameter in inspect.signature(self.function).parameters.values():
            if parameter.kind is parameter.KEYWORD_ONLY:
                accepted[parameter.name] = _accepted_inside(hints[parameter.name])
            elif parameter.kind is parameter.VAR_KEYWORD:
                (group,) = get_args(hints[parameter.name])
                accepted.update(_accepted_inside(group))
        return accepted

    @property
    def requires(self) -> frozenset[str]:
        """The members it cannot do without: those that have no default."""
        parameters = inspect.signature(self.function).parameters.values()
        return frozenset(
            each.name for each in parameters if each.kind is each.KEYWORD_ONLY and each.default is each.empty
        )


def _accepted_inside(hint: Any) -> Accepted:
    """The members that a type takes: those of a `TypedDict`, also within a document or a list; else none."""
    if is_typeddict(hint):
        return {name: _accepted_inside(inner) for name, inner in get_type_hints(hint).items()}
    found: dict[str, Accepted] = {}
    for inner in get_args(hint):
        found.update(_accepted_inside(inner))
    return found


REGISTRY: dict[str, Operation] = {}
"""Every operation that is built, by its API name."""

_Function = TypeVar("_Function", bound=Callable[..., Members])


def operation(function: _Function) -> _Function:
    """Register a function as the S3 operation of its name: `put_object` is PutObject."""
    name = "".join(word.capitalize() for word in function.__name__.split("_"))
    REGISTRY[name] = Operation(name, function)
    return function


Result = TypeVar("Result")


class Call:
    """One request as its operation sees it: who asks, when, of which world, and the world that comes of it."""

    __slots__ = ("caller", "ids", "now", "region", "remembered", "settings", "world")

    def __init__(
        self,
        world: World,
        *,
        now: datetime,
        caller: Principal,
        ids: Ids,
        region: str | None,
        settings: Settings,
        remembered: dict[Hashable, Any] | None = None,
    ) -> None:
        self.world = world
        self.now = now
        self.caller = caller
        self.ids = ids
        self.region = region
        """The region of the endpoint that was called; None where the endpoint does not say."""
        self.settings = settings
        self.remembered = {} if remembered is None else remembered
        """What `once` worked out, for the second try of the same request."""

    def bucket(
        self,
        name: str,
        *,
        to: str,
        anywhere: bool = False,
        ExpectedBucketOwner: str | None = None,
        RequestPayer: str | None = None,
    ) -> Bucket:
        """The bucket, if the caller may do to it what `to` (an IAM action) names.

        `RequestPayer` is a caller's consent to be charged. It changes nothing for a bucket whose owner pays.

        Raises: InvalidBucketOwnerAWSAccountID, NoSuchBucket, PermanentRedirect (a bucket of another region, unless
            the operation works `anywhere`), AccessDenied.
        """
        bucket = self.world.buckets.get(name)
        if bucket is None:
            raise NoSuchBucket(BucketName=name)
        if self.region is not None and bucket.region != self.region and not anywhere:
            raise PermanentRedirect(
                headers={"x-amz-bucket-region": bucket.region},
                Endpoint=f"{name}.s3-{bucket.region}.amazonaws.com",
                Bucket=name,
            )
        if ExpectedBucketOwner is not None:
            check_expected_owner(ExpectedBucketOwner, bucket.owner)
        self.check_may(to, bucket)
        return bucket

    def check_may(self, action: str, bucket: Bucket) -> None:
        """Refuse a caller whom nothing allows this action on the bucket.

        The owner's account may do everything. Nobody else has a way in while bucket policies and ACLs cannot be set.
        """
        if self.caller.account != bucket.owner:
            raise AccessDenied(headers={"x-amz-bucket-region": bucket.region})

    def commit(self, bucket: Bucket) -> None:
        """Make this bucket part of the world that comes of the call."""
        self.world = self.world.having(bucket)

    def once(self, what: Hashable, work: Callable[[], Result]) -> Result:
        """The result of long work on values that never change, such as hashing a body.

        An operation that is asked again, while everybody else waits, finds the result of its first try.
        """
        if what not in self.remembered:
            self.remembered[what] = work()
        return cast(Result, self.remembered[what])

    @property
    def sequence(self) -> int:
        """The place that the next commit takes in the order of all commits."""
        return self.world.sequence + 1

    def version_id(self, versioning: Versioning | None) -> str:
        """The version id of what this call writes: a new one while versioning is enabled, else "null"."""
        return self.ids.version_id(self.sequence) if versioning is Versioning.ENABLED else NULL

    @property
    def stamp(self) -> datetime:
        """The Last-Modified of what this call writes: S3 keeps whole seconds."""
        return whole_second(self.now)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the test author chose for a whole fake."""

    account: str = "123456789012"
    region: str = "us-east-1"
    seed: int = 0
    enforces_iam: bool = False
    """Whether callers with unknown keys are refused, and not taken for the root of the account."""
    verifies_signatures: bool = False
    """Whether every signature is verified, and unknown keys refused."""
    bucket_defaults: str = "today"
    """How new buckets are: as they are "today", or as before April 2023, "2022"."""
