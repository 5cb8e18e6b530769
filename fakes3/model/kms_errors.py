"""The errors of KMS, which S3 hands on with the service's name before the code. One class per code, as in `errors`.

S3: API/ErrorResponses.html, kms/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from fakes3.model.errors import S3Error


class KMSDisabledException(S3Error, code="KMS.DisabledException"):
    """The KMS key that should encrypt or decrypt is disabled."""

    message = "The request was rejected because the specified KMS key is not enabled."


class KMSInvalidStateException(S3Error, code="KMS.KMSInvalidStateException"):
    """The KMS key that should encrypt or decrypt awaits its deletion, say."""

    message = "The request was rejected because the state of the specified resource is not valid for this request."


class KMSNotFoundException(S3Error, code="KMS.NotFoundException"):
    """The KMS key that should encrypt or decrypt does not exist."""

    message = "The request was rejected because the specified entity or resource could not be found."
