"""What botocore's requests are under the mock is what they are without one, however it was found."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from copy import copy, deepcopy
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.awsrequest
import botocore.handlers
import botocore.regions
import botocore.useragent
import pytest
from botocore.compat import HTTPHeaders
from hypothesis import given
from hypothesis import strategies as st

from fakes3 import mock_s3

REQUESTS: Any = botocore.awsrequest
HANDLERS: Any = botocore.handlers

ITEMS = st.lists(st.tuples(st.sampled_from(["Host", "host", "HOST", "x-amz-a", "X-Amz-A", "b"]), st.text(max_size=3)))
VALUES = st.one_of(st.text(max_size=6), st.binary(max_size=6), st.just("a\udc80"), st.just(""))


class Shouting(REQUESTS.HeadersDict):  # type: ignore[misc]
    """Headers of a program's own kind."""

    def __getitem__(self, name: str) -> Any:
        return super().__getitem__(name).upper()

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value + "!")


def both_ways(look: Callable[[], Any]) -> tuple[Any, Any]:
    """Return what is seen under a mock, and what without one."""
    with mock_s3():
        under = look()
    return under, look()


def outcome(look: Callable[[], Any]) -> Any:
    try:
        return look()
    except Exception as error:
        return type(error)


class TestHeaders:
    """Headers of a request and of a response, by names of any case."""

    @pytest.mark.parametrize("kind", [REQUESTS.HeadersDict, Shouting])
    @given(given_first=ITEMS, then=ITEMS, looked=st.sampled_from(["HOST", "x-amz-a", "c"]))
    def test_are_found_as_ever(self, kind: Any, given_first: Any, then: Any, looked: str) -> None:
        def look() -> Any:
            headers = kind(given_first)
            seen = [list(headers.items()), looked in headers, headers.get(looked)]
            for name, value in then:
                headers[name] = value
            return [*seen, list(headers.items()), repr(headers), outcome(lambda: headers[looked]), len(headers)]

        under, without = both_ways(look)
        assert under == without

    @pytest.mark.parametrize(
        "given_first",
        [(), ({"A": "1", "a": "2"},), ([("A", "1"), ("a", "2")],), ((("A", "1"),),), ([("A",)],), (7,), ([(1, "x")],)],
        ids=range(7),
    )
    def test_are_made_of_whatever_made_them(self, given_first: Any) -> None:
        under, without = both_ways(lambda: outcome(lambda: list(REQUESTS.HeadersDict(*given_first).items())))
        assert under == without

    def test_by_keyword(self) -> None:
        under, without = both_ways(lambda: dict(REQUESTS.HeadersDict([("A", "1")], b="2")))
        assert under == without == {"A": "1", "b": "2"}

    @pytest.mark.parametrize("again", [copy, deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
    def test_are_copied_and_pickled(self, again: Any) -> None:
        def look() -> Any:
            headers = again(REQUESTS.HeadersDict([("A", "1")]))
            return list(headers.items()), headers["a"], {type(each) for each in deepcopy(headers)._dict}

        under, without = both_ways(look)
        assert under == without

    def test_whose_keys_have_slots(self, monkeypatch: pytest.MonkeyPatch) -> None:
        usual = REQUESTS._HeaderKey
        names = {"__init__": usual.__init__, "__hash__": usual.__hash__, "__slots__": ("_key", "_lower")}
        slotted: Any = type("_HeaderKey", (), names | {"__eq__": lambda a, b: a._lower == b._lower})
        monkeypatch.setattr(REQUESTS, "_HeaderKey", slotted)
        with mock_s3():
            headers = REQUESTS.HeadersDict([("A", "1")])
            assert ("1", True, False) == (headers["a"], "A" in headers, "b" in headers)

    def test_of_a_mock_serve_after_it(self) -> None:
        with mock_s3():
            headers = REQUESTS.HeadersDict([("A", "1")])
        headers["b"] = "2"
        del headers["a"]
        assert ({"b": "2"}, True, False) == (dict(headers), "B" in headers, "A" in headers)

    @given(st.lists(st.tuples(st.sampled_from(["A", "a", "Set-Cookie"]), VALUES)))
    def test_to_send_are_listed_as_ever(self, pairs: Any) -> None:
        def look() -> Any:
            headers = HTTPHeaders()
            for name, value in pairs:
                headers[name] = value
            return [(name, type(value), str(value)) for name, value in headers.items()]

        under, without = both_ways(look)
        assert under == without

    def test_whose_list_is_changed_stay_as_they_are(self) -> None:
        with mock_s3():
            headers = HTTPHeaders()
            headers["A"] = "1"
            headers.items().clear()
            assert [("A", "1")] == headers.items()


class OwnRequest(REQUESTS.AWSRequest):  # type: ignore[misc]
    """A request of a program's own kind, which prepares another body."""

    def prepare(self) -> Any:
        prepared = super().prepare()
        prepared.body = b"own"
        return prepared


class OwnPreparer(REQUESTS.AWSRequestPreparer):  # type: ignore[misc]
    def prepare(self, original: Any) -> Any:
        prepared = super().prepare(original)
        prepared.body = "prepared"
        return prepared


BODIES = [b"", b"bytes", "text \u00e9", {"a": "\u00e9", "b": ["1", "2"]}, BytesIO(b"file"), None, ""]


class TestBody:
    """The body of a request is that of the request which is sent."""

    @pytest.mark.parametrize("data", BODIES, ids=lambda data: type(data).__name__)
    @pytest.mark.parametrize("kind", [REQUESTS.AWSRequest, OwnRequest])
    def test_is_that_of_the_prepared_one(self, kind: Any, data: Any) -> None:
        under, without = both_ways(lambda: kind(method="PUT", url="https://s3/", data=data).body)
        assert under == without

    def test_of_a_preparer_that_was_replaced(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(REQUESTS.AWSRequest, "_REQUEST_PREPARER_CLS", OwnPreparer)
        under, without = both_ways(lambda: REQUESTS.AWSRequest(method="PUT", url="https://s3/").body)
        assert under == without == b"prepared"

    def test_of_a_preparer_whose_method_was_replaced(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with mock_s3():
            request = REQUESTS.AWSRequest(method="PUT", url="https://s3/", data=b"bytes")
            prepared = SimpleNamespace(body=b"patched")
            monkeypatch.setattr(REQUESTS.AWSRequestPreparer, "prepare", lambda _preparer, _original: prepared)
            assert b"patched" == request.body


def use_headers() -> Any:
    headers = REQUESTS.HeadersDict([("A", "1")])
    headers["b"] = "2"
    return "c" in headers, headers["a"]


def clean_twice() -> Any:
    return [botocore.useragent.sanitize_user_agent_string_component("a b", False) for _ in range(2)]


def find_parameters() -> Any:
    client = make_client()
    model = client.meta.service_model.operation_model("ListBuckets")
    return client._ruleset_resolver._get_provider_params(model, {}, {})


def look_for_expires() -> Any:
    shape = make_client().meta.service_model.operation_model("GetObject").output_shape
    return [HANDLERS._has_expires_shape(shape) for _ in range(2)]


def make_body() -> Any:
    return REQUESTS.AWSRequest(method="PUT", url="https://s3/", headers={"a": "b"}, data=b"bytes").body


def list_headers() -> Any:
    return REQUESTS.AWSRequest(headers={"a": "b"}).headers.items()


def make_spy(really: Any, seen: list[Any]) -> Any:
    """Return what tells what it is asked for, and then does the same."""
    do: Any = really.fget if isinstance(really, property) else really

    def spy(*args: Any, **kwargs: Any) -> Any:
        seen.append(len(args))
        return do(*args, **kwargs)

    return property(spy) if isinstance(really, property) else spy


SPIED = [
    *((REQUESTS.HeadersDict, name, use_headers) for name in ("__init__", "__contains__", "__getitem__", "__setitem__")),
    *((REQUESTS.AWSRequest, name, make_body) for name in ("body", "prepare")),
    *((REQUESTS.AWSRequestPreparer, "prepare", make_body), (HTTPHeaders, "items", list_headers)),
    (botocore.regions.EndpointRulesetResolver, "_resolve_param_from_context", find_parameters),
    (botocore.useragent, "sanitize_user_agent_string_component", clean_twice),
    (HANDLERS, "_has_expires_shape", look_for_expires),
]


class TestOtherMocks:
    """What another mock put in the place of botocore's own sees all that it sees without ours."""

    @pytest.mark.parametrize(("owner", "name", "use"), SPIED, ids=lambda each: each if isinstance(each, str) else "")
    def test_that_was_there_before(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, use: Any) -> None:
        seen: list[Any] = []
        monkeypatch.setattr(owner, name, make_spy(getattr(owner, name), seen))
        before = owner.__dict__[name]

        def look() -> Any:
            seen.clear()
            return use(), [*seen]

        under, without = both_ways(look)
        assert under == without
        assert seen
        assert before is owner.__dict__[name]

    @pytest.mark.parametrize("name", ["__getitem__", "__setitem__"])
    def test_that_came_later(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        def look() -> Any:
            seen: list[Any] = []
            with monkeypatch.context() as other:
                other.setattr(REQUESTS.HeadersDict, name, make_spy(getattr(REQUESTS.HeadersDict, name), seen))
                headers = REQUESTS.HeadersDict([("A", "1")])
                return headers["a"], seen

        under, without = both_ways(look)
        assert under == without
        assert under[1]

    @pytest.mark.parametrize("replaced", [property(lambda _: b"replaced"), b"replaced"], ids=["property", "value"])
    def test_of_the_body(self, monkeypatch: pytest.MonkeyPatch, replaced: Any) -> None:
        monkeypatch.setattr(REQUESTS.AWSRequest, "body", replaced)
        under, without = both_ways(make_body)
        assert under == without == b"replaced"

    def test_of_one_request(self) -> None:
        with mock_s3():
            request = REQUESTS.AWSRequest(method="PUT", url="https://s3/", data=b"bytes")
            request.prepare = lambda: SimpleNamespace(body=b"own")
            assert b"own" == request.body


ARGUMENTS: tuple[dict[str, str], ...] = (
    {"Bucket": "bucket", "Key": "key", "Prefix": "p", "CopySource": "bucket/key"},
    {"Bucket": "arn:aws:s3:eu-west-1:123456789012:accesspoint/point"},
    {},
)


def make_client() -> Any:
    return boto3.client("s3", region_name="eu-west-1", aws_access_key_id="key", aws_secret_access_key="secret")


class TestParameters:
    """The parameters by which an endpoint is found."""

    def test_of_every_operation(self) -> None:
        client = make_client()
        model, resolver = client.meta.service_model, client._ruleset_resolver
        operations = [model.operation_model(each) for each in model.operation_names]
        under, without = both_ways(
            lambda: [resolver._get_provider_params(each, given, {}) for each in operations for given in ARGUMENTS]
        )
        assert under == without
        assert len(operations) > 90

    @pytest.mark.parametrize("name", ["AWS::Region", "AWS::UseFIPS", "AWS::Other", "AWS_REGION", ""])
    @pytest.mark.parametrize("value", ["eu-west-1", None, True, lambda: "eu-west-1", 7])
    def test_that_a_client_has(self, name: str, value: Any) -> None:
        resolver = make_client()._ruleset_resolver
        under, without = both_ways(
            lambda: outcome(lambda: resolver._resolve_param_as_builtin(builtin_name=name, builtins={name: value}))
        )
        assert under == without

    def test_of_two_clients_in_turn(self) -> None:
        with mock_s3():
            clients: list[Any] = [boto3.client("s3", region_name=each) for each in ("eu-west-1", "us-west-2")]
            model = clients[0].meta.service_model.operation_model("HeadBucket")
            found = [each._ruleset_resolver._get_provider_params(model, {"Bucket": "b"}, {}) for each in clients * 2]
        assert ["eu-west-1", "us-west-2"] * 2 == [each["Region"] for each in found]


class TestUserAgent:
    """The header User-Agent, which botocore cleans."""

    @given(st.text(max_size=8), st.booleans())
    def test_has_the_same_characters(self, text: str, allow_hash: bool) -> None:
        clean = "sanitize_user_agent_string_component"
        under, without = both_ways(lambda: getattr(botocore.useragent, clean)(text, allow_hash))
        assert under == without

    def test_takes_its_arguments_by_name(self) -> None:
        with mock_s3():
            assert "a-b" == botocore.useragent.sanitize_user_agent_string_component(raw_str="a b", allow_hash=False)


class TestExpires:
    """The member Expires, which botocore reads as text and as a time."""

    def test_of_every_operation(self) -> None:
        model = make_client().meta.service_model
        shapes = [model.operation_model(each).output_shape for each in model.operation_names]
        under, without = both_ways(lambda: [bool(HANDLERS._has_expires_shape(each)) for each in shapes * 2])
        assert under == without
        assert None in shapes
        assert True in under
