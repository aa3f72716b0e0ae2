"""Word similarity equals SciPy's, analogies equal a loop, and unknown words are counted."""

import math

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.word_tasks import analogy, word_similarity


def vocabulary(n=60, d=6, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)), [f"w{i}" for i in range(n)]


def cosine(a, b):
    return a @ b / math.sqrt((a @ a) * (b @ b))


def test_the_correlation_equals_scipys_with_ties_and_unknown_words_left_out():
    from scipy.stats import spearmanr

    x, words = vocabulary()
    rng = np.random.default_rng(1)
    pairs = [(f"W{a}", f"w{b}", int(rng.integers(0, 5))) for a, b in rng.integers(0, 80, (100, 2))]
    known = [p for p in pairs if int(p[0][1:]) < 60 and int(p[1][1:]) < 60]
    slow = spearmanr(
        [cosine(x[int(a[1:])], x[int(b[1:])]) for a, b, _ in known], [s for *_, s in known]
    ).statistic
    found = word_similarity(x, words, pairs, name="set")
    assert found.value == pytest.approx(slow, abs=1e-6) and found.n == len(known)
    assert found.note == f"{100 - len(known)} of 100 pairs left out, their words unknown."
    assert abs(found.reference["permuted scores"]) < 0.15 and found.name == "Spearman (set)"


def test_the_interval_holds_the_correlation_of_the_population_about_that_often():
    from scipy.stats import spearmanr

    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        angle = rng.uniform(0.1, 3, 50)
        x = np.concatenate([[[1, 0]], np.column_stack([np.cos(angle), np.sin(angle)])])
        scores = -angle + rng.normal(size=50)
        words = [str(i) for i in range(51)]
        m = word_similarity(x, words, [("0", str(i + 1), s) for i, s in enumerate(scores)])
        held += m.low <= 0.639 <= m.high  # of a million pairs
    big = np.random.default_rng(0).uniform(0.1, 3, 10**6)
    truth = spearmanr(big, big + np.random.default_rng(1).normal(size=10**6)).statistic
    assert truth == pytest.approx(0.639, abs=0.01)
    assert 0.90 <= held / 200 <= 0.99


def test_nothing_to_correlate_is_undefined():
    x, words = vocabulary()
    for pairs in ([], [("w1", "w2", 1)] * 3, [(f"w{i}", f"w{i + 1}", 2) for i in range(9)]):
        found = word_similarity(x, words, pairs)
        assert math.isnan(found.value) and found.note.startswith("Undefined")
    assert math.isnan(
        word_similarity(np.ones((60, 2)), words, [(f"w{i}", "w9", i) for i in range(9)]).value
    )


@pytest.mark.parametrize("method", ["add", "mul"])
def test_answers_equal_a_loop_without_the_words_of_the_question(method):
    x, words = vocabulary()
    rng = np.random.default_rng(2)
    x[30:] = x[:30] + 0.3 * rng.normal(size=(30, 6)) + 0.8  # the "plural" of each word
    asked = [(i, i + 30, j, j + 30) for i, j in rng.integers(0, 30, (60, 2))]
    right = near = 0
    for a, b, c, d in asked:
        cos = np.array([[cosine(x[w], v) for v in x] for w in (a, b, c)])
        s = (cos + 1) / 2
        score = cos[1] - cos[0] + cos[2] if method == "add" else s[1] * s[2] / (s[0] + 1e-3)
        score[[a, b, c]] = cos[2][[a, b, c]] = -np.inf
        right += score.argmax() == d
        near += cos[2].argmax() == d
    questions = [tuple(words[i] for i in q) for q in asked]
    groups = ["plural"] * 40 + ["again"] * 20
    found = analogy(x, words, questions, method=method, groups=groups, block=7)
    assert 0 < right < 60 and found[0].value == pytest.approx(right / 60)
    assert found[0].reference["nearest word to c"] == pytest.approx(near / 60)
    name = "analogy accuracy (3CosAdd" if method == "add" else "analogy accuracy (3CosMul"
    assert [m.name for m in found] == [f"{name})", f"{name}, again)", f"{name}, plural)"]
    assert found[1].n == 20 and found[2].n == 40
    assert found[1].value * 20 + found[2].value * 40 == pytest.approx(right)
    assert found == analogy(x, words, questions, method=method, groups=groups, block=60)


def test_the_interval_is_wilsons():
    from scipy.stats import binomtest

    x, words = vocabulary()
    questions = [("w0", "w1", "w2", f"w{i}") for i in range(3, 60)]
    found = analogy(x, words, questions)[0]
    slow = binomtest(1, 57).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((slow.low, slow.high), abs=1e-6)


def test_unknown_words_and_a_smaller_vocabulary_are_counted():
    x, words = vocabulary()
    questions = [("W0", "w1", "w2", "w3"), ("w0", "w1", "w2", "w50"), ("w0", "x", "w2", "w3")]
    assert analogy(x, words, questions)[0].n == 2
    few = analogy(x, words, questions, vocabulary=10)[0]
    assert few.n == 1 and few.note == "2 of 3 questions left out, a word unknown."
    none = analogy(x, words, [("x", "y", "z", "u")], groups=["g"])
    assert all(math.isnan(m.value) and m.n == 0 for m in none)
    assert math.isnan(analogy(x, words, [])[0].value)
    x[5] = 0
    assert analogy(x, words, [("w5", "w1", "w2", "w3")])[0].n == 1


def test_bad_input_is_refused():
    x, words = vocabulary()
    with pytest.raises(InputError, match="60 vectors but 59 words"):
        word_similarity(x, words[1:], [])
    with pytest.raises(InputError, match="score of 'w1' and 'w2' is nan"):
        word_similarity(x, words, [("w1", "w2", float("nan"))])
    with pytest.raises(InputError, match="method is 'sum'"):
        analogy(x, words, [], method="sum")
    with pytest.raises(InputError, match="1 questions but 2 groups"):
        analogy(x, words, [("w1", "w2", "w3", "w4")], groups=["a", "b"])
    with pytest.raises(InputError, match="NaN"):
        word_similarity(x * np.nan, words, [])
