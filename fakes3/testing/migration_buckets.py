"""What a suite that is green on moto says in literals, and S3 refuses or moto alone knows: it is listed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from fakes3.model.errors import InvalidBucketName
from fakes3.model.names import check_bucket_name, fit_bucket_name
from fakes3.testing.migration_evidence import Finding, argument_of, literal_of, name_of

_SETTINGS = {
    "MOTO_S3_CUSTOM_ENDPOINTS": "requests that are signed for S3 meet the fake at any host. For others write "
    "mock_s3(endpoints=[...])",
    "S3_UPLOAD_PART_MIN_SIZE": "write mock_s3(min_part_size=...)",
    "MOTO_S3_DEFAULT_MAX_KEYS": "pass MaxKeys= to the call, or PaginationConfig= to its paginator",
    "MOTO_ACCOUNT_ID": "write mock_s3(account=...)",
    "MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS": "other accounts are those of s3.account(id), and their policies decide",
    "TEST_SERVER_MODE": "the fake has no such mode. Serve it by s3.server(), or run fakes3 serve",
    "set_initial_no_auth_action_count": "write mock_s3(enforce_iam=True) and callers by s3.user(name, policy=...)",
    "s3_backends": "it shows the fake's buckets too. Prefer s3[bucket][key] of `with mock_s3() as s3`",
    "moto-api": "the fake's server has POST /_fakes3/reset for it, and a fresh mock_s3() is empty",
}
"""What moto is set up with and what fakes3 has for it, by a name that stands in code or in a literal."""


def find_in_literals(tree: ast.Module) -> Iterator[Finding]:
    """Yield what a module says that will be refused, and what moto alone knows."""
    texts = _constants(tree)
    regions = _regions_of_clients(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) == "create_bucket":
            yield from _check_name(node, texts)
            yield from _check_region(node, regions)
        elif isinstance(node, ast.Dict):
            yield from _check_constraint(node)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "moto":
            if node.names[0].name == "*":
                yield Finding(node.lineno, "it is not said what of moto is imported. Name it, and run this again")
        else:
            yield from _find_setting(node)


def _constants(tree: ast.Module) -> dict[str, str]:
    """Return the texts that names of the module stand for, where each is assigned once."""
    found: dict[str, list[str | None]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if name_of(target):
                    found.setdefault(name_of(target), []).append(literal_of(node.value))
    return {name: texts[0] for name, texts in found.items() if len(texts) == 1 and texts[0] is not None}


def _text_of(node: ast.AST | None, texts: Mapping[str, str]) -> str | None:
    return None if node is None else texts.get(name_of(node)) if name_of(node) else literal_of(node)


def _check_name(call: ast.Call, texts: Mapping[str, str]) -> Iterator[Finding]:
    name = _text_of(argument_of(call, "Bucket"), texts)
    if name is None:
        return
    try:
        check_bucket_name(name)
    except InvalidBucketName:
        text = f'S3 refuses "{name}" as a name of a bucket. Name it "{fit_bucket_name(name)}", for example'
        yield Finding(call.lineno, text)


def _regions_of_clients(tree: ast.Module) -> dict[str, str | None]:
    """Return the regions of the clients that names stand for, where each has one; None where it has several."""
    found: dict[str, str | None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            region = literal_of(argument_of(node.value, "region_name", 1))
            if name_of(node.value.func) in {"client", "resource"} and len(node.targets) == 1:
                name = name_of(node.targets[0])
                found[name] = region if found.get(name, region) == region else None
    return found


def _check_region(call: ast.Call, regions: Mapping[str, str | None]) -> Iterator[Finding]:
    receiver = name_of(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    region = regions.get(receiver)
    has_more = any(each.arg in {None, "CreateBucketConfiguration"} for each in call.keywords)
    if region not in {None, "us-east-1"} and not has_more:
        constraint = f'CreateBucketConfiguration={{"LocationConstraint": "{region}"}}'
        yield Finding(call.lineno, f"S3 wants to be told the region by a client of {region}. Pass {constraint}")


def _check_constraint(node: ast.Dict) -> Iterator[Finding]:
    for key, value in zip(node.keys, node.values, strict=True):
        if literal_of(key) == "LocationConstraint" and literal_of(value) == "us-east-1":
            yield Finding(node.lineno, 'S3 refuses the LocationConstraint "us-east-1". Leave it out in that region')


def _find_setting(node: ast.AST) -> Iterator[Finding]:
    text = literal_of(node) or name_of(node)
    if " " not in text:
        for name in re.split("[./]", text):
            if name in _SETTINGS:
                yield Finding(node.lineno, f"{name} is moto's: {_SETTINGS[name]}")  # type: ignore[attr-defined]
