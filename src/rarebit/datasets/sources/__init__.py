"""Named data sets: what is known of each, and where it comes from.

``registry`` describes them; a table is ``embedded`` (``generated``, or part of scikit-learn),
``local`` in a folder, or downloaded from ``openml``. ``loading`` puts these together. ``mimic``
reads the user's own copy.
"""
