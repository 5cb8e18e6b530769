"""Authorization: identity policies, bucket policies, ACLs, Object Ownership and Block Public Access combined.

A request needs the consent of two sides:

- The *caller's* side is the caller's account. It allows its root user everything, and its users and roles what their
  policies allow. An anonymous caller has no such side.
- The *resource's* side is the account that owns the bucket. It is the owner of the object instead, where Object
  Ownership leaves objects to their writers. It consents by the bucket's policy or by an ACL.

Where both sides are one account, one consent is enough. An anonymous caller needs the resource's consent. A Deny on
either side decides, whatever else allows.

A request through an access point is judged twice: at the access point, as a resource of its account with a policy and
without ACLs, and at the bucket. Both have to allow it.

S3: userguide/how-s3-evaluates-access-control.html, userguide/access-control-auth-workflow-object-operation.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from fakes3.model.access_log import LOG_DELIVERY
from fakes3.model.access_points import AccessPoint
from fakes3.model.acl import Grant, Permission, grant_for, grant_for_delivery, without_public
from fakes3.model.bucket import Bucket
from fakes3.model.directory import directory_arn
from fakes3.model.errors import AccessDenied
from fakes3.model.identity import Principal, not_authorized
from fakes3.model.policy import ALLOW, DENY, Policy, Question, Statement, Verdict, judge
from fakes3.model.policy_patterns import ConditionKeys
from fakes3.model.policy_status import is_public
from fakes3.model.public_access import NOTHING_BLOCKED, PublicAccessBlock
from fakes3.model.regions import arn, partition_of
from fakes3.model.versions import Version


def _named(names: str) -> frozenset[str]:
    """Return the actions of these names, as IAM spells them."""
    return frozenset(f"s3:{name}" for name in names.split())


POLICY_ACTIONS: Final = _named("GetBucketPolicy PutBucketPolicy DeleteBucketPolicy")
"""The actions that no bucket policy can deny the root user of the bucket's owner, who so can always repair it."""

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
    "s3:GetObjectVersionForReplication": Permission.READ,
    "s3:GetObjectAcl": Permission.READ_ACP,
    "s3:GetObjectVersionAcl": Permission.READ_ACP,
    "s3:PutObjectAcl": Permission.WRITE_ACP,
    "s3:PutObjectVersionAcl": Permission.WRITE_ACP,
}
"""The actions that an object's ACL can permit."""

_DECIDED_BY_BUCKET_OWNER: Final = _named(
    "PutObject DeleteObject DeleteObjectVersion RestoreObject AbortMultipartUpload ListMultipartUploadParts"
)
"""The actions on keys that the bucket's owner decides, whoever owns the object.

The bucket's owner pays for all objects, and so is allowed to delete and to archive them.
"""

_FOR_ANONYMOUS: Final = _named(
    "AbortMultipartUpload ListMultipartUploadParts GetBucketLocation GetObjectAttributes GetObjectVersionAttributes "
    "GetObjectTagging PutObjectTagging DeleteObjectTagging "
    "GetObjectVersionTagging PutObjectVersionTagging DeleteObjectVersionTagging "
    "GetObjectRetention PutObjectRetention BypassGovernanceRetention GetObjectLegalHold PutObjectLegalHold"
).union(_OF_BUCKETS, _OF_OBJECTS)
"""The actions that anonymous callers can be allowed."""

# The texts are Versity's, from tests that run against AWS too; no page of Amazon's has them.
_ANONYMOUS: Final = "Anonymous users cannot invoke this API. Please authenticate."
_ANONYMOUS_OWNERSHIP: Final = "{action} does not support Anonymous requests!"


class Decision(NamedTuple):
    """Whether a caller is allowed an action, and why."""

    is_allowed: bool
    reason: str
    """For the test author: which rule decided, and what would allow a refused action."""
    message: str = AccessDenied.message
    """The text that S3 gives a refusal."""
    by_acl: bool = False
    """Whether it is allowed by an ACL alone."""


class AccessRequest(NamedTuple):
    """A caller, and an action on a bucket or on one of its keys, judged at the bucket or at an access point."""

    caller: Principal
    action: str
    bucket: Bucket
    condition_keys: Callable[[], ConditionKeys]
    """Returns the values of condition keys. It is called only where a policy may need them."""
    key: str | None = None
    version: Version | None = None
    """The object that the key has already."""
    is_new: bool = False
    """Whether the action is on the object that the request writes, so that the bucket decides."""
    blocked: PublicAccessBlock = NOTHING_BLOCKED
    """The public access that the bucket or its owner's account blocks."""
    initiator: Principal | None = None
    """The principal that began the multipart upload on which the action is."""
    point: AccessPoint | None = None
    """The access point at which the action is judged; None for the bucket itself."""

    @property
    def resource(self) -> str:
        """The ARN of the bucket or object, or of the access point or what is reached through it."""
        if self.point is not None:
            return self.point.arn_of(self.key)
        if self.bucket.directory is not None:
            return directory_arn(self.bucket.region, self.bucket.owner, self.bucket.name)
        return arn(partition_of(self.bucket.region), self.bucket.name, self.key)

    @property
    def account(self) -> str:
        """The account that owns the bucket or the access point."""
        return self.bucket.owner if self.point is None else self.point.id.account

    @property
    def policy(self) -> Policy | None:
        """The policy of the bucket or the access point."""
        return self.bucket.policy if self.point is None else self.point.policy

    @property
    def holder(self) -> str:
        """What reasons call the one with the policy."""
        return "bucket" if self.point is None else f"access point {self.point.id.name}"

    @property
    def acls_apply(self) -> bool:
        """Whether ACLs can allow anything."""
        return self.point is None and self.bucket.acls_apply

    @property
    def is_policy_public(self) -> bool:
        """Whether the policy is public. That of an access point for one VPC never is."""
        policy = self.policy
        is_closed = self.point is not None and self.point.vpc is not None
        return policy is not None and not is_closed and is_public(policy)

    @property
    def owner(self) -> str | None:
        """The account whose consent is needed; None for an object that an anonymous caller wrote."""
        if self.point is not None:
            return self.account
        version = self.version
        if version is None or not self.bucket.acls_apply or self.is_new or self.action in _DECIDED_BY_BUCKET_OWNER:
            return self.bucket.owner
        return version.owner


def decide(request: AccessRequest) -> Decision:
    """Return whether a request is allowed, and why.

    S3: userguide/how-s3-evaluates-access-control.html
    """
    caller, action, policy = request.caller, request.action, request.policy
    if caller.account is None and action not in _FOR_ANONYMOUS:
        text = _ANONYMOUS_OWNERSHIP if action.endswith("OwnershipControls") else _ANONYMOUS
        why = "no anonymous caller can be allowed this. Sign the request."
        return _refuse(request, why, text.format(action=action))
    if request.point is None and caller.is_root and caller.account == request.account and action in POLICY_ACTIONS:
        return Decision(True, "The root user of the bucket's owner is always allowed this.")
    identity = judge_identity(caller, action, request.resource, request.condition_keys)
    if identity.is_denied:
        return _refuse(request, identity.why, _text(request, f"with an explicit deny in {identity.kind}"))
    if policy is None:
        return _combine(request, identity, Verdict(None))
    verdict = judge(policy, Question(caller, action, request.resource, request.condition_keys()))
    if verdict.effect == DENY:
        why = f"{_name(policy, verdict.statement)} of the {request.holder} policy denies it. Take it out, or narrow it."
        return _refuse(request, why, _text(request, "with an explicit deny in a resource-based policy"))
    return _combine(request, identity, verdict)


class IdentityVerdict(NamedTuple):
    """The decision of the caller's side."""

    is_allowed: bool
    is_denied: bool
    why: str
    kind: str
    """The kind of policy that decided, as S3's texts name it."""
    fits_session: bool = True
    """Whether the session's policy allows the action; True for a caller without one."""


def judge_identity(
    caller: Principal, action: str, resource: str, condition_keys: Callable[[], ConditionKeys]
) -> IdentityVerdict:
    """Return what the caller's own policies decide about an action on a resource."""
    if caller.account is None:
        return IdentityVerdict(False, False, "An anonymous caller has no policies.", "")
    if caller.policies is None:
        return IdentityVerdict(True, False, "The root user of the caller's account is allowed everything.", "")
    question = Question(caller, action, resource, condition_keys())
    allowed: str | None = None
    kind = "an identity-based policy"
    for policy in caller.policies:
        verdict = judge(policy, question)
        if verdict.effect == DENY:
            why = f"{_name(policy, verdict.statement)} of an identity policy denies it. Take it out, or narrow it."
            return IdentityVerdict(False, True, why, kind)
        if verdict.effect == ALLOW:
            allowed = f"{_name(policy, verdict.statement)} of an identity policy allows it."
    if caller.session_policy is not None:
        verdict = judge(caller.session_policy, question)
        if verdict.effect == DENY:
            why = f"{_name(caller.session_policy, verdict.statement)} of the session policy denies it. Take it out."
            return IdentityVerdict(False, True, why, "a session policy")
        if verdict.effect is None:
            why = f"the session policy does not allow it. Allow {action} on {resource} there."
            return IdentityVerdict(False, False, why, "session", fits_session=False)
    if allowed is None:
        why = f"no identity policy of {caller} allows {action} on {resource}. Add one."
        return IdentityVerdict(False, False, why, "identity-based")
    return IdentityVerdict(True, False, allowed, kind)


def _combine(request: AccessRequest, identity: IdentityVerdict, verdict: Verdict) -> Decision:
    """Return the decision of both sides, where neither denies."""
    caller = request.caller
    # RestrictPublicBuckets lets in the owner's account and services of AWS.
    is_outside = caller.account != request.account and caller.service is None
    is_cut_off = is_outside and request.blocked.restrict_public_buckets and request.is_policy_public
    consents = [] if is_cut_off else list(_consents(request, verdict))
    if caller.account is not None and caller.account == request.owner:
        return _decide_in_one_account(request, identity, consents)
    if caller.account is not None and not identity.is_allowed:
        return _refuse(request, f"the caller's own account has to allow it too, and {identity.why}")
    if consents:
        return Decision(True, consents[0].why, by_acl=consents[0].by_acl)
    return _refuse(request, _explain_missing_consent(request, is_cut_off))


def _decide_in_one_account(request: AccessRequest, identity: IdentityVerdict, consents: list[_Consent]) -> Decision:
    """Return the decision where the caller's account owns the resource, so that one consent is enough.

    S3: userguide/access-control-auth-workflow-object-operation.html
    """
    is_bound_by_acl = request.caller.is_root and _needs_grant(request)
    if identity.is_allowed and (consents or not is_bound_by_acl):
        return Decision(True, identity.why)
    direct = next((each for each in consents if not each.by_account), None)
    if direct is not None and (identity.fits_session or direct.by_session):
        return Decision(True, direct.why, by_acl=direct.by_acl)
    if request.caller.is_root:
        return _refuse(request, "the ACL does not grant it to its own owner. Grant it, or put an ACL that does.")
    text = _text(request, f"because no {identity.kind} policy allows the {request.action} action")
    return _refuse(request, identity.why, text)


class _Consent(NamedTuple):
    """One rule by which the resource's side allows the action."""

    why: str
    by_account: bool = False
    """Whether the rule names only the caller's account, which then has to allow the action, too."""
    by_session: bool = False
    """Whether the rule names the caller's session itself, so that the session's policy does not limit it."""
    by_acl: bool = False
    """Whether the rule is an ACL. Such a consent comes last."""


def _consents(request: AccessRequest, verdict: Verdict) -> Iterator[_Consent]:
    """Yield each consent of the resource's side."""
    policy, caller, initiator = request.policy, request.caller, request.initiator
    if verdict.effect == ALLOW and policy is not None and request.owner == request.account:
        why = f"{_name(policy, verdict.statement)} of the {request.holder} policy allows it."
        yield _Consent(why, verdict.by_account, verdict.by_session)
    if initiator is not None and initiator.account == caller.account and caller.account is not None:
        yield _Consent("The initiator of a multipart upload is allowed it.", by_account=True)
    grant = _find_grant(request)
    if grant is not None:
        place = "object" if request.action in _OF_OBJECTS and not request.is_new else "bucket"
        by_account = grant.grantee == caller.canonical_id
        yield _Consent(f"The {place}'s ACL grants {grant.permission} to {grant.grantee}.", by_account, by_acl=True)


def _find_grant(request: AccessRequest) -> Grant | None:
    """Return the grant of an ACL that permits the action.

    S3: userguide/acl-overview.html, "Mapping of ACL permissions and access policy permissions"
    """
    bucket, action, caller = request.bucket, request.action, request.caller
    if not request.acls_apply:
        return None
    acl, permission = bucket.effective_acl, _OF_BUCKETS.get(action)
    if action not in _OF_OBJECTS:
        # To set the tags and the lock of an object while it is written, no ACL permits.
        if permission is None or request.is_new:
            return None
        if permission is Permission.WRITE and not _may_be_granted_write(request):
            return None
        if caller == LOG_DELIVERY:
            return grant_for_delivery(acl) if permission is Permission.WRITE else None
    elif request.is_new:
        # A caller who is allowed to write to the bucket may also set the new object's ACL.
        permission = Permission.WRITE
    elif request.version is None:
        # There is no object that could have an ACL. Those who may list the bucket may know that.
        permission = Permission.READ
    else:
        acl, permission = bucket.acl_of(request.version), _OF_OBJECTS[action]
    if request.blocked.ignore_public_acls or action == _DELETE_VERSION:
        acl = without_public(acl)
    return grant_for(acl, permission, canonical_id=caller.canonical_id, is_anonymous=caller.account is None)


def _may_be_granted_write(request: AccessRequest) -> bool:
    """Whether a WRITE of the bucket's ACL can count for the caller.

    Every grantee may create objects. Only its owner may overwrite or delete an object, and only the bucket's owner may
    delete a version. All anonymous callers are one owner.
    """
    account = request.caller.account
    if account == request.bucket.owner:
        return True
    if request.action == _DELETE_VERSION:
        return False
    return request.version is None or request.version.owner == account


def _needs_grant(request: AccessRequest) -> bool:
    """Whether even the owner's root user needs a grant: for all that an ACL can permit, except to read or set the ACL.

    observed: Ceph's s3-tests, which were made against AWS, test_bucket_acl_no_grants
    """
    if not request.acls_apply or request.is_new:
        return False
    of_object = _OF_OBJECTS.get(request.action) if request.version is not None else None
    permission = of_object or _OF_BUCKETS.get(request.action)
    return permission in {Permission.READ, Permission.WRITE}


def check_keeps_access(
    policy: Policy, bucket: Bucket, caller: Principal, condition_keys: Callable[[], ConditionKeys]
) -> None:
    """Refuse a bucket policy that would deny the caller to put another one.

    The root user cannot lock itself out, and so need not confirm anything.

    Raises: AccessDenied.
    S3: API/API_PutBucketPolicy.html, "x-amz-confirm-remove-self-bucket-access"
    """
    if caller.is_root:
        return
    action, resource = "s3:PutBucketPolicy", arn(partition_of(bucket.region), bucket.name)
    verdict = judge(policy, Question(caller, action, resource, condition_keys()))
    if verdict.effect == DENY:
        raise AccessDenied(
            not_authorized(caller.arn, action, resource, "with an explicit deny in a resource-based policy"),
            reason=f"{_name(policy, verdict.statement)} of the new policy would deny {caller} to ever put another. "
            "Exempt it there, or pass ConfirmRemoveSelfBucketAccess=True.",
        )


def _explain_missing_consent(request: AccessRequest, is_cut_off: bool) -> str:
    """Return why the resource's side does not allow the action, and what would make it."""
    holder, owner = request.holder, request.owner
    if is_cut_off:
        return (
            f"the policy of the {holder} is public and RestrictPublicBuckets is on, which lets in nobody from outside "
            "the owner's account. Make the policy name its callers, or switch RestrictPublicBuckets off."
        )
    if request.point is not None:
        return (
            f"the policy of the {holder} does not allow {request.action} on {request.resource}. Allow it there, and in "
            "the bucket's policy as well."
        )
    if owner != request.account:
        return (
            f"the object belongs to {owner or 'an anonymous caller'}, so no policy of the bucket can allow it, and its "
            "ACL does not grant it. Write it with bucket-owner-full-control, or make the bucket BucketOwnerEnforced."
        )
    acls = "no ACL grants it" if request.acls_apply else "its ACLs are switched off (BucketOwnerEnforced)"
    why = f"no bucket policy allows {request.action} on {request.resource}, and {acls}."
    if request.caller.account is None:
        return f"{why} Sign the request, presign the URL, or allow it to everybody in the bucket's policy."
    return f"{why} Allow it in the bucket's policy."


def _refuse(request: AccessRequest, why: str, message: str = AccessDenied.message) -> Decision:
    return Decision(False, f"{request.caller} may not {request.action} on {request.resource}: {why}", message)


def _text(request: AccessRequest, because: str) -> str:
    """Return S3's text for a refusal. Callers of other accounts get no reason.

    S3: userguide/troubleshoot-403-errors.html
    """
    if request.caller.account != request.account:
        return AccessDenied.message
    return not_authorized(request.caller.arn, request.action, request.resource, because)


def _name(policy: Policy, statement: Statement | None) -> str:
    """Return what reasons call a statement: its Sid, or else its number."""
    if statement is None:
        return "a statement"
    if statement.sid:
        return f'Statement "{statement.sid}"'
    return f"Statement {policy.statements.index(statement) + 1}"
