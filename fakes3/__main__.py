"""The command line: `fakes3 serve` and `fakes3 demo`."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence

from fakes3.model.errors import UsageError
from fakes3.model.identity import AccessKey, Principal
from fakes3.model.names import is_account_id
from fakes3.operations.service import Service


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except UsageError as mistake:
        print(f"fakes3: {mistake}", file=sys.stderr)
        return 2
    return 0


def serve(options: argparse.Namespace) -> None:
    """Serve an empty S3 until interrupted."""
    from fakes3.doors.wsgi import Application, server

    service = Service()
    service.access_keys |= {key.id: key for key in options.account or ()}
    ready = server(Application(service), host=options.host, port=options.port)

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # which raises KeyboardInterrupt
    print(f"fakes3 serves S3 at {ready.url}", flush=True)
    try:
        ready.serve()
    except KeyboardInterrupt:
        pass
    finally:
        ready.stop()


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


def _parser() -> argparse.ArgumentParser:
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
    serving.set_defaults(run=serve)
    commands.add_parser("demo", help="a narrated tour in this process").set_defaults(run=demo)
    return parser


if __name__ == "__main__":
    sys.exit(main())
