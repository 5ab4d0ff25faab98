"""Scores for two and many classes, intervals, calibration error: pure functions."""
