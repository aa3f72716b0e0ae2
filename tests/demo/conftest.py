"""What the demo's tests share: the documents of this machine's library, and one run of the demo."""

from __future__ import annotations

from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from rowspace.demo.corpus import standard_library
from rowspace.demo.document import Document
from rowspace.demo.run import run


@pytest.fixture(scope="session")
def documents() -> dict[str, Document]:
    return {d.id: d for d in standard_library()}


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Where the demo wrote, what it returned and what it printed."""
    out = tmp_path_factory.mktemp("demo") / "rowspace-demo"
    printed = StringIO()
    result = run(out, Console(file=printed, width=100_000), seed=0)
    return SimpleNamespace(out=out, result=result, printed=printed.getvalue())
