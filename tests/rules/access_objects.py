"""Requests that read, write and delete objects, for `test_access_machine.py`."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.stateful import rule

from ..ask import Answer
from .access_oracle import (
    RETAINED,
    VAULT,
    Asking,
    Entry,
    Kept,
    Need,
    Who,
)
from .access_strategies import (
    ACLS_OF_WRITES,
    BOOLEANS,
    BUCKETS,
    CHOSEN,
    SOME_KEY,
    WAYS_TO_READ,
    WHICH,
    acl_headers,
)
from .access_world import World, copying, paying


class Objects(World):
    """Reads, writes, copies, tags, locks and deletes objects, by everybody."""

    @rule(
        name=BUCKETS,
        key=SOME_KEY,
        which=WHICH,
        how=st.sampled_from(WAYS_TO_READ),
        pays=BOOLEANS,
    )
    def read(self, name: str, key: str, which: Any, how: str, pays: bool) -> None:
        bucket = self.buckets[name]
        version_id, entry = self.version_of(bucket, key, which)
        of_version = "" if version_id is None else "Version"
        actions = {
            "GET": [f"s3:GetObject{of_version}"],
            "HEAD": [f"s3:GetObject{of_version}"],
            "attributes": [f"s3:GetObject{of_version}", f"s3:GetObject{of_version}Attributes"],
            "tagging": [f"s3:GetObject{of_version}Tagging"],
            "retention": ["s3:GetObjectRetention"],
            "legal-hold": ["s3:GetObjectLegalHold"],
        }[how]
        headers = paying(pays) | ({"x-amz-object-attributes": "ETag,ObjectSize"} if how == "attributes" else {})
        subresource = "" if how in ("GET", "HEAD") else how
        self.ask(
            Asking(
                "HEAD" if how == "HEAD" else "GET",
                f"/{name}/{quote(key)}?{subresource}{self.versioned(version_id)}",
                tuple(Need(action, bucket, key, entry) for action in actions),
                headers,
                version_id=version_id,
            ),
            0,
        )

    @rule(
        name=BUCKETS,
        key=SOME_KEY,
        acl=ACLS_OF_WRITES,
        tagged=BOOLEANS,
        locked=BOOLEANS,
        matches=st.sampled_from([False, False, True]),
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def put(
        self, name: str, key: str, acl: Any, tagged: bool, locked: bool, matches: bool, pays: bool, chosen: int
    ) -> None:
        bucket = self.buckets[name]
        headers, needs = self.setting(bucket, key, acl, tagged, locked)
        current = bucket.current(key)
        if matches:
            headers["if-match"] = '"d41d8cd98f00b204e9800998ecf8427e"'
            needs.append(Need("s3:GetObject", bucket, key, current))

        def effect(who: Who, answer: Answer) -> None:
            entry = self.entry(bucket, who, acl, tagged)
            entry.id = answer.headers.get("x-amz-version-id", "null")
            bucket.write(key, entry)

        self.ask(
            Asking(
                "PUT",
                f"/{name}/{quote(key)}",
                tuple(needs),
                headers | paying(pays),
                impossible=self.why_no_write(bucket, acl),
                possible_for=self.alone_may_write(bucket, acl),
                effect=effect,
            ),
            chosen,
        )

    def setting(
        self, bucket: Kept, key: str, acl: Any, tagged: bool, locked: bool
    ) -> tuple[dict[str, str], list[Need]]:
        """The headers of a write, and what they need."""
        headers: dict[str, str] = {} if acl is None else acl_headers(acl)
        current = bucket.current(key)
        needs = [Need("s3:PutObject", bucket, key, current)]
        if acl is not None:
            needs.append(Need("s3:PutObjectAcl", bucket, key, current, is_new=True))
        if tagged:
            headers["x-amz-tagging"] = "team=red"
            needs.append(Need("s3:PutObjectTagging", bucket, key, current, is_new=True))
        if locked and bucket.name == VAULT:
            headers["x-amz-object-lock-legal-hold"] = "OFF"
            needs.append(Need("s3:PutObjectLegalHold", bucket, key, current, is_new=True))
        return headers, needs

    @rule(
        name=BUCKETS,
        key=SOME_KEY,
        which=WHICH,
        matches=st.sampled_from([False, False, True]),
        bypass=BOOLEANS,
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def delete(self, name: str, key: str, which: Any, matches: bool, bypass: bool, pays: bool, chosen: int) -> None:
        bucket = self.buckets[name]
        version_id, entry = self.version_of(bucket, key, which)
        headers = paying(pays)
        needs = [Need("s3:DeleteObject" if version_id is None else "s3:DeleteObjectVersion", bucket, key, entry)]
        if matches:
            headers["if-match"] = '"d41d8cd98f00b204e9800998ecf8427e"'
            needs.append(Need("s3:GetObject", bucket, key, bucket.current(key)))
        if bypass and name == VAULT:
            headers["x-amz-bypass-governance-retention"] = "true"
            needs.append(Need("s3:BypassGovernanceRetention", bucket, key, bucket.current(key)))
        self.ask(
            Asking(
                "DELETE",
                f"/{name}/{quote(key)}?{self.versioned(version_id)}",
                tuple(needs),
                headers,
                effect=lambda who, answer: self.gone(
                    bucket, key, version_id, answer.headers.get("x-amz-version-id"), who
                ),
                version_id=version_id,
            ),
            chosen,
        )

    def gone(self, bucket: Kept, key: str, version_id: str | None, answered: str | None, who: Who) -> None:
        entries = bucket.keys.setdefault(key, [])
        if version_id is not None:
            entries[:] = [each for each in entries if each.id != version_id]
        elif bucket.versioning is None:
            entries.clear()
        else:
            owner = bucket.owner if bucket.enforced else who.account
            bucket.write(key, Entry(answered or "null", owner, is_marker=True))

    @rule(
        name=BUCKETS,
        named=st.lists(st.tuples(SOME_KEY, WHICH), min_size=2, max_size=2, unique_by=lambda each: each[0]),
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def delete_many(self, name: str, named: list[tuple[str, Any]], pays: bool, chosen: int) -> None:
        bucket = self.buckets[name]
        found = [(key, *self.version_of(bucket, key, which)) for key, which in named]
        objects = "".join(
            f"<Object><Key>{key}</Key>{'' if id is None else f'<VersionId>{id}</VersionId>'}</Object>"
            for key, id, _ in found
        )

        def effect(who: Who, answer: Answer) -> None:
            for each in re.findall("<Deleted>(.*?)</Deleted>", answer.text, re.DOTALL):
                told = dict(re.findall(r"<(\w+)>([^<]*)</\1>", each))
                self.gone(bucket, told["Key"], told.get("VersionId"), told.get("DeleteMarkerVersionId"), who)

        self.ask(
            Asking(
                "POST",
                f"/{name}?delete",
                tuple(
                    Need("s3:DeleteObject" if id is None else "s3:DeleteObjectVersion", bucket, key, entry)
                    for key, id, entry in found
                ),
                paying(pays),
                f"<Delete>{objects}</Delete>",
                deletes=tuple((key, id) for key, id, _ in found),
                effect=effect,
            ),
            chosen,
        )

    @rule(
        source=BUCKETS,
        source_key=SOME_KEY,
        which=WHICH,
        name=BUCKETS,
        key=SOME_KEY,
        acl=ACLS_OF_WRITES,
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def copy(
        self, source: str, source_key: str, which: Any, name: str, key: str, acl: Any, pays: bool, chosen: int
    ) -> None:
        bucket, origin = self.buckets[name], self.buckets[source]
        version_id, original = self.version_of(origin, source_key, which)
        headers, needs = self.setting(bucket, key, acl, tagged=False, locked=False)
        needs += self.reading(origin, source_key, version_id, original)
        tags = {} if original is None else original.tags
        if tags:
            of_version = "" if version_id is None else "Version"
            needs.append(Need(f"s3:GetObject{of_version}Tagging", origin, source_key, original))
            needs.append(Need("s3:PutObjectTagging", bucket, key, bucket.current(key), is_new=True))

        def effect(who: Who, answer: Answer) -> None:
            entry = self.entry(bucket, who, acl, bool(tags))
            entry.id = answer.headers.get("x-amz-version-id", "null")
            bucket.write(key, entry)

        headers |= copying(source, source_key, version_id) | {"x-amz-metadata-directive": "REPLACE"}
        self.ask(
            Asking(
                "PUT",
                f"/{name}/{quote(key)}",
                tuple(needs),
                headers | paying(pays),
                impossible=self.why_no_write(bucket, acl),
                possible_for=self.alone_may_write(bucket, acl),
                for_nobody=False,
                effect=effect,
                version_id=version_id,
            ),
            chosen,
        )

    @rule(
        name=BUCKETS,
        key=SOME_KEY,
        which=WHICH,
        how=st.sampled_from(["PUT", "DELETE"]),
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def tag(self, name: str, key: str, which: Any, how: str, pays: bool, chosen: int) -> None:
        bucket = self.buckets[name]
        version_id, entry = self.version_of(bucket, key, which)
        verb, of_version = how.capitalize(), "" if version_id is None else "Version"

        def effect(who: Who, answer: Answer) -> None:
            if entry is not None:
                entry.tags = {"team": "red"} if how == "PUT" else {}

        self.ask(
            Asking(
                how,
                f"/{name}/{quote(key)}?tagging{self.versioned(version_id)}",
                (Need(f"s3:{verb}Object{of_version}Tagging", bucket, key, entry),),
                paying(pays),
                "<Tagging><TagSet><Tag><Key>team</Key><Value>red</Value></Tag></TagSet></Tagging>"
                if how == "PUT"
                else "",
                effect=effect,
                version_id=version_id,
            ),
            chosen,
        )

    @rule(
        key=SOME_KEY,
        which=WHICH,
        what=st.sampled_from(["retention", "legal-hold", "bypass"]),
        pays=BOOLEANS,
        chosen=CHOSEN,
    )
    def lock(self, key: str, which: Any, what: str, pays: bool, chosen: int) -> None:
        bucket = self.buckets[VAULT]
        version_id, entry = self.version_of(bucket, key, which)
        action = "s3:PutObjectLegalHold" if what == "legal-hold" else "s3:PutObjectRetention"
        needs, headers = [Need(action, bucket, key, entry)], paying(pays)
        if what == "bypass":
            headers["x-amz-bypass-governance-retention"] = "true"
            needs.append(Need("s3:BypassGovernanceRetention", bucket, key, bucket.current(key)))
        hold = "<LegalHold><Status>OFF</Status></LegalHold>"
        body = {"retention": RETAINED, "legal-hold": hold, "bypass": "<Retention></Retention>"}[what]
        subresource = "legal-hold" if what == "legal-hold" else "retention"
        target = f"/{VAULT}/{quote(key)}?{subresource}{self.versioned(version_id)}"
        self.ask(Asking("PUT", target, tuple(needs), headers, body, version_id=version_id), chosen)

    @rule(name=BUCKETS, key=SOME_KEY, acl=st.sampled_from([None, None, "public-read", "bucket-owner-full-control"]))
    def post_form(self, name: str, key: str, acl: str | None) -> None:
        """A browser's form without a policy is nobody's in particular, whoever sends it."""
        bucket = self.buckets[name]
        _, needs = self.setting(bucket, key, acl, tagged=False, locked=False)
        fields = {"key": key} | ({} if acl is None else {"acl": acl})
        parts = "".join(f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items())
        body = parts + '--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n\r\n--x--\r\n'
        form = {"content-type": "multipart/form-data; boundary=x"}
        named = {} if acl is None else {"x-amz-acl": acl}
        why, alone = self.why_no_write(bucket, acl), self.alone_may_write(bucket, acl)
        asking = Asking("POST", f"/{name}", tuple(needs), form, body, impossible=why, possible_for=alone)
        nobody, before = self.people[0], self.s3.service.world
        for who in self.people:
            answer = self.send(who, asking)
            self.check(nobody, replace(asking, headers=named), answer, changed=self.s3.service.world is not before)
            self.s3.service.world = before
