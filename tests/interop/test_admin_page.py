"""The page at `/_fakes3/` in a real browser: what it shows, what it lets its user do, and what others cannot do."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .chromium import EXECUTABLE, MISSING, Chromium
from .served import served

pytestmark = pytest.mark.skipif(EXECUTABLE is None, reason=MISSING)

HOSTILE = '<img src=x onerror="window.hit=1">'
TURNED = "evil\u202egpj.exe"

WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", event => window.violations.push(event.violatedDirective));
"""

DOWN, UP, ENTER, ESCAPE = ("ArrowDown", 40), ("ArrowUp", 38), ("Enter", 13, "\r"), ("Escape", 27)


@pytest.fixture
def reports(client: Any) -> str:
    """A bucket with what a page can stumble over."""
    client.create_bucket(Bucket="reports", ObjectLockEnabledForBucket=True)
    client.put_object(Bucket="reports", Key="2026/may/a.csv", Body=b"x")
    client.put_object(
        Bucket="reports",
        Key=HOSTILE,
        Body=b"x",
        Metadata={"note": HOSTILE},
        Tagging="team=x",
        ContentType="a/<b>",
    )
    client.put_object(Bucket="reports", Key=TURNED, Body=b"x")
    client.put_object(Bucket="reports", Key="gone", Body=b"x" * 2048)
    client.delete_object(Bucket="reports", Key="gone")
    until = datetime.now(UTC) + timedelta(days=1)
    client.put_object(
        Bucket="reports",
        Key="locked",
        Body=b"x",
        ObjectLockMode="COMPLIANCE",
        ObjectLockRetainUntilDate=until,
        ObjectLockLegalHoldStatus="ON",
    )
    return "reports"


@pytest.fixture
def page(url: str, reports: str, browser: Chromium) -> Chromium:
    browser.send("Page.enable")
    browser.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
    browser.open(f"{url}/_fakes3/")
    browser.wait_for(shows("main", "1 bucket"))
    return browser


def shows(place: str, text: str) -> str:
    """The condition that a part of the page shows a text."""
    part = f"document.getElementById('{place}')"
    return f"(!{part}.hidden && {part}.innerText.includes({json.dumps(text)}))"


def focused(text: str) -> str:
    return f"document.activeElement.innerText === {json.dumps(text)}"


class TestWhatItShows:
    def test_hostile_texts_are_text(self, page: Chromium, url: str) -> None:
        page.run("location.hash = 'bucket=reports'")
        page.wait_for(shows("main", HOSTILE))
        page.wait_for(shows("main", "evilU+202Egpj.exe"))  # a character that turns the text around is shown as such
        page.run(f"location.hash = new URLSearchParams({{bucket: 'reports', key: {json.dumps(HOSTILE)}}})")
        for text in (HOSTILE, "note", "team", "a/<b>"):
            page.wait_for(shows("details", text))
        page.run("location.hash = 'view=calls'")
        page.wait_for(shows("main", HOSTILE))
        assert [0, "undefined", []] == page.run("[document.images.length, typeof window.hit, window.violations]")
        loaded = "performance.getEntriesByType('resource').map(each => each.name)"
        assert all(each.startswith(f"{url}/_fakes3/") for each in page.run(loaded))

    def test_a_script_in_the_page_does_not_run(self, page: Chromium) -> None:
        """What a mistake would let in is kept from running by the policy of the page."""
        page.run(f"document.getElementById('main').innerHTML = {json.dumps(HOSTILE)}")
        page.wait_for("window.violations.length > 0")
        assert "undefined" == page.run("typeof window.hit")

    def test_versions_delete_markers_and_locks(self, page: Chromium) -> None:
        page.run("location.hash = 'bucket=reports&key=gone'")
        for text in ("delete marker", "2,048 B", "latest"):
            page.wait_for(shows("details", text))
        page.run("location.hash = 'bucket=reports&key=locked'")
        for text in ("COMPLIANCE until", "legal hold"):
            page.wait_for(shows("details", text))

    def test_configurations(self, page: Chromium, client: Any, reports: str) -> None:
        page.run("location.hash = 'bucket=reports'")
        page.wait_for(shows("main", "No bucket policy"))
        statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::reports/secret/*"}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        client.put_bucket_policy(Bucket=reports, Policy=json.dumps(policy))
        page.wait_for(shows("main", "Bucket policy"))
        page.run("document.querySelector('details[data-name=policy] summary').click()")
        page.wait_for(shows("main", "arn:aws:s3:::reports/secret/*"))

    def test_calls_as_they_come_with_the_reason_of_a_refusal(self, page: Chromium, client: Any, reports: str) -> None:
        page.run("location.hash = 'view=calls&refused=1'")
        page.wait_for(shows("main", "No call is like this."))
        version = client.head_object(Bucket=reports, Key="locked")["VersionId"]
        with pytest.raises(ClientError, match="AccessDenied"):
            client.delete_object(Bucket=reports, Key="locked", VersionId=version)
        page.wait_for(shows("main", "AccessDenied: a legal hold is on the version"))
        page.run("document.querySelector('[data-call]').click()")
        page.wait_for(shows("details", f'"VersionId": "{version}"'))

    @pytest.mark.parametrize("place", ["", "bucket=reports", "bucket=reports&key=locked", "view=calls"])
    def test_fits_on_a_narrow_screen_light_and_dark(self, page: Chromium, client: Any, place: str) -> None:
        client.put_object(Bucket="reports", Key="k" * 1000, Body=b"x")
        page.send("Emulation.setDeviceMetricsOverride", width=360, height=700, deviceScaleFactor=1, mobile=False)
        page.run(f"location.hash = '{place}'")
        page.wait_for(shows("details" if "key" in place else "main", "reports" if "key" not in place else "legal hold"))
        assert page.run("document.documentElement.scrollWidth <= innerWidth")
        colours = set()
        for scheme in ("light", "dark"):
            page.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            colours.add(
                page.run("getComputedStyle(document.body).backgroundColor + getComputedStyle(document.body).color")
            )
        assert 2 == len(colours)


class TestKeyboard:
    def test_moves_opens_and_goes_back(self, page: Chromium) -> None:
        page.press(*DOWN)
        page.wait_for(focused("reports"))
        page.press(*ENTER)
        page.wait_for(shows("main", "2026/"))
        for _ in range(2):
            page.press(*DOWN)
        page.press(*UP)
        page.wait_for(focused("2026/"))
        page.press(*ENTER)
        page.wait_for(shows("main", "may/"))
        page.press(*ESCAPE)
        page.wait_for(shows("main", "gone"))
        page.press("c", 67, "c")
        page.wait_for(shows("main", "CreateBucket"))
        page.press("b", 66, "b")
        page.wait_for(shows("main", "1 bucket"))

    def test_searches(self, page: Chromium) -> None:
        page.run("location.hash = 'bucket=reports'")
        page.wait_for(shows("main", "2026/"))
        page.press("/", 191, "/")
        page.type("MAY")
        page.wait_for(shows("main", "2026/may/a.csv") + " && !" + shows("main", "gone"))
        page.press(*ESCAPE)
        page.press(*ESCAPE)
        page.wait_for(shows("main", "gone"))

    def test_the_focus_stays_while_calls_come_in(self, page: Chromium, client: Any) -> None:
        page.press("c", 67, "c")
        page.wait_for(shows("main", "CreateBucket"))
        for _ in range(3):
            page.press(*DOWN)
        was = page.run("document.activeElement.closest('tr').dataset.id")
        client.list_buckets()
        page.wait_for(shows("main", "ListBuckets"))
        assert was == page.run("document.activeElement.closest('tr').dataset.id")


class TestChanges:
    def test_none_is_offered_unless_asked(self, page: Chromium, client: Any) -> None:
        assert 0 == page.run("[...document.querySelectorAll('button')].filter(each => each.offsetParent).length")
        page.run("document.getElementById('allow').click()")
        click = "document.querySelector('#changes [data-path=%s]%s').click()"
        page.run(click % ("forks", ""))
        page.wait_for(shows("main", "1 fork"))
        page.run(click % ("clock", '[data-body*="true"]'))
        page.wait_for(shows("clock", "stopped"))
        page.run(click % ("reset", ""))
        page.wait_for("document.querySelector('[data-path=reset]').innerText.startsWith('Really')")
        assert 1 == len(client.list_buckets()["Buckets"])
        page.run(click % ("reset", ""))
        page.wait_for(shows("main", "S3 is empty."))
        assert [] == client.list_buckets()["Buckets"]
        page.run("document.querySelector('main table [data-row][href*=s3]').click()")
        page.wait_for("location.pathname.startsWith('/_fakes3/s3/')")
        page.wait_for(shows("main", "reports"))  # the fork has it still


def test_the_page_asks_for_the_token(browser: Chromium) -> None:
    with served("--admin-token", "s3cret") as url:
        browser.open(f"{url}/_fakes3/")
        browser.wait_for(shows("problem", "The token of the admin API is missing or wrong."))
        browser.run("document.getElementById('token-text').focus()")
        browser.type("s3cret")
        browser.press(*ENTER)
        browser.wait_for(shows("main", "S3 is empty."))
        browser.wait_for("document.getElementById('problem').hidden && document.getElementById('token').hidden")


STRANGE = """(async () => {
    const send = (path, options) =>
        fetch(`%s/_fakes3/${path}`, options).then(answer => answer.type, error => error.name);
    return [
        await send("state"),
        await send("state", {mode: "no-cors"}),
        await send("reset", {method: "POST", mode: "no-cors", body: "{}"}),
        await send("reset", {method: "POST", headers: {"Content-Type": "application/json"}, body: "{}"}),
        await send("calls", {method: "DELETE"}),
    ];
})()"""


class TestStrangers:
    """A page of another origin, be it at another port of this machine, reads nothing and changes nothing."""

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_pages_of_other_origins(
        self, url: str, origin: str, reports: str, client: Any, browser: Chromium, host: str
    ) -> None:
        browser.open(f"{origin.replace('127.0.0.1', host)}/")
        # An answer that a page may not see is opaque, or blocked at once by its Cross-Origin-Resource-Policy.
        answers = browser.run(STRANGE % url)
        assert ["TypeError", "TypeError"] == [answers[0], answers[3]]
        assert set(answers) <= {"TypeError", "opaque"}
        form = f"Object.assign(document.createElement('form'), {{method: 'POST', action: '{url}/_fakes3/reset'}})"
        browser.run(f"document.body.appendChild({form}).submit()")
        browser.wait_for("document.body.innerText.includes('other origins')")
        assert [reports] == [each["Name"] for each in client.list_buckets()["Buckets"]]

    def test_the_page_is_in_no_frame(self, url: str, origin: str, browser: Chromium) -> None:
        browser.open(f"{origin}/")
        frame = (
            f"Object.assign(document.createElement('iframe'), {{src: '{url}/_fakes3/', onload: () => window.done = 1}})"
        )
        browser.run(f"document.body.append({frame})")
        browser.wait_for("window.done")
        assert browser.run("document.querySelector('iframe').contentDocument === null")
        assert 0 == browser.run("document.querySelector('iframe').contentWindow.length")
