"""The doors of pyarrow, which pandas and pyiceberg read and write with. It is led by the arguments of constructors."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from fakes3.doors.entrance import Current, Door, Replacements
from fakes3.doors.loopback import loopback
from fakes3.doors.stand_ins import StandIn, StandIns
from fakes3.wire.message import Request

_OF_ROLES = ("role_arn", "session_name", "external_id", "load_frequency")
"""Arguments with which it would ask STS. Under a mock the credentials of a role are the dummy ones, as a profile's."""

_OTHERWISE = ("force_virtual_addressing", "proxy_options", "tls_ca_file_path")
"""Arguments about the way to another endpoint."""


class PyarrowDoor(Door):
    """Leads file systems that are made by `pyarrow.fs.S3FileSystem`, and finds the regions of buckets."""

    module = "pyarrow.fs"

    def __init__(self, current: Current) -> None:
        super().__init__(current)
        self._stand_ins = StandIns()

    def replacements(self, module: Any) -> Replacements:
        """Yield the class and the function, in each module that holds them."""
        if hasattr(module, "S3FileSystem"):  # pyarrow may be built without S3
            yield from self._stand_ins.replace(module.S3FileSystem, lambda really: StandIn(really, self._lead))
            yield from self._stand_ins.replace(module.resolve_s3_region, self._make_resolver)

    def _lead(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments with which a file system meets the fake, if one is entered."""
        if self._current() is None:
            return given
        server = loopback(self._current)
        if given.get("endpoint_override") and server.is_here(given["endpoint_override"]):
            return given
        kept = {name: value for name, value in given.items() if name not in _OF_ROLES + _OTHERWISE}
        return kept | {"endpoint_override": server.host, "scheme": "http"}

    def _make_resolver(self, really: Callable[..., str]) -> Callable[..., str]:
        @wraps(really)
        def resolve_s3_region(bucket: str, *args: Any, **kwargs: Any) -> str:
            endpoint = self._current()
            if endpoint is None:
                return really(bucket, *args, **kwargs)
            host = "s3.amazonaws.com"
            endpoint.claims(host, {}, "")
            found = endpoint.handle(Request("HEAD", "https", host, f"/{bucket}", "", {"host": host}))
            if "x-amz-bucket-region" not in found.headers:
                raise OSError(f"Bucket '{bucket}' not found")
            return found.headers["x-amz-bucket-region"]

        return resolve_s3_region


class PyarrowUriDoor(Door):
    """Leads file systems that are made from a URI: `FileSystem.from_uri`, and what reads or writes "s3://...".

    `from_uri` looks up this function at each call, and is its only caller.
    """

    module = "pyarrow._fs"
    replaces = ("_stringify_path",)

    def replace(self, really: Any) -> Any:
        """Return the function that returns a path or URI as text."""

        @wraps(really)
        def stringify_path(path: Any) -> Any:
            text = really(path)
            is_led = isinstance(text, str) and text.lower().startswith("s3://") and self._current() is not None
            return self._lead(text) if is_led else text

        return stringify_path

    def _lead(self, uri: str) -> str:
        """Return a URI of which the file system meets the fake."""
        parts = urlsplit(uri)
        given = dict(parse_qsl(parts.query))
        server = loopback(self._current)
        if "endpoint_override" in given and server.is_here(given["endpoint_override"]):
            return uri
        given |= {"endpoint_override": server.host, "scheme": "http"}
        return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(given), parts.fragment))
