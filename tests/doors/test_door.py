"""Which requests are the fake's, whatever library they come from, and how doors open and close."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from types import ModuleType
from typing import Any

import pytest

from fakes3 import UnmockedRequest
from fakes3.doors.endpoint import Endpoint
from fakes3.doors.entrance import Door, Entrance
from fakes3.operations.service import Service
from tests.testing.test_interruptions import Interrupter


def signed_for(service: str, *, version: int = 4) -> dict[str, str]:
    scope = f"AKIDEXAMPLE/20260101/us-east-1/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0" if version == 4 else "AWS AKID:c2ln"
    return {"authorization": text}


def endpoint(**options: Any) -> Endpoint:
    return Endpoint(Service(), **options)


class TestServedRequests:
    """S3's own hosts are the fake's, and every request that is signed for S3, whatever its host."""

    @pytest.mark.parametrize(
        "host",
        [
            "s3.amazonaws.com",
            "pictures.s3.amazonaws.com",
            "s3.eu-central-1.amazonaws.com:443",
            "pictures.s3.dualstack.eu-west-1.amazonaws.com",
            "s3-fips.us-gov-west-1.amazonaws.com",
            "pictures.s3-accelerate.amazonaws.com",
            "pictures.s3-website-us-east-1.amazonaws.com",
            "mine-123456789012.s3-accesspoint.us-east-1.amazonaws.com",
            "s3.cn-north-1.amazonaws.com.cn",
            "S3.Amazonaws.com",
        ],
    )
    def test_hosts_of_s3_signed_or_not(self, host):
        assert endpoint().claims_or_stops(host, {}, "")
        assert endpoint().claims_or_stops(host, signed_for("s3"), "")

    @pytest.mark.parametrize("host", ["minio:9000", "127.0.0.1:9000", "[::1]:9000"])
    def test_signed_for_s3(self, host):
        assert endpoint().claims_or_stops(host, signed_for("s3"), "")
        assert endpoint().claims_or_stops(host, signed_for("s3express"), "")
        assert endpoint().claims_or_stops(host, signed_for("s3", version=2), "")
        for slash in ("/", "%2F", "%2f"):
            query = slash.join(["X-Amz-Credential=AKID", "20260101", "us-east-1", "s3", "aws4_request"])
            assert endpoint().claims_or_stops(host, {}, query)
        assert endpoint().claims_or_stops(host, {}, "AWSAccessKeyId=AKID&Expires=1&Signature=c2ln")

    @pytest.mark.parametrize("host", ["minio:9000", "example.org", "127.0.0.1:9000"])
    def test_other_hosts_go_where_they_would_have_gone(self, host):
        assert not endpoint().claims_or_stops(host, {}, "")
        assert not endpoint().claims_or_stops(host, {"authorization": "Bearer abc"}, "page=1")
        assert not endpoint().claims_or_stops(host, signed_for("sqs"), "")

    def test_endpoints_are_served_unsigned_and_as_virtual_hosts(self):
        named = endpoint(endpoints=["http://Minio:9000/", "storage.example.com"])
        assert named.claims_or_stops("minio:9000", {}, "")
        assert named.claims_or_stops("pictures.minio:9000", {}, "")
        assert named.claims_or_stops("pictures.storage.example.com", {}, "")
        assert not named.claims_or_stops("minio:9001", {}, "")

    def test_endpoints_are_not_for_what_is_signed_for_another_service(self):
        named = endpoint(endpoints=["http://localhost:4566"])
        assert named.claims_or_stops("localhost:4566", signed_for("s3"), "")
        assert not named.claims_or_stops("localhost:4566", signed_for("sqs"), "")


class TestUnmockedRequest:
    """A request to another of Amazon's hosts is refused, and the last sentence names what allows it."""

    @pytest.mark.parametrize(
        "host", ["sts.amazonaws.com", "sqs.eu-west-1.amazonaws.com", "dynamodb.cn-north-1.amazonaws.com.cn"]
    )
    def test_text(self, host):
        with pytest.raises(UnmockedRequest) as caught:
            endpoint().claims_or_stops(host, signed_for("sts"), "")
        assert (
            f"A request to {host} was stopped: it is Amazon's, but not S3's, so fakes3 does not answer it, "
            "and nothing else did. moto's mock_aws, entered beside mock_s3, answers for other services. "
            f'To let it out, pass mock_s3(passthrough=["{host}"]).' == str(caught.value)
        )

    @pytest.mark.parametrize(
        "named", ["sts.amazonaws.com", "https://sts.amazonaws.com/", "STS.amazonaws.com", "sts.amazonaws.com:443"]
    )
    def test_passthrough_lets_it_out(self, named):
        assert not endpoint(passthrough=[named]).claims_or_stops("sts.amazonaws.com:443", {}, "") or ":" in named
        assert not endpoint(passthrough=["sts.amazonaws.com"]).claims_or_stops("sts.amazonaws.com", {}, "")

    def test_where_something_else_may_answer_it_is_only_not_taken(self):
        assert not endpoint().claims("sts.amazonaws.com", signed_for("sts"), "")
        assert endpoint().claims("minio:9000", signed_for("s3"), "")
        assert not endpoint(passthrough=["minio"]).claims("minio:9000", signed_for("s3"), "")

    def test_named_as_an_endpoint_it_goes_where_it_would_have_gone(self):
        named = endpoint(endpoints=["https://store.api.aws"])
        assert named.claims_or_stops("store.api.aws", {}, "")
        assert not named.claims_or_stops("store.api.aws", signed_for("sts"), "")

    def test_passthrough_is_for_named_hosts_alone(self):
        let_out = endpoint(passthrough=["minio:9000", "s3.amazonaws.com"])
        assert not let_out.claims_or_stops("minio:9000", signed_for("s3"), "")
        assert not let_out.claims_or_stops("s3.amazonaws.com", signed_for("s3"), "")
        assert let_out.claims_or_stops("minio:9001", signed_for("s3"), "")
        assert let_out.claims_or_stops("s3.eu-west-1.amazonaws.com", signed_for("s3"), "")


class Library:
    """Something a door may patch."""

    def call(self) -> str:
        return "real"


class LibraryDoor(Door):
    def __init__(self, module: str = __name__) -> None:
        self.module = module

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        yield Library, "call", lambda _: "fake"


class Heir(Library):
    """Has its method from another class."""


class PathDoor(Door):
    """Names by their paths what it replaces."""

    replaces: tuple[str, ...] = ("Library.call",)

    def __init__(self, module: str) -> None:
        super().__init__(lambda: None)
        self.module = module

    def replace(self, really: Any) -> Any:
        return lambda _: "fake"


class CallingDoor(PathDoor):
    def replace(self, really: Any) -> Any:
        return lambda library: f"fake {really(library)}"


class HeirDoor(PathDoor):
    replaces = ("Heir.call",)


ORIGINAL = Library.call


def refuse_to_import(name: str, *_: Any) -> Any:
    raise ImportError(name)


class BrokenDoor(LibraryDoor):
    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        raise AttributeError("another release of the library")


@pytest.fixture
def here(monkeypatch):
    """This file, to be found among the modules like a library."""
    name = "fakes3_test_library"
    module: Any = ModuleType(name)
    module.Library, module.Heir = Library, Heir
    monkeypatch.setitem(sys.modules, name, module)
    return name


class TestEntrance:
    def test_doors_open_with_the_first_and_close_with_the_last(self, here):
        real = Library.__dict__["call"]
        entrance = Entrance({here: lambda: [LibraryDoor(here)]})
        first, second = endpoint(), endpoint()
        entrance.enter(first)
        entrance.enter(second)
        assert "fake" == Library().call()
        entrance.leave(first)
        assert "fake" == Library().call()
        assert entrance.current() is second
        entrance.leave(second)
        assert Library.__dict__["call"] is real
        assert entrance.current() is None

    def test_door_that_cannot_open_leaves_nothing_open(self, here):
        real, finders = Library.__dict__["call"], list(sys.meta_path)
        entrance = Entrance({here: lambda: [LibraryDoor(here), LibraryDoor("not.imported"), BrokenDoor(here)]})
        with pytest.raises(AttributeError, match="another release"):
            entrance.enter(endpoint())
        assert Library.__dict__["call"] is real
        assert finders == sys.meta_path
        assert entrance.current() is None

    def test_a_module_that_a_program_has_put_aside_is_said(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "fakes3_no_library", None)
        entrance = Entrance({"fakes3_no_library": lambda: [LibraryDoor("fakes3_no_library")]})
        with pytest.raises(ModuleNotFoundError, match="fakes3_no_library"):
            entrance.enter(endpoint())
        assert entrance.current() is None

    def test_a_door_that_opens_late_imports_no_module_that_is_there(self, here, monkeypatch):
        door = PathDoor(here)
        door.is_direct = True
        entrance = Entrance({here: lambda: [door]})
        outer, inner = endpoint(), endpoint()
        inner.direct = True
        entrance.enter(outer)
        assert "real" == Library().call()
        monkeypatch.setattr("builtins.__import__", refuse_to_import)
        entrance.enter(inner)
        assert "fake" == Library().call()
        entrance.leave(inner)
        assert "real" == Library().call()
        entrance.leave(outer)

    def test_one_answers_instead_of_another(self, here):
        entrance = Entrance({here: lambda: [LibraryDoor(here)]})
        of_class, of_test, another = endpoint(), endpoint(), endpoint()
        entrance.enter(of_class)
        older = copy_context()
        entrance.enter(another)
        entrance.enter(of_test, instead_of=of_class)
        assert entrance.current() is of_test
        assert older.run(entrance.current) is of_test
        entrance.leave(of_test)
        assert entrance.current() is another
        assert older.run(entrance.current) is of_class
        entrance.leave(of_class)
        entrance.leave(another)

    def test_a_module_that_took_the_place_of_another_is_the_one_that_is_opened(self, here, monkeypatch):
        opened: list[ModuleType] = []

        class NotingDoor(LibraryDoor):
            def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
                opened.append(module)
                return ()

        door, entered = NotingDoor(here), endpoint()
        entrance = Entrance({here: lambda: [door]})
        modules = [sys.modules[here], ModuleType(here)]
        for module in modules:
            monkeypatch.setitem(sys.modules, here, module)
            entrance.enter(entered)
            entrance.leave(entered)
        assert modules == opened

    def test_an_attribute_that_a_class_inherits_is_taken_away_again(self, here):
        entrance = Entrance({here: lambda: [HeirDoor(here)]})
        first, second = endpoint(), endpoint()
        for _ in range(2):
            entrance.enter(first)
            entrance.enter(second)
            assert ("fake", "real") == (Heir().call(), Library().call())
            entrance.leave(second)
            entrance.leave(first)
            assert "call" not in Heir.__dict__
            assert "real" == Heir().call()

    def test_an_inherited_attribute_that_another_mock_has_covered_is_taken_away_later(self, here):
        entrance = Entrance({here: lambda: [HeirDoor(here)]})
        entered = endpoint()
        entrance.enter(entered)
        ours = Heir.__dict__["call"]
        Heir.call = lambda self: ours(self)  # type: ignore[method-assign]
        entrance.leave(entered)
        Heir.call = ours  # type: ignore[method-assign]
        entrance.enter(entered)
        entrance.leave(entered)
        assert "call" not in Heir.__dict__

    def test_an_inherited_attribute_that_is_covered_while_a_signal_comes_is_taken_away_once(self, here, monkeypatch):
        door, interrupter, stops = HeirDoor(here), Interrupter(by_instruction=False), 0
        for number in range(1, 80):
            entrance, entered = Entrance({here: lambda: [door]}), endpoint()
            entrance.enter(entered)
            with monkeypatch.context() as other:
                other.setattr(Heir, "call", lambda _: "patched")
                with interrupter.at_step(number):
                    entrance.leave(entered)
                stops += interrupter.seen >= number
            entrance.enter(entered)
            entrance.leave(entered)
            assert "call" not in Heir.__dict__
        assert 20 < stops < 79

    @pytest.mark.parametrize("as_class", [True, False])
    def test_what_took_the_place_of_its_class_or_module_is_replaced(self, here, monkeypatch, as_class):
        door, entered = PathDoor(here), endpoint()
        entrance = Entrance({here: lambda: [door]})
        entrance.enter(entered)
        entrance.leave(entered)

        class Other:
            call = Library.call

        module = ModuleType(here)
        module.Library = Other  # type: ignore[attr-defined]
        if as_class:
            monkeypatch.setattr(sys.modules[here], "Library", Other)
        else:
            monkeypatch.setitem(sys.modules, here, module)
        entrance.enter(entered)
        assert ("fake", "real") == (Other.call(None), ORIGINAL(None))  # type: ignore[arg-type]
        entrance.leave(entered)
        assert Other.__dict__["call"] is ORIGINAL

    @pytest.mark.parametrize("lacks", ["Library.other", "Missing.call", "call"])
    def test_a_release_that_lacks_an_attribute_is_spared_nothing(self, here, lacks):
        class Lacking(PathDoor):
            replaces = ("Library.call", lacks)

        class Sparing(Lacking):
            only_spares = True

        entered = endpoint()
        with pytest.raises(AttributeError):
            Entrance({here: lambda: [Lacking(here)]}).enter(entered)
        entrance = Entrance({here: lambda: [Sparing(here)]})
        entrance.enter(entered)
        assert "real" == Library().call()
        entrance.leave(entered)

    def test_an_interruption_keeps_nothing_of_what_another_mock_put_there(self, here, monkeypatch):
        door, entered, interrupter = CallingDoor(here), endpoint(), Interrupter(by_instruction=False)
        entrance = Entrance({here: lambda: [door]})
        while interrupter.at <= interrupter.seen:
            entrance.enter(entered)
            assert "fake real" == Library().call()
            entrance.leave(entered)
            with monkeypatch.context() as other:
                other.setattr(Library, "call", lambda _: "patched")
                with interrupter.at_step(interrupter.at + 1):
                    entrance.enter(entered)
                    entrance.leave(entered)
                entrance.leave(entered)
        assert interrupter.at > 20

    def test_threads_enter_and_leave_at_once(self, here):
        real = Library.__dict__["call"]
        entrance = Entrance({here: lambda: [LibraryDoor(here)]})
        everybody = threading.Barrier(8, timeout=60)

        def work(_: int) -> bool:
            everybody.wait()
            seen = True
            for _ in range(50):
                mine = endpoint()
                entrance.enter(mine)
                seen = seen and entrance.current() is mine and Library().call() == "fake"
                entrance.leave(mine)
            return seen

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(work, range(8), timeout=60))
        assert Library.__dict__["call"] is real


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A library on disk that was not imported yet."""
    name = "fakes3_test_library_on_disk"
    (tmp_path / f"{name}.py").write_text("value = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    sys.modules.pop(name, None)


class TestImportWatcher:
    """A door opens when its library is imported."""

    def test_opens_at_the_import(self, library):
        finders = list(sys.meta_path)
        entrance, entered = Entrance({library: lambda: [LibraryDoor(library)]}), endpoint()
        entrance.enter(entered)
        assert "real" == Library().call()
        module = importlib.import_module(library)
        assert "fake" == Library().call()
        assert module.__spec__ is not None
        assert type(module.__loader__) is type(module.__spec__.loader) is importlib.machinery.SourceFileLoader
        entrance.leave(entered)
        assert "real" == Library().call()
        assert finders == sys.meta_path

    def test_somebody_who_only_looks_for_the_module_opens_nothing(self, library):
        entrance, entered = Entrance({library: lambda: [LibraryDoor(library)]}), endpoint()
        entrance.enter(entered)
        assert importlib.util.find_spec(library) is not None
        assert "real" == Library().call()
        importlib.import_module(library)
        assert "fake" == Library().call()
        entrance.leave(entered)

    def test_import_that_fails_is_waited_for_again(self, library, tmp_path):
        path = tmp_path / f"{library}.py"
        path.write_text("raise ImportError('not yet')\n")
        entrance, entered = Entrance({library: lambda: [LibraryDoor(library)]}), endpoint()
        entrance.enter(entered)
        with pytest.raises(ImportError, match="not yet"):
            importlib.import_module(library)
        assert "real" == Library().call()
        path.write_text("value = 'imported at last'\n")
        importlib.invalidate_caches()
        importlib.import_module(library)
        assert "fake" == Library().call()
        entrance.leave(entered)

    def test_import_after_leaving_opens_nothing(self, library):
        entrance, entered = Entrance({library: lambda: [LibraryDoor(library)]}), endpoint()
        entrance.enter(entered)
        spec = importlib.util.find_spec(library)
        entrance.leave(entered)
        assert spec is not None
        assert spec.loader is not None
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
        assert "real" == Library().call()

    def test_library_that_is_not_there(self):
        entrance, entered = (
            Entrance({"fakes3_no_such_library": lambda: [LibraryDoor("fakes3_no_such_library")]}),
            endpoint(),
        )
        entrance.enter(entered)
        with pytest.raises(ModuleNotFoundError, match="fakes3_no_such_library"):
            importlib.import_module("fakes3_no_such_library")
        entrance.leave(entered)

    def test_boto3_imported_for_the_first_time_inside_the_mock(self):
        program = """
import sys
from fakes3 import mock_s3
assert not {"boto3", "botocore", "requests"} & sys.modules.keys()
with mock_s3() as s3:
    assert not {"boto3", "botocore", "requests"} & sys.modules.keys()
    import boto3
    import boto3.s3.transfer
    boto3.client("s3").create_bucket(Bucket="pictures")
    assert ["pictures"] == list(s3.buckets)
    from botocore.httpsession import URLLib3Session
    from botocore.signers import RequestSigner
    assert "fakes3" in URLLib3Session.send.__module__
assert not [finder for finder in sys.meta_path if "fakes3" in type(finder).__module__]
assert boto3.DEFAULT_SESSION is None
for function in (URLLib3Session.send, RequestSigner.get_auth_instance, boto3.s3.transfer._should_use_crt):
    assert "fakes3" not in function.__module__, function
print("done")
"""
        # botocore of two years ago asks datetime.utcnow(), of which Python 3.12 warns.
        warned = ["-W", "error", "-W", "ignore:datetime.datetime.utcnow:DeprecationWarning"]
        done = subprocess.run([sys.executable, *warned, "-c", program], capture_output=True, text=True, timeout=60)
        assert ("done\n", "") == (done.stdout, done.stderr)
