"""Batches of environments, which may be made, and what does not fit."""

import unittest
from unittest import mock

import gymnasium
import numpy as np
import oddities
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Text, Tuple
from gymnasium.vector import AutoresetMode

from upslope.catalogue import Catalogue
from upslope.checks import ActionCheck, Refusal, observation_fault
from upslope.environments import EnvironmentFailure, Environments


class TestCatalogue(unittest.TestCase):
    def test_patterns(self):
        catalogue = Catalogue(["CartPole-*", "lab/*", "module:Env-v0"])
        for id in ("CartPole-v1", "lab/Arm-v0", "module:Env-v0"):
            self.assertTrue(catalogue.allows(id), id)
        for id in ("Acrobot-v1", "lab", "MyCartPole-v1", "lab/module:Env-v0", "other:CartPole-v1"):
            self.assertFalse(catalogue.allows(id), id)
        # Importing a module runs it, so that no pattern is enough.
        self.assertFalse(Catalogue(["*"]).allows("os:Env-v0"))
        self.assertFalse(Catalogue(["os:*"]).allows("os:Env-v0"))

    def test_only_the_first_of_a_batch_is_checked(self):
        make = Catalogue().maker("CartPole-v1", {})
        self.assertIn("TimeLimit<OrderEnforcing<PassiveEnvChecker<CartPole", str(make(0)))
        self.assertIn("<TimeLimit<CartPole", str(make(1)))
        self.assertEqual(make(1).spec.max_episode_steps, 500)
        self.assertEqual(Catalogue().maker("CartPole-v1", {}, max_episode_steps=7)(1).spec.max_episode_steps, 7)

    def test_what_a_driver_can_mend(self):
        for id, code, hint in (
            ("CartPole-v7", "unknown-environment", "CartPole-v1"),
            ("nowhere/Thing-v0", "unknown-environment", "--import"),
            ("what is this?", "unknown-environment", ""),
            ("ALE/Pong-v5", "missing-package", "ale_py"),
        ):
            with self.subTest(id), self.assertRaises(Refusal) as caught:
                Catalogue().maker(id, {})(0)
            self.assertEqual(caught.exception.code, code)
            self.assertIn(hint, caught.exception.hint)

        def needs_a_package():
            text = "no arms: run `pip install swig` then `pip install arms[two]`"
            raise gymnasium.error.DependencyNotInstalled(text)

        def needs_a_module():
            import no_such_module.part  # noqa: F401

        for entry, hint in (
            (needs_a_package, "pip install swig && pip install arms[two]"),
            (needs_a_module, "pip install no_such_module"),
        ):
            gymnasium.registry.pop("oddities/Needy-v0", None)
            gymnasium.register("oddities/Needy-v0", entry_point=entry)
            with self.assertRaises(Refusal) as caught:
                Catalogue().maker("oddities/Needy-v0", {})(0)
            self.assertEqual((caught.exception.code, caught.exception.hint), ("missing-package", hint))


class TestEnvironments(unittest.TestCase):
    def make(self, n=3, mode=AutoresetMode.SAME_STEP, restart=False, **options):
        return Environments(Catalogue().maker("oddities/Moody-v0", options), n, mode, restart=restart)

    def test_those_made_are_closed_when_one_cannot_be(self):
        closed = []

        def make(i):
            if i == 2:
                raise OSError("no third arm")
            env = gymnasium.make("CartPole-v1")
            env.close = lambda: closed.append(i)
            return env

        with self.assertRaises(EnvironmentFailure) as caught:
            Environments(make, 3, AutoresetMode.SAME_STEP)
        self.assertEqual((caught.exception.index, closed), (2, [0, 1]))

    def test_a_failure_of_an_automatic_reset_is_mended_too(self):
        envs = self.make(2, restart=True)
        envs.reset(seed=[11, 12])
        broken = envs.envs[1].env.unwrapped
        broken.step = lambda action: (broken.observe(), 1.0, True, False, {"last": 1})
        broken.reset = mock.Mock(side_effect=RuntimeError("stuck"))
        observation, reward, terminated, truncated, infos = envs.step(np.zeros(2, np.int64))
        self.assertEqual((terminated.tolist(), truncated.tolist()), ([False, True], [False, False]))
        self.assertEqual(observation["seed"].tolist(), [11, 12 + 1000003])
        self.assertEqual(infos["bridge_error"].tolist(), [None, "RuntimeError: stuck"])
        self.assertEqual(infos["final_info"]["last"].tolist(), [0, 1])

    def test_each_restart_has_a_seed_of_its_own(self):
        for first, expected in ((11, [11, 11 + 1000003, 11 + 2000006]), (None, [0, 0, 0])):
            envs = self.make(1, restart=True)
            observation, _ = envs.reset(seed=first)
            seen = [int(observation["seed"][0])]
            for _ in range(2):
                envs.envs[0].env.unwrapped.step = mock.Mock(side_effect=ValueError)
                observation, *_ = envs.step(np.zeros(1, np.int64))
                seen.append(int(observation["seed"][0]))
            self.assertEqual(seen, expected)

    def test_one_that_cannot_be_made_anew_is_a_failure(self):
        envs = self.make(2, restart=True)
        envs.reset(seed=10)
        with mock.patch.object(oddities.Moody, "__init__", side_effect=OSError("no more arms")):
            envs.step(np.zeros(2, np.int64)), envs.step(np.zeros(2, np.int64))
            with self.assertRaises(EnvironmentFailure) as caught:
                envs.step(np.zeros(2, np.int64))
        self.assertEqual(caught.exception.index, 1)
        self.assertIn("no more arms", str(caught.exception))
        self.assertFalse(envs.ready)

    def test_infos_of_another_shape(self):
        envs = self.make(2)
        envs.reset(seed=20)
        for i, size in ((0, 2), (1, 3)):
            env = envs.envs[i].unwrapped
            outcome = env.observe(), 1.0, False, False, {"sizes": np.zeros(size)}
            env.step = lambda action, outcome=outcome: outcome
        with self.assertRaises(EnvironmentFailure) as caught:
            envs.step(np.zeros(2, np.int64))
        self.assertEqual(caught.exception.index, 1)


class TestChecks(unittest.TestCase):
    def refused(self, space, actions, *texts, ignored=None):
        with self.assertRaises(Refusal) as caught:
            ActionCheck(space)(actions, ignored)
        self.assertEqual(caught.exception.code, "bad-request")
        for text in texts:
            self.assertIn(text, str(caught.exception))
        return caught.exception.index

    def test_actions(self):
        self.assertEqual(self.refused(Discrete(3, start=5), np.array([5, 8]), "from 5 to 7", "got 8"), 1)
        self.assertEqual(self.refused(Discrete(3, start=5), np.array([4, 8]), "got 4"), 0)
        self.assertEqual(self.refused(MultiDiscrete([2, 3]), np.array([[1, 2], [1, 3]]), "[1, 3]"), 1)
        self.refused(MultiDiscrete([2, 3], start=[0, 4]), np.array([[1, 3]]))
        bits = np.array([[0, 1], [0, 2]], np.int8)
        self.assertEqual(self.refused(MultiBinary(2), bits, "zeros and ones"), 1)
        self.assertEqual(self.refused(Box(-1, 1, ()), np.array([0, 0, np.nan]), "action", "nan"), 2)
        self.assertEqual(self.refused(Text(3, charset="ab"), ("a", "abc"), "'abc'"), 1)
        nested = Dict({"a": Tuple((Discrete(2), Box(-1, 1, (2,)))), "b": MultiBinary(1)})
        actions = {"a": (np.array([0, 1]), np.array([[0, 1], [np.nan, 0]])), "b": np.array([[0], [1]])}
        self.assertEqual(self.refused(nested, actions, "action.a[1]"), 1)
        actions["a"][1][1, 0] = np.inf
        ActionCheck(nested)(actions)
        ActionCheck(Box(0, 5, (1,), np.int64))(np.array([[9]]))

    def test_rows_whose_action_is_ignored(self):
        actions = np.array([7, 0, 7])
        ActionCheck(Discrete(2))(actions, np.array([True, False, True]))
        self.assertEqual(self.refused(Discrete(2), actions, ignored=np.array([True, False, False])), 2)

    def test_observations(self):
        space = Dict({"image": Box(0, 255, (2, 2), np.uint8), "rest": Tuple((Discrete(3), Text(4)))})
        good = {"image": np.zeros((2, 2), np.uint8), "rest": (1, "ab")}
        self.assertIsNone(observation_fault(space, good))
        for wrong, text in (
            ({**good, "image": np.zeros((2, 3), np.uint8)}, "image is uint8[2, 3] in place of uint8[2, 2]"),
            ({**good, "image": np.zeros((2, 2))}, "observation.image is float64[2, 2]"),
            ({**good, "rest": (1,)}, "observation.rest is (1,) in place of 2 parts"),
            ({**good, "rest": (1, 5)}, "observation.rest[1] is 5"),
            ({**good, "rest": (np.zeros(2, np.int64), "ab")}, "rest[0] is int64[2] in place of int64[]"),
            ({"rest": (1, "ab")}, "observation lacks 'image'"),
            (None, "observation is None in place of a dict"),
        ):
            self.assertIn(text, observation_fault(space, wrong))
        self.assertIsNone(observation_fault(Box(0, 1, (2,), np.float32), np.zeros(2)))


if __name__ == "__main__":
    unittest.main()
