"""Streams: skip-gram and bags come to what counting says, on one thread and on two."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import InputError, UnsupportedError
from rowspace.factor.grammar import Factorization
from rowspace.factor.kernels.windows import REACH, SIGMOIDS, _sigmoid, bag_of_words, skip_gram
from rowspace.factor.sampled.windows import alias, pieces
from rowspace.observe.stream import Stream, Windows, word_stream
from rowspace.recipes import registry


def _text(lines=400, seed=0):
    """Words of two kinds, which keep to themselves, and one that stands everywhere."""
    rng = np.random.default_rng(seed)
    kinds = [[f"{kind}{i}" for i in range(6)] for kind in "ab"]
    for line in range(lines):
        words = rng.choice(kinds[line % 2] + ["the"], size=12)
        yield line, " ".join(words)


@pytest.fixture(scope="module")
def obs():
    return word_stream(_text(), min_count=1)


def test_alias_draws_by_the_odds():
    odds = np.array([1.0, 5.0, 0.5, 2.0])
    chance, other = alias(odds)
    share = np.zeros(4)
    for z in range(4):
        share[z] += chance[z] / 4
        share[other[z]] += (1 - chance[z]) / 4
    np.testing.assert_allclose(share, odds / odds.sum(), rtol=1e-6)


def test_pieces_are_whole_sequences_and_cover_all():
    rng = np.random.default_rng(0)
    numbers = np.where(rng.random(200_000) < 0.01, -1, 5).astype(np.int32)
    cut = pieces(numbers, 100)
    assert [b for _, b, _ in cut] == [0, *(e for _, _, e in cut[:-1])]
    assert cut[-1][2] == len(numbers) and all(at == b + 100 for at, b, _ in cut)
    assert all(numbers[e - 1] == -1 for _, _, e in cut[:-1]) and len(cut) > 5


@pytest.mark.parametrize("recipe", ["skipgram", "cbow"])
def test_words_of_a_kind_come_together_and_one_thread_repeats(recipe, obs, monkeypatch):
    monkeypatch.setenv("ROWSPACE_THREADS", "1")
    options = {"dim": 8, "epochs": 20, "rate": 0.1 if recipe == "cbow" else 0.05}
    one, two = (rs.fit(obs, recipe, subsample=0.0, seed=1, **options) for _ in range(2))
    x = np.asarray(one["word"].vectors)
    assert (x == np.asarray(two["word"].vectors)).all()
    kind = np.array([w[0] for w in one["word"].ids])
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    cosine = unit @ unit.T
    same = (kind[:, None] == kind) & ~np.eye(len(kind), dtype=bool) & (kind != "t")[:, None]
    apart = ((kind[:, None] == "a") & (kind == "b")) | ((kind[:, None] == "b") & (kind == "a"))
    assert cosine[same].min() > cosine[apart].max()
    trace = one.manifest["trace"]
    assert trace[-1] < trace[0]


def test_two_threads_are_as_good_as_one(obs, monkeypatch):
    losses = {}
    for threads in ("1", "2"):
        monkeypatch.setenv("ROWSPACE_THREADS", threads)
        monkeypatch.setattr("rowspace.factor.sampled.windows._PIECE", 500)
        found = [rs.fit(obs, "skipgram", dim=8, epochs=8, rate=0.05, seed=s) for s in range(3)]
        losses[threads] = [f.manifest["trace"][-1] for f in found]
    spread = np.std(losses["1"]) + 0.01 * np.mean(losses["1"])
    assert abs(np.mean(losses["1"]) - np.mean(losses["2"])) < 4 * spread


def test_skip_gram_comes_to_the_mutual_information_of_the_counts():
    """u_w . v_c = log(x_wc x / (x_w x_c)) - log k where negatives are drawn by their counts.

    As c is no negative beside itself, it is one for x_w - x_wc of the pairs of w only, which counts
    where words are as few as here: - log(1 - x_wc / x_w).
    """
    rng = np.random.default_rng(0)
    law = np.array([[6, 2, 1, 1], [2, 6, 1, 3], [1, 1, 5, 2], [1, 3, 2, 4]], float)
    pairs = rng.choice(16, p=(law / law.sum()).ravel(), size=60_000)
    lines = ((i, f"w{p // 4} w{p % 4}") for i, p in enumerate(pairs))
    obs = word_stream(lines, min_count=1)
    found = rs.fit(
        obs, "skipgram", dim=6, window=1, negatives=3, epochs=15, rate=0.03, subsample=0.0,
        exponent=1.0,
    )  # fmt: skip
    order = [list(found["word"].ids).index(f"w{i}") for i in range(4)]
    s = (found["word"].vectors @ found["context"].vectors.T)[np.ix_(order, order)]
    both = np.zeros((4, 4))
    np.add.at(both, (pairs // 4, pairs % 4), 1)
    both += both.T
    share = both.sum(axis=1) / both.sum()
    expected = np.log(both / both.sum() / np.outer(share, share)) - np.log(3)
    expected -= np.log1p(-both / both.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(s, expected, atol=0.25)
    assert np.corrcoef(s.ravel(), expected.ravel())[0, 1] > 0.97


def _twin(numbers, rows, cols, near, k):
    """One group without negatives and with windows of one: the plain gradient."""
    by_row, by_col = np.zeros_like(rows), np.zeros_like(cols)
    for i, w in enumerate(numbers):
        for j in (i - 1, i + 1):
            if 0 <= j < len(numbers):
                c = numbers[j]
                g = 1 - 1 / (1 + np.exp(-rows[w] @ cols[c]))
                by_row[w] += g * cols[c]
                by_col[c] += g * rows[w]
    return by_row, by_col


def test_a_group_takes_the_plain_gradient():
    rng = np.random.default_rng(0)
    rows, cols = (rng.standard_normal((9, 5)).astype(np.float32) for _ in range(2))
    numbers = np.array([3, 1, 4, 1, 5, 8, 2, 6, -1], np.int32)
    by_row, by_col = _twin(numbers[:-1], rows.astype(float), cols.astype(float), 1, 0)
    x, y = rows.copy(), cols.copy()
    chance, other = alias(np.ones(9))
    _, pairs = skip_gram(
        numbers, np.zeros(0, np.float32), 1, False, x, y, chance, other, 0.0, 1, 0.1, 7
    )
    assert pairs == 14
    np.testing.assert_allclose(x - rows, 0.1 * by_row, atol=1e-5)
    np.testing.assert_allclose(y - cols, 0.1 * by_col, atol=1e-5)


def test_steps_that_would_swing_are_shortened():
    rng = np.random.default_rng(0)
    rows, cols = (rng.standard_normal((6, 5)).astype(np.float32) for _ in range(2))
    numbers, rate = np.array([3, 1, 3, 1, 3, 5, -1], np.int32), 4.0
    by_row, by_col = _twin(numbers[:-1], rows.astype(float), cols.astype(float), 1, 0)
    x, y = rows.copy(), cols.copy()
    skip_gram(numbers, np.zeros(0, np.float32), 1, False, x, y, *alias(np.ones(6)), 0.0, 1, rate, 7)
    row, col = np.zeros(6), np.zeros(6)  # by how much a step would change the scores of each
    for i, j in zip([0, 1, 1, 2, 2, 3, 3, 4, 4, 5], [1, 0, 2, 1, 3, 2, 4, 3, 5, 4]):
        w, c = numbers[i], numbers[j]
        far = rate / (1 + np.exp(rows[w].astype(float) @ cols[c]))
        row[w] += far * cols[c] @ cols[c]
        col[c] += far * rows[w] @ rows[w]
    assert (row[[1, 3, 5]] > 2).all()
    np.testing.assert_allclose(
        x - rows, rate * by_row * np.minimum(1, 2 / np.maximum(row, 1e-9))[:, None], rtol=1e-4
    )
    np.testing.assert_allclose(
        y - cols, rate * by_col * np.minimum(1, 2 / np.maximum(col, 1e-9))[:, None], rtol=1e-4
    )


def test_a_walk_between_two_nodes_does_not_run_away():
    edges = {"a": ["u", "v", "w", "w"], "b": ["v", "v", "w", "x"]}
    space = rs.fit(
        rs.read(edges, "a", "b", format="edges"), "deepwalk", dim=8, walks=2000, epochs=4
    )
    assert np.abs(space["node"].vectors).max() < 5
    assert max(space.manifest["trace"]) < 6 * np.log(2)


def test_every_neighbour_takes_the_step_of_its_bag():
    rng = np.random.default_rng(0)
    rows, cols = (rng.standard_normal((9, 5)).astype(np.float32) for _ in range(2))
    numbers = np.array([3, 4, 5, -1], np.int32)
    x, y = rows.copy(), cols.copy()
    middle = (np.arange(SIGMOIDS) + 0.5) * (2 * REACH / SIGMOIDS) - REACH
    table = (1 / (1 + np.exp(-middle))).astype(np.float32)
    chance, other = alias(np.ones(9))
    bag_of_words(numbers, np.zeros(0, np.float32), 1, False, x, y, chance, other, 0, 0.1, 7, table)
    u, v = rows.astype(float), cols.astype(float)
    for word, near in ((3, [4]), (4, [3, 5]), (5, [4])):
        mean = u[near].mean(axis=0)
        step = 0.1 * (1 - 1 / (1 + np.exp(-mean @ v[word])))
        u[near] += step * v[word]
        v[word] += step * mean
    np.testing.assert_allclose(x, u, atol=2e-3)
    np.testing.assert_allclose(y, v, atol=2e-3)
    assert np.abs(u - rows).max() > 0.02


@pytest.mark.parametrize("s", [np.nextafter(np.float32(REACH), np.float32(0)), np.float32(-REACH)])
def test_the_table_of_sigmoids_ends_where_scores_do(s):
    # In Python, where a place beyond the table is an error and not some number.
    middle = (np.arange(SIGMOIDS) + 0.5) * (2 * REACH / SIGMOIDS) - REACH
    table = (1 / (1 + np.exp(-middle))).astype(np.float32)
    assert abs(_sigmoid.py_func(s, table) - 1 / (1 + np.exp(-s))) < 1e-3
    assert _sigmoid.py_func(np.float32(np.nan), table) == 0


def test_only_what_comes_after_is_near_where_asked():
    lines = [(i, "a b") for i in range(3000)]
    f = registry.build("skipgram", {"dim": 4, "epochs": 10, "rate": 0.05, "subsample": 0.0})
    one = Factorization(
        dim=4, matrix=(Windows(1, after=True),), loss=f.loss, unobserved=f.unobserved,
        solver=f.solver,
    )  # fmt: skip
    space = rs.fit(word_stream(lines, min_count=1), one)
    s = space["word"].vectors @ space["context"].vectors.T
    a, b = (list(space["word"].ids).index(w) for w in "ab")
    assert s[a, b] > 1 and s[b, a] < 0.2


def test_subsampling_passes_over_what_is_frequent(obs):
    stream = Windows(2, subsample=1e-2).apply(obs)[0].cells
    share = stream.counts / stream.counts.sum()
    expected = np.minimum(1, np.sqrt(1e-2 / share) + 1e-2 / share)
    np.testing.assert_allclose(stream.kept, expected, rtol=1e-5)
    assert stream.kept.min() < 0.5


@pytest.mark.parametrize(
    "lines", [["a"], ["a a a"], ["", "b"], ["é ü é ü é"], ["x " * 3000]], ids=str
)
def test_degenerate_text_is_learned_from_or_left_alone(lines):
    obs = word_stream(enumerate(lines), min_count=1)
    for recipe in ("skipgram", "cbow"):
        space = rs.fit(obs, recipe, dim=4, epochs=2, window=10)
        assert np.isfinite(space["word"].vectors).all()


def test_what_cannot_be_done_is_one_sentence(obs, tmp_path):
    counted = rs.read({"u": ["a"], "i": ["b"], "n": [1]}, "u", "i", "n")
    with pytest.raises(UnsupportedError, match="stream=True"):
        rs.fit(counted, "skipgram")
    with pytest.raises(UnsupportedError, match="cells of an operator"):
        rs.fit(obs, "ials")
    with pytest.raises(InputError, match="no word is left"):
        word_stream([(0, "a b")], min_count=5)
    with pytest.raises(InputError, match=r"Windows\.window is 0"):
        Windows(0)
    (tmp_path / "text.txt").write_text("red fish blue fish\n" * 20, "utf-8")
    read = rs.read(tmp_path / "text.txt", stream=True)
    assert isinstance(read.cells, Stream) and read.n_observed == 80
    assert read.fingerprint != obs.fingerprint


def test_a_saved_space_has_both_sides(obs, tmp_path):
    space = rs.fit(obs, "skipgram", dim=4, epochs=1)
    space.save(tmp_path / "words")
    again = rs.open(tmp_path / "words")
    assert [side.name for side in again.sides] == ["word", "context"]
    assert str(again.factorization).startswith("dim=4 Windows(window=5")
