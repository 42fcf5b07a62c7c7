"""Keys for encrypted connections (CURVE), in files as ZeroMQ's own tools write them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .errors import UpslopeError

_MAKE = "Make a pair of keys with: python -m upslope.keys NAME"


@dataclass(frozen=True)
class Keys:
    """What an endpoint needs to encrypt its connections. Keys are text of 40 characters (Z85).

    Args:
        allowed: public keys of those who may connect; for an endpoint that binds.
        server: public key of the endpoint to connect to; for one that connects.
    """

    public: str
    secret: str = field(repr=False)
    allowed: tuple[str, ...] | None = None
    server: str | None = None


def load_keys(
    key: str | os.PathLike[str],
    *,
    allow: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    server: str | os.PathLike[str] | None = None,
) -> Keys:
    """Reads key files.

    Args:
        key: the endpoint's own secret key file.
        allow: public key files, or folders of them, of those who may connect.
        server: public key file of the endpoint to connect to.

    Raises:
        UpslopeError: a file is missing or holds no key, or others may read the secret one.
    """
    path = Path(key)
    found = _read(path)
    if "secret" not in found:
        raise UpslopeError(f'Expected a line secret-key = "<40 characters>" in {path}. {_MAKE}')
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise UpslopeError(f"Others may read the secret key {path}. Run: chmod 600 {path}")
    if allow is None:
        allowed = None
    else:
        places = [allow] if isinstance(allow, (str, os.PathLike)) else allow
        allowed = tuple(public for place in places for public in _public_keys(Path(place)))
    other = None if server is None else _read(Path(server))["public"]
    return Keys(found["public"], found["secret"], allowed, other)


def _public_keys(path: Path) -> list[str]:
    if not path.exists():
        raise UpslopeError(f"There is no {path}: expected a public key file or a folder of them.")
    if not path.is_dir():
        return [_read(path)["public"]]
    files = sorted(path.glob("*.key"))
    if not files:
        raise UpslopeError(f"The folder {path} holds no public key, a file *.key: nobody could connect.")
    return [_read(file)["public"] for file in files]


def _read(path: Path) -> dict[str, str]:
    if not path.is_file():
        raise UpslopeError(f"There is no key file {path}. {_MAKE}")
    text = path.read_text(encoding="utf-8", errors="replace")
    found = dict(re.findall(r'(public|secret)-key\s*=\s*"([^"\s]{40})"', text))
    if "public" not in found:
        raise UpslopeError(f'Expected a line public-key = "<40 characters>" in {path}. {_MAKE}')
    return found
