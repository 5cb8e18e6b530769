"""Block Public Access of whole accounts. These operations are S3 Control's, and the same in every region.

In the API they have the names of those of a bucket; `s3.calls` and CloudTrail tell them apart.

S3: API/API_control_PutPublicAccessBlock.html, userguide/cloudtrail-logging-s3-info.html
"""

from __future__ import annotations

from fakes3.model.errors import AccessDenied
from fakes3.model.missing_configurations import NoSuchPublicAccessBlockConfiguration
from fakes3.model.names import is_account_id
from fakes3.model.public_access import block_of, check_configuration, switches_of
from fakes3.operations.call import Call
from fakes3.operations.members import Document, Members
from fakes3.operations.registry import operation

_PUT = "s3:PutAccountPublicAccessBlock"
"""The action that allows to put the configuration, and to delete it."""


def check_account_id(account: str) -> None:
    """Refuse what is no account's id. Raises: AccessDenied.

    observed: radkawar/stackd, testdata/aws/s3control/native_raw_replay.json (owner_short_host_and_header)
    """
    if not is_account_id(account):
        reason = f"{account!r} is not the id of an account. Pass its 12 digits as AccountId."
        raise AccessDenied(reason=reason, AccountId=account)


@operation
def get_account_public_access_block(s3: Call, *, AccountId: str) -> Members:
    """Return what an account blocks of public access to all its buckets."""
    check_own_account(s3, AccountId, "s3:GetAccountPublicAccessBlock")
    block = s3.world.account_blocks.get(AccountId)
    if block is None:
        raise NoSuchPublicAccessBlockConfiguration(AccountId=AccountId)
    return {"PublicAccessBlockConfiguration": switches_of(block)}


@operation
def put_account_public_access_block(
    s3: Call, *, AccountId: str, PublicAccessBlockConfiguration: Document[Members]
) -> Members:
    """Set all four switches of an account: one that the document does not name is off."""
    check_own_account(s3, AccountId, _PUT)
    switches = PublicAccessBlockConfiguration.read()
    check_configuration(switches)
    s3.world = s3.world._replace(account_blocks=s3.world.account_blocks.set(AccountId, block_of(switches)))
    return {}


@operation
def delete_account_public_access_block(s3: Call, *, AccountId: str) -> Members:
    """Let each bucket of an account decide for itself; the account need not block anything."""
    check_own_account(s3, AccountId, _PUT)
    if AccountId in s3.world.account_blocks:
        s3.world = s3.world._replace(account_blocks=s3.world.account_blocks.delete(AccountId))
    return {}


def check_own_account(s3: Call, account: str, action: str, *, on: str | None = None) -> None:
    """Refuse callers of other accounts, and those whose own account does not allow the action. Raises: AccessDenied.

    `on` is the ARN of what the action is on, where that is not the account.

    observed: radkawar/stackd, testdata/aws/s3control/native_raw_replay.json (owner_foreign_member)
    """
    check_account_id(account)
    if s3.caller.account is not None and s3.caller.account != account:
        raise AccessDenied(
            reason=f"{s3.caller} is not of the account {account}. Pass the caller's own account as AccountId."
        )
    s3.check_may_in_account(action, on=on)
