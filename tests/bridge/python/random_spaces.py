"""Spaces of any kind within one another, values of theirs, and whether two values are the same."""

import math

import numpy as np
from gymnasium.spaces import (
    Box,
    Dict,
    Discrete,
    Graph,
    GraphInstance,
    MultiBinary,
    MultiDiscrete,
    OneOf,
    Sequence,
    Text,
    Tuple,
)
from gymnasium.vector.utils import create_empty_array

from upslope.spaces import DTYPES

NAMES = ["b", "a", "10", "2", "__proto__", "$x", "é"]


def random_space(random, levels=3):
    leaves = [_box, _discrete, _multi_discrete, _multi_binary, _text]
    nested = [_dict, _tuple, _sequence, _graph, _one_of]
    kinds = leaves if levels <= 1 else leaves + nested
    return kinds[random.integers(len(kinds))](random, levels)


def random_values(space, random, n):
    """Gymnasium's own samples, and for graphs those it has no sample of: without edges, with none of them."""
    space.seed(int(random.integers(2**31)))
    values = [space.sample() for _ in range(n)]
    if isinstance(space, Graph):
        values = [_thin(space, value, random) for value in values]
    return values


def _thin(space, graph, random):
    if graph.edges is None or random.random() < 0.5:
        return graph
    if random.random() < 0.5:
        return GraphInstance(graph.nodes, None, None)
    return GraphInstance(graph.nodes, create_empty_array(space.edge_space, 0), np.empty((0, 2), np.int32))


def _shape(random):
    return tuple(int(length) for length in random.integers(0, 4, random.integers(0, 4)))


def _box(random, _):
    dtype = np.dtype(DTYPES[random.integers(len(DTYPES))])
    shape = _shape(random)
    if dtype.kind == "b":
        return Box(0, 1, shape, np.bool_)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        # Of the greatest numbers of 64 bits Gymnasium can draw no samples.
        low, high = max(info.min, -1000), min(info.max, 1000)
        lows = random.integers(low, high, shape, dtype)
        return Box(lows, np.full(shape, high, dtype), shape, dtype.type)
    low = random.normal(size=shape).astype(dtype)
    high = low + np.asarray(random.exponential(size=shape), dtype)
    low, high = np.asarray(low), np.asarray(high)
    low[random.random(shape) < 0.3] = -math.inf
    high[random.random(shape) < 0.3] = math.inf
    return Box(low, high, shape, dtype.type)


def _discrete(random, _):
    dtype = [np.int64, np.int32, np.uint8][random.integers(3)]
    return Discrete(int(random.integers(1, 9)), start=int(random.integers(0, 5)), dtype=dtype)


def _multi_discrete(random, _):
    shape = (1, *_shape(random)) if random.random() < 0.3 else (3,)
    return MultiDiscrete(random.integers(1, 5, shape), start=random.integers(-3, 3, shape))


def _multi_binary(random, _):
    return MultiBinary(3 if random.random() < 0.5 else [2, 3])


def _text(random, _):
    return Text(int(random.integers(2, 9)), min_length=int(random.integers(2)), charset="xyzä\U0001f600")


def _dict(random, levels):
    count = int(random.integers(1, 5))
    names = random.permutation(NAMES)[:count]
    return Dict([(str(name), random_space(random, levels - 1)) for name in names])


def _tuple(random, levels):
    return Tuple([random_space(random, levels - 1) for _ in range(random.integers(1, 4))])


def _sequence(random, levels):
    return Sequence(random_space(random, levels - 1), stack=bool(random.integers(2)))


def _graph(random, levels):
    edge = None if random.random() < 0.3 else random_space(random, levels - 2)
    return Graph(random_space(random, levels - 2), edge)


def _one_of(random, levels):
    return OneOf([random_space(random, levels - 1) for _ in range(random.integers(1, 4))])


def same(a, b):
    """To the last bit and type, but for numbers of NumPy's and arrays without dimensions."""
    if isinstance(a, (np.ndarray, np.generic)) and isinstance(b, (np.ndarray, np.generic)):
        if a.dtype == object:
            return same(list(a), list(b))
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b or (isinstance(a, float) and math.isnan(a) and math.isnan(b))
