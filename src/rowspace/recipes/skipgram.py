"""The recipes `skipgram` and `cbow`: words from their windows, one after the other."""

from __future__ import annotations

from rowspace.factor.grammar import (
    Factorization,
    Frequent,
    Logistic,
    Lookup,
    Mean,
    Negatives,
    Sampled,
    Sgd,
)
from rowspace.observe.stream import Windows
from rowspace.recipes.registry import Paper, published

_WORD2VEC = Paper(
    "Mikolov, Sutskever, Chen, Corrado, Dean",
    2013,
    "Distributed representations of words and phrases and their compositionality",
    "NIPS",
    literature=107,
)


@published(
    kind="recipe",
    claim="word2vec's skip-gram with negative sampling, several times as many words a second as "
    "gensim on the same threads.",
    papers=(_WORD2VEC,),
    test="tests/recipes/test_skipgram.py",
    benchmark="benchmarks/skipgram.py",
)
def skipgram(
    dim: int = 100,
    *,
    window: int = 5,
    negatives: int = 5,
    epochs: int = 5,
    rate: float = 0.025,
    subsample: float = 1e-3,
    exponent: float = 0.75,
) -> Factorization:
    """Logistic regression of which words stand near which, against words drawn at random.

    For every occurrence w and every neighbour c: -log sigmoid(u_w . v_c) - sum_n log
    sigmoid(-u_w . v_n), where n are `negatives` words drawn in proportion to count^exponent, the
    same for all neighbours of one occurrence. At its best u_w . v_c is the mutual information
    log(x_wc x / (x_w x_c)) - log negatives, for exponent 1 (Levy, Goldberg 2014).

    Args:
        dim: the length of the vectors.
        window: how many words to either side are near, at most.
        negatives: drawn for every occurrence.
        epochs: how often the text is read.
        rate: the size of a step at the start; it falls in a straight line to almost nothing.
        subsample: occurrences of words with a larger share of the text are passed over at times.
        exponent: of the counts in the chances of negatives.

    Returns:
        The `Factorization`.

    Use it on text that was read as a stream. On several threads the bits differ from run to run;
    `ppmi` is as good on similarity, cheaper and repeats, skip-gram is better on analogies.

    Example:
        >>> skipgram(dim=50).dim
        50
    """
    return Factorization(
        dim=dim,
        matrix=(Windows(window, subsample=subsample),),
        loss=Logistic(),
        unobserved=Negatives(negatives, Frequent(exponent)),
        solver=Sampled(epochs=epochs, rate=rate, batch=1, update=Sgd(), decay=1e-4),
    )


@published(
    kind="recipe",
    claim="word2vec's continuous bag of words: the mean of a window foretells the word in it.",
    papers=(_WORD2VEC,),
    test="tests/recipes/test_skipgram.py",
    benchmark="benchmarks/skipgram.py",
)
def cbow(
    dim: int = 100,
    *,
    window: int = 5,
    negatives: int = 5,
    epochs: int = 5,
    rate: float = 0.05,
    subsample: float = 1e-3,
    exponent: float = 0.75,
) -> Factorization:
    """Logistic regression of which word stands in a window, by the mean of the others' vectors.

    For every occurrence w with neighbours C: -log sigmoid(m . v_w) - sum_n log sigmoid(-m . v_n),
    m = mean_(c in C) u_c, n drawn in proportion to count^exponent. As in word2vec every neighbour
    takes the whole step of m, that is |C| times its own gradient, so that wide windows count more.

    Args:
        dim: the length of the vectors.
        window: how many words to either side are near, at most.
        negatives: drawn for every occurrence.
        epochs: how often the text is read.
        rate: the size of a step at the start; it falls in a straight line to almost nothing.
        subsample: occurrences of words with a larger share of the text are passed over at times.
        exponent: of the counts in the chances of negatives.

    Returns:
        The `Factorization`.

    Use it on much text, where it takes a fraction of the time of `skipgram`; with little text
    rare words come out worse. Needs text that was read as a stream.

    Example:
        >>> cbow(dim=50).rows.own
        0.0
    """
    return Factorization(
        dim=dim,
        matrix=(Windows(window, subsample=subsample),),
        loss=Logistic(),
        unobserved=Negatives(negatives, Frequent(exponent)),
        rows=Mean(0.0),
        cols=Lookup(),
        solver=Sampled(epochs=epochs, rate=rate, batch=1, update=Sgd(), decay=1e-4),
    )
