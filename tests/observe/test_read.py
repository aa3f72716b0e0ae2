"""`read`: one door for every source, and one sentence for what cannot be read."""

from __future__ import annotations

import gzip
import io
import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
import scipy.io
from scipy.sparse import coo_array, save_npz
from scipy.sparse.linalg import aslinearoperator

import rowspace as rs
from rowspace.errors import InputError

COLUMNS = {
    "user": ["ann", "bob", "ann", "cyd"],
    "item": [7, 7, 9, 7],
    "rating": [5.0, 3.0, 4.5, 0.0],
}
CSV = "user,item,rating\nann,7,5.0\nbob,7,3\nann,9,4.5\ncyd,7,0\n"
NAMES = ("user", "item", "rating")


def lines(separator):
    return CSV.replace(",", separator)


def json_lines():
    return "".join(json.dumps(dict(zip(COLUMNS, row))) + "\n" for row in zip(*COLUMNS.values()))


def write_stream(path, table):
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as out:
        out.write_table(table)


SOURCES = {
    "comma.csv": lambda p: p.write_text(CSV),
    "tab.tsv": lambda p: p.write_text(lines("\t")),
    "semicolon.csv": lambda p: p.write_text(lines(";")),
    "pipe.csv": lambda p: p.write_text(lines("|")),
    "windows.csv": lambda p: p.write_bytes(b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").encode()),
    "blank.csv": lambda p: p.write_text(CSV + "\n\n"),
    "no_end.csv": lambda p: p.write_text(CSV.rstrip()),
    "packed.csv.gz": lambda p: p.write_bytes(gzip.compress(CSV.encode(), mtime=0)),
    "secretly_packed.csv": lambda p: p.write_bytes(gzip.compress(CSV.encode(), mtime=0)),
    "lines.jsonl": lambda p: p.write_text(json_lines()),
    "lines.ndjson.gz": lambda p: p.write_bytes(gzip.compress(json_lines().encode())),
    "table.parquet": lambda p: pq.write_table(pa.table(COLUMNS), p),
    "file.arrow": lambda p: pyarrow.feather.write_feather(pa.table(COLUMNS), str(p)),
    "stream.arrows": lambda p: write_stream(p, pa.table(COLUMNS)),
    "no_suffix": lambda p: pq.write_table(pa.table(COLUMNS), p),
}
FRAMES = {
    "pandas": lambda: pd.DataFrame(COLUMNS),
    "pandas categories": lambda: pd.DataFrame(COLUMNS).astype({"user": "category"}),
    "polars": lambda: pl.DataFrame(COLUMNS),
    "polars lazy": lambda: pl.LazyFrame(COLUMNS),
    "polars categories": lambda: pl.DataFrame(COLUMNS).with_columns(
        pl.col("user").cast(pl.Categorical)
    ),
    "arrow": lambda: pa.table(COLUMNS),
    "arrow batch": lambda: pa.RecordBatch.from_pydict(COLUMNS),
    "arrow reader": lambda: pa.table(COLUMNS).to_reader(),
    "dict": lambda: COLUMNS,
    "dict of arrays": lambda: {k: np.array(v) for k, v in COLUMNS.items()},
    "records": lambda: pd.DataFrame(COLUMNS).astype({"user": "O"}).to_records(index=False),
}


def check(obs):
    assert (obs.rows.name, obs.cols.name) == ("user", "item")
    assert list(obs.rows.ids) == ["ann", "bob", "cyd"]
    assert list(obs.cols.ids) == [7, 9]
    assert obs.n_observed == 4  # the rating of 0 was given
    assert obs.cells.toarray().tolist() == [[5, 4.5], [3, 0], [0, 0]]
    assert obs.cells.dtype == np.float32 and obs.times is None


@pytest.mark.parametrize("name", SOURCES)
def test_every_file_format_gives_the_same_observations(tmp_path, name):
    SOURCES[name](tmp_path / name)
    check(rs.read(tmp_path / name, *NAMES))
    check(rs.read(str(tmp_path / name)))  # and the usual names are guessed


@pytest.mark.parametrize("name", FRAMES)
def test_every_table_in_memory_gives_the_same_observations(name):
    check(rs.read(FRAMES[name](), *NAMES))


def test_all_of_them_have_one_fingerprint(tmp_path):
    prints = {rs.read(make(), *NAMES).fingerprint for make in FRAMES.values()}
    for name, make in SOURCES.items():
        make(tmp_path / name)
        prints.add(rs.read(tmp_path / name, *NAMES).fingerprint)
    assert len(prints) == 1


def test_the_guess_is_printed_and_given_names_are_not(tmp_path, capsys):
    path = tmp_path / "ratings.csv"
    path.write_text("userId,movieId,rating,timestamp\n1,2,3.5,99\n")
    obs = rs.read(path)
    assert capsys.readouterr().err == (
        "rowspace: read rows from column 'userId', cols from column 'movieId', values from column "
        "'rating', time from column 'timestamp' of ratings.csv\n"
    )
    assert (obs.rows.name, obs.cols.name) == ("user", "movie")
    rs.read(path, "userId", "movieId", "rating", time="timestamp")
    out = capsys.readouterr()
    assert out.err == "" and out.out == ""


def test_a_side_is_called_what_the_user_wrote(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("userId,movieId\n1,2\n")
    obs = rs.read(path, rows="movieId", cols="userId")
    assert (obs.rows.name, obs.cols.name) == ("movieId", "userId")


def test_columns_without_a_header_go_by_number(tmp_path):
    path = tmp_path / "u.data"
    path.write_text("196\t242\t3\t881250949\n186\t302\t4\t891717742\n")
    obs = rs.read(path, rows=1, cols=0, values=2)
    assert (obs.rows.name, obs.cols.name) == ("row", "col")
    assert obs.value(302, 186) == 4 and obs.times is None


def test_movielens_files_of_double_colons_are_read(tmp_path, capsys):
    (tmp_path / "ratings.dat").write_text("1::1193::5::978300760\n1::661::3::978302109\n")
    (tmp_path / "movies.dat").write_bytes("661::Les Misérables (1995)::Drama\n".encode("latin-1"))
    obs = rs.read(tmp_path / "ratings.dat", col_table=tmp_path / "movies.dat")
    assert obs.value(1, 661) == 3
    assert obs.times.tolist() == [978300760, 978302109]
    assert obs.cols.table.column(0).to_pylist() == [None, "Les Misérables (1995)"]
    assert "has no header" in capsys.readouterr().err


def test_edges_share_one_vocabulary_and_go_both_ways(tmp_path):
    path = tmp_path / "graph.edges"
    path.write_text("# a comment\n1 2\n2\t3\n% another\n3   3\n")
    obs = rs.read(path)
    assert (obs.rows.name, obs.cols.name) == ("node", "neighbor")
    assert list(obs.rows.ids) == list(obs.cols.ids) == [1, 2, 3]
    assert obs.cells.toarray().tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 1]]
    directed = rs.read(path, directed=True)
    assert directed.cells.toarray().tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 1]]


def test_a_data_frame_of_edges_is_a_graph_by_request():
    obs = rs.read({"from": ["a", "b"], "to": ["b", "c"], "weight": [2.0, 3.0]}, format="edges")
    assert (obs.cells.toarray() == obs.cells.toarray().T).all()
    assert obs.value("c", "b") == 3


@pytest.mark.parametrize("name", ["e.parquet", "e.jsonl", "e.csv"])
def test_edges_may_come_in_any_kind_of_file(tmp_path, name):
    frame = pl.DataFrame({"source": ["a", "b"], "target": ["b", "c"]})
    {"e.parquet": frame.write_parquet, "e.jsonl": frame.write_ndjson, "e.csv": frame.write_csv}[
        name
    ](tmp_path / name)
    obs = rs.read(tmp_path / name, format="edges")
    assert obs.rows.name == "node" and obs.n_observed == 4
    assert rs.read(tmp_path / name, format="edges", directed=True).n_observed == 2
    with pytest.raises(InputError, match="directed= says nothing"):
        rs.read(tmp_path / name, directed=True)


def test_an_edge_in_both_directions_is_a_duplicate_unless_directed(tmp_path):
    path = tmp_path / "graph.edgelist"
    path.write_text("a b\nb a\n")
    with pytest.raises(InputError, match="same in both directions"):
        rs.read(path)
    assert rs.read(path, duplicates="last").n_observed == 2
    assert rs.read(path, directed=True).n_observed == 2


MATRIX = np.array([[1.0, 0, 2], [0, 0, 3]])


@pytest.mark.parametrize("name", ["m.mtx", "m.mtx.gz", "m.npz", "d.npy", "d.npz"])
def test_matrix_files_are_labelled(tmp_path, name):
    path = tmp_path / name
    if name == "m.npz":
        save_npz(path, coo_array(MATRIX))
    elif name == "d.npz":
        np.savez(path, x=MATRIX)
    elif name == "d.npy":
        np.save(path, MATRIX)
    else:
        scipy.io.mmwrite(tmp_path / "m.mtx", coo_array(MATRIX))
        if name.endswith("gz"):
            path.write_bytes(gzip.compress((tmp_path / "m.mtx").read_bytes()))
    (tmp_path / "genes").write_text("BRCA1\nTP53\nMYC\n")
    obs = rs.read(path, rows="cell", cols="gene", row_ids=["c1", "c2"], col_ids=tmp_path / "genes")
    assert obs.value("c2", "MYC") == 3 and obs.shape == (2, 3)
    assert obs.is_dense == name.startswith("d")


@pytest.mark.parametrize("make", [np.array, coo_array, aslinearoperator])
def test_matrices_in_memory_are_labelled(make):
    obs = rs.read(make(MATRIX), rows="cell", cols="gene")
    assert obs.value(1, 2) == 3 and (obs.rows.name, obs.cols.name) == ("cell", "gene")
    assert rs.read(make(MATRIX)).rows.name == "row"


WEIGHED = "user,item,rating,sure\nb,y,4,0.5\na,x,0,2\na,x,3,1\nb,x,1,0\n"


def weighed_frame():
    return pd.read_csv(io.StringIO(WEIGHED))


WEIGHED_SOURCES = {
    "w.csv": lambda path: path.write_text(WEIGHED),
    "w.parquet": lambda path: weighed_frame().to_parquet(path),
    "w.arrow": lambda path: weighed_frame().to_feather(path),
    "w.jsonl": lambda path: weighed_frame().to_json(path, orient="records", lines=True),
}


@pytest.mark.parametrize("name", WEIGHED_SOURCES)
def test_weights_are_read_from_a_column_and_those_of_merged_lines_added_up(tmp_path, name):
    WEIGHED_SOURCES[name](tmp_path / name)
    obs = rs.read(tmp_path / name, weights="sure", duplicates="sum")
    assert obs.cells.toarray().tolist() == [[4, 1], [0, 3]]
    assert obs.weights.dtype == np.float32 and obs.weights.tolist() == [0.5, 0, 3]
    counted = rs.read(tmp_path / name, weights="sure", duplicates="count")
    assert counted.value("a", "x") == 2 and counted.weights.tolist() == [0.5, 0, 3]
    last = rs.read(tmp_path / name, weights="sure", duplicates="last")
    assert last.value("a", "x") == 3 and last.weights.tolist() == [0.5, 0, 1]
    assert rs.read(tmp_path / name, duplicates="sum").weights is None


def test_a_column_of_weights_is_not_guessed_as_the_values(tmp_path, capsys):
    obs = rs.read({"user": ["a"], "item": ["x"], "weight": [3.0]}, weights="weight")
    assert obs.value("a", "x") == 1 and obs.weights.tolist() == [3]
    assert "weights from column 'weight'" in capsys.readouterr().err
    (tmp_path / "bare.csv").write_text("a,x,5,0.5\nb,y,6,0.25\n")
    bare = rs.read(tmp_path / "bare.csv", header=False, weights=3)
    assert bare.cells.data.tolist() == [5, 6] and bare.weights.tolist() == [0.5, 0.25]


def test_both_directions_of_an_edge_weigh_the_same():
    obs = rs.read({"source": ["a"], "target": ["b"], "sure": [0.5]}, format="edges", weights="sure")
    assert obs.n_observed == 2 and obs.weights.tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("weight", "words"),
    [("-1", "line 3: column 'sure' is -1, but a weight of at least 0"), ("", "line 3: .*missing"),
     ("x", "line 3: column 'sure' is 'x', but a number"), ("inf", "line 3: column 'sure' is inf")],
)  # fmt: skip
def test_bad_weights_are_named_by_line(tmp_path, weight, words):
    (tmp_path / "w.csv").write_text(f"user,item,sure\na,x,1\nb,x,{weight}\n")
    with pytest.raises(InputError, match=words):
        rs.read(tmp_path / "w.csv", weights="sure")


GAPS = {"user": ["a", "a", "c", "ü"], "item": ["x", "y", "x", "z"],
        "rating": [0.0, np.nan, 2.0, np.nan]}  # fmt: skip


@pytest.mark.parametrize("name", ["frame", "dict", "g.csv", "g.parquet", "g.jsonl"])
def test_lines_without_a_value_name_their_ids_and_leave_the_cell_unobserved(tmp_path, name):
    frame, path = pd.DataFrame(GAPS), tmp_path / name
    source = {"frame": frame, "dict": GAPS}.get(name, path)
    if name == "g.csv":
        frame.to_csv(path, index=False)
    elif name == "g.parquet":
        frame.to_parquet(path)
    elif name == "g.jsonl":
        frame.to_json(path, orient="records", lines=True)
    with pytest.raises(InputError, match=r'rating.*nan="unobserved"'):
        rs.read(source)
    obs = rs.read(source, nan="unobserved")
    assert list(obs.rows.ids) == ["a", "c", "ü"] and list(obs.cols.ids) == ["x", "y", "z"]
    assert obs.cells.indices.tolist() == [0, 0] and obs.cells.data.tolist() == [0, 2]


def test_a_text_among_the_values_is_named_also_after_a_gap(tmp_path):
    (tmp_path / "g.csv").write_text("user,item,rating\na,x,\nb,y,good\n")
    with pytest.raises(InputError, match="line 3: column 'rating' is 'good'"):
        rs.read(tmp_path / "g.csv", nan="unobserved")


def test_nan_in_a_matrix_file_may_be_unobserved(tmp_path):
    np.save(tmp_path / "m.npy", np.array([[np.nan, 0.0], [1.0, 2.0]]))
    with pytest.raises(InputError, match='nan="unobserved"'):
        rs.read(tmp_path / "m.npy")
    obs = rs.read(tmp_path / "m.npy", nan="unobserved")
    assert obs.is_sparse and obs.n_observed == 3 and obs.value(1, 1) == 2
    with pytest.raises(InputError, match="nan= says nothing about"):
        (tmp_path / "t.txt").write_text("a b c")
        rs.read(tmp_path / "t.txt", nan="unobserved")


def test_masked_cells_were_not_observed():
    masked = np.ma.masked_array(MATRIX, mask=[[False, True, False], [True, False, True]])
    obs = rs.read(masked)
    assert obs.n_observed == 3
    assert obs.value(0, 2) == 2 and obs.value(1, 2) == 0


def test_text_and_folders_go_to_the_text_reader(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("the cat sat")
    (folder / "b.txt").write_text("the dog sat")
    obs = rs.read(folder)
    assert obs.rows.name == "document" and obs.cols.name == "word"
    assert {"cat", "dog", "sat"} <= set(obs.cols.ids)
    (tmp_path / "one.txt").write_text("cat dog\ncat mouse\n")
    assert rs.read(tmp_path / "one.txt", rows="line", min_count=1).rows.name == "line"


def test_real_ratings_are_read_as_pandas_reads_them(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "user": rng.integers(0, 300, 5000),
            "item": [f"i{i} é" for i in rng.integers(0, 99, 5000)],
            "rating": rng.integers(1, 11, 5000) / 2,
        }
    )
    frame.to_csv(tmp_path / "r.csv", index=False)
    obs = rs.read(tmp_path / "r.csv", *NAMES, duplicates="sum")
    slow = frame.groupby(["user", "item"])["rating"].sum()
    assert obs.n_observed == len(slow)
    assert all(obs.value(u, i) == v for (u, i), v in slow.iloc[::37].items())
    assert list(obs.rows.ids) == frame["user"].unique().tolist()


# What cannot be read: file name, content, arguments, and words of the sentence.
BAD = [
    ("r.csv", "", {}, "r.csv is empty"),
    ("r.csv", "\n\n", {}, "no lines with data"),
    ("r.csv", "user,item,rating\n", {}, "a header but no lines"),
    ("r.csv", "user\nu1\n", {}, "one column only, 'user'"),
    ("r.csv", CSV, {"rows": "users"}, "no column 'users' among .*nearest: 'user'"),
    ("r.csv", CSV, {"rows": 3}, "no column 3, there are 3"),
    ("r.csv", CSV, {"rows": "user", "cols": "user"}, "rows and cols are both column 'user'"),
    ("r.csv", "a,b\nx,y\n", {"header": True}, "none of .*'a', 'b' is a usual name"),
    ("r.csv", "1,2\n", {"rows": "user"}, "no column 'user', since the file has no header"),
    ("r.csv", CSV + "dan,7,good\n", {}, "line 6: column 'rating' is 'good', but a number"),
    ("r.csv", CSV + "dan,7,nan\n", {}, "line 6: column 'rating' is nan"),
    ("r.csv", CSV + "dan,7,-inf\n", {}, "line 6: column 'rating' is -inf"),
    ("r.csv", CSV + "dan,7,1e99\n", {}, r"line 6: column 'rating' is 1e\+99"),
    ("r.csv", CSV + "\n,7,1\n", {}, "line 7: column 'user' is missing"),
    ("r.csv", CSV + "dan,7\n", {}, "line 6 has 2 fields, but 3 were expected"),
    ("r.csv", CSV + "dan,7,\n", {}, "line 6: column 'rating' is missing"),
    ("r.csv", CSV + "dan,7,1\ndan,7,2\n", {}, "1 cells repeat.*user 'dan' and item 7.*\"sum\""),
    ("r.csv", (CSV + "café,7,1\n").encode("latin-1"), {}, "line 6 is not utf-8.*latin-1"),
    ("r.csv", CSV.encode("utf-16"), {}, "UTF-16"),
    ("r.csv", b"PAR1....", {}, "it is a Parquet file; say format='parquet'"),
    ("r.csv", b"PK\x03\x04....", {}, "it is a zip archive"),
    ("r.csv", b"a,b\0\n", {}, "binary data"),
    ("r.csv", CSV, {"duplicates": "mean"}, "'mean', but one of sum, count, last"),
    ("r.csv", CSV, {"window": 3}, "window= says nothing about r.csv"),
    ("r.csv", CSV, {"row_ids": ["a"]}, "row_ids= says nothing"),
    ("r.csv", CSV, {"encoding": "klingon"}, "no text encoding 'klingon'"),
    ("r.csv", CSV, {"format": "cvs"}, "no format 'cvs'.*nearest: 'csv'"),
    ("r.csv", CSV, {"separator": ""}, "separator is ''"),
    ("r.csv", "user,item,date\n1,2,2024-05-31\n1,3,12/31/99\n", {}, "line 3.*'12/31/99'.*time=F"),
    ("r.csv.gz", gzip.compress(CSV.encode(), mtime=0)[:-9], {}, "truncated or damaged"),
    ("r.csv.gz", CSV, {}, "should be a gzip stream"),
    ("r.parquet", CSV, {}, "should be parquet by its name, but it is something else"),
    ("r.parquet", b"PAR1" + CSV.encode(), {}, "truncated or damaged"),
    ("r.arrow", b"ARROW1\0\0" + CSV.encode(), {}, "truncated or damaged"),
    ("r.mtx", CSV, {}, "should be mtx by its name"),
    ("r.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n", {}, "runcated"),
    ("r.mtx", "%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 1\n", {}, "complex"),
    ("r.npz", b"PK\x03\x04....", {}, "cannot be read as npz"),
    ("r.npy", b"\x93NUMPY....", {}, "npy"),
    ("r.jsonl", '{"user": 1, "item": 2}\n{"user": 1, "item": "x"}\n', {}, "line 2.*mixes text"),
    ("r.jsonl", '{"user": 1, "item": 2}\n{"user": 1}\n', {}, "line 2: column 'item' is missing"),
    ("r.jsonl", '{"user": 1, "item": 2.5}\n', {}, "double ids such as 2.5"),
    ("r.jsonl", '{"user": 1, "item": 2, "rating": "x"}\n', {}, "line 1.*'x', but a number"),
    ("r.jsonl", '{"user": 1\n', {}, "line 1 is no JSON"),
    ("r.jsonl", '[{"user": 1}]\n', {}, "JSON array"),
    ("r.jsonl", "3\n", {}, "one JSON object was expected, not a int"),
    ("r.jsonl", '{"user": 1, "item": 99999999999999999999}\n', {}, "beyond 2\\^63"),
    ("r.edges", "1 2 {}\n2 3 {}\n", {}, "line 1.*'{}'.*values=False"),
    ("r.xyz", "hello", {}, "the name does not tell the format"),
]


@pytest.mark.parametrize(("name", "content", "options", "words"), BAD)
def test_what_cannot_be_read_gives_one_sentence(tmp_path, name, content, options, words):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError, match=words) as caught:
        rs.read(path, **options)
    assert "\n" not in str(caught.value)


def test_a_missing_file_names_the_nearest_one(tmp_path):
    (tmp_path / "ratings.csv").write_text(CSV)
    with pytest.raises(InputError, match=r"no file .*rating\.csv.*nearest: 'ratings.csv'"):
        rs.read(tmp_path / "rating.csv")
    with pytest.raises(InputError, match="nor a folder"):
        rs.read(tmp_path / "nowhere" / "x.csv")


def test_something_else_entirely_is_refused():
    with pytest.raises(InputError, match="a int cannot be read"):
        rs.read(3)
    with pytest.raises(InputError, match="format='csv' is for files"):
        rs.read(COLUMNS, format="csv")
    with pytest.raises(InputError, match="row_ids has 1 ids, but the matrix has 2"):
        rs.read(MATRIX, row_ids=["a"])
    with pytest.raises(InputError, match="rows is 0, but a name"):
        rs.read(MATRIX, rows=0)
