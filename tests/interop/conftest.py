"""What programs of others meet: `fakes3 serve` with one account, the owner of its buckets, and a browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

import pytest

from .chromium import Chromium
from .served import client_of, served


class Page(BaseHTTPRequestHandler):
    """An empty page."""

    def do_GET(self) -> None:
        body = b"<!doctype html><title>A page</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")  # or the form is sent in another encoding
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def origin() -> Iterator[str]:
    """The origin of a page, at a port of its own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def one_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A browser, of which `chromium.EXECUTABLE` says whether there is one."""
    with Chromium(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture
def browser(one_browser: Chromium) -> Chromium:
    """A browser with an empty page."""
    one_browser.renew()
    return one_browser


@pytest.fixture
def url() -> Iterator[str]:
    """The URL of a server with one account."""
    with served() as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[Any]:
    """The owner of the buckets."""
    with client_of(url) as made:
        yield made


@pytest.fixture
def bucket(client: Any) -> str:
    """The name of a bucket whose ACLs are off, as those of every new bucket."""
    client.create_bucket(Bucket="data")
    return "data"


@pytest.fixture
def advance(url: str) -> Callable[..., None]:
    """Move the server's clock forward: `advance(days=31)`."""

    def advance(**step: float) -> None:
        headers = {"Content-Type": "application/json"}
        body = json.dumps({"advance": step}).encode()
        with urlopen(Request(f"{url}/_fakes3/clock", body, headers), timeout=60) as answer:
            assert 200 == answer.status

    return advance
