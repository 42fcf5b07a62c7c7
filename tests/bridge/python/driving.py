"""A driver of a few lines, for tests of the host message by message."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from upslope.channels import StreamChannel
from upslope.greeting import create_greeting
from upslope.protocol import ERROR, HELLO, OPEN, PING, WELCOME, Message, decode, encode

HERE = str(Path(__file__).parent)
_PATH = os.pathsep.join(filter(None, (HERE, os.environ.get("PYTHONPATH"))))
ENVIRONMENT = {**os.environ, "PYTHONPATH": _PATH}
COMMAND = [sys.executable, "-m", "upslope.host", "--import", "oddities"]


def start_host(*arguments, **settings):
    """A host that tells its endpoint on standard error, whose first line is read."""
    process = subprocess.Popen(
        [*COMMAND, *arguments], env=ENVIRONMENT, stderr=subprocess.PIPE, text=True, **settings
    )
    process.said = process.stderr.readline()
    process.endpoint = process.said.split()[-1] if process.said else ""
    return process


def stop(process):
    process.kill()
    process.communicate()


class Driver:
    """Asks over a channel, and keeps count."""

    def __init__(self, channel, peer=b""):
        self.channel = channel
        self.peer = peer
        self.greeting = create_greeting("driver")
        self.host = {}
        self.seqs = {}

    def greet(self, greeting=None):
        """As the side that has connected. Returns WELCOME or REJECT."""
        self.say(Message(HELLO, meta=greeting or self.greeting))
        answer = self.hear()
        self.host = answer.meta
        return answer

    def welcome(self, timeout=20.0):
        """As the side that was connected to."""
        due = time.monotonic() + timeout
        while time.monotonic() < due:
            received = self.channel.receive(1.0)
            if received and received[1]:
                self.peer, frames = received
                hello = decode(frames)
                if hello.type == HELLO:
                    self.host = hello.meta
                    self.say(Message(WELCOME, meta=self.greeting))
                    return self
        raise TimeoutError("no HELLO")

    def say(self, message):
        self.channel.send(self.peer, encode(message))

    def hear_frames(self, timeout=20.0):
        """The next message that is neither a PING nor a HELLO said once more."""
        due = time.monotonic() + timeout
        while (left := due - time.monotonic()) > 0:
            received = self.channel.receive(left)
            if received and received[1] and decode(received[1]).type not in (PING, HELLO):
                return [bytes(frame) for frame in received[1]]
        raise TimeoutError("no answer")

    def hear(self, timeout=20.0):
        return decode(self.hear_frames(timeout))

    def ask(self, kind, meta=None, buffers=(), *, session=1, seq=None, epoch=None, rows=0):
        """Sends a request and returns the answer, whatever it is."""
        if seq is None:
            seq = self.seqs[session] = 1 if kind == OPEN else self.seqs.get(session, 0) + 1
        epoch = self.host["instance"] if epoch is None else epoch
        self.say(Message(kind, session, epoch, seq, rows, meta, list(buffers)))
        return self.hear()

    def open(self, environment, num_envs=3, *, session=1, **meta):
        request = {"environment": environment, "numEnvs": num_envs, "autoreset": "next-step", **meta}
        answer = self.ask(OPEN, request, session=session)
        if answer.type == ERROR:
            raise AssertionError(answer.meta)
        return answer


class Spawned(Driver):
    """A host that was started over a pair of sockets."""

    def __init__(self, *arguments, **settings):
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [*COMMAND, "--fd", str(theirs.fileno()), *arguments],
                env=ENVIRONMENT,
                stdin=subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                **settings,
            )
        super().__init__(StreamChannel(ours))
        self.welcome()

    def close(self):
        self.channel.close()
        self.process.stdin.close()
        self.process.wait(20)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, seconds=10.0):
    due = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < due:
        time.sleep(0.01)
    return met
