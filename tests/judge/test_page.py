"""The page: one file, whole, escaped, and with nothing in it that a browser would fetch."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from rowspace.errors import SpaceError
from rowspace.judge.blocks import Block
from rowspace.judge.measure import Measure
from rowspace.judge.page import page

VOID = {"meta", "br", "path", "use", "rect", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Collects elements, ids, links and text; fails on tags that do not close."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.ids, self.links, self.open, self.text = [], [], [], [], ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.note(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.note(tag, attrs)

    def note(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("href", "xlink:href", "src")]

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def text(report):
    return page(report)


def test_it_is_well_formed_and_its_ids_are_unique_and_its_links_lead_into_it(text):
    found = Page(text)
    assert len(found.ids) == len(set(found.ids))
    assert found.links and all(link.startswith("#") for link in found.links)
    assert {link[1:] for link in found.links} <= set(found.ids)


def test_there_is_nothing_to_fetch_and_the_page_forbids_it(text):
    assert not re.findall(r"https?:|//[a-z]|@import|<script|<link|<img|<iframe", text)
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)", text))
    assert "default-src 'none'" in text


def test_every_measure_is_there_with_its_interval_and_what_means_nothing(report, text):
    told = Page(text).text
    for block in report.blocks:
        assert f'href="#{block.title.lower()}"' in text
        assert all(measure.name in told for measure in block.measures)
    assert "most popular items" in told and "Holm" in told
    assert "Hu, Koren, Volinsky (2008)" in told and "seed 0" in told


def test_markup_in_names_and_notes_is_text(report):
    evil = '<script>alert("x")</script>&amp;'
    block = Block(evil, (Measure(evil, 1.0, 3, reference={evil: 0.5}, note=evil),))
    text = page(replace(report, name=evil, side=evil, facts=((evil, evil),), blocks=(block,)))
    assert "<script" not in text
    assert Page(text).text.count(evil) >= 6


def test_an_undefined_number_is_said_to_be_undefined(report):
    block = Block("Labels?", (Measure("AMI", float("nan"), 0, note="Undefined: one class."),))
    text = page(replace(report, blocks=(block,)))
    assert "not defined" in text and "Undefined: one class." in text and "nan" not in text


def test_it_is_written_whole_or_not_at_all(report, tmp_path):
    report = replace(report, blocks=report.blocks[:2])
    path = report.to_html(tmp_path / "report.html")
    assert path.read_text(encoding="utf-8").endswith("</html>\n")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(SpaceError, match="make the folder first"):
        report.to_html(tmp_path / "nowhere" / "report.html")


def test_a_name_that_is_no_unicode_is_still_written(report, tmp_path):
    replace(report, name="a\ud800b", blocks=()).to_html(tmp_path / "r.html")
    assert "a?b" in (tmp_path / "r.html").read_text(encoding="utf-8")
