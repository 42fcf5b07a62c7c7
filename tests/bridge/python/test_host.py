"""The host, as a process of its own, over sockets."""

import random
import signal
import struct
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest
from pathlib import Path
from unittest import mock

import gymnasium
import numpy as np
import oddities
from driving import ENVIRONMENT, Driver, Spawned, is_running, start_host, stop, wait_until
from gymnasium.vector import AutoresetMode

from upslope.catalogue import Catalogue
from upslope.channels import ConnectionLost, DealerChannel, RouterChannel
from upslope.errors import UpslopeError
from upslope.greeting import create_greeting
from upslope.infos import decode_infos
from upslope.keys import load_keys, write_key_pair
from upslope.layout import Layout
from upslope.protocol import (
    BYE, CLOSE, CLOSED, ERROR, HELLO, OPEN, OPENED, PING, PONG, REJECT, RENDER, RENDERED, RESET, STARTED,
    STEP, STEPPED, WELCOME, Message, decode, encode,
)  # fmt: skip
from upslope.serving import Host
from upslope.spaces import space_from

MODES = {
    "next-step": AutoresetMode.NEXT_STEP,
    "same-step": AutoresetMode.SAME_STEP,
    "disabled": AutoresetMode.DISABLED,
}


def same(a, b):
    """Equal in value, type, dtype and shape, NaN being itself."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray) and a.dtype == object:
        return a.shape == b.shape and all(same(x, y) for x, y in zip(a.flat, b.flat, strict=True))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b or (a != a and b != b)


class Batch:
    """An opened batch, its messages turned into values."""

    def __init__(self, driver, environment, n, mode, session=1, **meta):
        opened = driver.open(environment, n, autoreset=mode, session=session, **meta)
        self.driver, self.n, self.session, self.opened = driver, n, session, opened
        self.observations = Layout(space_from(opened.meta["observationSpace"]))
        self.actions = Layout(space_from(opened.meta["actionSpace"]))

    def ask(self, kind, meta=None, buffers=()):
        answer = self.driver.ask(kind, meta, buffers, session=self.session, rows=self.n)
        if answer.type == ERROR:
            raise AssertionError(answer.meta)
        return answer

    def reset(self, seed=None, options=None, mask=None):
        buffers = [] if mask is None else [mask.astype(np.uint8).tobytes()]
        answer = self.ask(RESET, {"seed": seed, "options": options}, buffers)
        observation, rest = self._split(answer.buffers)
        return observation, self._infos(answer, rest)

    def step(self, actions):
        answer = self.ask(STEP, None, self.actions.encode(actions, self.n))
        observation, (reward, terminated, truncated, *rest) = self._split(answer.buffers)
        final = {}
        if answer.final:
            final["rows"] = np.frombuffer(rest[0], "<i4").tolist()
            count = self.observations.buffer_count
            final["values"] = self.observations.decode_values(rest[1 : 1 + count], len(final["rows"]))
            rest = rest[1 + count :]
        flags = [np.frombuffer(flag, np.uint8) != 0 for flag in (terminated, truncated)]
        return observation, np.frombuffer(reward, "<f8"), *flags, self._infos(answer, rest), final

    def _split(self, buffers):
        count = self.observations.buffer_count
        return self.observations.decode(buffers[:count], self.n), buffers[count:]

    def _infos(self, answer, rest):
        return decode_infos(answer.meta["infos"], rest) if answer.meta else {}


def take_final(infos):
    """The final observations as the wire has them, out of Gymnasium's infos."""
    if "_final_obs" not in infos:
        return {}
    rows = np.flatnonzero(infos.pop("_final_obs")).tolist()
    final = infos.pop("final_obs")
    return {"rows": rows, "values": [final[row] for row in rows]}


class TestParity(unittest.TestCase):
    """Everything a driver sees is what Gymnasium's own vector environment gives in one process."""

    def compare(self, driver, environment, mode, steps, n=3, **settings):
        reference = gymnasium.make_vec(
            environment,
            n,
            vectorization_mode="sync",
            vector_kwargs={"autoreset_mode": MODES[mode]},
            **settings,
        )
        wire = {"maxEpisodeSteps": settings["max_episode_steps"]} if settings else {}
        batch = Batch(driver, environment, n, mode, 1 + len(driver.seqs), **wire)
        reference.action_space.seed(3)
        expected, got = reference.reset(seed=42), batch.reset(seed=42)
        self.assertTrue(same(expected, got), (expected, got))
        ended = finals = 0
        for step in range(steps):
            actions = reference.action_space.sample()
            *expected, infos = reference.step(actions)
            *got, got_infos, final = batch.step(actions)
            self.assertTrue(same(expected, got), (step, expected, got))
            if mode == "same-step":
                wanted = take_final(infos)
                self.assertTrue(same(wanted, final), (step, wanted, final))
                finals += len(final.get("rows", []))
            self.assertTrue(same(infos, got_infos), (step, infos, got_infos))
            done = expected[2] | expected[3]
            ended += done.sum()
            if mode == "disabled" and done.any():
                options = {"why": step}
                expected = reference.reset(seed=[step, None, 7], options={**options, "reset_mask": done})
                got = batch.reset([step, None, 7], options, done)
                self.assertTrue(same(expected, got), (step, expected, got))
        self.assertGreater(ended, 20)
        self.assertEqual(finals, ended if mode == "same-step" else 0)
        self.assertEqual(batch.ask(CLOSE).type, CLOSED)
        reference.close()

    def test_over_a_pair_of_sockets(self):
        driver = Spawned()
        self.addCleanup(driver.close)
        for mode in MODES:
            with self.subTest(mode, environment="CartPole-v1"):
                self.compare(driver, "CartPole-v1", mode, 1000, max_episode_steps=30)
            with self.subTest(mode, environment="Oddity"):
                self.compare(driver, "oddities/Oddity-v0", mode, 1000)

    def test_over_tcp(self):
        host = start_host("--bind", "tcp://127.0.0.1:*")
        self.addCleanup(stop, host)
        driver = Driver(DealerChannel(host.endpoint))
        self.addCleanup(driver.channel.close)
        wait_until(lambda: driver.channel.receive(1.0))
        driver.greet()
        self.compare(driver, "CartPole-v1", "same-step", 1000, max_episode_steps=30)

    def test_values_without_arrays(self):
        driver = Spawned()
        self.addCleanup(driver.close)
        batch = Batch(driver, "oddities/Words-v0", 2, "same-step")
        self.assertEqual(batch.reset(seed=1), (("", ""), {}))
        words = (np.array([1, 0, 3]), np.array([], np.int64)), (np.array([7] * 30), np.array([5]))
        for _ in range(2):
            observation, reward, *_ = batch.step(words[0])
            self.assertEqual(observation, ("bad", ""))
            self.assertEqual(reward.tolist(), [3, 0])
        batch.step(words[0])
        batch.step(words[0])
        observation, *_, final = batch.step(words[1])
        self.assertEqual((observation, final), (("", ""), {"rows": [0, 1], "values": ["h" * 20, "f"]}))
        refused = driver.ask(STEP, None, batch.actions.encode((np.array([8]), np.array([0])), 2))
        self.assertEqual((refused.meta["code"], refused.meta["index"]), ("bad-request", 0))

    def test_what_it_tells_of_the_environment(self):
        driver = Spawned()
        self.addCleanup(driver.close)
        opened = driver.open("CartPole-v1", 5, maxEpisodeSteps=30)
        self.assertEqual((opened.type, opened.rows, opened.session), (OPENED, 5, 1))
        spec = {"id": "CartPole-v1", "maxEpisodeSteps": 30, "rewardThreshold": 475.0}
        self.assertEqual(opened.meta["spec"], {**spec, "nondeterministic": False})
        self.assertEqual(space_from(opened.meta["actionSpace"]), gymnasium.make("CartPole-v1").action_space)
        odd = driver.open("oddities/Oddity-v0", 1, session=2)
        self.assertEqual(odd.meta["metadata"], {"render_modes": ["rgb_array", "ansi"], "render_fps": 12})

    def test_which_infos_are_wanted(self):
        driver = Spawned()
        self.addCleanup(driver.close)
        some = Batch(driver, "oddities/Oddity-v0", 1, "same-step", infos=["count", "name"])
        none = Batch(driver, "oddities/Oddity-v0", 1, "same-step", 2, infos="none")
        actions = {"push": np.zeros((1, 2), np.float32), "gear": np.zeros(1, np.int64)}
        self.assertEqual(some.reset(seed=1)[1], {})
        self.assertEqual(none.reset(seed=1)[1], {})
        seen = set()
        for _ in range(9):
            *_, infos, final = some.step(actions)
            *_, nothing, last = none.step(actions)
            self.assertEqual(nothing, {})
            self.assertTrue(same(final, last))
            seen |= set(infos) | {f"final {key}" for key in infos.get("final_info", {}) if key[0] != "_"}
        self.assertLessEqual({"count", "name", "final count"}, seen)
        names = {key.removeprefix("_") for key in seen}
        self.assertLessEqual(names, {"count", "name", "final_info", "final count", "final name"})

    def test_rendering(self):
        driver = Spawned()
        self.addCleanup(driver.close)
        pixels = Batch(driver, "oddities/Oddity-v0", 2, "next-step", renderMode="rgb_array")
        self.assertEqual(driver.ask(RENDER).meta["code"], "state")
        pixels.reset(seed=1)
        pixels.step({"push": np.zeros((2, 2), np.float32), "gear": np.zeros(2, np.int64)})
        answer = pixels.ask(RENDER)
        self.assertEqual((answer.type, answer.meta), (RENDERED, {"frames": [{"shape": [2, 3, 3]}] * 2}))
        self.assertEqual([bytes(buffer) for buffer in answer.buffers], [b"\1" * 18] * 2)
        text = Batch(driver, "oddities/Oddity-v0", 1, "next-step", 2, renderMode="ansi")
        text.reset()
        self.assertEqual(text.ask(RENDER).meta, {"frames": [{"text": "count 0"}]})
        nothing = Batch(driver, "oddities/Oddity-v0", 1, "next-step", 3)
        nothing.reset()
        self.assertEqual(nothing.ask(RENDER).meta, {"frames": [None]})


class TestRequests(unittest.TestCase):
    """One host for all, a session each."""

    @classmethod
    def setUpClass(cls):
        cls.driver = Spawned("--allow", "CartPole-v1", "--allow", "oddities/*", "--allow", "LunarLander-v3")
        cls.sessions = iter(range(1, 1000))

    @classmethod
    def tearDownClass(cls):
        cls.driver.close()

    def batch(self, environment="CartPole-v1", n=3, mode="next-step", **meta):
        return Batch(self.driver, environment, n, mode, next(self.sessions), **meta)

    def refused(self, code, kind, meta=None, buffers=(), **settings):
        answer = self.driver.ask(kind, meta, buffers, **settings)
        self.assertEqual((answer.type, answer.meta.get("code")), (ERROR, code), answer.meta)
        return answer.meta

    def refused_open(self, code, **meta):
        request = {"environment": "CartPole-v1", "numEnvs": 2, "autoreset": "next-step", **meta}
        return self.refused(code, OPEN, request, session=next(self.sessions))

    def actions(self, *values):
        return [np.array(values, "<i8").tobytes()]

    def test_what_may_be_made(self):
        self.assertIn("--allow Acrobot-v1", self.refused_open("denied", environment="Acrobot-v1")["hint"])
        self.refused_open("denied", environment="oddities:CartPole-v1")
        self.refused_open("denied", environment="CartPole-v11")
        unknown = self.refused_open("unknown-environment", environment="oddities/Odity-v0")
        self.assertIn("Did you mean oddities/Oddity-v0", unknown["hint"])
        missing = self.refused_open("missing-package", environment="LunarLander-v3")
        self.assertIn("pip install", missing["hint"])

    def test_what_an_open_must_hold(self):
        for wrong in (
            {"numEnvs": 0}, {"numEnvs": True}, {"numEnvs": 1e9}, {"numEnvs": 2.0}, {"autoreset": "sometimes"},
            {"environment": 5}, {"options": [1]}, {"maxEpisodeSteps": 0}, {"onError": "hide"}, {"infos": 3},
            {"options": {"max_episode_steps": 3}}, {"options": {"no_such_option": 3}},
        ):  # fmt: skip
            with self.subTest(wrong):
                self.refused_open("bad-request", **wrong)

    def test_requests_out_of_order(self):
        n = self.batch(mode="disabled", maxEpisodeSteps=2).session
        self.refused("state", STEP, None, self.actions(0, 1, 0), session=n)
        self.refused("state", RENDER, session=n)
        self.refused("state", RESET, {}, [b"\1\0\0"], session=n)
        self.refused("state", OPEN, {}, session=n, seq=self.driver.seqs[n] + 1)
        self.driver.seqs[n] += 1
        self.assertEqual(self.driver.ask(RESET, {"seed": 1}, session=n).type, STARTED)
        for _ in range(2):
            self.assertEqual(self.driver.ask(STEP, None, self.actions(0, 1, 0), session=n).type, STEPPED)
        told = self.refused("state", STEP, None, self.actions(0, 1, 0), session=n)
        self.assertIn("[0, 1, 2]", told["message"])
        self.assertEqual(self.driver.ask(RESET, {}, [b"\1\0\1"], session=n).type, STARTED)
        self.assertIn("[1]", self.refused("state", STEP, None, self.actions(0, 1, 0), session=n)["message"])
        self.refused("state", STEP, session=n, seq=self.driver.seqs[n] + 2)
        self.refused("state", STEP, session=n, seq=self.driver.seqs[n] - 1)

    def test_what_a_reset_must_hold(self):
        n = self.batch().session
        for meta in ({"seed": -1}, {"seed": 1.5}, {"seed": True}, {"seed": [1, 2]}, {"seed": [1, 2, -3]},
                     {"seed": "1"}, {"options": [1]}, {"options": {"reset_mask": [True]}}):  # fmt: skip
            with self.subTest(meta):
                self.refused("bad-request", RESET, meta, session=n)
        self.refused("bad-request", RESET, {}, [b"\1\1\1"], session=n)
        disabled = self.batch(mode="disabled").session
        self.assertEqual(self.driver.ask(RESET, {"seed": 2**70}, session=disabled).type, STARTED)
        for mask in (b"\0\0\0", b"\1", b""):
            self.refused("bad-request", RESET, {}, [mask], session=disabled)

    def test_seeds_are_one_an_environment(self):
        together, apart = self.batch(), self.batch()
        first = together.reset(seed=5)
        self.assertTrue(same(first, apart.reset(seed=[5, 6, 7])))
        self.assertFalse(same(first, together.reset()))

    def test_actions_out_of_their_space_are_named(self):
        batch = self.batch()
        batch.reset(seed=1)
        told = self.refused("bad-request", STEP, None, self.actions(0, 7, 1), session=batch.session)
        self.assertEqual(told["index"], 1)
        self.assertIn("expected action to be a whole number from 0 to 1; got 7", told["message"])
        self.refused("bad-request", STEP, None, self.actions(0, 1, -1), session=batch.session)
        odd = self.batch("oddities/Oddity-v0", 2)
        odd.reset(seed=1)
        actions = {"push": np.array([[0, 0], [0, np.nan]], np.float32), "gear": np.array([0, -1])}
        for leaf, value, mended in (("push", "nan", [0, 1e9]), ("gear", "2", -1)):
            actions["gear"][1] = 2 if leaf == "gear" else -1
            buffers = odd.actions.encode(actions, 2)
            told = self.refused("bad-request", STEP, None, buffers, session=odd.session)
            self.assertIn(f"action.{leaf}", told["message"])
            self.assertIn(value, told["message"].split("; got ")[1])
            actions[leaf][1] = mended
        odd.step(actions)

    def test_actions_of_the_wrong_length_change_nothing(self):
        batch, twin = self.batch(), self.batch()
        self.assertTrue(same(batch.reset(seed=1), twin.reset(seed=1)))
        for buffers in ([], [b"\0" * 23], [b"\0" * 25], [b"\0" * 24, b""]):
            answer = self.driver.ask(STEP, None, buffers, session=batch.session)
            self.assertEqual(answer.type, ERROR)
            self.assertIn(answer.meta["code"], ("bad-request", "protocol"))
        self.assertTrue(same(batch.step(np.array([0, 1, 0])), twin.step(np.array([0, 1, 0]))))

    def test_actions_after_an_end_are_ignored(self):
        batch = self.batch(maxEpisodeSteps=1)
        batch.reset(seed=1)
        *_, truncated, _, _ = batch.step(np.array([0, 1, 0]))
        self.assertTrue(truncated.all())
        _, reward, *flags, _, _ = batch.step(np.array([-5, 99, 1]))
        self.assertEqual((reward.tolist(), np.any(flags)), ([0, 0, 0], False))
        self.refused("bad-request", STEP, None, self.actions(-5, 0, 0), session=batch.session)

    def test_a_request_asked_again_is_answered_again_but_carried_out_once(self):
        batch, twin = self.batch(n=2), self.batch(n=2)
        batch.reset(seed=3), twin.reset(seed=3)
        driver, seq = self.driver, self.driver.seqs[batch.session] + 1
        step = Message(STEP, batch.session, driver.host["instance"], seq, 2, None, self.actions(0, 0))
        answers = []
        for _ in range(3):
            driver.say(step)
            answers.append(driver.hear_frames())
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(answers[0], answers[2])
        driver.seqs[batch.session] = seq
        twin.step(np.zeros(2, np.int64))
        self.assertTrue(same(batch.step(np.ones(2, np.int64)), twin.step(np.ones(2, np.int64))))

    def test_the_beginning_and_the_end_may_be_asked_for_again(self):
        batch = self.batch()
        again = self.driver.ask(OPEN, {"environment": "other"}, session=batch.session, seq=1)
        self.assertEqual((again.type, again.meta), (OPENED, batch.opened.meta))
        batch.ask(CLOSE)
        self.assertEqual(self.driver.ask(CLOSE, session=batch.session, seq=2).type, CLOSED)
        self.refused("no-session", STEP, session=batch.session, seq=3)
        self.refused("no-session", STEP, session=987654)
        n = next(self.sessions)
        request = {"environment": "no", "numEnvs": 1, "autoreset": "disabled"}
        first = self.refused("denied", OPEN, request, session=n)
        self.assertEqual(self.refused("denied", OPEN, {}, session=n, seq=1), first)

    def test_requests_to_another_incarnation(self):
        batch = self.batch()
        self.refused("epoch", RESET, {}, session=batch.session, epoch=self.driver.host["instance"] ^ 1)

    def test_questions_and_types_unknown(self):
        self.driver.say(Message(PING, session=3, seq=9))
        answer = self.driver.hear()
        self.assertEqual((answer.type, answer.session, answer.seq), (PONG, 3, 9))
        self.driver.say(Message(PONG))
        self.driver.say(Message(ERROR, meta={"code": "internal"}))
        for kind in (STEPPED, 77):
            header, *rest = encode(Message(STEP, session=3, seq=9))
            header = bytearray(header)
            header[5] = kind
            self.driver.channel.send(b"", [bytes(header), *rest])
            self.assertEqual(self.driver.hear().meta["code"], "protocol")

    def test_whose_error_it_is(self):
        for mood, kind, text in (
            ("raise", "ValueError", "the joint came off"),
            ("exit", "SystemExit", "enough"),
            ("shape", None, "observation.count is float32[2] in place of float32[1]"),
            ("lacks", None, "observation lacks 'count'"),
            ("reward", None, "much"),
        ):
            with self.subTest(mood):
                batch = self.batch("oddities/Moody-v0", options={"mood": mood})
                batch.reset(seed=10)
                actions = np.zeros(3, np.int64)
                batch.step(actions), batch.step(actions)
                told = self.refused("environment", STEP, None, self.actions(0, 0, 0), session=batch.session)
                self.assertEqual(told["index"], 1)
                self.assertIn(text, told["message"])
                if kind:
                    self.assertEqual(told["exception"], kind)
                    self.assertIn("oddities.py", told["traceback"])
                    self.assertNotIn("sync_vector_env.py", told["traceback"])
                self.refused("state", STEP, None, self.actions(0, 0, 0), session=batch.session)
                observation, _ = batch.reset(seed=20)
                self.assertEqual(observation["count"].tolist(), [[0], [0], [0]])
                for _ in range(5):
                    batch.step(actions)

    def test_an_environment_that_cannot_start(self):
        batch = self.batch("oddities/Moody-v0", mode="disabled", options={"mood": "reset", "unlucky": 12})
        told = self.refused("environment", RESET, {"seed": 10}, session=batch.session)
        self.assertEqual((told["index"], told["exception"]), (2, "RuntimeError"))
        self.refused("state", RESET, {"seed": 1}, [b"\1\0\0"], session=batch.session)
        batch.reset(seed=1)

    def test_an_environment_made_anew(self):
        actions = np.zeros(3, np.int64)
        for mode in MODES:
            with self.subTest(mode):
                batch = self.batch("oddities/Moody-v0", mode=mode, onError="restart")
                batch.reset(seed=10)
                for _ in range(2):
                    before, *_ = batch.step(actions)
                observation, reward, terminated, truncated, infos, final = batch.step(actions)
                self.assertEqual(reward.tolist(), [1, 0, 1])
                self.assertEqual((terminated.any(), truncated.tolist()), (False, [False, True, False]))
                self.assertEqual(infos["bridge_restart"].tolist(), [False, True, False])
                error = "ValueError: the joint came off"
                self.assertEqual(infos["bridge_error"].tolist(), [None, error, None])
                anew = {"count": [[3], [0], [3]], "seed": [10, 11 + 1000003, 12]}
                if mode == "same-step":
                    self.assertEqual(final["rows"], [1])
                    self.assertEqual(final["values"][0]["count"].tolist(), [2])
                    self.assertEqual(infos["final_info"]["bridge_restart"].tolist(), [False, True, False])
                else:
                    self.assertEqual(observation["count"].tolist(), [[3], before["count"][1].tolist(), [3]])
                    self.assertEqual(observation["seed"].tolist(), [10, 11, 12])
                if mode == "next-step":
                    observation, reward, _, truncated, infos, _ = batch.step(actions)
                    self.assertEqual((reward.tolist(), truncated.any()), ([1, 0, 1], False))
                    self.assertNotIn("bridge_restart", infos)
                    anew["count"] = [[4], [0], [4]]
                if mode == "disabled":
                    observation, _ = batch.reset(mask=np.array([False, True, False]))
                self.assertEqual({key: value.tolist() for key, value in observation.items()}, anew)
                for _ in range(5):
                    _, reward, _, truncated, *_ = batch.step(actions)
                    self.assertEqual((reward.tolist(), truncated.any()), ([1, 1, 1], False))


class TestWithoutSockets(unittest.TestCase):
    """What takes too long, or another machine, to be seen from outside."""

    def host(self, **settings):
        host = Host(Catalogue(), **settings)
        for instance, peer in ((5, b"five"), (6, b"six")):
            greeting = {**create_greeting("driver"), "instance": instance}
            host.answer(peer, encode(Message(HELLO, meta=greeting)))
            self.assertEqual(self.ask(host, peer, OPEN, 1, self.opening()).type, OPENED)
        return host

    def opening(self, environment="CartPole-v1", **options):
        return {"environment": environment, "numEnvs": 1, "autoreset": "disabled", "options": options}

    def ask(self, host, peer, kind, seq, meta=None, buffers=(), session=1):
        request = Message(kind, session, host.instance, seq, 1, meta, list(buffers))
        return decode(host.answer(peer, encode(request)))

    def test_drivers_out_of_reach_for_a_minute_are_forgotten(self):
        host = self.host()
        host.close_forsaken({b"five"}, now=100.0)
        host.close_forsaken({b"five"}, now=159.0)
        self.assertEqual(host.session_count, 2)
        self.assertEqual(self.ask(host, b"six", RESET, 2).type, STARTED)
        host.close_forsaken({b"five"}, now=160.0)
        self.assertEqual((host.session_count, host.drivers()), (1, [b"five"]))
        self.assertEqual(self.ask(host, b"six", RESET, 3).meta["code"], "state")

    def test_one_who_returns_in_time_is_not(self):
        host = self.host()
        host.close_forsaken(set(), now=100.0)
        host.close_forsaken({b"five", b"six"}, now=150.0)
        host.close_forsaken(set(), now=170.0)
        host.close_forsaken(set(), now=229.0)
        self.assertEqual(host.session_count, 2)

    def test_another_instance_of_the_same_peer_has_nothing(self):
        host = self.host()
        host.reconnected(b"five")
        host.answer(b"five", encode(Message(WELCOME, meta={**create_greeting("driver"), "instance": 7})))
        self.assertEqual(host.session_count, 1)
        self.assertEqual(self.ask(host, b"five", RESET, 2).meta["code"], "no-session")

    def test_tracebacks_stay_on_their_machine(self):
        for local in (True, False):
            host = self.host(local=local)
            self.ask(host, b"five", OPEN, 1, self.opening("oddities/Moody-v0", mood="reset"), session=2)
            told = self.ask(host, b"five", RESET, 2, {"seed": 11}, session=2).meta
            self.assertEqual((told["exception"], "traceback" in told), ("RuntimeError", local))

    def test_an_answer_too_big(self):
        host = self.host()
        request = {**self.opening("oddities/Oddity-v0"), "renderMode": "rgb_array"}
        self.ask(host, b"five", OPEN, 1, request, session=2)
        self.ask(host, b"five", RESET, 2, session=2)
        picture = np.zeros((4800, 4800, 3), np.uint8)
        with mock.patch.object(oddities.Oddity, "render", lambda env: picture):
            told = self.ask(host, b"five", RENDER, 3, session=2).meta
        self.assertEqual(told["code"], "too-big")
        self.assertEqual(self.ask(host, b"five", RENDER, 4, session=2).type, RENDERED)

    def test_environments_of_a_space_nobody_knows(self):
        host = self.host()
        with mock.patch("upslope.served_batch.describe") as describe:
            describe.side_effect = UpslopeError("Expected one of Gymnasium's spaces; got Own.")
            told = self.ask(host, b"five", OPEN, 1, self.opening("oddities/Moody-v0"), session=2).meta
        self.assertEqual((told["code"], told["index"]), ("environment", 0))
        self.assertIn("got Own", told["message"])


class TestGreeting(unittest.TestCase):
    def setUp(self):
        self.host = start_host("--bind", "tcp://127.0.0.1:*", "--max-sessions", "2")
        self.addCleanup(stop, self.host)

    def driver(self, greeting=None):
        driver = Driver(DealerChannel(self.host.endpoint))
        self.addCleanup(driver.channel.close)
        self.assertTrue(wait_until(lambda: driver.channel.receive(1.0)))
        driver.greeting.update(greeting or {})
        return driver

    def test_who_may_talk(self):
        driver = self.driver()
        answer = driver.greet()
        self.assertEqual(answer.type, WELCOME)
        self.assertEqual((answer.meta["role"], answer.meta["protocol"]), ("host", [1, 0]))
        self.assertEqual(answer.meta["environments"], ["*"])
        newer = self.driver({"protocol": [3, 1], "oldest": [2, 0], "software": "upslope 9.9"}).greet()
        self.assertEqual((newer.type, newer.meta["code"]), (REJECT, "version"))
        self.assertIn("upslope 9.9 versions 2.0 to 3.1", newer.meta["message"])
        self.assertIn("pip install", newer.meta["hint"])
        able = self.driver({"protocol": [3, 1], "oldest": [1, 0]}).greet()
        self.assertEqual((able.type, able.meta["protocol"]), (WELCOME, [1, 0]))
        self.assertEqual(self.driver({"role": "host"}).greet().type, REJECT)
        self.assertEqual(self.driver({"instance": "seven"}).greet().meta["code"], "protocol")
        silent = self.driver()
        silent.host = answer.meta
        self.assertEqual(silent.ask(OPEN, {}).meta["code"], "state")

    def test_drivers_are_told_apart(self):
        first, second = self.driver(), self.driver()
        first.greet(), second.greet()
        one, other = Batch(first, "CartPole-v1", 1, "next-step"), Batch(second, "CartPole-v1", 2, "next-step")
        one.reset(seed=1), other.reset(seed=1)
        self.assertEqual(one.step(np.zeros(1, np.int64))[1].shape, (1,))
        self.assertEqual(other.step(np.zeros(2, np.int64))[1].shape, (2,))
        request = {"environment": "CartPole-v1", "numEnvs": 1, "autoreset": "disabled"}
        self.assertEqual(first.ask(OPEN, request, session=2).meta["code"], "busy")
        second.say(Message(BYE, meta={"reason": "done"}))
        self.assertEqual(second.ask(STEP).meta["code"], "state")
        self.assertEqual(first.ask(OPEN, request, session=3).type, OPENED)

    def test_a_driver_that_comes_back_finds_its_sessions(self):
        driver = self.driver()
        driver.greet()
        batch = Batch(driver, "CartPole-v1", 1, "next-step")
        batch.reset(seed=1)
        driver.channel.close()
        again = self.driver(driver.greeting)
        again.seqs = driver.seqs
        self.assertEqual(again.greet().type, WELCOME)
        self.assertEqual(again.ask(STEP, None, [np.zeros(1, "<i8").tobytes()]).type, STEPPED)

    def test_ten_thousand_malformed_messages(self):
        driver, vandal = self.driver(), self.driver()
        driver.greet()
        batch = Batch(driver, "CartPole-v1", 2, "next-step")
        batch.reset(seed=1)
        rng = random.Random(7)
        header = struct.Struct("<4sBBHIIQII")
        for i in range(10_000):
            frames = [rng.randbytes(rng.choice((0, 1, 31, 32, 33, 100))) for _ in range(rng.randrange(1, 5))]
            if i % 2:
                kind = rng.choice((1, 2, 10, 12, 14, 16, 18, 30, 40, rng.randrange(256)))
                session, count = rng.choice((0, 1, 2**32 - 1)), rng.randrange(4)
                major, flags = rng.choice((1, 1, 2)), rng.randrange(4)
                frames[0] = header.pack(b"UPSL", major, kind, flags, session, 0, 1, 2, count)
            try:
                vandal.channel.send(b"", frames)
            except Exception:
                # Its queue is full: it goes on when the host has read some.
                vandal.channel.receive(0.05)
            while vandal.channel.receive(0.0):
                pass
        for _ in range(50):
            self.assertEqual(batch.step(np.zeros(2, np.int64))[1].shape, (2,))
        self.assertIsNone(self.host.poll())


class TestProcess(unittest.TestCase):
    def test_it_ends_with_its_connection(self):
        driver = Spawned()
        driver.channel.close()
        self.assertEqual(driver.process.wait(20), 0)
        driver.process.stdin.close()

    def test_nonsense_over_a_stream(self):
        driver = Spawned(stderr=subprocess.PIPE)
        driver.channel._socket.setblocking(True)
        driver.channel._socket.sendall(struct.pack("<3I", 2, 32, 2**31))
        answer = driver.hear()
        self.assertEqual((answer.type, answer.meta["code"]), (ERROR, "too-big"))
        with self.assertRaises(ConnectionLost):
            driver.hear()
        self.assertEqual(driver.process.wait(20), 1)
        driver.process.communicate()
        driver.channel.close()

    def test_it_leaves_with_a_goodbye(self):
        for arguments in ((), ("--watch-stdin",)):
            channel = RouterChannel("tcp://127.0.0.1:*")
            host = start_host("--connect", channel.endpoint, *arguments, stdin=subprocess.PIPE)
            driver = Driver(channel).welcome()
            driver.open("CartPole-v1", 1)
            host.send_signal(signal.SIGTERM)
            self.assertEqual(driver.hear().type, BYE)
            self.assertEqual(host.wait(20), 0)
            host.communicate()
            channel.close()

    def test_it_ends_with_its_parent_whatever_it_is_doing(self):
        parent = """
            import sys, time
            from driving import Spawned
            from upslope.protocol import OPEN, RESET, STEP, Message
            driver = Spawned()
            driver.open("oddities/Moody-v0", 1, options={"mood": "sleep", "at": 1, "unlucky": 5})
            driver.ask(RESET, {"seed": 5})
            if sys.argv[1] == "busy":
                driver.say(Message(STEP, 1, driver.host["instance"], 3, 1, None, [bytes(8)]))
                time.sleep(0.5)
            print(driver.process.pid, flush=True)
            time.sleep(60)
        """
        for state in ("idle", "busy"):
            with self.subTest(state):
                process = subprocess.Popen(
                    [sys.executable, "-c", textwrap.dedent(parent), state],
                    env=ENVIRONMENT,
                    stdout=subprocess.PIPE,
                )
                child = int(process.stdout.readline())
                self.assertTrue(is_running(child))
                process.kill()
                process.wait()
                self.assertTrue(wait_until(lambda: not is_running(child), 5.0))
                process.stdout.close()

    def test_a_thread_that_started_it_may_end(self):
        found = []
        thread = threading.Thread(target=lambda: found.append(Spawned()))
        thread.start()
        thread.join()
        self.addCleanup(found[0].close)
        self.assertEqual(Batch(found[0], "CartPole-v1", 1, "next-step").opened.type, OPENED)

    def test_it_outlives_trainers(self):
        with tempfile.TemporaryDirectory() as folder:
            endpoint = f"ipc://{folder}/trainer"
            channel = RouterChannel(endpoint)
            host = start_host("--connect", endpoint)
            self.addCleanup(stop, host)
            first = Driver(channel).welcome()
            Batch(first, "CartPole-v1", 1, "next-step").reset(seed=1)
            channel.close()
            channel = RouterChannel(endpoint)
            self.addCleanup(channel.close)
            second = Driver(channel).welcome()
            self.assertEqual(second.host["instance"], first.host["instance"])
            self.assertEqual(second.ask(STEP, seq=3).meta["code"], "no-session")
            batch = Batch(second, "CartPole-v1", 1, "next-step")
            batch.reset(seed=1)
            batch.step(np.zeros(1, np.int64))

    def test_one_host_an_address(self):
        with tempfile.TemporaryDirectory() as folder:
            for endpoint in (f"ipc://{folder}/host", "tcp://127.0.0.1:*"):
                host = start_host("--bind", endpoint)
                self.addCleanup(stop, host)
                second = start_host("--bind", host.endpoint)
                self.assertIn("Another process listens on", second.said)
                self.assertEqual(second.wait(20), 1)
                second.communicate()
                driver = Driver(DealerChannel(host.endpoint))
                wait_until(lambda driver=driver: driver.channel.receive(1.0))
                self.assertEqual(driver.greet().type, WELCOME)
                driver.channel.close()
            Path(folder, "open").mkdir(mode=0o777)
            Path(folder, "open").chmod(0o777)
            careless = start_host("--bind", f"ipc://{folder}/open/host")
            self.assertIn("Choose a folder of your own", careless.said)
            careless.communicate()

    def test_keys(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("host", "friend", "stranger"):
                write_key_pair(f"{folder}/{name}")
            keys = ("--key", f"{folder}/host.key_secret", "--allow-keys", f"{folder}/friend.key")
            host = start_host("--bind", "tcp://127.0.0.1:*", *keys)
            self.addCleanup(stop, host)

            def reach(name, server="host"):
                keys = load_keys(f"{folder}/{name}.key_secret", server=f"{folder}/{server}.key")
                channel = DealerChannel(host.endpoint, keys)
                self.addCleanup(channel.close)
                return channel

            stranger, mistaken = reach("stranger"), reach("friend", "stranger")
            naked = DealerChannel(host.endpoint)
            self.addCleanup(naked.close)
            friend = Driver(reach("friend"))
            self.assertTrue(wait_until(lambda: friend.channel.receive(1.0)))
            self.assertEqual(friend.greet().type, WELCOME)
            self.assertEqual(Batch(friend, "CartPole-v1", 1, "next-step").opened.type, OPENED)
            for channel in (stranger, mistaken, naked):
                self.assertFalse(wait_until(lambda channel=channel: channel.receive(0.1), 1.0))
            self.assertIn("does not accept the key", stranger.refused)

    def test_beyond_this_machine(self):
        with tempfile.TemporaryDirectory() as folder:
            write_key_pair(f"{folder}/host")
            keys = ("--key", f"{folder}/host.key_secret", "--allow-keys", f"{folder}/host.key")
            for arguments, text in (
                (("--bind", "tcp://0.0.0.0:*"), "python -m upslope.keys NAME"),
                (("--bind", "tcp://*:*", *keys[:2]), "the keys allowed to connect"),
                (("--bind", "tcp://*:*", *keys), "--allow CartPole-v1"),
                (("--connect", "tcp://10.0.0.1:5557"), "the other side's public key"),
                (("--connect", "http://lab3"), "Expected an address"),
                (("--bind", "tcp://127.0.0.1:*", "--allow-keys", folder), "add --key"),
                (("--bind", "tcp://127.0.0.1:*", "--import", "absent"), "Cannot import absent"),
            ):
                with self.subTest(arguments):
                    host = start_host(*arguments)
                    self.assertIn(text, host.said + host.communicate()[1])
                    self.assertEqual(host.returncode, 1)


if __name__ == "__main__":
    unittest.main()
