"""Filling a new bucket with the objects that a test needs.

They come from a dictionary, a folder, a zip or tar archive, a bucket of any fake, or what `aws s3 ls` prints. The files
of a large folder may be read only when somebody asks for them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import LateRope, Rope
from fakes3.model.clock import NULL, Clock, Ids
from fakes3.model.encryption import SSE_S3_IN_DIRECTORY, UNENCRYPTED
from fakes3.model.errors import S3Error, UsageError
from fakes3.model.names import check_key
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.versions import Attributes, LateVersion, Version, Versioning, Versions, digests_of
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


_PIECE = 1024**2
"""How many bytes of a file are read at once."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that is read when somebody asks for its bytes, and must then be what it was."""

    path: Path
    size: int
    modified: int
    """When it was last modified, in nanoseconds."""

    @classmethod
    def of(cls, path: Path) -> File:
        """Return a file as it is now."""
        found = path.stat()
        return cls(path.absolute(), found.st_size, found.st_mtime_ns)

    def read(self) -> Iterator[bytes]:
        """Yield its bytes in pieces. Raises: UsageError, where they are no longer those that the bucket was given."""
        try:
            with self.path.open("rb") as file:
                while piece := file.read(_PIECE):
                    yield piece
                found = os.fstat(file.fileno())
        except OSError as error:
            raise self._mistake(f"cannot be read ({error})") from None
        if (found.st_size, found.st_mtime_ns) != (self.size, self.modified):
            raise self._mistake("has changed")

    def _mistake(self, what: str) -> UsageError:
        return UsageError(
            f"The file {str(self.path)!r} {what} since it became an object of a bucket that reads files when they are "
            "asked for. Leave it as it is while the bucket is used, or have all files read at once: leave out lazy."
        )


Seed: TypeAlias = bytes | Version | Listed | File


def contents(
    objects: Mapping[str, Content] | str | None, folder: str | PathLike[str] | None, *, lazy: bool = False
) -> dict[str, Seed]:
    """Return what to put, by key: every file below `folder` or in that archive by its relative path, and the objects.

    Raises: UsageError, for a folder that does not exist, and for a content or key that S3 would refuse.
    """
    if lazy and folder is None and not _has_files(objects):
        raise UsageError("lazy=True is for files. Give folder=, or paths of files in objects=, or leave out lazy=True.")
    if folder is not None and not isinstance(folder, str | PathLike):
        raise UsageError(f"folder= cannot be {folder!r}. Give the path of a folder, or of a file of zip or tar.")
    found: dict[str, Seed] = {} if folder is None else dict(_read_files(Path(folder), lazy))
    if isinstance(objects, str):
        found |= read_listing(objects)
    else:
        found |= {key: _read_content(key, content, lazy) for key, content in _items_of(objects)}
    for key in found:
        _check_key(key)
    return found


def _items_of(objects: Mapping[str, Content] | None) -> Iterable[tuple[str, Content]]:
    if objects is None:
        return ()
    if not isinstance(objects, Mapping):
        raise UsageError(
            f"objects= cannot be {objects!r}. Give a dictionary of the contents by key, or what "
            "`aws s3 ls --recursive` prints."
        )
    return objects.items()


def _has_files(objects: Mapping[str, Content] | str | None) -> bool:
    """Whether there are files among what is given, or may be: where nothing is given, there are none now."""
    if not isinstance(objects, Mapping):
        return False
    return not objects or any(isinstance(each, PathLike) for each in objects.values())


def _read_content(key: str, content: object, lazy: bool) -> Seed:
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, bytes | bytearray):
        return bytes(content)
    if isinstance(content, ObjectView):
        return content._version
    if isinstance(content, PathLike) and Path(content).is_file():
        return _read_file(Path(content), lazy)
    if isinstance(content, PathLike):
        raise UsageError(f"There is no file {str(content)!r} to make the object {key!r} from. Give an existing file.")
    raise UsageError(f"The object {key!r} cannot be made from {type(content).__name__}. Give bytes or str.")


def _read_file(path: Path, lazy: bool) -> Seed:
    return File.of(path) if lazy else path.read_bytes()


def _read_files(path: Path, lazy: bool) -> Iterator[tuple[str, Seed]]:
    """Yield the files below a folder, or in an archive, in order."""
    if path.is_dir():
        for each in sorted(each for each in path.rglob("*") if each.is_file()):
            yield each.relative_to(path).as_posix(), _read_file(each, lazy)
    elif path.is_file() and lazy:
        raise UsageError(f"The archive {str(path)!r} can only be read at once. Unpack it, or leave out lazy=True.")
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
            at, body = _known(seed, now)
            if isinstance(body, LateRope) and plain.encryption.keeps_md5:
                yield key, LateVersion.of(number, version_id, at, bucket.owner, body, plain)
                continue
            if isinstance(seed, Listed) and seed.size > _ONE_PUT:  # the CLI uploads it in parts of this size
                etag, checksum = f"{ids.opaque(f'upload of {key}', number)}-{-(-seed.size // _ONE_PUT)}", None
            else:
                etag, checksum = digests_of(body)
                if not plain.encryption.keeps_md5:
                    etag = ids.opaque("etag", number)
            yield key, Version(number, version_id, at, bucket.owner, body, etag, checksum, plain)

    return bucket.with_versions(Versions(current=OrderedMap.from_sorted(versions())))


def _known(seed: bytes | Listed | File, now: datetime) -> tuple[datetime, Rope]:
    """Return the time and the bytes of what is no other fake's."""
    if isinstance(seed, Listed):
        return seed.at, _zeros(seed.size)
    if isinstance(seed, File):
        return now, LateRope(seed.size, seed.read) if seed.size else Rope()
    return now, Rope.of(seed)


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
    etag = digests_of(seed.body)[0] if is_md5 else ids.opaque("etag", number)
    moved = replace(plain, headers=kept.headers, metadata=kept.metadata)
    return replace(made, etag=etag, attributes=moved, parts=())


def _check_key(key: object) -> None:
    if not isinstance(key, str):
        raise UsageError(f"An object cannot have the key {key!r}. Give keys as text.")
    if not key:
        raise UsageError("An object cannot have an empty key. Give each object a key of at least one character.")
    try:
        check_key(key)
    except S3Error as refusal:
        raise UsageError(
            f"S3 refuses the key {key[:80]!r}: {str(refusal).removesuffix('.')}. "
            "Give keys of up to 1,024 bytes whose '..' do not lead out of the bucket."
        ) from None
