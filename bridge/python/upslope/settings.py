"""What is asked of a host when environments are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import UpslopeError
from .link import Deadlines

if TYPE_CHECKING:
    from .curve import Keys


@dataclass(frozen=True)
class Remote:
    """What to make, and where.

    Args:
        id: the environment's, as the host knows it.
        options: its keyword arguments.
        max_episode_steps: in place of the registered time limit.
        address: `tcp://lab3:5557` of a host that runs; None starts a server.
        keys: for a host that asks for them.
        command: of the server to start, in place of `upslope serve`.
        on_error: `raise`, or `restart`, which makes an environment that throws anew.
        infos: `all`, `none`, or the keys wanted.
        deadlines: how long the host may take.
    """

    id: str
    options: Mapping[str, Any] = field(default_factory=dict)
    max_episode_steps: int | None = None
    render_mode: str | None = None
    address: str | None = None
    keys: Keys | None = None
    command: Sequence[str] | None = None
    on_error: str = "raise"
    infos: str | Sequence[str] = "all"
    deadlines: Deadlines = Deadlines()

    @classmethod
    def of(cls, id: str, **settings: Any) -> Remote:
        """What is no setting is an option of the environment."""
        known = {name: settings.pop(name) for name in cls.__dataclass_fields__ if name in settings}
        return cls(id, **{"options": settings, **known})


def to_json(value: Any, where: str) -> Any:
    """A value as JSON can hold it: NumPy's numbers and arrays as numbers and lists.

    Raises:
        UpslopeError: JSON has nothing for it.
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return to_json(value.tolist(), where)
    if isinstance(value, Mapping):
        return {str(key): to_json(part, f"{where}.{key}") for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(part, f"{where}[{i}]") for i, part in enumerate(value)]
    raise UpslopeError(f"{where} cannot be sent to a host: expected numbers, texts, lists or dicts; got {value!r}.")
