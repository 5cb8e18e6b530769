"""How an operation is declared: its name and its signature are its registration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict, Unpack

import pytest

from fakes3.operations.call import Call
from fakes3.operations.members import BucketHeaders, Document, Members
from fakes3.operations.registry import EVERYTHING, REGISTRY, operation
from fakes3.wire.quirks import BORROWED
from fakes3.wire.table import find_operation


class Inner(TypedDict, total=False):
    Name: str


class Outer(TypedDict, total=False):
    Inners: list[Inner]
    Plain: str


class Group(BucketHeaders, total=False):
    Shared: str


class TestOperation:
    """An operation takes what its signature says, and nothing else."""

    @pytest.fixture(autouse=True)
    def _leave_no_trace(self) -> Iterator[None]:
        before = dict(REGISTRY)
        yield
        REGISTRY.clear()
        REGISTRY.update(before)

    def test_its_function_s_name_is_its_own(self) -> None:
        @operation
        def make_no_thing(s3: Call, *, Bucket: str) -> Members:
            return {}

        made = REGISTRY["MakeNoThing"]
        assert ("MakeNoThing", make_no_thing) == (made.name, made.function)

    def test_what_has_no_default_is_required(self) -> None:
        @operation
        def make_no_thing(s3: Call, *, Bucket: str, Own: int | None = None) -> Members:
            return {}

        assert {"Bucket"} == REGISTRY["MakeNoThing"].requires

    def test_members_are_parameters_and_those_of_groups(self) -> None:
        @operation
        def make_no_thing(s3: Call, *, Bucket: str, Own: int | None = None, **headers: Unpack[Group]) -> Members:
            return {}

        names = {"Bucket", "Own", "Shared", "ExpectedBucketOwner", "RequestPayer"}
        assert {name: {} for name in names} == REGISTRY["MakeNoThing"].accepts

    def test_documents_tell_what_is_taken_inside(self) -> None:
        @operation
        def make_no_thing(s3: Call, *, Body: Document[Outer] | None = None) -> Members:
            return {}

        assert {"Body": {"Inners": {"Name": {}}, "Plain": {}}} == REGISTRY["MakeNoThing"].accepts

    def test_a_document_of_any_members_accepts_everything(self) -> None:
        @operation
        def make_no_thing(s3: Call, *, Body: Document[Members] | None = None) -> Members:
            return {}

        assert REGISTRY["MakeNoThing"].accepts["Body"] is EVERYTHING


class TestEverything:
    """A document may accept all that the API has, at any depth."""

    def test_every_name(self) -> None:
        assert "Rules" in EVERYTHING
        assert "Anything" in EVERYTHING["Rules"]


class TestEveryOperation:
    """Every built operation is one of S3's, and takes members that S3's has."""

    @pytest.mark.parametrize("name", sorted(REGISTRY))
    def test_is_in_the_table(self, name: str) -> None:
        shape = find_operation(name).input
        known = set() if shape is None else set(shape.members)
        known.update(BORROWED.get(name, ())[1:])
        assert set(REGISTRY[name].accepts) <= known

    @pytest.mark.parametrize("name", sorted(REGISTRY))
    def test_takes_what_is_required(self, name: str) -> None:
        shape = find_operation(name).input
        required = frozenset() if shape is None else shape.required
        assert required <= set(REGISTRY[name].accepts)
