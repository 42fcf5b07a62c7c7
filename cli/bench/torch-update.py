"""Time of a minibatch of a PPO update in PyTorch, on made-up experience. Prints milliseconds.

usage: torch-update.py <observations> <actions> <width> <minibatch> <minibatches> <torch threads> <seconds>
"""

import math
import sys
import time

import torch
from torch import nn

observation_size, action_size, width, minibatch, minibatches, threads = map(int, sys.argv[1:7])
seconds = float(sys.argv[7])
torch.set_num_threads(threads)
torch.manual_seed(0)


def network(outputs, gain):
    layers = []
    for inputs, neurons in ((observation_size, width), (width, width)):
        layer = nn.Linear(inputs, neurons)
        nn.init.orthogonal_(layer.weight, math.sqrt(2))
        nn.init.zeros_(layer.bias)
        layers += [layer, nn.Tanh()]
    head = nn.Linear(width, outputs)
    nn.init.orthogonal_(head.weight, gain)
    nn.init.zeros_(head.bias)
    return nn.Sequential(*layers, head)


actor, critic = network(action_size, 0.01), network(1, 1.0)
log_std = nn.Parameter(torch.zeros(action_size))
parameters = [*actor.parameters(), *critic.parameters(), log_std]
# A rate of 0 costs the same and keeps the numbers as they are, as nothing new is experienced.
optimiser = torch.optim.Adam(parameters, lr=0.0, eps=1e-5)

samples = minibatch * minibatches
observations = torch.randn(samples, observation_size)
actions = torch.randn(samples, action_size)
old_log_probs = -0.5 * (actions**2 + math.log(2 * math.pi)).sum(1)
advantages, returns = torch.randn(samples), torch.randn(samples)


def update():
    order = torch.randperm(samples)
    for chosen in order.split(minibatch):
        advantage = advantages[chosen]
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        rows = observations[chosen]
        deviations = (actions[chosen] - actor(rows)) * torch.exp(-log_std)
        log_probs = (-0.5 * (deviations**2 + math.log(2 * math.pi)) - log_std).sum(1)
        ratio = torch.exp(log_probs - old_log_probs[chosen])
        policy_loss = -torch.min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean()
        value_loss = ((critic(rows).squeeze(1) - returns[chosen]) ** 2).mean()
        optimiser.zero_grad()
        (policy_loss + 0.5 * value_loss).backward()
        nn.utils.clip_grad_norm_(parameters, 0.5)
        optimiser.step()


for _ in range(2):
    update()
start = time.perf_counter()
updates = 0
while updates == 0 or time.perf_counter() - start < seconds:
    update()
    updates += 1
print(1000 * (time.perf_counter() - start) / (updates * minibatches))
