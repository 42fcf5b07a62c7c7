"""Which environments a host may make, and how they are made."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec

from .checks import Refusal

#: Packages of environments that are known by a namespace, and what installs them.
_PACKAGES = {
    "ALE": ("ale_py", 'pip install "gymnasium[atari]"'),
    "dm_control": ("shimmy", 'pip install "shimmy[dm-control]"'),
}

_SETTINGS = {"id", "render_mode", "max_episode_steps", "disable_env_checker"}


class Catalogue:
    """The environments a host may make.

    Args:
        allow: patterns of their ids, `*` standing for anything. An id with a colon imports a module, so it
            has to be among them word for word.
    """

    def __init__(self, allow: Sequence[str] = ("*",)) -> None:
        self.allow = tuple(allow)

    def allows(self, id: str) -> bool:
        if ":" in id:
            return id in self.allow
        return any(fnmatchcase(id, pattern) for pattern in self.allow)

    def maker(
        self,
        id: str,
        options: Mapping[str, Any],
        *,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
        infos: str | Sequence[str] = "all",
    ) -> Callable[[int], gymnasium.Env]:
        """A function that makes the `i`-th environment of a batch, or raises a `Refusal` with what is wrong.

        Args:
            infos: `all`, `none`, or the keys that are wanted.

        Raises:
            Refusal: it may not be made.
        """
        if not self.allows(id):
            hint = f"Allow it with: python -m upslope.host --allow {id}"
            raise Refusal("denied", f"This host may not make '{id}'.", hint)
        if settings := sorted(_SETTINGS & options.keys()):
            text = f"'{settings[0]}' is no option of an environment, but a setting beside them."
            raise Refusal("bad-request", text)
        known = {"render_mode": render_mode, "max_episode_steps": max_episode_steps}
        given = {**options, **{name: value for name, value in known.items() if value is not None}}
        wanted = () if infos == "none" else infos

        def make(index: int) -> gymnasium.Env:
            try:
                env = gymnasium.make(id, **given) if index == 0 else gymnasium.make(_bare(id), **given)
            except (Exception, SystemExit) as error:
                if refusal := self._refusal(id, error):
                    raise refusal from error
                raise
            return env if wanted == "all" else _Selecting(env, wanted)

        return make

    def _refusal(self, id: str, error: BaseException) -> Refusal | None:
        """What a driver can mend of the reasons why an environment cannot be made."""
        text = str(error)
        if isinstance(error, gymnasium.error.DependencyNotInstalled):
            return Refusal("missing-package", text, _pip_command(text))
        if isinstance(error, ModuleNotFoundError):
            package = (error.name or "its-package").split(".")[0]
            return Refusal("missing-package", text, f"pip install {package}")
        if isinstance(error, TypeError) and "unexpected keyword argument" in text:
            return Refusal("bad-request", text)
        unknown = (gymnasium.error.UnregisteredEnv, gymnasium.error.DeprecatedEnv)
        # Gymnasium has no class of its own for these two.
        texts = ("No registered env", "Malformed environment ID")
        if not isinstance(error, unknown) and not text.startswith(texts):
            return None
        missing = _PACKAGES.get(id.split("/")[0])
        if missing and isinstance(error, gymnasium.error.NamespaceNotFound):
            hint = f"{missing[1]}, and start the host with --import {missing[0]}"
            return Refusal("missing-package", f"There is no environment '{id}': {text}", hint)
        names = [name for name in gymnasium.registry if self.allows(name)]
        near = difflib.get_close_matches(id, names, n=3, cutoff=0.5)
        hint = "Start the host with --import MODULE of its package."
        if near:
            hint = f"Did you mean {' or '.join(near)}?"
        return Refusal("unknown-environment", f"There is no environment '{id}': {text}", hint)


def _bare(id: str) -> EnvSpec | str:
    """An environment without the wrappers that check its use: one in a batch that is checked is enough, and the
    host itself keeps the order of requests.
    """
    spec = gymnasium.registry.get(id)
    return id if spec is None else replace(spec, disable_env_checker=True, order_enforce=False)


def _pip_command(message: str) -> str | None:
    commands = re.findall(r"""`(pip3? install [^`]+)`|'(pip3? install [^']+)'""", message)
    return " && ".join(first or second for first, second in commands) or None


class _Selecting(gymnasium.Wrapper):
    """An environment that tells only what is wanted of its infos."""

    def __init__(self, env: gymnasium.Env, wanted: Sequence[str]) -> None:
        super().__init__(env)
        self._wanted = tuple(wanted)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        observation, reward, terminated, truncated, info = self.env.step(action)
        return observation, reward, terminated, truncated, self._select(info)

    def reset(self, **given: Any) -> tuple[Any, dict[str, Any]]:
        observation, info = self.env.reset(**given)
        return observation, self._select(info)

    def _select(self, info: Mapping[str, Any]) -> dict[str, Any]:
        return {key: info[key] for key in self._wanted if key in info}
