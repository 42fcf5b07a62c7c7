"""What this package raises. Messages say what was expected, what came, and what to do."""

from __future__ import annotations


class UpslopeError(Exception):
    """Anything that goes wrong here and can be told in words."""


class ProtocolError(UpslopeError):
    """A message that is none, or says what makes no sense. `code` is that of the ERROR which answers it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class HostLost(UpslopeError):
    """The host of an environment is gone, and all it held with it."""


class RemoteError(UpslopeError):
    """What a host answers in place of a result.

    Args:
        code: of section 9 of the protocol: `environment`, `bad-request`, ...
        hint: what to do.
        index: the environment within its batch.
        exception: the class of what was thrown over there.
        traceback: of what was thrown over there.
    """

    def __init__(
        self,
        code: str,
        message: str,
        hint: str | None = None,
        index: int | None = None,
        exception: str | None = None,
        traceback: str | None = None,
    ) -> None:
        self.code = code
        self.hint = hint
        self.index = index
        self.exception = exception
        self.traceback = traceback
        where = "" if index is None else f"environment {index}: "
        what = "" if exception is None else f"{exception}: "
        super().__init__("\n".join(part for part in (f"{where}{what}{message}", hint, traceback) if part))


class Denied(RemoteError):
    """The host refuses: an environment it may not make, a key it does not know, a version it does not speak."""
