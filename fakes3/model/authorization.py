"""Who may: what identity policies, bucket policies, ACLs, Object Ownership and Block Public Access say together.

A request needs the consent of two sides. The *caller's* side is the account of the caller: its root user may
everything, its users and roles what their policies allow. The *resource's* side is the account that owns the bucket,
or the object where Object Ownership leaves objects to their writers; it consents by the bucket's policy or by an ACL.
Where both sides are one account, one consent is enough. Nobody in particular has no side of its own, and needs the
resource's. Whatever denies, wins.

S3: userguide/how-s3-evaluates-access-control.html, userguide/access-control-auth-workflow-object-operation.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from fakes3.model.acl import Acl, Grant, Permission, grant_for, without_public
from fakes3.model.bucket import Bucket
from fakes3.model.errors import AccessDenied
from fakes3.model.identity import Principal, not_authorized
from fakes3.model.owners import acl_of_bucket, acl_of_object
from fakes3.model.policy import Context, Policy, Question, Statement, Verdict, judge
from fakes3.model.policy_status import is_public
from fakes3.model.public_access import NOTHING_BLOCKED, PublicAccessBlock
from fakes3.model.regions import arn, partition_of
from fakes3.model.versions import Version

POLICY_ACTIONS: Final = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})
"""What no bucket policy can deny the root user of the bucket's owner, so that nobody is locked out for good."""

_OF_BUCKETS: Final = {
    "s3:ListBucket": Permission.READ,
    "s3:ListBucketVersions": Permission.READ,
    "s3:ListBucketMultipartUploads": Permission.READ,
    "s3:PutObject": Permission.WRITE,
    "s3:DeleteObject": Permission.WRITE,
    "s3:DeleteObjectVersion": Permission.WRITE,
    "s3:GetBucketAcl": Permission.READ_ACP,
    "s3:PutBucketAcl": Permission.WRITE_ACP,
}
"""The actions that a bucket's ACL can permit. S3: userguide/acl-overview.html, "Mapping of ACL permissions" """

_DELETE_VERSION: Final = "s3:DeleteObjectVersion"

_OF_OBJECTS: Final = {
    "s3:GetObject": Permission.READ,
    "s3:GetObjectVersion": Permission.READ,
    "s3:GetObjectAcl": Permission.READ_ACP,
    "s3:GetObjectVersionAcl": Permission.READ_ACP,
    "s3:PutObjectAcl": Permission.WRITE_ACP,
    "s3:PutObjectVersionAcl": Permission.WRITE_ACP,
}
"""The actions that an object's ACL can permit."""

_BUCKET_OWNER_S: Final = frozenset(
    {
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:RestoreObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
    }
)
"""Actions on keys that the bucket's owner decides, whoever owns the object: who pays may delete and archive."""

_FOR_ANYBODY: Final = frozenset(
    {
        *_OF_BUCKETS,
        *_OF_OBJECTS,
        "s3:AbortMultipartUpload",
        "s3:GetBucketLocation",
        "s3:GetObjectAttributes",
        "s3:GetObjectVersionAttributes",
        "s3:GetObjectTagging",
        "s3:GetObjectVersionTagging",
        "s3:GetObjectRetention",
        "s3:GetObjectLegalHold",
        "s3:ListMultipartUploadParts",
        "s3:PutObjectTagging",
        "s3:PutObjectVersionTagging",
        "s3:DeleteObjectTagging",
        "s3:DeleteObjectVersionTagging",
        "s3:PutObjectRetention",
        "s3:PutObjectLegalHold",
        "s3:BypassGovernanceRetention",
    }
)
"""The actions that callers who did not sign can be allowed at all."""

# The texts are Versity's, from tests that run against AWS too; no page of Amazon's has them.
_ANONYMOUS: Final = "Anonymous users cannot invoke this API. Please authenticate."
_ANONYMOUS_OWNERSHIP: Final = "{action} does not support Anonymous requests!"


class Decision(NamedTuple):
    """Whether somebody may do something, and why."""

    is_allowed: bool
    reason: str
    """For the test author: which rule decided, and where it refused, what would allow it."""
    message: str = AccessDenied.message
    """S3's own text of the refusal."""


class Asked(NamedTuple):
    """An action that somebody wants to do to a bucket, or to a key of it."""

    who: Principal
    action: str
    bucket: Bucket
    context: Callable[[], Context]
    """The values of condition keys, worked out where a policy is there to ask for them."""
    key: str | None = None
    version: Version | None = None
    """The object that is there already, for actions on keys."""
    is_new: bool = False
    """Whether it is done to an object that is only being written: who may write it, says the bucket."""
    blocked: PublicAccessBlock = NOTHING_BLOCKED
    """What of public access is blocked in the bucket, by itself or by its owner's account."""
    initiator: Principal | None = None
    """Who began the multipart upload that it is done to."""

    @property
    def resource(self) -> str:
        """The ARN of what it is done to."""
        return arn(partition_of(self.bucket.region), self.bucket.name, self.key)

    @property
    def owner(self) -> str | None:
        """The account whose consent it needs: the object's owner where that may be another, else the bucket's."""
        mine = not self.bucket.acls_apply or self.version is None or self.is_new or self.action in _BUCKET_OWNER_S
        return self.bucket.owner if mine or self.version is None else self.version.owner


def decide(asked: Asked) -> Decision:
    """Say whether it is allowed.

    S3: userguide/how-s3-evaluates-access-control.html
    """
    who, bucket = asked.who, asked.bucket
    if who.account is None and asked.action not in _FOR_ANYBODY:
        text = _ANONYMOUS_OWNERSHIP if asked.action.endswith("OwnershipControls") else _ANONYMOUS
        return _refused(
            asked, "nobody who did not sign may do this. Sign the request.", text.format(action=asked.action)
        )
    if who.is_root and who.account == bucket.owner and asked.action in POLICY_ACTIONS:
        return Decision(True, "The root user of the bucket's owner always may.")
    said = identity_says(who, asked.action, asked.resource, asked.context)
    bucket_policy, verdict = bucket.policy, Verdict(None)
    if bucket_policy is not None:
        verdict = judge(bucket_policy, Question(who, asked.action, asked.resource, asked.context()))
    if said.is_denied:
        return _refused(asked, said.why, _text(asked, f"with an explicit deny in {said.kind}"))
    if verdict.effect == "Deny" and bucket_policy is not None:
        why = (
            f"{_statement(bucket_policy, verdict.statement)} of the bucket policy denies it. Take it out, or narrow it."
        )
        return _refused(asked, why, _text(asked, "with an explicit deny in a resource-based policy"))
    return _combine(asked, said, verdict)


class Said(NamedTuple):
    """What the caller's side says."""

    is_allowed: bool
    is_denied: bool
    why: str
    kind: str
    """The kind of policy that decided, as S3's texts have it."""
    fits_session: bool = True
    """Whether the policy of the session, if it has one, allows it."""


def identity_says(who: Principal, action: str, resource: str, context: Callable[[], Context]) -> Said:
    """What the policies of a caller's own side say of an action on a resource."""
    if who.policies is None:
        is_root = who.account is not None
        return Said(is_root, False, "Its root user may." if is_root else "Nobody in particular has no policies.", "")
    question = Question(who, action, resource, context())
    allowed: str | None = None
    kind = "an identity-based policy"
    for policy in who.policies:
        verdict = judge(policy, question)
        if verdict.effect == "Deny":
            why = f"{_statement(policy, verdict.statement)} of an identity policy denies it. Take it out, or narrow it."
            return Said(False, True, why, kind)
        if verdict.effect == "Allow":
            allowed = f"{_statement(policy, verdict.statement)} of an identity policy allows it."
    if who.session_policy is not None:
        verdict = judge(who.session_policy, question)
        if verdict.effect == "Deny":
            why = f"{_statement(who.session_policy, verdict.statement)} of the session policy denies it. Take it out."
            return Said(False, True, why, "a session policy")
        if verdict.effect is None:
            why = f"the session policy does not allow it. Allow {action} on {resource} there."
            return Said(False, False, why, "session", fits_session=False)
    if allowed is None:
        return Said(
            False, False, f"no identity policy of {who} allows {action} on {resource}. Add one.", "identity-based"
        )
    return Said(True, False, allowed, kind)


def _combine(asked: Asked, said: Said, verdict: Verdict) -> Decision:
    """Decide from both sides, where nothing denies."""
    who, bucket = asked.who, asked.bucket
    is_outsider = who.account != bucket.owner
    is_cut_off = is_outsider and asked.blocked.restrict_public_buckets and _has_public_policy(bucket)
    consents = [] if is_cut_off else list(_consents(asked, verdict))
    if who.account is not None and who.account == asked.owner:
        return _decide_in_one_account(asked, said, consents)
    if who.account is not None and not said.is_allowed:
        return _refused(asked, f"the caller's own account has to allow it too, and {said.why}")
    if consents:
        return Decision(True, consents[0].why)
    return _refused(asked, _missing(asked, is_cut_off))


def _decide_in_one_account(asked: Asked, said: Said, consents: list[_Consent]) -> Decision:
    """Decide where the caller's account is the owner's: one consent is enough.

    S3: userguide/access-control-auth-workflow-object-operation.html
    """
    is_bound_by_acl = asked.who.is_root and _needs_grant(asked)
    if said.is_allowed and (consents or not is_bound_by_acl):
        return Decision(True, said.why)
    direct = next((each for each in consents if not each.by_account), None)
    if direct is not None and (said.fits_session or direct.by_session):
        return Decision(True, direct.why)
    if asked.who.is_root:
        return _refused(asked, "the ACL grants its own owner nothing of the kind. Grant it, or put an ACL that does.")
    return _refused(asked, said.why, _text(asked, f"because no {said.kind} policy allows the {asked.action} action"))


class _Consent(NamedTuple):
    """One way in which the resource's side allows it."""

    why: str
    by_account: bool = False
    """Whether it names only the caller's account, which has to allow it in turn."""
    by_session: bool = False
    """Whether it names the caller's session itself, whose policy then does not matter."""


def _consents(asked: Asked, verdict: Verdict) -> Iterator[_Consent]:
    bucket = asked.bucket
    if verdict.effect == "Allow" and bucket.policy is not None and asked.owner == bucket.owner:
        yield _Consent(
            f"{_statement(bucket.policy, verdict.statement)} of the bucket policy allows it.",
            verdict.by_account,
            verdict.by_session,
        )
    if asked.initiator is not None and asked.initiator.account == asked.who.account and asked.who.account is not None:
        yield _Consent("Whoever began a multipart upload may.", by_account=True)
    grant = _grant(asked)
    if grant is not None:
        whose = "object" if asked.action in _OF_OBJECTS and not asked.is_new else "bucket"
        by_account = grant.grantee == asked.who.canonical_id
        yield _Consent(f"The {whose}'s ACL grants {grant.permission} to {grant.grantee}.", by_account)


def _grant(asked: Asked) -> Grant | None:
    """Return the grant of an ACL that permits it.

    S3: userguide/acl-overview.html, "Mapping of ACL permissions and access policy permissions"
    """
    if not asked.bucket.acls_apply:
        return None
    permission = _OF_OBJECTS.get(asked.action)
    if permission is not None:
        return _grant_on_object(asked, permission)
    permission = _OF_BUCKETS.get(asked.action)
    # No ACL permits to set the tags and locks of an object that is being written.
    if permission is None or asked.is_new or (permission is Permission.WRITE and not _may_be_granted_write(asked)):
        return None
    acl = acl_of_bucket(asked.bucket)
    return _found(asked, without_public(acl) if asked.action == _DELETE_VERSION else acl, permission)


def _grant_on_object(asked: Asked, permission: Permission) -> Grant | None:
    """Return the grant that permits an action on an object."""
    if asked.is_new:
        # Whoever may write to the bucket may say who else may read the object.
        return _found(asked, acl_of_bucket(asked.bucket), Permission.WRITE)
    if asked.version is None:
        # There is no object to have an ACL. Whoever may list the bucket may know that.
        return _found(asked, acl_of_bucket(asked.bucket), Permission.READ)
    return _found(asked, acl_of_object(asked.bucket, asked.version), permission)


def _may_be_granted_write(asked: Asked) -> bool:
    """Whether a WRITE of the bucket's ACL can count for the caller.

    Any grantee may create objects. Objects that exist only their owner may overwrite or delete, and only the bucket's
    owner may delete a version.
    """
    account = asked.who.account
    if account == asked.bucket.owner:
        return True
    if asked.action == _DELETE_VERSION:
        return False
    return asked.version is None or (account is not None and asked.version.owner == account)


def _found(asked: Asked, acl: Acl, permission: Permission) -> Grant | None:
    if asked.blocked.ignore_public_acls:
        acl = without_public(acl)
    who = asked.who
    return grant_for(acl, permission, canonical_id=who.canonical_id, is_anonymous=who.account is None)


def _needs_grant(asked: Asked) -> bool:
    """Whether even the root user of the owner needs a grant: for what an ACL can permit, but for the ACL itself.

    observed: Ceph's s3-tests, which were made against AWS, test_bucket_acl_no_grants
    """
    if not asked.bucket.acls_apply or asked.is_new:
        return False
    of_object = _OF_OBJECTS.get(asked.action) if asked.version is not None else None
    permission = of_object or _OF_BUCKETS.get(asked.action)
    return permission in {Permission.READ, Permission.WRITE}


def check_keeps_access(policy: Policy, bucket: Bucket, who: Principal, context: Callable[[], Context]) -> None:
    """Refuse a bucket policy that takes from whoever puts it the right to put another.

    The root user cannot lock itself out, and need not confirm anything.

    Raises: AccessDenied.
    S3: API/API_PutBucketPolicy.html, "x-amz-confirm-remove-self-bucket-access"
    """
    if who.is_root:
        return
    action, resource = "s3:PutBucketPolicy", arn(partition_of(bucket.region), bucket.name)
    verdict = judge(policy, Question(who, action, resource, context()))
    if verdict.effect == "Deny":
        raise AccessDenied(
            not_authorized(who.arn, action, resource, "with an explicit deny in a resource-based policy"),
            reason=f"{_statement(policy, verdict.statement)} of the new policy would deny {who} to ever put another. "
            "Exempt it there, or pass ConfirmRemoveSelfBucketAccess=True.",
        )


def _has_public_policy(bucket: Bucket) -> bool:
    return bucket.policy is not None and is_public(bucket.policy)


def _missing(asked: Asked, is_cut_off: bool) -> str:
    bucket, owner = asked.bucket, asked.owner
    if is_cut_off:
        return (
            "the bucket's policy is public and RestrictPublicBuckets is on, which lets in nobody from outside the "
            "owner's account. Make the policy name its callers, or switch RestrictPublicBuckets off."
        )
    if owner != bucket.owner:
        return (
            f"the object belongs to {owner or 'nobody in particular'}, whom a bucket policy cannot speak for, and its "
            "ACL does not grant it. Write it with bucket-owner-full-control, or make the bucket BucketOwnerEnforced."
        )
    acls = "no ACL grants it" if bucket.acls_apply else "its ACLs are switched off (BucketOwnerEnforced)"
    return f"no bucket policy allows {asked.action} on {asked.resource}, and {acls}. Allow it in the bucket's policy."


def _refused(asked: Asked, why: str, message: str = AccessDenied.message) -> Decision:
    return Decision(False, f"{asked.who} may not {asked.action} on {asked.resource}: {why}", message)


def _text(asked: Asked, because: str) -> str:
    """S3's text for a refusal; to outsiders it tells nothing.

    S3: userguide/troubleshoot-403-errors.html
    """
    if asked.who.account != asked.bucket.owner:
        return AccessDenied.message
    return not_authorized(asked.who.arn, asked.action, asked.resource, because)


def _statement(policy: Policy, statement: Statement | None) -> str:
    """How a statement is called: by its Sid, else by its place."""
    if statement is None:
        return "a statement"
    if statement.sid:
        return f'Statement "{statement.sid}"'
    return f"Statement {policy.statements.index(statement) + 1}"
