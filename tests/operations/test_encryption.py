"""Which customers' keys the headers of a request hand over."""

from __future__ import annotations

from fakes3.operations.encryption import read_customer_key


class TestCustomerKeys:
    def test_the_key_of_a_copys_source_has_members_of_its_own(self):
        headers = {"CopySourceSSECustomerKey": "k", "SSECustomerKeyMD5": "m"}
        assert (None, "k", None) == read_customer_key(headers, "CopySourceSSECustomer")
        assert (None, None, "m") == read_customer_key(headers)
