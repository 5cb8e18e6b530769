"""One request as its operation sees it: its caller, the world it reads, and what it commits.

An operation reads the world of its `Call` and may commit a next one. It is a function of its call: when somebody else
committed in between, it is done once more, on their world.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar, cast

from fakes3.model.bucket import Bucket
from fakes3.model.clock import NULL, Ids
from fakes3.model.configurations import BUCKET_OWNER
from fakes3.model.dates import whole_second
from fakes3.model.errors import AccessDenied, NoSuchBucket, PermanentRedirect
from fakes3.model.identity import Principal, not_authorized
from fakes3.model.names import check_expected_owner, check_key
from fakes3.model.ownership import Ownership
from fakes3.model.regions import arn
from fakes3.model.versions import Version, Versioning
from fakes3.model.world import World
from fakes3.operations.members import Members
from fakes3.operations.settings import Settings

if TYPE_CHECKING:
    from fakes3.model.authorization import Decision
    from fakes3.model.policy import Context

Right: TypeAlias = tuple[str, str | None, str | None]
"""An action that a caller needed to be allowed, and on what: the names of a bucket and of a key."""

Result = TypeVar("Result")


class Ask(NamedTuple):
    """An operation that a caller asks for."""

    operation: str
    """The API's name of the operation."""
    members: Mapping[str, Any]
    """The members of the request."""
    caller: Principal
    region: str | None = None
    """The region of the endpoint that was called; None where the endpoint does not say."""
    condition_keys: Callable[[], Context] = dict
    """Returns the condition keys that only the transport knows, for policies that ask for them."""


class Call:
    """One request as its operation sees it.

    Args:
        ask: What is asked for.
        world: The world it is done in.
        now: The time of the fake's clock.
        ids: What makes version ids and upload ids.
        settings: What the test author chose.
        results: What `once` worked out in an earlier try of the same request.
    """

    __slots__ = (
        "caller",
        "condition_keys",
        "ids",
        "is_charged",
        "members",
        "now",
        "region",
        "results",
        "rights",
        "settings",
        "world",
    )

    def __init__(
        self,
        ask: Ask,
        world: World,
        now: datetime,
        ids: Ids,
        settings: Settings,
        results: dict[Hashable, Any] | None = None,
    ) -> None:
        _, self.members, self.caller, self.region, self.condition_keys = ask
        self.world = world
        self.now = now
        self.ids = ids
        self.settings = settings
        self.results = {} if results is None else results
        self.rights: list[Right] = []
        """What the caller needed to be allowed and was, in the order in which it was checked."""
        self.is_charged = False
        """Whether the caller pays for the request, and not the bucket's owner."""

    def bucket(
        self,
        name: str,
        headers: Mapping[str, Any],
        action: str,
        *,
        key: str | None = None,
        version_id: str | None = None,
        anywhere: bool = False,
    ) -> Bucket:
        """Return the bucket, once the caller is known to be allowed `action` on it or on `key`.

        Args:
            name: Its name.
            headers: The members of the request, among them those of `BucketHeaders`.
            action: The action, as IAM spells it.
            key: The key, for an action on objects.
            version_id: The version of the key, where the action is about another than the current one.
            anywhere: Whether the operation works at every region's endpoint.

        Raises: KeyTooLongError, InvalidBucketOwnerAWSAccountID, NoSuchBucket, PermanentRedirect (a bucket of another
            region, unless the operation works `anywhere`), AccessDenied.
        """
        if key is not None:
            check_key(key)
        bucket = self.existing_bucket(name, headers, anywhere=anywhere)
        self.check_may(action, bucket, key, version_id)
        self.check_pays(bucket, headers)
        return bucket

    def existing_bucket(self, name: str, headers: Mapping[str, Any], *, anywhere: bool = False) -> Bucket:
        """Return the bucket, before it is checked whether the caller is allowed anything.

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
        if "ExpectedBucketOwner" in headers:
            check_expected_owner(headers["ExpectedBucketOwner"], bucket.owner)
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
            initiator: Who initiated the multipart upload that it is done to.

        Raises: AccessDenied.
        """
        caller = self.caller
        if (
            caller.account == bucket.owner
            and caller.policies is None
            and bucket.policy is None
            and bucket.configurations.ownership is Ownership.ENFORCED
        ):
            self.rights.append((action, bucket.name, key))
            return  # as in most tests: the owner's root user, and nothing that could say otherwise
        decision = self._decide(action, bucket, key, version_id, is_new=is_new, initiator=initiator)
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
        """Refuse a caller whose own account does not allow an action on no existing bucket.

        Args:
            action: `s3:ListAllMyBuckets`, or `s3:CreateBucket` and what it sets of the new bucket.
            bucket_name: The name of the new bucket.

        Raises: AccessDenied.
        """
        if self.caller.account is None:
            raise AccessDenied(reason=f"an anonymous caller is not allowed {action}. Sign the request.")
        if self.caller.policies is None:
            self.rights.append((action, bucket_name, None))
            return  # a root user, as in most tests
        # Here and not above, as everywhere in this module: most tests meet no policy, nor what takes long to import.
        from fakes3.model.authorization import identity_says
        from fakes3.operations.condition_keys import condition_keys_of

        resource = "*" if bucket_name is None else arn(self.caller.partition, bucket_name)
        verdict = identity_says(
            self.caller, action, resource, lambda: condition_keys_of(self, None, None, action=action)
        )
        if not verdict.is_allowed:
            because = f"with an explicit deny in {verdict.kind}"
            if not verdict.is_denied:
                because = f"because no {verdict.kind} policy allows the {action} action"
            shown = f"arn:{self.caller.partition}:s3:::*" if resource == "*" else resource
            text = not_authorized(self.caller.arn, action, shown, because)
            raise AccessDenied(text, reason=f"{self.caller} is not allowed {action} on {resource}: {verdict.why}")
        self.rights.append((action, bucket_name, None))

    def check_signed(self, name: str, headers: Mapping[str, Any], text: str) -> None:
        """Refuse anonymous callers what nobody can allow them to do to a bucket.

        Args:
            name: The bucket's name.
            headers: The members of the request, among them those of `BucketHeaders`.
            text: S3's text for it.

        Raises: AccessDenied, and what `existing_bucket` raises.
        """
        if self.caller.account is None:
            self.existing_bucket(name, headers)
            raise AccessDenied(text, reason="anonymous callers are not allowed this. Sign the request.")

    def check_pays(self, bucket: Bucket, headers: Mapping[str, Any]) -> None:
        """Refuse a caller who would have to pay for the request, and did not consent to it.

        Raises: AccessDenied.
        S3: userguide/RequesterPaysBuckets.html
        """
        if bucket.configurations.payer == BUCKET_OWNER or self.caller.account == bucket.owner:
            return
        if self.caller.account is None or headers.get("RequestPayer") != "requester":
            raise AccessDenied(
                reason=f"in the bucket {bucket.name} the requester pays, and this one did not say that it will. "
                'Sign the request, and pass RequestPayer="requester".'
            )
        self.is_charged = True

    def _decide(
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
        from fakes3.operations.condition_keys import condition_keys_of

        version = None if key is None else self._version(bucket, key, version_id)
        of_version = version_id if "ObjectVersion" in action else None
        asked = Asked(
            self.caller,
            action,
            bucket,
            lambda: condition_keys_of(self, bucket, version, action=action, version_id=of_version),
            key=key,
            version=version,
            is_new=is_new,
            blocked=self.world.blocked_in(bucket),
            initiator=initiator,
        )
        return decide(asked)

    def _version(self, bucket: Bucket, key: str, version_id: str | None) -> Version | None:
        """Return the object that an action on a key is about, if there is one."""
        if version_id is None:
            return bucket.versions.current.get(key)
        sequence = self.ids.sequence_of(version_id)
        entry = bucket.versions.null(key) if sequence is None else bucket.versions.find(key, sequence)
        return entry if isinstance(entry, Version) and entry.id == version_id else None

    def commit(self, bucket: Bucket) -> None:
        """Make this bucket part of the world that comes of the call."""
        self.world = self.world.with_bucket(bucket)

    def once(self, what: Hashable, work: Callable[[], Result]) -> Result:
        """Return the result of long work on values that never change, such as hashing a body.

        The second try of an operation, for which everybody else waits, finds the result of the first.
        """
        if what not in self.results:
            self.results[what] = work()
        return cast(Result, self.results[what])

    @property
    def sequence(self) -> int:
        """The place that the next commit takes in the order of all commits."""
        return self.world.sequence + 1

    def version_id(self, versioning: Versioning | None) -> str:
        """Return the version id of what this call writes: a new one while versioning is enabled, else "null"."""
        return self.ids.version_id(self.sequence) if versioning is Versioning.ENABLED else NULL

    @property
    def stamp(self) -> datetime:
        """The Last-Modified of what this call writes, in whole seconds as S3 keeps it."""
        return whole_second(self.now)


class Done(NamedTuple):
    """An operation that was done: the members of its response, and what the caller needed to be allowed for it."""

    members: Members
    rights: list[Right]


def action_on(action: str, version_id: str | None) -> str:
    """Return the action on a version, where the request names one: `s3:GetObject` is then `s3:GetObjectVersion`."""
    return action if version_id is None else action.replace("Object", "ObjectVersion", 1)
