"""What the admin API tells and changes, at a server with one S3."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, strategies

import fakes3
from fakes3 import FakeS3
from fakes3.doors.server import Site
from fakes3.testing import admin_state
from fakes3.testing.admin import ROUTES, with_admin
from fakes3.wire.message import Request

OPENAPI = json.loads((Path(fakes3.__file__).parent / "doors" / "admin_openapi.json").read_text(encoding="utf-8"))
YEAR_2026 = datetime(2026, 1, 1, tzinfo=UTC)


class Server:
    """A server that is asked without a port."""

    def __init__(self, *, host: str = "127.0.0.1", token: str | None = None) -> None:
        self.fake = FakeS3()
        self.site = with_admin(Site(self.fake.service), host=host, token=token)

    def ask(self, method: str, name: str, body: Any = None, **query: object) -> tuple[int, Any]:
        text = "&".join(f"{key}={quote(str(value), safe='')}" for key, value in query.items())
        sent = b"" if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        response = self.site.answer(Request(method, "http", "localhost", f"/_fakes3/{name}", text, headers, sent))
        return response.status, json.loads(bytes(response.body))

    def tell(self, method: str, name: str, body: Any = None, **query: object) -> Any:
        status, value = self.ask(method, name, body, **query)
        assert 200 == status, value
        return value

    def refuse(self, method: str, name: str, body: Any = None, **query: object) -> str:
        """The whole text of a refusal, which ends with the remedy."""
        status, value = self.ask(method, name, body, **query)
        assert 400 == status
        assert re.match(r"(Give|Send|Choose|The|Leave|Call|Advance|Say|Add) .+\.$", value["remedy"]), value
        return f"{value['error']} {value['remedy']}"


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def frozen(server: Server) -> Server:
    server.fake.clock.freeze(YEAR_2026)
    return server


def test_it_answers(server: Server):
    assert {"status": "ok", "version": "0.1.0"} == server.tell("GET", "health")


def test_health_without_an_installation(server: Server, monkeypatch: pytest.MonkeyPatch):
    """Also a folder that is merely on the path has a server that says when it is ready."""

    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("fakes3.testing.admin.version", version)
    assert {"status": "ok", "version": "unknown"} == server.tell("GET", "health")


@pytest.mark.parametrize(
    ("host", "token", "status"),
    [
        ("127.0.0.1", None, 200),
        ("127.0.0.1", "", 200),
        ("::1", None, 200),
        ("localhost", None, 200),
        ("0.0.0.0", None, 403),
        ("192.0.2.7", "", 403),
        ("example.com", None, 403),
        ("127.0.0.1", "s3cret", 401),
    ],
)
def test_a_server_that_others_reach_needs_a_token(host: str, token: str | None, status: int):
    assert status == Server(host=host, token=token).ask("GET", "tree")[0]


class TestOpenApi:
    def test_describes_every_path_and_method(self):
        described = {(path, method.upper()) for path, methods in OPENAPI["paths"].items() for method in methods}
        built = {(f"/{path}", method) for path, methods in ROUTES.items() for method in methods}
        forks = {("/forks", "GET"), ("/forks", "POST"), ("/forks/{id}", "DELETE")}
        assert described == built | forks | {("/openapi.json", "GET")}

    def test_every_reference_leads_somewhere(self):
        for name in re.findall(r'"#/components/([^"]+)"', json.dumps(OPENAPI)):
            kind, _, each = name.partition("/")
            assert each in OPENAPI["components"][kind]

    def test_names_the_parameters_and_members_there_are(self, server: Server):
        """Whatever it names is taken, and each answer has the members that it requires, and no others."""
        server.fake.create_bucket("bucket", versioning=True, objects={"k": "x"})
        server.fake.client().put_object(Bucket="bucket", Key="k", Body=b"y")
        schemas = OPENAPI["components"]["schemas"]
        values = {"bucket": "bucket", "key": "k", "limit": 3, "operation": "PutObject"}
        for path in ("state", "calls"):
            named = [each["name"] for each in OPENAPI["paths"][f"/{path}"]["get"]["parameters"]]
            server.tell("GET", path, **{name: values.get(name, "") for name in named})
        facts = schemas["BucketFacts"]["properties"].keys()
        whole = server.tell("GET", "state")
        assert whole.keys() == schemas["Buckets"]["properties"].keys()
        assert whole["buckets"][0].keys() == facts
        bucket = server.tell("GET", "state", bucket="bucket")
        assert bucket.keys() == facts | schemas["Bucket"]["allOf"][1]["properties"].keys()
        assert (
            bucket["keys"][0].keys()
            == schemas["Bucket"]["allOf"][1]["properties"]["keys"]["items"]["properties"].keys()
        )
        version = server.tell("GET", "state", bucket="bucket", key="k")["versions"][0]
        assert version.keys() == schemas["Version"]["properties"].keys()
        assert version["encryption"].keys() == schemas["Version"]["properties"]["encryption"]["properties"].keys()
        assert server.tell("GET", "calls")["calls"][0].keys() == schemas["Call"]["properties"].keys()


class TestReset:
    def test_empties_it(self, server: Server):
        server.fake.create_bucket("bucket", objects={"k": "x"})
        server.fake.client().list_buckets()
        assert {} == server.tell("POST", "reset")
        assert (0, 0) == (len(server.fake.buckets), len(server.fake.calls))


class TestSeed:
    def test_creates_buckets_and_fills_them(self, server: Server):
        one = {"versioning": "Suspended", "region": "eu-west-1", "objects": {"a/b": "ü", "raw": {"base64": "AAE="}}}
        two = {"object_lock": True, "ownership": "ObjectWriter", "bucket_defaults": "2025"}
        assert {"buckets": ["one", "two"]} == server.tell("POST", "seed", {"buckets": {"two": two, "one": one}})
        assert ("ü", b"\0\1") == (server.fake["one"]["a/b"].text, server.fake["one"]["raw"].body)
        assert ("Suspended", "eu-west-1") == (server.fake["one"].versioning, server.fake["one"].region)
        assert (True, "ObjectWriter") == (server.fake["two"].object_lock, server.fake["two"].ownership)

    def test_nothing_is_created_where_one_is_refused(self, server: Server):
        server.fake.create_bucket("taken")
        said = server.refuse("POST", "seed", {"buckets": {"fine": {}, "taken": {}}})
        assert said.startswith("There already is a bucket 'taken'.")
        assert ["taken"] == list(server.fake.buckets)

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({"bucket": {}}, "The members 'bucket' are not known. The members here are buckets."),
            ({"buckets": []}, "What was given as buckets is no JSON object."),
            ({"buckets": {"one": None}}, "What was given as the bucket 'one' is no JSON object."),
            ({"buckets": {"Upper": {}}}, "S3 refuses the bucket name 'Upper'"),
            ({"buckets": {"one": {"folder": "/"}}}, "A bucket has no folder. Give some of region, "),
            ({"buckets": {"one": {"versioning": 1.5}}}, "versioning of the bucket 'one' cannot be 1.5."),
            ({"buckets": {"one": {"region": None}}}, "region of the bucket 'one' cannot be None. Give a text."),
            ({"buckets": {"one": {"bucket_defaults": []}}}, "bucket_defaults of the bucket 'one' cannot be []."),
            ({"buckets": {"one": {"ownership": "mine"}}}, "ownership= cannot be 'mine'."),
            ({"buckets": {"one": {"objects": {"k": 1}}}}, "The object 'k' has no content."),
            ({"buckets": {"one": {"objects": {"k": {"base64": "A"}}}}}, "The object 'k' has no content."),
            ({"buckets": {"one": {"objects": {"k": {"base64": "AA==", "x": 1}}}}}, "The object 'k' has no content."),
            ({"buckets": {"one": {"objects": {"": "x"}}}}, "An object cannot have an empty key."),
        ],
    )
    def test_refuses_what_s3_would_refuse_and_what_it_does_not_know(self, server: Server, body: Any, said: str):
        assert server.refuse("POST", "seed", body).startswith(said)
        assert 0 == len(server.fake.buckets)


class TestTree:
    def test_is_that_of_the_fake(self, server: Server):
        server.fake.create_bucket("bucket", objects={"k": "x"})
        assert {"tree": server.fake.tree()} == server.tell("GET", "tree")


class TestState:
    def test_of_the_whole(self, frozen: Server):
        frozen.fake.create_bucket("bucket", object_lock=True, objects={"k": "x"})
        bucket = {
            "name": "bucket",
            "region": "us-east-1",
            "owner": "123456789012",
            "created": "2026-01-01T00:00:00+00:00",
            "objects": 1,
            "versioning": "Enabled",
            "object_lock": True,
            "ownership": "BucketOwnerEnforced",
        }
        expected = {"account": "123456789012", "region": "us-east-1", "buckets": [bucket]}
        assert expected == frozen.tell("GET", "state")

    def test_of_a_bucket(self, frozen: Server):
        frozen.fake.create_bucket("bucket")
        client = frozen.fake.client()
        client.put_bucket_tagging(Bucket="bucket", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
        upload = client.create_multipart_upload(Bucket="bucket", Key="big")["UploadId"]
        told = frozen.tell("GET", "state", bucket="bucket")
        document = {"TagSet": [{"Key": "a", "Value": "b"}]}
        assert {"name": "BucketTagging", "id": "", "document": document} in told["configurations"]
        assert [{"grantee": "123456789012", "permission": "FULL_CONTROL"}] == told["acl"]
        initiated = "2026-01-01T00:00:00+00:00"
        assert [{"key": "big", "upload_id": upload, "initiated": initiated, "parts": 0}] == told["uploads"]
        assert (None, [], None) == (told["policy"], told["keys"], told["next"])

    def test_of_keys_by_prefix(self, frozen: Server):
        frozen.fake.create_bucket("bucket", versioning=True, objects={"a/1": "x", "a/2": "y", "b": "z", "c/3": ""})
        frozen.fake.client().delete_object(Bucket="bucket", Key="b")
        told = frozen.tell("GET", "state", bucket="bucket", delimiter="/")
        assert ["a/", "c/"] == told["prefixes"]
        marker = frozen.fake["bucket"].versions("b")[0]
        when = "2026-01-01T00:00:00+00:00"
        hidden = {"key": "b", "version_id": marker.version_id, "last_modified": when, "delete_marker": True}
        assert [hidden] == told["keys"]
        told = frozen.tell("GET", "state", bucket="bucket", prefix="a/")
        assert [("a/1", 1, False), ("a/2", 1, False)] == [(it["key"], it["size"], it["lock"]) for it in told["keys"]]

    def test_in_pages(self, server: Server):
        server.fake.create_bucket("bucket", versioning=True, objects={f"{number:02}": "x" for number in range(7)})
        for _ in range(3):
            server.fake.client().put_object(Bucket="bucket", Key="03", Body=b"y")
        for search in ("", "0"):
            keys, after = [], None
            while True:
                place: dict[str, str] = {} if after is None else {"after": after}
                told = server.tell("GET", "state", bucket="bucket", limit=2, search=search, **place)
                keys += [each["key"] for each in told["keys"]]
                after = told["next"]
                if after is None:
                    break
            assert [f"{number:02}" for number in range(7)] == keys

    def test_of_keys_that_contain_a_text(self, server: Server, monkeypatch: pytest.MonkeyPatch):
        server.fake.create_bucket("bucket", objects=dict.fromkeys(("a/Report", "a/b", "b/report", "c"), "x"))

        def search(**query: object) -> tuple[list[str], str | None]:
            told = server.tell("GET", "state", bucket="bucket", search="report", **query)
            return [each["key"] for each in told["keys"]], told["next"]

        assert (["a/Report", "b/report"], None) == search()
        assert (["b/report"], None) == search(prefix="b/")
        assert (["a/Report"], None) == search(prefix="a/", after="0")
        monkeypatch.setattr(admin_state, "_MOST_LOOKED_AT", 2)
        assert (["a/Report"], "a/b") == search()
        assert (["b/report"], "c") == search(after="a/b")

    def test_of_the_versions_of_a_key(self, frozen: Server):
        frozen.fake.create_bucket("bucket", object_lock=True)
        client = frozen.fake.client()
        client.put_object(
            Bucket="bucket",
            Key="k",
            Body=b"hello",
            Metadata={"Colour": "<b>"},
            Tagging="a=b",
            ContentType="text/plain",
            ObjectLockMode="GOVERNANCE",
            ObjectLockRetainUntilDate=YEAR_2026 + timedelta(days=1),
            ObjectLockLegalHoldStatus="ON",
        )
        client.delete_object(Bucket="bucket", Key="k")
        told = frozen.tell("GET", "state", bucket="bucket", key="k")
        assert ("bucket", "k", 2) == (told["bucket"], told["key"], told["count"])
        marker, version = told["versions"]
        assert (True, True) == (marker["delete_marker"], marker["is_latest"])
        expected = {
            "delete_marker": False,
            "is_latest": False,
            "size": 5,
            "etag": "5d41402abc4b2a76b9719d911017c592",
            "storage_class": "STANDARD",
            "headers": {"ContentType": "text/plain"},
            "metadata": {"colour": "<b>"},
            "tags": {"a": "b"},
            "checksum": {"algorithm": "CRC32", "value": "NhCmhg=="},
            "encryption": {"algorithm": "AES256", "kms_key": None, "customer_key": False},
            "retention": {"mode": "GOVERNANCE", "until": "2026-01-02T00:00:00+00:00"},
            "legal_hold": True,
            "event_hold": False,
            "redirect": None,
            "parts": 0,
            "restore": None,
            "owner": "123456789012",
            "acl": [{"grantee": "123456789012", "permission": "FULL_CONTROL"}],
        }
        assert expected == {name: version[name] for name in expected}
        assert 0 == frozen.tell("GET", "state", bucket="bucket", key="nope")["count"]

    def test_of_a_bucket_that_is_not_there(self, server: Server):
        status, value = server.ask("GET", "state", bucket="nope")
        assert (404, "There is no bucket 'nope'.") == (status, value["error"])

    @pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", ""])
    def test_refuses_a_limit_that_is_none(self, server: Server, limit: str):
        server.fake.create_bucket("bucket")
        expected = f"The limit cannot be {limit!r}. Give a number from 1 to 1000."
        assert expected == server.refuse("GET", "state", bucket="bucket", limit=limit)

    def test_refuses_what_it_does_not_know(self, server: Server):
        said = server.refuse("GET", "state", buckets="x")
        assert said.startswith("The parameters 'buckets' are not known. The parameters here are bucket, key, ")


class TestCalls:
    def test_are_told_and_forgotten(self, server: Server):
        server.fake.create_bucket("bucket")
        client = server.fake.client()
        for key in ("a", "b"):
            client.put_object(Bucket="bucket", Key=key, Body=b"x", Expires=YEAR_2026)
        with pytest.raises(client.exceptions.NoSuchKey):
            client.get_object(Bucket="bucket", Key="nope")
        told = server.tell("GET", "calls")
        assert (3, ["PutObject", "PutObject", "GetObject"]) == (
            told["count"],
            [it["operation"] for it in told["calls"]],
        )
        refused = told["calls"][-1]
        assert (404, "NoSuchKey", "arn:aws:iam::123456789012:root") == (
            refused["status"],
            refused["error"],
            refused["principal"],
        )
        assert [{"action": "s3:GetObject", "bucket": "bucket", "key": "nope"}] == refused["rights"][:1]
        assert (1, 2, 1) == tuple(
            server.tell("GET", "calls", **query)["count"]
            for query in ({"error": "NoSuchKey"}, {"operation": "PutObject"}, {"key": "b", "bucket": "bucket"})
        )
        last = server.tell("GET", "calls", limit=1)
        assert (3, ["GetObject"]) == (last["count"], [each["operation"] for each in last["calls"]])
        assert {} == server.tell("DELETE", "calls")
        assert {"count": 0, "calls": []} == server.tell("GET", "calls")

    def test_what_is_no_operation_is_refused(self, server: Server):
        assert 400 == server.ask("GET", "calls", operation="PutObjects")[0]

    def test_tell_why_a_request_was_refused(self, server: Server):
        server.fake.create_bucket("bucket")
        client = server.fake.user("app").client()
        with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
            client.get_object(Bucket="bucket", Key="k")
        (call,) = server.tell("GET", "calls", error="AccessDenied")["calls"]
        assert call["reason"].startswith("arn:aws:iam::123456789012:user/app may not s3:GetObject")


class TestFaults:
    def test_are_added_happen_and_are_removed(self, server: Server):
        server.fake.create_bucket("bucket")
        client = server.fake.client()
        added = server.tell("POST", "faults", {"error": "NoSuchKey", "on": ["GetObject", "HeadObject"], "key": "a*"})
        assert (["GetObject", "HeadObject"], "a*", 0) == (added["on"], added["key"], added["happened"])
        client.put_object(Bucket="bucket", Key="abc", Body=b"x")
        with pytest.raises(client.exceptions.NoSuchKey):
            client.get_object(Bucket="bucket", Key="abc")
        assert {"faults": [added | {"happened": 1}]} == server.tell("GET", "faults")
        assert {} == server.tell("DELETE", "faults")
        assert b"x" == client.get_object(Bucket="bucket", Key="abc")["Body"].read()

    def test_are_told_as_they_are_described(self, server: Server):
        schemas = OPENAPI["components"]["schemas"]
        whole = {"delay": 1.5, "bucket": "b", "after": 1, "every": 2, "times": 3, "probability": 0.5, "corrupt": True}
        told = server.tell("POST", "faults", whole)
        assert whole == {name: told[name] for name in whole}
        assert (
            told.keys()
            == schemas["Fault"]["properties"].keys()
            == schemas["NewFault"]["properties"].keys() | {"happened"}
        )

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({}, "This fault lets nothing go wrong."),
            ({"error": "Nope"}, "faults.add(error=...) cannot be 'Nope', which is no error of S3."),
            ({"error": 5}, "error of a fault cannot be 5. Give a text."),
            ({"corrupt": 1}, "corrupt of a fault cannot be 1. Give true or false."),
            ({"corrupt": True, "times": True}, "times of a fault cannot be True. Give a whole number."),
            ({"delay": "1"}, "delay of a fault cannot be '1'. Give a whole number or a number."),
            ({"error": "SlowDown", "status": 99}, "status of a fault cannot be 99. Give a number from 200 to 599."),
            ({"corrupt": True, "on": [1]}, "on of a fault cannot be [1]."),
            ({"corrupt": True, "on": "Put"}, "faults.add(on=...) cannot be 'Put'"),
            ({"corrupt": True, "when": "x"}, "The members 'when' are not known. The members here are on, "),
        ],
    )
    def test_refuses_what_cannot_happen(self, server: Server, body: Any, said: str):
        assert server.refuse("POST", "faults", body).startswith(said)
        assert {"faults": []} == server.tell("GET", "faults")


JSON: Any = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | strategies.text(),
    lambda each: strategies.lists(each) | strategies.dictionaries(strategies.text(), each),
    max_leaves=5,
)
NAMES = strategies.sampled_from(
    ("buckets", "freeze", "thaw", "advance", "on", "error", "delay", "times", "every", "truncate", "corrupt", "key")
)


class TestAnyRequest:
    """Whatever is asked, it is answered or refused; no request is a fault of the server."""

    @given(path=strategies.sampled_from(sorted(ROUTES)), body=strategies.dictionaries(NAMES, JSON, max_size=2))
    def test_posts(self, path: str, body: Any):
        assert Server().ask("POST", path, body)[0] in {200, 400, 405}

    @given(bucket=JSON)
    def test_seeds(self, bucket: Any):
        server = Server()
        status, _ = server.ask("POST", "seed", {"buckets": {"bucket": bucket, "other": {"objects": {"k": bucket}}}})
        assert len(server.fake.buckets) == (2 if status == 200 else 0)

    @given(
        path=strategies.sampled_from(sorted(ROUTES)),
        query=strategies.dictionaries(
            strategies.sampled_from(("bucket", "key", "prefix", "delimiter", "after", "search", "limit", "operation")),
            strategies.sampled_from(("bucket", "", "a/", "/", "1")) | strategies.text(),
        ),
    )
    def test_gets(self, path: str, query: dict[str, str]):
        server = Server()
        server.fake.create_bucket("bucket", versioning=True, objects={"a/b": "x", "a/c": "y", "d": "z"})
        assert server.ask("GET", path, None, **query)[0] in {200, 400, 404, 405}


class TestClock:
    def test_is_stopped_moved_and_started(self, server: Server):
        assert not server.tell("GET", "clock")["frozen"]
        assert server.tell("POST", "clock", {"freeze": True})["frozen"]
        told = server.tell("POST", "clock", {"freeze": "2026-01-01T00:00:00Z"})
        assert {"now": "2026-01-01T00:00:00+00:00", "frozen": True} == told
        assert "2026-01-31T01:00:00+00:00" == server.tell("POST", "clock", {"advance": {"days": 30, "hours": 1}})["now"]
        assert "2026-01-31T01:00:01.500000+00:00" == server.tell("POST", "clock", {"advance": 1.5})["now"]
        assert server.tell("GET", "clock")["now"] == server.fake.clock.now().isoformat()
        assert not server.tell("POST", "clock", {"thaw": True})["frozen"]

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"freeze": False},
            {"freeze": "yesterday"},
            {"freeze": True, "thaw": True},
            {"thaw": False},
            {"advance": True},
            {"advance": {"eons": 1}},
            {"advance": {"days": "1"}},
            {"advance": {"days": True}},
            {"advance": -1},
            {"advance": 1e300},
            {"stop": True},
        ],
    )
    def test_refuses_what_it_does_not_know(self, frozen: Server, body: Any):
        frozen.refuse("POST", "clock", body)
        assert YEAR_2026 == frozen.fake.clock.now()
