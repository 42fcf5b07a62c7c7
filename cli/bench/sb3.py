"""Learning speed of Stable-Baselines3's PPO on CartPole-v1. Prints steps per second.

usage: sb3.py <environments> <steps each> <minibatch> <epochs> <torch threads> <seconds>
"""

import sys
import time

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env


class Clock(BaseCallback):
    """Counts whole rollout-and-update rounds after the first, which warms everything up, for so many seconds."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds
        self.started = None

    def _on_step(self):
        return True

    def _on_rollout_start(self):
        now = time.perf_counter()
        if self.num_timesteps == 0:
            return
        if self.started is None:
            self.started, self.first = now, self.num_timesteps
        elif now - self.started >= self.seconds:
            print((self.num_timesteps - self.first) / (now - self.started))
            sys.exit()


environments, steps, minibatch, epochs, threads = map(int, sys.argv[1:6])
torch.set_num_threads(threads)
model = PPO(
    "MlpPolicy",
    make_vec_env("CartPole-v1", n_envs=environments, seed=0),
    n_steps=steps,
    batch_size=minibatch,
    n_epochs=epochs,
    policy_kwargs={"net_arch": {"pi": [64, 64], "vf": [64, 64]}},
    device="cpu",
    seed=0,
)
model.learn(10**9, callback=Clock(float(sys.argv[6])))
