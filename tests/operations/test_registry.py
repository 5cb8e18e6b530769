"""How an operation is declared: its name and its signature are its registration."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from inspect import ismethod
from threading import Barrier
from typing import Any, TypedDict, Unpack

import pytest

import fakes3.operations
from fakes3.operations import background
from fakes3.operations.call import Call
from fakes3.operations.members import BucketHeaders, Document, Members
from fakes3.operations.registry import DECLARED, EVERYTHING, MODULES, REGISTRY, Operation, operation
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
        yield
        DECLARED.pop("MakeNoThing", None)

    @pytest.fixture
    def made(self) -> Operation:
        return Operation("MakeNoThing", "fakes3.operations.registry")

    def test_its_function_s_name_is_its_own(self, made: Operation) -> None:
        @operation
        def make_no_thing(s3: Call, *, Bucket: str) -> Members:
            return {}

        assert ("MakeNoThing", make_no_thing) == (made.name, made.function)

    def test_what_has_no_default_is_required(self, made: Operation) -> None:
        @operation
        def make_no_thing(s3: Call, *, Bucket: str, Own: int | None = None) -> Members:
            return {}

        assert {"Bucket"} == made.requires

    def test_members_are_parameters_and_those_of_groups(self, made: Operation) -> None:
        @operation
        def make_no_thing(s3: Call, *, Bucket: str, Own: int | None = None, **headers: Unpack[Group]) -> Members:
            return {}

        names = {"Bucket", "Own", "Shared", "ExpectedBucketOwner", "RequestPayer"}
        assert {name: {} for name in names} == made.accepts

    def test_documents_tell_what_is_taken_inside(self, made: Operation) -> None:
        @operation
        def make_no_thing(s3: Call, *, Body: Document[Outer] | None = None) -> Members:
            return {}

        assert {"Body": {"Inners": {"Name": {}}, "Plain": {}}} == made.accepts

    def test_a_document_of_any_members_accepts_everything(self, made: Operation) -> None:
        @operation
        def make_no_thing(s3: Call, *, Body: Document[Members] | None = None) -> Members:
            return {}

        assert made.accepts["Body"] is EVERYTHING


class TestEverything:
    """A document may accept all that the API has, at any depth."""

    def test_every_name(self) -> None:
        assert "Rules" in EVERYTHING
        assert "Anything" in EVERYTHING["Rules"]


class TestModules:
    """A module is imported when one of its operations is first needed, so it is known beforehand what it declares."""

    @pytest.fixture(autouse=True)
    def _import_all(self) -> None:
        for each in pkgutil.iter_modules(fakes3.operations.__path__):
            import_module(f"fakes3.operations.{each.name}")

    def test_each_declares_the_operations_that_are_said_of_it(self) -> None:
        """The operations of a configuration are methods of its row."""

        def module_of(function: Any) -> str:
            return str(type(function.__self__).__module__ if ismethod(function) else function.__module__)

        modules = {name: module_of(declared.function) for name, declared in DECLARED.items()}
        assert modules == {name: each.module for name, each in REGISTRY.items()}

    def test_each_has_the_work_that_is_said_of_it(self) -> None:
        modules = {name: work.do.__module__ for name, work in background.WORK.items()}
        assert modules == {name: f"fakes3.operations.{each}" for name, each in background.MODULES.items()}

    def test_no_operation_is_said_of_two(self) -> None:
        assert sum(len(names.split()) for names in MODULES.values()) == len(REGISTRY)

    def test_two_threads_that_need_one_first_both_get_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Python lets one of them import the module, and the other wait for it."""
        name, module = "GetObjectTorrent", REGISTRY["GetObjectTorrent"].module
        monkeypatch.setattr(fakes3.operations, "torrents", None)  # which the import sets
        monkeypatch.delitem(sys.modules, module)
        monkeypatch.delitem(DECLARED, name)
        made, both = Operation(name, module), Barrier(2, timeout=60)

        def need() -> Any:
            both.wait()
            return made.function

        with ThreadPoolExecutor(2) as pool:
            one, two = (each.result() for each in [pool.submit(need), pool.submit(need)])
        assert one is two is DECLARED[name].function


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
