import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from rowspace.demo.corpus import for_search, standard_library
from rowspace.demo.document import Document
from rowspace.errors import InputError
from rowspace.observe.text import counts

Documents = dict[str, Document]


def test_thousands_of_things_are_there_under_their_public_names(documents: Documents):
    assert len(documents) > 3_000
    for name in (
        "asyncio.gather",
        "builtins.open",
        "builtins.str.split",
        "collections.abc.Mapping",
        "collections.deque",
        "concurrent.futures.ThreadPoolExecutor",
        "csv.DictReader",
        "csv.reader",
        "datetime.datetime.strptime",
        "decimal.Decimal",
        "functools.reduce",
        "itertools.chain",
        "json.dumps",
        "math.sqrt",
        "os.path.exists",
        "os.path.join",
        "os.stat",
        "re.compile",
        "sqlite3.connect",
        "subprocess.run",
        "zlib.compress",
    ):
        assert name in documents


def test_every_document_knows_its_module_and_its_kind(documents: Documents):
    kinds = dict.fromkeys(("module", "class", "function", "method"), 0)
    for d in documents.values():
        kinds[d.kind] += 1
        assert d.id == d.module if d.kind == "module" else d.id.startswith(f"{d.module}.")
    assert min(kinds.values()) > 100
    assert documents["csv.reader"].kind == "function"
    assert documents["csv.DictReader"].kind == "class"
    assert documents["json.dumps"].summary.startswith("Serialize")


def test_nothing_private_and_no_tests_are_there(documents: Documents):
    for name in documents:
        parts = name.split(".")
        assert not [p for p in parts[1:] if p.startswith("_")]
        assert parts[0] not in ("test", "idlelib", "lib2to3", "antigravity", "this", "posix")


def test_another_process_reads_the_same_in_the_same_order_and_says_nothing(documents: Documents):
    code = (
        "from hashlib import sha256\n"
        "from rowspace.demo.corpus import standard_library\n"
        "found = standard_library()\n"
        "print(sha256(repr(found).encode('utf-8', 'replace')).hexdigest())"
    )
    env = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONWARNINGS": "ignore"}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    here = sha256(repr(list(documents.values())).encode("utf-8", "replace")).hexdigest()
    assert (ran.stdout, ran.stderr) == (f"{here}\n", "")


def test_without_sources_one_sentence_says_so(tmp_path: Path):
    (tmp_path / "csv.pyc").write_bytes(b"")
    with pytest.raises(InputError, match=r"holds no sources of Python's standard library.*run it"):
        standard_library(tmp_path)


def test_only_python_files_with_module_names_are_read(tmp_path: Path):
    (tmp_path / "csv.py").write_text("def mine(): 'Mine.'", encoding="utf-8")
    (tmp_path / "broken.py").write_text("def (", encoding="utf-8")
    (tmp_path / "not-a-name.py").write_text("def other(): 'Other.'", encoding="utf-8")
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "third.py").write_text("def party(): 'No.'", encoding="utf-8")
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("from .part import f", encoding="utf-8")
    (tmp_path / "pack" / "part.py").write_bytes(b"# caf\xe9\ndef f(): 'In.'")
    found = {d.id for d in standard_library(tmp_path)}
    assert {"csv", "csv.mine", "pack", "pack.part", "pack.f", "math.sqrt"} <= found
    assert not {"broken", "broken.f", "third.party", "json.dumps"} & found


def test_for_search_the_name_and_the_summary_outweigh_the_rest():
    about = Document("csv", "module", "csv", "Tables of text.", "Tables of text.")
    reader = Document("csv.DictReader", "class", "csv", "Read rows.", "Read rows. Slowly.")
    pairs = dict(for_search([about, reader]))
    counted = counts(pairs["csv.DictReader"])
    assert (counted["dict"], counted["reader"], counted["dictreader"]) == (8, 8, 1)
    assert (counted["rows"], counted["slowly"], counted["tables"]) == (5, 1, 1)
