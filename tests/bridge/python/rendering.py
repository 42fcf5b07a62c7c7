"""Values as the JSON of bridge/fixtures/README.md."""

import math

import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, Graph, MultiBinary, MultiDiscrete, OneOf, Sequence, Text, Tuple
from gymnasium.vector.utils import iterate


def rendered(space, value):
    """A value of a space."""
    if isinstance(space, (Box, MultiDiscrete, MultiBinary)):
        return rendered_numbers(value)
    if isinstance(space, Discrete):
        return int(value)
    if isinstance(space, Text):
        return value
    if isinstance(space, Dict):
        return [[name, rendered(part, value[name])] for name, part in space.spaces.items()]
    if isinstance(space, Tuple):
        return [rendered(part, one) for part, one in zip(space.spaces, value, strict=True)]
    if isinstance(space, Sequence):
        elements = iterate(space.stacked_feature_space, value) if space.stack else value
        return [rendered(space.feature_space, one) for one in elements]
    if isinstance(space, Graph):
        nodes = [rendered(space.node_space, one) for one in iterate(space.batch_node_space, value.nodes)]
        if value.edge_links is None:
            return {"nodes": nodes, "edges": None, "links": None}
        edges = [rendered(space.edge_space, one) for one in iterate(space.batch_edge_space, value.edges)]
        return {"nodes": nodes, "edges": edges, "links": rendered_numbers(value.edge_links)}
    if isinstance(space, OneOf):
        index, chosen = value
        return [int(index), rendered(space.spaces[index], chosen)]
    raise TypeError(f"{space} is no space of Gymnasium's")


def rendered_numbers(array):
    return [rendered_number(number) for number in np.asarray(array).ravel().tolist()]


def rendered_number(number):
    if isinstance(number, float) and not math.isfinite(number):
        return str(number)
    if isinstance(number, int):
        return int(number) if abs(number) <= 2**53 else str(number)
    return int(number) if number.is_integer() and abs(number) <= 2**53 else number


def rendered_info(value):
    """A value among infos."""
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, dict):
        return [[name, rendered_info(one)] for name, one in value.items()]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (list, tuple)) or isinstance(value, np.ndarray) and value.dtype == object:
        return [rendered_info(one) for one in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return rendered_numbers(value)
    return rendered_number(value)
