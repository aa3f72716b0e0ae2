"""`rowspace judge`: tables, a page, JSON, and one sentence for what does not fit."""

import random

import pytest

from rowspace.judge.report import judge
from rowspace.space.space import Space


@pytest.fixture(scope="module")
def held_out(ratings):
    """A file of held-out ratings: each user's taste, films it has not rated."""
    train = (ratings / "ratings.csv").read_text(encoding="utf-8").splitlines()[1:]
    known = {tuple(line.split(",")[:2]) for line in train}
    films = sorted({film for _, film in known})
    rng = random.Random(1)
    lines = ["user,item,rating"]
    for u in range(40):
        own = {film for user, film in known if user == f"u{u}"}
        new = [film for film in films if film not in own]
        lines += [f"u{u},{film},4" for film in rng.sample(new, 2)]
    path = ratings / "held-out.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_it_prints_tables_and_writes_a_page_named_after_the_space(cli, space, tmp_path):
    done = cli("judge", space, "-k", 3, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["films-report.html"]
    lines = done.stdout.splitlines()
    assert {"Health", "Spectrum", "Hubness"} <= set(lines)
    assert lines[1].split()[:2] == ["measure", "value"]
    assert any(line.startswith("in most lists: Amélie [red]") for line in lines)
    assert lines[-1].startswith("report  films-report.html (")
    assert "\x1b" not in done.stdout
    page = (tmp_path / "films-report.html").read_text(encoding="utf-8")
    assert "Amélie [red]" in page and page.endswith("</html>\n")


def test_everything_at_once_is_in_the_page_and_in_json(answer, space, ratings, held_out, tmp_path):
    other = tmp_path / "other.space"
    answer(
        *("fit", ratings / "ratings.csv", "svd", "--rows", "user", "--cols", "item"),
        *("--values", "rating", "--dim", 1, "--out", other),
    )
    told = answer(
        *("judge", space, "--test", held_out, "--label", "genre", "--against", other),
        *("-k", 5, "--seed", 3, "--out", tmp_path / "all.html"),
    )
    titles = [block["title"] for block in told["blocks"]]
    assert titles[-4:] == ["Recommendation", "Labels", "Agreement", "Comparison"]
    assert told["out"] == str(tmp_path / "all.html") and told["seed"] == 3
    measures = {m["name"]: m for block in told["blocks"] for m in block["measures"]}
    assert measures["nDCG@5"]["n"] == 40
    assert measures["accuracy (kNN probe)"]["value"] > 0.9
    assert "nDCG@5, other.space minus films.space" in measures
    page = (tmp_path / "all.html").read_text(encoding="utf-8")
    assert page.count("<figure>") >= 10


def test_it_says_what_python_says(answer, space, tmp_path):
    told = answer("judge", space, "--side", "user", "-k", 4, "--out", tmp_path / "x.html")
    direct = judge(Space.open(space), side="user", k=4).to_dict()
    assert told["blocks"] == direct["blocks"] and told["side"] == "user"


def test_labels_from_a_table_are_matched_by_id_and_unknown_ones_counted(answer, ratings, space):
    films = (ratings / "films.csv").read_text(encoding="utf-8").replace(",horror", ",scary")
    (ratings / "kinds.csv").write_text(films + "nobody knows,1999,scary\n", encoding="utf-8")
    asked = ("--labels", ratings / "kinds.csv", "--label", "genre")
    told = answer("judge", space, *asked, "--out", ratings / "labels.html")
    block = told["blocks"][-1]
    assert block["measures"][0]["value"] == 24
    assert "labels of ids that the space does not have: 1" in block["measures"][0]["note"]


def test_held_out_ratings_that_were_learned_from_are_refused_or_dropped(
    cli, answer, space, ratings, held_out
):
    train = (ratings / "ratings.csv").read_text(encoding="utf-8").splitlines()
    both = ratings / "both.csv"
    both.write_text(held_out.read_text(encoding="utf-8") + train[1] + "\n", encoding="utf-8")
    done = cli("judge", space, "--test", both, "--out", ratings / "no.html")
    assert done.returncode == 1 and "1 of 81 test cells" in done.stderr
    assert not (ratings / "no.html").exists()
    asked = ("judge", space, "--test", both, "--overlap", "drop", "-k", 5)
    told = answer(*asked, "--out", ratings / "yes.html")
    assert "1 test items" in told["blocks"][-1]["measures"][0]["note"]


@pytest.mark.parametrize(
    ("arguments", "status", "named"),
    [
        (("no-such.space",), 1, "no-such.space"),
        (("SPACE", "--side", "itme"), 1, "nearest: 'item'"),
        (("SPACE", "--test", "no-such.csv"), 1, "no-such.csv"),
        (("SPACE", "--labels", "no-such.csv"), 1, "no-such.csv"),
        (("SPACE", "--label", "gerne"), 1, "nearest: 'genre'"),
        (("SPACE", "--label", "year"), 1, "24 different labels"),
        (("SPACE", "--against", "no-such.space"), 1, "no-such.space"),
        (("SPACE", "--overlap", "keep"), 2, "refuse, drop"),
        (("SPACE", "--out", "no/such/folder.html"), 2, "there is no folder"),
        (("SPACE", "--out", "."), 2, "is a folder"),
        (("SPACE", "-k", "0"), 2, "-k"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_does_not_fit_is_one_sentence(cli, space, tmp_path, arguments, status, named):
    typed = [space if a == "SPACE" else a for a in arguments]
    done = cli("judge", *typed, cwd=tmp_path)
    assert done.returncode == status
    assert named in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == "" and list(tmp_path.iterdir()) == []
