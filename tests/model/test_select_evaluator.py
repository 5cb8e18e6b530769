"""What expressions of S3 Select give: the examples of the reference, with the results that it prints.

S3: userguide/s3-select-sql-reference.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from fakes3.model.errors import S3Error
from fakes3.model.select_evaluator import Source, check_bindings, evaluate
from fakes3.model.select_parser import parse_statement
from fakes3.model.select_values import MISSING, Row, to_text

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def values(expression: str, *records: Any) -> list[Any]:
    statement = parse_statement(f"SELECT {expression} FROM S3Object")
    check_bindings(statement, Source(has_columns=False))
    return [row.values[0] for row in evaluate(statement, records or ({},), NOW)]


def value(expression: str) -> Any:
    (found,) = values(expression)
    return found


def test_a_long_exponent_is_shown_as_such() -> None:
    assert ("1E+999999999", "1" + "0" * 40) == (value("CAST(1e999999999 AS STRING)"), value("CAST(1e40 AS STRING)"))


def test_a_column_of_a_long_number_is_missing() -> None:
    assert value("s._" + "9" * 5000 + " IS MISSING") is True


class TestDateFunctions:
    """S3: userguide/s3-select-sql-reference-date.html"""

    @pytest.mark.parametrize(
        ("expression", "text"),
        [
            ("DATE_ADD(year, 5, `2010-01-01T`)", "2015-01-01"),
            ("DATE_ADD(month, 1, `2010T`)", "2010-02T"),
            ("DATE_ADD(month, 13, `2010T`)", "2011-02T"),
            ("DATE_ADD(day, -1, `2017-01-10T`)", "2017-01-09"),
            ("DATE_ADD(hour, 1, `2017T`)", "2017-01-01T01:00-00:00"),
            ("DATE_ADD(hour, 1, `2017-01-02T03:04Z`)", "2017-01-02T04:04Z"),
            ("DATE_ADD(minute, 1, `2017-01-02T03:04:05.006Z`)", "2017-01-02T03:05:05.006Z"),
            ("DATE_ADD(second, 1, `2017-01-02T03:04:05.006Z`)", "2017-01-02T03:04:06.006Z"),
            ("DATE_ADD(month, 1, `2017-01-31T`)", "2017-02-28"),
            ("DATE_ADD(year, 0, `2017T`)", "2017T"),
            ("TO_TIMESTAMP('2007T')", "2007T"),
            ("TO_TIMESTAMP('2007-02-23T12:14:33.079-08:00')", "2007-02-23T12:14:33.079-08:00"),
            ("CAST('2007-04-05T14:30Z' AS TIMESTAMP)", "2007-04-05T14:30Z"),
            ("CAST(`2007-04-05T14:30Z` AS TIMESTAMP)", "2007-04-05T14:30Z"),
            ("UTCNOW()", "2026-03-01T00:00:00.000Z"),
        ],
    )
    def test_timestamps(self, expression: str, text: str):
        assert text == to_text(value(expression))

    @pytest.mark.parametrize(
        ("expression", "number"),
        [
            ("DATE_DIFF(year, `2010-01-01T`, `2011-01-01T`)", 1),
            # The page says 4 for the year, which can only be meant of the month.
            ("DATE_DIFF(month, `2010T`, `2010-05T`)", 4),
            ("DATE_DIFF(year, `2010T`, `2010-05T`)", 0),
            ("DATE_DIFF(month, `2010T`, `2011T`)", 12),
            ("DATE_DIFF(month, `2011T`, `2010T`)", -12),
            ("DATE_DIFF(day, `2010-01-01T23:00`, `2010-01-02T01:00`)", 0),
            ("DATE_DIFF(month, `2010-01-31T`, `2010-02-28T`)", 0),
            ("DATE_DIFF(hour, `2010-01-01T23:00Z`, `2010-01-02T01:30Z`)", 2),
            ("EXTRACT(YEAR FROM `2010-01-01T`)", 2010),
            ("EXTRACT(MONTH FROM `2010T`)", 1),
            ("EXTRACT(MONTH FROM `2010-10T`)", 10),
            ("EXTRACT(HOUR FROM `2017-01-02T03:04:05+07:08`)", 3),
            ("EXTRACT(MINUTE FROM `2017-01-02T03:04:05+07:08`)", 4),
            ("EXTRACT(TIMEZONE_HOUR FROM `2017-01-02T03:04:05+07:08`)", 7),
            ("EXTRACT(TIMEZONE_MINUTE FROM `2017-01-02T03:04:05+07:08`)", 8),
            ("EXTRACT(TIMEZONE_HOUR FROM `2017-01-02T03:04:05-07:08`)", -7),
            ("EXTRACT(TIMEZONE_HOUR FROM `2017T`)", None),
        ],
    )
    def test_numbers(self, expression: str, number: int | None):
        assert number == value(expression)

    @pytest.mark.parametrize(
        ("moment", "pattern", "text"),
        [
            ("1969-07-20T20:18Z", "MMMM d, y", "July 20, 1969"),
            ("1969-07-20T20:18Z", "MMM d, yyyy", "Jul 20, 1969"),
            ("1969-07-20T20:18Z", "M-d-yy", "7-20-69"),
            ("1969-07-20T20:18Z", "MM-d-y", "07-20-1969"),
            ("1969-07-20T20:18Z", "MMMM d, y h:m a", "July 20, 1969 8:18 PM"),
            ("1969-07-20T20:18Z", "y-MM-dd''T''H:m:ssX", "1969-07-20T20:18:00Z"),
            ("1969-07-20T20:18+08:00", "y-MM-dd''T''H:m:ssXXXX", "1969-07-20T20:18:00+0800"),
            ("1969-07-20T20:18+08:00", "y-MM-dd''T''H:m:ssXXXXX", "1969-07-20T20:18:00+08:00"),
            ("1969-07-20T20:18+08:00", "x SSS n", "+08 000 0"),
        ],
    )
    def test_to_string(self, moment: str, pattern: str, text: str):
        assert text == value(f"TO_STRING(`{moment}`, '{pattern}')")


class TestStringFunctions:
    """S3: userguide/s3-select-sql-reference-string.html"""

    @pytest.mark.parametrize(
        ("expression", "found"),
        [
            ("CHAR_LENGTH('')", 0),
            ("CHARACTER_LENGTH('abcdefg')", 7),
            ("LOWER('AbCdEfG!@#$')", "abcdefg!@#$"),
            ("UPPER('AbCdEfG!@#$')", "ABCDEFG!@#$"),
            ("SUBSTRING('123456789', 0)", "123456789"),
            ("SUBSTRING('123456789', 1)", "123456789"),
            ("SUBSTRING('123456789', 2)", "23456789"),
            ("SUBSTRING('123456789', -4)", "123456789"),
            ("SUBSTRING('123456789', 0, 999)", "123456789"),
            ("SUBSTRING('123456789', 1, 5)", "12345"),
            ("SUBSTRING('123456789' FROM -1 FOR 4)", "12"),
            ("SUBSTRING('123456789' FROM -9 FOR 4)", ""),
            ("TRIM('       foobar         ')", "foobar"),
            ("TRIM('      \tfoobar\t         ')", "\tfoobar\t"),
            ("TRIM(LEADING FROM '       foobar         ')", "foobar         "),
            ("TRIM(TRAILING FROM '       foobar         ')", "       foobar"),
            ("TRIM(BOTH FROM '       foobar         ')", "foobar"),
            ("TRIM(BOTH '12' FROM '1112211foobar22211122')", "foobar"),
            ("TRIM('12' FROM '1112211foobar22211122')", "foobar"),
        ],
    )
    def test_examples(self, expression: str, found: Any):
        assert found == value(expression)


class TestConditionalFunctions:
    """S3: userguide/s3-select-sql-reference-conditional.html"""

    @pytest.mark.parametrize(
        ("expression", "found"),
        [
            ("COALESCE(1)", 1),
            ("COALESCE(null)", None),
            ("COALESCE(null, null)", None),
            ("COALESCE(missing)", None),
            ("COALESCE(missing, missing)", None),
            ("COALESCE(1, null)", 1),
            ("COALESCE(null, null, 1)", 1),
            ("COALESCE(null, 'string')", "string"),
            ("COALESCE(missing, 1)", 1),
            ("NULLIF(1, 1)", None),
            ("NULLIF(1, 2)", 1),
            ("NULLIF(1.0, 1)", None),
            ("NULLIF(1, '1')", 1),
            ("NULLIF([1], [1])", None),
            ("NULLIF(1, NULL)", 1),
            ("NULLIF(NULL, 1)", None),
            ("NULLIF(null, null)", None),
            ("NULLIF(missing, null)", None),
            ("NULLIF(missing, missing)", None),
            ("CASE WHEN 1 = 2 THEN 'a' END", None),
            ("CASE 1 WHEN 2 THEN 'a' WHEN 1 THEN 'b' END", "b"),
        ],
    )
    def test_examples(self, expression: str, found: Any):
        assert found == value(expression)


class TestOperators:
    """S3: userguide/s3-select-sql-reference-operators.html"""

    @pytest.mark.parametrize(
        ("expression", "found"),
        [
            ("1 + 2 * 3", 7),
            ("-7 / 2", -3),
            ("-7 % 2", -1),
            ("- - 1", 1),
            ("(1 + 2) * 3", 9),
            ("1.5 * 2", Decimal("3.0")),
            ("CAST(1 AS FLOAT) / 4", 0.25),
            ("1 - 2.5", Decimal("-1.5")),
            ("1 / 4.0", Decimal("0.25")),
            ("5.5 % 2", Decimal("1.5")),
            ("'b' IN ('a', 'b')", True),
            ("'c' NOT IN ['a', 'b']", True),
            ("'c' IN ('a', null)", None),
            ("null IN (1)", None),
            ("2 BETWEEN 1 AND 3", True),
            ("2 NOT BETWEEN 1 AND 3", False),
            ("'a' < 'b' AND 'b' <= 'b'", True),
            ("'a' > 'b' OR 'b' >= 'b'", True),
            ("1 <> 1.0", False),
            ("1 != '1'", True),
            ("`2010T` = `2010-01-01T`", True),
            ("`2010-01-01T00:00Z` > `2010-01-01T00:00+01:00`", True),
            ("NOT 1 = 2", True),
            ("NOT 1", None),
            ("null = 1", None),
            ("missing = 1", MISSING),
            ("null AND FALSE", False),
            ("null OR TRUE", True),
            ("null AND TRUE", None),
            ("null IS NULL", True),
            ("missing IS NULL", True),
            ("null IS NOT MISSING", True),
            ("TRUE IS TRUE", True),
            ("1 IS NOT FALSE", True),
            ("'abc' LIKE 'a_c'", True),
            ("'a\nc' LIKE 'a%'", True),
            ("'abc' NOT LIKE 'b%'", True),
            ("'50%' LIKE '50!%' ESCAPE '!'", True),
            ("'500' LIKE '50!%' ESCAPE '!'", False),
            ("null LIKE 'a'", None),
            ("CAST('12' AS INT)", 12),
            ("CAST(1.9 AS INTEGER)", 1),
            ("CAST(0.456 AS FLOAT)", 0.456),
            ("CAST('1.50' AS DECIMAL(10, 2))", Decimal("1.50")),
            ("CAST(CAST(0.5 AS FLOAT) AS NUMERIC)", Decimal("0.5")),
            ("CAST('TRUE' AS BOOL)", True),
            ("CAST(0 AS BOOL)", False),
            ("CAST(TRUE AS STRING)", "true"),
            ("CAST(1.50 AS STRING)", "1.50"),
            ("CAST(null AS INT)", None),
            ("LOWER(null)", None),
        ],
    )
    def test_values(self, expression: str, found: Any):
        assert (type(found), found) == (type(value(expression)), value(expression))

    @pytest.mark.parametrize(
        ("expression", "code"),
        [
            ("1 / 0", "ExternalEvalException"),
            ("1e400 % 2.5", "ExternalEvalException"),
            ("CAST(1e300 AS FLOAT) * 1e300", "ExternalEvalException"),
            ("CAST('inf' AS FLOAT)", "CastFailed"),
            ("'a' + 1", "IncorrectSqlFunctionArgumentType"),
            ("9223372036854775807 + 1", "IntegerOverflow"),
            ("CAST(1e999999999 AS INT)", "IntegerOverflow"),
            ("1e999999999 + 1", "ExternalEvalException"),
            ("'a' < 1", "UnsupportedTypeForQuerying"),
            ("1 LIKE 'a'", "LikeInvalidInputs"),
            ("'a' LIKE 'a' ESCAPE 'xx'", "EvaluatorLikePatternInvalidEscapeSequence"),
            ("'a' LIKE 'a!' ESCAPE '!'", "EvaluatorLikePatternInvalidEscapeSequence"),
            ("CAST('x' AS INT)", "CastFailed"),
            ("CAST('x' AS BOOL)", "CastFailed"),
            ("CAST('NaN' AS DECIMAL)", "CastFailed"),
            ("CAST([1] AS STRING)", "CastFailed"),
            ("CAST(1 AS TIMESTAMP)", "CastFailed"),
            ("LOWER(1)", "IncorrectSqlFunctionArgumentType"),
            ("SUBSTRING('a', 'b')", "IncorrectSqlFunctionArgumentType"),
            ("EXTRACT(YEAR FROM '2010T')", "IncorrectSqlFunctionArgumentType"),
            ("DATE_ADD(year, 'a', `2010T`)", "IncorrectSqlFunctionArgumentType"),
            ("DATE_ADD(year, 9000, `2010T`)", "IntegerOverflow"),
            ("TO_TIMESTAMP('2010')", "ValueParseFailure"),
            ("TO_TIMESTAMP('2010T01:00Z')", "ValueParseFailure"),
            ("TO_TIMESTAMP('2010-01-01T01:00+99:00')", "ValueParseFailure"),
            ("TO_STRING(`2010T`, 'Q')", "EvaluatorInvalidTimestampFormatPatternSymbol"),
            ("TO_STRING(`2010T`, '''y')", "EvaluatorUnterminatedTimestampFormatPatternToken"),
        ],
    )
    def test_errors(self, expression: str, code: str):
        """Also of decimals whose digits would not fit into memory."""
        with pytest.raises(S3Error) as caught:
            value(expression)
        assert code == caught.value.code


class TestAggregates:
    """S3: userguide/s3-select-sql-reference-aggregate.html"""

    RECORDS: tuple[Any, ...] = ({"n": 1}, {"n": None}, {}, {"n": 4})

    @pytest.mark.parametrize(
        ("expression", "found"),
        [
            ("COUNT(*)", 4),
            ("COUNT(n)", 2),
            ("SUM(n)", 5),
            ("AVG(n)", Decimal("2.5")),
            ("AVG(CAST(n AS FLOAT))", 2.5),
            ("MAX(n) - MIN(n)", 3),
            ("SUM(m)", None),
        ],
    )
    def test_known_values_count(self, expression: str, found: Any):
        assert [found] == values(expression, *self.RECORDS)

    @pytest.mark.parametrize("expression", ["SUM(n), n", "SUM(COUNT(n))", "1 FROM S3Object WHERE COUNT(*) = 1 OR 1"])
    def test_what_cannot_be_mixed(self, expression: str):
        statement = parse_statement(f"SELECT {expression}" + ("" if "FROM" in expression else " FROM S3Object"))
        with pytest.raises(S3Error, match="UnsupportedSqlStructure"):
            check_bindings(statement, Source(has_columns=False))

    def test_of_texts(self):
        with pytest.raises(S3Error, match="IncorrectSqlFunctionArgumentType"):
            values("MAX(n)", {"n": "1"})


class TestColumns:
    def test_the_place_is_counted_from_one(self):
        with pytest.raises(S3Error, match="InvalidColumnIndex"):
            check_bindings(parse_statement("SELECT _0 FROM S3Object"), Source())

    def test_the_whole_record(self):
        statement = parse_statement("SELECT s FROM S3Object s WHERE s._1 = 'a'")
        check_bindings(statement, Source())
        row = Row(("_1",), ("a",))
        assert [Row(("s",), (row,))] == list(evaluate(statement, [row, Row(("_1",), ("b",))], NOW))
