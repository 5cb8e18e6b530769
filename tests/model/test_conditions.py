"""Conditional requests, row by row. S3: userguide/conditional-requests.html"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fakes3.model.conditions import check_copy_source, check_read, check_write, check_write_syntax, is_same_etag
from fakes3.model.dates import format_http_date
from fakes3.model.errors import NoSuchKey, NotImplemented_, NotModified, PreconditionFailed, S3Error

WRITTEN = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOW = WRITTEN + timedelta(days=1)
ETAG = "900150983cd24fb0d6963f7d28e17f72"

SAME, OTHER = f'"{ETAG}"', '"0123456789abcdef0123456789abcdef"'
BEFORE, AT, SINCE = (format_http_date(WRITTEN + timedelta(seconds=seconds)) for seconds in (-1, 0, 1))
FUTURE = format_http_date(NOW + timedelta(seconds=1))
JUNK = "not a date"


def outcome(
    match: str | None = None,
    none_match: str | None = None,
    modified_since: str | None = None,
    unmodified_since: str | None = None,
) -> int | str:
    """200, 304, or the condition that did not hold."""
    try:
        check_read(
            ETAG,
            WRITTEN,
            now=NOW,
            if_match=match,
            if_none_match=none_match,
            if_modified_since=modified_since,
            if_unmodified_since=unmodified_since,
        )
    except NotModified:
        return 304
    except PreconditionFailed as refusal:
        return str(refusal.members["Condition"])
    return 200


class TestEtags:
    """Quotes do not matter, and `*` is any."""

    @pytest.mark.parametrize("condition", [SAME, ETAG, f'"{ETAG}', "*"])
    def test_the_same(self, condition: str) -> None:
        assert is_same_etag(condition, ETAG)

    @pytest.mark.parametrize("condition", [OTHER, "", '""', ETAG.upper(), ETAG[:-1], f"W/{SAME}", "**", f"{ETAG}-1"])
    def test_another(self, condition: str) -> None:
        assert not is_same_etag(condition, ETAG)


class TestReads:
    """412 where the caller wants another object, 304 where it has this one."""

    # recorded: TestS3::test_s3_get_object_preconditions[get_object], TestS3::test_s3_get_object_headers
    @pytest.mark.parametrize(
        ("match", "none_match", "modified_since", "unmodified_since", "expected"),
        [
            (None, None, None, None, 200),
            (SAME, None, None, None, 200),
            ("*", None, None, None, 200),
            (OTHER, None, None, None, "If-Match"),
            (OTHER, SAME, None, None, "If-Match"),
            (OTHER, OTHER, SINCE, SINCE, "If-Match"),
            (OTHER, None, None, BEFORE, "If-Match"),
            (SAME, None, None, BEFORE, 200),
            (SAME, SAME, None, None, 304),
            (SAME, SAME, BEFORE, BEFORE, 304),
            (SAME, OTHER, None, None, 200),
            (SAME, None, SINCE, None, 304),
            (SAME, None, BEFORE, None, 200),
            (None, SAME, None, None, 304),
            (None, "*", None, None, 304),
            (None, SAME, BEFORE, None, 304),
            (None, SAME, None, SINCE, 304),
            (None, OTHER, None, None, 200),
            (None, OTHER, SINCE, None, 200),
            (None, None, SINCE, None, 304),
            (None, None, BEFORE, None, 200),
            (None, None, None, BEFORE, "If-Unmodified-Since"),
            (None, None, None, SINCE, 200),
            (None, SAME, None, BEFORE, "If-Unmodified-Since"),
            (None, None, SINCE, BEFORE, "If-Unmodified-Since"),
            (None, OTHER, BEFORE, BEFORE, "If-Unmodified-Since"),
        ],
    )
    def test_table(
        self,
        match: str | None,
        none_match: str | None,
        modified_since: str | None,
        unmodified_since: str | None,
        expected: int | str,
    ) -> None:
        assert expected == outcome(match, none_match, modified_since, unmodified_since)

    def test_the_second_of_the_write_is_not_modified(self) -> None:
        assert 304 == outcome(modified_since=AT)
        assert 200 == outcome(unmodified_since=AT)

    # recorded: TestS3::test_s3_get_object_preconditions[get_object]
    def test_an_if_modified_since_in_the_future_is_ignored(self) -> None:
        assert 200 == outcome(modified_since=FUTURE)
        assert 304 == outcome(modified_since=format_http_date(NOW))

    def test_an_if_unmodified_since_in_the_future_holds(self) -> None:
        assert 200 == outcome(unmodified_since=FUTURE)

    def test_what_is_no_date_is_ignored(self) -> None:
        assert [200, 200] == [outcome(modified_since=JUNK), outcome(unmodified_since=JUNK)]

    def test_an_ignored_if_unmodified_since_hides_no_304(self) -> None:
        assert 304 == outcome(none_match=SAME, unmodified_since=JUNK)

    def test_a_304_tells_the_etag(self) -> None:
        with pytest.raises(NotModified) as caught:
            check_read(ETAG, WRITTEN, now=NOW, if_none_match=SAME)
        assert SAME == caught.value.headers["ETag"]

    def test_the_text_of_a_412(self) -> None:
        with pytest.raises(PreconditionFailed) as caught:
            check_read(ETAG, WRITTEN, now=NOW, if_match=OTHER)
        assert "At least one of the pre-conditions you specified did not hold" == caught.value.message


class TestCopySources:
    """A condition on the source of a copy answers 412 and never 304. S3: API/API_CopyObject.html"""

    # recorded: TestS3CopySourcePreconditions::test_s3_copy_object_if_source_unmodified_since_versioned
    @pytest.mark.parametrize(
        ("conditions", "expected"),
        [
            ({"if_match": OTHER}, "x-amz-copy-source-If-Match"),
            ({"if_none_match": SAME}, "x-amz-copy-source-If-None-Match"),
            ({"if_modified_since": SINCE}, "x-amz-copy-source-If-Modified-Since"),
            ({"if_unmodified_since": BEFORE}, "x-amz-copy-source-If-Unmodified-Since"),
            ({"if_none_match": SAME, "if_modified_since": BEFORE}, "x-amz-copy-source-If-None-Match"),
            ({"if_match": OTHER, "if_unmodified_since": SINCE}, "x-amz-copy-source-If-Match"),
        ],
    )
    def test_refused(self, conditions: dict[str, str], expected: str) -> None:
        with pytest.raises(PreconditionFailed) as caught:
            check_copy_source(ETAG, WRITTEN, now=NOW, **conditions)
        assert {"Condition": expected} == caught.value.members

    @pytest.mark.parametrize(
        "conditions",
        [
            {},
            {"if_match": SAME},
            {"if_none_match": OTHER},
            {"if_modified_since": BEFORE},
            {"if_modified_since": FUTURE},
            {"if_unmodified_since": SINCE},
            {"if_match": SAME, "if_unmodified_since": BEFORE},
        ],
    )
    def test_copied(self, conditions: dict[str, str]) -> None:
        check_copy_source(ETAG, WRITTEN, now=NOW, **conditions)


class TestWrites:
    """A write may ask for no object at all, or for the one it knows. S3: userguide/conditional-writes.html"""

    # recorded: TestS3ObjectWritePrecondition::test_put_object_if_match_validation,
    # TestS3ObjectWritePrecondition::test_put_object_if_match_and_if_none_match_validation
    @pytest.mark.parametrize(
        ("match", "none_match", "header", "why"),
        [
            (None, SAME, "If-None-Match", "We don't accept the provided value of If-None-Match header for this API"),
            (None, "", "If-None-Match", "We don't accept the provided value of If-None-Match header for this API"),
            ("*", None, "If-Match", "We don't accept the provided value of If-Match header for this API"),
            (SAME, "*", "If-Match,If-None-Match", "Multiple conditional request headers present in the request"),
            ("*", SAME, "If-Match,If-None-Match", "Multiple conditional request headers present in the request"),
        ],
    )
    def test_what_no_write_takes(self, match: str | None, none_match: str | None, header: str, why: str) -> None:
        with pytest.raises(NotImplemented_) as caught:
            check_write_syntax(match, none_match)
        assert {"Header": header, "additionalMessage": why} == caught.value.members
        assert "A header you provided implies functionality that is not implemented" == caught.value.message

    @pytest.mark.parametrize(("match", "none_match"), [(None, None), (SAME, None), (ETAG, None), (None, "*")])
    def test_what_every_write_takes(self, match: str | None, none_match: str | None) -> None:
        check_write_syntax(match, none_match)

    @pytest.mark.parametrize(
        ("etag", "match", "none_match", "expected"),
        [
            (None, None, None, None),
            (ETAG, None, None, None),
            (None, None, "*", None),
            (ETAG, None, "*", PreconditionFailed(Condition="If-None-Match")),
            (ETAG, SAME, None, None),
            (ETAG, ETAG, None, None),
            (ETAG, OTHER, None, PreconditionFailed(Condition="If-Match")),
            (None, SAME, None, NoSuchKey(Key="k")),
        ],
    )
    def test_table(self, etag: str | None, match: str | None, none_match: str | None, expected: S3Error | None) -> None:
        told: S3Error | None = None
        try:
            check_write("k", etag, if_match=match, if_none_match=none_match)
        except S3Error as refusal:
            told = refusal
        assert (type(expected), expected and expected.members) == (type(told), told and told.members)
