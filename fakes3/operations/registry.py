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
from datetime import datetime
from types import MappingProxyType
from typing import (
    TYPE_CHECKING,
    Any,
    NamedTuple,
    Protocol,
    TypeAlias,
    TypedDict,
    TypeVar,
    Unpack,
    cast,
    get_args,
    get_type_hints,
    is_typeddict,
)

from fakes3.model.bucket import BUCKET_OWNER, Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.clock import NULL, Ids
from fakes3.model.dates import whole_second
from fakes3.model.errors import AccessDenied, NoSuchBucket, PermanentRedirect
from fakes3.model.identity import Principal, not_authorized
from fakes3.model.names import check_expected_owner
from fakes3.model.ownership import Ownership
from fakes3.model.regions import arn
from fakes3.model.versions import Version, Versioning
from fakes3.model.world import World

if TYPE_CHECKING:
    from fakes3.model.authorization import Decision
    from fakes3.model.policy import Context

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


class Operation(NamedTuple):
    """A built operation: its API name and the function that does it."""

    name: str
    function: Callable[..., Members]

    @property
    def accepts(self) -> Accepted:
        """The members it takes, and inside documents theirs, read off its signature."""
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

Right: TypeAlias = tuple[str, str | None, str | None]
"""An action that a caller needed to be allowed, and on what: the names of a bucket and of a key."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Call:
    """One request as its operation sees it: who asks, when, of which world, and the world that comes of it."""

    __slots__ = (
        "caller",
        "circumstances",
        "ids",
        "is_charged",
        "now",
        "parameters",
        "region",
        "remembered",
        "rights",
        "settings",
        "world",
    )

    def __init__(
        self,
        world: World,
        now: datetime,
        caller: Principal,
        ids: Ids,
        region: str | None,
        settings: Settings,
        parameters: Mapping[str, Any] = _NOTHING,
        circumstances: Callable[[], Context] = dict,
        remembered: dict[Hashable, Any] | None = None,
        rights: list[Right] | None = None,
    ) -> None:
        self.world = world
        self.now = now
        self.caller = caller
        self.ids = ids
        self.region = region
        """The region of the endpoint that was called; None where the endpoint does not say."""
        self.settings = settings
        self.parameters = parameters
        """The members of the request, for policies that ask for them."""
        self.circumstances: Callable[[], Context] = circumstances
        """The values of condition keys that only the door and the wire know."""
        self.remembered = {} if remembered is None else remembered
        """What `once` worked out, for the second try of the same request."""
        self.rights: list[Right] = [] if rights is None else rights
        """What the caller needed to be allowed and was, in the order in which it was asked."""
        self.is_charged = False
        """Whether the caller pays for the request, and not the bucket's owner."""

    def bucket(
        self,
        name: str,
        *,
        to: str,
        key: str | None = None,
        version_id: str | None = None,
        anywhere: bool = False,
        ExpectedBucketOwner: str | None = None,
        RequestPayer: str | None = None,
    ) -> Bucket:
        """The bucket, if the caller may do to it, or to a key of it, what `to` (an IAM action) names.

        Args:
            name: Its name.
            to: The action.
            key: The key, for an action on objects.
            version_id: The version of the key that the action is about, where it is not the current one.
            anywhere: Whether the operation works from every region's endpoint.
            ExpectedBucketOwner: The account that the caller expects it to belong to.
            RequestPayer: The caller's consent to be charged.

        Raises: InvalidBucketOwnerAWSAccountID, NoSuchBucket, PermanentRedirect (a bucket of another region, unless
            the operation works `anywhere`), AccessDenied.
        """
        bucket = self.existing(name, anywhere=anywhere, ExpectedBucketOwner=ExpectedBucketOwner)
        self.check_may(to, bucket, key, version_id)
        self.check_pays(bucket, RequestPayer)
        return bucket

    def existing(
        self,
        name: str,
        *,
        anywhere: bool = False,
        ExpectedBucketOwner: str | None = None,
        RequestPayer: str | None = None,  # whose consent it is, `check_pays` asks
    ) -> Bucket:
        """The bucket, before anybody asked whether the caller may do anything to it.

        Raises: InvalidBucketOwnerAWSAccountID, NoSuchBucket, PermanentRedirect, AccessDenied.
        """
        bucket = self.world.buckets.get(name)
        if bucket is None:
            raise NoSuchBucket(BucketName=name)
        if self.region is not None and bucket.region != self.region and not anywhere:
            raise PermanentRedirect(
                headers={"x-amz-bucket-region": bucket.region},
                reason=f"the bucket {name} is in {bucket.region}, and the endpoint that was called is that of "
                f'{self.region}. Make the client with region_name="{bucket.region}".',
                Endpoint=f"{name}.s3-{bucket.region}.amazonaws.com",
                Bucket=name,
            )
        if ExpectedBucketOwner is not None:
            check_expected_owner(ExpectedBucketOwner, bucket.owner)
        return bucket

    def check_may(
        self,
        action: str,
        bucket: Bucket,
        key: str | None = None,
        version_id: str | None = None,
        *,
        is_new: bool = False,
        initiator: Principal | None = None,
    ) -> None:
        """Refuse a caller who is not allowed this action on the bucket, or on a key of it.

        Args:
            action: The action, as IAM spells it.
            bucket: The bucket.
            key: The key, for an action on objects.
            version_id: The version of the key, where it is not the current one.
            is_new: Whether it is done to an object that this very request writes.
            initiator: Who began the multipart upload that it is done to.

        Raises: AccessDenied.
        """
        caller = self.caller
        if (
            caller.account == bucket.owner
            and caller.policies is None
            and bucket.policy is None
            and bucket.ownership is Ownership.ENFORCED
        ):
            self.rights.append((action, bucket.name, key))
            return  # as in most tests: the root user of the owner, and nothing that could say otherwise
        decision = self._decision(action, bucket, key, version_id, is_new=is_new, initiator=initiator)
        if not decision.is_allowed:
            headers = {"x-amz-bucket-region": bucket.region}
            raise AccessDenied(decision.message, headers=headers, reason=decision.reason)
        self.rights.append((action, bucket.name, key))

    def may(self, action: str, bucket: Bucket, key: str | None = None, version_id: str | None = None) -> bool:
        """Whether the caller is allowed this action."""
        try:
            self.check_may(action, bucket, key, version_id)
        except AccessDenied:
            return False
        return True

    def check_may_in_account(self, action: str, bucket_name: str | None = None) -> None:
        """Refuse a caller whose own account does not allow what is done to no bucket that is there.

        Args:
            action: `s3:ListAllMyBuckets`, or `s3:CreateBucket` and what is set of the new bucket with it.
            bucket_name: The name of the bucket that is to be.

        Raises: AccessDenied.
        """
        if self.caller.account is None:
            raise AccessDenied(reason=f"nobody who did not sign may {action}. Sign the request.")
        if self.caller.policies is None:
            self.rights.append((action, bucket_name, None))
            return  # a root user, as in most tests
        # Here and not above, as everywhere in this module: most tests meet no policy, nor what takes long to import.
        from fakes3.model.authorization import identity_says
        from fakes3.operations.context import context_of

        resource = "*" if bucket_name is None else arn(self.caller.partition, bucket_name)
        said = identity_says(self.caller, action, resource, lambda: context_of(self, None, None, action=action))
        if not said.is_allowed:
            because = f"with an explicit deny in {said.kind}"
            if not said.is_denied:
                because = f"because no {said.kind} policy allows the {action} action"
            shown = f"arn:{self.caller.partition}:s3:::*" if resource == "*" else resource
            text = not_authorized(self.caller.arn, action, shown, because)
            raise AccessDenied(text, reason=f"{self.caller} may not {action} on {resource}: {said.why}")
        self.rights.append((action, bucket_name, None))

    def check_signed(self, name: str, text: str, **headers: Unpack[Common]) -> None:
        """Refuse callers who did not sign what nobody can allow them to do to a bucket.

        Args:
            name: The bucket's name.
            text: S3's text for it.
            headers: The members that every operation takes.

        Raises: AccessDenied, and where the bucket is not there, what `existing` raises.
        """
        if self.caller.account is None:
            self.existing(name, **headers)
            raise AccessDenied(text, reason="nobody who did not sign may do this. Sign the request.")

    def check_pays(self, bucket: Bucket, consent: str | None) -> None:
        """Refuse a caller who would have to pay for the request, and did not consent to it.

        Raises: AccessDenied.
        S3: userguide/RequesterPaysBuckets.html
        """
        if bucket.payer == BUCKET_OWNER or self.caller.account == bucket.owner:
            return
        if self.caller.account is None or consent != "requester":
            raise AccessDenied(
                reason=f"in the bucket {bucket.name} the requester pays, and this one did not say that it will. "
                'Sign the request, and pass RequestPayer="requester".'
            )
        self.is_charged = True

    def _decision(
        self,
        action: str,
        bucket: Bucket,
        key: str | None,
        version_id: str | None,
        *,
        is_new: bool,
        initiator: Principal | None,
    ) -> Decision:
        from fakes3.model.authorization import Asked, decide
        from fakes3.operations.context import context_of

        version = None if key is None else self._version(bucket, key, version_id)
        of_version = version_id if "ObjectVersion" in action else None
        asked = Asked(
            self.caller,
            action,
            bucket,
            lambda: context_of(self, bucket, version, action=action, version_id=of_version),
            key=key,
            version=version,
            is_new=is_new,
            blocked=self.world.blocked_in(bucket),
            initiator=initiator,
        )
        return decide(asked)

    def _version(self, bucket: Bucket, key: str, version_id: str | None) -> Version | None:
        """The object that an action on a key is about, if there is one."""
        if version_id is None:
            return bucket.versions.current.get(key)
        sequence = self.ids.sequence_of(version_id)
        entry = bucket.versions.null(key) if sequence is None else bucket.versions.find(key, sequence)
        return entry if isinstance(entry, Version) and entry.id == version_id else None

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


BUCKET_DEFAULTS = ("today", "2022")
"""How new buckets can be: as they are, or as they were before April 2023."""


class Settings(NamedTuple):
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

    @property
    def makes_old_buckets(self) -> bool:
        """Whether new buckets are as before April 2023."""
        return self.bucket_defaults == "2022"
