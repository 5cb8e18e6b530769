"""What is kept of botocore's model: everything the wire needs, none of the prose, one operation or shape a line."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from fakes3.wire.regenerate import PARTITIONS, TABLE, format_table, make_table, read_newest_table, read_partitions

MODEL: dict[str, Any] = {
    "metadata": {"apiVersion": "2006-03-01", "endpointPrefix": "s3"},
    "operations": {
        "PutThing": {
            "name": "PutThing",
            "http": {"method": "PUT", "requestUri": "/{Bucket}?thing", "responseCode": 204},
            "input": {"shape": "PutThingRequest", "locationName": "Root", "documentation": "prose"},
            "errors": [{"shape": "NoSuchThing"}],
            "documentation": "prose",
            "documentationUrl": "http://docs",
            "httpChecksum": {"requestChecksumRequired": True, "requestAlgorithmMember": "ChecksumAlgorithm"},
            "alias": "Put",
            "deprecated": True,
        },
        "GetThing": {
            "http": {"method": "GET", "requestUri": "/"},
            "httpChecksum": {"requestValidationModeMember": "X"},
        },
    },
    "shapes": {
        "PutThingRequest": {
            "type": "structure",
            "required": ["Bucket"],
            "documentation": "prose",
            "members": {
                "Bucket": {"shape": "Name", "documentation": "prose", "location": "uri", "locationName": "Bucket"},
                "Things": {"shape": "Things", "flattened": True, "contextParam": {"name": "x"}},
            },
            "payload": "Things",
        },
        "Name": {"type": "string", "min": 3, "max": 63, "documentation": "prose", "enum": ["a", "b"]},
        "Things": {"type": "list", "member": {"shape": "Name", "documentation": "prose", "locationName": "Thing"}},
    },
}


class TestWhatIsKept:
    """Names, places, types and routes are kept; documentation and what only a client needs are not."""

    def test_operations(self):
        assert {
            "GetThing": {"http": {"method": "GET", "requestUri": "/"}},
            "PutThing": {
                "http": {"method": "PUT", "requestUri": "/{Bucket}?thing", "responseCode": 204},
                "input": {"shape": "PutThingRequest", "locationName": "Root"},
                "deprecated": True,
            },
        } == make_table(MODEL)["operations"]

    def test_shapes(self):
        assert {
            "Name": {"type": "string", "enum": ["a", "b"]},
            "PutThingRequest": {
                "type": "structure",
                "required": ["Bucket"],
                "members": {
                    "Bucket": {"shape": "Name", "location": "uri", "locationName": "Bucket"},
                    "Things": {"shape": "Things", "flattened": True},
                },
                "payload": "Things",
            },
            "Things": {"type": "list", "member": {"shape": "Name", "locationName": "Thing"}},
        } == make_table(MODEL)["shapes"]

    def test_the_version_of_the_api(self):
        assert "2006-03-01" == make_table(MODEL)["apiVersion"]

    def test_operations_and_shapes_are_sorted_members_are_not(self):
        table = make_table(MODEL)
        assert ["GetThing", "PutThing"] == list(table["operations"])
        assert ["Name", "PutThingRequest", "Things"] == list(table["shapes"])
        assert ["Bucket", "Things"] == list(table["shapes"]["PutThingRequest"]["members"])

    def test_the_model_itself_is_left_alone(self):
        before = json.dumps(MODEL)
        make_table(MODEL)
        assert before == json.dumps(MODEL)

    def test_no_prose_of_the_real_model(self):
        text = format_table(read_newest_table())
        assert "documentation" not in text
        assert "<p>" not in text


class TestTheText:
    """A refresh shows as a readable change: one operation or shape a line, ASCII, the same each time."""

    def test_reads_back_as_it_was(self):
        assert make_table(MODEL) == json.loads(format_table(make_table(MODEL)))
        assert read_newest_table() == json.loads(format_table(read_newest_table()))

    def test_one_a_line(self):
        lines = format_table(make_table(MODEL)).splitlines()
        assert 1 == sum('"PutThing"' in line for line in lines)
        (row,) = [line for line in lines if line.lstrip().startswith('"PutThingRequest"')]
        assert '"Bucket"' in row
        assert '"Things"' in row

    def test_is_ascii_and_ends_with_a_newline(self):
        text = format_table({"a": "é"})
        assert text.isascii()
        assert text.endswith("}\n")

    def test_the_file_in_the_repository_was_written_by_it(self):
        text = TABLE.read_text(encoding="ascii")
        assert text == format_table(json.loads(text))
        text = PARTITIONS.read_text(encoding="ascii")
        assert text == json.dumps(json.loads(text), indent=1) + "\n"


class TestPartitions:
    """Regions and their partitions come from both of botocore's lists."""

    def test_those_of_amazon(self):
        found = read_partitions()
        assert "amazonaws.com" == found["aws"]["suffix"]
        assert "us-east-1" == found["aws"]["implicit_global_region"]
        assert {"us-east-1", "eu-central-1"} <= set(found["aws"]["regions"])
        assert "amazonaws.com.cn" == found["aws-cn"]["suffix"]

    def test_no_bucket_lives_in_a_pseudo_region(self):
        assert not [region for each in read_partitions().values() for region in each["regions"] if "global" in region]

    def test_are_sorted(self):
        found = read_partitions()
        assert sorted(found) == list(found)
        assert all(sorted(each["regions"]) == each["regions"] for each in found.values())


class TestRunning:
    """`python -m fakes3.wire.regenerate` writes both files; nothing else reads botocore."""

    def test_writes_both_files(self, tmp_path):
        # As `python -m` runs it, but with paths that lead elsewhere.
        program = (
            "import runpy, sys, pathlib\n"
            "real = pathlib.Path.write_text\n"
            "def write(path, *args, **kwargs):\n"
            "    return real(pathlib.Path(sys.argv[1]) / path.name, *args, **kwargs)\n"
            "pathlib.Path.write_text = write\n"
            "runpy.run_module('fakes3.wire.regenerate', run_name='__main__')\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
        )
        assert 0 == done.returncode, done.stderr
        assert re_operations(done.stdout) > 100
        assert read_newest_table() == json.loads((tmp_path / TABLE.name).read_text())
        assert read_partitions() == json.loads((tmp_path / PARTITIONS.name).read_text())

    def test_importing_it_does_not_import_botocore(self):
        program = "import sys, fakes3.wire.regenerate; sys.exit('botocore' in sys.modules)"
        assert 0 == subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode


def re_operations(text: str) -> int:
    name, _, number = text.partition(": ")
    if name != "table.json":
        pytest.fail(text)
    return int(number.split()[0])
