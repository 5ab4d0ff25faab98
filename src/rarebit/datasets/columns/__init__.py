"""Cells to roles and values.

``reading`` finds out, once and on the training table, what each column is used as (judged by
``roles``, or ``asked`` for by the user) and how its cells are written (``survey``). ``cleaning``
turns the cells of any table into values, with the parsers of ``values``, ``numbers`` and ``dates``;
``unusable`` counts those that could not be read.
"""
