"""The check of the code that MFA delete demands. S3: userguide/MultiFactorAuthenticationDelete.html"""

from __future__ import annotations

from fakes3.model.bucket import Bucket
from fakes3.model.errors import AccessDenied, InvalidRequest, NotImplemented_, S3Error
from fakes3.operations.call import Call

_DEVICE = (
    's3.account().mfa_device(serial, codes=["123456"]) gives the root user of the account a device; `fakes3 serve` has '
    "none"
)


def check_mfa(s3: Call, bucket: Bucket, header: str | None, *, is_needed: bool) -> None:
    """Refuse a request that needs a code and has none, or whose code does not count. A code counts once.

    Raises: AccessDenied, InvalidArgument, InvalidRequest for a session's temporary credentials.
    observed: hashicorp/terraform#12973, iterate-ch/cyberduck#16267, 99designs/aws-vault#793
    """
    if header is None:
        if is_needed:
            raise AccessDenied(
                "Mfa Authentication must be used for this request",
                reason=f'the bucket {bucket.name} needs a code for this. Pass MFA="<serial> <code>": {_DEVICE}.',
            )
        return
    from fakes3.model.mfa import parse_header  # few buckets have MFA delete

    serial, code = parse_header(header)
    if s3.caller.role is not None:
        raise InvalidRequest(
            "DevPay and Mfa are mutually exclusive authorization methods.",
            reason="S3 takes no code from a session of a role. Sign with the root user's own access key.",
        )
    device = s3.world.mfa_devices.get(bucket.owner)
    if not s3.caller.is_root or s3.caller.account != bucket.owner or device is None:
        raise AccessDenied(
            "This operation may only be performed by the bucket owner",
            reason=f"only the root user of the bucket's account can show a code, with a device of its own. {_DEVICE}.",
        )
    used = device.use(serial, code)
    if used is None or not s3.transport.is_secure:
        raise AccessDenied(
            reason=f"the device {device.serial} does not show the code {code}, or has shown it before, or the request "
            "did not come over TLS."
        )
    s3.world = s3.world._replace(mfa_devices=s3.world.mfa_devices.set(bucket.owner, used))


def refuse_lifecycle() -> S3Error:
    """Return the error for a bucket that is to have both MFA delete and lifecycle rules.

    S3: userguide/lifecycle-and-other-bucket-config.html
    """
    return NotImplemented_(
        reason="S3 supports no lifecycle in a bucket with MFA delete, and nobody has published how it refuses that. "
        "Leave one of them out."
    )
