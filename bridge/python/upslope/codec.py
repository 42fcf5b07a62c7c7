"""Values of the parts of a space as buffers, and back.

A codec has the number of its buffers, `count`, and five functions:

    encode(batch, n, out)   appends the buffers of n values in Gymnasium's batched form to `out`
    decode(buffers, n)      takes the next buffers of an iterator
    batch(values)           the batched form of a list of values
    unbatch(batch, n)       the list of values of a batched form
    size(batch)             how many values there are in a batched form
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from .errors import ProtocolError

INT32 = np.dtype("<i4")

_MOST_LENGTH = 2**31 - 1

#: Values of one part in one message. Some take no bytes, so the size of a message does not bound them.
_MOST_VALUES = 2**20


class Codec(Protocol):
    count: int

    def encode(self, batch: Any, n: int, out: list[bytes]) -> None: ...
    def decode(self, buffers: Iterator[Any], n: int) -> Any: ...
    def batch(self, values: Sequence[Any]) -> Any: ...
    def unbatch(self, batch: Any, n: int) -> list[Any]: ...
    def size(self, batch: Any) -> int: ...


class Numbers:
    """Arrays of one shape. Those of a scalar space are numbers of NumPy's, not arrays without dimensions."""

    def __init__(self, name: str, dtype: Any, shape: tuple[int, ...], wire: str, scalar: bool = False) -> None:
        self.count = 1
        self._name = name
        self._dtype = np.dtype(dtype)
        self._shape = shape
        self._wire = np.dtype(wire).newbyteorder("<")
        self._bytes_a_row = math.prod(shape) * self._wire.itemsize
        self._is_bool = self._wire.kind == "b"
        self._scalar = scalar

    def encode(self, batch: Any, n: int, out: list[bytes]) -> None:
        array = np.asarray(batch)
        if array.shape != (n, *self._shape):
            raise ValueError(f"{self._name}: expected shape {(n, *self._shape)}, got {array.shape}")
        if array.dtype != self._wire:
            # Objects are numbers of Python's own, for which NumPy looks at each.
            if array.dtype != object and not np.can_cast(array.dtype, self._wire, "same_kind"):
                raise ValueError(f"{self._name}: expected numbers of {self._dtype}, got {array.dtype}")
            array = array.astype(self._wire)
        out.append(array.tobytes())

    def decode(self, buffers: Iterator[Any], n: int) -> np.ndarray:
        buffer = next(buffers)
        check_bytes(self._name, buffer, n * self._bytes_a_row)
        if self._is_bool and len(buffer) and np.frombuffer(buffer, np.uint8).max() > 1:
            raise fault(self._name, "bytes 0 and 1", "others")
        return np.frombuffer(buffer, self._wire).reshape(n, *self._shape).astype(self._dtype)

    def batch(self, values: Sequence[Any]) -> np.ndarray:
        if not len(values):
            return np.empty((0, *self._shape), self._dtype)
        rows = [np.asarray(value) for value in values]
        odd = next((row for row in rows if row.shape != self._shape), None)
        if odd is not None:
            raise ValueError(f"{self._name}: expected shape {self._shape}, got {odd.shape}")
        return np.stack(rows)

    def unbatch(self, batch: Any, n: int) -> list[Any]:
        if self._scalar:
            return list(batch)
        # The dots make an array of a row without dimensions too.
        return [batch[i, ...] for i in range(n)]

    def size(self, batch: Any) -> int:
        return len(batch)


class Values:
    """What has no batched form but a tuple of the values."""

    def batch(self, values: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(values)

    def unbatch(self, batch: Any, n: int) -> list[Any]:
        return list(batch)

    def size(self, batch: Any) -> int:
        return len(batch)


class Texts(Values):
    def __init__(self, name: str, max_length: int) -> None:
        self.count = 2
        self._name = name
        self._lengths = Lengths(f"{name} (lengths)", most=max_length)

    def encode(self, batch: Any, n: int, out: list[bytes]) -> None:
        if len(batch) != n or not all(isinstance(value, str) for value in batch):
            raise ValueError(f"{self._name}: expected {n} texts, got {batch!r:.200}")
        out.append(self._lengths.encode([len(value) for value in batch]))
        out.append("".join(batch).encode("utf-32-le"))

    def decode(self, buffers: Iterator[Any], n: int) -> tuple[str, ...]:
        ends = self._lengths.decode(next(buffers), n)
        codes = next(buffers)
        check_bytes(self._name, codes, 4 * ends[-1])
        try:
            text = bytes(codes).decode("utf-32-le")
        except UnicodeDecodeError as error:
            raise fault(self._name, "Unicode characters", error.reason) from None
        return tuple(text[ends[i] : ends[i + 1]] for i in range(n))


class Lengths:
    """How long each of n values is, or -1 where that is allowed."""

    def __init__(self, name: str, least: int = 0, most: int = _MOST_LENGTH) -> None:
        self._name = name
        self._least = least
        self._most = most

    def encode(self, lengths: list[int]) -> bytes:
        if lengths and max(lengths) > self._most:
            raise ValueError(f"{self._name}: expected a length of at most {self._most}, got {max(lengths)}")
        return np.array(lengths, INT32).tobytes()

    def decode_each(self, buffer: Any, n: int) -> np.ndarray:
        check_bytes(self._name, buffer, 4 * n)
        lengths = np.frombuffer(buffer, INT32).astype(np.int64)
        if n and not (lengths.min() >= self._least and lengths.max() <= self._most):
            raise fault(self._name, f"numbers from {self._least} to {self._most}", shown(lengths))
        return lengths

    def decode(self, buffer: Any, n: int) -> list[int]:
        """Where each value begins, and the end of the last one."""
        return ends_of(self.decode_each(buffer, n))


def ends_of(lengths: np.ndarray) -> list[int]:
    return [0, *np.cumsum(lengths).tolist()]


def check_count(name: str, count: int) -> None:
    if count > _MOST_VALUES:
        raise ProtocolError("too-big", f"{name}: expected at most {_MOST_VALUES} values, got {count}.")


def check_bytes(name: str, buffer: Any, expected: int) -> None:
    if len(buffer) != expected:
        raise fault(name, f"{expected} bytes", len(buffer))


def fault(name: str, expected: str, got: Any) -> ProtocolError:
    return ProtocolError("protocol", f"{name}: expected {expected}, got {got}.")


def shown(numbers: np.ndarray) -> str:
    return f"{numbers[:20].tolist()}{'' if len(numbers) <= 20 else ' and more'}"
