"""The five rooms stand on one staircase, and imports only go down it. Each rule comes with its reason.

import-linter holds the same contracts (pyproject.toml, `tox -e rooms`). These need no tool but the standard
library, and say what it cannot: which names a file may use, what a bare `import fakes3` must not bring along.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import fakes3

PACKAGE = Path(fakes3.__file__).parent

ROOMS = ["testing", "doors", "wire", "operations", "model"]  # top to bottom
ROOF = ["pytest_plugin", "stateful", "strategies", "__main__"]

TRANSPORT = {"http", "socket", "ssl", "urllib3", "werkzeug"}
CLIENTS = {"aiobotocore", "aiohttp", "boto3", "botocore", "httpx", "requests", "responses"}
XML = {"xml"}
CHANCE = {"random", "secrets", "uuid"}

AT_IMPORT = {
    "testing": "attributes decorated entries fake hosts libraries moments nesting options session",
    "doors": "endpoint entrance environment locks moto_neighbour own_servers processes",
    "wire": "addressing",
    "operations": "call current_world faults neighbours notifications registry service settings",
    "model": """
        access_points acl background bucket bytes_rope checksums clock configurations data_files dates directory
        encryption errors events identity lock names ordered_map ownership public_access regions storage_classes
        versions world
    """,
}
"""What `import fakes3` imports of each room."""

OF_PLAIN_TESTS = {
    "testing": "",
    "doors": "botocore direct http_client messages originals urllib3",
    "wire": """
        beside chunked condition_keys endpoint event_stream exchange express header_section message other_services
        payload quirks reader routing signatures structures table writer xml
    """,
    "operations": "buckets encryption integrity listings lookup members mfa objects response_members write_headers",
    "model": """
        conditions control_errors directory_listing header_text listing metadata not_modelled numbers ranges tags
    """,
}
"""What plain calls of boto3 import beside that. A door means its files, too, whose names begin with its own."""


class Module(NamedTuple):
    """One source file of fakes3, parsed."""

    name: str
    is_package: bool
    tree: ast.Module

    @property
    def room(self) -> str:
        """The room the file is in, or its own name when it is on the roof ("" for fakes3 itself)."""
        return [*self.name.split("."), ""][1]

    def imports(self) -> Iterator[str]:
        """Every module the file imports, anywhere in it, also under TYPE_CHECKING or inside a function.

        `from a import b` gives "a.b": whether b is a module or a name in one, its room is the same.
        """
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    here = self.name.split(".")
                    above = here[: len(here) - node.level + self.is_package]
                    base = ".".join([*above, base]).rstrip(".")
                yield from (f"{base}.{alias.name}" for alias in node.names)

    def libraries(self) -> set[str]:
        """The libraries the file imports, by their top-level name."""
        return {name.split(".")[0] for name in self.imports()}

    def rooms(self) -> set[str]:
        """The rooms and roof files the file imports; "" when it imports a public name from fakes3 itself."""
        inside = {[*name.split("."), ""][1] for name in self.imports() if name.split(".")[0] == "fakes3"}
        return {part if part in (*ROOMS, *ROOF) else "" for part in inside}


def read(path: Path) -> Module:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    return Module(name, is_package, ast.parse(path.read_text(encoding="utf-8")))


MODULES = [read(path) for path in sorted(PACKAGE.rglob("*.py"))]

each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)


def each_in(*rooms: str) -> pytest.MarkDecorator:
    found = [module for module in MODULES if module.room in rooms]
    return pytest.mark.parametrize("module", found, ids=lambda module: module.name)


class TestStaircase:
    """Imports only go down. A room may reach past the one under it; nothing reaches up."""

    def test_every_file_is_in_a_room_or_on_the_roof(self):
        """Five rooms hold everything; a sixth is a decision, made here and in pyproject.toml."""
        assert {module.room for module in MODULES} - {"", *ROOMS, *ROOF} == set()

    @each_in(*ROOMS)
    def test_nothing_reaches_up(self, module):
        """What a room leans on must not depend on who calls it, or no rule can be read, or tested, alone."""
        above = ROOMS[: ROOMS.index(module.room)]
        assert module.rooms() & {"", *above, *ROOF} == set()

    def test_roof_files_do_not_know_each_other(self):
        """The pytest plugin and the command line are two ways in; neither is part of the other."""
        for module in MODULES:
            if module.room in ROOF:
                assert module.rooms() & set(ROOF) == set(), module.name


class TestDoors:
    """A door translates for one client library and knows no other door."""

    @each_in("doors")
    def test_no_door_imports_another(self, module):
        """Each door works where the other doors' libraries are not installed.

        The modules without a library's name are for all doors. The direct door answers botocore's clients, and
        aiobotocore is built on botocore, so their doors may use botocore's. aiobotocore sends with aiohttp.
        """
        others = {name.split(".")[2] for name in module.imports() if name.startswith("fakes3.doors.")}
        own = module.name.rpartition(".")[2]
        shared = {"cancellation", "endpoint", "entrance", "environment", "holding", "locks", "loopback", "messages"}
        shared |= {"originals", "own_servers", "stand_ins"}
        family = {"aiobotocore": {"aiobotocore", "botocore"}, "direct": {"direct", "botocore"}, "loopback": {"server"}}
        family |= {"admin": {"admin", "server"}, "direct_aiobotocore": {"direct", "aiohttp"}}
        library = own.partition("_")[0]
        allowed = family.get(own) or family.get(library, {library})
        assert {name for name in others - shared if name.partition("_")[0] not in allowed} == set()


class TestWire:
    """Bytes in, bytes out."""

    @each_in("wire")
    def test_no_socket_and_no_client_library(self, module):
        """Every door uses the wire, and every test can call it, because it does no I/O.

        `regenerate` is a developer's tool that reads botocore's service model and never runs in a user's
        process; `form_parts` reads POST forms with werkzeug's parser.
        """
        allowed = {"fakes3.wire.regenerate": {"botocore"}, "fakes3.wire.form_parts": {"werkzeug"}}
        no_io = CLIENTS | {"socket", "ssl", "urllib3", "werkzeug"}
        assert module.libraries() & no_io - allowed.get(module.name, set()) == set()

    @each_module
    def test_nothing_imports_the_developers_tools(self, module):
        """Upgrading botocore never moves our behaviour: what `regenerate` wrote is read, not the tool."""
        assert not [name for name in module.imports() if name.startswith("fakes3.wire.regenerate")]

    @each_module
    def test_only_wire_xml_parses_xml(self, module):
        """The guards against entity bombs and against documents of odd encodings stand in one place."""
        assert "xml" not in module.libraries() or module.name == "fakes3.wire.xml"


class TestOperations:
    """What S3 does, whichever way it was asked."""

    @each_in("operations")
    def test_neither_http_nor_xml(self, module):
        """Names and places on the wire are the table's business; an operation sees members."""
        assert module.libraries() & (CLIENTS | TRANSPORT | XML) == set()


class TestModel:
    """What S3 is: pure values and pure functions."""

    @each_in("model")
    def test_no_client_no_transport_no_format(self, module):
        """A rule of S3 holds however it is asked about, so it must not be able to tell."""
        assert module.libraries() & (CLIENTS | TRANSPORT | XML) == set()

    @each_in("model")
    def test_time_and_chance_come_in_by_the_front(self, module):
        """Only the clock asks the time or draws a random id: same seed, same calls, same version ids."""
        if module.name == "fakes3.model.clock":
            return
        asked = {
            f"{node.value.id if isinstance(node.value, ast.Name) else node.value.attr}.{node.attr}"
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute)
        }
        clocks = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
        clocks |= {"time.time", "time.time_ns", "os.urandom"}
        assert (asked | set(module.imports())) & clocks == set()
        assert module.libraries() & CHANCE == set()


class TestRoof:
    """`fakes3/__init__.py` holds names and `__all__`, nothing else."""

    def test_init_only_names_things(self):
        """Whoever opens it reads the public API and nothing else; behaviour has a room to be in."""
        (init,) = (module for module in MODULES if module.name == "fakes3")
        docstring, *rest = init.tree.body
        assert isinstance(docstring, ast.Expr)
        for node in rest:
            match node:
                case ast.ImportFrom() | ast.Assign(targets=[ast.Name(id="__all__" | "__version__")]):
                    pass
                case _:
                    pytest.fail(f"fakes3/__init__.py does more than name things: {ast.unparse(node)}")

    def test_all_lists_every_public_name(self):
        """`__all__` is the contract; a name imported beside it would be public by accident."""
        (init,) = (module for module in MODULES if module.name == "fakes3")
        imported = {
            alias.asname or alias.name
            for node in init.tree.body
            if isinstance(node, ast.ImportFrom) and node.module != "__future__"
            for alias in node.names
        }
        assert sorted(imported) == sorted(set(fakes3.__all__) - {"__version__"})

    def test_import_brings_no_client_library(self):
        """A door imports its library when it opens: `import fakes3` stays cheap and needs no extra."""
        heavy = CLIENTS | {"awscrt", "hypothesis", "pytest", "urllib3", "werkzeug"}
        script = "import sys; import fakes3; print(*sys.modules)"
        run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert heavy & set(run.stdout.split()) == set()

    def test_what_most_tests_never_use_is_imported_at_first_need(self):
        """An import of everything takes three times as long, and each test process has it.

        So operations, configurations, policies, forms, views and seeds are imported by the first that needs them, and
        the wire with the first fake that is entered.
        """
        script = """
import sys
from fakes3 import mock_s3

print(*sys.modules)

with mock_s3() as s3:
    client = s3.client()
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="k", Body=b"1")
    client.get_object(Bucket="bucket", Key="k")
    client.list_objects_v2(Bucket="bucket")
    client.list_buckets()
    client.delete_object(Bucket="bucket", Key="k")
print(*sys.modules)
"""
        run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        imported, used = (
            {each for each in line.split() if each.count(".") == 2 and each.startswith("fakes3.")}
            for line in run.stdout.splitlines()
        )
        expected = {f"fakes3.{room}.{name}" for room, names in AT_IMPORT.items() for name in names.split()}
        assert imported - expected == set()
        plain = {f"fakes3.{room}.{name}" for room, names in OF_PLAIN_TESTS.items() for name in names.split()}
        beside = tuple(f"{each}_" for each in plain if ".doors." in each)
        assert {each for each in used - imported - plain if not each.startswith(beside)} == set()
