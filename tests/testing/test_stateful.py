"""`S3Machine`: it agrees with the fake, and finds what is wrong in a storage class."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from fakes3 import UsageError, current, mock_s3
from fakes3.stateful import S3Machine
from fakes3.testing.session import MockS3

SHORT = settings(deadline=None, max_examples=10, stateful_step_count=20)
SEARCH = settings(
    deadline=None,
    max_examples=500,
    stateful_step_count=12,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
)
CLIENT: Any = boto3.client("s3", region_name="us-east-1")  # as an application makes one, once


class TestItself:
    """A client of boto3 does what the model says, with versioning and without."""

    @pytest.mark.parametrize("has_versioning", [False, True])
    def test_agrees_with_the_fake(self, has_versioning):
        class Machine(S3Machine):
            versioning = has_versioning

        run_state_machine_as_test(Machine, settings=SHORT)

    def test_has_a_test_case(self):
        assert "runTest" in dir(S3Machine.TestCase)

    def test_other_errors_are_raised(self):
        class Machine(S3Machine):
            def make_bucket(self) -> None: ...

        machine = Machine()
        with pytest.raises(ClientError, match="NoSuchBucket"):
            machine.do_get(machine.stores[0], "a")
        with pytest.raises(ClientError, match="NoSuchBucket"):
            machine.do_replace(machine.stores[0], "a", b"", None)
        machine.teardown()

    def test_what_cannot_be_opened_leaves_no_mock(self):
        class Machine(S3Machine):
            def open(self, user: int) -> Any:
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            Machine()
        with pytest.raises(Exception, match="No fake S3 is active"):
            current()

    def test_without_hypothesis(self):
        program = "import sys; sys.modules['hypothesis'] = None; import fakes3.stateful"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert done.stderr.endswith(
            "UsageError: fakes3.stateful needs hypothesis. Install it: pip install 'fakes3[hypothesis]'.\n"
        )


class Storage:
    """A storage class as an application has one, with a client of its own. Nothing is wrong with it."""

    def __init__(self) -> None:
        self.client = CLIENT
        self.place = {"Bucket": "bucket"}

    def save(self, name: str, body: bytes) -> None:
        self.client.put_object(**self.place, Key=name, Body=body)

    def load(self, name: str) -> bytes | None:
        try:
            body: bytes = self.client.get_object(**self.place, Key=name)["Body"].read()
        except self.client.exceptions.NoSuchKey:
            return None
        return body

    def remove(self, name: str) -> None:
        self.client.delete_object(**self.place, Key=name)

    def extend(self, name: str, body: bytes) -> None:
        self.save(name, (self.load(name) or b"") + body)

    def names(self, prefix: str) -> list[str]:
        found: list[str] = []
        page: dict[str, Any] = {}
        while not found or page.get("IsTruncated"):
            more = {"ContinuationToken": page["NextContinuationToken"]} if page else {}
            page = self.client.list_objects_v2(**self.place, Prefix=prefix, **more)
            found += [each["Key"] for each in page.get("Contents", ())]
            if not page["IsTruncated"]:
                break
        return found


class LostUpdates(Storage):
    """It extends what it loaded last, whoever has written since."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: dict[str, bytes | None] = {}

    def load(self, name: str) -> bytes | None:
        self.loaded[name] = super().load(name)
        return self.loaded[name]

    def extend(self, name: str, body: bytes) -> None:
        before = self.loaded[name] if name in self.loaded else self.load(name)
        self.save(name, (before or b"") + body)


class NoDeleteMarkers(Storage):
    """It loads the newest version, also where a delete marker hides it."""

    def load(self, name: str) -> bytes | None:
        versions = self.client.list_object_versions(**self.place, Prefix=name).get("Versions", [])
        newest = [each["VersionId"] for each in versions if each["Key"] == name][:1]
        for version in newest:
            body: bytes = self.client.get_object(**self.place, Key=name, VersionId=version)["Body"].read()
            return body
        return None


class FirstPageOnly(Storage):
    """It takes the first page of a listing for all of it."""

    def names(self, prefix: str) -> list[str]:
        page = self.client.list_objects_v2(**self.place, Prefix=prefix)
        return [each["Key"] for each in page.get("Contents", ())]


class OfStorage(S3Machine):
    versioning = True
    lacks = {"copy", "replace", "versions"}
    storage: type[Storage] = Storage

    def entered(self) -> MockS3:
        return mock_s3(fake=self.s3, direct=True)

    def open(self, user: int) -> Storage:
        return self.storage()

    def do_put(self, store: Storage, key: str, body: bytes) -> None:
        store.save(key, body)

    def do_get(self, store: Storage, key: str) -> bytes | None:
        return store.load(key)

    def do_delete(self, store: Storage, key: str) -> None:
        store.remove(key)

    def do_list(self, store: Storage, prefix: str) -> list[str]:
        return store.names(prefix)

    def do_append(self, store: Storage, key: str, body: bytes) -> None:
        store.extend(key, body)


def script_of(kind: type[Storage]) -> tuple[str, list[str]]:
    """Return what the machine says of a storage class, and the script that it shrinks to."""

    class Machine(OfStorage):
        storage = kind

    with pytest.raises(AssertionError) as failure:
        run_state_machine_as_test(Machine, settings=SEARCH)
    text = "\n".join(failure.value.__notes__)
    return str(failure.value), [line for line in text.splitlines() if line.startswith(("state", "    state"))]


class TestStorageClasses:
    def test_a_right_one_passes(self):
        run_state_machine_as_test(OfStorage, settings=SHORT)

    def test_a_lost_update(self):
        said, script = script_of(LostUpdates)
        assert len(script) <= 12
        assert script[-2].startswith("state.get(")
        assert "state.append(" in "".join(script)
        assert "returned" in said

    def test_a_delete_marker_that_does_not_hide(self):
        said, script = script_of(NoDeleteMarkers)
        assert len(script) <= 12
        write, *rest = [line[: line.index("(")] for line in script[1:-1]]
        assert ["state.delete", "state.get"] == rest
        assert write in {"state.append", "state.put"}
        assert "get 'a' returned b'1 ', and S3 has None" == said.partition("\n")[0]

    def test_a_page_that_is_left_out(self):
        said, script = script_of(FirstPageOnly)
        assert len(script) <= 12
        writes = [line[: line.index("(")] for line in script[1:-2]]
        assert 3 == len(writes)
        assert {"state.append", "state.put"} >= set(writes)
        assert script[-2].startswith("state.list(")
        assert "returned ['" in said


def test_what_no_store_can_lack_is_refused():
    class Mistaken(S3Machine):
        lacks = {"versions", "copies"}

    with pytest.raises(UsageError) as refusal:
        Mistaken()
    can = "append, copy, delete, list, replace, versions"
    assert f"lacks cannot name ['copies']. Name some of {can}." == str(refusal.value)
