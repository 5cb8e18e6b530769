"""The door of moto's other services, which have an S3 inside moto: CloudFormation, Firehose, Lambda, Athena and others.

They send no requests. They look into `moto.s3.models.s3_backends`, and so do programs that test with moto. While a fake
is entered something else stands there. Its buckets are the fake's, shown as moto's own kind as they are at that moment.
What the other services do to S3, the fake does as the root user of their account, and refuses what S3 refuses. What
they never do is refused, and not done to a picture.

moto's own operations of S3 keep moto's backends: they answer where `passthrough=` lets a request out, and in a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from itertools import groupby
from operator import itemgetter
from types import FunctionType, MappingProxyType, SimpleNamespace
from typing import Any

from fakes3.doors.entrance import Current, Door, Replacements
from fakes3.doors.moto_stacks import BUCKET, POLICY, Document, StackBuckets, StackPolicies, find_backend
from fakes3.doors.stand_ins import StandIns
from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.configurations import Configurations
from fakes3.model.errors import S3Error, UnmockedRequest
from fakes3.model.identity import Principal
from fakes3.model.versions import DeleteMarker, Entry
from fakes3.operations.background import MadeBody
from fakes3.operations.call import Ask
from fakes3.operations.members import Members
from fakes3.operations.service import Service

_OF_MOTOS_S3 = "moto.s3.responses"
"""The module that answers requests to moto for S3."""

_READING = frozenset({"get_object", "head_bucket", "head_object", "list_buckets", "list_objects", "list_objects_v2"})
"""Methods of moto's backend that only read what `get_bucket` and `buckets` give them."""

_KEPT = {
    *_READING,
    "iter_tagged_resources",  # which reads `tagger`
    *("create_table_storage_bucket", "delete_table_storage_bucket"),  # S3 Tables are moto's, with what is in them
}
"""Methods of moto's backend that stay as they are."""


class MotoStorageDoor(Door):
    """Lets moto's other services have the fake for their S3."""

    module = "moto.s3.models"

    def __init__(self, current: Current) -> None:
        super().__init__(current)
        self._stand_ins = StandIns()

    def replacements(self, module: Any) -> Replacements:
        """Return the collection of backends, in each module that holds it, except that of moto's operations of S3."""
        new = self.replace_again("s3_backends", module.s3_backends, lambda really: self._make(module, really))
        yield module, "s3_backends", new  # which the stand-ins leave out, since the class is made there too
        for holder, name, _ in self._stand_ins.replace(module.s3_backends, lambda _: new):
            if holder.__name__ != _OF_MOTOS_S3:
                yield holder, name, new

    def _make(self, models: Any, really: Any) -> _Collection:
        def show_account(account: str, regions: Any) -> _Collection:
            def show_backend(_: str, backend: Any) -> Any:
                endpoint = self._current()
                return backend if endpoint is None else _backend_class(models)(backend, endpoint.service, account)

            return _Collection(regions, show_backend)

        return _Collection(really, show_account)


class MotoResponsesDoor(Door):
    """Gives moto's operations of S3 moto's own backends, also where they were imported while a fake was entered."""

    module = _OF_MOTOS_S3

    def replacements(self, module: Any) -> Replacements:
        """Return the collection of moto's, where something stands for it."""
        if isinstance(module.s3_backends, _Collection):
            yield module, "s3_backends", module.s3_backends.really


class MotoConfigDoor(Door):
    """Lets AWS Config find the buckets of the fake: its query has had the collection since it was imported."""

    module = "moto.s3.config"

    def replacements(self, module: Any) -> Replacements:
        """Return what stands for the collection of the query, unless the query has it already."""
        query = module.s3_config_query
        if not isinstance(query.backends, _Collection):
            yield query, "backends", import_module("moto.s3.models").s3_backends


class MotoTaggingDoor(Door):
    """Lets the Resource Groups Tagging API find the buckets of the fake: it looks for backends in a list of moto's."""

    module = "moto.resourcegroupstaggingapi.models"

    def replacements(self, module: Any) -> Replacements:
        """Return the function that finds the backends. Older moto has none, and asks `s3_backends`."""
        really = getattr(module, "iter_taggable_backends", None)
        if really is not None:
            yield module, "iter_taggable_backends", self.replace_again("", really, self.replace)

    def replace(self, really: Any) -> Any:
        """Return the function that finds the backends of an account, with the fake's in place of moto's for S3."""

        def iter_taggable_backends(account: str, region: str) -> Iterator[Any]:
            models = import_module("moto.s3.models")
            yield from (each for each in really(account, region) if not isinstance(each, models.S3Backend))
            yield find_backend(models, account, region)

        return iter_taggable_backends


class MotoStacksDoor(Door):
    """Lets CloudFormation make buckets and their policies in the fake, with all that templates say of them."""

    module = "moto.cloudformation.parsing"
    replaces = ("resource_class_from_type",)

    def replace(self, really: Any) -> Any:
        """Return the function that finds the class of a type of resources."""

        def resource_class_from_type(resource_type: str) -> Any:
            if resource_type not in {BUCKET, POLICY} or self._current() is None:
                return really(resource_type)
            models = import_module("moto.s3.models")
            return StackBuckets(models) if resource_type == BUCKET else StackPolicies(models)

        return resource_class_from_type


class _Collection:
    """Stands for a collection of moto's, and shows its items in another way. All else is the collection's own."""

    def __init__(self, really: Any, show: Callable[[str, Any], Any]) -> None:
        self.really = really
        self._show = show

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The class of the collection, for `isinstance`, which moto asks."""
        return type(self.really)

    def __getitem__(self, name: str) -> Any:
        return self._show(name, self.really[name])

    def get(self, name: str, default: Any = None) -> Any:
        """Return an item that there is or may be: Config asks so whether moto knows S3."""
        return self[name] if name in self.really else default

    def __getattr__(self, name: str) -> Any:
        return getattr(self.really, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.really)

    def __len__(self) -> int:
        return len(self.really)

    def __contains__(self, name: object) -> bool:
        return name in self.really


@cache
def _backend_class(models: Any) -> Any:
    """Return the class of moto's backends that have the buckets of a fake."""
    errors, bucket_class = import_module("moto.s3.exceptions"), _bucket_class(models)

    class Backend(models.S3Backend):  # type: ignore[misc]
        """Reads as moto's backend does, from the buckets of the fake, and writes into the fake."""

        def __init__(self, really: Any, service: Service, account: str) -> None:
            shown = {"buckets", "tagger"}
            self.__dict__.update({name: value for name, value in vars(really).items() if name not in shown})
            self._service = service
            self._caller = Principal(account, service.root.partition)

        @property
        def buckets(self) -> Mapping[str, Any]:
            """The buckets of the account, as they are now."""
            found = self._service.present().buckets
            return MappingProxyType(
                {name: bucket_class(each) for name, each in found.items() if each.owner == self._caller.account}
            )

        def get_bucket(self, bucket_name: str) -> Any:
            """Return a bucket of any account, as it is now."""
            bucket = self._service.present().buckets.get(bucket_name)
            if bucket is not None:
                return bucket_class(bucket)
            if bucket_name in vars(self).get("table_buckets", ()):
                return self.table_buckets[bucket_name]
            raise errors.MissingBucket(bucket=bucket_name)

        @property
        def tagger(self) -> Any:
            """The tags of the buckets of the account, as they are now."""
            found = models.TaggingService()
            for bucket in self.buckets.values():
                found.tag_resource(bucket.arn, _tag_set(bucket.tags))
            return found

        def create_bucket(self, bucket_name: str, region_name: str, *options: Any, **named: Any) -> Any:
            _check_plain("create_bucket", *options, *named.values())
            return self.make_bucket(bucket_name, region_name, {})

        def make_bucket(self, name: str, region: str, members: Members) -> Any:
            if name in self._service.present().buckets:
                raise errors.BucketAlreadyExists(bucket=name)
            if region != "us-east-1":
                constraint: Members = {"LocationConstraint": region}
                members = {**members, "CreateBucketConfiguration": Document(lambda: constraint)}
            self.perform("CreateBucket", {"Bucket": name, **members}, region)
            return self.get_bucket(name)

        def delete_bucket(self, bucket_name: str) -> Any:
            bucket = self.get_bucket(bucket_name)
            if bucket.keys:
                return None  # as moto answers for a bucket that is not empty
            self.perform("DeleteBucket", {"Bucket": bucket_name})
            return bucket

        def put_bucket_encryption(self, bucket_name: str, encryption: Mapping[str, Any]) -> None:
            rules = encryption["Rule"]
            contents: Members = {"Rules": rules if isinstance(rules, list) else [rules]}
            document = Document(lambda: contents)
            members = {"Bucket": bucket_name, "ServerSideEncryptionConfiguration": document}
            self.perform("PutBucketEncryption", members)

        def put_bucket_tagging(self, bucket_name: str, tags: Mapping[str, str]) -> None:
            self.perform(
                "PutBucketTagging", {"Bucket": bucket_name, "Tagging": Document(lambda: {"TagSet": _tag_set(tags)})}
            )

        def tag_resource(self, arn: str, tags: Mapping[str, str]) -> None:
            document = Document(lambda: {"Tags": _tag_set(tags)})
            self.perform("TagResource", {**self._name_resource(arn), "TagResourceRequest": document})

        def untag_resource(self, arn: str, tag_keys: Iterable[str]) -> None:
            self.perform("UntagResource", {**self._name_resource(arn), "TagKeys": list(tag_keys)})

        def _name_resource(self, arn: str) -> Members:
            return {"AccountId": self._caller.account, "ResourceArn": arn}

        def put_object(self, bucket_name: str, key_name: str, value: bytes, *_: Any, **options: Any) -> Any:
            _check_plain("put_object", *_, *options.values())
            body = MadeBody(Rope.of(bytes(value)))
            self.perform("PutObject", {"Bucket": bucket_name, "Key": key_name, "Body": body})
            return self.get_object(bucket_name, key_name)

        def delete_object(self, bucket_name: str, key_name: str, *_: Any, **options: Any) -> tuple[bool, Members]:
            _check_plain("delete_object", *_, *options.values())
            self.perform("DeleteObject", {"Bucket": bucket_name, "Key": key_name})
            return True, {}

        def perform(self, operation: str, members: Members, region: str | None = None) -> None:
            try:
                self._service.perform(Ask(operation, members, self._caller, region))
            except S3Error as refusal:
                text = f"{refusal.message} ({refusal.reason})" if refusal.reason else refusal.message
                raise errors.S3ClientError(refusal.code, text) from refusal

    kept = {*_KEPT, *vars(Backend)}
    for name, value in vars(models.S3Backend).items():
        if type(value) is FunctionType and not name.startswith("_") and name not in kept:
            setattr(Backend, name, _refuse(name))
    return Backend


def _bucket_class(models: Any) -> Any:
    class Shown(models.FakeBucket):  # type: ignore[misc]
        """A bucket of the fake at one moment, as moto shows buckets."""

        _keys: Any
        _empty: Any

        def __init__(self, bucket: Bucket) -> None:
            accounts = models.s3_backends.bucket_accounts
            is_known = bucket.name in accounts
            super().__init__(bucket.name, bucket.owner, bucket.region)
            if not is_known:
                accounts.pop(bucket.name, None)  # moto would take the name of the fake's bucket for its own
            self._bucket = bucket
            self.tags = dict(bucket.configurations.tags)
            self.creation_date = bucket.created
            self.versioning_status = None if bucket.versioning is None else bucket.versioning.value
            self.policy = None if bucket.policy is None else bucket.policy.text.encode()
            self._show_configurations(bucket.configurations)

        def _show_configurations(self, found: Configurations) -> None:
            """Show what AWS Config tells of a bucket."""
            block, logging = found.public_access, found.logging
            self.public_access_block = None if block is None else models.PublicAccessBlock(*block)
            self.logging = {} if logging is None else {"TargetBucket": logging.target, "TargetPrefix": logging.prefix}
            self.payer = found.payer

        @property
        def keys(self) -> Any:
            """The objects in all their versions, the oldest first, which are made when somebody asks for them."""
            if self._empty is not None:
                self._keys, self._empty = self._empty, None
                for key, newest_first in groupby(self._bucket.versions.scan(("", 0)), key=itemgetter(0)):
                    for _, entry in reversed(list(newest_first)):
                        self._keys[key] = self._show(key, entry)
            return self._keys

        @keys.setter
        def keys(self, empty: Any) -> None:
            """Keep the empty store that moto begins with."""
            self._empty = empty

        def _show(self, key: str, entry: Entry) -> Any:
            if isinstance(entry, DeleteMarker):
                made = models.FakeDeleteMarker(SimpleNamespace(name=key))
                made._version_id = entry.id
            else:
                options = {"etag": entry.etag, "version_id": entry.id, "bucket_name": self.name}
                made = models.FakeKey(key, bytes(entry.body), self.account_id, self.region_name, **options)
            made.last_modified = entry.last_modified
            return made

    return Shown


def _tag_set(tags: Mapping[str, str]) -> list[Members]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _check_plain(name: str, *options: Any) -> None:
    """Refuse options that the fake would not follow. Raises: UnmockedRequest."""
    if any(each is not None for each in options):
        _refuse(name)()


def _refuse(name: str) -> Callable[..., Any]:
    """Return what stands for a method of moto's backend that the fake does not offer."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise UnmockedRequest(
            f"moto was asked for {name} of its own S3 in a way that fakes3, which answers for S3 now, does not offer. "
            "Ask by a client of boto3, or leave mock_s3 out so that moto answers for S3."
        )

    return refuse
