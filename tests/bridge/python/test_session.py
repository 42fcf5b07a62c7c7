"""Requests are answered once, whatever happens to the messages. The other side is played by a script."""

import threading
import unittest
from collections import deque
from collections.abc import Callable
from typing import Any

from upslope.channels import ConnectionLost, PeerGone
from upslope.errors import HostLost, RemoteError, UpslopeError
from upslope.link import Deadlines, Link, Silent
from upslope.protocol import (
    BYE,
    CLOSE,
    ERROR,
    HELLO,
    PING,
    PONG,
    REJECT,
    STEP,
    STEPPED,
    WELCOME,
    Message,
    decode,
    encode,
)
from upslope.session import Session

QUICK = Deadlines(connect=0.5, open=0.5, step=0.5, resend=0.05)


def greeting(**changes: Any) -> dict[str, Any]:
    host = {"protocol": [1, 0], "oldest": [1, 0], "role": "host", "instance": 77, "software": "upslope 0.1.0"}
    return {**host, **changes}


class Script:
    """A channel whose other side is a function of what is sent."""

    def __init__(self, answer: Callable[[Message], list[Message] | None], connects: bool = False) -> None:
        self.answer = answer
        self.sent: list[Message] = []
        self.frames: list[list[bytes]] = []
        self.closed = False
        self.lost = False
        self._coming: deque[list[bytes] | None] = deque()
        self._arrived = threading.Condition()
        if not connects:
            self.put(Message(HELLO, meta=greeting()))

    def put(self, message: Message | None) -> None:
        with self._arrived:
            self._coming.append(message and list(encode(message)))
            self._arrived.notify_all()

    def send(self, peer: bytes, frames: Any) -> None:
        if self.lost:
            raise PeerGone("gone")
        self.frames.append([bytes(frame) for frame in frames])
        message = decode(self.frames[-1])
        self.sent.append(message)
        for answer in self.answer(message) or []:
            self.put(answer)

    def receive(self, timeout: float) -> Any:
        with self._arrived:
            if not self._arrived.wait_for(lambda: self._coming or self.lost, timeout):
                return None
            if not self._coming:
                raise ConnectionLost("The other side has closed.")
            return b"", self._coming.popleft()

    def close(self) -> None:
        self.closed = True


def answer_to(message: Message, kind: int | None = None, **parts: Any) -> Message:
    kind = message.type + 1 if kind is None else kind
    return Message(kind, message.session, message.epoch, message.seq, **parts)


def obedient(message: Message) -> list[Message]:
    return [answer_to(message)] if 10 <= message.type < 30 else []


def introduced(channel: Script, connects: bool = False, deadlines: Deadlines = QUICK) -> Link:
    link = Link(channel, connects=connects, deadlines=deadlines, where="The host", advice="Look there.")
    link.introduce()
    return link


class TestGreeting(unittest.TestCase):
    def test_who_was_connected_to_answers_with_the_version(self) -> None:
        channel = Script(obedient)
        link = introduced(channel)
        welcome = channel.sent[0]
        self.assertEqual((welcome.type, welcome.meta["role"], welcome.meta["protocol"]), (WELCOME, "driver", [1, 0]))
        self.assertEqual((link.instance, link.host["software"]), (77, "upslope 0.1.0"))

    def test_who_connects_speaks_first_and_nothing_else_before_the_answer(self) -> None:
        hellos = []

        def late(message: Message) -> list[Message]:
            if message.type == HELLO:
                hellos.append(message)
                return [Message(WELCOME, meta=greeting())] if len(hellos) == 2 else []
            return obedient(message)

        channel = Script(late, connects=True)
        link = introduced(channel, connects=True, deadlines=Deadlines(connect=5))
        self.assertEqual([message.type for message in channel.sent], [HELLO, HELLO])
        Session(link).request(STEP, "stepping", 1)

    def test_strangers_are_named_and_turned_away(self) -> None:
        newer = {"protocol": [3, 1], "oldest": [2, 0], "software": "upslope 9.0.0"}
        for changes, words in (
            (newer, "upslope 9.0.0 versions 2.0 to 3.1"),
            (newer, "Update upslope-python .*: pip install"),
            ({"protocol": [0, 9], "oldest": [0, 1]}, "Update upslope 0.1.0: npm install"),
            ({"role": "driver"}, "Both sides are drivers"),
            ({"instance": "x"}, "Expected a greeting"),
        ):
            with self.subTest(changes=changes):
                channel = Script(obedient, connects=True)
                channel.put(Message(HELLO, meta=greeting(**changes)))
                with self.assertRaisesRegex(UpslopeError, words):
                    introduced(channel)
                self.assertEqual([message.type for message in channel.sent], [REJECT])

    def test_a_rejection_is_told(self) -> None:
        rejection = Message(REJECT, meta={"code": "version", "message": "too old", "hint": "Update it."})
        with self.assertRaisesRegex(UpslopeError, "too old\nUpdate it."):
            introduced(Script(lambda message: [rejection], connects=True), connects=True)

    def test_silence_names_the_place_and_what_to_do(self) -> None:
        with self.assertRaisesRegex(Silent, "The host: no answer within 0.5 s. Look there."):
            introduced(Script(lambda message: None, connects=True), connects=True)


class TestSession(unittest.TestCase):
    def test_requests_are_numbered(self) -> None:
        channel = Script(obedient)
        link = introduced(channel)
        sessions = [Session(link), Session(link)]
        for session in sessions + sessions[:1]:
            answer = session.request(STEP, "stepping", 1, buffers=[b"ab"], rows=3)
            self.assertEqual(answer.type, STEPPED)
        told = [(message.session, message.epoch, message.seq, message.rows) for message in channel.sent[1:]]
        self.assertEqual(told, [(1, 77, 1, 3), (2, 77, 1, 3), (1, 77, 2, 3)])
        self.assertEqual(bytes(channel.sent[1].buffers[0]), b"ab")

    def test_an_unanswered_request_is_sent_again_unchanged(self) -> None:
        channel = Script(lambda message: obedient(message) if len(channel.sent) == 4 else [])
        link = introduced(channel)
        Session(link).request(STEP, "stepping", 5, buffers=[b"ab"])
        self.assertEqual(len(channel.frames), 4)
        self.assertEqual(channel.frames[1], channel.frames[3])

    def test_answers_that_come_twice_or_late_are_dropped(self) -> None:
        def twice(message: Message) -> list[Message]:
            if message.type != STEP:
                return []
            stale = Message(STEPPED, message.session, message.epoch, message.seq - 1, rows=9)
            return [stale, answer_to(message, rows=message.seq), answer_to(message, rows=8)]

        session = Session(introduced(Script(twice)))
        self.assertEqual([session.request(STEP, "stepping", 1).rows for _ in range(3)], [1, 2, 3])

    def test_a_host_that_is_silent_is_lost(self) -> None:
        session = Session(introduced(Script(lambda message: None)))
        with self.assertRaisesRegex(Silent, "The host: no answer within 0.2 s to stepping CartPole-v1"):
            session.request(STEP, "stepping CartPole-v1", 0.2)

    def test_an_error_is_raised_with_all_that_is_known(self) -> None:
        meta = {
            "code": "environment",
            "message": "no more fuel",
            "hint": "Fill it up.",
            "index": 3,
            "exception": "ValueError",
            "traceback": "at engine.ts:7",
        }
        session = Session(introduced(Script(lambda m: [answer_to(m, ERROR, meta=meta)] if m.type == STEP else [])))
        with self.assertRaises(RemoteError) as caught:
            session.request(STEP, "stepping", 1)
        self.assertEqual((caught.exception.code, caught.exception.index), ("environment", 3))
        for words in ("environment 3", "no more fuel", "Fill it up.", "at engine.ts:7"):
            self.assertIn(words, str(caught.exception))

    def test_what_the_host_has_forgotten_is_lost(self) -> None:
        for code in ("epoch", "no-session"):
            with self.subTest(code=code):
                meta = {"code": code, "message": "unknown"}
                channel = Script(lambda m, meta=meta: [answer_to(m, ERROR, meta=meta)] if m.type == STEP else [])
                link = introduced(channel)
                with self.assertRaises(HostLost):
                    Session(link).request(STEP, "stepping", 1)
                # After the wrong epoch the host has to say again who it is.
                self.assertEqual(link.instance, 0 if code == "epoch" else 77)

    def test_a_goodbye_or_a_closed_connection_is_a_loss_at_once(self) -> None:
        for how in ("bye", "closed"):
            with self.subTest(how=how):
                channel = Script(lambda message: None)
                session = Session(introduced(channel))

                def leave(channel: Script = channel, how: str = how) -> None:
                    if how == "bye":
                        channel.put(Message(BYE, meta={"reason": "going home"}))
                    else:
                        channel.lost = True
                        channel.put(Message(PONG))

                timer = threading.Timer(0.1, leave)
                timer.start()
                with self.assertRaisesRegex(HostLost, "going home|has closed") as caught:
                    session.request(STEP, "stepping", 60)
                self.assertNotIsInstance(caught.exception, Silent)
                timer.join()

    def test_a_ping_is_answered(self) -> None:
        channel = Script(obedient)
        session = Session(introduced(channel))
        channel.put(Message(PING, session=5, seq=9))
        session.request(STEP, "stepping", 1)
        pong = next(message for message in channel.sent if message.type == PONG)
        self.assertEqual((pong.session, pong.seq), (5, 9))

    def test_after_a_mere_reconnection_the_request_goes_out_again(self) -> None:
        steps = []

        def answer(message: Message) -> list[Message] | None:
            if message.type == HELLO:
                return [Message(WELCOME, meta=greeting())]
            steps.append(message.seq)
            if len(steps) == 1:
                channel.put(None)
                return None
            return obedient(message)

        channel = Script(answer, connects=True)
        link = introduced(channel, connects=True, deadlines=Deadlines(resend=60))
        Session(link).request(STEP, "stepping", 5)
        self.assertEqual([message.type for message in channel.sent], [HELLO, STEP, HELLO, STEP])
        self.assertEqual(steps, [1, 1])

    def test_another_instance_has_nothing_of_the_last_one(self) -> None:
        def answer(message: Message) -> list[Message] | None:
            if message.type == HELLO:
                instance = 77 + sum(sent.type == HELLO for sent in channel.sent)
                return [Message(WELCOME, meta=greeting(instance=instance))]
            channel.put(None)
            return None

        channel = Script(answer, connects=True)
        link = introduced(channel, connects=True)
        with self.assertRaisesRegex(HostLost, "started anew"):
            Session(link).request(STEP, "stepping", 5)
        self.assertEqual(link.instance, 79)
        self.assertEqual(Session(link).epoch, 79)

    def test_an_interrupted_wait_leaves_the_session_usable(self) -> None:
        channel = Script(lambda message: obedient(message) if message.seq != 1 else [])
        link = introduced(channel)
        session = Session(link)
        receive = channel.receive

        def interrupt(timeout: float) -> None:
            channel.receive = receive
            raise KeyboardInterrupt

        channel.receive = interrupt
        with self.assertRaises(KeyboardInterrupt):
            session.request(STEP, "stepping", 1)
        channel.put(Message(STEPPED, session.number, 77, 1, rows=1))
        answer = session.request(STEP, "stepping", 1)
        self.assertEqual(answer.seq, 2)
        session.close()
        self.assertEqual(channel.sent[-1].type, CLOSE)

    def test_an_abandoned_session_is_closed_with_the_next_request(self) -> None:
        channel = Script(obedient)
        link = introduced(channel)
        left, kept = Session(link), Session(link)
        left.request(STEP, "stepping", 1)
        link.abandon(left)
        kept.request(STEP, "stepping", 1)
        told = [(message.type, message.session, message.seq) for message in channel.sent[2:]]
        self.assertEqual(told, [(CLOSE, 1, 2), (STEP, 2, 1)])

    def test_threads_share_a_connection(self) -> None:
        def in_turn(message: Message) -> list[Message] | None:
            if message.type == STEP:
                # The slow session asks first, and is answered last.
                delay = 0.2 if message.session == 1 else 0.05
                threading.Timer(delay, channel.put, [answer_to(message, rows=message.session)]).start()
            return None

        channel = Script(in_turn)
        link = introduced(channel, deadlines=Deadlines(resend=60))
        sessions = [Session(link) for _ in range(6)]
        rows: dict[int, int] = {}
        finished: list[int] = []

        def step(session: Session) -> None:
            for _ in range(3):
                rows[session.number] = session.request(STEP, "stepping", 10).rows
            finished.append(session.number)

        threads = [threading.Thread(target=step, args=[session]) for session in sessions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        self.assertEqual(rows, {number: number for number in range(1, 7)})
        self.assertEqual((len(finished), finished[-1]), (6, 1))

    def test_closing_says_goodbye(self) -> None:
        channel = Script(obedient)
        link = introduced(channel)
        link.close()
        link.close()
        self.assertEqual([message.type for message in channel.sent], [WELCOME, BYE])
        self.assertTrue(channel.closed)


if __name__ == "__main__":
    unittest.main()
