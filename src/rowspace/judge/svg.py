"""Figures as inline SVG: one look, no request to anywhere, no id that collides with another figure.

`axes` opens a figure with panels, `drawing` turns it into an element of a page. Text stays text,
set in the page's own font, so that it can be searched and read aloud. Called by `plots.py`.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

from rowspace.judge.extras import require

INK, SOFT, FAINT = "#1c2024", "#5c6670", "#d5dade"
MARK, OTHER = "#0b5c8a", "#c2571a"
_WIDTH = 8.6
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "font.size": 9.5,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": SOFT,
    "axes.linewidth": 0.7,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.06,
    "axes.unicode_minus": True,
}


@dataclass(frozen=True)
class Drawing:
    """A figure: the `<svg>` element, what stands below it."""

    svg: str
    caption: str


@contextmanager
def axes(height: float, *widths: float) -> Iterator[tuple[Any, list[Any]]]:
    """Yield a figure with panels side by side, whatever the user's own settings of matplotlib."""
    matplotlib = require("matplotlib")
    figures = require("matplotlib.figure")
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no glyph for an id: the reader's browser has one
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        figure = figures.Figure(figsize=(_WIDTH, height))
        panels = figure.subplots(1, len(widths), width_ratios=widths, squeeze=False)
        yield figure, list(panels[0])


def drawing(figure: Any, name: str, alt: str, caption: str) -> Drawing:
    """Return a figure as an `<svg>` element whose ids begin with `name`, described by `alt`."""
    matplotlib = require("matplotlib")
    out = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name}):
        figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<style .*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(?:xlink:)?href="#', f'href="#{name}-', text)
    text = re.sub(r"url\(#", f"url(#{name}-", text)
    text = re.sub(r"font-family: [^;\"]*", "font-family: inherit", text)
    text = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1; font-family: inherit", text)
    view = re.search(r'viewBox="[^"]*"', text)
    shape = view.group(0) if view else ""
    label = f'role="img" aria-label="{escape(alt)}"'
    text = re.sub(r"<svg[^>]*>", lambda _: f"<svg {shape} {label}>", text, count=1)
    return Drawing(text.strip(), caption)


def short(name: object, most: int = 34) -> str:
    """Return a name on one line, cut in the middle where it is long."""
    text = "".join(c if c.isprintable() else " " for c in str(name))
    return text if len(text) <= most else f"{text[: most - 12]}…{text[-11:]}"
