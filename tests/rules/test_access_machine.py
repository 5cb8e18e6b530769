"""Nobody gets in unexplained: whatever buckets are set to, whoever is let in was granted it, and was not denied it.

The machine sets two buckets of two accounts to anything: Object Ownership back and forth, ACLs canned, by headers and
by documents, bucket policies, Block Public Access, versioning, requester pays, with objects and multipart uploads of
everybody's. Then everybody tries every request, each on the same world: root users, users, sessions of roles, and
those who do not sign. What they are answered is held against the explanation of `access_oracle.py`, which knows nothing
of how the fake decides.
"""

import os
import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from ..ask import Answer
from .access_configurations import Configurations
from .access_objects import Objects
from .access_oracle import (
    DEN,
    KEYS,
    OWNERS,
    VAULT,
    Asking,
    Document,
    Need,
    Upload,
    Who,
)
from .access_strategies import (
    ACLS_OF_WRITES,
    BOOLEANS,
    BUCKETS,
    CANNED,
    CHOSEN,
    EVERYTHING,
    OPEN,
    READS,
    SOME_KEY,
    WAYS_TO_LIST,
    WAYS_TO_READ,
    WHICH,
    policies,
)
from .access_world import copying, paying

LONG = os.environ.get("FAKES3_HYPOTHESIS") == "long"


class Doors(Configurations, Objects):
    """Tries the doors of two buckets."""

    @initialize(
        ownership=st.sampled_from(["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter", "ObjectWriter"]),
        acl=st.sampled_from(CANNED),
        is_open=BOOLEANS,
        policy=st.one_of(st.none(), policies(named=True)),
    )
    def begin(self, ownership: str, acl: str, is_open: bool, policy: Document | None) -> None:
        """Most begin as nearly nothing begins of itself, with something in it, and something granted."""
        for name in (DEN, VAULT):
            self.own(name, ownership, 0)
            if is_open:
                self.block(name, OPEN, 0)
            self.put_bucket_acl(name, acl, False, 0)
            for key in KEYS[:2]:
                self.put(name, key, None if ownership == "BucketOwnerEnforced" else acl, False, False, False, True, 3)
            self.begin_upload(name, KEYS[0], None, False, True, 4)
            self.go_on_with_upload(name, 0, "part", name, KEYS[0], None, True, 0)
            self.put_policy(name, policy, 0)
        for who in ("ada", "bob", "clerk", "agent"):
            self.allow(who, {"Statement": [EVERYTHING]}, None)

    # ---- Listings ----

    @rule(
        name=BUCKETS,
        how=st.sampled_from(WAYS_TO_LIST),
        prefixed=BOOLEANS,
        pays=BOOLEANS,
    )
    def look(self, name: str, how: str, prefixed: bool, pays: bool) -> None:
        action = {"versions": "s3:ListBucketVersions", "uploads": "s3:ListBucketMultipartUploads"}.get(
            how, "s3:ListBucket"
        )
        query = "" if how == "HEAD" else f"{how}{'&prefix=dir/' if prefixed else ''}"
        method = "HEAD" if how == "HEAD" else "GET"
        self.ask(Asking(method, f"/{name}?{query}", (Need(action, self.buckets[name]),), paying(pays)), 0)

    @rule()
    def list_buckets(self) -> None:
        """A list of buckets has those of the caller's account, and no others."""
        for who in self.people:
            answer = self.send(who, Asking("GET", "/", ()))
            names = re.findall("<Name>(.*?)</Name>", answer.text)
            assert answer.status >= 300 or names == [name for name, owner in OWNERS.items() if owner == who.account]

    # ---- Multipart uploads ----

    @rule(
        name=BUCKETS,
        key=SOME_KEY,
        acl=ACLS_OF_WRITES,
        tagged=BOOLEANS,
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def begin_upload(self, name: str, key: str, acl: Any, tagged: bool, pays: bool, chosen: int) -> None:
        bucket = self.buckets[name]
        headers, needs = self.setting(bucket, key, acl, tagged, locked=False)

        def effect(who: Who, answer: Answer) -> None:
            (id,) = re.findall("<UploadId>(.*?)</UploadId>", answer.text)
            bucket.uploads.append(Upload(id, key, who.account, self.entry(bucket, who, acl, tagged)))

        self.ask(
            Asking(
                "POST",
                f"/{name}/{quote(key)}?uploads",
                tuple(needs),
                headers | paying(pays),
                for_nobody=False,
                impossible=self.why_no_write(bucket, acl),
                possible_for=self.alone_may_write(bucket, acl),
                effect=effect,
            ),
            chosen,
        )

    @rule(
        name=BUCKETS,
        number=st.integers(0, 3),
        how=st.sampled_from(["part", "copy", "complete", "abort", "parts"]),
        source=BUCKETS,
        source_key=SOME_KEY,
        which=WHICH,
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def go_on_with_upload(
        self, name: str, number: int, how: str, source: str, source_key: str, which: Any, pays: bool, chosen: int
    ) -> None:
        bucket = self.buckets[name]
        if not bucket.uploads:
            return
        upload = bucket.uploads[number % len(bucket.uploads)]
        target = f"/{name}/{quote(upload.key)}?uploadId={upload.id}"
        writing = (Need("s3:PutObject", bucket, upload.key, bucket.current(upload.key)),)
        action = "s3:AbortMultipartUpload" if how == "abort" else "s3:ListMultipartUploadParts"
        keeping = (Need(action, bucket, upload.key, begun_by=upload.begun_by, of_upload=True),)

        def took(who: Who, answer: Answer) -> None:
            upload.etag = (
                answer.headers["ETag"] if how == "part" else "".join(re.findall("<ETag>(.*?)</ETag>", answer.text))
            )

        def completed(who: Who, answer: Answer) -> None:
            bucket.uploads.remove(upload)
            entry = upload.entry
            if bucket.enforced:
                entry.owner, entry.grants = bucket.owner, ((bucket.owner, "FULL_CONTROL"),)
            entry.id = answer.headers.get("x-amz-version-id", "null")
            bucket.write(upload.key, entry)

        if how == "part":
            asking = Asking("PUT", f"{target}&partNumber=1", writing, body="meow", effect=took)
        elif how == "copy":
            origin = self.buckets[source]
            version_id, original = self.version_of(origin, source_key, which)
            needs = (*writing, *self.reading(origin, source_key, version_id, original))
            headers = copying(source, source_key, version_id)
            asking = Asking("PUT", f"{target}&partNumber=1", needs, headers, effect=took, for_nobody=False)
            asking = replace(asking, version_id=version_id)
        elif how == "complete":
            part = f"<Part><PartNumber>1</PartNumber><ETag>{upload.etag}</ETag></Part>"
            body = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>"
            asking = Asking("POST", target, writing, body=body, effect=completed)
        elif how == "abort":
            asking = Asking("DELETE", target, keeping, effect=lambda who, answer: bucket.uploads.remove(upload))
        else:
            asking = Asking("GET", target, keeping)
        self.ask(replace(asking, headers=asking.headers | paying(pays)), chosen)

    # ---- All at once ----

    @rule(name=BUCKETS, key=SOME_KEY, which=WHICH, acl=ACLS_OF_WRITES, tagged=BOOLEANS, pays=BOOLEANS)
    def try_everything(self, name: str, key: str, which: Any, acl: Any, tagged: bool, pays: bool) -> None:
        """Everybody tries every door around a key, and nothing comes of it."""
        self.is_trial = True
        for way in WAYS_TO_READ:
            self.read(name, key, which, way, pays)
        for listing in WAYS_TO_LIST:
            self.look(name, listing, tagged, pays)
        for subresource in READS:
            self.read_configuration(name, subresource)
        self.get_acl(name, None, None, pays)
        self.get_acl(name, key, which, pays)
        self.put(name, key, acl, tagged, tagged, tagged, pays, 0)
        self.put_object_acl(name, key, which, acl or "public-read", tagged, pays, 0)
        for target in OWNERS:
            self.copy(name, key, which, target, key, acl, pays, 0)
            self.go_on_with_upload(target, 0, "copy", name, key, which, pays, 0)
        for step in ("part", "complete", "abort", "parts"):
            self.go_on_with_upload(name, 0, step, name, key, which, pays, 0)
        self.tag(name, key, which, "PUT", pays, 0)
        self.tag(name, key, which, "DELETE", pays, 0)
        self.delete(name, key, which, tagged, tagged, pays, 0)
        self.delete_many(name, [(key, which), (KEYS[1], None)], pays, 0)
        self.is_trial = False


TestDoors = Doors.TestCase
TestDoors.settings = settings(
    deadline=None,
    max_examples=200 if LONG else 15,
    stateful_step_count=200 if LONG else 50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
