"""Addresses of ZeroMQ sockets: what is one, who can reach it, and whether it is taken."""

from __future__ import annotations

import os
import re
import socket
import stat
from typing import IO

from .errors import UpslopeError
from .curve import Keys

_ADDRESS = re.compile(r"tcp://(\[[^\]]+\]|[^:/]+):(\d+|\*)|ipc://.+")
_LOOPBACK = re.compile(r"ipc://.|tcp://(127\.\d+\.\d+\.\d+|localhost|\[::1\]):")

#: A Unix socket's path has to fit into 108 bytes, or into 104 on macOS.
_MOST_PATH_BYTES = 100


def is_loopback(endpoint: str) -> bool:
    """Whether only processes of this machine can reach it."""
    return _LOOPBACK.match(endpoint) is not None


def check_endpoint(endpoint: str, side: str, keys: Keys | None) -> None:
    """Checks an address before it is used.

    Args:
        side: `bind` or `connect`.

    Raises:
        UpslopeError: it is none, or it is beyond this machine and there are no keys for that.
    """
    if not _ADDRESS.fullmatch(endpoint):
        raise UpslopeError(
            f"Expected an address such as tcp://127.0.0.1:5557 or ipc:///tmp/host.sock; got '{endpoint}'."
        )
    path = _path(endpoint)
    if path is not None and len(path.encode()) > _MOST_PATH_BYTES:
        text = f"The path of a socket has at most {_MOST_PATH_BYTES} bytes; got {endpoint}."
        raise UpslopeError(f"{text} Choose a shorter one.")
    if keys is not None:
        missing = keys.allowed is None if side == "bind" else keys.server is None
    else:
        missing = not is_loopback(endpoint)
    if missing:
        others = "the keys allowed to connect" if side == "bind" else "the other side's public key"
        wanted = f"a key and {others}"
        why = "is beyond this machine: that takes" if keys is None else "with a key takes both"
        raise UpslopeError(
            f"{endpoint} {why} {wanted}. Make a pair of keys on each side with: python -m upslope.keys NAME"
        )


def claim(endpoint: str) -> IO[str] | None:
    """Makes sure that nobody else listens there, until the file returned is closed.

    ZeroMQ lets a second process bind a Unix socket and silently take it over from the first.

    Raises:
        UpslopeError: somebody listens there, or anybody could take the socket's place.
    """
    path = _path(endpoint)
    if path is None or path.startswith("@"):
        return None
    folder = os.path.dirname(os.path.abspath(path))
    try:
        mode = os.stat(folder).st_mode
    except OSError as error:
        text = f"Cannot bind {endpoint}: {error.strerror}: {folder}."
        raise UpslopeError(f"{text} Make the folder first.") from error
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise UpslopeError(
            f"Anybody may replace files in {folder}, and so the socket {path}. Choose a folder of your own."
        )
    import fcntl

    lock = open(f"{path}.lock", "w", encoding="utf-8")  # noqa: SIM115
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise taken(endpoint) from None
    if _answers(path):
        lock.close()
        raise taken(endpoint)
    return lock


def taken(endpoint: str) -> UpslopeError:
    """The error of binding where another process listens."""
    return UpslopeError(f"Another process listens on {endpoint}. Stop it, or choose another address.")


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


def _path(endpoint: str) -> str | None:
    return endpoint.removeprefix("ipc://") if endpoint.startswith("ipc://") else None
