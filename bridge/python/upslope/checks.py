"""What does not fit: actions a driver sends, observations an environment returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from gymnasium import Space
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Text, Tuple

from .errors import UpslopeError


class Refusal(UpslopeError):
    """A request that cannot be met, by its code on the wire."""

    def __init__(self, code: str, message: str, hint: str | None = None, index: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.index = index


class ActionCheck:
    """Finds what is no action in a batch: numbers out of the range of a discrete space, and NaN.

    Numbers beyond the bounds of a box are for the environment to judge, many of which clip them.
    """

    def __init__(self, space: Space) -> None:
        self._leaves = list(_leaves(space, "action", ()))

    def __call__(self, actions: Any, ignored: np.ndarray | None = None) -> None:
        """Checks actions in Gymnasium's batched form.

        Args:
            ignored: rows that may hold anything, bool[n].

        Raises:
            Refusal: one is none.
        """
        for where, keys, is_wrong, expected in self._leaves:
            leaf = actions
            for key in keys:
                leaf = leaf[key]
            wrong = is_wrong(leaf)
            if not wrong.any():
                continue
            rows = wrong.reshape(len(wrong), -1).any(axis=1)
            if ignored is not None:
                rows &= ~ignored
            if rows.any():
                row = int(rows.argmax())
                text = f"expected {where} to be {expected}; got {shown(leaf[row])}"
                told = f"The action of environment {row} is not in its space: {text}."
                raise Refusal("bad-request", told, index=row)


Leaf = tuple[str, tuple[Any, ...], Callable[[Any], np.ndarray], str]


def _leaves(space: Space, where: str, keys: tuple[Any, ...]) -> Iterator[Leaf]:
    if isinstance(space, Dict):
        for key, part in space.spaces.items():
            yield from _leaves(part, f"{where}.{key}", (*keys, key))
    elif isinstance(space, Tuple):
        for i, part in enumerate(space.spaces):
            yield from _leaves(part, f"{where}[{i}]", (*keys, i))
    elif isinstance(space, Discrete):
        first, last = int(space.start), int(space.start + space.n - 1)
        expected = f"a whole number from {first} to {last}"
        yield where, keys, lambda leaf: (leaf < first) | (leaf > last), expected
    elif isinstance(space, MultiDiscrete):
        low, high = space.start, space.start + space.nvec - 1
        yield where, keys, lambda leaf: (leaf < low) | (leaf > high), f"whole numbers of {space}"
    elif isinstance(space, MultiBinary):
        yield where, keys, lambda leaf: (leaf != 0) & (leaf != 1), "zeros and ones"
    elif not isinstance(space, Box):
        yield where, keys, lambda leaf: np.array([not space.contains(one) for one in leaf]), f"of {space}"
    elif space.dtype.kind == "f":
        yield where, keys, np.isnan, "numbers"


def observation_fault(space: Space, value: Any, where: str = "observation") -> str | None:
    """What keeps an observation out of a batch: dtype and shape of arrays, anything of what is no array."""
    if isinstance(space, Dict):
        if not isinstance(value, Mapping):
            return f"{where} is {shown(value)} in place of a dict"
        if missing := [key for key in space.spaces if key not in value]:
            return f"{where} lacks {', '.join(map(repr, missing))}"
        parts: Iterable[Any] = ((part, value[key], f"{where}.{key}") for key, part in space.spaces.items())
    elif isinstance(space, Tuple):
        if not isinstance(value, (tuple, list)) or len(value) != len(space.spaces):
            return f"{where} is {shown(value)} in place of {len(space.spaces)} parts"
        parts = ((part, value[i], f"{where}[{i}]") for i, part in enumerate(space.spaces))
    elif isinstance(space, Text) or space.shape is None:
        return None if space.contains(value) else f"{where} is {shown(value)}, which is not in {space}"
    else:
        try:
            array = np.asarray(value)
        except ValueError:
            return f"{where} is {shown(value)}, which is no array"
        if array.shape == space.shape and np.can_cast(array.dtype, space.dtype, "same_kind"):
            return None
        return f"{where} is {array.dtype}{list(array.shape)} in place of {space.dtype}{list(space.shape)}"
    return next((fault for part in parts if (fault := observation_fault(*part)) is not None), None)


def shown(value: Any) -> str:
    """A value as text of bounded length."""
    text = repr(value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value)
    return text if len(text) <= 200 else f"{text[:200]}..."
