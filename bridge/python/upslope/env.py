"""A single environment on a host, as `gymnasium.Env`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AutoresetMode

from .link import Deadlines
from .remote import Batch
from .settings import Remote

if TYPE_CHECKING:
    from .curve import Keys

#: Steps of an episode where Gymnasium's own wrapper does the limiting.
_NO_LIMIT = 2**31 - 1


def make(
    id: str,
    *,
    render_mode: str | None = None,
    max_episode_steps: int | None = None,
    address: str | None = None,
    keys: Keys | None = None,
    command: Sequence[str] | None = None,
    on_error: str = "raise",
    infos: str | Sequence[str] = "all",
    deadlines: Deadlines = Deadlines(),
    **options: Any,
) -> RemoteEnv:
    """Makes an environment on a host.

    Without an address that is a server `upslope serve`, started for this process and ended with it.

    Args:
        id: `upslope/Portfolio-v0`.
        render_mode: as in Gymnasium.
        max_episode_steps: in place of the registered time limit.
        address: of a host that runs, `tcp://lab3:5557` or `ipc:///run/upslope/hosts`.
        keys: for a host that asks for them.
        command: of the server to start, in place of `upslope serve`.
        on_error: `raise`, or `restart`, which makes an environment that throws anew.
        infos: which to send: `all`, `none`, or a list of keys.
        deadlines: how long the host may take before it counts as lost.
        options: keyword arguments of the environment.

    Raises:
        RemoteError: the host cannot make it.
        UpslopeError: there is no host.
    """
    remote = Remote(
        id, options, max_episode_steps, render_mode, address, keys, command, on_error, infos, deadlines
    )
    return RemoteEnv(remote)


class RemoteEnv(gymnasium.Env):
    """An environment on a host.

    When the host is lost and another one is found, the step under way is told as truncated, with reward 0, the last
    observation seen, and `bridge_restart` in its info.
    """

    metadata: dict[str, Any] = {"render_modes": []}

    def __init__(self, remote: Remote) -> None:
        self._batch = batch = Batch(remote, 1, AutoresetMode.DISABLED)
        self.observation_space = batch.single_observation_space
        self.action_space = batch.single_action_space
        self.metadata = batch.metadata
        self.render_mode = remote.render_mode
        self.spec = spec_of(batch)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        buffers, infos = self._batch.reset(seed, options)
        return self._batch.observations.decode_values(buffers, 1)[0], infos_by_row(infos, 1)[0]

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        batch = self._batch
        batch.start_step(batch.actions.encode_values([action]))
        message = batch.finish_step()
        observation = batch.observations.decode_values(batch.observation_of(message), 1)[0]
        reward, terminated, truncated = (values.item() for values in batch.outcomes(message))
        infos = batch.infos_of(message)
        return observation, reward, terminated, truncated, infos_by_row(infos, 1)[0] if infos else {}

    def render(self) -> Any:
        return self._batch.render()[0]

    def close(self) -> None:
        self._batch.close()


def infos_by_row(infos: Mapping[str, Any], n: int) -> list[dict[str, Any]]:
    """The infos of each environment, out of those of a batch: what is present there, Python's own numbers."""
    rows: list[dict[str, Any]] = [{} for _ in range(n)]
    for key, values in infos.items():
        present = infos.get(f"_{key}")
        if not (isinstance(present, np.ndarray) and present.dtype == bool and present.shape == (n,)):
            continue
        parts = infos_by_row(values, n) if isinstance(values, Mapping) else values
        for row in np.flatnonzero(present).tolist():
            value = parts[row]
            if isinstance(value, (np.float64, np.int64, np.bool_)):
                value = value.item()
            elif isinstance(value, np.ndarray):
                value = value.copy()
            rows[row][key] = value
    return rows


def spec_of(batch: Batch) -> EnvSpec:
    """What Gymnasium needs to make the environment again: `spec.make(render_mode=...)`, `gymnasium.make_vec(spec)`."""
    remote, told = batch.remote, batch.spec
    settings = {
        setting.name: value
        for setting in dataclasses.fields(remote)
        if setting.name not in ("id", "options", "max_episode_steps")
        and (value := getattr(remote, setting.name)) != setting.default
    }
    limit = told.get("maxEpisodeSteps") if remote.max_episode_steps is None else remote.max_episode_steps
    return EnvSpec(
        id=remote.id,
        entry_point="upslope.env:remake",
        vector_entry_point="upslope.vector_env:remake",
        reward_threshold=told.get("rewardThreshold"),
        nondeterministic=bool(told.get("nondeterministic")),
        max_episode_steps=limit,
        kwargs={"remote_id": remote.id, **settings, **remote.options},
    )


def remake(remote_id: str, **settings: Any) -> RemoteEnv:
    """For specs: the wrapper that Gymnasium puts around it limits the time, and may be told to allow more."""
    return make(remote_id, max_episode_steps=_NO_LIMIT, **settings)


def make_registered(remote_id: str, **settings: Any) -> RemoteEnv:
    """For `gymnasium.make("upslope:upslope/Portfolio-v0")`: the host limits the time, as it alone knows how."""
    return make(remote_id, **settings)
