"""The mechanism of a bucket's configurations: a document is put, read and deleted whole.

Each kind is one row, a `Configuration`, and `declare` registers its operations. What a row says is judged here in one
order: the caller's rights, whether the bucket can have such a document, the form of the document, what it says.

The rows are in `bucket_configurations.py`. Where a bucket has several documents of a kind, each has an id, and they are
listed by id, 100 a page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice, takewhile
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from fakes3.model.bucket import Bucket
from fakes3.model.configurations import Document, thaw
from fakes3.model.errors import InvalidArgument, MissingRequestBodyError, S3Error
from fakes3.model.listing import position_of, token_of
from fakes3.operations.call import Call
from fakes3.operations.members import Members
from fakes3.operations.registry import EVERYTHING, REGISTRY, Accepted, Operation

Check: TypeAlias = Callable[[Call, Bucket, Members], Members]
"""Takes the document of a put, with the members beside it, and returns it as it is kept; raises what it refuses."""

PAGE = 100
"""How many documents one page of a list shows."""


class Configuration(NamedTuple):
    """One kind of configuration of a bucket."""

    name: str
    """The name it is kept under, and by which its operations are called: `Put<name>`, `Get<name>`, `Delete<name>`."""
    member: str
    """The member of the put that holds the document."""
    may_put: str
    """The action that a caller must be allowed to put it."""
    may_get: str
    """The action that a caller must be allowed to read or list it."""
    may_delete: str | None = None
    """The action that a caller must be allowed to delete it; None where there is no delete."""
    missing: type[S3Error] | Document = MappingProxyType({})
    """What a GET answers where nobody put one: an error, or a document."""
    is_wrapped: bool = False
    """Whether a GET answers the document in `member`, and not its members alone."""
    accepts: Accepted = EVERYTHING
    """What is accepted inside the document. All else is answered with 501."""
    beside: tuple[str, ...] = ()
    """Members that the put accepts beside the document. They reach `check` in the document."""
    applies: Callable[[Bucket], None] = lambda _: None
    """Refuses a put to a bucket that cannot have such a document, whatever it says."""
    check: Check = lambda _call, _bucket, document: document
    """Refuses a document that says something wrong, and completes the others."""
    show: Callable[[Document], Members] = thaw
    """Returns the document as a GET answers it."""
    answers: tuple[str, ...] = ()
    """Members of the document, as it is kept, that the answer to a put has."""
    after: Callable[[Call], None] = lambda _: None
    """What else a put does."""
    delete: Callable[[Call, Bucket], Document | None] = lambda _call, _bucket: None
    """Returns what a delete leaves in the place of the document; None to leave nothing."""
    deleted_as: str | None = None
    """The name in the delete's operation, where that is another."""
    has_id: bool = False
    """Whether a bucket has several, each with an id."""


def declare(row: Configuration) -> Configuration:
    """Register the operations of a kind of configuration."""
    where = ("Bucket", "ExpectedBucketOwner")
    identified: dict[str, Accepted] = dict.fromkeys((*where, "Id") if row.has_id else where, _NOTHING)
    put = identified | dict.fromkeys(row.beside, _NOTHING) | {row.member: row.accepts}
    _register(f"Put{row.name}", partial(_put, row), put)
    _register(f"Get{row.name}", partial(_get, row), identified)
    if row.may_delete is not None:
        _register(f"Delete{row.deleted_as or row.name}", partial(_delete, row), identified)
    if row.has_id:
        _register(f"List{row.name}s", partial(_list, row), dict.fromkeys((*where, "ContinuationToken"), _NOTHING))
    return row


_NOTHING: Accepted = MappingProxyType({})


def _register(name: str, function: Callable[..., Members], accepts: Accepted) -> None:
    required = frozenset({"Bucket", "Id"} & accepts.keys())
    REGISTRY[name] = Operation(name, function, "bucket configurations", accepts, required)


def _put(row: Configuration, s3: Call, *, Bucket: str, Id: str = "", **members: Any) -> Members:
    bucket = s3.bucket(Bucket, members, row.may_put)
    row.applies(bucket)
    if row.member not in members:
        raise MissingRequestBodyError
    document: Members = members[row.member].read()
    if row.has_id and document.get("Id") != Id:
        raise InvalidArgument("The ID in the request does not match the ID in the document", ArgumentName="id")
    kept = row.check(s3, bucket, document | {name: members[name] for name in row.beside if name in members})
    s3.commit(bucket.configure(row.name, kept, Id))
    row.after(s3)
    return {name: kept[name] for name in row.answers}


def _get(row: Configuration, s3: Call, *, Bucket: str, Id: str = "", **members: Any) -> Members:
    document = s3.bucket(Bucket, members, row.may_get).configurations.get(row.name, Id)
    if document is not None:
        shown = row.show(document)
    elif isinstance(row.missing, Mapping):
        shown = thaw(row.missing)
    else:
        raise row.missing(BucketName=Bucket)
    return {row.member: shown} if row.is_wrapped else shown


def _delete(row: Configuration, s3: Call, *, Bucket: str, Id: str = "", **members: Any) -> Members:
    assert row.may_delete is not None, "a row without a delete registers none"
    bucket = s3.bucket(Bucket, members, row.may_delete)
    left = row.delete(s3, bucket)
    if left is not None:
        s3.commit(bucket.configure(row.name, left, Id))
    elif bucket.configurations.get(row.name, Id) is not None:
        s3.commit(replace(bucket, configurations=bucket.configurations.delete(row.name, Id)))
    elif row.has_id and not isinstance(row.missing, Mapping):
        raise row.missing(BucketName=Bucket)
    return {}


def _list(
    row: Configuration, s3: Call, *, Bucket: str, ContinuationToken: str | None = None, **members: Any
) -> Members:
    bucket = s3.bucket(Bucket, members, row.may_get)
    after = "" if ContinuationToken is None else position_of(ContinuationToken)
    if after is None:
        raise InvalidArgument("The continuation token provided is incorrect", ArgumentName="continuation-token")
    following = bucket.configurations.documents.scan((row.name, after), after=True)
    of_kind = takewhile(lambda item: item[0][0] == row.name, following)
    found = list(islice(of_kind, PAGE + 1))
    shown, more = found[:PAGE], found[PAGE:]
    answer: Members = {
        f"{row.member}List": [row.show(document) for _, document in shown],
        "IsTruncated": bool(more),
    }
    if ContinuationToken is not None:
        answer["ContinuationToken"] = ContinuationToken
    if more:
        answer["NextContinuationToken"] = token_of(shown[-1][0][1])
    return answer
