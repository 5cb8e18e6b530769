"""Filling a fake at once: what a test needs to be there before it begins."""

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
    """The bytes to put, by key: those of `objects`, and of every file below `folder`, whose path is its key."""
    found: dict[str, bytes] = {}
    if folder is not None:
        root = Path(folder)
        if not root.is_dir():
            raise UsageError(f"There is no folder {str(folder)!r} to fill a bucket from. Give an existing folder.")
        for path in sorted(root.rglob("*")):
            if path.is_file():
                found[path.relative_to(root).as_posix()] = path.read_bytes()
    for key, content in (objects or {}).items():
        if not isinstance(content, bytes | bytearray | str):
            raise UsageError(
                f"The object {key!r} cannot be made of {type(content).__name__}. Give its content as bytes or str."
            )
        found[key] = content.encode() if isinstance(content, str) else bytes(content)
    for key in found:
        _check(key)
    return found


def filled(bucket: Bucket, objects: Mapping[str, bytes], *, clock: Clock, ids: Ids, sequence: int) -> Bucket:
    """An empty bucket with these objects, written as boto3 writes them, in O(n)."""
    now = clock.now().replace(microsecond=0)
    versioned = bucket.versioning is Versioning.ENABLED

    def made() -> Iterator[tuple[str, Version]]:
        for number, (key, body) in enumerate(sorted(objects.items()), sequence + 1):
            checksum = Checksum("CRC32", b64encode(crc32(body).to_bytes(4)).decode())
            yield (
                key,
                Version(
                    sequence=number,
                    id=ids.version_id(number) if versioned else NULL,
                    last_modified=now,
                    owner=bucket.owner,
                    body=Rope.of(body),
                    etag=md5(body, usedforsecurity=False).hexdigest(),
                    checksum=checksum,
                    attributes=_PLAIN if bucket.encryption.algorithm else _UNENCRYPTED,
                ),
            )

    return bucket.with_versions(Versions(current=OrderedMap.from_sorted(made())))


def _check(key: str) -> None:
    if not key:
        raise UsageError("An object cannot have an empty key. Give each object a key of at least one character.")
    try:
        check_key(key)
    except S3Error as refusal:
        raise UsageError(
            f"S3 takes no object with the key {key[:80]!r}: {str(refusal).removesuffix('.')}. "
            "Give keys of up to 1,024 bytes whose '..' do not lead out of the bucket."
        ) from None
