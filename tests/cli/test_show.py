"""`rowspace recipes`, `literature` and `info`."""

import json
import shutil

import rowspace
from rowspace.cli.output import plain
from rowspace.cli.show import describe
from rowspace.recipes import registry


def test_recipes_are_listed_with_their_claims(cli, answer):
    listed = answer("recipes")
    assert [r["name"] for r in listed] == [e.name for e in registry.entries("recipe")]
    text = cli("recipes").stdout
    for entry in registry.entries("recipe"):
        assert entry.claim in text and entry.citation in text


def test_a_recipe_is_shown_with_its_options_axes_and_sources(cli, answer):
    entry = registry.get("ials")
    told = answer("recipes", "show", "ials")
    assert [o["name"] for o in told["options"]] == list(entry.options)
    assert told["factorization"] == str(entry.function())
    text = cli("recipes", "show", "ials").stdout
    assert told["factorization"] in text and "alpha: float = 1.0" in text
    assert all(str(paper) in text for paper in entry.papers)


def test_every_recipe_can_be_described():
    for entry in registry.entries("recipe"):
        told = describe(entry)
        assert json.loads(json.dumps(plain(told))) == told
        assert told["factorization"] == str(entry.function())


def test_an_unknown_recipe_is_a_usage_error_that_names_the_nearest(cli):
    done = cli("recipes", "show", "ialz")
    assert done.returncode == 2
    assert "no recipe 'ialz'; nearest: 'ials'" in done.stderr


def test_literature_lists_every_paper_and_where_it_is(cli, answer):
    papers = answer("literature")
    assert papers == json.loads(json.dumps(registry.literature()))
    text = cli("literature").stdout
    assert all(paper["title"] in text for paper in papers)


def test_info_says_what_a_space_holds_and_how_it_was_made(cli, answer, space):
    told = answer("info", space, "--verify")
    assert [(s["name"], s["n"], s["dim"], s["columns"]) for s in told["sides"]] == [
        ("user", 40, 4, []),
        ("item", 24, 4, ["year", "genre"]),
    ]
    assert told["recipe"] == "ials" and told["options"] == {"dim": 4}
    assert told["factorization"].startswith("dim=4 ")
    assert told["verified"] and told["rowspace"] == rowspace.__version__
    assert told["bytes"] > 4 * 4 * (40 + 24)
    text = cli("info", space).stdout
    for word in ("user", "item", "24", "year, genre", "ials", "Hu, Koren, Volinsky"):
        assert word in text


def test_info_verify_finds_a_changed_byte(cli, space, tmp_path):
    copy = tmp_path / "copy.space"
    shutil.copytree(space, copy)
    victim = max(copy.rglob("*.safetensors"), key=lambda f: f.stat().st_size)
    data = bytearray(victim.read_bytes())
    data[-1] ^= 1
    victim.write_bytes(data)
    assert cli("info", copy).returncode == 0
    done = cli("info", copy, "--verify")
    assert done.returncode == 1
    assert done.stderr.startswith("rowspace: ") and victim.name in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_info_of_what_is_no_space_is_one_sentence(cli, tmp_path):
    for path in (tmp_path, tmp_path / "none.space"):
        done = cli("info", path)
        assert done.returncode == 1
        assert done.stderr.startswith("rowspace: ") and "Traceback" not in done.stderr
        assert done.stdout == ""
