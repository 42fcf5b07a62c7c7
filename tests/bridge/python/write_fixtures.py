"""Writes the messages, values and infos in bridge/fixtures, which the tests of both languages read.

Made with gymnasium 1.4.0 and numpy 2.4.6:
    PYTHONPATH=bridge/python python tests/bridge/python/write_fixtures.py
"""

import json
import math
import struct
from pathlib import Path

import numpy as np
from fixture_spaces import INF, array, spaces
from gymnasium.spaces import Box, Dict, Discrete, Graph, MultiBinary, OneOf, Sequence, Text, Tuple
from rendering import rendered, rendered_info, rendered_numbers

from upslope import protocol
from upslope.infos import decode_infos, encode_infos
from upslope.layout import Layout
from upslope.protocol import Message, encode, pack_stream
from upslope.spaces import describe

FOLDER = Path(__file__).parents[3] / "bridge" / "fixtures"

INSTANCE = 305419896
NAN = math.nan


def write(name, entries):
    """One key a line."""
    lines = ",\n".join(
        "  {\n" + ",\n".join(f"    {compact(key)}: {compact(value)}" for key, value in entry.items()) + "\n  }"
        for entry in entries
    )
    # Half a surrogate pair is no character of UTF-8, but JSON has an escape for it, which this is.
    (FOLDER / f"{name}.json").write_bytes(f"[\n{lines}\n]\n".encode("utf-8", "backslashreplace"))


def compact(value):
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def hexes(buffers):
    return [bytes(buffer).hex() for buffer in buffers]


def space_entries():
    for description, space, values in spaces():
        assert all(value in space for value in values), description
        yield {
            "description": description,
            "space": describe(space),
            "values": [rendered(space, value) for value in values],
            "buffers": hexes(Layout(space).encode_values(values)),
        }


def message_entries():
    for description, message, contents in messages():
        frames = encode(message)
        fields = {key: getattr(message, key) for key in ("type", "session", "epoch", "seq", "rows", "final", "meta")}
        yield {
            "description": description,
            "message": fields | {"buffers": hexes(message.buffers)},
            **({"contents": contents} if contents else {}),
            "frames": hexes(frames),
            "stream": b"".join(pack_stream(frames)).hex(),
        }


def messages():
    yield from greetings()
    yield from openings()
    yield from steps()
    yield from others()


def greetings():
    host = {
        "protocol": [1, 0],
        "oldest": [1, 0],
        "role": "host",
        "instance": INSTANCE,
        "software": "upslope-python 0.1.0",
        "runtime": "Python 3.11.7, Gymnasium 1.4.0, NumPy 2.4.6",
        "machine": "lab3",
        "pid": 4711,
        "environments": ["*"],
    }
    driver = {
        "protocol": [1, 0],
        "oldest": [1, 0],
        "role": "driver",
        "instance": 2**32 - 1,
        "software": "upslope 0.1.0",
        "runtime": "Node.js 20.20.2",
        "machine": "lab1",
        "pid": 815,
    }
    reason = {"code": "version", "message": "They have no version in common.", "hint": "npm install upslope@latest"}
    yield "HELLO of a host", Message(protocol.HELLO, meta=host), None
    yield "WELCOME of a driver", Message(protocol.WELCOME, meta=driver), None
    yield "REJECT", Message(protocol.REJECT, meta=reason), None


def in_session(kind, seq, **parts):
    return Message(kind, session=7, epoch=INSTANCE, seq=seq, **parts)


CART = Box(array([-4.5, -INF]), array([4.5, INF]))
PUSH = Discrete(2)


def openings():
    wanted = {
        "environment": "Cart-v1",
        "options": {"gravity": 9.81, "name": 'a "café" \U0001f642\n', "list": [1, None, True]},
        "numEnvs": 3,
        "autoreset": "same-step",
        "maxEpisodeSteps": None,
        "renderMode": "rgb_array",
        "onError": "raise",
        "infos": "all",
    }
    opened = {
        "observationSpace": describe(CART),
        "actionSpace": describe(PUSH),
        "spec": {"id": "Cart-v1", "maxEpisodeSteps": 500, "rewardThreshold": None, "nondeterministic": False},
        "metadata": {"render_modes": ["rgb_array"], "render_fps": 50},
    }
    yield "OPEN", in_session(protocol.OPEN, 1, meta=wanted), None
    yield "OPENED", in_session(protocol.OPENED, 1, rows=3, meta=opened), None


def steps():
    observations = Layout(CART)
    first = [array([0, 0.5]), array([-1, 2]), array([0.25, -INF])]
    yield "RESET of all", in_session(protocol.RESET, 2, rows=3, meta={"seed": 42, "options": None}), None
    yield (
        "RESET of some, with a mask",
        in_session(
            protocol.RESET,
            3,
            rows=3,
            meta={"seed": [7, None, 4294967296], "options": {"low": -0.5}},
            buffers=[bytes([1, 0, 1])],
        ),
        None,
    )
    yield (
        "STARTED, with nothing in its infos",
        in_session(protocol.STARTED, 2, rows=3, buffers=observations.encode_values(first)),
        {"observationSpace": describe(CART), "observation": [rendered(CART, value) for value in first]},
    )
    actions = [np.int64(1), np.int64(0), np.int64(1)]
    yield (
        "STEP",
        in_session(protocol.STEP, 4, rows=3, buffers=Layout(PUSH).encode_values(actions)),
        {"actionSpace": describe(PUSH), "action": [rendered(PUSH, action) for action in actions]},
    )
    yield stepped("STEPPED, with nothing in its infos", 4, observations, first, [0, 0, 0], [])
    yield stepped("STEPPED, with final rows and infos", 5, observations, first, [1, 0, 0], [0, 2])


def stepped(description, seq, observations, present, terminated, final_rows):
    rewards = array([1, -0.125, 1e-3], "float64")
    truncated = [0, 0, 1 if final_rows else 0]
    buffers = [*observations.encode_values(present), rewards.tobytes(), bytes(terminated), bytes(truncated)]
    contents = {
        "observationSpace": describe(CART),
        "observation": [rendered(CART, value) for value in present],
        "reward": rendered_numbers(rewards),
        "terminated": terminated,
        "truncated": truncated,
    }
    meta = None
    if final_rows:
        last = [array([4.5, 1]), array([-2, -3])]
        buffers += [struct.pack("<2i", *final_rows), *observations.encode_values(last)]
        infos = {"distance": array([0.5, 0, 2], "float64"), "_distance": array([1, 0, 1], "bool")}
        skeleton, arrays = encode_infos(infos)
        meta = {"infos": skeleton}
        buffers += arrays
        contents |= {
            "finalRows": final_rows,
            "finalObservation": [rendered(CART, value) for value in last],
            "infos": rendered_info(infos),
        }
    parts = {"rows": 3, "meta": meta, "buffers": buffers, "final": bool(final_rows)}
    return description, in_session(protocol.STEPPED, seq, **parts), contents


def others():
    yield "RENDER", in_session(protocol.RENDER, 6), None
    frames = {"frames": [{"shape": [1, 2, 3]}, {"text": "^_^ ❤"}, None]}
    yield "RENDERED", in_session(protocol.RENDERED, 6, rows=3, meta=frames, buffers=[bytes(range(250, 256))]), None
    yield "CLOSE, with a seq beyond 32 bits", in_session(protocol.CLOSE, 2**32 + 5), None
    yield "CLOSED", in_session(protocol.CLOSED, 2**32 + 5), None
    yield "PING, outside sessions", Message(protocol.PING, epoch=INSTANCE), None
    yield "PONG", Message(protocol.PONG, epoch=INSTANCE), None
    yield "BYE", Message(protocol.BYE, meta={"reason": "closed"}), None
    told = {
        "code": "environment",
        "message": "division by zero",
        "hint": "Reset the batch.",
        "index": 2,
        "exception": "ZeroDivisionError",
        "traceback": "Traceback (most recent call last):\n  ...\n",
    }
    yield "ERROR", in_session(protocol.ERROR, 5, meta=told), None
    yield "ERROR outside sessions", Message(protocol.ERROR, meta={"code": "protocol", "message": "Half: \ud83d"}), None


def refused_messages():
    """What is no message, and the code of the ERROR that answers it."""
    header, *_ = encode(Message(protocol.PING, 7, INSTANCE, 9))
    ping = bytes(header)

    def changed(at, replacement):
        return ping[:at] + replacement + ping[at + len(replacement) :]

    def with_meta(meta):
        return [ping, meta]

    deep = b'{"a":' * 64
    yield refused("no frames", "protocol", [])
    yield refused("a header alone", "protocol", [ping])
    yield refused("a header that is too short", "protocol", [ping[:31], b""])
    yield refused("a header that is too long", "protocol", [ping + b"\0", b""])
    yield refused("another first word", "protocol", [changed(0, b"UPSI"), b""])
    yield refused("the next major version", "version", [changed(4, b"\2"), b""])
    yield refused("an unknown type", "protocol", [changed(5, b"\x63"), b""])
    yield refused("an unknown flag", "protocol", [changed(6, b"\2\0"), b""])
    yield refused("a flag in the upper byte", "protocol", [changed(6, b"\0\1"), b""])
    yield refused("a buffer too few", "protocol", [changed(28, b"\1"), b""])
    yield refused("a buffer too many", "protocol", [ping, b"", b"\0"])
    yield refused("meta that is a list", "protocol", with_meta(b"[1]"))
    yield refused("meta that is null", "protocol", with_meta(b"null"))
    yield refused("meta cut off", "protocol", with_meta(b'{"a":1'))
    yield refused("meta with NaN", "protocol", with_meta(b'{"a":NaN}'))
    yield refused("meta in Latin-1", "protocol", with_meta('{"a":"é"}'.encode("latin-1")))
    yield refused("meta after a byte order mark", "protocol", with_meta(b'\xef\xbb\xbf{"a":1}'))
    yield refused("meta nested 65 deep", "protocol", with_meta(deep + b"[]" + b"}" * 64))


def refused(description, code, frames):
    return {"description": description, "code": code, "frames": hexes(frames)}


def refused_values():
    """Buffers that hold no values of a space, and the path of the part at fault."""

    def i32(*numbers):
        return struct.pack(f"<{len(numbers)}i", *numbers)

    flags = Dict([("on", Box(0, 1, (2,), np.bool_)), ("goal", Tuple([Discrete(3), Box(-1, 1, (2,))]))])
    words = Sequence(Text(9))
    graph = Graph(Discrete(3), Discrete(2))
    choice = OneOf([Discrete(3), MultiBinary(2)])
    eight, none = bytes(8), b""
    yield misfit("a buffer too few", "", flags, [bytes(2), eight])
    yield misfit("a buffer too many", "", Discrete(3), [eight, none])
    yield misfit("a byte too few", ".goal[1]", flags, [bytes(2), eight, bytes(7)])
    yield misfit("a byte too many", ".goal[0]", flags, [bytes(2), bytes(9), eight])
    yield misfit("a boolean of 2", ".on", flags, [bytes([1, 2]), eight, eight])
    yield misfit("a length below 0", "", words, [i32(-1), none, none])
    yield misfit("a length without end", "", words, [i32(2**31 - 1), none, none])
    yield misfit("lengths for another number of rows", "", words, [i32(0, 0), none, none])
    yield misfit("a text shorter than its length", "[]", words, [i32(1), i32(2), i32(97)])
    yield misfit("a text of what is no character", "[]", words, [i32(1), i32(1), i32(0x110000)])
    yield misfit("a text of half a surrogate pair", "[]", words, [i32(1), i32(1), i32(0xD800)])
    yield misfit("fewer nodes than none", ".nodes", graph, [i32(-1), none, i32(-1), none, none])
    yield misfit("fewer edges than none at all", ".edges", graph, [i32(1), eight, i32(-2), none, none])
    yield misfit("a link to the node after the last", ".links", graph, [i32(1), eight, i32(1), eight, i32(0, 1)])
    yield misfit("a link to a node below 0", ".links", graph, [i32(1), eight, i32(1), eight, i32(-1, 0)])
    yield misfit("half a link", ".links", graph, [i32(1), eight, i32(1), eight, i32(0)])
    yield misfit("an edge without a value", ".edges", graph, [i32(1), eight, i32(1), none, i32(0, 0)])
    yield misfit("the choice after the last", "", choice, [i32(2), none, none])
    yield misfit("a choice below 0", "", choice, [i32(-1), none, none])
    yield misfit("a value that was not chosen", "[1]", choice, [i32(0), eight, bytes(2)])


def misfit(description, path, space, buffers):
    return {"description": description, "space": describe(space), "rows": 1, "path": path, "buffers": hexes(buffers)}


def infos_entries():
    for description, infos in all_infos():
        skeleton, buffers = encode_infos(infos)
        values = rendered_info(decode_infos(skeleton, buffers))
        yield {"description": description, "skeleton": skeleton, "values": values, "buffers": hexes(buffers)}


def all_infos():
    yield "nothing", {}
    yield (
        "plain values",
        {"a": 1, "b": -2.5, "c": "café \U0001f642", "d": True, "e": None, "f": [1, "x", []], "g": {"h": {}}},
    )
    yield "numbers that JSON lacks", {"nan": NAN, "inf": INF, "list": [-INF, 1e300]}
    yield (
        "arrays, as Gymnasium's vector environments have them",
        {
            "x": array([0.5, NAN], "float64"),
            "_x": array([1, 0], "bool"),
            "position": array([[1, 2, 3], [4, 5, 6]]),
            "steps": array([3, -1], "int64"),
            "half": array([0.5, INF], "float16"),
            "id": array([2**64 - 1, 0], "uint64"),
            "none": array(np.zeros((0, 2)), "int16"),
        },
    )
    yield "scalars of NumPy", {"f": np.float32(0.5), "i": np.int64(-3), "b": np.True_}
    objects = np.array([None, "text", None], object)
    objects[2] = {"n": array([1, 2], "uint8")}
    yield "an array of objects", {"final": objects, "_final": array([0, 1, 1], "bool")}
    yield "tuples and bytes", {"t": (1, (2.5, "x"), ()), "raw": b"\x00\xff", "empty": b""}
    yield "keys that look like markers", {"$array": 1, "$": 2, "$$x": {"$float": "nan"}, "a$": 3}
    yield "what can only be told as text", {"set": {1}, "big": 2**64, "complex": 1 + 2j}
    yield (
        "final infos by name",
        {"final_info": {"episode": {"r": array([9.5, 0], "float64"), "_r": array([1, 0], "bool")}}},
    )


if __name__ == "__main__":
    write("spaces", space_entries())
    write("messages", message_entries())
    write("refused-messages", refused_messages())
    write("refused-values", refused_values())
    write("infos", infos_entries())
