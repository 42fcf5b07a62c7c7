"""Spaces as JSON: section 5 of PROTOCOL.md."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Any

import numpy as np
from gymnasium import Space
from gymnasium.spaces import (
    Box,
    Dict,
    Discrete,
    Graph,
    MultiBinary,
    MultiDiscrete,
    OneOf,
    Sequence,
    Text,
    Tuple,
)

from .errors import ProtocolError, UpslopeError

DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64"),
)

#: Bytes of a value, all its arrays together: what a message can hold. The mere bounds of more would fill the memory.
_MOST_BYTES = 2**26
#: Spaces within one another.
_MOST_LEVELS = 32


def describe(space: Space[Any]) -> dict[str, Any]:
    """A space as plain data; `space_from` makes an equal one of it.

    Raises:
        UpslopeError: the space is none of Gymnasium's.
    """
    if isinstance(space, Box):
        return {
            "type": "box",
            "low": _describe_bound(space.low, space.bounded_below, "-inf"),
            "high": _describe_bound(space.high, space.bounded_above, "inf"),
            "shape": list(space.shape),
            "dtype": _dtype(space.dtype),
        }
    if isinstance(space, Discrete):
        described = {"type": "discrete", "n": int(space.n), "start": int(space.start)}
        return described | _unless_int64(space.dtype)
    if isinstance(space, MultiDiscrete):
        nvec, start = space.nvec.ravel().tolist(), space.start.ravel().tolist()
        described = {"type": "multi-discrete", "nvec": nvec, "start": start}
        return described | _unless_flat(space.shape) | _unless_int64(space.dtype)
    if isinstance(space, MultiBinary):
        return {"type": "multi-binary", "n": math.prod(space.shape)} | _unless_flat(space.shape)
    if isinstance(space, Text):
        characters = "".join(sorted(space.character_set))
        return {
            "type": "text",
            "minLength": int(space.min_length),
            "maxLength": int(space.max_length),
            "characters": characters,
        }
    if isinstance(space, Dict):
        return {"type": "dict", "spaces": [[str(name), describe(part)] for name, part in space.spaces.items()]}
    if isinstance(space, Tuple):
        return {"type": "tuple", "spaces": [describe(part) for part in space.spaces]}
    if isinstance(space, Sequence):
        return {"type": "sequence", "space": describe(space.feature_space), "stack": bool(space.stack)}
    if isinstance(space, Graph):
        edge = None if space.edge_space is None else describe(space.edge_space)
        return {"type": "graph", "node": describe(space.node_space), "edge": edge}
    if isinstance(space, OneOf):
        return {"type": "one-of", "spaces": [describe(part) for part in space.spaces]}
    raise UpslopeError(f"Expected one of Gymnasium's spaces; got {type(space).__name__}: {space}.")


def _describe_bound(values: np.ndarray, bounded: np.ndarray, open_: str) -> Any:
    if values.size and bounded.all() and (values == values.flat[0]).all():
        return _describe_number(values.flat[0].item())
    listed = [
        _describe_number(value) if known else open_
        for value, known in zip(values.ravel().tolist(), bounded.ravel().tolist(), strict=True)
    ]
    return listed[0] if listed and all(bound == listed[0] for bound in listed) else listed


def _describe_number(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    # As JavaScript writes it, which knows one kind of number.
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def _dtype(dtype: Any) -> str:
    name = np.dtype(dtype).name
    if name not in DTYPES:
        raise UpslopeError(f"Expected numbers of one of the types {', '.join(DTYPES)}; got {name}.")
    return name


def _unless_int64(dtype: Any) -> dict[str, Any]:
    return {} if np.dtype(dtype) == np.int64 else {"dtype": np.dtype(dtype).name}


def _unless_flat(shape: tuple[int, ...]) -> dict[str, Any]:
    return {} if len(shape) == 1 else {"shape": list(shape)}


def space_from(described: Any) -> Space[Any]:
    """The space of a description, wherever it comes from.

    Raises:
        ProtocolError: it describes none, or one too large for any message.
    """
    return _Reader().read(described, 1)


class _Reader:
    def __init__(self) -> None:
        self._bytes = 0

    def read(self, described: Any, level: int) -> Space[Any]:
        if level > _MOST_LEVELS:
            raise ProtocolError("protocol", f"Spaces lie at most {_MOST_LEVELS} deep within one another; got more.")
        try:
            return self._build(described, level)
        # What Gymnasium's constructors throw, and Python for a description of another form.
        except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise ProtocolError(
                "protocol", f"Expected the description of a space; got {str(described)[:200]} ({error})."
            ) from None

    def _build(self, described: dict[str, Any], level: int) -> Space[Any]:
        def inner(part: Any) -> Space[Any]:
            return self.read(part, level + 1)

        kind = described["type"]
        if kind == "box":
            return self._box(described)
        if kind == "discrete":
            n, start = _integers([described["n"], described.get("start", 0)])
            return Discrete(n, start=start, **_dtype_of_choices(described))
        if kind == "multi-discrete":
            nvec = np.array(_integers(described["nvec"]), np.int64)
            start = np.array(_integers(described.get("start", [0] * nvec.size)), np.int64)
            shape = self._shape(described.get("shape", [nvec.size]), 8)
            return MultiDiscrete(
                nvec.reshape(shape), start=start.reshape(shape), **_dtype_of_choices(described)
            )
        if kind == "multi-binary":
            shape = self._shape(described.get("shape", [described["n"]]), 1)
            if math.prod(shape) != described["n"]:
                raise ValueError("n is the product of the shape")
            return MultiBinary(shape[0] if len(shape) == 1 else list(shape))
        if kind == "text":
            least, most = _integers([described["minLength"], described["maxLength"]])
            return Text(most, min_length=least, charset=_text(described["characters"]))
        if kind == "dict":
            return Dict(OrderedDict((_text(name), inner(part)) for name, part in described["spaces"]))
        if kind == "tuple":
            return Tuple([inner(part) for part in described["spaces"]])
        if kind == "sequence":
            return Sequence(inner(described["space"]), stack=described["stack"] is True)
        if kind == "graph":
            edge = described.get("edge")
            return Graph(inner(described["node"]), None if edge is None else inner(edge))
        if kind == "one-of":
            return OneOf([inner(part) for part in described["spaces"]])
        raise ValueError(f"there is no space of type {kind!r}")

    def _box(self, described: dict[str, Any]) -> Box:
        if described["dtype"] not in DTYPES:
            raise ValueError(f"a box holds one of {', '.join(DTYPES)}")
        dtype = np.dtype(described["dtype"])
        shape = self._shape(described["shape"], dtype.itemsize)
        low, bounded_below = _read_bound(described["low"], "-inf", dtype, shape)
        high, bounded_above = _read_bound(described["high"], "inf", dtype, shape)
        box = Box(low, high, shape, dtype.type)
        # Integers know no infinity: what stands for it cannot be told from a bound by its value.
        box.bounded_below, box.bounded_above = bounded_below, bounded_above
        return box

    def _shape(self, shape: Any, bytes_a_number: int) -> tuple[int, ...]:
        lengths = _integers(shape)
        if any(length < 0 for length in lengths):
            raise ValueError("lengths from 0")
        self._bytes += math.prod(lengths) * bytes_a_number
        if self._bytes > _MOST_BYTES:
            raise ProtocolError(
                "protocol", f"Expected a space whose values take at most {_MOST_BYTES} bytes; got more."
            )
        return tuple(lengths)


def _read_bound(bound: Any, open_: str, dtype: np.dtype, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(bound, list):
        values, bounded = _read_bound([bound], open_, dtype, (1,))
        return np.full(shape, values[0], dtype), np.full(shape, bounded[0])
    values = np.array([_read_number(value, open_, dtype) for value in bound], dtype)
    bounded = np.array([value != open_ for value in bound], bool)
    return values.reshape(shape), bounded.reshape(shape)


def _read_number(value: Any, open_: str, dtype: np.dtype) -> float:
    if dtype.kind == "f":
        if type(value) in (int, float) or value in ("inf", "-inf"):
            return float(value)
        raise ValueError('a bound is a number, "inf" or "-inf"')
    least, most = (0, 1) if dtype.kind == "b" else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    if value == open_:
        return least if open_ == "-inf" else most
    if type(value) is not int:
        raise ValueError(f'a bound of {dtype} is a whole number or "{open_}"')
    # Doubles know the greatest integers of 64 bits by their neighbours only.
    return most if value > most and float(value) == float(most) else value


def _integers(values: Any) -> list[int]:
    if not isinstance(values, list) or any(type(value) is not int for value in values):
        raise ValueError(f"expected whole numbers in place of {str(values)[:100]}")
    return values


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text in place of {str(value)[:100]}")
    return value


def _dtype_of_choices(described: dict[str, Any]) -> dict[str, Any]:
    name = described.get("dtype", "int64")
    if name not in DTYPES:
        raise ValueError(f"choices are of one of {', '.join(DTYPES)}")
    # Gymnasium 1.1 knows no other type of Discrete, and no argument for it.
    return {} if name == "int64" else {"dtype": np.dtype(name)}
