"""Training of image networks: fit, checkpoints, hold-out."""
