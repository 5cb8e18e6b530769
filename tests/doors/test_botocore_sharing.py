"""What clients share under the mock is what each would have made for itself, and what they can change is their own."""

from __future__ import annotations

import copy
import datetime
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import boto3
import botocore.client
import botocore.handlers
import botocore.hooks
import botocore.regions
import botocore.session
import botocore.utils
import pytest
from botocore.compat import accepts_kwargs
from botocore.hooks import EventAliaser, HierarchicalEmitter
from hypothesis import given
from hypothesis import strategies as st

from fakes3 import FakeS3, mock_s3


class Listener:
    def method(self, **kwargs: Any) -> None: ...

    def without(self, event_name: str) -> None: ...

    def __call__(self, **kwargs: Any) -> None: ...

    @classmethod
    def of_class(cls, **others: Any) -> None: ...

    @staticmethod
    def of_nothing(**others: Any) -> None: ...


def everything(first: Any, /, second: Any = 1, *several: Any, named: Any = 2, **others: Any) -> None: ...


def nothing() -> None: ...


def positional(*several: Any) -> None: ...


def keywords(*, named: Any, **kwargs: Any) -> None: ...


HOOKS: Any = botocore.hooks
REGIONS: Any = botocore.regions
SESSION: Any = botocore.session

LISTENERS: list[Callable[..., Any]] = [
    *(everything, nothing, positional, keywords, lambda **kwargs: None, partial(everything, 1), partial(nothing)),
    *(Listener().method, Listener().without, Listener(), Listener.of_class, Listener.of_nothing, Listener),
]


def aliaser(*aliases: dict[str, str]) -> Any:
    return EventAliaser(HierarchicalEmitter(), *aliases)


class TestEvents:
    """Names of events, and signatures of listeners."""

    @pytest.mark.parametrize("listener", LISTENERS, ids=range(len(LISTENERS)))
    def test_whether_a_listener_accepts_any_keyword(self, listener: Callable[..., Any]) -> None:
        with mock_s3():
            assert botocore.hooks.accepts_kwargs is not accepts_kwargs
            assert accepts_kwargs(listener) == botocore.hooks.accepts_kwargs(listener)

    @pytest.mark.parametrize(
        "name",
        ["before-call.s3.PutObject", "before-sign.elb", "docs.*.autoscaling.X", "creating-client-class.iot-data"],
    )
    def test_names_are_the_modern_ones(self, name: str) -> None:
        expected = aliaser()._alias_event_name(name)
        with mock_s3():
            for _ in range(2):
                assert expected == aliaser()._alias_event_name(name)

    def test_other_names_stay_their_own(self) -> None:
        with mock_s3():
            own = aliaser({"s3": "mine"})
            assert "before-call.mine.PutObject" == own._alias_event_name("before-call.s3.PutObject")
            usual = aliaser()
            assert "before-call.s3.PutObject" == usual._alias_event_name("before-call.s3.PutObject")

    def test_names_are_not_kept_for_ever(self) -> None:
        with mock_s3():
            for number in range(10_010):
                aliaser()._alias_event_name(f"event.{number}")
            assert len(aliaser()._alias_name_cache) < 10_010

    def test_listeners_are_each_clients_own(self) -> None:
        heard: list[str] = []
        with mock_s3():
            first, second = boto3.client("s3"), boto3.client("s3")
            first.meta.events.register("before-call.s3.ListBuckets", lambda **_: heard.append("first"))
            second.list_buckets()
            assert [] == heard
            first.list_buckets()
        assert ["first"] == heard


class TestResources:
    """Classes of resources, of which boto3 makes one for each resource."""

    def test_each_is_as_boto3_makes_it(self) -> None:
        def shown(resource: Any) -> Any:
            kind = type(resource)
            about = kind.__name__, kind.__module__, kind.__bases__, sorted(vars(kind)), sorted(dir(resource))
            return about, str(resource), resource.meta.identifiers, str(kind.__doc__)

        def made(session: Any) -> list[Any]:
            s3 = session.resource("s3")
            things = s3, s3.Bucket("b"), s3.Object("b", "k"), s3.Bucket("b").Object("k"), s3.BucketPolicy("b")
            return [shown(each) for each in things]

        expected = made(boto3.session.Session("AKID", "secret", region_name="us-east-1"))
        with mock_s3():
            session = boto3.session.Session()
            assert [expected] * 2 == [made(session) for _ in range(2)]

    def test_each_is_the_programs_own_to_change(self, s3: FakeS3) -> None:
        resource = s3.resource()
        first, second = resource.Object("bucket", "k"), resource.Object("bucket", "k")
        assert (first, False) == (second, type(first) is type(second))
        type(first).mine = 1
        type(first).meta.identifiers.append("other")
        assert not hasattr(second, "mine")
        assert ["bucket_name", "key"] == resource.Object("bucket", "k").meta.identifiers

    def test_listeners_of_the_program_hear_of_each(self) -> None:
        heard: list[str] = []

        def add(class_attributes: Any, event_name: str, **_: Any) -> None:
            class_attributes["number"] = len(heard)
            heard.append(event_name)

        with mock_s3():
            session = boto3.session.Session()
            resource = session.resource("s3")
            resource.Object("b", "k")
            session.events.register("creating-resource-class.s3.Object", add)
            assert [0, 1] == [resource.Object("b", "k").number for _ in range(2)]
            session.events.unregister("creating-resource-class.s3.Object", add)
            assert not hasattr(resource.Object("b", "k"), "number")
        assert ["creating-resource-class.s3.Object"] * 2 == heard

    def test_other_services_have_theirs(self) -> None:
        with mock_s3():
            table = boto3.session.Session(region_name="us-east-1").resource("dynamodb").Table("t")
        assert "dynamodb.Table(name='t')" == str(table)


class OtherTime(datetime.datetime):
    """Stands for what freezegun puts in the place of the class of times."""


def texts_of_times() -> st.SearchStrategy[str]:
    times = st.datetimes(datetime.datetime(1971, 1, 1), datetime.datetime(2037, 1, 1))
    written: list[Callable[[datetime.datetime], str]] = [
        lambda time: f"{time:%Y-%m-%dT%H:%M:%S}.000Z",
        lambda time: f"{time:%Y-%m-%dT%H:%M:%SZ}",
        lambda time: f"{time:%a, %d %b %Y %H:%M:%S} GMT",
        lambda time: f"{time:%Y-%m-%d %H:%M:%S}+02:00",
        lambda time: str(time.timestamp()),
    ]
    return st.builds(lambda write, time: write(time), st.sampled_from(written), times)


def outcome_of(read: Callable[[Any], Any], value: object) -> object:
    try:
        time = read(value)
    except (ValueError, RuntimeError) as error:
        return type(error), str(error)
    return type(time), time, time.utcoffset(), repr(time.tzinfo)


class TestTimes:
    """A time in a response is read once."""

    @given(texts_of_times() | st.text(max_size=8) | st.integers(0, 10**9) | st.none())
    def test_a_time_is_what_botocore_reads(self, value: object) -> None:
        expected = outcome_of(botocore.utils.parse_timestamp, value)
        with mock_s3():
            assert [expected] * 2 == [outcome_of(botocore.utils.parse_timestamp, value) for _ in range(2)]

    def test_the_entries_of_a_listing_share_it(self, s3: FakeS3) -> None:
        s3.create_bucket("bucket", objects={"a": b"", "b": b""})
        first, second = s3.client().list_objects_v2(Bucket="bucket")["Contents"]
        assert first["LastModified"] is second["LastModified"]

    @pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process is set so on Unix alone")
    def test_it_has_the_zone_that_the_process_has_now(self, monkeypatch: pytest.MonkeyPatch) -> None:
        text, found = "2026-11-28T12:00:00Z", []
        try:
            with mock_s3():
                for zone in ("UTC", "Asia/Tokyo", "UTC"):
                    monkeypatch.setenv("TZ", zone)
                    time.tzset()
                    found.append(repr(botocore.utils.parse_timestamp(text).tzinfo))
        finally:
            monkeypatch.undo()
            time.tzset()
        assert ["tzlocal()", "tzutc()", "tzlocal()"] == found

    def test_it_has_the_class_that_times_have_now(self, monkeypatch: pytest.MonkeyPatch) -> None:
        text = "2026-11-28T12:00:00+01:00"
        with mock_s3():
            usual = datetime.datetime
            assert type(botocore.utils.parse_timestamp(text)) is usual
            monkeypatch.setattr(datetime, "datetime", OtherTime)
            assert type(botocore.utils.parse_timestamp(text)) is OtherTime


def rules_of(client: Any) -> Any:
    return client._ruleset_resolver._provider.ruleset


class TestRules:
    """The rules by which endpoints are found."""

    def test_sessions_share_them(self) -> None:
        with mock_s3():
            first, second = (boto3.session.Session().client("s3") for _ in range(2))
            assert rules_of(first) is rules_of(second)
            other = boto3.session.Session().client("s3control", region_name="us-east-1")
            assert rules_of(first) is not rules_of(other)

    def test_another_file_has_its_own(self) -> None:
        with mock_s3():
            shared = rules_of(boto3.session.Session().client("s3"))
            session = botocore.session.get_session()
            session.register_component("data_loader", botocore.loaders.Loader())
            assert shared is not rules_of(session.create_client("s3"))

    @pytest.mark.parametrize("options", [{}, {"use_fips_endpoint": True}, {"use_dualstack_endpoint": True}])
    def test_they_find_what_they_find_without_a_mock(self, options: dict[str, Any]) -> None:
        def find() -> list[str]:
            session = boto3.session.Session(aws_access_key_id="AKID", aws_secret_access_key="secret")
            config = botocore.config.Config(**options)
            regions = ("us-east-1", "us-west-2", "us-gov-west-1")
            clients = [session.client("s3", region_name=region, config=config) for region in regions]
            return [
                each.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "k"}).partition("?")[0]
                for each in clients
            ]

        expected = find()
        with mock_s3():
            assert expected == find()

    def test_after_the_mock_everything_is_botocores(self) -> None:
        places = [
            (REGIONS, "EndpointProvider"),
            (botocore.hooks, "accepts_kwargs"),
            (HOOKS._PrefixTrie, "_recursive_copy"),
            (botocore.client.ClientCreator, "_load_service_model"),
            (botocore.client.ClientCreator, "_create_methods"),
            (botocore.session.Session, "_register_builtin_handlers"),
        ]
        before = [vars(owner)[name] for owner, name in places]
        with mock_s3():
            boto3.client("s3")
        assert before == [vars(owner)[name] for owner, name in places]

    def test_only_a_few_are_kept(self) -> None:
        """Data of a loader of somebody's own are new in each session, and are not kept for ever."""
        with mock_s3():
            make = REGIONS.EndpointProvider
            first: dict[str, Any] = {"version": "1.0", "parameters": {}, "rules": []}
            kept = make(first, {})
            assert kept is not make(first, {})  # the partitions are others
            for _ in range(40):
                make({**first}, {})
            assert kept.ruleset.version == make(first, {}).ruleset.version


class TestModels:
    """Models of services, and the methods that are made of them."""

    def test_sessions_share_shapes_and_operations(self) -> None:
        with mock_s3():
            first, second = (boto3.session.Session().client("s3").meta.service_model for _ in range(2))
            assert first.operation_model("PutObject") is second.operation_model("PutObject")
            assert first.shape_for("PutObjectRequest") is not None

    def test_an_attribute_is_set_for_one_client(self) -> None:
        with mock_s3():
            first, second = (boto3.session.Session().client("s3").meta.service_model for _ in range(2))
            first.signature_version = "mine"
            assert "mine" == first.signature_version
            assert "mine" != second.signature_version

    def test_each_client_has_methods_of_its_own(self) -> None:
        without = boto3.session.Session(aws_access_key_id="AKID", aws_secret_access_key="secret").client("s3")
        with mock_s3():
            first, second = (boto3.session.Session().client("s3") for _ in range(2))
            assert type(first).put_object is not type(second).put_object
            for made in (first, second):
                assert str(type(without).put_object.__doc__) == str(type(made).put_object.__doc__)
                assert type(without).put_object.__qualname__ == type(made).put_object.__qualname__
                assert set(dir(without)) == set(dir(made))
                with pytest.raises(TypeError, match="only accepts keyword arguments"):
                    made.put_object("bucket")

    def test_listeners_of_a_session_write_its_texts(self) -> None:
        heard: list[str] = []
        with mock_s3():
            boto3.client("s3")
            session = boto3.session.Session()
            session.events.register("docs", lambda event_name, **_: heard.append(event_name))
            boto3.session.Session().client("s3").get_object.__doc__.expandtabs()
            assert [] == heard
            session.client("s3").get_object.__doc__.expandtabs()
        assert any("GetObject" in each for each in heard), heard

    def test_a_program_may_replace_what_makes_methods(self, monkeypatch: pytest.MonkeyPatch) -> None:
        creator: Any = botocore.client.ClientCreator
        really = creator._create_api_method

        def make(*args: Any) -> Any:
            made = really(*args)
            made.mine = True
            return made

        with mock_s3():
            boto3.client("s3")
            monkeypatch.setattr(creator, "_create_api_method", make)
            assert boto3.session.Session().client("s3").list_buckets.mine
            monkeypatch.undo()
            assert not hasattr(boto3.session.Session().client("s3").list_buckets, "mine")


KEYS = st.lists(st.sampled_from(["before", "s3", "*", "PutObject"]), min_size=1, max_size=3).map(".".join)
CHANGES = st.tuples(st.sampled_from(["append", "append first", "remove", "copy"]), st.integers(0, 3), KEYS)


class TestListeners:
    """botocore's own listeners in a new session."""

    @given(st.lists(CHANGES, max_size=30))
    def test_trees_that_share_are_as_trees_of_their_own(self, changes: list[tuple[str, int, str]]) -> None:
        with mock_s3():
            emitter = SESSION.get_session().get_component("event_emitter")._emitter
        shared: list[Any] = [emitter._handlers]
        kind: Any = type(shared[0]).__base__
        alone: list[Any] = [kind()]
        alone[0]._root = alone[0]._recursive_copy(shared[0]._root)
        for number, (change, place, key) in enumerate(changes):
            for trees in (shared, alone):
                tree = trees[place % len(trees)]
                if change == "copy":
                    trees.append(copy.copy(tree))
                elif change == "remove":
                    with suppress(
                        ValueError, AttributeError, TypeError
                    ):  # as botocore's own where there is no such key
                        tree.remove_item(key, (tree.prefix_search(key) or [None])[0])
                else:
                    tree.append_item(key, number, *([0] if change == "append first" else []))
        for one, other in zip(shared, alone, strict=True):
            for key in ("before.s3.PutObject", "before.x.PutObject", "s3", "before-call.s3.PutObject", "PutObject.s3"):
                assert list(one.prefix_search(key)) == list(other.prefix_search(key))

    def test_a_client_that_outlives_the_mock_has_its_own(self) -> None:
        with mock_s3():
            clients = [boto3.session.Session().client("s3") for _ in range(2)]
        clients[0].meta.events.register("before-call.s3.PutObject", everything)
        clients[1].meta.events.unregister("before-call.s3", botocore.handlers.add_expect_header)
        name = "before-call.s3.PutObject"
        first, second = (list(each.meta.events._emitter._handlers.prefix_search(name)) for each in clients)
        assert (everything in first, everything in second) == (True, False)
        assert (botocore.handlers.add_expect_header in first, len(first) - len(second)) == (True, 2)

    def test_are_those_without_a_mock(self) -> None:
        def listeners() -> list[str]:
            emitter = SESSION.get_session().get_component("event_emitter")
            names = ("before-parameter-build.s3.PutObject", "before-call.s3", "choose-signer.s3.X", "docs.*.s3")
            return [str(emitter._emitter._handlers.prefix_search(name)) for name in names]

        expected = listeners()
        with mock_s3():
            assert [expected] * 2 == [listeners() for _ in range(2)]

    def test_a_session_has_its_own(self) -> None:
        heard: list[str] = []
        with mock_s3():
            first, second = (SESSION.get_session() for _ in range(2))
            first.register("before-call.s3", lambda **_: heard.append("first"))
            second.create_client("s3", region_name="us-east-1").list_buckets()
            assert [] == heard
            first.create_client("s3", region_name="us-east-1").list_buckets()
        assert ["first"] == heard

    def test_what_a_program_adds_to_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        heard: list[str] = []
        with mock_s3():
            SESSION.get_session()
            own = ("before-call.s3", lambda **_: heard.append("own"))
            monkeypatch.setattr(botocore.handlers, "BUILTIN_HANDLERS", [*botocore.handlers.BUILTIN_HANDLERS, own])
            boto3.client("s3").list_buckets()
            monkeypatch.undo()
            boto3.session.Session().client("s3").list_buckets()
        assert ["own"] == heard

    def test_beside_those_of_an_emitter_that_was_given(self) -> None:
        heard: list[str] = []
        with mock_s3():
            emitter = HierarchicalEmitter()
            emitter.register("before-call.s3", lambda **_: heard.append("given"))
            session = SESSION.Session(event_hooks=emitter)
            session.create_client("s3", region_name="us-east-1").list_buckets()
        assert ["given"] == heard


class TestProviders:
    """The credentials of a session that nobody has added providers to."""

    def test_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with mock_s3():
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
            assert "AKIDENV" == SESSION.get_session().get_credentials().access_key

    def test_no_environment_beside_a_profile(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with mock_s3():
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
            assert "AKIDENV" != SESSION.Session(profile="somebody").get_credentials().access_key

    def test_of_a_provider_that_a_program_adds(self) -> None:
        class Vault(botocore.credentials.CredentialProvider):
            METHOD = "vault"

            def load(self) -> Any:
                return botocore.credentials.Credentials("AKIDVAULT", "secret", method="vault")

        with mock_s3():
            session = SESSION.get_session()
            session.get_component("credential_provider").insert_before("env", Vault())
            assert "AKIDVAULT" == session.get_credentials().access_key
