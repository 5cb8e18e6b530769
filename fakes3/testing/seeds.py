"""Filling a new bucket with the objects that a test needs."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import md5
from os import PathLike
from pathlib import Path
from zlib import crc32

from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.clock import NULL, Clock, Ids
from fakes3.model.encryption import UNENCRYPTED
from fakes3.model.errors import S3Error, UsageError
from fakes3.model.names import check_key
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.versions import Attributes, Checksum, Version, Versioning, Versions

Content = bytes | str

_PLAIN = Attributes(headers=(("ContentType", "binary/octet-stream"),))
_UNENCRYPTED = replace(_PLAIN, encryption=UNENCRYPTED)


def contents(objects: Mapping[str, Content] | None, folder: str | PathLike[str] | None) -> dict[str, bytes]:
    """Return the bytes to put, by key: the given objects, and every file below `folder` by its relative path.

    Raises: UsageError, for a folder that does not exist, and for a content or key that S3 would refuse.
    """
    found: dict[str, bytes] = {}
    if folder is not None:
        root = Path(folder)
        if not root.is_dir():
            raise UsageError(f"There is no folder {str(folder)!r} to read objects from. Give an existing folder.")
        files = sorted(path for path in root.rglob("*") if path.is_file())
        found = {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
    for key, content in (objects or {}).items():
        if not isinstance(content, bytes | bytearray | str):
            raise UsageError(f"The object {key!r} cannot be made from {type(content).__name__}. Give bytes or str.")
        found[key] = content.encode() if isinstance(content, str) else bytes(content)
    for key in found:
        _check_key(key)
    return found


def filled(bucket: Bucket, objects: Mapping[str, bytes], *, clock: Clock, ids: Ids, sequence: int) -> Bucket:
    """Return an empty bucket filled with these objects, as boto3 would have put them, in O(n)."""
    now = clock.now().replace(microsecond=0)
    versioned = bucket.versioning is Versioning.ENABLED

    def versions() -> Iterator[tuple[str, Version]]:
        for number, (key, body) in enumerate(sorted(objects.items()), sequence + 1):
            version = Version(
                sequence=number,
                id=ids.version_id(number) if versioned else NULL,
                last_modified=now,
                owner=bucket.owner,
                body=Rope.of(body),
                etag=md5(body, usedforsecurity=False).hexdigest(),
                checksum=Checksum("CRC32", b64encode(crc32(body).to_bytes(4)).decode()),
                attributes=_PLAIN if bucket.encryption.algorithm else _UNENCRYPTED,
            )
            yield key, version

    return bucket.with_versions(Versions(current=OrderedMap.from_sorted(versions())))


def _check_key(key: str) -> None:
    if not key:
        raise UsageError("An object cannot have an empty key. Give each object a key of at least one character.")
    try:
        check_key(key)
    except S3Error as refusal:
        raise UsageError(
            f"S3 refuses the key {key[:80]!r}: {str(refusal).removesuffix('.')}. "
            "Give keys of up to 1,024 bytes whose '..' do not lead out of the bucket."
        ) from None
