"""Tests of hypothesis under pytest: each example begins with the state in which the test begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fakes3.testing.entries import ENTRIES
from fakes3.testing.moments import before_each_call, begin_example

_SETTINGS = "_hypothesis_internal_use_settings"
"""Where hypothesis, and its plugin for pytest, keep the settings of a test."""


@contextmanager
def examples_of(test: Any, others: Sequence[str]) -> Iterator[None]:
    """Put the active fakes back at the beginning of each example of a test.

    hypothesis refuses fixtures of function scope, since they are not made anew for each example. It need not refuse
    those of fakes3, which are put back, and goes on refusing `others`.

    Raises: hypothesis's FailedHealthCheck, where there are others.
    """
    from hypothesis import HealthCheck, settings
    from hypothesis.errors import FailedHealthCheck

    handle, before = test.hypothesis, test.hypothesis.inner_test
    own: Any = getattr(test, _SETTINGS, settings.default)
    if others and HealthCheck.function_scoped_fixture not in own.suppress_health_check:
        raise FailedHealthCheck(
            f"{test.__name__} uses the function-scoped fixture {others[0]!r}, which is not made anew for each example, "
            "as the fixtures of fakes3 are. Make it inside the test, or give the test "
            "@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])."
        )
    for entry in ENTRIES.active():
        entry.start = None
    handle.inner_test = before_each_call(before, lambda *_: begin_example(ENTRIES.active()))
    setattr(
        test,
        _SETTINGS,
        settings(own, suppress_health_check={*own.suppress_health_check, HealthCheck.function_scoped_fixture}),
    )
    try:
        yield
    finally:
        handle.inner_test = before
        setattr(test, _SETTINGS, own)
