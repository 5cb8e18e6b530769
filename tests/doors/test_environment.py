"""Variables of the environment that a mock sets, and what it leaves alone."""

from __future__ import annotations

import os
from typing import Any

import pytest

from fakes3.doors.environment import read_variables, restore_variables, set_variables


class Noting(dict[str, str]):
    """An environment that notes which variables are set."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.were_set: list[str] = []

    def __setitem__(self, name: str, value: str) -> None:
        self.were_set.append(name)
        super().__setitem__(name, value)


@pytest.fixture
def environment(monkeypatch) -> Noting:
    found = Noting({"SAME": "1", "OTHER": "2", "UNWANTED": "3"})
    monkeypatch.setattr(os, "environ", found)
    return found


WANTED = {"SAME": "1", "OTHER": "wanted", "NEW": "wanted", "UNWANTED": None, "ABSENT": None}


def test_only_what_has_another_value_is_set(environment):
    set_variables(WANTED, read_variables(WANTED))
    assert WANTED == read_variables(WANTED)
    assert ["OTHER", "NEW"] == [name for name in environment.were_set if name in WANTED]


def test_restored_whatever_they_are_by_then(environment):
    before = read_variables(WANTED)
    set_variables(WANTED, before)
    environment.update(SAME="changed", ABSENT="changed")
    del environment["NEW"]
    restore_variables(before)
    assert before == read_variables(WANTED)


def test_that_of_the_process_is_read_as_it_is(monkeypatch):
    monkeypatch.setenv("FAKES3_ONE", "a\u00e9")
    monkeypatch.delenv("FAKES3_OTHER", raising=False)
    names = ["FAKES3_ONE", "FAKES3_OTHER", "PATH"]
    assert {name: os.environ.get(name) for name in names} == read_variables(names)
    assert read_variables(names)["FAKES3_ONE"] == "a\u00e9"


def test_that_of_a_patched_process_is_read_through_the_patch(monkeypatch):
    monkeypatch.setattr(os.environ, "get", {"FAKES3_ONE": "patched"}.get, raising=False)
    assert {"FAKES3_ONE": "patched", "PATH": None} == read_variables(["FAKES3_ONE", "PATH"])
