"""The host's side of the protocol: messages in, answers out."""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .served_batch import Reply, ServedBatch
from .catalogue import Catalogue
from .checks import Refusal
from .environments import EnvironmentFailure
from .greeting import answer_greeting, create_greeting, read_greeting
from .protocol import (
    BYE,
    CLOSE,
    ERROR,
    HELLO,
    OPEN,
    PING,
    PONG,
    REJECT,
    WELCOME,
    Message,
    ProtocolError,
    decode,
    encode,
)

Frames = Sequence[Any]

SECONDS_TO_RETURN = 60.0

#: Answers to the requests that ended a session, in case they are asked for again.
_MOST_ENDED = 64

_HEADER = struct.Struct("<4sBBHIIQII")


class Rejected(Exception):
    """The other side has no use for this host."""


@dataclass
class _Open:
    """A session, and its last answer."""

    batch: ServedBatch
    seq: int
    answer: Frames


@dataclass
class _Driver:
    """One who uses environments here."""

    instance: int
    peer: bytes
    sessions: dict[int, _Open] = field(default_factory=dict)
    #: Last answers of sessions that are no more: `seq` and frames.
    ended: OrderedDict[int, tuple[int, Frames]] = field(default_factory=OrderedDict)
    gone_since: float | None = None


class Host:
    """Serves environments to any number of drivers.

    Args:
        local: whether drivers are on this machine, and so may see tracebacks.
    """

    def __init__(self, catalogue: Catalogue, *, max_sessions: int = 256, local: bool = True) -> None:
        self.greeting = create_greeting("host", catalogue.allow)
        self.instance: int = self.greeting["instance"]
        #: Whether the side that was connected to has yet to be greeted.
        self.must_greet = False
        self._catalogue = catalogue
        self._max_sessions = max_sessions
        self._local = local
        self._drivers: dict[int, _Driver] = {}
        self._peers: dict[bytes, _Driver] = {}

    @property
    def session_count(self) -> int:
        return sum(len(driver.sessions) for driver in self._drivers.values())

    def hello(self) -> Frames:
        """The greeting of the side that has connected."""
        return encode(Message(HELLO, meta=self.greeting))

    def reconnected(self, peer: bytes) -> None:
        """Its connection was made, or made again: it has to be greeted."""
        self._peers.pop(peer, None)
        self.must_greet = True

    def answer(self, peer: bytes, frames: Frames) -> Frames | None:
        """What a message is answered with. No message makes it throw but one.

        Raises:
            Rejected: the message was REJECT.
        """
        try:
            message = decode(frames)
        except ProtocolError as error:
            return _answer_malformed(frames, error)
        kind = message.type
        if OPEN <= kind <= CLOSE and kind % 2 == 0:
            return self._serve(peer, message)
        if kind == HELLO or kind == WELCOME:
            return self._meet(peer, message)
        if kind == PING:
            return encode(Message(PONG, message.session, message.epoch, message.seq))
        if kind == BYE:
            driver = self._peers.get(peer)
            if driver is not None:
                self._dismiss(driver)
        elif kind == REJECT:
            self.must_greet = False
            meta = message.meta or {}
            raise Rejected("\n".join(str(meta[key]) for key in ("message", "hint") if meta.get(key)))
        elif kind not in (PONG, ERROR):
            return self._error(message, Refusal("protocol", f"There is no request of type {kind}."))
        return None

    def complaint(self, error: ProtocolError) -> Frames:
        """What to say before a channel is closed that is of no use any more."""
        return self._error(Message(ERROR), error)

    def ping(self) -> Frames:
        """A question that asks nothing but for an answer."""
        return encode(Message(PING, epoch=self.instance))

    def drivers(self) -> list[bytes]:
        """Peers that have been greeted."""
        return list(self._peers)

    def close_forsaken(self, reachable: set[bytes], now: float) -> None:
        """Closes the sessions of drivers that have been out of reach for a minute.

        Args:
            reachable: peers whose connection stands.
            now: monotonic time, seconds.
        """
        for driver in list(self._drivers.values()):
            if driver.peer in reachable and self._peers.get(driver.peer) is driver:
                driver.gone_since = None
            elif driver.gone_since is None:
                driver.gone_since = now
            elif now - driver.gone_since >= SECONDS_TO_RETURN:
                self._dismiss(driver)

    def close(self, reason: str) -> Frames:
        """Closes all environments. What to say to all drivers."""
        for driver in list(self._drivers.values()):
            self._dismiss(driver)
        return encode(Message(BYE, meta={"reason": reason}))

    def _meet(self, peer: bytes, message: Message) -> Frames | None:
        try:
            theirs = read_greeting(message.meta)
        except ProtocolError as error:
            return self._error(message, error)
        if message.type == HELLO:
            answer = answer_greeting(self.greeting, theirs)
            if answer.type == REJECT:
                return encode(answer)
        else:
            answer = None
            self.must_greet = False
        instance = theirs["instance"]
        for before in [one for one in self._drivers.values() if one.peer == peer]:
            if before.instance != instance:
                self._dismiss(before)
        driver = self._drivers.setdefault(instance, _Driver(instance, peer))
        if self._peers.get(driver.peer) is driver:
            del self._peers[driver.peer]
        driver.peer = peer
        driver.gone_since = None
        self._peers[peer] = driver
        return answer and encode(answer)

    def _dismiss(self, driver: _Driver) -> None:
        del self._drivers[driver.instance]
        if self._peers.get(driver.peer) is driver:
            del self._peers[driver.peer]
        for opened in driver.sessions.values():
            opened.batch.close()

    def _serve(self, peer: bytes, request: Message) -> Frames:
        if request.epoch != self.instance:
            return self._error(request, Refusal("epoch", "The request was meant for another host."))
        driver = self._peers.get(peer)
        if driver is None:
            return self._error(request, Refusal("state", "Expected HELLO before any request."))
        number, seq = request.session, request.seq
        opened = driver.sessions.get(number)
        if opened is None:
            if number in driver.ended and driver.ended[number][0] == seq:
                return driver.ended[number][1]
            if request.type != OPEN:
                return self._error(request, Refusal("no-session", f"There is no session {number}."))
            return self._open(driver, request)
        if seq == opened.seq:
            return opened.answer
        if seq != opened.seq + 1:
            return self._error(request, Refusal("state", f"Expected request {opened.seq + 1}, got {seq}."))
        if request.type == CLOSE:
            del driver.sessions[number]
            opened.batch.close()
            answer = encode(self._response(request, Reply()))
            self._end(driver, request, answer)
            return answer
        opened.seq, opened.answer = seq, self._carry_out(opened.batch, request)
        return opened.answer

    def _open(self, driver: _Driver, request: Message) -> Frames:
        if request.seq != 1 or request.session == 0:
            text = "Expected a session from 1, opened by request 1"
            got = f"session {request.session}, request {request.seq}"
            return self._error(request, Refusal("state", f"{text}; got {got}."))
        try:
            if self.session_count >= self._max_sessions:
                text = f"This host has {self._max_sessions} sessions already, as many as it takes."
                raise Refusal("busy", text, "Try later, or start the host with a higher --max-sessions.")
            batch = ServedBatch(request.meta or {}, self._catalogue)
        except Exception as error:
            answer = self._error(request, error)
            self._end(driver, request, answer)
            return answer
        answer = self._encode(request, batch.opened)
        driver.sessions[request.session] = _Open(batch, request.seq, answer)
        driver.ended.pop(request.session, None)
        return answer

    def _end(self, driver: _Driver, request: Message, answer: Frames) -> None:
        driver.ended[request.session] = request.seq, answer
        if len(driver.ended) > _MOST_ENDED:
            driver.ended.popitem(last=False)

    def _carry_out(self, batch: ServedBatch, request: Message) -> Frames:
        try:
            reply = batch.answer(request)
        except Exception as error:
            return self._error(request, error)
        return self._encode(request, reply)

    def _encode(self, request: Message, reply: Reply) -> Frames:
        try:
            return encode(self._response(request, reply))
        except ProtocolError as error:
            return self._error(request, Refusal(error.code, f"The answer is too large: {error}", "Use smaller batches."))
        except Exception as error:
            return self._error(request, error)

    def _response(self, request: Message, reply: Reply) -> Message:
        return Message(
            request.type + 1,
            request.session,
            self.instance,
            request.seq,
            reply.rows,
            reply.meta,
            reply.buffers,
            reply.final,
        )

    def _error(self, request: Message, error: Exception) -> Frames:
        return encode(
            Message(ERROR, request.session, self.instance, request.seq, meta=_describe(error, self._local))
        )


def _describe(error: Exception, local: bool) -> dict[str, Any]:
    failure = isinstance(error, EnvironmentFailure)
    code = "environment" if failure else getattr(error, "code", "internal")
    told: dict[str, Any] = {"code": code, "message": str(error) or type(error).__name__}
    for key in ("hint", "index", "exception", "traceback"):
        value = getattr(error, key, None)
        if value is not None and (key != "traceback" or local):
            told[key] = value
    if code == "internal":
        told["exception"] = type(error).__name__
    return told


def _answer_malformed(frames: Frames, error: ProtocolError) -> Frames | None:
    """ERROR if the header can be read. Errors and answers are not answered, or two might go on for ever."""
    header = bytes(frames[0]) if frames else b""
    if len(header) != _HEADER.size:
        return None
    magic, _, kind, _, session, epoch, seq, _, _ = _HEADER.unpack(header)
    if magic != b"UPSL" or kind in (ERROR, PONG, REJECT):
        return None
    return encode(Message(ERROR, session, epoch, seq, meta={"code": error.code, "message": str(error)}))
