"""The bytes of bridge/fixtures, which the TypeScript tests read too."""

import json
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "bridge" / "fixtures"


def entries(name):
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def frames_of(entry, key="frames"):
    return [bytes.fromhex(text) for text in entry[key]]
