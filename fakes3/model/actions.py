"""The actions of S3 that policies speak of, what each applies to, and which condition keys it can be asked for.

S3: service-authorization/latest/reference/list_amazons3.html, and userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from fakes3.model.policy_patterns import Template


class Kind(Enum):
    """What an action is done to."""

    BUCKET = "bucket"
    OBJECT = "object"
    ACCOUNT = "account"
    """The account itself, so that a policy can name nothing narrower than `*`."""
    OTHER = "other"
    """An access point, a job, an Access Grants instance, a Storage Lens dashboard and so on."""


_BUCKET = """
    AllowVendedLogDeliveryForResource CreateBucket CreateBucketMetadataTableConfiguration DeleteBucket
    DeleteBucketMetadataTableConfiguration DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration
    GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging
    GetBucketMetadataTableConfiguration GetBucketNotification GetBucketObjectLockConfiguration
    GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock
    GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration
    GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration
    GetReplicationConfiguration ListBucket ListBucketMultipartUploads ListBucketVersions ListTagsForResource
    PauseReplication PutAccelerateConfiguration PutAnalyticsConfiguration PutBucketAbac PutBucketAcl PutBucketCORS
    PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy
    PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite
    PutEncryptionConfiguration PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration
    PutMetricsConfiguration PutReplicationConfiguration TagResource UntagResource
    UpdateBucketMetadataAnnotationTableConfiguration UpdateBucketMetadataInventoryTableConfiguration
    UpdateBucketMetadataJournalTableConfiguration
"""
_OBJECT = """
    AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectAnnotation DeleteObjectTagging
    DeleteObjectVersion DeleteObjectVersionAnnotation DeleteObjectVersionTagging GetObject GetObjectAcl
    GetObjectAnnotation GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent
    GetObjectVersion GetObjectVersionAcl GetObjectVersionAnnotation GetObjectVersionAnnotationForReplication
    GetObjectVersionAttributes GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent
    InitiateReplication ListMultipartUploadParts ListObjectAnnotations ListObjectVersionAnnotations
    ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectAnnotation PutObjectLegalHold PutObjectRetention
    PutObjectTagging PutObjectVersionAcl PutObjectVersionAnnotation PutObjectVersionTagging ReplicateDelete
    ReplicateObject ReplicateObjectAnnotation ReplicateTags RestoreObject UpdateObjectEncryption
"""
_ACCOUNT = """
    CreateJob CreateStorageLensGroup GetAccessPoint GetAccountPublicAccessBlock ListAccessGrantsInstances
    ListAccessPoints ListAccessPointsForObjectLambda ListAllMyBuckets ListJobs ListMultiRegionAccessPoints
    ListStorageLensConfigurations ListStorageLensGroups PutAccessPointPublicAccessBlock PutAccountPublicAccessBlock
    PutStorageLensConfiguration
"""
_OTHER = """
    AssociateAccessGrantsIdentityCenter CreateAccessGrant CreateAccessGrantsInstance CreateAccessGrantsLocation
    CreateAccessPoint CreateAccessPointForObjectLambda CreateMultiRegionAccessPoint DeleteAccessGrant
    DeleteAccessGrantsInstance DeleteAccessGrantsInstanceResourcePolicy DeleteAccessGrantsLocation DeleteAccessPoint
    DeleteAccessPointForObjectLambda DeleteAccessPointPolicy DeleteAccessPointPolicyForObjectLambda DeleteJobTagging
    DeleteMultiRegionAccessPoint DeleteStorageLensConfiguration DeleteStorageLensConfigurationTagging
    DeleteStorageLensGroup DescribeJob DescribeMultiRegionAccessPointOperation DissociateAccessGrantsIdentityCenter
    GetAccessGrant GetAccessGrantsInstance GetAccessGrantsInstanceForPrefix GetAccessGrantsInstanceResourcePolicy
    GetAccessGrantsLocation GetAccessPointConfigurationForObjectLambda GetAccessPointForObjectLambda
    GetAccessPointPolicy GetAccessPointPolicyForObjectLambda GetAccessPointPolicyStatus
    GetAccessPointPolicyStatusForObjectLambda GetDataAccess GetJobTagging GetMultiRegionAccessPoint
    GetMultiRegionAccessPointPolicy GetMultiRegionAccessPointPolicyStatus GetMultiRegionAccessPointRoutes
    GetStorageLensConfiguration GetStorageLensConfigurationTagging GetStorageLensDashboard GetStorageLensGroup
    ListAccessGrants ListAccessGrantsLocations ListCallerAccessGrants PutAccessGrantsInstanceResourcePolicy
    PutAccessPointConfigurationForObjectLambda PutAccessPointPolicy PutAccessPointPolicyForObjectLambda PutJobTagging
    PutMultiRegionAccessPointPolicy PutStorageLensConfigurationTagging SubmitMultiRegionAccessPointRoutes
    UpdateAccessGrantsLocation UpdateJobPriority UpdateJobStatus UpdateStorageLensGroup
"""


def _named(names: str) -> frozenset[str]:
    return frozenset(f"s3:{name}" for name in names.split())


ACTIONS = MappingProxyType(
    dict.fromkeys(_named(_BUCKET), Kind.BUCKET)
    | dict.fromkeys(_named(_OBJECT), Kind.OBJECT)
    | dict.fromkeys(_named(_ACCOUNT), Kind.ACCOUNT)
    | dict.fromkeys(_named(_OTHER), Kind.OTHER)
)
"""Every action of S3, as IAM spells it, and what it is done to."""

NOT_FOR_BUCKET_POLICIES = frozenset({"s3:CreateBucket"})
"""Actions done to a bucket that no policy of a bucket can speak of: the bucket is not there yet."""


@lru_cache(maxsize=1024)
def actions_like(pattern: str) -> frozenset[str]:
    """The actions of S3 that a policy means by a name with wildcards, or by `*`; case does not matter.

    >>> sorted(actions_like("s3:listbucket?*"))
    ['s3:ListBucketMultipartUploads', 's3:ListBucketVersions']
    """
    wanted = Template.of(pattern.lower())
    return frozenset(action for action in ACTIONS if wanted.matches(action.lower(), {}))


class ConditionKey(NamedTuple):
    """What a condition key holds, and of which actions a request has it."""

    type: str
    actions: frozenset[str] | None = None
    """None stands for every action."""


_LISTS = _named("ListBucket ListBucketVersions")
_TAGGED = _named("""
    DeleteObjectTagging DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes GetObjectTagging
    GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes GetObjectVersionTagging PutObjectAcl
    PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging
""")
_VERSIONED = frozenset(action for action in _named(_OBJECT) if "ObjectVersion" in action)
_TAGGING = _named("BypassGovernanceRetention PutObject PutObjectTagging PutObjectVersionTagging")
_PUT = _named("BypassGovernanceRetention PutObject")
_ENCRYPTING = _PUT | _named("ReplicateObject")
_SETTING_ACLS = _PUT | _named("CreateBucket PutBucketAcl PutObjectAcl PutObjectVersionAcl")
_RETAINING = _PUT | _named("PutObjectRetention")
_CREATE_BUCKET = _named("CreateBucket")
_JOBS = _named("CreateJob DeleteJobTagging PutJobTagging UpdateJobPriority UpdateJobStatus")

_S3_KEYS: dict[str, ConditionKey] = {
    "s3:accessgrantsinstancearn": ConditionKey("ARN"),
    "s3:accesspointnetworkorigin": ConditionKey("String"),
    "s3:annotation-prefix": ConditionKey("String", _named("ListObjectAnnotations ListObjectVersionAnnotations")),
    "s3:authtype": ConditionKey("String"),
    "s3:dataaccesspointaccount": ConditionKey("String"),
    "s3:dataaccesspointarn": ConditionKey("ARN"),
    "s3:delimiter": ConditionKey("String", _LISTS),
    "s3:deliverysourcearn": ConditionKey("ARN", _named("AllowVendedLogDeliveryForResource")),
    "s3:destinationregion": ConditionKey("String", _named("PauseReplication")),
    "s3:existingjoboperation": ConditionKey("String", _JOBS),
    "s3:existingjobpriority": ConditionKey("Numeric", _JOBS),
    "s3:if-match": ConditionKey("String", _named("DeleteObject PutObject")),
    "s3:if-none-match": ConditionKey("String", _named("PutObject")),
    "s3:inventoryaccessibleoptionalfields": ConditionKey("ArrayOfString", _named("PutInventoryConfiguration")),
    "s3:isreplicationpauserequest": ConditionKey("Bool", _named("PutReplicationConfiguration")),
    "s3:jobsuspendedcause": ConditionKey("String", _JOBS),
    "s3:locationconstraint": ConditionKey("String", _CREATE_BUCKET),
    "s3:logtype": ConditionKey("String", _named("AllowVendedLogDeliveryForResource")),
    "s3:max-annotation-results": ConditionKey("Numeric", _named("ListObjectAnnotations ListObjectVersionAnnotations")),
    "s3:max-keys": ConditionKey("Numeric", _LISTS),
    "s3:object-lock-legal-hold": ConditionKey("String", _PUT | _named("PutObjectLegalHold")),
    "s3:object-lock-mode": ConditionKey("String", _RETAINING),
    "s3:object-lock-remaining-retention-days": ConditionKey("Numeric", _RETAINING),
    "s3:object-lock-retain-until-date": ConditionKey("Date", _RETAINING),
    "s3:objectcreationoperation": ConditionKey("Bool", _named("PutObject")),
    "s3:prefix": ConditionKey("String", _LISTS),
    "s3:requestjoboperation": ConditionKey("String", _JOBS),
    "s3:requestjobpriority": ConditionKey("Numeric", _JOBS),
    "s3:requestobjecttagkeys": ConditionKey("ArrayOfString", _TAGGING),
    "s3:resourceaccount": ConditionKey("String"),
    "s3:resourcearnbeingauthorized": ConditionKey("ARN", _named("AllowVendedLogDeliveryForResource")),
    "s3:signatureage": ConditionKey("Numeric"),
    "s3:signatureversion": ConditionKey("String"),
    "s3:tlsversion": ConditionKey("Numeric"),
    "s3:versionid": ConditionKey("String", _VERSIONED),
    "s3:x-amz-acl": ConditionKey("String", _SETTING_ACLS),
    "s3:x-amz-bucket-namespace": ConditionKey("String", _CREATE_BUCKET),
    "s3:x-amz-content-sha256": ConditionKey("String"),
    "s3:x-amz-copy-source": ConditionKey("String", _PUT),
    "s3:x-amz-grant-full-control": ConditionKey("String", _SETTING_ACLS),
    "s3:x-amz-grant-read": ConditionKey("String", _SETTING_ACLS),
    "s3:x-amz-grant-read-acp": ConditionKey("String", _SETTING_ACLS),
    "s3:x-amz-grant-write": ConditionKey("String", _SETTING_ACLS),
    "s3:x-amz-grant-write-acp": ConditionKey("String", _SETTING_ACLS),
    "s3:x-amz-metadata-directive": ConditionKey("String", _PUT),
    "s3:x-amz-object-annotation-directive": ConditionKey("String", _named("PutObject")),
    "s3:x-amz-object-if-match": ConditionKey(
        "String",
        _named("""
            DeleteObjectAnnotation DeleteObjectVersionAnnotation PutObjectAnnotation PutObjectVersionAnnotation
        """),
    ),
    "s3:x-amz-object-ownership": ConditionKey("String", _CREATE_BUCKET),
    "s3:x-amz-server-side-encryption": ConditionKey("String", _ENCRYPTING),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": ConditionKey("ARN", _ENCRYPTING),
    "s3:x-amz-server-side-encryption-customer-algorithm": ConditionKey("String", _ENCRYPTING),
    "s3:x-amz-storage-class": ConditionKey("String", _PUT | _named("PutObjectAcl PutObjectVersionAcl")),
    "s3:x-amz-website-redirect-location": ConditionKey("String", _PUT),
}

# S3: IAM/UserGuide/reference_policies_condition-keys.html
_GLOBAL_KEYS: dict[str, str] = {
    "String": """
        CalledViaFirst CalledViaLast Ec2InstanceSourceVpc FederatedProvider PrincipalAccount PrincipalOrgID
        PrincipalServiceName PrincipalType RequestedRegion ResourceAccount ResourceOrgID RoleSessionName SourceAccount
        SourceIdentity SourceOrgID SourceOwner SourceVpc SourceVpce UserAgent VpceAccount VpceOrgID referer userid
        username
    """,
    "ArrayOfString": """
        CalledVia PrincipalOrgPaths PrincipalServiceNamesList ResourceOrgPaths SourceOrgPaths TagKeys VpceOrgPaths
    """,
    "ARN": "ChatbotSourceArn PrincipalArn SourceArn SourceVpcArn",
    "Bool": "AssumedRoot MultiFactorAuthPresent PrincipalIsAWSService SecureTransport ViaAWSService",
    "Date": "CurrentTime EpochTime TokenIssueTime",
    "IPAddress": "Ec2InstanceSourcePrivateIPv4 SourceIp VpcSourceIp",
    "Numeric": "MultiFactorAuthAge",
}

CONDITION_KEYS = MappingProxyType(
    _S3_KEYS
    | {f"aws:{name.lower()}": ConditionKey(type) for type, names in _GLOBAL_KEYS.items() for name in names.split()}
)
"""The condition keys that requests to S3 can have, in lower case."""

TAG_KEYS = MappingProxyType(
    {
        "aws:principaltag": ConditionKey("String"),
        "aws:requesttag": ConditionKey("String"),
        "aws:resourcetag": ConditionKey("String"),
        "s3:accesspointtag": ConditionKey("String"),
        "s3:buckettag": ConditionKey("String"),
        "s3:existingobjecttag": ConditionKey("String", _TAGGED),
        "s3:requestobjecttag": ConditionKey("String", _TAGGING),
    }
)
"""The condition keys that end in the key of a tag, `s3:ExistingObjectTag/team`, without that end."""

_KEY_OF_ANOTHER_SERVICE = re.compile(r"(?!aws:|s3:)[a-z0-9][a-z0-9.-]*:\S+")


def condition_key(name: str) -> ConditionKey | None:
    """What S3 knows of a condition key, whose case does not matter; None if there is no such key.

    Keys of other services and of identity providers (`saml:aud`, `accounts.google.com:sub`) come with credentials.

    >>> condition_key("S3:max-keys").type
    'Numeric'
    >>> condition_key("s3:VersionStatus")
    """
    lower = name.lower()
    if lower in CONDITION_KEYS:
        return CONDITION_KEYS[lower]
    family, _, tag = lower.partition("/")
    if tag and family in TAG_KEYS:
        return TAG_KEYS[family]
    return ConditionKey("String") if _KEY_OF_ANOTHER_SERVICE.fullmatch(lower) else None
