import re
import struct
import unittest
import warnings

import numpy as np
from fixtures import entries, frames_of
from gymnasium.spaces import Box, Dict, Discrete, Graph, GraphInstance, MultiDiscrete, OneOf, Sequence, Text, Tuple
from gymnasium.vector.utils import concatenate, create_empty_array
from random_spaces import random_space, random_values, same
from rendering import rendered, rendered_info, rendered_numbers

from upslope.errors import ProtocolError
from upslope.infos import decode_infos
from upslope.layout import Layout
from upslope.spaces import space_from


class LayoutTestCase(unittest.TestCase):
    def setUp(self):
        # Gymnasium warns of numbers where it would rather have arrays without dimensions, and makes arrays of them.
        caught = warnings.catch_warnings()
        caught.__enter__()
        self.addCleanup(caught.__exit__, None, None, None)
        warnings.simplefilter("ignore")


class BytesTest(LayoutTestCase):
    def test_numbers_lie_in_order_little_endian(self):
        space = Dict([("b", Box(-9, 9, (2,), np.float32)), ("a", Discrete(5))])
        batch = {"b": np.array([[1, 2], [3, -4.5]], np.float32), "a": np.array([4, 1])}
        self.assertEqual(Layout(space).encode(batch, 2), [struct.pack("<4f", 1, 2, 3, -4.5), struct.pack("<2q", 4, 1)])

    def test_numbers_of_the_other_byte_order(self):
        space = Box(-9, 9, (2,), np.float64)
        values = np.array([[1.5, -2]], ">f8")
        self.assertEqual(Layout(space).encode(values, 1), [struct.pack("<2d", 1.5, -2)])

    def test_columns_of_a_larger_array(self):
        values = np.arange(12, dtype=np.float32).reshape(3, 4)[:, ::2]
        self.assertEqual(Layout(Box(0, 99, (2,))).encode(values, 3), [struct.pack("<6f", 0, 2, 4, 6, 8, 10)])

    def test_text_is_code_points(self):
        expected = [struct.pack("<2i", 2, 0), struct.pack("<2I", 0x1F642, 0x61)]
        self.assertEqual(Layout(Text(3, min_length=0, charset="a\U0001f642")).encode(("\U0001f642a", ""), 2), expected)

    def test_a_graph_has_counts_values_and_links(self):
        space = Graph(Discrete(9), Discrete(3))
        links = np.array([[1, 0]], np.int32)
        graphs = (GraphInstance(np.array([7, 8]), np.array([2]), links), GraphInstance(np.array([6]), None, None))
        self.assertEqual(
            Layout(space).encode(graphs, 2),
            [
                struct.pack("<2i", 2, 1),
                struct.pack("<3q", 7, 8, 6),
                struct.pack("<2i", 1, -1),
                struct.pack("<q", 2),
                struct.pack("<2i", 1, 0),
            ],
        )

    def test_one_of_sorts_the_values_by_choice(self):
        space = OneOf([Discrete(9), Box(0, 9, (1,), np.uint8)])
        values = ((1, np.array([5], np.uint8)), (0, 3), (1, np.array([6], np.uint8)))
        expected = [struct.pack("<3i", 1, 0, 1), struct.pack("<q", 3), bytes([5, 6])]
        self.assertEqual(Layout(space).encode(values, 3), expected)

    def test_values_and_bytes_are_those_of_the_fixtures(self):
        for entry in entries("spaces"):
            with self.subTest(entry["description"]):
                space = space_from(entry["space"])
                layout = Layout(space)
                values = layout.decode_values(frames_of(entry, "buffers"), len(entry["values"]))
                self.assertEqual([rendered(space, value) for value in values], entry["values"])
                self.assertTrue(all(value in space for value in values))
                self.assertEqual(layout.encode_values(values), frames_of(entry, "buffers"))

    def test_messages_of_the_fixtures_hold_what_they_should(self):
        for entry in entries("messages"):
            contents = entry.get("contents", {})
            buffers = frames_of(entry["message"], "buffers")
            rows = entry["message"]["rows"]
            with self.subTest(entry["description"]):
                if "action" in contents:
                    self.assertEqual(taken(buffers, contents["actionSpace"], rows), contents["action"])
                if "observation" in contents:
                    self.assertEqual(taken(buffers, contents["observationSpace"], rows), contents["observation"])
                for name, dtype in (("reward", "<f8"), ("terminated", "u1"), ("truncated", "u1")):
                    if name in contents:
                        self.assertEqual(rendered_numbers(np.frombuffer(buffers.pop(0), dtype)), contents[name])
                if "finalRows" in contents:
                    self.assertEqual(np.frombuffer(buffers.pop(0), "<i4").tolist(), contents["finalRows"])
                    last = taken(buffers, contents["observationSpace"], len(contents["finalRows"]))
                    self.assertEqual(last, contents["finalObservation"])
                    infos = decode_infos(entry["message"]["meta"]["infos"], buffers)
                    self.assertEqual(rendered_info(infos), contents["infos"])
                elif contents:
                    self.assertEqual(buffers, [])


def taken(buffers, described, rows):
    """The values in the first buffers, which are removed."""
    space = space_from(described)
    layout = Layout(space)
    mine = buffers[: layout.buffer_count]
    del buffers[: layout.buffer_count]
    return [rendered(space, value) for value in layout.decode_values(mine, rows)]


class InverseTest(LayoutTestCase):
    def test_values_of_random_spaces(self):
        for seed in range(200):
            random = np.random.default_rng(seed)
            space = random_space(random)
            n = int(random.integers(0, 5))
            values = random_values(space, random, n)
            layout = Layout(space)
            buffers = layout.encode_values(values)
            self.assertEqual(len(buffers), layout.buffer_count)
            decoded = layout.decode_values(buffers, n)
            self.assertTrue(same(decoded, values), f"{space}: {decoded} in place of {values}")
            self.assertTrue(all(value in space for value in decoded), str(space))

    def test_batches_are_gymnasiums(self):
        for seed in range(200):
            random = np.random.default_rng(seed)
            space = random_space(random)
            values = random_values(space, random, 3)
            batch = concatenate(space, values, create_empty_array(space, 3))
            layout = Layout(space)
            buffers = layout.encode_values(values)
            self.assertEqual(layout.encode(batch, 3), buffers)
            self.assertTrue(same(layout.decode(buffers, 3), batch), str(space))

    def test_types_of_single_values(self):
        for space, value in (
            (Discrete(5), np.int64(3)),
            (Discrete(5, dtype=np.int8), np.int8(3)),
            (Box(-1, 1, (), np.float32), np.array(0.5, np.float32)),
            (MultiDiscrete([3, 2]), np.array([2, 1])),
            (MultiDiscrete([3, 2], dtype=np.int32), np.array([2, 1], np.int32)),
        ):
            layout = Layout(space)
            (decoded,) = layout.decode_values(layout.encode_values([value]), 1)
            self.assertIs(type(decoded), type(value))
            self.assertEqual(decoded.dtype, value.dtype)
            self.assertEqual(decoded.tolist(), value.tolist())


class MemoryTest(LayoutTestCase):
    def test_buffers_are_copies(self):
        layout = Layout(Box(-1, 1, (2,)))
        values = np.array([[0.5, 1]], np.float32)
        (buffer,) = layout.encode(values, 1)
        values[:] = 0
        self.assertEqual(bytes(buffer), struct.pack("<2f", 0.5, 1))

    def test_arrays_are_copies_aligned_and_writeable(self):
        layout = Layout(Box(-1, 1, (2,), np.float64))
        data = bytearray(b"?" + struct.pack("<4d", 0.5, 1, -1, 0))
        batch = layout.decode([memoryview(data)[1:]], 2)
        data[:] = bytes(len(data))
        self.assertEqual(batch.tolist(), [[0.5, 1], [-1, 0]])
        self.assertTrue(batch.flags.aligned and batch.flags.writeable and batch.flags.owndata)
        first, second = layout.decode_values(layout.encode(batch, 2), 2)
        first[:] = 0
        self.assertEqual(second.tolist(), [-1, 0])


class RefusalTest(LayoutTestCase):
    def test_buffers_of_the_fixtures_that_hold_no_values(self):
        for entry in entries("refused-values"):
            with self.subTest(entry["description"]), self.assertRaises(ProtocolError) as caught:
                Layout(space_from(entry["space"]), "observation").decode(frames_of(entry, "buffers"), entry["rows"])
            self.assertRegex(str(caught.exception), rf"^{re.escape('observation' + entry['path'])}[: ]")

    def test_values_that_are_none_of_the_space(self):
        point = Dict([("p", Box(-1, 1, (2,))), ("n", Discrete(3))])
        good = {"p": np.zeros((1, 2), np.float32), "n": np.zeros(1, np.int64)}
        Layout(point).encode(good, 1)
        for space, batch, path in (
            (point, good | {"p": np.zeros((1, 3))}, "value.p"),
            (point, good | {"p": np.zeros((2, 2))}, "value.p"),
            (point, good | {"n": np.array([0.5])}, "value.n"),
            (point, good | {"p": np.zeros((1, 2), complex)}, "value.p"),
            (point, {"p": good["p"]}, "value"),
            (Text(2), ("abc",), "value"),
            (Text(2), ("\ud800",), ""),
            (Sequence(point), ((good,),), r"value\[\].p"),
            (Tuple([Discrete(3)]), (), "value"),
            (Graph(Discrete(3), None), (np.zeros(3),), "value"),
            (Graph(Discrete(3), Discrete(2)), (graph([0, 1], [1], [[0, 2]]),), "value.links"),
            (Graph(Discrete(3), Discrete(2)), (graph([0, 1], [1, 1], [[0, 1]]),), "value.edges"),
            (Graph(Discrete(3), Discrete(2)), (graph([0, 1], [1, 1], [0, 1]),), "value.links"),
            (OneOf([Discrete(3)]), ((1, 0),), "value"),
        ):
            with self.subTest(f"{space} {batch}"), self.assertRaisesRegex(ValueError, path):
                Layout(space).encode(batch, 1)

    def test_values_without_bytes_are_bounded_too(self):
        empty = Box(-1, 1, (0,))
        self.assertEqual(len(Layout(empty).decode_values([b""], 1000)), 1000)
        many = struct.pack("<2i", 2**20, 2**20)
        for space, buffers, n in (
            (empty, [b""], 2**32 - 1),
            (Sequence(empty), [many[:4] * 2, b""], 2),
            (Graph(empty, empty), [many, b"", many, b"", b""], 2),
        ):
            with self.assertRaises(ProtocolError) as caught:
                Layout(space).decode(buffers, n)
            self.assertEqual(caught.exception.code, "too-big")

    def test_corrupted_buffers_are_values_or_refused(self):
        random = np.random.default_rng(3)
        outcomes = {True: 0, False: 0}
        for seed in range(200):
            space = random_space(np.random.default_rng(seed))
            layout = Layout(space)
            original = layout.encode_values(random_values(space, random, 3))
            for _ in range(10):
                buffers = list(original)
                i = int(random.integers(len(buffers)))
                buffers[i] = corrupted(buffers[i], random)
                try:
                    layout.decode_values(buffers, 3)
                    outcomes[True] += 1
                except ProtocolError:
                    outcomes[False] += 1
        self.assertGreater(min(outcomes.values()), 100)


def graph(nodes, edges, links):
    return GraphInstance(np.array(nodes), np.array(edges), np.array(links))


def corrupted(buffer, random):
    """Cut off, lengthened, or with a byte changed."""
    kind = random.integers(3)
    if kind == 0:
        return buffer[: int(random.integers(len(buffer) + 1))]
    if kind == 1:
        return buffer + random.bytes(int(random.integers(1, 9)))
    changed = bytearray(buffer)
    if changed:
        changed[random.integers(len(changed))] ^= int(random.integers(1, 256))
    return bytes(changed)


if __name__ == "__main__":
    unittest.main()
