"""The sampled solver: observed cells in batches, beside negatives, in small steps."""
