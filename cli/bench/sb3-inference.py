"""Speed of acting with Stable-Baselines3's PPO on CartPole-v1. Prints actions per second.

usage: sb3-inference.py <observations at once> <torch threads> <seconds>
"""

import sys
import time

import numpy as np
import torch
from stable_baselines3 import PPO

rows, threads = map(int, sys.argv[1:3])
seconds = float(sys.argv[3])
torch.set_num_threads(threads)
model = PPO("MlpPolicy", "CartPole-v1", policy_kwargs={"net_arch": {"pi": [64, 64], "vf": [64, 64]}}, device="cpu")
observations = np.random.default_rng(1).standard_normal((rows, 4)).astype(np.float32)

for _ in range(100):
    model.predict(observations, deterministic=True)
start = time.perf_counter()
calls = 0
while calls == 0 or time.perf_counter() - start < seconds:
    for _ in range(20):
        model.predict(observations, deterministic=True)
    calls += 20
print(calls * rows / (time.perf_counter() - start))
