"""Signatures of version 2, by the example that S3's reference works out."""

from __future__ import annotations

from fakes3.wire.signatures.version_2 import sign


class TestArithmetic:
    # S3: API/RESTAuthentication.html, "Object GET"
    def test_the_example_of_version_2(self):
        to_sign = "GET\n\n\nTue, 27 Mar 2007 19:36:42 +0000\n/awsexamplebucket1/photos/puppy.jpg"
        assert "qgk2+6Sv9/oM7G3qLEjTH1a1l1g=" == sign("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", to_sign)
