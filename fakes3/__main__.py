"""The command line: `fakes3 serve` and `fakes3 demo`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from fakes3.model.errors import UsageError
from fakes3.model.identity import AccessKey, Principal
from fakes3.model.names import is_account_id
from fakes3.model.numbers import read_int
from fakes3.operations.service import Service
from fakes3.operations.settings import Settings

_M_MMAP_THRESHOLD = -3
"""The name, in malloc.h, of the size from which a block is taken from the system for itself."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    options = make_parser().parse_args(arguments)
    try:
        options.run(options)
    except UsageError as mistake:
        print(f"fakes3: {mistake}", file=sys.stderr)
        return 2
    return 0


def serve(options: argparse.Namespace) -> None:
    """Serve an empty S3 until interrupted."""
    from fakes3.doors.server import Site, open_server
    from fakes3.testing.admin import with_admin

    return_memory()
    site = with_admin(Site(make_service(options), tell=_tell), host=options.host, token=options.admin_token)
    server = open_server(site, host=options.host, port=options.port)

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # which raises KeyboardInterrupt
    print(f"fakes3 serves S3 at {server.url}", flush=True)
    with suppress(KeyboardInterrupt):
        server.serve()


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
    from fakes3.testing.fake import check_settings

    settings = Settings(
        region=options.region,
        bucket_defaults=options.bucket_defaults,
        # With accounts the keys are known, and a key that is not is a mistake.
        enforces_iam=options.enforce_iam or bool(options.account),
        verifies_signatures=options.verify_signatures,
    )
    check_settings(settings)
    service = Service(settings, keep_calls=options.keep_calls)
    service.access_keys |= {key.id: key for key in options.account or ()}
    return service


def _tell(line: str) -> None:
    with suppress(OSError):  # whoever read it may be gone, and the client still gets its answer
        print(f"fakes3: {line}", file=sys.stderr, flush=True)


def demo(_options: argparse.Namespace) -> None:
    """Show what the fake does, in a narrated boto3 session."""
    from fakes3.testing.demo import play

    play(print)


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


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fakes3", description="Amazon S3 in memory, for tests.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving = commands.add_parser("serve", help="serve S3 over HTTP, for other processes and languages")
    serving.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    serving.add_argument("--port", type=int, default=9000, help="the port, 0 for a free one (default: %(default)s)")
    serving.add_argument(
        "--account",
        type=account,
        action="append",
        metavar="ID:ACCESS:SECRET",
        help="an account and one of its access keys; repeat it for more keys and accounts",
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
        "--admin-token",
        default=os.environ.get("FAKES3_ADMIN_TOKEN"),
        metavar="TOKEN",
        help="what requests to /_fakes3/ have to show; needed beside a --host that is not this machine (default: the "
        "variable FAKES3_ADMIN_TOKEN)",
    )
    serving.set_defaults(run=serve)
    commands.add_parser("demo", help="a narrated tour in this process").set_defaults(run=demo)
    return parser


if __name__ == "__main__":
    sys.exit(main())
