"""Document: what the standard library says about one module, class, function or method.

Made by `sources.py` from Python and by `compiled.py` from C; gathered by `corpus.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["module", "class", "function", "method"]

_LONGEST_SUMMARY = 160


@dataclass(frozen=True)
class Document:
    """What the standard library says about one thing.

    Attributes:
        id: its qualified name, "subprocess.run".
        kind: module, class, function or method.
        module: the public module that it belongs to.
        summary: the first sentence of its documentation, or its signature where it has none.
        text: its documentation and its source, with all names split into words.
    """

    id: str
    kind: Kind
    module: str
    summary: str
    text: str


def document(
    name: str, kind: Kind, module: str, doc: str, more: list[str], signature: str = ""
) -> Document:
    """Return the document of a thing.

    Args:
        name, kind, module: as in `Document`.
        doc: its documentation string, "" without one.
        more: other text about it: its source, its members.
        signature: what to show where there is no documentation.
    """
    text = split_names("\n".join([doc, *more]))
    return Document(name, kind, module, summary(doc) or signature, text)


def summary(doc: str) -> str:
    r"""Return the first sentence of a documentation string that is not a signature.

    >>> summary("sum(xs) -> number\n\nAdd up the\nxs. Then rest.")
    'Add up the xs.'
    """
    paragraphs = [" ".join(p.split()) for p in re.split(r"\n\s*\n", doc) if p.strip()]
    prose = [p for p in paragraphs if " " in p and not _SIGNATURE.match(p)]
    sentence = re.split(r"(?<=[.!?])\s+(?=[A-Z(])", (prose or paragraphs or [""])[0])[0]
    if len(sentence) <= _LONGEST_SUMMARY:
        return sentence
    return sentence[: _LONGEST_SUMMARY - 2].rsplit(" ", 1)[0] + " …"


def split_names(text: str) -> str:
    """Return text with the names of programs split into their words.

    >>> split_names("class DictReader(HTMLParser): skip_blank_lines")
    'class Dict Reader(HTML Parser): skip blank lines'
    """
    return _SEAMS.sub(" ", text).replace("_", " ")


_SIGNATURE = re.compile(r"[\w.]+(\(| *=|, .*=)|-+$|=+$")
_SEAMS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
