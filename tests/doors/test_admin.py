"""The admin API of a server: who may use it, how it answers, and its forks."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.config import Config

from fakes3 import FakeS3
from fakes3.doors import admin
from fakes3.doors.admin import AdminSite, Ask
from fakes3.doors.server import Site, serving
from fakes3.doors.server_upload import Absent, BodyWanted
from fakes3.model.errors import IncompleteBody, UsageError
from fakes3.wire.message import Request

HOST = "127.0.0.1:9000"
JSON = {"content-type": "application/json"}
TOKEN = {"authorization": "Bearer s3cret"}


class Told(NamedTuple):
    """An answer of the API."""

    status: int
    value: Any
    headers: dict[str, str]


def mistake(ask: Ask) -> Any:
    raise UsageError("That is no good. Give something better.")


def fault(ask: Ask) -> Any:
    raise ZeroDivisionError


def echo(ask: Ask) -> Any:
    return [dict(ask.query), dict(ask.body)]


ROUTES: admin.Routes = {
    "health": {"GET": lambda ask: "ok"},
    "echo": {
        "GET": lambda ask: [dict(ask.query), dict(ask.body)],
        "POST": lambda ask: [dict(ask.query), dict(ask.body)],
    },
    "count": {"GET": lambda ask: len(ask.service.world.buckets)},
    "plain": {"GET": lambda ask: [MappingProxyType({"a": datetime(2026, 1, 1, tzinfo=UTC)}), Path("b")]},
    "mistake": {"GET": mistake},
    "fault": {"GET": fault},
}


class Server:
    """A server with one bucket, which is asked without a port."""

    def __init__(self, **options: Any) -> None:
        self.fake = FakeS3()
        self.fake.create_bucket("bucket", objects={"k": "x"})
        self.site = AdminSite(Site(self.fake.service), ROUTES, **options)

    def ask(
        self, method: str, target: str, headers: dict[str, str] | None = None, *, host: str = HOST, body: Any = b""
    ) -> Told:
        path, _, query = target.partition("?")
        response = self.site.answer(Request(method, "http", host, path, query, headers or {}, body))
        content = bytes(response.body)
        is_json = response.headers.get("Content-Type") == "application/json"
        return Told(response.status, json.loads(content) if content and is_json else content, response.headers)


@pytest.fixture
def server() -> Server:
    return Server()


class TestWhoseRequestItIs:
    """`/_fakes3/` is the admin API, unless it is a key: at the host of a bucket."""

    @pytest.mark.parametrize("host", [HOST, "localhost:9000", "[::1]:9000", "192.0.2.7", "LOCALHOST"])
    def test_the_servers_own_hosts(self, server: Server, host: str):
        assert (200, 1) == server.ask("GET", "/_fakes3/count", host=host)[:2]

    @pytest.mark.parametrize(
        "host", ["bucket.localhost:9000", "bucket.s3.amazonaws.com", "s3.amazonaws.com", "bucket.s3-website.localhost"]
    )
    def test_keys_of_a_bucket_and_amazons_hosts_are_s3s(self, server: Server, host: str):
        for path in ("/_fakes3/count", "//_fakes3/count"):
            told = server.ask("GET", path, host=host)
            assert told.status in {400, 403, 404}
            assert "x-amz-request-id" in told.headers

    def test_after_an_endpoint_that_ends_with_a_slash(self, server: Server):
        assert (200, 1) == server.ask("GET", "//_fakes3/count")[:2]

    @pytest.mark.parametrize(
        "path", ["/", "/bucket/k", "/_fakes3x", "//_fakes3x", "///_fakes3/count", "/bucket/_fakes3/count"]
    )
    def test_all_other_paths_are_s3s(self, server: Server, path: str):
        assert "x-amz-request-id" in server.ask("GET", path).headers

    def test_what_cannot_be_read_is_refused_by_s3(self, server: Server):
        assert b"<Code>IncompleteBody</Code>" in bytes(server.site.refuse(IncompleteBody()).body)


class TestAnswers:
    def test_the_query_and_the_body_arrive(self, server: Server):
        told = server.ask("POST", "/_fakes3/echo?a=%C3%BC+b", JSON, body=[b'{"x"', b": [1]}"])
        assert (200, [{"a": "ü b"}, {"x": [1]}]) == told[:2]
        assert (200, [{}, {}]) == server.ask("POST", "/_fakes3/echo", JSON)[:2]

    def test_what_json_does_not_have_is_told_plainly(self, server: Server):
        assert [{"a": "2026-01-01T00:00:00+00:00"}, "b"] == server.ask("GET", "/_fakes3/plain").value

    def test_nothing_is_kept_or_shown_elsewhere(self, server: Server):
        headers = server.ask("GET", "/_fakes3/count").headers
        assert ("no-store", "nosniff", "same-origin", "2") == (
            headers["Cache-Control"],
            headers["X-Content-Type-Options"],
            headers["Cross-Origin-Resource-Policy"],
            headers["Content-Length"],
        )
        assert "Access-Control-Allow-Origin" not in headers

    def test_head_has_no_body(self, server: Server):
        told = server.ask("HEAD", "/_fakes3/count")
        assert (200, b"", "2") == (told.status, told.value, told.headers["Content-Length"])

    @pytest.mark.parametrize(
        ("method", "path", "status", "error", "remedy"),
        [
            ("GET", "nope", 404, "There is nothing at /_fakes3/nope.", "Look at /_fakes3/openapi.json."),
            ("DELETE", "echo", 405, "/_fakes3/echo has no DELETE.", "Send GET, POST."),
            ("GET", "mistake", 400, "That is no good.", "Give something better."),
            ("GET", "echo?a=%ff", 400, "Couldn't parse the specified URI.", "Send the whole request, in UTF-8."),
            ("DELETE", "forks/f1", 404, "There is no fork 'f1'.", "Make one with POST /_fakes3/forks."),
            ("GET", "forks?a=1", 400, "The parameters 'a' are not known.", "Leave out all parameters."),
        ],
    )
    def test_refusals_say_what_to_do(
        self, server: Server, method: str, path: str, status: int, error: str, remedy: str
    ):
        assert (status, {"error": error, "remedy": remedy}) == server.ask(method, f"/_fakes3/{path}")[:2]

    @pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a": NaN}', b'{"a": "\\ud800"}', b"[" * 100_000])
    def test_a_body_that_is_no_json(self, server: Server, body: bytes):
        status, value, _ = server.ask("POST", "/_fakes3/echo", JSON, body=body)
        assert (400, 'Send a JSON object, such as {"freeze": true}.') == (status, value["remedy"])
        assert value["error"].startswith("The body is no JSON (")

    def test_pairs_of_surrogates_are_characters(self, server: Server):
        assert [{}, {"a": "😀"}] == server.ask("POST", "/_fakes3/echo", JSON, body=b'{"a": "\\ud83d\\ude00"}').value

    def test_a_body_that_is_no_object(self, server: Server):
        told = server.ask("POST", "/_fakes3/echo", JSON, body=b"[]")
        assert (400, "The body is no object.") == (told.status, told.value["error"])

    def test_a_body_that_is_too_large(self, server: Server, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(admin, "MOST_BYTES", 3)
        told = server.ask("POST", "/_fakes3/echo", JSON, body=[b"{ ", b" }"])
        assert (413, "The body has more than 3 bytes.") == (told.status, told.value["error"])

    def test_a_body_that_has_not_arrived_is_waited_for(self, server: Server):
        with pytest.raises(BodyWanted):
            server.ask("POST", "/_fakes3/forks", JSON, body=Absent())
        assert {"forks": []} == server.ask("GET", "/_fakes3/forks").value

    def test_a_fault_is_logged(self, server: Server, caplog: pytest.LogCaptureFixture):
        assert 500 == server.ask("GET", "/_fakes3/fault").status
        assert "fakes3 failed to answer GET /_fakes3/fault" in caplog.text

    def test_its_requests_are_no_calls(self, server: Server):
        server.ask("GET", "/_fakes3/count")
        assert 0 == len(server.fake.calls)


class TestThePage:
    def test_it_runs_its_own_style_and_script_alone(self, server: Server):
        told = server.ask("GET", "/_fakes3/")
        assert (200, "text/html; charset=utf-8") == (told.status, told.headers["Content-Type"])
        policy = dict(each.split(" ", 1) for each in told.headers["Content-Security-Policy"].split("; "))
        assert ("'none'", "'self'", "'none'") == (
            policy["default-src"],
            policy["connect-src"],
            policy["frame-ancestors"],
        )
        for tag in (b"style", b"script"):
            before, _, rest = told.value.partition(b"<%s>" % tag)
            content = rest.partition(b"</%s>" % tag)[0]
            assert f"'sha256-{b64encode(sha256(content).digest()).decode()}'" == policy[f"{tag.decode()}-src"]
            assert before.count(b"<%s" % tag) + rest.count(b"<%s" % tag) == 0
        assert b"://" not in told.value
        assert None is re.search(rb"\son\w+=|\sstyle=|innerHTML", told.value)  # which no policy would let run

    def test_a_path_without_its_slash_leads_to_it(self, server: Server):
        told = server.ask("GET", "/_fakes3")
        assert (308, "_fakes3/") == (told.status, told.headers["Location"])

    def test_the_description_of_the_api(self, server: Server):
        assert "3.1.0" == server.ask("GET", "/_fakes3/openapi.json").value["openapi"]


class TestGuard:
    """The tests on this machine use it, and whoever has the token; a page of another origin never does."""

    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "http://localhost:3000"},
            {"origin": "https://127.0.0.1:9000"},
            {"origin": "null"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
    def test_pages_of_other_origins_are_refused(self, server: Server, method: str, headers: dict[str, str]):
        told = server.ask(method, "/_fakes3/forks", headers | JSON)
        assert (403, True) == (told.status, "pages of other origins" in told.value["error"])

    @pytest.mark.parametrize("headers", [{"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}])
    def test_its_own_page_is_not(self, server: Server, headers: dict[str, str]):
        assert 201 == server.ask("POST", "/_fakes3/forks", headers | JSON).status

    def test_a_page_that_chose_the_host_is_refused(self, server: Server):
        """DNS rebinding: the name of a stranger leads to this machine, and so its page is of the same origin."""
        for host in ("evil.example:9000", "localhost.evil.example", "", "[", "127.0.0.1.evil.example"):
            assert 403 == server.ask("GET", "/_fakes3/count", host=host).status

    @pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}, {"content-type": "multipart/form-data"}])
    def test_what_a_form_can_send_changes_nothing(self, server: Server, headers: dict[str, str]):
        told = server.ask("POST", "/_fakes3/forks", headers)
        assert (415, "Send the header Content-Type: application/json.") == (told.status, told.value["remedy"])
        assert 201 == server.ask("POST", "/_fakes3/forks", headers | {"x-fakes3": "1"}).status

    def test_without_a_token_it_is_off_for_others(self):
        server = Server(is_local=False)
        told = server.ask("GET", "/_fakes3/count")
        assert (403, "Start it with --admin-token TOKEN.") == (told.status, told.value["remedy"])
        assert 200 == server.ask("GET", "/_fakes3/health", host="fakes3:9000").status  # which tells nothing

    @pytest.mark.parametrize("is_local", [True, False])
    def test_a_token_has_to_be_shown(self, is_local: bool):
        server = Server(is_local=is_local, token="s3cret")
        for headers in ({}, {"authorization": "Bearer s3cre"}, {"authorization": "Basic s3cret"}):
            told = server.ask("GET", "/_fakes3/count", headers)
            assert (401, "Bearer") == (told.status, told.headers["WWW-Authenticate"])
        for host in (HOST, "fakes3:9000"):  # no page knows it, so any name will do
            assert (200, 1) == server.ask("GET", "/_fakes3/count", TOKEN, host=host)[:2]
        assert 403 == server.ask("GET", "/_fakes3/count", {**TOKEN, "origin": "http://a.example"}).status


class TestForks:
    """A fork is an S3 of its own at the same port, which began with the same content."""

    def fork(self, server: Server, place: str = "/_fakes3", host: str = HOST) -> dict[str, str]:
        status, value, _ = server.ask("POST", f"{place}/forks", JSON, host=host)
        assert 201 == status
        fork: dict[str, str] = value
        return fork

    def test_has_an_endpoint_by_path_and_by_host(self, server: Server):
        fork = self.fork(server)
        assert fork["url"] == f"http://{HOST}/_fakes3/s3/{fork['id']}"
        assert fork["host_url"] == f"http://{fork['id']}.forks.localhost:9000"
        assert {"forks": [fork]} == server.ask("GET", "/_fakes3/forks").value

    def test_begins_with_the_same_content_and_goes_its_own_way(self, server: Server):
        place = f"/_fakes3/s3/{self.fork(server)['id']}"
        server.fake.create_bucket("later")
        assert (1, 2) == (
            server.ask("GET", f"{place}/_fakes3/count").value,
            server.ask("GET", "/_fakes3/count").value,
        )

    def test_can_be_forked(self, server: Server):
        first = self.fork(server)
        server.fake.create_bucket("later")
        second = self.fork(server, f"/_fakes3/s3/{first['id']}/_fakes3")
        assert 1 == server.ask("GET", f"/_fakes3/s3/{second['id']}/_fakes3/count").value
        assert {"forks": [first, second]} == server.ask("GET", "/_fakes3/forks").value

    def test_is_ended(self, server: Server):
        fork = self.fork(server)
        name, host = fork["id"], fork["host_url"].removeprefix("http://")
        assert (200, {}) == server.ask("DELETE", f"/_fakes3/forks/{name}")[:2]
        told = server.ask("GET", f"/_fakes3/s3/{name}/bucket/k")
        assert (404, f"There is no fork {name!r}.") == (told.status, told.value["error"])
        assert told[:2] == server.ask("GET", "/bucket/k", host=host)[:2]
        assert 404 == server.ask("DELETE", f"/_fakes3/forks/{name}").status

    @pytest.mark.parametrize("bucket_host", ["", "bucket."])
    def test_is_called_at_its_host(self, server: Server, bucket_host: str):
        host = bucket_host + self.fork(server)["host_url"].removeprefix("http://")
        told = server.ask("GET", "/k" if bucket_host else "/bucket/k", host=host)
        assert (403, True) == (told.status, b"AccessDenied" in told.value)
        status = server.ask("GET", "/_fakes3/count", host=host).status
        assert (403 if bucket_host else 200) == status  # there it is a key
        assert 0 == len(server.fake.calls)

    def test_a_key_of_a_bucket_may_look_like_a_fork(self, server: Server):
        told = server.ask("GET", "/_fakes3/s3/f1-01234567/k", host="bucket.localhost:9000")
        assert (403, True) == (told.status, b"AccessDenied" in told.value)

    def test_is_called_by_any_number_of_hosts(self, server: Server, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(admin, "_MOST_HOSTS", 2)
        place = f"/_fakes3/s3/{self.fork(server)['id']}"
        for _ in range(2):
            for number in range(4):
                assert 1 == server.ask("GET", f"{place}/_fakes3/count", host=f"127.0.0.1:{number}").value

    @pytest.mark.parametrize("style", ["path", "virtual"])
    @pytest.mark.parametrize("version", ["s3", "s3v4"])
    def test_clients_write_to_it_and_sign_its_path(self, style: Any, version: str):
        """A client writes the bucket before the host or behind the path."""
        server = Server()
        server.fake.service.settings = server.fake.service.settings._replace(verifies_signatures=True)
        with serving(server.site) as url:
            netloc = url.removeprefix("http://").replace("127.0.0.1", "localhost")
            client = self.client(self.fork(server, host=netloc)["url"], style, version, server.fake)
            connection = HTTPConnection(url.removeprefix("http://"), timeout=60)
            for method, body in (("put_object", b"mine"), ("get_object", b"")):
                signed = client.generate_presigned_url(method, Params={"Bucket": "bucket", "Key": "a/b c"})
                host, _, target = signed.removeprefix("http://").partition("/")
                assert (host == netloc, host == f"bucket.{netloc}") == (style == "path", style == "virtual")
                connection.request(method[:3].upper(), f"/{target}", body, {"Host": host})
                answer = connection.getresponse()
                assert (200, b"" if body else b"mine") == (answer.status, answer.read())
            connection.close()
            client.close()
        assert ["k"] == list(server.fake["bucket"])

    def test_clients_list_and_upload_in_parts(self):
        server = Server()
        with serving(server.site) as url:
            fork = self.fork(server, host=url.removeprefix("http://"))
            client = self.client(fork["url"], "path", "s3v4", server.fake)
            upload = client.create_multipart_upload(Bucket="bucket", Key="big")["UploadId"]
            members = {"Bucket": "bucket", "Key": "big", "UploadId": upload}
            part = {"PartNumber": 1, "ETag": client.upload_part(**members, PartNumber=1, Body=b"part")["ETag"]}
            done = client.complete_multipart_upload(**members, MultipartUpload={"Parts": [part]})
            assert ["big", "k"] == [each["Key"] for each in client.list_objects_v2(Bucket="bucket")["Contents"]]
            client.close()
        assert done["ETag"].endswith('-1"')
        assert ["k"] == list(server.fake["bucket"])

    def client(self, url: str, style: Any, version: str, fake: FakeS3) -> Any:
        user = fake.account()
        keys = {"aws_access_key_id": user.access_key_id, "aws_secret_access_key": user.secret_access_key}
        config = Config(s3={"addressing_style": style}, signature_version=version)
        session: Any = boto3.session.Session()
        return session.client("s3", endpoint_url=url, region_name="us-east-1", config=config, **keys)
