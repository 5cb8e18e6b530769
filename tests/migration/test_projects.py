"""What each row of a project has to keep to."""

from __future__ import annotations

import pytest

from .projects import MOST_LINES, PROJECTS, Project


def test_a_project_has_one_row() -> None:
    names = [project.name for project in PROJECTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("project", PROJECTS, ids=[project.name for project in PROJECTS])
class TestEach:
    def test_at_most_three_lines_are_changed(self, project: Project) -> None:
        assert 1 <= project.count_lines() <= MOST_LINES

    def test_moto_is_pinned(self, project: Project) -> None:
        (moto,) = (each for each in project.requirements.split() if each.startswith("moto"))
        assert "==" in moto

    def test_each_refusal_has_a_reason_and_a_way_out(self, project: Project) -> None:
        assert all(each.reason and each.says for each in project.refused)
