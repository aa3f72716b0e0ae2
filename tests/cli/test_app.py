"""The application as a whole: help, version, what it costs to start, exit statuses."""

import subprocess
import sys

import pytest

import rowspace

COMMANDS = (
    *("fit", "near", "recommend", "info", "export", "import", "recipes", "literature", "demo"),
    *("judge", "doctor", "tune", "rank"),
)


def test_version_and_help_answer_without_loading_anything_heavy(cli):
    done = cli("--version")
    assert (done.returncode, done.stdout.strip()) == (0, f"rowspace {rowspace.__version__}")
    code = (
        "import sys; from rowspace.cli import main; sys.argv = ['rowspace', '--help']\n"
        "try: main()\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {m.partition(".")[0] for m in out.stderr.split()}
    assert not loaded & {"numpy", "scipy", "numba", "pyarrow", "rich", "threadpoolctl"}
    assert all(command in out.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", ["fit", "recipes show"])
def test_a_command_has_help_without_colour(cli, command):
    done = cli(*command.split(), "-h")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: rowspace {command}")
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("fit",),
        ("fit", "x.csv"),
        ("fit", "x.csv", "ials", "--resume", "x.space"),
        ("fit", "x.csv", "ials", "--held-out", "1.5"),
        ("fit", "x.csv", "ials", "--nonsense"),
        ("fit", "x.csv", "ials", "--dim", "0"),
        ("fit", "x.csv", "ials", "--set", "alhpa=1"),
        ("fit", "x.csv", "ials", "--out", "no/such/folder/x.space"),
        ("tune", "x.csv", "ials"),
        ("tune", "x.csv", "ials", "--try", "alhpa=1,2"),
        ("tune", "x.csv", "ials", "--try", "l2=1,two"),
        ("rank", "x.csv", "ials", "--dims", "2,four"),
        ("near", "x.space", "q", "--metric", "manhattan"),
        ("recommend", "x.space", "u", "--given", "a=1"),
        ("export", "x.space", "y.csv", "--side", "item", "--format", "xlsx"),
        ("export", "x.space", "y.csv"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_status_2_before_any_work(cli, arguments):
    done = cli(*arguments)
    assert done.returncode == 2
    assert done.stdout == "" and "Traceback" not in done.stderr
    assert "Usage: rowspace" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("fit", "no-such-file.csv", "ials"),
        ("near", "no-such.space", "q"),
        ("import", "no-such-file.txt"),
    ],
)
def test_what_cannot_be_done_is_status_1_and_one_sentence(cli, arguments, tmp_path):
    done = cli(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("rowspace: ") and len(done.stderr.splitlines()) == 1
    assert "no-such" in done.stderr
    assert list(tmp_path.iterdir()) == []
