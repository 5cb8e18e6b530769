"""The errors of annotations. Their texts are those of the API model. S3: API/API_PutObjectAnnotation.html, "Errors"."""

from __future__ import annotations

from fakes3.model.errors import S3Error


class AnnotationLimitExceeded(
    S3Error, message="The request would exceed the maximum number of annotations allowed per object."
):
    """The version has 1,000 annotations already."""


class AnnotationNameTooLong(S3Error, message="The annotation name exceeds 512 bytes."):
    """The name of an annotation has more than 512 bytes of UTF-8."""


class InvalidAnnotationName(S3Error, message="The annotation name you provided is invalid."):
    """The name is empty, has other characters than letters, digits, `_`, `.` and `-`, or begins like one of AWS."""


class NoSuchAnnotation(S3Error, status=404, message="The specified annotation does not exist on this object."):
    """The version has no annotation of this name."""


class UnsupportedMediaType(S3Error, status=415, message="The annotation payload is not valid UTF-8 encoded text."):
    """An annotation is no text in UTF-8."""
