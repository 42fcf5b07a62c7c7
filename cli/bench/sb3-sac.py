"""Learning speed of Stable-Baselines3's SAC on Pendulum-v1. Prints steps per second.

usage: sb3-sac.py <width of both hidden layers> <batch> <torch threads> <seconds>
"""

import sys
import time

import torch
from stable_baselines3 import SAC
from stable_baselines3.common.callbacks import BaseCallback

WARM_UP = 150


class Clock(BaseCallback):
    """Counts steps, each with its gradient step, after some that warm everything up, for so many seconds."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def _on_step(self):
        if self.num_timesteps == WARM_UP:
            self.started = time.perf_counter()
        if self.num_timesteps > WARM_UP:
            elapsed = time.perf_counter() - self.started
            if elapsed >= self.seconds:
                print((self.num_timesteps - WARM_UP) / elapsed)
                return False
        return True


width, batch, threads = map(int, sys.argv[1:4])
torch.set_num_threads(threads)
model = SAC(
    "MlpPolicy",
    "Pendulum-v1",
    batch_size=batch,
    policy_kwargs={"net_arch": [width, width]},
    device="cpu",
    seed=0,
)
model.learn(10**9, callback=Clock(float(sys.argv[4])))
