"""`upslope.make`: an environment on a host behaves as the same environment here."""

import unittest
import warnings

import gymnasium
import numpy as np
from gymnasium.utils.env_checker import check_env, data_equivalence
from worlds import COMMAND

import upslope


class TestRemoteEnv(unittest.TestCase):
    def test_steps_as_the_same_environment_here(self) -> None:
        remote = upslope.make("Worlds/Walk-v0", command=COMMAND)
        local = gymnasium.make("Worlds/Walk-v0").unwrapped
        self.addCleanup(remote.close)
        self.assertEqual(remote.observation_space, local.observation_space)
        self.assertEqual(remote.action_space, local.action_space)
        actions = np.random.default_rng(0)
        for episode in range(20):
            # The first episode is seeded; the others follow from it on both sides.
            seed = 7 if episode == 0 else None
            self.assert_same(remote.reset(seed=seed, options={"at": 2}), local.reset(seed=seed, options={"at": 2}))
            over = False
            while not over:
                action = actions.integers(2)
                ours, theirs = remote.step(action), local.step(action)
                self.assert_same(ours, theirs)
                over = ours[2] or ours[3]

    def test_returns_pythons_own_types(self) -> None:
        env = upslope.make("Worlds/Walk-v0", command=COMMAND)
        self.addCleanup(env.close)
        env.reset(seed=0)
        observation, reward, terminated, truncated, info = env.step(1)
        self.assertIs(type(reward), float)
        self.assertIs(type(terminated), bool)
        self.assertIs(type(truncated), bool)
        self.assertIn(observation, env.observation_space)
        self.assertEqual(
            {key: type(info[key]) for key in ("distance", "steps", "even", "half", "position", "parts")},
            {"distance": float, "steps": int, "even": bool, "half": np.float32, "position": np.ndarray, "parts": dict},
        )

    def test_passes_gymnasiums_check(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            # The check makes the environment again in each render mode, and does not close the ones it has made.
            warnings.simplefilter("ignore", ResourceWarning)
            check_env(upslope.make("Worlds/Walk-v0", command=COMMAND))

    def test_its_spec_makes_it_again(self) -> None:
        env = upslope.make("CartPole-v1", command=COMMAND)
        self.addCleanup(env.close)
        self.assertEqual(env.spec.max_episode_steps, 500)
        self.assertEqual(env.spec.reward_threshold, 475.0)
        for limit in (None, 3, 700):
            with self.subTest(limit=limit):
                again = env.spec.make() if limit is None else env.spec.make(max_episode_steps=limit)
                self.addCleanup(again.close)
                self.assertIsInstance(again.unwrapped, upslope.RemoteEnv)
                self.assertEqual(again.spec.max_episode_steps, limit or 500)
                self.assertTrue(data_equivalence(again.reset(seed=3), env.reset(seed=3)))
        self.assertEqual(gymnasium.spec("upslope/Portfolio-v0").entry_point, "upslope.env:make_registered")

    def test_a_spec_may_allow_longer_episodes_than_the_host(self) -> None:
        env = upslope.make("MountainCar-v0", command=COMMAND)
        again = env.spec.make(max_episode_steps=230)
        self.addCleanup(again.close)
        self.assertEqual(self.steps_until_truncated(again), 230)
        self.assertEqual(self.steps_until_truncated(env), 200)
        env.close()
        short = upslope.make("MountainCar-v0", command=COMMAND, max_episode_steps=11)
        self.addCleanup(short.close)
        self.assertEqual(self.steps_until_truncated(short), 11)

    def test_renders(self) -> None:
        for mode in ("rgb_array", "ansi"):
            with self.subTest(mode=mode):
                remote = upslope.make("Worlds/Walk-v0", command=COMMAND, render_mode=mode)
                local = gymnasium.make("Worlds/Walk-v0", render_mode=mode).unwrapped
                self.addCleanup(remote.close)
                self.assertEqual(remote.metadata["render_fps"], 7)
                self.assertEqual(remote.render_mode, mode)
                for env in (remote, local):
                    env.reset(seed=4)
                    env.step(1)
                np.testing.assert_array_equal(remote.render(), local.render())

    def test_tells_what_the_environment_raised_and_goes_on(self) -> None:
        env = upslope.make("Worlds/Walk-v0", command=COMMAND, fails_at=2)
        self.addCleanup(env.close)
        env.reset(seed=0)
        env.step(0)
        with self.assertRaises(upslope.RemoteError) as caught:
            env.step(0)
        self.assertEqual(caught.exception.code, "environment")
        self.assertIn("stumbled over a stone", str(caught.exception))
        self.assertIn("worlds.py", str(caught.exception))
        with self.assertRaises(upslope.RemoteError) as caught:
            env.step(0)
        self.assertEqual(caught.exception.code, "state")
        env.reset(seed=0)
        self.assertEqual(env.step(0)[4]["steps"], 1)

    def test_refuses_what_cannot_be(self) -> None:
        env = upslope.make("Worlds/Walk-v0", command=COMMAND)
        with self.assertRaises(gymnasium.error.ResetNeeded):
            env.step(0)
        with self.assertRaises(gymnasium.error.Error):
            env.reset(seed=-1)
        with self.assertRaisesRegex(upslope.UpslopeError, "options.at cannot be sent"):
            env.reset(options={"at": {1, 2}})
        env.close()
        env.close()
        with self.assertRaisesRegex(upslope.UpslopeError, "closed"):
            env.reset()
        with self.assertRaises(upslope.RemoteError) as caught:
            upslope.make("Worlds/Wolk-v0", command=COMMAND)
        self.assertEqual(caught.exception.code, "unknown-environment")
        with self.assertRaisesRegex(upslope.UpslopeError, "lenght"):
            upslope.make("Worlds/Walk-v0", command=COMMAND, lenght=3)

    def assert_same(self, ours: object, theirs: object) -> None:
        self.assertTrue(data_equivalence(ours, theirs), f"{ours} differs from {theirs}")

    def steps_until_truncated(self, env: gymnasium.Env) -> int:
        env.reset(seed=0)
        steps, truncated = 0, False
        while not truncated:
            steps += 1
            _, _, _, truncated, _ = env.step(1)
        return steps


if __name__ == "__main__":
    unittest.main()
