"""The package as a whole: what importing it costs, and that imports go one way."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import rowspace

SOURCE = Path(rowspace.__file__).parent
ORDER = ["observe", "factor", "recipes", "space", "judge", "api", "demo", "cli"]
SOURCES = sorted(SOURCE.rglob("*.py"))


def test_importing_rowspace_loads_none_of_the_heavy_libraries():
    code = "import sys, rowspace; print(*sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {m.partition(".")[0] for m in out.stdout.split()}
    assert not loaded & {"numba", "pyarrow", "typer", "scipy", "rich", "pandas", "polars"}


def test_the_public_names_are_there_and_listed():
    assert set(rowspace.__all__) <= set(dir(rowspace))
    for name in rowspace.__all__:
        assert getattr(rowspace, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'opn'"):
        rowspace.opn  # noqa: B018


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_one_way_and_every_file_says_what_it_is(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree) or not tree.body
    here = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    if here not in ORDER:
        return
    for node in ast.walk(tree):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [a.name for a in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            parts = name.split(".")
            if parts[0] == "rowspace" and len(parts) > 1 and parts[1] in ORDER:
                assert ORDER.index(parts[1]) <= ORDER.index(here), f"{path.name} imports {name}"
