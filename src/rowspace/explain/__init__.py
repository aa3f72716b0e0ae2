"""What stands behind a score: its reasons, and how sure it is.

`reasons.py` says which observations make a score and by how much, `uncertainty.py` gives standard
errors and intervals of scores, cosines, their differences and ranks. Both read a `Space`;
`fitted.py` sets its vectors beside the problem that they solve.
"""

from rowspace.explain.reasons import Reasons, reasons
from rowspace.explain.uncertainty import (
    Interval,
    cosine,
    cosine_difference,
    rank,
    score,
    standard_errors,
)

__all__ = [
    "Interval",
    "Reasons",
    "cosine",
    "cosine_difference",
    "rank",
    "reasons",
    "score",
    "standard_errors",
]
