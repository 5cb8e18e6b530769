"""Requests for every operation of the table, by a seed: well formed, or with something broken.

An operation that is built later joins by the table, and a member of it too: what a member may be follows from its
shape. `PLAUSIBLE` only helps requests to get past the first checks.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from functools import partial
from hashlib import md5
from random import Random
from zlib import crc32

from fakes3.model.clock import Clock
from fakes3.model.header_text import to_header_text
from fakes3.model.identity import SECRET_ACCESS_KEY
from fakes3.model.world import World
from fakes3.operations.service import Service
from fakes3.operations.settings import Settings
from fakes3.wire.endpoint import handle
from fakes3.wire.message import Request
from fakes3.wire.signatures import version_4
from fakes3.wire.table import Member, Operation, Shape, operations

from .odd import (
    AUTHORIZATION,
    DATES,
    ECDSA,
    FORM,
    HOST,
    HOSTS,
    JSON,
    NOW,
    NUMBERS,
    PATHS,
    POLICY_DOCUMENTS,
    PRESIGNED,
    PRESIGNED_V2,
    SCOPE,
    STREAMING,
    WORDS,
    XML,
    encode,
)

MIB = 1024 * 1024
OPERATIONS = tuple(operations().values())
BUCKETS = ("bucket", "versioned", "locked", "old")
KEYS = ("k", "dir/k", "é ü", "archived", "missing", "%00", "a" * 1024, "\n", "+", "漢" * 341)
OF_A_KEY = {"host": "Host", "date": "Date"}

CONTEXT = b64encode(b'{"a":"b"}').decode()
CUSTOMER_KEY = b64encode(b"k" * 32).decode()
POLICY = (
    b'{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", '
    b'"Resource": "arn:aws:s3:::old/*", "Condition": {"StringNotLike": {"aws:Referer": "${aws:username}*"}}}}'
)


class Stock:
    """A world in which most requests find something, and the ids of what is in it."""

    def __init__(self) -> None:
        s3 = Service(clock=clock())
        ask = partial(self._ask, s3)
        for bucket in BUCKETS:
            headers = {"x-amz-bucket-object-lock-enabled": "true"} if bucket == "locked" else {}
            ask("PUT", f"/{bucket}", headers | ({"x-amz-object-ownership": "ObjectWriter"} if bucket == "old" else {}))
        enabled = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        ask("PUT", "/versioned?versioning", {}, enabled)
        ask("DELETE", "/old?publicAccessBlock")
        ask("PUT", "/old?policy", {}, POLICY)
        self.version_ids = ["null"]
        for _ in range(2):
            for bucket in BUCKETS:
                for key in ("k", "dir/k", "%C3%A9%20%C3%BC", "%01"):
                    put = ask("PUT", f"/{bucket}/{key}", {"x-amz-meta-a": "b", "x-amz-tagging": "a=b"}, b"bytes" * 20)
                    self.version_ids.append(put.get("x-amz-version-id", "null"))
                ask("PUT", f"/{bucket}/archived", {"x-amz-storage-class": "GLACIER"}, b"bytes")
        ask("DELETE", "/versioned/dir/k")
        self.upload_ids = []
        for bucket in BUCKETS:
            begun = ask("POST", f"/{bucket}/k?uploads", {})["body"].partition("<UploadId>")[2].partition("<")[0]
            self.upload_ids.append(begun)
            for number in (1, 2):
                ask("PUT", f"/{bucket}/k?partNumber={number}&uploadId={begun}", {}, b"part")
        self.world: World = s3.world
        self.etag = f'"{md5(b"part").hexdigest()}"'

    @staticmethod
    def _ask(
        s3: Service, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> dict[str, str]:
        path, _, query = target.partition("?")
        sent = {"authorization": AUTHORIZATION, "content-length": str(len(body)), "content-md5": digest(body)}
        response = handle(s3, Request(method, "https", HOST, path, query, sent | (headers or {}), body))
        assert response.status < 300, (method, target, bytes(response.body))
        return {**response.headers, "body": bytes(response.body).decode()}


def clock() -> Clock:
    stopped = Clock()
    stopped.freeze(NOW)
    return stopped


def digest(body: bytes) -> str:
    return b64encode(md5(body).digest()).decode()


class Fuzzer:
    """Makes one request after the other. Those of one seed are always the same."""

    def __init__(self, seed: object, stock: Stock) -> None:
        self.random = Random(str(seed))
        self.stock = stock
        self.plausible: dict[str, tuple[str, ...]] = {
            "VersionId": (*stock.version_ids, *stock.version_ids, "null"),
            "UploadId": tuple(stock.upload_ids),
            "PartNumber": ("1", "2", "10000"),
            "CopySource": ("bucket/k", "versioned/k", "/old/dir/k", f"versioned/k?versionId={stock.version_ids[-1]}"),
            "ETag": (stock.etag, "*"),
            "IfMatch": ("*", stock.etag),
            "IfNoneMatch": ("*", stock.etag),
            "Range": ("bytes=0-1", "bytes=-1"),
            "CopySourceRange": ("bytes=0-1",),
            "Tagging": ("a=b&c=d", ""),
            "ExpectedBucketOwner": ("123456789012",),
            "SSECustomerAlgorithm": ("AES256",),
            "SSECustomerKey": (CUSTOMER_KEY,),
            "SSECustomerKeyMD5": (digest(b"k" * 32),),
            "SSEKMSEncryptionContext": (CONTEXT,),
            "SSEKMSKeyId": ("alias/key",),
            "GrantRead": ('id="1"', 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'),
            "MaxKeys": ("1", "1000", "0"),
            "EncodingType": ("url",),
            "Delimiter": ("/",),
            "Key": ("k", "dir/k", "tag"),
            "Value": ("v",),
            "ID": ("rule",),
            "Days": ("1",),
            "Years": ("1",),
            "RetainUntilDate": ("2026-01-02T00:00:00Z",),
            "ObjectLockRetainUntilDate": ("2026-01-02T00:00:00Z",),
            "Prefix": ("", "dir/"),
        }

    def request(self) -> Request:
        """Return the next request."""
        if self.random.random() < 0.06:
            return self._form()
        operation = self.random.choice(OPERATIONS)
        self.is_wild = self.random.random() < 0.6
        query = {name: value or "" for name, value in operation.query.items()}
        headers = {"x-amz-date": "20260101T000000Z", "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
        for member in self._members(operation):
            if member.location == "querystring":
                query[member.wire_name] = self.text(member)
            elif member.location == "header" and member.name not in {"ContentLength", "ContentMD5"}:
                headers[member.wire_name.lower()] = self.text(member)
            elif member.location == "headers":
                headers[f"{member.wire_name}{self.random.choice(['a', 'b', 'Ä', 'c d'])}"] = self.value()
        body = self._body(operation, headers)
        whole = body if isinstance(body, bytes) else b"".join(body)
        headers["content-length"] = str(len(whole))
        if self.random.random() < 0.7:
            headers["content-md5"] = digest(whole)
        path = self._path(operation.level)
        text = "&".join(f"{name}={self._escaped(value)}" if value else name for name, value in query.items())
        method, host = operation.method, HOST
        headers["authorization"] = AUTHORIZATION.replace("=host", f"={';'.join(['host', *headers])}")
        if self.is_wild:
            method, host, path, text, headers = self._break(method, host, path, text, headers)
        headers = {name.lower(): self._as_sent(value) for name, value in headers.items()}
        scheme = "https" if self.random.random() < 0.9 else "http"
        return Request(method, scheme, host, path, text, headers, body)

    # ---- Texts ----

    def value(self) -> str:
        """Return a text that some reader may fail on."""
        kind = self.random.randrange(8)
        if kind < 5:
            return self.random.choice((NUMBERS, DATES, WORDS, WORDS, ("", "x", "=?utf-8?q?=C3?=", "=?x?b?a?="))[kind])
        if kind == 5:
            return "".join(chr(self.random.randrange(0x110000)) for _ in range(self.random.randrange(6)))
        if kind == 6:
            piece = self.random.choice(["a", "=?", "?", "&a=b", "%", ",", "\\", '"', "*", "/", " ", "é", "(", "=?a?q?"])
            return piece * (self.random.choice([1, 9, 99, 999, 7000]) // len(piece) or 1)
        return "".join(self.random.choice("\t !\"#$%&'*+,-./09:;<=>?AZ\\_az{|}~é") for _ in range(12))

    def text(self, member: Member) -> str:
        """Return a text for a member: one that it takes, or any."""
        if self.is_wild and self.random.random() < 0.3:
            return self.value()
        shape = member.shape.member.shape if member.shape.type == "list" else member.shape
        if member.name in self.plausible:
            return self.random.choice(self.plausible[member.name])
        if shape.enum:
            return self.random.choice(shape.enum)
        if shape.type in {"integer", "long"}:
            return str(self.random.choice([1, 2, 5, 1000, self.random.randrange(10**6)]))
        if shape.type == "boolean":
            return self.random.choice(["true", "false"])
        if shape.type == "timestamp":
            return self.random.choice(["2026-01-01T00:00:00Z", "Thu, 01 Jan 2026 00:00:00 GMT"])
        return self.random.choice(["a", "k", "bucket", "arn:aws:s3:::bucket", "b c", "é"])

    def _as_sent(self, value: str) -> str:
        return value if self.random.random() < 0.01 else to_header_text(value)

    def _escaped(self, value: str) -> str:
        if self.random.random() < 0.2:
            return value
        return "".join(
            each if each.isalnum() and each.isascii() else f"%{byte:02X}" for each in value for byte in encode(each)
        )

    # ---- Requests ----

    def _members(self, operation: Operation) -> list[Member]:
        """Return the members that are required, and a few others."""
        shape = operation.input
        if shape is None:
            return []
        rate = self.random.choice([0.0, 0.0, 2.0, 4.0]) / len(shape.members)
        missing = 0.05 if self.is_wild else 0.0
        return [
            each
            for each in shape.members.values()
            if self.random.random() < (1 - missing if each.name in shape.required else rate)
        ]

    def _path(self, level: str) -> str:
        if level == "service":
            return "/"
        path = f"/{self.random.choice(BUCKETS)}"
        if level == "bucket":
            return path if self.random.random() < 0.95 else "/new"
        key = self.random.choice(KEYS[: 3 if self.random.random() < 0.8 else None])
        return f"{path}/{''.join(f'%{byte:02X}' for byte in encode(key)) if self.random.random() < 0.9 else key}"

    def _break(
        self, method: str, host: str, path: str, query: str, headers: dict[str, str]
    ) -> tuple[str, str, str, str, dict[str, str]]:
        """Return the parts of a request, of which one or two may be broken."""
        for _ in range(self.random.randrange(3)):
            match self.random.randrange(9):
                case 0:
                    method = self.random.choice(["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH", "get", ""])
                case 1:
                    host = self.random.choice([*HOSTS, self.value()])
                case 2:
                    path = self.random.choice([*PATHS, self.value(), f"/bucket/{self.value()}", f"/{self.value()}"])
                case 3:
                    query = self._mutated(query) + self.random.choice(["", "&", "="]) + self.value()
                case 4:
                    headers["authorization"] = self.random.choice(
                        [
                            self.value(),
                            ECDSA,
                            "AWS a:b",
                            self._mutated(AUTHORIZATION),
                            self._mutated(headers["authorization"]),
                        ]
                        if "authorization" in headers
                        else [self.value()]
                    )
                case 5:
                    headers.pop("authorization", None)
                    signed = self.random.choice([PRESIGNED, PRESIGNED_V2])
                    changed = {self.random.choice([*signed]): self.value()} if self.random.random() < 0.5 else {}
                    query += "".join(f"&{name}={value}" for name, value in (signed | changed).items())
                case 6:
                    headers[self.random.choice(OTHER_HEADERS)] = self.value()
                case 7:
                    headers.pop(self.random.choice([*headers]))
                case _:
                    name = self.random.choice(["x-amz-meta-", "x-amz-checksum-", "x-amz-", "if-", ""]) + self.value()
                    headers[name] = self.value()
        return method, host, path, query, headers

    def _mutated(self, text: str) -> str:
        at = self.random.randrange(len(text) + 1)
        end = at + self.random.choice([0, 1, 1, 5, len(text)])
        return text[:at] + self.random.choice(["", self.value(), text[at:end] * 2]) + text[end:]

    # ---- Bodies ----

    def _body(self, operation: Operation, headers: dict[str, str]) -> bytes | list[bytes]:
        shape = operation.input
        payload = None if shape is None or shape.payload is None else shape.members[shape.payload]
        if self.random.random() < 0.1:
            body = self.random.choice([b"", b"bytes", self.random.randbytes(50), *XML, *JSON])
        elif payload is None:
            body = b""
        elif payload.shape.type == "structure":
            body = encode(self._element(payload))[:MIB]
        elif payload.shape.type == "string":
            body = self.random.choice(JSON)
        else:
            body = self._bytes()
            if self.random.random() < 0.3:
                body = self._chunked(body, headers)
        if self.is_wild and self.random.random() < 0.3:
            body = self._mutated_bytes(body)
        if self.random.random() < 0.05:
            cut = self.random.randrange(len(body) + 1)
            return [body[:cut], b"", body[cut:]]
        return body

    def _bytes(self) -> bytes:
        if self.random.random() < 0.01:
            return self.random.randbytes(self.random.randrange(MIB))
        return self.random.randbytes(self.random.choice([0, 1, 5, 100, 9000]))

    def _mutated_bytes(self, body: bytes) -> bytes:
        at = self.random.randrange(len(body) + 1)
        end = at + self.random.choice([0, 1, 10, len(body)])
        piece = self.random.choice(
            [b"", b"\0", b"<", b"&", b"\xff", b"]]>", self.random.randbytes(4), body[at:end] * 2]
        )
        if self.random.random() < 0.005:
            piece = (body[at:end] or b"<a>")[:MIB] * (MIB // max(3, end - at))
        return (body[:at] + piece + body[end:])[:MIB]

    def _element(self, member: Member, depth: int = 0) -> str:
        """Return an element for a member, with what its shape says."""
        shape = member.shape
        if shape.type == "list" and member.flattened:
            return "".join(
                self._element(shape.member._replace(wire_name=member.wire_name), depth) for _ in range(self._count())
            )
        return f"<{member.wire_name}{self._attributes(shape)}>{self._content(member, depth)}</{member.wire_name}>"

    def _count(self) -> int:
        return self.random.choice([1, 1, 1, 2, 3]) if self.random.random() < 0.997 else self.random.choice([50, 1000])

    def _attributes(self, shape: Shape) -> str:
        for each in shape.members.values() if shape.type == "structure" else ():
            if each.is_attribute:
                value = self.random.choice(["CanonicalUser", "Group", "AmazonCustomerByEmail", "x"])
                return f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" {each.wire_name}="{value}"'
        return ""

    def _content(self, member: Member, depth: int) -> str:
        shape = member.shape
        if shape.type == "list":
            return "".join(self._element(shape.member, depth + 1) for _ in range(self._count()))
        if shape.type == "structure":
            rate = self.random.choice([0.2, 0.5]) if depth < 6 else 0.0
            chosen = [
                each
                for each in shape.members.values()
                if not each.is_attribute and (each.name in shape.required or self.random.random() < rate)
            ]
            return "".join(self._element(each, depth + 1) for each in chosen)
        return self.text(member).replace("&", "&amp;").replace("<", "&lt;")

    def _chunked(self, body: bytes, headers: dict[str, str]) -> bytes:
        """Return a body in chunks, whose headers are added."""
        stated = self.random.choice(STREAMING)
        headers |= {"x-amz-content-sha256": stated, "x-amz-decoded-content-length": str(len(body))}
        mark = f";chunk-signature={'0' * 64}" if "AWS4" in stated else ""
        trailer = ""
        if self.random.random() < 0.5:
            headers["x-amz-trailer"] = "x-amz-checksum-crc32"
            trailer = f"x-amz-checksum-crc32:{b64encode(crc32(body).to_bytes(4)).decode()}\r\n"
        data = b"%x" % len(body) + mark.encode() + b"\r\n" + body + b"\r\n" if body else b""
        return data + f"0{mark}\r\n{trailer}\r\n".encode()

    def _form(self) -> Request:
        """Return a browser's form, signed or not."""
        self.is_wild = self.random.random() < 0.7
        value: Callable[[], str] = self.value if self.is_wild else lambda: "k"
        name = self.random.choice(FORM_FIELDS) if self.random.random() < 0.8 else self.value()
        body = encode(FORM.format(value(), name, value(), value()))
        if self.random.random() < 0.7:
            document = self.random.choice(POLICY_DOCUMENTS)
            policy = b64encode(document).decode()
            key = version_4.signing_key(SECRET_ACCESS_KEY, "20260101", "us-east-1")
            fields = {
                "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
                "X-Amz-Credential": SCOPE,
                "X-Amz-Date": "20260101T000000Z",
            }
            fields |= {"Policy": policy, "X-Amz-Signature": version_4.sign(key, policy)}
            if self.is_wild and self.random.random() < 0.3:
                fields[self.random.choice([*fields])] = self.value()
            parts = [
                f'--b\r\nContent-Disposition: form-data; name="{each}"\r\n\r\n{fields[each]}\r\n' for each in fields
            ]
            body = encode("".join(parts)) + body
        if self.is_wild and self.random.random() < 0.5:
            body = self._mutated_bytes(body)
        kind = "multipart/form-data; boundary=b" if self.random.random() < 0.9 else self.value()
        headers = {"content-type": to_header_text(kind), "content-length": str(len(body))}
        return Request("POST", "https", HOST, f"/{self.random.choice(BUCKETS)}", "", headers, body)


OTHER_HEADERS = (
    "date", "x-amz-date", "x-amz-trailer", "x-amz-security-token", "x-amz-content-sha256", "x-amz-region-set",
    "x-amz-decoded-content-length", "x-amz-meta-a", "x-amz-copy-source", "content-length", "transfer-encoding",
    "content-type", "content-md5", "user-agent", "referer", "x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm",
    "origin", "host", "expect", "content-encoding", "range", "if-match", "x-amz-object-attributes",
)  # fmt: skip
FORM_FIELDS = (
    "acl", "tagging", "success_action_redirect", "success_action_status", "x-amz-meta-a", "expires", "policy", "é",
    "Content-Type", "Cache-Control", "x-amz-storage-class", "x-amz-checksum-crc32", "x-amz-meta-Ä", "file", "key",
    "x-amz-server-side-encryption", "x-amz-website-redirect-location", "x-ignore-a", "redirect",
)  # fmt: skip


def serve(world: World, *, verifies_signatures: bool = False) -> Service:
    """Return an S3 that begins with this world, at the moment at which requests are signed."""
    return Service(Settings(verifies_signatures=verifies_signatures), world=world, clock=clock())
