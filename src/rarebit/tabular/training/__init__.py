"""Training of tabular networks: batches, optimisers, checkpoint selection."""
