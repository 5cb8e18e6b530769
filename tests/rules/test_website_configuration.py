"""The configuration of a bucket that is a website.

S3: API/API_PutBucketWebsite.html. observed: radkawar/stackd, testdata/aws/s3/website_admission_replay.json
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3

from .conftest import Refused, shared_client
from .test_bucket_tagging import status
from .test_needed_permissions import allow, policy

INDEX = {"IndexDocument": {"Suffix": "index.html"}}
MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
NO_SITE = "The specified bucket does not have a website configuration"


def put(client: Any, **configuration: Any) -> Any:
    return client.put_bucket_website(Bucket="never", WebsiteConfiguration=configuration)


def rules(*stated: dict[str, Any]) -> dict[str, Any]:
    return INDEX | {"RoutingRules": list(stated)}


class TestDocument:
    """A website is put, read and deleted whole."""

    # recorded: TestS3StaticWebsiteHosting::test_crud_website_configuration
    def test_put_and_read(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        with refused("NoSuchWebsiteConfiguration", 404, NO_SITE, BucketName=bucket):
            s3_client.get_bucket_website(Bucket=bucket)
        assert 204 == status(s3_client.delete_bucket_website(Bucket=bucket))
        assert 200 == status(put(s3_client, **INDEX))
        answer = s3_client.get_bucket_website(Bucket=bucket)
        del answer["ResponseMetadata"]
        assert INDEX == answer

    def test_everything(self, s3_client: Any, bucket: str) -> None:
        rule = {
            "Condition": {"KeyPrefixEquals": "old/", "HttpErrorCodeReturnedEquals": "404"},
            "Redirect": {
                "HostName": "example.com",
                "HttpRedirectCode": "302",
                "Protocol": "https",
                "ReplaceKeyPrefixWith": "new/",
            },
        }
        site = rules(rule, {"Redirect": {"ReplaceKeyWith": "k"}}) | {"ErrorDocument": {"Key": "errors/404.html"}}
        put(s3_client, **site)
        answer = s3_client.get_bucket_website(Bucket=bucket)
        del answer["ResponseMetadata"]
        assert site == answer
        everything = {"RedirectAllRequestsTo": {"HostName": "example.com", "Protocol": "https"}}
        put(s3_client, **everything)
        assert everything.items() < s3_client.get_bucket_website(Bucket=bucket).items()
        s3_client.delete_bucket_website(Bucket=bucket)
        with pytest.raises(ClientError, match="NoSuchWebsiteConfiguration"):
            s3_client.get_bucket_website(Bucket=bucket)

    # recorded: TestS3::test_bucket_operation_between_regions
    def test_through_the_client_of_another_region(self, s3: FakeS3) -> None:
        """botocore follows the redirect to the bucket's own region."""
        s3.create_bucket("far", region="us-west-2")
        near, far = shared_client("us-east-1"), shared_client("us-west-2")
        cors = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}
        assert 200 == status(near.put_bucket_website(Bucket="far", WebsiteConfiguration=INDEX))
        assert 200 == status(near.put_bucket_cors(Bucket="far", CORSConfiguration=cors))
        assert INDEX["IndexDocument"] == far.get_bucket_website(Bucket="far")["IndexDocument"]
        assert cors["CORSRules"] == far.get_bucket_cors(Bucket="far")["CORSRules"]


class TestRefused:
    """A website with a fault is refused, and the one before stays."""

    @pytest.mark.parametrize(
        ("site", "message", "name", "value"),
        [
            (
                {},
                "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
                "IndexDocument",
                "null",
            ),
            (
                {"ErrorDocument": {"Key": "error.html"}},
                "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
                "IndexDocument",
                "null",
            ),
            (
                {"IndexDocument": {"Suffix": "a/b"}},
                "The IndexDocument Suffix is not well formed",
                "IndexDocument",
                "a/b",
            ),
            (
                INDEX | {"RedirectAllRequestsTo": {"HostName": "example.com"}},
                "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
                "RedirectAllRequestsTo",
                "not null",
            ),
        ],
    )
    def test_an_argument(
        self, s3_client: Any, bucket: str, refused: Refused, site: dict[str, Any], message: str, name: str, value: str
    ) -> None:
        put(s3_client, **INDEX)
        with refused("InvalidArgument", 400, message, ArgumentName=name, ArgumentValue=value):
            put(s3_client, **site)

    @pytest.mark.parametrize(
        ("inside", "code", "message", "members"),
        [
            (
                "<IndexDocument><Suffix/></IndexDocument>",
                "InvalidArgument",
                "The IndexDocument Suffix is not well formed",
                {"ArgumentName": "IndexDocument", "ArgumentValue": ""},
            ),
            (
                "<IndexDocument><Suffix>i</Suffix></IndexDocument><ErrorDocument><Key/></ErrorDocument>",
                "InvalidArgument",
                "The ErrorDocument Key is not well formed",
                {"ArgumentName": "ErrorDocument", "ArgumentValue": ""},
            ),
            ("<IndexDocument/>", "MalformedXML", MALFORMED, {}),
            (
                "<RedirectAllRequestsTo><Protocol>https</Protocol></RedirectAllRequestsTo>",
                "MalformedXML",
                MALFORMED,
                {},
            ),
            (
                "<RedirectAllRequestsTo><HostName/></RedirectAllRequestsTo>",
                "InvalidRequest",
                'A host name must be provided to redirect all requests (e.g. "example.com").',
                {},
            ),
            (
                "<IndexDocument><Suffix>i</Suffix></IndexDocument><RoutingRules><RoutingRule><Condition>"
                "<KeyPrefixEquals>a</KeyPrefixEquals></Condition></RoutingRule></RoutingRules>",
                "MalformedXML",
                MALFORMED,
                {},
            ),
        ],
    )
    def test_a_document(
        self, ask: Any, bucket: str, inside: str, code: str, message: str, members: dict[str, str]
    ) -> None:
        body = f"<WebsiteConfiguration>{inside}</WebsiteConfiguration>".encode()
        assert (400, code, message, members) == ask("PUT", "/never?website", {}, body).refusal

    @pytest.mark.parametrize(
        ("rule", "code", "message"),
        [
            (
                {"Condition": {}, "Redirect": {"ReplaceKeyWith": "k"}},
                "InvalidRequest",
                "Condition cannot be empty. To redirect all requests without a condition, the condition element "
                "shouldn't be present.",
            ),
            (
                {"Redirect": {"ReplaceKeyWith": "k", "ReplaceKeyPrefixWith": "p"}},
                "InvalidRequest",
                "You can only define ReplaceKeyPrefix or ReplaceKey but not both.",
            ),
            *(
                (
                    {"Redirect": {"Protocol": protocol}},
                    "InvalidRequest",
                    "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected "
                    "automatically.",
                )
                for protocol in ("ftp", "HTTPS")
            ),
            *(
                (
                    {"Redirect": {"HttpRedirectCode": number}},
                    "InvalidRequest",
                    f"The provided HTTP redirect code ({number}) is not valid. Valid codes are 3XX except 300.",
                )
                for number in ("200", "299", "300", "399", "400")
            ),
            *(
                (
                    {"Condition": {"HttpErrorCodeReturnedEquals": number}, "Redirect": {}},
                    "InvalidRequest",
                    f"The provided HTTP error code ({number}) is not valid. Valid codes are 4XX or 5XX.",
                )
                for number in ("200", "399", "599", "600")
            ),
            ({"Redirect": {"HttpRedirectCode": "abc"}}, "MalformedXML", MALFORMED),
            ({"Condition": {"HttpErrorCodeReturnedEquals": "abc"}, "Redirect": {}}, "MalformedXML", MALFORMED),
        ],
    )
    def test_a_rule(
        self, s3_client: Any, bucket: str, refused: Refused, rule: dict[str, Any], code: str, message: str
    ) -> None:
        put(s3_client, **INDEX)
        with refused(code, 400, message):
            put(s3_client, **rules(rule))

    def test_more_than_fifty_rules(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        rule = {"Redirect": {"ReplaceKeyWith": "k"}}
        put(s3_client, **rules(*[rule] * 50))
        message = "51 routing rules provided, the number of routing rules in a website configuration is limited to 50."
        with refused("InvalidRequest", 400, message):
            put(s3_client, **rules(*[rule] * 51))

    def test_a_document_of_more_than_128_kib(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        with refused("MaxMessageLengthExceeded", 400, MaxMessageLengthBytes="131072"):
            put(s3_client, **INDEX | {"ErrorDocument": {"Key": "k" * 131072}})


class TestRights:
    """To delete a website needs a right of its own."""

    def test_to_delete(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        writer = s3.user("ada", policy=policy(allow("s3:PutBucketWebsite"))).client()
        put(writer, **INDEX)
        with pytest.raises(ClientError, match="s3:DeleteBucketWebsite"):
            writer.delete_bucket_website(Bucket=bucket)
        s3.user("bob", policy=policy(allow("s3:DeleteBucketWebsite"))).client().delete_bucket_website(Bucket=bucket)
        with pytest.raises(ClientError, match="NoSuchWebsiteConfiguration"):
            s3_client.get_bucket_website(Bucket=bucket)
