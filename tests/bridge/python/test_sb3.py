"""`upslope.sb3` behaves as Stable-Baselines3's own vector environment, where that is installed."""

import importlib.util
import sys
import unittest
from unittest import mock

import gymnasium
import numpy as np
from gymnasium.utils.env_checker import data_equivalence
from worlds import COMMAND

import upslope

HAS_SB3 = importlib.util.find_spec("stable_baselines3") is not None


def plain(value: object) -> object:
    """With plain dicts in place of ordered ones."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(plain(part) for part in value)
    return value


class TestImport(unittest.TestCase):
    def test_upslope_does_without(self) -> None:
        self.assertNotIn("stable_baselines3", sys.modules if not HAS_SB3 else ())
        with mock.patch.dict(sys.modules, {"stable_baselines3": None, "upslope.sb3": None}):
            del sys.modules["upslope.sb3"]
            with self.assertRaisesRegex(upslope.UpslopeError, "pip install stable-baselines3"):
                importlib.import_module("upslope.sb3")


@unittest.skipUnless(HAS_SB3, "needs stable-baselines3")
class TestRemoteVecEnv(unittest.TestCase):
    def pair(self, id: str, n: int, **options):
        from stable_baselines3.common.vec_env import DummyVecEnv

        from upslope.sb3 import RemoteVecEnv

        ours = RemoteVecEnv(id, n, command=COMMAND, **options)
        self.addCleanup(ours.close)
        return ours, DummyVecEnv([lambda: gymnasium.make(id, **options)] * n)

    def test_steps_as_their_own(self) -> None:
        for id, options in (("CartPole-v1", {"max_episode_steps": 20}), ("Pendulum-v1", {}), ("Worlds/Walk-v0", {})):
            with self.subTest(id=id):
                ours, theirs = self.pair(id, 3, **options)
                self.assertEqual(ours.seed(5), theirs.seed(5))
                self.assert_same(ours.reset(), theirs.reset())
                self.assert_same(ours.reset_infos, theirs.reset_infos)
                theirs.action_space.seed(0)
                ends = 0
                for _ in range(420):
                    actions = np.array([theirs.action_space.sample() for _ in range(3)])
                    results = ours.step(actions), theirs.step(actions)
                    self.assert_same(*results)
                    self.assertEqual([part.dtype for part in results[0][1:3]], [np.float32, np.bool_])
                    self.assert_same(ours.reset_infos, theirs.reset_infos)
                    ends += results[0][2].sum()
                self.assertGreaterEqual(ends, 6)
                # Without new seeds both go on with their streams.
                self.assert_same(ours.reset(), theirs.reset())

    def test_options_go_to_the_next_reset(self) -> None:
        ours, theirs = self.pair("Worlds/Walk-v0", 2)
        for envs in (ours, theirs):
            envs.seed(0)
            envs.set_options({"at": 4})
        self.assert_same(ours.reset(), theirs.reset())
        self.assert_same(ours.reset(), theirs.reset())
        ours.set_options([{"at": 4}, {"at": 5}])
        with self.assertRaises(NotImplementedError):
            ours.reset()

    def test_tells_what_cannot_be_reached(self) -> None:
        ours, theirs = self.pair("Worlds/Walk-v0", 2, render_mode="rgb_array")
        self.assertEqual(ours.render_mode, "rgb_array")
        self.assertTrue(ours.has_attr("spec"))
        self.assertFalse(ours.has_attr("position"))
        with self.assertRaises(NotImplementedError):
            ours.set_attr("length", 3)
        with self.assertRaises(NotImplementedError):
            ours.env_method("teleport")
        self.assertEqual(ours.env_is_wrapped(gymnasium.Wrapper), [False, False])
        for envs in (ours, theirs):
            envs.seed(0)
            envs.reset()
        np.testing.assert_array_equal(ours.render(), theirs.render())

    def test_ppo_solves_our_cartpole(self) -> None:
        import torch
        from stable_baselines3 import PPO
        from stable_baselines3.common.evaluation import evaluate_policy

        from upslope.sb3 import make_vec_env

        # More only get in each other's way where the processors are busy.
        torch.set_num_threads(1)
        envs = make_vec_env("CartPole-v1", 8, seed=0, infos="none")
        self.addCleanup(envs.close)
        # The settings of RL Baselines3 Zoo, which reach 500.
        settings = {"n_steps": 32, "batch_size": 256, "n_epochs": 20, "gamma": 0.98, "gae_lambda": 0.8}
        model = PPO(
            "MlpPolicy",
            envs,
            learning_rate=lambda left: 0.001 * left,
            clip_range=lambda left: 0.2 * left,
            seed=0,
            device="cpu",
            **settings,
        )
        model.learn(100_000)
        score, _ = evaluate_policy(model, envs, n_eval_episodes=16)
        self.assertGreater(len(model.ep_info_buffer), 0)
        self.assertGreaterEqual(score, 475)

    def assert_same(self, ours: object, theirs: object) -> None:
        ours, theirs = plain(ours), plain(theirs)
        self.assertTrue(data_equivalence(ours, theirs), f"{ours} differs from {theirs}")


if __name__ == "__main__":
    unittest.main()
