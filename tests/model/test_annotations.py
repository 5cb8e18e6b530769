"""What a version can have of annotations. S3: API/API_PutObjectAnnotation.html"""

from __future__ import annotations

from datetime import datetime

import pytest

from fakes3.model.annotation_errors import AnnotationLimitExceeded
from fakes3.model.annotations import MOST, Annotation, added, removed
from fakes3.model.bytes_rope import Rope
from fakes3.model.versions import Checksum

NOTES = tuple(
    Annotation(f"n{number:04}", datetime(2026, 1, 1), Rope.of(b"x"), "etag", Checksum("CRC64NVME", "value"))
    for number in range(MOST + 1)
)


def test_at_most_a_thousand() -> None:
    full = NOTES[:MOST]
    with pytest.raises(AnnotationLimitExceeded):
        added(full, NOTES[MOST])
    assert full == added(full, NOTES[0])
    assert NOTES[1:] == added(removed(full, "n0000"), NOTES[MOST])
