"""The next item of a sequence, by leaving one out: the last is asked for, all items are ranked.

`leave_one_out` splits events into training, validation and test; `next_item` ranks every item for
each user's vector (of whatever model reads the sequence) and gives hit rate and nDCG. Called by the
report and by benchmarks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.all_items import recommendation
from rowspace.judge.measure import Measure
from rowspace.recipes.registry import Paper, published

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Events with the last two of each user left out.

    Attributes:
        train: (users, items) sparse float32, how often each user met each item before.
        valid: (users,) the last item but one, -1 for users with fewer than three events.
        test: (users,) the last item, -1 likewise.
        note: what was done, in words.
    """

    train: csr_array
    valid: NDArray[np.int64]
    test: NDArray[np.int64]
    note: str


def leave_one_out(
    users: ArrayLike,
    items: ArrayLike,
    order: ArrayLike,
    *,
    shape: tuple[int, int] | None = None,
) -> LeftOut:
    """Leave out the last event of each user for the test, the one before for validation.

    Users with fewer than three events are for training only, and counted. Among events of equal
    order the given sequence decides. The last event of one user may be earlier than training events
    of another: this is how the literature does it, and no forecast.

    Args:
        users, items: (events,) positions.
        order: (events,) time, or the place in the sequence.
        shape: numbers of users and items; 1 + the largest position where None.

    Raises:
        InputError: the three differ in length, a position is negative or beyond `shape`, or no
            user has three events.

    Example:
        >>> split = leave_one_out([0, 0, 0, 1], [5, 3, 4, 5], [1, 3, 2, 1])
        >>> split.valid.tolist(), split.test.tolist()
        ([4, -1], [3, -1])
    """
    from scipy.sparse import coo_array

    u, i = np.asarray(users, np.int64), np.asarray(items, np.int64)
    when = np.asarray(order)
    if not u.shape == i.shape == when.shape or u.ndim != 1 or not len(u):
        raise InputError("users, items and order must be lists of the same length, at least 1")
    n, m = shape or (int(u.max()) + 1, int(i.max()) + 1)
    if min(u.min(), i.min()) < 0 or u.max() >= n or i.max() >= m:
        raise InputError(f"an event is outside {n} users x {m} items")
    at = np.lexsort((when, u))  # stable
    u, i = u[at], i[at]
    counts = np.bincount(u, minlength=n)
    asked = np.flatnonzero(counts >= 3)
    if not len(asked):
        raise InputError("no user has three events, so none can be left out")
    last = counts.cumsum()[asked] - 1
    valid, test = np.full(n, -1), np.full(n, -1)
    test[asked], valid[asked] = i[last], i[last - 1]
    kept = np.ones(len(u), bool)
    kept[last] = kept[last - 1] = False
    cells = (np.ones(int(kept.sum()), np.float32), (u[kept], i[kept]))
    short = int(((counts > 0) & (counts < 3)).sum())
    note = "Last event of each user left out, whenever it was."
    note += f" {short} users with fewer than three events only trained on." if short else ""
    return LeftOut(coo_array(cells, shape=(n, m)).tocsr(), valid, test, note)


@published(
    kind="protocol",
    claim="Judges next-item recommendation by leaving one out: the item each user took last, "
    "ranked among all items, none sampled.",
    papers=(
        Paper("Kang, McAuley", 2018, "Self-attentive sequential recommendation", "ICDM"),
        Paper("Krichene, Rendle", 2020, "On sampled metrics for item recommendation", "KDD"),
    ),
    test="tests/judge/test_next_item.py",
)
def next_item(
    rows: ArrayLike,
    cols: ArrayLike,
    split: LeftOut,
    *,
    part: Literal["test", "valid"] = "test",
    repeated: Literal["drop", "rank"] = "drop",
    ks: Sequence[int] = (5, 10),
    seed: int = 0,
) -> tuple[Measure, ...]:
    """Hit rate and nDCG at k of the item left out, among all items.

    Scores are dot products. Sampled candidates, found in older papers, are not offered: they can
    reverse the order of two systems (Krichene & Rendle 2020).

    Args:
        rows: (users, d) what the model makes of each user's events before the one asked for; for
            the test these include the validation item.
        cols: (items, d).
        split: as from `leave_one_out`.
        part: which item is asked for.
        repeated: "drop" removes items the user has met from the ranking, and users whose answer is
            one of those from the test (counted in the note); "rank" leaves all in, for data where
            people come back to the same things.
        ks: cut-offs.
        seed: of the bootstrap over users.

    Returns:
        HR@k, then nDCG@k, with the most popular items as reference. n counts the users.

    Raises:
        InputError: the shapes do not fit, or an option is unknown.

    Example:
        >>> split = leave_one_out([0, 0, 0, 0], [0, 1, 2, 3], [1, 2, 3, 4])
        >>> hr, ndcg = next_item([[1.0]], [[9.0], [9.0], [9.0], [1.0]], split, ks=[1])
        >>> print(hr)
        HR@1 1 [1, 1] n=1
    """
    from dataclasses import replace

    from scipy.sparse import coo_array, csr_array

    if part not in ("test", "valid") or repeated not in ("drop", "rank"):
        raise InputError(
            f"part is {part!r} and repeated {repeated!r}, but 'test' or 'valid', and 'drop' or "
            "'rank' were expected"
        )
    shape = split.train.shape
    answer = split.test if part == "test" else split.valid
    users = np.flatnonzero(answer >= 0)

    def cells(of: NDArray[np.int64]) -> csr_array:
        ones = np.ones(len(users), np.float32)
        return coo_array((ones, (users, of[users])), shape=shape).tocsr()

    met = split.train + cells(split.valid) if part == "test" else split.train
    metrics = [*(f"hit@{k}" for k in ks), *(f"ndcg@{k}" for k in ks)]
    masked = recommendation(rows, cols, met, cells(answer), metrics=metrics, overlap="drop")
    found = masked
    if repeated == "rank":
        nothing = csr_array(shape, dtype=np.float32)
        found = recommendation(rows, cols, nothing, cells(answer), metrics=metrics)
    again = len(users) - int(masked.values.counted.sum())
    note = f"{split.note} All items ranked"
    note += (
        f", those the user has met removed; {again} users who came back to one are left out."
        if repeated == "drop"
        else f", also those the user has met; {again} users came back to one."
    )
    reference = {"most popular items": masked.popular} if repeated == "drop" else {}
    measures = found.values.measures(seed=seed, reference=reference)
    return tuple(replace(m, name=m.name.replace("Hit rate", "HR"), note=note) for m in measures)
