"""Steps per second of one Gymnasium environment with random actions, from reset to reset.

    python environments.py ID SECONDS
"""

import sys
import time

import gymnasium


def main():
    env = gymnasium.make(sys.argv[1])
    seconds = float(sys.argv[2])
    env.action_space.seed(0)
    actions = [env.action_space.sample() for _ in range(64)]
    env.reset(seed=0)
    steps = 0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        for k in range(50):
            _, _, terminated, truncated, _ = env.step(actions[(steps + k) % 64])
            if terminated or truncated:
                env.reset()
        steps += 50
    print(steps / (time.perf_counter() - start))
    env.close()


if __name__ == "__main__":
    main()
