"""`rowspace rank`: the curve as a table, and the verdict in words."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("rank") / "x.npy"
    x = rng.normal(size=(40, 3)) @ rng.normal(size=(3, 30)) + 0.2 * rng.normal(size=(40, 30))
    np.save(path, x)
    return path


def test_the_curve_is_a_table_and_the_rank_a_sentence(cli, planted):
    done = cli("rank", planted, "svd", "--dims", "1,2,3,4")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["dim", "held-out", "RMSE", "error"]
    assert [line.split()[0] for line in lines[1:6]] == list("01234")
    assert "rank  3" in lines


def test_an_undetermined_rank_is_null_in_json(answer, planted):
    told = answer("rank", planted, "svd", "--dims", "1,2", "--folds", 3)
    assert told["rank"] is None and "try larger" in told["measures"][0]["note"]
    assert told["curve"]["dim"] == [0, 1, 2] and told["stability"] is None


def test_what_has_no_rank_is_one_sentence(cli, planted):
    done = cli("rank", planted, "svd", "--dims", "3")
    assert done.returncode == 1 and "at least 2 to choose from" in done.stderr
    assert len(done.stderr.splitlines()) == 1
