"""A batch of environments on a host, as messages. It comes back when its host is lost."""

from __future__ import annotations

import time
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium.error import ResetNeeded
from gymnasium.vector import AutoresetMode

from . import server
from .errors import HostLost, UpslopeError
from .infos import decode_infos, encode_infos
from .layout import Layout
from .link import Deadlines, Link, Silent
from .protocol import OPEN, RENDER, RESET, STEP, STEPPED, Message
from .session import Session
from .settings import Remote, to_json
from .spaces import space_from

#: Distance of the seeds of restarted environments from those of the lost ones.
_SEED_STRIDE = 1000003

_MOST_LOSSES = 3
_SECONDS_OF_LOSSES = 60.0

_FLOAT64 = np.dtype("<f8")

_MODES = {
    AutoresetMode.NEXT_STEP: "next-step",
    AutoresetMode.SAME_STEP: "same-step",
    AutoresetMode.DISABLED: "disabled",
}


class Batch:
    """Environments on a host.

    A lost host is started or connected to again, the environments are made and reset anew, and the next step tells of
    all as truncated, with reward 0, the last observation seen and `bridge_restart` in the infos. Three losses within a
    minute are an error.

    Raises:
        RemoteError: the host cannot make the environments.
        UpslopeError: there is no host.
    """

    def __init__(self, remote: Remote, num_envs: int, autoreset_mode: AutoresetMode) -> None:
        self.remote = remote
        self.num_envs = num_envs
        self.autoreset_mode = autoreset_mode
        self.closed = False
        self._link: Link | None = None
        self._losses: list[float] = []
        self._restarts = 0
        self._abandon: weakref.finalize | None = None
        self._seed: int | list[int | None] | None = None
        #: The present observation as it came, None before the first reset.
        self._observation: list[Any] | None = None
        #: Steps that stand in for those of a lost host.
        self._stand_ins: deque[Message] = deque()
        self._stepping = f"stepping {remote.id}"
        try:
            try:
                opened = self._open()
            except HostLost as error:
                opened = self._reopen(error)
        except BaseException:
            if self._link is not None:
                server.disconnect(self._link)
            raise
        self._described = (opened["observationSpace"], opened["actionSpace"])
        self.single_observation_space = space_from(opened["observationSpace"])
        self.single_action_space = space_from(opened["actionSpace"])
        #: `id`, `maxEpisodeSteps`, `rewardThreshold`, `nondeterministic`.
        self.spec: dict[str, Any] = opened.get("spec") or {}
        self.metadata: dict[str, Any] = {"render_modes": [], **(opened.get("metadata") or {})}
        self.observations = Layout(self.single_observation_space, "observation")
        self.actions = Layout(self.single_action_space, "action")
        self._count = self.observations.buffer_count

    def reset(
        self,
        seed: int | list[int | None] | None = None,
        options: Mapping[str, Any] | None = None,
        mask: np.ndarray | None = None,
    ) -> tuple[list[Any], dict[str, Any]]:
        """The buffers of the first observations, and the infos.

        Args:
            mask: bool[num_envs], which to reset; None for all.
        """
        self._require_open()
        plain = None if options is None else to_json(options, "options")
        if mask is None:
            self._stand_ins.clear()
            self._seed = seed
        while True:
            try:
                self._observation, infos = self._started(seed, plain, mask)
                return self._observation, infos
            except HostLost as error:
                if mask is not None and self._observation is not None:
                    return self._recover(error, to_come=True)
                self._reopen(error)

    def start_step(self, buffers: Sequence[Any]) -> None:
        """Sends the actions.

        Raises:
            ResetNeeded: nothing has been reset yet.
        """
        self._require_open()
        if self._observation is None:
            raise ResetNeeded(f"Cannot step {self.remote.id} before it is reset.")
        if not self._stand_ins:
            try:
                self._session.send(STEP, self._stepping, self._limits.step, buffers=buffers, rows=self.num_envs)
            except HostLost as error:
                self._recover(error)

    def finish_step(self) -> Message:
        """STEPPED."""
        if not self._stand_ins:
            try:
                message = self._session.receive()
            except HostLost as error:
                self._recover(error)
            else:
                if len(message.buffers) < self._count + 3 + message.final:
                    raise UpslopeError(f"{self._session.link.where} sent a step without all of its buffers.")
                self._observation = message.buffers[: self._count]
                return message
        message = self._stand_ins.popleft()
        self._observation = message.buffers[: self._count]
        return message

    def outcomes(self, message: Message) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rewards, terminations and truncations of STEPPED: float64, bool and bool [num_envs]."""
        n = self.num_envs
        rewards, terminations, truncations = message.buffers[self._count : self._count + 3]
        if len(rewards) != 8 * n or len(terminations) != n or len(truncations) != n:
            raise UpslopeError(f"{self._session.link.where} sent a step of other than {n} rows.")
        return (
            np.frombuffer(rewards, _FLOAT64).astype(np.float64),
            np.frombuffer(terminations, np.uint8).astype(bool),
            np.frombuffer(truncations, np.uint8).astype(bool),
        )

    def observation_of(self, message: Message) -> list[Any]:
        """The observation's buffers in STEPPED."""
        return message.buffers[: self._count]

    def infos_of(self, message: Message) -> dict[str, Any]:
        """The infos of STEPPED, without the final observations."""
        described = message.meta and message.meta.get("infos")
        if not described:
            return {}
        first = self._count + 3
        if message.final:
            first += 1 + self._count
        return decode_infos(described, message.buffers[first:])

    def final_rows(self, message: Message) -> tuple[np.ndarray, list[Any]]:
        """Which episodes have ended in STEPPED, and the buffers of their last observations."""
        first = self._count + 3
        rows = np.frombuffer(message.buffers[first], "<i4")
        if rows.size and not (0 <= rows[0] and rows[-1] < self.num_envs and (rows[1:] > rows[:-1]).all()):
            raise UpslopeError(f"{self._session.link.where} sent final observations of the rows {rows.tolist()}.")
        return rows, message.buffers[first + 1 : first + 1 + self._count]

    def render(self) -> list[Any]:
        """A frame of each environment: pixels, text or None."""
        self._require_open()
        while True:
            try:
                message = self._session.request(RENDER, f"rendering {self.remote.id}", self._limits.step)
                break
            except HostLost as error:
                if self._observation is None:
                    self._reopen(error)
                else:
                    self._recover(error)
        pixels = iter(message.buffers)
        frames: list[Any] = []
        for frame in (message.meta or {}).get("frames", []):
            if frame is None or "text" in frame:
                frames.append(frame and frame["text"])
            else:
                frames.append(np.frombuffer(next(pixels), np.uint8).reshape(frame["shape"]).copy())
        if len(frames) != self.num_envs:
            raise UpslopeError(f"{self._session.link.where} sent {len(frames)} frames of {self.num_envs}.")
        return frames

    def close(self) -> None:
        """Has the host close the environments. May be called again."""
        if not self.closed:
            self.closed = True
            self._abandon.detach()
            self._session.close()
            server.disconnect(self._session.link)

    @property
    def _limits(self) -> Deadlines:
        return self.remote.deadlines

    def _require_open(self) -> None:
        if self.closed:
            raise UpslopeError(f"{self.remote.id} is closed; make another one.")

    def _open(self) -> dict[str, Any]:
        remote = self.remote
        if self._link is None or self._link.is_gone:
            self._link = server.connect(
                address=remote.address, keys=remote.keys, command=remote.command, deadlines=remote.deadlines
            )
        link = self._link
        link.introduce()
        self._session = session = Session(link)
        request = {
            "environment": remote.id,
            "options": to_json(remote.options, "options"),
            "numEnvs": self.num_envs,
            "autoreset": _MODES[self.autoreset_mode],
            "maxEpisodeSteps": remote.max_episode_steps,
            "renderMode": remote.render_mode,
            "onError": remote.on_error,
            "infos": remote.infos if isinstance(remote.infos, str) else list(remote.infos),
        }
        opened = session.request(OPEN, f"opening {remote.id}", remote.deadlines.open, meta=request)
        if opened.rows != self.num_envs:
            raise UpslopeError(f"{link.where} made {opened.rows} environments in place of {self.num_envs}.")
        # Whoever forgets to close leaves nothing behind.
        if self._abandon is not None:
            self._abandon.detach()
        if remote.address is None:
            self._abandon = weakref.finalize(self, link.abandon, session)
            self._abandon.atexit = False
        else:
            self._abandon = weakref.finalize(self, link.close)
        return opened.meta or {}

    def _started(self, seed: Any, options: Any, mask: np.ndarray | None) -> tuple[list[Any], dict[str, Any]]:
        message = self._session.request(
            RESET,
            f"resetting {self.remote.id}",
            self._limits.open,
            meta={"seed": seed, "options": options},
            buffers=[] if mask is None else [mask.astype(np.uint8).tobytes()],
            rows=self.num_envs,
        )
        if len(message.buffers) < self._count:
            raise UpslopeError(f"{self._session.link.where} sent a reset without all of its buffers.")
        described = message.meta and message.meta.get("infos")
        infos = decode_infos(described, message.buffers[self._count :]) if described else {}
        return message.buffers[: self._count], infos

    def _reopen(self, error: HostLost) -> dict[str, Any]:
        """Makes the environments again, on the host's next instance."""
        while True:
            self._note_loss(error)
            try:
                return self._open()
            except HostLost as again:
                error = again

    def _note_loss(self, error: HostLost) -> None:
        if isinstance(error, Silent) and not server.give_up(self._link):
            raise error
        now = time.monotonic()
        self._losses = [then for then in self._losses if now - then < _SECONDS_OF_LOSSES] + [now]
        if len(self._losses) == _MOST_LOSSES:
            raise HostLost(
                f"{self.remote.id} has lost its host {_MOST_LOSSES} times within {_SECONDS_OF_LOSSES:g} s; "
                f"the last time: {error}"
            ) from error

    def _recover(self, error: HostLost, to_come: bool = False) -> tuple[list[Any], dict[str, Any]]:
        """Starts new episodes on a new host, and prepares to tell so.

        Args:
            to_come: whether the caller is about to tell the new observations himself.
        """
        while True:
            opened = self._reopen(error)
            if (opened["observationSpace"], opened["actionSpace"]) != self._described:
                raise UpslopeError(f"{self.remote.id} has come back with other spaces; make it anew.")
            self._restarts += 1
            try:
                started, infos = self._started(self._next_seed(), None, None)
                break
            except HostLost as again:
                error = again
        seen = started if to_come else self._observation
        n = self.num_envs
        flag = {"bridge_restart": np.ones(n, bool), "_bridge_restart": np.ones(n, bool)}
        self._stand_ins.clear()
        if self.autoreset_mode == AutoresetMode.SAME_STEP:
            self._stand_in(started, True, {**infos, **flag}, last=seen)
        else:
            self._stand_in(seen, True, flag)
            if self.autoreset_mode == AutoresetMode.NEXT_STEP:
                self._stand_in(started, False, infos)
        self._observation = seen
        return started, infos

    def _stand_in(
        self, observation: list[Any], truncated: bool, infos: dict[str, Any], last: list[Any] | None = None
    ) -> None:
        n = self.num_envs
        described, buffers = encode_infos(infos)
        final = [] if last is None else [np.arange(n, dtype="<i4").tobytes(), *last]
        told = [*observation, bytes(8 * n), bytes(n), bytes([truncated]) * n, *final, *buffers]
        meta = {"infos": described} if infos else None
        self._stand_ins.append(Message(STEPPED, rows=n, meta=meta, buffers=told, final=last is not None))

    def _next_seed(self) -> int | list[int | None] | None:
        shift = _SEED_STRIDE * self._restarts
        if isinstance(self._seed, list):
            return [None if seed is None else seed + shift for seed in self._seed]
        return None if self._seed is None else self._seed + shift
