"""`rowspace doctor` on this machine."""

import numpy as np


def test_doctor_reports_everything_and_finds_the_kernels_that_a_setting_hides(answer):
    """Nehalem kernels run on every x86-64 and use none of its wider vector units."""
    report = answer("doctor", OPENBLAS_CORETYPE="Nehalem")
    assert report["versions"]["numpy"] == np.__version__
    assert report["threads"]["budget"] >= 1
    assert report["threads"]["environment"]["OPENBLAS_CORETYPE"] == "Nehalem"
    assert report["disk"]["free"] > 0
    assert report["problems"] == []
    assert set(report["extras"]) >= {"serve", "torch", "dev"}
    running, better = report["products"]["running"], report["products"]["better"]
    assert running["gflops"] > 0
    if running["architecture"] != "Nehalem" or better is None:
        return  # another BLAS, or a processor without wider units
    assert better["architecture"] != "Nehalem"
    assert better["line"].startswith(("unset", "export", "set"))
    gain = better["gflops"] / running["gflops"]
    assert (gain > 1.15) == any(better["line"] in advice for advice in report["advice"])


def test_doctor_speaks_of_a_kernel_cache_that_cannot_be_written(cli, tmp_path):
    (tmp_path / "file").write_text("")
    done = cli("doctor", NUMBA_CACHE_DIR=str(tmp_path / "file" / "below"))
    assert done.returncode == 0, done.stderr
    assert "ADVICE: compiled kernels cannot be kept" in done.stdout
    assert "NOT writable" in done.stdout
    assert "\x1b" not in done.stdout
