"""Rows compared with other spaces and with labels."""

import numpy as np
import pytest

from rowspace.errors import InputError
from rowspace.judge.against import agreement_block, counterpart, labels_block
from rowspace.judge.inputs import labels
from rowspace.space.space import Space


def turned(n=80, dim=5, name="word"):
    """Return a space, and one with the same vectors turned, in another order, of other ids too."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, dim))
    turn = np.linalg.qr(rng.normal(size=(dim, dim)))[0]
    ids = [f"w{i}" for i in range(n)]
    order = rng.permutation(n)[: n - 10]
    first = Space.from_vectors({"word": (ids, x)})
    more = rng.normal(size=(7, dim))
    names = [*(ids[i] for i in order), *(f"new{i}" for i in range(7))]
    return first, Space.from_vectors({name: (names, np.vstack([x[order] @ turn, more]))})


def test_a_turned_copy_agrees_wholly_on_the_ids_that_both_have():
    first, second = turned()
    block = agreement_block(first["word"], {"copy": second["word"]}, k=5, seed=0)
    assert block["debiased CKA, with copy"].value == pytest.approx(1.0, abs=1e-5)
    assert block["Jaccard@5, with copy"].value > 0.99
    assert block["subspace overlap, with copy"].value == pytest.approx(1.0, abs=1e-6)
    assert block["matched cosine, with copy"].value < 0.99  # turned: the same space, other axes
    assert block["shared ids, with copy"].value == 70
    assert block.series["neighbours kept"].shape == (1, 3)
    assert block.series["by chance"][0] < 0.2


def test_too_few_shared_ids_are_refused_with_their_number():
    first, _ = turned()
    far = Space.from_vectors({"word": (["w1", "w2", "x"], np.eye(3))})
    with pytest.raises(InputError, match="only 2 of the 80 word ids"):
        agreement_block(first["word"], {"far": far["word"]}, k=5, seed=0)


def test_the_counterpart_is_the_side_of_the_same_name_else_the_only_one_else_in_its_place():
    first, second = turned(name="token")
    two = Space.from_vectors({"doc": (["d"], [[1.0]]), "word": (["w"], [[1.0]])})
    assert counterpart(two, first["word"], 0) is two["word"]
    assert counterpart(second, first["word"], 0) is second["token"]
    renamed = Space.from_vectors({"a": (["d"], [[1.0]]), "b": (["w"], [[1.0]])})
    assert counterpart(renamed, two["word"], 1) is renamed["b"]


def test_labels_that_the_vectors_know_are_predicted_and_found(space):
    block = labels_block(space["film"], labels(None, space["film"], "taste"), k=5, seed=0)
    assert block["rows with a label in 'taste'"].value == 40
    probe = block["accuracy (kNN probe)"]
    assert probe.value > 0.9 and probe.reference["majority class"] == 0.5
    assert block["AMI"].value > 0.5
    assert block.series["accuracy"].shape == (3, 3)


def test_one_class_is_a_note_and_a_label_for_every_row_is_refused(space):
    side = space["film"]
    one = labels_block(side, labels(dict.fromkeys(side.ids, "all"), side, None), k=5, seed=0)
    assert np.isnan(one["accuracy (kNN probe)"].value)
    assert "Undefined" in one["accuracy (kNN probe)"].note
    with pytest.raises(InputError, match="40 different labels for 40 rows"):
        labels_block(side, labels(None, side, "title"), k=5, seed=0)
