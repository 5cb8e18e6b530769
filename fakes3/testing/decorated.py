"""Decorated functions and classes of tests.

Each call of a decorated function is one entry. A class of tests is entered twice: once for the class, so that
`setup_class` and `setUpClass` have a fake, and once for each test, from its set-up to its tear-down. The fake of a test
is a fork of its class's: it has what the class's set-up made, and no other test sees what it does.

A subclass of a decorated class is decorated too. Its set-up may call that of its base, so only the hooks of the test's
own class enter and leave.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from fakes3.model.errors import UsageError
from fakes3.testing.entries import ENTRIES

if TYPE_CHECKING:
    from fakes3.testing.session import MockS3

_MOCK = "_fakes3_mock"
"""The attribute of a decorated class that holds its mock."""


def decorate(target: Any, mock: MockS3) -> Any:
    """Decorate a function, coroutine function, generator function or class.

    Raises: UsageError, for anything else.
    """
    if _is_fixture(target):
        raise UsageError("mock_s3 cannot decorate a pytest fixture. Put @mock_s3 below @pytest.fixture.")
    if not callable(target):
        raise UsageError(
            f"mock_s3 cannot decorate {target!r}. Put it on a function or class, or use `with mock_s3():`."
        )
    if isinstance(target, type):
        _decorate_class(target, mock)
        return target
    return _wrap(target, lambda *_: mock.entered())


def _wrap(function: Any, entered: Callable[..., Any]) -> Any:
    """Return the function, with each call inside the context that `entered` returns for the call's arguments."""
    if inspect.isasyncgenfunction(function):

        async def generate_async(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            with entered(*args):
                async with aclosing(function(*args, **kwargs)) as items:
                    async for item in items:
                        yield item

        return wraps(function)(generate_async)
    if inspect.iscoroutinefunction(function):

        async def call_async(*args: Any, **kwargs: Any) -> Any:
            with entered(*args):
                return await function(*args, **kwargs)

        return wraps(function)(call_async)
    if inspect.isgeneratorfunction(function):

        def generate(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with entered(*args):
                return (yield from function(*args, **kwargs))

        return wraps(function)(generate)

    def call(*args: Any, **kwargs: Any) -> Any:
        with entered(*args):
            return function(*args, **kwargs)

    return wraps(function)(call)


def _decorate_class(target: Any, mock: MockS3) -> None:
    is_decorated = _MOCK in vars(target)
    setattr(target, _MOCK, mock)
    if is_decorated:  # with its base, and now by itself: its own mock replaces the base's
        return
    _install_around_tests(target)
    if _is_test_case(target):
        _install_in_test_case(target)
    else:
        _install_in_plain_class(target)
    _decorate_subclasses(target)


def _decorate_subclasses(target: Any) -> None:
    own = vars(target).get("__init_subclass__")

    def init_subclass(cls: Any, /, **kwargs: Any) -> None:
        if own is None:
            super(target, cls).__init_subclass__(**kwargs)
        else:
            own.__get__(None, cls)(**kwargs)
        if _MOCK not in vars(cls):
            _decorate_class(cls, getattr(target, _MOCK))

    target.__init_subclass__ = classmethod(init_subclass)


def _install_around_tests(target: Any) -> None:
    """Enter each test in `setup_method`, which pytest calls before the fixtures of a test, in a TestCase too."""
    set_up, tear_down = _find_hook(target, "setup_method"), _find_hook(target, "teardown_method")

    def setup_method(test: Any, method: Any = None) -> None:
        with _left_on_error(test, type(test) is target and _enter_test(test)):
            _call(set_up, test, type(test), method)

    def teardown_method(test: Any, method: Any = None) -> None:
        try:
            _call(tear_down, test, type(test), method)
        finally:
            if type(test) is target:
                _leave(test)

    target.setup_method, target.teardown_method = setup_method, teardown_method


def _install_in_plain_class(target: Any) -> None:
    """Enter the class in `setup_class`, and tests that are called without set-up by themselves."""
    for name in dir(target):
        method = inspect.getattr_static(target, name)
        if name.startswith("test") and inspect.isfunction(method):
            setattr(target, name, _wrap(method, _in_test))
    set_up, tear_down = _find_hook(target, "setup_class"), _find_hook(target, "teardown_class")

    def setup_class(cls: Any) -> None:
        with _left_on_error(cls, cls is target and _enter_class(cls)):
            _call(set_up, None, cls, cls)

    def teardown_class(cls: Any) -> None:
        try:
            _call(tear_down, None, cls, cls)
        finally:
            if cls is target:
                _leave(cls)

    target.setup_class, target.teardown_class = classmethod(setup_class), classmethod(teardown_class)


def _install_in_test_case(target: Any) -> None:
    """Enter a `unittest.TestCase` in `setUpClass`, and its tests when they are run without pytest."""
    target.run = _wrap(target.run, _in_test)
    target.debug = _wrap(target.debug, _in_test)
    set_up = _find_hook(target, "setUpClass")

    def setUpClass(cls: Any) -> None:
        entered = cls is target and _enter_class(cls)
        if entered:
            # The first cleanup is the last to run: after tearDownClass and everything the class cleans up.
            cls.addClassCleanup(_leave, cls)
        try:
            _call(set_up, None, cls, cls)
        except Exception:
            raise  # the runner cleans up
        except BaseException:
            if entered:
                _leave(cls)
            raise

    target.setUpClass = classmethod(setUpClass)


def _find_hook(target: Any, name: str) -> Any:
    """Return a set-up or tear-down of a class as it stands there, or None.

    Raises: UsageError, when it is a pytest fixture.
    """
    hook = inspect.getattr_static(target, name, None)
    if _is_fixture(hook):
        raise UsageError(
            f"mock_s3 cannot decorate {target.__qualname__}: its {name} is a pytest fixture. "
            "Give the fixture another name."
        )
    return hook


@contextmanager
def _in_test(test: Any, *_: Any) -> Iterator[None]:
    """Enter for a test unless it is entered already."""
    entered = _enter_test(test)
    try:
        yield
    finally:
        if entered:
            _leave(test)


@contextmanager
def _left_on_error(owner: object, entered: bool) -> Iterator[None]:
    """Leave the entry of a class or test if its set-up fails, since no tear-down follows then."""
    try:
        yield
    except BaseException:
        if entered:
            _leave(owner)
        raise


def _enter_test(test: Any) -> bool:
    """Enter for a test unless it is entered already; return whether it did."""
    if ENTRIES.find(test) is not None:
        return False
    entry = getattr(type(test), _MOCK).enter(test, of_class=ENTRIES.find(type(test)))
    # An IsolatedAsyncioTestCase runs its tests in a context that it copied when it was made.
    context = getattr(test, "_asyncioTestContext", None)
    if context is not None:
        context.run(ENTRIES.entrance.adopt, entry.endpoint)
    return True


def _enter_class(cls: type) -> bool:
    """Enter for a class unless it is entered already; return whether it did."""
    if ENTRIES.find(cls) is not None:
        return False
    getattr(cls, _MOCK).enter(cls)
    return True


def _leave(owner: object) -> None:
    """Leave the entry of a class or test, if it has one."""
    entry = ENTRIES.find(owner)
    if entry is not None:
        ENTRIES.leave(entry)


def _is_test_case(target: type) -> bool:
    # Nothing is imported to find out: a TestCase exists only where unittest was imported.
    module = sys.modules.get("unittest")
    return module is not None and issubclass(target, module.TestCase)


def _is_fixture(target: Any) -> bool:
    """Whether this is a pytest fixture, which is no longer a function, in any release of pytest."""
    return type(target).__name__ == "FixtureFunctionDefinition" or hasattr(target, "_pytestfixturefunction")


def _call(function: Any, instance: object, owner: type, argument: object) -> None:
    """Call a set-up or tear-down as found on a class, with one more argument if it takes one."""
    if function is None:
        return
    bound = function.__get__(instance, owner) if hasattr(function, "__get__") else function
    if inspect.signature(bound).parameters:
        bound(argument)
    else:
        bound()
