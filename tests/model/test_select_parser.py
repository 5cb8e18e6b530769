"""What S3 Select refuses of a statement, with its codes.

S3: API/ErrorResponses.html, "List of SELECT Object Content Error Codes"
"""

from __future__ import annotations

import pytest

from fakes3.model.errors import S3Error
from fakes3.model.select_parser import LONGEST_EXPRESSION, parse_statement

FROM = " FROM S3Object"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE" + FROM, "ParseUnsupportedSelect"),
        ("SELECT" + FROM, "ParseEmptySelect"),
        ("SELECT *", "ParseSelectMissingFrom"),
        ("SELECT *, a" + FROM, "ParseAsteriskIsNotAloneInSelectList"),
        ("SELECT a, *" + FROM, "ParseAsteriskIsNotAloneInSelectList"),
        ("SELECT DISTINCT a" + FROM, "UnsupportedSqlStructure"),
        ("SELECT COUNT(DISTINCT a)" + FROM, "UnsupportedSqlStructure"),
        ("SELECT a AS" + FROM, "ParseExpectedIdentForAlias"),
        ("SELECT * FROM table1", "ParseUnexpectedToken"),
        ("SELECT * FROM (SELECT * FROM S3Object)", "ParseUnsupportedSelect"),
        ("SELECT * FROM S3Object, S3Object", "ParseUnsupportedSelect"),
        ("SELECT (SELECT 1)" + FROM, "ParseUnsupportedSelect"),
        ("SELECT * FROM S3Object.path", "ParseInvalidPathComponent"),
        ("SELECT * FROM S3Object[*", "ParseInvalidPathComponent"),
        ("SELECT a[1.5]" + FROM, "ParseInvalidPathComponent"),
        ("SELECT a." + FROM, "ParseUnExpectedKeyword"),
        ("SELECT a.1" + FROM, "ParseSelectMissingFrom"),
        ("SELECT a[*].b" + FROM, "NotImplemented"),
        ("SELECT a" + FROM + " GROUP BY a", "UnsupportedSqlStructure"),
        ("SELECT a" + FROM + " ORDER BY a", "UnsupportedSqlStructure"),
        ("SELECT a" + FROM + " WHERE", "ParseExpectedExpression"),
        ("SELECT a" + FROM + " LIMIT x", "ParseExpectedNumber"),
        ("SELECT a" + FROM + " LIMIT -1", "EvaluatorNegativeLimit"),
        ("SELECT a" + FROM + "; SELECT b", "ParseUnexpectedToken"),
        ("SELECT a = " + FROM, "ParseUnExpectedKeyword"),
        ("SELECT a, )" + FROM, "ParseExpectedExpression"),
        ("SELECT = a" + FROM, "ParseUnexpectedToken"),
        ("SELECT (a" + FROM, "ParseUnexpectedToken"),
        ("SELECT a NOT b" + FROM, "ParseUnExpectedKeyword"),
        ("SELECT a IS b" + FROM, "ParseExpectedKeyword"),
        ("SELECT a BETWEEN 1 OR 2" + FROM, "ParseExpectedKeyword"),
        ("SELECT a IN 1" + FROM, "ParseUnexpectedToken"),
        ("SELECT CASE a END" + FROM, "ParseExpectedWhenClause"),
        ("SELECT CASE WHEN a ELSE b END" + FROM, "ParseExpectedKeyword"),
        ("SELECT CAST a AS INT" + FROM, "ParseExpectedLeftParenAfterCast"),
        ("SELECT CAST(a INT)" + FROM, "ParseExpectedKeyword"),
        ("SELECT CAST(a AS thing)" + FROM, "ParseExpectedTypeName"),
        ("SELECT CAST(a AS BLOB)" + FROM, "InvalidDataType"),
        ("SELECT CAST(a AS DECIMAL('x'))" + FROM, "ParseInvalidTypeParam"),
        ("SELECT CAST(a AS INT" + FROM, "ParseExpectedRightParenBuiltinFunctionCall"),
        ("SELECT LOWER a" + FROM, "ParseExpectedLeftParenBuiltinFunctionCall"),
        ("SELECT LOWER(a b)" + FROM, "ParseExpectedArgumentDelimiter"),
        ("SELECT LOWER(a, b)" + FROM, "EvaluatorInvalidArguments"),
        ("SELECT SUBSTRING(a)" + FROM, "EvaluatorInvalidArguments"),
        ("SELECT TO_TIMESTAMP(a, 'y')" + FROM, "NotImplemented"),
        ("SELECT MD5(a)" + FROM, "UnsupportedFunction"),
        ("SELECT SUM(a, b)" + FROM, "ParseNonUnaryAgregateFunctionCall"),
        ("SELECT SUM(*)" + FROM, "ParseUnsupportedCallWithStar"),
        ("SELECT EXTRACT(week FROM a)" + FROM, "ParseExpectedDatePart"),
        ("SELECT DATE_ADD(year 1)" + FROM, "ParseExpectedArgumentDelimiter"),
        ("SELECT TRIM(BOTH 'a' 'b')" + FROM, "ParseExpectedKeyword"),
        ("SELECT a # b" + FROM, "LexerInvalidChar"),
        ("SELECT `x`" + FROM, "LexerInvalidIONLiteral"),
        ("SELECT 9223372036854775808" + FROM, "IntegerOverflow"),
        ("SELECT " + "9" * 5000 + FROM, "IntegerOverflow"),
        ("SELECT 1e" + "9" * 30 + FROM, "IntegerOverflow"),
        ("SELECT a" + FROM + " LIMIT " + "9" * 5000, "IntegerOverflow"),
        ("SELECT \u0663" + FROM, "LexerInvalidChar"),
        ("SELECT " + "(" * 40 + "1" + ")" * 40 + FROM, "MaxOperatorsExceeded"),
        ("SELECT 1" + " + 1" * 300 + FROM, "MaxOperatorsExceeded"),
        ("SELECT '" + "x" * LONGEST_EXPRESSION + "'" + FROM, "ExpressionTooLong"),
    ],
)
def test_refusals(statement: str, code: str) -> None:
    with pytest.raises(S3Error) as caught:
        parse_statement(statement)
    assert code == caught.value.code


def test_long_chains_of_conditions() -> None:
    conditions = " OR ".join(f"_1 = '{each}'" for each in range(5000))
    assert parse_statement(f"SELECT * FROM S3Object WHERE {conditions}").where is not None
