"""The command line: `fakes3 serve`, `fakes3 demo` and `fakes3 migrate`."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from threading import Thread

from fakes3.doors.endpoint import is_this_machine
from fakes3.model.errors import UsageError
from fakes3.model.identity import AccessKey, Principal
from fakes3.model.names import is_account_id
from fakes3.model.numbers import read_int
from fakes3.operations.service import Service
from fakes3.operations.settings import Settings
from fakes3.testing.guises import GUISES, NO_GUISE, PORT, KeysByAccount
from fakes3.testing.hosts import read_hosts

_M_MMAP_THRESHOLD = -3
"""The name, in malloc.h, of the size from which a block is taken from the system for itself."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    options = make_parser().parse_args(arguments)
    try:
        status: int | None = options.run(options)
    except UsageError as mistake:
        print(f"fakes3: {mistake}", file=sys.stderr)
        return 2
    return status or 0


def serve(options: argparse.Namespace) -> None:
    """Serve an S3 until interrupted, or until standard input ends where that is asked for."""
    from fakes3.doors.server import Site, open_server
    from fakes3.testing.admin import with_admin

    return_memory()
    guise = GUISES.get(options.guise, NO_GUISE)
    with suppress(KeyboardInterrupt), ExitStack() as stack:
        authority = None
        if options.tls or options.ca_file is not None:
            from fakes3.doors.server_certificates import published

            authority, ca_file = stack.enter_context(published(options.ca_file))
            _tell(f"Clients are to trust the certificate in {ca_file}, such as by AWS_CA_BUNDLE and SSL_CERT_FILE.")
        s3 = Site(
            make_service(options),
            base_hosts=("localhost", *guise.hosts, *options.domain),
            tell=_tell,
            authority=authority,
            passthrough=read_hosts("--passthrough", options.passthrough),
            pages=guise.pages,
        )
        site = with_admin(s3, host=options.host, token=options.admin_token)
        tls = authority.context(options.host) if authority is not None and options.tls else None
        port = guise.port if options.port is None else options.port
        server = open_server(site, host=options.host, port=port, tls=tls)
        if not is_this_machine(options.host):
            _tell(
                f"The server listens at {options.host}, beyond this machine: whoever reaches it may read and write "
                "everything. Leave out --host unless others are meant to."
            )
        # It raises nothing: what is raised within a finalizer is lost, and the server would go on.
        signal.signal(signal.SIGTERM, lambda *_: server.stop())
        print(f"fakes3 serves S3 at {server.url}", flush=True)
        if options.until_eof:
            Thread(target=_stop_at_eof, args=(server.stop,), daemon=True).start()
        server.serve()


def _stop_at_eof(stop: Callable[[], None]) -> None:
    """Stop a server when standard input ends, as it does when the process that holds the other end is gone."""
    with suppress(OSError):  # there is none
        while os.read(0, 65536):
            pass
    stop()


def return_memory() -> None:
    """Let the bodies of deleted objects go back to the system at once, where the C library is glibc.

    Once it has freed large blocks, it would keep those of the same size for later.
    """
    if sys.platform == "linux":
        import ctypes

        with suppress(AttributeError):  # musl has no such function, and gives them back
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 128 * 1024)


def make_service(options: argparse.Namespace) -> Service:
    """Return the S3 that the options of `fakes3 serve` describe."""
    from fakes3.testing.fake import FakeS3
    from fakes3.testing.folders import fill_from
    from fakes3.testing.options import check_settings

    guise = GUISES.get(options.guise, NO_GUISE)
    keys = (*guise.keys(os.environ), *(options.account or ()))
    first = keys[0].principal.account if keys and not guise.is_by_account else None
    settings = Settings(
        account=first or guise.account,
        region=options.region,
        bucket_defaults=options.bucket_defaults,
        # With accounts the keys are known, and a key that is not is a mistake.
        enforces_iam=options.enforce_iam or (bool(keys) and not guise.is_by_account),
        verifies_signatures=options.verify_signatures,
    )
    check_settings(settings)
    service = Service(settings, keep_calls=options.keep_calls)
    if guise.is_by_account:
        service.access_keys = KeysByAccount(service.access_keys)
    service.access_keys.update(by_id(keys))
    if options.folder is not None:
        fill_from(FakeS3._of(service), options.folder, _tell, lazy=options.lazy)
    elif options.lazy:
        raise UsageError("--lazy is for the files of --folder. Give --folder DIR, or leave out --lazy.")
    return service


def by_id(keys: Iterable[AccessKey]) -> dict[str, AccessKey]:
    """Return access keys by their ids. Raises: UsageError, where two have the same id."""
    found: dict[str, AccessKey] = {}
    for key in keys:
        if found.setdefault(key.id, key) != key:
            raise UsageError(
                f"Two accounts or secrets have the access key id {key.id!r}. Give each --account an id of its own."
            )
    return found


def _tell(line: str) -> None:
    with suppress(OSError):  # whoever read it may be gone, and the client still gets its answer
        print(f"fakes3: {line}", file=sys.stderr, flush=True)


def demo(_options: argparse.Namespace) -> None:
    """Show what the fake does, in a narrated boto3 session."""
    from fakes3.testing.demo import play

    play(print)


def migrate(options: argparse.Namespace) -> int:
    """Take tests of S3 from moto to fakes3; return the exit status."""
    from fakes3.testing.migration import migrate as migrate_files

    return migrate_files(options.paths, check=options.check, say=print)


def account(text: str) -> AccessKey:
    """Read an access key written as ID:ACCESS:SECRET; the secret may contain colons.

    Raises: argparse.ArgumentTypeError, for anything else.
    """
    number, _, key = text.partition(":")
    access, _, secret = key.partition(":")
    if not (is_account_id(number) and access and secret):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an account. Write ID:ACCESS:SECRET (the account's 12 digits, an access key id and its "
            "secret), for example 111122223333:alice:alices-secret."
        )
    return AccessKey(access, secret, Principal(number), is_verified=True)


def number_of_calls(text: str) -> int:
    """Read how many calls to keep. Raises: argparse.ArgumentTypeError, for anything but a number from 0 on."""
    number = read_int(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of calls. Write one such as 1000, or 0 for none.")
    return min(number, sys.maxsize)


def domain(text: str) -> str:
    """Read the name of a host. Raises: argparse.ArgumentTypeError, for anything else."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", text, re.IGNORECASE) or ".." in text:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no name of a host. Write one such as s3.test, without a scheme and a port."
        )
    return text


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fakes3", description="Amazon S3 in memory, for tests.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving = commands.add_parser("serve", help="serve S3 over HTTP, for other processes and languages")
    serving.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    serving.add_argument(
        "--port", type=int, help=f"the port, 0 for a free one (default: {PORT}, or that of the server named by --as)"
    )
    serving.add_argument(
        "--as",
        dest="guise",
        choices=sorted(GUISES),
        help="take the place of another server: its port, its keys, its names of hosts and its health pages",
    )
    serving.add_argument(
        "--account",
        type=account,
        action="append",
        metavar="ID:ACCESS:SECRET",
        help="an account and one of its access keys; repeat it for more keys and accounts",
    )
    serving.add_argument(
        "--folder",
        metavar="DIR",
        help="begin with a bucket for each folder in this one, whose files are its objects; it is read at the start, "
        "and never written",
    )
    serving.add_argument(
        "--lazy",
        action="store_true",
        help="read each file of --folder when somebody asks for it, and not at the start; it must not change meanwhile",
    )
    serving.add_argument(
        "--domain",
        type=domain,
        action="append",
        default=[],
        metavar="NAME",
        help="a name of the server under which buckets are hosts, BUCKET.NAME, as they are under localhost; repeatable",
    )
    serving.add_argument("--tls", action="store_true", help="speak TLS, with a certificate that is made at the start")
    serving.add_argument(
        "--ca-file",
        metavar="FILE",
        help="where the certificate is written that clients are to trust (default with --tls: a temporary file, which "
        "is told); also as a proxy, HTTPS_PROXY, the server then answers for every host of S3",
    )
    serving.add_argument(
        "--passthrough",
        action="append",
        default=[],
        metavar="HOST",
        help="a host that the server lets out as a proxy, which else answers for S3 alone; repeatable",
    )
    serving.add_argument("--region", default="us-east-1", help="the server's own region (default: %(default)s)")
    serving.add_argument(
        "--bucket-defaults",
        default="today",
        metavar="today|2025|2022",
        help="how new buckets are made: as today, as before April 2026 (2025), or as before April 2023 (2022)",
    )
    serving.add_argument(
        "--verify-signatures", action="store_true", help="verify every signature, and refuse unknown access keys"
    )
    serving.add_argument("--enforce-iam", action="store_true", help="refuse unknown access keys, as --account does too")
    serving.add_argument(
        "--keep-calls",
        type=number_of_calls,
        default=1000,
        metavar="N",
        help="how many of the latest calls the server remembers (default: %(default)s)",
    )
    serving.add_argument(
        "--until-eof",
        action="store_true",
        help="end when standard input closes, so that a program that is killed leaves no server behind",
    )
    serving.add_argument(
        "--admin-token",
        default=os.environ.get("FAKES3_ADMIN_TOKEN"),
        metavar="TOKEN",
        help="what requests to /_fakes3/ have to show; needed beside a --host that is not this machine (default: the "
        "variable FAKES3_ADMIN_TOKEN)",
    )
    serving.set_defaults(run=serve)
    commands.add_parser("demo", help="a narrated tour in this process").set_defaults(run=demo)
    migrating = commands.add_parser("migrate", help="take tests of S3 from moto to fakes3")
    migrating.add_argument("paths", nargs="+", metavar="PATH", help="a file of Python, or a folder of them")
    migrating.add_argument(
        "--check",
        action="store_true",
        help="write nothing, print what would change as a unified diff, and exit with 1 if something would",
    )
    migrating.set_defaults(run=migrate)
    return parser


if __name__ == "__main__":
    sys.exit(main())
