"""GetObjectTorrent, which S3 no longer serves: BitTorrent was discontinued in April 2022.

S3: API/API_GetObjectTorrent.html
"""

from __future__ import annotations

from typing import Unpack

from fakes3.model.errors import MethodNotAllowed
from fakes3.operations.call import Call
from fakes3.operations.lookup import object_at
from fakes3.operations.members import BucketHeaders, Members
from fakes3.operations.registry import operation


@operation
def get_object_torrent(s3: Call, *, Bucket: str, Key: str, **headers: Unpack[BucketHeaders]) -> Members:
    """Refuse to make a torrent of an object, once the caller is known to be allowed one. No page gives the code."""
    bucket = s3.bucket(Bucket, headers, "s3:GetObjectTorrent", key=Key)
    object_at(s3, bucket, Key, None)
    raise MethodNotAllowed(
        ResourceType="TORRENT",
        reason="S3 has no torrents since April 2022. Read the object with GetObject.",
    )
