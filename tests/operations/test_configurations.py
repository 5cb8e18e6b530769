"""The mechanism of a bucket's configurations: a document is put, read, deleted and listed whole."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from fakes3.model.bucket import Bucket
from fakes3.model.configurations import freeze, thaw
from fakes3.model.errors import (
    AccessDenied,
    InvalidArgument,
    InvalidBucketState,
    InvalidRequest,
    MalformedXML,
    MissingRequestBodyError,
)
from fakes3.model.identity import ANONYMOUS
from fakes3.model.missing_configurations import NoSuchLifecycleConfiguration
from fakes3.operations.call import Ask, Call
from fakes3.operations.configurations import PAGE, Configuration, declare
from fakes3.operations.members import Members
from fakes3.operations.registry import DECLARED, EVERYTHING, REGISTRY, Operation
from fakes3.operations.service import Service
from fakes3.wire.table import operations

METRICS = "BucketMetricsConfiguration"
MISSING = NoSuchLifecycleConfiguration


@pytest.fixture(autouse=True)
def _leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, real in list(REGISTRY.items()):
        if name.endswith(("BucketLogging", METRICS, f"{METRICS}s", "DeleteBucketCors")):
            import_module(real.module)  # it declares the real one before the test declares its own
            monkeypatch.delitem(DECLARED, name)
            monkeypatch.setitem(REGISTRY, name, Operation(name, real.module))


class Metrics(Configuration):
    """A kind of configuration of which a bucket has several."""

    name = METRICS
    delete_operation = f"Delete{METRICS}"
    right = "MetricsConfiguration"
    member = "MetricsConfiguration"
    is_wrapped = True
    has_ids = True
    missing = MISSING


class Logging(Configuration):
    """A kind of configuration of which a bucket has one, or none."""

    name = "BucketLogging"
    right = "BucketLogging"
    member = "BucketLoggingStatus"


@pytest.fixture
def metrics(perform, document) -> Callable[..., dict[str, Any]]:
    """Does an operation on metrics: `metrics("Put", "a", Prefix="x")`."""
    declare(Metrics)

    def ask(verb: str, config_id: str, **stated: Any) -> dict[str, Any]:
        members = {"MetricsConfiguration": document(Id=config_id, **stated)} if verb == "Put" else {}
        answer: dict[str, Any] = perform(f"{verb}{METRICS}", Bucket="bucket", Id=config_id, **members)
        return answer

    return ask


class TestFrozenDocuments:
    """What a bucket keeps, nobody can change, however deep."""

    def test_a_document_reads_back_as_it_was_put(self) -> None:
        document = {"Rules": [{"ID": "a", "Tags": [{"Key": "k"}]}], "Days": 1, "Empty": [], "None": {}}
        assert document == thaw(freeze(document))

    def test_freezing_is_deep_and_a_copy(self) -> None:
        document: dict[str, Any] = {"Rules": [{"ID": "a"}]}
        frozen = freeze(document)
        document["Rules"][0]["ID"] = "b"
        document["Rules"].append({})
        assert {"Rules": [{"ID": "a"}]} == thaw(frozen)
        with pytest.raises(TypeError):
            frozen["Rules"] = ()
        with pytest.raises(TypeError):
            frozen["Rules"][0]["ID"] = "c"

    def test_frozen_documents_are_equal_by_value(self) -> None:
        assert freeze({"Rules": [{"ID": "a"}]}) == freeze({"Rules": [{"ID": "a"}]})

    def test_thawing_returns_a_copy_each_time(self) -> None:
        frozen = freeze({"Rules": [{"ID": "a"}]})
        thaw(frozen)["Rules"][0]["ID"] = "b"
        assert {"Rules": [{"ID": "a"}]} == thaw(frozen)

    def test_whoever_put_or_got_it_changes_nothing(self, perform, document) -> None:
        declare(Logging)
        stated: dict[str, Any] = {"TargetPrefix": "logs/", "TargetGrants": [{"Permission": "READ"}]}
        sent = document(LoggingEnabled=stated)
        perform("PutBucketLogging", Bucket="bucket", BucketLoggingStatus=sent)
        stated["TargetGrants"].clear()
        perform("GetBucketLogging", Bucket="bucket")["LoggingEnabled"]["TargetGrants"].clear()
        expected = {"LoggingEnabled": {"TargetPrefix": "logs/", "TargetGrants": [{"Permission": "READ"}]}}
        assert expected == perform("GetBucketLogging", Bucket="bucket")


class TestOrderOfChecks:
    """First the caller's rights, then the bucket, then whether there is a document, then what it says."""

    @pytest.fixture
    def put(self, perform, document) -> Callable[..., Any]:
        class Picky(Logging):
            def check_bucket(self, bucket: Bucket) -> None:
                if bucket.name == "bucket":
                    raise InvalidBucketState

            def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
                raise InvalidRequest("wrong")

        declare(Picky)
        perform("CreateBucket", Bucket="other")
        return lambda bucket, **more: perform("PutBucketLogging", Bucket=bucket, **more)

    def test_rights_come_first(self, put) -> None:
        with pytest.raises(AccessDenied):
            put("bucket", caller=ANONYMOUS)

    def test_then_the_bucket(self, put) -> None:
        with pytest.raises(InvalidBucketState):
            put("bucket")

    def test_then_a_document_that_is_missing(self, put) -> None:
        with pytest.raises(MissingRequestBodyError):
            put("other")

    def test_then_what_it_says(self, service: Service, put, document) -> None:
        before = service.world
        with pytest.raises(InvalidRequest):
            put("other", BucketLoggingStatus=document())
        assert before is service.world


class TestRow:
    """What a row says is what its operations accept, need and answer."""

    def test_operations(self) -> None:
        before = set(DECLARED)
        declare(Logging)
        assert {"PutBucketLogging", "GetBucketLogging"} == DECLARED.keys() - before
        assert {"Bucket", "ExpectedBucketOwner", "BucketLoggingStatus"} == REGISTRY["PutBucketLogging"].accepts.keys()
        assert REGISTRY["PutBucketLogging"].accepts["BucketLoggingStatus"] is EVERYTHING
        assert {"Bucket"} == REGISTRY["PutBucketLogging"].requires

    def test_operations_with_ids(self) -> None:
        before = set(DECLARED)
        declare(Metrics)
        names = {f"{verb}{METRICS}" for verb in ("Put", "Get", "Delete")} | {f"List{METRICS}s"}
        assert names == DECLARED.keys() - before
        for name in names:
            shape = operations()[name].input
            assert shape is not None
            assert shape.members.keys() == REGISTRY[name].accepts.keys()
        assert {"Bucket", "Id"} == REGISTRY[f"Delete{METRICS}"].requires
        assert {"Bucket"} == REGISTRY[f"List{METRICS}s"].requires

    def test_rights(self, service: Service, metrics, document) -> None:
        def needed(name: str, **members: Any) -> list[str]:
            done = service.perform(Ask(name, {"Bucket": "bucket", **members}, service.root))
            return [action for action, _, _ in done.rights]

        sent = {"Id": "a", "MetricsConfiguration": document(Id="a")}
        assert ["s3:PutMetricsConfiguration"] == needed(f"Put{METRICS}", **sent)
        assert ["s3:GetMetricsConfiguration"] == needed(f"Get{METRICS}", Id="a")
        assert ["s3:GetMetricsConfiguration"] == needed(f"List{METRICS}s")
        assert ["s3:PutMetricsConfiguration"] == needed(f"Delete{METRICS}", Id="a")

    def test_members_beside_the_document(self, perform, document) -> None:
        class Beside(Logging):
            beside = ("TransitionDefaultMinimumObjectSize",)
            returned = ("TransitionDefaultMinimumObjectSize",)

        declare(Beside)
        size = {"TransitionDefaultMinimumObjectSize": "any"}
        assert size == perform("PutBucketLogging", Bucket="bucket", BucketLoggingStatus=document(A=1), **size)
        assert {"A": 1} | size == perform("GetBucketLogging", Bucket="bucket")

    def test_where_nobody_put_one(self, perform) -> None:
        class Silent(Logging):
            missing = freeze({"Payer": "BucketOwner"})

        declare(Silent)
        answer = perform("GetBucketLogging", Bucket="bucket")
        answer["Payer"] = "Requester"
        assert {"Payer": "BucketOwner"} == perform("GetBucketLogging", Bucket="bucket")

    def test_a_delete_may_leave_a_document(self, perform, document) -> None:
        class Sticky(Logging):
            delete_operation = "DeleteBucketCors"

            def after_delete(self, s3: Call, bucket: Bucket) -> Members:
                return {"A": 0}

        declare(Sticky)
        perform("PutBucketLogging", Bucket="bucket", BucketLoggingStatus=document(A=1))
        perform("DeleteBucketCors", Bucket="bucket")
        assert {"A": 0} == perform("GetBucketLogging", Bucket="bucket")


class TestIds:
    """Where a bucket has several documents of a kind, each has an id."""

    def test_each_reads_back(self, metrics) -> None:
        metrics("Put", "a", Filter={"Prefix": "x"})
        metrics("Put", "b")
        assert {"MetricsConfiguration": {"Id": "a", "Filter": {"Prefix": "x"}}} == metrics("Get", "a")
        assert {"MetricsConfiguration": {"Id": "b"}} == metrics("Get", "b")

    def test_a_put_replaces_the_one_with_its_id(self, metrics) -> None:
        metrics("Put", "a", Filter={"Prefix": "x"})
        metrics("Put", "a", Filter={"Prefix": "y"})
        assert {"Id": "a", "Filter": {"Prefix": "y"}} == metrics("Get", "a")["MetricsConfiguration"]

    def test_a_delete_takes_one(self, metrics) -> None:
        for config_id in ("a", "b"):
            metrics("Put", config_id)
        assert {} == metrics("Delete", "a")
        with pytest.raises(MISSING):
            metrics("Get", "a")
        assert {"Id": "b"} == metrics("Get", "b")["MetricsConfiguration"]

    @pytest.mark.parametrize("verb", ["Get", "Delete"])
    def test_one_that_does_not_exist(self, service: Service, metrics, verb: str) -> None:
        before = service.world
        with pytest.raises(MISSING) as caught:
            metrics(verb, "a")
        assert {} == caught.value.members
        assert before is service.world

    def test_another_id_in_the_document(self, service: Service, metrics, perform, document) -> None:
        before = service.world
        sent = {"Id": "a", "MetricsConfiguration": document(Id="b")}
        with pytest.raises(MalformedXML):
            perform(f"Put{METRICS}", Bucket="bucket", **sent)
        assert before is service.world


class TestPages:
    """A list has the documents by id, 100 a page, and none of another kind."""

    @pytest.fixture
    def listed(self, perform) -> Callable[..., dict[str, Any]]:
        return lambda **more: perform(f"List{METRICS}s", Bucket="bucket", **more)

    def test_none(self, metrics, listed) -> None:
        assert {"MetricsConfigurationList": [], "IsTruncated": False} == listed()

    @pytest.mark.parametrize("count", [1, PAGE])
    def test_one_page(self, metrics, listed, count: int) -> None:
        for number in reversed(range(count)):
            metrics("Put", f"{number:03}")
        page = listed()
        assert [f"{number:03}" for number in range(count)] == [each["Id"] for each in page["MetricsConfigurationList"]]
        assert (False, False) == (page["IsTruncated"], "NextContinuationToken" in page)

    def test_two_pages(self, metrics, listed) -> None:
        for number in range(PAGE + 1):
            metrics("Put", f"{number:03}")
        first = listed()
        assert (PAGE, True) == (len(first["MetricsConfigurationList"]), first["IsTruncated"])
        token = first["NextContinuationToken"]
        expected = {"MetricsConfigurationList": [{"Id": f"{PAGE:03}"}], "IsTruncated": False}
        assert expected | {"ContinuationToken": token} == listed(ContinuationToken=token)

    def test_a_token_that_nobody_gave_out(self, metrics, listed) -> None:
        with pytest.raises(InvalidArgument) as caught:
            listed(ContinuationToken="nonsense")
        assert "continuation-token" == caught.value.members["ArgumentName"]
