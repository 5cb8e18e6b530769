"""Every private attribute of another library that a door touches, named once. A new release may take any of them away.

botocore's are looked for in the release that is installed. Most doors need only public names; the door above HTTP does
the work of botocore's client, and so needs its parts.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import boto3
import botocore.awsrequest
import botocore.client
import botocore.credentials
import botocore.endpoint
import botocore.handlers
import botocore.history
import botocore.hooks
import botocore.httpchecksum
import botocore.loaders
import botocore.parsers
import botocore.session
import botocore.signers
import botocore.utils
import pytest
from botocore.retries.bucket import Clock, TokenBucket

import fakes3.doors

HISTORY: Any = botocore.history
SESSION: Any = botocore.session.get_session()
TOKENS = TokenBucket(1, Clock())
REFRESHABLE: Any = botocore.credentials.RefreshableCredentials
EXPRESS = REFRESHABLE("key", "secret", "token", None, None, "s3express")

BOTOCORE: dict[str, tuple[Callable[[Any], Any], str]] = {
    # attribute: its owner, given a client; the modules of doors that touch it
    "_alias_name_cache": (lambda client: client.meta.events, "botocore_sharing"),
    "_builtins": (lambda client: client._ruleset_resolver, "direct_kinds"),
    "_cache": (lambda _: botocore.loaders.Loader(), "botocore_loader direct_listeners"),
    "_checksum": (lambda _: botocore.httpchecksum.AwsChunkedWrapper(BytesIO()), "direct_cache messages"),
    "_client_method": (lambda client: client.get_waiter("object_exists")._operation_method, "botocore_waiting"),
    "_components": (lambda _: SESSION, "botocore_profiles"),
    "_convert_to_request_dict": (lambda client: client, "direct direct_aiobotocore direct_witnesses"),
    "_create_api_method": (lambda _: botocore.client.ClientCreator, "botocore_sharing"),
    "_create_credential_resolver": (lambda _: SESSION, "botocore_profiles"),
    "_create_methods": (lambda _: botocore.client.ClientCreator, "botocore_sharing"),
    "_credentials": (lambda client: client._request_signer, "aiobotocore botocore botocore_profiles direct"),
    "_current_capacity": (lambda _: TOKENS, "botocore_waiting"),
    "_defaults": (lambda client: client._endpoint._response_parser_factory, "direct_parser"),
    "_deferred": (lambda _: SESSION._components, "botocore_profiles"),
    "_dict": (lambda _: botocore.awsrequest.HeadersDict(), "botocore_requests messages"),
    "_do_get_response": (lambda _: botocore.endpoint.Endpoint, "direct_witnesses"),
    "_emit_api_params": (lambda client: client, "direct direct_aiobotocore direct_witnesses"),
    "_emitter": (lambda client: client.meta.events, "botocore_sharing direct_listeners"),
    "_enabled": (lambda _: HISTORY.get_global_history_recorder(), "direct_witnesses"),
    "_endpoint": (lambda client: client, "botocore_waiting direct direct_aiobotocore direct_parser direct_witnesses"),
    "_event_aliases": (lambda client: client.meta.events, "botocore_sharing"),
    "_event_emitter": (
        lambda client: client._endpoint,
        "botocore_sharing botocore_waiting direct direct_aiobotocore direct_kinds",
    ),
    "_fill_rate": (lambda _: TOKENS, "botocore_waiting"),
    "_get_client_context_params": (lambda client: client._ruleset_resolver, "botocore_requests"),
    "_get_dynamic_context_params": (lambda client: client._ruleset_resolver, "botocore_requests"),
    "_get_static_context_params": (lambda client: client._ruleset_resolver, "botocore_requests"),
    "_has_expires_shape": (lambda _: botocore.handlers, "botocore_requests"),
    "_prepare_body": (lambda _: cast(Any, botocore.awsrequest).AWSRequest()._request_preparer, "botocore_requests"),
    "_request_preparer": (lambda _: cast(Any, botocore.awsrequest).AWSRequest(), "botocore_requests"),
    "_resolve_param_as_builtin": (lambda client: client._ruleset_resolver, "botocore_requests"),
    "_resolve_param_from_context": (lambda client: client._ruleset_resolver, "botocore_requests"),
    "_HeaderKey": (lambda _: botocore.awsrequest, "botocore_requests"),
    "_gen_args": (lambda client: type(client).put_object.__doc__, "botocore_sharing"),
    "_gen_kwargs": (lambda client: type(client).put_object.__doc__, "botocore_sharing"),
    "_get_response": (lambda _: botocore.endpoint.Endpoint, "direct direct_aiobotocore direct_witnesses"),
    "_instance_cache": (lambda client: client._ruleset_resolver, "botocore_requests direct_kinds"),
    "_param_definitions": (lambda client: client._ruleset_resolver, "direct_kinds"),
    "_provider": (lambda client: client._ruleset_resolver, "direct_kinds"),
    "_ruleset_resolver": (lambda client: client, "direct_kinds"),
    "_service_model": (lambda client: client._ruleset_resolver, "direct_kinds"),
    "_handlers": (lambda client: client.meta.events._emitter, "botocore_sharing direct_listeners"),
    "_frozen_credentials": (lambda _: EXPRESS, "botocore_profiles"),
    "_last_timestamp": (lambda _: TOKENS, "botocore_waiting"),
    "_load_service_model": (lambda _: botocore.client.ClientCreator, "botocore_sharing"),
    "_lookup_cache": (lambda client: client.meta.events._emitter, "direct_listeners"),
    "_lower": (lambda _: next(iter(vars(botocore.awsrequest.HeadersDict({"A": "b"}))["_dict"])), "messages"),
    "_make_api_call": (lambda _: botocore.client.BaseClient, "botocore direct direct_aiobotocore"),
    "_make_chunk": (lambda _: botocore.httpchecksum.AwsChunkedWrapper, "direct_witnesses"),
    "_needs_retry": (
        lambda _: botocore.endpoint.Endpoint,
        "aiobotocore botocore_waiting direct direct_aiobotocore direct_witnesses",
    ),
    "_operation_method": (lambda client: client.get_waiter("object_exists"), "botocore_waiting"),
    "_original_handler": (lambda _: SESSION, "botocore_sharing"),
    "_parse_shape": (lambda _: botocore.parsers.ResponseParser, "direct_parser"),
    "_parse_timestamp_with_tzinfo": (lambda _: botocore.utils, "botocore_sharing"),
    "_proxies": (lambda client: client._endpoint.http_session._proxy_config, "direct_witnesses"),
    "_proxy_config": (lambda client: client._endpoint.http_session, "direct_witnesses"),
    "_raw": (lambda _: botocore.httpchecksum.AwsChunkedWrapper(BytesIO()), "botocore messages"),
    "_refill": (lambda _: TOKENS, "botocore_waiting"),
    "_register_builtin_handlers": (lambda _: SESSION, "botocore_sharing"),
    "_request_signer": (lambda client: client, "direct direct_aiobotocore direct_witnesses"),
    "_resolve_endpoint_ruleset": (
        lambda client: client,
        "aiobotocore botocore direct direct_aiobotocore direct_witnesses",
    ),
    "_seconds_remaining": (lambda _: EXPRESS, "botocore_profiles"),
    "_response_parser_factory": (lambda client: client._endpoint, "direct_parser"),
    "_root": (lambda client: client.meta.events._emitter._handlers, "botocore_sharing direct_listeners"),
    "_send": (lambda client: client._endpoint, "aiobotocore botocore direct_witnesses"),
    "_send_request": (lambda _: botocore.endpoint.Endpoint, "direct_witnesses"),
    "_serializer": (lambda client: client, "direct_witnesses"),
    "_service_description": (lambda client: client.meta.service_model, "botocore_sharing direct_kinds"),
    "_service_name": (lambda client: client.meta.service_model, "botocore_sharing"),
    "_timestamp_parser": (lambda _: cast(Any, botocore.parsers).RestXMLParser(), "direct_parser"),
}

OTHERS = {
    "_acquired": "aiohttp",
    "_base_handler": "native",  # deltalake's
    "_baseclass": "http_client urllib3",  # vcrpy's
    "_buffer": "http_client",
    "_build_ssl_contexts": "aiobotocore",  # aiobotocore's
    "_cache": "aiobotocore",
    "_cert_file": "aiobotocore",  # aiobotocore's
    "_connector": "aiohttp",
    "_create_connector": "direct_witnesses",  # aiobotocore's
    "_data": "environment",  # os.environ's
    "_exit_stack": "direct_aiobotocore",  # aiobotocore's
    "_finalizing": "messages",  # of io.IOBase
    "_fs": "pyarrow",
    "_get_session": "direct_witnesses",  # aiobotocore's
    "_get_ssl_context": "aiobotocore",  # aiobotocore's
    "_getframe": "messages",  # of sys
    "_is_owned": "locks",  # of the lock that may be taken again, which threading.Condition asks for it too
    "_headers": "botocore_requests",  # of email.message.Message
    "_loop": "aiohttp",
    "_make_request": "direct_aiobotocore direct_witnesses urllib3",  # botocore's as well
    "_request": "direct_witnesses",  # aiohttp's
    "_send_output": "http_client",
    "_sessions": "direct_witnesses",  # aiobotocore's
    "_should_use_crt": "botocore",  # boto3's
    "_source_traceback": "aiohttp",
    "_storage_options": "holding",  # deltalake's
    "_stringify_path": "pyarrow",
    "_transport_for_url": "httpx",
    "_tunnel_host": "http_client",
    "_tunnel_port": "http_client",
    "_verify": "aiobotocore",  # aiobotocore's
    "_version_id": "moto",  # of its delete markers
}
"""Attributes of other libraries, and the modules of doors that touch them."""

OURS = {"_fakes3_guard", "_is_alone", "_lock", "_own_cache", "_replace"}  # the last is a method of every NamedTuple


@pytest.fixture(scope="module")
def client() -> Any:
    return boto3.client("s3", region_name="us-east-1", aws_access_key_id="AKID", aws_secret_access_key="secret")


def is_private(name: object) -> bool:
    return isinstance(name, str) and name.startswith("_") and not name.startswith("__") and name.isidentifier()


def private_names(tree: ast.AST) -> set[str]:
    """The private attributes of all but `self`, those that are named in strings, and private properties."""
    found: set[Any] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id == "self"):
            found.add(node.attr)
        elif isinstance(node, ast.Constant):
            found |= set(str(node.value).split("."))  # a door names what it replaces by its path in the module
        elif isinstance(node, ast.FunctionDef) and any(ast.unparse(each) == "property" for each in node.decorator_list):
            found.add(node.name)
    return {name for name in found if is_private(name) and name.strip("_")}


@pytest.mark.parametrize("name", sorted(BOTOCORE))
def test_botocore_has_it(client, name):
    owner, _ = BOTOCORE[name]
    assert hasattr(owner(client), name)


def test_redirects_are_kept_where_they_were(client):
    """The region redirector is a listener, found by the name of its method."""
    listeners = client.meta.events._emitter._handlers.prefix_search("before-endpoint-resolution.s3.GetObject")
    (redirector,) = [each.__self__ for each in listeners if each.__name__ == "redirect_from_cache"]
    assert isinstance(redirector._cache, dict)


def test_no_door_touches_another_one():
    named: set[tuple[str, str]] = set()
    homes = {name: modules for name, (_, modules) in BOTOCORE.items()}
    for name, modules in (*homes.items(), *OTHERS.items()):
        named |= {(module, name) for module in modules.split()}
    touched = {
        (path.stem, name)
        for path in Path(fakes3.doors.__path__[0]).glob("*.py")
        for name in private_names(ast.parse(path.read_text(encoding="utf-8"))) - OURS
    }
    assert named == touched
