"""Clients that are no Python below, and so come by a port: pyarrow, polars, obstore, duckdb."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY

from .store import MIB, REGION, Info, NotThere, Store, Way, translated

NO_FORMS = "it sends no forms"
NO_CONDITION = "it has no conditions"
NO_VERSIONS = "it knows no versions"
NO_DOTS = dict.fromkeys(("a/../b", "a/..", "./a"), "it resolves or refuses dots in paths")
NO_EMPTY_PARTS = dict.fromkeys(("a//b", "folder/", "/leading"), "its paths have no empty part and end in no slash")


class Pyarrow(Store):
    libraries = ("pyarrow",)
    way = Way.PORT
    lacks = {
        "post_form": NO_FORMS,
        "put_new": NO_CONDITION,
        "get_version": NO_VERSIONS,
        "put_described": "it sends none of the user's metadata",
        "metadata": "it reads none of the user's",
    }
    cannot_name = NO_DOTS | NO_EMPTY_PARTS

    def connect(self) -> None:
        from pyarrow.fs import S3FileSystem

        self.fs: Any = S3FileSystem(
            access_key=ACCESS_KEY_ID,
            secret_key=SECRET_ACCESS_KEY,
            region=REGION,
            scheme="http",
            endpoint_override=self.url.removeprefix("http://"),
            allow_bucket_creation=True,
        )

    def _path(self, key: str) -> str:
        return f"{self.bucket}/{key}"

    def put(self, key: str, body: bytes) -> None:
        self._put(key, [body])

    def upload(self, key: str, file: BinaryIO) -> None:
        self._put(key, iter(lambda: file.read(MIB), b""))

    def multipart(self, key: str, parts: Sequence[bytes]) -> None:
        self._put(key, parts)

    def _put(self, key: str, pieces: Any, **how: Any) -> None:
        with told_in_words(), self.fs.open_output_stream(self._path(key), **how) as out:
            for piece in pieces:
                out.write(piece)

    def get(self, key: str) -> bytes:
        return b"".join(self.download(key))

    def download(self, key: str) -> Iterator[bytes]:
        with told_in_words(), self.fs.open_input_stream(self._path(key)) as file:
            while piece := file.read(MIB):
                yield piece

    def get_range(self, key: str, start: int, end: int) -> bytes:
        with self.fs.open_input_file(self._path(key)) as file:
            return bytes(file.read_at(end - start, start))

    def head(self, key: str) -> Info:
        with told_in_words(), self.fs.open_input_stream(self._path(key)) as file:
            found = file.metadata()
        return Info(int(found["Content-Length"]), found["ETag"].decode())

    def content_type(self, key: str) -> str:
        with self.fs.open_input_stream(self._path(key)) as file:
            return str(file.metadata()["Content-Type"].decode())

    def copy(self, key: str, to: str) -> None:
        self.fs.copy_file(self._path(key), self._path(to))

    def delete(self, key: str) -> None:
        self.fs.delete_file(self._path(key))

    def keys(self, prefix: str = "") -> list[str]:
        return sorted(each.path.removeprefix(f"{self.bucket}/") for each in self._found(prefix, True) if each.is_file)

    def children(self, prefix: str) -> tuple[list[str], list[str]]:
        found = self._found(prefix, False)
        keys = [each.path.removeprefix(f"{self.bucket}/") for each in found]
        files = [key for key, each in zip(keys, found, strict=True) if each.is_file]
        return files, [f"{key}/" for key, each in zip(keys, found, strict=True) if not each.is_file]

    def _found(self, prefix: str, recursive: bool) -> list[Any]:
        from pyarrow.fs import FileSelector

        with told_in_words():
            return list(self.fs.get_file_info(FileSelector(self._path(prefix).rstrip("/"), recursive=recursive)))

    def make_bucket(self, name: str) -> None:
        self.fs.create_dir(name)


@contextmanager
def told_in_words() -> Iterator[None]:
    """As `translated`, where an error is told in no way but its text."""
    with translated():
        try:
            yield
        except Exception as error:
            words = str(error)
            if "NO_SUCH_BUCKET" in words or "NoSuchBucket" in words:
                raise NotThere("NoSuchBucket") from error
            if "404" in words:
                raise NotThere("404") from error
            raise


class Obstore(Store):
    libraries = ("obstore",)
    way = Way.PORT
    lacks = {"post_form": NO_FORMS, "make_bucket": "it makes none"}
    cannot_name = NO_DOTS | NO_EMPTY_PARTS

    def _store(self) -> Any:
        from obstore.store import S3Store

        return S3Store(
            self.bucket,
            endpoint=self.url,
            access_key_id=ACCESS_KEY_ID,
            secret_access_key=SECRET_ACCESS_KEY,
            region=REGION,
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )

    def put(self, key: str, body: bytes) -> None:
        self._put(key, body)

    def put_described(self, key: str, body: bytes, content_type: str, metadata: dict[str, str]) -> None:
        self._put(key, body, attributes={"Content-Type": content_type, **metadata})

    def put_new(self, key: str, body: bytes) -> None:
        self._put(key, body, mode="create", use_multipart=False)

    def upload(self, key: str, file: BinaryIO) -> None:
        self._put(key, file)

    def multipart(self, key: str, parts: Sequence[bytes]) -> None:
        self._put(key, io.BytesIO(b"".join(parts)), chunk_size=len(parts[0]), use_multipart=True)

    def _put(self, key: str, body: Any, **how: Any) -> None:
        import obstore

        with told_in_words(), already_there():
            obstore.put(self._store(), key, body, **how)

    def _get(self, key: str, **how: Any) -> Any:
        import obstore

        options: Any = how
        with told_in_words():
            return obstore.get(self._store(), key, options=options)

    def get(self, key: str) -> bytes:
        return bytes(self._get(key).bytes())

    def get_version(self, key: str, version_id: str) -> bytes:
        return bytes(self._get(key, version=version_id).bytes())

    def get_range(self, key: str, start: int, end: int) -> bytes:
        import obstore

        return bytes(obstore.get_range(self._store(), key, start=start, end=end))

    def download(self, key: str) -> Iterator[bytes]:
        for piece in self._get(key).stream(min_chunk_size=MIB):
            yield bytes(piece)

    def head(self, key: str) -> Info:
        import obstore

        with told_in_words():
            found = obstore.head(self._store(), key)
        return Info(found["size"], found["e_tag"] or "")

    def content_type(self, key: str) -> str:
        return str(self._get(key).attributes["Content-Type"])

    def metadata(self, key: str) -> dict[str, str]:
        return {name: value for name, value in self._get(key).attributes.items() if name != "Content-Type"}

    def copy(self, key: str, to: str) -> None:
        import obstore

        obstore.copy(self._store(), key, to)

    def delete(self, key: str) -> None:
        import obstore

        obstore.delete(self._store(), key)

    def keys(self, prefix: str = "") -> list[str]:
        import obstore

        with told_in_words():
            return [each["path"] for page in obstore.list(self._store(), prefix or None) for each in page]

    def children(self, prefix: str) -> tuple[list[str], list[str]]:
        import obstore

        found = obstore.list_with_delimiter(self._store(), prefix)
        return [each["path"] for each in found["objects"]], [f"{each}/" for each in found["common_prefixes"]]


@contextmanager
def already_there() -> Iterator[None]:
    """Raise what everybody would for obstore's own error."""
    from obstore.exceptions import AlreadyExistsError

    try:
        yield
    except AlreadyExistsError as error:
        raise FileExistsError from error


NO_TABLE = "it reads and writes tables, and this is none of a table's"
OF_TABLES = dict.fromkeys(
    ("head", "content_type", "metadata", "copy", "delete", "children", "make_bucket", "put_described"), NO_TABLE
)


class Polars(Store):
    """An object is a Parquet file of one cell."""

    libraries = ("polars",)
    way = Way.PORT
    lacks = {
        **OF_TABLES,
        "post_form": NO_FORMS,
        "put_new": NO_CONDITION,
        "get_version": NO_VERSIONS,
        "get_range": NO_TABLE,
        "keys": NO_TABLE,
        "upload": "what it writes, it has in memory",
        "download": "what it reads, it has in memory",
        "multipart": "the parts are its own",
    }
    cannot_name = NO_DOTS | NO_EMPTY_PARTS

    def connect(self) -> None:
        self.options = {
            "aws_access_key_id": ACCESS_KEY_ID,
            "aws_secret_access_key": SECRET_ACCESS_KEY,
            "aws_region": REGION,
            "aws_endpoint_url": self.url,
            "aws_allow_http": "true",
        }

    def packed(self, body: bytes) -> bytes:
        file = io.BytesIO()
        self._frame(body).write_parquet(file)
        return file.getvalue()

    def _frame(self, body: bytes) -> Any:
        import polars

        return polars.DataFrame({"body": [body]})

    def put(self, key: str, body: bytes) -> None:
        with told_in_words():
            self._frame(body).write_parquet(f"s3://{self.bucket}/{key}", storage_options=self.options)

    def get(self, key: str) -> bytes:
        import polars

        with told_in_words():
            found = polars.read_parquet(f"s3://{self.bucket}/{key}", storage_options=self.options, glob=False)
        return bytes(found["body"][0])


class Duckdb(Store):
    libraries = ("duckdb", "duckdb_extension_httpfs")
    way = Way.PORT
    lacks = {
        **OF_TABLES,
        "post_form": NO_FORMS,
        "put_new": NO_CONDITION,
        "get_version": NO_VERSIONS,
        "get_range": NO_TABLE,
        "upload": "what it writes, it has in memory",
        "download": "what it reads, it has in memory",
        "multipart": "the parts are its own",
        "put_empty": "it begins an upload and leaves it there",
    }
    cannot_name = NO_DOTS | {
        "a?b#c": "what follows a question mark are its settings",
        "*": "it takes a star for a pattern",
    }

    def connect(self) -> None:
        import duckdb
        import duckdb_extension_httpfs

        # From the package index: else duckdb would fetch it from its own site.
        (extension,) = Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension")
        config: Any = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
        self.sql: Any = self.on_leaving.enter_context(duckdb.connect(config=config))
        self.sql.execute(f"LOAD '{extension}'")
        self.sql.execute(
            f"CREATE SECRET (TYPE s3, KEY_ID '{ACCESS_KEY_ID}', SECRET '{SECRET_ACCESS_KEY}', REGION '{REGION}', "
            f"ENDPOINT '{self.url.removeprefix('http://')}', USE_SSL false, URL_STYLE 'path')"
        )

    def put(self, key: str, body: bytes) -> None:
        place = f"s3://{self.bucket}/{key}".replace("'", "''")
        with told_in_words():
            self.sql.execute(f"COPY (SELECT ?::BLOB AS body) TO '{place}' (FORMAT blob)", [body])

    def get(self, key: str) -> bytes:
        with told_in_words():
            (body,) = self.sql.execute("SELECT content FROM read_blob(?)", [f"s3://{self.bucket}/{key}"]).fetchone()
        return bytes(body)

    def keys(self, prefix: str = "") -> list[str]:
        start = f"s3://{self.bucket}/"
        with told_in_words():
            found = self.sql.execute("SELECT file FROM glob(?)", [f"{start}{prefix}**"]).fetchall()
        return [file.removeprefix(start) for (file,) in found]
