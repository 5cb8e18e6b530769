"""The door of aiobotocore, and so of aioboto3, s3fs and every library that uses them.

Its sessions send with aiohttp or httpx, whose doors answer. Bodies and responses stay real. This door handles what
aiobotocore does otherwise than botocore: it would retry a request that nothing serves, and it signs in coroutines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from types import ModuleType
from typing import Any

from fakes3.doors.botocore import BotocoreSigner
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


class AiobotocoreSigner(BotocoreSigner):
    """Does the same for aiobotocore clients. Its `get_auth_instance` returns what aiobotocore's does, an awaitable."""

    module = "aiobotocore.signers"
    signer_class = "AioRequestSigner"
    credentials_class = "aiobotocore.credentials", "AioCredentials"


class AiobotocorePresigner(BotocorePresigner):
    """Does the same for aiobotocore, whose methods are coroutines."""

    module = "aiobotocore.signers"
    presigners = (
        ("AioRequestSigner", "generate_presigned_url"),
        ("AioS3PostPresigner", "generate_presigned_post"),
    )

    def presign(self, really: Callable[..., Any]) -> Callable[..., Any]:
        """Return a coroutine method that presigns by the clock of the fake."""

        @wraps(really)
        async def presign(signer: Any, *args: Any, **kwargs: Any) -> Any:
            with presigning_at(self.clock_for(signer)):
                return await really(signer, *args, **kwargs)

        return presign
