"""Annotations: named texts that are attached to a version of an object after it was written.

They belong to a version, as tags do: a put of one makes no new version, and changes neither ETag nor date of the
object. Each has a size, an ETag, a checksum and a date of its own. A version keeps them by name.

S3: userguide/annotations-overview.html, API/API_PutObjectAnnotation.html
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from fakes3.model.annotation_errors import (
    AnnotationLimitExceeded,
    AnnotationNameTooLong,
    InvalidAnnotationName,
    NoSuchAnnotation,
    UnsupportedMediaType,
)
from fakes3.model.bytes_rope import Rope
from fakes3.model.configuration_errors import InvalidPrefix
from fakes3.model.errors import EntityTooLarge, InvalidArgument, InvalidRequest

if TYPE_CHECKING:
    from fakes3.model.encryption import Encryption
    from fakes3.model.versions import Checksum

MOST: Final = 1000
"""How many annotations a version can have, and how many a page lists."""

MOST_BYTES: Final = 1024**2
"""The largest annotation."""

MOST_NAME_BYTES: Final = 512


class Annotation(NamedTuple):
    """A named text of a version."""

    name: str
    last_modified: datetime
    payload: Rope
    etag: str
    checksum: Checksum


Annotations = tuple[Annotation, ...]
"""The annotations of a version, sorted by name."""

_NAME: Final = re.compile(r"[\w.-]*")
_RESERVED: Final = ("aws", "s3")


def check_name(name: str) -> None:
    """Refuse what cannot be the name of an annotation.

    Raises: AnnotationNameTooLong, InvalidAnnotationName.
    S3: userguide/annotations-managing.html; that case does not matter: API/API_DeleteObjectAnnotation.html

    >>> check_name("ml.sentiment")
    """
    if len(name.encode()) > MOST_NAME_BYTES:
        raise AnnotationNameTooLong(reason=f"the name has more than {MOST_NAME_BYTES} bytes of UTF-8. Shorten it.")
    if not name or not _NAME.fullmatch(name) or name.lower().startswith(_RESERVED):
        raise InvalidAnnotationName(
            reason=f"{name!r} cannot be the name of an annotation. Use letters, digits, underscores, periods and "
            "hyphens, and begin with neither aws nor s3."
        )


def check_prefix(prefix: str) -> None:
    """Refuse what cannot be the beginning of a name. Which prefixes are wrong no page says.

    Raises: InvalidPrefix.
    """
    if len(prefix.encode()) > MOST_NAME_BYTES or not _NAME.fullmatch(prefix):
        raise InvalidPrefix(
            "The annotation prefix you provided is invalid.",
            reason=f"no name of an annotation begins with {prefix!r}. Use letters, digits, underscores, periods and "
            "hyphens.",
        )


def check_page_size(count: int) -> None:
    """Refuse a page of none, or of more than a version can have. No page gives the text. Raises: InvalidArgument."""
    if not 1 <= count <= MOST:
        raise InvalidArgument(
            f"Argument max-annotation-results must be an integer between 1 and {MOST}",
            ArgumentName="max-annotation-results",
            ArgumentValue=count,
        )


def check_payload(payload: Rope) -> None:
    """Refuse an annotation that is empty, larger than 1 MiB, or no UTF-8.

    No page gives the codes of the first two.

    Raises: InvalidRequest, EntityTooLarge, UnsupportedMediaType.
    """
    if not payload:
        raise InvalidRequest("The annotation payload must be between 1 byte and 1 MiB in size.")
    if len(payload) > MOST_BYTES:
        raise EntityTooLarge(ProposedSize=len(payload), MaxSizeAllowed=MOST_BYTES)
    try:
        bytes(payload).decode()
    except UnicodeDecodeError:
        raise UnsupportedMediaType(reason="an annotation is text in UTF-8. Encode other bytes in Base64.") from None


def check_takes_annotations(encryption: Encryption) -> None:
    """Refuse annotations of an object with a customer's key. No page gives the text. Raises: InvalidRequest."""
    if encryption.customer_key_md5 is not None:
        raise InvalidRequest(
            "Annotations are not supported for objects encrypted with SSE-C.",
            reason="an object with a customer's key cannot have annotations. Encrypt it with SSE-S3 or SSE-KMS.",
        )


def find(annotations: Annotations, name: str) -> Annotation:
    """Return the annotation of this name. Raises: NoSuchAnnotation."""
    for each in annotations:
        if each.name == name:
            return each
    raise NoSuchAnnotation(AnnotationName=name)


def added(annotations: Annotations, new: Annotation) -> Annotations:
    """Return the annotations with a new one, in place of one of the same name. Raises: AnnotationLimitExceeded."""
    others = removed(annotations, new.name)
    if len(others) >= MOST:
        raise AnnotationLimitExceeded(reason=f"an object has at most {MOST} annotations. Delete one first.")
    return tuple(sorted((*others, new), key=lambda each: each.name))


def removed(annotations: Annotations, name: str) -> Annotations:
    """Return the annotations without that of this name."""
    return tuple(each for each in annotations if each.name != name)
