"""Upslope's environments from Python, and Gymnasium's environments for Upslope.

    import upslope

    env = upslope.make("upslope/Portfolio-v0")
    envs = upslope.make_vec("CartPole-v1", num_envs=64)

Both are environments as Gymnasium's own, which live in another process. `upslope.sb3` has them in the form that
Stable-Baselines3 wants. `python -m upslope.host` serves Gymnasium's environments to others.
"""

__version__ = "0.1.0"

import gymnasium

from .curve import Keys, load_keys
from .env import RemoteEnv, make
from .errors import Denied, HostLost, RemoteError, UpslopeError
from .link import Deadlines
from .vector_env import RemoteVectorEnv, make_vec

__all__ = [
    "Deadlines",
    "Denied",
    "HostLost",
    "Keys",
    "RemoteEnv",
    "RemoteError",
    "RemoteVectorEnv",
    "UpslopeError",
    "load_keys",
    "make",
    "make_vec",
]

# What Gymnasium has no environment for, so that gymnasium.make("upslope:upslope/Portfolio-v0") finds it.
for _id in (
    "upslope/ArmPush-v0",
    "upslope/ArmReach-v0",
    "upslope/ArmTrack-v0",
    "upslope/LQR-v0",
    "upslope/MoleculeLibrary-v0",
    "upslope/Pavlovian-v0",
    "upslope/PlanarReach-v0",
    "upslope/Portfolio-v0",
    "upslope/Reacher-v0",
    "upslope/RecallCue-v0",
    "upslope/ReversalBandit-v0",
):
    if _id not in gymnasium.registry:
        gymnasium.register(
            _id,
            entry_point="upslope.env:make_registered",
            vector_entry_point="upslope.vector_env:remake",
            kwargs={"remote_id": _id},
        )
