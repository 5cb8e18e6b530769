"""Which customers' keys the headers of a request hand over."""

from __future__ import annotations

from datetime import UTC, datetime

from fakes3.model.clock import Ids
from fakes3.model.identity import Principal
from fakes3.model.world import World
from fakes3.operations.call import Ask, Call
from fakes3.operations.encryption import read_customer_key
from fakes3.operations.settings import Settings


class TestCustomerKeys:
    def test_the_key_of_a_copys_source_has_members_of_its_own(self):
        ask = Ask("CopyObject", {}, Principal("123456789012"))
        call = Call(ask, World(), datetime(2026, 1, 1, tzinfo=UTC), Ids(), Settings())
        headers = {"CopySourceSSECustomerKey": "k", "SSECustomerKeyMD5": "m"}
        assert (None, "k", None) == read_customer_key(call, headers, "CopySourceSSECustomer")
        assert (None, None, "m") == read_customer_key(call, headers)
