"""Inventory: a report of the objects in a bucket, which S3 writes to another one daily or weekly.

S3: API/API_InventoryConfiguration.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fakes3.model.configuration_errors import InvalidS3DestinationBucket
from fakes3.model.errors import MalformedXML

_BUCKET_ARN = re.compile(r"arn:aws[a-z-]*:s3:::[^:/]+")


def check_destination(destination: Mapping[str, Any]) -> None:
    """Refuse a destination that is no bucket, and several encryptions. The bucket need not exist.

    observed: radkawar/stackd, testdata/aws/s3/inventory_control_replay.json (destination-*, account-*, encryption-*)

    Raises: MalformedXML, InvalidS3DestinationBucket.
    """
    if "" in (destination["Bucket"], destination.get("AccountId")) or len(destination.get("Encryption", "1")) != 1:
        raise MalformedXML
    # recorded: TestS3::test_s3_put_inventory_report_exceptions
    if not _BUCKET_ARN.fullmatch(destination["Bucket"]):
        raise InvalidS3DestinationBucket
