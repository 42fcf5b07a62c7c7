"""Makes keys for encrypted connections: `python -m upslope.keys NAME`.

`NAME.key` is given to the other side, `NAME.key_secret` stays where it is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .channels import import_zmq
from .curve import Keys, load_keys
from .errors import UpslopeError

__all__ = ["Keys", "load_keys", "write_key_pair"]


def write_key_pair(name: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Writes `<name>.key` and, readable by its owner only, `<name>.key_secret`.

    Raises:
        UpslopeError: there is such a file already, or pyzmq is not installed.
    """
    public, secret = (text.decode() for text in import_zmq().curve_keypair())
    paths = Path(f"{name}.key"), Path(f"{name}.key_secret")
    for path in paths:
        if path.exists():
            raise UpslopeError(f"There is a key {path} already. Choose another name, or remove it.")
    paths[0].parent.mkdir(parents=True, exist_ok=True)
    lines = f'metadata\ncurve\n    public-key = "{public}"\n'
    # Made with its mode, so that there is no moment at which others could read it.
    descriptor = os.open(paths[1], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f'{lines}    secret-key = "{secret}"\n')
    paths[0].write_text(lines, encoding="utf-8")
    return paths


def main(arguments: Sequence[str] | None = None) -> int:
    """The command `python -m upslope.keys NAME`."""
    names = sys.argv[1:] if arguments is None else list(arguments)
    if len(names) != 1 or names[0].startswith("-"):
        print("usage: python -m upslope.keys NAME")
        print("\nMakes NAME.key, which is given to the other side, and NAME.key_secret, which is kept.")
        return 0 if names in (["-h"], ["--help"]) else 2
    try:
        public, secret = write_key_pair(names[0])
    except UpslopeError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{public}: give it to the other side\n{secret}: keep it to yourself")
    return 0


if __name__ == "__main__":
    sys.exit(main())
