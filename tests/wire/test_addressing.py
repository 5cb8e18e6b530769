"""Which bucket, key and region a URL means, in every form and partition, and as botocore builds them."""

import gzip
import json
import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.endpoint_provider import EndpointProvider
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakes3.model.errors import InvalidURI
from fakes3.model.regions import IMPLICIT_REGIONS, REGIONS, arn, is_region, partition_of
from fakes3.wire import regenerate
from fakes3.wire.addressing import Host, HostKind, base_paths_of, host_of, is_aws_host, locate

ACCOUNT = "123456789012"


class Home(NamedTuple):
    partition: str
    region: str
    suffix: str


HOMES = [
    Home("aws", "us-east-1", "amazonaws.com"),
    Home("aws", "eu-central-1", "amazonaws.com"),
    Home("aws-cn", "cn-north-1", "amazonaws.com.cn"),
    Home("aws-us-gov", "us-gov-west-1", "amazonaws.com"),
    Home("aws-eusc", "eusc-de-east-1", "amazonaws.eu"),
    Home("aws-iso", "us-iso-east-1", "c2s.ic.gov"),
    Home("aws-iso-b", "us-isob-east-1", "sc2s.sgov.gov"),
    Home("aws-iso-e", "eu-isoe-west-1", "cloud.adc-e.uk"),
    Home("aws-iso-f", "us-isof-south-1", "csp.hci.ic.gov"),
]
HOME = pytest.mark.parametrize("home", HOMES, ids=lambda home: home.region)

# Hosts that take a bucket before them, `{r}` the region and `{s}` the suffix.
BUCKET_HOSTS: list[tuple[str, HostKind]] = [
    ("s3.{r}.{s}", "s3"),
    ("s3-{r}.{s}", "s3"),
    ("s3.dualstack.{r}.{s}", "s3"),
    ("s3-fips.{r}.{s}", "s3"),
    ("s3-fips-{r}.{s}", "s3"),
    ("s3-fips.dualstack.{r}.{s}", "s3"),
    ("bucket.vpce-1a2b3c4d-5e6f.s3.{r}.vpce.{s}", "s3"),
    ("bucket.vpce-1a2b3c4d-5e6f-{r}a.s3.{r}.vpce.{s}", "s3"),
    ("s3-website-{r}.{s}", "website"),
    ("s3-website.{r}.{s}", "website"),
    ("s3express-usw2-az1.{r}.{s}", "express"),
    ("s3express-fips-usw2-az1.{r}.{s}", "express"),
    ("s3express-usw2-lax1-az1.dualstack.{r}.{s}", "express"),
    ("s3express-fips-usw2-az1.dualstack.{r}.{s}", "express"),
]
GLOBAL_BUCKET_HOSTS: list[tuple[str, HostKind]] = [
    ("s3.{s}", "s3"),
    ("s3-accelerate.{s}", "accelerate"),
    ("s3-accelerate.dualstack.{s}", "accelerate"),
]
# Hosts that name something else, or nothing.
OTHER_HOSTS: list[tuple[str, HostKind, str | None]] = [
    (f"ap-{ACCOUNT}.s3-accesspoint.{{r}}.{{s}}", "access-point", f"ap-{ACCOUNT}"),
    (f"ap-{ACCOUNT}.s3-accesspoint-fips.{{r}}.{{s}}", "access-point", f"ap-{ACCOUNT}"),
    (f"ap-{ACCOUNT}.s3-accesspoint.dualstack.{{r}}.{{s}}", "access-point", f"ap-{ACCOUNT}"),
    (f"ap-{ACCOUNT}.s3-accesspoint-fips.dualstack.{{r}}.{{s}}", "access-point", f"ap-{ACCOUNT}"),
    (f"ap-{ACCOUNT}.accesspoint.vpce-1a-2b.s3.{{r}}.vpce.{{s}}", "access-point", f"ap-{ACCOUNT}"),
    (f"ol-{ACCOUNT}.s3-object-lambda.{{r}}.{{s}}", "object-lambda", f"ol-{ACCOUNT}"),
    (f"ol-{ACCOUNT}.s3-object-lambda-fips.{{r}}.{{s}}", "object-lambda", f"ol-{ACCOUNT}"),
    ("s3-object-lambda.{r}.{s}", "object-lambda", None),
    (f"ap-{ACCOUNT}.op-01ac.s3-outposts.{{r}}.{{s}}", "outposts", f"ap-{ACCOUNT}.op-01ac"),
    ("s3-outposts.{r}.{s}", "outposts", None),
    ("s3-outposts-fips.{r}.{s}", "outposts", None),
    (f"{ACCOUNT}.s3-control.{{r}}.{{s}}", "control", ACCOUNT),
    (f"{ACCOUNT}.s3-control.dualstack.{{r}}.{{s}}", "control", ACCOUNT),
    (f"{ACCOUNT}.s3-control-fips.{{r}}.{{s}}", "control", ACCOUNT),
    (f"{ACCOUNT}.s3-control-fips.dualstack.{{r}}.{{s}}", "control", ACCOUNT),
    (f"{ACCOUNT}.control.vpce-1a-2b.s3.{{r}}.vpce.{{s}}", "control", ACCOUNT),
    ("s3-control.{r}.{s}", "control", None),
    ("s3express-control.{r}.{s}", "express-control", None),
    ("s3express-control-fips.{r}.{s}", "express-control", None),
    ("s3express-control.dualstack.{r}.{s}", "express-control", None),
    ("s3express-control-fips.dualstack.{r}.{s}", "express-control", None),
]
BUCKETS = [
    "b",
    "my-bucket",
    "a.b.c",
    "s3",
    "dualstack",
    "x.s3.y",
    "s3.eu-west-1",
    "x.s3.eu-west-1.amazonaws.com",
    "eu-west-1",
    "s3-website",
    "s3.dualstack",
    "s3-accelerate",
    "accesspoint",
    "vpce",
    "name-123456789012",
    "b--usw2-az1--x-s3",
    "amazonaws.com",
]


def ids(row: object) -> str | None:
    return row.format(r="R", s="S").replace(ACCOUNT, "N") if isinstance(row, str) else None


class TestBucketHosts:
    """What precedes an endpoint of S3's is the bucket, dots and all."""

    @HOME
    @pytest.mark.parametrize(("form", "kind"), BUCKET_HOSTS, ids=ids)
    def test_regional(self, home: Home, form: str, kind: HostKind) -> None:
        endpoint = form.format(r=home.region, s=home.suffix)
        assert Host(kind, None, home.region, home.partition) == host_of(endpoint)
        for bucket in BUCKETS:
            assert Host(kind, bucket, home.region, home.partition) == host_of(f"{bucket}.{endpoint}")

    @HOME
    @pytest.mark.parametrize(("form", "kind"), GLOBAL_BUCKET_HOSTS, ids=ids)
    def test_global(self, home: Home, form: str, kind: HostKind) -> None:
        partition = "aws" if home.suffix == "amazonaws.com" else home.partition
        endpoint = form.format(s=home.suffix)
        assert Host(kind, None, None, partition) == host_of(endpoint)
        for bucket in BUCKETS:
            assert Host(kind, bucket, None, partition) == host_of(f"{bucket}.{endpoint}")

    def test_external_1_is_northern_virginia(self) -> None:
        assert Host("s3", "b", "us-east-1", "aws") == host_of("b.s3-external-1.amazonaws.com")

    @pytest.mark.parametrize("region", sorted(REGIONS))
    def test_every_known_region(self, region: str) -> None:
        suffix = {home.partition: home.suffix for home in HOMES}[REGIONS[region]]
        assert Host("s3", "b", region, REGIONS[region]) == host_of(f"b.s3.{region}.{suffix}")

    @pytest.mark.parametrize(
        ("host", "region", "partition"),
        [
            ("b.s3.eu-middle-7.amazonaws.com", "eu-middle-7", "aws"),
            ("b.s3-fips.us-gov-north-3.amazonaws.com", "us-gov-north-3", "aws-us-gov"),
            ("b.s3.cn-south-1.amazonaws.com.cn", "cn-south-1", "aws-cn"),
            ("b.s3.eusc-de-west-2.amazonaws.eu", "eusc-de-west-2", "aws-eusc"),
        ],
    )
    def test_future_regions(self, host: str, region: str, partition: str) -> None:
        assert Host("s3", "b", region, partition) == host_of(host)


class TestOtherHosts:
    """Access points, S3 Control and their like are S3's, but no general purpose buckets."""

    @HOME
    @pytest.mark.parametrize(("form", "kind", "name"), OTHER_HOSTS, ids=ids)
    def test_regional(self, home: Home, form: str, kind: HostKind, name: str | None) -> None:
        host = host_of(form.format(r=home.region, s=home.suffix))
        assert Host(kind, None, home.region, home.partition, name) == host

    @HOME
    def test_multi_region_access_points(self, home: Home) -> None:
        partition = "aws" if home.suffix == "amazonaws.com" else home.partition
        host = host_of(f"mfzwi23gnjvgw.mrap.accesspoint.s3-global.{home.suffix}")
        assert Host("multi-region-access-point", None, None, partition, "mfzwi23gnjvgw.mrap") == host
        assert (None, "a/k") == locate(host, "/a/k")

    @pytest.mark.parametrize(
        ("host", "region", "partition"),
        [
            ("s3-outposts.us-west-2.api.aws", "us-west-2", "aws"),
            ("s3-outposts-fips.us-gov-east-1.api.aws", "us-gov-east-1", "aws-us-gov"),
            ("s3-outposts.cn-north-1.api.amazonwebservices.com.cn", "cn-north-1", "aws-cn"),
        ],
    )
    def test_outposts_control_over_ipv6(self, host: str, region: str, partition: str) -> None:
        assert Host("outposts", None, region, partition) == host_of(host)

    @pytest.mark.parametrize(
        "host",
        [
            "sqs.us-east-1.amazonaws.com",
            "dynamodb.us-east-1.api.aws",
            "s3tables.us-east-1.amazonaws.com",
            "s3vectors.us-east-1.api.aws",
            "s3.us-east-1.api.aws",
            "b.s3-other.us-east-1.amazonaws.com",
            "b.s3-website.dualstack.us-east-1.amazonaws.com",
            "s3.cn-north-1.amazonaws.com",
            "b.s3.us-east-1.amazonaws.com.cn",
            "b.s3-cn-north-1.amazonaws.com",
            "b.s3.nowhere.amazonaws.com",
            "b.s3.dualstack.amazonaws.com",
            "s3-global.amazonaws.com",
            "dualstack.us-east-1.amazonaws.com",
            "us-east-1.amazonaws.com",
            "x.vpce-1.sqs.us-east-1.vpce.amazonaws.com",
            "vpce.amazonaws.com",
            "sts.amazonaws.com",
            "api.ecr.us-east-1.amazonaws.com",
            "my-lb-123.us-east-1.elb.amazonaws.com",
            "amazonaws.com",
            ".s3.amazonaws.com",
            ".s3.us-east-1.amazonaws.com",
        ],
    )
    def test_the_rest_of_aws(self, host: str) -> None:
        found = host_of(host)
        assert ("other-aws", None, None) == (found.kind, found.bucket, found.name)
        assert is_aws_host(host)

    @pytest.mark.parametrize(
        "host",
        [
            "example.com",
            "localhost",
            "s3.localhost.localstack.cloud",
            "b.s3.amazonaws.com.evil.test",
            "notamazonaws.com",
            "s3.us-east-1.notamazonaws.com",
            "d111.cloudfront.net",
            "amazon.com",
            "docs.aws.amazon.com",
            "127.0.0.1",
            "[::1]",
            "",
        ],
    )
    def test_not_aws(self, host: str) -> None:
        assert Host("not-aws", None, None, "aws", host) == host_of(host)
        assert not is_aws_host(host)

    @pytest.mark.parametrize("host", ["aws.amazon.com", "AWS.amazon.com:443", "aws.amazon.com."])
    def test_the_site_of_aws_is_its_own(self, host: str) -> None:
        """S3 sends those there who ask for a list of buckets and do not sign."""
        assert is_aws_host(host)
        assert Host("other-aws", None, None, "aws") == host_of(host)

    def test_a_service_of_another_partition_says_so(self) -> None:
        assert Host("other-aws", None, "us-gov-west-1", "aws-us-gov") == host_of("sqs.us-gov-west-1.amazonaws.com")


class TestSpelling:
    """A host name has no case, and its port and final dot say nothing about S3."""

    @pytest.mark.parametrize(
        "netloc",
        [
            "B.S3.EU-West-1.AmazonAWS.com",
            "b.s3.eu-west-1.amazonaws.com:443",
            "b.s3.eu-west-1.amazonaws.com:8080",
            "b.s3.eu-west-1.amazonaws.com.",
            "b.s3.eu-west-1.amazonaws.com.:80",
            "user:secret@b.s3.eu-west-1.amazonaws.com",
        ],
    )
    def test_s3(self, netloc: str) -> None:
        assert Host("s3", "b", "eu-west-1", "aws") == host_of(netloc)
        assert is_aws_host(netloc)

    def test_bracketed_ipv6(self) -> None:
        assert "[::1]" == host_of("[::1]:9000").name
        assert "custom" == host_of("[::1]:9000", frozenset({"[::1]:9000"})).kind
        assert "custom" == host_of("[::1]:9000", frozenset({"[::1]"})).kind
        assert "not-aws" == host_of("[::1]:9000", frozenset({"[::1]:9001"})).kind


class TestBaseHosts:
    """A host the user names is path style, and what precedes it is a bucket."""

    BASES = frozenset({"minio:9000", "S3.Example.test", "example.test", "my-lb.elb.amazonaws.com", "proxy:80"})

    @pytest.mark.parametrize(
        ("netloc", "bucket"),
        [
            ("minio:9000", None),
            ("b.minio:9000", "b"),
            ("a.b.MINIO:9000", "a.b"),
            ("s3.example.test", None),
            ("b.s3.example.test", "b"),
            ("b.s3.example.test:8443", "b"),
            ("s4.example.test", "s4"),
            ("b.my-lb.elb.amazonaws.com", "b"),
            ("proxy", None),
            ("b.proxy:443", "b"),
        ],
    )
    def test_custom(self, netloc: str, bucket: str | None) -> None:
        assert Host("custom", bucket, None, "aws") == host_of(netloc, self.BASES)

    @pytest.mark.parametrize("netloc", ["minio", "minio:9001", "b.minio:9001", "xminio:9000", ".minio:9000"])
    def test_elsewhere(self, netloc: str) -> None:
        assert "not-aws" == host_of(netloc, self.BASES).kind

    def test_named_s3_host_keeps_its_region_and_bucket(self) -> None:
        bases = frozenset({"s3.eu-west-1.amazonaws.com", "b.s3.eu-west-1.amazonaws.com"})
        assert Host("s3", "b", "eu-west-1", "aws") == host_of("b.s3.eu-west-1.amazonaws.com", bases)


PATH_STYLE = host_of("s3.eu-west-1.amazonaws.com")
VIRTUAL = host_of("bucket.s3.eu-west-1.amazonaws.com")


class TestBasePaths:
    """An endpoint may have a path, and buckets are then under it."""

    @pytest.mark.parametrize(
        ("bases", "host", "path", "bucket", "key"),
        [
            ({"minio:9000/base"}, "minio:9000", "/base/b/k", "b", "k"),
            ({"minio:9000/base"}, "minio:9000", "/base/b", "b", None),
            ({"minio:9000/base"}, "minio:9000", "/base/", None, None),
            ({"minio:9000/base"}, "minio:9000", "/base", None, None),
            ({"minio:9000/base"}, "minio:9000", "/basement/k", "basement", "k"),
            ({"minio:9000/base"}, "minio:9000", "/b/base/k", "b", "base/k"),
            ({"minio:9000/base"}, "b.minio:9000", "/base/k", "b", "k"),
            ({"minio:9000/base"}, "b.minio:9000", "/base", "b", None),
            ({"minio:9000/base"}, "minio:9001", "/base/k", "base", "k"),
            ({"minio/base"}, "minio:9001", "/base/b/k", "b", "k"),
            ({"[::1]:9000/base"}, "[::1]:9000", "/base/b/k", "b", "k"),
            ({"x.example.org/v1/s3"}, "x.example.org", "/v1/s3/b/a%20b", "b", "a b"),
            ({"minio/a", "minio/c", "minio"}, "minio", "/c/b/k", "b", "k"),
            ({"minio/a", "minio/c", "minio"}, "minio", "/b/k", "b", "k"),
            # The longest name that fits counts, and so do its paths alone.
            ({"example.org/a", "s3.example.org"}, "s3.example.org", "/a/k", "a", "k"),
        ],
    )
    def test_what_is_under_it(self, bases: set[str], host: str, path: str, bucket: str | None, key: str | None) -> None:
        assert (bucket, key) == locate(host_of(host, frozenset(bases)), path)

    @pytest.mark.parametrize(
        ("bases", "path", "several"),
        [
            ({"minio/a", "minio"}, "/a/k", ["/a", ""]),
            ({"minio/a", "minio/a/b"}, "/a/b/k", ["/a/b", "/a"]),
            ({"minio/a", "minio/a/b"}, "/a/k", ["/a"]),
            ({"minio"}, "/a/k", []),
        ],
    )
    def test_several_that_fit(self, bases: set[str], path: str, several: list[str]) -> None:
        assert several == base_paths_of(host_of("minio", frozenset(bases)), path)


class TestLocate:
    """A path is decoded once and never tidied."""

    @pytest.mark.parametrize(
        ("path", "bucket", "key"),
        [
            ("", None, None),
            ("/", None, None),
            ("/b", "b", None),
            ("/b/", "b", None),
            ("/b/k", "b", "k"),
            ("/b/k/", "b", "k/"),
            ("/b//", "b", "/"),
            ("/b//k", "b", "/k"),
            ("/b/a//k", "b", "a//k"),
            ("/b/./../k", "b", "./../k"),
            ("/b/a+b", "b", "a+b"),
            ("/b/a%2Bb%20c", "b", "a+b c"),
            ("/b/100%2525", "b", "100%25"),
            ("/b/%2Fk", "b", "/k"),
            ("/b%2Fk", "b/k", None),
            ("/b/%C3%A9%e2%82%ac", "b", "é€"),
            ("/b/é%C3%A9", "b", "éé"),
            ("/b/%F0%9F%98%80", "b", "😀"),
            ("/b/%00", "b", "\0"),
            ("/%62/k", "b", "k"),
            ("//k", "", "k"),
        ],
    )
    def test_path_style(self, path: str, bucket: str | None, key: str | None) -> None:
        assert (bucket, key) == locate(PATH_STYLE, path)

    @pytest.mark.parametrize(
        ("path", "key"),
        [
            ("", None),
            ("/", None),
            ("/bucket/x", "bucket/x"),
            ("//", "/"),
            ("//k", "/k"),
            ("/a%2Fb", "a/b"),
            ("/a+b%20c", "a+b c"),
            ("/%C3%A9", "é"),
        ],
    )
    def test_virtual_hosted(self, path: str, key: str | None) -> None:
        assert ("bucket", key) == locate(VIRTUAL, path)

    @pytest.mark.parametrize("host", [PATH_STYLE, VIRTUAL], ids=["path", "virtual"])
    @pytest.mark.parametrize(
        "path",
        [
            *("/b/%", "/b/%4", "/b/%zz", "/b/a%%41", "/b/%+41"),
            *("/b/%FF", "/b/%C3", "/b/%C3x", "/b/%C0%AF", "/b/%ED%A0%80", "/b/\udcff"),
            *("b/k", "*"),
        ],
    )
    def test_what_is_no_uri(self, host: Host, path: str) -> None:
        with pytest.raises(InvalidURI):
            locate(host, path)

    def test_a_broken_bucket_is_no_uri(self) -> None:
        with pytest.raises(InvalidURI):
            locate(PATH_STYLE, "/%FF/k")

    @pytest.mark.parametrize(
        "host",
        [
            "s3-accelerate.amazonaws.com",
            "s3-website-us-east-1.amazonaws.com",
            f"ap-{ACCOUNT}.s3-accesspoint.us-east-1.amazonaws.com",
            f"ol-{ACCOUNT}.s3-object-lambda.us-east-1.amazonaws.com",
            f"{ACCOUNT}.s3-control.us-east-1.amazonaws.com",
        ],
    )
    def test_hosts_without_path_style_take_no_bucket_from_the_path(self, host: str) -> None:
        assert (None, "b/k") == locate(host_of(host), "/b/k")

    def test_control_of_directory_buckets_is_path_style(self) -> None:
        host = host_of("s3express-control.us-west-2.amazonaws.com")
        assert ("b--usw2-az1--x-s3", None) == locate(host, "/b--usw2-az1--x-s3")

    def test_a_store_nobody_named_is_path_style_or_a_bucket_behind_a_cname(self) -> None:
        host = host_of("files.example.com:8080")
        assert ("b", "k") == locate(host, "/b/k")
        assert ("files.example.com", "b/k") == locate(host._replace(kind="custom", bucket=host.name), "/b/k")


class TestPartitions:
    """A region belongs to one partition."""

    def test_file_is_what_botocore_says(self) -> None:
        kept = json.loads(regenerate.PARTITIONS.read_text("utf-8"))
        assert regenerate.read_partitions() == kept

    @pytest.mark.parametrize(
        ("region", "partition"),
        [(home.region, home.partition) for home in HOMES]
        + [
            ("aws-global", "aws"),
            ("aws-cn-global", "aws-cn"),
            ("us-gov-new-9", "aws-us-gov"),
            ("minio", "aws"),
        ],
    )
    def test_partition_of(self, region: str, partition: str) -> None:
        assert partition == partition_of(region)

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            *(("us-east-1", True), ("ap-middle-11", True), ("cn-x-1", True)),
            *(("us-east-1\n", False), ("us-east-1a", False), ("us-éast-1", False)),
            *(("EU", False), ("", False), ("aws-global", False)),
        ],
    )
    def test_is_region(self, name: str, expected: bool) -> None:
        assert expected == is_region(name)

    def test_implicit_global_regions(self) -> None:
        assert "us-east-1" == IMPLICIT_REGIONS["aws"]
        assert "cn-northwest-1" == IMPLICIT_REGIONS["aws-cn"]
        assert {p: p for p in IMPLICIT_REGIONS} == {p: REGIONS[r] for p, r in IMPLICIT_REGIONS.items()}

    def test_arn(self) -> None:
        assert "arn:aws:s3:::b" == arn("aws", "b")
        assert "arn:aws-cn:s3:::b/a/k" == arn("aws-cn", "b", "a/k")

    @HOME
    def test_every_suffix_is_aws(self, home: Home) -> None:
        assert is_aws_host(f"sqs.{home.region}.{home.suffix}")
        assert is_aws_host(home.suffix.upper())


# As botocore builds them -------------------------------------------------------------------------

BOTOCORE_REGIONS = [
    "us-east-1",
    "eu-central-1",
    "cn-north-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "eusc-de-east-1",
]
STYLES: dict[str, tuple[dict[str, Any], Any]] = {
    "path": ({}, {"addressing_style": "path", "us_east_1_regional_endpoint": "regional"}),
    "virtual": ({}, {"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}),
    "legacy": ({}, {"us_east_1_regional_endpoint": "legacy"}),
    "dualstack": ({"use_dualstack_endpoint": True}, {"addressing_style": "virtual"}),
    "dualstack-path": ({"use_dualstack_endpoint": True}, {"addressing_style": "path"}),
    "fips": ({"use_fips_endpoint": True}, {}),
    "fips-dualstack": ({"use_fips_endpoint": True, "use_dualstack_endpoint": True}, {}),
    "accelerate": ({}, {"use_accelerate_endpoint": True}),
    "accelerate-dualstack": ({"use_dualstack_endpoint": True}, {"use_accelerate_endpoint": True}),
}
COMBINATIONS = [
    (region, style)
    for region in BOTOCORE_REGIONS
    for style in STYLES
    # Accelerate exists in `aws` alone, FIPS not in China: botocore refuses to build those.
    if not (style.startswith("accelerate") and partition_of(region) != "aws")
    and not (style.startswith("fips") and partition_of(region) == "aws-cn")
]


@cache
def session() -> Any:
    return botocore.session.Session()


class Nothing:
    """An empty body, as AWSResponse reads one."""

    def stream(self) -> list[bytes]:
        return []


@cache
def url_builder(region: str, style: str, endpoint_url: str | None = None) -> Callable[[str, str], str]:
    """The URL a botocore client would send a request to; nothing is sent."""
    options, s3 = STYLES[style]
    options = {"ignore_configured_endpoint_urls": True, **options}  # AWS_ENDPOINT_URL may be set
    client = session().create_client(
        "s3",
        region_name=region,
        endpoint_url=endpoint_url,
        config=Config(signature_version=UNSIGNED, s3=s3, **options),
    )
    urls: list[str] = []

    def answer(request: Any, **_: object) -> AWSResponse:
        urls.append(request.url)
        return AWSResponse(request.url, 200, HTTPHeaders(), Nothing())

    client.meta.events.register("before-send.s3", answer)

    def build(bucket: str, key: str) -> str:
        client.head_object(Bucket=bucket, Key=key)
        return urls.pop()

    return build


def bucket_names(dots: bool = True) -> st.SearchStrategy[str]:
    inner = "[a-z0-9.-]" if dots else "[a-z0-9-]"
    names = st.from_regex(f"[a-z0-9]{inner}{{1,61}}[a-z0-9]", fullmatch=True)
    return names.filter(lambda name: not re.search(r"\.\.|\.-|-\.|^[\d.]+$|^xn--|-s3$|s3alias$|\.mrap$", name))


DOTLESS = bucket_names(dots=False)
DOTTED = bucket_names()
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
    lambda key: len(key.encode()) <= 1024
)


class TestAsBotocoreBuilds:
    """The URL botocore builds for a bucket and key locates back to them."""

    @pytest.mark.parametrize(("region", "style"), COMBINATIONS)
    @settings(max_examples=25, deadline=None)
    @given(data=st.data(), key=KEYS)
    @example(data=None, key="a//b/../c+d %20/é😀")
    @example(data=None, key="/")
    def test_round_trip(self, region: str, style: str, data: st.DataObject | None, key: str) -> None:
        names = DOTLESS if style.startswith("accelerate") else DOTTED
        bucket = data.draw(names) if data else "amzn-s3-demo"
        url = urlsplit(url_builder(region, style)(bucket, key))

        host = host_of(url.netloc)
        assert ((bucket, key), partition_of(region)) == (locate(host, url.path), host.partition)
        assert ("accelerate" if style.startswith("accelerate") else "s3") == host.kind
        at_global_endpoint = host.kind == "accelerate" or (style, region) == ("legacy", "us-east-1")
        assert (None if at_global_endpoint else region) == host.region
        if style in ("path", "dualstack-path"):
            assert host.bucket is None
        elif style == "accelerate" or "." not in bucket:
            assert bucket == host.bucket

    @settings(max_examples=50, deadline=None)
    @given(bucket=DOTLESS, key=KEYS, style=st.sampled_from(["path", "virtual"]))
    def test_custom_endpoint(self, bucket: str, key: str, style: str) -> None:
        url = urlsplit(url_builder("us-east-1", style, "http://minio.test:9000")(bucket, key))
        host = host_of(url.netloc, frozenset({"minio.test:9000"}))
        assert ("custom", bucket if style == "virtual" else None) == (host.kind, host.bucket)
        assert (bucket, key) == locate(host, url.path)

    @settings(max_examples=200, deadline=None)
    @given(bucket=DOTTED, form=st.sampled_from(BUCKET_HOSTS), home=st.sampled_from(HOMES))
    def test_any_bucket_name_before_any_endpoint(self, bucket: str, form: tuple[str, HostKind], home: Home) -> None:
        host = host_of(f"{bucket}.{form[0].format(r=home.region, s=home.suffix)}")
        assert Host(form[1], bucket, home.region, home.partition) == host


@cache
def rules(service: str, version: str) -> EndpointProvider:
    data = files("botocore") / "data"
    packed = (data / service / version / "endpoint-rule-set-1.json.gz").read_bytes()
    return EndpointProvider(
        json.loads(gzip.decompress(packed)), json.loads((data / "partitions.json").read_text("utf-8"))
    )


class TestAsEndpointRulesBuild:
    """What botocore's endpoint rules build for access points and their like is recognised."""

    ARNS: ClassVar[list[tuple[str, HostKind, str]]] = [
        ("arn:{p}:s3:{r}:123456789012:accesspoint:ap", "access-point", "ap-123456789012"),
        ("arn:{p}:s3-object-lambda:{r}:123456789012:accesspoint/ol", "object-lambda", "ol-123456789012"),
        (
            "arn:{p}:s3-outposts:{r}:123456789012:outpost:op-1:accesspoint:ap",
            "outposts",
            "ap-123456789012.op-1",
        ),
        ("arn:{p}:s3::123456789012:accesspoint:x.mrap", "multi-region-access-point", "x.mrap"),
    ]
    # Which of FIPS and dual stack the rules build for a kind; the others they refuse.
    VARIANTS: ClassVar[dict[HostKind, list[tuple[bool, bool]]]] = {
        "access-point": [(False, False), (False, True), (True, False), (True, True)],
        "object-lambda": [(False, False), (True, False)],
        "outposts": [(False, False)],
        "multi-region-access-point": [(False, False)],
    }

    @pytest.mark.parametrize("region", ["us-west-2", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"])
    @pytest.mark.parametrize(("bucket", "kind", "name"), ARNS, ids=[kind for _, kind, _ in ARNS])
    def test_arns(self, region: str, bucket: str, kind: HostKind, name: str) -> None:
        partition = partition_of(region)
        for fips, dual_stack in self.VARIANTS[kind]:
            if fips and partition == "aws-cn":
                continue  # China has no FIPS endpoints
            url = self._resolve(
                "s3",
                Bucket=bucket.format(p=partition, r=region),
                Region=region,
                UseFIPS=fips,
                UseDualStack=dual_stack,
                Accelerate=False,
                UseGlobalEndpoint=False,
                ForcePathStyle=False,
                DisableMultiRegionAccessPoints=False,
            )
            host = host_of(urlsplit(url).netloc)
            assert (kind, None, name) == (host.kind, host.bucket, host.name)
            if kind != "multi-region-access-point":
                assert (region, partition) == (host.region, host.partition)

    @pytest.mark.parametrize("dual_stack", [False, True], ids=["ipv4", "dualstack"])
    @pytest.mark.parametrize("fips", [False, True], ids=["", "fips"])
    @pytest.mark.parametrize("control", [False, True], ids=["zonal", "regional"])
    def test_directory_buckets(self, dual_stack: bool, fips: bool, control: bool) -> None:
        bucket = "b--usw2-az1--x-s3"
        url = urlsplit(
            self._resolve(
                "s3",
                Bucket=bucket,
                Region="us-west-2",
                UseFIPS=fips,
                UseDualStack=dual_stack,
                Accelerate=False,
                UseGlobalEndpoint=False,
                ForcePathStyle=False,
                UseS3ExpressControlEndpoint=control,
            )
        )
        host = host_of(url.netloc)
        assert ("express-control" if control else "express") == host.kind
        assert (bucket, None) == locate(host, url.path)
        assert ("us-west-2", "aws") == (host.region, host.partition)

    @HOME
    @pytest.mark.parametrize("dual_stack", [False, True], ids=["ipv4", "dualstack"])
    def test_control(self, home: Home, dual_stack: bool) -> None:
        url = self._resolve(
            "s3control",
            AccountId=ACCOUNT,
            RequiresAccountId=True,
            Region=home.region,
            UseFIPS=False,
            UseDualStack=dual_stack,
        )
        host = host_of(urlsplit(url).netloc)
        assert Host("control", None, home.region, home.partition, ACCOUNT) == host

    @staticmethod
    def _resolve(service: str, **parameters: object) -> str:
        version = {"s3": "2006-03-01", "s3control": "2018-08-20"}[service]
        return str(rules(service, version).resolve_endpoint(**parameters).url)
