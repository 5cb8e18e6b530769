"""What Amazon would charge for requests, by its public price list.

The prices are in `prices.json`, with where and when they were seen. Not in it, since no source tells them well enough:
writes of DEEP_ARCHIVE, reads of GLACIER and DEEP_ARCHIVE, and restores.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from fakes3.model.data_files import read_beside
from fakes3.model.storage_classes import RETRIEVALS, STANDARD
from fakes3.operations.service import Recorded
from fakes3.wire.endpoint import NO_STATUS
from fakes3.wire.routing import POST_OBJECT
from fakes3.wire.table import operations

_FREE = ("Abort", "Delete")
_WRITES = ("Complete", "Copy", "Create", "List", "Post", "Put", "Rename", "Update", "Upload", "Write")
_OF_UPLOADS = frozenset({"CompleteMultipartUpload", "UploadPart", "UploadPartCopy"})
_BEFORE_COMPLETION = frozenset({"CreateMultipartUpload", "UploadPart", "UploadPartCopy"})


class Cost(NamedTuple):
    """What requests cost."""

    dollars: Decimal
    """The sum of those whose price is known."""
    unpriced: Mapping[str, int]
    """How many requests of each operation have a price that is not known here."""

    def __str__(self) -> str:
        others = " and ".join(f"{count} {name}" for name, count in self.unpriced.items())
        return f"${self.dollars.normalize():f}" + (f", and that of {others}" if others else "")


def cost_of(calls: Iterable[Recorded]) -> Cost:
    """Return what calls cost. A part, and the end of an upload, have the storage class with which it was begun."""
    dollars, unpriced = Decimal(0), Counter[str]()
    uploads: dict[tuple[object, object], str] = {}
    for call in calls:
        place = call.parameters.get("Bucket"), call.parameters.get("Key")
        storage_class = call.storage_class or str(call.parameters.get("StorageClass", STANDARD))
        if call.operation == "CreateMultipartUpload":
            uploads[place] = storage_class
        elif call.operation in _OF_UPLOADS:
            storage_class = uploads.get(place, STANDARD)
        price = _price(call, storage_class)
        if price is None:
            unpriced[call.operation] += 1
        else:
            dollars += price
    return Cost(dollars, dict(unpriced))


def _price(call: Recorded, storage_class: str) -> Decimal | None:
    """Return what one request costs; None where that is not known.

    S3: userguide/aws-usage-report-understand.html, on which requests are of which tier, and note 7 on uploads
    """
    name = call.operation
    if _is_free(call):
        return Decimal(0)
    if name == "RestoreObject" or (name not in operations() and name != POST_OBJECT):
        return None
    if name.startswith("List") or (name in _BEFORE_COMPLETION and storage_class in RETRIEVALS):
        storage_class = STANDARD
    prices = _prices()["dollars_per_1000_requests"].get(storage_class, {})
    price = prices.get("write" if name.startswith(_WRITES) else "read")
    return None if price is None else Decimal(price) / 1000


def _is_free(call: Recorded) -> bool:
    """Whether nobody is charged for a request.

    S3: userguide/ErrorCodeBilling.html, and userguide/metrics-dimensions.html on DeleteObjects among the deletions
    """
    if call.operation.startswith(_FREE) or call.status == NO_STATUS or call.status >= 500:
        return True
    return call.error in _prices()["errors_without_charge"] or (
        call.error == "AccessDenied" and call.principal.account is None
    )


@cache
def _prices() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(read_beside(__name__, "prices.json"))
    return found
