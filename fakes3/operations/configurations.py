"""The mechanism of a bucket's configurations: a document is put, read and deleted whole.

Each kind of configuration is one row in `bucket_configurations.py`: a subclass of `Configuration`, whose attributes say
what differs from the others. `declare` makes operations of it. A put is judged in one order: the caller's rights,
whether the bucket can have such a document, the form of the document, what the document says.

Of most kinds a bucket has one document. Of some it has several, each with an id; they are listed by id, 100 a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice, takewhile
from types import MappingProxyType
from typing import Any, TypeVar

from fakes3.model.bucket import Bucket
from fakes3.model.configuration_errors import InvalidConfigId, InvalidConfigurationId, TooManyConfigurations
from fakes3.model.configurations import Document, thaw
from fakes3.model.errors import MalformedXML, MissingRequestBodyError, S3Error
from fakes3.model.listing import token_of
from fakes3.operations.call import Call
from fakes3.operations.listings import read_token
from fakes3.operations.members import Members
from fakes3.operations.registry import DECLARED, EVERYTHING, Accepted, Declaration

PAGE = 100
"""The most documents on one page of a list."""
MOST = 1000
"""How many documents of one kind a bucket may have. S3: API/API_PutBucketMetricsConfiguration.html"""

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""The ids that documents may have. S3: API/API_MetricsConfiguration.html"""


class Configuration:
    """One kind of configuration of a bucket. A row sets these attributes and overrides the methods it needs."""

    name: str
    """The name it is kept under. Its operations are `Put<name>`, `Get<name>` and, with ids, `List<name>s`."""
    delete_operation: str | None = None
    """The operation that deletes it; None where there is none."""
    right: str
    """What IAM calls it: `s3:Put<right>` allows to put and delete it, `s3:Get<right>` to read and list it."""
    delete_right: str | None = None
    """The action that allows to delete it, where that is not `s3:Put<right>`."""
    member: str
    """The member of the put that holds the document."""
    accepts: Accepted = EVERYTHING
    """The members that are accepted inside the document. Others are answered with 501."""
    beside: tuple[str, ...] = ()
    """The members that the put accepts beside the document. `complete` finds them in the document."""
    beside_read: tuple[str, ...] = ()
    """The members that the GET accepts beside the bucket and the id."""
    returned: tuple[str, ...] = ()
    """The members of the document, as it is kept, that the put returns."""
    is_wrapped = False
    """Whether the GET returns the document in `member`, and not its members alone."""
    missing: type[S3Error] | Document = MappingProxyType({})
    """What the GET answers where there is no document: an error, or these members."""
    has_ids = False
    """Whether a bucket has several, each with an id. To delete one that does not exist is then an error."""
    wrong_id: type[S3Error] = MalformedXML
    """The error where the id in the document is not the one in the request."""
    bad_id: type[S3Error] = InvalidConfigId
    """The error where the id in the document is no id."""

    def check_bucket(self, bucket: Bucket) -> None:
        """Refuse a bucket that cannot be given such a document, or be without it, whatever the document says."""

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Return a document that was put as the bucket keeps it. Raise S3's error where it says something wrong.

        A bucket keeps no document without members: to put one is to delete the one before.
        """
        return document

    def show(self, document: Document) -> Members:
        """Return the document as the GET shows it."""
        return dict(thaw(document))

    def after_put(self, s3: Call) -> None:
        """Do what the put does beside keeping the document."""

    def after_delete(self, s3: Call, bucket: Bucket) -> Document | None:
        """Return the document that the bucket has after a delete; None for none."""
        return None

    def put(self, s3: Call, *, Bucket: str, Id: str = "", **members: Any) -> Members:
        """Keep a document, in place of the one before."""
        bucket = s3.bucket(Bucket, members, f"s3:Put{self.right}")
        self.check_bucket(bucket)
        if self.member not in members:
            raise MissingRequestBodyError
        document: Members = members[self.member].read()
        if self.has_ids:
            self._check_id(bucket, document["Id"], Id)
        kept = self.complete(s3, bucket, document | {name: members[name] for name in self.beside if name in members})
        s3.commit(bucket.configure(self.name, kept, Id) if kept else self._without(bucket, Id))
        self.after_put(s3)
        return {name: kept[name] for name in self.returned}

    def get(self, s3: Call, *, Bucket: str, Id: str = "", **members: Any) -> Members:
        """Return a document."""
        document = s3.bucket(Bucket, members, f"s3:Get{self.right}").configurations.get(self.name, Id)
        shown = self._stand_in(Bucket) if document is None else self.show(document)
        return {self.member: shown} if self.is_wrapped else shown

    def delete(self, s3: Call, *, Bucket: str, Id: str = "", **members: Any) -> Members:
        """Delete a document. One without an id need not exist."""
        bucket = s3.bucket(Bucket, members, self.delete_right or f"s3:Put{self.right}")
        self.check_bucket(bucket)
        if self.has_ids and not Id:
            # observed: radkawar/stackd, testdata/aws/s3/inventory_control_replay.json (delete-empty-id)
            raise InvalidConfigurationId
        remaining = self.after_delete(s3, bucket)
        if remaining is not None:
            s3.commit(bucket.configure(self.name, remaining, Id))
        elif bucket.configurations.get(self.name, Id) is not None:
            s3.commit(self._without(bucket, Id))
        elif self.has_ids:
            self._stand_in(Bucket)
        return {}

    def list_page(self, s3: Call, *, Bucket: str, ContinuationToken: str | None = None, **members: Any) -> Members:
        """Return one page of the documents, by id."""
        bucket = s3.bucket(Bucket, members, f"s3:Get{self.right}")
        found = list(islice(self._documents_after(bucket, read_token(ContinuationToken) or ""), PAGE + 1))
        shown = found[:PAGE]
        documents = [self.show(document) for _, document in shown]
        answer: Members = {f"{self.member}List": documents, "IsTruncated": len(found) > PAGE}
        if ContinuationToken is not None:
            answer["ContinuationToken"] = ContinuationToken
        if len(found) > PAGE:
            answer["NextContinuationToken"] = token_of(shown[-1][0][1])
        return answer

    def _check_id(self, bucket: Bucket, stated: str, config_id: str) -> None:
        """Refuse an id in the document that is empty, not the one in the request, no id at all, or one too many.

        An id that is empty is refused as such, also where the request has another.
        observed: radkawar/stackd, testdata/aws/s3/intelligent_tiering_control_replay.json
        """
        if not config_id:
            raise InvalidConfigurationId
        if stated and stated != config_id:
            raise self.wrong_id
        if not _ID.fullmatch(stated):
            raise self.bad_id
        is_new = bucket.configurations.get(self.name, config_id) is None
        if is_new and sum(1 for _ in self._documents_after(bucket, "")) >= MOST:
            raise TooManyConfigurations

    def _documents_after(self, bucket: Bucket, config_id: str) -> Iterator[tuple[tuple[str, str], Document]]:
        """Yield the documents of this kind whose ids come after one, by their names and ids."""
        following = bucket.configurations.documents.scan((self.name, config_id), after=True)
        return takewhile(lambda item: item[0][0] == self.name, following)

    def _without(self, bucket: Bucket, config_id: str) -> Bucket:
        return bucket._replace(configurations=bucket.configurations.delete(self.name, config_id))

    def _stand_in(self, bucket_name: str) -> Members:
        """Return the members that stand for a document that does not exist, or raise the error."""
        if isinstance(self.missing, Mapping):
            return dict(thaw(self.missing))
        # recorded: TestS3MetricsConfiguration::test_get_bucket_metrics_configuration_not_exist; it names no bucket
        raise self.missing() if self.has_ids else self.missing(BucketName=bucket_name)


_Row = TypeVar("_Row", bound=Configuration)
_NOTHING: Accepted = MappingProxyType({})


def declare(kind: type[_Row]) -> type[_Row]:
    """Declare the operations of a kind of configuration, as `operation` declares a function."""
    row = kind()
    bucket: dict[str, Accepted] = {"Bucket": _NOTHING, "ExpectedBucketOwner": _NOTHING}
    document = bucket | {"Id": _NOTHING} if row.has_ids else bucket
    _declare(f"Get{row.name}", row.get, document | dict.fromkeys(row.beside_read, _NOTHING))
    if row.has_ids:
        _declare(f"List{row.name}s", row.list_page, bucket | {"ContinuationToken": _NOTHING})
    _declare(f"Put{row.name}", row.put, document | dict.fromkeys(row.beside, _NOTHING) | {row.member: row.accepts})
    if row.delete_operation is not None:
        _declare(row.delete_operation, row.delete, document)
    return kind


def _declare(name: str, function: Callable[..., Members], accepts: Accepted) -> None:
    required = frozenset({"Bucket", "Id"} & accepts.keys())
    DECLARED[name] = Declaration(function, accepts, required)
