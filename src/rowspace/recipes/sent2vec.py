"""The recipes `sent2vec` and `doc2vec`: a text by what foretells its words."""

from __future__ import annotations

from rowspace.factor.grammar import (
    AdaGrad,
    Encoder,
    Factorization,
    Frequent,
    Linear,
    Logistic,
    Lookup,
    Mean,
    Negatives,
    Sampled,
)
from rowspace.observe.subsample import Subsample
from rowspace.recipes.registry import Paper, published


def _foretold(
    dim: int,
    rows: Encoder,
    negatives: float,
    epochs: int,
    rate: float,
    batch: int,
    subsample: float,
    exponent: float,
) -> Factorization:
    """Return logistic regression of the words of texts, by vectors that `rows` makes."""
    return Factorization(
        dim=dim,
        matrix=(Subsample(subsample),),
        loss=Logistic(),
        confidence=Linear(1),
        unobserved=Negatives(64, Frequent(exponent), weight=negatives),
        rows=rows,
        cols=Lookup(),
        solver=Sampled(epochs=epochs, rate=rate, batch=batch, update=AdaGrad(), decay=0.1),
    )


@published(
    kind="recipe",
    claim="The mean of vectors of words and n-grams that were learned to foretell the word that is "
    "left out: a vector for any text, in time in proportion to its length.",
    papers=(
        Paper(
            "Pagliardini, Gupta, Jaggi",
            2018,
            "Unsupervised learning of sentence embeddings using compositional n-gram features",
            "NAACL",
            literature=201,
        ),
    ),
    test="tests/recipes/test_sent2vec.py",
    benchmark="benchmarks/texts.py",
)
def sent2vec(
    dim: int = 100,
    *,
    negatives: float = 10.0,
    epochs: int = 10,
    rate: float = 0.4,
    batch: int = 1024,
    subsample: float = 1e-3,
    exponent: float = 0.5,
) -> Factorization:
    """Logistic regression of a word of a text on the mean of the vectors of the rest of it.

    For every word w of a text s: -log sigmoid(m . v_w) - sum_n log sigmoid(-m . v_n), where m is
    the mean of the vectors x_g of all words and n-grams g of s that do not contain w, and n are
    words drawn in proportion to count^exponent, the same for a batch. A text is kept as the mean
    of all of its x_g, and a new one folded in likewise.

    Args:
        dim: the length of the vectors.
        negatives: how much the words count that one is compared with; 64 are drawn for a batch.
        epochs: how often every word of the texts is seen.
        rate: the size of a step; it falls in a straight line to a tenth.
        batch: words in a step.
        subsample: words with a larger share of all are foretold less often.
        exponent: of the counts in the chances of negatives.

    Returns:
        The `Factorization`.

    Use it on documents x words, read with `ngrams=2`, for sentences and short texts; on long
    ones (20 Newsgroups) `lsa` is far cheaper and better. N-grams have no vector as columns
    (zeros): they are only part of texts.

    Example:
        >>> sent2vec(dim=50).rows.apart
        True
    """
    bags = Mean(0.0, apart=True, without=True)
    return _foretold(dim, bags, negatives, epochs, rate, batch, subsample, exponent)


@published(
    kind="recipe",
    claim="A vector for every text, learned so that it foretells its words (PV-DBOW).",
    papers=(
        Paper(
            "Le, Mikolov", 2014, "Distributed representations of sentences and documents", "ICML"
        ),
    ),
    test="tests/recipes/test_sent2vec.py",
    benchmark="benchmarks/texts.py",
)
def doc2vec(
    dim: int = 100,
    *,
    negatives: float = 5.0,
    epochs: int = 10,
    rate: float = 0.4,
    batch: int = 1024,
    subsample: float = 1e-3,
    exponent: float = 0.75,
) -> Factorization:
    """Logistic regression of the words of a text on its vector, against words drawn at random.

    For every word w of a text s: -log sigmoid(u_s . v_w) - sum_n log sigmoid(-u_s . v_n), n drawn
    in proportion to count^exponent, the same for a batch. That is the bag of words (PV-DBOW); at
    its best u_s . v_w is the mutual information of text and word, up to a constant.

    Args:
        dim: the length of the vectors.
        negatives: how much the words count that one is compared with; 64 are drawn for a batch.
        epochs: how often every word of the texts is seen.
        rate: the size of a step; it falls in a straight line to a tenth.
        batch: words in a step.
        subsample: words with a larger share of all are foretold less often.
        exponent: of the counts in the chances of negatives.

    Returns:
        The `Factorization`.

    Use it on documents x words to compare with; `lsa` is far cheaper, and better on 20 Newsgroups.
    A new text needs a fit; `sent2vec` and `lsa` fold it in.

    Example:
        >>> doc2vec(dim=50).confidence
        Linear(alpha=1)
    """
    return _foretold(dim, Lookup(), negatives, epochs, rate, batch, subsample, exponent)
