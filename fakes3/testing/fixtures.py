"""What the fixture `s3` of the pytest plugin enters: a fork of the session's seed, with the options of the test."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from typing import Any, cast

from fakes3.model.errors import UsageError
from fakes3.testing.decorated import entered_for_fixture
from fakes3.testing.fake import FakeS3
from fakes3.testing.session import mock_s3

DEFAULTS: dict[str, Any] = {
    name: option.default
    for name, option in inspect.signature(cast(Callable[..., Any], mock_s3)).parameters.items()
    if name != "target"
}
"""The options of `mock_s3`, with their defaults."""

_OF_FAKES = frozenset(FakeS3.__init__.__kwdefaults__ or ())
_FIELDS = {"enforce_iam": "enforces_iam", "verify_signatures": "verifies_signatures"}
"""The settings that have another name than their option."""

_SWITCHES = {"true": True, "false": False}


def read_options(lines: Iterable[str]) -> dict[str, Any]:
    """Return the options in lines such as `region=eu-west-1`, as an ini file or the command line has them.

    Raises: UsageError, for an option that there is not, and for a value that it cannot have.
    """
    found: dict[str, Any] = {}
    for line in filter(None, map(str.strip, lines)):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or name not in DEFAULTS or name == "fake":
            names = ", ".join(each for each in DEFAULTS if each != "fake")
            raise UsageError(f"{line!r} is no option of fakes3. Write NAME=VALUE, with one of these names: {names}.")
        found[name] = _read_value(name, value)
    return found


def _read_value(name: str, value: str) -> Any:
    default = DEFAULTS[name]
    if isinstance(default, tuple):
        return tuple(filter(None, map(str.strip, value.split(","))))
    if value.lower() in _SWITCHES and (isinstance(default, bool) or name == "direct"):
        return _SWITCHES[value.lower()]
    if isinstance(default, int):
        try:
            return int(value)
        except ValueError:
            raise UsageError(
                f"The option {name}= of fakes3 cannot be {value!r}. Write {name}={str(default).lower()}, for example."
            ) from None
    return value


class Seeds:
    """The empty fake that the fixture `s3_seed` is, and who has filled it."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.given = FakeS3(**{name: value for name, value in options.items() if name in _OF_FAKES})
        self._empty = self.given.fork()
        self._filled_by: object = None

    def choose(self, seed: FakeS3, overriding: object) -> FakeS3:
        """Return what the fake of a test is a fork of.

        Where one fixture overrides `s3_seed` and fills the fake that it is given, tests elsewhere do not see it.

        Args:
            seed: What the fixture `s3_seed` is for the test.
            overriding: The function of the fixture that overrides it there; None where none does.

        Raises: UsageError, where several fixtures fill the one that they are given.
        """
        if seed is not self.given:
            return seed
        if overriding is None:
            return self._empty
        self._filled_by = self._filled_by or overriding
        if self._filled_by is not overriding:
            raise UsageError(
                "Two fixtures fill the same s3_seed, so each has what the other put there. "
                "Let each fill and return a fork of it: s3_seed.fork()."
            )
        return seed


@contextmanager
def entered_for_test(
    test: Any, instance: Any, seed: object, options: Mapping[str, Any], marked: Mapping[str, Any]
) -> Iterator[FakeS3]:
    """Enter a fork of the seed for a test.

    Args:
        test: The test as pytest calls it; None for a test that is no function.
        instance: The test's instance of its class, or None.
        seed: What the fixture `s3_seed` is.
        options: The options of the session.
        marked: Those of the marker `s3`, which come first, and its `buckets` and `lints`.

    Raises: UsageError, for what is no seed, and for what is no option.
    """
    if not isinstance(seed, FakeS3):
        raise UsageError(f"The fixture s3_seed must be a FakeS3, and not {seed!r}. Return the fake that you filled.")
    marked = dict(marked)
    buckets = read_buckets(marked.pop("buckets", ()))
    marked.pop("lints", None)  # is for the plugin
    for name in marked:
        if name not in DEFAULTS:
            raise UsageError(
                f"The marker s3 has no option {name!r}. "
                f"Give it buckets=, lints= and the options of mock_s3: {', '.join(DEFAULTS)}."
            )
    wanted = {**options, **marked}
    fake = wanted.pop("fake", None)
    if fake is None:
        fake = _fork(seed, {name: value for name, value in marked.items() if name in _OF_FAKES})
        wanted = {name: value for name, value in wanted.items() if name not in _OF_FAKES}
    mock = mock_s3(fake=fake, **wanted)
    with entered_for_fixture(test, instance, mock, marked) as entered:
        if entered is not fake and seed.buckets:
            raise UsageError(
                "The class of this test is decorated with @mock_s3, so its fake is no fork of s3_seed. "
                "Leave out the decorator: the fixture s3 is active by itself."
            )
        for each in buckets:
            entered.create_bucket(**each)
        yield entered


def _fork(seed: FakeS3, options: Mapping[str, Any]) -> FakeS3:
    """Return a fork of the seed, with other options."""
    fork = seed.fork()
    if options:
        settings = seed.service.settings
        own = {name: getattr(settings, _FIELDS.get(name, name)) for name in _OF_FAKES}
        fork._use(seed.service.fork(FakeS3(**{**own, **options}).service.settings))
    return fork


def read_buckets(given: object) -> list[dict[str, Any]]:
    """Return the arguments of `create_bucket` for each bucket that a marker names.

    Raises: UsageError, for what names no buckets.

    >>> read_buckets(["logs", {"name": "reports", "versioning": True}])
    [{'name': 'logs'}, {'name': 'reports', 'versioning': True}]
    >>> read_buckets({"reports": {"may.txt": "all is well"}, "pictures": "tests/pictures"})
    [{'name': 'reports', 'objects': {'may.txt': 'all is well'}}, {'name': 'pictures', 'folder': 'tests/pictures'}]
    """
    if isinstance(given, Mapping):
        return [{"name": name, **_read_content(content)} for name, content in given.items()]
    found: list[dict[str, Any]] = []
    for each in given if isinstance(given, Iterable) and not isinstance(given, str) else [None]:
        if isinstance(each, str):
            found.append({"name": each})
        elif isinstance(each, Mapping) and "name" in each:
            found.append(dict(each))
        else:
            raise UsageError(
                f"The marker s3 cannot take buckets={given!r}. Give names, as in buckets=['reports'], or the objects "
                "of each, as in buckets={'reports': {'may.txt': 'all is well'}}."
            )
    return found


def _read_content(content: Any) -> dict[str, Any]:
    if not content:
        return {}
    return {"folder": content} if isinstance(content, str | PathLike) else {"objects": content}
