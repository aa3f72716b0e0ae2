from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import rowspace as rs
from rowspace.demo.run import run, search
from rowspace.errors import InputError

# What people ask, and what they would be glad to find among the first five answers.
QUESTIONS = {
    "read a csv file": "csv csv.reader csv.DictReader",
    "run a program and capture its output": "subprocess.run subprocess.check_output "
    "subprocess.getoutput",
    "compress a file with gzip": "gzip gzip.compress gzip.open",
    "parse a date from a string": "datetime.datetime.strptime datetime.date.fromisoformat",
    "convert an object to json": "json json.dumps json.dump json.JSONEncoder",
    "create a temporary directory": "tempfile.mkdtemp tempfile.TemporaryDirectory",
    "download a url": "urllib.request.urlopen urllib.request.urlretrieve urllib.request",
    "split a string with a regular expression": "re.split",
    "copy a directory tree": "shutil.copytree",
    "random shuffle of a list": "random.Random.shuffle",
    "parse command line arguments": "argparse argparse.ArgumentParser getopt getopt.getopt "
    "argparse.ArgumentParser.parse_args",
    "send an email": "smtplib smtplib.SMTP smtplib.SMTP.sendmail",
    "wait for a thread to finish": "threading.Thread.join",
    "hash a password": "hashlib hashlib.scrypt hashlib.pbkdf2_hmac",
    "least common multiple": "math.lcm",
    "connect to a database": "sqlite3.connect sqlite3",
    "list the files in a directory": "os.listdir os.scandir os.walk",
    "measure how long code takes to run": "timeit timeit.timeit timeit.Timer time.perf_counter",
    "priority queue": "queue.PriorityQueue heapq",
    "median of numbers": "statistics.median statistics",
}
NEIGHBOURS = {
    "thread": "threading threads process processes lock worker queue executor",
    "socket": "sock family connect address setsockopt recv send",
    "json": "dumps loads encoder decoder serialize",
    "compress": "zlib decompress compressor lzma bz2 gzip",
    "date": "datetime time timezone zone localtime",
    "random": "choose sample population uniform seed getrandbits",
    "memory": "shared allocated block tracemalloc buffer",
}


@pytest.fixture(scope="module")
def docs(ran: SimpleNamespace) -> rs.Space:
    return rs.open(ran.out / "stdlib-docs.space")


@pytest.fixture(scope="module")
def words(ran: SimpleNamespace) -> rs.Space:
    return rs.open(ran.out / "stdlib-words.space")


def test_most_questions_are_answered_among_the_first_five(docs: rs.Space):
    answered = {
        question: {hit["id"] for hit in search(docs, question)} & set(good.split())
        for question, good in QUESTIONS.items()
    }
    missed = [question for question, good in answered.items() if not good]
    assert len(missed) <= 5, missed


def test_words_stand_beside_words_of_their_field(words: rs.Space):
    missed = [
        word
        for word, good in NEIGHBOURS.items()
        if len(set(words.near("word", word, k=10).ids) & set(good.split())) < 2
    ]
    assert len(missed) <= 1, missed


def test_a_search_can_be_restricted_by_what_is_known_of_a_document(docs: rs.Space):
    hits = search(docs, "copy a file", k=8, filter={"kind": "function"})
    assert len(hits) == 8
    assert {hit["kind"] for hit in hits} == {"function"}
    assert "shutil" in {hit["id"].split(".")[0] for hit in hits}


def test_words_that_the_space_does_not_know_say_nothing(docs: rs.Space):
    assert search(docs, "gzip zzzyqx") == search(docs, "gzip")
    assert {hit["score"] for hit in search(docs, "zzzyqx")} == {0.0}


def test_both_spaces_are_whole_on_disk(docs: rs.Space, words: rs.Space, ran: SimpleNamespace):
    for space in (docs, words):
        space.verify()
    assert [side.name for side in docs.sides] == ["document", "word"]
    assert [side.name for side in words.sides] == ["word", "context"]
    assert docs["document"].table is not None
    assert docs["document"].table.column_names == ["kind", "module", "summary"]
    assert sorted(p.name for p in ran.out.iterdir()) == ["stdlib-docs.space", "stdlib-words.space"]


def test_the_result_tells_steps_sizes_answers_and_commands(ran: SimpleNamespace):
    result = ran.result
    assert result["steps"][0]["step"] == "read the standard library"
    assert all(s["seconds"] >= 0 and s["made"] for s in result["steps"])
    for space in result["spaces"]:
        files = [f for f in Path(space["path"]).rglob("*") if f.is_file()]
        assert space["bytes"] == sum(f.stat().st_size for f in files) > 1_000_000
    assert all(len(found["hits"]) == 5 for found in result["searches"])
    assert all(len(asked["hits"]) == 7 for asked in result["words"])
    assert any("rowspace near" in command for command in result["next"])


def test_the_same_seed_gives_the_same_vectors_and_replaces_the_spaces(
    docs: rs.Space, words: rs.Space, ran: SimpleNamespace
):
    before = [side.to_numpy() for space in (docs, words) for side in space.sides]
    again = run(ran.out, None, seed=0)
    spaces = [rs.open(space["path"]) for space in again["spaces"]]
    after = [side.to_numpy() for space in spaces for side in space.sides]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert _answers(again) == _answers(ran.result)


def test_a_file_in_the_place_of_the_folder_is_named_before_any_work(tmp_path: Path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(InputError, match="taken is a file, but a folder"):
        run(tmp_path / "taken", None)


def _answers(result: dict[str, Any]) -> list[Any]:
    return [result["words"], [(s["query"], s["hits"]) for s in result["searches"]]]
