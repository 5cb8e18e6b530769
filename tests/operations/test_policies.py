"""The operations on bucket policies: what they keep, tell and refuse."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import md5
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3

from ..ask import Answer, Ask

OWNER, OTHER = "123456789012", "210987654321"
BUCKET, OBJECTS = "arn:aws:s3:::pictures", "arn:aws:s3:::pictures/*"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def statement(
    principal: Any, action: Any, resource: Any = OBJECTS, effect: str = "Allow", **more: Any
) -> dict[str, Any]:
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, **more}


FRIENDLY = policy(statement({"AWS": OTHER}, "s3:GetObject"))
PUBLIC = policy(statement("*", "s3:GetObject"))
OF_POLICIES = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:GetBucketPolicyStatus"]
EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}


def refusal(caught: pytest.ExceptionInfo[ClientError]) -> tuple[int, dict[str, str]]:
    """The status and the elements of a refusal."""
    answer: Any = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]


def reason(caught: pytest.ExceptionInfo[ClientError]) -> str:
    answer: Any = caught.value.response
    return str(answer["ResponseMetadata"]["HTTPHeaders"]["x-fakes3-reason"])


@pytest.fixture
def client(s3: FakeS3) -> Any:
    """A client of the owner of the bucket "pictures"."""
    s3.create_bucket("pictures", objects={"cat": "meow"})
    return s3.client()


@pytest.fixture
def unblocked(client) -> Any:
    """The same, where Block Public Access is off."""
    client.delete_public_access_block(Bucket="pictures")
    return client


def ask(
    s3: FakeS3, method: str, body: bytes = b"", headers: dict[str, str] | None = None, what: str = "policy"
) -> Answer:
    """A request to the bucket's policy as the owner's, with these headers and no others."""
    return Ask(s3.service)(method, f"/pictures?{what}", {"content-length": str(len(body)), **(headers or {})}, body)


class TestPut:
    """PutBucketPolicy sets the policy of a bucket, and answers nothing."""

    # recorded: TestS3BucketPolicy::test_bucket_policy_crud
    def test_answers_204_without_a_body(self, s3: FakeS3, client) -> None:
        answer = ask(s3, "PUT", FRIENDLY.encode())
        assert (204, b"") == (answer.status, bytes(answer.body))
        assert "Content-Type" not in answer.headers
        assert json.loads(FRIENDLY) == s3["pictures"].policy

    def test_takes_the_place_of_the_policy_that_was_there(self, client) -> None:
        client.put_bucket_policy(Bucket="pictures", Policy=FRIENDLY)
        other = policy(statement({"AWS": OTHER}, "s3:PutObject"))
        client.put_bucket_policy(Bucket="pictures", Policy=other)
        assert other == client.get_bucket_policy(Bucket="pictures")["Policy"]

    # recorded: TestS3BucketPolicy::test_bucket_policy_exc
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "Policies must be valid JSON and the first byte must be '{'"),
            ("random string", "Policies must be valid JSON and the first byte must be '{'"),
            ("{}", "Missing required field Statement"),
        ],
    )
    def test_what_is_no_policy_is_malformed(self, s3: FakeS3, client, text: str, message: str) -> None:
        client.put_bucket_policy(Bucket="pictures", Policy=FRIENDLY)
        with pytest.raises(ClientError) as caught:
            client.put_bucket_policy(Bucket="pictures", Policy=text)
        assert (400, {"Code": "MalformedPolicy", "Message": message}) == refusal(caught)
        assert json.loads(FRIENDLY) == s3["pictures"].policy

    def test_what_is_no_text_is_no_json(self, s3: FakeS3, client) -> None:
        answer = ask(s3, "PUT", b'{"Id": "\xff"}')
        assert 400 == answer.status
        assert b"<Code>MalformedPolicy</Code><Message>This policy contains invalid Json</Message>" in bytes(answer.body)

    def test_too_large(self, client) -> None:
        large = policy(statement({"AWS": OTHER}, "s3:GetObject", Sid="a" * 20_480))
        with pytest.raises(ClientError) as caught:
            client.put_bucket_policy(Bucket="pictures", Policy=large)
        message = "Normalized policy document exceeds the maximum allowed size of 20480 bytes"
        assert (400, {"Code": "MalformedPolicy", "Message": message}) == refusal(caught)

    def test_white_space_between_elements_does_not_count(self, client) -> None:
        text = FRIENDLY.replace(" ", " " * 3_000)
        assert len(text) > 20_480
        client.put_bucket_policy(Bucket="pictures", Policy=text)
        assert text == client.get_bucket_policy(Bucket="pictures")["Policy"]

    def test_missing_bucket(self, client) -> None:
        with pytest.raises(ClientError) as caught:
            client.put_bucket_policy(Bucket="nowhere", Policy="no policy")
        assert (404, "NoSuchBucket") == (refusal(caught)[0], refusal(caught)[1]["Code"])

    def test_actions_on_objects_need_a_resource_of_objects(self, client) -> None:
        with pytest.raises(ClientError) as caught:
            client.put_bucket_policy(
                Bucket="pictures", Policy=policy(statement({"AWS": OTHER}, "s3:GetObject", BUCKET))
            )
        assert "Action does not apply to any resource(s) in statement" == refusal(caught)[1]["Message"]

    def test_arns_of_another_partition(self, s3: FakeS3) -> None:
        s3.create_bucket("chinese", region="cn-north-1")
        client = s3.client(region_name="cn-north-1")
        theirs = FRIENDLY.replace("pictures", "chinese")
        with pytest.raises(ClientError) as caught:
            client.put_bucket_policy(Bucket="chinese", Policy=theirs)
        assert "Policy has invalid resource" == refusal(caught)[1]["Message"]
        client.put_bucket_policy(Bucket="chinese", Policy=theirs.replace("arn:aws:", "arn:aws-cn:"))
        assert s3["chinese"].policy is not None


class TestIntegrity:
    """A checksum of the policy need not be sent; one that is sent must be right."""

    def test_none_is_needed(self, s3: FakeS3, client) -> None:
        assert 204 == ask(s3, "PUT", FRIENDLY.encode()).status

    @pytest.mark.parametrize("header", ["content-md5", "x-amz-checksum-md5"])
    def test_a_right_one(self, s3: FakeS3, client, header: str) -> None:
        digest = b64encode(md5(FRIENDLY.encode(), usedforsecurity=False).digest()).decode()
        assert 204 == ask(s3, "PUT", FRIENDLY.encode(), {header: digest}).status

    @pytest.mark.parametrize(
        ("header", "value", "code"),
        [
            ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==", "BadDigest"),
            ("content-md5", "no digest", "InvalidDigest"),
            ("x-amz-checksum-crc32", "AAAAAA==", "BadDigest"),
            ("x-amz-checksum-crc32", "no digest", "InvalidRequest"),
            ("x-amz-sdk-checksum-algorithm", "CRC32", "InvalidRequest"),
            ("x-amz-content-sha256", "0" * 64, "XAmzContentSHA256Mismatch"),
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "InvalidRequest"),
            ("content-length", "100000", "IncompleteBody"),
        ],
    )
    def test_a_wrong_one(self, s3: FakeS3, client, header: str, value: str, code: str) -> None:
        answer = ask(s3, "PUT", FRIENDLY.encode(), {header: value})
        assert (400, code) == (answer.status, s3.calls[-1].error)
        assert s3["pictures"].policy is None

    def test_more_than_any_document(self, s3: FakeS3, client) -> None:
        ask(s3, "PUT", FRIENDLY.encode(), {"content-length": str(2**30)})
        assert "MaxMessageLengthExceeded" == s3.calls[-1].error


class TestGet:
    """GetBucketPolicy answers the very bytes that were put, as JSON."""

    @pytest.mark.parametrize(
        "text",
        [
            FRIENDLY,
            FRIENDLY.replace(": ", "  :\r\n\t"),
            FRIENDLY.replace('"Version"', '"Id": "Bücher \\u0041 😀", "Version"') + "\n",
        ],
    )
    def test_bytes(self, s3: FakeS3, client, text: str) -> None:
        client.put_bucket_policy(Bucket="pictures", Policy=text)
        answer = ask(s3, "GET")
        assert (200, text.encode()) == (answer.status, bytes(answer.body))
        assert "application/json" == answer.headers["Content-Type"]
        assert text == client.get_bucket_policy(Bucket="pictures")["Policy"]

    # recorded: TestS3BucketPolicy::test_bucket_policy_crud
    @pytest.mark.parametrize("operation", ["get_bucket_policy", "get_bucket_policy_status"])
    def test_there_is_none(self, client, operation: str) -> None:
        with pytest.raises(ClientError) as caught:
            getattr(client, operation)(Bucket="pictures")
        expected = {
            "Code": "NoSuchBucketPolicy",
            "Message": "The bucket policy does not exist",
            "BucketName": "pictures",
        }
        assert (404, expected) == refusal(caught)


class TestDelete:
    """DeleteBucketPolicy takes the policy away, again and again."""

    # recorded: TestS3BucketPolicy::test_bucket_policy_crud
    def test_answers_204_also_where_there_is_none(self, s3: FakeS3, client) -> None:
        client.put_bucket_policy(Bucket="pictures", Policy=FRIENDLY)
        for _ in range(2):
            assert 204 == client.delete_bucket_policy(Bucket="pictures")["ResponseMetadata"]["HTTPStatusCode"]
            assert s3["pictures"].policy is None

    def test_of_nothing_changes_nothing(self, s3: FakeS3, client) -> None:
        before = s3.service.world
        client.delete_bucket_policy(Bucket="pictures")
        assert before is s3.service.world


class TestStatus:
    """GetBucketPolicyStatus tells whether a policy lets in everybody."""

    @pytest.mark.parametrize(("text", "is_public"), [(FRIENDLY, False), (PUBLIC, True)])
    def test_is_public(self, s3: FakeS3, unblocked, text: str, is_public: bool) -> None:
        unblocked.put_bucket_policy(Bucket="pictures", Policy=text)
        answer = unblocked.get_bucket_policy_status(Bucket="pictures")
        assert {"IsPublic": is_public} == answer["PolicyStatus"]
        document = bytes(ask(s3, "GET", what="policyStatus").body).decode()
        assert (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<PolicyStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<IsPublic>{str(is_public).lower()}</IsPublic></PolicyStatus>"
        ) == document


class TestExpectedBucketOwner:
    """The account that the caller expects to own the bucket must own it."""

    CALLS = [
        ("put_bucket_policy", {"Policy": FRIENDLY}),
        ("get_bucket_policy", {}),
        ("delete_bucket_policy", {}),
        ("get_bucket_policy_status", {}),
    ]

    # recorded: TestS3::test_put_bucket_policy_expected_bucket_owner
    @pytest.mark.parametrize(("operation", "options"), CALLS)
    def test_another_one(self, client, operation: str, options: dict[str, Any]) -> None:
        client.put_bucket_policy(Bucket="pictures", Policy=FRIENDLY, ExpectedBucketOwner=OWNER)
        with pytest.raises(ClientError) as caught:
            getattr(client, operation)(Bucket="pictures", ExpectedBucketOwner=OTHER, **options)
        assert (403, {"Code": "AccessDenied", "Message": "Access Denied"}) == refusal(caught)
        getattr(client, operation)(Bucket="pictures", ExpectedBucketOwner=OWNER, **options)

    # recorded: TestS3::test_put_bucket_policy_invalid_account_id, TestS3::test_get_bucket_policy_invalid_account_id
    @pytest.mark.parametrize("account", ["0000", "0000000000020", "abcd", "aa000000000$"])
    @pytest.mark.parametrize(("operation", "options"), CALLS)
    def test_no_account(self, client, operation: str, options: dict[str, Any], account: str) -> None:
        with pytest.raises(ClientError) as caught:
            getattr(client, operation)(Bucket="pictures", ExpectedBucketOwner=account, **options)
        message = f"The value of the expected bucket owner parameter must be an AWS Account ID... [{account}]"
        assert (400, {"Code": "InvalidBucketOwnerAWSAccountID", "Message": message}) == refusal(caught)


class TestOnlyForTheOwnersAccount:
    """Whoever is of another account gets 405, even if the policy allows it. S3: API/API_PutBucketPolicy.html"""

    CALLS = [
        ("put_bucket_policy", {"Policy": FRIENDLY}),
        ("get_bucket_policy", {}),
        ("delete_bucket_policy", {}),
    ]

    @pytest.mark.parametrize(("operation", "options"), CALLS)
    def test_allowed_by_the_policy(self, s3: FakeS3, client, operation: str, options: dict[str, Any]) -> None:
        client.put_bucket_policy(Bucket="pictures", Policy=policy(statement({"AWS": OTHER}, OF_POLICIES, BUCKET)))
        theirs = s3.account(OTHER).client()
        with pytest.raises(ClientError) as caught:
            getattr(theirs, operation)(Bucket="pictures", **options)
        status, told = refusal(caught)
        assert (405, "MethodNotAllowed", "BUCKETPOLICY") == (status, told["Code"], told["ResourceType"])
        assert (
            f"the policy of a bucket is only for the account that owns it, {OWNER}, even where it allows "
            f"arn:aws:iam::{OTHER}:root to read or set it. Call with credentials of that account."
        ) == reason(caught)

    @pytest.mark.parametrize(("operation", "options"), CALLS)
    def test_not_allowed(self, s3: FakeS3, client, operation: str, options: dict[str, Any]) -> None:
        with pytest.raises(ClientError) as caught:
            getattr(s3.account(OTHER).client(), operation)(Bucket="pictures", **options)
        assert (403, {"Code": "AccessDenied", "Message": "Access Denied"}) == refusal(caught)

    def test_the_status_is_for_whom_the_policy_allows_it(self, s3: FakeS3, client) -> None:
        client.put_bucket_policy(Bucket="pictures", Policy=policy(statement({"AWS": OTHER}, OF_POLICIES, BUCKET)))
        answer = s3.account(OTHER).client().get_bucket_policy_status(Bucket="pictures")
        assert {"IsPublic": False} == answer["PolicyStatus"]

    @pytest.mark.parametrize(("operation", "options"), CALLS)
    def test_nobody_in_particular(self, s3: FakeS3, unblocked, operation: str, options: dict[str, Any]) -> None:
        unblocked.put_bucket_policy(Bucket="pictures", Policy=policy(statement("*", OF_POLICIES, BUCKET)))
        anonymous = s3.client(config=Config(signature_version=UNSIGNED))
        with pytest.raises(ClientError) as caught:
            getattr(anonymous, operation)(Bucket="pictures", **options)
        message = "Anonymous users cannot invoke this API. Please authenticate."
        assert (403, {"Code": "AccessDenied", "Message": message}) == refusal(caught)

    def test_a_user_of_the_account_with_the_right(self, s3: FakeS3, client) -> None:
        alice = s3.user("alice", policy=EVERYTHING).client()
        alice.put_bucket_policy(Bucket="pictures", Policy=FRIENDLY)
        assert FRIENDLY == alice.get_bucket_policy(Bucket="pictures")["Policy"]
        alice.delete_bucket_policy(Bucket="pictures")


class TestRootUser:
    """The owner's root user always may put, get and delete the policy, whatever the policy says."""

    def test_denied_everything(self, s3: FakeS3, client) -> None:
        denial = policy(statement("*", "s3:*", [BUCKET, OBJECTS], "Deny"))
        client.put_bucket_policy(Bucket="pictures", Policy=denial)
        with pytest.raises(ClientError) as caught:
            client.list_objects_v2(Bucket="pictures")
        assert (
            f'User: arn:aws:iam::{OWNER}:root is not authorized to perform: s3:ListBucket on resource: "{BUCKET}" with '
            "an explicit deny in a resource-based policy"
        ) == refusal(caught)[1]["Message"]
        with pytest.raises(ClientError) as caught:
            client.get_bucket_policy_status(Bucket="pictures")
        assert 403 == refusal(caught)[0]
        assert denial == client.get_bucket_policy(Bucket="pictures")["Policy"]
        client.put_bucket_policy(Bucket="pictures", Policy=denial)
        client.delete_bucket_policy(Bucket="pictures")
        client.list_objects_v2(Bucket="pictures")


class TestLockOut:
    """Whoever would deny itself the next PutBucketPolicy must confirm it."""

    DENIAL = policy(statement("*", "s3:PutBucketPolicy", BUCKET, "Deny", Sid="Forever"))

    def test_not_confirmed(self, s3: FakeS3, client) -> None:
        alice = s3.user("alice", policy=EVERYTHING)
        with pytest.raises(ClientError) as caught:
            alice.client().put_bucket_policy(Bucket="pictures", Policy=self.DENIAL)
        message = (
            f"User: {alice.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "
            f'"{BUCKET}" with an explicit deny in a resource-based policy'
        )
        assert (403, {"Code": "AccessDenied", "Message": message}) == refusal(caught)
        assert (
            f'Statement "Forever" of the new policy would deny {alice.arn} to ever put another. Exempt it there, or '
            "pass ConfirmRemoveSelfBucketAccess=True."
        ) == reason(caught)
        assert s3["pictures"].policy is None

    def test_confirmed(self, s3: FakeS3, client) -> None:
        alice = s3.user("alice", policy=EVERYTHING).client()
        alice.put_bucket_policy(Bucket="pictures", Policy=self.DENIAL, ConfirmRemoveSelfBucketAccess=True)
        with pytest.raises(ClientError) as caught:
            alice.put_bucket_policy(Bucket="pictures", Policy=FRIENDLY)
        assert 403 == refusal(caught)[0]

    def test_somebody_else_is_denied(self, s3: FakeS3, client) -> None:
        s3.user("bob")
        alice = s3.user("alice", policy=EVERYTHING).client()
        denial = statement({"AWS": f"arn:aws:iam::{OWNER}:user/bob"}, "s3:PutBucketPolicy", BUCKET, "Deny")
        alice.put_bucket_policy(Bucket="pictures", Policy=policy(denial))
        alice.put_bucket_policy(Bucket="pictures", Policy=FRIENDLY)

    def test_the_root_user_cannot_lock_itself_out(self, client) -> None:
        client.put_bucket_policy(Bucket="pictures", Policy=self.DENIAL)
        client.put_bucket_policy(Bucket="pictures", Policy=FRIENDLY)


class TestBlockPublicPolicy:
    """While BlockPublicPolicy is on, no public policy can be put; one that is there stays."""

    def test_refused(self, s3: FakeS3, client) -> None:
        with pytest.raises(ClientError) as caught:
            client.put_bucket_policy(Bucket="pictures", Policy=PUBLIC)
        message = (
            f'User: arn:aws:iam::{OWNER}:root is not authorized to perform: s3:PutBucketPolicy on resource: "{BUCKET}" '
            "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
        )
        assert (403, {"Code": "AccessDenied", "Message": message}) == refusal(caught)
        assert (
            f"the policy of {BUCKET} would be public, and BlockPublicPolicy is on for the bucket or its account. Name "
            "the accounts that should have access, or switch it off with PutPublicAccessBlock."
        ) == reason(caught)
        assert s3["pictures"].policy is None

    def test_one_that_is_not_public(self, client) -> None:
        client.put_bucket_policy(Bucket="pictures", Policy=FRIENDLY)

    def test_switched_off(self, client) -> None:
        others = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
        client.put_public_access_block(
            Bucket="pictures", PublicAccessBlockConfiguration=others | {"BlockPublicPolicy": False}
        )
        client.put_bucket_policy(Bucket="pictures", Policy=PUBLIC)

    def test_by_the_account(self, s3: FakeS3, unblocked) -> None:
        s3.account().public_access_block = {"BlockPublicPolicy": True}
        with pytest.raises(ClientError) as caught:
            unblocked.put_bucket_policy(Bucket="pictures", Policy=PUBLIC)
        assert 403 == refusal(caught)[0]

    def test_one_that_is_there_stays(self, s3: FakeS3, unblocked) -> None:
        unblocked.put_bucket_policy(Bucket="pictures", Policy=PUBLIC)
        unblocked.put_public_access_block(Bucket="pictures", PublicAccessBlockConfiguration={"BlockPublicPolicy": True})
        assert json.loads(PUBLIC) == s3["pictures"].policy


class TestSeenFromOutside:
    """A test author sees the policy, what changed of it, and the calls."""

    def test_difference_of_snapshots(self, s3: FakeS3, client) -> None:
        before = s3.snapshot()
        client.put_bucket_policy(Bucket="pictures", Policy=FRIENDLY)
        found = before.diff(s3.snapshot())
        assert [("pictures", "policy")] == [(each.bucket, each.what) for each in found.changed]
        assert ((), ()) == (found.added, found.removed)

    def test_call(self, s3: FakeS3, client) -> None:
        client.put_bucket_policy(Bucket="pictures", Policy=FRIENDLY)
        call = s3.calls[-1]
        assert ("PutBucketPolicy", {"Bucket": "pictures", "Policy": FRIENDLY}) == (call.operation, call.parameters)

    def test_bucket_is_deleted_with_its_policy(self, s3: FakeS3, client) -> None:
        client.put_bucket_policy(Bucket="pictures", Policy=FRIENDLY)
        client.delete_object(Bucket="pictures", Key="cat")
        client.delete_bucket(Bucket="pictures")
        client.create_bucket(Bucket="pictures")
        assert s3["pictures"].policy is None
