"""S3 Metadata: create, read, change and delete the configuration of a bucket's metadata tables, in both versions.

A bucket has one configuration. The operations of the second version read and delete one of the first as well; those of
the first refuse one of the second. To make tables, a caller needs rights of S3 Tables beside those of S3. Where they
are missing, the request succeeds and the tables have failed.

S3: API/API_CreateBucketMetadataConfiguration.html, API/API_CreateBucketMetadataTableConfiguration.html,
userguide/metadata-tables-permissions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Required, TypedDict, Unpack

from fakes3.model import metadata_tables as tables
from fakes3.model.bucket import Bucket
from fakes3.model.configuration_errors import MetadataConfigurationAlreadyExists
from fakes3.model.configurations import METADATA, thaw
from fakes3.model.errors import MethodNotAllowed
from fakes3.model.missing_configurations import MetadataConfigurationNotFound
from fakes3.model.not_modelled import not_modelled
from fakes3.model.replication_rules import read_role
from fakes3.operations.call import Call
from fakes3.operations.members import Document, ExpectedOwner, Members
from fakes3.operations.registry import operation
from fakes3.operations.replication import check_may_pass

_CREATE = "s3:CreateBucketMetadataTableConfiguration"
_GET = "s3:GetBucketMetadataTableConfiguration"
_DELETE = "s3:DeleteBucketMetadataTableConfiguration"
"""The actions of both versions."""

_IN_BUCKETS = ("CreateTableBucket", "CreateNamespace", "CreateTable", "PutTableBucketPolicy")
_IN_TABLES = ("GetTable", "PutTablePolicy", "PutTableEncryption")
"""The actions of S3 Tables that making a table of V2 needs, on the table bucket and on the table."""

_NEW_BUCKETS = frozenset({"CreateTableBucket", "PutTableBucketPolicy", "PutTableEncryption"})
"""Those that a table of V1 does not need, since its table bucket exists. S3: API/API_ErrorDetails.html"""


class Journal(TypedDict, total=False):
    """The journal table."""

    RecordExpiration: Required[Members]
    EncryptionConfiguration: Members


class Inventory(TypedDict, total=False):
    """The inventory table."""

    ConfigurationState: Required[str]
    EncryptionConfiguration: Members


class Annotations(Inventory, total=False):
    """The annotation table."""

    Role: str


class MetadataConfiguration(TypedDict, total=False):
    """The tables of V2."""

    JournalTableConfiguration: Required[Journal]
    InventoryTableConfiguration: Inventory
    AnnotationTableConfiguration: Annotations


class JournalUpdates(TypedDict):
    """What can be changed of the journal table."""

    RecordExpiration: Members


@operation
def create_bucket_metadata_configuration(
    s3: Call, *, Bucket: str, MetadataConfiguration: Document[MetadataConfiguration], **headers: Unpack[ExpectedOwner]
) -> Members:
    """Begin the journal table, and the others that are asked for, in the table bucket of the account."""
    bucket = s3.bucket(Bucket, headers, _CREATE)
    wanted = MetadataConfiguration.read()
    journal = wanted["JournalTableConfiguration"]
    inventory = wanted.get("InventoryTableConfiguration", Inventory(ConfigurationState=tables.DISABLED))
    annotation = wanted.get("AnnotationTableConfiguration", Annotations(ConfigurationState=tables.DISABLED))
    tables.check_expiration(journal["RecordExpiration"])
    tables.check_encryption(journal.get("EncryptionConfiguration"), bucket.region)
    tables.check_extra(tables.INVENTORY, inventory, bucket.region)
    _check_annotation(s3, bucket, annotation)
    _check_has_none(bucket)
    target = tables.managed_bucket_arn(bucket.region, bucket.owner)
    document: Members = {
        "Destination": {
            "TableBucketType": "aws",
            "TableBucketArn": target,
            "TableNamespace": tables.namespace_of(Bucket),
        },
        "Journal": _begin(s3, bucket, tables.JOURNAL, journal.get("EncryptionConfiguration"))
        | {"Expiration": journal["RecordExpiration"]},
    }
    extras = _inventory_of(s3, bucket, document, inventory) | _annotation_of(s3, bucket, annotation)
    s3.commit(bucket.configure(METADATA, document | extras))
    return {}


@operation
def get_bucket_metadata_configuration(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Return the configuration, of either version, with the states of its tables."""
    document = _find(s3.bucket(Bucket, headers, _GET))
    return {"GetBucketMetadataConfigurationResult": thaw(tables.show_configuration(document, s3.now))}


@operation
def delete_bucket_metadata_configuration(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Delete the configuration, of either version."""
    bucket = s3.bucket(Bucket, headers, _DELETE)
    _find(bucket)
    return _delete(s3, bucket)


@operation
def update_bucket_metadata_journal_table_configuration(
    s3: Call, *, Bucket: str, JournalTableConfiguration: Document[JournalUpdates], **headers: Unpack[ExpectedOwner]
) -> Members:
    """Let the records of the journal expire, or no longer."""
    bucket = s3.bucket(Bucket, headers, "s3:UpdateBucketMetadataJournalTableConfiguration")
    expiration = JournalTableConfiguration.read()["RecordExpiration"]
    tables.check_expiration(expiration)
    document = _find_new(bucket)
    journal = dict(document["Journal"]) | {"Expiration": expiration}
    s3.commit(bucket.configure(METADATA, dict(document) | {"Journal": journal}))
    return {}


@operation
def update_bucket_metadata_inventory_table_configuration(
    s3: Call, *, Bucket: str, InventoryTableConfiguration: Document[Inventory], **headers: Unpack[ExpectedOwner]
) -> Members:
    """Begin an inventory table, or no longer keep the one that there is up to date."""
    bucket = s3.bucket(Bucket, headers, "s3:UpdateBucketMetadataInventoryTableConfiguration")
    wanted = InventoryTableConfiguration.read()
    tables.check_extra(tables.INVENTORY, wanted, bucket.region)
    document = _find_new(bucket)
    if wanted["ConfigurationState"] == tables.ENABLED and "Inventory" in document:
        return {}  # it goes on as it is, and its encryption cannot be changed
    others = {name: value for name, value in document.items() if name != "Inventory"}
    s3.commit(bucket.configure(METADATA, others | _inventory_of(s3, bucket, document, wanted)))
    return {}


@operation
def update_bucket_metadata_annotation_table_configuration(
    s3: Call, *, Bucket: str, AnnotationTableConfiguration: Document[Annotations], **headers: Unpack[ExpectedOwner]
) -> Members:
    """Begin an annotation table, give the one that there is another role, or no longer keep it up to date."""
    bucket = s3.bucket(Bucket, headers, "s3:UpdateBucketMetadataAnnotationTableConfiguration")
    wanted = AnnotationTableConfiguration.read()
    _check_annotation(s3, bucket, wanted)
    document = _find_new(bucket)
    others = {name: value for name, value in document.items() if name != "Annotation"}
    table = _annotation_of(s3, bucket, wanted)
    if "Annotation" in document and table:
        # It goes on as it is, and its encryption cannot be changed.
        table = {"Annotation": dict(document["Annotation"]) | _role_in(wanted)}
    s3.commit(bucket.configure(METADATA, others | table))
    return {}


@operation
def create_bucket_metadata_table_configuration(
    s3: Call, *, Bucket: str, MetadataTableConfiguration: Document[Members], **headers: Unpack[ExpectedOwner]
) -> Members:
    """Begin the table of V1, in the table bucket that is named."""
    bucket = s3.bucket(Bucket, headers, _CREATE)
    destination = MetadataTableConfiguration.read()["S3TablesDestination"]
    target, name = destination["TableBucketArn"], destination["TableName"]
    place = tables.read_table_bucket(target)
    _check_has_none(bucket)
    failure = None
    if place != (bucket.region, bucket.owner):
        failure = "TableBucketNotFound"
    elif any(_has_table(other, target, name) for other in s3.world.buckets.values()):
        failure = "TableAlreadyExists"
    elif not all(_may_make(s3, bucket, *needed) for needed in _old_rights(target)):
        failure = "AccessDeniedCreatingResources"
    table = tables.make_table(name, target, s3.ids.opaque("metadata table", s3.sequence), s3.now, failure)
    document = {
        "Destination": {
            "TableBucketType": "customer",
            "TableBucketArn": target,
            "TableNamespace": tables.OLD_NAMESPACE,
        },
        "Journal": table | {"Expiration": {"Expiration": tables.DISABLED}},
    }
    s3.commit(bucket.configure(METADATA, document))
    return {}


@operation
def get_bucket_metadata_table_configuration(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Return the configuration of V1, with the state of its table."""
    document = _find_old(s3.bucket(Bucket, headers, _GET))
    return {"GetBucketMetadataTableConfigurationResult": tables.show_old_configuration(document, s3.now)}


@operation
def delete_bucket_metadata_table_configuration(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Delete the configuration of V1."""
    bucket = s3.bucket(Bucket, headers, _DELETE)
    _find_old(bucket)
    return _delete(s3, bucket)


def _find(bucket: Bucket) -> Mapping[str, Any]:
    """Return the configuration of a bucket. Raises: MetadataConfigurationNotFound."""
    document = bucket.configurations.get(METADATA)
    if document is None:
        raise MetadataConfigurationNotFound(BucketName=bucket.name)
    return document


def _find_old(bucket: Bucket) -> Mapping[str, Any]:
    """Return the configuration of V1. Raises: MetadataConfigurationNotFound; MethodNotAllowed for one of V2."""
    document = _find(bucket)
    if not tables.is_old(document):
        raise MethodNotAllowed(
            ResourceType="METADATATABLE",
            reason=f"the bucket {bucket.name} has a configuration of the second version. Use the operations "
            "GetBucketMetadataConfiguration and DeleteBucketMetadataConfiguration.",
        )
    return document


def _find_new(bucket: Bucket) -> Mapping[str, Any]:
    """Return the configuration of V2, to change it. Raises: MetadataConfigurationNotFound; NotImplemented_ for V1.

    A configuration of V1 can have neither inventory nor expiration; no page says how S3 refuses them.
    """
    document = _find(bucket)
    if tables.is_old(document):
        remedy = "Delete the configuration, and make another with CreateBucketMetadataConfiguration."
        raise not_modelled("metadataTable", "changes to a metadata configuration of the first version", remedy)
    return document


def _check_has_none(bucket: Bucket) -> None:
    if bucket.configurations.get(METADATA) is not None:
        raise MetadataConfigurationAlreadyExists(BucketName=bucket.name)


def _delete(s3: Call, bucket: Bucket) -> Members:
    """Delete the configuration of a bucket that has one."""
    s3.commit(bucket._replace(configurations=bucket.configurations.delete(METADATA)))
    return {}


def _begin(s3: Call, bucket: Bucket, name: str, encryption: Mapping[str, str] | None) -> Members:
    """Return a table of V2 that is begun, or has failed since the caller lacks a right."""
    target = tables.managed_bucket_arn(bucket.region, bucket.owner)
    is_allowed = all(_may_make(s3, bucket, *needed) for needed in _rights(target, encryption or {}))
    id = s3.ids.opaque(f"{name} table", s3.sequence)
    return tables.make_table(name, target, id, s3.now, None if is_allowed else "AccessDeniedCreatingResources")


def _inventory_of(s3: Call, bucket: Bucket, document: Mapping[str, Any], wanted: Mapping[str, Any]) -> Members:
    """Return the inventory table of a configuration; nothing where it is disabled."""
    if wanted["ConfigurationState"] == tables.DISABLED:
        return {}
    table = _begin(s3, bucket, tables.INVENTORY, wanted.get("EncryptionConfiguration"))
    if "Failure" in document["Journal"] and "Failure" not in table:
        table["Failure"] = "JournalTableNotAvailable"
    return {"Inventory": table}


def _check_annotation(s3: Call, bucket: Bucket, wanted: Mapping[str, Any]) -> None:
    """Refuse an encryption with a fault, and a role that the caller may not pass to S3.

    Raises: InvalidRequest, AccessDenied.
    S3: API/API_UpdateBucketMetadataAnnotationTableConfiguration.html
    """
    tables.check_extra(tables.ANNOTATION, wanted, bucket.region)
    if "Role" in wanted:
        check_may_pass(s3, read_role(wanted["Role"]))


def _annotation_of(s3: Call, bucket: Bucket, wanted: Mapping[str, Any]) -> Members:
    """Return the annotation table of a configuration; nothing where it is disabled."""
    if wanted["ConfigurationState"] == tables.DISABLED:
        return {}
    return {
        "Annotation": _begin(s3, bucket, tables.ANNOTATION, wanted.get("EncryptionConfiguration")) | _role_in(wanted)
    }


def _role_in(wanted: Mapping[str, Any]) -> Members:
    return {"Role": wanted["Role"]} if "Role" in wanted else {}


def _rights(target: str, encryption: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the actions, with their resources, that making a table of V2 needs."""
    yield from ((f"s3tables:{name}", target) for name in _IN_BUCKETS)
    yield from ((f"s3tables:{name}", f"{target}/table/*") for name in _IN_TABLES)
    if "KmsKeyArn" in encryption:
        yield "kms:DescribeKey", encryption["KmsKeyArn"]


def _old_rights(target: str) -> Iterator[tuple[str, str]]:
    """Yield the actions, with their resources, that making the table of V1 needs."""
    return ((name, arn) for name, arn in _rights(target, {}) if name.partition(":")[2] not in _NEW_BUCKETS)


def _may_make(s3: Call, bucket: Bucket, action: str, resource: str) -> bool:
    """Whether the caller is of the bucket's account, and its policies allow an action of another service."""
    from fakes3.model.authorization import judge_identity  # takes long to import, and few tests come here
    from fakes3.operations.condition_keys import condition_keys_of

    keys = partial(condition_keys_of, s3, None, None, action=action)
    is_allowed = s3.caller.account == bucket.owner and judge_identity(s3.caller, action, resource, keys).is_allowed
    if is_allowed:
        s3.rights.append((action, None, None))
    return is_allowed


def _has_table(bucket: Bucket, target: str, name: str) -> bool:
    """Whether a bucket's configuration has this table of a table bucket."""
    document = bucket.configurations.get(METADATA)
    return (
        document is not None
        and document["Destination"]["TableBucketArn"] == target
        and document["Journal"]["Name"] == name
    )
