"""Weights and policies refuse values that they have no meaning for."""

import pytest

from rowspace.errors import InputError
from rowspace.factor.weights import (
    Given,
    Ignore,
    NoisyLabel,
    Popularity,
    Power,
    Propensity,
    Relative,
    SoftHinge,
    Sqrt,
)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Power(x_max=0), "Power.x_max is 0, but a number above 0"),
        (lambda: Sqrt(base=-1), "Sqrt.base is -1"),
        (lambda: Given(scale=0), "Given.scale is 0"),
        (lambda: Popularity(exponent=3), "Popularity.exponent is 3, but 0 to 2"),
        (lambda: Propensity(clip=0), "Propensity.clip is 0, but above 0 to 1"),
        (lambda: NoisyLabel(hidden=2), "NoisyLabel.hidden is 2, but 0 to 1"),
        (lambda: SoftHinge(weight=-1), "SoftHinge.weight is -1"),
        (lambda: Relative(policy=Ignore()), r"Relative.policy is Ignore\(\), which has no weight"),
    ],
)
def test_nonsense_is_refused_with_name_and_value(make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()
