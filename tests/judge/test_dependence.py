"""HSIC and the Cauchy-Schwarz check equal their definitions and are calibrated."""

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.dependence import cauchy_schwarz, gaussian_kernel, hsic


def slow_hsic(k, l):  # noqa: E741
    """The average over all ordered quadruples of different rows (Song et al. 2012, equation 4)."""
    n, total, many = len(k), 0.0, 0
    for i in range(n):
        for j in range(n):
            for q in range(n):
                for r in range(n):
                    if len({i, j, q, r}) == 4:
                        total += k[i, j] * (l[i, j] + l[q, r] - 2 * l[i, q])
                        many += 1
    return total / many


def slow_cauchy_schwarz(k, l):  # noqa: E741
    n = len(k)
    joint = sum(k[i, j] * l[i, j] for i in range(n) for j in range(n)) / n**2
    cross = sum(k[i, a] * l[i, b] for i in range(n) for a in range(n) for b in range(n)) / n**3
    return np.log(joint) + np.log(k.mean() * l.mean()) - 2 * np.log(cross)


@pytest.mark.parametrize(
    ("fast", "slow"), [(hsic, slow_hsic), (cauchy_schwarz, slow_cauchy_schwarz)]
)
def test_the_value_and_its_jackknife_equal_the_definition(fast, slow):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
    y[:, 0] += x[:, 0]
    k, l = gaussian_kernel(x), gaussian_kernel(y)  # noqa: E741
    found = fast(x, y, permutations=3)
    assert found.value == pytest.approx(slow(k, l), rel=1e-9)
    left = [slow(np.delete(np.delete(k, i, 0), i, 1), np.delete(np.delete(l, i, 0), i, 1))
            for i in range(9)]  # fmt: skip
    sd = np.sqrt(8 / 9 * ((left - np.mean(left)) ** 2).sum())
    assert found.high - found.value == pytest.approx(1.959964 * sd, rel=1e-9)


@pytest.mark.parametrize("measure", [hsic, cauchy_schwarz])
def test_the_null_is_that_of_permuted_rows(measure):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 40))
    order = np.random.default_rng(0).permutation(40)
    found = measure(x, y, permutations=1, seed=0)
    assert found.reference["permuted"] == pytest.approx(measure(x, y[order]).value, rel=1e-9)


@pytest.mark.parametrize("measure", [hsic, cauchy_schwarz])
def test_p_values_are_uniform_when_nothing_depends_on_anything(measure):
    rng = np.random.default_rng(2)
    p = []
    for trial in range(100):
        x, y = rng.normal(size=(40, 3)), rng.exponential(size=(40, 2))
        p.append(measure(x, y, permutations=59, seed=trial).reference["p"])
    assert abs(np.mean(np.array(p) <= 0.05) - 0.05) < 0.088  # four standard errors
    assert abs(np.mean(np.array(p) <= 0.5) - 0.5) < 0.2


@pytest.mark.parametrize("measure", [hsic, cauchy_schwarz])
def test_dependence_without_correlation_is_found(measure):
    rng = np.random.default_rng(3)
    angle = rng.uniform(0, 2 * np.pi, 200)
    found = measure(np.cos(angle), np.sin(angle))
    assert found.reference["p"] < 0.01
    assert found.value > found.reference["permuted"] + 3 * found.reference["permuted, sd"]


def test_the_check_rises_with_known_information():
    rng = np.random.default_rng(4)
    x, noise = rng.normal(size=(2, 400))
    values = [
        cauchy_schwarz(x, r * x + np.sqrt(1 - r * r) * noise).value for r in (0, 0.4, 0.7, 0.95)
    ]
    assert values == sorted(values)


def test_unbiased_hsic_is_zero_on_average_for_few_rows():
    rng = np.random.default_rng(5)
    values = [hsic(*rng.normal(size=(2, 12, 5)), permutations=1).value for _ in range(80)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(80)


@pytest.mark.parametrize("measure", [hsic, cauchy_schwarz])
def test_a_constant_side_depends_on_nothing(measure):
    found = measure(np.ones((20, 2)), np.random.default_rng(6).normal(size=20))
    assert found.value == pytest.approx(0.0, abs=1e-12) and found.reference["p"] == 1.0


def test_many_duplicates_leave_a_usable_width():
    x = np.array([0.0] * 18 + [1.0, 2.0])
    assert np.isfinite(gaussian_kernel(x[:, None])).all()
    assert hsic(x, x).reference["p"] < 0.05


def test_more_rows_than_asked_for_are_sampled_and_said():
    x = np.random.default_rng(7).normal(size=(300, 2))
    found = hsic(x, x, rows=100, permutations=10)
    assert found.n == 100 and "100 of 300 rows" in found.note
    assert found == hsic(x, x, rows=100, permutations=10)
    assert found != hsic(x, x, rows=100, permutations=10, seed=1)


def test_the_number_of_threads_changes_no_bit():
    x = np.random.default_rng(8).normal(size=(60, 4))
    results = []
    for threads in ("1", "2"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ROWSPACE_THREADS", threads)
            results.append(cauchy_schwarz(x, x[:, :1]))
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (np.ones(9), np.ones(8), {}, "x has 9 rows and y has 8"),
        (np.ones(4), np.ones(4), {}, "at least 5 rows, but there are 4"),
        (np.ones(9), np.array([1.0] * 8 + [np.nan]), {}, "y has a missing .* in row 8"),
        (np.ones((9, 0)), np.ones(9), {}, r"x has shape \(9, 0\)"),
        (["a"] * 9, np.ones(9), {}, "x does not hold numbers"),
        (np.ones(9), np.ones(9), {"permutations": 0}, "permutations is 0"),
    ],
)
def test_bad_vectors_are_refused_in_one_sentence(x, y, options, message):
    with pytest.raises(InputError, match=message):
        hsic(x, y, **options)
