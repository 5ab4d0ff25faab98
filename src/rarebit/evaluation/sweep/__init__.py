"""Comparisons over many tables: configuration, run, summary."""
