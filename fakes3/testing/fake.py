"""`FakeS3`: a whole S3 in a test author's hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from os import PathLike
from threading import Lock
from typing import Any

from fakes3.model.bucket import Bucket
from fakes3.model.clock import Clock
from fakes3.model.configurations import VERSIONING
from fakes3.model.errors import S3Error, UsageError
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Principal
from fakes3.model.names import check_bucket_name, is_account_id
from fakes3.model.ownership import Ownership
from fakes3.model.regions import is_region
from fakes3.model.versions import Versioning
from fakes3.model.world import World
from fakes3.operations.buckets import with_defaults, with_lock
from fakes3.operations.service import Service
from fakes3.operations.settings import BUCKET_DEFAULTS, Settings
from fakes3.testing.calls import Calls
from fakes3.testing.identities import UNCHANGED, Account, Document, Identity, OrUnchanged, RoleSession, User, account_of
from fakes3.testing.least_privilege import least_privilege
from fakes3.testing.seeds import Content, contents, filled
from fakes3.testing.snapshots import Snapshot
from fakes3.testing.tree import tree_of
from fakes3.testing.views import BucketsView, BucketView


class FakeS3:
    """Amazon S3, in memory.

    Args:
        region: Where buckets are created, unless a client says otherwise.
        account: The account that plain clients act for: 12 digits.
        seed: What ids are made from. The same calls on the same seed get the same version ids.
        bucket_defaults: How new buckets are: as they are "today", or as before April 2023, "2022", when ACLs were in
            force and nothing was blocked or encrypted by default.
        enforce_iam: Whether callers whose keys nobody knows are refused, and not taken for the account's root.
        verify_signatures: Whether the signature of every request is verified, and unknown keys are refused.

    Example:
        >>> s3 = FakeS3()
        >>> s3.create_bucket("pictures", objects={"cat.txt": "meow"})
        <bucket 'pictures'>
        >>> s3["pictures"]["cat.txt"].text
        'meow'
        >>> s3.client().get_object(Bucket="pictures", Key="cat.txt")["Body"].read()
        b'meow'
    """

    def __init__(
        self,
        *,
        region: str = "us-east-1",
        account: str = "123456789012",
        seed: int = 0,
        bucket_defaults: str = "today",
        enforce_iam: bool = False,
        verify_signatures: bool = False,
    ) -> None:
        if not _is_text(region) or not is_region(region):
            raise UsageError(f"{region!r} is no AWS region. Give one such as 'us-east-1' or 'eu-central-1'.")
        if not _is_text(account) or not is_account_id(account):
            raise UsageError(f"{account!r} is no AWS account id. Give 12 digits, such as '123456789012'.")
        for option, given in (("enforce_iam", enforce_iam), ("verify_signatures", verify_signatures)):
            if not isinstance(given, bool):
                raise UsageError(f"FakeS3({option}={given!r}) is neither on nor off. Give {option}=True or False.")
        if bucket_defaults not in BUCKET_DEFAULTS:
            raise UsageError(f'{bucket_defaults!r} is no way new buckets are. Give bucket_defaults="today" or "2022".')
        settings = Settings(
            account=account,
            region=region,
            seed=seed,
            bucket_defaults=bucket_defaults,
            enforces_iam=enforce_iam,
            verifies_signatures=verify_signatures,
        )
        self._stand_on(Service(settings))

    def _stand_on(self, service: Service) -> None:
        self.service = service
        self.calls = Calls(service.calls)

    @property
    def clock(self) -> Clock:
        """What time it is in this S3: `.now()`, `.freeze(at)`, `.advance(days=30)`."""
        return self.service.clock

    @property
    def region(self) -> str:
        """The region it was made for."""
        return self.service.settings.region

    @property
    def account_id(self) -> str:
        """The account that plain clients act for: 12 digits."""
        return self.service.settings.account

    def client(self, **options: Any) -> Any:
        """A boto3 client of this very fake, whether it is active or not; takes what `boto3.client` takes."""
        session, bind = _session()
        with _MAKING:
            client = session.client("s3", **self._defaults(options))
        bind(client, self.service)
        return client

    def resource(self, **options: Any) -> Any:
        """A boto3 resource of this very fake, whether it is active or not; takes what `boto3.resource` takes."""
        session, bind = _session()
        with _MAKING:
            resource = session.resource("s3", **self._defaults(options))
        bind(resource.meta.client, self.service)
        return resource

    def account(self, account_id: str | None = None) -> Account:
        """An AWS account, with the credentials of its root user; the fake's own if no id is given.

        Args:
            account_id: Its 12 digits.

        Raises: UsageError, for what is no account id.
        """
        return account_of(self, account_id)

    def user(self, name: str, policy: OrUnchanged = UNCHANGED) -> User:
        """An IAM user of the fake's own account, who may what its policy allows; the same one for the same name.

        Args:
            name: Its name.
            policy: What it may: a policy (a dictionary, or JSON text), several, or None for nothing. Where it is not
                given, a user that is there keeps what it has, and a new one may nothing.

        Raises: UsageError, for a name or a policy that IAM would refuse.

        Example:
            >>> s3 = FakeS3()
            >>> bucket = s3.create_bucket("pictures", objects={"cat.txt": "meow"})
            >>> reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pictures/*"}
            >>> alice = s3.user("alice", policy={"Version": "2012-10-17", "Statement": reading})
            >>> alice.client().get_object(Bucket="pictures", Key="cat.txt")["Body"].read()
            b'meow'
        """
        return self.account().user(name, policy)

    def role(
        self,
        name: str,
        policy: OrUnchanged = UNCHANGED,
        session_policy: Document | None = None,
        *,
        session: str = "test",
        lasts: timedelta | float = 3600,
    ) -> RoleSession:
        """A new session of a role of the fake's own account, with temporary credentials.

        Args:
            name: The role's name.
            policy: What the role may, in all its sessions: a policy (a dictionary, or JSON text), several, or None for
                nothing. Where it is not given, a role that is there keeps what it has, and a new one may nothing.
            session_policy: What this session may at most, of what the role may.
            session: The session's name.
            lasts: How long its credentials are taken, by the fake's clock: seconds, or a timedelta.

        Raises: UsageError, for a name, a policy or a time that IAM would refuse.
        """
        return self.account().role(name, policy, session_policy, session=session, lasts=lasts)

    def least_privilege(self, principal: Identity | Principal | str | None = None) -> dict[str, Any]:
        """The smallest policy under which every call recorded of a principal gets the answer it got.

        It allows each action on exactly what it was done to: put wildcards where your keys vary. What the principal
        was refused is not in it. To check it, give it to a user, `s3.user("app", policy=...)`, and do the same again.

        Args:
            principal: Whose calls: an identity such as `s3.user(...)`, what `s3.calls` has for a principal, or an ARN,
                where that of a role means all its sessions. The root user of the fake's account, whom plain clients
                act for, if absent.

        Raises: UsageError, when nothing was recorded of it.

        Example:
            >>> s3 = FakeS3()
            >>> bucket = s3.create_bucket("pictures", objects={"cat.txt": "meow"})
            >>> answer = s3.client().head_object(Bucket="pictures", Key="cat.txt")
            >>> s3.least_privilege()["Statement"]
            [{'Effect': 'Allow', 'Action': ['s3:GetObject'], 'Resource': ['arn:aws:s3:::pictures/cat.txt']}]
        """
        return least_privilege(self, principal)

    def create_bucket(
        self,
        name: str,
        *,
        region: str | None = None,
        versioning: bool | str = False,
        object_lock: bool = False,
        ownership: str | None = None,
        objects: Mapping[str, Content] | None = None,
        folder: str | PathLike[str] | None = None,
    ) -> BucketView:
        """Make a bucket and fill it, as the fake's own account would.

        Args:
            name: Its name.
            region: Where it lives; the fake's region if absent.
            versioning: True or "Enabled", "Suspended", or False for never enabled.
            object_lock: Whether Object Lock is enabled, and with it versioning.
            ownership: Its Object Ownership: "BucketOwnerEnforced", "BucketOwnerPreferred" or "ObjectWriter".
            objects: What to put in it: bytes or text by key.
            folder: A folder whose files are put in it, with their relative paths as keys.

        Raises: UsageError, for anything S3 would refuse, or that is there already.
        """
        place = self.region if region is None else region
        if not _is_text(place) or not is_region(place):
            raise UsageError(f"{place!r} is no AWS region. Give one such as 'us-east-1' or 'eu-central-1'.")
        try:
            check_bucket_name(name)
        except S3Error as refusal:
            raise UsageError(
                f"S3 takes no bucket called {name!r}: {refusal} "
                "Choose 3 to 63 lower-case letters, digits, hyphens and dots, and none of the prefixes and suffixes "
                "that AWS reserves, such as 'xn--' and '-s3alias'."
            ) from None
        state, setting, seeds = _versioning(versioning), _ownership(ownership), contents(objects, folder)
        if object_lock and state is Versioning.SUSPENDED:
            raise UsageError(
                "A bucket with Object Lock cannot have its versioning suspended. Leave out versioning= or object_lock=."
            )

        def with_bucket(world: World) -> World:
            if name in world.buckets:
                raise UsageError(f"There is a bucket {name!r} already. Choose another name, or delete that one first.")
            created = self.clock.now().replace(microsecond=0)
            bucket = Bucket(
                name=name,
                owner=self.account_id,
                region=place,
                created=created,
            )
            bucket = with_defaults(bucket, self.service.settings, setting)
            if object_lock:
                bucket = with_lock(bucket)
            elif state is not None:
                bucket = bucket.configure(VERSIONING, {"Status": state.value})
            bucket = filled(bucket, seeds, clock=self.clock, ids=self.service.ids, sequence=world.sequence)
            made = world.with_bucket(bucket)
            return replace(made, sequence=made.sequence + len(seeds))

        self.service.change_world(with_bucket)
        return BucketView(self.service, name)

    @property
    def buckets(self) -> BucketsView:
        """All buckets by name, in S3's order."""
        return BucketsView(self.service)

    def __getitem__(self, name: str) -> BucketView:
        return self.buckets[name]

    def __contains__(self, name: object) -> bool:
        return name in self.buckets

    def snapshot(self) -> Snapshot:
        """The whole content as it is now, in O(1)."""
        return Snapshot(self.service.present())

    def restore(self, snapshot: Snapshot) -> None:
        """Put back the content of a snapshot, in O(1). Ids that were given out since are not given out again."""
        self.service.replace_world(snapshot.world)

    def fork(self) -> FakeS3:
        """An independent fake with the same content, in O(1): what either does, the other never sees."""
        twin = FakeS3.__new__(FakeS3)
        twin._stand_on(self.service.fork())
        return twin

    def diff(self, other: FakeS3 | Snapshot) -> Any:
        """What is new, gone or otherwise in `other`, a fake or a snapshot."""
        theirs = other.snapshot() if isinstance(other, FakeS3) else other
        return self.snapshot().diff(theirs)

    def reset(self) -> None:
        """Empty it: no bucket, no calls. Users and roles stay, with their policies."""
        self.restore(Snapshot(World()))
        self.calls.clear()

    def tree(self) -> str:
        """A readable tree of what is in it."""
        return tree_of(self.service.present())

    def __repr__(self) -> str:
        return f"<FakeS3 of account {self.account_id} in {self.region}: {len(self.buckets)} buckets>"

    def _defaults(self, options: Mapping[str, Any]) -> dict[str, Any]:
        credentials = {"aws_access_key_id": ACCESS_KEY_ID, "aws_secret_access_key": SECRET_ACCESS_KEY}
        return {"region_name": self.region, **credentials, **options}


def _is_text(given: object) -> bool:
    return isinstance(given, str)


def _versioning(wanted: bool | str) -> Versioning | None:
    if wanted is False:
        return None
    try:
        return Versioning.ENABLED if wanted is True else Versioning(wanted)
    except ValueError:
        raise UsageError(f'{wanted!r} is no versioning state. Give True, False, "Enabled" or "Suspended".') from None


def _ownership(wanted: str | None) -> Ownership | None:
    try:
        return None if wanted is None else Ownership(wanted)
    except ValueError:
        known = ", ".join(f'"{each}"' for each in Ownership)
        raise UsageError(f"{wanted!r} is no Object Ownership. Give one of {known}.") from None


_MAKING = Lock()
"""Held while a client is made: sessions of boto3 make one at a time."""


@cache
def _session() -> tuple[Any, Any]:
    """A session of boto3 for all fakes, since each reads botocore's model of S3 anew, and how to bind its clients."""
    try:
        import boto3
    except ImportError:
        raise UsageError('This needs boto3, which is not installed. Run: pip install "fakes3[boto3]"') from None
    from fakes3.doors.botocore import bind
    from fakes3.doors.botocore_loader import make_session

    return boto3.session.Session(botocore_session=make_session()), bind
