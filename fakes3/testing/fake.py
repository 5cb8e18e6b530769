"""`FakeS3`: a whole S3, and what a test author does with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from os import PathLike
from threading import local
from typing import TYPE_CHECKING, Any

from fakes3.doors.moto_neighbour import Moto
from fakes3.model.bucket import Bucket
from fakes3.model.configurations import VERSIONING
from fakes3.model.directory import is_directory_name
from fakes3.model.errors import InvalidBucketName, S3Error, UsageError
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Principal
from fakes3.model.names import check_bucket_name
from fakes3.model.versions import Versioning
from fakes3.model.world import World
from fakes3.operations.neighbours import NEIGHBOURS
from fakes3.operations.service import Service
from fakes3.operations.settings import SMALLEST_PART, Settings
from fakes3.testing.attributes import UNCHANGED, Shown, Value, shown
from fakes3.testing.options import (
    check_bucket_defaults,
    check_region,
    check_settings,
    check_switch,
    check_text,
    read_ownership,
    read_versioning,
)

if TYPE_CHECKING:
    from fakes3.testing.calls import CallList, Calls
    from fakes3.testing.client_types import S3Client, S3ServiceResource
    from fakes3.testing.events import Events, Registration
    from fakes3.testing.identities import Account, Document, Identity, OrUnchanged, RoleSession, User
    from fakes3.testing.races import Raced
    from fakes3.testing.seeds import Content
    from fakes3.testing.servers import Server
    from fakes3.testing.snapshots import Difference, Snapshot
    from fakes3.testing.views import BucketsView, BucketView

# What a method needs beyond clients and the service is imported by it, since most tests call few of them.


NEIGHBOURS.append(Moto())


def _of_service(read: Callable[[Service], Value], doc: str) -> Shown[Value]:
    return shown(lambda owner: read(owner.service), doc)


class FakeS3:
    """Amazon S3, in memory.

    Args:
        region: The region of plain clients and of the buckets they create.
        account: The account that plain clients act for: 12 digits.
        seed: The same calls with the same seed get the same version ids.
        bucket_defaults: "today"; "2025" for new buckets as before April 2026, which take customers' keys (SSE-C); or
            "2022" for new buckets as before April 2023: ACLs in force, no public access block, no default encryption.
        enforce_iam: Whether unknown access keys are refused. Otherwise they act as the account's root user.
        verify_signatures: Whether the signature of every request is verified, and unknown keys are refused.
        min_part_size: The fewest bytes of a part of a multipart upload, except the last.

    Raises: UsageError, for a value that an option does not take.

    Example:
        >>> s3 = FakeS3()
        >>> s3.create_bucket("pictures", objects={"cat.txt": "meow"})
        <bucket 'pictures': us-east-1, 1 object>
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
        min_part_size: int = SMALLEST_PART,
    ) -> None:
        settings = Settings(account, region, seed, enforce_iam, verify_signatures, bucket_defaults, min_part_size)
        check_settings(settings)
        self._use(Service(settings))

    @classmethod
    def _of(cls, service: Service) -> FakeS3:
        """Return what a test author holds of a service that was made elsewhere."""
        made = cls.__new__(cls)
        made._use(service)
        return made

    def _use(self, service: Service) -> None:
        self.service = service

    clock = _of_service(lambda it: it.clock, "The clock of this S3: `.now()`, `.freeze(at)`, `.advance(days=30)`.")
    faults = _of_service(lambda it: it.faults, 'The faults of this S3: `.add(error="SlowDown", on="PutObject")`.')
    region = _of_service(lambda it: it.settings.region, "The region of plain clients and of the buckets they create.")
    account_id = _of_service(lambda it: it.settings.account, "The account that plain clients act for: 12 digits.")

    @property
    def calls(self) -> Calls:
        """The requests that were answered, in order: who asked for what, and whether it was refused."""
        from fakes3.testing.calls import Calls

        return Calls(self.service)

    @property
    def events(self) -> Events:
        """The records of events that were sent, the oldest first."""
        from fakes3.testing.events import Events

        return Events(self.service.notifier)

    def client(self, **options: Any) -> S3Client:
        """Return a boto3 client of this fake, whether the fake is active or not.

        Args:
            **options: Those of `boto3.client`.
        """
        return self._make("client", options)  # type: ignore[no-any-return, unused-ignore]  # Any without stubs

    def resource(self, **options: Any) -> S3ServiceResource:
        """Return a boto3 resource of this fake, whether the fake is active or not.

        Args:
            **options: Those of `boto3.resource`.
        """
        return self._make("resource", options)  # type: ignore[no-any-return, unused-ignore]

    def server(
        self,
        port: int = 0,
        *,
        tls: bool = False,
        proxy: bool = False,
        passthrough: Iterable[str] = (),
        process: bool = False,
    ) -> Server:
        """Serve this S3 at a port of this machine, to other processes and languages, for as long as `with` lasts.

        Without `with`, as in `setUp`, `.start()` opens the server and `.stop()` closes it. The value of `with` and of
        `.start()` is the URL, a `str` with attributes, which the server itself has too while it is open. `env` are the
        variables by which other processes find the server; `storage_options` are the options of polars, deltalake and
        obstore, and have those of s3fs, pyarrow, duckdb and pyiceberg as properties.

        Args:
            port: The port; 0 for any that is free.
            tls: Whether it speaks TLS, with a certificate that is made now and that `env` lets clients trust.
            proxy: Whether `env` leads clients to it as to a proxy. So they keep S3's own hosts, and need no endpoint.
            passthrough: Hosts that the proxy lets out. It refuses all others but S3's.
            process: Whether a child process holds the content meanwhile, for clients that hold the lock of the
                interpreter while they wait for S3. This fake reads and writes it there.

        Raises: UsageError, for a port that cannot be opened, and where the package that makes certificates is missing.

        Example:
            >>> from urllib.request import urlopen
            >>> s3 = FakeS3()
            >>> bucket = s3.create_bucket("pictures", objects={"cat.txt": "meow"})
            >>> with s3.server() as server:
            ...     url = s3.client(endpoint_url=server).generate_presigned_url(
            ...         "get_object", Params={"Bucket": "pictures", "Key": "cat.txt"}
            ...     )
            ...     urlopen(url).read()
            b'meow'
        """
        from fakes3.testing.servers import Server, check_port, served

        check_port(port)
        if process:
            from fakes3.testing.lending import lent

            return Server(partial(lent, self.service, port=port, tls=tls, proxy=proxy, passthrough=passthrough))

        return Server(partial(served, self, port=port, tls=tls, proxy=proxy, passthrough=passthrough))

    def account(self, account_id: str | None = None) -> Account:
        """Return an AWS account, with the credentials of its root user.

        Args:
            account_id: Its 12 digits; the fake's own account if absent.

        Raises: UsageError, when it is not an account id.
        """
        from fakes3.testing.identities import Account

        return Account.of(self, account_id)

    def user(self, name: str, policy: OrUnchanged = UNCHANGED) -> User:
        """Return an IAM user of the fake's own account, which is allowed what its policy allows.

        The same name returns the same user.

        Args:
            name: The user's name.
            policy: A policy (a dictionary, or JSON text), a list of them, or None to allow nothing. If absent, an
                existing user keeps its policies and a new one is allowed nothing.

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
        """Return a new session of a role of the fake's own account, with temporary credentials.

        The same name means the same role.

        Args:
            name: The role's name.
            policy: The role's policy, in all its sessions, as for `user`. If absent, an existing role keeps its
                policies and a new one is allowed nothing.
            session_policy: A policy that limits this session: both it and the role's must allow a request.
            session: The session's name.
            lasts: How long its credentials are valid, by the fake's clock: seconds, or a timedelta.

        Raises: UsageError, for a name, a policy or a time that IAM would refuse.
        """
        return self.account().role(name, policy, session_policy, session=session, lasts=lasts)

    @contextmanager
    def inside_vpc(self, vpc: str) -> Iterator[None]:
        """Meanwhile, let all requests come from within a VPC, as through an endpoint of S3 in it.

        Policies see it as `aws:SourceVpc`, and the caller's address as `aws:VpcSourceIp` and no more as `aws:SourceIp`.
        Access points for this VPC take the requests.

        S3: userguide/access-points-vpc.html

        Example:
            >>> from fakes3 import FakeS3
            >>> s3 = FakeS3()
            >>> bucket = s3.create_bucket("pictures", objects={"cat.jpg": b"meow"})
            >>> point = s3.account().access_point("cats", "pictures", vpc="vpc-1a2b3c")
            >>> with s3.inside_vpc("vpc-1a2b3c"):
            ...     s3.client().get_object(Bucket=point.arn, Key="cat.jpg")["Body"].read()
            b'meow'
        """
        check_text("vpc", vpc, "vpc-1a2b3c")
        service = self.service
        before, service.vpc = service.vpc, vpc
        try:
            yield
        finally:
            service.vpc = before

    def least_privilege(self, principal: Identity | Principal | str | None = None) -> dict[str, Any]:
        """Return the smallest policy under which every recorded call of a principal gets the same response.

        It allows each action on exactly the resources it was used on: put wildcards where your keys vary. Refused
        requests add nothing to it. To check it, give it to a user, `s3.user("app", policy=...)`, and repeat the calls.

        Args:
            principal: Whose calls: an identity such as `s3.user(...)`, the principal of a call in `s3.calls`, or an
                ARN; that of a role means all its sessions. The root user of the fake's account, as which plain
                clients act, if absent.

        Raises: UsageError, when no call of it was recorded.

        Example:
            >>> s3 = FakeS3()
            >>> bucket = s3.create_bucket("pictures", objects={"cat.txt": "meow"})
            >>> answer = s3.client().head_object(Bucket="pictures", Key="cat.txt")
            >>> s3.least_privilege()["Statement"]
            [{'Effect': 'Allow', 'Action': ['s3:GetObject'], 'Resource': ['arn:aws:s3:::pictures/cat.txt']}]
        """
        from fakes3.testing.least_privilege import least_privilege

        return least_privilege(self, principal)

    def create_bucket(
        self,
        name: str,
        *,
        region: str | None = None,
        versioning: bool | str = False,
        object_lock: bool = False,
        ownership: str | None = None,
        bucket_defaults: str | None = None,
        objects: Mapping[str, Content] | str | None = None,
        folder: str | PathLike[str] | None = None,
        lazy: bool = False,
    ) -> BucketView:
        """Create a bucket of the fake's own account and fill it; return its view.

        Args:
            name: The bucket's name. One like `logs--use1-az4--x-s3` makes a directory bucket.
            region: Its region; the fake's if absent.
            versioning: True or "Enabled", "Suspended", or False for never enabled.
            object_lock: Whether Object Lock is enabled, and with it versioning.
            ownership: Its Object Ownership: "BucketOwnerEnforced", "BucketOwnerPreferred" or "ObjectWriter".
            bucket_defaults: "today", "2025" or "2022", as for the whole fake, whose own they are if absent.
            objects: The content of its objects by key: bytes, text, the path of a file, or an object of any fake. So
                `objects=other["bucket"]` copies a bucket. Or what `aws s3 ls --recursive` printed: objects of these
                sizes and times, whose bytes are zeros.
            folder: A folder, or an archive (zip or tar), whose files become objects, with their relative paths as keys.
            lazy: Whether each file is read when somebody asks for its bytes or its ETag, as lists do of their page,
                and not now. A file that has changed by then is refused.

        Raises: UsageError, for anything S3 would refuse, and for a name that is taken.
        """
        from fakes3.operations.buckets import with_defaults, with_lock
        from fakes3.testing.seeds import contents, filled
        from fakes3.testing.views import BucketView

        place = self.region if region is None else region
        check_region(place)
        check_switch("object_lock", object_lock)
        check_switch("lazy", lazy)
        settings = self.service.settings
        if bucket_defaults is not None:
            check_bucket_defaults(bucket_defaults)
            settings = settings._replace(bucket_defaults=bucket_defaults)
        directory = None
        try:
            if not isinstance(name, str):
                raise InvalidBucketName(BucketName=str(name))
            if is_directory_name(name):
                from fakes3.model.directory import parse_directory

                directory = parse_directory(name, place)
            else:
                check_bucket_name(name)
        except S3Error as refusal:
            raise UsageError(
                f"S3 refuses the bucket name {name!r}: {refusal} "
                "Choose 3 to 63 lower-case letters, digits, hyphens and dots, and none of the prefixes and suffixes "
                "that AWS reserves, such as 'xn--' and '-s3alias'."
            ) from None
        if directory is not None and (versioning or object_lock or ownership is not None):
            raise UsageError(
                "Directory buckets have no versions, no Object Lock and no other Object Ownership than "
                "BucketOwnerEnforced. Leave out versioning=, object_lock= and ownership=."
            )
        state, setting, seeds = (
            read_versioning(versioning),
            read_ownership(ownership),
            contents(objects, folder, lazy=lazy),
        )
        if object_lock and state is Versioning.SUSPENDED:
            raise UsageError(
                "A bucket with Object Lock cannot have its versioning suspended. Leave out versioning= or object_lock=."
            )

        def with_bucket(world: World) -> World:
            if name in world.buckets:
                raise UsageError(f"There already is a bucket {name!r}. Choose another name, or delete that one first.")
            created = self.clock.now().replace(microsecond=0)
            if directory is None:
                bucket = Bucket(name=name, owner=self.account_id, region=place, created=created)
                bucket = with_defaults(bucket, settings, setting)
            else:
                from fakes3.operations.directories import new_directory_bucket

                bucket = new_directory_bucket(name, self.account_id, place, created, directory)
            if object_lock:
                bucket = with_lock(bucket)
            elif state is not None:
                bucket = bucket.configure(VERSIONING, {"Status": state.value})
            bucket = filled(bucket, seeds, clock=self.clock, ids=self.service.ids, sequence=world.sequence)
            made = world.with_bucket(bucket)
            return made._replace(sequence=made.sequence + len(seeds))

        self.service.change_world(with_bucket)
        return BucketView(self.service, name)

    @property
    def buckets(self) -> BucketsView:
        """All buckets, by name in S3's order."""
        from fakes3.testing.views import BucketsView

        return BucketsView(self.service)

    def __getitem__(self, name: str) -> BucketView:
        return self.buckets[name]

    def __contains__(self, name: object) -> bool:
        return name in self.buckets

    def __iter__(self) -> Iterator[str]:
        return iter(self.buckets)

    def on_event(
        self,
        bucket: str,
        events: str | Iterable[str],
        handler: Callable[[dict[str, Any]], object],
        *,
        prefix: str = "",
        suffix: str = "",
    ) -> Registration:
        """Call a function with each event of a bucket, as Lambda calls one; it needs no configuration.

        The handler gets `{"Records": [record]}`, before the call of the client returns. It may call S3 itself. What it
        raises, the call of the client raises; the request was carried out nevertheless. A server logs it. What happened
        by the clock is told before the next call, which is not carried out if a handler raises then.

        Args:
            bucket: The bucket's name. It need not exist yet.
            events: The event, or several, as in a notification configuration: "s3:ObjectCreated:*".
            handler: A function that takes the event.
            prefix: What the object's key must begin with.
            suffix: What the object's key must end with.

        Returns: The registration, whose `remove()` ends it. It is a context manager, too.

        Raises: UsageError, for an event that S3 does not have, and a handler that is no plain function.

        Example:
            >>> s3 = FakeS3()
            >>> bucket = s3.create_bucket("pictures")
            >>> def show(event):
            ...     for record in event["Records"]:
            ...         print(record["eventName"], record["s3"]["object"]["key"])
            >>> registration = s3.on_event("pictures", "s3:ObjectCreated:*", show)
            >>> answer = s3.client().put_object(Bucket="pictures", Key="my cat.jpg", Body=b"meow")
            ObjectCreated:Put my+cat.jpg
        """
        from fakes3.testing.events import Registration, make_handler

        return Registration(self.service.notifier, make_handler(bucket, events, handler, prefix, suffix))

    def snapshot(self) -> Snapshot:
        """Return the whole content as it is now, in O(1)."""
        from fakes3.testing.snapshots import Snapshot

        return Snapshot(self.service.present())

    def restore(self, snapshot: Snapshot) -> None:
        """Put back the content of a snapshot, in O(1). No version id is used a second time.

        Raises: UsageError, for what is no snapshot.
        """
        from fakes3.testing.snapshots import check_snapshot

        check_snapshot(snapshot)
        self.service.replace_world(snapshot.world)

    def fork(self) -> FakeS3:
        """Return an independent fake with the same content, in O(1). Neither sees later changes of the other.

        It has the same handlers of events, and its own `events`, which are none yet.
        """
        return self._of(self.service.fork())

    def diff(self, other: FakeS3 | Snapshot) -> Difference:
        """Return what is added, removed or changed in another fake or a snapshot."""
        return self.snapshot().diff(_snapshot_of(other))

    def races(
        self,
        *callables: Callable[..., Any],
        check: Callable[..., Any] | None = None,
        points: Sequence[str] = ("received",),
        most: int = 1000,
        seed: int | None = None,
        replay: str | None = None,
    ) -> Raced:
        """Let two to four callables use this S3 at the same time, in every order of their requests.

        Each order begins with the present content, which is put back at the end. Callables share nothing but S3.

        Args:
            *callables: Functions or coroutine functions. One that takes an argument gets a boto3 client of its own.
            check: Called after each order; it asserts what must hold. If it takes an argument, that is the list of what
                the callables returned, or of the exceptions that they raised. Otherwise an exception of a callable is a
                failure too.
            points: Where a request lets others go first. S3 does a request in one step, so "received" is enough to
                find every order that a callable can notice. The others are "read", "checked", "committed" and
                "answered".
            most: How many orders are tried at the most.
            seed: Tries `most` random orders instead of all, the same ones for the same seed.
            replay: The one order to try, as the report of a lost race shows it.

        Raises: RaceLost, an AssertionError, with the order in which the check failed; UsageError.

        Example:
            >>> s3 = FakeS3()
            >>> bucket = s3.create_bucket("counters", objects={"visits": "0"})
            >>> def visit(client):
            ...     visits = int(client.get_object(Bucket="counters", Key="visits")["Body"].read())
            ...     client.put_object(Bucket="counters", Key="visits", Body=str(visits + 1))
            >>> def check():
            ...     assert s3["counters"]["visits"].text == "2", "a visit is lost"
            >>> s3.races(visit, visit, check=check)
            Traceback (most recent call last):
            ...
            fakes3.testing.races.RaceLost: The check fails in one order of the requests:
              1: GetObject counters/visits -> 200
              2: GetObject counters/visits -> 200
              2: PutObject counters/visits -> 200
              1: PutObject counters/visits -> 200
            AssertionError: a visit is lost
            Replay this order alone with s3.races(..., replay="112221").
        """
        from fakes3.testing.races import race

        return race(self, callables, check=check, points=points, most=most, seed=seed, replay=replay)

    def reset(self) -> None:
        """Remove all buckets, faults and handlers of events, and forget all calls and events.

        Users and roles stay, with their policies, and so do MFA devices.
        """
        self.faults.clear()
        self.service.change_world(lambda old: World(sequence=old.sequence, mfa_devices=old.mfa_devices))
        self.calls.clear()
        self.events.clear()
        self.service.notifier.handlers.clear()

    def assert_same(self, other: FakeS3 | Snapshot) -> None:
        """Raise AssertionError, with what differs, unless the content is that of a snapshot or another fake.

        Example:
            >>> s3 = FakeS3()
            >>> before = s3.snapshot()
            >>> s3.assert_same(before)
        """
        __tracebackhide__ = True
        before = _snapshot_of(other)
        before.assert_same(self.snapshot())

    def budget(self, *, others: int | None = None, **limits: int) -> AbstractContextManager[CallList]:
        """Fail where a `with` block makes more calls than it may. What it hands over are its calls, once it is left.

        Args:
            others: How many calls of operations without a limit of their own it may make; any number if absent.
            **limits: How many calls of each operation, by the operation's name.

        Raises: UsageError, for what is no operation, and no number of calls. AssertionError, from the block, with what
            was spent on what.

        Example:
            >>> s3 = FakeS3()
            >>> with s3.budget(ListBuckets=1, others=0) as calls:
            ...     answer = s3.client().list_buckets()
            >>> calls.spent
            {'ListBuckets': 1}
        """
        from fakes3.testing.budgets import budget, check_budget

        check_budget(limits, others)
        return budget(self.service, limits, others)

    def tree(self) -> str:
        """Return a readable tree of buckets, keys and versions. A notebook shows it with its lines."""
        from fakes3.testing.tree import tree_of

        return tree_of(self.service.present())

    def __repr__(self) -> str:
        return f"<FakeS3 of account {self.account_id} in {self.region}: {len(self.buckets)} buckets>"

    def _repr_html_(self) -> str:
        from fakes3.testing.tables import html_text

        return html_text(self.tree())

    def _make(self, kind: str, options: Mapping[str, Any]) -> Any:
        """Make a client or a resource of boto3 that meets this fake."""
        session, bind = _session()
        credentials = {"aws_access_key_id": ACCESS_KEY_ID, "aws_secret_access_key": SECRET_ACCESS_KEY}
        made = getattr(session, kind)("s3", **{"region_name": self.region, **credentials, **options})
        bind(made.meta.client if kind == "resource" else made, self.service)
        return made


def _snapshot_of(given: FakeS3 | Snapshot) -> Snapshot:
    """Return the content of a fake, or a snapshot. Raises: UsageError, for anything else."""
    if isinstance(given, FakeS3):
        return given.snapshot()
    from fakes3.testing.snapshots import check_snapshot

    check_snapshot(given)
    return given


class _Sessions(local):
    """The session of each thread: a boto3 session makes only one client at a time."""

    session: Any = None


_SESSIONS = _Sessions()


def _session() -> tuple[Any, Any]:
    """Return the boto3 session of this thread, which makes the clients of all fakes, and `bind`."""
    try:
        import boto3
    except ImportError:
        raise UsageError('This needs boto3, which is not installed. Run: pip install "fakes3[boto3]"') from None
    from fakes3.doors.botocore import bind
    from fakes3.doors.botocore_loader import make_session

    if _SESSIONS.session is None:
        _SESSIONS.session = boto3.Session(botocore_session=make_session())
    return _SESSIONS.session, bind
