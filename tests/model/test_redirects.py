"""Website redirects of objects. S3: userguide/how-to-page-redirect.html"""

from __future__ import annotations

import pytest

from fakes3.model.errors import InvalidRedirectLocation
from fakes3.model.redirects import LONGEST, check_redirect


class TestRedirect:
    """A redirect leads to another object of the bucket or to a web address."""

    @pytest.mark.parametrize("location", ["/", "/page", "//x", "http://", "http://example.com/x", "https://a"])
    def test_taken(self, location):
        check_redirect(location)

    @pytest.mark.parametrize("location", ["", "page", "HTTP://x", "ftp://x", " /x", "http:/x", "www.example.com"])
    def test_refused(self, location):
        with pytest.raises(InvalidRedirectLocation) as caught:
            check_redirect(location)
        expected = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."
        assert expected == caught.value.message

    def test_longest(self):
        check_redirect("/" * LONGEST)
        with pytest.raises(InvalidRedirectLocation):
            check_redirect("/" * (LONGEST + 1))
