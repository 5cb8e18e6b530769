"""The configurations of a bucket as aws-cli sets them, and what they do to its other commands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from .served import ACCESS_KEY_ID, SECRET_ACCESS_KEY, served

AWS = shutil.which("aws", path=str(Path(sys.executable).parent))
pytestmark = pytest.mark.skipif(AWS is None, reason="aws-cli is not installed beside this Python: pip install awscli")

Aws = Callable[..., Any]


@pytest.fixture
def aws(url: str, bucket: str, tmp_path: Path) -> Aws:
    """Runs a command at a server with a bucket: see `runner`."""
    return runner(tmp_path, AWS_ENDPOINT_URL=url)


@pytest.fixture
def aws_by_proxy(tmp_path: Path) -> Iterator[Aws]:
    """Runs a command at Amazon's own host names, to which a server is the proxy: see `runner`."""
    authority = str(tmp_path / "authority.pem")
    with served("--ca-file", authority) as url:
        yield runner(tmp_path, HTTPS_PROXY=url, AWS_CA_BUNDLE=authority)


def runner(tmp_path: Path, **where: str) -> Aws:
    """Return what runs a command, and returns what it writes, read as JSON where it is that.

    A refusal is returned as its text. `where` are the variables that lead to the server.
    """
    variables = {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_DEFAULT_OUTPUT": "json",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(tmp_path),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        **where,
    }

    def run(*arguments: str, **documents: Any) -> Any:
        options = [f"--{name.replace('_', '-')}={json.dumps(each)}" for name, each in documents.items()]
        assert AWS is not None
        ended = subprocess.run(
            [AWS, *arguments, *options], env=variables, capture_output=True, text=True, timeout=60, check=False
        )
        if ended.returncode:
            return ended.stderr.strip()
        assert "" == ended.stderr
        return json.loads(ended.stdout) if ended.stdout.startswith("{") else ended.stdout

    return run


def s3api(aws: Aws, command: str, *arguments: str, **documents: Any) -> Any:
    return aws("s3api", command, "--bucket", "data", *arguments, **documents)


def ask(url: str, method: str, path: str, headers: dict[str, str]) -> tuple[HTTPResponse, bytes]:
    """What a browser would be told: the response, and its body."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=60)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_tagging(aws: Aws) -> None:
    assert s3api(aws, "get-bucket-tagging").endswith(
        "An error occurred (NoSuchTagSet) when calling the GetBucketTagging operation: The TagSet does not exist"
    )
    tags = {"TagSet": [{"Key": "team", "Value": "data"}]}
    assert "" == s3api(aws, "put-bucket-tagging", tagging=tags)
    assert tags == s3api(aws, "get-bucket-tagging")
    twice = {"TagSet": [{"Key": "team", "Value": value} for value in "ab"]}
    assert "(InvalidTag)" in s3api(aws, "put-bucket-tagging", tagging=twice)
    assert tags == s3api(aws, "get-bucket-tagging")
    assert "" == s3api(aws, "delete-bucket-tagging")
    assert "(NoSuchTagSet)" in s3api(aws, "get-bucket-tagging")


def test_cors(aws: Aws, url: str) -> None:
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "PUT"}
    assert 403 == ask(url, "OPTIONS", "/data/k", asked)[0].status
    rules = {"CORSRules": [{"AllowedOrigins": ["https://*.example"], "AllowedMethods": ["PUT"], "MaxAgeSeconds": 60}]}
    assert "" == s3api(aws, "put-bucket-cors", cors_configuration=rules)
    assert rules == s3api(aws, "get-bucket-cors")
    answer, _ = ask(url, "OPTIONS", "/data/k", asked)
    told = [answer.getheader(f"Access-Control-{name}") for name in ("Allow-Origin", "Allow-Methods", "Max-Age")]
    assert (200, ["https://shop.example", "PUT", "60"]) == (answer.status, told)
    assert 403 == ask(url, "OPTIONS", "/data/k", {**asked, "Origin": "https://example"})[0].status


def test_website(aws: Aws, url: str, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("<h1>Welcome</h1>")
    (tmp_path / "site/lost.html").write_text("<h1>Lost</h1>")
    assert "" == aws("s3", "website", "s3://data", "--index-document", "index.html", "--error-document", "lost.html")
    assert "upload: " in aws("s3", "sync", str(tmp_path / "site"), "s3://data")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    assert "(AccessDenied)" in s3api(aws, "put-bucket-policy", policy=policy)  # public access is blocked
    assert "" == s3api(aws, "delete-public-access-block")
    assert "" == s3api(aws, "put-bucket-policy", policy=policy)
    host = {"Host": f"data.s3-website.localhost:{url.rpartition(':')[2]}"}
    pages = [ask(url, "GET", path, host) for path in ("/", "/nope")]
    assert [(200, b"<h1>Welcome</h1>"), (404, b"<h1>Lost</h1>")] == [(page.status, body) for page, body in pages]
    assert ["text/html", "text/html"] == [page.getheader("Content-Type") for page, _ in pages]


def test_versioning(aws: Aws, tmp_path: Path) -> None:
    assert "" == s3api(aws, "get-bucket-versioning")
    assert "" == s3api(aws, "put-bucket-versioning", versioning_configuration={"Status": "Enabled"})
    for text in ("one", "two"):
        (tmp_path / "file").write_text(text)
        aws("s3", "cp", str(tmp_path / "file"), "s3://data/k")
    assert "delete: s3://data/k\n" == aws("s3", "rm", "s3://data/k")
    assert "(404)" in aws("s3", "cp", "s3://data/k", str(tmp_path / "back"))
    listed = s3api(aws, "list-object-versions")
    assert (2, [True]) == (len(listed["Versions"]), [each["IsLatest"] for each in listed["DeleteMarkers"]])
    oldest = listed["Versions"][-1]["VersionId"]
    s3api(aws, "get-object", "--key", "k", "--version-id", oldest, str(tmp_path / "back"))
    assert "one" == (tmp_path / "back").read_text()
    marker = listed["DeleteMarkers"][0]["VersionId"]
    assert s3api(aws, "delete-object", "--key", "k", "--version-id", marker)["DeleteMarker"]
    aws("s3", "cp", "s3://data/k", str(tmp_path / "back"))
    assert "two" == (tmp_path / "back").read_text()


def test_lifecycle(aws: Aws, client: Any, advance: Callable[..., None]) -> None:
    rule = {"ID": "logs", "Filter": {"Prefix": "logs/"}, "Status": "Enabled", "Expiration": {"Days": 30}}
    put = s3api(aws, "put-bucket-lifecycle-configuration", lifecycle_configuration={"Rules": [rule]})
    assert "TransitionDefaultMinimumObjectSize" in put
    assert [rule] == s3api(aws, "get-bucket-lifecycle-configuration")["Rules"]
    for key in ("logs/a", "kept"):
        client.put_object(Bucket="data", Key=key, Body=b"x")
    assert 'rule-id="logs"' in s3api(aws, "head-object", "--key", "logs/a")["Expiration"]
    advance(days=29)
    assert 2 == len(s3api(aws, "list-objects-v2")["Contents"])
    advance(days=3)
    assert ["kept"] == [each["Key"] for each in s3api(aws, "list-objects-v2")["Contents"]]


def test_encryption(aws: Aws, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("secret")
    rule: dict[str, Any] = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    configuration = {"Rules": [rule]}
    assert "" == s3api(aws, "put-bucket-encryption", server_side_encryption_configuration=configuration)
    (shown,) = s3api(aws, "get-bucket-encryption")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule == {name: shown[name] for name in rule}
    aws("s3", "cp", str(tmp_path / "file"), "s3://data/k")
    head = s3api(aws, "head-object", "--key", "k")
    assert ("aws:kms", True) == (head["ServerSideEncryption"], head["BucketKeyEnabled"])
    assert head["ETag"] != '"5ebe2294ecd0e0f08eab7690d2a6ee69"'  # under KMS it is no MD5


def test_object_lock(aws: Aws, advance: Callable[..., None]) -> None:
    def run(command: str, *arguments: str, **documents: Any) -> Any:
        return aws("s3api", command, "--bucket", "vault", *arguments, **documents)

    run("create-bucket", "--object-lock-enabled-for-bucket")
    default = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 10}}}
    assert "" == run("put-object-lock-configuration", object_lock_configuration=default)
    assert {"ObjectLockConfiguration": default} == run("get-object-lock-configuration")
    versions = [run("put-object", "--key", "k")["VersionId"] for _ in range(2)]
    assert "GOVERNANCE" == run("get-object-retention", "--key", "k")["Retention"]["Mode"]
    assert "(InvalidBucketState)" in run("put-bucket-versioning", versioning_configuration={"Status": "Suspended"})
    remove = ("delete-object", "--key", "k", "--version-id")
    assert "Access Denied because object protected by object lock." in run(*remove, versions[0])
    assert versions[0] == run(*remove, versions[0], "--bypass-governance-retention")["VersionId"]
    until = (datetime.now(UTC) + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    longer = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
    assert "" == run("put-object-retention", "--key", "k", "--bypass-governance-retention", retention=longer)
    assert "(AccessDenied)" in run(*remove, versions[1], "--bypass-governance-retention")
    advance(days=11)
    assert "(AccessDenied)" in run(*remove, versions[1])
    advance(days=10)
    assert versions[1] == run(*remove, versions[1])["VersionId"]


def test_select(aws: Aws, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("name,age\nAnn,31\nBob,7\n")
    s3api(aws, "put-object", "--key=people.csv", f"--body={people}")
    select = ("select-object-content", "--key=people.csv", "--expression-type=SQL", str(tmp_path / "selected"))
    formats: dict[str, Any] = {
        "input_serialization": {"CSV": {"FileHeaderInfo": "USE"}},
        "output_serialization": {"CSV": {}},
    }
    assert "" == s3api(aws, *select, "--expression=SELECT age FROM S3Object WHERE name = 'Bob'", **formats)
    assert "7\n" == (tmp_path / "selected").read_text()
    assert "(MissingHeaders)" in s3api(aws, *select, "--expression=SELECT height FROM S3Object", **formats)
    assert "(CastFailed)" in s3api(aws, *select, "--expression=SELECT CAST(name AS INT) FROM S3Object", **formats)


def test_a_directory_bucket(aws: Aws, tmp_path: Path) -> None:
    """Made, written, appended to, listed, renamed, copied and deleted."""
    name, file = "logs--use1-az4--x-s3", tmp_path / "file"
    file.write_bytes(b"line\n")
    place = {
        "Location": {"Type": "AvailabilityZone", "Name": "use1-az4"},
        "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"},
    }
    assert "Location" in aws("s3api", "create-bucket", "--bucket", name, create_bucket_configuration=place)
    aws("s3", "cp", str(file), f"s3://{name}/a/log")
    appended = ("--key", "a/log", "--write-offset-bytes", "5", "--body", str(file))
    assert 10 == aws("s3api", "put-object", "--bucket", name, *appended)["Size"]
    aws("s3api", "rename-object", "--bucket", name, "--key", "b", "--rename-source", "a/log")
    aws("s3", "cp", f"s3://{name}/b", f"s3://{name}/c")
    assert "line\nline\n" == aws("s3", "cp", f"s3://{name}/c", "-")
    file.write_bytes(bytes(9 * 1024**2))
    aws("s3", "cp", "--only-show-errors", str(file), f"s3://{name}/big")
    assert {"b", "c", "big"} == {line.split()[-1] for line in aws("s3", "ls", f"s3://{name}").splitlines()}
    assert "NotImplemented" in aws("s3api", "get-bucket-versioning", "--bucket", name)
    aws("s3", "rm", f"s3://{name}", "--recursive")
    aws("s3", "rb", f"s3://{name}")
    assert name not in str(aws("s3api", "list-directory-buckets"))


def test_an_access_point(aws_by_proxy: Aws, tmp_path: Path) -> None:
    """Made by S3 Control, used by its ARN and by its alias; a policy of the bucket lets nobody in but through it."""
    aws, file = aws_by_proxy, tmp_path / "file"
    control = ("--account-id", "111122223333", "--name", "reports")
    aws("s3api", "create-bucket", "--bucket", "data")
    made = aws("s3control", "create-access-point", *control, "--bucket", "data")
    for point in (made["AccessPointArn"], made["Alias"]):
        file.write_bytes(b"line\n")
        aws("s3", "cp", "--only-show-errors", str(file), f"s3://{point}/a/small")
        assert "line\n" == aws("s3", "cp", f"s3://{point}/a/small", "-")
        file.write_bytes(bytes(9 * 1024**2))
        aws("s3", "cp", "--only-show-errors", str(file), f"s3://{point}/a/big")
        assert {"big", "small"} == {line.split()[-1] for line in aws("s3", "ls", f"s3://{point}/a/").splitlines()}
        assert aws("s3api", "head-object", "--bucket", point, "--key", "a/big")["ETag"].endswith('-2"')
    only_this = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::data/*",
        "Condition": {"StringNotEquals": {"s3:DataAccessPointArn": made["AccessPointArn"]}},
    }
    aws("s3api", "put-bucket-policy", "--bucket", "data", policy={"Version": "2012-10-17", "Statement": [only_this]})
    got = ("--key", "a/small", str(tmp_path / "got"))
    assert "(AccessDenied)" in aws("s3api", "get-object", "--bucket", "data", *got)
    assert 5 == aws("s3api", "get-object", "--bucket", made["Alias"], *got)["ContentLength"]
    aws("s3control", "delete-access-point", *control)
    assert "(NoSuchAccessPoint)" in aws("s3control", "get-access-point", *control)
