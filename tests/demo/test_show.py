from io import StringIO
from types import SimpleNamespace

from rich.console import Console

from rowspace.demo.show import show_header, show_result

ESCAPE = "\x1b"


def shown(ran: SimpleNamespace, width: int, terminal: bool) -> str:
    out = StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, color_system="standard")
    show_header(console)
    show_result(ran.result, console)
    return out.getvalue()


def test_a_pipe_gets_plain_lines_without_trailing_blanks(ran: SimpleNamespace):
    assert ESCAPE not in ran.printed
    assert not [line for line in ran.printed.splitlines() if line != line.rstrip()]


def test_everything_that_was_found_is_printed(ran: SimpleNamespace):
    for part in ("steps", "words", "searches"):
        for entry in ran.result[part]:
            name = entry.get("step") or entry.get("word") or entry["query"]
            assert name in ran.printed
    for found in ran.result["searches"]:
        assert all(hit["id"] in ran.printed for hit in found["hits"])
    for space in ran.result["spaces"]:
        assert space["factorization"] in ran.printed
    assert all(command in ran.printed for command in ran.result["next"])


def test_a_terminal_gets_colour_and_no_line_of_a_search_is_wider(ran: SimpleNamespace):
    text = shown(ran, 80, terminal=True)
    assert ESCAPE in text
    searches = shown(ran, 80, terminal=False).partition("Searches")[2].partition("On disk")[0]
    assert max(map(len, searches.splitlines())) <= 100


def test_a_narrow_terminal_still_shows_the_ids(ran: SimpleNamespace):
    text = shown(ran, 30, terminal=True)
    assert all(hit["id"] in text for hit in ran.result["searches"][0]["hits"])
