"""How to read each block of a report: two sentences by the block's title. Called by the page."""

from __future__ import annotations

GUIDES = {
    "Health": "Rows that are zero, or copies of each other, spoil every number below, so look here "
    "first: all counts should be 0. Lengths that differ a lot mean that the dot product and the "
    "cosine will rank differently.",
    "Spectrum": "How many directions the vectors really use, counted in several ways, in which "
    "a weak direction counts for more or for less. All of them grow with the numbers of rows and "
    "columns, so read them beside the noise of the same shape and not beside another space.",
    "Geometry": "Where the vectors lie on the sphere. If random pairs are about as alike as "
    "neighbours, a cosine says little, and no threshold on it carries over to another space.",
    "Gauge": "A factorization leaves its axes free: stretching one side and shrinking the other "
    "changes no score, but it does change every cosine. The share of neighbours that survives such "
    "a change is the share that the data decided; the rest was decided by the solver's convention.",
    "Dimension": "How many numbers would locate a vector among its neighbours, by two estimators. "
    "Where they disagree the dimension depends on the scale, and above 20 both are biased low.",
    "Hubness": "How unevenly rows turn up among the neighbours of others: hubs are in everybody's "
    "list, anti-hubs in nobody's. Hubs that are dull by themselves are a fault of the space, and "
    "centring or local scaling reduces them.",
    "Neighbourhood": "How many of a row's nearest neighbours are still there when its vector is "
    "made smaller: by fewer principal components, or fewer bits a number. What is kept in vectors "
    "without structure is the reference.",
    "Stability": "What stays when details that mean nothing are drawn again: the leading "
    "directions with other rows, the neighbours with half of the columns. A list that "
    "changes then should not be shown as a fact.",
    "Recommendation": "Every item that a row has not met in training is ranked for it, nothing is "
    "sampled, and what was held out should come first. Recommending the most popular items is the "
    "reference to beat.",
    "Labels": "Whether the vectors know what the labels say: probes that are trained on some rows "
    "and asked about others, and clusters compared with the labels. The reference has the labels "
    "shuffled.",
    "Agreement": "How alike the spaces are on the rows that they share: as a whole, and in the "
    "neighbours that a search returns. The reference pairs every row with a random other one.",
    "Comparison": "The same held-out observations asked of every space, on the rows and columns "
    "that all of them know, and the difference row by row. A difference counts when its interval "
    "leaves out 0; the p-value is corrected for the number of comparisons (Holm).",
}
"""Two sentences by the title of a block."""
