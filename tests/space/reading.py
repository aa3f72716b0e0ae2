"""Run in a process of its own by `test_format.py`: read a space that others replace, and check it.

`reading.py PATH STOP` opens the space and searches it until the file STOP exists, and once more.
All ids of one version start with its number, and all its vectors hold that number. Prints "ready"
when it has seen the first version, and all versions seen at the end.
"""

import json
import sys
import time
from pathlib import Path

from rowspace.space.space import open_space


def look(path):
    """Open the space and search it; return the number of the version, if it is whole."""
    space = open_space(path)
    hits = space.near("word", [1, 1], k=5, metric="dot")
    (number,) = {name.partition("-")[0] for name in hits.ids}
    assert set(hits.scores.tolist()) == {2.0 * int(number)}, (number, hits)
    assert space.manifest["name"] == f"version {number}"
    return int(number)


def main(path, stop):
    seen = {look(path)}
    print("ready", flush=True)
    while not stop.exists():
        seen.add(look(path))
        time.sleep(0.002)  # leave a processor to the writer
    print(json.dumps(sorted(seen | {look(path)})))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
