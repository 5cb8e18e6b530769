"""SelectObjectContent: the records of one object that a statement of SQL selects.

What is wrong with the request is refused. What goes wrong while records are read is an error in the stream, after the
records before it.

S3: API/API_SelectObjectContent.html, userguide/selecting-content-from-objects.html
"""

from __future__ import annotations

from typing import Required, TypedDict, Unpack

from fakes3.model.select_errors import UnauthorizedAccess, UnsupportedStorageClass
from fakes3.operations.call import Call
from fakes3.operations.encryption import check_key_is_usable, check_may_decrypt
from fakes3.operations.lookup import object_at
from fakes3.operations.members import CustomerKeyHeaders, Document, ExpectedOwner, Members
from fakes3.operations.registry import operation

UNSELECTABLE = frozenset({"GLACIER", "DEEP_ARCHIVE", "REDUCED_REDUNDANCY"})
"""The storage classes that cannot be queried. S3: userguide/selecting-content-from-objects.html"""


class SelectHeaders(ExpectedOwner, CustomerKeyHeaders, total=False):
    """The headers of SelectObjectContent."""


class SelectRequest(TypedDict, total=False):
    """The body of SelectObjectContent."""

    Expression: Required[str]
    ExpressionType: Required[str]
    RequestProgress: Members
    InputSerialization: Required[Members]
    OutputSerialization: Required[Members]
    ScanRange: Members


@operation
def select_object_content(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    SelectObjectContentRequest: Document[SelectRequest],
    **headers: Unpack[SelectHeaders],
) -> Members:
    """Return the messages of the stream: records of the result, or an error, and statistics."""
    bucket = s3.bucket(Bucket, headers, "s3:GetObject", key=Key)
    if s3.caller.account is None:
        raise UnauthorizedAccess
    version = object_at(s3, bucket, Key, None)
    archive = version.archive
    if version.attributes.storage_class in UNSELECTABLE or (archive is not None and archive.holds(s3.now)):
        raise UnsupportedStorageClass
    check_key_is_usable(version.attributes.encryption)
    check_may_decrypt(s3, version.attributes.encryption, headers)
    wanted = SelectObjectContentRequest.read()
    from fakes3.operations.select_query import answer  # few tests select, and all would wait for the import

    return {"Payload": answer(bytes(version.body), wanted, s3.now)}
