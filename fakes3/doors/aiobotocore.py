"""The doors of aiobotocore, and so of aioboto3 and every library that uses them, and of s3fs.

Its sessions send with aiohttp or httpx, whose doors answer. Bodies and responses stay real. This door handles what
aiobotocore does otherwise than botocore: it would retry a request that nothing serves, and it signs in coroutines.
"""

from __future__ import annotations

import os
from collections.abc import Hashable
from functools import wraps
from pathlib import Path
from typing import Any

from fakes3.doors.botocore import BotocoreEndpoints, BotocoreGuard, BotocoreSigner
from fakes3.doors.botocore_clock import BotocorePresigner, presigning_at
from fakes3.doors.botocore_profiles import CredentialsDoor, find_providers, is_refreshed, make_dummy
from fakes3.doors.botocore_waiting import RateDoor, RetryDoor, WaiterDoor
from fakes3.doors.entrance import Current, Door, Replacements
from fakes3.doors.messages import read_prepared
from fakes3.doors.originals import is_original

_MOST_CONTEXTS = 16
"""How many files of authorities are remembered before all are forgotten."""


class AiobotocoreDoor(Door):
    """Stops requests that nothing serves, before aiobotocore takes them for failed connections and retries."""

    module = "aiobotocore.httpsession"
    replaces: tuple[str, ...] = ("AIOHTTPSession.send",)

    def replace(self, really: Any) -> Any:
        """Return a `send` that stops such requests."""

        async def send(session: Any, prepared: Any) -> Any:
            request = read_prepared(prepared)
            self._find_endpoint(request.host, request.headers, request.query)
            return await really(session, prepared)

        return send


class AiobotocoreHttpxDoor(AiobotocoreDoor):
    """The same for sessions that send with httpx, which aiobotocore has since 2.22."""

    module = "aiobotocore.httpxsession"
    replaces = ("HttpxSession.send",)


class AiobotocoreContextsDoor(Door):
    """Lets sessions share what checks certificates. Each would read the file of all authorities before it sends.

    aiobotocore before 3 makes it together with the connector, which no other session can have.
    """

    module = "aiobotocore.httpsession"

    def replacements(self, module: Any) -> Replacements:
        """Return the method that makes the contexts of TLS, where there is one."""
        session = module.AIOHTTPSession
        really = session.__dict__.get("_build_ssl_contexts")
        if really is not None:
            yield session, "_build_ssl_contexts", self.replace_again("contexts", really, self.replace)

    def replace(self, really: Any) -> Any:
        """Return a method that makes the contexts of usual settings once."""
        known: dict[Hashable, Any] = {}

        @wraps(really)
        def build(session: Any, proxy_url: str | None) -> Any:
            verify = session._verify
            is_own = is_original(type(session)._get_ssl_context, "aiobotocore")
            if proxy_url is not None or session._cert_file is not None or not verify or not is_own:
                return really(session, proxy_url)
            try:
                file = None if verify is True else (verify, Path(verify).stat().st_mtime_ns)
            except OSError:
                return really(session, proxy_url)
            key = file, os.environ.get("SSLKEYLOGFILE")
            made = known.get(key)
            if made is None:
                if len(known) >= _MOST_CONTEXTS:
                    known.clear()
                made = known[key] = really(session, proxy_url)
            return made

        return build


class AiobotocoreGuard(BotocoreGuard):
    """Does the same for aiobotocore's clients. Its `_send` returns what aiobotocore's does, an awaitable."""

    module = "aiobotocore.endpoint"
    replaces = ("AioEndpoint._send",)


class AiobotocoreSigner(BotocoreSigner):
    """Does the same for aiobotocore clients. Its `get_auth_instance` returns what aiobotocore's does, an awaitable."""

    module = "aiobotocore.signers"
    replaces = ("AioRequestSigner.get_auth_instance",)
    credentials_class = "aiobotocore.credentials", "AioCredentials"


class AiobotocoreEndpoints(BotocoreEndpoints):
    """Does the same for aiobotocore's clients."""

    module = "aiobotocore.client"
    replaces = ("AioBaseClient._resolve_endpoint_ruleset",)


class AiobotocoreCredentials(CredentialsDoor):
    """Does the same for aiobotocore's sessions, whose providers are coroutines."""

    module = "aiobotocore.session"
    replaces = ("AioSession.get_credentials",)

    def replace(self, really: Any) -> Any:
        """Return the coroutine method that returns the credentials of a session."""

        @wraps(really)
        async def get_credentials(session: Any) -> Any:
            if self._current() is None:
                return await really(session)
            if session._credentials is not None and not is_refreshed(session._credentials):
                return session._credentials
            for provider in find_providers(session) if session._credentials is None else ():
                credentials = await provider.load()
                if credentials is not None:
                    return credentials
            return make_dummy(*AiobotocoreSigner.credentials_class)

        return get_credentials


class AiobotocorePresigner(BotocorePresigner):
    """Does the same for aiobotocore, whose methods are coroutines."""

    module = "aiobotocore.signers"
    replaces = ("AioRequestSigner.generate_presigned_url", "AioS3PostPresigner.generate_presigned_post")

    def replace(self, really: Any) -> Any:
        """Return a coroutine method that presigns by the clock of the fake."""

        @wraps(really)
        async def presign(signer: Any, *args: Any, **kwargs: Any) -> Any:
            with presigning_at(self.clock_for(signer)):
                return await really(signer, *args, **kwargs)

        return presign


class AiobotocoreRetries(RetryDoor):
    """Does the same for aiobotocore's clients."""

    module = "aiobotocore.endpoint"
    replaces = ("AioEndpoint._needs_retry",)


class AiobotocoreWaiters(WaiterDoor):
    """Does the same for aiobotocore's waiters."""

    module = "aiobotocore.waiter"
    replaces = ("AIOWaiter.wait",)


class AiobotocoreRate(RateDoor):
    """Does the same for aiobotocore's clients."""

    module = "aiobotocore.retries.bucket"
    class_name = "AsyncTokenBucket"


class S3fsDoor(Door):
    """Keeps listings of one fake from showing up in another, or in S3: s3fs keeps them for the life of the process.

    File systems that are made under the mock have a cache of their own. Whenever another fake may answer, all listings
    are forgotten, those of older file systems too.
    """

    module = "s3fs.core"

    def __init__(self, current: Current) -> None:
        super().__init__(current)
        self._caches: list[Any] = []

    def replacements(self, module: Any) -> Replacements:
        """Return the cache of file systems."""
        older = module.S3FileSystem._cache
        own = type(older)()
        self._caches = [older, own]
        yield module.S3FileSystem, "_cache", own

    def forget(self) -> None:
        """Empty the listings of every file system."""
        for cache in self._caches:
            for each in list(cache.values()):
                each.invalidate_cache()
