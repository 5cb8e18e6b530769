"""What clients share under the mock is what each would have made for itself, and what they can change is their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import boto3
import botocore.endpoint_provider
import botocore.hooks
import botocore.session
import pytest
from botocore.compat import accepts_kwargs
from botocore.hooks import EventAliaser, HierarchicalEmitter

from fakes3 import mock_s3


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
        places = [(botocore.endpoint_provider, "RuleSet"), (botocore.hooks, "accepts_kwargs")]
        before = [vars(owner)[name] for owner, name in places]
        with mock_s3():
            boto3.client("s3")
        assert before == [vars(owner)[name] for owner, name in places]

    def test_only_a_few_are_kept(self) -> None:
        """Data of a loader of somebody's own are new in each session, and are not kept for ever."""
        with mock_s3():
            make: Any = botocore.endpoint_provider.RuleSet
            data: dict[str, Any] = {"version": "1.0", "parameters": {}}
            first: list[Any] = []
            kept = make(**data, rules=first, partitions={})
            assert kept is not make(**data, rules=first, partitions={})
            for _ in range(40):
                make(**data, rules=[], partitions={})
            assert kept.version == make(**data, rules=first, partitions={}).version
