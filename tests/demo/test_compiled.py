import itertools
import math
import sys
import zlib

from rowspace.demo.compiled import compiled_documents, import_compiled


def test_only_modules_written_in_c_are_imported():
    modules = import_compiled(lambda name: name in ("math", "json", "zlib", "nonsense"))
    assert modules == {"math": math, "zlib": zlib}


def test_modules_with_side_effects_and_those_for_testing_are_never_imported():
    seen: list[str] = []
    import_compiled(lambda name: bool(seen.append(name)))
    assert "math" in seen
    assert not [n for n in seen if n == "readline" or n.startswith(("xx", "_xx", "_test"))]
    assert set(seen) <= set(sys.stdlib_module_names)


def test_functions_classes_and_methods_are_documents_under_their_home():
    found = {d.id: d for d in compiled_documents(itertools, True, lambda name: "tools")}
    assert found["itertools"].kind == "module"
    assert found["tools.chain"].kind == "class"
    assert found["tools.chain.from_iterable"].kind == "method"
    assert not [i for i in found if i.rpartition(".")[2].startswith("_")]


def test_a_hook_that_a_program_has_replaced_is_described_as_it_was(monkeypatch):
    def mine(*_: object) -> None:
        """Mine."""

    monkeypatch.setattr(sys, "displayhook", mine)
    found = {d.id: d for d in compiled_documents(sys, True, lambda name: "sys")}
    assert (
        found["sys.displayhook"].summary
        == "Print an object to sys.stdout and also save it in builtins._"
    )


def test_names_without_a_home_and_internal_modules_have_no_document():
    def only_crc32(name: str) -> str | None:
        return "zlib" if name == "crc32" else None

    assert [d.id for d in compiled_documents(zlib, False, only_crc32)] == ["zlib.crc32"]
