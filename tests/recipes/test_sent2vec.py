"""`sent2vec` and `doc2vec`: texts of planted topics come together, and bags leave answers out."""

import numpy as np
import pytest

import rowspace as rs
from rowspace.errors import UnsupportedError
from rowspace.factor.grammar import AdaGrad
from rowspace.factor.sampled.encoders import MeanEncoder
from rowspace.factor.sampled.updates import Table
from rowspace.observe.text import counts, document_words


def texts(n=400, topics=4, words=30, seed=0):
    rng = np.random.default_rng(seed)
    of = rng.integers(topics, size=n)
    common = [f"the{i}" for i in range(10)]
    made = []
    for topic in of:
        own = [f"t{topic}w{w}" for w in rng.integers(words, size=8)]
        made.append(" ".join(rng.permutation(own + list(rng.choice(common, 6)))))
    return made, of


def purity(vectors, of):
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    alike = unit @ unit.T
    np.fill_diagonal(alike, -np.inf)
    near = np.argsort(-alike, axis=1)[:, :10]
    return (of[near] == of[:, None]).mean()


@pytest.mark.parametrize("recipe", ["sent2vec", "doc2vec"])
def test_texts_of_one_topic_come_together(recipe):
    made, of = texts()
    obs = document_words(enumerate(made))
    space = rs.fit(obs, recipe, dim=16, epochs=20, seed=0)
    assert purity(space["document"].vectors, of) > 0.95
    trace = space.manifest["facts"]
    assert trace["objective"] > 0


def test_ngrams_are_part_of_texts_and_no_answers():
    made, _ = texts(60)
    obs = document_words(enumerate(made), ngrams=2)
    space = rs.fit(obs, "sent2vec", dim=8, epochs=3, seed=0)
    lengths = obs.cols.table["words"].to_numpy()
    words = space["word"]
    assert (words.vectors[lengths == 2] == 0).all()
    assert (words.vectors[lengths == 1] != 0).any(axis=1).all()
    assert (words.extras["bag"] != 0).any(axis=1).all()


def test_a_text_folded_in_gets_the_vector_that_it_had(tmp_path):
    made, _ = texts(60)
    obs = document_words(enumerate(made), ngrams=2)
    space = rs.fit(obs, "sent2vec", dim=8, epochs=3, seed=0)
    space.save(tmp_path / "s")
    again = rs.open(tmp_path / "s")
    for at in (0, 7):
        new = again.fold_in("document", counts(made[at], ngrams=2))
        np.testing.assert_allclose(new, space["document"].vectors[at], atol=1e-5)
    nothing = again.fold_in("document", {})
    assert (np.asarray(nothing) == 0).all()
    with pytest.raises(UnsupportedError, match="vector of its own"):
        again.fold_in("word", {0: 1})


def test_bags_leave_out_the_answer_and_the_ngrams_with_it():
    # Columns: words 0, 1, 2 and the n-gram 3 = "0 1".
    parts = np.array([[-1, -1], [-1, -1], [-1, -1], [0, 1]], np.int32)
    indptr, indices = np.array([0, 4, 6]), np.array([0, 1, 2, 3, 1, 2], np.int32)
    bag = Table(np.eye(4, dtype=np.float32), AdaGrad())
    own = Table(np.zeros((2, 4), np.float32), AdaGrad())
    encoder = MeanEncoder(own, bag, indptr, indices, parts, 0.0)
    rows = np.array([0, 0, 1, 1])
    answers = np.array([1, 2, 1, 0])
    expected = [[1 / 2, 0, 1 / 2, 0], [1 / 3, 1 / 3, 0, 1 / 3], [0, 0, 1, 0], [0, 0.5, 0.5, 0]]
    np.testing.assert_allclose(encoder.forward(rows, answers), expected, rtol=1e-6)
    np.testing.assert_allclose(encoder.all(), [[0.25] * 4, [0, 0.5, 0.5, 0]], rtol=1e-6)
    grads = np.arange(16, dtype=np.float32).reshape(4, 4)
    ((table, at, spread),) = list(encoder.backward(rows, grads, answers))
    assert table is bag
    whole = np.zeros((4, 4), np.float32)
    whole[at] = spread
    np.testing.assert_allclose(whole, np.array(expected, np.float32).T @ grads, rtol=1e-5)


def test_seeds_repeat():
    made, _ = texts(50)
    obs = document_words(enumerate(made), ngrams=2)
    one, two, other = (rs.fit(obs, "sent2vec", dim=4, epochs=2, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(one["word"].vectors, two["word"].vectors)
    assert (one["word"].vectors != other["word"].vectors).any()


@pytest.mark.parametrize("recipe", ["sent2vec", "doc2vec"])
def test_texts_of_no_word_or_one_are_vectors_too(recipe):
    obs = document_words(enumerate(["", "a", "a a a", "b a é", ""]), ngrams=2)
    space = rs.fit(obs, recipe, dim=3, epochs=3)
    assert np.isfinite(space["document"].vectors).all()
    if recipe == "sent2vec":
        assert (space["document"].vectors[[0, 4]] == 0).all()
    nothing = obs.with_cells(obs.cells * 0)
    nothing.cells.eliminate_zeros()
    assert np.isfinite(rs.fit(nothing, recipe, dim=3, epochs=2)["word"].vectors).all()


def test_a_fit_goes_on_from_its_bags():
    made, _ = texts(50)
    obs = document_words(enumerate(made), ngrams=2)
    before = rs.fit(obs, "sent2vec", dim=4, epochs=10)
    after = rs.fit(obs, before, epochs=10)
    assert after.manifest["trace"][-1] < before.manifest["trace"][-1]
    new = rs.fit(document_words(enumerate(["a b", *made]), ngrams=2), before, epochs=1)
    assert np.isfinite(new["document"].vectors).all()
    with pytest.raises(UnsupportedError, match="go on from it"):
        rs.fit(obs, "doc2vec", dim=4, epochs=1).fold_in("document", {"t0w1": 1})


def test_the_command_line_counts_the_ngrams_of_a_query(tmp_path):
    import subprocess
    import sys

    texts_ = tmp_path / "texts.txt"
    texts_.write_text("new york city\nyork minster\nnew shoes\na city\n" * 3)

    def run(*command):
        done = subprocess.run([sys.executable, "-m", "rowspace", *command], capture_output=True,
                              text=True, check=True)  # fmt: skip
        return done.stdout

    out = str(tmp_path / "texts.space")
    run("fit", str(texts_), "sent2vec", "--ngrams", "2", "--dim", "4", "--out", out)
    told = run("near", out, "new york city", "--text", "--side", "document", "-k", "3")
    assert told.count("1.0000") == 3  # the three that are this very text
