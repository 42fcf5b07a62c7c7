"""`upslope.make_vec` behaves as `gymnasium.make_vec`, also when its host is lost."""

import os
import signal
import unittest

import gymnasium
import numpy as np
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from worlds import COMMAND

import upslope
from upslope.env import infos_by_row

MODES = tuple(AutoresetMode)


def local(id: str, num_envs: int, mode: AutoresetMode, **options) -> gymnasium.vector.VectorEnv:
    return gymnasium.make_vec(
        id, num_envs, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}, **options
    )


class TestRemoteVectorEnv(unittest.TestCase):
    def test_steps_as_gymnasiums(self) -> None:
        for id, steps, options in (("CartPole-v1", 1000, {"max_episode_steps": 30}), ("Worlds/Walk-v0", 300, {})):
            for mode in MODES:
                with self.subTest(id=id, mode=mode):
                    ours = upslope.make_vec(id, 5, command=COMMAND, autoreset_mode=mode, **options)
                    theirs = local(id, 5, mode, **options)
                    self.addCleanup(ours.close)
                    self.assertEqual(ours.observation_space, theirs.observation_space)
                    self.assertEqual(ours.action_space, theirs.action_space)
                    self.assertEqual(ours.metadata["autoreset_mode"], mode)
                    self.drive(ours, theirs, mode, steps)

    def drive(self, ours, theirs, mode: AutoresetMode, steps: int) -> None:
        self.assert_same(ours.reset(seed=[11, 5, 2, 9, 4]), theirs.reset(seed=[11, 5, 2, 9, 4]))
        theirs.action_space.seed(1)
        ends = 0
        for step in range(steps):
            actions = theirs.action_space.sample()
            result = ours.step(actions)
            self.assert_same(result, theirs.step(actions), f"step {step}")
            over = result[2] | result[3]
            ends += over.sum()
            if mode == AutoresetMode.DISABLED and over.any():
                self.assert_same(*(env.reset(options={"reset_mask": over.copy()}) for env in (ours, theirs)))
            if step == steps // 2:
                self.assert_same(ours.reset(seed=8), theirs.reset(seed=8))
        self.assertGreater(ends, 20)

    def test_takes_options_and_masks_as_gymnasium(self) -> None:
        ours = upslope.make_vec("Worlds/Walk-v0", 3, command=COMMAND, autoreset_mode="Disabled")
        theirs = local("Worlds/Walk-v0", 3, AutoresetMode.DISABLED)
        self.addCleanup(ours.close)
        self.assert_same(ours.reset(seed=1, options={"at": 5}), theirs.reset(seed=1, options={"at": 5}))
        mask = np.array([True, False, True])
        for env in (ours, theirs):
            options = {"reset_mask": mask, "at": 9}
            env.reset(seed=[4, None, 6], options=options)
            self.assertEqual(options, {"at": 9})
        actions = np.array([0, 1, 1])
        self.assert_same(ours.step(actions), theirs.step(actions))
        for bad, error in (
            ([True, False, True], TypeError),
            (np.array([1, 0, 1]), TypeError),
            (np.array([True, False]), ValueError),
            (np.zeros(3, bool), ValueError),
        ):
            for env in (ours, theirs):
                with self.subTest(bad=bad), self.assertRaises(error):
                    env.reset(options={"reset_mask": bad})
        with self.assertRaises(ValueError):
            ours.reset(seed=[1, 2])

    def test_its_results_are_the_callers_to_change(self) -> None:
        envs = upslope.make_vec("CartPole-v1", 2, command=COMMAND)
        self.addCleanup(envs.close)
        first, _ = envs.reset(seed=0)
        kept = first.copy()
        result = envs.step(np.array([0, 1]))
        for array in result[:4]:
            self.assertTrue(array.flags.writeable and array.flags.owndata)
            array[:] = 1
        np.testing.assert_array_equal(first, kept)

    def test_bears_gymnasiums_wrappers(self) -> None:
        ours = RecordEpisodeStatistics(upslope.make_vec("CartPole-v1", 4, command=COMMAND))
        theirs = RecordEpisodeStatistics(local("CartPole-v1", 4, AutoresetMode.NEXT_STEP))
        self.addCleanup(ours.close)
        episodes = []
        for envs in (ours, theirs):
            envs.reset(seed=0)
            lengths = []
            for step in range(100):
                infos = envs.step(np.full(4, step % 3 == 0, dtype=np.int64))[4]
                if "episode" in infos:
                    lengths.append(infos["episode"]["l"].tolist())
            episodes.append(lengths)
        self.assertGreater(len(episodes[0]), 3)
        self.assertEqual(*episodes)

    def test_its_spec_makes_it_again(self) -> None:
        envs = upslope.make_vec("CartPole-v1", 3, command=COMMAND, autoreset_mode=AutoresetMode.SAME_STEP)
        again = gymnasium.make_vec(envs.spec)
        self.addCleanup(envs.close)
        self.addCleanup(again.close)
        self.assertIsInstance(again, upslope.RemoteVectorEnv)
        self.assertEqual((again.num_envs, again.metadata["autoreset_mode"]), (3, AutoresetMode.SAME_STEP))
        self.assert_same(again.reset(seed=1), envs.reset(seed=1))

    def test_renders_a_frame_of_each(self) -> None:
        ours = upslope.make_vec("Worlds/Walk-v0", 2, command=COMMAND, render_mode="rgb_array")
        self.addCleanup(ours.close)
        ours.reset(seed=0)
        frames = ours.render()
        self.assertIsInstance(frames, tuple)
        self.assertEqual([frame.shape for frame in frames], [(2, 4, 3)] * 2)

    def test_a_failing_environment_is_named(self) -> None:
        envs = upslope.make_vec("Worlds/Walk-v0", 2, command=COMMAND, fails_at=1)
        self.addCleanup(envs.close)
        envs.reset(seed=0)
        with self.assertRaises(upslope.RemoteError) as caught:
            envs.step(np.zeros(2, np.int64))
        self.assertEqual((caught.exception.code, caught.exception.index), ("environment", 0))

    def test_a_lost_host_is_told_as_truncation(self) -> None:
        for mode in MODES:
            with self.subTest(mode=mode):
                envs = upslope.make_vec("Worlds/Walk-v0", 2, command=COMMAND, autoreset_mode=mode)
                fresh = local("Worlds/Walk-v0", 2, mode)
                self.addCleanup(envs.close)
                envs.reset(seed=10)
                seen = envs.step(np.ones(2, np.int64))[0]
                self.kill_host_of(envs)
                observations, rewards, terminations, truncations, infos = envs.step(np.ones(2, np.int64))
                self.assertEqual(rewards.tolist(), [0, 0])
                self.assertEqual(terminations.tolist(), [False, False])
                self.assertEqual(truncations.tolist(), [True, True])
                self.assertEqual(infos["bridge_restart"].tolist(), [True, True])
                start, _ = fresh.reset(seed=10 + 1000003)
                if mode == AutoresetMode.SAME_STEP:
                    self.assert_same(observations, start)
                    self.assert_same(
                        infos["final_obs"].tolist(),
                        [{key: seen[key][row] for key in seen} for row in range(2)],
                    )
                elif mode == AutoresetMode.NEXT_STEP:
                    self.assert_same(observations, seen)
                    begun = envs.step(np.ones(2, np.int64))
                    self.assert_same(begun[0], start)
                    self.assertEqual(begun[1].tolist() + begun[3].tolist(), [0, 0, False, False])
                    self.assertNotIn("bridge_restart", begun[4])
                else:
                    self.assert_same(observations, seen)
                    self.assert_same(*(env.reset(options={"reset_mask": np.ones(2, bool)}) for env in (envs, fresh)))
                self.assert_same(envs.step(np.ones(2, np.int64)), fresh.step(np.ones(2, np.int64)))

    def test_a_host_lost_between_episodes_is_not_noticed(self) -> None:
        envs = upslope.make_vec("Worlds/Walk-v0", 2, command=COMMAND)
        fresh = local("Worlds/Walk-v0", 2, AutoresetMode.NEXT_STEP)
        self.addCleanup(envs.close)
        envs.reset(seed=1)
        self.kill_host_of(envs)
        self.assert_same(envs.reset(seed=2), fresh.reset(seed=2))
        self.assert_same(envs.step(np.ones(2, np.int64)), fresh.step(np.ones(2, np.int64)))

    def test_environments_of_one_server_come_back_each(self) -> None:
        pair = [upslope.make_vec("Worlds/Walk-v0", 2, command=COMMAND) for _ in range(2)]
        for envs in pair:
            self.addCleanup(envs.close)
            envs.reset(seed=1)
        self.kill_host_of(pair[0])
        for _ in range(2):
            results = [envs.step(np.ones(2, np.int64)) for envs in pair]
            self.assert_same(*results)
        self.assertEqual(*(envs._batch._link.host["pid"] for envs in pair))

    def test_a_crash_loop_ends_with_what_the_host_printed(self) -> None:
        envs = upslope.make_vec("Worlds/Walk-v0", 1, command=COMMAND, ends_at=2)
        self.addCleanup(envs.close)
        envs.reset(seed=0)
        with self.assertRaises(upslope.HostLost) as caught:
            for _ in range(20):
                envs.step(np.zeros(1, np.int64))
        self.assertRegex(str(caught.exception), r"(?s)3 times within 60 s.*exit code 3.*the floor gave way")

    def test_infos_by_row(self) -> None:
        yes, no = True, False
        infos = {
            "reward": np.array([1.5, 0.0]),
            "_reward": np.array([yes, no]),
            "parts": {"n": np.array([0, 4]), "_n": np.array([no, yes])},
            "_parts": np.array([no, yes]),
            "names": np.array([None, "b"], dtype=object),
            "_names": np.array([no, yes]),
        }
        self.assertEqual(infos_by_row(infos, 2), [{"reward": 1.5}, {"parts": {"n": 4}, "names": "b"}])

    def kill_host_of(self, envs: upslope.RemoteVectorEnv) -> None:
        os.kill(envs._batch._link.host["pid"], signal.SIGKILL)

    def assert_same(self, ours: object, theirs: object, where: str = "") -> None:
        self.assertTrue(data_equivalence(ours, theirs), f"{where}: {ours} differs from {theirs}")


if __name__ == "__main__":
    unittest.main()
