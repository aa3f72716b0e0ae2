"""The recipe `lsa`: latent semantic analysis, documents and words in one space."""

from __future__ import annotations

from rowspace.errors import InputError
from rowspace.factor.grammar import Factorization, Spectral
from rowspace.observe.documents import BM25, LogEntropy
from rowspace.observe.steps import Step
from rowspace.observe.weighting import TfIdf
from rowspace.recipes.registry import Paper, published

_STEPS: dict[str, Step] = {"tfidf": TfIdf(), "bm25": BM25(), "log-entropy": LogEntropy()}


@published(
    kind="recipe",
    claim="Documents and words in one space, from which documents are found that share a topic "
    "with the question and not a word.",
    papers=(
        Paper(
            "Deerwester, Dumais, Furnas, Landauer, Harshman",
            1990,
            "Indexing by latent semantic analysis",
            "JASIS 41(6)",
        ),
    ),
    test="tests/recipes/test_lsa.py",
    benchmark="benchmarks/words.py",
)
def lsa(
    dim: int = 100, *, weighting: str = "tfidf", power: float = 1.0, tolerance: float = 1e-2
) -> Factorization:
    """Truncated SVD of weighted counts of words in documents: X ~ (U S^power)(S^(1-power) V').

    x_ij is tf-idf, BM25 or log-entropy of word j in document i (`TfIdf`, `BM25`, `LogEntropy`).

    Args:
        dim: the number of topics to keep; a few hundred for thousands of documents.
        weighting: "tfidf", "bm25" or "log-entropy".
        power: how much of the singular values the documents take.
        tolerance: relative residual below which a singular triplet counts as found.

    Returns:
        The `Factorization`.

    Raises:
        InputError: no such weighting.

    Use it on documents x words, for search, clustering and as features. Not for words alone: what
    stands beside a word says more than what stands in the same document (`ppmi`).

    Example:
        >>> lsa(dim=2, weighting="bm25").matrix
        (BM25(k1=1.5, b=0.75),)
    """
    if weighting not in _STEPS:
        known = ", ".join(map(repr, _STEPS))
        raise InputError(f"weighting is {weighting!r}, but one of {known} was expected")
    return Factorization(
        dim=dim,
        matrix=(_STEPS[weighting],),
        solver=Spectral(power=power, tolerance=tolerance),
    )
