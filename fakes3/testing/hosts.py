"""Hosts as test authors give them to options."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fakes3.model.errors import UsageError


def read_hosts(option: str, value: object) -> tuple[str, ...]:
    """Return the hosts that an option was given.

    Args:
        option: The option as it is written, such as "mock_s3(endpoints=...)".
        value: What it was given.

    Raises: UsageError, for one host that is not in a list, and for what is no host.
    """
    if isinstance(value, str):
        name = option.partition("(")[2].partition("=")[0]
        raise UsageError(f"{option} takes several hosts. Give a list: {name}=[{value!r}].")
    hosts: tuple[Any, ...] = tuple(value) if isinstance(value, Iterable) else (value,)
    for host in hosts:
        if not (isinstance(host, str) and host.strip()):
            raise UsageError(
                f'{option} cannot take {host!r} for a host. Give hosts or URLs, such as "http://minio:9000".'
            )
    return hosts
