"""S3 Metadata: the configuration of the tables that hold the metadata of a bucket's objects, and their states.

No table is made here. A configuration names its tables, and tells their states by the time since each was begun. A
table that could not be made has failed for good, though the request for it has succeeded.

A configuration of the first version (V1) has one table, in a table bucket of the customer's. One of the second (V2) has
a journal table and perhaps an inventory and an annotation table, in the table bucket `aws-s3` of the account. S3 keeps
the tables of a deleted configuration until they are deleted themselves, and a new one fails on them; here none is ever
left.

S3: userguide/metadata-tables-overview.html, API/API_GetBucketMetadataConfiguration.html, API/API_ErrorDetails.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from fakes3.model.errors import InvalidRequest
from fakes3.model.regions import partition_of

ENABLED, DISABLED = "ENABLED", "DISABLED"
"""The states of an inventory or annotation table, and of the expiration of records."""

JOURNAL, INVENTORY, ANNOTATION = "journal", "inventory", "annotation"
"""The names of the tables of V2."""

OLD_NAMESPACE: Final = "aws_s3_metadata"
"""The namespace of the tables of V1."""

FEWEST_DAYS, MOST_DAYS = 7, 2**31 - 1
"""For how many days records of a journal are kept. S3: API/API_RecordExpiration.html"""

MAKING: Final = timedelta(minutes=1)
"""How long a table is CREATING. No page says it; Terraform's tests, which run against S3, wait less than a minute."""

BACKFILLING: Final = timedelta(minutes=15)
"""How long an inventory table is BACKFILLING at least. S3: userguide/metadata-tables-inventory-schema.html

An annotation table may be BACKFILLING too; no page says how long.
"""

_AGAIN = (
    " To create a new metadata table, you must delete the metadata configuration for this bucket, and then create a "
    "new metadata configuration."
)

FAILURES: Final = {
    "AccessDeniedCreatingResources": (
        "You don't have sufficient permissions to create the required resources. Make sure that you have "
        "s3tables:CreateTableBucket, s3tables:CreateNamespace, s3tables:CreateTable, s3tables:GetTable, "
        "s3tables:PutTablePolicy, kms:DescribeKey, and s3tables:PutTableEncryption permissions. Additionally, ensure "
        "that the KMS key used to encrypt the table still exists, is active and has a resource policy granting access "
        "to the S3 service principals 'maintenance.s3tables.amazonaws.com' and 'metadata.s3.amazonaws.com'." + _AGAIN
    ),
    "JournalTableNotAvailable": (
        "The journal table that the inventory table relies on has a FAILED status. An inventory table requires a "
        "journal table with an ACTIVE status. To create a new journal or inventory table, you must delete the metadata "
        "configuration for this bucket, along with any journal or inventory tables, and then create a new metadata "
        "configuration."
    ),
    "TableAlreadyExists": (
        "The table that you specified already exists in the table bucket's namespace. Specify a different table name."
        + _AGAIN
    ),
    "TableBucketNotFound": (
        "The table bucket that you specified doesn't exist in this AWS Region and account. Create or choose a "
        "different table bucket." + _AGAIN
    ),
}
"""The texts of the codes of `Error`. S3: API/API_ErrorDetails.html"""

_OLD_FAILURES: Final = FAILURES | {
    "AccessDeniedCreatingResources": (
        "You don't have sufficient permissions to create the required resources. Make sure that you have "
        "s3tables:CreateNamespace, s3tables:CreateTable, s3tables:GetTable and s3tables:PutTablePolicy permissions, "
        "and then try again." + _AGAIN
    )
}
"""The same for the table of V1."""

_TABLE_BUCKET = re.compile(r"arn:[^:]+:s3tables:([^:]+):(\d{12}):bucket/[a-z0-9-]{3,63}")
_KMS_KEY = re.compile(r"arn:[^:]+:kms:([^:]+):\d{12}:key/.+")

Table = Mapping[str, Any]
"""A table: its `Name` and `Arn`, when it was `Begun`, and perhaps its `Failure`, a code of `FAILURES`."""


def managed_bucket_arn(region: str, account: str) -> str:
    """Return the ARN of the table bucket of an account in which S3 keeps the tables of V2.

    >>> managed_bucket_arn("us-east-1", "111122223333")
    'arn:aws:s3tables:us-east-1:111122223333:bucket/aws-s3'
    """
    return f"arn:{partition_of(region)}:s3tables:{region}:{account}:bucket/aws-s3"


def namespace_of(bucket: str) -> str:
    """Return the namespace of the tables of V2 of a bucket.

    >>> namespace_of("my.photos-2026")
    'b_my_photos-2026'
    """
    return "b_" + bucket.replace(".", "_")


def make_table(name: str, table_bucket: str, id: str, begun: datetime, failure: str | None = None) -> dict[str, Any]:
    """Return a table that is begun. `id` are 32 hex digits."""
    uuid = "-".join((id[:8], id[8:12], id[12:16], id[16:20], id[20:]))
    table = {"Name": name, "Arn": f"{table_bucket}/table/{uuid}", "Begun": begun}
    return table if failure is None else table | {"Failure": failure}


def status_of(table: Table, now: datetime) -> str:
    """Return the state of a table. An inventory or annotation table is first filled with what there is.

    >>> begun = datetime(2026, 1, 1)
    >>> table = make_table("inventory", "arn", "0" * 32, begun)
    >>> [status_of(table, begun + timedelta(minutes=each)) for each in (0, 1, 16)]
    ['CREATING', 'BACKFILLING', 'ACTIVE']
    """
    if "Failure" in table:
        return "FAILED"
    age = now - table["Begun"]
    if age < MAKING:
        return "CREATING"
    return "BACKFILLING" if table["Name"] in {INVENTORY, ANNOTATION} and age < MAKING + BACKFILLING else "ACTIVE"


def _show_state(table: Table, now: datetime, texts: Mapping[str, str], name: str = "TableStatus") -> dict[str, Any]:
    """Return the state of a table under this name, and its error, as responses tell them."""
    shown: dict[str, Any] = {name: status_of(table, now)}
    if "Failure" in table:
        shown["Error"] = {"ErrorCode": table["Failure"], "ErrorMessage": texts[table["Failure"]]}
    return shown


def _show_table(table: Table, now: datetime, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return a table as responses of V2 tell it; one that was not made has no ARN."""
    arn = {} if "Failure" in table else {"TableArn": table["Arn"]}
    return _show_state(table, now, texts) | {"TableName": table["Name"]} | arn


def show_configuration(document: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return a configuration, of either version, as GetBucketMetadataConfiguration does."""
    shown: dict[str, Any] = {"DestinationResult": dict(document["Destination"])}
    journal = document["Journal"]
    texts = _OLD_FAILURES if is_old(document) else FAILURES
    expiration = {"RecordExpiration": journal["Expiration"]}
    shown["JournalTableConfigurationResult"] = _show_table(journal, now, texts) | expiration
    if not is_old(document):
        inventory = document.get("Inventory")
        shown["InventoryTableConfigurationResult"] = (
            {"ConfigurationState": DISABLED}
            if inventory is None
            else {"ConfigurationState": ENABLED} | _show_table(inventory, now, texts)
        )
        if (table := document.get("Annotation")) is not None:
            # No page says whether a configuration without such a table has this member.
            role = {"Role": table["Role"]} if "Role" in table else {}
            shown["AnnotationTableConfigurationResult"] = (
                {"ConfigurationState": ENABLED} | _show_table(table, now, texts) | role
            )
    return {"MetadataConfigurationResult": shown}


def show_old_configuration(document: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return a configuration of V1 as GetBucketMetadataTableConfiguration does."""
    table, destination = document["Journal"], document["Destination"]
    shown = {
        "TableBucketArn": destination["TableBucketArn"],
        "TableName": table["Name"],
        "TableArn": table["Arn"],
        "TableNamespace": destination["TableNamespace"],
    }
    state = _show_state(table, now, _OLD_FAILURES, "Status")
    return {"MetadataTableConfigurationResult": {"S3TablesDestinationResult": shown}} | state


def is_old(document: Mapping[str, Any]) -> bool:
    """Whether a configuration is of V1."""
    return bool(document["Destination"]["TableBucketType"] == "customer")


def check_expiration(expiration: Mapping[str, Any]) -> None:
    """Refuse a record expiration without days, with too few, or with days where records do not expire.

    No page gives the code; it is that of the annotation table. S3: API/ErrorResponses.html, annotation-related errors
    """
    days = expiration.get("Days")
    if expiration["Expiration"] == DISABLED:
        if days is not None:
            raise InvalidRequest("Days cannot be specified when record expiration is disabled.")
    elif days is None or not FEWEST_DAYS <= days <= MOST_DAYS:
        raise InvalidRequest(f"Record expiration must be between {FEWEST_DAYS} and {MOST_DAYS} days.")


def check_encryption(encryption: Mapping[str, str] | None, region: str) -> None:
    """Refuse a KMS key that is missing, too many, or of another region.

    No page gives the code; it is that of the annotation table.
    S3: API/API_MetadataTableEncryptionConfiguration.html
    """
    if encryption is None:
        return
    key = encryption.get("KmsKeyArn")
    if (encryption["SseAlgorithm"] == "aws:kms") is not (key is not None):
        raise InvalidRequest("A KmsKeyArn must be specified for aws:kms, and only for it.")
    if key is not None and ((found := _KMS_KEY.fullmatch(key)) is None or found[1] != region):
        raise InvalidRequest("The KmsKeyArn must be that of a key in the same Region as the bucket.")


def check_extra(name: str, wanted: Mapping[str, Any], region: str) -> None:
    """Refuse an encryption of an inventory or annotation table that has a fault, or is that of no table."""
    if wanted["ConfigurationState"] == DISABLED and "EncryptionConfiguration" in wanted:
        raise InvalidRequest(f"An encryption cannot be specified when the {name} table is disabled.")
    check_encryption(wanted.get("EncryptionConfiguration"), region)


def read_table_bucket(arn: str) -> tuple[str, str]:
    """Return the region and the account of a table bucket. Raises: InvalidRequest, for another ARN."""
    found = _TABLE_BUCKET.fullmatch(arn)
    if found is None:
        raise InvalidRequest("The TableBucketArn is not the ARN of a table bucket.")
    return found[1], found[2]
