"""Spaces of every kind and dtype, each with values at the ends of what it can hold."""

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

INF = math.inf


def array(numbers, dtype="float32"):
    return np.array(numbers, dtype)


def spaces():
    yield from number_spaces()
    yield from choice_spaces()
    yield from text_spaces()
    yield from nested_spaces()


def number_spaces():
    yield "float32 without bounds", Box(-INF, INF, (3,)), [array([0.5, -INF, INF]), array([1e-3, 2, 3e38])]
    yield (
        "a bound for each element, of a shape in two dimensions, row-major",
        Box(array([[-INF, -1, 0], [0, -2.5, -INF]]), array([[INF, 1, INF], [1, 2.5, 0]])),
        [array([[7, 0.25, 9], [1, -2.5, -1e9]]), array([[-7, -1, 0], [0, 2.5, 0]])],
    )
    yield "float64", Box(-1.5, INF, (2,), np.float64), [array([0.1, INF], "float64"), array([1e300, 5e-324], "float64")]
    yield (
        "float16: greatest, least normal, least, infinite, a third",
        Box(-INF, INF, (6,), np.float16),
        [array([65504, 2**-14, 2**-24, -INF, 1 / 3, -2], "float16")],
    )
    yield "int8, without bounds in Gymnasium's sense", Box(-INF, INF, (3,), np.int8), [array([-128, 127, -1], "int8")]
    yield "int8, bounds at the ends of its range", Box(-128, 127, (3,), np.int8), [array([-128, 127, -1], "int8")]
    yield "int16, bounded below", Box(-300, INF, (2,), np.int16), [array([-300, 32767], "int16")]
    yield "int32", Box(-(2**31), 2**31 - 1, (2,), np.int32), [array([-(2**31), 2**31 - 1], "int32")]
    yield (
        "int64, beyond what a double can tell apart",
        Box(-INF, INF, (4,), np.int64),
        [array([-(2**63), 2**63 - 1, 2**53 + 2, -1], "int64")],
    )
    image = np.arange(12, dtype=np.uint8).reshape(2, 2, 3) * 23
    yield "uint8, an image", Box(0, 255, (2, 2, 3), np.uint8), [image, 255 - image]
    yield "uint16", Box(0, 65535, (2,), np.uint16), [array([0, 65535], "uint16")]
    yield "uint32", Box(1, 2**32 - 1, (2,), np.uint32), [array([1, 2**32 - 1], "uint32")]
    yield (
        "uint64, beyond what a double can tell apart",
        Box(0, np.iinfo(np.uint64).max, (4,), np.uint64),
        [array([0, 2**53 + 2, 2**63, 2**64 - 1], "uint64")],
    )
    yield "bool", Box(0, 1, (3,), np.bool_), [array([1, 0, 1], "bool"), array([0, 0, 1], "bool")]
    yield "without dimensions", Box(-1, 1, (), np.float32), [array(0.5), array(-1)]
    yield "of no elements", Box(-1, 1, (0, 3), np.float32), [array(np.zeros((0, 3))), array(np.zeros((0, 3)))]
    yield "no values at all", Box(-1, 1, (3,), np.float32), []


def choice_spaces():
    yield "discrete", Discrete(5), [np.int64(0), np.int64(4), np.int64(2)]
    yield "discrete from -2 on", Discrete(3, start=-2), [np.int64(-2), np.int64(0)]
    yield "discrete of another dtype, 64 bits on the wire all the same", Discrete(3, dtype=np.int32), [np.int32(2)]
    yield "multi-discrete", MultiDiscrete([3, 2]), [array([2, 1], "int64"), array([0, 0], "int64")]
    yield (
        "multi-discrete in two dimensions, from other numbers on",
        MultiDiscrete([[3, 2, 9], [1, 4, 5]], start=[[0, -1, 7], [2, 0, -5]]),
        [array([[2, -1, 15], [2, 3, -5]], "int64")],
    )
    yield "multi-binary", MultiBinary(4), [array([1, 0, 1, 1], "int8"), array([0, 0, 0, 1], "int8")]
    yield "multi-binary in two dimensions", MultiBinary([2, 3]), [array([[1, 0, 0], [0, 1, 1]], "int8")]


def text_spaces():
    yield "text, an empty one among them", Text(5, min_length=0, charset="abc"), ["abc", "", "cab"]
    yield (
        "text beyond ASCII, lengths in code points",
        Text(4, charset="aé漢\U0001f642"),
        ["\U0001f642", "aé漢\U0001f642", "漢"],
    )


def nested_spaces():
    point = Box(-1, 1, (2,), np.float32)
    yield (
        "dict, not in alphabetical order",
        Dict([("goal", point), ("at", Discrete(4)), ("été", MultiBinary(2))]),
        [
            {"goal": array([0.5, -0.5]), "at": np.int64(3), "été": array([1, 0], "int8")},
            {"goal": array([1, -1]), "at": np.int64(0), "été": array([0, 1], "int8")},
        ],
    )
    yield "tuple", Tuple([Discrete(3), point]), [(np.int64(2), array([0, 1])), (np.int64(0), array([-1, 0.25]))]
    yield (
        "sequence, an empty one among them",
        Sequence(Discrete(9)),
        [(np.int64(1), np.int64(8)), (), (np.int64(5),)],
    )
    yield (
        "stacked sequence",
        Sequence(point, stack=True),
        [array([[0, 1], [0.5, -0.5]]), array(np.zeros((0, 2))), array([[1, 1]])],
    )
    yield "sequence of texts, none in any", Sequence(Text(3)), [(), ()]
    yield (
        "sequence of sequences",
        Sequence(Sequence(Box(0, 9, (), np.uint8))),
        [((array(1, "uint8"), array(2, "uint8")), (), (array(3, "uint8"),)), (), ((array(4, "uint8"),),)],
    )
    links = array([[0, 1], [2, 0]], "int32")
    nodes = array([[0, 1], [0.5, -0.5], [1, 1]])
    yield (
        "graph: edges, none at all, and a list of none",
        Graph(point, Discrete(3)),
        [
            GraphInstance(nodes, array([2, 0], "int64"), links),
            GraphInstance(nodes[:1], None, None),
            GraphInstance(nodes[:2], array([], "int64"), links[:0]),
        ],
    )
    yield (
        "graph without an edge space",
        Graph(Discrete(4), None),
        [GraphInstance(array([3, 0], "int64"), None, None), GraphInstance(array([], "int64"), None, None)],
    )
    yield (
        "one of several; nobody chose the second",
        OneOf([Discrete(3), Text(2), point]),
        [(np.int64(2), array([0, 1])), (np.int64(0), np.int64(2)), (np.int64(2), array([0.5, 0]))],
    )
    yield from deeply_nested_spaces(point)


def deeply_nested_spaces(point):
    lidar = Sequence(Box(0, INF, (2,), np.float16))
    yield (
        "dict of a tuple of a sequence of boxes",
        Dict([("sensors", Tuple([lidar, Discrete(2)])), ("name", Text(3))]),
        [
            {"sensors": ((array([0, 1.5], "float16"), array([2, INF], "float16")), np.int64(1)), "name": "abc"},
            {"sensors": ((), np.int64(0)), "name": "d"},
        ],
    )
    yield (
        "sequence of one of several",
        Sequence(OneOf([Discrete(3), Dict([("p", point)])])),
        [((np.int64(1), {"p": array([0, 1])}), (np.int64(0), np.int64(2))), ((np.int64(0), np.int64(1)),)],
    )
    yield (
        "stacked sequence of dicts",
        Sequence(Dict([("p", point), ("q", Discrete(2))]), stack=True),
        [
            {"p": array([[0, 1], [1, 0]]), "q": array([1, 0], "int64")},
            {"p": array([[0.5, 0.5]]), "q": array([1], "int64")},
        ],
    )
    yield (
        "graph of structured nodes and edges",
        Graph(Dict([("kind", Discrete(2)), ("at", point)]), Tuple([Box(0, 1, (), np.bool_), Text(2)])),
        [
            GraphInstance(
                {"kind": array([1, 0], "int64"), "at": array([[0, 1], [1, 0]])},
                (array([1, 0, 1], "bool"), ("a", "bc", "d")),
                array([[0, 1], [1, 0], [1, 1]], "int32"),
            ),
        ],
    )
