"""The door of aiobotocore, and so of aioboto3, s3fs and every library that uses them.

Its sessions send with aiohttp or httpx, whose doors answer. Bodies and responses stay real. This door handles what
aiobotocore does otherwise than botocore: it would retry a request that nothing serves, and it signs in coroutines.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import wraps
from types import ModuleType
from typing import Any

from fakes3.doors.botocore import with_credentials
from fakes3.doors.botocore_clock import BotocorePresigner, presigning_at
from fakes3.doors.entrance import Door
from fakes3.doors.prepared import read_prepared


class AiobotocoreDoor(Door):
    """Stops requests that nothing serves, before aiobotocore takes them for failed connections and retries."""

    module = "aiobotocore.httpsession"
    session = "AIOHTTPSession"

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """Return the session's `send`."""
        session_class = getattr(module, self.session)
        really_send = session_class.send

        async def send(session: Any, prepared: Any) -> Any:
            endpoint = self._current()
            if endpoint is not None:
                request = read_prepared(prepared)
                endpoint.claims_or_stops(request.host, request.headers, request.query)
            return await really_send(session, prepared)

        yield session_class, "send", send


class AiobotocoreHttpxDoor(AiobotocoreDoor):
    """The same for sessions that send with httpx, which aiobotocore has since 2.22."""

    module = "aiobotocore.httpxsession"
    session = "HttpxSession"


class AiobotocoreSigner(Door):
    """Signs for aiobotocore clients that found no credentials, so that no client searches the machine for real ones."""

    module = "aiobotocore.signers"

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """Return the signer's method that takes its credentials."""
        signer_class = module.AioRequestSigner
        really_get_auth = signer_class.get_auth_instance

        async def get_auth_instance(signer: Any, *args: Any, **kwargs: Any) -> Any:
            if signer._credentials is None and self._current() is not None:
                from aiobotocore.credentials import AioCredentials  # pyright: ignore[reportMissingImports]

                signer = with_credentials(signer, AioCredentials)
            return await really_get_auth(signer, *args, **kwargs)

        yield signer_class, "get_auth_instance", get_auth_instance


class AiobotocorePresigner(BotocorePresigner):
    """Presigns URLs and forms for S3 by the clock of the fake."""

    module = "aiobotocore.signers"

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """Return the methods that presign URLs and forms."""
        really_sign_url = module.AioRequestSigner.generate_presigned_url
        really_sign_post = module.AioS3PostPresigner.generate_presigned_post

        @wraps(really_sign_url)
        async def generate_presigned_url(signer: Any, *args: Any, **kwargs: Any) -> Any:
            with presigning_at(self.clock_for(signer.signing_name)):
                return await really_sign_url(signer, *args, **kwargs)

        @wraps(really_sign_post)
        async def generate_presigned_post(presigner: Any, *args: Any, **kwargs: Any) -> Any:
            with presigning_at(self.clock_for("s3")):
                return await really_sign_post(presigner, *args, **kwargs)

        yield module.AioRequestSigner, "generate_presigned_url", generate_presigned_url
        yield module.AioS3PostPresigner, "generate_presigned_post", generate_presigned_post
