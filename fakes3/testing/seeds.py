"""Filling a new bucket with the objects that a test needs.

They come from a dictionary, a folder, a zip or tar archive, a bucket of any fake, or what `aws s3 ls` prints.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import md5
from os import PathLike
from pathlib import Path
from typing import TypeAlias
from zlib import crc32

from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.clock import NULL, Clock, Ids
from fakes3.model.encryption import SSE_S3_IN_DIRECTORY, UNENCRYPTED
from fakes3.model.errors import S3Error, UsageError
from fakes3.model.names import check_key
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.versions import Attributes, Checksum, Version, Versioning, Versions
from fakes3.testing.views import ObjectView

Content: TypeAlias = bytes | str | PathLike[str] | ObjectView
"""The bytes of an object, its text, the path of a file, or an object of any fake."""

_PLAIN = Attributes(headers=(("ContentType", "binary/octet-stream"),))
_UNENCRYPTED = replace(_PLAIN, encryption=UNENCRYPTED)


@dataclass(frozen=True, slots=True)
class Listed:
    """An object of which only the size and the time are known. Its bytes are zeros."""

    size: int
    at: datetime


Seed: TypeAlias = bytes | Version | Listed


def contents(objects: Mapping[str, Content] | str | None, folder: str | PathLike[str] | None) -> dict[str, Seed]:
    """Return what to put, by key: every file below `folder` or in that archive by its relative path, and the objects.

    Raises: UsageError, for a folder that does not exist, and for a content or key that S3 would refuse.
    """
    found: dict[str, Seed] = {} if folder is None else dict(_read_files(Path(folder)))
    if isinstance(objects, str):
        found |= read_listing(objects)
    else:
        found |= {key: _read_content(key, content) for key, content in (objects or {}).items()}
    for key in found:
        _check_key(key)
    return found


def _read_content(key: str, content: object) -> Seed:
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, bytes | bytearray):
        return bytes(content)
    if isinstance(content, ObjectView):
        return content._version
    if isinstance(content, PathLike) and Path(content).is_file():
        return Path(content).read_bytes()
    if isinstance(content, PathLike):
        raise UsageError(f"There is no file {str(content)!r} to make the object {key!r} from. Give an existing file.")
    raise UsageError(f"The object {key!r} cannot be made from {type(content).__name__}. Give bytes or str.")


def _read_files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files below a folder, or in an archive, in order."""
    if path.is_dir():
        for each in sorted(each for each in path.rglob("*") if each.is_file()):
            yield each.relative_to(path).as_posix(), each.read_bytes()
    elif path.is_file():
        yield from _read_archive(path)
    else:
        raise UsageError(f"There is no folder {str(path)!r} to read objects from. Give an existing folder.")


def _read_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    import tarfile  # few tests have archives
    import zipfile

    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            for info in packed.infolist():
                if not info.is_dir():
                    yield info.filename, packed.read(info)
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as tar:
            for member in tar:
                stream = tar.extractfile(member) if member.isfile() else None
                if stream is not None:
                    yield member.name.removeprefix("./"), stream.read()
    else:
        raise UsageError(f"{str(path)!r} is no folder and no archive. Give a folder, or a file of zip or tar.")


_ONE_PUT = 8 * 1024**2
"""The size above which the AWS CLI uploads in parts. S3: cli/latest/topic/s3-config.html"""

_ZEROS = bytes(1024**2)


def _zeros(size: int) -> Rope:
    """Return a body of zeros, all of whose pieces are the same."""
    whole, rest = divmod(size, len(_ZEROS))
    return Rope([*[_ZEROS] * whole, _ZEROS[:rest]])


_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) +(\d+) (.+)").fullmatch
_SUMMARY = re.compile(r" *(Total Objects|Total Size): \d+").fullmatch


def read_listing(text: str) -> dict[str, Listed]:
    """Return the objects that `aws s3 ls --recursive` printed, by key. Its times are taken for UTC.

    S3: cli/latest/reference/s3/ls.html

    Raises: UsageError, for a line that it does not print.

    >>> read_listing("2013-09-02 21:37:53         10 a.txt")["a.txt"].size
    10
    """
    found: dict[str, Listed] = {}
    for line in filter(str.strip, text.split("\n")):
        parts = _LINE(line)
        if parts is not None:
            found[parts[3]] = Listed(int(parts[2]), datetime.fromisoformat(parts[1]).replace(tzinfo=UTC))
        elif not _SUMMARY(line):
            raise UsageError(
                f"{line!r} is no line of a listing: date, time, bytes and key. Give objects= a dictionary, or what "
                "`aws s3 ls --recursive s3://BUCKET/` prints, without --human-readable."
            )
    return found


def filled(bucket: Bucket, objects: Mapping[str, Seed], *, clock: Clock, ids: Ids, sequence: int) -> Bucket:
    """Return an empty bucket filled with these objects, as boto3 would have put them, in O(n).

    Those of another fake keep what they have, but for their lock and their ACL, as copies do.
    """
    now = clock.now().replace(microsecond=0)
    versioned = bucket.versioning is Versioning.ENABLED
    plain = _plain_in(bucket)

    def versions() -> Iterator[tuple[str, Version]]:
        for number, (key, seed) in enumerate(sorted(objects.items(), key=lambda item: item[0]), sequence + 1):
            version_id = ids.version_id(number) if versioned else NULL
            if isinstance(seed, Version):
                yield key, _copied(seed, number, version_id, bucket, plain, ids)
                continue
            at, body = (now, Rope.of(seed)) if isinstance(seed, bytes) else (seed.at, _zeros(seed.size))
            if isinstance(seed, Listed) and seed.size > _ONE_PUT:  # the CLI uploads it in parts of this size
                etag, checksum = f"{ids.opaque(f'upload of {key}', number)}-{-(-seed.size // _ONE_PUT)}", None
            else:
                data = bytes(body)
                etag = md5(data, usedforsecurity=False).hexdigest()
                if not plain.encryption.keeps_md5:
                    etag = ids.opaque("etag", number)
                checksum = Checksum("CRC32", b64encode(crc32(data).to_bytes(4)).decode())
            yield key, Version(number, version_id, at, bucket.owner, body, etag, checksum, plain)

    return bucket.with_versions(Versions(current=OrderedMap.from_sorted(versions())))


def _plain_in(bucket: Bucket) -> Attributes:
    """Return the attributes that most objects have in a bucket."""
    if bucket.directory is not None:
        return replace(_PLAIN, encryption=SSE_S3_IN_DIRECTORY, storage_class=bucket.directory.storage_class)
    return _PLAIN if bucket.encryption.algorithm else _UNENCRYPTED


def _copied(seed: Version, number: int, version_id: str, bucket: Bucket, plain: Attributes, ids: Ids) -> Version:
    """Return an object of another fake in a bucket, with what it keeps."""
    kept = replace(seed.attributes, retention=None, legal_hold=None, event_hold=None, acl=None)
    made = replace(seed, sequence=number, id=version_id, owner=bucket.owner, attributes=kept, upload=None)
    if bucket.directory is None and not seed.attributes.encryption.has_random_etags:
        return made
    # Between the two kinds of bucket the ETag, the encryption and the storage class differ, and only one has tags.
    is_md5 = plain.encryption.keeps_md5
    etag = md5(bytes(seed.body), usedforsecurity=False).hexdigest() if is_md5 else ids.opaque("etag", number)
    moved = replace(plain, headers=kept.headers, metadata=kept.metadata)
    return replace(made, etag=etag, attributes=moved, parts=())


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
