"""What tests of what a test author holds share: a look at everything that entering a mock touches."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import boto3
import boto3.s3.transfer
import pytest
import requests.adapters
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner


@pytest.fixture(autouse=True)
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without an AWS account, whatever this one has; and no looking for one at an address of EC2's."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)


@pytest.fixture
def touched() -> Callable[[], dict[str, object]]:
    """Answers everything that a mock may touch, to be compared before and after."""

    def look() -> dict[str, object]:
        return {
            "send": URLLib3Session.__dict__["send"],
            "errors": ClientError.__dict__["__init__"],
            "signer": RequestSigner.__dict__["get_auth_instance"],
            "crt": boto3.s3.transfer.__dict__["_should_use_crt"],
            "requests": requests.adapters.HTTPAdapter.__dict__["send"],
            "session": boto3.DEFAULT_SESSION,
            "environment": dict(os.environ),
            "meta_path": [id(each) for each in sys.meta_path],
        }

    return look
