"""Leaving one out takes the last events, and ranking them equals a loop over all items."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowspace.errors import InputError
from rowspace.judge.next_item import leave_one_out, next_item

EVENTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6), st.integers(0, 9)), min_size=1)


@settings(deadline=None, max_examples=30)
@given(EVENTS)
def test_each_user_loses_the_last_two_events_and_nothing_else(events):
    by_user = {u: [e for e in events if e[0] == u] for u in range(5)}
    ordered = {u: [i for _, i, _ in sorted(own, key=lambda e: e[2])] for u, own in by_user.items()}
    if all(len(own) < 3 for own in ordered.values()):
        with pytest.raises(InputError, match="no user has three events"):
            leave_one_out(*zip(*events))
        return
    split = leave_one_out(*zip(*events), shape=(5, 7))
    for u, own in ordered.items():
        kept = own[:-2] if len(own) > 2 else own
        assert split.train.toarray()[u].tolist() == np.bincount(kept, minlength=7).tolist()
        left = [split.valid[u], split.test[u]]
        assert left == (own[-2:] if len(own) > 2 else [-1, -1])


def data(seed=0, n=30, m=20):
    rng = np.random.default_rng(seed)
    users = np.repeat(np.arange(n), 6)
    items = np.concatenate([rng.permutation(m)[:6] for _ in range(n)])
    split = leave_one_out(users, items, np.tile(np.arange(6), n), shape=(n, m))
    return split, rng.normal(size=(n, 3)), rng.normal(size=(m, 3))


@pytest.mark.parametrize("part", ["test", "valid"])
@pytest.mark.parametrize("repeated", ["drop", "rank"])
def test_hit_rate_and_ndcg_equal_a_loop(part, repeated):
    split, rows, cols = data()
    places = []
    for u in range(30):
        met = set(np.flatnonzero(split.train.toarray()[u]))
        met |= {int(split.valid[u])} if part == "test" else set()
        answer = int(getattr(split, part)[u])
        able = [i for i in range(20) if repeated == "rank" or i not in met]
        scores = (rows.astype(np.float32) @ cols.astype(np.float32).T)[u]
        places.append(1 + sum(scores[i] > scores[answer] for i in able))
    places = np.array(places)
    hr5, hr10, ndcg5, _ = next_item(rows, cols, split, part=part, repeated=repeated)
    assert [m.name for m in (hr5, hr10, ndcg5)] == ["HR@5", "HR@10", "nDCG@5"]
    assert hr5.value == pytest.approx((places <= 5).mean()) and hr5.n == 30
    assert hr10.value == pytest.approx((places <= 10).mean())
    slow = np.where(places <= 5, 1 / np.log2(places + 1), 0).mean()
    assert ndcg5.value == pytest.approx(slow)
    assert ("most popular items" in hr5.reference) == (repeated == "drop")


def test_users_who_come_back_to_an_item_are_counted():
    split = leave_one_out([0, 0, 0, 1, 1, 1, 2], [1, 2, 1, 0, 1, 2, 0], [1, 2, 3, 1, 2, 3, 1])
    rows, cols = np.ones((3, 1)), np.array([[1.0], [2.0], [3.0]])
    dropped = next_item(rows, cols, split, ks=[1])[0]
    assert dropped.n == 1 and dropped.value == 1
    assert dropped.note == (
        "Last event of each user left out, whenever it was. 1 users with fewer than three events "
        "only trained on. All items ranked, those the user has met removed; 1 users who came back "
        "to one are left out."
    )
    ranked = next_item(rows, cols, split, ks=[1, 2], repeated="rank")
    assert [m.value for m in ranked[:2]] == [0.5, 1.0] and ranked[0].n == 2
    assert "1 users came back to one" in ranked[0].note


def test_bad_input_is_refused_and_a_k_beyond_the_catalogue_is_fine():
    split, rows, cols = data()
    assert next_item(rows, cols, split, ks=[500])[0].value == 1
    with pytest.raises(InputError, match="part is 'last'"):
        next_item(rows, cols, split, part="last")
    with pytest.raises(InputError, match="same length"):
        leave_one_out([0, 0], [1], [1, 2])
    with pytest.raises(InputError, match="outside 1 users x 2 items"):
        leave_one_out([0, 0, 0], [0, 1, 2], [1, 2, 3], shape=(1, 2))
    with pytest.raises(InputError):
        next_item(rows[:5], cols, split)
