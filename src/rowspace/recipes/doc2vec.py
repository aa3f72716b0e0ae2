"""The recipe `doc2vec`: a vector of its own for every text."""

from __future__ import annotations

from rowspace.factor.grammar import (
    AdaGrad,
    Factorization,
    Frequent,
    Linear,
    Logistic,
    Negatives,
    Sampled,
)
from rowspace.observe.subsample import Subsample
from rowspace.recipes.registry import Paper, published


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
    rate: float = 0.1,
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
    return Factorization(
        dim=dim,
        matrix=(Subsample(subsample),),
        loss=Logistic(),
        confidence=Linear(1),
        unobserved=Negatives(64, Frequent(exponent), weight=negatives),
        solver=Sampled(epochs=epochs, rate=rate, batch=batch, update=AdaGrad(), decay=0.1),
    )
