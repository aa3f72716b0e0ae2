"""Constraints refuse values that they have no meaning for."""

import pytest

from rowspace.errors import InputError
from rowspace.factor.constraints import (
    L1,
    Box,
    Free,
    GraphSmooth,
    GroupSparse,
    NonNegative,
    Orthogonal,
    TopK,
)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: NonNegative(l1=-1), "NonNegative.l1 is -1, but a number of at least 0"),
        (lambda: L1(l2=float("nan")), "L1.l2 is nan"),
        (lambda: Box(low=1, high=1), r"Box\(low=1, high=1\) is empty; set low < high"),
        (lambda: TopK(count=0), "TopK.count is 0, but a whole number of at least 1"),
        (lambda: GroupSparse(size=1.5), "GroupSparse.size is 1.5"),
        (lambda: GraphSmooth(weight=0), "GraphSmooth.weight is 0, but a number above 0"),
        (lambda: GraphSmooth(within=Orthogonal()), "GraphSmooth.within is Orthogonal"),
        (lambda: Orthogonal(l2=1.0), "Orthogonal.l2 is 1.0, but its length is fixed"),
    ],
)
def test_nonsense_is_refused_with_name_and_value(make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()


def test_a_smooth_side_is_charged_as_what_it_smooths():
    smooth = GraphSmooth(within=Free(l2=2.0, frequency=0.5))
    assert (smooth.l2, smooth.frequency) == (2.0, 0.5)
