"""Word similarity and analogy: what word vectors are asked since there are word vectors.

`word_similarity` correlates cosines with people's scores; `analogy` answers "a is to b as c is to
..." by 3CosAdd or 3CosMul. Words that the space does not have are left out and counted. Vectors,
their words and a list of questions in, `Measure`s out. Called by the report and by benchmarks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rowspace.errors import InputError
from rowspace.judge.measure import Measure
from rowspace.judge.rows import Floats, finite_rows
from rowspace.progress import stage
from rowspace.recipes.registry import Paper, published

_TEST = "tests/judge/test_word_tasks.py"
_EPSILON = 1e-3


@published(
    kind="protocol",
    claim="Judges word vectors by how their cosines rank pairs of words, against people's scores.",
    papers=(
        Paper(
            "Finkelstein, Gabrilovich, Matias, Rivlin, Solan, Wolfman, Ruppin",
            2002,
            "Placing search in context: the concept revisited",
            "ACM TOIS 20(1)",
        ),
        Paper(
            "Levy, Goldberg, Dagan",
            2015,
            "Improving distributional similarity with lessons learned from word embeddings",
            "TACL 3",
        ),
    ),
    test=_TEST,
    benchmark="benchmarks/protocols.py",
)
def word_similarity(
    x: ArrayLike,
    words: Sequence[str],
    pairs: Iterable[tuple[str, str, float]],
    *,
    name: str = "word similarity",
    permutations: int = 20,
    seed: int = 0,
) -> Measure:
    """Spearman correlation of cosine and people's score over the pairs whose words are known.

    A word is looked up as written, then in small letters. Pairs with an unknown word are left out
    and counted; compare systems on the same pairs. The interval is Fisher's z with the variance
    (1 + rho^2 / 2) / (n - 3) (Bonett & Wright 2000).

    Args:
        x: (n, d) vectors.
        words: their n words.
        pairs: (word, word, score).
        name: of the data set, for the measure.
        permutations, seed: of the scores, for the reference.

    Returns:
        The correlation; n counts the pairs. NaN with fewer than four pairs, or when all cosines or
        all scores are equal.

    Raises:
        InputError: not one word per vector, or a score is not finite.

    Example:
        >>> x = [[1.0, 0.0], [1.0, 0.1], [1.0, 1.0], [0.0, 1.0]]
        >>> pairs = [("a", "b", 9), ("a", "c", 5), ("a", "d", 1), ("B", "c", 6), ("a", "e", 3)]
        >>> found = word_similarity(x, ["a", "b", "c", "d"], pairs)
        >>> round(found.value, 6), found.n, found.note
        (1.0, 4, '1 of 5 pairs left out, their words unknown.')
    """
    from scipy.stats import rankdata

    unit, place = _vocabulary(x, words, None)
    given = list(pairs)
    known = [(i, j, s) for a, b, s in given if (i := place(a)) >= 0 and (j := place(b)) >= 0]
    left = len(given) - len(known)
    note = f"{left} of {len(given)} pairs left out, their words unknown." if left else ""
    title = f"Spearman ({name})"
    scores = np.array([s for _, _, s in known], np.float64)
    if not np.isfinite(scores).all():
        bad = known[int(np.flatnonzero(~np.isfinite(scores))[0])]
        raise InputError(
            f"the score of {words[bad[0]]!r} and {words[bad[1]]!r} is {bad[2]}, but a finite "
            "number was expected"
        )
    n = len(known)
    first, second = (np.array([pair[side] for pair in known], np.int64) for side in (0, 1))
    cosines = np.einsum("ij,ij->i", unit[first], unit[second], dtype=np.float64)
    if n < 4 or np.ptp(cosines) < 1e-9 or np.ptp(scores) == 0:
        return Measure(title, math.nan, n, note=f"Undefined: nothing to correlate. {note}".strip())
    a, b = rankdata(cosines), rankdata(scores)
    rho = _pearson(a, b)
    reach = 1.959964 * math.sqrt((1 + rho * rho / 2) / (n - 3))
    z = math.atanh(min(max(rho, -1 + 1e-12), 1 - 1e-12))
    rng = np.random.default_rng(seed)
    null = np.array([_pearson(a, rng.permutation(b)) for _ in range(permutations)])
    return Measure(
        title, rho, n, math.tanh(z - reach), math.tanh(z + reach), seed,
        {"permuted scores": float(null.mean()), "permuted scores, sd": float(null.std())}, note,
    )  # fmt: skip


@published(
    kind="protocol",
    claim="Judges word vectors by analogies (a is to b as c is to ?), by 3CosAdd or 3CosMul, the "
    "words of the question excluded, beside the nearest neighbour of c.",
    papers=(
        Paper(
            "Mikolov, Chen, Corrado, Dean",
            2013,
            "Efficient estimation of word representations in vector space",
            "ICLR workshop",
        ),
        Paper(
            "Levy, Goldberg",
            2014,
            "Linguistic regularities in sparse and explicit word representations",
            "CoNLL",
        ),
        Paper(
            "Linzen", 2016, "Issues in evaluating semantic spaces using word analogies", "RepEval"
        ),
    ),
    test=_TEST,
    benchmark="benchmarks/protocols.py",
)
def analogy(
    x: ArrayLike,
    words: Sequence[str],
    questions: Iterable[tuple[str, str, str, str]],
    *,
    groups: Sequence[str] | None = None,
    method: Literal["add", "mul"] = "add",
    vocabulary: int | None = None,
    block: int = 128,
) -> tuple[Measure, ...]:
    """Share of analogies whose fourth word is the best of all words but the three given.

    "add" (3CosAdd) takes argmax_d cos(d, b) - cos(d, a) + cos(d, c); "mul" (3CosMul) takes
    argmax_d s(d, b) s(d, c) / (s(d, a) + 0.001) with s = (cos + 1) / 2 (Levy & Goldberg 2014). Of
    equal ones the first word wins. Words are looked up as written, then in small letters.

    Args:
        x: (n, d) vectors.
        words: their n words, the most frequent first if `vocabulary` is used.
        questions: (a, b, c, d); those with an unknown word are left out and counted.
        groups: one name per question; each gets its own measure.
        method: "add" or "mul".
        vocabulary: only the first so many words are known and may be answers (30,000 in the
            original evaluation).
        block: questions answered at once; memory is about 4 x block x words numbers.

    Returns:
        Accuracy over all questions, then by group in order of name, with Wilson's interval and as
        reference the accuracy of answering with the nearest word to c. NaN where all are left out.

    Raises:
        InputError: not one word per vector, not one group per question, or an option is unknown.

    Example:
        >>> x = [[1.0, 0.0], [1.0, 1.0], [2.0, 0.1], [2.0, 2.1], [0.0, 1.0]]
        >>> words = ["man", "king", "woman", "queen", "tree"]
        >>> print(analogy(x, words, [("man", "king", "woman", "queen")])[0])
        analogy accuracy (3CosAdd) 1 [0.2065, 1] n=1
    """
    if method not in ("add", "mul") or block < 1 or (vocabulary is not None and vocabulary < 1):
        raise InputError(
            f"method is {method!r}, block {block} and vocabulary {vocabulary}, but 'add' or 'mul' "
            "and whole numbers of at least 1 were expected"
        )
    unit, place = _vocabulary(x, words, vocabulary)
    asked = np.array([[place(w) for w in q] for q in questions], np.int64).reshape(-1, 4)
    if groups is not None and len(groups) != len(asked):
        raise InputError(f"there are {len(asked)} questions but {len(groups)} groups")
    known = np.asarray((asked >= 0).all(axis=1))
    right = np.zeros((len(asked), 2), bool)
    at = np.flatnonzero(known)
    with stage("analogies", total=len(at)) as step:
        for start in range(0, len(at), block):
            part = at[start : start + block]
            right[part] = _answers(unit, asked[part, :3], method) == asked[part, 3:]
            step(len(part))
    name = f"analogy accuracy ({'3CosAdd' if method == 'add' else '3CosMul'}"
    out = [_accuracy(f"{name})", right, known)]
    labels = np.array(groups if groups is not None else [], dtype=object)
    for group in sorted(set(labels)):
        own = np.flatnonzero(labels == group)
        out.append(_accuracy(f"{name}, {group})", right[own], known[own]))
    return tuple(out)


def _answers(
    unit: Floats, asked: NDArray[np.int64], method: Literal["add", "mul"]
) -> NDArray[np.int64]:
    """Return (questions, 2): the answer, and the nearest word to c; a, b and c excluded."""
    from threadpoolctl import threadpool_limits

    different, at = np.unique(asked, return_inverse=True)
    with threadpool_limits(limits=1, user_api="blas"):
        cosines = unit[different] @ unit.T
    a, b, c = (cosines[at.reshape(asked.shape)[:, i]] for i in range(3))
    line = np.arange(len(asked))[:, None]
    # Of s = (cos + 1) / 2 the halves are common factors.
    scores = b - a + c if method == "add" else (b + 1) * (c + 1) / (a + 1 + 2 * _EPSILON)
    scores[line, asked] = -np.inf
    near = c
    near[line, asked] = -np.inf
    return np.column_stack([scores.argmax(axis=1), near.argmax(axis=1)])


def _accuracy(name: str, right: NDArray[np.bool_], known: NDArray[np.bool_]) -> Measure:
    n, left = int(known.sum()), int((~known).sum())
    note = f"{left} of {len(known)} questions left out, a word unknown." if left else ""
    if not n:
        return Measure(name, math.nan, 0, note=f"Undefined: no question is left. {note}".strip())
    value, near = right[known].mean(axis=0).tolist()
    z = 1.959964
    middle = (value + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(value * (1 - value) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Measure(
        name, value, n, max(middle - half, 0.0), min(middle + half, 1.0),
        reference={"nearest word to c": near}, note=note,
    )  # fmt: skip


class _Places(dict[str, int]):
    """Position by word; -1 for a word that is unknown also in small letters."""

    def __call__(self, word: str) -> int:
        at = self.get(word)
        return self.get(word.lower(), -1) if at is None else at


def _vocabulary(x: ArrayLike, words: Sequence[str], most: int | None) -> tuple[Floats, _Places]:
    """Return vectors of length 1 and where each word is."""
    table = finite_rows(x, "x")
    if len(words) != len(table):
        raise InputError(f"there are {len(table)} vectors but {len(words)} words; give one each")
    table = table[:most]
    norms = np.linalg.norm(table.astype(np.float64), axis=1, keepdims=True)
    unit: Floats = (table / np.where(norms > 0, norms, 1.0)).astype(np.float32)
    return unit, _Places({w: i for i, w in reversed(list(enumerate(words[:most])))})


def _pearson(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float((a @ b) / math.sqrt(float(a @ a) * float(b @ b)))
