"""What the headers of a write set of an object, beside its bytes.

PutObject, CopyObject and CreateMultipartUpload take the same headers and judge them in the same way.

S3: API/API_PutObject.html
"""

from __future__ import annotations

from collections.abc import Mapping

from fakes3.model.metadata import as_stored, check_size, without_aws_chunked
from fakes3.model.versions import Attributes, Pairs
from fakes3.operations.registry import ObjectHeaders

DEFAULT_CONTENT_TYPE = "binary/octet-stream"

_SYSTEM = tuple(ObjectHeaders.__annotations__)
_ONLY_CONTENT_TYPE: Pairs = (("ContentType", DEFAULT_CONTENT_TYPE),)


def attributes_of(headers: Mapping[str, object], metadata: Mapping[str, str] | None) -> Attributes:
    """The attributes that a write's headers and user metadata set.

    Raises: MetadataTooLarge.
    """
    if not metadata and not any(name in headers for name in _SYSTEM):
        return _PLAIN
    kept = as_stored(metadata or {})
    check_size(kept)
    return Attributes(system_metadata(headers), kept)


def system_metadata(headers: Mapping[str, object]) -> Pairs:
    """The headers S3 keeps as they were sent, with its default Content-Type."""
    sent = [(name, str(headers[name])) for name in _SYSTEM if name in headers]
    if not sent:
        return _ONLY_CONTENT_TYPE
    kept = without_aws_chunked(sent)
    return kept if "ContentType" in headers else kept + _ONLY_CONTENT_TYPE


_PLAIN = Attributes(headers=_ONLY_CONTENT_TYPE)
"""What most objects have; they share it."""
