"""Training of tabular networks, one member or many at once.

In reading order: ``weights`` (of rows and classes), ``batches`` (which rows, in which order),
``learner`` (a network, its loss and its gradients), ``qcl_mixnet`` and ``numpy_backprop`` (the
learner of QCL-MixNet), ``flat_parameters``, ``selection`` (the best checkpoint), ``loop`` (the
epochs), ``members`` (from a table to trained networks).
"""
