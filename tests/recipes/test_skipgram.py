"""The recipes `skipgram` and `cbow` say what word2vec says; what they learn is tested below."""

from rowspace.factor.grammar import Frequent, Mean
from rowspace.recipes import registry


def test_the_settings_are_those_of_word2vec():
    skipgram, cbow = (registry.build(name, {}) for name in ("skipgram", "cbow"))
    for f in (skipgram, cbow):
        assert f.unobserved.count == 5 and f.unobserved.by == Frequent(0.75)
        assert f.matrix[0].window == 5 and f.matrix[0].subsample == 1e-3
        assert f.solver.epochs == 5
    assert skipgram.solver.rate == 0.025 and cbow.solver.rate == 0.05
    assert cbow.rows == Mean(0.0)
