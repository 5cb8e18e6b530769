"""Sessions of directory buckets: temporary credentials for the objects of one bucket, for five minutes.

The token says all that is known of a session: its bucket, its mode, its end, and who began it. The key and the secret
follow from the token, so nothing is kept. A client may hold a session of an earlier fake, since it is made once for
many tests, and each fake can read it.

S3: API/API_CreateSession.html, userguide/s3-express-create-session.html
"""

from __future__ import annotations

import json
from base64 import b32encode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final, NamedTuple

from fakes3.model.identity import ACCESS_KEY_ID, AccessKey, Principal

READ_ONLY: Final = "ReadOnly"
READ_WRITE: Final = "ReadWrite"

LIFETIME: Final = timedelta(minutes=5)
"""How long the credentials of a session are valid. S3: API/API_CreateSession.html"""

_SEAL = 16


class DirectorySession(NamedTuple):
    """What the credentials of a session allow."""

    bucket: str
    mode: str
    algorithm: str | None = None
    """The encryption of what is written; None for the default of the bucket."""
    kms_key: str | None = None
    """The ARN of its KMS key."""


def begin_session(caller: Principal, session: DirectorySession, expires: datetime) -> AccessKey:
    """Return the credentials of a session that a caller begins."""
    who = [caller.account, caller.partition, caller.user, caller.role, caller.session]
    return _key_of(seal(json.dumps([who, session, int(expires.timestamp())]).encode()), who, session, expires)


def read_session(token: str) -> AccessKey | None:
    """Return the credentials that a token belongs to; None for a token that no fake has given out."""
    try:
        raw = urlsafe_b64decode(token.encode("ascii"))
    except ValueError:
        return None
    if seal(raw[_SEAL:]) != token:
        return None
    who, session, expires = json.loads(raw[_SEAL:])
    return _key_of(token, who, DirectorySession(*session), datetime.fromtimestamp(expires, UTC))


def seal(raw: bytes) -> str:
    """Return the token that says this. Nobody makes one by mistake."""
    return urlsafe_b64encode(_digest("token", raw, _SEAL) + raw).decode()


def _key_of(token: str, who: list[str | None], session: DirectorySession, expires: datetime) -> AccessKey:
    account, partition, user, role, name = who
    assert partition is not None, "every caller is in a partition"
    principal = Principal(account, partition, user, role, name, directory_session=session)
    # It begins with the key of the mock itself, so that guards let no request with it leave this machine.
    key_id = ACCESS_KEY_ID + b32encode(_digest("key", token.encode(), 10)).decode()
    secret = b64encode(_digest("secret", token.encode(), 30)).decode()
    return AccessKey(key_id, secret, principal, token, expires)


def _digest(purpose: str, raw: bytes, size: int) -> bytes:
    return blake2b(raw, key=b"fakes3 directory session", person=purpose.encode(), digest_size=size).digest()
