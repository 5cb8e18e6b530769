"""The door of minio-py. It sends with urllib3, whose door answers; here is only noted where its clients send to."""

from __future__ import annotations

from functools import wraps
from typing import Any

from fakes3.doors.endpoint import CLIENT_HOSTS
from fakes3.doors.entrance import Door


class MinioDoor(Door):
    """Notes the endpoints of clients, since at most of them a bucket may stand before the host."""

    module = "minio.helpers"
    replaces = ("BaseURL.build",)

    def replace(self, really: Any) -> Any:
        """Return the method that makes the URL of a request."""

        @wraps(really)
        def build(base_url: Any, *args: Any, **kwargs: Any) -> Any:
            if self._current() is not None:
                CLIENT_HOSTS.note(base_url.host)
            return really(base_url, *args, **kwargs)

        return build
