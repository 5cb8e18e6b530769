"""The server of a fake: its URL, and how clients in other processes and of other libraries are told of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fakes3.model.errors import UsageError
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from fakes3.testing.hosts import read_hosts

if TYPE_CHECKING:
    from fakes3.testing.fake import FakeS3

_NOT_PROXIED = "127.0.0.1,localhost"


class StorageOptions(dict[str, str]):
    """How libraries are told of a server, in the spelling of each.

    By itself it is what libraries on the Rust crate object_store take: `storage_options=` of polars and deltalake,
    `config=` of a store of obstore. s3fs refuses names that it does not know, so no one mapping suits both.

    Args:
        url: The URL of the server.
        region: The region that clients sign for.
        ca_file: The certificate that clients are to trust; None without TLS.
    """

    def __init__(self, url: str, region: str, ca_file: str | None = None) -> None:
        super().__init__(
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            aws_region=region,
            aws_endpoint_url=url,
            aws_allow_http=_yes_or_no(ca_file is None),
            aws_virtual_hosted_style_request="false",
        )
        self._url, self._region, self._ca_file = url, region, ca_file

    @property
    def fsspec(self) -> dict[str, Any]:
        """For s3fs, and so `storage_options=` of pandas, dask and whatever else opens URLs by fsspec."""
        of_client = {"region_name": self._region, "verify": self._ca_file}
        return {
            "key": ACCESS_KEY_ID,
            "secret": SECRET_ACCESS_KEY,
            "endpoint_url": self._url,
            "client_kwargs": {name: value for name, value in of_client.items() if value is not None},
        }

    @property
    def pyarrow(self) -> dict[str, Any]:
        """The arguments of `pyarrow.fs.S3FileSystem`."""
        scheme, place, *_ = urlsplit(self._url)
        options = {
            "access_key": ACCESS_KEY_ID,
            "secret_key": SECRET_ACCESS_KEY,
            "region": self._region,
            "scheme": scheme,
            "endpoint_override": place,
        }
        return options if self._ca_file is None else options | {"tls_ca_file_path": self._ca_file}

    @property
    def daft(self) -> dict[str, Any]:
        """The arguments of `daft.io.S3Config`."""
        return {
            "endpoint_url": self._url,
            "key_id": ACCESS_KEY_ID,
            "access_key": SECRET_ACCESS_KEY,
            "region_name": self._region,
            "use_ssl": urlsplit(self._url).scheme == "https",
            "force_virtual_addressing": False,
        }

    @property
    def duckdb(self) -> str:
        """SQL that tells a connection of duckdb: `connection.execute(server.storage_options.duckdb)`."""
        scheme, place, *_ = urlsplit(self._url)
        secret = (
            f"CREATE OR REPLACE SECRET fakes3 (TYPE s3, KEY_ID '{ACCESS_KEY_ID}', SECRET '{SECRET_ACCESS_KEY}', "
            f"REGION '{self._region}', ENDPOINT '{place}', URL_STYLE 'path', USE_SSL {_yes_or_no(scheme == 'https')});"
        )
        if self._ca_file is None:
            return secret
        path = self._ca_file.replace("'", "''")
        return f"SET ca_cert_file = '{path}'; {secret}"

    @property
    def pyiceberg(self) -> dict[str, str]:
        """Properties of a catalog or a FileIO of pyiceberg."""
        return {
            "s3.access-key-id": ACCESS_KEY_ID,
            "s3.secret-access-key": SECRET_ACCESS_KEY,
            "s3.region": self._region,
            "s3.endpoint": self._url,
            "s3.force-virtual-addressing": "false",
        }


class ServerUrl(str):
    """The URL of a server, which also says how clients are told of it.

    Attributes:
        env: Variables for other processes: `subprocess.run(..., env=os.environ | server.env)`. They lead the AWS SDKs
            of every language, the AWS CLI, and native libraries, and give them the keys of the fake.
        storage_options: The options of polars, deltalake and obstore, and, as its properties, those of other libraries.
        ca_file: The certificate that clients are to trust where the server has TLS or is a proxy; None elsewhere.
    """

    env: dict[str, str]
    storage_options: StorageOptions
    ca_file: str | None

    @classmethod
    def of(cls, url: str, region: str, ca_file: str | None = None, *, proxy: bool = False) -> ServerUrl:
        """Return the URL of a server, with what belongs to it. To a proxy clients are led by other variables."""
        made = cls(url)
        ways = _proxies(url) if proxy else _endpoints(url) | _unproxied()
        made.env = _credentials(region) | ways | _trust(ca_file)
        made.storage_options = StorageOptions(url, region, ca_file if url.startswith("https:") else None)
        made.ca_file = ca_file
        return made

    @property
    def url(self) -> str:
        """The URL as plain text."""
        return str(self)


def _yes_or_no(value: bool) -> str:
    return "true" if value else "false"


def _credentials(region: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _endpoints(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    return {
        # AWS's own SDKs and tools. The other services get an answer that says that this is S3 alone.
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_S3": url,
        # polars, deltalake, obstore, datafusion
        "AWS_ENDPOINT": url,
        "AWS_ALLOW_HTTP": _yes_or_no(parts.scheme == "http"),
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
        # No variable tells duckdb that buckets are in the path. So its host is one whose subdomains are this machine.
        "DUCKDB_S3_ENDPOINT": f"localhost:{parts.port}",
        "DUCKDB_S3_USE_SSL": _yes_or_no(parts.scheme == "https"),
    }


def _proxies(url: str) -> dict[str, str]:
    """Return the variables by which clients send everything to a proxy, whatever they were told before.

    What the user lets pass by proxies could be S3 itself, so none of it is kept.
    """
    names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
    unproxied = dict.fromkeys(("NO_PROXY", "no_proxy"), _NOT_PROXIED)
    return {**dict.fromkeys(names, url), **unproxied, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}


def _trust(ca_file: str | None) -> dict[str, str]:
    """Return the variables by which clients trust a certificate.

    In order: botocore and the AWS CLI; OpenSSL, Go and Rust; requests; curl; Node.
    """
    if ca_file is None:
        return {}
    names = ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
    return dict.fromkeys(names, ca_file)


def _unproxied() -> dict[str, str]:
    """Return the variables that keep requests to this machine from a proxy, with what they say already."""
    found = {}
    for name in ("NO_PROXY", "no_proxy"):
        kept = os.environ.get(name, "").removesuffix(_NOT_PROXIED).rstrip(",")
        found[name] = f"{kept},{_NOT_PROXIED}" if kept else _NOT_PROXIED
    return found


class Server(AbstractContextManager[ServerUrl]):
    """A server of a fake, which is open inside a `with` block, or from `start` to `stop`, for `setUp` and the like."""

    def __init__(self, serve: Callable[[], AbstractContextManager[ServerUrl]]) -> None:
        self._serve = serve
        self._open = ExitStack()
        self._url: ServerUrl | None = None

    def start(self) -> ServerUrl:
        """Open it, and return its URL. Raises: UsageError."""
        self._url = self._open.enter_context(self._serve())
        return self._url

    def stop(self) -> None:
        """Close it."""
        self._url = None
        self._open.close()

    @property
    def url(self) -> str:
        """Its URL as plain text. This and the others are of the open server. Raises: UsageError, while it is closed."""
        return self._opened().url

    @property
    def env(self) -> dict[str, str]:
        """The variables by which other processes find it."""
        return self._opened().env

    @property
    def storage_options(self) -> StorageOptions:
        """The options of libraries that lead them to it."""
        return self._opened().storage_options

    @property
    def ca_file(self) -> str | None:
        """The certificate that clients are to trust; None for a server that needs none."""
        return self._opened().ca_file

    def _opened(self) -> ServerUrl:
        if self._url is None:
            raise UsageError(
                "This server is closed, so it has no URL. Open it by `with s3.server() as server:`, or call start()."
            )
        return self._url

    def __enter__(self) -> ServerUrl:
        return self.start()

    def __exit__(self, *raised: Any) -> None:
        self._url = None
        self._open.__exit__(*raised)


def check_port(port: object) -> None:
    """Raise UsageError, unless this is a number of a port, or may be one."""
    if not isinstance(port, int) or isinstance(port, bool):
        raise UsageError(f"s3.server(port=...) cannot be {port!r}. Give a number, or 0 for any port that is free.")


@contextmanager
def served(fake: FakeS3, *, port: int, tls: bool, proxy: bool, passthrough: Iterable[str]) -> Iterator[ServerUrl]:
    """Serve a fake at a port of this machine, and give the URL.

    Raises: UsageError.
    """
    from fakes3.doors.server import Site, serving  # imports asyncio, and few tests need a port
    from fakes3.testing.admin import with_admin

    ways_out = read_hosts("s3.server(passthrough=...)", passthrough)
    if tls and proxy:
        raise UsageError(
            "s3.server(tls=True, proxy=True) would be a proxy that is itself reached by TLS, which few clients know. "
            "Leave out tls=True: what clients send through the proxy by https has TLS all the same."
        )
    if ways_out and not proxy:
        raise UsageError("s3.server(passthrough=...) lets hosts out by a proxy. Give proxy=True too.")
    with ExitStack() as stack:
        authority, ca_file = None, None
        if tls or proxy:
            from fakes3.doors.server_certificates import published

            authority, ca_file = stack.enter_context(published())
        site = with_admin(Site(fake.service, authority=authority, passthrough=ways_out))
        context = authority.context() if authority is not None and tls else None
        url = stack.enter_context(serving(site, port=port, tls=context))
        yield ServerUrl.of(url, fake.region, ca_file, proxy=proxy)
