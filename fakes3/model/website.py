"""Websites: how a bucket answers browsers at the website endpoint.

A request is for an object, for the index document of a folder, or for what a routing rule leads to. Rules are tried in
their order, once it is known whether the object can be read.

S3: userguide/WebsiteHosting.html, API/API_WebsiteConfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fakes3.model.errors import InvalidArgument, InvalidRequest, MalformedXML
from fakes3.model.numbers import read_int

MOST_RULES = 50

_STATUSES = frozenset(
    (*range(301, 306), 307, 308, *range(400, 419), *range(421, 427), 428, 429, 431, 451, *range(500, 509), 510, 511)
)
"""The statuses of redirects and errors that HTTP has. S3 takes no others, such as 399."""


class Location(NamedTuple):
    """Where a request is sent: the parts of the address that a website states; None for those of the request."""

    host: str | None
    protocol: str | None
    status: int = 301
    key: str | None = None
    """The key, in place of the one that was asked for."""
    prefix: str | None = None
    """The beginning of the key, in place of the one that the rule names."""


class Rule(NamedTuple):
    """A routing rule: which requests it is for, and where they are sent."""

    to: Location
    prefix: str = ""
    status: int | None = None
    """The status that the request would have; None for any."""


class Website(NamedTuple):
    """How a bucket is served."""

    redirect_all: Location | None
    index_name: str
    """The name of the index document of each folder."""
    error_key: str | None
    rules: tuple[Rule, ...]

    def find_rule(self, key: str, status: int) -> Rule | None:
        """Return the first rule for a key, as it was sent, whose answer would have this status."""
        fits = (rule for rule in self.rules if key.startswith(rule.prefix) and rule.status in {None, status})
        return next(fits, None)


def website_of(document: Mapping[str, Any]) -> Website:
    """Return what a document says."""
    everything = document.get("RedirectAllRequestsTo")
    return Website(
        None if everything is None else Location(everything["HostName"], everything.get("Protocol")),
        document.get("IndexDocument", {}).get("Suffix", ""),
        document.get("ErrorDocument", {}).get("Key"),
        tuple(_rule_of(rule) for rule in document.get("RoutingRules", ())),
    )


def _rule_of(stated: Mapping[str, Any]) -> Rule:
    to, condition = stated["Redirect"], stated.get("Condition", {})
    location = Location(
        to.get("HostName"),
        to.get("Protocol"),
        int(to.get("HttpRedirectCode", 301)),
        to.get("ReplaceKeyWith"),
        to.get("ReplaceKeyPrefixWith"),
    )
    status = condition.get("HttpErrorCodeReturnedEquals")
    return Rule(location, condition.get("KeyPrefixEquals", ""), None if status is None else int(status))


def check_configuration(document: Mapping[str, Any]) -> None:
    """Refuse a website that S3 does not serve.

    Raises: InvalidArgument, InvalidRequest, MalformedXML.
    S3: API/API_PutBucketWebsite.html. observed: radkawar/stackd, testdata/aws/s3/website_admission_replay.json
    """
    for protocol in _protocols_in(document):
        if protocol not in {"http", "https"}:
            raise InvalidRequest(
                "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected "
                "automatically."
            )
    everything = document.get("RedirectAllRequestsTo")
    if everything is not None:
        if len(document) > 1:
            text = "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."
            raise InvalidArgument(text, ArgumentName="RedirectAllRequestsTo", ArgumentValue="not null")
        if not everything["HostName"]:
            raise InvalidRequest('A host name must be provided to redirect all requests (e.g. "example.com").')
        return
    if "IndexDocument" not in document:
        text = "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"
        raise InvalidArgument(text, ArgumentName="IndexDocument", ArgumentValue="null")
    suffix = document["IndexDocument"]["Suffix"]
    if not suffix or "/" in suffix:
        text = "The IndexDocument Suffix is not well formed"
        raise InvalidArgument(text, ArgumentName="IndexDocument", ArgumentValue=suffix)
    if "ErrorDocument" in document and not document["ErrorDocument"]["Key"]:
        text = "The ErrorDocument Key is not well formed"
        raise InvalidArgument(text, ArgumentName="ErrorDocument", ArgumentValue="")
    rules = document.get("RoutingRules", ())
    if len(rules) > MOST_RULES:
        raise InvalidRequest(
            f"{len(rules)} routing rules provided, the number of routing rules in a website configuration is limited "
            f"to {MOST_RULES}."
        )
    for rule in rules:
        _check_rule(rule.get("Condition"), rule["Redirect"])


def _protocols_in(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the protocols that a website states."""
    redirects = [rule["Redirect"] for rule in document.get("RoutingRules", ())]
    for redirect in (document.get("RedirectAllRequestsTo", {}), *redirects):
        if "Protocol" in redirect:
            yield redirect["Protocol"]


def _check_rule(condition: Mapping[str, str] | None, redirect: Mapping[str, str]) -> None:
    """Refuse a routing rule with an empty condition, with two replacements, or with a status that HTTP has not."""
    if condition is not None and not condition:
        raise InvalidRequest(
            "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't "
            "be present."
        )
    if condition is not None and "HttpErrorCodeReturnedEquals" in condition:
        _check_status(condition["HttpErrorCodeReturnedEquals"], "error", range(400, 600), "4XX or 5XX")
    if "ReplaceKeyWith" in redirect and "ReplaceKeyPrefixWith" in redirect:
        raise InvalidRequest("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
    if "HttpRedirectCode" in redirect:
        _check_status(redirect["HttpRedirectCode"], "redirect", range(301, 400), "3XX except 300")


def _check_status(text: str, kind: str, valid: range, named: str) -> None:
    status = read_int(text)
    if status is None:
        raise MalformedXML
    if status not in valid or status not in _STATUSES:
        raise InvalidRequest(f"The provided HTTP {kind} code ({text}) is not valid. Valid codes are {named}.")
