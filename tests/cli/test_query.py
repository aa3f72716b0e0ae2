"""`rowspace near` and `rowspace recommend`: the right ids, in plain sight."""

import pytest

TALES = {
    "sea": "the ship sails the sea and the sailor sees the wave from the ship",
    "harbour": "the ship rests in the harbour and the sailor leaves the ship",
    "kitchen": "the cook bakes bread and the cook eats the warm bread with butter",
    "bakery": "warm bread and butter from the oven of the cook",
}


@pytest.fixture(scope="module")
def tales(answer, tmp_path_factory):
    """A space of four short documents and their words."""
    folder = tmp_path_factory.mktemp("tales")
    (folder / "tales").mkdir()
    for name, text in TALES.items():
        (folder / "tales" / f"{name}.txt").write_text(text, encoding="utf-8")
    arguments = ("--dim", 2, "--out", folder / "tales.space")
    told = answer("fit", folder / "tales", "lsa", *arguments)
    assert told["rows"]["name"] == "document" and told["cols"]["name"] == "word"
    return folder / "tales.space"


def film_of(hit):
    return hit["table"]["genre"]


def test_near_finds_neighbours_of_the_same_taste(answer, space):
    some = answer("recommend", space, "u1", "-k", 1)["hits"][0]["id"]
    told = answer("near", space, some, "-k", 5)
    assert told["side"] == "item" and len(told["hits"]) == 5
    assert some not in [hit["id"] for hit in told["hits"]]
    assert {film_of(hit) for hit in told["hits"]} == {"comedy"}
    scores = [hit["score"] for hit in told["hits"]]
    assert scores == sorted(scores, reverse=True) and max(scores) <= 1.0001


def test_tables_show_whole_ids_and_metadata_without_colour(cli, answer, space):
    told = answer("near", space, "u1", "-k", 3)
    shown = cli("near", space, "u1", "-k", 3)
    assert [line.split()[0] for line in shown.stdout.splitlines()] == [
        "user",
        *(hit["id"] for hit in told["hits"]),
    ]
    films = cli("recommend", space, "u1", "-k", 2).stdout.splitlines()
    assert films[0].split() == ["item", "dot", "product", "year", "genre"]
    assert all("[red]" in line and ":smile:" in line for line in films[1:])
    assert "\x1b" not in shown.stdout


def test_filters_are_typed_combined_and_still_give_k(answer, space):
    wanted = ("--filter", "year>=1992", "--filter", "year<1998", "--filter", "genre != comedy")
    told = answer("recommend", space, "u1", "--include-seen", "-k", 6, *wanted)
    assert sorted(hit["table"]["year"] for hit in told["hits"]) == list(range(1992, 1998))


@pytest.mark.parametrize(
    ("condition", "status", "named"),
    [
        ("yeer>1990", 1, "yeer"),
        ("year>soon", 2, "soon"),
    ],
)
def test_a_filter_that_cannot_be_is_a_sentence(cli, space, condition, status, named):
    done = cli("recommend", space, "u1", "--filter", condition)
    assert done.returncode == status
    assert named in done.stderr and "Traceback" not in done.stderr


def test_an_unknown_id_names_the_nearest(cli, space):
    done = cli("near", space, "u1111")
    assert done.returncode == 1 and done.stdout == ""
    assert "no row 'u1111' on the sides 'user' and 'item'" in done.stderr
    done = cli("recommend", space, "u4000")
    assert done.returncode == 1 and "'u4000'" in done.stderr


def test_an_id_on_both_sides_asks_which(cli, answer, tmp_path):
    (tmp_path / "links.csv").write_text("source,target\na,b\nb,c\nc,a\na,c\n", encoding="utf-8")
    arguments = ("--rows", "source", "--cols", "target", "--dim", 2)
    answer("fit", "links.csv", "svd", *arguments, cwd=tmp_path)
    done = cli("near", "links.space", "a", cwd=tmp_path)
    assert done.returncode == 1
    assert "'source' and 'target'" in done.stderr and "--side" in done.stderr
    assert answer("near", "links.space", "a", "--side", "target", cwd=tmp_path)["hits"]


def test_integer_ids_can_be_typed(answer, tmp_path):
    (tmp_path / "n.csv").write_text("user,item,n\n1,10,2\n1,20,1\n2,10,1\n-3,20,1\n")
    answer("fit", "n.csv", "svd", "--dim", 2, "--values", "n", cwd=tmp_path)
    told = answer("near", "n.space", "10", "--side", "item", cwd=tmp_path)
    assert [hit["id"] for hit in told["hits"]] == [20]
    given = answer("recommend", "n.space", "--given", "10=2", cwd=tmp_path)
    assert [hit["id"] for hit in given["hits"]] == [20]
    assert answer("recommend", "n.space", "--", "-3", cwd=tmp_path)["hits"][0]["id"] == 10


def test_recommend_leaves_out_what_was_seen_unless_told(answer, space, ratings):
    lines = (ratings / "ratings.csv").read_text(encoding="utf-8").splitlines()
    seen = {line.split(",")[1] for line in lines if line.startswith("u1,")}
    new = {hit["id"] for hit in answer("recommend", space, "u1", "-k", 24)["hits"]}
    every = {
        hit["id"] for hit in answer("recommend", space, "u1", "-k", 24, "--include-seen")["hits"]
    }
    assert len(new) == 24 - len(seen) and not new & seen
    assert len(every) == 24


def test_a_new_row_is_recommended_to_from_its_observations(answer, space):
    films = answer("recommend", space, "u1", "-k", 3)["hits"]
    given = [f"{hit['id']}=5" for hit in films]
    told = answer("recommend", space, *(x for g in given for x in ("--given", g)), "-k", 5)
    assert {film_of(hit) for hit in told["hits"]} == {"comedy"}
    assert not {hit["id"] for hit in told["hits"]} & {hit["id"] for hit in films}


def test_text_is_folded_in_and_finds_the_documents_about_it(cli, answer, tales):
    told = answer("near", tales, "a ship at sea", "--text", "-k", 2)
    assert told["side"] == "document"
    assert {hit["id"].split(".")[0] for hit in told["hits"]} == {"sea", "harbour"}
    done = cli("near", tales, "submarine bread", "--text", "-k", 1)
    assert done.returncode == 0
    assert "'submarine'" in done.stderr and "submarine" not in done.stdout
    done = cli("near", tales, "submarine periscope", "--text")
    assert done.returncode == 1 and "none of the words" in done.stderr
