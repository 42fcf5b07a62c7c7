"""A batch of environments on a host, as `gymnasium.vector.VectorEnv`."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from .env import spec_of
from .link import Deadlines
from .remote import Batch
from .settings import Remote

if TYPE_CHECKING:
    from .curve import Keys


def make_vec(
    id: str,
    num_envs: int = 1,
    *,
    autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    render_mode: str | None = None,
    max_episode_steps: int | None = None,
    address: str | None = None,
    keys: Keys | None = None,
    command: Sequence[str] | None = None,
    on_error: str = "raise",
    infos: str | Sequence[str] = "all",
    deadlines: Deadlines = Deadlines(),
    **options: Any,
) -> RemoteVectorEnv:
    """Makes a batch of environments on a host, which are stepped together, one message each way.

    Args:
        num_envs: how many.
        autoreset_mode: when an environment whose episode has ended is reset, as in Gymnasium.

    The other arguments are those of `upslope.make`.

    Raises:
        RemoteError: the host cannot make them.
        UpslopeError: there is no host.
    """
    remote = Remote(
        id, options, max_episode_steps, render_mode, address, keys, command, on_error, infos, deadlines
    )
    return RemoteVectorEnv(remote, num_envs, autoreset_mode)


class RemoteVectorEnv(VectorEnv):
    """Environments on a host.

    When the host is lost and another one is found, the step under way is told as truncated for all, with reward 0, the
    last observations seen, and `bridge_restart` in the infos.
    """

    def __init__(
        self, remote: Remote, num_envs: int = 1, autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP
    ) -> None:
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self._batch = batch = Batch(remote, num_envs, self.autoreset_mode)
        self.num_envs = num_envs
        self.single_observation_space = batch.single_observation_space
        self.single_action_space = batch.single_action_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.metadata = {**batch.metadata, "autoreset_mode": self.autoreset_mode}
        self.render_mode = remote.render_mode
        self.spec = deepcopy(spec_of(batch))
        self.spec.kwargs["vectorization_mode"] = "vector_entry_point"
        if num_envs != 1:
            self.spec.kwargs["num_envs"] = num_envs
        if self.autoreset_mode != AutoresetMode.NEXT_STEP:
            self.spec.kwargs["autoreset_mode"] = self.autoreset_mode.value

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Resets the environments, under `options["reset_mask"]` some of them.

        Args:
            seed: of each environment; a number n stands for n, n + 1, ...
            options: for each environment. As in Gymnasium, the mask is taken out of it.
        """
        if isinstance(seed, (int, np.integer)):
            seed = int(seed)
            super().reset(seed=seed)
        elif seed is not None:
            seed = [None if one is None else int(one) for one in seed]
            if len(seed) != self.num_envs:
                raise ValueError(f"Expected a seed for each of {self.num_envs} environments, got {len(seed)}.")
        mask = self._mask(options.pop("reset_mask")) if options is not None and "reset_mask" in options else None
        buffers, infos = self._batch.reset(seed, options, mask)
        return self._batch.observations.decode(buffers, self.num_envs), infos

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        batch = self._batch
        batch.start_step(batch.actions.encode(actions, self.num_envs))
        message = batch.finish_step()
        observations = batch.observations.decode(batch.observation_of(message), self.num_envs)
        infos = batch.infos_of(message)
        if message.final:
            infos = {**self._final_observations(message), **infos}
        return observations, *batch.outcomes(message), infos

    def render(self) -> tuple[Any, ...]:
        return tuple(self._batch.render())

    def close_extras(self, **kwargs: Any) -> None:
        self._batch.close()

    def _mask(self, mask: Any) -> np.ndarray:
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
            raise TypeError(f"Expected options['reset_mask'] to be an array of bool, got {mask!r}.")
        if mask.shape != (self.num_envs,) or not mask.any():
            raise ValueError(
                f"Expected options['reset_mask'] to have the shape ({self.num_envs},) and a True in it, got {mask!r}."
            )
        return mask

    def _final_observations(self, message: Any) -> dict[str, Any]:
        rows, buffers = self._batch.final_rows(message)
        final = np.full(self.num_envs, None, dtype=object)
        present = np.zeros(self.num_envs, dtype=bool)
        present[rows] = True
        for row, value in zip(rows, self._batch.observations.decode_values(buffers, len(rows)), strict=True):
            final[row] = value
        return {"final_obs": final, "_final_obs": present}


def remake(
    remote_id: str, num_envs: int = 1, max_episode_steps: int | None = None, **settings: Any
) -> RemoteVectorEnv:
    """For specs: `gymnasium.make_vec(spec)`."""
    return make_vec(remote_id, num_envs, max_episode_steps=max_episode_steps, **settings)
