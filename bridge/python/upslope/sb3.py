"""Environments on a host for Stable-Baselines3, which has a vector interface of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode

from .env import infos_by_row, spec_of
from .errors import UpslopeError
from .protocol import Message
from .remote import Batch
from .settings import Remote

try:
    from stable_baselines3.common.vec_env import VecEnv, VecMonitor
except ModuleNotFoundError as error:
    raise UpslopeError(
        "upslope.sb3 needs Stable-Baselines3, which is not installed: pip install stable-baselines3"
    ) from error

_NOT_THERE = "The environments are in another process, where their {} cannot be reached; there is no '{}' here."


def make_vec_env(
    id: str, n_envs: int = 1, seed: int | None = None, *, monitor_path: str | None = None, **settings: Any
) -> VecMonitor:
    """A batch of environments on a host, with the episodes' returns and lengths in the infos.

    Args:
        id: `upslope/Portfolio-v0`.
        n_envs: how many.
        seed: of the first environment at the first reset; the others follow.
        monitor_path: file to note the episodes in.
        settings: those of `upslope.make`, and keyword arguments of the environment.
    """
    environments = RemoteVecEnv(id, n_envs, **settings)
    environments.seed(seed)
    return VecMonitor(environments, monitor_path)


class RemoteVecEnv(VecEnv):
    """Environments on a host, stepped together, one message each way.

    Args:
        id: `upslope/Portfolio-v0`.
        n_envs: how many.
        settings: those of `upslope.make`, and keyword arguments of the environment.
    """

    def __init__(self, id: str, n_envs: int = 1, **settings: Any) -> None:
        self._batch = batch = Batch(Remote.of(id, **settings), n_envs, AutoresetMode.SAME_STEP)
        self._own = {"render_mode": batch.remote.render_mode, "spec": spec_of(batch), "metadata": batch.metadata}
        super().__init__(n_envs, batch.single_observation_space, batch.single_action_space)

    def reset(self) -> Any:
        options = [each or None for each in self._options]
        if any(each != options[0] for each in options):
            raise NotImplementedError("Environments on a host are reset with the same options; these differ.")
        buffers, infos = self._batch.reset(list(self._seeds), options[0])
        self.reset_infos = infos_by_row(infos, self.num_envs)
        self._reset_seeds()
        self._reset_options()
        return self._batch.observations.decode(buffers, self.num_envs)

    def step_async(self, actions: np.ndarray) -> None:
        self._batch.start_step(self._batch.actions.encode(actions, self.num_envs))

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        batch = self._batch
        message = batch.finish_step()
        observations = batch.observations.decode(batch.observation_of(message), self.num_envs)
        rewards, terminations, truncations = batch.outcomes(message)
        infos = self._infos(message)
        for info, cut in zip(infos, (truncations & ~terminations).tolist(), strict=True):
            info["TimeLimit.truncated"] = cut
        if message.final:
            rows, buffers = batch.final_rows(message)
            for row, last in zip(rows.tolist(), batch.observations.decode_values(buffers, len(rows)), strict=True):
                infos[row]["terminal_observation"] = last
        return observations, rewards.astype(np.float32), terminations | truncations, infos

    def close(self) -> None:
        self._batch.close()

    def get_images(self) -> Sequence[np.ndarray | None]:
        return self._batch.render()

    def get_attr(self, attr_name: str, indices: None | int | Iterable[int] = None) -> list[Any]:
        """What is known of the environments here: `render_mode`, `spec` and `metadata`."""
        if attr_name not in self._own:
            raise AttributeError(_NOT_THERE.format("attributes", attr_name))
        return [self._own[attr_name] for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: None | int | Iterable[int] = None) -> None:
        """Not possible: keyword arguments are given to `make_vec_env`."""
        raise NotImplementedError(_NOT_THERE.format("attributes", attr_name))

    def env_method(
        self, method_name: str, *method_args: Any, indices: None | int | Iterable[int] = None, **method_kwargs: Any
    ) -> list[Any]:
        """Only `render`."""
        if method_name != "render":
            raise NotImplementedError(_NOT_THERE.format("methods", method_name))
        frames = self._batch.render()
        return [frames[i] for i in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: type, indices: None | int | Iterable[int] = None) -> list[bool]:
        """False for each: no wrapper of this process is around an environment in another one."""
        return [False for _ in self._get_indices(indices)]

    def _infos(self, message: Message) -> list[dict[str, Any]]:
        """A dict for each environment: where an episode has ended, its last step's; its reset's are kept apart."""
        infos = self._batch.infos_of(message)
        if not infos:
            return [{} for _ in range(self.num_envs)]
        rows = infos_by_row(infos, self.num_envs)
        for i, row in enumerate(rows):
            if "final_info" in row:
                restart = {key: row[key] for key in ("bridge_restart", "bridge_error") if key in row}
                rows[i] = {**row.pop("final_info"), **restart}
                self.reset_infos[i] = row
        return rows
