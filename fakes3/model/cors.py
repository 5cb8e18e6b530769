"""CORS: which pages of other origins a bucket lets a browser use it from, and what the answers tell the browser.

The rules are tried in their order. The first that allows the origin, the method and every header that the page wants
to send decides; S3 refuses a preflight that no rule allows. The request itself S3 serves in any case: without the
headers in the answer the browser keeps it from the page.

S3: userguide/cors.html, userguide/ManageCorsUsing.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fakes3.model.errors import InvalidRequest, MalformedXML

METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
MOST_RULES = 100

VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"

is_token = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]*").fullmatch
"""Whether a text can be the name of a header."""


class Question(NamedTuple):
    """What a browser asks: whether a page of an origin may send a request with these headers, in lower case."""

    origin: str
    method: str
    headers: tuple[str, ...] = ()


class Rule(NamedTuple):
    """What one rule allows."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    exposed: tuple[str, ...]
    max_age: int | None

    def answer(self, question: Question) -> dict[str, str] | None:
        """Return the headers of an answer that tell the browser what the page may do; None where it may not.

        recorded: TestS3Cors::test_cors_match_methods, TestS3Cors::test_cors_expose_headers
        """
        origin = next((each for each in self.origins if _matches(each, question.origin)), None)
        patterns = [each.lower() for each in self.headers]
        allows_headers = all(any(_matches(each, header) for each in patterns) for header in question.headers)
        if origin is None or question.method not in self.methods or not allows_headers:
            return None
        found = {"Access-Control-Allow-Origin": "*" if origin == "*" else question.origin}
        found["Access-Control-Allow-Methods"] = ", ".join(self.methods)
        if question.headers:
            found["Access-Control-Allow-Headers"] = ", ".join(question.headers)
        if self.exposed:
            found["Access-Control-Expose-Headers"] = ", ".join(self.exposed)
        if self.max_age is not None:
            found["Access-Control-Max-Age"] = str(self.max_age)
        if origin != "*":
            found["Access-Control-Allow-Credentials"] = "true"
        return found | {"Vary": VARY}


def rules_of(document: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Return the rules in a document, in their order."""
    return tuple(
        Rule(
            tuple(rule["AllowedOrigins"]),
            tuple(rule["AllowedMethods"]),
            tuple(rule.get("AllowedHeaders", ())),
            tuple(rule.get("ExposeHeaders", ())),
            rule.get("MaxAgeSeconds"),
        )
        for rule in document["CORSRules"]
    )


def find_rule(rules: Iterable[Rule], question: Question) -> dict[str, str] | None:
    """Return the answer of the first rule that allows what a browser asks; None where none does."""
    return next((answer for rule in rules if (answer := rule.answer(question)) is not None), None)


def check_configuration(document: Mapping[str, Any]) -> None:
    """Refuse rules that S3 does not keep.

    Raises: MalformedXML, InvalidRequest.
    S3: API/API_CORSRule.html, userguide/ManageCorsUsing.html. observed: radkawar/stackd, testdata/aws/s3/cors_*
    """
    rules = document["CORSRules"]
    if not rules:
        raise MalformedXML
    if len(rules) > MOST_RULES:
        raise InvalidRequest(f"The number of CORS rules should not exceed allowed limit of {MOST_RULES} rules.")
    for rule in rules:
        _check_rule(rule)


def _check_rule(rule: Mapping[str, Any]) -> None:
    """Refuse a rule with another method, or with names that are no origins or headers."""
    for method in rule["AllowedMethods"]:
        if method not in METHODS:
            raise InvalidRequest(
                f"Found unsupported HTTP method in CORS config. Unsupported method is {method}",
                reason=f"a rule may name {', '.join(METHODS)}. A preflight needs no rule of its own.",
            )
    allowed, exposed = rule.get("AllowedHeaders", ()), rule.get("ExposeHeaders", ())
    for element, values in (("AllowedOrigin", rule["AllowedOrigins"]), ("AllowedHeader", allowed)):
        for value in values:
            if value.count("*") > 1:
                raise InvalidRequest(f'{element} "{value}" can not have more than one wildcard.')
    for header in exposed:
        if "*" in header:
            text = f'ExposeHeader "{header}" contains wildcard. We currently do not support wildcard for ExposeHeader.'
            raise InvalidRequest(text)
    for element, values in (("AllowedHeader", allowed), ("ExposeHeader", exposed)):
        for value in values:
            if not is_token(value):
                raise InvalidRequest(f'{element} "{value}" contains invalid character.')


def _matches(pattern: str, text: str) -> bool:
    """Whether a text is one of those that a pattern with at most one `*` stands for.

    >>> _matches("https://*.example.com", "https://shop.example.com")
    True
    """
    beginning, star, end = pattern.partition("*")
    if not star:
        return pattern == text
    return len(text) >= len(beginning) + len(end) and text.startswith(beginning) and text.endswith(end)
