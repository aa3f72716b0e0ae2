"""Geometries of triples: how a head and a relation become a question that tails answer.

A knowledge graph is a matrix of questions (head, relation) x entities. A question is a vector made
of both, and its score for an entity is an inner product or a distance. Parts of the grammar's
geometry axis; `sampled/relations.py` computes them.
"""

from __future__ import annotations

from dataclasses import dataclass

from rowspace.factor.axis import Axis


class Geometry(Axis):
    """How two vectors give a score."""


class Relational(Geometry):
    """How a head h and a relation r give the vector that an entity t is scored by."""


@dataclass(frozen=True)
class Diagonal(Relational):
    """(h * r) . t, number by number (DistMult: Yang et al. 2015). h and t may change places.

    Attributes:
        apart: an entity has one vector as head and another as tail (canonical polyadic
            decomposition: Hitchcock 1927), so that places matter.
    """

    apart: bool = False


@dataclass(frozen=True)
class Complex(Relational):
    """The real part of (h * r) . conj(t) for complex numbers (ComplEx: Trouillon et al. 2016).

    Vectors of dim numbers hold dim / 2 real parts and then as many imaginary ones.
    """


@dataclass(frozen=True)
class Translation(Relational):
    """How near h + r comes to t (TransE: Bordes et al. 2013).

    Attributes:
        flexible: only the direction counts, (h + r) . t + h . (t - r), up to what all answers
            share: h + r may be any multiple of t (TransF: Feng et al. 2016). Otherwise minus half
            the squared distance.
    """

    flexible: bool = False
