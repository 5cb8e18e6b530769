"""Who made a request: the access key its signature names.

S3: API/sig-v4-authenticating-requests.html
"""

from __future__ import annotations

from collections.abc import Mapping

from fakes3.model.identity import ANONYMOUS, Principal
from fakes3.operations.service import Service
from fakes3.wire.message import Request


def caller_of(service: Service, request: Request, query: Mapping[str, str]) -> Principal:
    """The principal whose key signed; nobody in particular where nobody signed.

    A key the fake does not know is the root of the fake's own account, so that plain tests need no set-up.
    """
    key_id = access_key_id(request.headers, query)
    if key_id is None:
        return ANONYMOUS
    key = service.access_keys.get(key_id)
    return service.root if key is None else key.principal


def access_key_id(headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
    """The access key id that a request names in its header or query, in any version of signatures."""
    authorization = headers.get("authorization")
    if authorization is not None:
        scheme, _, rest = authorization.partition(" ")
        if scheme == "AWS":
            return rest.partition(":")[0]
        return rest.partition("Credential=")[2].partition("/")[0]
    if "X-Amz-Credential" in query:
        return query["X-Amz-Credential"].partition("/")[0]
    return query.get("AWSAccessKeyId")
