"""`rowspace fit`: from a file to a space, and what an interrupt leaves."""

import os
import re
import signal
import subprocess
import sys

import pytest

import rowspace as rs


def test_fit_says_what_it_did_and_what_to_type_next(cli, ratings, tmp_path):
    done = cli("fit", ratings / "ratings.csv", "svd", "--dim", 3, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "40 user x 24 item" in done.stdout
    assert "240 cells observed (25.00%)" in done.stdout
    assert "dim=3 Squared" in done.stdout and "Spectral" in done.stdout
    assert "ratings.space" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["ratings.space"]
    lines = re.findall(r"^ +(rowspace .+)$", done.stdout, re.MULTILINE)
    assert len(lines) == 3
    for line in lines:
        command = line.replace("rowspace", f"{sys.executable} -m rowspace", 1)
        shell = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True)
        assert shell.returncode == 0, shell.stderr


def test_the_json_of_fit_is_all_that_is_printed(answer, ratings, tmp_path):
    told = answer("fit", ratings / "ratings.csv", "svd", "--dim", 3, cwd=tmp_path)
    assert told["rows"] == {"name": "user", "n": 40} and told["cols"] == {"name": "item", "n": 24}
    assert told["observed"] == 240
    assert {"read", "save"} < set(told["seconds"])
    assert told["bytes"] == sum(
        f.stat().st_size for f in (tmp_path / told["out"]).rglob("*") if f.is_file()
    )


def test_options_reach_the_reader_and_the_recipe(answer, tmp_path):
    lines = "a|x|1|10\na|x|2|20\nb|y|4|30\nb|x|1|40\n"
    (tmp_path / "log.txt").write_text(lines, encoding="utf-8")
    told = answer(
        *("fit", "log.txt", "ials", "--format", "csv", "--separator", "|", "--no-header"),
        *("--rows", "0", "--cols", "1", "--values", "2", "--time", "3", "--duplicates", "sum"),
        *("--dim", 2, "--seed", 7, "--set", "alpha=3", "--set", "sweeps=2", "--no-cells"),
        *("--out", "log.space"),
        cwd=tmp_path,
    )
    assert told["observed"] == 3
    assert "Log(alpha=3, eps=1)" in told["factorization"]
    assert "Alternating(sweeps=2," in told["factorization"]


def test_a_column_of_weights_reaches_the_reader(answer, tmp_path):
    (tmp_path / "log.csv").write_text("user,item,sure\na,x,1\nb,y,0.25\n", encoding="utf-8")
    answer("fit", "log.csv", "svd", "--dim", 1, "--weights", "sure", cwd=tmp_path)
    assert rs.open(tmp_path / "log.space").observations.weights.tolist() == [1, 0.25]


def test_the_same_seed_gives_the_same_vectors_from_the_command_line_and_python(space, ratings):
    observed = rs.read(ratings / "ratings.csv", rows="user", cols="item", values="rating")
    again = rs.fit(observed, "ials", dim=4)
    stored = rs.open(space)
    for side in ("user", "item"):
        assert (again[side].vectors == stored[side].vectors).all()


def test_a_folder_that_is_no_space_is_not_overwritten(cli, ratings, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    done = cli("fit", ratings / "ratings.csv", "svd", "--out", tmp_path / "mine")
    assert done.returncode == 2 and "is not a space" in done.stderr
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("user,item,rating\na,x,1\nb,y,good\n", "good"),
        ("", "empty"),
        ("a,b\n1,2\n", "user"),
    ],
)
def test_bad_data_is_one_sentence_and_leaves_nothing(cli, tmp_path, content, named):
    (tmp_path / "bad.csv").write_text(content, encoding="utf-8")
    arguments = ("--rows", "user", "--cols", "item", "--values", "rating")
    done = cli("fit", "bad.csv", "svd", *arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("rowspace: ") and len(done.stderr.splitlines()) == 1
    assert "bad.csv" in done.stderr and named in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["bad.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_an_interrupt_in_mid_work_leaves_nothing_behind(ratings, tmp_path):
    import pty

    terminal, end = pty.openpty()
    arguments = ["fit", str(ratings / "ratings.csv"), "ials", "--set", "sweeps=100000000"]
    with subprocess.Popen(
        [sys.executable, "-m", "rowspace", *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=end,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    ) as process:
        os.close(end)
        told = _read_until(terminal, "100000000")  # the progress bar of the sweeps
        process.send_signal(signal.SIGINT)
        told += _read_until(terminal, None)
        assert process.wait(60) == 130
        assert process.stdout.read() == b""
    os.close(terminal)
    assert "Traceback" not in told
    assert "rowspace: interrupted; nothing is left half-written" in told
    assert list(tmp_path.iterdir()) == []


def _read_until(terminal, text):
    """Return what the process writes to its terminal up to `text`, or to its end."""
    told = ""
    while text is None or text not in told:
        try:
            told += os.read(terminal, 4096).decode(errors="replace")
        except OSError:  # Linux reports the closed terminal of an ended process like this
            break
    return told


def test_a_share_held_out_stops_early_and_is_told(cli, answer, ratings, tmp_path):
    arguments = ("fit", ratings / "ratings.csv", "ials", "--dim", 8, "--held-out", "0.3")
    told = answer(*arguments, "--patience", 2, "--set", "sweeps=50", cwd=tmp_path)
    found = told["held_out"]
    assert found["metric"] == "Recall@20" and found["patience"] == 2
    assert len(found["values"]) == found["best_sweep"] + 2 < 50
    assert told["observed"] + found["cells"] == 240
    done = cli(*arguments, cwd=tmp_path)
    assert f"{found['cells']} cells: Recall@20 {found['best']:.4f} after sweep" in done.stdout


def test_a_file_held_out_is_read_like_the_data(answer, ratings, tmp_path):
    lines = (ratings / "ratings.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "train.csv").write_text("\n".join(lines[:200]) + "\n", encoding="utf-8")
    (tmp_path / "test.csv").write_text("\n".join([lines[0], *lines[200:]]), encoding="utf-8")
    told = answer(
        *("fit", "train.csv", "ials", "--rows", "user", "--cols", "item", "--values", "rating"),
        *("--held-out", "test.csv", "--dim", 4),
        cwd=tmp_path,
    )
    assert told["observed"] == 199
    assert told["held_out"]["cells"] + told["held_out"]["left_out"] == 41


def test_a_space_is_continued_on_newer_data(cli, answer, ratings, space, tmp_path):
    more = (ratings / "ratings.csv").read_text(encoding="utf-8") + "u99,film,5\n"
    (tmp_path / "more.csv").write_text(more, encoding="utf-8")
    names = ("--rows", "user", "--cols", "item", "--values", "rating")
    arguments = ("fit", "more.csv", *names, "--resume", space, "--set", "sweeps=2")
    told = answer(*arguments, "--out", "new.space", cwd=tmp_path)
    assert told["continued"] == {
        "user": {"known": 40, "new": 1, "dropped": 0},
        "item": {"known": 24, "new": 1, "dropped": 0},
        "sweeps": 15,
    }
    assert "dim=4" in told["factorization"] and "sweeps=2" in told["factorization"]
    assert "user: 40 known, 1 new, 0 dropped" in cli(*arguments, cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("--dim", 7), 1, "dim is 7, but the space to continue has 4"),
        (("--set", "alhpa=3"), 2, "ials has no option 'alhpa'"),
        (("--held-out", "gone.csv"), 1, "gone.csv"),
    ],
)
def test_what_cannot_be_continued_is_one_sentence(
    cli, ratings, space, tmp_path, arguments, status, said
):
    names = ("--rows", "user", "--cols", "item", "--values", "rating")
    done = cli("fit", ratings / "ratings.csv", *names, "--resume", space, *arguments, cwd=tmp_path)
    assert done.returncode == status and "Traceback" not in done.stderr
    assert said in " ".join(done.stderr.split())
    assert list(tmp_path.iterdir()) == []


NAMED = ("--rows", "page", "--cols", "word")


@pytest.fixture
def pages(tmp_path):
    """Words of pages, and links between pages of which one has no words and one no links."""
    (tmp_path / "words.csv").write_text("page,word\nä,x\nä,y\nb,x\nb,z\nc,z\nlone,y\n", "utf-8")
    (tmp_path / "links.tsv").write_text("ä\tb\nb\tc\nc\twordless\n", "utf-8")
    return tmp_path


@pytest.mark.parametrize("recipe", ["musae", "ae", "sgc", "sgr", "graph-nmf"])
def test_a_graph_of_the_rows_is_matched_by_id(cli, pages, recipe):
    done = cli("fit", "words.csv", recipe, *NAMED, "--graph", "links.tsv", "--dim", 3, cwd=pages)
    assert done.returncode == 0, done.stderr
    space = rs.open(pages / "words.space")
    nodes = ["ä", "b", "c", "lone", "wordless"]
    assert list(space["page"].ids)[:5] == nodes
    for line in re.findall(r"^ +(rowspace .+)$", done.stdout, re.MULTILINE):
        command = line.replace("rowspace", f"{sys.executable} -m rowspace", 1)
        shell = subprocess.run(command, shell=True, cwd=pages, capture_output=True)
        assert shell.returncode == 0, (line, shell.stderr)


def test_the_command_line_gives_what_python_gives(cli, pages):
    steps = ("--set", "steps=0,1")
    given = ("fit", "words.csv", "musae", *NAMED, "--graph", "links.tsv")
    cli(*given, "--dim", 4, *steps, cwd=pages)
    words = rs.read(str(pages / "words.csv"), rows="page", cols="word")
    links = rs.read(str(pages / "links.tsv"), format="edges")
    space = rs.fit(words, "musae", dim=4, steps=(0, 1), graphs={"page": links})
    stored = rs.open(pages / "words.space")
    assert (stored["page"].vectors == space["page"].vectors).all()


def test_direction_is_kept_where_asked_and_a_missing_graph_is_named(cli, pages):
    given = ("fit", "words.csv", "musae", *NAMED, "--dim", 3)
    both = (
        cli(*given, "--graph", "links.tsv", cwd=pages),
        cli(*given, "--graph", "links.tsv", "--graph-directed", "--out", "d.space", cwd=pages),
    )
    assert [done.returncode for done in both] == [0, 0]
    one, two = (rs.open(pages / f"{name}.space")["page"].vectors for name in ("words", "d"))
    assert not (one == two).all()
    none = cli(*given, "--out", "n.space", cwd=pages)
    assert none.returncode == 1 and "--graph EDGES" in none.stderr
    other = pages / "other.tsv"
    other.write_text("q\tr\n")
    strange = cli(*given, "--graph", other, "--out", "n.space", cwd=pages)
    assert strange.returncode == 1 and "no id of the graph, such as 'q'" in strange.stderr
