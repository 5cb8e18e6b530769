"""A bucket at the website endpoint: pages, redirects and errors for browsers.

S3: userguide/WebsiteHosting.html, userguide/IndexDocumentSupport.html, userguide/CustomErrorDocSupport.html,
userguide/how-to-page-redirect.html. observed: radkawar/stackd, testdata/aws/s3/website_http_replay.json
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.wire.endpoint import handle
from fakes3.wire.message import Request

from ..ask import Answer, Ask

SITE = "site.s3-website-us-east-1.amazonaws.com"
PUBLIC = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/*"}
PRIVATE = PUBLIC | {"Effect": "Deny", "Resource": "arn:aws:s3:::site/private/*"}
PAGES = {
    "index.html": "ROOT INDEX",
    "docs/index.html": "DOCS INDEX",
    "both": "EXACT OBJECT",
    "both/": "SLASH OBJECT",
    "both/index.html": "BOTH INDEX",
    "a b+%/index.html": "ESCAPED INDEX",
    "\u00e9\r\n/index.html": "OTHER INDEX",
    "private/index.html": "PRIVATE INDEX",
    "error.html": "CUSTOM ERROR",
    "old/there": "OLD",
}
IDS = "<li>RequestId: [0-9A-F]{16}</li>\n<li>HostId: [A-Za-z0-9+/=]+</li>\n"

Browse = Callable[..., Answer]


@pytest.fixture
def browse(s3: FakeS3) -> Browse:
    """Sends a request as a browser does: `browse("/docs/")`."""

    def send(
        target: str, method: str = "GET", headers: dict[str, str] | None = None, host: str = SITE, scheme: str = "http"
    ) -> Answer:
        path, _, query = target.partition("?")
        sent = {"host": host} | {name.lower(): value for name, value in (headers or {}).items()}
        return Answer(handle(s3.service, Request(method, scheme, host, path, query, sent), frozenset({"localhost"})))

    return send


@pytest.fixture(autouse=True)
def site(s3: FakeS3, s3_client: Any) -> Callable[..., None]:
    """A public bucket with pages, that is a website. Returns what configures it."""
    s3.create_bucket("site", objects=PAGES)
    s3_client.delete_public_access_block(Bucket="site")
    s3_client.put_bucket_policy(Bucket="site", Policy=json.dumps({"Statement": [PUBLIC, PRIVATE]}))

    def configure(**more: Any) -> None:
        stated = {"IndexDocument": {"Suffix": "index.html"}} | more
        s3_client.put_bucket_website(Bucket="site", WebsiteConfiguration=stated)

    configure()
    return configure


def page(status: str, *facts: str, more: str = "") -> str:
    """The pattern of an HTML page of S3."""
    lines = "".join(f"<li>{re.escape(fact)}</li>\n" for fact in facts)
    return (
        f"<html>\n<head><title>{status}</title></head>\n<body>\n<h1>{status}</h1>\n<ul>\n{lines}{IDS}</ul>\n"
        f"{more}<hr/>\n</body>\n</html>\n"
    )


def moved(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.headers.get("Location")


class TestPages:
    """The root and each folder have an index document."""

    @pytest.mark.parametrize(
        ("target", "expected"),
        [
            ("/", "ROOT INDEX"),
            ("/index.html", "ROOT INDEX"),
            ("/docs/", "DOCS INDEX"),
            ("/docs/index.html?x=1", "DOCS INDEX"),
            ("/both", "EXACT OBJECT"),
            ("/both/", "BOTH INDEX"),
            ("/a%20b%2B%25/?q=a+b", "ESCAPED INDEX"),
        ],
    )
    def test_found(self, browse: Browse, target: str, expected: str) -> None:
        answer = browse(target)
        assert (200, expected) == (answer.status, answer.text)

    @pytest.mark.parametrize(
        ("target", "location"),
        [
            ("/docs", "/docs/"),
            ("/docs?x=1&y=%2F", "/docs/"),
            ("/a%20b%2B%25", "/a b+%25/"),
            ("/%C3%A9%0D%0A", "/%C3%A9%0D%0A/"),
        ],
    )
    def test_a_folder_without_its_slash(self, browse: Browse, target: str, location: str) -> None:
        answer = browse(target)
        assert (302, location) == moved(answer)
        assert "Found" == answer.headers["x-amz-error-code"]
        assert re.fullmatch(page("302 Found", "Code: Found", "Message: Resource Found"), answer.text)

    def test_its_headers(self, browse: Browse, s3_client: Any) -> None:
        s3_client.put_object(
            Bucket="site", Key="k", Body=b"0123456789", ContentType="text/css", CacheControl="no-store"
        )
        answer = browse("/k", headers={"Range": "bytes=2-4"})
        assert (206, b"234", "text/css", "no-store", "bytes 2-4/10") == (
            answer.status,
            answer.body,
            answer.headers["Content-Type"],
            answer.headers["Cache-Control"],
            answer.headers["Content-Range"],
        )
        etag = answer.headers["ETag"]
        assert (304, b"") == (browse("/k", headers={"If-None-Match": etag}).status, b"")
        assert (200, b"", "10") == (
            (head := browse("/k", "HEAD")).status,
            head.body,
            head.headers["Content-Length"],
        )

    @pytest.mark.parametrize(
        "host",
        [
            "site.s3-website.us-east-1.amazonaws.com",
            "SITE.s3-website-us-east-1.amazonaws.com:80",
            "site.s3-website.localhost:1234",
        ],
    )
    def test_by_its_other_names(self, browse: Browse, host: str) -> None:
        assert "DOCS INDEX" == browse("/docs/", host=host).text

    def test_the_call_is_recorded(self, s3: FakeS3, browse: Browse) -> None:
        browse("/docs/")
        call = s3.calls[-1]
        assert ("GetObject", {"Bucket": "site", "Key": "docs/index.html"}, 200) == (
            call.operation,
            {name: call.parameters[name] for name in ("Bucket", "Key")},
            call.status,
        )
        browse("/missing")
        assert ("GetObject", "NoSuchKey", 404) == (s3.calls[-1].operation, s3.calls[-1].error, s3.calls[-1].status)


class TestErrors:
    """An error is an HTML page, or the error document with the status of the error."""

    # recorded: TestS3StaticWebsiteHosting::test_website_hosting_index_lookup
    @pytest.mark.parametrize(
        ("target", "key"),
        [("/directory-wrong", "directory-wrong"), ("/directory-wrong/", "directory-wrong/index.html")],
    )
    def test_no_such_key(self, browse: Browse, target: str, key: str) -> None:
        answer = browse(target)
        expected = page("404 Not Found", "Code: NoSuchKey", "Message: The specified key does not exist.", f"Key: {key}")
        assert 404 == answer.status
        assert re.fullmatch(expected, answer.text)
        assert "text/html; charset=utf-8" == answer.headers["Content-Type"]

    # recorded: TestS3StaticWebsiteHosting::test_website_hosting_http_methods
    @pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
    def test_other_methods(self, browse: Browse, method: str) -> None:
        answer = browse("/index.html", method)
        expected = page(
            "405 Method Not Allowed",
            "Code: MethodNotAllowed",
            "Message: The specified method is not allowed against this resource.",
            f"Method: {method}",
            "ResourceType: OBJECT",
        )
        assert (405, "GET, HEAD, OPTIONS") == (answer.status, answer.headers["Allow"])
        assert re.fullmatch(expected, answer.text)

    def test_what_may_not_be_read(self, browse: Browse) -> None:
        for target in ("/private/", "/private/index.html", "/private/absent"):
            answer = browse(target)
            assert 403 == answer.status
            assert re.fullmatch(page("403 Forbidden", "Code: AccessDenied", "Message: Access Denied"), answer.text)
        assert 404 == browse("/private").status

    def test_a_bucket_that_is_no_website(self, browse: Browse, s3: FakeS3, s3_client: Any) -> None:
        s3_client.delete_bucket_website(Bucket="site")
        facts = (
            "Code: NoSuchWebsiteConfiguration",
            "Message: The specified bucket does not have a website configuration",
            "BucketName: site",
        )
        assert re.fullmatch(page("404 Not Found", *facts), browse("/").text)
        assert "the bucket site is no website. Call PutBucketWebsite first." == s3.calls[-1].reason

    def test_no_such_bucket(self, browse: Browse) -> None:
        answer = browse("/", host="nowhere.s3-website-us-east-1.amazonaws.com")
        facts = ("Code: NoSuchBucket", "Message: The specified bucket does not exist", "BucketName: nowhere")
        assert re.fullmatch(page("404 Not Found", *facts), answer.text)

    def test_of_another_region(self, browse: Browse) -> None:
        """What everybody sees who guesses the region."""
        answer = browse("/", host="site.s3-website.eu-central-1.amazonaws.com")
        facts = (
            "Code: IncorrectEndpoint",
            "Message: The specified bucket exists in another region. Please direct requests to the specified endpoint.",
            f"Endpoint: {SITE}",
        )
        assert re.fullmatch(page("400 Bad Request", *facts), answer.text)

    def test_a_host_without_a_bucket(self, browse: Browse) -> None:
        answer = browse("/", host="s3-website-us-east-1.amazonaws.com")
        assert (301, "https://aws.amazon.com/s3/") == moved(answer)

    def test_over_tls(self, browse: Browse) -> None:
        assert 501 == browse("/", scheme="https").status
        assert 200 == browse("/", scheme="https", host="site.s3-website.localhost").status

    def test_to_a_head(self, browse: Browse, site: Callable[..., None]) -> None:
        site(ErrorDocument={"Key": "error.html"})
        answer = browse("/a%20missing", "HEAD")
        assert (404, b"") == (answer.status, answer.body)
        headers = {name: value for name, value in answer.headers.items() if name.startswith("x-amz-error")}
        assert {
            "x-amz-error-code": "NoSuchKey",
            "x-amz-error-message": "The specified key does not exist.",
            "x-amz-error-detail-Key": "a missing",
        } == headers

    def test_what_is_markup_is_escaped(self, browse: Browse) -> None:
        assert "<li>Key: &lt;b&gt;&amp;</li>" in browse("/<b>&").text


class TestErrorDocument:
    """The error document has the status of the error."""

    @pytest.mark.parametrize(
        ("target", "status", "code"),
        [("/missing", 404, "NoSuchKey"), ("/missing/", 404, "NoSuchKey"), ("/private/", 403, "AccessDenied")],
    )
    def test_is_shown(self, browse: Browse, site: Callable[..., None], target: str, status: int, code: str) -> None:
        site(ErrorDocument={"Key": "error.html"})
        answer = browse(target, headers={"Range": "bytes=0-1"})
        assert (status, "CUSTOM ERROR", code) == (answer.status, answer.text, answer.headers["x-amz-error-code"])

    @pytest.mark.parametrize(
        ("key", "facts"),
        [
            ("no.html", ("Code: NoSuchKey", "Message: The specified key does not exist.", "Key: no.html")),
            ("private/index.html", ("Code: AccessDenied", "Message: Access Denied")),
        ],
    )
    def test_that_cannot_be_read(
        self, browse: Browse, site: Callable[..., None], key: str, facts: tuple[str, ...]
    ) -> None:
        site(ErrorDocument={"Key": key})
        lines = "".join(f"<li>{re.escape(fact)}</li>\n" for fact in facts)
        more = f"<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n{lines}</ul>\n"
        shown = ("Code: NoSuchKey", "Message: The specified key does not exist.", "Key: x")
        assert re.fullmatch(page("404 Not Found", *shown, more=more), browse("/x").text)


class TestRedirects:
    """Objects, rules and whole websites send browsers elsewhere."""

    @pytest.mark.parametrize("to", ["/dest%20space?x=%2F#anchor", "https://example.com/a%2Fb?q=%2F#frag"])
    def test_of_an_object(self, browse: Browse, s3_client: Any, to: str) -> None:
        s3_client.put_object(Bucket="site", Key="moved", WebsiteRedirectLocation=to)
        answer = browse("/moved?x=1")
        assert (301, to, b"") == (*moved(answer), answer.body)

    @pytest.mark.parametrize(
        ("everything", "expected"),
        [
            ({"HostName": "example.com"}, "http://example.com/a%20b?x=1"),
            ({"HostName": "example.com", "Protocol": "https"}, "https://example.com/a%20b?x=1"),
        ],
    )
    def test_of_everything(self, browse: Browse, s3_client: Any, everything: dict[str, str], expected: str) -> None:
        configuration = {"RedirectAllRequestsTo": everything}
        s3_client.put_bucket_website(Bucket="site", WebsiteConfiguration=configuration)
        assert (301, expected) == moved(browse("/a%20b?x=1"))

    @pytest.mark.parametrize(
        ("rule", "target", "expected"),
        [
            (
                {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}},
                "/old/there?x=1",
                (301, f"http://{SITE}/new/there?x=1"),
            ),
            (
                {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyWith": "k"}},
                "/old/there?x=1",
                (301, f"http://{SITE}/k"),
            ),
            (
                {
                    "Condition": {"HttpErrorCodeReturnedEquals": "404"},
                    "Redirect": {
                        "HostName": "example.com",
                        "Protocol": "https",
                        "HttpRedirectCode": "302",
                        "ReplaceKeyPrefixWith": "report-404/",
                    },
                },
                "/missing",
                (302, "https://example.com/report-404/missing"),
            ),
            (
                {"Condition": {"KeyPrefixEquals": "old/", "HttpErrorCodeReturnedEquals": "404"}, "Redirect": {}},
                "/old/there",
                (200, None),
            ),
            ({"Condition": {"HttpErrorCodeReturnedEquals": "403"}, "Redirect": {}}, "/missing", (404, None)),
            ({"Redirect": {"HostName": "example.com"}}, "/docs", (301, "http://example.com/docs")),
            ({"Redirect": {"ReplaceKeyWith": "\u20ac"}}, "/docs", (301, f"http://{SITE}/%E2%82%AC")),
        ],
    )
    def test_of_a_rule(
        self, browse: Browse, site: Callable[..., None], rule: dict[str, Any], target: str, expected: tuple[int, str]
    ) -> None:
        site(RoutingRules=[rule])
        assert expected == moved(browse(target))

    def test_of_the_first_rule(self, browse: Browse, site: Callable[..., None]) -> None:
        first = {"Condition": {"KeyPrefixEquals": "a"}, "Redirect": {"ReplaceKeyWith": "1"}}
        site(RoutingRules=[first, {"Redirect": {"ReplaceKeyWith": "2"}}])
        assert [f"http://{SITE}/{key}" for key in "12"] == [moved(browse(target))[1] for target in ("/ab", "/b")]


class TestCors:
    """Pages of other origins may use a website as the bucket's CORS rules say."""

    def test_preflight_and_request(self, browse: Browse, s3_client: Any) -> None:
        rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://a.example"]}
        s3_client.put_bucket_cors(Bucket="site", CORSConfiguration={"CORSRules": [rule]})
        asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
        for answer in (browse("/", "OPTIONS", asked), browse("/", headers=asked), browse("/absent", headers=asked)):
            assert "https://a.example" == answer.headers["Access-Control-Allow-Origin"]
        assert "<li>Code: AccessForbidden</li>" in browse("/", "OPTIONS", asked | {"Origin": "https://b"}).text


def test_a_signature_means_nothing(s3: FakeS3, ask: Ask) -> None:
    """Also the owner is anonymous at a website."""
    host = "site.s3-website.localhost"
    assert 403 == ask("GET", "/private/", host=host).status
    assert "ROOT INDEX" == ask("GET", "/", host=host).text
