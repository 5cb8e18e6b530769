"""Sessions of directory buckets, and who may begin them.

S3: API/API_CreateSession.html, userguide/s3-express-security-iam.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from fakes3 import FakeS3, mock_s3

from ...ask import Ask, signed_by
from .conftest import ANY_HOST, ARN, BUCKET, fetch, refusal

K = {"Bucket": BUCKET, "Key": "k"}
ZONAL = f"{BUCKET}.s3express-use1-az4.us-east-1.amazonaws.com"


def statement(effect: str = "Allow", mode: str | None = None, **more: Any) -> dict[str, Any]:
    condition = {} if mode is None else {"Condition": {"StringEquals": {"s3express:SessionMode": mode}}}
    return {"Effect": effect, "Action": "s3express:CreateSession", "Resource": ARN} | condition | more


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


class ByHand:
    """Sends requests with the credentials of a session; their signatures are wrong."""

    def __init__(self, ask: Ask, client: Any, **more: str) -> None:
        found = client.create_session(Bucket=BUCKET, **more)["Credentials"]
        self.ask = ask
        self.headers = {
            "x-amz-s3session-token": found["SessionToken"],
            "authorization": signed_by(found["AccessKeyId"]),
        }

    def __call__(self, method: str, target: str, host: str = ZONAL, **more: str) -> tuple[int, str | None]:
        """Return the status and the code of the answer."""
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        answer = self.ask(method, target, self.headers | headers, host=host)
        return answer.status, answer.code


@pytest.fixture
def session(ask: Ask, client: Any) -> ByHand:
    return ByHand(ask, client)


class TestCreateSession:
    """A session gives five minutes of access to the objects of one bucket."""

    def test_the_credentials(self, s3: FakeS3, client: Any) -> None:
        answer = client.create_session(Bucket=BUCKET)
        assert "2026-01-01T00:05:00+00:00" == answer["Credentials"]["Expiration"].isoformat()
        assert "AES256" == answer["ServerSideEncryption"]
        assert s3["plain"]["from"].text == "plain bytes"

    def test_boto3_renews_it(self, s3: FakeS3, client: Any) -> None:
        for _ in range(3):
            client.put_object(**K)
            client.head_object(**K)
            s3.clock.advance(minutes=5)
        assert 3 == len([call for call in s3.calls if call.operation == "CreateSession"])

    def test_an_expired_one_is_refused(self, s3: FakeS3, session: ByHand) -> None:
        assert (200, None) == session("PUT", "/k")
        s3.clock.advance(minutes=5)
        assert (400, "ExpiredToken") == session("PUT", "/k")

    def test_read_only(self, s3: FakeS3, client: Any, ask: Ask) -> None:
        client.put_object(**K)
        session = ByHand(ask, client, SessionMode="ReadOnly")
        for target in ("/k", "/?list-type=2", "/?uploads", "/k?attributes"):
            assert (200, None) == session("GET", target, x_amz_object_attributes="ETag")
        for method, target in (("PUT", "/k"), ("DELETE", "/k"), ("POST", "/k?uploads"), ("PUT", "/l?renameObject")):
            assert (403, "AccessDenied") == session(method, target, x_amz_rename_source="k")

    def test_another_mode(self, s3: FakeS3, ask: Ask) -> None:
        answer = ask("GET", f"/{BUCKET}?session", {"x-amz-create-session-mode": "Write"}, host=ANY_HOST)
        assert (400, "InvalidArgument") == (answer.status, answer.code)

    def test_another_bucket(self, s3: FakeS3, session: ByHand) -> None:
        s3.create_bucket("other--use1-az4--x-s3", objects={"k": b""})
        assert (403, "AccessDenied") == session("GET", "/k", ZONAL.replace("logs", "other"))

    def test_ordinary_buckets_do_not_take_it(self, s3: FakeS3, session: ByHand) -> None:
        for host, target in (("plain.s3.us-east-1.amazonaws.com", "/from"), (ANY_HOST, "/plain/from")):
            assert (403, "InvalidAccessKeyId") == session("GET", target, host)

    @pytest.mark.parametrize(
        ("method", "target", "host", "more"),
        [
            ("PUT", "/k", ZONAL, {"x_amz_copy_source": "plain/from"}),
            ("GET", "/?session", ZONAL, {}),
            ("PUT", f"/{BUCKET}/k", ANY_HOST, {"x_amz_copy_source": "plain/from"}),
        ],
    )
    def test_operations_that_do_not_take_it(
        self, s3: FakeS3, session: ByHand, method: str, target: str, host: str, more: dict[str, str]
    ) -> None:
        assert (403, "AccessDenied") == session(method, target, host, **more)

    def test_the_endpoint_of_the_region_does_not_take_it(self, s3: FakeS3, session: ByHand) -> None:
        host = "s3express-control.us-east-1.amazonaws.com"
        assert (403, "InvalidAccessKeyId") == session("DELETE", f"/{BUCKET}", host)

    def test_another_host_takes_it_for_the_bucket_too(self, s3: FakeS3, session: ByHand) -> None:
        assert (204, None) == session("DELETE", f"/{BUCKET}", ANY_HOST)
        assert BUCKET not in s3.buckets

    def test_whoever_began_it_is_unknown_to_another_fake(self, s3: FakeS3, ask: Ask) -> None:
        session = ByHand(ask, s3.user("alice", policy=policy(statement(Action="s3express:*", Resource="*"))).client())
        with mock_s3() as other:
            other.clock.freeze("2026-01-01T00:00:00Z")
            other.create_bucket(BUCKET)
            session.ask = Ask(other.service)
            assert (200, None) == session("PUT", "/k")
            assert (403, "AccessDenied") == session("DELETE", f"/{BUCKET}", ANY_HOST)

    def test_before_there_is_a_bucket(self, s3: FakeS3, ask: Ask) -> None:
        nobody = signed_by(s3.user("nobody").credentials["aws_access_key_id"])
        new = "new--use1-az4--x-s3"
        assert 200 == ask("GET", f"/{new}?session", host=ANY_HOST).status
        refused = [
            ask("GET", "/?session", host=ZONAL.replace("logs", "new")),
            ask("GET", f"/{new}?session", host=ANY_HOST, signed=False),
            ask("GET", f"/{new}?session", {"authorization": nobody}, host=ANY_HOST),
            ask("GET", "/new--euw1-az4--x-s3?session", host=ANY_HOST),
        ]
        expected = ["NoSuchBucket", "NoSuchBucket", "AccessDenied", "InvalidBucketName"]
        assert expected == [answer.code for answer in refused]

    def test_another_token(self, s3: FakeS3, session: ByHand) -> None:
        for token in ("text", "\xfc", session.headers["x-amz-s3session-token"][:-4] + "AAA=", "AAAA"):
            assert (400, "InvalidToken") == session("PUT", "/k", x_amz_s3session_token=token)

    def test_other_credentials_need_no_session(self, s3: FakeS3, ask: Ask) -> None:
        assert 200 == ask("PUT", "/k", host=ZONAL).status
        assert ["PutObject"] == [call.operation for call in s3.calls]

    def test_the_host_alone_tells_the_endpoint(self, s3: FakeS3, ask: Ask) -> None:
        assert 200 == ask("PUT", "/k", host=ZONAL).status
        assert (405, "MethodNotAllowed") == (ask("DELETE", "/", host=ZONAL).status, ask("DELETE", "/", host=ZONAL).code)
        regional = "s3express-control.us-east-1.amazonaws.com"
        assert 405 == ask("PUT", f"/{BUCKET}/k", host=regional).status
        assert 404 == ask("GET", "/plain?policy", host=regional).status
        assert 200 == ask("GET", f"/{BUCKET}?encryption", host=regional).status
        assert 403 == ask("GET", "/k", host=ZONAL, signed=False).status

    @pytest.mark.parametrize("fips", ["", "-fips"])
    @pytest.mark.parametrize("stack", ["", ".dualstack"])
    def test_other_forms_of_the_host(self, s3: FakeS3, ask: Ask, fips: str, stack: str) -> None:
        host = f"{BUCKET}.s3express{fips}-use1-az4{stack}.us-east-1.amazonaws.com"
        assert 200 == ask("PUT", "/k", host=host).status


class TestWhoMay:
    """The right to begin a session is given by policies, and its mode is a condition key."""

    @pytest.mark.parametrize("mode", ["ReadOnly", "ReadWrite", None])
    def test_by_an_identity(self, s3: FakeS3, mode: str | None) -> None:
        client = s3.user("reader", policy=policy(statement(mode=mode))).client()
        client.list_objects_v2(Bucket=BUCKET)
        if mode == "ReadOnly":
            assert 403 == refusal(client.put_object, **K)[0]
        else:
            client.put_object(**K)

    def test_without_the_right(self, s3: FakeS3) -> None:
        user = s3.user("nobody", policy=policy(statement(Action="s3:*", Resource="*")))
        status, code, text = refusal(user.client().put_object, **K)
        assert (403, "AccessDenied") == (status, code)
        assert text == (
            f'User: {user.arn} is not authorized to perform: s3express:CreateSession on resource: "{ARN}" because no '
            "identity-based policy allows the s3express:CreateSession action"
        )

    def test_a_mode_that_is_not_allowed(self, s3: FakeS3) -> None:
        client = s3.user("reader", policy=policy(statement(mode="ReadOnly"))).client()
        assert 403 == refusal(client.create_session, Bucket=BUCKET, SessionMode="ReadWrite")[0]

    def test_by_the_bucket(self, s3: FakeS3, client: Any) -> None:
        mine = statement(mode="ReadOnly", Principal={"AWS": "444455556666"})
        client.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy(mine)))
        other = s3.account("444455556666").client()
        other.list_objects_v2(Bucket=BUCKET)
        assert 403 == refusal(other.put_object, **K)[0]
        assert 403 == refusal(other.get_bucket_policy, Bucket=BUCKET)[0]
        assert 403 == refusal(other.delete_bucket, Bucket=BUCKET)[0]

    def test_a_deny_of_the_bucket(self, s3: FakeS3, client: Any) -> None:
        denied = statement("Deny", mode="ReadWrite", Principal="*")
        client.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy(denied)))
        client.list_objects_v2(Bucket=BUCKET)
        assert 403 == refusal(client.put_object, **K)[0]
        client.delete_bucket_policy(Bucket=BUCKET)
        assert (404, "NoSuchBucketPolicy") == refusal(client.get_bucket_policy, Bucket=BUCKET)[:2]

    def test_the_zone_is_a_condition_key(self, s3: FakeS3) -> None:
        here = {"StringEquals": {"s3express:LocationName": "use1-az5"}}
        client = s3.user("reader", policy=policy(statement(Condition=here))).client()
        assert 403 == refusal(client.list_objects_v2, Bucket=BUCKET)[0]

    @pytest.mark.parametrize(
        ("call", "action"),
        [
            ("get_bucket_encryption", "GetEncryptionConfiguration"),
            ("get_bucket_policy", "GetBucketPolicy"),
            ("delete_bucket", "DeleteBucket"),
            ("delete_bucket_lifecycle", "PutLifecycleConfiguration"),
        ],
    )
    def test_rights_on_the_bucket(self, s3: FakeS3, client: Any, call: str, action: str) -> None:
        own = policy(statement(Principal={"AWS": "123456789012"}))
        client.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(own))
        other = s3.user("other", policy=policy(statement(Action="s3express:CreateSession")))
        assert 403 == refusal(getattr(other.client(), call), Bucket=BUCKET)[0]
        named = s3.user("named", policy=policy(statement(Action=f"s3express:{action}")))
        getattr(named.client(), call)(Bucket=BUCKET)

    def test_the_right_to_list_buckets(self, s3: FakeS3) -> None:
        user = s3.user("lists", policy=policy(statement(Action="s3express:ListAllMyDirectoryBuckets", Resource="*")))
        assert [BUCKET] == [each["Name"] for each in user.client().list_directory_buckets()["Buckets"]]

    def test_least_privilege(self, s3: FakeS3) -> None:
        user = s3.user("alice", policy=policy(statement(Action="s3express:*", Resource="*")))
        user.client().put_object(**K)
        (needed,) = s3.least_privilege(user)["Statement"]
        assert (["s3express:CreateSession"], [ARN]) == (needed["Action"], needed["Resource"])

    def test_signatures_of_a_session_are_verified(self, s3: FakeS3, ask: Ask) -> None:
        user = s3.user("alice", policy=policy(statement()))
        user.client().put_object(**K)
        session = ByHand(ask, user.client())
        names = "host;x-amz-content-sha256;x-amz-date;x-amz-s3session-token"
        signed = session.headers["authorization"].replace("SignedHeaders=host", f"SignedHeaders={names}")
        moment = f"{s3.clock.now():%Y%m%dT%H%M%SZ}"
        headers = {"authorization": signed, "x_amz_date": moment, "x_amz_content_sha256": "UNSIGNED-PAYLOAD"}
        assert (403, "SignatureDoesNotMatch") == session("PUT", "/k", **headers)

    @pytest.mark.parametrize(
        ("statements", "problem"),
        [
            (statement(Principal="*"), "AccessDenied"),  # nothing public is allowed
            (statement(Principal={"AWS": "444455556666"}, Action="s3:GetObject"), "MalformedPolicy"),
            (statement(Principal={"AWS": "444455556666"}, Action="s3express:DeleteBucket"), "MalformedPolicy"),
            (statement(Principal={"AWS": "444455556666"}, Resource=ARN + "/*"), "MalformedPolicy"),
            (statement(Principal={"AWS": "444455556666"}, Resource="arn:aws:s3:::plain"), "MalformedPolicy"),
        ],
    )
    def test_policies_that_are_refused(self, s3: FakeS3, client: Any, statements: dict[str, Any], problem: str) -> None:
        text = json.dumps(policy(statements))
        assert problem == refusal(client.put_bucket_policy, Bucket=BUCKET, Policy=text)[1]

    def test_what_was_put_is_returned(self, s3: FakeS3, client: Any) -> None:
        text = json.dumps(policy(statement(Principal={"AWS": "444455556666"}, Resource="*")))
        client.put_bucket_policy(Bucket=BUCKET, Policy=text)
        assert text == client.get_bucket_policy(Bucket=BUCKET)["Policy"]


def test_a_url_lasts_no_longer_than_its_session(s3: FakeS3, client: Any) -> None:
    client.put_object(**K, Body=b"1")
    url = client.generate_presigned_url("get_object", Params=K, ExpiresIn=3600)
    assert (200, None, b"1") == fetch(url)
    s3.clock.advance(minutes=5)
    assert (400, "ExpiredToken") == fetch(url)[:2]


def test_a_token_beside_another_key(s3: FakeS3, client: Any, ask: Ask) -> None:
    token = client.create_session(Bucket=BUCKET)["Credentials"]["SessionToken"]
    headers = {"x-amz-s3session-token": token, "authorization": signed_by()}
    answer = ask("GET", "/k", headers, host=ZONAL)
    assert (400, "InvalidToken") == (answer.status, answer.code)
