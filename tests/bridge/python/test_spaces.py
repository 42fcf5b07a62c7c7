import copy
import json
import unittest

import numpy as np
from fixtures import entries
from gymnasium import Space
from gymnasium.spaces import Box, Dict, Discrete, Graph, MultiBinary, MultiDiscrete, OneOf, Sequence, Text, Tuple
from random_spaces import random_space

from upslope.errors import ProtocolError, UpslopeError
from upslope.spaces import describe, space_from


def through_json(described):
    return json.loads(json.dumps(described, allow_nan=False))


class DescribeTest(unittest.TestCase):
    def test_spaces_of_every_kind(self):
        box = {"type": "box", "low": 0, "high": 1, "shape": [2], "dtype": "bool"}
        discrete = {"type": "discrete", "n": 3, "start": 1}
        for space, described in (
            (Box(0, 1, (2,), np.bool_), box),
            (Discrete(3, start=1), discrete),
            (Discrete(3, start=1, dtype=np.int8), discrete | {"dtype": "int8"}),
            (MultiDiscrete([3, 2]), {"type": "multi-discrete", "nvec": [3, 2], "start": [0, 0]}),
            (
                MultiDiscrete([[3], [2]], start=[[1], [-1]]),
                {"type": "multi-discrete", "nvec": [3, 2], "start": [1, -1], "shape": [2, 1]},
            ),
            (MultiBinary(4), {"type": "multi-binary", "n": 4}),
            (MultiBinary([2, 3]), {"type": "multi-binary", "n": 6, "shape": [2, 3]}),
            (
                Text(9, charset="\U0001f600ba"),
                {"type": "text", "minLength": 1, "maxLength": 9, "characters": "ab\U0001f600"},
            ),
            (
                Dict([("goal", Discrete(3, start=1)), ("at", Box(0, 1, (2,), np.bool_))]),
                {"type": "dict", "spaces": [["goal", discrete], ["at", box]]},
            ),
            (Tuple([Discrete(3, start=1)]), {"type": "tuple", "spaces": [discrete]}),
            (Sequence(Discrete(3, start=1)), {"type": "sequence", "space": discrete, "stack": False}),
            (Graph(Discrete(3, start=1), None), {"type": "graph", "node": discrete, "edge": None}),
            (OneOf([Discrete(3, start=1)]), {"type": "one-of", "spaces": [discrete]}),
        ):
            with self.subTest(str(space)):
                self.assertEqual(describe(space), described)
                self.assertEqual(space_from(described), space)

    def test_bounds_are_one_where_they_agree(self):
        self.assertEqual(describe(Box(-1, np.array([1, 2], np.float32)))["low"], -1)
        self.assertEqual(describe(Box(-1, np.array([1, 2.5], np.float32)))["high"], [1, 2.5])
        self.assertEqual(describe(Box(-np.inf, np.array([np.inf, 2], np.float32)))["high"], ["inf", 2])

    def test_integers_that_gymnasium_holds_for_unbounded(self):
        space = space_from(through_json(describe(Box(-np.inf, np.array([9, 10]), dtype=np.int16))))
        self.assertEqual(describe(space)["low"], "-inf")
        self.assertEqual(space.low.tolist(), [-32768, -32768])
        self.assertFalse(space.is_bounded("below"))
        self.assertTrue(space.is_bounded("above"))
        bounded = space_from(through_json(describe(Box(-128, 127, (2,), np.int8))))
        self.assertTrue(bounded.is_bounded("both"))

    def test_the_greatest_integers_as_javascript_rounds_them(self):
        # JSON.stringify(2 ** 64) and JSON.stringify(2 ** 63).
        described = {"type": "box", "low": 0, "high": 18446744073709552000, "shape": [1], "dtype": "uint64"}
        self.assertEqual(space_from(described).high[0], 2**64 - 1)
        described = described | {"high": 9223372036854775808, "dtype": "int64"}
        self.assertEqual(space_from(described).high[0], 2**63 - 1)

    def test_what_is_no_space_of_gymnasium(self):
        class Odd(Space):
            pass

        with self.assertRaisesRegex(UpslopeError, "Odd"):
            describe(Dict(odd=Odd()))


class InverseTest(unittest.TestCase):
    def test_descriptions_of_random_spaces(self):
        for seed in range(200):
            space = random_space(np.random.default_rng(seed))
            described = describe(space)
            again = space_from(through_json(described))
            self.assertEqual(again, space)
            self.assertEqual(describe(again), described)

    def test_descriptions_of_the_fixtures(self):
        for entry in entries("spaces"):
            with self.subTest(entry["description"]):
                self.assertEqual(describe(space_from(entry["space"])), entry["space"])


class RefusalTest(unittest.TestCase):
    def refuse(self, described, pattern=""):
        with self.assertRaisesRegex(ProtocolError, pattern) as caught:
            space_from(described)
        self.assertEqual(caught.exception.code, "protocol")

    def test_what_describes_no_space(self):
        box = {"type": "box", "low": 0, "high": 1, "shape": [2], "dtype": "float32"}
        for described in (
            None,
            [],
            {},
            {"type": "sphere"},
            box | {"dtype": "object"},
            box | {"dtype": "float128"},
            box | {"shape": [-1]},
            box | {"shape": [2.0]},
            box | {"shape": 2},
            box | {"low": [0]},
            box | {"low": "low"},
            box | {"low": None},
            box | {"low": 2},
            box | {"dtype": "uint8", "low": -1},
            box | {"dtype": "int8", "high": 0.5},
            {"type": "discrete", "n": 0, "start": 0},
            {"type": "discrete", "n": True, "start": 0},
            {"type": "multi-discrete", "nvec": [2, 0], "start": [0, 0]},
            {"type": "multi-discrete", "nvec": [2, 2], "start": [0]},
            {"type": "multi-binary", "n": 5, "shape": [2, 3]},
            {"type": "text", "minLength": 3, "maxLength": 2, "characters": "a"},
            {"type": "dict", "spaces": [["a"]]},
            {"type": "dict", "spaces": [[1, box]]},
            {"type": "tuple", "spaces": 3},
            {"type": "sequence"},
        ):
            with self.subTest(str(described)):
                self.refuse(described)

    def test_spaces_larger_than_any_message(self):
        image = {"type": "box", "low": 0, "high": 255, "shape": [64, 64], "dtype": "uint8"}
        rest = image | {"shape": [2**26 - 64 * 64 + 1]}
        self.refuse({"type": "tuple", "spaces": [image, rest]}, "at most 67108864 bytes")
        self.refuse(image | {"shape": [2**60, 2**60]}, "at most")
        self.refuse({"type": "multi-binary", "n": 2**40}, "at most")

    def test_spaces_within_one_another_without_end(self):
        described = {"type": "discrete", "n": 2, "start": 0}
        for _ in range(31):
            described = {"type": "tuple", "spaces": [described]}
        space_from(described)
        self.refuse({"type": "tuple", "spaces": [described]}, "32 deep")

    def test_corrupted_descriptions_describe_a_space_or_none(self):
        random = np.random.default_rng(9)
        outcomes = {True: 0, False: 0}
        for seed in range(600):
            described = copy.deepcopy(describe(random_space(np.random.default_rng(seed % 150))))
            self.corrupt(described, random)
            try:
                describe(space_from(described))
                outcomes[True] += 1
            except ProtocolError:
                outcomes[False] += 1
        self.assertGreater(min(outcomes.values()), 50)

    def corrupt(self, described, random):
        """Replaces something in there by something else."""
        odd = [None, -1, 0, 3, 2.5, 2**70, 1e308, "inf", "-inf", "x", "int8", [], [1], {}, True, [[]], "\ud800"]
        places = []

        def visit(value):
            for key in value if isinstance(value, dict) else range(len(value)):
                places.append((value, key))
                if isinstance(value[key], (dict, list)):
                    visit(value[key])

        visit(described)
        holder, key = places[random.integers(len(places))]
        if random.random() < 0.2:
            del holder[key]
        else:
            holder[key] = odd[random.integers(len(odd))]


if __name__ == "__main__":
    unittest.main()
