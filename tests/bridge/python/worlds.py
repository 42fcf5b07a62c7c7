"""Environments for tests, and the command that serves them. Imported by the tests and by the hosts they start."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

_HERE = str(Path(__file__).parent)
_PATH = os.environ.get("PYTHONPATH", "")
if _HERE not in _PATH.split(os.pathsep):
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (_HERE, _PATH)))

#: Serves Gymnasium's environments and those below.
COMMAND = (sys.executable, "-m", "upslope.host", "--import", "worlds")


class Walk(gymnasium.Env):
    """A random walk with many kinds of infos.

    Args:
        length: of an episode.
        fails_at: the step that raises an error.
        ends_at: the step that ends the process.
        seconds: that a step takes.
    """

    metadata = {"render_modes": ["rgb_array", "ansi"], "render_fps": 7}

    def __init__(
        self,
        length: int = 6,
        fails_at: int | None = None,
        ends_at: int | None = None,
        seconds: float = 0.0,
        render_mode: str | None = None,
    ) -> None:
        self.length, self.fails_at, self.ends_at, self.seconds = length, fails_at, ends_at, seconds
        self.render_mode = render_mode
        self.observation_space = spaces.Dict(
            {"position": spaces.Box(-100.0, 100.0, (3,), np.float32), "steps": spaces.Discrete(1000)}
        )
        self.action_space = spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.steps = 0
        self.position = self.np_random.uniform(-1, 1, 3).astype(np.float32) + np.float32((options or {}).get("at", 0))
        return self._observation(), {"start": self.position.copy()}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        time.sleep(self.seconds)
        self.steps += 1
        if self.steps == self.fails_at:
            raise ValueError("stumbled over a stone")
        if self.steps == self.ends_at:
            print("the floor gave way", flush=True)
            os._exit(3)
        self.position = self.position + self.np_random.normal(size=3).astype(np.float32) * (0.1 + float(action))
        info: dict[str, Any] = {
            "distance": float(np.linalg.norm(self.position)),
            "steps": self.steps,
            "even": self.steps % 2 == 0,
            "half": np.float32(self.steps / 2),
            "position": self.position.copy(),
            "parts": {"x": float(self.position[0])},
        }
        if self.position[0] > 0:
            info["side"] = "right"
        return self._observation(), float(self.position[0]), bool(self.position[1] > 3), self.steps >= self.length, info

    def render(self) -> Any:
        if self.render_mode == "ansi":
            return f"at {self.position[0]:.3f}"
        return np.arange(2 * 4 * 3, dtype=np.uint8).reshape(2, 4, 3) + np.uint8(self.steps)

    def _observation(self) -> dict[str, Any]:
        return {"position": self.position.copy(), "steps": np.int64(self.steps)}


if "Worlds/Walk-v0" not in gymnasium.registry:
    gymnasium.register("Worlds/Walk-v0", entry_point="worlds:Walk")
