"""`als-explicit` on MovieLens latest-small: the error of held-out ratings, against Surprise.

Data: ml-latest-small (671 users, 9,066 movies, 100,004 ratings), five random splits, a tenth of the
ratings held out. Baselines: the mean; mean and biases (those learned beside one dimension, which
is left out); `svd` of the ratings with their zeros. Peer: Surprise's SVD (stochastic gradient
descent with biases), as it comes and with 20 factors.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

TITLE = "Ratings of MovieLens latest-small: error of a held-out tenth"
NOTE = "Mean and standard deviation over five splits. Ratings are half stars from 0.5 to 5."


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    import pyarrow.parquet as pq

    file = data / "ml-latest-small" / "interactions.parquet"
    if not file.exists():
        raise FileNotFoundError(2, "no such file", str(file))
    table = pq.read_table(file)
    _, users = np.unique(table["user"].to_numpy(), return_inverse=True)
    _, items = np.unique(table["item"].to_numpy(), return_inverse=True)
    ratings = table["rating"].to_numpy().astype(np.float32)
    systems = {
        "mean": lambda tr, te: np.full(len(te[0]), tr[2].mean()),
        "mean and biases of als-explicit at dim 1": ours({"dim": 1, "l2": 0.1}, vectors=False),
        "svd, zeros taken at their word": svd,
        "als-explicit, default": ours({}),
        "als-explicit, dim 64": ours({"dim": 64}),
    }
    try:
        import surprise  # noqa: F401
    except ImportError:
        pass
    else:
        systems["Surprise SVD, default (100 factors)"] = peer({})
        systems["Surprise SVD, 20 factors"] = peer({"n_factors": 20})
    rows = []
    for name, predict in systems.items():
        errors, seconds = [], []
        for seed in range(1 if quick else 5):
            held = np.random.default_rng(seed).random(len(ratings)) < 0.1
            train, test = ((users[m], items[m], ratings[m]) for m in (~held, held))
            start = time.process_time()
            got = np.clip(predict(train, test), 0.5, 5)
            seconds.append(time.process_time() - start)
            errors.append(float(np.sqrt(((got - test[2]) ** 2).mean())))
        rows.append(
            {
                "system": name,
                "RMSE": round(float(np.mean(errors)), 4),
                "sd": round(float(np.std(errors)), 4),
                "CPU s": round(float(np.median(seconds)), 2),
            }
        )
    return rows


def ours(options, vectors=True):
    """Return a system: fit the recipe, predict the held-out cells."""

    def predict(train, test):
        space = fitted(train, "als-explicit", options)
        u, v = (side.vectors for side in space.sides)
        b, c = (side.extras["bias"] for side in space.sides)
        score = space.manifest["facts"]["mean"] + b[test[0]] + c[test[1]]
        return score + vectors * np.einsum("ij,ij->i", u[test[0]], v[test[1]])

    return predict


def svd(train, test):
    """Predict by the truncated SVD of the ratings with zeros."""
    u, v = (side.vectors for side in fitted(train, "svd", {"dim": 16}).sides)
    return np.einsum("ij,ij->i", u[test[0]], v[test[1]])


def fitted(train, recipe, options):
    """Return the space of a recipe."""
    from scipy.sparse import csr_array

    import rowspace as rs

    cells = csr_array((train[2], train[:2]), shape=(671, 9066))
    return rs.fit(rs.Observations.from_matrix(cells, rows="user", cols="movie"), recipe, **options)


def peer(options):
    """Return a system: Surprise's SVD."""

    def predict(train, test):
        from surprise import SVD, Dataset, Reader

        class Rows:
            reader, raw_ratings = Reader(rating_scale=(0.5, 5)), list(zip(*train))

        Rows.raw_ratings = [(*row, None) for row in Rows.raw_ratings]
        data = Dataset(Rows.reader)
        found = SVD(random_state=0, **options).fit(data.construct_trainset(Rows.raw_ratings))
        return np.array([found.predict(*at).est for at in zip(*test[:2])])

    return predict
