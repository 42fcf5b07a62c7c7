import json
import struct
import unittest

import numpy as np
from fixtures import entries, frames_of

from upslope.protocol import (
    MAX_FRAMES,
    MAX_MESSAGE_BYTES,
    PING,
    STEP,
    Message,
    ProtocolError,
    StreamReader,
    decode,
    encode,
    pack_stream,
)


def message_of(entry):
    fields = dict(entry["message"])
    return Message(buffers=frames_of(fields, "buffers"), **{key: fields[key] for key in fields if key != "buffers"})


class MessageTest(unittest.TestCase):
    def test_a_header_lies_as_the_protocol_says(self):
        header, meta, buffer = encode(Message(STEP, 1, 2, 3, 4, None, [b"x"], final=True))
        self.assertEqual(header, b"UPSL" + struct.pack("<BBHIIQII", 1, 14, 1, 1, 2, 3, 4, 1))
        self.assertEqual((meta, buffer), (b"", b"x"))

    def test_bytes_are_those_of_the_fixtures(self):
        for entry in entries("messages"):
            with self.subTest(entry["description"]):
                self.assertEqual([bytes(frame) for frame in encode(message_of(entry))], frames_of(entry))

    def test_messages_are_those_of_the_fixtures(self):
        for entry in entries("messages"):
            with self.subTest(entry["description"]):
                self.assertEqual(decode(frames_of(entry)), message_of(entry))

    def test_every_type_has_a_fixture(self):
        known = set(range(256)) - {kind for kind in range(256) if not _is_known(kind)}
        self.assertEqual({entry["message"]["type"] for entry in entries("messages")}, known)

    def test_meta_is_written_as_javascript_writes_it(self):
        _, meta = encode(Message(PING, meta={"ä": ['"\\\n\x01', 1, None], "half": "\ud800"}))
        self.assertEqual(meta, '{"ä":["\\"\\\\\\n\\u0001",1,null],"half":"\\ud800"}'.encode())

    def test_meta_without_a_form_in_json_is_refused(self):
        with self.assertRaises(ValueError):
            encode(Message(PING, meta={"x": float("nan")}))

    def test_what_is_no_message_is_refused(self):
        for entry in entries("refused-messages"):
            with self.subTest(entry["description"]), self.assertRaises(ProtocolError) as caught:
                decode(frames_of(entry))
            self.assertEqual(caught.exception.code, entry["code"], entry["description"])

    def test_meta_may_be_64_deep(self):
        header, _ = encode(Message(PING))
        meta = b'{"a":' * 63 + b"{}" + b"}" * 63
        self.assertIn("a", decode([header, meta]).meta)
        with self.assertRaises(ProtocolError):
            decode([header, b'{"a":' + meta + b"}"])

    def test_meta_of_brackets_without_end_is_refused(self):
        header, _ = encode(Message(PING))
        with self.assertRaises(ProtocolError):
            decode([header, b'{"a":' + b"[" * 1_000_000])

    def test_limits_hold_both_ways(self):
        most = bytes(MAX_MESSAGE_BYTES - 32)
        frames = encode(Message(STEP, buffers=[most]))
        self.assertEqual(len(decode(frames).buffers[0]), len(most))
        for buffers in ([most, b"x"], [b""] * (MAX_FRAMES - 1)):
            header = b"UPSL" + struct.pack("<BBHIIQII", 1, STEP, 0, 0, 0, 0, 0, len(buffers))
            for attempt in (lambda: encode(Message(STEP, buffers=buffers)), lambda: decode([header, b"", *buffers])):
                with self.assertRaises(ProtocolError) as caught:
                    attempt()
                self.assertEqual(caught.exception.code, "too-big")

    def test_corrupted_messages_are_messages_or_refused(self):
        random = np.random.default_rng(5)
        originals = [frames_of(entry) for entry in entries("messages")]
        outcomes = {True: 0, False: 0}
        for _ in range(4000):
            frames = list(originals[random.integers(len(originals))])
            i = random.integers(2)
            frames[i] = corrupted(frames[i], random)
            try:
                encode(decode(frames))
                outcomes[True] += 1
            except ProtocolError:
                outcomes[False] += 1
        self.assertGreater(min(outcomes.values()), 100)


def _is_known(kind):
    header, meta = encode(Message(kind))
    try:
        decode([header, meta])
    except ProtocolError:
        return False
    return True


def corrupted(data, random):
    data = bytearray(data)
    for _ in range(random.integers(1, 4)):
        at = int(random.integers(len(data) + 1))
        kind = random.integers(3)
        if kind == 0:
            data[at:] = b""
        elif kind == 1:
            data[at : at + 1] = random.bytes(1)
        else:
            data[at:at] = random.bytes(int(random.integers(1, 5)))
    return bytes(data)


class StreamTest(unittest.TestCase):
    def test_bytes_are_those_of_the_fixtures(self):
        for entry in entries("messages"):
            with self.subTest(entry["description"]):
                self.assertEqual(b"".join(pack_stream(frames_of(entry))), bytes.fromhex(entry["stream"]))

    def test_messages_come_out_whole_whatever_the_pieces(self):
        originals = [frames_of(entry) for entry in entries("messages")]
        stream = b"".join(bytes.fromhex(entry["stream"]) for entry in entries("messages"))
        for size in (1, 3, 50, 1000, len(stream)):
            reader = StreamReader()
            read = []
            for at in range(0, len(stream), size):
                read += reader.feed(stream[at : at + size])
            self.assertEqual([[bytes(frame) for frame in frames] for frames in read], originals)

    def test_frames_stay_as_they_are_when_more_comes(self):
        reader = StreamReader()
        packed = b"".join(pack_stream([b"a" * 32, b"", b"first"]))
        (frames,) = reader.feed(packed)
        reader.feed(b"".join(pack_stream([b"b" * 32, b"", b"other"])))
        self.assertEqual(bytes(frames[2]), b"first")

    def test_large_messages_go_uncopied(self):
        large = memoryview(bytearray(100_000))
        parts = pack_stream([b"h" * 32, b"", large])
        self.assertIs(parts[-1], large)
        ((*_, read),) = StreamReader().feed(b"".join(parts))
        self.assertEqual(read, large)

    def test_limits_are_told_by_the_lengths_alone(self):
        for table, code in (
            (struct.pack("<I", 1), "protocol"),
            (struct.pack("<I", MAX_FRAMES + 1), "too-big"),
            (struct.pack("<3I", 2, 32, MAX_MESSAGE_BYTES - 31), "too-big"),
        ):
            with self.assertRaises(ProtocolError) as caught:
                StreamReader().feed(table)
            self.assertEqual(caught.exception.code, code)
        self.assertEqual(StreamReader().feed(struct.pack("<3I", 2, 32, MAX_MESSAGE_BYTES - 32)), [])


class FixtureTest(unittest.TestCase):
    def test_meta_of_the_fixtures_is_in_order(self):
        for entry in entries("messages"):
            meta = entry["message"]["meta"]
            if meta is not None:
                written = json.dumps(meta, separators=(",", ":"), ensure_ascii=False)
                self.assertEqual(written.encode("utf-8", "backslashreplace").hex(), entry["frames"][1])


if __name__ == "__main__":
    unittest.main()
