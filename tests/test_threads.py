"""One thread budget: the environment's wish, else the processors at hand."""

import numba
import pytest
from threadpoolctl import threadpool_info

from rowspace.errors import InputError
from rowspace.threads import budget, kernel_threads


def test_the_environment_sets_the_budget(monkeypatch):
    monkeypatch.setenv("ROWSPACE_THREADS", "1")
    assert budget() == 1


@pytest.mark.parametrize("wish", ["0", "-2", "many", "1.5"])
def test_a_budget_that_is_no_number_is_refused(monkeypatch, wish):
    monkeypatch.setenv("ROWSPACE_THREADS", wish)
    with pytest.raises(InputError, match=f"ROWSPACE_THREADS is '{wish}'"):
        budget()


def test_kernels_get_the_budget_and_blas_one_thread_only_inside_the_block(monkeypatch):
    monkeypatch.setenv("ROWSPACE_THREADS", "1")
    before = numba.get_num_threads()
    with kernel_threads() as n:
        assert n == numba.get_num_threads() == 1
        assert all(p["num_threads"] == 1 for p in threadpool_info() if p["user_api"] == "blas")
    assert numba.get_num_threads() == before


def test_kernels_called_from_several_threads_leave_blas_as_it_was():
    from concurrent.futures import ThreadPoolExecutor

    def blas():
        return [p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas"]

    def kernel(_):
        with kernel_threads():
            assert set(blas()) == {1}

    before = blas()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(kernel, range(64)))
    assert blas() == before
