"""Exact nearest neighbours by features and states together (``neighbors.nearest``)."""
