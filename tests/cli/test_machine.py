"""What doctor looks up and measures."""

import os
import stat

import pytest

from rowspace.cli import machine


@pytest.mark.parametrize(
    ("running", "units", "better"),
    [
        ("Haswell", ["X86_V2", "X86_V3", "X86_V4"], "SkylakeX"),
        ("Haswell", ["AVX2", "AVX512_SKX"], "SkylakeX"),
        ("Cooperlake", ["X86_V3", "X86_V4"], None),
        ("Nehalem", ["X86_V2", "X86_V3"], "Haswell"),
        ("Zen", ["X86_V2", "X86_V3"], None),
        ("armv8", ["NEON", "ASIMD", "SVE"], "NEOVERSEV1"),
        ("neoversev1", ["NEON", "ASIMD", "SVE"], None),
        ("VORTEX", ["NEON", "ASIMD"], None),
        ("Nehalem", [], None),
        (None, ["X86_V4"], None),
    ],
)
def test_better_kernels_are_named_where_the_processor_has_them(running, units, better):
    assert machine.better_kernels(running, units) == better


def test_the_line_to_type_sets_or_unsets_the_variable():
    assert machine._line_to_type("Zen", windows=False) == "export OPENBLAS_CORETYPE=Zen"
    assert machine._line_to_type(None, windows=False) == "unset OPENBLAS_CORETYPE"
    assert machine._line_to_type("Zen", windows=True) == "set OPENBLAS_CORETYPE=Zen"
    assert machine._line_to_type(None, windows=True) == "set OPENBLAS_CORETYPE="


def test_requirements_are_told_from_extras():
    needed, extras = machine._requirements()
    assert {"numpy", "numba", "typer"} <= set(needed)
    assert "torch" in extras["torch"] and not set(extras["serve"]) & set(needed)


def test_a_package_that_cannot_be_imported_says_why():
    assert machine._cannot_import("numpy") == ""
    assert machine._cannot_import("no-such-package").startswith("ModuleNotFoundError")


def test_a_folder_that_cannot_be_written_is_noticed(tmp_path):
    assert machine._can_write(str(tmp_path / "new" / "folder"))
    (tmp_path / "file").write_text("")
    assert not machine._can_write(str(tmp_path / "file" / "below"))
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
        assert not machine._can_write(str(tmp_path))


def test_kernels_that_this_processor_cannot_run_are_no_candidate(monkeypatch):
    monkeypatch.setattr(machine.sys, "executable", "/no/such/python")
    assert machine._measure_with("SkylakeX") is None
