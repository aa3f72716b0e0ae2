"""How the program ends: sentences for what a user can mend, quiet ends of pipes, escapes."""

import subprocess
import sys

import pytest

from rowspace import cli as entry
from rowspace.errors import InputError


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (InputError("the file is empty"), "the file is empty"),
        (FileNotFoundError(2, "No such file or directory", "x.csv"), "x.csv: No such file"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
        (OSError("odd"), "odd"),
        (MemoryError(), "out of memory"),
    ],
)
def test_what_a_user_can_mend_is_one_sentence(error, sentence, capsys):
    assert entry._explain(error) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"rowspace: {sentence}") and len(told.splitlines()) == 1


def test_a_bug_shows_its_traceback_and_asks_for_a_report(capsys):
    try:
        raise ZeroDivisionError("oops")
    except ZeroDivisionError as error:
        assert entry._explain(error) == 1
    told = capsys.readouterr().err
    assert "Traceback" in told and "ZeroDivisionError: oops" in told
    assert told.splitlines()[-1].endswith("`rowspace doctor --json`")


def test_a_reader_who_leaves_ends_the_program_quietly():
    for arguments in (["literature"], ["recipes", "--json"], ["--help"]):
        with subprocess.Popen(
            [sys.executable, "-m", "rowspace", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            process.stdout.close()  # gone before the first line
            assert process.stderr.read() == ""
        assert process.returncode in (0, 1)


def test_text_that_the_encoding_lacks_is_escaped_not_fatal(cli, answer, space):
    done = cli("near", space, "u1", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    some = cli("recommend", space, "u1", PYTHONIOENCODING="ascii")
    assert "Am\\xe9lie" in some.stdout
    import json

    hits = json.loads(cli("recommend", space, "u1", "--json", PYTHONIOENCODING="ascii").stdout)
    assert hits["hits"][0]["id"].startswith("Amélie")


def test_python_m_rowspace_and_the_script_are_the_same_program(cli):
    code = "import sys; sys.argv = ['anything', '--help']; from rowspace.cli import main; main()"
    script = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert script.stdout == cli("--help").stdout
