"""The page of a report: one HTML file that needs nothing else, on a screen or on paper.

No script, no font, no image comes from elsewhere, and a content security policy in the page forbids
browsers to fetch any. Takes a `Report`, gives text; called by `Report.to_html`.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from rowspace.judge.blocks import Block
from rowspace.judge.guides import GUIDES
from rowspace.judge.measure import Measure
from rowspace.judge.plots import draw
from rowspace.judge.svg import Drawing
from rowspace.judge.words import interval, notes, number, references

if TYPE_CHECKING:
    from rowspace.judge.report import Report

_STYLE = """
:root { color-scheme: light; --ink: #1c2024; --soft: #5c6670; --line: #dde1e5; --mark: #0b5c8a; }
* { box-sizing: border-box; }
html { font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans",
  Arial, sans-serif; color: var(--ink); background: #fff; scroll-behavior: smooth;
  -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 1160px; padding: 2.5rem 1.5rem 4rem; display: grid;
  grid-template-columns: 200px minmax(0, 1fr); column-gap: 3rem; }
header { grid-column: 1 / -1; border-bottom: 1px solid var(--line); padding-bottom: 1.5rem;
  margin-bottom: 2rem; }
h1 { font-size: 2rem; line-height: 1.2; font-weight: 650; margin: 0 0 .3rem;
  letter-spacing: -.015em; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; line-height: 1.3; font-weight: 650; margin: 0 0 .4rem;
  letter-spacing: -.01em; }
.lead { color: var(--soft); margin: 0 0 1.2rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .25rem 1.25rem;
  margin: 0; font-size: .875rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
nav { font-size: .875rem; line-height: 1.4; }
nav ol { list-style: none; margin: 0; padding: 0; position: sticky; top: 1.5rem; }
nav li { margin: 0; }
nav a { display: block; padding: .3rem 0 .3rem .8rem; border-left: 2px solid var(--line);
  color: var(--ink); text-decoration: none; }
nav a:hover, nav a:focus { border-left-color: var(--mark); color: var(--mark); }
section { margin: 0 0 3.25rem; scroll-margin-top: 1rem; }
section > p { margin: 0 0 1rem; max-width: 68ch; }
figure { margin: 1.25rem 0 1.5rem; break-inside: avoid; }
figure svg { display: block; width: 100%; height: auto; }
figure svg * { stroke-linejoin: round; stroke-linecap: butt; }
figcaption { color: var(--soft); font-size: .8125rem; line-height: 1.45; margin-top: .4rem;
  max-width: 80ch; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; font-size: .875rem;
  line-height: 1.4; font-variant-numeric: tabular-nums lining-nums; }
th { text-align: left; font-weight: 500; color: var(--soft); font-size: .8125rem;
  padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--ink); vertical-align: bottom; }
td { padding: .45rem .9rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr { break-inside: avoid; }
th.n, td.n { text-align: right; white-space: nowrap; }
th:nth-child(1) { width: 31%; } th:nth-child(2) { width: 12%; } th:nth-child(3) { width: 20%; }
th:nth-child(4) { width: 11%; }
td:first-child { overflow-wrap: anywhere; }
td:last-child, th:last-child { padding-right: 0; }
td.value { font-weight: 650; }
td ul { list-style: none; margin: 0; padding: 0; }
.what { color: var(--soft); }
.note { display: block; color: var(--soft); font-size: .8125rem; }
.below { color: var(--soft); font-size: .8125rem; margin: .6rem 0 0; max-width: 80ch; }
footer { grid-column: 2; color: var(--soft); font-size: .8125rem; border-top: 1px solid var(--line);
  padding-top: 1rem; }
@media (max-width: 820px) { body { display: block; padding: 1.25rem 1rem; }
  nav { margin-bottom: 2rem; } nav ol { position: static; } main { overflow-x: auto; }
  table { font-size: .8125rem; min-width: 620px; } }
@media print { html { font-size: 10.5pt; } body { display: block; max-width: none; padding: 0; }
  nav { display: none; } section { margin-bottom: 1.5rem; } h2 { break-after: avoid; }
  figure svg { max-height: 9cm; } }
@page { margin: 1.8cm 1.6cm; }
"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(report: Report) -> str:
    """Return the HTML of a report; every text in it is escaped.

    Raises:
        UnsupportedError: matplotlib, which draws the figures, is not installed.
    """
    sections = "\n".join(_section(block) for block in report.blocks)
    contents = "\n".join(
        f'<li><a href="#{anchor(block.title)}">{escape(block.title)}</a></li>'
        for block in report.blocks
    )
    facts = "\n".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in report.facts)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="generator" content="rowspace {escape(report.made_by)}">
<title>{escape(report.name)}: report</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<h1>{escape(report.name)}</h1>
<p class="lead">What can be said about the vectors of its side
 <strong>{escape(report.side)}</strong>, and how sure it is.</p>
<dl>
{facts}
</dl>
</header>
<nav aria-label="Contents"><ol>
{contents}
</ol></nav>
<main>
{sections}
</main>
<footer>Intervals hold 95 %. The last column of each table says what the same number is on data that
mean nothing: a value close to it says nothing either. Made by rowspace {escape(report.made_by)} on
{escape(report.date)} in {report.seconds:.1f} s.</footer>
</body>
</html>
"""


def anchor(title: str) -> str:
    """Return a title as the id of an element.

    >>> anchor("Against other spaces: nDCG@10")
    'against-other-spaces-ndcg-10'
    """
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "block"


def _section(block: Block) -> str:
    name = anchor(block.title)
    guide = GUIDES.get(block.title, "")
    figures = "\n".join(_figure(drawing) for drawing in draw(block))
    return f"""<section id="{name}" aria-labelledby="{name}-title">
<h2 id="{name}-title">{escape(block.title)}</h2>
{f"<p>{escape(guide)}</p>" if guide else ""}
{figures}
{_table(block)}
</section>"""


def _figure(drawing: Drawing) -> str:
    return f"""<figure>
{drawing.svg}
<figcaption>{escape(drawing.caption)}</figcaption>
</figure>"""


def _table(block: Block) -> str:
    if not block.measures:
        return ""
    own, common = notes(block.measures)
    seeds = sorted({m.seed for m in block.measures if m.seed is not None})
    common += [f"Sampled with seed {', '.join(map(str, seeds))}."] if seeds else []
    below = escape(" ".join(common))
    kinds = {what for m in block.measures for _, what in references(m)}
    null = kinds.pop() if len(kinds) == 1 else ""
    rows = "\n".join(_row(m, own.get(m.name, ""), null) for m in block.measures)
    return f"""<table>
<caption hidden>{escape(block.title)}: measures</caption>
<thead><tr><th scope="col">measure</th><th scope="col" class="n">value</th>
<th scope="col" class="n">95 % interval</th><th scope="col" class="n">n</th>
<th scope="col">{escape(null) or "on data that mean nothing"}</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
{f'<p class="below">{below}</p>' if below else ""}"""


def _row(measure: Measure, note: str, null: str) -> str:
    """Return a row of a table; `null` is what its head says that all references are."""
    said = f'<span class="note">{escape(note)}</span>' if note else ""
    nulls = "".join(
        f"<li>{_minus(value)}"
        + ("" if what == null else f' <span class="what">{escape(what)}</span>')
        + "</li>"
        for value, what in references(measure)
    )
    return (
        f"<tr><td>{escape(measure.name)}{said}</td>"
        f'<td class="n value">{_minus(number(measure.value))}</td>'
        f'<td class="n">{_minus(interval(measure))}</td><td class="n">{measure.n:,}</td>'
        f"<td>{f'<ul>{nulls}</ul>' if nulls else ''}</td></tr>"
    )


def _minus(text: str) -> str:
    """Return a number with a minus sign where a hyphen was."""
    return text.replace("-", "\N{MINUS SIGN}")
