"""The state machine for users, `S3Machine`, through every client: none of them differs from the model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from fakes3 import FakeS3, mock_s3
from fakes3.stateful import S3Machine

from .store import NotThere, Store, Way, needs

pytestmark = [
    pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning"),
    # hypothesis 6.100 warns of its own random numbers when a machine is the first that a process runs
    pytest.mark.filterwarnings("ignore:It looks like `register_random` was passed:hypothesis.errors.HypothesisWarning"),
]

DIFFER = {
    "Cloudpathlib": "reads its own copy of what another user has changed within the same second",
    "Obstore": "takes prefixes for folders",
    "Pyarrow": "is a file system: it deletes only what is there, and takes prefixes for folders",
}
"""Clients that differ from S3 itself, with what the machine finds."""


class OfStores(S3Machine):
    """Drives the adapters of the contracts."""

    kind: type[Store]
    site: Any = None
    url = ""

    def entered(self) -> AbstractContextManager[object]:
        if self.kind.way is not Way.PORT:
            return mock_s3(fake=self.s3, direct=self.kind.way is Way.ABOVE_HTTP)
        return self.served()

    @contextmanager
    def served(self) -> Iterator[FakeS3]:
        self.site.service = self.s3.service
        yield self.s3

    def open(self, user: int) -> Store:
        return ExitStack().enter_context(self.kind(self.s3, self.url))

    def close(self, store: Store) -> None:
        store.__exit__(None, None, None)

    def do_put(self, store: Store, key: str, body: bytes) -> None:
        store.put(key, body)

    def do_get(self, store: Store, key: str) -> bytes | None:
        try:
            return store.get(key)
        except NotThere:
            return None

    def do_delete(self, store: Store, key: str) -> None:
        store.delete(key)

    def do_list(self, store: Store, prefix: str) -> list[str]:
        return sorted(store.keys(prefix))

    def do_copy(self, store: Store, source: str, key: str) -> None:
        store.copy(source, key)


@needs("put", "get", "delete", "keys")
def test_agrees_with_the_model(kind, request):
    if kind.__name__ in DIFFER:
        pytest.skip(DIFFER[kind.__name__])

    class Machine(OfStores):
        lacks = {"replace", "versions", *({"copy"} - kind.can())}

    Machine.kind = kind
    if kind.way is Way.PORT:
        Machine.site, Machine.url = request.getfixturevalue("port")
    run_state_machine_as_test(Machine, settings=settings(deadline=None, max_examples=4, stateful_step_count=12))
