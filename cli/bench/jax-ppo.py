"""PPO on CartPole-v1 as one jitted JAX program, in the manner of PureJaxRL: environments, rollout and update inside a
single `lax.scan`. Separate 64-64 tanh networks and the defaults of upslope. Prints steps per second.

As in PureJaxRL an episode cut at 500 steps counts as ended, which saves the value of the last observation.

usage: jax-ppo.py <environments> <steps each> <minibatch> <epochs> <cores> <seconds>
       jax-ppo.py --check     learns until the mean return of the episodes that end in ten rounds is 475, or fails
"""

import os
import sys
import time
from functools import partial

CHECK = sys.argv[1:] == ["--check"]
NUM_ENVS, STEPS, MINIBATCH, EPOCHS, CORES = (8, 256, 64, 10, 1) if CHECK else map(int, sys.argv[1:6])

# XLA makes as many threads as the process may use, and reads its flags when it is loaded.
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
if CORES == 1:
    flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flags}"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from jax import lax  # noqa: E402

LEARNING_RATE, GAMMA, LAMBDA, CLIP, VALUE_COEFFICIENT = 3e-4, 0.99, 0.95, 0.2, 0.5
MAX_NORM, BETA1, BETA2, EPSILON = 0.5, 0.9, 0.999, 1e-5
MINIBATCHES = NUM_ENVS * STEPS // MINIBATCH
TIME_LIMIT = 500


# The environment, as Gymnasium's CartPole-v1. A state is [position, velocity, angle, angular velocity].


def fresh_states(key, count):
    return jax.random.uniform(key, (count, 4), minval=-0.05, maxval=0.05)


def env_step(state, action):
    position, velocity, angle, angular = state
    force = jnp.where(action == 1, 10.0, -10.0)
    cosine, sine = jnp.cos(angle), jnp.sin(angle)
    pull = (force + 0.05 * angular**2 * sine) / 1.1
    angular_acceleration = (9.8 * sine - cosine * pull) / (0.5 * (4 / 3 - 0.1 * cosine**2 / 1.1))
    acceleration = pull - 0.05 * angular_acceleration * cosine / 1.1
    after = jnp.stack(
        [
            position + 0.02 * velocity,
            velocity + 0.02 * acceleration,
            angle + 0.02 * angular,
            angular + 0.02 * angular_acceleration,
        ]
    )
    fallen = (jnp.abs(after[0]) > 2.4) | (jnp.abs(after[2]) > 12 * 2 * jnp.pi / 360)
    return after, fallen


# The networks: lists of (weights, biases).


def new_network(key, outputs, gain):
    layers = []
    shapes = ((4, 64, jnp.sqrt(2.0)), (64, 64, jnp.sqrt(2.0)), (64, outputs, gain))
    for layer_key, (rows, columns, scale) in zip(jax.random.split(key, 3), shapes):
        weights = jax.nn.initializers.orthogonal(scale)(layer_key, (rows, columns))
        layers.append((weights, jnp.zeros(columns)))
    return layers


def apply(layers, rows):
    for weights, biases in layers[:-1]:
        rows = jnp.tanh(rows @ weights + biases)
    weights, biases = layers[-1]
    return rows @ weights + biases


def values_of(parameters, observations):
    return apply(parameters["critic"], observations)[:, 0]


# Rollout.


def act(parameters, carry, key):
    states, lengths = carry
    action_key, reset_key = jax.random.split(key)
    log_probs = jax.nn.log_softmax(apply(parameters["actor"], states))
    actions = jax.random.categorical(action_key, log_probs)
    after, fallen = jax.vmap(env_step)(states, actions)
    lengths = lengths + 1
    done = fallen | (lengths == TIME_LIMIT)
    step = {
        "observations": states,
        "actions": actions,
        "log_probs": jnp.take_along_axis(log_probs, actions[:, None], 1)[:, 0],
        "values": values_of(parameters, states),
        "done": done,
        # A step pays 1, so that a return is the length of its episode.
        "returned": jnp.where(done, lengths, 0),
    }
    states = jnp.where(done[:, None], fresh_states(reset_key, NUM_ENVS), after)
    return (states, jnp.where(done, 0, lengths)), step


def advantages_of(rollout, last_values):
    """GAE (Schulman et al. 2016, equation 16), from the last step to the first."""

    def back(carry, step):
        advantage, next_value = carry
        value, going_on = step
        delta = 1.0 + GAMMA * next_value * going_on - value
        advantage = delta + GAMMA * LAMBDA * going_on * advantage
        return (advantage, value), advantage

    start = (jnp.zeros(NUM_ENVS), last_values)
    steps = (rollout["values"], 1.0 - rollout["done"])
    return lax.scan(back, start, steps, reverse=True)[1]


# Update.


def loss(parameters, batch):
    log_probs = jax.nn.log_softmax(apply(parameters["actor"], batch["observations"]))
    chosen = jnp.take_along_axis(log_probs, batch["actions"][:, None], 1)[:, 0]
    advantages = batch["advantages"]
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    ratio = jnp.exp(chosen - batch["log_probs"])
    gain = jnp.minimum(ratio * advantages, jnp.clip(ratio, 1 - CLIP, 1 + CLIP) * advantages)
    errors = values_of(parameters, batch["observations"]) - batch["returns"]
    return -gain.mean() + VALUE_COEFFICIENT * (errors**2).mean()


def adam(parameters, gradients, moments):
    """Kingma and Ba 2015, algorithm 1, after clipping to one global norm."""
    norm = jnp.sqrt(sum((leaf**2).sum() for leaf in jax.tree.leaves(gradients)))
    scale = jnp.minimum(1.0, MAX_NORM / (norm + 1e-6))
    gradients = jax.tree.map(lambda leaf: leaf * scale, gradients)
    first, second, count = moments
    count = count + 1
    first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, gradients)
    second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g**2, second, gradients)
    rate = LEARNING_RATE / (1 - BETA1**count)
    correction = 1 / (1 - BETA2**count)
    parameters = jax.tree.map(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v * correction) + EPSILON), parameters, first, second
    )
    return parameters, (first, second, count)


def fit(carry, batch):
    parameters, moments = carry
    return adam(parameters, jax.grad(loss)(parameters, batch), moments), None


def epoch(samples, carry, key):
    order = jax.random.permutation(key, NUM_ENVS * STEPS)
    batches = jax.tree.map(lambda rows: rows[order].reshape(MINIBATCHES, MINIBATCH, *rows.shape[1:]), samples)
    return lax.scan(fit, carry, batches)[0], None


def round_of(carry, _):
    parameters, moments, envs, key = carry
    key, rollout_key, shuffle_key = jax.random.split(key, 3)
    envs, rollout = lax.scan(partial(act, parameters), envs, jax.random.split(rollout_key, STEPS))
    advantages = advantages_of(rollout, values_of(parameters, envs[0]))
    columns = {name: rollout[name] for name in ("observations", "actions", "log_probs")}
    columns |= {"advantages": advantages, "returns": advantages + rollout["values"]}
    samples = jax.tree.map(lambda rows: rows.reshape(-1, *rows.shape[2:]), columns)
    keys = jax.random.split(shuffle_key, EPOCHS)
    (parameters, moments), _ = lax.scan(partial(epoch, samples), (parameters, moments), keys)
    return (parameters, moments, envs, key), (rollout["returned"].sum(), rollout["done"].sum())


@partial(jax.jit, static_argnums=1)
def train(carry, rounds):
    return lax.scan(round_of, carry, None, length=rounds)


def begin(seed):
    key, actor_key, critic_key, env_key = jax.random.split(jax.random.PRNGKey(seed), 4)
    parameters = {"actor": new_network(actor_key, 2, 0.01), "critic": new_network(critic_key, 1, 1.0)}
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    envs = (fresh_states(env_key, NUM_ENVS), jnp.zeros(NUM_ENVS, jnp.int32))
    return parameters, (zeros, zeros, jnp.zeros((), jnp.int32)), envs, key


def check():
    carry = begin(0)
    for _ in range(30):
        carry, (returned, ended) = train(carry, 10)
        mean_return = float(returned.sum() / jnp.maximum(ended.sum(), 1))
        print(f"mean return {mean_return:.0f}", file=sys.stderr)
        if mean_return >= 475:
            print(mean_return)
            return
    sys.exit("300 rounds did not bring the mean return to 475")


def measure(seconds):
    # Some 100,000 steps a call: what a call costs by itself is then nothing.
    rounds = max(1, 100_000 // (NUM_ENVS * STEPS))
    carry, _ = jax.block_until_ready(train(begin(0), rounds))
    start = time.perf_counter()
    steps = 0
    while steps == 0 or time.perf_counter() - start < seconds:
        carry, _ = jax.block_until_ready(train(carry, rounds))
        steps += rounds * NUM_ENVS * STEPS
    print(steps / (time.perf_counter() - start))


if CHECK:
    check()
else:
    measure(float(sys.argv[6]))
