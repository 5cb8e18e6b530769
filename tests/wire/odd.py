"""Texts and documents that some reader of requests may fail on."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime

from fakes3.model.identity import ACCESS_KEY_ID

HOST = "s3.us-east-1.amazonaws.com"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DIGITS = "9" * 4500
"""More digits than Python reads as a number, and fewer than S3 takes as a header."""

SCOPE = f"{ACCESS_KEY_ID}/20260101/us-east-1/s3/aws4_request"
AUTHORIZATION = f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature={'0' * 64}"
STREAMING = ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")

NUMBERS = ("", "0", "-0", "+1", "-1", " 1", "1e3", "٣", "²", "0x10", "1_000", "2147483648", DIGITS, f"-{DIGITS}")
DATES = (
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 01 Jan 0001 00:00:00 +2359",
    "Thu, 01 Jan 1970 00:00:00 +99999999999999999999",
    f"Thu, 01 Jan {DIGITS} 00:00:00 GMT",
    "00000101T000000Z",
    "00010101T000000Z",
    "99991231T235959Z",
    "20261332T256161Z",
    "9999-12-31T23:59:59-23:59",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+23:59",
    "2026-W01-1",
    ",",
)
WORDS = (
    f"bytes=0-{DIGITS}",
    f"bytes=-{DIGITS}",
    f"bytes={DIGITS}-",
    "bytes=0-0",
    "x-amz-checksum-crc32",
    "multipart/form-data; boundary*=utf-7''b",
    "true",
    "*",
    "%",
    "%FF",
    "%00",
    "%ED%A0%80",
    "\udcff",
    "\x00",
    "\x85",
    "ÿ",
    "\ufffe",
    "/bucket/k",
    "bucket/k?versionId=%FF",
    "bucket/k?versionId=null",
    "arn:aws:s3:us-east-1:1:accesspoint/a/object/k",
    "AES256",
    "aws:kms",
    "GOVERNANCE",
    "STANDARD",
    "GLACIER",
    "private",
    "k=v&k=w",
    'id="1", uri=,',
    "1B2M2Y8AsgTpgAmY7PhCfg==",
    "eyJhIjoxfQ==",
    b64encode(b"[" * 3000).decode(),
    *STREAMING,
)
XML = (
    b"<a>" * 5_000,
    b'<?xml version="1.0" encoding="idna"?><a/>',
    b'<?xml version="1.0" encoding="utf-16"?><a/>',
    b"\xff\xfe<\0a\0/\0>\0",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    b"<a:b/>",
    b"<Delete>\xff</Delete>",
    b"<Delete>&#x0;</Delete>",
    b'<Tagging xmlns="' + b"x" * 100 + b'" a="b">text</Tagging>',
    b'<Delete><Object xmlns:a="a" a:Key="k"><a:Key>k</a:Key><Key>k</Key></Object></Delete>',
)
JSON = (
    b"[" * 20_000,
    b'{"Version":' + b"9" * 5000 + b"}",
    b'{"Version": "2012-10-17", "Statement": [{"Effect": 1e999}]}',
    b'{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}}',
    b'{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": ["\\ud800"]}, "Action": ["s3:%"],'
    b' "Resource": ["arn:aws:s3:::bucket/${"], "Condition": {"NumericEquals": {"s3:max-keys": "' + b"9" * 5000 + b'"},'
    b' "DateLessThan": {"aws:CurrentTime": "9999-12-31T23:59:59-23:59"}, "IpAddress": {"aws:SourceIp": "::/999"}}}}',
    b"\xff",
    b'"\\ud800"',
    b"NaN",
)
FORM = (
    '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\n{}\r\n'
    '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    '--b\r\nContent-Disposition: form-data; name="file"; filename="{}"\r\n\r\nbytes\r\n--b--\r\n'
)
POLICY_DOCUMENTS = (
    b'{"expiration": "9999-12-31T23:59:59Z", "conditions": []}',
    b'{"expiration": "9999-12-31T23:59:59.9999999Z", "conditions": [["content-length-range", '
    + b"9" * 5000
    + b", 1]]}",
    b'{"expiration": "2027-01-01T00:00:00Z", "conditions": [{"bucket": "\\ud800"}, ["eq", "$key", 1], ["eq"]]}',
    b"[" * 10_000,
)


def encode(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


HOSTS = (
    "bucket.s3.us-east-1.amazonaws.com", "s3.amazonaws.com", "bucket.s3-accelerate.amazonaws.com", "[::1]:9000", "[",
    "s3.eu-west-1.amazonaws.com", "bucket", "", ".", "..s3.amazonaws.com", "bucket.s3-website-us-east-1.amazonaws.com",
)  # fmt: skip
PATHS = ("", "*", "//", "//k", "/bucket", "/bucket/k", "/bucket/missing", "/locked/k", "/a", "http://bucket/k")
PRESIGNED = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": SCOPE,
    "X-Amz-Date": "20260101T000000Z",
    "X-Amz-Expires": "604800",
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": "0" * 64,
}
PRESIGNED_V2 = {"AWSAccessKeyId": ACCESS_KEY_ID, "Signature": "0", "Expires": "1"}
ECDSA = AUTHORIZATION.replace("HMAC-SHA256", "ECDSA-P256-SHA256").replace("us-east-1/", "")
