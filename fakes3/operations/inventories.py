"""The reports of inventories, by the clock. What a report says is in `model/inventory.py`.

Where the clock was advanced by more than a month, the reports of the last month are written, and no others.

S3: userguide/storage-inventory.html
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from fakes3.model.bucket import Bucket
from fakes3.model.dates import later
from fakes3.model.errors import InvalidRequest, NotImplemented_, S3Error
from fakes3.model.inventory import (
    MODELLED,
    Inventory,
    columns_of,
    data_key,
    describe_report,
    earliest_report,
    inventory_of,
    next_report,
    report_after,
    rows_of,
    write_csv,
)
from fakes3.model.not_modelled import not_modelled
from fakes3.model.regions import arn_of
from fakes3.model.world import World
from fakes3.operations.background import S3_ITSELF, Step, background
from fakes3.operations.call import Call
from fakes3.operations.deliveries import Sender, deliver_object

INVENTORIES = "inventories"
_CONFIGURATION = "BucketInventoryConfiguration"


def check_reports(document: Mapping[str, Any]) -> None:
    """Refuse an inventory whose reports cannot be written here. Raises: NotImplemented_."""
    for field in document.get("OptionalFields", ()):
        if field not in MODELLED:
            raise not_modelled("OptionalFields", f"the field {field} of inventories")
    form = document["Destination"]["S3BucketDestination"]["Format"]
    if form != "CSV" and find_spec("pyarrow") is None:
        text = (
            f'fakes3 writes {form} with pyarrow, which is not installed. Run pip install "fakes3[inventory]", or ask '
            "for CSV."
        )
        raise NotImplemented_(text, Header="Format", reason=text)


def plan_reports(world: World, bucket: str, config_id: str, *, now: datetime) -> World:
    """Return the world in which the first report of an inventory that was just put will be written."""
    document = world.buckets[bucket].configurations.get(_CONFIGURATION, config_id)
    planned = world.background.inventories
    if document is None or not document["IsEnabled"]:
        planned = planned.delete((bucket, config_id))
        return world._replace(background=world.background._replace(inventories=planned))
    first = next_report(now)
    planned = planned.set((bucket, config_id), first)
    return world._replace(background=world.background._replace(inventories=planned)).with_due(INVENTORIES, first)


@background(INVENTORIES, latest=next_report, earliest=earliest_report)
def write_reports(s3: Call, *, until: datetime, step: Step) -> datetime | None:
    """Write the reports that are due at the midnight `s3.now`."""
    planned = s3.world.background.inventories
    for (name, config_id), at in planned.items():
        if s3.now < at <= later(s3.now, 7):  # a later one means that the clock was set back
            continue
        step()
        bucket = s3.world.buckets.get(name)
        document = None if bucket is None else bucket.configurations.get(_CONFIGURATION, config_id)
        if bucket is None or document is None:  # they are gone
            planned = planned.delete((name, config_id))
            continue
        inventory = inventory_of(document, name)
        _write(s3, bucket, inventory)
        planned = planned.set((name, config_id), report_after(s3.now, is_weekly=inventory.is_weekly))
    s3.world = s3.world._replace(background=s3.world.background._replace(inventories=planned))
    return next_report(s3.now) if planned else None


def _write(s3: Call, bucket: Bucket, inventory: Inventory) -> None:
    """Write a report: all its files, or none where S3 is not allowed to."""
    before, told = s3.world, len(s3.events)
    try:
        _check_place(s3, bucket, inventory)
        key = data_key(inventory, s3.ids.opaque(f"inventory {inventory.id} of {bucket.name}", s3.sequence))
        contents = _rows(inventory, bucket, s3.now)
        destination = arn_of(bucket.region, inventory.bucket)
        described = describe_report(inventory, bucket, destination, (key, contents), s3.now)
        sender = Sender(S3_ITSELF, arn_of(bucket.region, bucket.name), bucket.owner, gives_away=True)
        owner = {} if inventory.account is None else {"ExpectedBucketOwner": inventory.account}
        for each, body in ({key: contents} | described).items():
            deliver_object(s3, sender, inventory.bucket, each, body, **owner, **inventory.encryption)
    except S3Error as refusal:
        s3.world = before
        del s3.events[told:]
        logging.getLogger("fakes3").warning(
            "There is no report of the inventory %s of %s: %s",
            inventory.id,
            bucket.name,
            refusal.reason or refusal.message,
        )


def _check_place(s3: Call, source: Bucket, inventory: Inventory) -> None:
    """Refuse a destination in another region. Raises: InvalidRequest."""
    target = s3.world.buckets.get(inventory.bucket)
    if target is not None and target.region != source.region:
        raise InvalidRequest(
            reason=f"the bucket {target.name} is in {target.region}, and {source.name} in {source.region}. Let the "
            f"inventory go to a bucket in {source.region}."
        )


def _rows(inventory: Inventory, bucket: Bucket, now: datetime) -> bytes:
    """Return the file with the rows of a report."""
    rows = rows_of(inventory, bucket, now)
    return write_csv(rows) if inventory.format == "CSV" else _write_columns(inventory, rows)


def _write_columns(inventory: Inventory, rows: Iterable[tuple[Any, ...]]) -> bytes:
    """Return rows as an ORC or Parquet file."""
    # By name, so that type checkers need no pyarrow.
    pyarrow: Any = import_module("pyarrow")
    writer: Any = import_module(f"pyarrow.{inventory.format.lower()}")
    types = {
        "string": pyarrow.string(),
        "boolean": pyarrow.bool_(),
        "bigint": pyarrow.int64(),
        "timestamp": pyarrow.timestamp("ms"),
    }
    columns = columns_of(inventory)
    schema = pyarrow.schema(
        [
            pyarrow.field(column.column, types[column.kind], nullable=column.name not in {"Bucket", "Key"})
            for column in columns
        ]
    )
    listed = [_without_zone(row) for row in rows]
    arrays = [[row[place] for row in listed] for place in range(len(columns))]
    table = pyarrow.table(dict(zip(schema.names, arrays, strict=True)), schema=schema)
    file = BytesIO()
    writer.write_table(table, file, compression="zlib" if inventory.format == "ORC" else "snappy")
    return file.getvalue()


def _without_zone(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row whose moments name no zone: both formats keep them in UTC."""
    return tuple(each.replace(tzinfo=None) if isinstance(each, datetime) else each for each in row)
