"""Headers that a client library refuses to send over a socket are refused under the mock too, by the same error."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.config import Config

from fakes3 import mock_s3

from .http_libraries import LIBRARIES, Library

AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, "
    f"Signature={'0' * 64}"
)
S3 = "http://s3.us-east-1.amazonaws.com"
RESPONSE = b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'

VALUES = [
    "a\nb",
    "a\rb",
    "a\r\nb",
    "a\n b",
    "a\r\n b",
    "a\r b",
    "\na",
    "a\n",
    "\x00",
    "\x01",
    "\x7f",
    "\x0b",
    "é",
    "漢",
    " a ",
]
NAMES = ["x-amz-meta-a\nb", "x-amz-meta-a\r\nb", "x-amz-meta-a b", "x-amz-meta-(a)", "x-amz-meta-é", "x-amz-meta-漢"]
HEADERS = [*(("x-amz-meta-a", value) for value in VALUES), *((name, "value") for name in NAMES)]

Send = Callable[[str, str, str], object]
"""Sends a PUT to a base URL with one header beside the usual ones."""


@pytest.fixture(scope="module")
def over_a_socket() -> Iterator[str]:
    """The URL of a server that reads what comes, and says that all is well."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:  # it was closed
                    return
                with connection:
                    connection.settimeout(5)
                    received = b""
                    while b"\r\n\r\n" not in received and (piece := connection.recv(65536)):
                        received += piece
                    if received:
                        connection.sendall(RESPONSE)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def of_a_library(library: Library) -> Send:
    def send(url: str, name: str, value: str) -> object:
        return library.request("PUT", f"{url}/bucket/key", b"", {name: value, "authorization": AUTHORIZATION})

    return send


def of_boto3(url: str, name: str, value: str) -> object:
    """Sends it as metadata, as most programs do."""
    client: Any = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    return client.put_object(Bucket="bucket", Key="key", Metadata={name.removeprefix("x-amz-meta-"): value})


def error_of(send: Send, url: str, header: tuple[str, str]) -> tuple[type[Exception], str] | None:
    """Return what is raised, but not a refusal by S3: that is not the library's."""
    try:
        send(url, *header)
    except Exception as error:
        return None if type(error).__name__ == "ClientError" else (type(error), str(error))
    return None


@pytest.mark.parametrize("header", HEADERS, ids=[ascii(each) for each in HEADERS])
class TestHeadersThatCannotBeSent:
    """Over a socket http.client, h11 and aiohttp refuse line ends, and each of them some more."""

    @pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: type(library).__name__)
    def test_by_libraries_of_http(self, over_a_socket, library, header):
        send = of_a_library(library)
        expected = error_of(send, over_a_socket, header)
        with mock_s3() as s3:
            s3.create_bucket("bucket")
            assert expected == error_of(send, S3, header)
            assert ("key" in s3["bucket"]) is (expected is None and s3.calls[-1].status == 200)

    @pytest.mark.parametrize("direct", [False, True])
    def test_by_boto3(self, over_a_socket, direct, header):
        expected = error_of(of_boto3, over_a_socket, header)
        with mock_s3(direct=direct) as s3:
            s3.create_bucket("bucket")
            assert expected == error_of(of_boto3, S3, header)
            assert ("key" in s3["bucket"]) is (expected is None and s3.calls[-1].status == 200)


def test_a_description_of_several_lines_is_an_error_of_boto3(s3):
    client, _ = s3.client(), s3.create_bucket("bucket")
    with pytest.raises(Exception, match="Invalid header value b'first\\\\nsecond'") as raised:
        client.put_object(Bucket="bucket", Key="key", Metadata={"description": "first\nsecond"})
    assert "HTTPClientError" == type(raised.value).__name__


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: type(library).__name__)
def test_text_beyond_ascii_comes_back_as_the_bytes_that_were_stored(s3, library):
    """S3 returns system metadata as it was sent; the libraries differ in what they make of its bytes."""
    s3.create_bucket("bucket")
    client = s3.client()
    client.put_object(Bucket="bucket", Key="key", ContentDisposition='attachment; filename="é漢.txt"')
    url = client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})
    shown = library.send("GET", url).headers["Content-Disposition"]
    sent = 'attachment; filename="é漢.txt"'
    assert sent in {shown, shown.encode("latin-1", "replace").decode(errors="replace")}
