"""Columns are ranked by what they say; identifiers say nothing and copies say nothing new."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from rowspace.errors import InputError, UnknownIdError
from rowspace.judge.features import pool_rare, rank_features


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    n = 6000
    strong, weak = rng.integers(0, 20, n), rng.integers(0, 2, n)
    logit = 1.5 * np.sin(strong) + 0.6 * weak - 0.3
    return {
        "id 3000": rng.integers(0, 3000, n).astype(str),
        "id 300": rng.integers(0, 300, n).astype(str),
        "row": np.arange(n).astype(str),
        "weak": weak.astype(str),
        "strong": strong.astype(str),
        "strong, coarser": (strong // 4).astype(str),
        "strong, renamed": np.array([f"é{v}" for v in strong]),
        "number": logit + rng.normal(size=n),
        "constant": np.full(n, "x"),
        "y": np.where(rng.random(n) < 1 / (1 + np.exp(-logit)), "yes", "no"),
    }


def test_signals_stand_above_identifiers_and_identifiers_do_not_stand_out(table):
    for rare in (None, 1):
        ranks = rank_features(table, "y", rare=rare)
        out = {r.name for r in ranks if r.stands_out}
        signals = {"weak", "strong", "strong, coarser", "strong, renamed", "number"}
        assert out == signals == {r.name for r in ranks[:5]}
        assert [r.rank for r in ranks] == list(range(1, 10))


def test_plain_mutual_information_would_have_put_the_identifiers_first(table):
    ranks = rank_features(table, "y", rare=1)
    plug_in = sorted(ranks, key=lambda r: -r.information.reference["plug-in"])
    assert {r.name for r in plug_in[:2]} == {"row", "id 3000"}


def test_a_copy_of_a_column_comes_last_of_the_signals_and_names_the_column(table):
    ranks = {r.name: r for r in rank_features(table, "y")}
    copy = max((ranks["strong"], ranks["strong, renamed"]), key=lambda r: r.rank)
    other = min((ranks["strong"], ranks["strong, renamed"]), key=lambda r: r.rank)
    assert copy.explained_by == other.name and copy.redundancy == 1.0
    assert copy.new == pytest.approx(0.0, abs=1e-12) and copy.rank >= 4
    assert ranks["strong, coarser"].redundancy == 1.0
    assert ranks["weak"].redundancy < 0.5


def test_without_redundancy_the_order_is_that_of_the_corrected_information(table):
    ranks = [r for r in rank_features(table, "y", redundancy=False) if r.stands_out]
    values = [r.information.value for r in ranks]
    assert values == sorted(values, reverse=True)
    assert all(r.explained_by is None and r.new == r.information.value for r in ranks)


def test_every_kind_of_table_gives_the_same_ranking(table):
    expected = rank_features(table, "y", permutations=20)
    for other in (pd.DataFrame(table), pl.DataFrame(table), pa.table(table)):
        assert rank_features(other, "y", permutations=20) == expected


def test_the_lazy_selection_equals_choosing_over_all_pairs():
    from rowspace.judge.features import column_codes
    from rowspace.judge.information import conditional_information

    rng = np.random.default_rng(1)
    base = rng.integers(0, 4, (3000, 3))
    table = {f"c{i}": (base @ rng.integers(0, 3, 3) + (rng.random(3000) < 0.1)) for i in range(7)}
    table["y"] = (base.sum(axis=1) + rng.integers(0, 3, 3000)) // 3
    ranks = rank_features(table, "y", categories=list(table), rare=1)
    strong = {r.name: r.information.value for r in ranks if r.stands_out}
    coded = {c: column_codes(v, c, False, None)[0] for c, v in table.items()}
    new, chosen = dict(strong), []
    while new:
        best = max(new, key=new.get)
        chosen.append((best, new.pop(best)))
        for c in new:
            adds, sd = conditional_information(coded[c], coded["y"], coded[best])
            new[c] = min(new[c], adds + 1.959964 * sd)
    found = [(r.name, r.new) for r in ranks if r.stands_out]
    assert len(found) >= 4
    assert found == [(name, pytest.approx(value)) for name, value in chosen]


def test_rare_values_are_pooled_by_their_rows_alone():
    column = np.array([0, 0, 0, 1, 2, 3, 3, 3], np.int32)
    assert pool_rare(column, 1)[1] == 0 and pool_rare(column, 1)[0].tolist() == column.tolist()
    pooled, many = pool_rare(column, 3)
    assert pooled.tolist() == [0, 0, 0, 2, 2, 1, 1, 1] and many == 2
    assert pool_rare(column, 9)[0].tolist() == [0] * 8


def test_numbers_are_binned_unless_they_are_named_as_categories():
    rng = np.random.default_rng(2)
    code = rng.integers(0, 500, 4000)
    good = rng.permutation(500) % 2 == 0
    table = {"code": code, "y": good[code].astype(int)}
    binned = rank_features(table, "y")[0]
    named = rank_features(table, "y", categories=["code"], rare=1)[0]
    assert binned.binned and not named.binned
    assert binned.categories == 16 and named.categories == len(set(code))
    assert named.information.value > 10 * binned.information.value


def test_missing_values_can_be_the_signal():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 2000)
    table = {
        "gone": [None if v and u < 0.5 else "here" for v, u in zip(y, rng.random(2000))],
        "nan": np.where(y == 1, np.nan, rng.normal(size=2000)),
        "y": y,
    }
    ranks = rank_features(table, "y", redundancy=False)
    assert [r.name for r in ranks] == ["nan", "gone"] and all(r.stands_out for r in ranks)


def test_dates_are_binned_like_numbers():
    rng = np.random.default_rng(4)
    day = rng.integers(0, 3000, 3000)
    table = pa.table(
        {
            "day": pa.array(day, pa.int32()).cast(pa.date32()),
            "moment": pa.array(day, pa.int64()).cast(pa.timestamp("s", "UTC")),
            "y": (day > 1500).tolist(),
        }
    )
    ranks = rank_features(table, "y")
    assert all(r.binned and r.stands_out for r in ranks)


@pytest.mark.parametrize(
    ("table", "target", "error", "message"),
    [
        ({"a": [1, 2], "y": [3, 3]}, "y", InputError, r"no two different .*every row is 3"),
        ({"a": [], "y": []}, "y", InputError, "there are no rows"),
        ({"y": [1, 2]}, "y", InputError, "only the target 'y'"),
        ({"a": [1, 2, 3], "y": [1, 2]}, "y", InputError, "column 'a' has 3 rows, .* has 2"),
        ({"clicks": [1, 2]}, "click", UnknownIdError, "no column 'click'; nearest: 'clicks'"),
        ([1, 2], "y", InputError, "not list"),
    ],
)
def test_what_cannot_be_ranked_is_refused_in_one_sentence(table, target, error, message):
    with pytest.raises(error, match=message):
        rank_features(table, target)
