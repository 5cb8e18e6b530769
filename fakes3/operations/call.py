"""One request as its operation sees it: its caller, the world it reads, and the world it commits.

An operation reads nothing but its `Call`, and changes nothing else. So it can be done once more, on a newer world,
where another request has committed in between.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar, cast

from fakes3.model.access_points import ALIAS_SUFFIX, AccessPoint, PointName
from fakes3.model.bucket import Bucket
from fakes3.model.clock import NULL, Ids
from fakes3.model.configurations import BUCKET_OWNER
from fakes3.model.dates import whole_second
from fakes3.model.errors import AccessDenied, NoSuchBucket, PermanentRedirect, S3Error, TemporaryRedirect
from fakes3.model.events import Event, Origin
from fakes3.model.identity import Principal, not_authorized
from fakes3.model.names import check_expected_owner, check_key
from fakes3.model.ownership import Ownership
from fakes3.model.public_access import NOTHING_BLOCKED, PublicAccessBlock
from fakes3.model.regions import arn, bucket_host
from fakes3.model.versions import Entry, Version, Versioning
from fakes3.model.world import World
from fakes3.operations.settings import Settings

if TYPE_CHECKING:
    from fakes3.model.policy_patterns import ConditionKeys
    from fakes3.operations.members import Members

Right: TypeAlias = tuple[str, str | None, str | None]
"""An action that a caller needed to be allowed, with the names of the bucket and the key.

Where the action is on a role, its ARN stands in place of the bucket's name. So does that of an access point.
"""

Result = TypeVar("Result")

_NO_DATA: Mapping[str, Any] = MappingProxyType({})


FindRole: TypeAlias = Callable[[str, str], Principal | None]
"""Returns a session of a role, by the role's account and name; None for a role that nobody made."""


def unknown_role(_account: str, _name: str) -> None:
    """Return no role."""


class Transport(NamedTuple):
    """How a request came, as far as operations depend on it."""

    has_version_4: bool = True
    """Whether it is signed with Signature Version 4; False for an anonymous request."""
    is_secure: bool = True
    """Whether nobody can have listened. Hosts that are not Amazon's count as secure, also without TLS."""
    name_is_new: bool = False
    """Whether the host is a bucket's name that does not lead to the bucket's region yet."""
    signed_for: str | None = None
    """The region that the signature is for, at a host that is not Amazon's; None for other hosts and no region."""
    is_form: bool = False
    """Whether it is the form of a browser."""
    is_express: bool = False
    """Whether it came to an endpoint of directory buckets."""


class Through(NamedTuple):
    """The access point that a request names in place of the bucket."""

    name: PointName
    by_alias: bool = False


class Ask(NamedTuple):
    """An operation that a caller asks for."""

    operation: str
    """The API's name of the operation."""
    members: Mapping[str, Any]
    """The members of the request."""
    caller: Principal
    region: str | None = None
    """The region of the endpoint that was called; None where the endpoint does not say."""
    condition_keys: Callable[[], ConditionKeys] = dict
    """Returns the condition keys that only the transport knows; called where a policy may need them."""
    transport: Transport = Transport()
    request_ids: tuple[str, str] | None = None
    """What the response says in `x-amz-request-id` and `x-amz-id-2`; None for what S3 does by itself."""
    address: str = "127.0.0.1"
    """The address of the caller."""
    through: Through | None = None
    """The access point that leads to the bucket among the members; None for a request that names the bucket itself."""


class Call:
    """One request as its operation sees it, with the world that it reads and the time of the fake's clock.

    `results` are those of `once` in an earlier try of the same request.
    """

    is_charged = False
    """Whether the caller pays for the request instead of the bucket's owner."""
    needs_acl = False
    """Whether the caller is allowed something by an ACL alone."""
    access_point: AccessPoint | None = None
    """The access point that leads to the bucket, and has to allow what is done there."""
    by_alias = False
    """Whether the request names the access point by its alias."""
    find_role: FindRole = staticmethod(unknown_role)
    """Returns a role that was made for the fake; only background work knows any."""

    def __init__(
        self,
        ask: Ask,
        world: World,
        now: datetime,
        ids: Ids,
        settings: Settings,
        results: dict[Hashable, Any] | None = None,
    ) -> None:
        operation, self.members, self.caller, self.region, self.condition_keys, self.transport, own, address, way = ask
        self.operation, self.request_ids, self.address = operation, own, address
        self.world = world
        self.now = now
        self.ids = ids
        self.settings = settings
        self.results = {} if results is None else results
        self.rights: list[Right] = []
        """The actions that the caller needed to be allowed, and was, in the order of the checks."""
        self.events: list[Event] = []
        """What happens to objects by this request, in order. Nobody is told before the commit."""
        if way is not None:
            self._enter(way)

    def _enter(self, through: Through) -> None:
        """Keep the access point that leads to the bucket. Raises: NoSuchBucket, where it has been deleted meanwhile."""
        point = self.world.access_points.get(through.name)
        if point is None or point.bucket != self.members.get("Bucket", point.bucket):
            raise NoSuchBucket(BucketName=through.name.name)
        self.access_point, self.by_alias = point, through.by_alias

    @contextmanager
    def through(self, point: AccessPoint | None) -> Iterator[None]:
        """Meanwhile, let this access point lead to the bucket; None for a bucket that is named itself."""
        before, self.access_point = self.access_point, point
        try:
            yield
        finally:
            self.access_point = before

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
        """Return the bucket, if the caller is allowed `action` on it or on `key`.

        `headers` are the members of the request. `anywhere` says that the endpoints of other regions take it too.

        Raises: KeyTooLongError, and what `existing_bucket`, `check_may` and `check_pays` raise.
        """
        if key is not None:
            check_key(key)
        bucket = self.existing_bucket(name, headers, anywhere=anywhere)
        self.check_may(action, bucket, key, version_id)
        self.check_pays(bucket, headers)
        return bucket

    def existing_bucket(self, name: str, headers: Mapping[str, Any], *, anywhere: bool = False) -> Bucket:
        """Return the bucket, without a check of the caller's rights.

        Raises: InvalidBucketOwnerAWSAccountID, NoSuchBucket, PermanentRedirect or TemporaryRedirect for a bucket of
            another region, AccessDenied for a bucket of another owner than the caller expects.
        """
        bucket = self.world.buckets.get(name)
        if bucket is None:
            raise _missing(name)
        point = self.access_point
        if point is not None:
            if not point.leads_to(bucket.owner, bucket.region):
                raise NoSuchBucket(BucketName=name)
            name = point.alias
        if self.region is not None and bucket.region != self.region and not anywhere:
            if bucket.directory is not None:
                raise NoSuchBucket(BucketName=name)  # the endpoints of another region do not know its zone
            redirect = TemporaryRedirect if self.transport.name_is_new else PermanentRedirect
            raise redirect(
                headers={"x-amz-bucket-region": bucket.region},
                reason=f"the bucket {bucket.name} is in {bucket.region}, and the endpoint that was called is that of "
                f'{self.region}. Make the client with region_name="{bucket.region}".',
                Endpoint=bucket_host(bucket.region, name),
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

        `is_new` says that this request writes the object that the action is on. `initiator` is that of the multipart
        upload that the action is on.

        Raises: AccessDenied.
        """
        if bucket.directory is not None:
            from fakes3.operations.directory_rights import check_may_in_directory

            check_may_in_directory(self, action, bucket)
            return
        caller, point = self.caller, self.access_point
        if (
            point is None
            and caller.account == bucket.owner
            and caller.policies is None
            and bucket.policy is None
            and bucket.configurations.ownership is Ownership.ENFORCED
        ):
            self.rights.append((action, bucket.name, key))
            return  # as in most tests: the owner's root user, with nothing that could deny it
        # These are imported here, since they take long to import and most tests meet no policy.
        from fakes3.model.authorization import AccessRequest, decide
        from fakes3.operations.condition_keys import condition_keys_of

        version = None if key is None else self._version(bucket, key, version_id)
        of_version = version_id if "ObjectVersion" in action else None
        keys = partial(condition_keys_of, self, bucket, version, action=action, version_id=of_version)
        asked = AccessRequest(caller, action, bucket, keys, key, version, is_new, self.blocked_in(bucket), initiator)
        if point is not None:
            from fakes3.operations.admission import check_admitted

            check_admitted(self, point, asked)
        decision = decide(asked)
        if not decision.is_allowed:
            headers = {"x-amz-bucket-region": bucket.region}
            raise AccessDenied(decision.message, headers=headers, reason=decision.reason)
        self.needs_acl = self.needs_acl or decision.by_acl
        self.rights.append((action, bucket.name, key))

    def blocked_in(self, bucket: Bucket) -> PublicAccessBlock:
        """Return what is blocked of public access to a bucket, by the access point that leads there as well.

        S3: userguide/access-points-bpa-settings.html
        """
        blocked, point = self.world.blocked_in(bucket), self.access_point
        if point is None:
            return blocked
        return blocked | point.public_access | self.world.account_blocks.get(point.id.account, NOTHING_BLOCKED)

    def may(self, action: str, bucket: Bucket, key: str | None = None, version_id: str | None = None) -> bool:
        """Whether the caller is allowed this action."""
        try:
            self.check_may(action, bucket, key, version_id)
        except AccessDenied:
            return False
        return True

    def check_may_in_account(self, action: str, bucket_name: str | None = None, *, on: str | None = None) -> None:
        """Refuse a caller whose own account does not allow to list its buckets, or to create one of this name.

        `on` is the ARN of what the action is on, where that is no bucket.

        Raises: AccessDenied.
        """
        if self.access_point is not None and on is None:
            from fakes3.operations.admission import unsupported

            raise unsupported(self, self.access_point, action)
        if self.caller.account is None:
            raise AccessDenied(reason=f"an anonymous caller is not allowed {action}. Sign the request.")
        if self.caller.policies is None:
            self.rights.append((action, on or bucket_name, None))
            return  # a root user, as in most tests
        from fakes3.model.authorization import judge_identity
        from fakes3.operations.condition_keys import condition_keys_of

        resource = on or ("*" if bucket_name is None else arn(self.caller.partition, bucket_name))
        keys = partial(condition_keys_of, self, None, None, action=action)
        verdict = judge_identity(self.caller, action, resource, keys)
        if not verdict.is_allowed:
            because = f"with an explicit deny in {verdict.kind}"
            if not verdict.is_denied:
                because = f"because no {verdict.kind} policy allows the {action} action"
            shown = f"arn:{self.caller.partition}:s3:::*" if resource == "*" else resource
            text = not_authorized(self.caller.arn, action, shown, because)
            raise AccessDenied(text, reason=f"{self.caller} is not allowed {action} on {resource}: {verdict.why}")
        self.rights.append((action, on or bucket_name, None))

    def check_signed(self, name: str, headers: Mapping[str, Any], text: str) -> None:
        """Refuse an anonymous caller an operation that no policy can allow it.

        Raises: AccessDenied with S3's `text`, and what `existing_bucket` raises.
        """
        if self.caller.account is None:
            self.existing_bucket(name, headers)
            raise AccessDenied(text, reason="anonymous callers are not allowed this. Sign the request.")

    def check_pays(self, bucket: Bucket, headers: Mapping[str, Any]) -> None:
        """Refuse a caller who has to pay for the request and has not consented to that.

        Raises: AccessDenied.
        S3: userguide/RequesterPaysBuckets.html
        """
        if bucket.configurations.payer == BUCKET_OWNER or self.caller.account == bucket.owner:
            return
        if self.caller.account is None or headers.get("RequestPayer") != "requester":
            raise AccessDenied(
                reason=f"in the bucket {bucket.name} the requester pays, and this request does not accept that. "
                'Sign the request, and pass RequestPayer="requester".'
            )
        self.is_charged = True

    def _version(self, bucket: Bucket, key: str, version_id: str | None) -> Version | None:
        """Return the object that an action on a key is on; None where there is none."""
        if version_id is None:
            return bucket.versions.current.get(key)
        sequence = self.ids.sequence_of(version_id)
        entry = bucket.versions.null(key) if sequence is None else bucket.versions.find(key, sequence)
        return entry if isinstance(entry, Version) and entry.id == version_id else None

    def commit(self, bucket: Bucket, event: str | None = None, key: str = "", entry: Entry | None = None) -> None:
        """Put this bucket into the next world, announce what happens to an object by that, and replicate it later.

        A change of an object that is no event has a key and an entry, too.
        """
        self.world = self.world.with_bucket(bucket)
        if entry is not None and bucket.configurations.replication is not None:
            from fakes3.model.replication import schedule  # it takes long to import, and few buckets are replicated

            self.world = schedule(self.world, bucket, key, entry, event, self.now)
        if event is not None:
            self.announce(event, bucket, key, entry)

    def announce(
        self,
        name: str,
        bucket: Bucket,
        key: str,
        entry: Entry | None,
        at: datetime | None = None,
        data: Mapping[str, Any] = _NO_DATA,
    ) -> None:
        """Say that something happened to an object in the last commit; now, if no moment is given.

        `data` is what only events of this name say: `{"lifecycleEventData": {...}}`.
        """
        ids, events = self.request_ids, self.events
        origin = None if ids is None else Origin(*ids, self.address)
        moment, sequence = at or self.now, self.world.sequence
        events.append(Event(name, bucket, key, entry, moment, sequence, self.caller, origin, len(events), data))

    def once(self, what: Hashable, work: Callable[[], Result]) -> Result:
        """Return the result of long work on values that never change, such as hashing a body.

        An operation is tried again where another request committed first, and takes the result of the first try.
        """
        if what not in self.results:
            self.results[what] = work()
        return cast(Result, self.results[what])

    @property
    def sequence(self) -> int:
        """The number of the next commit in the order of all commits."""
        return self.world.sequence + 1

    def version_id(self, versioning: Versioning | None) -> str:
        """Return the version id for what this call writes: a new one while versioning is enabled, else "null"."""
        return self.ids.version_id(self.sequence) if versioning is Versioning.ENABLED else NULL

    @property
    def stamp(self) -> datetime:
        """The Last-Modified for what this call writes, in whole seconds as S3 keeps it."""
        return whole_second(self.now)


class Done(NamedTuple):
    """The members of a response, the actions that the caller needed to be allowed, and what happened to objects."""

    members: Members
    rights: list[Right]
    events: list[Event]
    needs_acl: bool = False
    """Whether the caller was allowed something by an ACL alone."""


def _missing(name: str) -> S3Error:
    """Return the error for a name that no bucket has. Names that end as aliases are those of access points.

    observed: radkawar/stackd, testdata/aws/s3control/access_point_control_replay.json (deleted-alias)
    """
    if name.endswith(ALIAS_SUFFIX):
        reason = f"no access point has the alias {name}. Take the alias from GetAccessPoint; a new one gets another."
        return AccessDenied("Could not access through this access point", reason=reason)
    return NoSuchBucket(BucketName=name)


def action_on(action: str, version_id: str | None) -> str:
    """Return the action of a request that may name a version: `s3:GetObject` is then `s3:GetObjectVersion`."""
    return action if version_id is None else action.replace("Object", "ObjectVersion", 1)
