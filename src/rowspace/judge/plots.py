"""The figures of a report: each block's series as drawings.

Takes a `Block`, gives `Drawing`s (none where there is nothing to draw). Called by `page.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowspace.judge.blocks import Block
from rowspace.judge.measure import Measure
from rowspace.judge.rows import GAUSSIAN
from rowspace.judge.svg import FAINT, INK, MARK, OTHER, SOFT, Drawing, axes, drawing, short


def draw(block: Block) -> list[Drawing]:
    """Return the figures of a block.

    Raises:
        UnsupportedError: matplotlib is not installed.
    """
    drawer = _DRAWERS.get(block.title)
    return [] if drawer is None else drawer(block)


def _spectrum(block: Block) -> list[Drawing]:
    values = np.asarray(block.series["eigenvalues"], float)
    null = np.asarray(block.series["Gaussian eigenvalues"], float)
    low, high = block.series["Marchenko-Pastur edges"]
    if not (values > 0).any() or not np.isfinite(high):
        return []
    floor = max(values.max() * 1e-6, values[values > 0].min())
    with axes(3.1, 1) as (figure, (ax,)):
        ax.axhspan(max(low, floor / 2), high, color=FAINT, lw=0, alpha=0.6)
        ax.text(0.995, high, "noise reaches up to here", color=SOFT, ha="right", va="bottom",
                transform=ax.get_yaxis_transform(), size=8.5)  # fmt: skip
        shown = null[null > 0]
        ax.plot(np.arange(1, len(shown) + 1), shown, color=OTHER, lw=1.2, ls=(0, (4, 2)),
                label="Gaussian of the same shape")  # fmt: skip
        shown = values[values >= floor]
        ax.plot(np.arange(1, len(shown) + 1), shown, color=MARK, lw=1.7, label="these vectors",
                marker="o", ms=2.6 if len(shown) < 80 else 0)  # fmt: skip
        ax.set_yscale("log")
        ax.set_xlabel("direction, largest first")
        ax.set_ylabel("eigenvalue")
        ax.legend(loc="lower left")
        ax.margins(x=0.02)
        alt = f"Falling eigenvalues of {len(values)} directions beside those of noise."
        caption = (
            "Eigenvalues of the correlation matrix of the columns, on a logarithmic scale; the "
            "band is where those of independent columns lie (Marchenko and Pastur)."
        )
        return [drawing(figure, "spectrum", alt, caption)]


def _geometry(block: Block) -> list[Drawing]:
    edges = np.asarray(block.series["cosine edges"], float)
    looks: dict[str, dict[str, Any]] = {
        "random pairs": {"color": SOFT, "alpha": 0.28, "fill": True},
        "neighbours": {"color": MARK, "alpha": 0.28, "fill": True},
        "Gaussian pairs": {"color": OTHER, "ls": (0, (4, 2)), "lw": 1.2},
    }
    with axes(2.8, 1) as (figure, (ax,)):
        for name, look in looks.items():
            ax.stairs(block.series[name], edges, label=name, **look)
            if "fill" in look:
                ax.stairs(block.series[name], edges, color=look["color"], lw=1.3)
        ax.set_xlabel("cosine")
        ax.set_ylabel("density")
        ax.set_xlim(*_occupied([block.series[name] for name in looks], edges))
        ax.set_ylim(bottom=0)
        ax.legend(loc="best")
        caption = (
            "Cosines of random pairs and of near neighbours, beside random pairs of a Gaussian of "
            "the same shape. The less the two areas overlap, the more a cosine says."
        )
        alt = "Cosines of random pairs of rows and of near neighbours."
        return [drawing(figure, "geometry", alt, caption)]


def _occupied(densities: Sequence[NDArray[Any]], edges: NDArray[np.float64]) -> tuple[float, float]:
    """Return the range of cosines where there is anything."""
    at = np.flatnonzero(np.any(np.asarray(densities) > 0, axis=0))
    if not len(at):
        return -1.0, 1.0
    return float(edges[max(at[0] - 1, 0)]), float(edges[min(at[-1] + 2, len(edges) - 1)])


def _gauge(block: Block) -> list[Drawing]:
    spread, kept = (np.asarray(block.series[n], float) for n in ("log-sd", "kept"))
    by_row = np.asarray(block.series["kept by row"])
    k = int(by_row.max(initial=1))
    middle = len(spread) // 2
    with axes(2.9, 1, 1) as (figure, (left, right)):
        left.plot(spread, kept, "-o", color=MARK, ms=4.5, label="these vectors")
        left.plot(spread, block.series["kept, Gaussian"], "--D", color=OTHER, mfc="white", ms=4.5,
                  lw=1.2, label="Gaussian of the same shape")  # fmt: skip
        left.set_ylim(0, 1.03)
        left.set_xlabel("how strongly axes are rescaled (sd of the logarithm)")
        left.set_ylabel("share of neighbours kept")
        left.legend(loc="upper right")
        counts = np.bincount(by_row[middle], minlength=k + 1) / max(1, by_row.shape[1])
        right.bar(np.arange(len(counts)), counts, color=MARK, alpha=0.75, width=0.8)
        right.set_xlabel(f"neighbours kept of {k}, at {spread[middle]:g}")
        right.set_ylabel("share of rows")
        caption = (
            "Neighbours that stay when the axes are rescaled without changing any score: on "
            "average by strength, and row by row at the middle one."
        )
        return [
            drawing(
                figure,
                "gauge",
                "Share of neighbours that survive a rescaling of the axes.",
                caption,
            )
        ]


def _dimension(block: Block) -> list[Drawing]:
    scales, found = block.series["k"], np.asarray(block.series["MLE dimension"], float)
    ratio, tail = block.series["log ratio"], block.series["minus log tail"]
    if not np.isfinite(found).any():
        return []
    with axes(2.8, 1, 1) as (figure, (left, right)):
        left.plot(scales, found, "-o", color=MARK, ms=3.5)
        left.set_ylim(0, np.nanmax(found) * 1.15)
        left.xaxis.get_major_locator().set_params(integer=True)
        left.set_xlabel("neighbours looked at")
        left.set_ylabel("dimension")
        left.set_title("by maximum likelihood")
        right.plot(ratio, tail, ".", color=MARK, ms=3.5)
        slope = block.measures[0].value
        if len(ratio) and np.isfinite(slope):
            end = min(float(np.max(ratio)), float(np.max(tail)) / slope)
            right.plot([0, end], [0, slope * end], color=OTHER, lw=1.2)
            right.set_xlim(0, 1.5 * end)
        right.set_xlabel("log of second over first distance")
        right.set_ylabel("minus log of the share beyond")
        right.set_title("by the two nearest (TwoNN)")
        caption = (
            "A dimension that changes with the number of neighbours depends on the scale; TwoNN "
            "holds where the points lie on the line, whose slope it is."
        )
        return [
            drawing(
                figure,
                "dimension",
                "Dimension by scale, and the fit of the TwoNN estimate.",
                caption,
            )
        ]


def _hubness(block: Block) -> list[Drawing]:
    from scipy.special import pdtrc

    rows = np.asarray(block.series["rows by lists"], float)
    lists = np.arange(len(rows))
    total, mean = rows.sum(), float((rows * lists).sum() / max(1.0, rows.sum()))
    if not mean:
        return []
    beyond = rows[::-1].cumsum()[::-1] / total
    names = [str(n) for n in block.series.get("hub names", ())][:10]
    counts = np.asarray(block.series["hub counts"], float)[: len(names)]
    with axes(3.3, 1, 0.85) as (figure, (left, right)):
        left.step(lists[1:], beyond[1:], where="post", color=MARK, lw=1.7, label="these vectors")
        null = pdtrc(lists[1:] - 1, mean)
        seen = null >= 0.5 / total
        left.plot(lists[1:][seen], null[seen], color=OTHER, lw=1.2, ls=(0, (4, 2)),
                  label="random neighbours")  # fmt: skip
        left.set_xscale("log")
        left.set_yscale("log")
        left.set_xlabel("lists that a row is in, at least")
        left.set_ylabel("share of rows")
        left.legend(loc="lower left")
        y = np.arange(len(names))[::-1]
        right.barh(y, counts, color=MARK, alpha=0.75, height=0.7)
        right.set_yticks(y, [short(n) for n in names], color=INK, parse_math=False)
        right.tick_params(axis="y", length=0)
        right.spines["left"].set_visible(False)
        right.axvline(mean, color=OTHER, lw=1.2, ls=(0, (4, 2)))
        right.set_xlabel("lists")
        right.set_title("the largest hubs")
        caption = (
            "Share of rows that are among the neighbours of at least so many others, and the rows"
            " that are in most lists; the dashed line is the mean."
        )
        return [
            drawing(
                figure,
                "hubness",
                f"How unevenly rows are neighbours; hubs: {', '.join(names)}",
                caption,
            )
        ]


def _neighbourhood(block: Block) -> list[Drawing]:
    told = [m for m in block.measures if np.isfinite(m.value)]
    if not told:
        return []
    with axes(0.9 + 0.27 * len(told), 1) as (figure, (ax,)):
        nulls = [m.reference.get(GAUSSIAN, np.nan) for m in told]
        _forest(ax, [m.name for m in told], _with_ends(told), nulls)
        ax.set_xlim(left=0)
        caption = (
            "Neighbours kept, with the 95 % interval; the diamond is a Gaussian of the same shape"
            " made smaller in the same way."
        )
        return [drawing(figure, "neighbourhood", "Neighbours kept in smaller vectors.", caption)]


def _stability(block: Block) -> list[Drawing]:
    kept = np.asarray(block.series["direction kept"], float)
    if not len(kept):
        return []
    rank = np.arange(1, len(kept) + 1)
    with axes(2.5, 1) as (figure, (ax,)):
        ax.plot(rank, kept, "-o", color=MARK, ms=4.5, label="these vectors")
        ax.plot(rank, block.series["direction kept, Gaussian"], "--D", color=OTHER, mfc="white",
                ms=4.5, lw=1.2, label="Gaussian of the same shape")  # fmt: skip
        ax.set_ylim(0, 1.05)
        ax.set_xticks(rank)
        ax.set_xlabel("direction, largest first")
        ax.set_ylabel("|cosine|")
        ax.legend(loc="best")
        caption = (
            "Each leading direction of all rows against the one of the same rank in a bootstrap "
            "of the rows: at 1 it stays, near 0 it does not."
        )
        return [
            drawing(
                figure, "stability", "Leading directions compared between samples of rows.", caption
            )
        ]


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
        ax.plot(nulls, y, "D", mfc="white", mec=OTHER, ms=5, clip_on=False)
    if zero:
        ax.axvline(0, color=SOFT, lw=0.8, ls=(0, (3, 3)))
    ax.set_yticks(y, [short(n) for n in names], color=INK, parse_math=False)
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
    with axes(0.9 + 0.27 * len(told), 1) as (figure, (ax,)):
        nulls = [m.reference["most popular items"] for m in told]
        _forest(ax, [m.name for m in told], _with_ends(told), nulls)
        ax.set_xlim(left=0)
        caption = (
            "Mean over rows with its 95 % interval; the diamond is what recommending the most "
            "popular items reaches."
        )
        return [
            drawing(
                figure,
                "recommendation",
                "Ranking metrics with intervals and popular items.",
                caption,
            )
        ]


def _labels(block: Block) -> list[Drawing]:
    values = block.series["accuracy"]
    if np.isnan(values[:, 0]).all():
        return []
    with axes(0.9 + 0.3 * len(values), 1) as (figure, (ax,)):
        _forest(ax, list(block.series["probes"]), values, block.series["majority class"])
        ax.set_xlim(0, 1.02)
        caption = (
            "Accuracy on rows that a probe has not seen, with its 95 % interval; the diamond is "
            "always guessing the most frequent label."
        )
        return [
            drawing(
                figure,
                "labels",
                "Accuracy of probes with intervals and the majority class.",
                caption,
            )
        ]


def _agreement(block: Block) -> list[Drawing]:
    names = list(block.series["names"])
    with axes(0.9 + 0.3 * len(names), 1) as (figure, (ax,)):
        _forest(ax, names, block.series["neighbours kept"], block.series["by chance"])
        ax.set_xlim(0, 1.02)
        caption = (
            "Neighbours that both spaces give a row, of those that either gives (Jaccard), with "
            "its 95 % interval; the diamond is chance."
        )
        return [
            drawing(
                figure,
                "agreement",
                "Share of neighbours that spaces agree on, with intervals.",
                caption,
            )
        ]


def _comparison(block: Block) -> list[Drawing]:
    names = list(block.series["names"])
    out = []
    for key in block.series:
        if not key.endswith(" means"):
            continue
        metric = key.removesuffix(" means")
        with axes(1.15 + 0.32 * len(names), 1.15, 1) as (figure, (left, right)):
            _forest(left, names, block.series[key])
            left.set_title(metric)
            _forest(right, names, block.series[f"{metric} differences"], zero=True)
            right.set_title(f"minus {short(names[0])}", parse_math=False)
            right.set_yticks([])
            alt = f"Forest plot of {metric} of {len(names)} spaces and their paired differences."
            caption = (
                f"{metric} with its 95 % interval, and the paired difference to {names[0]}; the "
                "interval of a real difference leaves out the dashed line."
            )
            name = "comparison-" + re.sub(r"\W+", "-", metric.lower())
            out.append(drawing(figure, name, alt, caption))
    return out


def _with_ends(measures: Sequence[Measure]) -> NDArray[np.float64]:
    return np.array([[m.value, m.low, m.high] for m in measures], float)


_DRAWERS: dict[str, Callable[[Block], list[Drawing]]] = {
    "Spectrum": _spectrum,
    "Geometry": _geometry,
    "Gauge": _gauge,
    "Dimension": _dimension,
    "Hubness": _hubness,
    "Neighbourhood": _neighbourhood,
    "Stability": _stability,
    "Recommendation": _recommendation,
    "Labels": _labels,
    "Agreement": _agreement,
    "Comparison": _comparison,
}
