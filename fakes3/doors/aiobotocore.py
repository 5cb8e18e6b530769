"""The door of aiobotocore, and so of aioboto3, s3fs and all that stands on them.

Its sessions send with aiohttp or with httpx, and the doors of these answer them: bodies and responses stay their own.
What is done here is what aiobotocore does otherwise than botocore: it would try again what nothing serves, and it signs
in coroutines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from functools import wraps
from types import ModuleType
from typing import Any

from fakes3.doors.botocore import SIGNED_FOR_S3, presigning_at
from fakes3.doors.door import Door, Endpoint, request_of


class AiobotocoreDoor(Door):
    """Stops what nothing serves, before aiobotocore takes it for a failed connection and tries again.

    Args:
        current: Tells the fake that is entered, if any.
    """

    module = "aiobotocore.httpsession"
    session = "AIOHTTPSession"

    def __init__(self, current: Callable[[], Endpoint | None]) -> None:
        self._current = current

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """The session's `send`."""
        session_class = getattr(module, self.session)
        really_send = session_class.send

        async def send(session: Any, sent: Any) -> Any:
            endpoint = self._current()
            if endpoint is not None:
                asked = request_of(sent)
                endpoint.serves(asked.host, asked.headers, asked.query)
            return await really_send(session, sent)

        yield session_class, "send", send


class AiobotocoreHttpxDoor(AiobotocoreDoor):
    """The same for the sessions that send with httpx, which aiobotocore has since 2.22."""

    module = "aiobotocore.httpxsession"
    session = "HttpxSession"


class AiobotocoreSigner(Door):
    """Signs for aiobotocore clients that found no credentials, so that none of them goes looking for real ones.

    Args:
        current: Tells the fake that is entered, if any.
        credentials: The access key id and secret it signs with.
    """

    module = "aiobotocore.signers"

    def __init__(self, current: Callable[[], Endpoint | None], credentials: tuple[str, str]) -> None:
        self._current = current
        self._credentials = credentials

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """The signer's way to its credentials."""
        signer_class = module.AioRequestSigner
        really_get_auth = signer_class.get_auth_instance

        async def get_auth_instance(signer: Any, *args: Any, **kwargs: Any) -> Any:
            if signer._credentials is not None or self._current() is None:
                return await really_get_auth(signer, *args, **kwargs)
            from aiobotocore.credentials import AioCredentials  # pyright: ignore[reportMissingImports]

            # Other tasks sign with the same signer, so it is a twin of it that gets the credentials.
            twin = copy(signer)
            twin._credentials = AioCredentials(*self._credentials)
            return await really_get_auth(twin, *args, **kwargs)

        yield signer_class, "get_auth_instance", get_auth_instance


class AiobotocorePresigner(Door):
    """Lets aiobotocore presign by the clock of the fake, as botocore's door does for botocore.

    Args:
        current: Tells the fake that is entered, if any.
    """

    module = "aiobotocore.signers"

    def __init__(self, current: Callable[[], Endpoint | None]) -> None:
        self._current = current

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """What makes presigned URLs, and what makes presigned forms."""
        really_sign_url = module.AioRequestSigner.generate_presigned_url
        really_sign_post = module.AioS3PostPresigner.generate_presigned_post

        @wraps(really_sign_url)
        async def generate_presigned_url(signer: Any, *args: Any, **kwargs: Any) -> Any:
            endpoint = self._current() if signer.signing_name in SIGNED_FOR_S3 else None
            with presigning_at(None if endpoint is None else endpoint.service.clock):
                return await really_sign_url(signer, *args, **kwargs)

        @wraps(really_sign_post)
        async def generate_presigned_post(presigner: Any, *args: Any, **kwargs: Any) -> Any:
            endpoint = self._current()
            with presigning_at(None if endpoint is None else endpoint.service.clock):
                return await really_sign_post(presigner, *args, **kwargs)

        yield module.AioRequestSigner, "generate_presigned_url", generate_presigned_url
        yield module.AioS3PostPresigner, "generate_presigned_post", generate_presigned_post
