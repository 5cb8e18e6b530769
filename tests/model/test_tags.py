"""Tags, whichever way they come. S3: userguide/object-tagging.html"""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.errors import BadRequest, InvalidArgument, InvalidTag
from fakes3.model.tags import OF_BUCKETS, OF_OBJECTS, check_tags, parse_tagging, sort_tags

NO_QUERY = (
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
    "without tag name duplicates."
)
BAD_KEY = "The TagKey you have provided is invalid"
BAD_VALUE = "The TagValue you have provided is invalid"

TEXT = st.text(st.one_of(st.sampled_from("+-=._:/@ "), st.characters(categories=["L", "N", "Zs"])), max_size=20)
TAGS = st.dictionaries(TEXT.filter(bool).filter(lambda key: not key.startswith("aws:")), TEXT, max_size=10)


class TestHeader:
    """An x-amz-tagging header is a URL query."""

    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            ("", ()),
            ("&", ()),
            ("&&&", ()),
            # recorded: TestS3BucketObjectTagging::test_put_object_with_tags
            ("tag", (("tag", ""),)),
            ("tag&", (("tag", ""),)),
            ("tag=", (("tag", ""),)),
            ("wrongquery&wrongagain", (("wrongquery", ""), ("wrongagain", ""))),
            ("b=2&a=1", (("b", "2"), ("a", "1"))),
            ("a+b=c+d", (("a b", "c d"),)),
            ("a%2Bb=%26%3d", (("a+b", "&="),)),
            ("a=b=c", (("a", "b=c"),)),
            ("k%C3%A9=%E6%97%A5", (("ké", "日"),)),
            ("\xc3\xa9=1", (("é", "1"),)),  # raw UTF-8, as headers carry it
        ],
    )
    def test_parsed(self, header, expected):
        assert expected == parse_tagging(header)

    @pytest.mark.parametrize(
        "header", ["k=v&k=v", "k=1&k=2", "k&k", "a+b=1&a%20b=2", "=", "=v", "a=%", "a=%4", "%zz=1", "a=%FF", "\xff=1"]
    )
    def test_what_is_no_query_of_distinct_keys_is_refused(self, header):
        with pytest.raises(InvalidArgument) as caught:
            parse_tagging(header)
        assert NO_QUERY == caught.value.message
        assert {"ArgumentName": "x-amz-tagging", "ArgumentValue": header} == caught.value.members

    @given(TAGS)
    def test_any_tags_come_through(self, tags):
        assert tuple(tags.items()) == parse_tagging(urlencode(tags))
        assert tuple(tags.items()) == parse_tagging(urlencode(tags, quote_via=quote))


class TestLimits:
    """An object has up to ten tags with unique keys of 128, and values of 256 characters."""

    @given(TAGS)
    def test_within_the_limits_all_is_taken(self, tags):
        check_tags(tuple(tags.items()))

    @pytest.mark.parametrize(("rules", "most"), [(OF_OBJECTS, 10), (OF_BUCKETS, 50)])
    def test_how_many(self, rules, most):
        tags = tuple((f"k{number}", "v") for number in range(most + 1))
        check_tags(tags[:-1], rules)
        with pytest.raises(BadRequest) as caught:
            check_tags(tags, rules)
        assert rules.too_many == caught.value.message
        assert f"cannot be greater than {most}" in caught.value.message

    def test_longest(self):
        check_tags((("é" * 128, "日" * 256),))

    # recorded: TestS3BucketObjectTagging::test_tagging_validation
    @pytest.mark.parametrize("key", ["", "k" * 129, "Key1,Key2", "a;b", "a\tb", "a\x00", "a*", "\N{GRINNING FACE}"])
    def test_keys_that_are_refused(self, key):
        with pytest.raises(InvalidTag) as caught:
            check_tags(((key, "v"),))
        assert (BAD_KEY, {"TagKey": key}) == (caught.value.message, caught.value.members)

    # recorded: TestS3BucketObjectTagging::test_tagging_validation
    @pytest.mark.parametrize("value", ["v" * 257, "Val1,Val2", "a\nb", "a&b", "{}"])
    def test_values_that_are_refused(self, value):
        with pytest.raises(InvalidTag) as caught:
            check_tags((("Key1", value),))
        assert (BAD_VALUE, {"TagKey": "Key1", "TagValue": value}) == (caught.value.message, caught.value.members)

    # recorded: TestS3BucketObjectTagging::test_tagging_validation
    @pytest.mark.parametrize(
        ("rules", "message"),
        [
            (OF_OBJECTS, "Your TagKey cannot be prefixed with aws:"),
            (OF_BUCKETS, "System tags cannot be added/updated by requester"),
        ],
    )
    def test_the_prefix_of_aws_is_reserved(self, rules, message):
        check_tags((("awsome", ""), ("AWS:x", ""), ("x", "aws:")), rules)
        with pytest.raises(InvalidTag) as caught:
            check_tags((("aws:prefixed", "v"),), rules)
        assert (message, {"TagKey": "aws:prefixed"}) == (caught.value.message, caught.value.members)

    # recorded: TestS3BucketObjectTagging::test_tagging_validation
    def test_a_key_comes_once(self):
        with pytest.raises(InvalidTag) as caught:
            check_tags((("Key1", "a"), ("Key2", "b"), ("Key1", "a")))
        expected = ("Cannot provide multiple Tags with the same key", {"TagKey": "Key1"})
        assert expected == (caught.value.message, caught.value.members)

    def test_keys_differ_by_case(self):
        check_tags((("k", "a"), ("K", "b")))


class TestOrder:
    """Tags are told by key, not in the order they came."""

    def test_sorted(self):
        assert (("B", "1"), ("a", "2"), ("b", "0")) == sort_tags((("b", "0"), ("a", "2"), ("B", "1")))
