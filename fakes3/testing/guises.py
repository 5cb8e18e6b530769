"""Other servers in whose place `fakes3 serve --as NAME` can be started: what their clients are set up with.

Ports, keys, names of hosts and the pages by which scripts wait for them. What they answer otherwise is S3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fakes3.model.identity import AccessKey, Principal
from fakes3.model.names import is_account_id
from fakes3.model.regions import REGIONS
from fakes3.operations.settings import Settings

PORT = 9000
"""The port of a server that takes nobody's place."""

_OF_LOCALSTACK = "000000000000"
_DOMAIN_OF_LOCALSTACK = "localhost.localstack.cloud"
_HEALTH_OF_LOCALSTACK = b'{"services": {"s3": "running"}, "edition": "community", "version": "fakes3"}'
_HEALTH_OF_MINIO = ("live", "ready", "cluster", "cluster/read")


class KeysByAccount(dict[str, AccessKey]):
    """Access keys by id, where 12 digits are the key of the account with that id."""

    def get(self, key_id: str, default: AccessKey | None = None) -> AccessKey | None:  # type: ignore[override]
        """Return the access key with this id."""
        found = super().get(key_id, default)
        if found is None and is_account_id(key_id):
            return AccessKey(key_id, None, Principal(key_id))
        return found


@dataclass(frozen=True)
class Guise:
    """What clients expect of a server beside S3."""

    port: int = PORT
    account: str = Settings().account
    """The account of keys that say nothing about theirs."""
    keys: Callable[[Mapping[str, str]], tuple[AccessKey, ...]] = field(default=lambda _environment: ())
    """Returns the keys that it knows, by the variables of the environment. Then it knows no others."""
    is_by_account: bool = False
    """Whether an account id is an access key."""
    hosts: tuple[str, ...] = ()
    """Its own names, under which buckets may be hosts."""
    pages: Mapping[str, bytes] = field(default_factory=dict)
    """The content of pages that it has beside S3, in JSON, by path."""


def _root_of_minio(environment: Mapping[str, str]) -> tuple[AccessKey, ...]:
    """Return the root user's key. docs.min.io: reference/minio-server/settings/root-credentials.html"""
    user = environment.get("MINIO_ROOT_USER") or "minioadmin"
    password = environment.get("MINIO_ROOT_PASSWORD") or "minioadmin"
    return (AccessKey(user, password, Principal(Settings().account), is_verified=True),)


GUISES = {
    # docs.localstack.cloud: aws/capabilities/config/credentials, aws/services/s3, aws/capabilities/networking
    "localstack": Guise(
        port=4566,
        account=_OF_LOCALSTACK,
        is_by_account=True,
        hosts=(
            _DOMAIN_OF_LOCALSTACK,
            f"s3.{_DOMAIN_OF_LOCALSTACK}",
            *(f"s3.{region}.{_DOMAIN_OF_LOCALSTACK}" for region in REGIONS),
        ),
        pages={"/_localstack/health": _HEALTH_OF_LOCALSTACK},
    ),
    # docs.min.io: operations/monitoring/healthcheck-probe.html
    "minio": Guise(keys=_root_of_minio, pages={f"/minio/health/{name}": b"" for name in _HEALTH_OF_MINIO}),
}

NO_GUISE = Guise()
