"""Batches of environments, stepped as by Gymnasium's own vector environment."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from itertools import islice
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.vector.utils import concatenate, iterate

from .checks import Refusal, observation_fault
from .errors import UpslopeError

#: Distance of the seeds of environments made anew from those of their predecessors.
SEED_STRIDE = 1000003


class EnvironmentFailure(UpslopeError):
    """An environment threw, or returned what its space does not allow."""

    def __init__(self, index: int | None, cause: BaseException, message: str | None = None) -> None:
        super().__init__(message or str(cause) or type(cause).__name__)
        self.index = index
        self.exception = type(cause).__name__
        self.traceback = "".join(traceback.format_exception(cause))


class Environments(SyncVectorEnv):
    """Environments stepped one after another, with the outcome of Gymnasium's own vector environment.

    Args:
        make: makes one, the `i`-th.
        restart: whether one that throws is made anew. Its row is reported as truncated, with reward 0, the
            last observation, and `bridge_restart` and `bridge_error` in its infos.

    Raises:
        EnvironmentFailure: one cannot be made.
    """

    def __init__(
        self,
        make: Callable[[int], gymnasium.Env],
        num_envs: int,
        autoreset_mode: AutoresetMode,
        *,
        restart: bool = False,
    ) -> None:
        envs: list[gymnasium.Env] = []
        try:
            for i in range(num_envs):
                with _attributed(i):
                    env = make(i)
                envs.append(_Restarting(env, make, i, self) if restart else env)
            # Observations are encoded before the next step, so there is no need for a copy.
            super().__init__([lambda env=env: env for env in envs], copy=False, autoreset_mode=autoreset_mode)
        except BaseException:
            for env in envs:
                env.close()
            raise
        #: Whether a step makes sense: all were reset, and none threw since.
        self.ready = False

    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        """As Gymnasium's.

        Raises:
            EnvironmentFailure: an environment threw.
        """
        partial = options is not None and "reset_mask" in options
        try:
            result = super().reset(seed=seed, options=options)
        except (Exception, SystemExit) as error:
            raise self._failure(error) from error
        self.ready = self.ready or not partial
        return result

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """As Gymnasium's.

        Raises:
            EnvironmentFailure: an environment threw. All need a reset before the next step.
        """
        try:
            return self._step(actions)
        except (Exception, SystemExit) as error:
            raise self._failure(error) from error

    def render(self) -> tuple[Any, ...]:
        """The frame of each.

        Raises:
            EnvironmentFailure: an environment threw. They can be stepped on.
        """
        frames = []
        for i, env in enumerate(self.envs):
            with _attributed(i):
                frames.append(env.render())
        return tuple(frames)

    def ended(self) -> np.ndarray:
        """Whose episode has ended and not begun anew: bool [num_envs]."""
        return self._autoreset_envs

    def observation_of(self, index: int) -> Any:
        """The observation of one environment, as of the last completed step."""
        return deepcopy(next(islice(iterate(self.observation_space, self._observations), index, None)))

    def misfit(
        self, error: BaseException, observations: Mapping[int, Any] | None = None
    ) -> EnvironmentFailure:
        """Whose observation could not be put into a batch, and what is wrong with it.

        Args:
            observations: by their environments, in place of the present ones.
        """
        self.ready = False
        for i, observation in (observations or dict(enumerate(self._env_obs))).items():
            wrong = observation_fault(self.single_observation_space, observation, "observation")
            if wrong is not None:
                text = f"Environment {i} returned an observation that does not fit its space: {wrong}."
                return EnvironmentFailure(i, error, text)
        return EnvironmentFailure(None, error)

    def _step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """What `SyncVectorEnv.step` does, in a tighter loop: it is most of the time that a host itself spends."""
        same_step = self.autoreset_mode == AutoresetMode.SAME_STEP
        observations, ended = self._env_obs, self._autoreset_envs.tolist()
        rewards = np.zeros(self.num_envs)
        terminations = np.zeros(self.num_envs, np.bool_)
        truncations = np.zeros(self.num_envs, np.bool_)
        infos: dict[str, Any] = {}
        each = zip(self.envs, iterate(self.action_space, actions), strict=True)
        for i, (env, action) in enumerate(each):
            if ended[i]:
                observations[i], info = env.reset()
            else:
                observations[i], rewards[i], terminated, truncated, info = env.step(action)
                if terminated or truncated:
                    terminations[i], truncations[i] = terminated, truncated
                    if same_step:
                        last = {"final_obs": observations[i], "final_info": info}
                        infos = self._add_info(infos, last, i)
                        observations[i], info = env.reset()
            if len(info) > 0:
                infos = self._add_info(infos, info, i)
        self._observations = concatenate(self.single_observation_space, observations, self._observations)
        self._terminations, self._truncations = terminations, truncations
        # Under same-step the next episodes have begun already.
        self._autoreset_envs = np.zeros_like(truncations) if same_step else terminations | truncations
        return self._observations, rewards, terminations, truncations, infos

    def _failure(self, error: BaseException) -> EnvironmentFailure:
        """Whose error it is, read off the traceback: to ask on every step would cost on every step."""
        self.ready = False
        if isinstance(error, EnvironmentFailure):
            return error
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code in _LOOPS:
                index = trace.tb_frame.f_locals.get("i")
                inner = trace.tb_next
                if inner is not None and _is_batching(inner):
                    return self.misfit(error)
                return EnvironmentFailure(index, error.with_traceback(inner or trace))
            trace = trace.tb_next
        return EnvironmentFailure(None, error)


_LOOPS = (Environments._step.__code__, SyncVectorEnv.reset.__code__)


def _is_batching(trace: Any) -> bool:
    """Whether the error came from putting observations together rather than from an environment."""
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == "gymnasium.vector.utils.space_utils":
            return True
        if trace.tb_frame.f_globals.get("__name__") != "functools":
            return False
        trace = trace.tb_next
    return False


@contextmanager
def _attributed(index: int) -> Iterator[None]:
    """Tells whose error it is."""
    try:
        yield
    except Refusal:
        raise
    except (Exception, SystemExit) as error:
        raise EnvironmentFailure(index, error) from error


class _Restarting(gymnasium.Wrapper):
    """An environment that is made anew when it throws, which looks like a truncated episode."""

    def __init__(
        self, env: gymnasium.Env, make: Callable[[int], gymnasium.Env], index: int, batch: Environments
    ) -> None:
        super().__init__(env)
        self._make = make
        self._index = index
        self._batch = batch
        self._first_seed: int | None = None
        self._restarts = 0
        #: The beginning of the episode that follows a restart.
        self._begun: tuple[Any, dict[str, Any]] | None = None

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        try:
            return self.env.step(action)
        except (Exception, SystemExit) as error:
            last = self._batch.observation_of(self._index)
            told = self._restart(error)
            return last, 0.0, False, True, told

    def reset(self, **given: Any) -> tuple[Any, dict[str, Any]]:
        begun, self._begun = self._begun, None
        if given:
            # Asked for by the driver, who is told when it fails.
            seed = given.get("seed")
            if seed is not None:
                self._first_seed = seed
            return self.env.reset(**given)
        if begun is not None:
            return begun
        try:
            return self.env.reset()
        except (Exception, SystemExit) as error:
            told = self._restart(error)
            observation, info = self._begun
            self._begun = None
            return observation, {**info, **told}

    def _restart(self, error: BaseException) -> dict[str, Any]:
        told = {"bridge_restart": True, "bridge_error": traceback.format_exception_only(error)[-1].strip()}
        self._restarts += 1
        try:
            self.env.close()
        except Exception:
            # It is broken already.
            pass
        self.env = self._make(self._index)
        seed = self._first_seed
        observation, info = self.env.reset(seed=None if seed is None else seed + SEED_STRIDE * self._restarts)
        if self._batch.autoreset_mode == AutoresetMode.SAME_STEP:
            # The infos of the step that ended are those of `final_info` then.
            info = {**info, **told}
        self._begun = observation, info
        return told
