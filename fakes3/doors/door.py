"""What every door shares: which requests are the fake's, which fake is meant, and how a library is patched and left.

A door knows a client library and nothing of S3. It turns the library's request into a `Request`, asks the `Endpoint`
that is entered, and turns the `Response` back.

Fakes are entered and left in any order and from any thread. Doors are opened by the first that enters and closed by
the last that leaves, so what they patched is restored however the fakes in between were nested.
"""

from __future__ import annotations

import io
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import partial
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from threading import RLock
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import UnmockedRequest
from fakes3.operations.service import Service
from fakes3.wire.addressing import host_of, is_aws_host
from fakes3.wire.endpoint import handle
from fakes3.wire.message import Request, Response

PIECE = 1024 * 1024
"""How many bytes of a body are read at a time. botocore's aws-chunked wrapper is quadratic when read whole."""

_SIGNED_FOR_S3 = ("/s3/aws4_request", "/s3express/aws4_request")
_SIGNATURE_V2 = "AWS "
_SIGNED = "/aws4_request"
_MAYBE = frozenset({"other-aws", "not-aws", "custom"})
"""Kinds of hosts whose requests may be for something else than S3."""


class Endpoint:
    """A fake as doors see it: what it serves and what it answers.

    Args:
        service: The S3 behind it.
        endpoints: Base URLs or hosts that are this S3 too, such as `http://minio:9000`.
        passthrough: Hosts whose requests go out, whatever they are.
        direct: Whether botocore's clients are answered above HTTP, where that can be done.
    """

    def __init__(
        self,
        service: Service,
        *,
        endpoints: Iterable[str] = (),
        passthrough: Iterable[str] = (),
        direct: bool = False,
    ) -> None:
        self.service = service
        self.direct = direct
        self.base_hosts = frozenset(_host(each) for each in endpoints)
        self.passthrough = frozenset(_host(each) for each in passthrough)

    def handle(self, request: Request) -> Response:
        """Answer a request."""
        return handle(self.service, request, self.base_hosts)

    def serves(self, host: str, headers: Mapping[str, str], query: str) -> bool:
        """Say whether a request is for S3, where nothing else could answer one that is not.

        Raises: UnmockedRequest, for any other of Amazon's hosts.
        """
        if self.takes(host, headers, query):
            return True
        if is_aws_host(host) and not self._lets_out(host) and host_of(host, self.base_hosts).kind != "custom":
            raise UnmockedRequest(
                f"A request to {host} was stopped: it is Amazon's, but not S3's, so fakes3 does not answer it, "
                f'and nothing else did. To let it out, pass mock_s3(passthrough=["{host}"]).'
            )
        return False

    def takes(self, host: str, headers: Mapping[str, str], query: str) -> bool:
        """Say whether a request is for S3: by its host, or by being signed for S3, whatever its host."""
        if self._lets_out(host):
            return False
        kind = host_of(host, self.base_hosts).kind
        if kind not in _MAYBE:
            return True
        authorization = headers.get("authorization", "")
        query = query.replace("%2F", "/").replace("%2f", "/")
        if any(scope in authorization or scope in query for scope in _SIGNED_FOR_S3):
            return True
        if authorization.startswith(_SIGNATURE_V2) or ("AWSAccessKeyId=" in query and "Signature=" in query):
            return True
        # AWS_ENDPOINT_URL names one host for every service; what is signed for another one is not ours.
        return kind == "custom" and _SIGNED not in authorization and _SIGNED not in query

    def _lets_out(self, host: str) -> bool:
        if not self.passthrough:
            return False
        name = host.lower()
        return name in self.passthrough or name.partition(":")[0] in self.passthrough


def request_of(sent: Any) -> Request:
    """What a client was about to send: an object with a method, a URL, headers and a body, as requests has it."""
    url = urlsplit(sent.url)
    headers = {
        # Blanks around a value are no part of it, and servers drop them.
        name: (value.decode("latin-1") if isinstance(value, bytes) else value).strip(" \t")
        for name, value in _lower_items(sent.headers)
    }
    return Request(sent.method, url.scheme, url.netloc, url.path or "/", url.query, headers, _pieces(sent.body))


def _lower_items(headers: Any) -> Iterable[tuple[str, Any]]:
    """The headers by lower-case name.

    The `HeadersDict` of botocore makes a new key object for every look at every header, which is as dear as the rest of
    a get. It has the lower-case names already.
    """
    kept = getattr(headers, "_dict", None)
    if type(headers).__name__ == "HeadersDict" and isinstance(kept, dict):
        return [(getattr(key, "_lower", None) or str(key).lower(), value) for key, value in kept.items()]
    return [(name.lower(), value) for name, value in headers.items()]


def _pieces(body: Any) -> bytes | Iterable[bytes]:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    return _read(body) if hasattr(body, "read") else body  # an iterable of pieces


def _read(body: Any) -> Iterator[bytes]:
    while data := body.read(PIECE):
        yield data.encode() if isinstance(data, str) else data


class RopeReader(io.RawIOBase):
    """Reads a rope as a file."""

    def __init__(self, body: Rope) -> None:
        self._body = body
        self._at = 0

    def readable(self) -> bool:
        """A response can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with the next bytes; how many there were."""
        data = bytes(self._body[self._at : self._at + len(buffer)])
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _host(endpoint: str) -> str:
    return (urlsplit(endpoint).netloc if "://" in endpoint else endpoint.rstrip("/")).lower()


class Door(ABC):
    """How one client library's requests come in.

    Subclasses name the module that must be imported before there is anything to patch, and the attributes they
    replace while the door is open.
    """

    module: str

    @abstractmethod
    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """What to replace: the owner of each attribute, its name, and what stands there while the door is open."""


class Entrance:
    """All doors of a process, and the fakes that are entered through them, the latest last.

    Args:
        doors: What makes the doors of a library, by its name. They are made when it is imported.
    """

    def __init__(self, doors: Mapping[str, Callable[[], Iterable[Door]]]) -> None:
        self._doors = doors
        self._made: dict[str, tuple[Door, ...]] = {}
        self._lock = RLock()
        self._entered: list[Endpoint] = []
        self._instead: dict[Endpoint, Endpoint] = {}
        self._replaced: list[tuple[Any, str, Any, Any]] = []
        self._watcher = _ImportWatcher()
        self._mine: ContextVar[tuple[Endpoint, ...]] = ContextVar("fakes3_entered", default=())

    def current(self) -> Endpoint | None:
        """The fake that answers: the latest entered by this thread or task, else the latest of all."""
        entered = self._entered
        for endpoint in reversed(self._mine.get()):
            if endpoint in entered:
                return self._instead.get(endpoint, endpoint)
        try:
            return entered[-1]
        except IndexError:
            return None

    def enter(self, endpoint: Endpoint, *, instead_of: Endpoint | None = None) -> None:
        """Let requests in to this fake, opening the doors if it is the first.

        Args:
            endpoint: The fake.
            instead_of: An entered fake for which this one answers until it is left: to this thread or task, and to
                all that grew out of one which entered the other.
        """
        with self._lock:
            if not self._entered:
                self._open()
            self._entered.append(endpoint)
            if instead_of is not None:
                self._instead[instead_of] = endpoint
        self.adopt(endpoint)

    def leave(self, endpoint: Endpoint) -> None:
        """Let no more requests in to this fake, closing the doors if it is the last."""
        with self._lock:
            self._entered.remove(endpoint)
            self._instead = {old: new for old, new in self._instead.items() if endpoint not in (old, new)}
            if not self._entered:
                self._close()
        self._mine.set(tuple(each for each in self._mine.get() if each in self._entered))

    def adopt(self, endpoint: Endpoint) -> None:
        """Make an entered fake the one that answers this thread or task."""
        self._mine.set((*(each for each in self._mine.get() if each in self._entered), endpoint))

    def is_mine(self, endpoint: Endpoint) -> bool:
        """Whether this thread or task entered this fake, or grew out of one that did."""
        return endpoint in self._mine.get()

    @property
    def libraries(self) -> tuple[str, ...]:
        """The libraries that have doors."""
        return tuple(self._doors)

    def doors_of(self, library: str) -> tuple[Door, ...]:
        """The doors of a library."""
        if library not in self._made:
            self._made[library] = tuple(self._doors[library]())
        return self._made[library]

    def _open(self) -> None:
        self._watcher.waiting = {}
        try:
            for library in self._doors:
                if library in sys.modules:
                    self._open_library(library)
                else:
                    self._watcher.wait_for(library, partial(self._open_library, library))
        except BaseException:
            self._close()
            raise
        if self._watcher.waiting:
            sys.meta_path.insert(0, self._watcher)

    def _open_library(self, library: str, _module: ModuleType | None = None) -> None:
        for door in self.doors_of(library):
            if door.module in sys.modules:
                # Another thread may be in the middle of importing it: this waits for it.
                self._open_one(door, import_module(door.module))
            else:
                self._watcher.wait_for(door.module, partial(self._open_one, door))

    def _open_one(self, door: Door, module: ModuleType) -> None:
        with self._lock:
            for owner, name, new in door.replacements(module):
                self._replaced.append((owner, name, owner.__dict__[name], new))
                setattr(owner, name, new)

    def _close(self) -> None:
        self._watcher.waiting = {}
        if self._watcher in sys.meta_path:
            sys.meta_path.remove(self._watcher)
        for owner, name, old, new in reversed(self._replaced):
            # Where somebody patched over us and is still there, ours stays below, and passes everything on.
            if owner.__dict__.get(name) is new:
                setattr(owner, name, old)
        self._replaced.clear()


class _ImportWatcher(MetaPathFinder):
    """Tells when a module it waits for has been imported."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[Callable[[ModuleType], None]]] = {}

    def wait_for(self, name: str, opened: Callable[[ModuleType], None]) -> None:
        """Call this once a module has been imported."""
        self.waiting.setdefault(name, []).append(opened)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self.waiting:
            return None
        for finder in list(sys.meta_path):
            find_spec = None if finder is self else getattr(finder, "find_spec", None)
            spec = None if find_spec is None else find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                # Somebody may only be asking for the spec: the module is waited for until it is there.
                spec.loader = _TellingLoader(spec.loader, self._tell)
                return spec  # type: ignore[no-any-return]
        return None

    def _tell(self, module: ModuleType) -> None:
        for opened in self.waiting.pop(module.__name__, ()):
            opened(module)


class _TellingLoader(Loader):
    def __init__(self, loader: Loader, opened: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._opened = opened

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._opened(module)
