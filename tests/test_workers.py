"""The worker threads keep the order of the pieces, pass errors on, and survive a fork."""

import subprocess
import sys
import threading

import pytest

from rowspace.workers import each, in_parts, run


def test_results_come_in_the_order_of_the_pieces(monkeypatch):
    monkeypatch.setenv("ROWSPACE_THREADS", "3")
    assert list(each(lambda x: -x, range(50))) == [-x for x in range(50)]


def test_an_error_in_a_piece_reaches_the_caller(monkeypatch):
    monkeypatch.setenv("ROWSPACE_THREADS", "2")
    with pytest.raises(ZeroDivisionError):
        run(lambda x: 1 // x, [2, 1, 0])


def test_two_threads_may_use_the_workers_at_once(monkeypatch):
    monkeypatch.setenv("ROWSPACE_THREADS", "2")
    found = {}

    def ask(name):
        found[name] = sum(each(lambda x: x, range(200)))

    askers = [threading.Thread(target=ask, args=(i,)) for i in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert found == dict.fromkeys(range(4), 199 * 100)


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")
def test_a_forked_process_has_threads_of_its_own():
    program = (
        "import os\n"
        "from rowspace.workers import each\n"
        "sum(each(abs, range(9)))\n"
        "pid = os.fork()\n"
        "if pid == 0: os._exit(0 if sum(each(abs, range(9))) == 36 else 1)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={"ROWSPACE_THREADS": "2", "PATH": ""}, timeout=60
    )
    assert done.returncode == 0


@pytest.mark.parametrize("threads", ["1", "2", "7"])
@pytest.mark.parametrize("n", [0, 1, 100, 5000])
def test_parts_cover_every_row_once_in_order(monkeypatch, threads, n):
    monkeypatch.setenv("ROWSPACE_THREADS", threads)
    rows = [i for part in in_parts(n, lambda a, b: list(range(a, b))) for i in part]
    assert rows == list(range(n))


def test_an_error_in_a_part_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        in_parts(5000, lambda a, b: 1 // (a * 0))


def test_a_piece_may_hand_out_pieces_itself(monkeypatch):
    monkeypatch.setenv("ROWSPACE_THREADS", "2")
    assert list(each(lambda n: sum(each(abs, range(n))), [3, 4, 5, 6])) == [3, 6, 10, 15]
