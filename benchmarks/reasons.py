"""Reasons: do they sum up to the score, what do they cost, and does deleting them undo it?

Data: MovieLens latest-small (671 users, 9,066 films, 100,004 ratings) and Gowalla (the train split
of `ials_gowalla.py`). Two tables in one. `sums`: for the five best recommendations of some users,
the largest |rest| over |score|. `deletion` (literature 22): for the best recommendation of some
users with at least 40 observations, the user's k top reasons are deleted, the user folded in again
with the items as they are, and the score drops; against deleting k random observations, the k most
similar to the item (cosine), and the k whose single deletions lower the score most.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from benchmarks.ials_gowalla import split

TITLE = "Reasons: sums, time per explanation, and the deletion test"
NOTE = (
    "`|rest| / |score|`: the largest over all explained scores, with float32 vectors. `CPU ms`: of "
    "one explanation, all observations named. `drop of k`: mean share of the score that is gone "
    "when k observations are deleted and the row is solved again (of the part above mean and item "
    "bias, where there are biases). `similar`: nearest to the item by cosine. `one by one`: the k "
    "observations whose single deletions lower the score most, which costs one solve per "
    "observation instead of one per explanation."
)
DROPS = (1, 5, 10)


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    rows = []
    for name, obs, f in problems(data, quick):
        rows.append(explained(name, obs, f, 10 if quick else 200))
    head = list(rows[0])
    films = films_of(data)
    for name, f in (("ials", recipe("ials", 32)), ("ratings with biases", biased(32))):
        found = deleted(films, f, 10 if quick else 100)
        for k in DROPS:
            drops = {how: round(float(np.mean(found[how][k])), 4) for how in found}
            rows.append({"problem": f"{name}, MovieLens: drop of {k}", **drops})
    keys = [*head, *[key for key in rows[-1] if key not in head]]
    return [{**dict.fromkeys(keys, ""), **row} for row in rows]


def problems(data: Path, quick: bool):
    """Yield name, observations and factorization of every problem."""
    from rowspace.observe.observations import Observations

    films = films_of(data)
    yield "ials, MovieLens", films, recipe("ials", 64)
    yield "ratings with biases, MovieLens", films, biased(32)
    yield "svd, MovieLens", films, recipe("svd", 64)
    yield "nmf, MovieLens", films, recipe("nmf", 32)
    if quick:
        return
    train, _ = split(data / "gowalla" / "interactions.parquet")
    gowalla = Observations.from_matrix(train, rows="user", cols="item")
    yield "ials, Gowalla", gowalla, recipe("ials", 64)
    yield "eals, Gowalla", gowalla, recipe("eals", 64)


def films_of(data: Path):
    """Return the ratings of MovieLens latest-small."""
    import rowspace

    file = data / "ml-latest-small" / "interactions.parquet"
    if not file.exists():
        raise FileNotFoundError(2, "no such file", str(file))
    return rowspace.read(file, rows="user", cols="item", values="rating")


def recipe(name, dim):
    """Return a recipe's factorization."""
    from rowspace.recipes.registry import build

    return build(name, {"dim": dim})


def biased(dim):
    """Return the factorization of ratings: only what was seen, with biases."""
    from rowspace.factor.grammar import (
        Alternating,
        Biases,
        Constant,
        Factorization,
        Free,
        Ignore,
        Lookup,
    )

    side = Lookup(Free(0.08, 1.0))
    return Factorization(
        dim=dim, confidence=Constant(1), unobserved=Ignore(), rows=side, cols=side,
        offset=Biases(), solver=Alternating(15),
    )  # fmt: skip


def explained(name, obs, f, users):
    """Explain the best recommendations of some users."""
    from rowspace.api import fit
    from rowspace.explain import reasons

    space = fit(obs, f)
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(obs.rows))[:users]
    pairs = []
    for i in chosen.tolist():
        user = obs.rows.ids[i]
        pairs += [(user, item) for item in space.recommend(user, k=5).ids]
    reasons(space, *pairs[0])
    worst, begun = 0.0, time.process_time()
    for row, col in pairs:
        told = reasons(space, row, col)
        worst = max(worst, abs(told.named["rest"]) / max(abs(told.total), 1e-30))
    seconds = time.process_time() - begun
    return {
        "problem": name,
        "dim": f.dim,
        "explained": len(pairs),
        "|rest| / |score|": f"{worst:.1e}",
        "CPU ms": round(1e3 * seconds / len(pairs), 2),
    }


def deleted(obs, f, users):
    """Delete observations of some users in four ways; return the shares of the score that go."""
    from scipy.sparse import csr_array

    from rowspace.api import fit
    from rowspace.explain import reasons
    from rowspace.factor.fold_in import fold_in_side

    space = fit(obs, f)
    items = space["item"].vectors.astype(np.float64)
    unit = items / np.maximum(np.linalg.norm(items, axis=1, keepdims=True), 1e-12)
    bias = space["item"].extras.get("bias", np.zeros(len(items)))
    facts, extras, solved_by = space.manifest["facts"], space["item"].extras, space.factorization
    rng = np.random.default_rng(0)
    lengths = np.diff(obs.cells.indptr)
    chosen = rng.permutation(np.flatnonzero(lengths >= 40))[:users]
    out = {how: {k: [] for k in DROPS} for how in ("reasons", "random", "similar", "one by one")}

    def scores(at, values, j, gone):
        """The score of j after each of the deletions `gone` (positions in `at`)."""
        parts, starts = [], [0]
        for drop in gone:
            stay = np.setdiff1d(np.arange(len(at)), drop)
            parts.append(stay)
            starts.append(starts[-1] + len(stay))
        kept = np.concatenate(parts)
        cells = csr_array((values[kept], at[kept], starts), shape=(len(gone), len(items)))
        solved = fold_in_side(solved_by, "rows", space["item"].vectors, cells, None, extras, facts)
        own = 0.0 if solved.offset is None else solved.offset
        return solved.vectors.astype(np.float64) @ items[j] + own + bias[j] + space.mean

    for i in chosen.tolist():
        user = obs.rows.ids[i]
        best = space.recommend(user, k=1).ids[0]
        j = space["item"].position(best)
        at, values, _ = space.line(user)
        told = reasons(space, user, best)
        where = {int(p): q for q, p in enumerate(at)}
        share = np.zeros(len(at))
        for name, value in told:
            share[where[space["item"].position(name)]] = value
        singly = scores(at, values, j, [[q] for q in range(len(at))])
        ways = {
            "reasons": np.argsort(-share, kind="stable"),
            "random": rng.permutation(len(at)),
            "similar": np.argsort(-(unit[at] @ unit[j]), kind="stable"),
            "one by one": np.argsort(singly, kind="stable"),
        }
        gone = [order[:k] for order in ways.values() for k in DROPS]
        before = scores(at, values, j, [[]])[0]
        part = before - float(bias[j]) - space.mean
        after = scores(at, values, j, gone).reshape(len(ways), len(DROPS))
        for how, line in zip(ways, after):
            for k, value in zip(DROPS, line):
                out[how][k].append((before - value) / part)
    return out
