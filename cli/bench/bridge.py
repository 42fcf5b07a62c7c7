"""Steps per second of CartPole-v1 as Python sees it, with random actions.

    python bridge.py sync|async|upslope|upslope-infos NUM_ENVS SECONDS

sync and async are Gymnasium's own vector environments, whose CartPole has no infos; upslope steps ours over the bridge
without, upslope-infos with its five.
"""

import sys
import time

import gymnasium


def make(kind, num_envs):
    if kind.startswith("upslope"):
        import upslope

        return upslope.make_vec("CartPole-v1", num_envs, infos="all" if kind == "upslope-infos" else "none")
    return gymnasium.make_vec("CartPole-v1", num_envs=num_envs, vectorization_mode=kind)


def main():
    kind, num_envs, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    envs = make(kind, num_envs)
    envs.action_space.seed(0)
    actions = [envs.action_space.sample() for _ in range(64)]
    envs.reset(seed=0)
    for k in range(20):
        envs.step(actions[k])
    steps = 0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        for k in range(16):
            envs.step(actions[(steps + k) % 64])
        steps += 16
    print(steps * num_envs / (time.perf_counter() - start))
    envs.close()


if __name__ == "__main__":
    main()
