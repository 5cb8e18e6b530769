"""SelectObjectContent: the examples of Amazon's SQL reference, the formats, and what is refused.

S3: API/API_SelectObjectContent.html, userguide/selecting-content-from-objects.html
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import sys
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from botocore.exceptions import ClientError, EventStreamError

from fakes3 import FakeS3, mock_s3

from .conftest import shared_client

Select: TypeAlias = Callable[..., str]
LINES: Any = {"JSON": {"Type": "LINES"}}
DOCUMENT: Any = {"JSON": {"Type": "DOCUMENT"}}
WITH_HEADER: Any = {"CSV": {"FileHeaderInfo": "USE"}}
AS_JSON: Any = {"JSON": {}}
AS_CSV: Any = {"CSV": {}}

PEOPLE = "name,age\nAnn,31\nBob,7\n"
RULES = (
    '{ "Rules": [ {"id": "1"}, {"expr": "y > x"}, {"id": "2", "expr": "z = DEBUG"} ]}\n'
    '{ "created": "June 27", "modified": "July 6" }\n'
)
DOCS = (
    '{ "created": "936864000", "dir_name": "important_docs", "files": [ { "name": "." }, { "name": ".." }, '
    '{ "name": ".aws" }, { "name": "downloads" } ], "owner": "Amazon S3" }\n'
    '{ "created": "936864000", "dir_name": "other_docs", "files": [ { "name": "." }, { "name": ".." }, '
    '{ "name": "my stuff" }, { "name": "backup" } ], "owner": "User" }\n'
)
SUSAN = (
    '{"name": "Susan Smith", "org": "engineering", "projects": [ {"project_name":"project1", "completed":false}, '
    '{"project_name":"project2", "completed":true} ] }'
)


@pytest.fixture
def events(s3: FakeS3, s3_client: Any, bucket: str) -> Callable[..., list[Any]]:
    """Puts an object and selects from it. Returns the events of the stream."""

    def select(data: str | bytes, sql: str, given: Any = None, wanted: Any = None, **more: Any) -> list[Any]:
        s3_client.put_object(Bucket=bucket, Key="k", Body=data)
        answer = s3_client.select_object_content(
            Bucket=bucket,
            Key="k",
            Expression=sql,
            ExpressionType="SQL",
            InputSerialization=given or {"CSV": {}},
            OutputSerialization=wanted or AS_CSV,
            **more,
        )
        return list(answer["Payload"])

    return select


@pytest.fixture
def select(events: Callable[..., list[Any]]) -> Select:
    """As `events`, but returns the records alone."""

    def records(*arguments: Any, **more: Any) -> str:
        found = events(*arguments, **more)
        return b"".join(each["Records"]["Payload"] for each in found if "Records" in each).decode()

    return records


class TestSelectCommand:
    """S3: userguide/s3-select-sql-reference-select.html"""

    def test_missing_is_an_empty_record(self, select: Select):
        found = select(RULES, "SELECT id FROM S3Object[*].Rules[*].id", LINES, AS_JSON)
        assert '{"id":"1"}\n{}\n{"id":"2"}\n{}\n' == found

    def test_missing_can_be_left_out(self, select: Select):
        sql = "SELECT id FROM S3Object[*].Rules[*].id WHERE id IS NOT MISSING"
        assert '{"id":"1"}\n{"id":"2"}\n' == select(RULES, sql, LINES, AS_JSON)

    def test_nested_data(self, select: Select):
        found = select(DOCS, "SELECT d.dir_name, d.files FROM S3Object[*] d", LINES, AS_JSON)
        assert (
            '{"dir_name":"important_docs","files":[{"name":"."},{"name":".."},{"name":".aws"},{"name":"downloads"}]}\n'
            '{"dir_name":"other_docs","files":[{"name":"."},{"name":".."},{"name":"my stuff"},{"name":"backup"}]}\n'
        ) == found

    def test_the_row_is_named_by_its_place(self, select: Select):
        found = select(DOCS, "SELECT _1.dir_name, _1.owner FROM S3Object[*]", LINES, AS_JSON)
        assert '{"dir_name":"important_docs","owner":"Amazon S3"}\n{"dir_name":"other_docs","owner":"User"}\n' == found

    @pytest.mark.parametrize(
        ("sql", "found"),
        [
            ("Select s.name from S3Object s", {"name": "Susan Smith"}),
            ("Select s.projects[0].project_name from S3Object s", {"project_name": "project1"}),
            ("SELECT s['name'] FROM S3Object AS s", {"name": "Susan Smith"}),
            ("SELECT s.projects[7] FROM S3Object s", {}),
            ("SELECT s.name.given FROM S3Object s", {}),
            ("SELECT COUNT(*) FROM S3Object[*].*", {"_1": 3}),
            ("SELECT project_name FROM S3Object[*].projects[1]", {"project_name": "project2"}),
            ("SELECT _1 FROM S3Object[*].name", {"_1": "Susan Smith"}),
        ],
    )
    def test_attribute_access(self, select: Select, sql: str, found: Any):
        assert found == json.loads(select(SUSAN, sql, DOCUMENT, AS_JSON))

    def test_columns_by_number(self, select: Select):
        assert "x,x\n" == select("w,x\n", "SELECT _2, myAlias._2 FROM S3Object myAlias")

    # observed: minio/minio#13186
    def test_a_column_that_a_row_has_not_is_empty(self, select: Select):
        assert "w,\n" == select("w,x\n", "select s3object._1, s3object._100 from s3object s")

    def test_columns_by_header(self, select: Select):
        sql = "SELECT s.AGE FROM S3Object s WHERE name = 'Bob' LIMIT 1"
        assert "7\n" == select(PEOPLE, sql, WITH_HEADER)
        assert "" == select(PEOPLE, "SELECT * FROM S3Object LIMIT 0", WITH_HEADER)

    def test_case_counts_in_double_quotation_marks(self, select: Select):
        assert "1\n" == select("NAME\n1\n", "SELECT s.name from S3Object s", WITH_HEADER)
        assert "2\n" == select("name,NAME\n1,2\n", 'SELECT s."NAME" from S3Object s', WITH_HEADER)
        with pytest.raises(ClientError, match="AmbiguousFieldName"):
            select("name,NAME\n1,2\n", "SELECT s.name from S3Object s", WITH_HEADER)
        # observed: greenplum-db/gpdb#8775 (the reference has the code MissingHeaderName)
        with pytest.raises(ClientError, match=r"\(MissingHeaders\).*Some headers in the query are missing"):
            select("NAME\n1\n", 'SELECT s."name" from S3Object s', WITH_HEADER)

    def test_reserved_words(self, select: Select):
        assert "1\n" == select("CAST\n1\n", 'SELECT s."CAST" from S3Object s', WITH_HEADER)
        with pytest.raises(ClientError, match=r'(?s)ParseUnExpectedKeyword.*Write "cast", in double quotation marks'):
            select("CAST\n1\n", "SELECT s.CAST from S3Object s", WITH_HEADER)


class TestFunctions:
    def test_the_example_of_sum(self, select: Select):
        """S3: userguide/s3-select-sql-reference-aggregate.html"""
        report = (
            '"DOC-EXAMPLE-BUCKET","example-folder/","0"\n'
            '"DOC-EXAMPLE-BUCKET","example-folder/object1","2011267"\n'
            '"DOC-EXAMPLE-BUCKET","example-folder/object2","1570024"\n'
        )
        sql = (
            "SELECT SUM(CAST(_3 as INT)) FROM s3object s WHERE _2 LIKE 'example-folder/%' AND _2 != 'example-folder/';"
        )
        given = {"CSV": {}, "CompressionType": "GZIP"}
        assert "3581291\n" == select(gzip.compress(report.encode()), sql, given)

    def test_the_examples_of_case(self, select: Select):
        """S3: userguide/s3-select-sql-reference-conditional.html"""
        cities = "venuecity\nLos Angeles\nNew York City\n"
        sql = "SELECT venuecity, CASE venuecity WHEN 'New York City' THEN 'Big Apple' ELSE 'other' END FROM S3Object;"
        assert "Los Angeles,other\nNew York City,Big Apple\n" == select(cities, sql, WITH_HEADER)
        prices = "pricepaid\n12624.00\n10000.00\n9988.00\n"
        sql = (
            "SELECT pricepaid, CASE WHEN CAST(pricepaid as FLOAT) < 10000 THEN 'group 1' "
            "WHEN CAST(pricepaid as FLOAT) > 10000 THEN 'group 2' ELSE 'group 3' END FROM S3Object;"
        )
        assert "12624.00,group 2\n10000.00,group 3\n9988.00,group 1\n" == select(prices, sql, WITH_HEADER)

    def test_the_time_is_that_of_the_clock(self, s3: FakeS3, select: Select):
        s3.clock.freeze("2017-10-13T16:02:11.123Z")
        assert "2017-10-13T16:02:11.123Z\n" == select("x\n", "SELECT UTCNOW() FROM S3Object")


class TestStream:
    """S3: API/RESTSelectObjectAppendix.html"""

    def test_statistics_and_the_end(self, events: Any):
        counted = {"BytesScanned": 24, "BytesProcessed": 4, "BytesReturned": 4}
        packed = gzip.compress(b"a,b\n", mtime=0)
        given = {"CSV": {}, "CompressionType": "GZIP"}
        records, progress, stats, end = events(
            packed, "SELECT * FROM S3Object", given, RequestProgress={"Enabled": True}
        )
        assert {"Records": {"Payload": b"a,b\n"}} == records
        assert {"Details": counted} == progress["Progress"] == stats["Stats"]
        assert {"End": {}} == end

    def test_records_may_be_cut(self, events: Any):
        found = events("x" * 100_000, "SELECT * FROM S3Object")
        assert [65536, 34465] == [len(each["Records"]["Payload"]) for each in found if "Records" in each]

    def test_what_goes_wrong_ends_the_stream(self, events: Any):
        read: list[Any] = []
        with pytest.raises(EventStreamError, match="CastFailed") as caught:
            read += events("1\nx\n", "SELECT CAST(_1 AS INT) FROM S3Object")
        assert {"Code": "CastFailed"}.items() <= caught.value.response["Error"].items()

    @pytest.mark.parametrize("direct", [True, False])
    def test_both_ways(self, direct: bool):
        with mock_s3(direct=direct) as fake:
            fake.create_bucket("data", objects={"k": PEOPLE})
            answer = shared_client("us-east-1").select_object_content(
                Bucket="data",
                Key="k",
                Expression="SELECT name FROM S3Object",
                ExpressionType="SQL",
                InputSerialization=WITH_HEADER,
                OutputSerialization=AS_JSON,
            )
            assert b'{"name":"Ann"}\n{"name":"Bob"}\n' == next(iter(answer["Payload"]))["Records"]["Payload"]

    def test_by_hand(self, s3: FakeS3, ask: Any):
        """The document may have another root element. observed: aws/aws-sdk-net#1296"""
        s3.create_bucket("data", objects={"k": "a,b\n"})
        document = (
            b"<SelectRequest><Expression>SELECT _2 FROM S3Object</Expression><ExpressionType>SQL</ExpressionType>"
            b"<InputSerialization><CSV/></InputSerialization><OutputSerialization><CSV/></OutputSerialization>"
            b"</SelectRequest>"
        )
        answer = ask("POST", "/data/k?select&select-type=2", body=document)
        assert 200 == answer.status
        assert b"b\n" in bytes(answer.body)


class TestFormats:
    def test_csv_with_everything_changed(self, select: Select):
        given = {
            "CSV": {
                "RecordDelimiter": "|",
                "FieldDelimiter": ";",
                "QuoteCharacter": "'",
                "QuoteEscapeCharacter": "\\",
                "Comments": "!",
                "AllowQuotedRecordDelimiter": True,
            }
        }
        wanted = {
            "CSV": {
                "QuoteFields": "ALWAYS",
                "QuoteEscapeCharacter": "\\",
                "RecordDelimiter": "/",
                "FieldDelimiter": ":",
                "QuoteCharacter": "'",
            }
        }
        found = select("!no|a;'b;|c'|'it\\'s';|", "SELECT * FROM S3Object", given, wanted)
        assert "'a':'b;|c'/'it\\'s':''/" == found

    def test_csv_that_is_quoted_as_needed(self, select: Select):
        assert '"a,b","say ""x""",c\n' == select('"a,b","say ""x""","c"\n', "SELECT * FROM S3Object")

    def test_a_header_that_is_ignored(self, select: Select):
        given = {"CSV": {"FileHeaderInfo": "IGNORE"}}
        assert "Ann\nBob\n" == select(PEOPLE, "SELECT _1 FROM S3Object", given)

    def test_rows_of_other_lengths(self, select: Select):
        found = select("a\n1,2\n\n3\n", "SELECT * FROM S3Object", WITH_HEADER, AS_JSON)
        assert '{"a":"1","_2":"2"}\n{"a":"3"}\n' == found

    def test_bzip2(self, select: Select):
        given = {"JSON": {"Type": "LINES"}, "CompressionType": "BZIP2"}
        assert "1.50,true,\n" == select(
            bz2.compress(b'{"a": 1.50, "b": true, "c": null}'), "SELECT * FROM S3Object", given
        )

    def test_values_of_json(self, select: Select):
        found = select('1 "x" [1, {"a": null}]', "SELECT * FROM S3Object", DOCUMENT, {"JSON": {"RecordDelimiter": ","}})
        assert '{"_1":1},{"_1":"x"},{"_1":[1,{"a":null}]},' == found

    def test_values_of_expressions_in_json(self, select: Select):
        found = select("a\n", "SELECT `2010T` AS t, 1.50 AS d, TRUE AS b, _1 IS NULL FROM S3Object", None, AS_JSON)
        assert '{"t":"2010T","d":1.50,"b":true,"_4":false}\n' == found

    @pytest.mark.parametrize(
        ("scan", "found"),
        [
            # S3: userguide/selecting-content-from-objects.html, "Requests using scan ranges"
            ({"Start": 1, "End": 4}, "C,D\n"),
            ({"Start": 4, "End": 8}, "C,D\nD,E\n"),
            ({"Start": 17}, "I,J\n"),
            ({"End": 4}, "I,J\n"),
            ({"Start": 0, "End": 0}, "A,B\n"),
        ],
    )
    def test_scan_ranges(self, select: Select, scan: Any, found: str):
        data = "A,B\nC,D\nD,E\nE,F\nG,H\nI,J\n"
        assert found == select(data, "SELECT * FROM S3Object", ScanRange=scan)

    def test_scan_ranges_have_the_header_and_lines_of_json(self, select: Select):
        assert "7\n" == select(PEOPLE, "SELECT age FROM S3Object", WITH_HEADER, ScanRange={"Start": 10})
        assert '{"a":2}\n' == select(
            '{"a":1}\n{"a":2}\n', "SELECT * FROM S3Object", LINES, AS_JSON, ScanRange={"Start": 1}
        )


class TestParquet:
    """S3: userguide/s3-select-sql-reference-data-types.html"""

    @pytest.fixture
    def parquet(self) -> Any:
        pytest.importorskip("pyarrow")
        return pytest.importorskip("pyarrow.parquet")

    def write(self, parquet: Any, columns: Any, **options: Any) -> bytes:
        import pyarrow

        file = io.BytesIO()
        parquet.write_table(pyarrow.table(columns), file, **options)
        return file.getvalue()

    def test_rows(self, parquet: Any, select: Select):
        data = self.write(parquet, {"n": [1, 2], "s": ["a", None], "l": [[1], [2, 3]], "b": [b"x", b"y"]})
        given: Any = {"Parquet": {}}
        assert '{"n":2,"s":null,"l":[2,3],"b":"y"}\n' == select(
            data, "SELECT * FROM S3Object WHERE n > 1", given, AS_JSON
        )
        assert "3\n" == select(data, "SELECT SUM(n) FROM S3Object", given)

    def test_dates(self, parquet: Any, select: Select):
        from datetime import UTC, date, datetime

        moments = {"d": [date(2020, 2, 1)], "t": [datetime(2020, 2, 1, 3, tzinfo=UTC)], "s": [{"x": 1}]}
        sql = "SELECT d, t, s.x FROM S3Object"
        found = select(self.write(parquet, moments), sql, {"Parquet": {}})
        assert "2020-02-01,2020-02-01T03:00:00.000Z,1\n" == found

    def test_row_groups_in_a_range(self, parquet: Any, select: Select):
        data = self.write(parquet, {"n": [1, 2]}, row_group_size=1)
        assert "1\n" == select(data, "SELECT n FROM S3Object", {"Parquet": {}}, ScanRange={"Start": 0, "End": 10})

    def test_what_is_not_read(self, parquet: Any, select: Select):
        sql = "SELECT * FROM S3Object"
        given: Any = {"Parquet": {}}
        with pytest.raises(ClientError, match="ParquetParsingError"):
            select("no", sql, given)
        with pytest.raises(ClientError, match="ParquetUnsupportedCompressionCodec"):
            select(self.write(parquet, {"n": [1]}, compression="zstd"), sql, given)
        from datetime import datetime, time

        old = self.write(parquet, {"t": [datetime(2020, 1, 1)]}, use_deprecated_int96_timestamps=True)
        with pytest.raises(ClientError, match="UnsupportedParquetType"):
            select(old, sql, given)
        with pytest.raises(EventStreamError, match="UnsupportedParquetType"):
            select(self.write(parquet, {"t": [time(1)]}), sql, given)
        with pytest.raises(ClientError, match="InvalidCompressionFormat"):
            select("", sql, given | {"CompressionType": "GZIP"})

    def test_without_pyarrow(self, monkeypatch: pytest.MonkeyPatch, select: Select):
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        monkeypatch.setattr("fakes3.operations.select_query.find_spec", lambda _: None)
        with pytest.raises(ClientError, match=r'NotImplemented.*pip install "fakes3\[select\]"'):
            select("", "SELECT * FROM S3Object", {"Parquet": {}})


BOTH: Any = {"CSV": {}, "JSON": {}}


class TestRefusals:
    """S3: API/ErrorResponses.html, "List of SELECT Object Content Error Codes" """

    @pytest.mark.parametrize(
        ("code", "given", "wanted", "more"),
        [
            ("InvalidDataSource", {"CompressionType": "NONE"}, AS_CSV, {}),
            ("ObjectSerializationConflict", BOTH, AS_CSV, {}),
            ("ObjectSerializationConflict", {"CSV": {}}, BOTH, {}),
            ("InvalidCompressionFormat", {"CSV": {}, "CompressionType": "ZSTD"}, AS_CSV, {}),
            ("TruncatedInput", {"CSV": {}, "CompressionType": "BZIP2"}, AS_CSV, {}),
            ("InvalidScanRange", {"CSV": {}}, AS_CSV, {"ScanRange": {"Start": -1}}),
            ("InvalidScanRange", {"CSV": {}}, AS_CSV, {"ScanRange": {}}),
            ("InvalidScanRange", {"CSV": {}}, AS_CSV, {"ScanRange": {"End": 0}}),
            ("TruncatedInput", {"CSV": {}, "CompressionType": "GZIP"}, AS_CSV, {}),
            ("InvalidFileHeaderInfo", {"CSV": {"FileHeaderInfo": "MAYBE"}}, AS_CSV, {}),
            ("InvalidJsonType", {"JSON": {"Type": "TREE"}}, AS_CSV, {}),
            ("InvalidQuoteFields", {"CSV": {}}, {"CSV": {"QuoteFields": "NEVER"}}, {}),
            ("InvalidRequestParameter", {"CSV": {"QuoteCharacter": "''"}}, AS_CSV, {}),
            ("InvalidRequestParameter", {"CSV": {"FieldDelimiter": ",,"}}, AS_CSV, {}),
            ("InvalidRequestParameter", {"CSV": {}}, {"CSV": {"QuoteCharacter": "''"}}, {}),
            ("InvalidScanRange", {"CSV": {}}, AS_CSV, {"ScanRange": {"Start": 3, "End": 2}}),
            ("InvalidScanRange", {"CSV": {}}, AS_CSV, {"ScanRange": {"Start": 9}}),
            ("UnsupportedScanRangeInput", DOCUMENT, AS_CSV, {"ScanRange": {"Start": 1}}),
            ("UnsupportedScanRangeInput", {"CSV": {}, "CompressionType": "GZIP"}, AS_CSV, {"ScanRange": {"Start": 1}}),
            (
                "UnsupportedScanRangeInput",
                {"CSV": {"AllowQuotedRecordDelimiter": True}},
                AS_CSV,
                {"ScanRange": {"Start": 1}},
            ),
            ("UnsupportedSqlStructure", {"CSV": {}}, AS_CSV, {"sql": "SELECT * FROM S3Object[*].a"}),
            ("MissingRequiredParameter", {"CSV": {}}, {}, {}),
        ],
    )
    def test_of_requests(self, s3_client: Any, bucket: str, code: str, given: Any, wanted: Any, more: dict[str, Any]):
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"a,b\n")
        request = {"sql": "SELECT * FROM S3Object"} | more
        sql = request.pop("sql")
        with pytest.raises(ClientError, match=f"\\({code}\\)"):
            s3_client.select_object_content(
                Bucket=bucket,
                Key="k",
                Expression=sql,
                ExpressionType="SQL",
                InputSerialization=given,
                OutputSerialization=wanted,
                **request,
            )

    def test_of_another_language(self, s3_client: Any, bucket: str):
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"")
        with pytest.raises(ClientError, match="InvalidExpressionType"):
            s3_client.select_object_content(
                Bucket=bucket,
                Key="k",
                Expression="x",
                ExpressionType="GraphQL",
                InputSerialization={"CSV": {}},
                OutputSerialization=AS_CSV,
            )

    def test_of_a_request_without_an_expression(self, s3: FakeS3, ask: Any):
        s3.create_bucket("data", objects={"k": ""})
        answer = ask("POST", "/data/k?select&select-type=2", body=b"<SelectRequest/>")
        assert b"<Code>MissingRequiredParameter</Code>" in bytes(answer.body)

    @pytest.mark.parametrize(
        ("code", "data", "given"),
        [
            ("CSVParsingError", '"a"b\n', {"CSV": {}}),
            ("CSVEscapingRecordDelimiter", '"a\nb"\n', {"CSV": {}}),
            ("CSVUnescapedQuote", '"a\n', {"CSV": {"AllowQuotedRecordDelimiter": True}}),
            ("JSONParsingError", '{"a": NaN}\n', LINES),
            ("JSONParsingError", '{"a": 1e' + "9" * 30 + "}", LINES),
            ("JSONParsingError", '{"a": ' + "9" * 5000 + "}", LINES),
            ("JSONParsingError", '{"a"', DOCUMENT),
            ("OverMaxRecordSize", "x" * (1024**2 + 1), {"CSV": {}}),
            ("OverMaxRecordSize", '"' + "x" * 1024**2 + '"', LINES),
            ("OverMaxRecordSize", '"' + "x" * 1024**2 + '"', DOCUMENT),
            ("OverMaxRecordSize", "x" * 1024**2, {"CSV": {}}),
            ("UnsupportedSqlOperation", '{"a": [1]}', LINES),
        ],
    )
    def test_in_the_stream(self, select: Select, code: str, data: str, given: Any):
        with pytest.raises(EventStreamError, match=f"\\({code}\\)"):
            select(data, "SELECT * FROM S3Object", given)

    def test_of_objects(self, s3_client: Any, bucket: str, select: Select):
        with pytest.raises(ClientError, match="TruncatedInput"):
            select(gzip.compress(b"a\n")[:-4], "SELECT * FROM S3Object", {"CSV": {}, "CompressionType": "GZIP"})
        with pytest.raises(ClientError, match="InvalidTextEncoding"):
            select(b"\xff\n", "SELECT * FROM S3Object")
        s3_client.put_object(Bucket=bucket, Key="cold", Body=b"a", StorageClass="GLACIER")
        request: Any = {"ExpressionType": "SQL", "InputSerialization": {"CSV": {}}, "OutputSerialization": AS_CSV}
        with pytest.raises(ClientError, match="UnsupportedStorageClass"):
            s3_client.select_object_content(Bucket=bucket, Key="cold", Expression="SELECT 1 FROM S3Object", **request)
        with pytest.raises(s3_client.exceptions.NoSuchKey):
            s3_client.select_object_content(Bucket=bucket, Key="none", Expression="SELECT 1 FROM S3Object", **request)

    def test_of_callers(self, s3: FakeS3, stranger: Any):
        s3.create_bucket("data", objects={"k": "a\n"})
        with pytest.raises(ClientError, match="AccessDenied"):
            stranger.select_object_content(
                Bucket="data",
                Key="k",
                Expression="SELECT * FROM S3Object",
                ExpressionType="SQL",
                InputSerialization={"CSV": {}},
                OutputSerialization=AS_CSV,
            )

    def test_of_anonymous_callers(self, s3: FakeS3, ask: Any):
        """S3: API/API_SelectObjectContent.html, "Permissions" """
        s3.create_bucket("data", objects={"k": "a\n"})
        statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
        s3.client().delete_public_access_block(Bucket="data")
        s3.client().put_bucket_policy(Bucket="data", Policy=json.dumps({"Statement": statement}))
        answer = ask("POST", "/data/k?select&select-type=2", body=b"<SelectRequest/>", signed=False)
        assert (401, True) == (answer.status, b"<Code>UnauthorizedAccess</Code>" in bytes(answer.body))

    def test_of_an_object_with_a_key_of_the_customer(self, s3_client: Any, bucket: str):
        default = {"SSEAlgorithm": "AES256"}
        allowed = {
            "ApplyServerSideEncryptionByDefault": default,
            "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
        }
        s3_client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [allowed]})
        key: Any = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"a\n", **key)
        request: Any = {
            **{"Bucket": bucket, "Key": "k", "Expression": "SELECT * FROM S3Object", "ExpressionType": "SQL"},
            **{"InputSerialization": {"CSV": {}}, "OutputSerialization": AS_CSV},
        }
        with pytest.raises(ClientError, match="InvalidRequest"):
            s3_client.select_object_content(**request)
        answer = s3_client.select_object_content(**request, **key)
        assert b"a\n" == next(iter(answer["Payload"]))["Records"]["Payload"]
