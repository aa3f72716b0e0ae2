"""`rowspace explain` and `rowspace recommend --why`: the reasons, in plain sight."""

import pytest


def test_the_shares_of_a_score_sum_up_to_it(answer, space):
    told = answer("recommend", space, "u1", "-k", 1)["hits"][0]
    explained = answer("explain", space, "u1", told["id"])
    assert explained["score"] == pytest.approx(told["score"], rel=1e-5)
    assert explained["side"] == "item" and len(explained["reasons"]) == 6
    whole = sum(r["share"] for r in explained["reasons"]) + sum(explained["besides"].values())
    assert whole == pytest.approx(explained["score"])
    assert {r["table"]["genre"] for r in explained["reasons"]} == {"comedy"}
    assert all(3 <= r["value"] <= 5 for r in explained["reasons"])
    assert "interval" not in explained


def test_the_other_side_and_the_error_bar_are_asked_for(answer, space):
    told = answer("recommend", space, "u1", "-k", 1)["hits"][0]
    asked = ("explain", space, "u1", told["id"], "--side", "item", "-k", 2, "--error-bars")
    explained = answer(*asked)
    assert explained["side"] == "user" and len(explained["reasons"]) == 2
    assert "others" in explained["besides"] and "table" not in explained["reasons"][0]
    interval = explained["interval"]
    assert interval["low"] < explained["score"] < interval["high"] and interval["level"] == 0.95


def test_the_table_ends_with_the_score(cli, answer, space):
    told = answer("recommend", space, "u1", "-k", 1)["hits"][0]
    shown = cli("explain", space, "u1", told["id"], "-k", 3, "--error-bars").stdout.splitlines()
    assert shown[0].split() == ["item", "value", "share", "year", "genre"]
    assert len(shown) == 1 + 3 + 2 + 1 + 1
    assert shown[-2].split() == ["score", f"{told['score']:.4f}"]
    assert shown[-1].startswith("95 %: ") and any("(others)" in line for line in shown)


def test_recommendations_say_why(cli, answer, space):
    told = answer("recommend", space, "u1", "-k", 2, "--why", 3, "--error-bars")
    for hit in told["hits"]:
        assert len(hit["why"]["reasons"]) == 3 and hit["se"] > 0
        assert hit["why"]["score"] == pytest.approx(hit["score"], rel=1e-5)
        assert {reason["table"]["genre"] for reason in hit["why"]["reasons"]} == {"comedy"}
    shown = cli("recommend", space, "u1", "-k", 2, "--why", 3).stdout.splitlines()
    assert len(shown) == 1 + 2 * 4
    first = told["hits"][0]["why"]["reasons"][0]
    assert shown[2].startswith(f"  {first['id']}") and f"{first['share']:.4f}" in shown[2]


def test_a_new_row_has_reasons(answer, space):
    given = answer("explain", space, "u1", answer("recommend", space, "u1")["hits"][0]["id"])
    names = [reason["id"] for reason in given["reasons"][:2]]
    told = answer(
        "recommend", space, "--given", f"{names[0]}=5", "--given", f"{names[1]}=4",
        "-k", 1, "--why", 5, "--error-bars",
    )  # fmt: skip
    why = told["hits"][0]["why"]["reasons"]
    assert sorted(reason["id"] for reason in why) == sorted(names)
    assert told["hits"][0]["se"] > 0


def test_what_cannot_be_explained_is_a_sentence(cli, space):
    done = cli("explain", space, "u1", "no such film")
    assert done.returncode == 1 and "no row 'no such film' on side 'item'" in done.stderr
    done = cli("explain", space, "u1", "x", "--side", "film")
    assert done.returncode == 1 and "no side 'film'" in done.stderr
