"""Spares botocore work on each request that it does again and again, and whose results it drops.

Whenever botocore asks for the body of a request, it copies the headers too; for each look at a header it makes an
object; and for each parameter of the rules by which endpoints are found it looks in four places, and walks through an
enum. A put asks for its body three times, looks at a hundred headers and has seventeen parameters: a quarter of
botocore's time.
"""

from __future__ import annotations

from collections.abc import Callable
from email.policy import compat32
from functools import cache, lru_cache, wraps
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

from fakes3.doors.entrance import Door
from fakes3.doors.originals import is_original

_MOST_NAMES = 1024

_PACKAGES = ("botocore", "collections", "email")
"""Where the functions are defined that are replaced here: some methods of headers are inherited from Python's own."""


class _SparingDoor(Door):
    """Replaces what is botocore's own. What another program put in its place sees and does all that it ever did."""

    only_spares = True

    def replace_at(self, path: str, really: Any) -> Any:
        """Return what takes the place of the attribute at a path: itself, unless it is botocore's own."""
        return self.spare(path, really) if _is_own(really) else really

    def spare(self, _path: str, really: Any) -> Any:
        """Return what does the same as an attribute of botocore's own, with less work."""
        raise NotImplementedError


def _is_own(attribute: Any) -> bool:
    function = attribute.fget if type(attribute) is property else attribute
    return any(is_original(function, package) for package in _PACKAGES)


class AwsRequestsDoor(_SparingDoor):
    """Gives the body of a request without its headers, and finds headers by keys that are made once for each name."""

    module = "botocore.awsrequest"
    needs = ("_HeaderKey", "AWSRequest.prepare", "AWSRequestPreparer.prepare")
    replaces = (
        *("AWSRequest.body", "HTTPHeaders.items"),
        *("HeadersDict.__init__", "HeadersDict.__contains__", "HeadersDict.__getitem__", "HeadersDict.__setitem__"),
    )

    def spare(self, path: str, really: Any) -> Any:
        """Return the property that is the body of a request, or a method of its headers."""
        module = import_module(self.module)
        if path == "AWSRequest.body":
            return _spare_headers(module, really)
        if path == "HTTPHeaders.items":
            return _list_headers(module.HTTPHeaders, really)
        kind = module.HeadersDict
        if not all(_is_own(getattr(kind, name)) for name in _OF_HEADERS):
            return really  # botocore's own call each other
        return _OF_HEADERS[path.partition(".")[2]](kind, _remember_keys(module._HeaderKey), really)


def _spare_headers(module: Any, really: Any) -> Any:
    """Return a property that is what `AWSRequest.prepare` gives as the body, in bytes if that is text."""
    prepare, prepare_really = module.AWSRequest.prepare, module.AWSRequestPreparer.prepare
    if not (_is_own(prepare) and _is_own(prepare_really)):
        return really

    def body(request: Any) -> Any:
        preparer = request._request_preparer
        # A subclass, or another program, may prepare requests in another way.
        if _function_of(request.prepare) is not prepare or _function_of(preparer.prepare) is not prepare_really:
            return really.fget(request)
        found = preparer._prepare_body(request)
        return found.encode() if isinstance(found, str) else found

    return property(body, doc=really.__doc__)


def _function_of(method: Any) -> Any:
    return getattr(method, "__func__", None)


def _list_headers(usual: Any, really: Any) -> Any:
    """Return a method that lists headers as they were set, where Python's policy for mail would change none of them."""

    @wraps(really)
    def items(headers: Any) -> list[tuple[str, Any]]:
        if type(headers) is not usual or headers.policy is not compat32:
            return really(headers)  # type: ignore[no-any-return]
        found: list[tuple[str, Any]] = headers._headers
        try:
            for _, value in found:
                if not value.isascii():
                    return really(headers)  # type: ignore[no-any-return]
        except AttributeError:  # neither text nor bytes
            return really(headers)  # type: ignore[no-any-return]
        return [*found]

    return items


def _is_usual_key(kind: Any) -> bool:
    """Whether keys of headers are as botocore's own: of a plain class, and hashed by their text."""
    own = vars(kind) if type(kind) is type and kind.__bases__ == (object,) else {}
    return "__slots__" not in own and all(name in own and _is_own(own[name]) for name in ("__hash__", "__eq__"))


@cache
def _remember_keys(kind: Any) -> Callable[[str], Any]:
    """Return a function that returns the key of a header. It depends on the name alone, and nobody changes it."""
    if not _is_usual_key(kind):
        return lru_cache(_MOST_NAMES)(kind)

    class Key(str, kind):  # type: ignore[misc]
        """A key that is the text in lower case, so that Python hashes it. botocore's own calls a function for that."""

        __slots__ = ()
        __init__, __str__, __repr__ = kind.__init__, kind.__str__, kind.__repr__

        def __new__(cls, name: str) -> Any:
            return str.__new__(cls, name.lower())

        def __reduce__(self) -> tuple[Any, ...]:
            return kind, (self._key,)

    return lru_cache(_MOST_NAMES)(lambda name: Key(name) if type(name) is str else kind(name))


def _begin(usual: Any, key_of: Callable[[str], Any], really: Any) -> Any:
    set_really = usual.__setitem__

    @wraps(really)
    def begin(headers: Any, *args: Any, **kwargs: Any) -> None:
        kind = type(args[0]) if len(args) == 1 and not kwargs and type(headers) is usual else None
        # botocore's own sets each header by the method, which another program may replace.
        if (kind is list or kind is dict) and getattr(usual.__setitem__, "__wrapped__", None) is set_really:
            pairs = args[0].items() if kind is dict else args[0]
            headers._dict = {key_of(name): value for name, value in pairs}
        else:
            really(headers, *args, **kwargs)

    return begin


def _contain(usual: Any, key_of: Callable[[str], Any], really: Any) -> Any:
    @wraps(really)
    def contain(headers: Any, name: str) -> bool:
        return key_of(name) in headers._dict if type(headers) is usual else really(headers, name)

    return contain


def _get(_usual: Any, key_of: Callable[[str], Any], really: Any) -> Any:
    @wraps(really)
    def get(headers: Any, name: str) -> Any:
        return headers._dict[key_of(name)]

    return get


def _set(_usual: Any, key_of: Callable[[str], Any], really: Any) -> Any:
    @wraps(really)
    def put(headers: Any, name: str, value: Any) -> None:
        headers._dict[key_of(name)] = value

    return put


_OF_HEADERS = {"__init__": _begin, "__contains__": _contain, "__getitem__": _get, "__setitem__": _set}
"""By the name of a method of headers, what makes that which takes its place."""


def _look_in_call(really: Any) -> Any:
    """Return the method that looks for one parameter in a call, its operation and its client."""

    @wraps(really)
    def resolve(resolver: Any, param_name: str, operation_model: Any, call_args: Any) -> Any:
        known = resolver._instance_cache
        names = known.get(operation_model)
        if names is None:
            names = known[operation_model] = {
                *resolver._get_static_context_params(operation_model),
                *resolver._get_dynamic_context_params(operation_model),
                *getattr(operation_model, "operation_context_parameters", ()),  # the lowest botocore has none
                *resolver._get_client_context_params(),
            }
        return really(resolver, param_name, operation_model, call_args) if param_name in names else None

    return resolve


def _look_in_client(really: Any) -> Any:
    """Return the method that returns a built-in parameter, of those that the client has."""
    names = frozenset(each.value for each in import_module("botocore.regions").EndpointResolverBuiltins)

    @wraps(really)
    def resolve(resolver: Any, builtin_name: str, builtins: Any) -> Any:
        value = builtins.get(builtin_name)
        is_plain = value is None or type(value) is str or type(value) is bool
        return value if is_plain and builtin_name in names else really(resolver, builtin_name, builtins)

    return resolve


_OF_PARAMETERS = {
    "EndpointRulesetResolver._resolve_param_from_context": _look_in_call,
    "EndpointRulesetResolver._resolve_param_as_builtin": _look_in_client,
}
"""By the path of a method that looks for parameters, what makes that which takes its place."""


class ParametersDoor(_SparingDoor):
    """Looks for the parameters of an endpoint in a call only where the model says that the call has them.

    Whether botocore knows the name of a built-in one is looked up in a set, not by a walk through an enum.
    """

    module = "botocore.regions"
    needs = ("EndpointResolverBuiltins",)
    replaces = tuple(_OF_PARAMETERS)

    def spare(self, path: str, really: Any) -> Any:
        """Return a method that looks for one parameter."""
        return _OF_PARAMETERS[path](really)


class UserAgentDoor(_SparingDoor):
    """Cleans each part of the header User-Agent once. Most of them are the same in all requests."""

    module = "botocore.useragent"
    replaces = ("sanitize_user_agent_string_component",)

    def spare(self, _path: str, really: Any) -> Any:
        """Return the function that replaces the characters that the header cannot have."""
        return lru_cache(_MOST_NAMES)(really)


class ExpiresDoor(_SparingDoor):
    """Looks only once whether an operation's responses have a member Expires."""

    module = "botocore.handlers"
    replaces = ("_has_expires_shape",)

    def spare(self, _path: str, really: Any) -> Any:
        """Return the function that looks through the members of a shape."""
        known: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()

        @wraps(really)
        def has_expires(shape: Any) -> Any:
            if shape is None:
                return really(shape)
            found = known.get(shape)
            if found is None:
                found = known[shape] = really(shape)
            return found

        return has_expires
