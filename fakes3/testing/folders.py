"""Buckets that a server begins with: the folders in a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fakes3.model.errors import UsageError

if TYPE_CHECKING:
    from fakes3.testing.fake import FakeS3

Tell = Callable[[str], None]


def fill_from(fake: FakeS3, folder: str, tell: Tell, *, lazy: bool = False) -> None:
    """Create a bucket for each folder in a folder, with its files as the objects.

    Nothing is written. A link that leads out of the folder is not followed.

    Args:
        fake: Where the buckets are created.
        folder: The folder with the buckets.
        tell: Called with a line about each thing that is left out.
        lazy: Whether files are read when somebody asks for them, and not now.

    Raises: UsageError, for a folder that is not there or cannot be read, and for names that S3 would refuse.
    """
    root = Path(folder).resolve()
    if not root.is_dir():
        raise UsageError(
            f"There is no folder {folder!r} to read buckets from. Give a folder whose folders are buckets."
        )
    try:
        for bucket in sorted(root.iterdir()):
            if bucket.is_symlink() or not bucket.is_dir():
                tell(f"{bucket} is left out: only a folder, and no link to one, is a bucket.")
                continue
            _fill(fake, bucket, dict(_objects(bucket, root, tell)), lazy)
    except OSError as error:
        raise UsageError(
            f"The folder {folder!r} cannot be read ({error}). Give one that can, to the last file."
        ) from None


def _fill(fake: FakeS3, bucket: Path, objects: dict[str, Path], lazy: bool) -> None:
    try:
        fake.create_bucket(bucket.name, objects=objects, lazy=lazy)
    except UsageError as mistake:
        raise UsageError(f"The folder {str(bucket)!r} cannot be a bucket. {mistake}") from None


def _objects(bucket: Path, root: Path, tell: Tell) -> Iterator[tuple[str, Path]]:
    """Yield the keys and the paths of the files below a folder."""
    for place, folders, files in os.walk(bucket, onerror=_raise):  # it follows no links to folders
        for path in (Path(place, each) for each in folders):
            if path.is_symlink():
                tell(f"{path} is left out: links to folders are not followed.")
        for path in (Path(place, each) for each in files):
            target = path.resolve()
            if not target.is_relative_to(root):
                tell(f"{path} is left out: it is a link that leads out of {root}.")
            elif not target.is_file():
                tell(f"{path} is left out: it is no file.")
            else:
                yield path.relative_to(bucket).as_posix(), target


def _raise(error: OSError) -> None:
    raise error
