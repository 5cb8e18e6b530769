"""A state machine of hypothesis that drives S3 clients and storage classes. It is made in `testing/stateful.py`."""

from fakes3.testing.stateful import S3Machine

__all__ = ["S3Machine"]
"""The name that tests import."""
