"""Training of image networks on Lightning: early stopping, checkpoints, resuming."""
