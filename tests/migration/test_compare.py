"""How a suite on moto and with fakes3 is compared: test by test, and what counts as good enough."""

from __future__ import annotations

from .compare import Compared, Outcome, Refused, add_up, compare, draw_table, find_faults, read_outcomes

GREEN, RED, SKIPPED = Outcome("green"), Outcome("red", "InvalidBucketName: use bucket-2"), Outcome("skipped")
REFUSED = Refused("tests::test_name*", "use bucket-2", "S3 takes no `_` in names")

REPORT = """
<testsuites><testsuite>
<testcase classname="tests.test_s3" name="test_put" />
<testcase classname="tests.test_s3" name="test_get[1]"><failure message="AccessDenied">the way out</failure></testcase>
<testcase classname="tests.test_s3" name="test_list"><skipped message="no" /></testcase>
<testcase classname="tests.test_s3" name="test_stop" />
<testcase classname="tests.test_s3" name="test_stop"><error message="at teardown">broken</error></testcase>
<testcase classname="tests.test_s3" name="test_both"><failure message="first">1</failure></testcase>
<testcase classname="tests.test_s3" name="test_both"><skipped message="then" /></testcase>
</testsuite></testsuites>
"""


def test_outcomes_are_read_from_a_report_of_pytest() -> None:
    assert {
        "tests.test_s3::test_put": GREEN,
        "tests.test_s3::test_get[1]": Outcome("red", "AccessDenied\nthe way out"),
        "tests.test_s3::test_list": SKIPPED,
        "tests.test_s3::test_stop": Outcome("red", "at teardown\nbroken"),
        "tests.test_s3::test_both": Outcome("red", "first\n1"),
    } == read_outcomes(REPORT)


class TestComparing:
    def test_only_what_is_green_on_moto_counts(self) -> None:
        moto = {"a": GREEN, "b": RED, "c": SKIPPED}
        assert Compared("suite", 3, 1, 1, {}) == compare("suite", moto, {"a": GREEN, "b": RED, "c": RED, "d": RED})

    def test_missing_and_skipped_tests_are_not_green(self) -> None:
        compared = compare("suite", {"a": GREEN, "b": GREEN, "c": GREEN}, {"a": GREEN, "b": SKIPPED})
        assert Compared("suite", 3, 3, 1, {"b": "", "c": ""}) == compared

    def test_what_s3_refuses_has_its_reason(self) -> None:
        names = "tests::test_name[1]", "tests::test_other"
        compared = compare("suite", dict.fromkeys(names, GREEN), dict.fromkeys(names, RED), [REFUSED])
        assert {names[0]: REFUSED.reason, names[1]: ""} == compared.red

    def test_a_refusal_that_does_not_say_the_way_out_has_no_reason(self) -> None:
        here = {"tests::test_name": Outcome("red", "AssertionError")}
        assert {"tests::test_name": ""} == compare("suite", {"tests::test_name": GREEN}, here, [REFUSED]).red


class TestFaults:
    def test_enough_green_and_a_reason_for_each_red_test_is_good_enough(self) -> None:
        assert [] == find_faults(Compared("suite", 100, 100, 97, {"a": "S3 refuses it"}))

    def test_each_red_test_needs_a_reason(self) -> None:
        compared = Compared("suite", 100, 100, 98, {"a": "S3 refuses it", "b": ""})
        assert ["suite: nobody knows why b is red."] == find_faults(compared)

    def test_too_little_is_green(self) -> None:
        fault = "suite: 96.0% of what is green on moto is green here, not 97%."
        assert [fault] == find_faults(Compared("suite", 100, 100, 96, {}))

    def test_a_suite_of_which_nothing_is_green_on_moto_proves_nothing(self) -> None:
        assert ["suite: no test is green on moto."] == find_faults(Compared("suite", 5, 0, 0, {}))


def test_suites_add_up() -> None:
    one, two = Compared("one", 9, 8, 8, {}), Compared("two", 4, 2, 1, {"a": "S3 refuses it"})
    assert Compared("all together", 13, 10, 9, {"two: a": "S3 refuses it"}) == add_up([one, two])


def test_table_shows_each_suite_and_all_together() -> None:
    one, two = Compared("one", 9, 8, 8, {}), Compared("two", 4, 2, 0, {"a": "S3 refuses it", "b": ""})
    assert [
        "| project | lines changed | tests | green on moto | green here |",
        "|---|---|---|---|---|",
        "| one | 1 | 9 | 8 | 8 (100.0%) |",
        "| two | 3 | 4 | 2 | 0 (0.0%) |",
        "| all together | 4 | 13 | 10 | 8 (80.0%) |",
        "",
        "- two: a: S3 refuses it",
        "- two: b: NOBODY KNOWS WHY",
    ] == draw_table([(one, 1), (two, 3)]).splitlines()
