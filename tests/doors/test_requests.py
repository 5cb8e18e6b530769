"""The door of requests: presigned URLs and forms, with sessions, hooks and other mocks as they are."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap
from typing import Any

import pytest
import requests
import responses
from requests.adapters import HTTPAdapter

from fakes3 import FakeS3, UnmockedRequest, current, mock_s3

MEBIBYTE = 1024 * 1024


@pytest.fixture
def bucket(s3: FakeS3) -> str:
    s3.create_bucket("bucket", objects={"hello.txt": "hello"})
    return "bucket"


@pytest.fixture
def url(s3: FakeS3, bucket: str) -> str:
    """A presigned URL of the object hello.txt."""
    return s3.client().generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "hello.txt"})


@pytest.fixture
def put_url(s3: FakeS3, bucket: str) -> str:
    """A presigned URL that writes the object new."""
    return s3.client().generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "new"})


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs that reached the real adapter, which answers 418 here. To be asked for before `s3`."""
    urls: list[str] = []

    def send(adapter: HTTPAdapter, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        urls.append(request.url)
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 418, request, request.url
        return answer

    monkeypatch.setattr(HTTPAdapter, "send", send)
    return urls


class TestPresigned:
    """What requests alone does with a presigned URL; what all libraries do is in test_http_libraries.py."""

    def test_get(self, url):
        answer = requests.get(url, timeout=5)
        assert (200, "OK", b"hello") == (answer.status_code, answer.reason, answer.content)
        assert '"5d41402abc4b2a76b9719d911017c592"' == answer.headers["etag"]
        assert url == answer.url

    @pytest.mark.parametrize("body", [b"new", "new", bytearray(b"new"), io.BytesIO(b"new")])
    def test_put(self, s3, bucket, put_url, body):
        assert 200 == requests.put(put_url, data=body, timeout=5).status_code
        assert b"new" == s3[bucket]["new"].body

    def test_a_refusal(self, url):
        answer = requests.get(url.replace("hello", "other"), timeout=5)
        assert (403, "application/xml") == (answer.status_code, answer.headers["Content-Type"])
        assert "<Code>SignatureDoesNotMatch</Code>" in answer.text
        with pytest.raises(requests.HTTPError):
            answer.raise_for_status()


class TestStreaming:
    """Bodies go both ways in pieces."""

    @pytest.fixture
    def large(self, s3: FakeS3, bucket: str) -> bytes:
        body = bytes(range(256)) * (3 * MEBIBYTE // 256)
        s3.client().put_object(Bucket=bucket, Key="hello.txt", Body=body)
        return body

    def test_down_by_pieces(self, large, url):
        with requests.get(url, stream=True, timeout=5) as answer:
            pieces = list(answer.iter_content(MEBIBYTE))
        assert [MEBIBYTE] * 3 == [len(piece) for piece in pieces]
        assert large == b"".join(pieces)

    def test_down_as_a_file(self, large, url):
        with requests.get(url, stream=True, timeout=5) as answer:
            assert large[:10] == answer.raw.read(10)
            assert large[10:] == answer.raw.read()

    def test_down_by_lines(self, s3, bucket, url):
        s3.client().put_object(Bucket=bucket, Key="hello.txt", Body=b"one\ntwo\r\nthree")
        with requests.get(url, stream=True, timeout=5) as answer:
            assert [b"one", b"two", b"three"] == list(answer.iter_lines())

    def test_up_from_a_file(self, s3, bucket, put_url, tmp_path):
        path = tmp_path / "large"
        path.write_bytes(bytes(2 * MEBIBYTE + 1))
        with path.open("rb") as file:
            assert 200 == requests.put(put_url, data=file, timeout=5).status_code
        assert bytes(2 * MEBIBYTE + 1) == s3[bucket]["new"].body

    def test_up_from_an_iterator_is_refused_as_s3_refuses_it(self, s3, bucket, put_url):
        # requests sends it with `Transfer-Encoding: chunked` and without a length
        answer = requests.put(put_url, data=iter([b"ne", b"w"]), timeout=5)
        assert (501, True) == (answer.status_code, "<Header>Transfer-Encoding</Header>" in answer.text)
        assert ["hello.txt"] == list(s3[bucket])

    def test_a_form_from_a_large_file(self, s3, bucket):
        form = s3.client().generate_presigned_post(bucket, "${filename}")
        files = {"file": ("large.bin", io.BytesIO(bytes(2 * MEBIBYTE)))}
        assert 204 == requests.post(form["url"], data=form["fields"], files=files, timeout=5).status_code
        assert bytes(2 * MEBIBYTE) == s3[bucket]["large.bin"].body


class TestSessions:
    """Sessions stay what they are."""

    def test_one_serves_many_requests(self, url, put_url):
        with requests.Session() as session:
            assert b"hello" == session.get(url, timeout=5).content
            assert 200 == session.put(put_url, data=b"new", timeout=5).status_code
            assert b"hello" == session.get(url, timeout=5).content

    def test_one_from_before_the_mock(self):
        with requests.Session() as session, mock_s3() as s3:
            s3.create_bucket("bucket", objects={"key": "early"})
            url = s3.client().generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})
            assert b"early" == session.get(url, timeout=5).content

    def test_hooks_and_headers_of_the_session(self, s3, url):
        seen: list[int] = []
        with requests.Session() as session:
            session.hooks["response"].append(lambda answer, **_: seen.append(answer.status_code))
            session.headers["Range"] = "bytes=0-0"
            assert b"h" == session.get(url, timeout=5).content
        assert [206] == seen

    def test_the_request_is_on_the_answer(self, url):
        answer = requests.get(url, timeout=5)
        assert ("GET", url) == (answer.request.method, answer.request.url)
        assert answer.elapsed.total_seconds() >= 0

    def test_redirects_are_followed_where_the_form_says(self, out, s3, bucket):
        allowed = {"success_action_redirect": "http://app.test/done"}
        form = s3.client().generate_presigned_post(bucket, "key", Fields=allowed, Conditions=[allowed])
        answer = requests.post(form["url"], data=form["fields"], files={"file": b"x"}, timeout=5)
        assert (418, [303]) == (answer.status_code, [each.status_code for each in answer.history])
        assert ["http://app.test/done?bucket=bucket&key=key&etag=%229dd4e461268c8034f5c8564e155c67a6%22"] == out

    def test_an_adapter_of_ones_own_stands_above(self, url):
        class Counting(HTTPAdapter):
            count = 0

            def send(self, *args: Any, **kwargs: Any) -> requests.Response:
                self.count += 1
                return super().send(*args, **kwargs)

        adapter = Counting()
        with requests.Session() as session:
            session.mount("https://", adapter)
            assert b"hello" == session.get(url, timeout=5).content
        assert 1 == adapter.count


class TestOtherHosts:
    """What is not S3's goes where it would have gone, in the ways of this library."""

    def test_nobody_is_sent_to_the_home_page_of_s3(self, s3):
        answer = requests.get("https://s3.us-east-1.amazonaws.com/", timeout=5, allow_redirects=False)
        assert (307, "https://aws.amazon.com/s3/", b"") == (
            answer.status_code,
            answer.headers["Location"],
            answer.content,
        )
        with pytest.raises(UnmockedRequest, match=r"A request to aws\.amazon\.com was stopped"):
            requests.get("https://s3.us-east-1.amazonaws.com/", timeout=5)

    def test_another_service_of_amazons_is_for_a_mock_that_stands_below(self, out, s3):
        assert 418 == requests.get("https://sqs.us-east-1.amazonaws.com/", timeout=5).status_code
        assert ["https://sqs.us-east-1.amazonaws.com/"] == out


class TestBesideResponses:
    """The mock of responses works beside the fake, whichever was entered first."""

    def ours(self, s3: FakeS3) -> str:
        s3.create_bucket("bucket", objects={"key": "ours"})
        return s3.client().generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})

    def test_entered_before(self):
        with responses.RequestsMock() as theirs, mock_s3() as s3:
            theirs.get("https://api.test/x", body="theirs")
            assert "theirs" == requests.get("https://api.test/x", timeout=5).text
            assert "ours" == requests.get(self.ours(s3), timeout=5).text

    def test_entered_after_and_told_whom_to_ask_for_the_rest(self):
        with mock_s3() as s3, responses.RequestsMock(real_adapter_send=HTTPAdapter.send) as theirs:
            theirs.get("https://api.test/x", body="theirs")
            theirs.add_passthru("https://bucket.s3.")
            assert "theirs" == requests.get("https://api.test/x", timeout=5).text
            assert "ours" == requests.get(self.ours(s3), timeout=5).text

    def test_entered_after(self):
        with mock_s3() as s3, responses.RequestsMock() as theirs:
            theirs.get("https://api.test/x", body="theirs")
            assert "theirs" == requests.get("https://api.test/x", timeout=5).text
            assert "ours" == requests.get(self.ours(s3), timeout=5).text
            with pytest.raises(requests.ConnectionError, match="Connection refused by Responses"):
                requests.get("https://other.test/x", timeout=5)
            assert ["https://api.test/x", "https://other.test/x"] == [call.request.url for call in theirs.calls]

    @pytest.mark.parametrize("is_inside", [True, False], ids=["inside", "around"])
    def test_it_answers_for_other_services_of_amazons(self, is_inside):
        mock, theirs = mock_s3(), responses.RequestsMock()
        with mock if is_inside else theirs, theirs if is_inside else mock:
            theirs.post("https://sqs.us-east-1.amazonaws.com/", body="theirs")
            assert "theirs" == requests.post("https://sqs.us-east-1.amazonaws.com/", timeout=5).text

    def test_what_it_passes_on_is_stopped_when_it_is_amazons(self):
        with mock_s3(), responses.RequestsMock() as theirs:
            theirs.add_passthru("https://sqs.")
            with pytest.raises(UnmockedRequest, match=r"sqs\.us-east-1\.amazonaws\.com was stopped"):
                requests.get("https://sqs.us-east-1.amazonaws.com/", timeout=5)

    def test_the_decorator_under_and_over_the_mocks(self):
        @responses.activate
        @mock_s3
        @responses.activate
        def call() -> tuple[str, str]:
            s3 = current()
            responses.get("https://api.test/x", body="theirs")
            return requests.get("https://api.test/x", timeout=5).text, requests.get(self.ours(s3), timeout=5).text

        assert ("theirs", "ours") == call()

    def test_entered_after_and_outliving_the_fake(self, out):
        with responses.RequestsMock() as theirs:
            with mock_s3() as s3:
                late = responses.RequestsMock()
                late.start()
                url = self.ours(s3)
            with pytest.raises(requests.ConnectionError, match="Connection refused by Responses"):
                requests.get(url, timeout=5)
            late.stop()
            assert 0 == len(theirs.calls)

    def test_left_in_any_order(self, monkeypatch):
        monkeypatch.setattr(HTTPAdapter, "send", HTTPAdapter.send)  # so that it is put back whoever is left standing
        mock, theirs = mock_s3(), responses.RequestsMock()
        mock.start()
        theirs.start()
        mock.stop()
        theirs.stop()
        with mock_s3() as s3:
            assert "ours" == requests.get(self.ours(s3), timeout=5).text
        assert 0 == len(theirs.calls)


class TestOpening:
    """The door is open while a fake is entered."""

    def test_gone_after_the_mock(self):
        before = HTTPAdapter.__dict__["send"]
        with mock_s3():
            assert before is not HTTPAdapter.__dict__["send"]
        assert before is HTTPAdapter.__dict__["send"]

    def test_boto3_is_not_needed(self):
        script = """
            import sys
            sys.modules["boto3"] = sys.modules["botocore"] = None
            import requests
            from fakes3 import mock_s3

            with mock_s3() as s3:
                s3.create_bucket("bucket", objects={"key": "x"})
                answer = requests.get("https://bucket.s3.amazonaws.com/key", timeout=5)
                print(answer.status_code, s3.calls[0].operation, s3.calls[0].principal)
        """
        run = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False, timeout=60
        )
        assert ("403 GetObject anonymous\n", "") == (run.stdout, run.stderr)
