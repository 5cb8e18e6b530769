"""Time and ids: they come in by the front, so that the same seed and the same calls give the same S3."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.clock import Clock, Ids
from fakes3.model.dates import LATEST
from fakes3.model.errors import UsageError

THEN = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)

SEQUENCES = st.integers(min_value=1, max_value=2**62)
SEEDS = st.integers()


class TestRunningClock:
    """The clock is the process's, so whatever moves that moves S3."""

    def test_it_is_aware_and_in_utc(self) -> None:
        assert timedelta(0) == Clock().now().utcoffset()

    def test_time_machine_moves_it(self) -> None:
        clock = Clock()
        with time_machine.travel(THEN, tick=False):
            assert THEN == clock.now()
        with time_machine.travel(THEN + DAY, tick=False):
            assert THEN + DAY == clock.now()

    def test_outside_it_is_what_time_it_is_in_the_process(self) -> None:
        clock = Clock()
        with time_machine.travel(THEN, tick=False):
            clock.advance(days=30)
            assert (THEN + 30 * DAY, THEN) == (clock.now(), clock.outside)
            clock.freeze("2001-02-03T04:05:06Z")
            assert THEN == clock.outside

    def test_an_advanced_clock_runs_on(self) -> None:
        clock = Clock()
        with time_machine.travel(THEN, tick=False) as traveller:
            clock.advance(days=30)
            traveller.shift(5)
            assert THEN + timedelta(days=30, seconds=5) == clock.now()


class TestFrozenClock:
    """A frozen clock stands until it is advanced, frozen elsewhere, or thawed."""

    def test_it_stands_at_the_moment_given(self) -> None:
        clock = Clock()
        clock.freeze(THEN)
        assert [THEN, THEN] == [clock.now(), clock.now()]

    def test_it_stands_now_where_no_moment_is_given(self) -> None:
        clock = Clock()
        with time_machine.travel(THEN, tick=False) as traveller:
            clock.freeze()
            traveller.shift(60)
            assert THEN == clock.now()

    def test_time_machine_does_not_move_it(self) -> None:
        clock = Clock()
        clock.freeze(THEN)
        with time_machine.travel(THEN + DAY, tick=False):
            assert THEN == clock.now()

    def test_it_is_advanced(self) -> None:
        clock = Clock()
        clock.freeze(THEN)
        clock.advance(timedelta(days=1), weeks=1, days=1, hours=1, minutes=1, seconds=1.5)
        assert THEN + timedelta(days=9, hours=1, minutes=1, seconds=1.5) == clock.now()

    def test_thawed_it_runs_from_where_it_stands(self) -> None:
        clock = Clock()
        with time_machine.travel(THEN, tick=False) as traveller:
            clock.freeze(THEN + 365 * DAY)
            traveller.shift(1000)
            clock.thaw()
            assert THEN + 365 * DAY == clock.now()
            traveller.shift(5)
            assert THEN + 365 * DAY + timedelta(seconds=5) == clock.now()

    def test_thawing_a_running_clock_changes_nothing(self) -> None:
        clock = Clock()
        with time_machine.travel(THEN, tick=False):
            clock.advance(days=1)
            clock.thaw()
            assert THEN + DAY == clock.now()

    def test_it_may_be_frozen_in_the_past(self) -> None:
        clock = Clock()
        clock.freeze(THEN)
        clock.freeze(THEN - DAY)
        assert THEN - DAY == clock.now()

    @pytest.mark.parametrize(
        "at",
        [
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00+00:00",
            "2026-01-01T01:00:00+01:00",
            "2026-01-01T00:00:00",
            "2026-01-01",
            datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        ],
    )
    def test_a_moment_is_iso_8601_or_an_aware_datetime(self, at: datetime | str) -> None:
        clock = Clock()
        clock.freeze(at)
        assert (THEN, UTC) == (clock.now(), clock.now().tzinfo)


class TestCopiedClock:
    """A copy shows the same time and goes its own way."""

    def test_of_a_frozen_clock(self) -> None:
        clock = Clock()
        clock.freeze(THEN)
        twin = clock.copy()
        clock.advance(days=1)
        assert (THEN + DAY, THEN) == (clock.now(), twin.now())

    def test_of_an_advanced_clock(self) -> None:
        clock = Clock()
        with time_machine.travel(THEN, tick=False):
            clock.advance(days=1)
            twin = clock.copy()
            twin.advance(days=1)
            assert (THEN + DAY, THEN + 2 * DAY) == (clock.now(), twin.now())


class TestMistakes:
    """What a test author gets wrong is told with its remedy."""

    def test_time_does_not_run_backwards(self) -> None:
        with pytest.raises(UsageError) as told:
            Clock().advance(days=-1)
        assert (
            "The clock cannot be advanced by -1 day, 0:00:00: S3's time runs forward. "
            "Call clock.freeze(at) to set it to a moment of your choice."
        ) == str(told.value)

    @pytest.mark.parametrize("text", ["tomorrow", "0001-01-01T00:00:00+01:00", 5, date(2026, 1, 1)])
    def test_what_is_no_moment(self, text: Any) -> None:
        with pytest.raises(UsageError) as told:
            Clock().freeze(text)
        assert (
            f"The clock cannot be set to {text!r}. Give an aware datetime or ISO 8601 text "
            'such as "2026-01-01T00:00:00Z".'
        ) == str(told.value)

    def test_a_naive_datetime(self) -> None:
        with pytest.raises(UsageError) as told:
            Clock().freeze(datetime(2026, 1, 1))
        assert (
            "The clock cannot be set to the naive datetime datetime.datetime(2026, 1, 1, 0, 0), which is another "
            "moment in every time zone. Give it a time zone, for example tzinfo=datetime.UTC."
        ) == str(told.value)

    @pytest.mark.parametrize(
        ("by", "steps"), [(5, {}), ("1 day", {}), (None, {"days": "30"}), (None, {"days": float("nan")})]
    )
    def test_what_is_no_step(self, by: Any, steps: Any) -> None:
        clock = Clock()
        with pytest.raises(UsageError) as told:
            clock.advance(by, **steps)
        remedy = "Call clock.advance(days=30), for example."
        assert f"The clock can be advanced by a timedelta or by numbers. {remedy}" == str(told.value)

    def test_a_refused_step_leaves_the_clock_alone(self) -> None:
        clock = Clock()
        clock.freeze(THEN)
        with pytest.raises(UsageError):
            clock.advance(days=1, weeks=-1)
        assert THEN == clock.now()


class TestEndOfTheCalendar:
    """The calendar ends with the year 9999. Nothing is later."""

    def test_it_cannot_be_advanced_beyond(self) -> None:
        clock = Clock()
        clock.freeze("9999-12-31T00:00:00Z")
        for step in ({"days": 1}, {"weeks": 10**9}, {"seconds": 1e300}):
            with pytest.raises(UsageError) as caught:
                clock.advance(**step)
            assert "The clock cannot be advanced beyond the year 9999" in str(caught.value)
        clock.advance(hours=23)
        assert "9999-12-31T23:00:00+00:00" == clock.now().isoformat()

    def test_a_running_clock_stops_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = Clock()
        clock.advance(LATEST - clock.now() - timedelta(seconds=1))
        later = time.time() + 60
        monkeypatch.setattr(time, "time", lambda: later)
        assert LATEST == clock.now()

    def test_it_cannot_be_set_to_a_moment_that_utc_does_not_have(self) -> None:
        with pytest.raises(UsageError, match=r"Give another moment\.$"):
            Clock().freeze(datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))))


class TestRepr:
    def test_tells_whether_it_is_frozen(self) -> None:
        clock = Clock()
        with time_machine.travel(THEN, tick=False):
            assert "<Clock at 2026-01-01T00:00:00+00:00>" == repr(clock)
            clock.freeze()
            assert "<Clock frozen at 2026-01-01T00:00:00+00:00>" == repr(clock)


class TestVersionIds:
    """A version id is opaque, safe in URLs, never predictable, never reused. S3: userguide/versioning-workflows.html"""

    @given(SEEDS, SEQUENCES)
    def test_it_has_32_characters_that_are_safe_in_urls(self, seed: int, sequence: int) -> None:
        assert re.fullmatch(r"[A-Za-z0-9_-]{32}", Ids(seed).version_id(sequence))

    @given(SEEDS, SEQUENCES)
    def test_the_same_seed_gives_the_same_id(self, seed: int, sequence: int) -> None:
        assert Ids(seed).version_id(sequence) == Ids(seed).version_id(sequence)

    @given(SEEDS, SEQUENCES, SEQUENCES)
    def test_two_writes_have_two_ids(self, seed: int, one: int, other: int) -> None:
        assert (one == other) == (Ids(seed).version_id(one) == Ids(seed).version_id(other))

    @given(SEEDS, SEQUENCES)
    def test_the_sequence_number_is_found_again(self, seed: int, sequence: int) -> None:
        assert sequence == Ids(seed).sequence_of(Ids(seed).version_id(sequence))

    @given(SEEDS, SEEDS, SEQUENCES)
    def test_an_id_of_another_seed_names_nothing(self, seed: int, other: int, sequence: int) -> None:
        expected = sequence if seed == other else None
        assert expected == Ids(seed).sequence_of(Ids(other).version_id(sequence))

    @pytest.mark.parametrize(
        "id_",
        [
            "",
            "x",
            "null",
            "a" * 31,
            "a" * 33,
            "a" * 31 + "=",
            "a" * 31 + "/",
            "a" * 31 + " ",
            "é" * 32,
            "٣" * 32,
            "-" * 32,
            "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD",  # recorded: TestS3ObjectCRUD::test_delete_object
            "a.b_c-d.e_f-g.h_i-j.k_l-m.n_o-p.q"[:32],
        ],
    )
    def test_an_id_that_s3_could_not_have_made_is_told_apart(self, id_: str) -> None:
        assert Ids().sequence_of(id_) is None

    @given(st.text())
    def test_any_text_may_be_asked_about(self, text: str) -> None:
        assert Ids().sequence_of(text) is None

    @given(SEQUENCES, st.integers(min_value=0, max_value=31), st.characters(codec="ascii"))
    def test_no_character_of_an_id_may_change(self, sequence: int, at: int, character: str) -> None:
        real = Ids().version_id(sequence)
        forged = real[:at] + character + real[at + 1 :]
        assert (forged == real) == (Ids().sequence_of(forged) == sequence)


class TestOtherIds:
    def test_request_ids_look_like_s3s_and_never_repeat(self) -> None:
        ids = Ids()
        made = [ids.request_id() for _ in range(100)]
        assert 100 == len({one for one, _ in made}) == len({two for _, two in made})
        assert all(re.fullmatch("[0-9A-Z]{16}", one) for one, _ in made)
        assert all(re.fullmatch("[0-9A-Za-z+/]{75}=", two) for _, two in made)
        assert not any(one in two for one, two in made)

    def test_request_ids_are_a_matter_of_the_seed(self) -> None:
        assert Ids(7).request_id() == Ids(7).request_id() != Ids(8).request_id()

    def test_upload_ids_are_long_and_no_version_ids(self) -> None:
        ids = Ids()
        assert re.fullmatch(r"[A-Za-z0-9_-]{64}", ids.upload_id(1))
        assert ids.upload_id(1) == ids.upload_id(1) != ids.upload_id(2)
        assert ids.sequence_of(ids.upload_id(1)) is None

    @given(SEQUENCES)
    def test_opaque_ids_differ_by_purpose(self, sequence: int) -> None:
        assert re.fullmatch("[0-9a-f]{32}", Ids().opaque("etag", sequence))
        assert Ids().opaque("etag", sequence) != Ids().opaque("rule", sequence)
