"""Messages as bytes: section 2 of PROTOCOL.md."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import ProtocolError

#: The newest version spoken.
PROTOCOL = (1, 0)

HELLO, WELCOME, REJECT = 1, 2, 3
OPEN, OPENED, RESET, STARTED, STEP, STEPPED, RENDER, RENDERED, CLOSE, CLOSED = range(10, 20)
PING, PONG = 30, 31
BYE = 40
ERROR = 255

_KNOWN = frozenset((HELLO, WELCOME, REJECT, *range(OPEN, CLOSED + 1), PING, PONG, BYE, ERROR))

MAX_MESSAGE_BYTES = 64 * 2**20
MAX_FRAMES = 4096
#: How deep meta may be nested.
MAX_DEPTH = 64

_MAGIC = b"UPSL"
_HEADER = struct.Struct("<4sBBHIIQII")
_FINAL = 1
_COUNT = struct.Struct("<I")

Buffer = Any  # bytes, bytearray or memoryview


@dataclass(slots=True)
class Message:
    """One message. `final` tells that finished episodes' last observations are among the buffers."""

    type: int
    session: int = 0
    epoch: int = 0
    seq: int = 0
    rows: int = 0
    meta: dict[str, Any] | None = None
    buffers: Sequence[Buffer] = field(default_factory=list)
    final: bool = False


def encode(message: Message) -> list[Buffer]:
    """The frames: header, meta, buffers. The buffers are passed on, not copied.

    Raises:
        ProtocolError: `too-big`, which the other side would refuse.
        ValueError: meta holds NaN or an infinity.
    """
    m = message
    flags = _FINAL if m.final else 0
    header = _HEADER.pack(
        _MAGIC, PROTOCOL[0], m.type, flags, m.session, m.epoch, m.seq, m.rows, len(m.buffers)
    )
    frames = [header, b"" if m.meta is None else _encode_meta(m.meta), *m.buffers]
    _check_size(frames)
    return frames


def decode(frames: Sequence[Buffer]) -> Message:
    """The message in the frames.

    Raises:
        ProtocolError: it is none.
    """
    _check_size(frames)
    header = frames[0]
    if len(header) != _HEADER.size:
        raise ProtocolError("protocol", f"A header has {_HEADER.size} bytes; got {len(header)}.")
    magic, major, kind, flags, session, epoch, seq, rows, buffers = _HEADER.unpack(header)
    if magic != _MAGIC:
        raise ProtocolError("protocol", "A header begins with UPSL.")
    if major != PROTOCOL[0]:
        raise ProtocolError(
            "version", f"This is version {PROTOCOL[0]} of the protocol; got a message of version {major}."
        )
    if kind not in _KNOWN:
        raise ProtocolError("protocol", f"There is no message of type {kind}.")
    if flags & ~_FINAL:
        raise ProtocolError("protocol", f"Unknown flags {flags}: only {_FINAL} is known.")
    if buffers != len(frames) - 2:
        raise ProtocolError("protocol", f"The header tells of {buffers} buffers; got {len(frames) - 2}.")
    meta = _decode_meta(frames[1]) if len(frames[1]) else None
    return Message(kind, session, epoch, seq, rows, meta, frames[2:], flags == _FINAL)


def _check_count(count: int) -> None:
    if count < 2:
        raise ProtocolError("protocol", f"A message has 2 frames or more; got {count}.")
    if count > MAX_FRAMES:
        raise ProtocolError("too-big", f"A message has at most {MAX_FRAMES} frames; got {count}.")


def _check_size(frames: Sequence[Buffer]) -> None:
    _check_count(len(frames))
    _check_bytes(sum(map(len, frames)))


def _check_bytes(total: int) -> None:
    if total > MAX_MESSAGE_BYTES:
        raise ProtocolError("too-big", f"A message has at most {MAX_MESSAGE_BYTES} bytes; got one of {total}.")


def _encode_meta(meta: dict[str, Any]) -> bytes:
    text = json.dumps(meta, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    # Half a surrogate pair is no character of UTF-8, but JSON has an escape for it, which this is.
    return text.encode("utf-8", "backslashreplace")


def _decode_meta(frame: Buffer) -> dict[str, Any]:
    try:
        text = bytes(frame).decode()
        meta = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("protocol", f"Meta is no JSON in UTF-8: {error}.") from None
    if not isinstance(meta, dict):
        raise ProtocolError("protocol", "Meta is a JSON object, or no bytes at all.")
    # Few brackets cannot nest deep, and counting them is quick.
    if text.count("{") + text.count("[") > MAX_DEPTH and _is_deeper(meta, MAX_DEPTH):
        raise ProtocolError("protocol", f"Meta is nested at most {MAX_DEPTH} deep.")
    return meta


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _is_deeper(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    else:
        return False
    return levels == 0 or any(_is_deeper(one, levels - 1) for one in inner)


def pack_stream(frames: Sequence[Buffer]) -> list[Buffer]:
    """A message over a stream: u32 count, u32 lengths, frames. Small ones in one piece."""
    lengths = [len(frame) for frame in frames]
    table = struct.pack(f"<{len(frames) + 1}I", len(frames), *lengths)
    if sum(lengths) < 65536:
        return [b"".join((table, *frames))]
    return [table, *frames]


class StreamReader:
    """Puts messages together again from whatever pieces a stream delivers."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        #: Bytes that must be there before it is worth looking again.
        self._needed = 4

    def feed(self, chunk: Buffer) -> list[list[memoryview]]:
        """The messages completed by this piece.

        Raises:
            ProtocolError: a message beyond the limits; what follows it cannot be made sense of.
        """
        self._bytes += chunk
        messages = []
        while len(self._bytes) >= self._needed:
            frames = self._read()
            if frames is not None:
                messages.append(frames)
        return messages

    def _read(self) -> list[memoryview] | None:
        (count,) = _COUNT.unpack_from(self._bytes)
        _check_count(count)
        at = 4 + 4 * count
        if len(self._bytes) < at:
            self._needed = at
            return None
        lengths = struct.unpack_from(f"<{count}I", self._bytes, 4)
        _check_bytes(sum(lengths))
        total = at + sum(lengths)
        if len(self._bytes) < total:
            self._needed = total
            return None
        with memoryview(self._bytes) as view:
            whole = memoryview(bytes(view[:total]))
        del self._bytes[:total]
        self._needed = 4
        frames = []
        for length in lengths:
            frames.append(whole[at : at + length])
            at += length
        return frames
