"""Finds the command `upslope`, starts it as a server of environments, and ends it with this process."""

from __future__ import annotations

import atexit
import json
import os
import shlex
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from .channels import SPIN_SECONDS, DealerChannel, StreamChannel
from .errors import HostLost, UpslopeError
from .link import Deadlines, Link

if TYPE_CHECKING:
    from .curve import Keys

_TAIL_BYTES = 8192
_SECONDS_TO_LEAVE = 2.0


class Server:
    """A host that was started for this process, over an inherited Unix socket.

    Its standard input is a pipe that nobody writes to. When this process ends, however it ends, so does the pipe, and
    with it the server.

    Args:
        command: what to start; ` --fd N` is added, N being its end of the socket.
    """

    def __init__(self, command: Sequence[str], deadlines: Deadlines) -> None:
        if os.name == "nt":
            raise UpslopeError(
                "Windows cannot pass a socket to a server. Start `upslope serve --bind tcp://127.0.0.1:5557` "
                "and pass address='tcp://127.0.0.1:5557'."
            )
        self.command = tuple(command)
        self._ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [*command, "--fd", str(theirs.fileno())],
                    bufsize=0,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    pass_fds=(theirs.fileno(),),
                    # Ctrl-C is for this process, which then ends the server.
                    start_new_session=True,
                )
            except OSError as error:
                self._ours.close()
                raise UpslopeError(f"Cannot start `{shlex.join(command)}`: {error}.") from error
        self._printed = bytearray()
        self._reader = threading.Thread(target=self._read, name="upslope-server", daemon=True)
        self._reader.start()
        self.link = Link(
            StreamChannel(self._ours, SPIN_SECONDS if (os.cpu_count() or 1) > 1 else 0.0),
            connects=False,
            deadlines=deadlines,
            where=f"The server of process {self._process.pid}",
            autopsy=self._autopsy,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def introduce(self) -> None:
        """Waits for its greeting.

        Raises:
            UpslopeError: it ended before, or speaks another version of the protocol.
        """
        try:
            self.link.introduce()
        except HostLost as error:
            self.kill()
            command = shlex.join(self.command)
            raise UpslopeError(f"The server did not start: {command}\n{error}") from error
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Asks it to leave, and makes it leave. May be called again."""
        self.link.close()
        self._process.stdin.close()
        try:
            self._process.wait(_SECONDS_TO_LEAVE)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Ends it at once."""
        self._process.kill()
        self._process.wait()
        self.link.close()
        self._process.stdin.close()

    def disown(self) -> None:
        """Closes what a forked process has inherited, so that it keeps nothing of its parent's server alive."""
        self.link.drop()
        self._process.stdin.close()
        self._process.stdout.close()
        # It is not this process's child, so there is nothing to wait for.
        self._process.returncode = 0

    def _read(self) -> None:
        with self._process.stdout as pipe:
            while text := pipe.read(4096):
                self._printed += text
                del self._printed[:-_TAIL_BYTES]

    def _autopsy(self) -> str:
        try:
            code = self._process.wait(_SECONDS_TO_LEAVE)
        except subprocess.TimeoutExpired:
            return "its connection was closed"
        self._reader.join(_SECONDS_TO_LEAVE)
        printed = self._printed.decode(errors="replace").strip()
        how = f"it ended by signal {-code}" if code < 0 else f"it ended with exit code {code}"
        return f"{how}; it printed:\n{printed}" if printed else how


_servers: dict[tuple[str, ...], Server] = {}
_starting = threading.RLock()


def connect(
    *,
    address: str | None = None,
    keys: Keys | None = None,
    command: Sequence[str] | None = None,
    deadlines: Deadlines,
) -> Link:
    """A connection to a host: at an address, or to a server that all environments of this process share.

    Raises:
        UpslopeError: there is no server to start, it does not start, or it speaks another version of the protocol.
        HostLost: nobody answers at the address.
    """
    if address is not None:
        return _connect_to(address, keys, deadlines)
    with _starting:
        wanted = tuple(command or [*find_command(), "serve"])
        server = _servers.get(wanted)
        if server is not None and server.link.is_gone:
            server.kill()
            server = None
        if server is None:
            server = Server(wanted, deadlines)
            server.introduce()
            _servers[wanted] = server
        return server.link


def disconnect(link: Link) -> None:
    """Ends a connection that nothing uses any more. A server stays for the next environment."""
    if all(server.link is not link for server in _servers.values()):
        link.close()


def give_up(link: Link) -> bool:
    """Ends the server behind a connection that answers no more; False when that is not ours to end."""
    with _starting:
        for wanted, server in list(_servers.items()):
            if server.link is link:
                del _servers[wanted]
                server.kill()
                return True
    return False


def stop_servers() -> None:
    """Ends the servers started by this process, which happens by itself when it ends."""
    with _starting:
        while _servers:
            _servers.popitem()[1].stop()


def find_command() -> list[str]:
    """The command `upslope`.

    The environment variable `UPSLOPE_COMMAND`, the checkout that this package belongs to, the path, and
    `node_modules` from the working directory upward, in this order.

    Raises:
        UpslopeError: there is none.
    """
    if named := shlex.split(os.environ.get("UPSLOPE_COMMAND", "")):
        return named
    for checkout in _checkouts():
        return _checkout_command(checkout)
    if installed := shutil.which("upslope"):
        return [installed]
    here = Path.cwd()
    for folder in (here, *here.parents):
        local = folder / "node_modules" / ".bin" / "upslope"
        if local.exists():
            return [str(local)]
    raise UpslopeError(
        "There is no command `upslope` to serve environments with. Install it with `npm install upslope` here or "
        "`npm install -g upslope`, name it in the environment variable UPSLOPE_COMMAND, or pass the address of a "
        "server that runs, address='tcp://127.0.0.1:5557'."
    )


def _checkouts() -> Iterator[Path]:
    """Where this package lies in the repository it is developed in, or was installed from."""
    folders = [Path(__file__).resolve().parents[1]]
    try:
        origin = json.loads(metadata.distribution("upslope").read_text("direct_url.json") or "{}").get("url", "")
        if origin.startswith("file:"):
            folders.append(Path(unquote(urlparse(origin).path)))
    except (metadata.PackageNotFoundError, ValueError):
        pass
    for folder in folders:
        checkout = folder.parents[1] if len(folder.parents) > 1 else folder
        if folder == checkout / "bridge" / "python" and (checkout / "cli" / "setup.mjs").exists():
            yield checkout


def _checkout_command(checkout: Path) -> list[str]:
    node = shutil.which("node")
    if node is None:
        raise UpslopeError("Environments are served by Node.js, and there is none: install 20 or newer, nodejs.org.")
    main = checkout / "dist" / "cli" / "main.js"
    if not main.exists():
        setup = subprocess.run([node, str(checkout / "cli" / "setup.mjs")], stdout=2)
        if setup.returncode != 0:
            raise UpslopeError(f"The checkout {checkout} could not be built; see what `npm run build` prints there.")
    return [node, str(main)]


def _connect_to(address: str, keys: Keys | None, deadlines: Deadlines) -> Link:
    if not address.startswith(("tcp://", "ipc://")):
        raise UpslopeError(f"An address reads tcp://127.0.0.1:5557 or ipc:///folder/name; got '{address}'.")
    link = Link(
        DealerChannel(address, keys),
        connects=True,
        deadlines=deadlines,
        where=address,
        advice=f"Is a host listening there (upslope serve --bind {address}), is it reachable, and do its keys fit?",
    )
    try:
        link.introduce()
    except BaseException:
        link.close()
        raise
    return link


def _after_fork() -> None:
    global _starting
    _starting = threading.RLock()
    for server in _servers.values():
        server.disown()
    _servers.clear()


atexit.register(stop_servers)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
