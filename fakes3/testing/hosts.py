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
        if not is_host(host):
            raise UsageError(
                f'{option} cannot take {host!r} for a host. Give hosts or URLs, such as "http://minio:9000".'
            )
        if "*" in host:
            raise UsageError(
                f"{option} cannot take {host!r}: a host is named as it is, without wildcards. Name each host."
            )
    return hosts


def is_host(text: object) -> bool:
    """Whether a test author gave a host, or a URL that has one.

    >>> [is_host(each) for each in ("minio", "http://minio:9000/s3", "http://", " ", None)]
    [True, True, False, False, False]
    """
    return isinstance(text, str) and bool(text.rpartition("://")[2].partition("/")[0].strip())
