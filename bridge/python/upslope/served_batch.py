"""A batch of environments as a driver has opened it: requests carried out."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode

from .catalogue import Catalogue
from .checks import ActionCheck, Refusal, shown
from .environments import EnvironmentFailure, Environments
from .errors import UpslopeError
from .infos import encode_infos
from .layout import Layout
from .protocol import RENDER, RESET, STEP, Message
from .spaces import describe

MOST_ENVS = 65536

_NOT_READY = "the batch was not reset yet, or has failed since"

_MODES = {
    "next-step": AutoresetMode.NEXT_STEP,
    "same-step": AutoresetMode.SAME_STEP,
    "disabled": AutoresetMode.DISABLED,
}


@dataclass
class Reply:
    """What a response carries beyond the header of its request."""

    rows: int = 0
    meta: dict[str, Any] | None = None
    buffers: list[Any] = field(default_factory=list)
    final: bool = False


class ServedBatch:
    """One batch.

    Args:
        meta: of OPEN.

    Raises:
        Refusal: it cannot be opened.
        EnvironmentFailure: an environment threw when it was made.
    """

    def __init__(self, meta: Mapping[str, Any], catalogue: Catalogue) -> None:
        request = _read_open(meta)
        self._infos = request["infos"] != "none"
        self._mode = _MODES[request["autoreset"]]
        self._n: int = request["numEnvs"]
        make = catalogue.maker(
            request["environment"],
            request["options"],
            max_episode_steps=request["maxEpisodeSteps"],
            render_mode=request["renderMode"],
            infos=request["infos"],
        )
        self._batch = batch = Environments(make, self._n, self._mode, restart=request["onError"] == "restart")
        try:
            self.opened = Reply(self._n, _description(request["environment"], batch))
            self._observations = Layout(batch.single_observation_space, "observation")
            self._actions = Layout(batch.single_action_space, "action")
            self._check = ActionCheck(batch.single_action_space)
        except UpslopeError as error:
            # A space of the environment's own kind.
            self.close()
            raise EnvironmentFailure(0, error) from error

    def answer(self, request: Message) -> Reply:
        """Carries out RESET, STEP or RENDER.

        Raises:
            Refusal: the request does not fit.
            EnvironmentFailure: an environment threw, or returned what does not fit.
            ProtocolError: the buffers are no actions.
        """
        if request.type == STEP:
            return self._step(request)
        if request.type == RESET:
            return self._reset(request)
        if request.type == RENDER:
            return self._render()
        raise Refusal("state", "The session is open already.")

    def close(self) -> None:
        """Closes the environments. What they throw then concerns nobody but this host's log."""
        try:
            self._batch.close()
        except Exception:
            traceback.print_exc(file=sys.stderr)

    def _reset(self, request: Message) -> Reply:
        meta = request.meta or {}
        seed = _read_seed(meta.get("seed"), self._n)
        options = meta.get("options")
        if options is not None and not isinstance(options, dict):
            raise Refusal("bad-request", f"A reset's options are an object or null; got {shown(options)}.")
        if options is not None and "reset_mask" in options:
            raise Refusal("bad-request", "The mask of a reset is a buffer, not an option.")
        if request.buffers:
            options = {**(options or {}), "reset_mask": self._read_mask(request.buffers)}
        observations, infos = self._batch.reset(seed=seed, options=options)
        return self._reply(self._encode(observations), infos)

    def _read_mask(self, buffers: Sequence[Any]) -> np.ndarray:
        if self._mode != AutoresetMode.DISABLED:
            text = "Environments that reset themselves take no mask: it is for 'disabled'."
            raise Refusal("bad-request", text)
        mask = np.frombuffer(buffers[0], np.uint8) != 0
        if len(buffers) != 1 or mask.shape != (self._n,) or not mask.any():
            raise Refusal("bad-request", f"A mask has {self._n} bytes, at least one of them not 0.")
        if not self._batch.ready:
            raise Refusal("state", f"Expected RESET without a mask first: {_NOT_READY}.")
        return mask

    def _step(self, request: Message) -> Reply:
        batch = self._batch
        if not batch.ready:
            raise Refusal("state", f"Expected RESET before STEP: {_NOT_READY}.")
        ignored = None
        if self._mode != AutoresetMode.SAME_STEP:
            ended = batch.ended()
            if self._mode == AutoresetMode.NEXT_STEP:
                ignored = ended
            elif ended.any():
                rows = np.flatnonzero(ended).tolist()
                text = f"The episodes of environments {shown(rows)} have ended: reset them first."
                raise Refusal("state", text)
        actions = self._actions.decode(request.buffers, self._n)
        self._check(actions, ignored)
        observations, rewards, terminated, truncated, infos = batch.step(actions)
        buffers = self._encode(observations)
        buffers += rewards.tobytes(), terminated.tobytes(), truncated.tobytes()
        if "final_obs" in infos and self._mode == AutoresetMode.SAME_STEP:
            rows = np.flatnonzero(infos.pop("_final_obs"))
            last = infos.pop("final_obs")[rows]
            buffers.append(rows.astype("<i4").tobytes())
            buffers += self._encode_values(rows, list(last))
            return self._reply(buffers, infos, final=True)
        return self._reply(buffers, infos)

    def _encode(self, observations: Any) -> list[Any]:
        try:
            return list(self._observations.encode(observations, self._n))
        except Exception as error:
            raise self._batch.misfit(error) from error

    def _encode_values(self, rows: np.ndarray, values: list[Any]) -> list[Any]:
        try:
            return list(self._observations.encode_values(values))
        except Exception as error:
            raise self._batch.misfit(error, dict(zip(rows.tolist(), values, strict=True))) from error

    def _reply(self, buffers: list[Any], infos: dict[str, Any], final: bool = False) -> Reply:
        if not infos or not self._infos:
            return Reply(self._n, None, buffers, final)
        skeleton, extra = encode_infos(infos)
        return Reply(self._n, {"infos": skeleton}, [*buffers, *extra], final)

    def _render(self) -> Reply:
        if not self._batch.ready:
            raise Refusal("state", f"Expected RESET before RENDER: {_NOT_READY}.")
        frames: list[Any] = []
        buffers: list[Any] = []
        for i, frame in enumerate(self._batch.render()):
            if frame is None:
                frames.append(None)
            elif isinstance(frame, (str, StringIO)):
                frames.append({"text": frame if isinstance(frame, str) else frame.getvalue()})
            else:
                # A list of frames, of the modes `..._list`, is a film: one more axis in front.
                pixels = np.asarray(frame)
                if pixels.dtype != np.uint8:
                    text = f"Expected a frame of uint8; got {pixels.dtype}{list(pixels.shape)}."
                    raise EnvironmentFailure(i, TypeError(text))
                frames.append({"shape": list(pixels.shape)})
                buffers.append(pixels.tobytes())
        return Reply(self._n, {"frames": frames}, buffers)


def _description(id: str, batch: Environments) -> dict[str, Any]:
    spec = batch.envs[0].spec
    metadata = {key: batch.metadata[key] for key in ("render_modes", "render_fps") if key in batch.metadata}
    return {
        "observationSpace": describe(batch.single_observation_space),
        "actionSpace": describe(batch.single_action_space),
        "spec": {
            "id": spec.id if spec else id,
            "maxEpisodeSteps": spec and spec.max_episode_steps,
            "rewardThreshold": spec and spec.reward_threshold,
            "nondeterministic": spec and spec.nondeterministic,
        },
        "metadata": metadata,
    }


def _read_open(meta: Mapping[str, Any]) -> dict[str, Any]:
    request = {
        "environment": None,
        "options": {},
        "numEnvs": None,
        "autoreset": None,
        "maxEpisodeSteps": None,
        "renderMode": None,
        "onError": "raise",
        "infos": "all",
        **meta,
    }

    def expect(key: str, fits: bool, what: str) -> None:
        if not fits:
            raise Refusal("bad-request", f"OPEN wants {key} to be {what}; got {shown(request[key])}.")

    count, limit, infos = request["numEnvs"], request["maxEpisodeSteps"], request["infos"]
    expect("environment", isinstance(request["environment"], str), "the id of an environment")
    expect("options", isinstance(request["options"], dict), "an object")
    expect("numEnvs", type(count) is int and 1 <= count <= MOST_ENVS, f"a whole number from 1 to {MOST_ENVS}")
    expect("autoreset", request["autoreset"] in list(_MODES), " or ".join(map(repr, _MODES)))
    expect("maxEpisodeSteps", limit is None or (type(limit) is int and limit >= 1), "positive, or null")
    expect("renderMode", isinstance(request["renderMode"], (str, type(None))), "a text or null")
    expect("onError", request["onError"] in ("raise", "restart"), "'raise' or 'restart'")
    keys = isinstance(infos, list) and all(isinstance(key, str) for key in infos)
    expect("infos", keys or infos in ("all", "none"), "'all', 'none' or a list of keys")
    return request


def _read_seed(seed: Any, n: int) -> Any:
    def fits(one: Any) -> bool:
        return type(one) is int and one >= 0

    if seed is None or fits(seed):
        return seed
    if isinstance(seed, list) and len(seed) == n and all(one is None or fits(one) for one in seed):
        return seed
    wanted = f"null, a whole number from 0, or a list of {n} of them"
    raise Refusal("bad-request", f"A seed is {wanted}; got {shown(seed)}.")
