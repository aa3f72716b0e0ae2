"""A vector knows its encoder, and strangers are refused."""

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.space.vector import Vector, as_query, as_vectors


def test_arithmetic_within_one_encoder_keeps_the_label():
    a, b = Vector([1, 2], "e"), Vector([3, 5], "e")
    for result in (a + b, a - b, -a, a * 2, 2 * a, a + np.ones(2, np.float32), a.copy(), a / 2):
        assert isinstance(result, Vector) and result.encoder == "e"
    a += b
    assert isinstance(a, Vector) and a.tolist() == [4, 7] and a.encoder == "e"
    assert (np.eye(2, dtype=np.float32)[:1] @ b).tolist() == [3]


def test_a_vector_copies_what_it_is_made_of():
    numbers = np.ones(2, np.float32)
    Vector(numbers)[0] = 5
    assert numbers.tolist() == [1, 1]


def test_vectors_of_two_encoders_do_not_mix():
    a, b = Vector([1, 2], "first"), Vector([3, 5], "second")
    for mix in (lambda: a + b, lambda: a @ b, lambda: np.subtract(a, 1, out=b)):
        with pytest.raises(InputError, match="two encoders"):
            mix()
    assert (a + Vector([1, 1])).encoder == "first"


def test_a_query_of_another_encoder_is_refused_and_a_plain_one_accepted():
    with pytest.raises(InputError, match=r"made by the encoder other, but m\.space by mine"):
        as_query(Vector([1, 2], "other"), 2, "mine", "m.space")
    for given in (Vector([1, 2], "mine"), Vector([1, 2]), [1, 2], np.array([1.0, 2.0])):
        query = as_query(given, 2, "mine", "m.space")
        assert type(query) is np.ndarray and query.dtype == np.float32 and query.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1, 2, 3], "has 3 numbers, but those of s have 2"),
        ([[1, 2]], "but list"),
        ([1, float("nan")], "number 1 of the vector is nan"),
        ([1, 1e300], "number 1 of the vector is 1e\\+300"),
        ([1j, 2], "but list"),
        (["a", "b"], "but list"),
        ([[1], [2, 3]], "but list"),
        (1.5, "but float 1.5"),
        (None, "but NoneType"),
        (np.zeros((2, 2)), "array of float64 with 2 dimensions"),
    ],
)
def test_what_is_no_vector_is_refused(given, message):
    with pytest.raises(InputError, match=message):
        as_query(given, 2, "e", "s")


def test_wider_numbers_are_rounded_to_the_nearest_float32():
    vectors = as_vectors([[0.1, 1], [2, 3]], "word", ["a", "b"])
    assert vectors.dtype == np.float32 and vectors[0, 0] == np.float32(0.1)
    assert as_vectors(np.ones((0, 4), int), "word", []).shape == (0, 4)


def test_float32_vectors_are_shared_but_cannot_be_written_through_the_space():
    own = np.ones((2, 2), np.float32)
    vectors = as_vectors(own, "word", ["a", "b"])
    assert np.shares_memory(own, vectors) and not vectors.flags.writeable and own.flags.writeable


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.ones((3, 2)), "are 3 x 2, but 2 ids"),
        (np.ones((2, 0)), "are 2 x 0"),
        (np.ones(2), "with 1 dimensions"),
        (np.array([["a"], ["b"]]), "array of <U1"),
        ([[1, 2], [3, np.nan]], "number 1 of the vector of word 'b' is nan"),
        ([[1, 2], [-1e39, 3]], "number 0 of the vector of word 'b' is -1e\\+39"),
    ],
)
def test_vectors_that_cannot_be_stored_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        as_vectors(given, "word", ["a", "b"])
