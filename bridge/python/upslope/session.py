"""One batch of environments on a host, and its requests, which are carried out exactly once."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import Denied, HostLost, RemoteError, UpslopeError
from .link import Link
from .protocol import CLOSE, ERROR, Message, encode


class Session:
    """A batch on a host: one question at a time, numbered."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.number = next(link.numbers)
        self.epoch = link.instance
        self.seq = 0
        #: What is asked for at present, for messages.
        self.what = ""
        self.frames: Sequence[Any] = ()
        self.since = 0.0
        self.due: float | None = None
        self.answer: Message | None = None
        self._type = 0
        self._pid = os.getpid()

    def send(
        self,
        kind: int,
        what: str,
        seconds: float | None,
        *,
        meta: dict[str, Any] | None = None,
        buffers: Sequence[Any] = (),
        rows: int = 0,
    ) -> None:
        """Asks, without waiting. What an interrupted wait has left unanswered is waited for first, and dropped.

        Args:
            kind: type of the message.
            what: for messages: `stepping CartPole-v1`.
            seconds: within which the answer is due; None for no limit.

        Raises:
            HostLost: the host is gone, or this process was forked from the one that has the session.
        """
        if self._pid != os.getpid():
            raise HostLost(f"The session belongs to process {self._pid}, of which this is a copy.")
        if self._type:
            try:
                self.receive()
            except RemoteError:
                pass
        self.frames = encode(
            Message(kind, self.number, self.epoch, self.seq + 1, rows, meta=meta, buffers=buffers)
        )
        self.seq += 1
        self.what = what
        self._type = kind
        self.since = time.monotonic()
        self.due = None if seconds is None else self.since + seconds
        self.link.post(self)

    def receive(self) -> Message:
        """The answer.

        Raises:
            RemoteError: the host answers with an error.
            HostLost: the host is gone, does not answer in time, or does not know the session.
        """
        message = self.link.wait(self)
        kind, self._type = self._type, 0
        if message.type == kind + 1:
            return message
        if message.type == ERROR:
            raise self._error(message.meta or {})
        raise UpslopeError(f"{self.link.where} answered {self.what} with a message of type {message.type}.")

    def request(self, kind: int, what: str, seconds: float | None, **parts: Any) -> Message:
        """Asks, and waits for the answer."""
        self.send(kind, what, seconds, **parts)
        return self.receive()

    def closing(self) -> Sequence[Any]:
        """The message that ends this session."""
        self.seq += 1
        return encode(Message(CLOSE, self.number, self.epoch, self.seq))

    def close(self, seconds: float = 5.0) -> None:
        """Has the host close the environments; a host that is gone has done so already."""
        if self._pid != os.getpid():
            return
        try:
            if self._type:
                # One question at a time. An unfinished step is given a moment.
                self.due = min(self.due or float("inf"), time.monotonic() + 1.0)
            self.request(CLOSE, "closing", seconds)
        except UpslopeError:
            self.link.abandon(self)
            self.link.close_abandoned()

    def _error(self, meta: Mapping[str, Any]) -> Exception:
        code = str(meta.get("code", "internal"))
        message = str(meta.get("message", ""))
        if code == "epoch":
            self.link.forget()
        if code in ("epoch", "no-session"):
            return HostLost(f"{self.link.where} has forgotten the session: {message}")
        known = {key: meta.get(key) for key in ("hint", "index", "exception", "traceback")}
        return (Denied if code == "denied" else RemoteError)(code, message, **known)
