"""The figures of a report: each block's series as inline SVG that no page element collides with.

Takes a `Block`, gives `Drawing`s (none where there is nothing to draw). Text stays text, set in the
page's own font, so that it can be searched and read aloud. Called by `page.py`.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.judge.blocks import Block
from rowspace.judge.extras import require
from rowspace.judge.measure import Measure

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


def draw(block: Block) -> list[Drawing]:
    """Return the figures of a block.

    Raises:
        UnsupportedError: matplotlib is not installed.
    """
    drawer = _DRAWERS.get(block.title)
    return [] if drawer is None else drawer(block)


@contextmanager
def _axes(height: float, *widths: float) -> Iterator[tuple[Any, list[Any]]]:
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


def _svg(figure: Any, name: str, alt: str) -> str:
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
    return re.sub(r"<svg[^>]*>", lambda _: f"<svg {shape} {label}>", text, count=1).strip()


def _spectrum(block: Block) -> list[Drawing]:
    values = np.asarray(block.series["eigenvalues"], float)
    rank = np.arange(1, len(values) + 1)
    with _axes(3.1, 1) as (figure, (ax,)):
        if "Marchenko-Pastur edges" in block.series:
            low, high = block.series["Marchenko-Pastur edges"]
            ax.axhspan(max(low, values[values > 0].min() / 2), high, color=FAINT, lw=0, alpha=0.7)
            ax.text(0.995, high, "noise of this shape", color=SOFT, ha="right", va="bottom",
                    transform=ax.get_yaxis_transform(), size=8.5)  # fmt: skip
        ax.plot(rank, values, color=MARK, lw=1.8, marker="o", ms=2.6 if len(rank) < 80 else 0)
        ax.set_yscale("log")
        ax.set_xlabel("direction, by its share")
        ax.set_ylabel("eigenvalue")
        ax.margins(x=0.02)
        svg = _svg(figure, "spectrum", f"Eigenvalues of {len(values)} directions, falling.")
    return [Drawing(svg, "Eigenvalues of the covariance, largest first, on a logarithmic scale.")]


def _forest(
    ax: Any,
    names: Sequence[str],
    values: NDArray[np.float64],
    nulls: Sequence[float] | NDArray[np.float64] | None = None,
    zero: bool = False,
) -> None:
    """Draw value, low and high (n, 3) as points with whiskers, and hollow marks for the nulls."""
    y = np.arange(len(names))[::-1]
    ends = np.where(np.isnan(values), values[:, :1], values)
    ax.hlines(y, ends[:, 1], ends[:, 2], color=MARK, lw=1.6)
    ax.plot(values[:, 0], y, "o", color=MARK, ms=5.5)
    if nulls is not None:
        ax.plot(nulls, y, "D", mfc="white", mec=OTHER, ms=5)
    if zero:
        ax.axvline(0, color=SOFT, lw=0.8, ls=(0, (3, 3)))
    ax.set_yticks(y, [_short(n) for n in names], color=INK, parse_math=False)
    ax.set_ylim(-0.7, len(names) - 0.3)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=FAINT, lw=0.6)
    ax.set_axisbelow(True)
    ax.margins(x=0.08)


def _recommendation(block: Block) -> list[Drawing]:
    told = [m for m in block.measures if "most popular items" in m.reference and m.n]
    if not told:
        return []
    with _axes(0.9 + 0.27 * len(told), 1) as (figure, (ax,)):
        nulls = [m.reference["most popular items"] for m in told]
        _forest(ax, [m.name for m in told], _with_ends(told), nulls)
        ax.set_xlim(left=0)
        svg = _svg(figure, "recommendation", "Ranking metrics with intervals and popular items.")
    return [
        Drawing(svg, "Mean over rows with its 95 % interval; the diamond is what recommending the "
                "most popular items reaches.")
    ]  # fmt: skip


def _labels(block: Block) -> list[Drawing]:
    values = block.series["accuracy"]
    if np.isnan(values[:, 0]).all():
        return []
    with _axes(0.9 + 0.3 * len(values), 1) as (figure, (ax,)):
        _forest(ax, list(block.series["probes"]), values, block.series["majority class"])
        ax.set_xlim(0, 1.02)
        svg = _svg(figure, "labels", "Accuracy of probes with intervals and the majority class.")
    return [
        Drawing(svg, "Accuracy on rows that a probe has not seen, with its 95 % interval; the "
                "diamond is always guessing the most frequent label.")
    ]  # fmt: skip


def _agreement(block: Block) -> list[Drawing]:
    names = list(block.series["names"])
    with _axes(0.9 + 0.3 * len(names), 1) as (figure, (ax,)):
        _forest(ax, names, block.series["neighbours kept"], block.series["by chance"])
        ax.set_xlim(0, 1.02)
        svg = _svg(figure, "agreement", "Share of neighbours that spaces agree on, with intervals.")
    return [
        Drawing(svg, "Neighbours that both spaces give a row, of those that either gives (Jaccard),"
                " with its 95 % interval; the diamond is chance.")
    ]  # fmt: skip


def _comparison(block: Block) -> list[Drawing]:
    names = list(block.series["names"])
    out = []
    for key in block.series:
        if not key.endswith(" means"):
            continue
        metric = key.removesuffix(" means")
        with _axes(1.15 + 0.32 * len(names), 1.15, 1) as (figure, (left, right)):
            _forest(left, names, block.series[key])
            left.set_title(metric)
            _forest(right, names, block.series[f"{metric} differences"], zero=True)
            right.set_title(f"minus {_short(names[0])}", parse_math=False)
            right.set_yticks([])
            alt = f"Forest plot of {metric} of {len(names)} spaces and their paired differences."
            svg = _svg(figure, "comparison-" + re.sub(r"\W+", "-", metric.lower()), alt)
        caption = (
            f"{metric} with its 95 % interval, and the paired difference to {names[0]}; the "
            "interval of a real difference leaves out the dashed line."
        )
        out.append(Drawing(svg, caption))
    return out


def _with_ends(measures: Sequence[Measure]) -> NDArray[np.float64]:
    return np.array([[m.value, m.low, m.high] for m in measures], float)


def _short(name: object, most: int = 34) -> str:
    """Return a name on one line, cut in the middle where it is long."""
    text = "".join(c if c.isprintable() else " " for c in str(name))
    return text if len(text) <= most else f"{text[: most - 12]}…{text[-11:]}"


_DRAWERS: dict[str, Callable[[Block], list[Drawing]]] = {
    "Spectrum": _spectrum,
    "Recommendation": _recommendation,
    "Labels": _labels,
    "Agreement": _agreement,
    "Comparison": _comparison,
}
