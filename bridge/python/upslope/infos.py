"""Infos as JSON with the arrays beside it: section 6 of PROTOCOL.md."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .errors import ProtocolError
from .protocol import MAX_DEPTH
from .spaces import DTYPES

#: Lists and objects around a value, the meta among them, that leave room for the three levels of `$array`.
_MOST_LEVELS = MAX_DEPTH - 3
#: Characters of a value that can only be sent as it prints.
_MOST_TEXT = 1000
_MOST_EXACT = 2**53

_WIRE = {name: np.dtype(name).newbyteorder("<") for name in DTYPES}


def encode_infos(infos: Mapping[Any, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """The infos as plain JSON, and the buffers of their arrays. What cannot be sent is told as it prints."""
    buffers: list[bytes] = []
    return _encode_entries(infos, buffers, 2), buffers


def decode_infos(skeleton: Any, buffers: Sequence[Any]) -> dict[str, Any]:
    """The infos, in memory of their own.

    Raises:
        ProtocolError: a marker does not make sense.
    """
    infos = _Decoder(buffers).decode(skeleton)
    if not isinstance(infos, dict):
        raise _fault("infos by name", skeleton)
    return infos


def _encode(value: Any, buffers: list[bytes], level: int) -> Any:
    """A value inside of `level` lists and objects."""
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        return value if abs(value) < _MOST_EXACT else {"$text": str(value)}
    if kind is float:
        return value if math.isfinite(value) else {"$float": _name(value)}
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        if array.dtype.name in DTYPES:
            buffers.append(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
            return {"$array": [array.dtype.name, list(array.shape), len(buffers) - 1]}
        if array.dtype == object and level + 2 <= _MOST_LEVELS:
            return {"$objects": _encode_list(array.ravel(), buffers, level + 2)}
    if isinstance(value, (bytes, bytearray)):
        buffers.append(bytes(value))
        return {"$bytes": len(buffers) - 1}
    if isinstance(value, Mapping) and level < _MOST_LEVELS:
        return _encode_entries(value, buffers, level + 1)
    if kind is list and level < _MOST_LEVELS:
        return _encode_list(value, buffers, level + 1)
    if isinstance(value, tuple) and level + 2 <= _MOST_LEVELS:
        return {"$tuple": _encode_list(value, buffers, level + 2)}
    return {"$text": str(value)[:_MOST_TEXT]}


def _encode_list(values: Iterable[Any], buffers: list[bytes], level: int) -> list[Any]:
    return [_encode(value, buffers, level) for value in values]


def _encode_entries(entries: Mapping[Any, Any], buffers: list[bytes], level: int) -> dict[str, Any]:
    return {
        f"${key}" if (key := str(name)).startswith("$") else key: _encode(value, buffers, level)
        for name, value in entries.items()
    }


class _Decoder:
    def __init__(self, buffers: Sequence[Any]) -> None:
        self._buffers = buffers
        #: A few bytes of JSON could otherwise ask for any number of copies.
        self._used: set[int] = set()

    def decode(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.decode(one) for one in value]
        if not isinstance(value, dict):
            return value
        marker = next((key for key in value if key.startswith("$") and not key.startswith("$$")), None)
        if marker is None:
            return {key.removeprefix("$"): self.decode(inner) for key, inner in value.items()}
        if len(value) != 1:
            raise _fault("a marker alone", value)
        return self._decode_marked(marker, value[marker])

    def _decode_marked(self, marker: str, value: Any) -> Any:
        if marker == "$array":
            return self._array(value)
        if marker == "$bytes":
            return bytes(self._take(value))
        if marker in ("$objects", "$tuple"):
            if not isinstance(value, list):
                raise _fault(f"a list under {marker}", value)
            values = [self.decode(one) for one in value]
            return tuple(values) if marker == "$tuple" else _objects(values)
        if marker == "$float" and value in ("nan", "inf", "-inf"):
            return float(value)
        if marker == "$text" and isinstance(value, str):
            return value
        raise _fault("a known marker", {marker: value})

    def _array(self, value: Any) -> Any:
        if not isinstance(value, list) or len(value) != 3:
            raise _fault("dtype, shape and buffer of an array", value)
        name, shape, index = value
        lengths = shape if isinstance(shape, list) else [None]
        if name not in DTYPES or not all(type(length) is int and length >= 0 for length in lengths):
            raise _fault("dtype, shape and buffer of an array", value)
        wire = _WIRE[name]
        buffer = self._take(index)
        expected = math.prod(lengths) * wire.itemsize
        if len(buffer) != expected:
            raise _fault(f"{expected} bytes for {name} {shape}", len(buffer))
        if name == "bool" and bytes(buffer).translate(None, b"\0\1"):
            raise _fault("bytes 0 and 1 of bool", name)
        try:
            array = np.frombuffer(buffer, wire).reshape(lengths).astype(wire.newbyteorder("="))
        except ValueError:
            raise _fault("a shape that NumPy can hold", shape) from None
        return array if lengths else array[()]

    def _take(self, index: Any) -> Any:
        if type(index) is not int or not 0 <= index < len(self._buffers):
            raise _fault(f"the number of one of {len(self._buffers)} buffers", index)
        if index in self._used:
            raise _fault("every buffer once", index)
        self._used.add(index)
        return self._buffers[index]


def _objects(values: list[Any]) -> np.ndarray:
    array = np.full(len(values), None, object)
    for i, value in enumerate(values):
        array[i] = value
    return array


def _name(value: float) -> str:
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _fault(expected: str, got: Any) -> ProtocolError:
    return ProtocolError("protocol", f"infos: expected {expected}, got {str(got)[:200]}.")
