"""Serves Gymnasium's environments: `python -m upslope.host`.

Over a socket it has inherited (`--fd`), to a trainer it connects to (`--connect`), or to any who connect to
it (`--bind`).
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import socket
import stat
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

from .catalogue import Catalogue
from .channels import SPIN_SECONDS, ConnectionLost, DealerChannel, PeerGone, RouterChannel, StreamChannel
from .curve import load_keys
from .endpoints import check_endpoint, is_loopback
from .errors import UpslopeError
from .protocol import ProtocolError
from .serving import Host, Rejected

_SECONDS_BETWEEN_HELLOS = 1.0
_SECONDS_BETWEEN_CHECKS = 5.0


class _Stopped(BaseException):
    """This process is asked to leave."""


def serve(channel: Any, host: Host) -> None:
    """Answers what comes over a channel, one message after another.

    Raises:
        ConnectionLost: the one peer of a stream has left.
        Rejected: it has no use for this host.
    """
    next_hello = 0.0
    next_check = time.monotonic() + _SECONDS_BETWEEN_CHECKS
    refused = None
    while True:
        now = time.monotonic()
        if host.must_greet and now >= next_hello:
            _send(channel, b"", host.hello())
            next_hello = now + _SECONDS_BETWEEN_HELLOS
        if now >= next_check:
            # Liveness is the sockets' own business. Asking them tells which of those who left have come back.
            reached = {peer for peer in host.drivers() if _send(channel, peer, host.ping())}
            host.close_forsaken(reached, now)
            next_check = now + _SECONDS_BETWEEN_CHECKS
        due = min(next_hello, next_check) if host.must_greet else next_check
        try:
            received = channel.receive(max(0.0, due - now))
        except ProtocolError as error:
            _send(channel, b"", host.complaint(error))
            raise
        if received is None:
            if refused != (refused := getattr(channel, "refused", None)) and refused:
                _say(f"{refused}.")
            continue
        peer, frames = received
        if frames is None:
            host.reconnected(peer)
            next_hello = 0.0
            continue
        try:
            answer = host.answer(peer, frames)
        except Rejected as rejection:
            if channel.endpoint == StreamChannel.endpoint:
                raise
            # Another trainer may listen there next.
            _say(f"{channel.endpoint} has no use for this host: {rejection}")
            continue
        if answer is not None:
            _send(channel, peer, answer)


def _send(channel: Any, peer: bytes, frames: Sequence[Any]) -> bool:
    """Whether the peer is there. Who comes back asks again for what was lost."""
    try:
        channel.send(peer, frames)
    except PeerGone:
        return False
    return True


def _say(text: str) -> None:
    print(f"upslope host: {text}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns the exit status."""
    options = _parser().parse_args(arguments)
    spawned = options.fd is not None or options.watch_stdin
    if spawned:
        end_with_stdin()
        # Ctrl-C reaches all processes of a terminal. Whoever started this one decides when it ends.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = None
    host = None
    try:
        _stop_on(signal.SIGTERM, *(() if spawned else (signal.SIGINT,)))
        channel = _open_channel(options)
        for module in options.imports:
            _import(module)
        host = Host(Catalogue(options.allow or ["*"]), max_sessions=options.max_sessions, local=channel.local)
        if options.bind is not None:
            _say(f"listening on {channel.endpoint}")
        elif options.connect is not None:
            _say(f"connecting to {channel.endpoint}")
        else:
            host.must_greet = True
        serve(channel, host)
    except _Stopped:
        return 0
    except ConnectionLost:
        return 0
    except (UpslopeError, ProtocolError, Rejected) as error:
        _say(str(error))
        return 1
    finally:
        if host is not None:
            peers = host.drivers()
            goodbye = host.close("the host was stopped")
            for peer in peers:
                _send(channel, peer, goodbye)
        if channel is not None:
            channel.close()


def end_with_stdin() -> None:
    """Ends this process when its standard input, a pipe that nobody writes to, does: its parent is gone.

    A thread watches, for the systems that cannot do better. It has to wait for Python's lock, which an
    environment may hold for long, so where the kernel can it sends a signal that ends the process whatever it
    is doing. (Linux could also send one on the parent's death, but takes that of the thread which started
    this process for it.)
    """
    kind = os.fstat(0).st_mode
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
        return
    pipe = os.dup(0)
    # Environments may read their standard input, and find nothing there.
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    threading.Thread(target=_exit_at_end, args=(pipe,), name="stdin", daemon=True).start()
    try:
        import fcntl

        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    except (ImportError, AttributeError, OSError):
        pass


def _exit_at_end(pipe: int) -> None:
    try:
        while os.read(pipe, 4096):
            pass
    except OSError:
        pass
    os._exit(0)


def _stop_on(*signals: int) -> None:
    def stop(number: int, frame: Any) -> None:
        for each in signals:
            # Asked twice it leaves at once.
            signal.signal(each, signal.SIG_DFL)
        raise _Stopped

    for number in signals:
        signal.signal(number, stop)


def _open_channel(options: argparse.Namespace) -> Any:
    if options.fd is not None:
        sock = socket.socket(fileno=options.fd)
        sock.set_inheritable(False)
        return StreamChannel(sock, SPIN_SECONDS if options.spin else 0.0)
    endpoint = options.bind or options.connect
    keys = None
    if options.key is not None:
        keys = load_keys(options.key, allow=options.allow_keys or None, server=options.server_key)
    elif options.allow_keys or options.server_key:
        raise UpslopeError("Others' keys take a key of one's own: add --key FILE.")
    check_endpoint(endpoint, "bind" if options.bind else "connect", keys)
    if not is_loopback(endpoint) and not options.allow:
        raise UpslopeError(
            f"{endpoint} is beyond this machine: say which environments may be made from there, "
            "with --allow CartPole-v1 or --allow 'upslope/*'; '*' stands for all that are registered."
        )
    return RouterChannel(endpoint, keys) if options.bind else DealerChannel(endpoint, keys)


def _import(module: str) -> None:
    try:
        importlib.import_module(module)
    except Exception as error:
        raise UpslopeError(f"Cannot import {module}: {type(error).__name__}: {error}.") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m upslope.host", description="Serves Gymnasium's environments.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--fd", type=int, metavar="N", help="a connected Unix socket that was inherited")
    where.add_argument("--connect", metavar="ENDPOINT", help="a trainer's address, as tcp://127.0.0.1:5557")
    where.add_argument("--bind", metavar="ENDPOINT", help="an address to listen on, for many drivers")
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="PATTERN",
        help="ids of environments that may be made, * standing for anything; by default all registered ones",
    )
    parser.add_argument(
        "--import",
        action="append",
        default=[],
        dest="imports",
        metavar="MODULE",
        help="imported at the start, so that its environments are registered",
    )
    parser.add_argument("--key", metavar="FILE", help="own secret key file; python -m upslope.keys makes one")
    parser.add_argument(
        "--allow-keys",
        action="append",
        default=[],
        metavar="PATH",
        help="with --bind: public key file of one who may connect, or a folder of them",
    )
    parser.add_argument("--server-key", metavar="FILE", help="with --connect: the other side's public key")
    parser.add_argument("--max-sessions", type=int, default=256, metavar="N", help="at most; 256 by default")
    parser.add_argument("--spin", action="store_true", help="with --fd: wait actively for a moment before sleeping")
    parser.add_argument("--watch-stdin", action="store_true", help="exit when standard input, a pipe, ends")
    return parser


if __name__ == "__main__":
    sys.exit(main())
