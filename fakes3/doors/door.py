"""The names of `endpoint` and `entrance`, until all that import them from here are moved."""

from fakes3.doors.endpoint import Endpoint as Endpoint
from fakes3.doors.entrance import Door as Door
from fakes3.doors.entrance import Entrance as Entrance
from fakes3.doors.prepared import read_prepared as request_of

__all__ = ["Door", "Endpoint", "Entrance", "request_of"]
