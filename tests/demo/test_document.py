from rowspace.demo.document import document, split_names, summary


def test_a_summary_is_the_first_sentence_across_lines():
    assert summary("Read all\nof it. And\nmore.\n\nThen.") == "Read all of it."


def test_a_summary_skips_signatures_and_rules():
    assert summary("f(x) -> y\n\n====\n\nr = f(x)\n  for a in r\n\nDo it.") == "Do it."


def test_a_summary_of_nothing_but_a_signature_is_the_signature():
    assert summary("f(x) -> y") == "f(x) -> y"
    assert summary("") == ""


def test_a_summary_is_cut_at_a_word():
    cut = summary("word " * 100)
    assert len(cut) <= 160
    assert cut.endswith("word …")


def test_names_are_split_at_underscores_and_capitals():
    assert (
        split_names("HTTPServer.serve_forever utf8Bytes") == "HTTP Server.serve forever utf8 Bytes"
    )
    assert split_names("Ünïcode bleibt") == "Ünïcode bleibt"


def test_a_document_without_documentation_shows_its_signature():
    made = document("m.f", "function", "m", "", ["x, y_z"], "f(x, y_z)")
    assert (made.summary, made.text) == ("f(x, y_z)", "\nx, y z")
