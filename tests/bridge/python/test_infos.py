import json
import unittest

import numpy as np
from fixtures import entries, frames_of
from random_spaces import same
from rendering import rendered_info

from upslope.errors import ProtocolError
from upslope.infos import decode_infos, encode_infos
from upslope.protocol import STEPPED, Message, decode, encode


def sent(infos):
    """The infos as they arrive."""
    skeleton, buffers = encode_infos(infos)
    message = decode(encode(Message(STEPPED, meta={"infos": skeleton}, buffers=buffers)))
    return decode_infos(message.meta["infos"], message.buffers)


class InfosTest(unittest.TestCase):
    def test_values_are_those_of_the_fixtures(self):
        for entry in entries("infos"):
            with self.subTest(entry["description"]):
                infos = decode_infos(entry["skeleton"], frames_of(entry, "buffers"))
                self.assertEqual(rendered_info(infos), entry["values"])

    def test_bytes_are_those_of_the_fixtures(self):
        for entry in entries("infos"):
            # What was sent as text comes back as text.
            if "$text" not in json.dumps(entry["skeleton"]):
                with self.subTest(entry["description"]):
                    infos = decode_infos(entry["skeleton"], frames_of(entry, "buffers"))
                    self.assertEqual(encode_infos(infos), (entry["skeleton"], frames_of(entry, "buffers")))

    def test_infos_arrive_as_they_were(self):
        objects = np.full(3, None, object)
        objects[0] = {"x": np.ones(2, np.int8)}
        infos = {
            "a": np.arange(6, dtype=np.float32).reshape(2, 3),
            "_a": np.array([True, False]),
            "scalar": np.float64(0.5),
            "flag": np.True_,
            "objects": objects,
            "tuple": (1, [2.5, None], ("x",)),
            "bytes": b"\0\1",
            "nan": float("nan"),
            "inf": [float("inf"), -float("inf")],
            "$key": {"$$": 1, "": "half \ud800"},
            "big": 2**53 - 1,
            "nothing": {},
        }
        self.assertTrue(same(sent(infos), infos), sent(infos))

    def test_arrays_of_the_other_byte_order_and_of_columns(self):
        infos = {"big": np.array([1, 2], ">i4"), "column": np.arange(6).reshape(3, 2)[:, 1]}
        arrived = sent(infos)
        self.assertEqual(arrived["big"].tolist(), [1, 2])
        self.assertEqual(arrived["column"].tolist(), [1, 3, 5])

    def test_arrays_arrive_in_memory_of_their_own(self):
        skeleton, buffers = encode_infos({"a": np.arange(3)})
        data = bytearray(buffers[0])
        array = decode_infos(skeleton, [data])["a"]
        data[:] = bytes(len(data))
        self.assertEqual(array.tolist(), [0, 1, 2])
        array[0] = 7

    def test_what_cannot_be_sent_is_told_as_it_prints(self):
        class Odd:
            def __str__(self):
                return "odd" * 1000

        infos = {"set": {1}, "complex": np.array([1j]), "huge": 2**70, 5: "five", "odd": Odd(), "text": np.str_("x")}
        arrived = sent(infos)
        self.assertEqual(arrived["set"], "{1}")
        self.assertEqual(arrived["complex"], str(np.array([1j])))
        self.assertEqual(arrived["huge"], str(2**70))
        self.assertEqual(arrived["5"], "five")
        self.assertEqual(arrived["odd"], ("odd" * 1000)[:1000])
        self.assertEqual(arrived["text"], "x")

    def test_what_is_nested_deeper_than_meta_may_be_is_told_as_it_prints(self):
        def objects(value):
            array = np.full(1, None, object)
            array[0] = value
            return array

        for wrap, key, most in (
            (lambda x: [x], 0, 59),
            (lambda x: {"a": x}, "a", 59),
            (lambda x: (x,), 0, 29),
            (objects, 0, 29),
        ):
            value = np.ones(1)
            for levels in range(1, 70):
                value = wrap(value)
                # That it arrives means that nobody found it too deep.
                arrived = sent({"deep": value})["deep"]
                for _ in range(levels):
                    arrived = arrived if isinstance(arrived, str) else arrived[key]
                self.assertIsInstance(arrived, np.ndarray if levels <= most else str)

    def test_a_list_that_holds_itself(self):
        around = []
        around.append(around)
        self.assertIsInstance(sent({"around": around})["around"], list)


class RefusalTest(unittest.TestCase):
    def refuse(self, skeleton, *buffers):
        with self.assertRaisesRegex(ProtocolError, "^infos: ") as caught:
            decode_infos(skeleton, buffers)
        self.assertEqual(caught.exception.code, "protocol")

    def test_markers_that_do_not_make_sense(self):
        for skeleton in (
            [],
            {"$tuple": []},
            {"a": {"$odd": 1}},
            {"a": {"$": 1}},
            {"a": {"$float": "1"}},
            {"a": {"$float": 1}},
            {"a": {"$text": 1}},
            {"a": {"$tuple": {}}},
            {"a": {"$objects": "x"}},
            {"a": {"$tuple": [], "b": 1}},
        ):
            with self.subTest(str(skeleton)):
                self.refuse(skeleton)

    def test_arrays_that_do_not_fit_their_buffers(self):
        for array in (
            ["float64", [2], 0],
            ["float64", [1], 1],
            ["float64", [1], -1],
            ["float64", [1], True],
            ["float64", [1], "0"],
            ["float64", [-1], 0],
            ["float64", [1.0], 0],
            ["float64", 1, 0],
            ["object", [1], 0],
            ["complex64", [1], 0],
            [["float64"], [1], 0],
            ["float64", [1]],
            ["bool", [8], 0],
            ["float64", [0, 2**62, 2**62], 1],
            ["float64", [1] * 100, 0],
            None,
        ):
            with self.subTest(str(array)):
                self.refuse({"a": {"$array": array}}, b"\2" * 8, b"")

    def test_a_buffer_is_used_once(self):
        self.refuse({"a": {"$bytes": 0}, "b": {"$bytes": 0}}, b"x")


if __name__ == "__main__":
    unittest.main()
