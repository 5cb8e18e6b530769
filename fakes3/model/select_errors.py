"""The errors of SelectObjectContent, before its stream begins and within it. One class per code, as in `errors`.

S3: API/ErrorResponses.html, "List of SELECT Object Content Error Codes"
"""

from __future__ import annotations

from fakes3.model.errors import S3Error


class AmbiguousFieldName(S3Error):
    """A column or attribute is named without double quotation marks, and several differ from it only by case."""

    message = (
        "The field name matches to multiple fields in the file. Check the SQL expression and the file, and try again."
    )


class CSVEscapingRecordDelimiter(S3Error):
    """A quoted field of a CSV object goes beyond its record, and that is not allowed."""

    message = (
        "A quoted record delimiter was found in the file. To allow quoted record delimiters, set "
        "AllowQuotedRecordDelimiter to 'TRUE'."
    )


class CSVParsingError(S3Error):
    """Something follows the closing quotation mark of a CSV field."""

    message = "An error occurred while parsing the CSV file. Check the file and try again."


class CSVUnescapedQuote(S3Error):
    """A quoted CSV field does not end."""

    message = (
        "An unescaped quote was found while parsing the CSV file. To allow quoted record delimiters, set "
        "AllowQuotedRecordDelimiter to 'TRUE'."
    )


class CastFailed(S3Error):
    """CAST has a value that cannot be converted."""

    message = "An attempt to convert from one data type to another using CAST failed in the SQL expression."


class EvaluatorInvalidArguments(S3Error):
    """A function of SQL has too few or too many arguments."""

    message = "There is an incorrect number of arguments in the function call in the SQL expression."


class EvaluatorInvalidTimestampFormatPatternSymbol(S3Error):
    """A pattern of TO_STRING has a letter that means nothing."""

    message = "The timestamp format pattern contains a symbol in the SQL expression that is not valid."


class EvaluatorLikePatternInvalidEscapeSequence(S3Error):
    """The escape character of LIKE is not one character, or escapes nothing."""

    message = "An argument given to the LIKE expression was not valid."


class EvaluatorNegativeLimit(S3Error):
    """LIMIT is below 0."""

    message = "LIMIT must not be negative."


class EvaluatorUnterminatedTimestampFormatPatternToken(S3Error):
    """A quoted text in a pattern of TO_STRING does not end."""

    message = "The timestamp format pattern contains an unterminated token in the SQL expression."


class ExpressionTooLong(S3Error):
    """The statement has more than 256 KB."""

    message = "The SQL expression is too long. The maximum byte-length for an SQL expression is 256 KB."


class ExternalEvalException(S3Error):
    """The statement divides by zero."""

    message = "The query cannot be evaluated. Check the file and try again."


class IncorrectSqlFunctionArgumentType(S3Error):
    """An operator or a function of SQL has a value of a type that it does not take."""

    message = "An incorrect argument type was specified in a function call in the SQL expression."


class IntegerOverflow(S3Error):
    """A whole number does not fit into 8 bytes."""

    message = "An integer overflow or underflow occurred in the SQL expression."


class InvalidColumnIndex(S3Error):
    """The number of a column is 0."""

    message = "The column index in the SQL expression is not valid."


class InvalidCompressionFormat(S3Error):
    """The compression is neither GZIP nor BZIP2 nor NONE, or it is that of a Parquet object as a whole."""

    message = "The file is not in a supported compression format. Only GZIP and BZIP2 are supported."


class InvalidDataSource(S3Error):
    """The input has no format."""

    message = "The data source type is not valid. Only CSV, JSON, and Parquet are supported."


class InvalidDataType(S3Error):
    """CAST names a type that S3 Select does not have."""

    message = "The SQL expression contains a data type that is not valid."


class InvalidExpressionType(S3Error):
    """The expression is not SQL."""

    message = "The ExpressionType value is not valid. Only SQL expressions are supported."


class InvalidFileHeaderInfo(S3Error):
    """FileHeaderInfo is not one of its values."""

    message = "The FileHeaderInfo value is not valid. Only NONE, USE, and IGNORE are supported."


class InvalidJsonType(S3Error):
    """The type of JSON is not one of its values."""

    message = "The JsonType value is not valid. Only DOCUMENT and LINES are supported."


class InvalidQuoteFields(S3Error):
    """QuoteFields is not one of its values."""

    message = "The QuoteFields value is not valid. Only ALWAYS and ASNEEDED are supported."


class InvalidRequestParameter(S3Error):
    """A delimiter, quotation mark or comment mark has a length that it cannot have."""

    message = (
        "The value of a parameter in the SelectRequest element is not valid. Check the service API documentation "
        "and try again."
    )


class InvalidScanRange(S3Error):
    """The scan range is empty, ends before it starts, or starts after the object."""

    message = "The provided scan range is not valid."


class InvalidTextEncoding(S3Error):
    """The object is not UTF-8."""

    message = "The encoding type is not valid. Only UTF-8 encoding is supported."


class JSONParsingError(S3Error):
    """The object is not JSON."""

    message = "An error occurred while parsing the JSON file. Check the file and try again."


class LexerInvalidChar(S3Error):
    """The statement has a character that SQL does not have."""

    message = "The SQL expression contains a character that is not valid."


class LexerInvalidIONLiteral(S3Error):
    """A text between backticks is no timestamp."""

    message = "The SQL expression contains an operator that is not valid."


class LikeInvalidInputs(S3Error):
    """LIKE has something else than texts."""

    message = "The argument given to the LIKE clause in the SQL expression is not valid."


class MaxOperatorsExceeded(S3Error):
    """The statement has too many operators, or expressions too deep in each other."""

    message = "Failed to parse SQL expression, try reducing complexity. For example, reduce number of operators used."


class MissingHeaders(S3Error):
    """The statement names a column that the object has not. observed: greenplum-db/gpdb#8775"""

    message = "Some headers in the query are missing from the file. Please check the file and try again."


class MissingRequiredParameter(S3Error):
    """The request lacks a required element."""

    message = "The SelectRequest entity is missing a required parameter. Check the service documentation and try again."


class ObjectSerializationConflict(S3Error):
    """The input or the output has several formats."""

    message = (
        "InputSerialization specifies more than one format (CSV, JSON, or Parquet), or OutputSerialization "
        "specifies more than one format (CSV or JSON). For InputSerialization and OutputSerialization, you can "
        "specify only one format for each."
    )


class OverMaxRecordSize(S3Error):
    """A record has more than 1 MB."""

    message = "The length of a record in the input or result is greater than the maxCharsPerRecord limit of 1 MB."


class ParquetParsingError(S3Error):
    """The object is not Parquet."""

    message = "An error occurred while parsing the Parquet file. Check the file and try again."


class ParquetUnsupportedCompressionCodec(S3Error):
    """The columns of a Parquet object are compressed otherwise than by GZIP or Snappy."""

    message = "The specified Parquet compression codec is not supported."


class ParseAsteriskIsNotAloneInSelectList(S3Error):
    """The list has * and something else."""

    message = (
        "Other expressions are not allowed in the SELECT list when * is used without dot notation in the SQL "
        "expression."
    )


class ParseEmptySelect(S3Error):
    """The list is empty."""

    message = "The SQL expression contains an empty SELECT clause."


class ParseExpectedArgumentDelimiter(S3Error):
    """A comma or a closing parenthesis is missing among the arguments of a function."""

    message = "The expected argument delimiter in the SQL expression was not found."


class ParseExpectedDatePart(S3Error):
    """A date function has something else than a part of a date."""

    message = "The expected date part in the SQL expression was not found."


class ParseExpectedExpression(S3Error):
    """An expression is missing."""

    message = "The expected SQL expression was not found."


class ParseExpectedIdentForAlias(S3Error):
    """No name follows AS."""

    message = "The expected identifier for the alias in the SQL expression was not found."


class ParseExpectedKeyword(S3Error):
    """A keyword is missing."""

    message = "The expected keyword in the SQL expression was not found."


class ParseExpectedLeftParenAfterCast(S3Error):
    """No parenthesis follows CAST."""

    message = "The expected left parenthesis after CAST in the SQL expression was not found."


class ParseExpectedLeftParenBuiltinFunctionCall(S3Error):
    """No parenthesis follows the name of a function."""

    message = "The expected left parenthesis in the SQL expression was not found."


class ParseExpectedNumber(S3Error):
    """LIMIT has no whole number."""

    message = "The expected number in the SQL expression was not found."


class ParseExpectedRightParenBuiltinFunctionCall(S3Error):
    """A parenthesis is not closed."""

    message = "The expected right parenthesis character in the SQL expression was not found."


class ParseExpectedTypeName(S3Error):
    """CAST names no type."""

    message = "The expected type name in the SQL expression was not found."


class ParseExpectedWhenClause(S3Error):
    """CASE has no WHEN."""

    message = "The expected WHEN clause in the SQL expression was not found. CASE is not supported."


class ParseInvalidPathComponent(S3Error):
    """A path has a step that no path can have."""

    message = "The SQL expression contains a path component that is not valid."


class ParseInvalidTypeParam(S3Error):
    """The parameters of a type are no whole numbers."""

    message = "The SQL expression contains a parameter value that is not valid."


class ParseNonUnaryAgregateFunctionCall(S3Error):
    """An aggregate function has not one argument."""

    message = "Only one argument is supported for aggregate functions in the SQL expression."


class ParseSelectMissingFrom(S3Error):
    """FROM is missing."""

    message = "The SQL expression contains a missing FROM after the SELECT list."


class ParseUnExpectedKeyword(S3Error):
    """A reserved word stands where a name should."""

    message = "The SQL expression contains an unexpected keyword."


class ParseUnexpectedToken(S3Error):
    """Something follows the end of the statement, or stands where nothing like it may."""

    message = "The SQL expression contains an unexpected token."


class ParseUnsupportedCallWithStar(S3Error):
    """Another function than COUNT has * as its argument."""

    message = "Only COUNT with (*) as a parameter is supported in the SQL expression."


class ParseUnsupportedSelect(S3Error):
    """The statement is no SELECT, or has several data sources."""

    message = "The SQL expression contains an unsupported use of SELECT."


class TruncatedInput(S3Error):
    """The object cannot be decompressed."""

    message = (
        "Object decompression failed. Check that the object is properly compressed using the format specified in "
        "the request."
    )


class UnauthorizedAccess(S3Error, status=401):
    """An anonymous caller selects."""

    message = "You are not authorized to perform this operation."


class UnsupportedFunction(S3Error):
    """The statement calls a function that S3 Select does not have."""

    message = "We encountered an unsupported SQL function."


class UnsupportedParquetType(S3Error):
    """A column of a Parquet object has a type that cannot be queried."""

    message = "The specified Parquet type is not supported."


class UnsupportedScanRangeInput(S3Error):
    """A scan range is asked for of an object that must be read whole."""

    message = "Scan range queries are not supported on this type of object."


class UnsupportedSqlOperation(S3Error):
    """Nested data is asked for as CSV."""

    message = "We encountered an unsupported SQL operation."


class UnsupportedSqlStructure(S3Error):
    """The statement has a clause that S3 Select does not have, or mixes columns with aggregates."""

    message = "We encountered an unsupported SQL structure. Check the SQL Reference."


class UnsupportedStorageClass(S3Error):
    """The object is archived, or stored with reduced redundancy."""

    message = (
        "We encountered a storage class that is not supported. Only STANDARD, STANDARD_IA, and ONEZONE_IA storage "
        "classes are supported."
    )


class UnsupportedTypeForQuerying(S3Error):
    """Values of different types are compared."""

    message = (
        "Your query contains an unsupported type for comparison (e.g. verifying that a Parquet INT96 column type "
        "is greater than 0)."
    )


class ValueParseFailure(S3Error):
    """TO_TIMESTAMP has a text that is no timestamp."""

    message = "A timestamp parse failure occurred in the SQL expression."
