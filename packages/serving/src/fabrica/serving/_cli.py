"""``python -m fabrica.serving serve | supervise``, and ``worker``, which supervisors start.

Only the standard library at import: ``supervise`` needs no more.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from fabrica.serving._errors import ServingError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 done, 1 failed, 2 the user's input is wrong."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except ServingError as error:
        print(f"error: {error}", file=sys.stderr)
        if error.hint:
            print(error.hint, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fabrica.serving",
        description="Serve a project's predict function over HTTP.",
    )
    commands = parser.add_subparsers(required=True, metavar="serve | supervise")
    serve = commands.add_parser("serve", help="serve the project in this folder until Ctrl-C")
    _address(serve)
    serve.add_argument("--module", help="the project's Python package, where it has several")
    serve.set_defaults(command=_serve)
    supervise = commands.add_parser("supervise", help="keep a service running on one address")
    supervise.add_argument("--state", type=Path, required=True, help="folder of its state")
    _address(supervise)
    supervise.set_defaults(command=_supervise)
    worker = commands.add_parser("worker")
    worker.add_argument("--fd", type=int, required=True, help="the inherited listening socket")
    worker.add_argument("--control-fd", type=int, help="the line to the supervisor")
    worker.add_argument("--module")
    worker.add_argument("--partial", action="store_true", help="serve what loads")
    worker.set_defaults(command=_worker)
    return parser


def _address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1)")
    parser.add_argument(
        "--port", type=_port, default=8000, help="8000; the next free one when it is in use"
    )


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def _serve(options: argparse.Namespace) -> int:
    # Until it serves, Ctrl-C ends it at once: no traceback from the middle of an import.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from fabrica.serving._worker import run_in_foreground

    return run_in_foreground(Path.cwd(), options.module, options.host, options.port)


def _supervise(options: argparse.Namespace) -> int:
    from fabrica.serving._supervisor import supervise

    return supervise(options.state, options.host, options.port)


def _worker(options: argparse.Namespace) -> int:
    from fabrica.serving._worker import Worker

    return Worker(options.fd, options.control_fd).run(Path.cwd(), options.module, options.partial)
