"""Cells to roles and values.

``roles`` finds out, once and on the training table, what each column is used as; ``cleaning`` turns
the cells of any table into values according to those roles, with the parsers of ``values``;
``unusable`` counts the cells that could not be read.
"""
