"""Prints what TensorBoard's own readers find in the event file argv[1], as JSON."""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader, RawEventFileLoader

path = sys.argv[1]
events = list(EventFileLoader(path).Load())
accumulator = EventAccumulator(path)
accumulator.Reload()

json.dump(
    {
        "records": len(list(RawEventFileLoader(path).Load())),
        "version": events[0].file_version,
        "start": events[0].wall_time,
        "scalars": {
            tag: [[event.wall_time, event.step, repr(event.value)] for event in accumulator.Scalars(tag)]
            for tag in accumulator.Tags()["scalars"]
        },
    },
    sys.stdout,
)
