"""The integrity of bodies: Content-MD5, checksums in a header or trailer, and the checksum that S3 adds.

The headers are judged before the bucket, by `judge_headers`. The body is judged after everything else, by
`Integrity.receive`.

S3: userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import NamedTuple

from fakes3.model import checksums
from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import BadDigest, InvalidDigest, InvalidRequest
from fakes3.model.versions import Checksum
from fakes3.operations.members import Body, Received

_BY_MEMBER = {f"Checksum{name}": name for name in checksums.ALGORITHMS}
SEVERAL = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
_NO_CHECKSUM = (
    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found."
)


class ReceivedObject(NamedTuple):
    """The body of an object that has arrived whole, with digests that agree with its headers."""

    body: Rope
    md5: bytes
    checksum: Checksum


class Integrity(NamedTuple):
    """The digests of a body that its headers name."""

    md5: bytes | None
    algorithm: str | None
    value: str | None
    """The checksum; None where it follows in the trailer."""

    @property
    def is_given(self) -> bool:
        """Whether there is any digest to compare the body with."""
        return self.md5 is not None or self.algorithm is not None

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The algorithms whose digests `check` needs."""
        md5 = () if self.md5 is None else ("MD5",)
        return md5 if self.algorithm is None else (*md5, self.algorithm)

    def receive(self, body: Body) -> ReceivedObject:
        """Read the body of an object and compare its digests.

        Raises: what `check` raises, and the errors of reading (IncompleteBody, XAmzContentSHA256Mismatch, ...).
        """
        algorithm = self.algorithm or checksums.DEFAULT_ALGORITHM
        received = body.receive("MD5", algorithm)
        value = self.check(received) or checksums.encode(received.digests[algorithm])
        return ReceivedObject(received.body, received.digests["MD5"], Checksum(algorithm, value))

    def receive_part(self, body: Body, algorithm: str | None) -> Received:
        """Read a part and compare its digests. It comes with its MD5, and a checksum by its upload's `algorithm`.

        Raises: what `receive` raises.
        """
        wanted = ("MD5", *self.algorithms) if algorithm is None else ("MD5", *self.algorithms, algorithm)
        received = body.receive(*dict.fromkeys(wanted))  # each once
        self.check(received, of_a_part=True)
        return received

    def check(self, received: Received, *, of_a_part: bool = False) -> str | None:
        """Compare the digests of a body that has arrived with those in its headers and trailer.

        Return the checksum, encoded; None where none was sent.

        Raises: BadDigest where they differ, InvalidRequest for a trailer that is not a checksum.
        """
        found = None
        if self.algorithm is not None:
            header = checksums.ALGORITHMS[self.algorithm].header
            value = received.trailers[header] if self.value is None else self.value
            found = checksums.encode(received.digests[self.algorithm])
            if found != value:
                if self.value is None and checksums.decode(self.algorithm, value) is None:
                    raise InvalidRequest(f"Value for {header} trailing header is invalid.")
                raise BadDigest(f"The {self.algorithm} you specified did not match the calculated checksum.")
        if self.md5 is not None and self.md5 != (md5 := received.digests["MD5"]):
            # recorded for UploadPart: the expected digest is shown in Base64, as it was sent, and not in hex
            expected = b64encode(self.md5).decode() if of_a_part else self.md5.hex()
            raise BadDigest(ExpectedDigest=expected, CalculatedDigest=b64encode(md5).decode())
        return found


def judge_headers(content_md5: str | None, members: Mapping[str, object], trailer: str | None) -> Integrity:
    """Return the digests that the headers of a request name. `trailer` is the algorithm of a checksum in its trailer.

    Raises: InvalidDigest, InvalidRequest.
    """
    md5 = None if content_md5 is None else checksums.decode("MD5", content_md5)
    if content_md5 is not None and md5 is None:
        raise InvalidDigest(**{"Content-MD5": content_md5})
    sent = [member for member in members if member in _BY_MEMBER]
    if len(sent) + (trailer is not None) > 1:
        raise InvalidRequest(SEVERAL)
    algorithm, value = trailer, None
    if sent:
        algorithm, value = _BY_MEMBER[sent[0]], str(members[sent[0]])
        if checksums.decode(algorithm, value) is None:
            raise InvalidRequest(f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.")
    if "ChecksumAlgorithm" in members:
        wanted = str(members["ChecksumAlgorithm"]).upper()  # in any case
        if algorithm is None and wanted in checksums.ALGORITHMS:
            raise InvalidRequest(_NO_CHECKSUM)
        if wanted != algorithm:
            raise InvalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
    return Integrity(md5, algorithm, value)
