"""Speed of torch.mm on one core, 2048x64 by 64x64. Prints GFLOP/s.

usage: torch-product.py <torch threads> <seconds>
"""

import sys
import time

import torch

torch.set_num_threads(int(sys.argv[1]))
seconds = float(sys.argv[2])
a, b = torch.rand(2048, 64), torch.rand(64, 64)
c = torch.empty(2048, 64)

TIMES = 100
with torch.inference_mode():
    for _ in range(10 * TIMES):
        torch.mm(a, b, out=c)
    start = time.perf_counter()
    rounds = 0
    while rounds == 0 or time.perf_counter() - start < seconds:
        for _ in range(TIMES):
            torch.mm(a, b, out=c)
        rounds += 1
    print(rounds * TIMES * 2 * 2048 * 64 * 64 / (time.perf_counter() - start) / 1e9)
