"""The driver's side of a connection: who the host is, and messages to and from it, for all who share it."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .channels import ConnectionLost, PeerGone
from .errors import Denied, HostLost, UpslopeError
from .greeting import answer_greeting, create_greeting, read_greeting
from .protocol import (
    BYE,
    HELLO,
    PING,
    PONG,
    REJECT,
    WELCOME,
    Message,
    ProtocolError,
    decode,
    encode,
)

if TYPE_CHECKING:
    from .session import Session


@dataclass(frozen=True)
class Deadlines:
    """How long a host may take before it counts as lost, in seconds; `None` waits for ever."""

    #: To be reached, and to say who it is.
    connect: float = 30.0
    #: To make environments, and to reset them.
    open: float | None = 60.0
    #: To step, to render.
    step: float | None = 30.0
    #: After this time without an answer a request is sent again; hosts carry it out once.
    resend: float = 5.0


class Silent(HostLost):
    """A host at an address did not answer in time. Nothing tells that it will, so nobody tries again."""


class Link:
    """A connection to one host, shared by the sessions held with it.

    Threads may share it: whichever waits reads for all.

    Args:
        channel: a `StreamChannel` or `DealerChannel`.
        connects: whether this side has connected, and so speaks first.
        where: the host, for messages: `tcp://lab3:5557`.
        advice: what to do when it does not answer.
        autopsy: tells what became of a host whose connection has ended.
    """

    def __init__(
        self,
        channel: Any,
        *,
        connects: bool,
        deadlines: Deadlines,
        where: str,
        advice: str = "",
        autopsy: Callable[[], str] | None = None,
    ) -> None:
        self.where = where
        self.advice = advice
        self._autopsy = autopsy
        self.deadlines = deadlines
        #: What the host has said of itself.
        self.host: dict[str, Any] = {}
        #: The host's instance, 0 while there is none.
        self.instance = 0
        self._channel = channel
        self._connects = connects
        self._mine = create_greeting("driver")
        self._pid = os.getpid()
        #: Of sessions.
        self.numbers = itertools.count(1)
        self._waiting: dict[int, Session] = {}
        self._abandoned: deque[Session] = deque()
        self._greeted = False
        self._next_hello = 0.0
        self._gone = False
        self._reason = "it has not answered yet"
        self._fault: Exception | None = None
        self._sending = threading.Lock()
        self._lock = threading.Lock()
        self._read = threading.Condition(self._lock)
        #: The thread that reads, for all.
        self._reader: int | None = None
        self._idle = 0

    @property
    def is_gone(self) -> bool:
        """Whether this connection is over for good, or that of the process from which this one was forked."""
        return self._gone or self._pid != os.getpid()

    def introduce(self) -> None:
        """Waits until the host has said who it is.

        Raises:
            HostLost: it did not within the deadline, or the connection ended.
            UpslopeError: it speaks no version of the protocol that this side speaks.
        """
        due = time.monotonic() + self.deadlines.connect
        while self.instance == 0:
            self._raise_fault()
            if self._gone:
                raise HostLost(f"{self.where} is lost: {self._reason}.")
            now = time.monotonic()
            if refused := getattr(self._channel, "refused", None):
                raise Denied("denied", f"{refused}.")
            if now >= due:
                raise Silent(self._text(f"no answer within {self.deadlines.connect:g} s"))
            self._say_hello(now)
            self._take_turn(min(due - now, 1.0))

    def post(self, session: Session) -> None:
        """Sends a session's request."""
        self._check(session)
        if self._abandoned:
            self.close_abandoned()
        self._waiting[session.number] = session
        if self._greeted:
            self._send(session.frames)

    def wait(self, session: Session) -> Message:
        """The answer to a session's request, which is repeated until it comes."""
        resend = self.deadlines.resend
        repeat = session.since + resend
        if session.answer is None:
            # Where an interrupt came before it was posted.
            self._waiting[session.number] = session
        while session.answer is None:
            self._check(session)
            now = time.monotonic()
            if session.due is not None and now >= session.due:
                self._waiting.pop(session.number, None)
                seconds = session.due - session.since
                raise Silent(self._text(f"no answer within {seconds:g} s to {session.what}"))
            if now >= repeat:
                repeat = now + resend
                if self._greeted:
                    self._send(session.frames)
            self._say_hello(now)
            until = repeat if session.due is None else min(repeat, session.due)
            self._take_turn(until - now if self._greeted else min(until - now, 1.0), session)
        answer, session.answer = session.answer, None
        return answer

    def abandon(self, session: Session) -> None:
        """Has a session closed at the next opportunity. For collectors of garbage, who may come at any moment."""
        self._abandoned.append(session)

    def close_abandoned(self) -> None:
        """Has the host close what has been abandoned, without waiting for it."""
        while self._abandoned:
            session = self._abandoned.popleft()
            self._waiting.pop(session.number, None)
            if session.epoch == self.instance and self._greeted:
                self._send(session.closing())

    def forget(self) -> None:
        """Has the host introduce itself anew, because it turned out to be another incarnation."""
        self._lose("it was started anew")

    def close(self) -> None:
        """Says goodbye. May be called again."""
        if self._pid != os.getpid():
            return
        try:
            if self._greeted and not self._gone:
                self._say(BYE, {"reason": "done"})
        except UpslopeError:
            pass
        self.drop()

    def drop(self) -> None:
        """Closes this process's end of the connection, without a word to the host."""
        if not self._gone:
            self._gone = True
            self._lose("its connection is closed")
        self._channel.close()

    def _check(self, session: Session) -> None:
        self._raise_fault()
        if session.epoch != self.instance or self._gone:
            self._waiting.pop(session.number, None)
            raise HostLost(f"{self.where} is lost: {self._reason}.")

    def _raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _text(self, what: str) -> str:
        return f"{self.where}: {what}. {self.advice}".rstrip()

    def _take_turn(self, seconds: float, session: Session | None = None) -> None:
        """Reads one message, or waits while another thread does."""
        me = threading.get_ident()
        with self._lock:
            if session is not None and session.answer is not None:
                return
            # What an interrupt has left behind of this thread itself does not count.
            if self._reader not in (None, me):
                self._idle += 1
                self._read.wait(seconds)
                self._idle -= 1
                return
            self._reader = me
        try:
            received = self._channel.receive(seconds if seconds > 0.0 else 0.0)
            if received is not None:
                self._take(received[1])
        except ConnectionLost as error:
            self._gone = True
            self._lose(self._how(error))
        except ProtocolError as error:
            self._gone = True
            self._lose(f"it sent what is no message: {error}")
        finally:
            with self._lock:
                self._reader = None
                if self._idle:
                    self._read.notify_all()

    def _take(self, frames: Sequence[Any] | None) -> None:
        if frames is None:
            self._greeted = False
            self._next_hello = 0.0
            return
        message = decode(frames)
        session = self._waiting.get(message.session)
        if session is not None and session.seq == message.seq and message.type != PING:
            del self._waiting[message.session]
            session.answer = message
        elif message.type == (WELCOME if self._connects else HELLO):
            self._meet(message.meta or {})
        elif message.type == REJECT:
            self._fault = _rejection(message.meta or {})
        elif message.type == PING:
            self._say(PONG, session=message.session, seq=message.seq)
        elif message.type == BYE:
            reason = (message.meta or {}).get("reason")
            self._lose(f"it said goodbye: {reason}" if reason else "it said goodbye")

    def _meet(self, meta: Mapping[str, Any]) -> None:
        try:
            theirs = read_greeting(meta)
            answer = answer_greeting(self._mine, theirs)
        except ProtocolError as error:
            answer = Message(REJECT, meta={"code": error.code, "message": str(error)})
        if not self._connects:
            self._send(encode(answer))
        if answer.type == REJECT:
            self._fault = _rejection(answer.meta or {})
            return
        self._greeted = True
        if theirs["instance"] == self.instance:
            for session in list(self._waiting.values()):
                self._send(session.frames)
        else:
            if self.instance:
                self._lose("it was started anew")
            self._greeted = True
            self.host = dict(theirs)
            self.instance = theirs["instance"]

    def _lose(self, reason: str) -> None:
        self._reason = reason
        self.instance = 0
        self._greeted = False

    def _how(self, error: Exception) -> str:
        return self._autopsy() if self._autopsy else str(error).rstrip(".")

    def _say_hello(self, now: float) -> None:
        if self._connects and not self._greeted and now >= self._next_hello:
            self._next_hello = now + 1.0
            self._say(HELLO, self._mine)

    def _say(self, kind: int, meta: dict[str, Any] | None = None, session: int = 0, seq: int = 0) -> None:
        self._send(encode(Message(kind, session=session, seq=seq, meta=meta)))

    def _send(self, frames: Sequence[Any]) -> None:
        complete = False
        try:
            with self._sending:
                self._channel.send(b"", frames)
            complete = True
        except PeerGone as error:
            # A socket that connects does so again by itself, and what is unanswered is repeated then.
            complete = self._connects
            if not complete:
                self._reason = self._how(error)
        finally:
            if not complete and not self._connects:
                # Half a message may be under way, as after an interrupt: the stream cannot be used again.
                self._gone = True
                self.instance = 0


def _rejection(meta: Mapping[str, Any]) -> Denied:
    return Denied(str(meta.get("code", "denied")), str(meta.get("message", "")), hint=meta.get("hint"))
