"""CORS and forms in a real browser: a page at one port of this machine, the bucket at another.

S3: userguide/cors.html, userguide/ManageCorsUsing.html, API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from .chromium import EXECUTABLE, MISSING, Chromium

pytestmark = pytest.mark.skipif(EXECUTABLE is None, reason=MISSING)

PART = 5 * 1024**2

UPLOAD = """(async () => {
    const etags = [];
    for (const [number, url] of %s.entries()) {
        const body = new Uint8Array(number === 0 ? %d : 3).fill(65 + number);
        const answer = await fetch(url, {method: "PUT", body});
        etags.push(answer.headers.get("ETag"));
    }
    return etags;
})().catch(error => error.name)"""


@pytest.fixture
def page(origin: str, browser: Chromium) -> Chromium:
    """A browser that shows the page."""
    browser.open(f"{origin}/page.html")
    return browser


@pytest.fixture
def parts(client: Any, bucket: str) -> tuple[str, list[str]]:
    """The id of an upload, and the presigned URLs of its two parts."""
    upload = client.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    members = {"Bucket": bucket, "Key": "big", "UploadId": upload}
    sign = client.generate_presigned_url
    return upload, [sign("upload_part", Params={**members, "PartNumber": number}) for number in (1, 2)]


def allow(client: Any, bucket: str, origin: str, **members: Any) -> None:
    rule = {"AllowedOrigins": [origin], "AllowedMethods": ["PUT"], **members}
    client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})


class TestAPresignedUploadInParts:
    """A page may send the parts of an upload if a rule allows its origin and PUT, and reads the ETags that it needs
    to complete the upload if the rule exposes them."""

    def upload(self, page: Chromium, urls: list[str]) -> Any:
        return page.run(UPLOAD % (json.dumps(urls), PART))

    def test_works_with_a_rule_that_exposes_the_etag(
        self, client: Any, bucket: str, origin: str, page: Chromium, parts: tuple[str, list[str]]
    ) -> None:
        allow(client, bucket, origin, ExposeHeaders=["ETag"])
        upload, urls = parts
        etags = self.upload(page, urls)
        done = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
        client.complete_multipart_upload(Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": done})
        assert b"A" * PART + b"BBB" == client.get_object(Bucket=bucket, Key="big")["Body"].read()

    def test_cannot_read_an_etag_that_is_not_exposed(
        self, client: Any, bucket: str, origin: str, page: Chromium, parts: tuple[str, list[str]]
    ) -> None:
        allow(client, bucket, origin)
        upload, urls = parts
        assert [None, None] == self.upload(page, urls)
        assert 2 == len(client.list_parts(Bucket=bucket, Key="big", UploadId=upload)["Parts"])

    @pytest.mark.parametrize("rule", [None, {"AllowedOrigins": ["http://127.0.0.1:1"]}, {"AllowedMethods": ["GET"]}])
    def test_fails_without_a_rule_for_it(
        self,
        client: Any,
        bucket: str,
        origin: str,
        page: Chromium,
        parts: tuple[str, list[str]],
        rule: dict[str, Any] | None,
    ) -> None:
        if rule is not None:
            allow(client, bucket, origin, **rule)
        upload, urls = parts
        assert "TypeError" == self.upload(page, urls)
        assert "Parts" not in client.list_parts(Bucket=bucket, Key="big", UploadId=upload)


READ = """fetch(%s, {headers: %s}).then(async answer => [answer.status, await answer.text()], error => error.name)"""


class TestReading:
    """A page reads what a rule allows it to read, answers to refusals too."""

    def test_needs_a_rule(self, client: Any, bucket: str, origin: str, page: Chromium) -> None:
        client.put_object(Bucket=bucket, Key="k", Body=b"hello")
        url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
        assert "TypeError" == page.run(READ % (json.dumps(url), "{}"))
        allow(client, bucket, origin, AllowedMethods=["GET"])
        assert [200, "hello"] == page.run(READ % (json.dumps(url), "{}"))
        assert "TypeError" == page.run(READ % (json.dumps(url), '{"X-Mine": "1"}'))  # a header that no rule allows
        allow(client, bucket, origin, AllowedMethods=["GET"], AllowedHeaders=["x-*"])
        assert [200, "hello"] == page.run(READ % (json.dumps(url), '{"X-Mine": "1"}'))

    def test_a_refusal_is_read_too(self, client: Any, bucket: str, origin: str, page: Chromium) -> None:
        allow(client, bucket, origin, AllowedMethods=["GET"])
        url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "nope"})
        status, text = page.run(READ % (json.dumps(url), "{}"))
        assert (404, True) == (status, "<Code>NoSuchKey</Code>" in text)


SEND = """(() => {
    const form = document.createElement("form");
    Object.assign(form, {method: "POST", enctype: "multipart/form-data", action: %s});
    for (const [name, value] of Object.entries(%s)) {
        const field = document.createElement("input");
        Object.assign(field, {type: "hidden", name, value});
        form.append(field);
    }
    const file = document.createElement("input");
    Object.assign(file, {type: "file", name: "file"});
    const chosen = new DataTransfer();
    chosen.items.add(new File(["meow \\u00fc"], "r\\u00e9sum\\u00e9.txt", {type: "text/plain"}));
    file.files = chosen.files;
    form.append(file);
    document.body.append(form);
    form.submit();
})()"""


class TestAForm:
    """A form with a signed policy uploads a file; no rule is needed, since a form reads nothing."""

    def test_uploads_a_file_and_leads_on(self, client: Any, bucket: str, origin: str, page: Chromium) -> None:
        fields = {"success_action_redirect": f"{origin}/done.html"}
        signed = client.generate_presigned_post(bucket, "in/${filename}", fields, [fields])
        page.run(SEND % (json.dumps(signed["url"]), json.dumps(signed["fields"])))
        page.wait_for("location.pathname === '/done.html'")
        etag = client.head_object(Bucket=bucket, Key="in/résumé.txt")["ETag"]
        query = page.run("Object.fromEntries(new URLSearchParams(location.search))")
        assert {"bucket": bucket, "key": "in/résumé.txt", "etag": etag} == query
        assert "meow ü".encode() == client.get_object(Bucket=bucket, Key="in/résumé.txt")["Body"].read()

    def test_is_refused_beyond_its_policy(self, client: Any, bucket: str, page: Chromium) -> None:
        signed = client.generate_presigned_post(bucket, "k", Conditions=[["content-length-range", 0, 3]])
        page.run(SEND % (json.dumps(signed["url"]), json.dumps(signed["fields"])))
        page.wait_for("document.documentElement.textContent.includes('EntityTooLarge')")
        assert "Contents" not in client.list_objects_v2(Bucket=bucket)
