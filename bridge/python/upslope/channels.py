"""Channels: messages, as lists of frames, between two processes.

`receive(timeout)` gives None, or who sent a message and its frames. In place of the frames stands None when a
connection was made, or made again: the side that connects then introduces itself. A stream and a dealer have
one peer, `b""`.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .endpoints import check_endpoint, claim, is_loopback, taken
from .errors import UpslopeError
from .protocol import MAX_MESSAGE_BYTES, StreamReader, pack_stream

if TYPE_CHECKING:
    from .curve import Keys

Received = tuple[bytes, "Sequence[Any] | None"]

_READ_BYTES = 1 << 18

#: Enough for a quick environment's step; little beside a slow one's.
SPIN_SECONDS = 0.0005

_SECONDS_TO_SEND = 5.0
_HEARTBEAT_MS = 2000
_SILENCE_MS = 8000
_HANDSHAKE_MS = 5000
_RECONNECT_MS = (100, 5000)
#: What is under way when a socket is closed, a goodbye, may leave within this time.
_LINGER_MS = 200

_ZAP_DOMAIN = "upslope"


class ConnectionLost(UpslopeError):
    """A stream has ended."""


class PeerGone(UpslopeError):
    """Nobody is there to be sent a message."""


class StreamChannel:
    """One peer over a connected Unix socket. One thread may receive while another sends.

    Args:
        spin: seconds to look for a message again and again before sleeping until there is one. A processor that has gone
            to sleep may take longer to wake up than the other side to answer.
    """

    endpoint = "fd"
    local = True

    def __init__(self, sock: socket.socket, spin: float = 0.0) -> None:
        self._spin = spin
        sock.setblocking(False)
        self._socket = sock
        self._reader = StreamReader()
        self._messages: deque[Sequence[Any]] = deque()
        self._chunk = bytearray(_READ_BYTES)
        self._view = memoryview(self._chunk)
        self._reading = threading.Lock()
        self._wanted = select.poll()
        self._wanted.register(sock, select.POLLIN)
        self._lost: str | None = None

    def receive(self, timeout: float | None = None) -> Received | None:
        """The next message, waited for at most `timeout` seconds, without limit for None.

        Raises:
            ConnectionLost: the other side has closed, and everything from it has been received.
            ProtocolError: what came is no message; the channel cannot be used again.
        """
        due = None if timeout is None else time.monotonic() + timeout
        with self._reading:
            while not self._messages:
                if self._lost is not None:
                    raise ConnectionLost(self._lost)
                left = None if due is None else max(0.0, due - time.monotonic()) * 1000
                if not self._spin_until_readable() and not self._wanted.poll(left):
                    return None
                self._read()
            return b"", self._messages.popleft()

    def _spin_until_readable(self) -> bool:
        if not self._spin:
            return False
        end = time.perf_counter() + self._spin
        while time.perf_counter() < end:
            if self._wanted.poll(0):
                return True
        return False

    def send(self, peer: bytes, frames: Sequence[Any]) -> None:
        """Sends a message.

        Raises:
            PeerGone: the other side has closed.
        """
        for part in pack_stream(frames):
            rest = memoryview(part).cast("B")
            try:
                sent = self._socket.send(rest)
            except BlockingIOError:
                sent = 0
            except OSError as error:
                raise PeerGone(f"The connection is closed: {error.strerror or error}.") from error
            if sent < len(rest):
                self._send_slowly(rest[sent:])

    def close(self) -> None:
        """Ends the connection. May be called again."""
        self._lost = self._lost or "The connection is closed."
        self._socket.close()

    def _send_slowly(self, rest: memoryview) -> None:
        """Sends while it reads: the other side may be waiting to be read before it reads on."""
        both = select.poll()
        while rest:
            both.register(self._socket, select.POLLOUT | (0 if self._lost else select.POLLIN))
            ready = both.poll()[0][1]
            try:
                if ready & select.POLLIN and self._reading.acquire(blocking=False):
                    try:
                        self._read()
                    finally:
                        self._reading.release()
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise PeerGone(f"The connection is closed: {error.strerror or error}.") from error

    def _read(self) -> None:
        try:
            count = self._socket.recv_into(self._chunk)
        except BlockingIOError:
            return
        except OSError as error:
            self._lost = f"The connection is lost: {error.strerror or error}."
            return
        if count == 0:
            self._lost = "The other side has closed the connection."
            return
        self._messages.extend(self._reader.feed(self._view[:count]))


class DealerChannel:
    """A connection to one address, made again whenever it breaks. For one thread at a time.

    Raises:
        UpslopeError: the address is none, or keys are missing.
    """

    def __init__(self, endpoint: str, keys: Keys | None = None) -> None:
        check_endpoint(endpoint, "connect", keys)
        zmq = self._zmq = import_zmq()
        self.endpoint = endpoint
        self.local = is_loopback(endpoint)
        #: Why the other side does not let this one in, where it does not.
        self.refused: str | None = None
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        _set_common(self._socket)
        self._socket.sndtimeo = 0
        self._socket.reconnect_ivl, self._socket.reconnect_ivl_max = _RECONNECT_MS
        # What is sent while nobody is there would be answered by whoever comes next.
        self._socket.immediate = True
        if keys is not None:
            _set_keys(self._socket, keys)
            self._socket.curve_serverkey = keys.server.encode()
        self._monitor = self._socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH
        )
        self._socket.connect(endpoint)
        self._sources = [(self._socket, zmq.POLLIN), (self._monitor, zmq.POLLIN)]

    def receive(self, timeout: float | None = None) -> Received | None:
        """The next message, or None in its place for a new connection, within `timeout` seconds."""
        zmq = self._zmq
        ready = zmq.zmq_poll(self._sources, -1 if timeout is None else int(timeout * 1000))
        for source, _ in ready:
            # What came over an older connection counts before the news of the next one.
            if source is self._socket:
                return b"", self._socket.recv_multipart()
        if ready and self._take_event() == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self.refused = None
            return b"", None
        return None

    def send(self, peer: bytes, frames: Sequence[Any]) -> None:
        """Sends a message.

        Raises:
            PeerGone: there is no connection at present.
        """
        try:
            self._socket.send_multipart(frames)
        except self._zmq.ZMQError as error:
            raise PeerGone(f"{self.endpoint} cannot be reached at present: {error}.") from error

    def close(self) -> None:
        """Ends the connection. May be called again."""
        if not self._context.closed:
            self._socket.disable_monitor()
            self._monitor.close(linger=0)
            self._socket.close(linger=_LINGER_MS)
            self._context.term()

    def _take_event(self) -> int:
        event = int.from_bytes(self._monitor.recv_multipart()[0][:2], "little")
        if event == self._zmq.EVENT_HANDSHAKE_FAILED_AUTH:
            self.refused = f"{self.endpoint} does not accept the key: its owner has to allow it"
        return event


class RouterChannel:
    """A bound address to which any number of peers connect. For one thread at a time.

    Raises:
        UpslopeError: the address is none, it is taken, or keys are missing.
    """

    def __init__(self, endpoint: str, keys: Keys | None = None) -> None:
        check_endpoint(endpoint, "bind", keys)
        zmq = self._zmq = import_zmq()
        self._lock = claim(endpoint)
        self._context = zmq.Context()
        self._gate = None if keys is None else _guard(self._context, keys)
        self._socket = self._context.socket(zmq.ROUTER)
        _set_common(self._socket)
        self._socket.sndtimeo = int(_SECONDS_TO_SEND * 1000)
        self._socket.router_mandatory = True
        if keys is not None:
            _set_keys(self._socket, keys)
            self._socket.curve_server = True
            self._socket.zap_domain = _ZAP_DOMAIN.encode()
            # Without an answer from the gate nobody may come in.
            self._socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
        try:
            self._socket.bind(endpoint)
        except zmq.ZMQError as error:
            self.close()
            if error.errno == zmq.EADDRINUSE:
                raise taken(endpoint) from None
            raise UpslopeError(f"Cannot bind {endpoint}: {error}.") from error
        #: With the port, where the system chose it.
        self.endpoint = self._socket.last_endpoint.rstrip(b"\0").decode()
        self.local = is_loopback(self.endpoint)

    def receive(self, timeout: float | None = None) -> Received | None:
        """The next message, waited for at most `timeout` seconds, without limit for None."""
        if not self._socket.poll(None if timeout is None else int(timeout * 1000)):
            return None
        peer, *frames = self._socket.recv_multipart()
        return peer, frames

    def send(self, peer: bytes, frames: Sequence[Any]) -> None:
        """Sends a message.

        Raises:
            PeerGone: this peer has left, or does not read what it is sent.
        """
        try:
            self._socket.send_multipart([peer, *frames])
        except self._zmq.ZMQError as error:
            raise PeerGone(f"A peer at {self.endpoint} cannot be reached: {error}.") from error

    def close(self) -> None:
        """Takes no more messages. May be called again."""
        if not self._context.closed:
            self._socket.close(linger=_LINGER_MS)
            if self._gate is not None:
                self._gate.stop()
            self._context.term()
            if self._lock is not None:
                self._lock.close()


def import_zmq() -> Any:
    """ZeroMQ, which only those need who reach beyond one process.

    Raises:
        UpslopeError: it is not installed.
    """
    try:
        import zmq
    except ImportError as error:
        raise UpslopeError("Addresses are reached with ZeroMQ. Install it with: pip install pyzmq") from error
    return zmq


def _set_common(sock: Any) -> None:
    sock.linger = 0
    sock.maxmsgsize = MAX_MESSAGE_BYTES
    # Heartbeats are libzmq's own, from its own thread: an environment that computes for minutes misses none.
    sock.heartbeat_ivl = _HEARTBEAT_MS
    sock.heartbeat_timeout = sock.heartbeat_ttl = _SILENCE_MS
    sock.handshake_ivl = _HANDSHAKE_MS


def _set_keys(sock: Any, keys: Keys) -> None:
    sock.curve_publickey = keys.public.encode()
    sock.curve_secretkey = keys.secret.encode()


class _Allowed:
    """Tells pyzmq's authenticator whose keys may come in."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = frozenset(key.encode() for key in keys)

    def callback(self, domain: str, key: bytes) -> bool:
        return key in self._keys


def _guard(context: Any, keys: Keys) -> Any:
    from zmq.auth.thread import ThreadAuthenticator

    gate = ThreadAuthenticator(context)
    gate.start()
    gate.configure_curve_callback(_ZAP_DOMAIN, _Allowed(keys.allowed))
    return gate
