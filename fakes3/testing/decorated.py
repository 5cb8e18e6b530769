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
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, aclosing, contextmanager, nullcontext
from functools import wraps
from typing import TYPE_CHECKING, Any

from fakes3.model.errors import UsageError
from fakes3.testing.entries import ENTRIES, Hold
from fakes3.testing.moments import as_it_was, before_each_call, begin_example, is_for_examples, is_in_example

if TYPE_CHECKING:
    from fakes3.testing.fake import FakeS3
    from fakes3.testing.session import MockS3

_MOCK = "_fakes3_mock"
"""The attribute of a decorated class that holds its mock."""

_CALLS = "_fakes3_calls"
"""The attribute of a decorated function that holds its `_Calls`."""


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
    if is_for_examples(target):  # an example is a call by itself, whichever decorator stands above the other
        test: Any = target
        test.hypothesis.inner_test = decorate(test.hypothesis.inner_test, mock)
        setattr(test, _CALLS, getattr(test.hypothesis.inner_test, _CALLS))
        return test
    calls = _Calls(mock)
    wrapped = _wrap(target, calls.entered)
    setattr(wrapped, _CALLS, calls)  # decorators above this one copy it, as functools.wraps does
    return wrapped


class _Calls:
    """The calls of one decorated function."""

    def __init__(self, mock: MockS3) -> None:
        self.mock = mock

    @contextmanager
    def entered(self, *_: Any) -> Iterator[None]:
        """Enter for a call, unless the fixture of the same test has done so."""
        if ENTRIES.find(self) is not None:
            yield
        else:
            with self.mock.entered() as fake:
                is_given = "fake" in self.mock.options_given()
                with as_it_was(fake) if is_given and is_in_example() else nullcontext():
                    yield


@contextmanager
def entered_for_fixture(function: Any, instance: Any, mock: MockS3, marked: Iterable[str] = ()) -> Iterator[FakeS3]:
    """Enter for the fixture of a test. A test that is decorated too, by itself or in its class, has the same fake.

    Args:
        function: The test as pytest calls it; None for a test that is no function.
        instance: The test's instance of its class, or None.
        mock: What the fixture enters, unless the class of the test has entered.
        marked: The names of the options in the fixture's marker.

    Raises: UsageError, if that would leave out options of the decorator or of the fixture's marker.
    """
    calls, entry = getattr(function, _CALLS, None), ENTRIES.find(instance) if instance is not None else None
    ignored = list(calls.mock.options_given()) if calls is not None else []
    if entry is not None:
        ignored += (*getattr(_class_of(instance), _MOCK).options_given(), *marked)
    if ignored:
        raise UsageError(
            "@mock_s3 with options and the fixture s3 on one test would be two fakes. Leave out the decorator, "
            f"and give the options to the fixture: @pytest.mark.s3({', '.join(f'{name}=...' for name in ignored)})."
        )
    if entry is not None:
        yield entry.fake
        return
    with Hold(mock.make_entry(calls)) as entry:
        yield entry.fake


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
    for name in dir(target):
        test = inspect.getattr_static(target, name)
        if is_for_examples(test):
            test.hypothesis.inner_test = before_each_call(test.hypothesis.inner_test, _begin_example)
    # pytest calls setup_method before the fixtures of a test, in a TestCase too.
    _install(target, "setup_method", "teardown_method", lambda hook: hook)
    if _is_test_case(target):
        _install_in_test_case(target)
    else:
        _install_in_plain_class(target)
    _decorate_subclasses(target)


def _begin_example(*args: Any) -> None:
    """Begin an example of a test in a decorated class with the state of the test's start."""
    begin_example(entry for arg in args if arg is not None and (entry := ENTRIES.find(arg)) is not None)


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


def _install(target: Any, set_up_name: str, tear_down_name: str, bind: Callable[[Any], Any]) -> None:
    """Enter in a set-up of tests or of their class, and leave in the tear-down. `bind` makes a hook of a function."""
    set_up, tear_down = _find_hook(target, set_up_name), _find_hook(target, tear_down_name)

    def enter(owner: Any, method: Any = None) -> None:
        with ExitStack() as failing:
            if _class_of(owner) is target and _enter(owner):
                failing.callback(_leave, owner)  # no tear-down follows a set-up that fails
            _call(set_up, owner, method)
            failing.pop_all()

    def leave(owner: Any, method: Any = None) -> None:
        try:
            _call(tear_down, owner, method)
        finally:
            if _class_of(owner) is target:
                _leave(owner)

    setattr(target, set_up_name, bind(enter))
    setattr(target, tear_down_name, bind(leave))


def _install_in_plain_class(target: Any) -> None:
    """Enter the class in `setup_class`, and tests that are called without set-up by themselves."""
    for name in dir(target):
        method = inspect.getattr_static(target, name)
        if name.startswith("test") and inspect.isfunction(method):
            setattr(target, name, _wrap(method, _in_test))
    _install(target, "setup_class", "teardown_class", classmethod)


def _install_in_test_case(target: Any) -> None:
    """Enter a `unittest.TestCase` in `setUpClass`, and its tests when they are run without pytest."""
    target.run = _wrap(target.run, _in_test)
    target.debug = _wrap(target.debug, _in_test)
    set_up = _find_hook(target, "setUpClass")

    def setUpClass(cls: Any) -> None:
        if entered := cls is target and _enter(cls):
            # The first cleanup is the last to run: after tearDownClass and everything the class cleans up.
            cls.addClassCleanup(_leave, cls)
        try:
            _call(set_up, cls)
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
    with ExitStack() as stack:
        if _enter(test):
            stack.callback(_leave, test)
        yield


def _enter(owner: Any) -> bool:
    """Enter for a class or a test unless it is entered already; return whether it did."""
    if ENTRIES.find(owner) is not None:
        return False
    cls = _class_of(owner)
    of_class = ENTRIES.find(cls)
    entry = getattr(cls, _MOCK).make_entry(owner, of_class=of_class)
    try:
        ENTRIES.enter(entry, instead_of=of_class)
        # An IsolatedAsyncioTestCase runs its tests in a context that it copied when it was made.
        context = getattr(owner, "_asyncioTestContext", None)
        if context is not None:
            context.run(ENTRIES.entrance.adopt, entry.endpoint)
    except BaseException:
        ENTRIES.leave(entry)
        raise
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


def _class_of(owner: Any) -> Any:
    """Return a class itself, and the class of a test."""
    return owner if isinstance(owner, type) else type(owner)


def _call(hook: Any, owner: Any, method: object = None) -> None:
    """Call a set-up or tear-down as found on a class, with the class or the test's method if it takes one."""
    if hook is None:
        return
    of_class = isinstance(owner, type)
    if hasattr(hook, "__get__"):
        hook = hook.__get__(None if of_class else owner, _class_of(owner))
    if inspect.signature(hook).parameters:
        hook(owner if of_class else method)
    else:
        hook()
