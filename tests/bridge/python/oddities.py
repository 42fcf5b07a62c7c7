"""Environments for tests of the host, which imports this module: odd spaces and infos, and ways to fail."""

import ctypes

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, Sequence, Text, Tuple


class Oddity(gymnasium.Env):
    """A dict of parts for an observation, and infos of every kind, some of them only now and then."""

    metadata = {"render_modes": ["rgb_array", "ansi"], "render_fps": 12, "secret": object()}

    def __init__(self, render_mode=None):
        self.render_mode = render_mode
        self.observation_space = Dict(
            {
                "view": Box(-np.inf, np.inf, (2, 2), np.float32),
                "inner": Tuple((Discrete(50, start=-2), MultiBinary(3))),
            }
        )
        self.action_space = Dict({"push": Box(-1, 1, (2,), np.float32), "gear": Discrete(3, start=-1)})

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.count = 0
        self.where = self.np_random.normal(size=(2, 2)).astype(np.float32)
        self.length = int(self.np_random.integers(3, 9))
        return self.observe(), {"length": self.length, "options": repr(options)}

    def observe(self):
        bits = np.array([self.count >> k & 1 for k in range(3)], np.int8)
        return {"view": self.where.copy(), "inner": (np.int64(self.count - 2), bits)}

    def step(self, action):
        self.count += 1
        noise = self.np_random.normal(size=(2, 2)).astype(np.float32)
        self.where = self.where + 0.1 * noise + action["push"] * np.float32(action["gear"])
        info = {
            "count": self.count,
            "half": self.count / 2,
            "odd": self.count % 2 == 1,
            "not a number": float("nan"),
            "small": np.int16(self.count),
            "bounds": np.array([[self.count, 2**62]], np.int64),
            "nested": {"x": float(self.where[0, 0]), "deeper": {"flag": True}},
            "list": [1, 2.5, "three", None],
            "pair": (1, b"two"),
            "$price": 3,
        }
        if self.count % 3 == 0:
            info["name"] = f"step {self.count} \N{SNOWMAN}"
        ended, even = self.count >= self.length, self.length % 2 == 0
        return self.observe(), float(self.where.sum()), ended and even, ended and not even, info

    def render(self):
        if self.render_mode == "ansi":
            return f"count {self.count}"
        return None if self.render_mode is None else np.full((2, 3, 3), self.count, np.uint8)


class Words(gymnasium.Env):
    """Hears a list of words, and says one: spaces whose batches are tuples of values."""

    def __init__(self):
        self.observation_space = Text(20, min_length=0, charset="abcdefgh")
        self.action_space = Sequence(Discrete(8))

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.count = 0
        return "", {}

    def step(self, action):
        self.count += 1
        heard = "".join("abcdefgh"[int(letter)] for letter in action)[:20]
        return heard, float(len(action)), False, self.count == 5, {}


class Moody(gymnasium.Env):
    """Counts its steps; in step `at` of an environment seeded `unlucky` it goes wrong in the way `mood`."""

    made = 0

    def __init__(self, mood="raise", at=3, unlucky=11):
        Moody.made += 1
        self.made = Moody.made
        self.observation_space = Dict({"count": Box(-1, 100, (1,), np.float32), "seed": Discrete(2**40)})
        self.action_space = Discrete(2)
        self.mood, self.at, self.unlucky = mood, at, unlucky
        self.seed = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.seed = self.seed if seed is None else seed
        self.count = 0
        if self.mood == "reset" and seed == self.unlucky:
            raise RuntimeError("cannot find the start")
        return self.observe(), {"made": self.made}

    def observe(self):
        return {"count": np.array([self.count], np.float32), "seed": np.int64(self.seed)}

    def step(self, action):
        self.count += 1
        observation = self.observe()
        if self.count == self.at and self.seed == self.unlucky:
            if self.mood == "raise":
                raise ValueError("the joint came off")
            if self.mood == "exit":
                raise SystemExit("enough")
            if self.mood == "shape":
                observation["count"] = np.zeros(2, np.float32)
            if self.mood == "lacks":
                del observation["count"]
            if self.mood == "reward":
                return observation, "much", False, False, {}
            if self.mood == "sleep":
                # Holds the interpreter's lock, as careless extensions do.
                ctypes.PyDLL(None).sleep(60)
        return observation, 1.0, False, False, {}


for _environment in (Oddity, Words, Moody):
    gymnasium.register(f"oddities/{_environment.__name__}-v0", entry_point=_environment)
