"""Environments that misbehave in one way each, for tests of what happens then."""

import os
import signal
import time

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete


class Faulty(gymnasium.Env):
    """Counts its steps in the observation; from step `at` on, once a process unless `always`, does `fault`."""

    done = False

    def __init__(self, fault, at=3, row=None, seconds=4.0, always=False):
        self.observation_space = Dict({"count": Box(0, np.inf, (1,), np.float64), "pid": Box(0, np.inf, (1,), np.float64)})
        self.action_space = Discrete(2)
        self.fault, self.at, self.row, self.seconds, self.always = fault, at, row, seconds, always

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        if seed is not None:
            self.index = seed
        self.count = 0
        return self.observe(), {"begun": 1.5}

    def observe(self):
        return {"count": np.array([self.count], np.float64), "pid": np.array([os.getpid()], np.float64)}

    def step(self, action):
        self.count += 1
        wanted = self.row is None or self.index == self.row
        if self.count == self.at and wanted and (self.always or not Faulty.done):
            Faulty.done = True
            self.misbehave()
        observation = self.observe()
        if self.count == self.at and wanted and self.fault == "nan":
            observation["count"][0] = np.nan
        if self.count == self.at and wanted and self.fault == "shape":
            observation["count"] = np.zeros(2)
        return observation, float(self.index), self.count == 10, False, {"twice": 2.0 * self.count}

    def misbehave(self):
        if self.fault == "raise":
            raise ValueError("the joint came off")
        if self.fault == "sleep":
            time.sleep(self.seconds)
        if self.fault == "busy":
            # Holds the interpreter's lock for all of that time.
            end = time.monotonic() + self.seconds
            while time.monotonic() < end:
                sum(range(100_000))
        if self.fault == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        if self.fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)


gymnasium.register("faulty/Faulty-v0", entry_point=Faulty, disable_env_checker=True)
