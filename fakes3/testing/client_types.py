"""`S3Client` and `S3ServiceResource` for type checkers, from whichever stubs of boto3 are installed, or `Any`.

Either boto3-stubs or types-boto3 may be there, or neither: each star import then gives nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3 import *  # noqa: F403  # pyright: ignore
    from types_boto3_s3 import *  # noqa: F403  # pyright: ignore

    def __getattr__(name: str) -> Any: ...
