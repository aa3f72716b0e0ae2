"""`rowspace tune`: a table that grows, and the winner as a space."""

import rowspace as rs


def test_every_trial_is_a_row_and_the_winner_is_saved(cli, ratings, tmp_path):
    done = cli(
        *("tune", ratings / "ratings.csv", "ials", "--try", "l2=0.003,0.03,1", "--try", "dim=2,4"),
        *("--set", "sweeps=4", "--metric", "recall@5", "--validation", "0.2", "--trials", 4),
        *("--out", "best.space"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == [
        *("trial", "l2", "dim", "sweeps", "value", "error", "cpu", "s", "objective")
    ]
    assert len([line for line in lines if line.split()[:1] in (["1"], ["2"], ["3"], ["4"])]) == 6
    best = next(line for line in lines if line.startswith("best"))
    assert "Recall@5" in done.stdout and "one order for all" in done.stdout
    assert f"dim={rs.open(tmp_path / 'best.space').factorization.dim}" in best


def test_the_json_of_tune_is_what_python_returns(answer, ratings):
    told = answer("tune", ratings / "ratings.csv", "ials", "--try", "alpha=1,3", "--dim", 2)
    observed = rs.read(ratings / "ratings.csv")
    found = rs.tune(observed, "ials", {"alpha": [1.0, 3.0]}, dim=2)
    assert [t["value"] for t in told["trials"]] == [t.value for t in found.trials]
    assert told["best"] == {"dim": 2, **found.best.settings} and told["metric"] == "Recall@20"


def test_what_cannot_be_tuned_is_one_sentence(cli, ratings):
    done = cli("tune", ratings / "ratings.csv", "ials", "--try", "l2=1,2", "--metric", "rmse")
    assert done.returncode == 1 and done.stdout == "" and "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("rowspace: every observed cell has the target 1")
