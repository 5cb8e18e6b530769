"""Gives every profile the dummy credentials, whether or not the machine has a profile of that name.

The credentials of a profile may be those of a role, of a sign-on or of a program. To find them, botocore would ask STS,
SSO or another process. So under a mock only these count: what a program gives to a session or client, the variables of
the environment, and providers of credentials that a program adds by itself. All else of a profile stays, such as its
region.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import wraps
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary, ref

from fakes3.doors.entrance import Current, Door
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from fakes3.operations.service import Service

_REFRESHED = frozenset(
    {"assume-role", "assume-role-with-web-identity", "container-role", "custom-process", "iam-role", "login", "sso"}
)
"""How botocore itself finds credentials that it refreshes: each asks another service or process."""


_SESSION = "s3express"
"""How botocore names credentials of sessions of directory buckets."""


class ProfilesDoor(Door):
    """Lets a session have a profile that this machine does not have, as one without settings."""

    module = "botocore.session"
    replaces = ("Session.get_scoped_config",)

    def replace(self, really: Any) -> Any:
        """Return the method that returns the settings of a session's profile."""

        @wraps(really)
        def get_scoped_config(session: Any) -> Any:
            if self._current() is None:
                return really(session)
            from botocore.exceptions import ProfileNotFound

            try:
                return really(session)
            except ProfileNotFound:
                return {}

        return get_scoped_config


class CredentialsDoor(Door):
    """Finds the credentials of sessions. They are not kept in the session, which may live longer than the mock."""

    module = "botocore.session"
    replaces: tuple[str, ...] = ("Session.get_credentials",)

    def replace(self, really: Any) -> Any:
        """Return the method that returns the credentials of a session."""

        @wraps(really)
        def get_credentials(session: Any) -> Any:
            if self._current() is None:
                return really(session)
            if session._credentials is not None and not is_refreshed(session._credentials):
                return session._credentials
            for provider in find_providers(session) if session._credentials is None else ():
                credentials = provider.load()
                if credentials is not None:
                    return credentials
            return make_dummy()

        return get_credentials


class SessionsDoor(Door):
    """Renews sessions of directory buckets by the clock of the fake, which tells when they end.

    Clients keep a session until it ends, and may be older than the fake. In each fake they begin a session of their
    own, so that the calls of a test do not depend on the tests before it. It stays, as guards do: after the last fake a
    client may still have a session of one, and then begins another.
    """

    module = "botocore.credentials"
    replaces = ("RefreshableCredentials._seconds_remaining",)
    stays = True

    def __init__(self, current: Current) -> None:
        super().__init__(current)
        self._seen: WeakKeyDictionary[Any, tuple[Any, ref[Service]]] = WeakKeyDictionary()
        """What the credentials were when they were used last, and in which fake."""

    def replace(self, really: Any) -> Any:
        """Return the method that returns for how many seconds credentials are still valid."""

        @wraps(really)
        def _seconds_remaining(credentials: Any) -> Any:
            if credentials.method != _SESSION:
                return really(credentials)
            from fakes3.model.directory_sessions import read_session  # most tests have no directory buckets

            frozen, endpoint = credentials._frozen_credentials, self._current()
            session = read_session(frozen.token or "")
            if endpoint is None:
                return really(credentials) if session is None else 0
            service = endpoint.service
            last, used_in = self._seen.get(credentials, (None, None))
            is_older = last is frozen and used_in is not None and used_in() is not service
            if is_older or session is None or session.expires is None:
                return 0
            self._seen[credentials] = frozen, ref(service)
            return (session.expires - service.clock.now()).total_seconds()

        return _seconds_remaining


def find_providers(session: Any) -> Iterator[Any]:
    """Yield the providers of a session that are asked under a mock: of the environment, and what others have added."""
    if _has_usual_providers(session):
        from botocore.credentials import EnvProvider

        if session.instance_variables().get("profile") is None:  # botocore asks no environment beside a profile
            yield EnvProvider()
        return
    for provider in session.get_component("credential_provider").providers:
        library = type(provider).__module__.partition(".")[0]
        if provider.METHOD == "env" or library not in {"botocore", "aiobotocore"}:
            yield provider


def _has_usual_providers(session: Any) -> bool:
    """Whether botocore has not made the providers of this session yet, so that nobody can have added one.

    It makes nine of them, two with a connection pool each.
    """
    from botocore import credentials
    from botocore import session as sessions

    make = session._components._deferred.get("credential_provider")
    return (
        getattr(make, "__func__", None) is sessions.Session.__dict__["_create_credential_resolver"]
        and credentials.create_credential_resolver.__module__ == "botocore.credentials"
    )


def is_refreshed(credentials: Any) -> bool:
    """Whether botocore would ask another service or process for these credentials."""
    return hasattr(credentials, "refresh_needed") and credentials.method in _REFRESHED


def make_dummy(module: str = "botocore.credentials", name: str = "Credentials") -> Any:
    """Return the dummy credentials, of a class of botocore or aiobotocore."""
    return getattr(import_module(module), name)(ACCESS_KEY_ID, SECRET_ACCESS_KEY)
