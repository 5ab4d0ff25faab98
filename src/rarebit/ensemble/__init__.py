"""Greedy out-of-fold ensembles over the zoo."""
