"""What requests did in one process is the same in another one that is told only what changed."""

from __future__ import annotations

import io

from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3.model.deltas import apply_delta, delta_of, receive, send
from fakes3.model.world import EMPTY, World
from fakes3.operations.service import Service

from ..ask import Ask

STATEMENT = '{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::den/*"}'
LOGGING = "<LoggingEnabled><TargetBucket>den</TargetBucket><TargetPrefix>log</TargetPrefix></LoggingEnabled>"
RULE = "<Rule><ID>r</ID><Status>Enabled</Status><Filter/><Expiration><Days>1</Days></Expiration></Rule>"
TAGS = "<TagSet><Tag><Key>pet</Key><Value>cat</Value></Tag></TagSet>"

REQUESTS: list[tuple[str, str, dict[str, str], str]] = [
    ("PUT", "/den", {}, ""),
    ("PUT", "/den", {"x-amz-bucket-object-lock-enabled": "true"}, ""),
    ("PUT", "/den?versioning", {}, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
    ("PUT", "/den?versioning", {}, "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"),
    ("PUT", "/den?policy", {}, f'{{"Version": "2012-10-17", "Statement": [{STATEMENT}]}}'),
    ("PUT", "/den?logging", {}, f"<BucketLoggingStatus>{LOGGING}</BucketLoggingStatus>"),
    ("PUT", "/den?lifecycle", {}, f"<LifecycleConfiguration>{RULE}</LifecycleConfiguration>"),
    ("PUT", "/den?tagging", {}, f"<Tagging>{TAGS}</Tagging>"),
    ("DELETE", "/den?policy", {}, ""),
    ("DELETE", "/den", {}, ""),
    ("PUT", "/den/cat", {"x-amz-meta-says": "meow", "x-amz-tagging": "pet=cat"}, "meow"),
    ("PUT", "/den/dog", {"x-amz-storage-class": "GLACIER"}, "woof"),
    ("PUT", "/den/copy", {"x-amz-copy-source": "/den/cat"}, ""),
    ("PUT", "/den/cat?tagging", {}, f"<Tagging>{TAGS}</Tagging>"),
    ("GET", "/den/cat", {}, ""),
    ("DELETE", "/den/cat", {}, ""),
    ("POST", "/den/large?uploads", {}, ""),
    ("PUT", "/den?publicAccessBlock", {}, "<PublicAccessBlockConfiguration/>"),
]


def told(value: object) -> object:
    pipe = io.BytesIO()
    send(pipe, value)
    pipe.seek(0)
    return receive(pipe)


@given(st.lists(st.sampled_from(REQUESTS), max_size=25), st.integers(1, 5), st.booleans())
@settings(max_examples=20)
def test_another_process_has_the_same_world(
    requests: list[tuple[str, str, dict[str, str], str]], at_once: int, later: bool
):
    service = Service()
    known, theirs = EMPTY, EMPTY
    for number, (method, target, headers, body) in enumerate([REQUESTS[0], *requests]):
        Ask(service)(method, target, headers, body.encode())
        if later:
            service.clock.advance(days=1)
        if number % at_once == 0:
            theirs = apply_delta(theirs, told(delta_of(known, service.world)))  # type: ignore[arg-type]
            known = service.world
            assert known == theirs
    assert service.world == told(service.world)
    assert isinstance(theirs, World)
