"""CORS: which pages of other origins a bucket lets a browser use it from, and what the answers tell the browser.

The rules are tried in their order. The first that allows the origin, the method and every header that the page wants
to send decides; S3 refuses a preflight that no rule allows. The request itself S3 serves in any case: without the
headers in the answer the browser keeps it from the page.

S3: userguide/cors.html, userguide/ManageCorsUsing.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from fakes3.model.errors import InvalidRequest, MalformedXML, NotImplemented_

METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
MOST_RULES = 100
LONGEST_ID = 255

VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


class Rule(NamedTuple):
    """What one rule allows."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    exposed: tuple[str, ...]
    max_age: int | None

    def allows(self, origin: str, method: str, headers: Iterable[str]) -> bool:
        """Whether a page of this origin may send such a request, with these headers in lower case."""
        return (
            method in self.methods
            and any(_matches(each, origin) for each in self.origins)
            and all(any(_matches(each.lower(), header) for each in self.headers) for header in headers)
        )

    def describe(self, origin: str, headers: Sequence[str]) -> dict[str, str]:
        """Return the headers of an answer that tell the browser what a page of this origin may do.

        recorded: TestS3Cors::test_cors_match_methods, TestS3Cors::test_cors_expose_headers
        """
        is_public = "*" in self.origins
        found = {"Access-Control-Allow-Origin": "*" if is_public else origin}
        found["Access-Control-Allow-Methods"] = ", ".join(self.methods)
        if headers:
            found["Access-Control-Allow-Headers"] = ", ".join(headers)
        if self.exposed:
            found["Access-Control-Expose-Headers"] = ", ".join(self.exposed)
        if self.max_age is not None:
            found["Access-Control-Max-Age"] = str(self.max_age)
        if not is_public:
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


def find_rule(rules: Iterable[Rule], origin: str, method: str, headers: Iterable[str] = ()) -> Rule | None:
    """Return the first rule that allows a request; None where none does."""
    return next((rule for rule in rules if rule.allows(origin, method, headers)), None)


def check_configuration(document: Mapping[str, Any]) -> None:
    """Refuse rules that S3 does not keep.

    Raises: MalformedXML, InvalidRequest, NotImplemented_.
    S3: API/API_CORSRule.html, userguide/ManageCorsUsing.html
    """
    rules = document["CORSRules"]
    if not 1 <= len(rules) <= MOST_RULES:
        raise MalformedXML
    for rule in rules:
        if len(rule.get("ID", "")) > LONGEST_ID:
            raise NotImplemented_(reason="an ID has at most 255 characters; nobody has published how S3 refuses more.")
        for method in rule["AllowedMethods"]:
            if method not in METHODS:
                raise InvalidRequest(
                    f"Found unsupported HTTP method in CORS config. Unsupported method is {method}",
                    reason=f"a rule may name {', '.join(METHODS)}. OPTIONS is allowed by every rule.",
                )
        for element, values in (
            ("AllowedOrigin", rule["AllowedOrigins"]),
            ("AllowedHeader", rule.get("AllowedHeaders", ())),
        ):
            for value in values:
                if value.count("*") > 1:
                    raise InvalidRequest(f'{element} "{value}" can not have more than one wildcard.')
        for header in rule.get("ExposeHeaders", ()):
            if "*" in header:
                text = (
                    f'ExposeHeader "{header}" contains wildcard. We currently do not support wildcard for ExposeHeader'
                )
                raise InvalidRequest(text)


def _matches(pattern: str, text: str) -> bool:
    """Whether a text is one of those that a pattern with at most one `*` stands for.

    >>> _matches("https://*.example.com", "https://shop.example.com")
    True
    """
    beginning, star, end = pattern.partition("*")
    if not star:
        return pattern == text
    return len(text) >= len(beginning) + len(end) and text.startswith(beginning) and text.endswith(end)
