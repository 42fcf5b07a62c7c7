"""Upslope's own environments, served by Node.js, from Python."""

import json
import os
import shutil
import signal
import subprocess
import unittest
import warnings

import gymnasium
import numpy as np
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

import upslope
from upslope import server

COMMAND = server.find_command() if shutil.which("node") else ()
CLASSIC = ("Acrobot-v1", "CartPole-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Pendulum-v1")


@unittest.skipUnless(COMMAND, "needs Node.js")
class TestUpslopeServe(unittest.TestCase):
    def test_passes_gymnasiums_check(self) -> None:
        for id in (*CLASSIC, "upslope/Portfolio-v0"):
            with self.subTest(id=id), warnings.catch_warnings():
                warnings.simplefilter("error")
                # What Gymnasium's own environments are told of as well.
                warnings.filterwarnings("ignore", message=".*This is probably too (low|high)")
                warnings.filterwarnings("ignore", message=".*we recommend using a symmetric and normalized space")
                env = upslope.make(id)
                self.addCleanup(env.close)
                check_env(env)

    def test_ten_thousand_steps_of_cartpole_equal_gymnasiums(self) -> None:
        ours = upslope.make("CartPole-v1")
        self.addCleanup(ours.close)
        theirs = gymnasium.make("CartPole-v1")
        choose = np.random.default_rng(0)
        seed, episodes = 0, 0
        ended = True
        for _ in range(10_000):
            if ended:
                np.testing.assert_array_equal(ours.reset(seed=seed)[0], theirs.reset(seed=seed)[0])
                seed, episodes = seed + 1, episodes + 1
            # Mostly leaning against the fall, so that episodes grow long.
            observation = theirs.unwrapped.state
            action = int(observation[2] + observation[3] > 0) if choose.random() < 0.9 else int(choose.integers(2))
            (mine, *told, _), (other, *expected, _) = ours.step(action), theirs.step(action)
            np.testing.assert_array_equal(mine, other)
            self.assertEqual(told, expected)
            ended = told[1] or told[2]
        self.assertGreater(episodes, 20)

    def test_steps_as_gymnasiums_own(self) -> None:
        for id in CLASSIC:
            for mode in AutoresetMode:
                with self.subTest(id=id, mode=mode):
                    options = {"max_episode_steps": 20}
                    ours = upslope.make_vec(id, 4, autoreset_mode=mode, **options)
                    self.addCleanup(ours.close)
                    theirs = gymnasium.make_vec(
                        id, 4, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}, **options
                    )
                    self.assertEqual(ours.observation_space, theirs.observation_space)
                    self.assertEqual(ours.action_space, theirs.action_space)
                    self.drive(ours, theirs, mode)

    def drive(self, ours, theirs, mode: AutoresetMode) -> None:
        self.assert_close(ours.reset(seed=3)[0], theirs.reset(seed=3)[0])
        theirs.action_space.seed(0)
        ends = 0
        for _ in range(70):
            actions = theirs.action_space.sample()
            (*told, our_infos), (*expected, their_infos) = ours.step(actions), theirs.step(actions)
            for one, other in zip(told, expected, strict=True):
                self.assertEqual(one.dtype, other.dtype)
                self.assert_close(one, other)
            self.assertEqual("final_obs" in our_infos, "final_obs" in their_infos)
            if "final_obs" in our_infos:
                np.testing.assert_array_equal(our_infos["_final_obs"], their_infos["_final_obs"])
                for row in np.flatnonzero(our_infos["_final_obs"]):
                    self.assert_close(our_infos["final_obs"][row], their_infos["final_obs"][row])
            over = told[2] | told[3]
            ends += over.sum()
            if mode == AutoresetMode.DISABLED and over.any():
                self.assert_close(*(env.reset(options={"reset_mask": over.copy()})[0] for env in (ours, theirs)))
        self.assertGreaterEqual(ends, 12)

    def test_a_lost_server_is_started_anew(self) -> None:
        envs = upslope.make_vec("CartPole-v1", 2)
        self.addCleanup(envs.close)
        envs.reset(seed=0)
        os.kill(envs._batch._link.host["pid"], signal.SIGKILL)
        _, _, _, truncations, infos = envs.step(np.zeros(2, np.int64))
        self.assertEqual((truncations.tolist(), infos["bridge_restart"].tolist()), ([True, True], [True, True]))
        self.assertFalse(envs.step(np.zeros(2, np.int64))[3].any())

    def test_gymnasium_makes_them(self) -> None:
        listed = json.loads(subprocess.run([*COMMAND, "list", "--json"], capture_output=True, check=True).stdout)
        ids = [each["id"] for each in listed["environments"]]
        registered = [
            spec.id for spec in gymnasium.registry.values() if spec.entry_point == "upslope.env:make_registered"
        ]
        self.assertEqual(registered, [id for id in ids if id not in gymnasium.registry or id in registered])
        for id in registered:
            with self.subTest(id=id):
                env = gymnasium.make(f"upslope:{id}")
                self.addCleanup(env.close)
                self.assertIsInstance(env.unwrapped, upslope.RemoteEnv)
                first, _ = env.reset(seed=1)
                envs = gymnasium.make_vec(id, num_envs=3)
                self.addCleanup(envs.close)
                self.assertIsInstance(envs, upslope.RemoteVectorEnv)
                np.testing.assert_array_equal(envs.reset(seed=1)[0][0], first)

    def test_refuses_in_words(self) -> None:
        for make, code, words in (
            (lambda: upslope.make("CartPol-v1"), "unknown-environment", "CartPole-v1"),
            (lambda: upslope.make("CartPole-v1", mass=2), "bad-request", "mass"),
        ):
            with self.subTest(code=code), self.assertRaisesRegex(upslope.RemoteError, words) as caught:
                make()
            self.assertEqual(caught.exception.code, code)
        env = upslope.make("CartPole-v1")
        self.addCleanup(env.close)
        env.reset(seed=0)
        with self.assertRaisesRegex(upslope.RemoteError, "Discrete") as caught:
            env.step(2)
        self.assertEqual(caught.exception.code, "bad-request")

    def assert_close(self, one: np.ndarray, other: np.ndarray) -> None:
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


if __name__ == "__main__":
    unittest.main()
