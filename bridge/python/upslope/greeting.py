"""What endpoints tell each other of themselves when they meet."""

from __future__ import annotations

import os
import platform
import secrets
import socket
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy

from . import __version__
from .protocol import PROTOCOL, REJECT, WELCOME, Message, ProtocolError

OLDEST = (1, 0)


def create_greeting(role: str, environments: Sequence[str] | None = None) -> dict[str, Any]:
    """The meta of HELLO and WELCOME, with an instance of its own.

    Args:
        role: `driver` or `host`.
        environments: patterns of those a host may make.
    """
    versions = f"Gymnasium {gymnasium.__version__}, NumPy {numpy.__version__}"
    greeting: dict[str, Any] = {
        "protocol": list(PROTOCOL),
        "oldest": list(OLDEST),
        "role": role,
        "instance": 1 + secrets.randbelow(2**32 - 1),
        "software": f"upslope-python {__version__}",
        "runtime": f"Python {platform.python_version()}, {versions}",
        "machine": socket.gethostname(),
        "pid": os.getpid(),
    }
    if environments is not None:
        greeting["environments"] = list(environments)
    return greeting


def read_greeting(meta: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The other side's greeting.

    Raises:
        ProtocolError: keys are missing or of the wrong kind.
    """
    theirs = meta or {}
    if (
        _is_version(theirs.get("protocol"))
        and _is_version(theirs.get("oldest"))
        and theirs.get("role") in ("driver", "host")
        and type(theirs.get("instance")) is int
        and 0 < theirs["instance"] < 2**32
        and isinstance(theirs.get("software"), str)
    ):
        return theirs
    wanted = "protocol, oldest, role, instance and software"
    raise ProtocolError("protocol", f"Expected a greeting with {wanted}; got {str(dict(theirs))[:200]}.")


def answer_greeting(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Message:
    """What the side that was connected to answers: WELCOME with the version to speak, or REJECT with why."""
    ours, other = mine["software"], theirs["software"]
    if mine["role"] == theirs["role"]:
        return Message(
            REJECT,
            meta={
                "code": "bad-request",
                "message": f"Both sides are {mine['role']}s: {ours} and {other}.",
                "hint": "One side has the environments (upslope serve, python -m upslope.host), "
                "the other one uses them.",
            },
        )
    chosen = min(list(mine["protocol"]), list(theirs["protocol"]))
    if chosen >= list(mine["oldest"]) and chosen >= list(theirs["oldest"]):
        return Message(WELCOME, meta={**mine, "protocol": chosen})
    older = ours if list(mine["protocol"]) < list(theirs["protocol"]) else other
    upgrade = "pip install -U <upslope>/bridge/python" if "python" in older else "npm install upslope@latest"
    return Message(
        REJECT,
        meta={
            "code": "version",
            "message": f"{ours} speaks versions {_span(mine)} of the bridge protocol, {other} versions "
            f"{_span(theirs)}: they have none in common.",
            "hint": f"Update {older}: {upgrade}",
        },
    )


def _is_version(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    return all(type(part) is int and part >= 0 for part in value)


def _span(greeting: Mapping[str, Any]) -> str:
    oldest, newest = (".".join(map(str, greeting[key])) for key in ("oldest", "protocol"))
    return newest if oldest == newest else f"{oldest} to {newest}"
