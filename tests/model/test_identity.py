"""Who asks, and the ids S3 shows for them. S3: userguide/acl-overview.html"""

from __future__ import annotations

import re

from fakes3.model.identity import ANONYMOUS, AccessKey, Principal, canonical_id

ROOT = Principal("123456789012")


class TestCanonicalIds:
    """An account has a canonical id of 64 hex digits beside its 12 digits."""

    def test_it_is_the_account_s_and_always_the_same(self) -> None:
        assert re.fullmatch("[0-9a-f]{64}", canonical_id("123456789012"))
        assert canonical_id("123456789012") == canonical_id("123456789012") != canonical_id("210987654321")

    def test_anonymous_callers_have_one_too(self) -> None:
        assert "65a011a29cdf8ec533ec3d1ccaae921c" == canonical_id(None) == ANONYMOUS.canonical_id

    def test_that_of_a_principal_is_its_account_s(self) -> None:
        assert canonical_id("123456789012") == ROOT.canonical_id


class TestPrincipals:
    def test_root_has_an_arn(self) -> None:
        assert "arn:aws:iam::123456789012:root" == ROOT.arn == str(ROOT)

    def test_its_arn_begins_with_its_partition(self) -> None:
        assert "arn:aws-cn:iam::123456789012:root" == Principal("123456789012", "aws-cn").arn

    def test_anybody_is_a_star(self) -> None:
        assert ("*", "anonymous") == (ANONYMOUS.arn, str(ANONYMOUS))

    def test_an_access_key_is_somebody_s(self) -> None:
        assert ROOT == AccessKey("AKIA", None, ROOT).principal
