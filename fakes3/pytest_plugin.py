"""The pytest plugin: fixtures for a fake that is active during one test. Registered by its entry point.

A test that fails tells in its report what was in S3, of whichever fake that was active: that of the fixture `s3`, of
`@mock_s3` or of `with mock_s3():`. Most of what is done here is imported when a test needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, nullcontext, suppress
from functools import partial
from importlib import import_module
from inspect import signature
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from fakes3.testing.client_types import S3Client, S3ServiceResource
    from fakes3.testing.fake import FakeS3
    from fakes3.testing.fixtures import Seeds
    from fakes3.testing.reports import Watch
    from fakes3.testing.servers import ServerUrl

_SEEDS: pytest.StashKey[Seeds] = pytest.StashKey()
_WATCH: pytest.StashKey[Watch] = pytest.StashKey()
_OPTIONS = pytest.StashKey[Mapping[str, Any]]()

_ALLOWED = {__name__, "_pytest.python"}
"""The modules whose fixtures of function scope are as good as made anew: this one, and that of parameters."""

_REPORTS = ("on", "off")
_LINTS = ("off", "warn", "error")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the fixtures and of reports."""
    group = parser.getgroup("fakes3", "Amazon S3 in memory")
    group.addoption(
        "--s3-option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an option of mock_s3 for the fixture s3, such as region=eu-west-1; may be repeated",
    )
    group.addoption("--s3-report", choices=_REPORTS, help="whether a failed test tells what was in S3 (on)")
    group.addoption("--s3-lints", choices=_LINTS, help="whether lints of S3 fail a test, warn, or are off (off)")
    parser.addini(
        "s3_nested",
        'what a mock_s3 inside another one is: "fresh", a fake of its own, or "share", the fake of the outer one',
        default="fresh",
    )
    parser.addini("s3_lints", "whether lints of S3 fail a test, warn, or are off: error, warn or off", default="off")
    parser.addini("s3_options", "options of mock_s3 for the fixture s3, one NAME=VALUE a line", "linelist", [])
    parser.addini("s3_report", "whether a failed test tells what was in S3: on or off", default="on")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker of the fixture `s3`."""
    config.addinivalue_line(
        "markers", "s3(buckets=..., **options): buckets and options of mock_s3 for the fixture s3, such as region=..."
    )
    for name, choices in (("s3_report", _REPORTS), ("s3_lints", _LINTS)):
        if config.getini(name) not in choices:
            raise pytest.UsageError(f"{name} = {config.getini(name)} must be one of: {', '.join(choices)}")
    nested = config.getini("s3_nested")
    if nested not in ("fresh", "share"):
        raise pytest.UsageError(f's3_nested cannot be {nested!r}. Set it to "fresh" or "share".')
    if nested == "share":
        config.add_cleanup(_set_nested(nested))


def pytest_plugin_registered(plugin: object) -> None:
    """Import all of fakes3 beside pytest's `pytester`.

    That forgets the modules that one of its tests is the first to import. Imported once more, they would have other
    classes than the modules that were there before.
    """
    if getattr(plugin, "__name__", None) == "_pytest.pytester":
        for room in ("model", "operations", "wire", "testing"):
            for module in iter_modules(import_module(f"fakes3.{room}").__path__):
                if not module.name.startswith(_BESIDE):
                    with suppress(ImportError):  # of what an extra brings
                        import_module(f"fakes3.{room}.{module.name}")


_BESIDE = ("client_types", "hypothesis", "migration", "stateful", "strategies")
"""How the names of modules begin that only those import who have their libraries."""


def _set_nested(nested: str) -> Callable[[], None]:
    """Set what mocks inside others are, and return what sets it back."""
    from fakes3.testing.entries import ENTRIES  # only now: it imports all of fakes3

    before, ENTRIES.nested = ENTRIES.nested, nested
    return partial(setattr, ENTRIES, "nested", before)


def _options(config: pytest.Config) -> Mapping[str, Any]:
    """Return the options of mock_s3 in the ini file and on the command line, which comes first."""
    if _OPTIONS not in config.stash:
        from fakes3.testing.fixtures import read_options

        config.stash[_OPTIONS] = read_options([*config.getini("s3_options"), *(config.getoption("--s3-option") or ())])
    return config.stash[_OPTIONS]


@pytest.fixture(scope="session")
def s3_seed(pytestconfig: pytest.Config) -> FakeS3:
    """The fake that `s3` is a fork of, in every test. Override it, and return one that is filled."""
    from fakes3.testing.fixtures import Seeds

    seeds = pytestconfig.stash[_SEEDS] = Seeds(_options(pytestconfig))
    return seeds.given


@pytest.fixture
def s3(request: pytest.FixtureRequest, s3_seed: FakeS3) -> Iterator[FakeS3]:
    """A fresh fake S3, active during the test. `@pytest.mark.s3(...)` gives it buckets and options of `mock_s3`."""
    from fakes3.testing.fixtures import entered_for_test

    marker = request.node.get_closest_marker("s3")
    if marker is not None and marker.args:
        raise pytest.UsageError("The marker s3 takes options by name. Write @pytest.mark.s3(buckets=[...]).")
    test, marked = getattr(request.node, "obj", None), {} if marker is None else marker.kwargs
    if _SEEDS in request.config.stash:  # else the seed is made without the one that is given
        overriding = cast(Any, request)._get_active_fixturedef("s3_seed").func
        s3_seed = request.config.stash[_SEEDS].choose(
            s3_seed, None if overriding.__module__ == __name__ else overriding
        )
    with entered_for_test(test, request.instance, s3_seed, _options(request.config), marked) as fake:
        yield fake


@pytest.fixture
def s3_client(s3: FakeS3) -> S3Client:
    """A boto3 client of the test's fake."""
    return s3.client()


@pytest.fixture
def s3_resource(s3: FakeS3) -> S3ServiceResource:
    """A boto3 resource of the test's fake."""
    return s3.resource()


@pytest.fixture
def s3_server(s3: FakeS3) -> Iterator[ServerUrl]:
    """The URL of a server of the test's fake, for other processes and languages, with `.env` and `.storage_options`."""
    with s3.server() as server:
        yield server


def _chosen(config: pytest.Config, name: str) -> str:
    """Return an option that is on the command line or in the ini file."""
    return str(config.getoption(f"--{name.replace('_', '-')}") or config.getini(name))


def _lints(item: pytest.Item) -> str:
    """Return what lints do to a test: that of its nearest marker that says so, or of the session."""
    marked = [mark.kwargs["lints"] for mark in item.iter_markers("s3") if "lints" in mark.kwargs]
    return str(marked[0]) if marked else _chosen(item.config, "s3_lints")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Watch the fakes of a test, and let `@pytest.mark.s3(nested=...)` hold for every mock of it."""
    with ExitStack() as stack:
        marker = item.get_closest_marker("s3")
        if marker is not None and "nested" in marker.kwargs:
            stack.callback(_set_nested(marker.kwargs["nested"]))
        lints = _lints(item) != "off"
        if lints or _chosen(item.config, "s3_report") == "on":
            from fakes3.testing.reports import Watch

            watch = item.stash[_WATCH] = Watch(lints=lints)
            stack.callback(item.stash.__delitem__, _WATCH)
            stack.callback(watch.end)
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse what markers say also of tests without the fixture.

    Raises: UsageError, which is an error of this test alone.
    """
    for mark in item.iter_markers("s3"):
        if mark.kwargs.get("lints", "off") not in _LINTS:
            raise pytest.UsageError(
                f"The marker s3 has lints={mark.kwargs['lints']!r}. Give one of: {', '.join(_LINTS)}."
            )
        if "nested" in mark.kwargs:
            from fakes3.testing.nesting import check_nested

            check_nested(mark.kwargs["nested"])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let each example of hypothesis begin with the state in which the test begins."""
    __tracebackhide__ = True
    watch = item.stash.get(_WATCH, None)
    if watch is not None:
        watch.begin()
    test = getattr(item, "obj", None)
    if not (getattr(test, "is_hypothesis_test", False) and hasattr(test, "hypothesis")):  # a state machine has none
        return (yield)
    from fakes3.testing.hypothesis_tests import examples_of

    with examples_of(getattr(test, "__func__", test), _fixtures_of_others(item)):
        return (yield)


def _fixtures_of_others(item: pytest.Item) -> list[str]:
    """Return the fixtures of function scope that a test names, but for this plugin's and those in their place."""
    definitions = cast(Any, item)._fixtureinfo.name2fixturedefs
    named = [name for name in signature(cast(Any, item).function).parameters if name in definitions]
    return [
        name
        for name in named
        if definitions[name][-1].scope == "function"
        and all(each.func.__module__ not in _ALLOWED for each in definitions[name])
    ]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell in the report of a failed test what was in S3, and the reasons of what a server of fakes3 refused."""
    watch = item.stash.get(_WATCH, None)
    telling = watch if _chosen(item.config, "s3_report") == "on" else None
    if telling is not None and call.excinfo is not None:
        from fakes3.testing.notes import add_reasons

        add_reasons(call.excinfo.value, met_fakes=telling.has_fakes)
    with telling.shortened_tracebacks() if telling is not None else nullcontext():
        report = yield
    if watch is not None and report.when == "call":
        watch.has_passed = report.passed
    if telling is not None and report.failed:
        report.sections.extend(telling.sections())
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Tell what lints find in what a test that passed did, once everything is cleaned up."""
    result = yield
    watch, level = item.stash.get(_WATCH, None), _lints(item)
    if watch is None or not watch.has_passed or level == "off":
        return result
    from fakes3.testing.lints import S3LintWarning

    findings = watch.findings()
    if findings and level == "error":
        pytest.fail("\n".join(map(str, findings)), pytrace=False)
    for finding in findings:
        item.warn(S3LintWarning(str(finding)))
    return result


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Tell what differs between two snapshots that a test expects to be equal."""
    from fakes3.testing.snapshots import Snapshot

    if op == "==" and isinstance(left, Snapshot) and isinstance(right, Snapshot):
        return ["S3 is not the same:", *str(left.diff(right)).splitlines()]
    return None
