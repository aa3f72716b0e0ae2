"""Stages of work reach whoever listens, and nobody by default."""

from contextlib import contextmanager

from rowspace.progress import reporting, stage, terminal


def test_stages_reach_the_reporter_of_the_surrounding_block():
    heard = []

    @contextmanager
    def reporter(label, total):
        heard.append((label, total))
        yield lambda n=1, note="": heard.append((n, note))

    def work():
        with stage("sweeps", total=2) as step:
            step()
            step(3, note="done")

    work()
    with reporting(reporter):
        work()
    work()
    assert heard == [("sweeps", 2), (1, ""), (3, "done")]


def test_without_a_terminal_nothing_is_printed(capsys):
    with terminal(), stage("sweeps", total=1) as step:
        step(note="quiet")
    assert capsys.readouterr() == ("", "")
