"""Functions and classes of tests, each of whose calls and tests is one entry of a mock.

A class of tests is entered twice: once for the class, so that `setup_class` and `setUpClass` meet a fake and not the
network, and once for each test, from its set-up to its tear-down. A test's own fake is a fork of its class's: what the
class's set-up made is there, and what the test does to it no other test sees.

Subclasses are decorated with their base, or a set-up that one of them overrides would run outside. Hooks of a class
and of its bases call each other, so only the outermost that is called enters, and it alone leaves.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, contextmanager
from functools import wraps
from typing import Any, Protocol

from fakes3.model.errors import UsageError

_ENTERED = "_fakes3_entered"
"""The attribute by which a test's instance says through whom it was entered."""


class Mock(Protocol):
    """What is entered."""

    def entered(self) -> Any:
        """A context manager for one entry."""

    def enter_class(self) -> Any:
        """Enter for a class of tests; the entry."""

    def enter_test(self, of_class: Any, test: object) -> Any:
        """Enter for one test; the entry. `of_class` is the entry of its class, or None."""

    def leave(self, entry: Any) -> None:
        """Leave what was entered."""


def decorated(target: Any, mock: Mock) -> Any:
    """A function, coroutine function, generator function or class, decorated.

    Raises: UsageError, for anything else.
    """
    if _is_fixture(target):
        raise UsageError(
            "mock_s3 cannot decorate what pytest has made a fixture already. Put @mock_s3 below @pytest.fixture."
        )
    if not callable(target):
        raise UsageError(
            f"mock_s3 cannot decorate {target!r}. Put it on a function or class, or use `with mock_s3():`."
        )
    if isinstance(target, type):
        _decorate_class(target, mock)
        return target
    return _decorated(target, lambda *_: mock.entered())


def _decorated(function: Any, entered: Callable[..., Any]) -> Any:
    """The function, each call of which happens inside what `entered` answers for the call's arguments."""
    if inspect.isasyncgenfunction(function):

        async def items_of(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            with entered(*args):
                async with aclosing(function(*args, **kwargs)) as items:
                    async for item in items:
                        yield item

        return wraps(function)(items_of)
    if inspect.iscoroutinefunction(function):

        async def awaited(*args: Any, **kwargs: Any) -> Any:
            with entered(*args):
                return await function(*args, **kwargs)

        return wraps(function)(awaited)
    if inspect.isgeneratorfunction(function):

        def generated(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with entered(*args):
                return (yield from function(*args, **kwargs))

        return wraps(function)(generated)

    def called(*args: Any, **kwargs: Any) -> Any:
        with entered(*args):
            return function(*args, **kwargs)

    return wraps(function)(called)


def _decorate_class(target: Any, mock: Mock) -> None:
    hooks = _Hooks(target, mock)
    if _is_test_case(target):
        hooks.install_test_case()
    else:
        hooks.install_plain()
    own = target.__dict__.get("__init_subclass__")

    def init_subclass(cls: Any, /, **kwargs: Any) -> None:
        if own is None:
            super(target, cls).__init_subclass__(**kwargs)
        else:
            own.__get__(None, cls)(**kwargs)
        _decorate_class(cls, mock)

    target.__init_subclass__ = classmethod(init_subclass)


def _is_test_case(target: type) -> bool:
    # Who has a TestCase has imported its module; nothing is imported here to find out.
    module = sys.modules.get("unittest")
    return module is not None and issubclass(target, module.TestCase)


def _is_fixture(target: Any) -> bool:
    """Whether this is a fixture of pytest, of any release: a function no more."""
    return type(target).__name__ == "FixtureFunctionDefinition" or hasattr(target, "_pytestfixturefunction")


_CLASSES: dict[type, Any] = {}
"""The classes that are entered, with their entries."""


class _Hooks:
    """The set-up and tear-down of one decorated class, and of its tests."""

    def __init__(self, target: Any, mock: Mock) -> None:
        self._target = target
        self._mock = mock
        self._class_entries: dict[type, Any] = {}

    def install_plain(self) -> None:
        """For a class as pytest runs it. A test that is called by hand, without set-up, is an entry of its own."""
        for name in dir(self._target):
            method = inspect.getattr_static(self._target, name)
            if name.startswith("test") and inspect.isfunction(method):
                setattr(self._target, name, _decorated(method, self._in_test))
        self._install_around_tests()
        set_up, tear_down = self._original("setup_class"), self._original("teardown_class")

        def setup_class(cls: Any) -> None:
            entered = self._enter_class(cls)
            try:
                _call(set_up, None, cls, cls)
            except BaseException:
                if entered:
                    self._leave_class(cls)
                raise

        def teardown_class(cls: Any) -> None:
            try:
                _call(tear_down, None, cls, cls)
            finally:
                self._leave_class(cls)

        self._target.setup_class = classmethod(setup_class)
        self._target.teardown_class = classmethod(teardown_class)

    def install_test_case(self) -> None:
        """For a `unittest.TestCase`: entered by pytest before the class's fixtures, else when it is run."""
        self._install_around_tests()
        self._target.run = _decorated(self._target.run, self._in_test)
        self._target.debug = _decorated(self._target.debug, self._in_test)
        set_up = self._original("setUpClass")

        def setUpClass(cls: Any) -> None:
            entered = self._enter_class(cls)
            if entered:
                # The first cleanup is the last to run: after tearDownClass and everything the class cleans up.
                cls.addClassCleanup(self._leave_class, cls)
            try:
                _call(set_up, None, cls, cls)
            except Exception:
                raise  # the runner cleans up
            except BaseException:
                if entered:
                    self._leave_class(cls)
                raise

        self._target.setUpClass = classmethod(setUpClass)

    def _install_around_tests(self) -> None:
        set_up, tear_down = self._original("setup_method"), self._original("teardown_method")

        def setup_method(test: Any, method: Any = None) -> None:
            entered = self._enter(test)
            try:
                _call(set_up, test, type(test), method)
            except BaseException:
                if entered:
                    self._leave(test)
                raise

        def teardown_method(test: Any, method: Any = None) -> None:
            try:
                _call(tear_down, test, type(test), method)
            finally:
                self._leave(test)

        self._target.setup_method, self._target.teardown_method = setup_method, teardown_method

    def _original(self, name: str) -> Any:
        found = inspect.getattr_static(self._target, name, None)
        if _is_fixture(found):
            raise UsageError(
                f"mock_s3 cannot decorate {self._target.__qualname__}: its {name} is a pytest fixture. "
                "Give the fixture another name."
            )
        return found

    @contextmanager
    def _in_test(self, test: Any, *_: Any) -> Iterator[None]:
        entered = self._enter(test)
        try:
            yield
        finally:
            if entered:
                self._leave(test)

    def _enter(self, test: Any) -> bool:
        """Enter for a test, unless that was done; whether it was not."""
        if _ENTERED in vars(test):
            return False
        entry = self._mock.enter_test(_CLASSES.get(type(test)), test)
        setattr(test, _ENTERED, (self, entry))
        return True

    def _leave(self, test: Any) -> None:
        """Leave what these hooks entered for a test, if they did."""
        through, entry = vars(test).get(_ENTERED, (None, None))
        if through is self:
            delattr(test, _ENTERED)
            self._mock.leave(entry)

    def _enter_class(self, cls: type) -> bool:
        if cls in _CLASSES:
            return False
        _CLASSES[cls] = self._class_entries[cls] = self._mock.enter_class()
        return True

    def _leave_class(self, cls: type) -> None:
        entry = self._class_entries.pop(cls, None)
        if entry is not None:
            del _CLASSES[cls]
            self._mock.leave(entry)


def _call(function: Any, instance: object, owner: type, argument: object) -> None:
    """Call a set-up or tear-down found on a class, which may take one more argument or not."""
    if function is None:
        return
    bound = function.__get__(instance, owner) if hasattr(function, "__get__") else function
    if inspect.signature(bound).parameters:
        bound(argument)
    else:
        bound()
