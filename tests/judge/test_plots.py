"""The figures: something is drawn for every block, and for blocks of degenerate spaces too."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from rowspace.judge.blocks import Block
from rowspace.judge.plots import draw
from rowspace.judge.report import judge
from rowspace.space.space import Space


def parsed(drawing):
    return ET.fromstring(drawing.svg)


def test_every_block_but_health_has_a_figure_that_is_described(report):
    for block in report.blocks:
        drawings = draw(block)
        assert bool(drawings) == (block.title != "Health"), block.title
        for drawing in drawings:
            element = parsed(drawing)
            assert element.get("role") == "img" and element.get("aria-label")
            assert element.get("viewBox") and drawing.caption.endswith(".")


def test_each_metric_of_a_comparison_has_a_forest_plot_with_the_names_of_the_spaces(report):
    comparison = next(b for b in report.blocks if b.title == "Comparison")
    drawings = draw(comparison)
    assert len(drawings) == 2
    for drawing in drawings:
        text = " ".join(parsed(drawing).itertext())
        assert all(name in text for name in comparison.series["names"])


def test_hubs_are_named_in_the_figure_whatever_their_names_are(report):
    hubness = next(b for b in report.blocks if b.title == "Hubness")
    names = ['<b>"&', "$x_1$ \\frac", "東京\nタワー", "a" * 200]
    series = {**hubness.series, "hub names": np.array(names, dtype=object)}
    (drawing,) = draw(replace(hubness, series=series))
    text = "".join(parsed(drawing).itertext())
    assert '<b>"&' in text and "$x_1$" in text and "東京 タワー" in text
    assert "a" * 200 not in text


def test_the_user_s_own_settings_of_matplotlib_change_nothing(report):
    import matplotlib

    spectrum = next(b for b in report.blocks if b.title == "Spectrum")
    before = draw(spectrum)
    with matplotlib.rc_context({"axes.facecolor": "red", "text.usetex": False, "font.size": 40}):
        assert draw(spectrum) == before
        assert matplotlib.rcParams["font.size"] == 40


@pytest.mark.parametrize("kind", ["equal", "zero", "line", "three"])
def test_a_degenerate_space_is_drawn_or_left_out_without_a_word(kind):
    rng = np.random.default_rng(0)
    vectors = {
        "equal": np.ones((20, 3)),
        "zero": np.zeros((20, 3)),
        "line": np.outer(rng.normal(size=20), [1.0, 2.0, 3.0]),
        "three": np.eye(3),
    }[kind]
    ids = [f"w{i}" for i in range(len(vectors))]
    for block in judge(Space.from_vectors({"word": (ids, vectors)})).blocks:
        for drawing in draw(block):
            parsed(drawing)


def test_a_block_that_nobody_knows_how_to_draw_has_no_figure():
    assert draw(Block("Else", ())) == []
