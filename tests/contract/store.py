"""What the contracts are about: a bucket, as one client of S3 shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from enum import Enum
from importlib.util import find_spec
from types import TracebackType
from typing import BinaryIO, ClassVar, NamedTuple, Self, TypeVar

from fakes3 import FakeS3
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY

REGION = "us-east-1"
KEYS = {"aws_access_key_id": ACCESS_KEY_ID, "aws_secret_access_key": SECRET_ACCESS_KEY, "region_name": REGION}
"""What clients are made with that are to know who and where they are."""

MIB = 1024 * 1024


class Way(Enum):
    """Where requests meet the fake."""

    DOOR = "at the library's door"
    ABOVE_HTTP = "above HTTP"
    PORT = "at a port of this machine"


class NotThere(Exception):
    """What the client makes of a key or bucket that does not exist, with the code where it tells one."""

    def __init__(self, code: str | None) -> None:
        super().__init__(code)
        self.code = code


class AlreadyThere(Exception):
    """What the client makes of a key that was to be new and is not."""


NOT_THERE = {"NoSuchKey", "NoSuchBucket", "NoSuchVersion", "404"}


@contextmanager
def translated() -> Iterator[None]:
    """Raise what contracts know for what clients raise, by the code that they tell or by the kind."""
    try:
        yield
    except Exception as error:
        code = code_of(error)
        if code in NOT_THERE or isinstance(error, FileNotFoundError):
            raise NotThere(code) from error
        if code == "PreconditionFailed" or isinstance(error, FileExistsError):
            raise AlreadyThere from error
        raise


def code_of(error: Exception) -> str | None:
    """The code that an error tells, or the error that it was made of."""
    for each in (error, getattr(error, "backend_error", None), error.__cause__):
        response = getattr(each, "response", None)
        code = response["Error"]["Code"] if isinstance(response, dict) else getattr(each, "code", None)
        if isinstance(code, str):
            return code
    return None


class Info(NamedTuple):
    """What a client tells of an object without reading it."""

    size: int
    etag: str


class Store:
    """The bucket "bucket" of a fake, in the hands of a client.

    An adapter has a method for all that its client can do, and names the others in `lacks`, with the reason: the
    contracts that need them are not generated for it.

    Args:
        s3: The fake.
        url: Where the fake is served, if this client comes by a port.
    """

    libraries: ClassVar[tuple[str, ...]] = ()
    """What must be installed."""
    way: ClassVar[Way] = Way.DOOR
    lacks: ClassVar[Mapping[str, str]] = {}
    cannot_name: ClassVar[Mapping[str, str]] = {}
    """Keys that this client spells otherwise, or not at all, with the reason."""

    def __init__(self, s3: FakeS3, url: str = "") -> None:
        self.s3 = s3
        self.url = url
        self.bucket = "bucket"
        self.on_leaving = ExitStack()

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.on_leaving.close()

    def connect(self) -> None:
        """Make the client."""

    def packed(self, body: bytes) -> bytes:
        """The object of which this client says that it is this body: for clients of one format."""
        return body

    @classmethod
    def is_installed(cls) -> bool:
        """Whether the client is here."""
        return all(find_spec(library) for library in cls.libraries)

    @classmethod
    def can(cls) -> frozenset[str]:
        """What the adapter has a method for. An empty object is put by whoever can put."""
        done = {name for name in CAPABILITIES if getattr(cls, name) is not getattr(Store, name)}
        return frozenset(done | ({"put_empty"} - cls.lacks.keys() if "put" in done else set()))

    # ---- What clients can do ----

    def put(self, key: str, body: bytes) -> None:
        """Store an object."""
        raise NotImplementedError

    def put_empty(self, key: str) -> None:
        """Store an object without a byte."""
        self.put(key, b"")

    def put_described(self, key: str, body: bytes, content_type: str, metadata: dict[str, str]) -> None:
        """Store an object with a content type and metadata of the user's."""
        raise NotImplementedError

    def put_new(self, key: str, body: bytes) -> None:
        """Store an object unless the key is there.

        Raises: AlreadyThere
        """
        raise NotImplementedError

    def upload(self, key: str, file: BinaryIO) -> None:
        """Store what a file holds, without reading it whole."""
        raise NotImplementedError

    def multipart(self, key: str, parts: Sequence[bytes]) -> None:
        """Store an object in parts."""
        raise NotImplementedError

    def post_form(self, url: str, fields: dict[str, str], body: bytes) -> int:
        """Send a form as a browser does; the status."""
        raise NotImplementedError

    def ask_from_page(self, method: str, key: str, headers: dict[str, str]) -> tuple[int, Mapping[str, str]]:
        """Send a request with no signature as a browser does for a page; the status and the headers of the answer.

        Who sends forms can do that.
        """
        raise NotImplementedError

    def browse(self, path: str) -> tuple[int, bytes]:
        """Ask the website of the bucket for a page as a browser does; the status and the page.

        Who sends forms can do that.
        """
        raise NotImplementedError

    def get(self, key: str) -> bytes:
        """The body of an object.

        Raises: NotThere
        """
        raise NotImplementedError

    def get_range(self, key: str, start: int, end: int) -> bytes:
        """The bytes from the one at `start` to the one before `end`."""
        raise NotImplementedError

    def get_version(self, key: str, version_id: str) -> bytes:
        """The body of one version."""
        raise NotImplementedError

    def download(self, key: str) -> Iterator[bytes]:
        """The body of an object in pieces."""
        raise NotImplementedError

    def head(self, key: str) -> Info:
        """What is known of an object.

        Raises: NotThere
        """
        raise NotImplementedError

    def content_type(self, key: str) -> str:
        """The content type of an object."""
        raise NotImplementedError

    def metadata(self, key: str) -> dict[str, str]:
        """The metadata of the user's."""
        raise NotImplementedError

    def copy(self, key: str, to: str) -> None:
        """Copy an object within the bucket."""
        raise NotImplementedError

    def delete(self, key: str) -> None:
        """Delete an object."""
        raise NotImplementedError

    def keys(self, prefix: str = "") -> list[str]:
        """All keys that begin so.

        Raises: NotThere
        """
        raise NotImplementedError

    def children(self, prefix: str) -> tuple[list[str], list[str]]:
        """The keys directly below a prefix that ends in "/", and the common prefixes."""
        raise NotImplementedError

    def make_bucket(self, name: str) -> None:
        """Create a bucket."""
        raise NotImplementedError


CAPABILITIES = frozenset(
    {name for name, method in vars(Store).items() if callable(method) and not name.startswith("_")}
    - {"ask_from_page", "browse", "connect", "packed", "is_installed", "can"}
)
"""All that some clients can do and others cannot."""

Contract = TypeVar("Contract", bound=Callable[..., None])


def needs(*capabilities: str) -> Callable[[Contract], Contract]:
    """Mark a contract with what a client must be able to do. It is not generated for those that cannot."""
    assert set(capabilities) <= CAPABILITIES, capabilities

    def mark(contract: Contract) -> Contract:
        contract.needs = frozenset(capabilities)  # type: ignore[attr-defined]
        return contract

    return mark
