"""Every error of S3 by its code, for those who name an error by its code.

Errors that no rule raises yet are rows of `unraised_errors.json`: code, status, message, and when S3 sends it. For a
rule that raises one, move its row to a class in `errors`, `annotation_errors`, `configuration_errors`,
`control_errors`, `directory_errors`, `kms_errors`, `missing_configurations`, `select_errors` or `website_errors`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from fakes3.model import (
    annotation_errors,
    configuration_errors,
    control_errors,
    directory_errors,
    errors,
    kms_errors,
    missing_configurations,
    select_errors,
    website_errors,
)
from fakes3.model.data_files import read_beside
from fakes3.model.errors import S3Error


def _make_unraised() -> Iterator[type[S3Error]]:
    """Make a class of each row of the table."""
    for code, status, message, when in json.loads(read_beside(__name__, "unraised_errors.json")):
        attributes = {"__doc__": when, "__module__": __name__}
        yield type(code.replace(".", ""), (S3Error,), attributes, status=status, message=message, code=code)


_HOMES = {
    each.__name__
    for each in (
        errors,
        annotation_errors,
        configuration_errors,
        control_errors,
        directory_errors,
        kms_errors,
        missing_configurations,
        select_errors,
        website_errors,
    )
}
_raised = {error.code: error for error in S3Error.__subclasses__() if error.__module__ in _HOMES}
_unraised = {error.code: error for error in _make_unraised()}
globals().update({error.__name__: error for error in _unraised.values()})  # where pickle looks for a class

BY_CODE: Mapping[str, type[S3Error]] = MappingProxyType(_raised | _unraised)
"""The class of each error that S3 can send, by its code."""
