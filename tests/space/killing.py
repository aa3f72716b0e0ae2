"""Run in a process of its own by `test_format.py`: save a space again and again, and die saving.

`killing.py MODE FOLDER`. Every attempt happens in a forked child on a fresh copy of the same
beginning (an old space, or nothing), so that the whole of it takes seconds. Prints one JSON object.

MODE `kill`: SIGKILL at the n-th time that Python asks the system to open, make, rename or remove
something, for every n there is. `interrupt`: KeyboardInterrupt there instead. `timer`: SIGALRM
after ever longer delays. `full`: files cannot grow beyond ever larger sizes.
"""

import json
import os
import resource
import shutil
import signal
import sys
from pathlib import Path

import numpy as np

from rowspace.errors import SpaceError
from rowspace.space.space import Space, open_space

EVENTS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.listdir", "os.scandir"}
ROWS = 3000


def version(number):
    vectors = np.full((ROWS, 16), number, np.float32)
    ids = [f"{number}-{i}" for i in range(ROWS)]
    return Space.from_vectors({"word": (ids, vectors), "other": ([number], [[number]])})


def attempt(path, prepare):
    """Save version 2 at `path` in a child that `prepare` has arranged to die; say how it ended."""
    child = os.fork()
    if child == 0:
        code = 0
        try:
            prepare()
            NEW.save(path)
        except KeyboardInterrupt:
            code = 3
        except SpaceError as error:
            code = 4 if "what was there before is unchanged" in str(error) else 5
        except BaseException:
            code = 6
        os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def hooked(stop, act):
    """Return what arranges that `act` is called at the `stop`-th event of the child."""

    def prepare():
        seen = 0

        def hook(event, arguments):
            nonlocal seen
            if event in EVENTS:
                seen += 1
                if seen == stop:
                    act()

        sys.addaudithook(hook)

    return prepare


def interrupt():
    raise KeyboardInterrupt


def arrangements(mode):
    if mode == "kill":
        for n in range(1, 400):
            yield hooked(n, lambda: os.kill(os.getpid(), signal.SIGKILL))
    elif mode == "interrupt":
        for n in range(1, 400):
            yield hooked(n, interrupt)
    elif mode == "timer":
        for n in range(1, 30):
            yield lambda n=n: signal.setitimer(signal.ITIMER_REAL, 0.0004 * n)
    elif mode == "full":
        for size in (0, 10, 500, 2000, 20_000, 100_000, 150_000):

            def limit(size=size):
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

            yield limit


def whole(path):
    """Return which version stands at `path`, all of it (None: none); raises if it is damaged."""
    if not path.exists():
        return None
    space = open_space(path, verify=True)
    number = int(space["other"].ids[0])
    side = space["word"]
    assert list(side.ids) == [f"{number}-{i}" for i in range(ROWS)]
    assert (side.vectors == number).all()
    return number


def main(mode, folder):
    version(0).save(folder / "warm.space")
    open_space(folder / "warm.space")
    base = folder / "base.space"
    version(1).save(base)
    found = {"deaths": 0, "kept": 0, "new": 0, "ends": [], "left": []}
    for existing in (True, False):
        for number, prepare in enumerate(arrangements(mode)):
            home = folder / f"{mode}-{existing}-{number}"
            home.mkdir()
            path = home / "x.space"
            if existing:
                shutil.copytree(base, path)
            end = attempt(path, prepare)
            found["ends"].append(end)
            stands = whole(path)
            assert stands == 2 or stands == (1 if existing else None), (number, stands)
            found["new" if stands == 2 else "kept"] += 1
            names = {p.name for p in home.rglob("*")}
            found["left"].append([
                sum(n.endswith(".tmp") for n in names), sum(n.startswith("g-") for n in names),
                stands,
            ])  # fmt: skip
            if end == 0:
                assert stands == 2
            if mode in ("kill", "interrupt") and end == 0:
                break
            found["deaths"] += end != 0
            # Whatever was left, a later save works and, once it is old, clears it away.
            if number % 5 == 0:
                for p in [home, *home.rglob("*")]:
                    os.utime(p, (0, 0))
                version(3).save(path)
                assert whole(path) == 3
                assert [p.name for p in home.iterdir()] == ["x.space"]
                assert len(list(path.iterdir())) == 2
            shutil.rmtree(home)
    print(json.dumps(found))


if __name__ == "__main__":
    NEW = version(2)
    main(sys.argv[1], Path(sys.argv[2]))
